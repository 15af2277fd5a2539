"""The light of cars at night: cones that brighten the ground ahead of them.

Light multiplies what it falls on, so that a lit kerb is red and white and lit
asphalt is grey. Cones are made once for each of some angles.

Units: pixels of the window; radians.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from screens.shadows import clusters

ANGLES = 72
REACH = 230
"""How far the light goes, in pixels."""
HALF_ANGLE = 0.36
ROUND_THE_CAR = 44.0
"""A weak light falls about the car itself."""
STRENGTH = 3
"""The light is added so many times: the dark ground has so little to reflect."""
COLOUR = (255, 244, 214)
"""Of full light; halogen."""

Lit = tuple[float, float, float]
"""Where a car's middle is on screen, and its heading."""


class HeadLamps:
    """Lights the ground for all cars of a picture."""

    def __init__(self) -> None:
        self._light = pygame.Surface((1, 1))
        self._lit = pygame.Surface((1, 1))

    def draw(self, surface: pygame.Surface, cars: Sequence[Lit]) -> None:
        """Brighten what lies before the cars; where two shine it is no brighter."""
        cones: list[tuple[pygame.Surface, pygame.Rect]] = []
        for x, y, heading in cars:
            cone, (left, top) = _cone(round(heading / math.tau * ANGLES) % ANGLES)
            place = cone.get_rect(topleft=(round(x) + left, round(y) + top))
            if place.colliderect(surface.get_rect()):
                cones.append((cone, place))
        for cluster in clusters([place for _, place in cones]):
            self._shine(surface, [cones[number] for number in cluster])

    def _shine(
        self, surface: pygame.Surface, cones: list[tuple[pygame.Surface, pygame.Rect]]
    ) -> None:
        whole = cones[0][1].unionall([place for _, place in cones[1:]])
        area = whole.clip(surface.get_rect())
        corner = pygame.Rect((0, 0), area.size)
        if self._light.get_width() < area.width or self._light.get_height() < area.height:
            size = (
                max(self._light.get_width(), area.width),
                max(self._light.get_height(), area.height),
            )
            self._light, self._lit = pygame.Surface(size), pygame.Surface(size)
        light, lit = self._light, self._lit
        # The clip keeps what lies beyond the window off the rest of the layer; that
        # of the picture before must not keep this one from being cleared.
        light.set_clip(corner)
        light.fill(0)
        light.fblits(
            [(cone, (place.left - area.left, place.top - area.top)) for cone, place in cones],
            pygame.BLEND_RGB_MAX,
        )
        lit.blit(surface, (0, 0), area)
        lit.blit(light, (0, 0), corner, special_flags=pygame.BLEND_RGB_MULT)
        for _ in range(STRENGTH):
            surface.blit(lit, area.topleft, corner, special_flags=pygame.BLEND_RGB_ADD)

    def warm_up(self) -> None:
        """Make the cones of all angles."""
        for index in range(ANGLES):
            _cone(index)


@functools.lru_cache(maxsize=ANGLES)
def _cone(index: int) -> tuple[pygame.Surface, tuple[int, int]]:
    """Return the light of a car, cropped, and its corner from the car's middle."""
    quarter, rest = divmod(index, ANGLES // 4)
    level = _light(rest * math.tau / ANGLES)
    for _ in range(quarter):
        # A quarter turn moves pixels and makes none.
        level = level.transpose(1, 0, 2)[::-1]
    columns, rows = (np.flatnonzero(level[..., 0].max(axis) > 2) for axis in (1, 0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    small = pygame.Surface((right - left, bottom - top), depth=32)
    pygame.surfarray.blit_array(small, level[left:right, top:bottom])
    cone = pygame.transform.smoothscale_by(small, 2)
    if pygame.display.get_surface() is not None:
        cone = cone.convert()
    return cone, (2 * left - REACH, 2 * top - REACH)


@functools.lru_cache(maxsize=ANGLES // 4)
def _light(heading: float) -> NDArray[np.uint8]:
    """Return the light of a car as pixels by x and y, half as many as on screen."""
    # Light is soft: half the pixels are enough to make it.
    y, x = np.mgrid[1 - REACH : REACH : 2, 1 - REACH : REACH : 2].astype(np.float32)
    cos, sin = math.cos(heading), math.sin(heading)
    ahead, aside = x * cos + y * sin - 20.0, y * cos - x * sin
    light = np.zeros_like(ahead)
    for lamp in (-9.0, 9.0):
        away = np.hypot(ahead, aside - lamp)
        angle = np.abs(np.arctan2(aside - lamp, np.maximum(ahead, 0.01)))
        beam = np.clip(1.0 - angle / HALF_ANGLE, 0.0, 1.0) ** 0.8 * (ahead > 0)
        # Brightest some metres ahead, where dipped lamps point.
        light += beam * np.clip(1.0 - away / (REACH - 24.0), 0.0, 1.0) ** 1.1 * 0.72
    light += 0.34 * np.clip(1.0 - np.hypot(x, y) / ROUND_THE_CAR, 0.0, 1.0)
    level = np.clip(light, 0.0, 1.0).T[..., None] * np.array(COLOUR)
    pixels: NDArray[np.uint8] = level.astype(np.uint8)
    return pixels
