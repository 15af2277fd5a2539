"""The marks that tyres write on the ground, for good.

Each sliding wheel stamps soft bars from where it was to where it is; the
caller blits them onto the ground's picture.

Units: metres in, pixels of the ground at ten a metre out.
"""

from __future__ import annotations

import math

import pygame

from car import Surface
from screens.camera import PX_A_METRE

MARK_LENGTH_MIN, MARK_LENGTH_MAX = 0.35, 5.0
MARK_ANGLES = 60
DEPTHS = 4
KEPT_MAX = 3000
LOOSE = {Surface.GRASS: (74, 60, 34), Surface.SAND: (122, 92, 50), Surface.GRAVEL: (70, 58, 44)}
RUBBER = (20, 20, 24)

Placed = tuple[pygame.Surface, tuple[float, float]]


class Skids:
    """Remembers where each wheel slid last."""

    def __init__(self) -> None:
        self._wheels: dict[tuple[int, int], tuple[float, float]] = {}
        self._stamps: dict[tuple[int, int, int, tuple[int, int, int]], pygame.Surface] = {}

    def mark(
        self, wheel: tuple[int, int], at: tuple[float, float], strength: float, under: Surface
    ) -> list[Placed]:
        """Return the new marks of a wheel (slot and side) that slides so much, 0 to 1."""
        before = self._wheels.pop(wheel, None)
        if strength <= 0.05 or under is Surface.WATER:
            return []
        self._wheels[wheel] = at
        if before is None:
            return []
        length = math.dist(before, at)
        if length < MARK_LENGTH_MIN:
            # Too short to stamp: keep the old end and wait.
            self._wheels[wheel] = before
            return []
        if length > MARK_LENGTH_MAX:
            return []
        angle = math.atan2(at[1] - before[1], at[0] - before[0])
        picture = self._stamp(length, angle, strength, LOOSE.get(under, RUBBER))
        middle = (before[0] + at[0]) * PX_A_METRE / 2, (before[1] + at[1]) * PX_A_METRE / 2
        place = picture.get_rect(center=(round(middle[0]), round(middle[1])))
        return [(picture, place.topleft)]

    def forget(self, slot: int) -> None:
        """Break a car's marks, as after it was put back on the road."""
        for side in (-1, 1):
            self._wheels.pop((slot, side), None)

    def _stamp(
        self, length: float, angle: float, strength: float, colour: tuple[int, int, int]
    ) -> pygame.Surface:
        """Return a soft dark bar, kept for each length and angle."""
        long = max(4, round(length * PX_A_METRE / 2) * 2)
        turn = round(angle / math.pi * MARK_ANGLES) % MARK_ANGLES
        depth = max(1, round(strength * DEPTHS))
        key = (long, turn, depth, colour)
        found = self._stamps.get(key)
        if found is None:
            bar = pygame.Surface(((long + 3) * 2, 14), pygame.SRCALPHA)
            bar.fill((*colour, 0))
            area = pygame.Rect(0, 4, (long + 3) * 2, 7)
            pygame.draw.rect(bar, (*colour, 20 + 15 * depth), area, border_radius=3)
            turned = pygame.transform.rotozoom(bar.premul_alpha(), -turn * 180 / MARK_ANGLES, 0.5)
            if len(self._stamps) > KEPT_MAX:
                self._stamps.clear()
            found = self._stamps[key] = turned
        return found
