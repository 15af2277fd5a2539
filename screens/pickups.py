"""Canisters and pits as a driver sees them: what lies there, what is free.

A canister bobs and glows; one that was taken is gone at once, and comes back
growing. A pit shines green while it is free, orange while it mends a car.

Units: metres, seconds; pixels on screen.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import pygame

from paint.canvas import Weight, font, smooth
from protocol import CarFlag
from race_state import SeenCar
from screens.camera import PX_A_METRE, Frame
from track import Pit, Track

BOB_PX, BOB_A_SECOND = 2.6, 3.4
COMES_S = 0.5
SIZES = 6
PULSES = 6
REPAIRING = CarFlag.REPAIRING.value
FREE, BUSY = "#3ddc84", "#ff9a3c"

Placed = tuple[pygame.Surface, tuple[float, float]]


class Pickups:
    """Draws what the track lends to its drivers."""

    def __init__(self, track: Track, calm: bool = False) -> None:
        self._track = track
        self._calm = calm
        self._seen_since: dict[int, float] = {}
        self._frames: dict[tuple[int, bool, int, int], pygame.Surface] = {}

    def blits(
        self, frame: Frame, canisters: int, cars: Sequence[SeenCar], now: float
    ) -> list[Placed]:
        """Return the blits of all that is in the picture; below the cars.

        Args:
            canisters: a bit for each canister, set while it lies there.
        """
        found = [
            self._shine(number, pit, frame, cars, now)
            for number, pit in enumerate(self._track.pits)
            if frame.holds(pit.x, pit.y, pit.length * PX_A_METRE)
        ]
        for number, (x, y) in enumerate(self._track.canisters):
            if not canisters >> number & 1:
                self._seen_since.pop(number, None)
                continue
            since = self._seen_since.setdefault(number, now if self._seen_since else now - COMES_S)
            if frame.holds(x, y, 40):
                found += self._canister(frame.at(x, y), now - since, now + number * 0.7)
        return found

    def _canister(self, at: tuple[float, float], age: float, now: float) -> list[Placed]:
        size = SIZES if self._calm else max(1, min(SIZES, math.ceil(age / COMES_S * SIZES)))
        wave = 0.0 if self._calm else math.sin(now * BOB_A_SECOND)
        glow, bottle, shadow = _glow(size, round((wave + 1) * 1.49)), _bottle(size), _shadow(size)
        x, y = at
        lift = 3.0 + wave * BOB_PX
        return [
            (shadow, shadow.get_rect(center=(round(x + 4), round(y + 6))).topleft),
            (glow, glow.get_rect(center=(round(x), round(y))).topleft),
            (bottle, bottle.get_rect(center=(round(x), round(y - lift))).topleft),
        ]

    def _shine(
        self, number: int, pit: Pit, frame: Frame, cars: Sequence[SeenCar], now: float
    ) -> Placed:
        busy = any(one.flags.value & REPAIRING and pit.holds(one.car.x, one.car.y) for one in cars)
        wave = 0.5 if self._calm else 0.5 + 0.5 * math.sin(now * (7.0 if busy else 2.6))
        key = (number, busy, round(wave * (PULSES - 1)), round(frame.zoom * 100))
        picture = self._frames.get(key)
        if picture is None:
            if len(self._frames) > 400:
                self._frames.clear()
            picture = self._frames[key] = _frame_of(pit, BUSY if busy else FREE, key[2], key[3])
        x, y = frame.at(pit.x, pit.y)
        return picture, picture.get_rect(center=(round(x), round(y))).topleft


@functools.lru_cache(maxsize=16)
def _bottle(size: int) -> pygame.Surface:
    """Return the bottle, larger than life, so that it is read at speed."""

    def draw(canvas: pygame.Surface, k: int) -> None:
        body = pygame.Rect(5 * k, 8 * k, 16 * k, 25 * k)
        pygame.draw.rect(canvas, "#07324f", body, border_radius=7 * k)
        pygame.draw.rect(canvas, "#1f8fe8", body.inflate(-3 * k, -3 * k), border_radius=6 * k)
        shine = pygame.Rect(8 * k, 11 * k, 3 * k, 19 * k)
        pygame.draw.rect(canvas, "#9ad9ff", shine, border_radius=2 * k)
        pygame.draw.rect(canvas, "#e9eef2", (9 * k, 3 * k, 8 * k, 6 * k), border_radius=2 * k)
        pygame.draw.rect(canvas, "#ffffff", (6.5 * k, 15 * k, 13 * k, 11 * k), border_radius=2 * k)
        letter = font(12 * k, Weight.HEAVY).render("N", True, "#0b4f86")
        canvas.blit(letter, letter.get_rect(center=(13 * k, round(20.3 * k))))

    picture = smooth((26, 36), draw, 4, "#1f8fe8").premul_alpha()
    return pygame.transform.smoothscale_by(picture, size / SIZES)


@functools.lru_cache(maxsize=16)
def _shadow(size: int) -> pygame.Surface:
    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.ellipse(canvas, (0, 0, 0, 90), (4 * k, 4 * k, 18 * k, 26 * k))

    picture = pygame.transform.gaussian_blur(smooth((30, 36), draw, 2), 3).premul_alpha()
    return pygame.transform.smoothscale_by(picture, size / SIZES)


@functools.lru_cache(maxsize=32)
def _glow(size: int, pulse: int) -> pygame.Surface:
    """Return the light about a canister: it adds to the ground."""

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = (36 * k, 36 * k)
        pygame.draw.circle(canvas, (70, 170, 255, 150 + 30 * pulse), middle, 17 * k)
        ring = (150, 220, 255, 190)
        pygame.draw.circle(canvas, ring, middle, (22 + pulse) * k, round(1.4 * k))

    picture = pygame.transform.gaussian_blur(smooth((72, 72), draw, 2, "#46aaff"), 5)
    picture = picture.premul_alpha()
    picture.fill((255, 255, 255, 50), special_flags=pygame.BLEND_RGBA_MULT)
    return pygame.transform.smoothscale_by(picture, size / SIZES)


def _frame_of(pit: Pit, colour: str, pulse: int, zoom: int) -> pygame.Surface:
    """Return the shining corners and lane of a pit, turned, premultiplied."""
    length, width = round(pit.length * PX_A_METRE), round(pit.width * PX_A_METRE)
    red, green, blue = tuple(pygame.Color(colour))[:3]
    alpha = 90 + 26 * pulse

    def draw(canvas: pygame.Surface, k: int) -> None:
        veil = (red, green, blue, 16 + 5 * pulse)
        box = pygame.Rect(8 * k, 8 * k, length * k, width * k)
        pygame.draw.rect(canvas, veil, box, border_radius=6 * k)
        arm, thick = 22 * k, 4 * k
        for x, away in ((box.left, 1), (box.right, -1)):
            for y, down in ((box.top, 1), (box.bottom, -1)):
                corner = [(x + away * arm, y), (x, y), (x, y + down * arm)]
                pygame.draw.lines(canvas, (red, green, blue, min(255, alpha)), False, corner, thick)

    flat = smooth((length + 16, width + 16), draw, 2, pygame.Color(colour)).premul_alpha()
    flat.fill((255, 255, 255, 150), special_flags=pygame.BLEND_RGBA_MULT)
    return pygame.transform.rotozoom(flat, -math.degrees(pit.heading), zoom / 100)
