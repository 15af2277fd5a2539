"""Keys and buttons: as shipped, bound anew, swapped; and what the hands then ask for."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

import preferences
from preferences import BUTTON_NONE, Preferences
from screens.bindings import BUTTONS, FIXED_BUTTONS, FIXED_KEYS, KEYS, TITLES, Action, Bindings
from screens.controls import Controls
from screens.pads import Axes, Pads


class HeldPads(Pads):
    """A gamepad of which some buttons are held."""

    def __init__(self, *buttons: int) -> None:
        super().__init__()
        self._buttons = buttons

    def held(self, button: int) -> bool:
        """Whether the button is one of them."""
        return button in self._buttons

    def axes(self) -> Axes:
        """Return sticks that nobody touches."""
        return Axes()


def key(scancode: int) -> pygame.event.Event:
    """Return the press of a key."""
    return pygame.event.Event(pygame.KEYDOWN, key=0, scancode=scancode, mod=0)


def test_no_two_actions_share_a_key_or_a_button() -> None:
    """As shipped, every press means one thing, and none that is kept for others."""
    keys = [one for places in KEYS.values() for one in places]

    assert set(KEYS) == set(TITLES) == set(Action)
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(FIXED_KEYS)
    assert len(BUTTONS.values()) == len(set(BUTTONS.values()))
    assert not set(BUTTONS.values()) & set(FIXED_BUTTONS)


def test_bound_key_drives_and_the_former_one_does_not() -> None:
    """What was bound on the screen is what the hands are asked by."""
    bindings = Bindings(Preferences())
    bindings.bind_key(Action.NITRO, pygame.KSCAN_B)
    controls = Controls(Pads(), bindings)
    controls.handle(key(pygame.KSCAN_N))
    before = controls.wishes().nitro
    controls.handle(key(pygame.KSCAN_B))

    assert not before
    assert controls.wishes().nitro


def test_last_key_of_another_action_is_swapped() -> None:
    """Nothing is left without a key, and one sentence says what happened."""
    bindings = Bindings(Preferences())
    told = bindings.bind_key(Action.ENGINE, pygame.KSCAN_R)

    assert bindings.keys_of(Action.ENGINE) == (pygame.KSCAN_R,)
    assert bindings.keys_of(Action.RESPAWN) == (pygame.KSCAN_E,)
    assert "Back on the road took over" in told


def test_one_of_several_keys_is_only_taken() -> None:
    """Who has another key left keeps that one."""
    bindings = Bindings(Preferences())
    told = bindings.bind_key(Action.RESPAWN, pygame.KSCAN_W)

    assert bindings.keys_of(Action.THROTTLE) == (pygame.KSCAN_UP,)
    assert "Throttle has no longer" in told


@pytest.mark.parametrize("scancode", FIXED_KEYS)
def test_key_of_the_interface_is_not_bound(scancode: int) -> None:
    """Escape must always lead out, so it is refused in one sentence."""
    have = Preferences()
    told = Bindings(have).bind_key(Action.NITRO, scancode)

    assert have == Preferences()
    assert told.endswith("press another key.")


def test_button_is_swapped_too() -> None:
    """A gamepad's handbrake on Y puts getting back on the road on A."""
    bindings = Bindings(Preferences())
    told = bindings.bind_button(Action.HANDBRAKE, pygame.CONTROLLER_BUTTON_Y)
    controls = Controls(HeldPads(pygame.CONTROLLER_BUTTON_Y), bindings)

    assert "took over A" in told
    assert controls.wishes().handbrake
    assert not controls.wishes().respawn


def test_button_for_what_had_none_leaves_the_other_without() -> None:
    """Mute has no button as shipped; who gives it one hears what that costs."""
    bindings = Bindings(Preferences())
    told = bindings.bind_button(Action.MUTE, pygame.CONTROLLER_BUTTON_X)

    assert bindings.button_of(Action.ENGINE) == BUTTON_NONE
    assert "took over no button" in told
    assert not Controls(HeldPads(BUTTON_NONE), bindings).wishes().handbrake


def test_push_of_the_stick_is_no_button() -> None:
    """Steering right must not do what the right of the cross is bound to."""
    bindings = Bindings(Preferences())
    bindings.bind_button(Action.RESPAWN, pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    press = {"button": pygame.CONTROLLER_BUTTON_DPAD_RIGHT}

    assert bindings.asked(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, press))
    press["stick"] = True
    assert bindings.asked(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, press)) is None


def test_bindings_are_kept_and_reset(tmp_path: Path) -> None:
    """They are in the file of settings; a reset leaves nothing of them there."""
    path = tmp_path / preferences.FILE
    have = Preferences()
    Bindings(have).bind_key(Action.LOOK, pygame.KSCAN_V)
    Bindings(have).bind_button(Action.LOOK, pygame.CONTROLLER_BUTTON_B)
    preferences.save(have, path)
    loaded, complaint = preferences.load(path)

    assert complaint is None
    assert Bindings(loaded).keys_of(Action.LOOK) == (pygame.KSCAN_V,)
    assert Bindings(loaded).button_of(Action.LOOK) == pygame.CONTROLLER_BUTTON_B
    Bindings(loaded).reset()
    assert loaded == Preferences()
