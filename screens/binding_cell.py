"""A cell that shows what an action is bound to, and waits for another key or button.

Pressed, it takes the next key (or button) whatever it is otherwise for;
Escape, Start or a click leaves everything as it was.

Units: pixels of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import pygame

from screens import theme
from screens.bindings import Action, Bindings
from screens.widgets import Pressable


class Device(Enum):
    """What is bound."""

    KEYBOARD = "press a key"
    GAMEPAD = "press a button"


class BindingCell(Pressable):
    """One action on one device."""

    def __init__(
        self, action: Action, device: Device, bindings: Bindings, told: Callable[[str], None]
    ) -> None:
        """`told` hears one sentence whenever something is bound, or is not."""
        super().__init__(f"{action} {device.name.lower()}", self._begin)
        self.waiting = False
        """Whether the next press is taken."""
        self._bound_action = action
        self._device = device
        self._bindings = bindings
        self._told = told

    def _begin(self) -> None:
        self.waiting = True
        what = "key" if self._device is Device.KEYBOARD else "button of the gamepad"
        self._told(f"Press the new {what}.     Escape, Start  leave it as it is")

    def take(self, event: pygame.event.Event) -> bool:
        """While waiting, take an event; return whether it was used up."""
        if not self.waiting:
            return False
        if _is_no(event):
            self.waiting = False
            self._told("Nothing was changed.")
        elif event.type == pygame.KEYDOWN and self._device is Device.KEYBOARD:
            if event.scancode:
                self.waiting = False
                self._told(self._bindings.bind_key(self._bound_action, event.scancode))
        elif self._device is Device.GAMEPAD and _is_button(event):
            self.waiting = False
            self._told(self._bindings.bind_button(self._bound_action, event.button))
        return event.type not in (pygame.QUIT, pygame.VIDEORESIZE, pygame.KEYUP)

    @property
    def words(self) -> str:
        """What the action is bound to."""
        if self.waiting:
            return self._device.value
        if self._device is Device.KEYBOARD:
            return self._bindings.key_words(self._bound_action)
        return self._bindings.button_words(self._bound_action)

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the box and the words."""
        theme.input_box(surface, self.rect, self.focused or self.waiting)
        size = theme.letters(18, scale)
        tone = theme.ACCENT if self.waiting else theme.TEXT
        words = theme.shortened(self.words, size, self.rect.width - 12)
        theme.text(surface, words, size, tone, self.rect.center, anchor="center")

    @property
    def content(self) -> str:
        """The action, and what it is bound to."""
        return f"{self.label}: {self.words}"


def _is_button(event: pygame.event.Event) -> bool:
    """Whether a button was pressed, which a push of the stick is not."""
    return event.type == pygame.CONTROLLERBUTTONDOWN and not getattr(event, "stick", False)


def _is_no(event: pygame.event.Event) -> bool:
    """Whether an event means: leave it as it is."""
    if event.type == pygame.KEYDOWN:
        return bool(event.key == pygame.K_ESCAPE)
    if event.type == pygame.CONTROLLERBUTTONDOWN:
        return bool(event.button == pygame.CONTROLLER_BUTTON_START)
    return event.type == pygame.MOUSEBUTTONDOWN
