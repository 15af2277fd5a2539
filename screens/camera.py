"""Where the picture looks: ahead of the car, gently, and never off the world.

Units: metres in the world, pixels on screen, seconds.
"""

from __future__ import annotations

import math

PX_A_METRE = 10
LOOK_AHEAD_S = 0.22
"""The camera looks where the car will be so much later."""
LOOK_AHEAD_MAX = 13.0
FOLLOW_A_SECOND = 5.0
JUMP = 60.0
"""Farther than this the camera jumps instead of flying there."""
SHAKE_FADE_A_SECOND = 6.0
SHAKE_PX_MAX = 9.0


class Camera:
    """Follows a point that moves."""

    def __init__(self, world: tuple[float, float], view_px: tuple[int, int]) -> None:
        """Take the size of the world in metres and of the picture in pixels."""
        self.world = world
        self.view_px = view_px
        self.x, self.y = world[0] / 2, world[1] / 2
        self._placed = False
        self._shake_px = 0.0
        self._age = 0.0

    def follow(self, x: float, y: float, vx: float, vy: float, dt: float) -> None:
        """Move towards what lies ahead of a point with a velocity."""
        lead = min(1.0, LOOK_AHEAD_MAX / max(0.01, math.hypot(vx, vy) * LOOK_AHEAD_S))
        aim_x = x + vx * LOOK_AHEAD_S * lead
        aim_y = y + vy * LOOK_AHEAD_S * lead
        if not self._placed or math.dist((aim_x, aim_y), (self.x, self.y)) > JUMP:
            self.x, self.y = aim_x, aim_y
            self._placed = True
        # The exact share for this dt: the same path at any frame rate.
        share = 1.0 - math.exp(-FOLLOW_A_SECOND * dt)
        self.x += (aim_x - self.x) * share
        self.y += (aim_y - self.y) * share
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


def _kept(middle: float, view: int, world: float) -> int:
    if world <= view:
        return round((world - view) / 2)
    return round(min(max(middle - view / 2, 0.0), world - view))
