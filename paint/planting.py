"""Where trees, bushes and flowers stand on a track: in groves, and out of the way.

Units: metres; flowers are dots of pixels.
"""

from __future__ import annotations

import math

import numpy as np
import pygame

from paint.landscapes import landscape_of
from paint.noise import value_noise
from paint.spots import Spot, Taken
from paint.trees import RADII_PX, SHAPES, TONES, Tree, kind_of
from track import Track

TRIES = 16_000


def plant(track: Track, taken: Taken) -> list[Tree]:
    """Return where trees and bushes stand: in groves, clear of road, sand and `taken`.

    `taken` grows by what is planted.
    """
    rng = np.random.default_rng(track.scenery_seed + 1000)
    cell = 2.0
    landscape = landscape_of(track)
    density = value_noise(rng, int(track.height / cell) + 1, int(track.width / cell) + 1, 9)
    trees: list[Tree] = []
    for x, y, luck in rng.uniform(0, 1, (TRIES, 3)):
        x, y = x * track.width, y * track.height
        if density[int(y / cell), int(x / cell)] + (luck - 0.5) * 0.3 < landscape.grove:
            continue
        size = int(rng.choice(len(RADII_PX) - 1, p=(0.25, 0.35, 0.25, 0.15))) + 1
        radius = RADII_PX[size] / 10
        tree = _planted(rng, track, taken, float(x), float(y), size, radius + 4.4)
        if tree is not None:
            trees.append(tree)
        if len(trees) >= landscape.trees:
            break
    bushes = 0
    for x, y in rng.uniform(0, 1, (TRIES // 8, 2)) * (track.width, track.height):
        bush = _planted(rng, track, taken, float(x), float(y), 0, 4.0)
        if bush is not None:
            trees.append(bush)
            bushes += 1
        if bushes >= landscape.bushes:
            break
    return trees


def _planted(
    rng: np.random.Generator,
    track: Track,
    taken: Taken,
    x: float,
    y: float,
    size: int,
    margin: float,
) -> Tree | None:
    if clearance(track, x, y) < margin:
        return None
    foot = RADII_PX[size] / 10 * 0.72
    if taken.touches(x, y, foot):
        return None
    taken.add(Spot(x, y, foot))
    tone = int(rng.choice(len(TONES), p=landscape_of(track).tones))
    return Tree(kind_of(size, tone, int(rng.integers(SHAPES))), x, y)


def clearance(track: Track, x: float, y: float) -> float:
    """Return the distance to the road's edge or to the sand beyond it."""
    near = track.locate(x, y)
    point = track.points[near.sample]
    distance = math.hypot(x - point[0], y - point[1])
    sides = (track.sand_left, track.sand_right, track.apron_left, track.apron_right)
    sand = max(one[near.sample] for one in sides)
    return float(distance - track.half_widths[near.sample] - sand)


def paint_flowers(ground: pygame.Surface, track: Track, taken: Taken, px: float) -> None:
    """Paint patches of flowers on the free grass."""
    rng = np.random.default_rng(track.scenery_seed + 2000)
    most = landscape_of(track).flowers
    colours = ("#faf6e6", "#f8d654", "#ee788c")
    patches = 0
    for x, y in rng.uniform(0, 1, (TRIES // 8, 2)) * (track.width, track.height):
        if clearance(track, x, y) < 6.0 or taken.touches(x, y, 0.9):
            continue
        colour = colours[int(rng.integers(3))]
        for dx, dy in rng.normal(0, 9, (int(rng.integers(5, 12)), 2)):
            pygame.draw.circle(ground, colour, (x * px + dx, y * px + dy), 1.5)
        patches += 1
        if patches >= most:
            return
