"""Hands on the wheel: keyboard and gamepad as one `CarInput`.

Driving keys are read by their place on the keyboard (scancodes), so that they
lie under the same fingers everywhere. While the chat box has the keyboard,
what was held before goes on driving until it is let go, and no new key
drives; when it closes, whatever is held then drives again. Nothing is
smoothed here: how fast wheels turn is the car's business.

Units: none.
"""

from __future__ import annotations

import pygame

from car import CarInput
from screens.pads import Pads

KEYS: dict[str, tuple[int, ...]] = {
    "throttle": (pygame.KSCAN_UP, pygame.KSCAN_W),
    "brake": (pygame.KSCAN_DOWN, pygame.KSCAN_S),
    "left": (pygame.KSCAN_LEFT, pygame.KSCAN_A),
    "right": (pygame.KSCAN_RIGHT, pygame.KSCAN_D),
    "handbrake": (pygame.KSCAN_SPACE,),
    "respawn": (pygame.KSCAN_R,),
}
ENGINE_KEY = pygame.KSCAN_E
ENGINE_BUTTON = pygame.CONTROLLER_BUTTON_X
DRIVING = {ENGINE_KEY, *(key for keys in KEYS.values() for key in keys)}
PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "throttle": (("Up", "W"), "right trigger"),
    "brake, reverse": (("Down", "S"), "left trigger"),
    "steer left": (("Left", "A"), "left stick"),
    "steer right": (("Right", "D"), "left stick"),
    "handbrake": (("Space",), "A"),
    "back on the road": (("R",), "Y"),
    "engine on, off": (("E",), "X"),
    "chat": (("T", "Enter"), "Back"),
    "leave": (("Escape",), "Start"),
    "servers": (("F9",), "right stick"),
    "fullscreen": (("F11",), ""),
}
"""What the list of keys shows: the place on a US keyboard, and on a gamepad."""

_names: dict[int, str] = {}


def learn(event: pygame.event.Event) -> None:
    """Remember what this keyboard calls the key at a place, once it is pressed."""
    if event.type == pygame.KEYDOWN and event.scancode and event.key:
        _names[event.scancode] = pygame.key.name(event.key).capitalize()


def key_name(place: str) -> str:
    """Return what this keyboard calls the key that lies where a US one has `place`."""
    scancode = getattr(pygame, f"KSCAN_{place.upper()}", 0)
    return _names.get(scancode) or place


def is_driving(event: pygame.event.Event) -> bool:
    """Whether an event is one that the hands at the wheel make."""
    if event.type == pygame.KEYDOWN:
        return event.scancode in DRIVING
    pushed = event.type == pygame.CONTROLLERBUTTONDOWN
    return pushed and (event.button == ENGINE_BUTTON or getattr(event, "stick", False))


class Controls:
    """What is held down, and whether the engine shall run."""

    def __init__(self, pads: Pads | None = None) -> None:
        self.engine = True
        """What the driver last asked of the engine."""
        self._pads = pads if pads is not None else Pads()
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

    def handle(self, event: pygame.event.Event) -> None:
        """Follow the keys; one that is let go while typing is let go."""
        if event.type == pygame.KEYUP:
            self._down.discard(event.scancode)
            self._driving.discard(event.scancode)
        elif event.type == pygame.KEYDOWN:
            repeated = event.scancode in self._down
            self._down.add(event.scancode)
            if not self._muted:
                self._driving.add(event.scancode)
                if event.scancode == ENGINE_KEY and not repeated:
                    self.engine = not self.engine
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._down.clear()
            self._driving.clear()
        elif event.type == pygame.CONTROLLERBUTTONDOWN and event.button == ENGINE_BUTTON:
            self.engine = not self.engine

    def wishes(self) -> CarInput:
        """Return what the hands ask for now."""

        def pressed(action: str) -> bool:
            return any(key in self._driving for key in KEYS[action])

        pad = self._pads.state()
        steering = float(pressed("right")) - float(pressed("left"))
        return CarInput(
            throttle=max(float(pressed("throttle")), pad.throttle),
            brake=max(float(pressed("brake")), pad.brake),
            steering=steering or pad.steering,
            handbrake=pressed("handbrake") or pad.handbrake,
            engine=self.engine,
            respawn=pressed("respawn") or pad.respawn,
        )
