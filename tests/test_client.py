"""The loop of the game: gamepads that come and go, mute, missing fonts, odd options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import preferences
from client import Client
from errors import BadOption
from nodes import Node as Address
from paint import canvas
from protocol import VERSION, Hello, Welcome
from screens import theme
from screens.bindings import Bindings
from screens.command_line import options, window_size
from screens.controls import Controls
from screens.pads import FULL, Pads
from survey import UNREACHABLE_MS
from tests.loopback import Node


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Yield the game with a small window and nothing kept yet."""
    pygame.display.init()
    pygame.font.init()
    made = Client(options(["--data", str(tmp_path), "--window", "320x200", "--name", "Robin"]))
    made._stage.go("menu")
    yield made
    made.close()


def told(client: Client) -> str:
    """Return all sentences on the screen."""
    return " | ".join(one.text for one in client._stage.toasts)


def press(client: Client, key: int, scancode: int) -> None:
    """Press a key."""
    event = {"key": key, "scancode": scancode, "mod": 0, "unicode": ""}
    client._handle(pygame.event.Event(pygame.KEYDOWN, event))


class FakePad:
    """A gamepad whose trigger is pulled and whose A is held, until it is pulled out."""

    def __init__(self) -> None:
        self.gone = False

    def get_axis(self, axis: int) -> int:
        """Return how far an axis is moved."""
        self._check()
        return FULL if axis == pygame.CONTROLLER_AXIS_TRIGGERRIGHT else 0

    def get_button(self, button: int) -> bool:
        """Return whether a button is held."""
        self._check()
        return bool(button == pygame.CONTROLLER_BUTTON_A)

    def _check(self) -> None:
        if self.gone:
            raise pygame.error("Invalid gamepad")


def test_gamepad_pulled_out_in_mid_race_lets_go(client: Client) -> None:
    """The player is told; the car coasts, and the keys go on driving."""
    pads, pad = client._stage.pads, FakePad()
    pads._open[7] = pad
    controls = Controls(pads, Bindings(preferences.Preferences()))
    before = controls.wishes()
    pad.gone = True
    between = controls.wishes()
    client._handle(pygame.event.Event(pygame.CONTROLLERDEVICEREMOVED, instance_id=7))
    after = controls.wishes()
    controls.handle(pygame.event.Event(pygame.KEYDOWN, key=0, scancode=pygame.KSCAN_LEFT, mod=0))

    assert (before.throttle, before.handbrake) == (1.0, True)
    assert between == after
    assert (after.throttle, after.handbrake) == (0.0, False)
    assert controls.wishes().steering == -1.0
    assert "pulled out" in told(client)


def test_stick_that_was_pushed_when_pulled_out_can_be_pushed_again() -> None:
    """A new gamepad begins with its stick in the middle."""
    pads = Pads()
    push = pygame.event.Event(
        pygame.CONTROLLERAXISMOTION, axis=pygame.CONTROLLER_AXIS_LEFTY, value=FULL, instance_id=1
    )
    first = pads.handle(push)
    held = pads.handle(push)
    pads.handle(pygame.event.Event(pygame.CONTROLLERDEVICEREMOVED, instance_id=1))

    assert first is not None
    assert held is None
    assert pads.handle(push) is not None


def test_mute_is_a_letter_where_one_writes(client: Client) -> None:
    """In the menu M mutes and says so; in an entry it is an M."""
    stage = client._stage
    press(client, pygame.K_m, pygame.KSCAN_M)
    muted, sentence = stage.preferences.mute, told(client)
    stage.go("join")
    stage.screen.focus.set(stage.screen.widgets[0])  # type: ignore[union-attr]
    press(client, pygame.K_m, pygame.KSCAN_M)

    assert muted
    assert "sound is off" in sentence
    assert stage.preferences.mute


def test_missing_font_is_told_and_another_one_serves(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every size of it is replaced; the player hears of it once."""
    monkeypatch.setattr(canvas, "FONTS", tmp_path)
    monkeypatch.setattr(canvas, "_told_of", set())
    canvas._font.cache_clear()
    try:
        widths = [theme.text_width("letters", size) for size in (14, 20, 41)]
        client._tell_of_fonts()
        client._tell_of_fonts()
    finally:
        canvas._font.cache_clear()

    assert widths == sorted(widths)
    assert widths[0] > 10
    assert told(client).count("BarlowCondensed-SemiBold.ttf") == 1


def test_damaged_settings_are_told_on_the_screen(tmp_path: Path) -> None:
    """The game begins with the defaults and says where the file went."""
    (tmp_path / preferences.FILE).write_text('{"text_size": 1000}', encoding="utf-8")
    pygame.display.init()
    pygame.font.init()
    client = Client(options(["--data", str(tmp_path)]))

    assert "settings.damaged-1" in told(client)
    assert client._stage.preferences.text_size == 100
    client._stage.go("menu")
    client.close()


@pytest.mark.parametrize("text", ["", "x", "1280", "199x100", "200x99", "99999x9", "axb", "²x²"])
def test_size_that_no_window_has_is_refused(text: str) -> None:
    """In one sentence, with an example of one that works."""
    with pytest.raises(BadOption, match="write 1280x720"):
        window_size(text)


def test_simulated_link_is_told_and_leads_to_every_server(tmp_path: Path) -> None:
    """In the title and in a sentence; what is dialled and measured goes through it."""
    pygame.display.init()
    pygame.font.init()
    client = Client(options(["--data", str(tmp_path), "--simulate-link", "60ms,0ms,0%"]))
    title, _ = pygame.display.get_caption()
    node = Node()
    dial = client._stage.dial("127.0.0.1", node.network.port)
    dial.start()
    dial.send(Hello(VERSION, "Mika", "", "client"))
    heard: list[object] = []

    def is_welcomed() -> bool:
        heard.extend(dial.messages())
        return any(isinstance(one, Welcome) for one in heard)

    node.until(is_welcomed, "the welcome")
    survey, at = client._stage.survey(), f"127.0.0.1:{node.network.port}"
    nodes = (Address("here", at), Address("there", at))
    node.until(lambda: survey.update(nodes, 0.0, quiet=False), "the times")
    dial.close()
    node.network.stop()

    assert title == "Slipstream - simulated link 60ms,0ms,0%"
    assert "as over a link of 60ms,0ms,0%" in told(client)
    assert 60 <= survey.times["here"] < UNREACHABLE_MS
    client._stage.go("menu")
    client.close()


def test_link_that_cannot_be_simulated_is_refused() -> None:
    """In one sentence, before a window opens."""
    with pytest.raises(BadOption, match="--simulate-link: the loss"):
        options(["--simulate-link", "100ms,20ms,1"])
