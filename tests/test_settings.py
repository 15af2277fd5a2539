"""The settings: what is changed there is kept, and is seen at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

import preferences
from preferences import Preferences
from screens import theme
from screens.bindings import Action
from screens.slider import Slider
from screens.widgets import Widget
from tests.scenes import SCENES
from tests.theatre import Theatre


@pytest.fixture(autouse=True)
def usual_text() -> Iterator[None]:
    """Let no other test see the size of text that one has chosen."""
    yield
    theme.set_text_size(100)


def opened(name: str, folder: Path) -> Theatre:
    """Return a theatre that shows a page of the settings."""
    theatre = Theatre(folder)
    SCENES[name](theatre)
    return theatre


def choose(theatre: Theatre, content: str) -> Widget:
    """Give the focus to the first widget whose content begins so."""
    found = next(one for one in theatre.screen.widgets if one.content.startswith(content))
    theatre.screen.focus.set(found)
    return found


def kept(folder: Path) -> Preferences:
    """Return what is in the file."""
    loaded, complaint = preferences.load(folder / preferences.FILE)
    assert complaint is None
    return loaded


def click(theatre: Theatre, pos: tuple[int, int], button: int = 1) -> None:
    """Press and let go a button of the mouse."""
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        theatre.screen.handle(pygame.event.Event(kind, pos=pos, button=button))


@pytest.mark.parametrize(
    ("page", "content", "name", "value"),
    [
        ("settings", "Car", "car_class", 2),
        ("settings", "Bots", "level", 2),
        ("settings", "Damage", "damage", False),
        ("sound", "Music", "volume_music", 55),
        ("sound", "Mute", "mute", True),
        ("picture", "Size of text", "text_size", 115),
        ("picture", "Colour-blind", "safe_colours", True),
        ("picture", "Reduced", "reduced_motion", True),
        ("picture", "Window", "width", 1600),
        ("picture", "Fullscreen", "fullscreen", True),
    ],
)
@pytest.mark.parametrize("device", ["keyboard", "gamepad"])
def test_choice_is_kept(
    page: str, content: str, name: str, value: object, device: str, tmp_path: Path
) -> None:
    """One step to the right, then back to the menu: it is in the file."""
    theatre = opened(page, tmp_path)
    choose(theatre, content)
    if device == "keyboard":
        theatre.press(pygame.K_RIGHT)
    else:
        theatre.push(pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    theatre.screen.back()

    assert getattr(kept(tmp_path), name) == value


def test_slider_follows_the_mouse(tmp_path: Path) -> None:
    """A click sets it, dragging moves it beyond its ends without harm, the wheel steps it."""
    theatre = opened("sound", tmp_path)
    slider = choose(theatre, "All sound")
    assert isinstance(slider, Slider)
    click(theatre, slider.bar.midleft)
    lowest = slider.value
    slider.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=slider.bar.center, button=1))
    middle = slider.value
    far = {"pos": (5000, 0), "rel": (9, 0), "buttons": (1, 0, 0)}
    theatre.screen.handle(pygame.event.Event(pygame.MOUSEMOTION, far))
    highest = slider.value
    far |= {"pos": slider.bar.midleft, "buttons": (0, 0, 0)}
    theatre.screen.handle(pygame.event.Event(pygame.MOUSEMOTION, far))
    click(theatre, slider.bar.center, button=5)

    assert (lowest, middle, highest) == (0, 50, 100)
    assert slider.value == theatre.stage.preferences.volume_master == 95


def test_text_grows_at_once(tmp_path: Path) -> None:
    """Who makes it larger sees that on the same page."""
    theatre = opened("picture", tmp_path)
    before = theatre.screen.size(20)
    choose(theatre, "Size of text")
    theatre.press(pygame.K_RIGHT)
    theatre.press(pygame.K_RIGHT)

    assert theatre.screen.size(20) == 26 > before
    assert theatre.screen.size(118) == 118


@pytest.mark.parametrize("logical", [1, 12, 14, 20])
@pytest.mark.parametrize("percent", preferences.TEXT_SIZES)
def test_no_text_is_too_small_to_be_read(logical: float, percent: int) -> None:
    """Nothing is under 14 pixels at 1280x720, whatever a screen asks for."""
    theme.set_text_size(percent)

    assert theme.letters(logical, 1.0) >= 14


def test_key_is_bound_on_screen(tmp_path: Path) -> None:
    """Enter on a cell, then the key: it is told, shown and kept."""
    theatre = opened("keys", tmp_path)
    cell = choose(theatre, "nitro keyboard")
    theatre.press(pygame.K_RETURN)
    waiting = theatre.screen.takes_keys
    theatre.press(pygame.K_DOWN, scancode=pygame.KSCAN_DOWN)
    theatre.screen.back()

    assert waiting
    assert cell.content.endswith("Down")
    assert kept(tmp_path).keys == {"nitro": [pygame.KSCAN_DOWN], "brake": [pygame.KSCAN_S]}


def test_button_is_bound_on_screen(tmp_path: Path) -> None:
    """A gamepad alone can do it; a push of the stick is not taken for a button."""
    theatre = opened("keys", tmp_path)
    cell = choose(theatre, "handbrake gamepad")
    theatre.push(pygame.CONTROLLER_BUTTON_A)
    stick = {"button": pygame.CONTROLLER_BUTTON_DPAD_UP, "stick": True}
    theatre.screen.handle(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, stick))
    theatre.push(pygame.CONTROLLER_BUTTON_B)
    theatre.push(pygame.CONTROLLER_BUTTON_DPAD_DOWN)

    assert cell.content.endswith("B")
    assert theatre.screen.focus.current is not cell
    assert theatre.stage.bindings.button_of(Action.HANDBRAKE) == pygame.CONTROLLER_BUTTON_B


@pytest.mark.parametrize("way_out", ["escape", "start", "click"])
def test_binding_is_cancelled(way_out: str, tmp_path: Path) -> None:
    """Escape, Start and a click leave everything as it was, and nobody leaves the page."""
    theatre = opened("keys", tmp_path)
    choose(theatre, "nitro keyboard")
    theatre.press(pygame.K_RETURN)
    if way_out == "escape":
        theatre.press(pygame.K_ESCAPE)
    elif way_out == "start":
        theatre.push(pygame.CONTROLLER_BUTTON_START)
    else:
        click(theatre, (5, 5))

    assert not theatre.screen.takes_keys
    assert theatre.screen.name == "settings"
    assert theatre.stage.preferences == Preferences()


def test_reset_brings_all_keys_back(tmp_path: Path) -> None:
    """One button undoes every binding."""
    theatre = opened("keys", tmp_path)
    theatre.stage.bindings.bind_key(Action.LEFT, pygame.KSCAN_J)
    choose(theatre, "RESET")
    theatre.press(pygame.K_RETURN)

    assert theatre.stage.preferences.keys == {}


def test_page_that_is_left_waits_no_more(tmp_path: Path) -> None:
    """A click on another tab ends the waiting, and the page is turned at the next one."""
    theatre = opened("keys", tmp_path)
    choose(theatre, "nitro keyboard")
    theatre.press(pygame.K_RETURN)
    tab = theatre.screen.widgets[0]
    click(theatre, tab.rect.center)
    click(theatre, tab.rect.center)

    assert theatre.screen.state()["page"] == "GAME"
    assert not theatre.screen.takes_keys


@pytest.mark.parametrize("step", [-1, 1])
def test_shoulders_turn_the_pages_round(step: int, tmp_path: Path) -> None:
    """Four pages on, or back, is where one was."""
    theatre = opened("settings", tmp_path)
    left, right = pygame.CONTROLLER_BUTTON_LEFTSHOULDER, pygame.CONTROLLER_BUTTON_RIGHTSHOULDER
    seen = []
    for _ in range(4):
        theatre.push(right if step > 0 else left)
        seen.append(theatre.screen.state()["page"])

    assert sorted(map(str, seen)) == ["GAME", "KEYS", "PICTURE", "SOUND"]
    assert seen[-1] == "GAME"
