"""Trees: a set of canopies, the same for every track.

A canopy is lobes in four tones, or stars of a fir, lit from the top left. The
race draws it again over a car that drives beneath it; where trees stand is
`planting.py`.

Units: pixels for sprites; metres for places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pygame

from paint.canvas import clip_alpha, shadow_of, smooth

TONES = (
    ("#2c5a2b", "#3c7434", "#54913f", "#7fb553"),
    ("#2f6134", "#41803f", "#5c9f4c", "#8cc266"),
    ("#3f5a22", "#567a2b", "#779a38", "#a5c057"),
    ("#254f33", "#336a40", "#4a8750", "#74ad6a"),
    ("#7a4a1c", "#a5641f", "#cc8a2e", "#eab756"),
    ("#6b2418", "#933020", "#bd4a2a", "#e0784a"),
    ("#7d6418", "#a9871f", "#d2ad33", "#efd467"),
    ("#14352a", "#1f4b38", "#2f684a", "#54926a"),
    ("#1a3a38", "#265250", "#3a7169", "#63998c"),
)
"""Dark to bright: four greens, three of autumn, two of firs."""
FIRS = 7
"""Tones from here on are of firs, which are stars from above."""
FIR_POINTS = 13
RADII_PX = (12, 24, 30, 36, 44)
"""The first is a bush."""
SHAPES = 3
"""Different canopies of each size and tone."""
KINDS = len(RADII_PX) * len(TONES) * SHAPES
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


def canopies() -> list[Canopy]:
    """Return the set of canopies, always the same; it takes a while."""
    rng = np.random.default_rng(SET_SEED)
    return [
        (_fir if tone >= FIRS else _canopy)(rng, radius, tones)
        for radius in RADII_PX
        for tone, tones in enumerate(TONES)
        for _ in range(SHAPES)
    ]


def kind_of(size: int, tone: int, shape: int) -> int:
    """Return the number of a canopy in the set."""
    return (size * len(TONES) + tone) * SHAPES + shape


def radius_of(kind: int) -> float:
    """Return the radius of a kind of tree, metres."""
    return RADII_PX[kind // (len(TONES) * SHAPES)] / 10


def _fir(rng: np.random.Generator, radius: int, tones: tuple[str, ...]) -> Canopy:
    """Return a fir: stars above each other, each smaller and nearer to the light."""
    side = _side(radius)
    reaches = rng.uniform(0.82, 1.0, (6, FIR_POINTS))
    turns = rng.uniform(0, 2 * math.pi, 6)

    def star(canvas: pygame.Surface, k: int, layer: int, size: float, tone: str) -> None:
        middle = side * k / 2
        lean = 0.05 * layer * radius * k
        points = []
        for point in range(2 * FIR_POINTS):
            angle = turns[layer] + math.pi * point / FIR_POINTS
            reach = reaches[layer, point // 2] if point % 2 == 0 else 0.66
            reach *= size * radius * k
            points.append(
                (
                    middle - 0.8 * lean + math.cos(angle) * reach,
                    middle - lean + math.sin(angle) * reach,
                )
            )
        pygame.draw.polygon(canvas, tone, points)

    def silhouette(canvas: pygame.Surface, k: int) -> None:
        star(canvas, k, 0, 1.0, tones[0])

    def crown(canvas: pygame.Surface, k: int) -> None:
        silhouette(canvas, k)
        for layer, (size, tone) in enumerate(
            ((0.84, 1), (0.68, 1), (0.52, 2), (0.35, 2), (0.18, 3)), 1
        ):
            star(canvas, k, layer, size * 1.06, tones[0])
            star(canvas, k, layer, size, tones[tone])

    shape = smooth((side, side), silhouette, 4, tones[0])
    return Canopy(radius, smooth((side, side), crown, 4, tones[0]), shadow_of(shape, 4, 0.5))


def _canopy(rng: np.random.Generator, radius: int, tones: tuple[str, ...]) -> Canopy:
    side = _side(radius)
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


# The set in a file: drawing it takes longer than a track may take to load.


def save_sheet(path: Path, kinds: list[Canopy]) -> None:
    """Write the pictures of the set, size by size, side by side."""
    width = max(_side(radius) for radius in RADII_PX) * len(TONES) * SHAPES
    sheet = pygame.Surface((width, sum(_side(radius) for radius in RADII_PX)), pygame.SRCALPHA)
    for kind, canopy in enumerate(kinds):
        sheet.blit(canopy.picture, _place(kind))
    pygame.image.save(sheet, path)


def load_sheet(path: Path) -> list[pygame.Surface]:
    """Return the pictures of the set from a file, or draw them where it is of no use."""
    try:
        sheet = pygame.image.load(path)
        return [sheet.subsurface(_place(kind)).copy() for kind in range(KINDS)]
    except (OSError, pygame.error, ValueError):
        return [one.picture for one in canopies()]


def _side(radius: int) -> int:
    return 2 * (radius + radius // 2 + 6)


def _place(kind: int) -> pygame.Rect:
    """Return where a picture is on the sheet."""
    row, column = divmod(kind, len(TONES) * SHAPES)
    side = _side(RADII_PX[row])
    top = sum(_side(radius) for radius in RADII_PX[:row])
    return pygame.Rect(column * side, top, side, side)
