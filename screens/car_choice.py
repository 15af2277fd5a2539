"""The choice of a car: its name between two arrows, its picture, and what it is good at.

The bars compare the classes with each other, from the one table of `car.py`;
they are no absolute numbers.

Units: pixels of the window.
"""

from __future__ import annotations

from collections.abc import Callable

import pygame

from car import TUNINGS, CarClass, CarTuning
from screens import theme
from screens.sprites import shared_sprites
from screens.widgets import Choice

HEAD = 44
"""Height of the name and the arrows, logical."""
WORST = 0.35
"""So long is the bar of the class that is worst at something; the best has all of it."""
PORTRAIT_HEADING = -0.32
PORTRAIT_SHARE = 0.42
"""Of the width, where bars and picture lie side by side."""


def _top_speed(tuning: CarTuning) -> float:
    """Return where the power meets the air, m/s."""
    return float((tuning.power / tuning.air_drag) ** (1 / 3))


TRAITS: tuple[tuple[str, Callable[[CarTuning], float]], ...] = (
    ("Grip", lambda tuning: tuning.grip),
    ("Top speed", _top_speed),
    ("Launch", lambda tuning: tuning.drive_max),
)


def share_of(trait: Callable[[CarTuning], float], car_class: CarClass) -> float:
    """Return how long the bar of a class is, from 0 to 1."""
    values = [trait(one) for one in TUNINGS]
    low, high = min(values), max(values)
    spread = (trait(TUNINGS[car_class]) - low) / (high - low) if high > low else 1.0
    return WORST + (1.0 - WORST) * spread


class CarChoice(Choice):
    """One of the classes of cars; tall enough, it shows the car as well."""

    def __init__(self, index: int, changed: Callable[[int], None] = lambda index: None) -> None:
        super().__init__("Car", [one.title for one in TUNINGS], index, changed)
        self.slot = 0
        """Whose paint the picture wears."""
        self.safe = False
        self._portraits: dict[tuple[int, int, bool, int], pygame.Surface] = {}

    @property
    def car_class(self) -> CarClass:
        """The class that is chosen."""
        return CarClass(self.index)

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the name between arrows; below it the car, and a bar for each trait."""
        whole, head = self.rect, round(HEAD * scale)
        if whole.height < 2 * head:
            super().draw(surface, scale)
            return
        theme.panel(surface, whole, None, 215, 6, theme.SURFACE)
        self.rect = pygame.Rect(whole.left, whole.top, whole.width, head)
        super().draw(surface, scale)
        self.rect = whole
        rest = pygame.Rect(whole.left, whole.top + head, whole.width, whole.height - head)
        rest = rest.inflate(-round(24 * scale), -round(12 * scale))
        if rest.width > 2 * rest.height:
            width = round(rest.width * PORTRAIT_SHARE)
            picture = pygame.Rect(rest.left, rest.top, width, rest.height)
            bars = pygame.Rect(rest.left + width, rest.top, rest.width - width, rest.height)
        else:
            height = round(rest.height * 0.46)
            picture = pygame.Rect(rest.left, rest.top, rest.width, height)
            bars = pygame.Rect(rest.left, rest.top + height, rest.width, rest.height - height)
        self._draw_car(surface, picture)
        self._draw_bars(surface, bars, scale)

    def _draw_car(self, surface: pygame.Surface, place: pygame.Rect) -> None:
        # A car is 60 by 29 pixels at scale 1; turned a little it is 58 by 40.
        key = (
            self.index,
            self.slot,
            self.safe,
            min(place.width * 10 // 64, place.height * 10 // 44),
        )
        picture = self._portraits.get(key)
        if picture is None:
            self._portraits.clear()
            sprites = shared_sprites(self.safe)
            picture = sprites.portrait(self.slot, PORTRAIT_HEADING, key[3] / 10, self.car_class)
            self._portraits[key] = picture
        at = picture.get_rect(center=place.center)
        surface.blit(picture, at, special_flags=theme.PREMULTIPLIED)

    def _draw_bars(self, surface: pygame.Surface, place: pygame.Rect, scale: float) -> None:
        size = theme.letters(16, scale)
        widest = max(theme.text_width(name, size) for name, _ in TRAITS)
        start = place.left + widest + round(10 * scale)
        height = max(2, round(7 * scale))
        for number, (name, trait) in enumerate(TRAITS):
            middle = place.top + round(place.height * (number + 0.5) / len(TRAITS))
            theme.text(surface, name, size, theme.TEXT_SOFT, (place.left, middle), anchor="midleft")
            bar = pygame.Rect(start, middle - height // 2, max(4, place.right - start), height)
            pygame.draw.rect(surface, theme.SURFACE_HIGH, bar, border_radius=height // 2)
            bar.width = max(4, round(bar.width * share_of(trait, self.car_class)))
            tone = theme.ACCENT if self.focused else theme.TEXT_SOFT
            pygame.draw.rect(surface, tone, bar, border_radius=height // 2)
