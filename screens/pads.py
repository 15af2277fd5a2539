"""Gamepads: the only file that knows how pygame names them.

They are opened when plugged in and dropped when pulled out. A push of the
left stick is passed on as a press of the cross, so that menus need to know
one thing only.

Units: none; axes from -1 to 1, triggers from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pygame

FULL = 32767
DEAD_ZONE = 0.12
PUSHED, RELEASED = 0.6, 0.35
"""The stick is a press beyond the first, and may be one again within the second."""
CROSS = {
    (pygame.CONTROLLER_AXIS_LEFTX, -1): pygame.CONTROLLER_BUTTON_DPAD_LEFT,
    (pygame.CONTROLLER_AXIS_LEFTX, 1): pygame.CONTROLLER_BUTTON_DPAD_RIGHT,
    (pygame.CONTROLLER_AXIS_LEFTY, -1): pygame.CONTROLLER_BUTTON_DPAD_UP,
    (pygame.CONTROLLER_AXIS_LEFTY, 1): pygame.CONTROLLER_BUTTON_DPAD_DOWN,
}


@dataclass(frozen=True, slots=True)
class Axes:
    """What the hands do with the sticks and triggers of all pads together."""

    steering: float = 0.0
    throttle: float = 0.0
    brake: float = 0.0


class Pads:
    """All gamepads that are plugged in."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
        self._pushed: set[int] = set()
        self._make: Callable[[int], Any] | None = None

    def start(self) -> None:
        """Begin to listen; a machine without gamepads is no fault."""
        try:
            from pygame._sdl2 import controller

            controller.init()
        except (ImportError, pygame.error):
            return
        self._make = controller.Controller
        for index in range(controller.get_count()):
            if controller.is_controller(index):
                self._plug(index)

    def _plug(self, index: int) -> None:
        if self._make is None:
            return
        try:
            pad = self._make(index)
            self._open[pad.id] = pad
        except pygame.error:
            # It was pulled out again meanwhile.
            return

    @property
    def count(self) -> int:
        """How many are plugged in."""
        return len(self._open)

    def handle(self, event: pygame.event.Event) -> pygame.event.Event | None:
        """Follow pads that come and go; return a press that the stick stands for."""
        if event.type == pygame.CONTROLLERDEVICEADDED:
            self._plug(event.device_index)
        elif event.type == pygame.CONTROLLERDEVICEREMOVED:
            self._open.pop(event.instance_id, None)
            self._pushed.clear()
        elif event.type == pygame.CONTROLLERAXISMOTION:
            return self._push(event)
        return None

    def _push(self, event: pygame.event.Event) -> pygame.event.Event | None:
        share = event.value / FULL
        if abs(share) < RELEASED:
            self._pushed.discard(event.axis)
        button = CROSS.get((event.axis, 1 if share > 0 else -1))
        if button is None or abs(share) < PUSHED or event.axis in self._pushed:
            return None
        self._pushed.add(event.axis)
        return pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=button, stick=True)

    def held(self, button: int) -> bool:
        """Whether a button is held on any pad; a number below 0 is none."""
        try:
            return button >= 0 and any(pad.get_button(button) for pad in self._open.values())
        except pygame.error:
            # It was pulled out just now; the event is on its way.
            return False

    def axes(self) -> Axes:
        """Return what the hands do now."""
        try:
            return self._read_axes()
        except pygame.error:
            return Axes()

    def _read_axes(self) -> Axes:
        steering = throttle = brake = 0.0
        for pad in self._open.values():
            axis = max(-1.0, min(1.0, pad.get_axis(pygame.CONTROLLER_AXIS_LEFTX) / FULL))
            if abs(axis) > DEAD_ZONE:
                # Fine near the middle, full at the end.
                steering = axis * abs(axis) ** 0.5
            right = pad.get_axis(pygame.CONTROLLER_AXIS_TRIGGERRIGHT) / FULL
            left = pad.get_axis(pygame.CONTROLLER_AXIS_TRIGGERLEFT) / FULL
            throttle = max(throttle, right if right > DEAD_ZONE else 0.0)
            brake = max(brake, left if left > DEAD_ZONE else 0.0)
        return Axes(steering, min(1.0, throttle), min(1.0, brake))
