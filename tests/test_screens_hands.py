"""Hands at the screens: keyboard alone, gamepad alone, and chat beside the wheel."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

from protocol import Channel, Say
from screens.chat_box import ChatBox
from screens.controls import Controls
from screens.widgets import Card
from tests.scenes import SCENES
from tests.theatre import Theatre

FORMS = ["menu", "join", "practice", "settings", "sound", "picture",
         "keys", "some rooms", "no rooms", "offer", "waiting",
         "results", "leaderboard", "race menu", "trial"]  # fmt: skip
BACK = {"join": "menu", "practice": "menu", "settings": "menu", "leaderboard": "menu",
        "trial": "menu", "some rooms": "menu", "waiting": "rooms", "results": "rooms"}  # fmt: skip
ARROWS = (pygame.K_UP, pygame.K_DOWN, pygame.K_LEFT, pygame.K_RIGHT)
CROSS = (
    pygame.CONTROLLER_BUTTON_DPAD_UP, pygame.CONTROLLER_BUTTON_DPAD_DOWN,
    pygame.CONTROLLER_BUTTON_DPAD_LEFT, pygame.CONTROLLER_BUTTON_DPAD_RIGHT,
)  # fmt: skip


def opened(name: str, folder: Path) -> Theatre:
    """Return a theatre that shows a scene."""
    theatre = Theatre(folder)
    SCENES[name](theatre)
    return theatre


def key_down(theatre: Theatre, key: int, scancode: int) -> None:
    """Press a key and keep it down."""
    event = pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, scancode=scancode, unicode="")
    theatre.screen.handle(event)


def key_up(theatre: Theatre, key: int, scancode: int) -> None:
    """Let a key go."""
    theatre.screen.handle(pygame.event.Event(pygame.KEYUP, key=key, mod=0, scancode=scancode))


@pytest.mark.parametrize("name", FORMS)
def test_tab_goes_round_all_widgets_and_back(name: str, tmp_path: Path) -> None:
    """One focus at any time; Shift+Tab is the way back."""
    theatre = opened(name, tmp_path)
    widgets = theatre.screen.focus.widgets
    first = theatre.screen.focus.current
    seen = []
    for _ in widgets:
        theatre.press(pygame.K_TAB)
        seen.append(theatre.screen.focus.current)
        assert sum(one.focused for one in widgets) == 1

    assert first is not None
    assert {id(one) for one in seen} == {id(one) for one in widgets}
    assert seen[-1] is first
    theatre.press(pygame.K_TAB, pygame.KMOD_SHIFT)
    assert theatre.screen.focus.current is (seen[-2] if len(seen) > 1 else first)


@pytest.mark.parametrize("device", ["arrows", "cross"])
@pytest.mark.parametrize("name", FORMS)
def test_arrows_reach_all_widgets(name: str, device: str, tmp_path: Path) -> None:
    """From anywhere, by cursor keys or by the cross of a gamepad."""
    theatre = opened(name, tmp_path)
    focus = theatre.screen.focus
    ways: tuple[int, ...] = ARROWS if device == "arrows" else CROSS
    press = theatre.press if device == "arrows" else theatre.push
    reached = {id(focus.current)}
    paths: list[list[int]] = [[]]
    start = focus.current
    while paths:
        path = paths.pop(0)
        for way in ways:
            focus.set(start)
            for step in [*path, way]:
                press(step)
            if id(focus.current) not in reached and len(path) < 9:
                reached.add(id(focus.current))
                paths.append([*path, way])

    assert reached >= {id(one) for one in focus.widgets}


@pytest.mark.parametrize("device", ["keyboard", "gamepad"])
@pytest.mark.parametrize(("name", "goal"), BACK.items())
def test_escape_and_b_lead_back(name: str, goal: str, device: str, tmp_path: Path) -> None:
    """Nobody is trapped on a screen."""
    theatre = opened(name, tmp_path)
    if device == "keyboard":
        theatre.press(pygame.K_ESCAPE)
    else:
        theatre.push(pygame.CONTROLLER_BUTTON_B)

    assert theatre.screen.name == goal


def test_gamepad_starts_a_form_from_the_menu(tmp_path: Path) -> None:
    """Down, A: the second button of the menu is pressed."""
    theatre = Theatre(tmp_path)
    theatre.go("menu")
    theatre.push(pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    theatre.push(pygame.CONTROLLER_BUTTON_A)

    assert theatre.screen.name == "practice"


@pytest.mark.parametrize("name", [name for name in FORMS if name != "race menu"])
def test_focus_is_seen(name: str, tmp_path: Path) -> None:
    """What has the focus looks different from when it has not."""
    theatre = opened(name, tmp_path)
    focus = theatre.screen.focus
    for one in focus.widgets:
        if not one.enabled:
            continue
        focus.set(one)
        theatre.play()
        area = one.rect.clip(theatre.window.get_rect())
        lit = pygame.image.tobytes(theatre.window.subsurface(area), "RGB")
        one.focused = False
        theatre.screen.draw(theatre.window, theatre.now)
        dull = pygame.image.tobytes(theatre.window.subsurface(area), "RGB")

        assert lit != dull, one.label


@pytest.mark.parametrize("key", [pygame.K_TAB, pygame.K_DOWN])
def test_every_room_of_a_long_list_is_reached(key: int, tmp_path: Path) -> None:
    """The list turns when the focus stands on its last row."""
    theatre = opened("rooms", tmp_path)
    theatre.screen.focus.set(theatre.screen.focus.widgets[0])
    seen = {theatre.screen.focus.current}
    for _ in range(14):
        theatre.press(key)
        seen.add(theatre.screen.focus.current)

    assert sum(isinstance(one, Card) for one in seen) == len(theatre.link.view.lobby.rooms)


# Chat beside the wheel


def test_held_throttle_stays_while_typing_and_letters_do_not_drive(tmp_path: Path) -> None:
    """Who types at speed keeps the speed; W and E in a word are only letters."""
    theatre = opened("racing", tmp_path)
    key_down(theatre, pygame.K_UP, pygame.KSCAN_UP)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    for key, scancode in ((pygame.K_s, pygame.KSCAN_S), (pygame.K_e, pygame.KSCAN_E)):
        theatre.press(key, scancode=scancode)
    wishes = theatre.screen.wishes()

    assert wishes.throttle == 1.0
    assert wishes.brake == 0.0
    assert wishes.engine


def test_key_let_go_while_typing_is_let_go(tmp_path: Path) -> None:
    """The car does not run away with a chatting driver."""
    theatre = opened("racing", tmp_path)
    key_down(theatre, pygame.K_UP, pygame.KSCAN_UP)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    key_up(theatre, pygame.K_UP, pygame.KSCAN_UP)

    assert theatre.screen.wishes().throttle == 0.0


@pytest.mark.parametrize("closing", [pygame.K_ESCAPE, pygame.K_RETURN])
def test_key_held_when_chat_closes_drives_again(closing: int, tmp_path: Path) -> None:
    """Also one that was pressed while the box was open."""
    theatre = opened("racing", tmp_path)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("x")
    key_down(theatre, pygame.K_LEFT, pygame.KSCAN_LEFT)
    before = theatre.screen.wishes().steering
    theatre.press(closing, scancode=pygame.KSCAN_ESCAPE)

    assert before == 0.0
    assert theatre.screen.wishes().steering == -1.0


def test_half_typed_line_survives_box_and_screen(tmp_path: Path) -> None:
    """It is still there after Escape, and in the result."""
    theatre = opened("racing", tmp_path)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("half a li")
    theatre.press(pygame.K_ESCAPE)
    theatre.results()
    theatre.play()
    assert theatre.screen.name == "results"
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("ne")
    theatre.press(pygame.K_RETURN)

    assert Say(int(Channel.ROOM), "half a line") in theatre.dial.sent


def test_who_is_limited_is_told_in_the_box(tmp_path: Path) -> None:
    """The warning stands where the line was typed, and Up brings the line back."""
    theatre = opened("racing", tmp_path)
    chat = theatre.stage.chat
    assert isinstance(chat, ChatBox)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("too fast")
    theatre.press(pygame.K_RETURN)
    theatre.warn("You are writing too fast: wait 1 s.")
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)

    assert "wait 1 s." in chat.warning(theatre.now)
    theatre.press(pygame.K_UP)
    assert chat.entry.text == "too fast"


def test_controls_forget_keys_when_the_window_loses_the_focus() -> None:
    """A key that is let go elsewhere is never heard of again."""
    controls = Controls()
    controls.handle(
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_UP, scancode=pygame.KSCAN_UP, mod=0)
    )
    controls.handle(pygame.event.Event(pygame.WINDOWFOCUSLOST))

    assert controls.wishes().throttle == 0.0
