"""Hands on the wheel: keyboard and gamepad as one `CarInput`.

While the chat box has the keyboard, what was held before goes on driving
until it is let go, and no new key drives; when it closes, whatever is held
then drives again. Which key does what is in `bindings.py`. Nothing is
smoothed here: how fast wheels turn is the car's business.

Units: none.
"""

from __future__ import annotations

import pygame

from car import CarInput
from preferences import Preferences
from screens.bindings import Action, Bindings
from screens.pads import Pads

DRIVING = frozenset(
    {
        Action.THROTTLE, Action.BRAKE, Action.LEFT, Action.RIGHT, Action.HANDBRAKE, Action.NITRO,
        Action.RESPAWN, Action.ENGINE,
    }
)  # fmt: skip
"""What drives, even while a panel is open that keys could move about in."""


class Controls:
    """What is held down, and whether the engine shall run."""

    def __init__(self, pads: Pads | None = None, bindings: Bindings | None = None) -> None:
        self.engine = True
        """What the driver last asked of the engine."""
        self._pads = pads if pads is not None else Pads()
        self._bindings = bindings if bindings is not None else Bindings(Preferences())
        self._down: set[int] = set()
        """Keys under the fingers."""
        self._driving: set[int] = set()
        """Those of them that reach the car."""
        self._muted = False

    @property
    def muted(self) -> bool:
        """Whether something else has the keyboard."""
        return self._muted

    def mute(self, muted: bool) -> None:
        """Give the keyboard to something else, or take it back with what is held."""
        if self._muted and not muted:
            self._driving = set(self._down)
        self._muted = muted

    def drives(self, event: pygame.event.Event) -> bool:
        """Whether an event is one that the hands at the wheel make."""
        if getattr(event, "stick", False):
            return True
        return self._bindings.asked(event) in DRIVING

    def handle(self, event: pygame.event.Event) -> None:
        """Follow the keys; one that is let go while typing is let go."""
        asked = self._bindings.asked(event)
        if event.type == pygame.KEYUP:
            self._down.discard(event.scancode)
            self._driving.discard(event.scancode)
        elif event.type == pygame.KEYDOWN:
            repeated = event.scancode in self._down
            self._down.add(event.scancode)
            if not self._muted:
                self._driving.add(event.scancode)
                if asked is Action.ENGINE and not repeated:
                    self.engine = not self.engine
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._down.clear()
            self._driving.clear()
        elif event.type == pygame.CONTROLLERBUTTONDOWN and asked is Action.ENGINE:
            self.engine = not self.engine

    def wishes(self) -> CarInput:
        """Return what the hands ask for now."""
        pads, bindings = self._pads, self._bindings

        def pressed(action: Action) -> bool:
            held = any(key in self._driving for key in bindings.keys_of(action))
            # While phrases are picked, the buttons of a gamepad pick them.
            return held or (not self._muted and pads.held(bindings.button_of(action)))

        axes = pads.axes()
        steering = float(pressed(Action.RIGHT)) - float(pressed(Action.LEFT))
        return CarInput(
            throttle=max(float(pressed(Action.THROTTLE)), axes.throttle),
            brake=max(float(pressed(Action.BRAKE)), axes.brake),
            steering=steering or axes.steering,
            handbrake=pressed(Action.HANDBRAKE),
            engine=self.engine,
            respawn=pressed(Action.RESPAWN),
            nitro=pressed(Action.NITRO),
        )
