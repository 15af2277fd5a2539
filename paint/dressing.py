"""What belongs to the race: start line, grid, walls, boards, the gantry.

Walls stand where the track has them, so that what is hit is what is seen.

Units: metres for places, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from paint.canvas import (
    Weight,
    font,
    padded,
    polygon,
    ribbon,
    shadow_of,
    smooth,
    stamp,
    turned,
)
from paint.planting import clearance
from paint.raising import PX
from paint.spots import Spot
from track import EDGE, Track, Wall

CHALK = (243, 241, 232, 225)
LINE_ROWS = 4
SQUARE = 0.85
"""Side of a square of the chequered line."""
BOX_AHEAD = 3.4
"""The front bar of a grid box lies so far before the car's middle."""
TYRE_STEP = 1.46
ROUNDING = 4
"""A bent wall is drawn in so many pieces for each of its own."""
BOW_MAX = 0.7
BOARD_LENGTH, BOARD_DEPTH, BOARD_EVERY = 15.0, 1.7, 18.2
BRANDS = (
    ("APEX", "#1f4fa3", "#ffffff"),
    ("NITRO", "#e2572b", "#ffffff"),
    ("VOLTA", "#111418", "#f2c14e"),
    ("KERB&CO", "#f2efe6", "#d9362b"),
    ("OCTANE", "#1d7a4c", "#ffffff"),
    ("SLIPSTREAM", "#6c2fa0", "#ffffff"),
)
"""Makers that exist in this game only."""


@dataclass(frozen=True, slots=True)
class Overhang:
    """Something above the cars, to be drawn after them."""

    picture: pygame.Surface
    left_px: int
    top_px: int


def paint_start(ground: pygame.Surface, track: Track) -> None:
    """Paint the chequered line, the grid boxes and their numbers."""
    x, y, heading = track.point_at(0.0)
    half = float(track.half_widths[0]) - 1.1
    columns = int(2 * half / SQUARE)
    square = 2 * half / columns
    for row in range(LINE_ROWS):
        for column in range(columns):
            ahead = (row - LINE_ROWS / 2 + 0.5) * SQUARE
            right = -half + (column + 0.5) * square
            colour = (244, 242, 234, 255) if (row + column) % 2 else (24, 25, 28, 255)
            _bar(ground, (x, y, heading), ahead, right, SQUARE, square, colour)
    face = font(44, Weight.BOLD)
    for number, box in enumerate(track.grid, 1):
        _bar(ground, box, BOX_AHEAD, 0.0, 0.36, 4.4, CHALK)
        for side in (-1, 1):
            _bar(ground, box, BOX_AHEAD - 1.1, side * 2.05, 2.2, 0.32, CHALK)
        digit = turned(face.render(str(number), True, CHALK[:3]), box[2] + math.pi / 2)
        digit.set_alpha(130)
        cx, cy = _beside(box, -4.3, 0.0)
        stamp(ground, digit, cx * PX, cy * PX)


def _beside(place: tuple[float, float, float], ahead: float, right: float) -> tuple[float, float]:
    x, y, heading = place
    cos, sin = math.cos(heading), math.sin(heading)
    return x + cos * ahead - sin * right, y + sin * ahead + cos * right


def _bar(
    ground: pygame.Surface,
    place: tuple[float, float, float],
    ahead: float,
    right: float,
    length: float,
    width: float,
    colour: tuple[int, ...],
) -> None:
    corners = [
        _beside(place, ahead + a * length / 2, right + b * width / 2)
        for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))
    ]
    polygon(ground, colour, [(x * PX, y * PX) for x, y in corners])


# Walls


def chains(walls: tuple[Wall, ...], kind: str) -> list[NDArray[np.float64]]:
    """Return the walls of a kind joined end to end, as smooth polylines (n, 2)."""
    lines: list[list[tuple[float, float]]] = []
    for wall in walls:
        if wall.kind != kind:
            continue
        start, end = (wall.ax, wall.ay), (wall.bx, wall.by)
        if lines and math.dist(lines[-1][-1], start) < 0.05:
            lines[-1].append(end)
        else:
            lines.append([start, end])
    return [_rounded(np.array(line)) for line in lines]


def _rounded(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smooth curve through a polyline, at most a hand's breadth from it."""
    if len(line) < 3:
        return line
    before = np.vstack([2 * line[0] - line[1], line[:-2]])
    start, end = line[:-1], line[1:]
    after = np.vstack([line[2:], 2 * line[-1] - line[-2]])
    t = np.linspace(0.0, 1.0, ROUNDING, endpoint=False)[:, None, None]
    # Catmull and Rom's curve, piece by piece.
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), line[-1:]])


def _evenly(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return points every `step` along a polyline."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, lengths[-1], step)
    return np.column_stack([np.interp(at, lengths, line[:, i]) for i in (0, 1)])


def paint_walls(ground: pygame.Surface, track: Track) -> list[Spot]:
    """Paint tyre walls, guard rails with boards, and the fence of the world."""
    spots: list[Spot] = []
    _fence(ground, track)
    for number, line in enumerate(chains(track.walls, "barrier")):
        _rail(ground, line * PX)
        spots += [Spot(x, y, 1.2) for x, y in _evenly(line, 2.0)]
        spots += _boards(ground, track, line, number * 3)
    for line in chains(track.walls, "tyres"):
        spots += _tyres(ground, _evenly(line, TYRE_STEP))
    return spots


def _rail(ground: pygame.Surface, line: NDArray[np.float64]) -> None:
    ribbon(ground, (0, 0, 0, 70), line + np.array([3, 5]), 7)
    for x, y in _evenly(line, 44):
        pygame.draw.rect(ground, "#4a4f57", (round(x) - 3, round(y) - 5, 6, 10))
    ribbon(ground, (120, 126, 134, 255), line, 6)
    ribbon(ground, (214, 219, 226, 255), line - np.array([0, 1]), 2.4)


def _fence(ground: pygame.Surface, track: Track) -> None:
    """Paint the wall at the world's edge, and darken what lies beyond it."""
    width, height, edge = track.width * PX, track.height * PX, EDGE * PX
    veil = pygame.Surface((round(width), round(edge)), pygame.SRCALPHA)
    veil.fill((10, 20, 8, 110))
    ground.blit(veil, (0, 0))
    ground.blit(veil, (0, round(height - edge)))
    side = pygame.Surface((round(edge), round(height - 2 * edge)), pygame.SRCALPHA)
    side.fill((10, 20, 8, 110))
    ground.blit(side, (0, round(edge)))
    ground.blit(side, (round(width - edge), round(edge)))
    inner = pygame.Rect(0, 0, round(width - 2 * edge), round(height - 2 * edge))
    inner.center = round(width / 2), round(height / 2)
    corners = [inner.topleft, inner.topright, inner.bottomright, inner.bottomleft]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        count = max(2, int(math.dist(start, end) / 40))
        _rail(ground, np.linspace(start, end, count))


def _boards(
    ground: pygame.Surface, track: Track, line: NDArray[np.float64], first: int
) -> list[Spot]:
    """Stand boards behind a guard rail, facing the road."""
    spots: list[Spot] = []
    places = _evenly(line, 1.0)
    every = round(BOARD_EVERY)
    for number, index in enumerate(range(every // 2, len(places) - every // 2, every)):
        before, after = places[index - 5], places[index + 5]
        ends = places[index - every // 2 + 1], places[index + every // 2 - 1]
        bow = (ends[0] + ends[1]) / 2 - places[index]
        if math.hypot(bow[0], bow[1]) > BOW_MAX:
            # A straight board does not follow a bend.
            continue
        along = (after - before) / math.dist(before, after)
        outwards = np.array([-along[1], along[0]])
        near = track.locate(*places[index])
        if (track.normals[near.sample] @ outwards) * near.offset < 0:
            outwards = -outwards
        x, y = places[index] + outwards * 1.5
        if clearance(track, float(x), float(y)) < 2.0:
            continue
        # Letters stand upright on screen whichever way the road runs.
        angle = math.atan2(along[1], along[0])
        if math.cos(angle) < 0:
            angle += math.pi
        shape = turned(padded(_board(*BRANDS[(first + number) % len(BRANDS)]), 12), angle)
        stamp(ground, shadow_of(shape, 2, 0.45), x * PX + 4, y * PX + 6)
        stamp(ground, shape, x * PX, y * PX)
        reach = BOARD_LENGTH / 2
        spots += [
            Spot(x + along[0] * at, y + along[1] * at, 2.4) for at in np.linspace(-reach, reach, 7)
        ]
    return spots


def _board(name: str, back: str, letters: str) -> pygame.Surface:
    width, height = round(BOARD_LENGTH * PX), round(BOARD_DEPTH * PX)

    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.rect(canvas, back, canvas.get_rect(), border_radius=2 * k)
        word = font(15 * k, Weight.ITALIC).render(name, True, letters)
        canvas.blit(word, word.get_rect(center=(width * k // 2, height * k // 2)))
        shine = pygame.Surface((width * k, 2 * k), pygame.SRCALPHA)
        shine.fill((255, 255, 255, 70))
        canvas.blit(shine, (0, 0))

    return smooth((width, height), draw, 4, back)


def _tyres(ground: pygame.Surface, places: NDArray[np.float64]) -> list[Spot]:
    """Stack tyres in threes of red and white."""
    red, white = _tyre("#d9362b"), _tyre("#f2efe6")
    shadow = shadow_of(padded(red, 8), 3, 0.5)
    for x, y in places:
        stamp(ground, shadow, x * PX + 4, y * PX + 6)
    for number, (x, y) in enumerate(places):
        stamp(ground, red if number // 3 % 2 else white, x * PX, y * PX)
    return [Spot(float(x), float(y), 1.6) for x, y in places]


def _tyre(colour: str) -> pygame.Surface:
    rings = (("#17181b", 9.0, 8.2), (colour, 8.7, 7.0), ("#1d1f23", 9.0, 4.4), ("#0d0e10", 9.3, 3))

    def draw(canvas: pygame.Surface, k: int) -> None:
        for paint, middle, radius in rings:
            pygame.draw.circle(canvas, paint, (middle * k, middle * k), radius * k)

    return smooth((18, 18), draw, 4, "#17181b")


# Above the cars


def gantry(ground: pygame.Surface, track: Track) -> Overhang:
    """Paint the gantry's shadow on the ground; return the gantry itself."""
    x, y, heading = _ahead_of_line(track)
    length = round((2 * float(track.half_widths[0]) + 9.0) * PX)
    depth = 36

    def draw(canvas: pygame.Surface, k: int) -> None:
        beam = pygame.Rect(0, 4 * k, length * k, (depth - 8) * k)
        pygame.draw.rect(canvas, "#1a1e25", beam, border_radius=3 * k)
        pygame.draw.rect(canvas, "#2c323c", (0, 4 * k, length * k, 5 * k), border_radius=2 * k)
        for column, at in enumerate(range(30, length - 30, 10)):
            for row in range(2):
                if (column + row) % 2 == 0:
                    square = ((at) * k, (depth - 14 + row * 5) * k, 10 * k, 5 * k)
                    pygame.draw.rect(canvas, "#f2efe6", square)
        words = font(16 * k, Weight.ITALIC).render("START  /  FINISH", True, "#ffffff")
        canvas.blit(words, words.get_rect(center=(length * k // 2, 14 * k)))
        for at in (1, length - 23):
            foot = pygame.Rect(at * k, 0, 22 * k, depth * k)
            pygame.draw.rect(canvas, "#e2572b", foot, border_radius=4 * k)
            lamp = pygame.Rect((at + 4) * k, 4 * k, 14 * k, 6 * k)
            pygame.draw.rect(canvas, "#ff8a55", lamp, border_radius=2 * k)

    body = smooth((length, depth), draw, 4, "#1a1e25")
    shape = turned(padded(body, 20), heading + math.pi / 2)
    stamp(ground, shadow_of(shape, 4, 0.38), x * PX + 15, y * PX + 22)
    place = shape.get_rect(center=(round(x * PX), round(y * PX)))
    bounds = shape.get_bounding_rect()
    picture = shape.subsurface(bounds).copy()
    return Overhang(picture, place.left + bounds.left, place.top + bounds.top)


def _ahead_of_line(track: Track) -> tuple[float, float, float]:
    return track.point_at(3.6)
