"""What people built beside the track: paddock, stands, tents, ponds.

Each painter draws one `Scenery` of a track onto its ground.

Units: metres for places and sizes, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math

import numpy as np
import pygame

from paint.canvas import Pixels, padded, rgb, shaded, shadow_of, smooth, stamp, turned
from paint.noise import value_noise
from paint.trees import Spot
from track import Scenery

PX = 10
"""Pixels in a metre."""
SUN = (7, 10)
"""Where the shadow of something of height 1 falls, px."""
CROWD = (
    "#e04b3a",
    "#f2c14e",
    "#3f7fd0",
    "#f4f1e8",
    "#2f3640",
    "#57a85a",
    "#e88b3a",
    "#8a5fbf",
    "#d9d9d9",
)
SKINS = ("#f0c8a0", "#8a5a3c", "#d9a679")
TENTS = ("#d9362b", "#1f4fa3", "#f2a33a", "#1d7a4c")
STAND_DEPTH = 9.2
PADDOCK_DEPTH = 15.0


def paint_scenery(ground: pygame.Surface, scenery: Scenery, seed: int) -> list[Spot]:
    """Paint one piece; return the spots that it takes."""
    rng = np.random.default_rng(seed + round(scenery.x * 7 + scenery.y * 13))
    painters = {"paddock": _paddock, "stand": _stand, "tent": _tent, "pond": _pond}
    painter = painters.get(scenery.kind)
    return painter(ground, scenery, rng) if painter is not None else []


def _spots(scenery: Scenery, length: float, depth: float) -> list[Spot]:
    """Return circles that cover a turned rectangle."""
    count = max(1, math.ceil(length / depth))
    along = [(i + 0.5) * length / count - length / 2 for i in range(count)]
    cos, sin = math.cos(scenery.angle), math.sin(scenery.angle)
    radius = math.hypot(depth, length / count) / 2 + 1.0
    return [Spot(scenery.x + cos * at, scenery.y + sin * at, radius) for at in along]


def _raise(ground: pygame.Surface, shape: pygame.Surface, scenery: Scenery, height: float) -> None:
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


def _paddock(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    width, height = round(scenery.size * PX), round(PADDOCK_DEPTH * PX)

    def apron(canvas: pygame.Surface, k: int) -> None:
        area = canvas.get_rect()
        pygame.draw.rect(canvas, "#8f9298", area, border_radius=18 * k)
        inner = area.inflate(-6 * k, -6 * k)
        pygame.draw.rect(canvas, "#a3a6ab", inner, 2 * k, border_radius=16 * k)
        for x in range(36, width - 20, 60):
            pygame.draw.rect(canvas, "#dad7cb", (x * k, 94 * k, 2 * k, 48 * k))

    floor = smooth((width, height), apron, 2, "#8f9298")
    grain = rng.normal(1, 0.03, (width, height, 1))
    pixels = pygame.surfarray.pixels3d(floor)
    pixels[:] = np.clip(pixels * grain, 0, 255).astype(np.uint8)
    del pixels
    stamp(ground, turned(floor, scenery.angle), scenery.x * PX, scenery.y * PX)
    cos, sin = math.cos(scenery.angle), math.sin(scenery.angle)

    def beside(right: float, down: float) -> Scenery:
        x = scenery.x + cos * right - sin * down
        y = scenery.y + sin * right + cos * down
        return scenery._replace(x=x, y=y)

    _raise(ground, _garage(width - 60, 66), beside(0, -2.8), 1.9)
    colours = ("#1f4fa3", "#f2efe6", "#d9362b", "#23272e", "#1d7a4c", "#f2a33a")
    bays = (width - 100) // 60
    for bay in range(bays):
        if rng.random() < 0.62:
            colour = colours[int(rng.integers(len(colours)))]
            right = (36 + 60 * (bay + 0.5) - width / 2) / PX
            _raise(ground, _truck(colour), beside(right + 0.2, 4.3), 0.7)
    return _spots(scenery, scenery.size, PADDOCK_DEPTH)


def _garage(width: int, height: int) -> pygame.Surface:
    def draw(canvas: pygame.Surface, k: int) -> None:
        roof = pygame.Rect(4 * k, 4 * k, (width - 8) * k, (height - 8) * k)
        pygame.draw.rect(canvas, "#3b414b", canvas.get_rect(), border_radius=3 * k)
        pygame.draw.rect(canvas, "#d9dce0", roof, border_radius=2 * k)
        for x in range(10, width - 8, 14):
            pygame.draw.rect(canvas, "#c9ccd1", (x * k, 5 * k, k, (height - 11) * k))
        pygame.draw.rect(canvas, "#f0f2f4", (4 * k, 4 * k, (width - 8) * k, 3 * k))
        pygame.draw.rect(canvas, "#e2572b", (0, (height - 11) * k, width * k, 7 * k))
        for x in range(26, width - 40, 84):
            window = pygame.Rect(x * k, 16 * k, 26 * k, 16 * k)
            pygame.draw.rect(canvas, "#6d747e", window, border_radius=2 * k)
            pygame.draw.rect(canvas, "#9aa3ad", ((x + 2) * k, 18 * k, 22 * k, 5 * k))

    return smooth((width, height), draw, 3, "#3b414b")


def _truck(colour: str) -> pygame.Surface:
    """A lorry seen from above, nose down."""

    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.rect(canvas, "#1c2026", (2 * k, 4 * k, 22 * k, 46 * k), border_radius=2 * k)
        pygame.draw.rect(canvas, colour, (k, 0, 24 * k, 38 * k), border_radius=2 * k)
        pygame.draw.rect(canvas, shaded(colour, 1.2), (3 * k, 2 * k, 4 * k, 34 * k))
        pygame.draw.rect(canvas, shaded(colour, 0.8), (k, 18 * k, 24 * k, k))
        pygame.draw.rect(
            canvas, shaded(colour, 0.9), (2 * k, 40 * k, 22 * k, 13 * k), border_radius=3 * k
        )
        pygame.draw.rect(canvas, "#27435a", (4 * k, 47 * k, 18 * k, 4 * k), border_radius=k)

    return smooth((26, 54), draw, 4, colour)


def _stand(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    width, height = round(scenery.size * PX), round(STAND_DEPTH * PX)
    rows = 6
    row_height = (height - 26) / rows
    people = [
        (row, x, int(rng.integers(len(CROWD))), int(rng.integers(3)), rng.uniform(-0.8, 0.8, 2))
        for row in range(rows)
        for x in np.arange(8, width - 8, 6.2)
        if rng.random() < 0.86 and abs(x % 112 - 56) > 5
    ]

    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.rect(canvas, "#5a606b", canvas.get_rect(), border_radius=3 * k)
        for row in range(rows):
            tone = 150 + 14 * row
            step = pygame.Rect(4 * k, (4 + row * row_height) * k, (width - 8) * k, 0)
            step.height = round((row_height - 1.5) * k)
            pygame.draw.rect(canvas, (tone, tone + 3, min(255, tone + 8)), step)
        for row, x, shirt, skin, (dx, dy) in people:
            x, y = (x + dx) * k, (4 + (row + 0.5) * row_height + dy) * k
            pygame.draw.circle(canvas, CROWD[shirt], (x, y), 2.5 * k)
            pygame.draw.circle(canvas, SKINS[skin], (x, y - 1.2 * k), 1.35 * k)
        base = pygame.Rect(0, (height - 24) * k, width * k, 24 * k)
        pygame.draw.rect(canvas, "#2b3038", base, border_radius=3 * k)
        roof = pygame.Rect(2 * k, (height - 21) * k, (width - 4) * k, 18 * k)
        pygame.draw.rect(canvas, "#d8dbe0", roof, border_radius=2 * k)
        for number, x in enumerate(range(0, width, 56)):
            band = pygame.Rect((x + 2) * k, (height - 21) * k, min(54, width - 4 - x) * k, 6 * k)
            pygame.draw.rect(canvas, "#d9362b" if number % 2 else "#f2efe6", band)

    _raise(ground, smooth((width, height), draw, 4, "#5a606b"), scenery, 1.6)
    return _spots(scenery, scenery.size, STAND_DEPTH)


def _tent(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    radius = round(scenery.size * PX / 2)
    colour = pygame.Color(TENTS[int(rng.integers(len(TENTS)))])
    white = pygame.Color("#f2efe6")

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = (radius + 4) * k
        corners = [
            (
                middle + math.cos(i * math.pi / 4 + math.pi / 8) * radius * k,
                middle + math.sin(i * math.pi / 4 + math.pi / 8) * radius * k,
            )
            for i in range(8)
        ]
        for i in range(8):
            facing = math.cos((i + 1) * math.pi / 4 - math.radians(235))
            light = 0.78 + 0.34 * (0.5 + 0.5 * facing)
            side = [(middle, middle), corners[i], corners[(i + 1) % 8]]
            pygame.draw.polygon(canvas, shaded(white if i % 2 else colour, light), side)
        pygame.draw.circle(canvas, "#ffffff", (middle, middle), 2 * k)

    shape = smooth((2 * radius + 8, 2 * radius + 8), draw, 4, colour)
    _raise(ground, shape, scenery, 1.0)
    return [Spot(scenery.x, scenery.y, radius / PX + 1.5)]


def _pond(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint water with a sandy rim; `size` is half its length."""
    long, short = scenery.size * PX, scenery.size * PX * 0.58
    reach = math.ceil(long * 1.4)
    left, top = round(scenery.x * PX) - reach, round(scenery.y * PX) - reach
    area = pygame.Rect(left, top, 2 * reach, 2 * reach).clip(ground.get_rect())
    x = np.arange(area.left, area.right, dtype=np.float32) - np.float32(scenery.x * PX)
    y = np.arange(area.top, area.bottom, dtype=np.float32)[:, None] - np.float32(scenery.y * PX)
    cos, sin = np.float32(math.cos(scenery.angle)), np.float32(math.sin(scenery.angle))
    u, v = (x * cos + y * sin) / long, (y * cos - x * sin) / short
    angle = np.arctan2(v, u)
    first, second, third = rng.uniform(0, 6.3, 3).astype(np.float32)
    lobes = (
        1
        + 0.10 * np.sin(angle * 3 + first)
        + 0.07 * np.sin(angle * 5 + second)
        + 0.03 * np.sin(angle * 9 + third)
    )
    depth = (np.hypot(u, v) / lobes - 1) * min(long, short)
    ripple = value_noise(rng, area.height, area.width, 30)
    pixels = pygame.surfarray.pixels3d(ground)[area.left : area.right, area.top : area.bottom]
    colour: Pixels = pixels.swapaxes(0, 1).astype(np.float32)

    def mix(paint: Pixels, share: Pixels) -> None:
        nonlocal colour
        colour = colour + (paint - colour) * share[..., None]

    def within(distance: Pixels) -> Pixels:
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
    return _spots(scenery, scenery.size * 2.1, scenery.size * 1.2)
