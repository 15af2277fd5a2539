"""Trees: a set of canopies, and where they stand on a track.

A canopy is lobes in four tones, lit from the top left. The set is the same
for every track, so that the race can draw a canopy again over a car that
drives beneath it.

Units: pixels for sprites; metres for places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pygame

from paint.canvas import clip_alpha, shadow_of, smooth
from paint.noise import value_noise
from track import Track

TONES = (
    ("#2c5a2b", "#3c7434", "#54913f", "#7fb553"),
    ("#2f6134", "#41803f", "#5c9f4c", "#8cc266"),
    ("#3f5a22", "#567a2b", "#779a38", "#a5c057"),
    ("#254f33", "#336a40", "#4a8750", "#74ad6a"),
    ("#7a4a1c", "#a5641f", "#cc8a2e", "#eab756"),
)
"""Dark to bright; the last is autumn."""
TONE_SHARES = (0.32, 0.28, 0.18, 0.17, 0.05)
RADII_PX = (12, 24, 30, 36, 44)
"""The first is a bush."""
SHAPES = 3
"""Different canopies of each size and tone."""
KINDS = len(RADII_PX) * len(TONES) * SHAPES
TREES_MAX, TRIES = 440, 16_000
BUSHES_MAX = 170
FLOWERS_MAX = 320
SET_SEED = 4


@dataclass(frozen=True, slots=True)
class Canopy:
    """One kind of tree."""

    radius_px: int
    picture: pygame.Surface
    shadow: pygame.Surface


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that stands somewhere."""

    kind: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A circle that something stands on already."""

    x: float
    y: float
    radius: float


def canopies() -> list[Canopy]:
    """Return the set of canopies, always the same."""
    rng = np.random.default_rng(SET_SEED)
    return [
        _canopy(rng, radius, tones) for radius in RADII_PX for tones in TONES for _ in range(SHAPES)
    ]


def _kind(size: int, tone: int, shape: int) -> int:
    return (size * len(TONES) + tone) * SHAPES + shape


def radius_of(kind: int) -> float:
    """Return the radius of a kind of tree, metres."""
    return RADII_PX[kind // (len(TONES) * SHAPES)] / 10


def _canopy(rng: np.random.Generator, radius: int, tones: tuple[str, ...]) -> Canopy:
    side = 2 * (radius + radius // 2 + 6)
    lobes = [
        (math.cos(angle) * reach, math.sin(angle) * reach, size)
        for angle, reach, size in zip(
            rng.uniform(0, 2 * math.pi, 11),
            rng.uniform(0.35, 0.62, 11),
            rng.uniform(0.36, 0.52, 11),
            strict=True,
        )
    ]
    leaves = [
        (angle, reach, light, size)
        for angle, reach, light, size in zip(
            rng.uniform(0, 2 * math.pi, round(radius * 2.4)),
            rng.uniform(0, 0.85, round(radius * 2.4)) ** 0.7,
            rng.uniform(-0.5, 0.5, round(radius * 2.4)),
            rng.uniform(0.8, 2.0, round(radius * 2.4)),
            strict=True,
        )
    ]

    def silhouette(canvas: pygame.Surface, k: int) -> None:
        middle = side * k / 2
        for x, y, size in lobes:
            place = (middle + x * radius * k, middle + y * radius * k)
            pygame.draw.circle(canvas, tones[0], place, size * radius * k)
        pygame.draw.circle(canvas, tones[0], (middle, middle), radius * 0.72 * k)

    def crown(canvas: pygame.Surface, k: int) -> None:
        silhouette(canvas, k)
        middle = side * k / 2
        # Each brighter tone is smaller and sits nearer to the light.
        for level, (spread, tone) in enumerate(zip((0.82, 0.58, 0.30), tones[1:], strict=True)):
            lean = 0.154 * (level + 1)
            for x, y, size in lobes:
                place = (
                    middle + (x * spread - 0.30 * lean) * radius * k,
                    middle + (y * spread - 0.38 * lean) * radius * k,
                )
                pygame.draw.circle(canvas, tone, place, size * radius * k * (0.86 - 0.16 * level))
        for angle, reach, light, size in leaves:
            x, y = math.cos(angle) * reach, math.sin(angle) * reach
            lit = (-x - y) * 0.5 + light
            tone = tones[3] if lit > 0.25 else tones[2] if lit > -0.1 else tones[1]
            place = (middle + x * radius * k, middle + y * radius * k)
            pygame.draw.circle(canvas, tone, place, size * k)

    shape = smooth((side, side), silhouette, 4, tones[0])
    picture = smooth((side, side), crown, 4, tones[0])
    clip_alpha(picture, shape)
    return Canopy(radius, picture, shadow_of(shape, 4, 0.46))


def plant(track: Track, taken: list[Spot]) -> list[Tree]:
    """Return where trees and bushes stand: in groves, clear of road, sand and `taken`.

    `taken` grows by what is planted.
    """
    rng = np.random.default_rng(track.scenery_seed + 1000)
    cell = 2.0
    density = value_noise(rng, int(track.height / cell) + 1, int(track.width / cell) + 1, 9)
    trees: list[Tree] = []
    for x, y, luck in rng.uniform(0, 1, (TRIES, 3)):
        x, y = x * track.width, y * track.height
        if density[int(y / cell), int(x / cell)] + (luck - 0.5) * 0.3 < 0.24:
            continue
        size = int(rng.choice(len(RADII_PX) - 1, p=(0.25, 0.35, 0.25, 0.15))) + 1
        radius = RADII_PX[size] / 10
        tree = _planted(rng, track, taken, float(x), float(y), size, radius + 4.4)
        if tree is not None:
            trees.append(tree)
        if len(trees) >= TREES_MAX:
            break
    bushes = 0
    for x, y in rng.uniform(0, 1, (TRIES // 8, 2)) * (track.width, track.height):
        bush = _planted(rng, track, taken, float(x), float(y), 0, 4.0)
        if bush is not None:
            trees.append(bush)
            bushes += 1
        if bushes >= BUSHES_MAX:
            break
    return trees


def _planted(
    rng: np.random.Generator,
    track: Track,
    taken: list[Spot],
    x: float,
    y: float,
    size: int,
    margin: float,
) -> Tree | None:
    if clearance(track, x, y) < margin:
        return None
    foot = RADII_PX[size] / 10 * 0.72
    if any((x - one.x) ** 2 + (y - one.y) ** 2 < (foot + one.radius) ** 2 for one in taken):
        return None
    taken.append(Spot(x, y, foot))
    tone = int(rng.choice(len(TONES), p=TONE_SHARES))
    return Tree(_kind(size, tone, int(rng.integers(SHAPES))), x, y)


def clearance(track: Track, x: float, y: float) -> float:
    """Return the distance to the road's edge or to the sand beyond it."""
    near = track.locate(x, y)
    point = track.points[near.sample]
    distance = math.hypot(x - point[0], y - point[1])
    sand = max(track.sand_left[near.sample], track.sand_right[near.sample])
    return float(distance - track.half_widths[near.sample] - sand)


def paint_trees(ground: pygame.Surface, trees: list[Tree], kinds: list[Canopy], px: float) -> None:
    """Paint all shadows, then all canopies: no tree darkens another's crown."""
    standing = sorted(trees, key=lambda tree: tree.y)
    for tree in standing:
        kind = kinds[tree.kind]
        shift = kind.radius_px * 0.36, kind.radius_px * 0.5
        _centred(ground, kind.shadow, tree.x * px + shift[0], tree.y * px + shift[1])
    for tree in standing:
        _centred(ground, kinds[tree.kind].picture, tree.x * px, tree.y * px)


def _centred(ground: pygame.Surface, shape: pygame.Surface, x: float, y: float) -> None:
    ground.blit(shape, shape.get_rect(center=(round(x), round(y))))


def paint_flowers(ground: pygame.Surface, track: Track, taken: list[Spot], px: float) -> None:
    """Paint patches of flowers on the free grass."""
    rng = np.random.default_rng(track.scenery_seed + 2000)
    colours = ("#faf6e6", "#f8d654", "#ee788c")
    patches = 0
    for x, y in rng.uniform(0, 1, (TRIES // 8, 2)) * (track.width, track.height):
        if clearance(track, x, y) < 6.0 or any(
            (x - one.x) ** 2 + (y - one.y) ** 2 < (one.radius + 0.9) ** 2 for one in taken
        ):
            continue
        colour = colours[int(rng.integers(3))]
        for dx, dy in rng.normal(0, 9, (int(rng.integers(5, 12)), 2)):
            pygame.draw.circle(ground, colour, (x * px + dx, y * px + dy), 1.5)
        patches += 1
        if patches >= FLOWERS_MAX:
            return
