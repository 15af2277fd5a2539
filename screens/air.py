"""Streaks of air past a car that drives in another's slipstream.

Units: metres along and across the car, seconds; pixels on screen.
"""

from __future__ import annotations

import functools
import math

import pygame

from car import DRAFT_MAX, Car
from screens.camera import Frame

SEEN_FROM = 40
"""Thinner air than this is seen, of `DRAFT_MAX`."""
ANGLES, DEPTHS = 64, 4
LONG, WIDE = 46, 3
ASIDE = (-1.75, 1.8, -2.35, 2.4, -1.1, 1.15, -2.9, 2.95)
ALONG = 8.0
"""Streaks pass from so far ahead of the car's middle to so far behind it."""
PASSES_A_SECOND = 2.6

Placed = tuple[pygame.Surface, tuple[float, float]]

_streaks: dict[tuple[int, int], pygame.Surface] = {}


def streaks(car: Car, frame: Frame, now: float) -> list[Placed]:
    """Return the blits of the air that passes a car; none where it is thick."""
    if car.draft < SEEN_FROM:
        return []
    share = (car.draft - SEEN_FROM) / (DRAFT_MAX - SEEN_FROM)
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    blits: list[Placed] = []
    for number, aside in enumerate(ASIDE):
        phase = (now * PASSES_A_SECOND + number * 0.39) % 1.0
        ahead = ALONG * (1.0 - 2.0 * phase)
        # They come and go softly.
        depth = math.ceil(DEPTHS * share * math.sin(math.pi * phase))
        if depth:
            x, y = frame.at(car.x + cos * ahead - sin * aside, car.y + sin * ahead + cos * aside)
            picture = _streak(round(car.heading / math.pi * ANGLES) % ANGLES, depth)
            place = picture.get_rect(center=(round(x), round(y)))
            blits.append((picture, place.topleft))
    return blits


def warm_up() -> None:
    """Make the streaks of all angles."""
    for turn in range(ANGLES):
        for depth in range(1, DEPTHS + 1):
            _streak(turn, depth)


def _streak(turn: int, depth: int) -> pygame.Surface:
    found = _streaks.get((turn, depth))
    if found is None:
        found = pygame.transform.rotozoom(_bar(depth), -turn * 180 / ANGLES, 0.5)
        _streaks[turn, depth] = found
    return found


@functools.cache
def _bar(depth: int) -> pygame.Surface:
    bar = pygame.Surface((LONG * 2, WIDE * 2 + 4), pygame.SRCALPHA)
    bar.fill((236, 244, 255, 0))
    for x in range(LONG * 2):
        alpha = round(150 * depth / DEPTHS * math.sin(math.pi * x / (LONG * 2)))
        pygame.draw.line(bar, (236, 244, 255, alpha), (x, 2), (x, WIDE * 2 + 1))
    return bar.premul_alpha()
