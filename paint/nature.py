"""What nature put beside the track: ponds and rocks.

Units: metres for places and sizes, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pygame
from numpy.typing import NDArray

from paint.canvas import Pixels, rgb, shaded, shadow_of, smooth, stamp
from paint.noise import value_noise
from paint.raising import PX, SUN, spots_of
from paint.spots import Spot
from track import Scenery
from track_shape import POND_SLIM, pond_depth

STONES = ("#a39c90", "#8f897f", "#b3aca0", "#99928a")
STONES_A_METRE = 1.1
"""How many lie in a group of rocks for each metre of its size."""


def pond(
    ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator, seed: int
) -> list[Spot]:
    """Paint water with a sandy rim; `size` is half its length."""
    long, short = scenery.size * PX, scenery.size * PX * POND_SLIM
    reach = math.ceil(long * 1.4)
    left, top = round(scenery.x * PX) - reach, round(scenery.y * PX) - reach
    area = pygame.Rect(left, top, 2 * reach, 2 * reach).clip(ground.get_rect())
    x = np.arange(area.left, area.right, dtype=np.float32) - np.float32(scenery.x * PX)
    y = np.arange(area.top, area.bottom, dtype=np.float32)[:, None] - np.float32(scenery.y * PX)
    u, v = x / long, y / short
    metres = (x.astype(float) / PX + scenery.x, y.astype(float) / PX + scenery.y)
    depth = (pond_depth(scenery, seed, *metres) * PX).astype(np.float32)
    ripple = value_noise(rng, area.height, area.width, 30)
    pixels = pygame.surfarray.pixels3d(ground)[area.left : area.right, area.top : area.bottom]
    colour: Pixels = pixels.swapaxes(0, 1).astype(np.float32)

    def mix(paint: Pixels, share: Pixels) -> None:
        nonlocal colour
        colour = colour + (paint - colour) * share[..., None]

    def within(distance: NDArray[np.floating[Any]]) -> Pixels:
        covered: Pixels = np.clip(0.5 - distance, 0, 1)
        return covered

    mix(rgb("#b9a467"), within((depth - 13 + ripple * 4) / 2) * 0.9)
    mix(rgb("#7d7a45"), within((depth - 4) / 2) * 0.8)
    deep = np.clip(-depth / 60, 0, 1)[..., None]
    waves = np.clip(np.sin((x * 0.5 + y * 0.9) / 9 + ripple * 4) * 0.5 + 0.5, 0, 1) ** 6
    water = (rgb("#5fb6c4") * (1 - deep) + rgb("#2b7796") * deep) * (1 + 0.04 * ripple)[..., None]
    water = water + (waves * 26 * np.clip(ripple + 0.4, 0, 1))[..., None]
    mix(water, within(depth / 1.5))
    bank = np.exp(-(((depth + 5) / 5) ** 2)) * (depth < 0) * 0.3
    colour *= (1 - bank * np.clip(-u - v, 0, 1))[..., None]
    mix(rgb("#ebf5f0"), np.exp(-(((depth + 2) / 1.6) ** 2)) * 0.35)
    pixels[:] = np.clip(colour, 0, 255).astype(np.uint8).swapaxes(0, 1)
    return spots_of(scenery, scenery.size * 2.1, scenery.size * 1.2)


def rocks(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint a group of boulders, large in the middle, lit from the top left."""
    stones = []
    for _ in range(round(scenery.size * STONES_A_METRE) + 2):
        away = float(rng.uniform(0, 0.5)) * scenery.size
        angle = float(rng.uniform(0, 2 * math.pi))
        x = scenery.x + math.cos(angle) * away
        y = scenery.y + math.sin(angle) * away * 0.7
        radius = max(5.0, (1.0 - away / scenery.size) * float(rng.uniform(8, 24)))
        corners = rng.uniform(0.72, 1.0, 9)
        stones.append((y, x, radius, corners, STONES[int(rng.integers(len(STONES)))]))
    stones.sort(key=lambda one: one[0])
    pictures = [_stone(radius, corners, colour) for _, _, radius, corners, colour in stones]
    for (y, x, radius, _, _), picture in zip(stones, pictures, strict=True):
        drop = radius / 26
        shade = shadow_of(picture, 3, 0.45)
        stamp(ground, shade, x * PX + SUN[0] * drop, y * PX + SUN[1] * drop)
    for (y, x, _, _, _), picture in zip(stones, pictures, strict=True):
        stamp(ground, picture, x * PX, y * PX)
    return [Spot(scenery.x, scenery.y, scenery.size * 0.62)]


def _stone(
    radius: float, corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]], colour: str
) -> pygame.Surface:
    side = round(2 * radius) + 14

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = side * k / 2
        count = len(corners)
        for size, shift, light in ((1.0, 0.0, 0.62), (0.86, 0.1, 0.95), (0.56, 0.24, 1.22)):
            points = []
            for corner, reach in enumerate(corners.tolist()):
                angle = 2 * math.pi * corner / count
                points.append(
                    (
                        middle + (math.cos(angle) * reach * size - shift * 0.7) * radius * k,
                        middle + (math.sin(angle) * reach * size - shift) * radius * k,
                    )
                )
            pygame.draw.polygon(canvas, shaded(colour, light), points)

    return smooth((side, side), draw, 3, shaded(colour, 0.62))
