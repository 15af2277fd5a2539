"""The end of one's race: the place, large, and confetti.

Units: pixels of the window, seconds; 1280x720 is scale 1.
"""

from __future__ import annotations

import math

import numpy as np
import pygame
from numpy.typing import NDArray

from screens import theme
from screens.hud_parts import Kept
from screens.place_panel import ordinal

CONFETTI, CONFETTI_S = 130, 6.0
BANNER_S, FADE_S = 7.0, 1.2
COLOURS = ("#ff7a1a", "#ffd23f", "#4fb4ff", "#7fe08a", "#ff5a9d", "#f4f6f8")
TURNS = 6
PODIUM = {1: theme.GOLD, 2: pygame.Color("#d9e1ea"), 3: pygame.Color("#e0a070")}

Placed = tuple[pygame.Surface, tuple[float, float]]


class Fanfare:
    """Celebrates the finish of the own car."""

    def __init__(self, calm: bool = False) -> None:
        self._calm = calm
        self._began: float | None = None
        self._banner = Kept()
        luck = np.random.default_rng(5)
        # Columns: x as a share, y as a share above the window, fall, sway, turn, colour.
        self._papers: NDArray[np.float64] = luck.uniform(0, 1, (CONFETTI, 6))

    def begin(self, now: float) -> None:
        """Begin now."""
        self._began = now

    def end(self) -> None:
        """Stop: there was nothing to celebrate."""
        self._began = None

    @property
    def began(self) -> bool:
        """Whether there was anything to celebrate."""
        return self._began is not None

    def draw(
        self,
        surface: pygame.Surface,
        now: float,
        scale: float,
        place: int,
        total: int,
        time_s: float,
    ) -> None:
        """Draw what is left of the celebration."""
        if self._began is None:
            return
        age = now - self._began
        if not self._calm and age < CONFETTI_S:
            surface.fblits(self._confetti(surface.get_size(), age), theme.PREMULTIPLIED)
        if age < BANNER_S:
            share = min(1.0, age / 0.25, (BANNER_S - age) / FADE_S)
            self._draw_banner(surface, 1.0 if self._calm else share, scale, place, total, time_s)

    def _draw_banner(
        self,
        surface: pygame.Surface,
        share: float,
        scale: float,
        place: int,
        total: int,
        time_s: float,
    ) -> None:
        steps = max(0, min(10, round(share * 10)))
        if not steps:
            return
        words, clock = f"{ordinal(place)} OF {total}", theme.format_time(time_s)

        def paint(picture: pygame.Surface) -> None:
            width, height = picture.get_size()
            theme.panel(picture, picture.get_rect(), PODIUM.get(place, theme.ACCENT), 210, 12)
            for text, high, colour, y, weight in (
                ("FINISH", 20, theme.MUTED, 0.15, theme.Weight.BOLD),
                (words, 62, PODIUM.get(place, theme.TEXT), 0.48, theme.Weight.HEAVY),
                (clock, 24, theme.TEXT, 0.84, theme.Weight.ITALIC),
            ):
                at = (width / 2, height * y)
                theme.text(picture, text, round(high * scale), colour, at, weight, "center")
            if steps < 10:
                dim = 255 * steps // 10
                picture.fill((dim, dim, dim, dim), special_flags=pygame.BLEND_RGBA_MULT)

        rect = pygame.Rect(0, 0, round(430 * scale), round(118 * scale))
        rect.center = surface.get_width() // 2, round(204 * scale)
        self._banner.draw(surface, rect, (words, clock, steps), paint)

    def _confetti(self, size: tuple[int, int], age: float) -> list[Placed]:
        width, height = size
        blits: list[Placed] = []
        for x, y, fall, sway, turn, colour in self._papers.tolist():
            down = (-0.9 * y + age * (0.34 + 0.26 * fall)) * height
            if -12 < down < height:
                aside = x * width + math.sin(age * (2 + sway * 3) + sway * 9) * 26
                step = int(age * (5 + turn * 8) + turn * TURNS) % TURNS
                paper = _paper(int(colour * len(COLOURS)) % len(COLOURS), step)
                blits.append((paper, (aside, down)))
        return blits


def _paper(colour: int, step: int) -> pygame.Surface:
    def make() -> pygame.Surface:
        high = max(2, round(14 * abs(math.cos(step / TURNS * math.pi))))
        paper = pygame.Surface((8, high), pygame.SRCALPHA)
        light = 0.75 + 0.25 * math.cos(step / TURNS * math.pi)
        red, green, blue = tuple(pygame.Color(COLOURS[colour]))[:3]
        paper.fill((round(red * light), round(green * light), round(blue * light), 235))
        return paper

    return theme.cached(("paper", colour, step), make)
