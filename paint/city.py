"""A city round the track: blocks wherever there is room, windows that shine.

Blocks are found, not listed: the largest first, then smaller ones between
them, always clear of the road and of what the track file put there.

Units: metres for places and sizes, pixels at ten a metre for shapes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pygame
from numpy.typing import NDArray

from paint.canvas import Weight, font, shaded, smooth
from paint.night import Lights, Pool, tint, window_colour
from paint.raising import PX, raise_up, spots_of
from paint.spots import Spot
from track import EDGE, Scenery, Track
from track_shape import located

SIZES = (
    (36, 26), (26, 36), (30, 22), (22, 30), (24, 24), (26, 16), (16, 24), (18, 18),
    (20, 12), (12, 18), (13, 13), (10, 10),
)  # fmt: skip
"""Width and height of blocks, in the order in which they are tried."""
TRIES = 700
"""Places looked at for each size."""
FROM_ROAD = 5.4
"""Behind the barrier and a pavement."""
ALLEY = 3
"""Between two blocks."""
ROOFS = ("#565d6b", "#4a5060", "#646872", "#5b5560", "#6e6a66", "#48525c", "#5f6670")
NEON = ("#12d9e8", "#ff2f8e", "#ffb21a", "#7d5cff", "#35f08a")
SIGNS = ("HOTEL", "NITRO", "ARCADE", "RAMEN", "VOLTA", "CINEMA", "APEX", "CLUB", "OCTANE", "BAR")
FACADE = 1.9
"""Depth of the front that is seen below a roof."""


class Block(NamedTuple):
    """One building."""

    x: float
    y: float
    width: float
    height: float


def paint_city(
    ground: pygame.Surface, track: Track, taken: list[Spot], lights: Lights | None
) -> list[Spot]:
    """Build the city; return the spots that it takes."""
    rng = np.random.default_rng(track.scenery_seed + 3000)
    spots: list[Spot] = []
    for block in sorted(_blocks(track, taken, rng), key=lambda one: one.y):
        _build(ground, block, rng, lights)
        if block.width >= block.height:
            place = Scenery("house", block.x, block.y, 0.0, block.width)
            spots += spots_of(place, block.width, block.height)
        else:
            place = Scenery("house", block.x, block.y, np.pi / 2, block.height)
            spots += spots_of(place, block.height, block.width)
    return spots


def _blocks(track: Track, taken: list[Spot], rng: np.random.Generator) -> list[Block]:
    free = _free_ground(track, taken)
    rows, columns = free.shape
    blocks: list[Block] = []
    for width, height in SIZES:
        for share_x, share_y in rng.uniform(0, 1, (TRIES, 2)).tolist():
            left = int(share_x * (columns - width))
            top = int(share_y * (rows - height))
            if not free[top : top + height, left : left + width].all():
                continue
            blocks.append(Block(left + width / 2, top + height / 2, width, height))
            free[
                max(0, top - ALLEY) : top + height + ALLEY,
                max(0, left - ALLEY) : left + width + ALLEY,
            ] = False
    return blocks


def _free_ground(track: Track, taken: list[Spot]) -> NDArray[np.bool_]:
    """Return the square metres on which somebody may build (rows, columns)."""
    columns, rows = int(track.width), int(track.height)
    xs, ys = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    index, offset = located(track.geometry, xs.ravel(), ys.ravel())
    away = np.hypot(xs.ravel() - track.points[index, 0], ys.ravel() - track.points[index, 1])
    apron = np.where(offset > 0, track.apron_right[index], track.apron_left[index])
    beyond = (away - track.half_widths[index] - apron).reshape(rows, columns)
    free: NDArray[np.bool_] = beyond > FROM_ROAD
    edge = round(EDGE) + 1
    free[:edge] = free[-edge:] = free[:, :edge] = free[:, -edge:] = False
    for spot in taken:
        reach = spot.radius + 1.5
        near = (
            slice(max(0, int(spot.y - reach)), max(0, int(spot.y + reach) + 1)),
            slice(max(0, int(spot.x - reach)), max(0, int(spot.x + reach) + 1)),
        )
        free[near] &= np.hypot(xs[near] - spot.x, ys[near] - spot.y) > reach
    return free


def _build(
    ground: pygame.Surface, block: Block, rng: np.random.Generator, lights: Lights | None
) -> None:
    width, height = round(block.width * PX), round(block.height * PX)
    front = round(FACADE * PX)
    colour = ROOFS[int(rng.integers(len(ROOFS)))]
    windows = [
        (x, y, float(rng.random()))
        for y in range(height - front + 3, height - 5, 7)
        for x in range(6, width - 8, 8)
        if rng.random() < 0.55
    ]
    boxes = [
        (
            int(rng.integers(12, max(13, width - 40))),
            int(rng.integers(12, max(13, height - front - 34))),
            int(rng.integers(12, 30)),
            int(rng.integers(10, 24)),
        )
        for _ in range(max(2, width * height // 7_000))
    ]
    garden = rng.random() < 0.22
    extra = _extra(rng, width, height)
    pad = extra == "pad"

    def draw(canvas: pygame.Surface, k: int) -> None:
        whole = canvas.get_rect()
        pygame.draw.rect(canvas, shaded(colour, 0.5), whole)
        roof = pygame.Rect(0, 0, width * k, (height - front) * k)
        pygame.draw.rect(canvas, shaded(colour, 1.25), roof)
        inner = roof.inflate(-8 * k, -8 * k)
        pygame.draw.rect(canvas, colour, inner)
        pygame.draw.rect(canvas, shaded(colour, 0.8), inner, 2 * k)
        if garden:
            bed = inner.inflate(-inner.width // 3, -inner.height // 3)
            pygame.draw.rect(canvas, "#4f7f43", bed, border_radius=6 * k)
        if pad:
            middle, radius = inner.center, 70 * k
            pygame.draw.circle(canvas, shaded(colour, 0.75), middle, radius)
            pygame.draw.circle(canvas, "#d9dde2", middle, radius, 3 * k)
            letter = font(70 * k, Weight.BOLD).render("H", True, "#d9dde2")
            canvas.blit(letter, letter.get_rect(center=middle))
        else:
            for x, y, wide, high in boxes:
                box = pygame.Rect(x * k, y * k, wide * k, high * k)
                pygame.draw.rect(canvas, shaded(colour, 0.6), box.move(3 * k, 4 * k))
                pygame.draw.rect(canvas, shaded(colour, 1.45), box, border_radius=k)
                fan = min(box.width, box.height) // 3
                pygame.draw.circle(canvas, shaded(colour, 0.7), box.center, fan)
        for x, y, _ in windows:
            pygame.draw.rect(canvas, "#20252e", (x * k, y * k, 5 * k, 4 * k))

    place = Scenery("house", block.x, block.y, 0.0, block.width)
    raise_up(ground, smooth((width, height), draw, 2, colour), place, 2.6)
    if lights is not None:
        _shine(lights, block, rng, windows, extra)


def _extra(rng: np.random.Generator, width: int, height: int) -> str:
    """Return what a roof has: "pad", "neon", "sign", "light" or nothing."""
    luck = float(rng.random())
    if width > 200 and height > 200 and luck < 0.16:
        return "pad"
    if luck < 0.40:
        return "neon"
    if luck < 0.62 and width > 120:
        return "sign"
    return "light" if luck < 0.85 else ""


def _shine(
    lights: Lights,
    block: Block,
    rng: np.random.Generator,
    windows: list[tuple[int, int, float]],
    extra: str,
) -> None:
    """Light windows, edge some roofs with neon, and put a sign on a few."""
    left, top = round((block.x - block.width / 2) * PX), round((block.y - block.height / 2) * PX)
    width, height = round(block.width * PX), round(block.height * PX)
    front = round(FACADE * PX)
    for x, y, luck in windows:
        pygame.draw.rect(lights.shine, window_colour(luck), (left + x, top + y, 5, 4))
    lights.pools.append(Pool(block.x, block.y + block.height / 2 + 1, 7.0, tint("#ffc98a", 0.22)))
    colour = NEON[int(rng.integers(len(NEON)))]
    if extra == "neon":
        roof = pygame.Rect(left + 2, top + 2, width - 4, height - front - 4)
        pygame.draw.rect(lights.shine, colour, roof, 3, border_radius=3)
        lights.pools.append(Pool(block.x, block.y, max(block.width, block.height) * 0.62,
                                 tint(colour, 0.30)))  # fmt: skip
    elif extra == "sign":
        word = SIGNS[int(rng.integers(len(SIGNS)))]
        size = min(64, round((width - 30) / (0.46 * len(word))), height - front - 20)
        sign = font(max(14, size), Weight.HEAVY).render(word, True, colour)
        middle = round(block.x * PX), round(block.y * PX) - front // 2
        lights.shine.blit(sign, sign.get_rect(center=middle))
        lights.pools.append(Pool(block.x, block.y, block.width * 0.5, tint(colour, 0.45)))
    elif extra == "light":
        # Skylights: rows of glass with light below.
        columns = max(1, (width - 60) // 46)
        for column in range(columns):
            pane = pygame.Rect(left + 30 + column * 46, top + height // 3, 26, 9)
            pygame.draw.rect(lights.shine, window_colour(float(rng.random())), pane)
        lights.pools.append(Pool(block.x, block.y, block.width * 0.4, tint("#ffdca0", 0.25)))
