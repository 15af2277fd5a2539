"""What people built beside the track: paddock, stands, tents, houses.

Each painter draws one `Scenery` of a track onto its ground.

Units: metres for places and sizes, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math

import numpy as np
import pygame

from paint.canvas import shaded, smooth, stamp, turned
from paint.raising import PX, raise_up, spots_of
from paint.spots import Spot
from track import Scenery

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
ROOFS = ("#a8503a", "#96453a", "#7d5a48", "#5d6672", "#b06a42")
HOUSE_DEPTH = 0.68
"""Of a house, as a share of its length."""
STAND_DEPTH = 9.2
PADDOCK_DEPTH = 15.0


def paddock(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint an apron with a garage and lorries."""
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

    raise_up(ground, _garage(width - 60, 66), beside(0, -2.8), 1.9)
    colours = ("#1f4fa3", "#f2efe6", "#d9362b", "#23272e", "#1d7a4c", "#f2a33a")
    bays = (width - 100) // 60
    for bay in range(bays):
        if rng.random() < 0.62:
            colour = colours[int(rng.integers(len(colours)))]
            right = (36 + 60 * (bay + 0.5) - width / 2) / PX
            raise_up(ground, _truck(colour), beside(right + 0.2, 4.3), 0.7)
    return spots_of(scenery, scenery.size, PADDOCK_DEPTH)


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


def stand(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint a stand with its crowd."""
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

    raise_up(ground, smooth((width, height), draw, 4, "#5a606b"), scenery, 1.6)
    return spots_of(scenery, scenery.size, STAND_DEPTH)


def tent(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint a striped tent."""
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
    raise_up(ground, shape, scenery, 1.0)
    return [Spot(scenery.x, scenery.y, radius / PX + 1.5)]


def house(ground: pygame.Surface, scenery: Scenery, rng: np.random.Generator) -> list[Spot]:
    """Paint a house with a gable roof, a chimney and a yard."""
    depth = scenery.size * HOUSE_DEPTH
    width, height = round(scenery.size * PX), round(depth * PX)
    roof = ROOFS[int(rng.integers(len(ROOFS)))]
    chimney = float(rng.uniform(0.2, 0.75))

    def draw(canvas: pygame.Surface, k: int) -> None:
        # The half that faces the light is brighter; tiles run down both.
        for top, light in ((0, 1.12), (height / 2, 0.82)):
            half = pygame.Rect(0, round(top * k), width * k, round(height / 2 * k) + 1)
            pygame.draw.rect(canvas, shaded(roof, light), half)
            for row in range(1, round(height / 10)):
                y = round(top * k) + row * 5 * k
                pygame.draw.line(canvas, shaded(roof, light * 0.9), (0, y), (width * k, y), k)
        for x in range(6, width, 8):
            line = ((x * k, 0), (x * k, height * k))
            pygame.draw.line(canvas, shaded(roof, 0.92), *line, max(1, k // 2))
        ridge = pygame.Rect(0, round((height / 2 - 1.5) * k), width * k, 3 * k)
        pygame.draw.rect(canvas, shaded(roof, 1.3), ridge)
        pygame.draw.rect(canvas, shaded(roof, 0.6), canvas.get_rect(), k)
        stack = pygame.Rect(round(width * chimney * k), round(height * 0.22 * k), 9 * k, 9 * k)
        pygame.draw.rect(canvas, "#6b4a3f", stack)
        pygame.draw.rect(canvas, "#2a2523", stack.inflate(-4 * k, -4 * k))

    def fence(canvas: pygame.Surface, k: int) -> None:
        ground_colour = (176, 160, 124, 150)
        pygame.draw.rect(canvas, ground_colour, canvas.get_rect(), border_radius=26 * k)

    yard = smooth((width + 60, height + 60), fence, 2, "#b0a07c")
    stamp(ground, turned(yard, scenery.angle), scenery.x * PX, scenery.y * PX)
    raise_up(ground, smooth((width, height), draw, 3, roof), scenery, 1.5)
    return spots_of(scenery, scenery.size + 4, depth + 4)
