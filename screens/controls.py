"""Hands on the wheel: keyboard and gamepad as one `CarInput`.

Driving keys are read by their place on the keyboard (scancodes), so that they
lie under the same fingers everywhere. What is held while the chat box has the
keyboard is not lost: the state is asked for anew when it closes.

Units: none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pygame

from car import CarInput

KEYS: dict[str, tuple[int, ...]] = {
    "throttle": (pygame.KSCAN_UP, pygame.KSCAN_W),
    "brake": (pygame.KSCAN_DOWN, pygame.KSCAN_S),
    "left": (pygame.KSCAN_LEFT, pygame.KSCAN_A),
    "right": (pygame.KSCAN_RIGHT, pygame.KSCAN_D),
    "handbrake": (pygame.KSCAN_SPACE,),
    "respawn": (pygame.KSCAN_R,),
}
ENGINE_KEY = pygame.KSCAN_E
DEAD_ZONE = 0.12


@dataclass(slots=True)
class Controls:
    """What is held down, and whether the engine shall run."""

    held: set[int] = field(default_factory=set)
    engine: bool = True
    muted: bool = False
    """While the chat box has the keyboard, held keys keep driving but no new one does."""

    def handle(self, event: pygame.event.Event) -> None:
        """Follow the keys; a key let go while typing is let go."""
        if event.type == pygame.KEYUP:
            self.held.discard(event.scancode)
        elif event.type == pygame.KEYDOWN and not self.muted:
            self.held.add(event.scancode)
            if event.scancode == ENGINE_KEY:
                self.engine = not self.engine
        elif event.type == pygame.WINDOWFOCUSLOST:
            self.held.clear()
        elif event.type == pygame.JOYBUTTONDOWN and event.button == 2:
            self.engine = not self.engine

    def wishes(self) -> CarInput:
        """Return what the hands ask for now."""

        def pressed(action: str) -> bool:
            return any(key in self.held for key in KEYS[action])

        steering = float(pressed("right")) - float(pressed("left"))
        throttle, brake = float(pressed("throttle")), float(pressed("brake"))
        handbrake, respawn = pressed("handbrake"), pressed("respawn")
        for pad in pads():
            axis = pad.get_axis(0) if pad.get_numaxes() > 0 else 0.0
            if abs(axis) > DEAD_ZONE:
                # Fine near the middle, full at the end.
                steering = max(-1.0, min(1.0, axis * abs(axis) ** 0.5))
            if pad.get_numaxes() >= 6:
                throttle = max(throttle, (pad.get_axis(5) + 1) / 2)
                brake = max(brake, (pad.get_axis(2) + 1) / 2)
            if pad.get_numbuttons() >= 4:
                handbrake = handbrake or bool(pad.get_button(0))
                respawn = respawn or bool(pad.get_button(3))
        return CarInput(
            throttle=throttle if throttle > DEAD_ZONE else 0.0,
            brake=brake if brake > DEAD_ZONE else 0.0,
            steering=steering,
            handbrake=handbrake,
            engine=self.engine,
            respawn=respawn,
        )


_pads: list[pygame.joystick.JoystickType] = []


def pads() -> list[pygame.joystick.JoystickType]:
    """Return the gamepads that are plugged in; one pulled out is dropped."""
    if pygame.joystick.get_init() and pygame.joystick.get_count() != len(_pads):
        _pads[:] = [pygame.joystick.Joystick(n) for n in range(pygame.joystick.get_count())]
    return _pads
