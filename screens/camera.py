"""Where the picture looks: ahead of the car, gently, and never off the world.

The faster the car, the more of the world is seen: the ground is scaled as it
is copied to the window, which costs hardly more than copying it.

Units: metres in the world, pixels on screen, seconds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pygame

PX_A_METRE = 10
LOOK_AHEAD_S = 0.4
"""The picture's middle is where the car will be so much later."""
LOOK_AHEAD_MAX = 15.0
LEAD_OF_VIEW = 0.16
"""Nor is the lead more than this share of the picture: small windows."""
EASE_A_SECOND = 3.0
"""The lead follows the velocity at this rate; the car itself is followed at once."""
JUMP = 60.0
"""A car that moved farther at once was put there: no easing."""
SHAKE_FADE_A_SECOND = 6.0
SHAKE_PX_MAX = 9.0
ZOOM_FROM, ZOOM_TO = 18.0, 58.0
"""Speeds between which the picture takes in more and more, m/s."""
WIDER_MAX = 0.14
"""So much more of the world is seen at full speed."""
ZOOM_EASE_A_SECOND = 0.9
COVERED_MAX = 0.62
"""What is looked at moves out of the way of no larger share of the picture."""
ZOOM_NONE = 0.004
"""Less is not zoomed at all: the ground is then copied, pixel by pixel."""


class Frame(NamedTuple):
    """Which part of the world one picture shows, and where it is put."""

    left: int
    """In pixels of the baked ground."""
    top: int
    width: int
    height: int
    size: tuple[int, int]
    """Of the window."""

    @property
    def zoom(self) -> float:
        """How large the world is drawn: 1 for ten pixels to the metre."""
        return self.size[0] / self.width

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place in metres is on screen."""
        return (
            (x * PX_A_METRE - self.left) * self.size[0] / self.width,
            (y * PX_A_METRE - self.top) * self.size[1] / self.height,
        )

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Whether a place in metres is in the picture, or this far off it in pixels."""
        px, py = self.at(x, y)
        return -margin <= px < self.size[0] + margin and -margin <= py < self.size[1] + margin


class Camera:
    """Follows a point that moves."""

    def __init__(self, world: tuple[float, float], view_px: tuple[int, int]) -> None:
        """Take the size of the world in metres and of the picture in pixels."""
        self.world = world
        self.view_px = view_px
        self.x, self.y = world[0] / 2, world[1] / 2
        self.wider = 0.0
        """So much more than at rest is seen, as a share."""
        self.covered_px = 0
        """So much of the picture's lower end is hidden by something."""
        self._car: tuple[float, float] | None = None
        self._lead_x = self._lead_y = 0.0
        self._shake_px = 0.0
        self._age = 0.0

    def follow(self, x: float, y: float, vx: float, vy: float, dt: float) -> None:
        """Move towards what lies ahead of a point with a velocity."""
        speed = math.hypot(vx, vy)
        share = min(1.0, LOOK_AHEAD_MAX / max(0.01, speed * LOOK_AHEAD_S))
        aim_x = _within(vx * LOOK_AHEAD_S * share, self.view_px[0])
        aim_y = _within(vy * LOOK_AHEAD_S * share, self.view_px[1])
        aim_wider = WIDER_MAX * min(max((speed - ZOOM_FROM) / (ZOOM_TO - ZOOM_FROM), 0.0), 1.0)
        if self._car is None or math.dist(self._car, (x, y)) > JUMP:
            self._lead_x, self._lead_y, self.wider = aim_x, aim_y, aim_wider
        self._car = x, y
        # The exact share for this dt: the same path at any frame rate.
        eased = 1.0 - math.exp(-EASE_A_SECOND * dt)
        self._lead_x += (aim_x - self._lead_x) * eased
        self._lead_y += (aim_y - self._lead_y) * eased
        self.wider += (aim_wider - self.wider) * (1.0 - math.exp(-ZOOM_EASE_A_SECOND * dt))
        self.x, self.y = x + self._lead_x, y + self._lead_y
        self._shake_px *= math.exp(-SHAKE_FADE_A_SECOND * dt)
        self._age += dt

    def shake(self, strength: float) -> None:
        """Tremble after a hard hit; `strength` from 0 to 1."""
        self._shake_px = min(SHAKE_PX_MAX, max(self._shake_px, strength * SHAKE_PX_MAX))

    def frame(self) -> Frame:
        """Return what the picture shows now.

        Where the world is smaller than the picture it is centred and not
        zoomed, and the corner is negative.
        """
        wide, high = self.view_px
        wider = self.wider if self.wider >= ZOOM_NONE else 0.0
        width, height = round(wide * (1.0 + wider)), round(high * (1.0 + wider))
        if width > self.world[0] * PX_A_METRE or height > self.world[1] * PX_A_METRE:
            width, height = wide, high
        shift_x = math.sin(self._age * 71.0) * self._shake_px
        shift_y = math.sin(self._age * 83.0 + 1.0) * self._shake_px
        shift_y += min(self.covered_px, COVERED_MAX * high) / 2
        return Frame(
            _kept(self.x * PX_A_METRE + shift_x, width, self.world[0] * PX_A_METRE),
            _kept(self.y * PX_A_METRE + shift_y, height, self.world[1] * PX_A_METRE),
            width,
            height,
            (wide, high),
        )


def draw_ground(surface: pygame.Surface, picture: pygame.Surface, frame: Frame) -> None:
    """Draw the part of the ground's picture that a frame shows."""
    part = pygame.Rect(frame.left, frame.top, frame.width, frame.height)
    if part.size == frame.size:
        surface.blit(picture, (0, 0), part)
        return
    # Straight into the window: a copy in between would cost as much again.
    pygame.transform.scale(picture.subsurface(part), frame.size, surface)


def _within(lead: float, view_px: int) -> float:
    most = LEAD_OF_VIEW * view_px / PX_A_METRE
    return min(max(lead, -most), most)


def _kept(middle: float, view: int, world: float) -> int:
    if world <= view:
        return round((world - view) / 2)
    return round(min(max(middle - view / 2, 0.0), world - view))
