"""What stands up from the ground: a shape, and the shadow that it throws.

Units: metres for places and sizes, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math

import pygame

from paint.canvas import padded, shadow_of, stamp, turned
from paint.spots import Spot
from track import Scenery

PX = 10
"""Pixels in a metre."""
SUN = (7, 10)
"""Where the shadow of something of height 1 falls, px."""


def spots_of(scenery: Scenery, length: float, depth: float) -> list[Spot]:
    """Return circles that cover a turned rectangle."""
    count = max(1, math.ceil(length / depth))
    along = [(i + 0.5) * length / count - length / 2 for i in range(count)]
    cos, sin = math.cos(scenery.angle), math.sin(scenery.angle)
    radius = math.hypot(depth, length / count) / 2 + 1.0
    return [Spot(scenery.x + cos * at, scenery.y + sin * at, radius) for at in along]


def raise_up(
    ground: pygame.Surface, shape: pygame.Surface, scenery: Scenery, height: float
) -> None:
    """Stamp a shape with the shadow of something so high."""
    body = turned(padded(shape, 30), scenery.angle)
    x, y = scenery.x * PX, scenery.y * PX
    cast = pygame.Surface((body.get_width() + 60, body.get_height() + 60), pygame.SRCALPHA)
    # The silhouette drawn along the sun's way: a block, not a floating sheet.
    steps = max(1, round(height * 6))
    for step in range(steps + 1):
        share = height * step / steps
        place = body.get_rect(
            center=(cast.get_width() / 2 + SUN[0] * share, cast.get_height() / 2 + SUN[1] * share)
        )
        cast.blit(body, place)
    stamp(ground, shadow_of(cast, 3, 0.42), x, y)
    stamp(ground, body, x, y)
