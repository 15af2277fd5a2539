"""What an event asks of the interface, whichever device it comes from.

Keyboard and gamepad mean the same eight things here; the mouse points at
widgets and is their own business. Nothing is decided here.

Units: none.
"""

from __future__ import annotations

from enum import Enum

import pygame


class Ask(Enum):
    """One wish of a hand at the interface."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    NEXT = "next"
    PREVIOUS = "previous"
    PRESS = "press"
    BACK = "back"


KEYS = {
    pygame.K_UP: Ask.UP,
    pygame.K_DOWN: Ask.DOWN,
    pygame.K_LEFT: Ask.LEFT,
    pygame.K_RIGHT: Ask.RIGHT,
    pygame.K_RETURN: Ask.PRESS,
    pygame.K_KP_ENTER: Ask.PRESS,
    pygame.K_SPACE: Ask.PRESS,
    pygame.K_ESCAPE: Ask.BACK,
}
BUTTONS = {
    pygame.CONTROLLER_BUTTON_DPAD_UP: Ask.UP,
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: Ask.DOWN,
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: Ask.LEFT,
    pygame.CONTROLLER_BUTTON_DPAD_RIGHT: Ask.RIGHT,
    pygame.CONTROLLER_BUTTON_A: Ask.PRESS,
    pygame.CONTROLLER_BUTTON_START: Ask.PRESS,
    pygame.CONTROLLER_BUTTON_B: Ask.BACK,
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: Ask.NEXT,
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: Ask.PREVIOUS,
}


def ask_of(event: pygame.event.Event) -> Ask | None:
    """Return what an event asks for, or None."""
    if event.type == pygame.KEYDOWN:
        if event.key == pygame.K_TAB:
            back = getattr(event, "mod", 0) & pygame.KMOD_SHIFT
            return Ask.PREVIOUS if back else Ask.NEXT
        return KEYS.get(event.key)
    if event.type == pygame.CONTROLLERBUTTONDOWN:
        return BUTTONS.get(event.button)
    return None
