"""Where the picture looks: ahead of the car, gently, and never off the world.

Units: metres in the world, pixels on screen, seconds.
"""

from __future__ import annotations

import math

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


class Camera:
    """Follows a point that moves."""

    def __init__(self, world: tuple[float, float], view_px: tuple[int, int]) -> None:
        """Take the size of the world in metres and of the picture in pixels."""
        self.world = world
        self.view_px = view_px
        self.x, self.y = world[0] / 2, world[1] / 2
        self._car: tuple[float, float] | None = None
        self._lead_x = self._lead_y = 0.0
        self._shake_px = 0.0
        self._age = 0.0

    def follow(self, x: float, y: float, vx: float, vy: float, dt: float) -> None:
        """Move towards what lies ahead of a point with a velocity."""
        share = min(1.0, LOOK_AHEAD_MAX / max(0.01, math.hypot(vx, vy) * LOOK_AHEAD_S))
        aim_x = _within(vx * LOOK_AHEAD_S * share, self.view_px[0])
        aim_y = _within(vy * LOOK_AHEAD_S * share, self.view_px[1])
        if self._car is None or math.dist(self._car, (x, y)) > JUMP:
            self._lead_x, self._lead_y = aim_x, aim_y
        self._car = x, y
        # The exact share for this dt: the same path at any frame rate.
        eased = 1.0 - math.exp(-EASE_A_SECOND * dt)
        self._lead_x += (aim_x - self._lead_x) * eased
        self._lead_y += (aim_y - self._lead_y) * eased
        self.x, self.y = x + self._lead_x, y + self._lead_y
        self._shake_px *= math.exp(-SHAKE_FADE_A_SECOND * dt)
        self._age += dt

    def shake(self, strength: float) -> None:
        """Tremble after a hard hit; `strength` from 0 to 1."""
        self._shake_px = min(SHAKE_PX_MAX, max(self._shake_px, strength * SHAKE_PX_MAX))

    def corner_px(self) -> tuple[int, int]:
        """Return the picture's top left corner in pixels of the baked world.

        Where the world is smaller than the picture it is centred, and the
        corner is negative.
        """
        shift_x = math.sin(self._age * 71.0) * self._shake_px
        shift_y = math.sin(self._age * 83.0 + 1.0) * self._shake_px
        return (
            _kept(self.x * PX_A_METRE + shift_x, self.view_px[0], self.world[0] * PX_A_METRE),
            _kept(self.y * PX_A_METRE + shift_y, self.view_px[1], self.world[1] * PX_A_METRE),
        )


def _within(lead: float, view_px: int) -> float:
    most = LEAD_OF_VIEW * view_px / PX_A_METRE
    return min(max(lead, -most), most)


def _kept(middle: float, view: int, world: float) -> int:
    if world <= view:
        return round((world - view) / 2)
    return round(min(max(middle - view / 2, 0.0), world - view))
