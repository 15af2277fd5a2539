"""What the car has left: nitro, the charge of a drift, thin air, damage.

A gauge has its name beside it and its length tells as much as its colour.
What is not going on takes no room: charge and air appear when there is some.

Units: pixels of the window; 1280x720 is scale 1.
"""

from __future__ import annotations

from typing import NamedTuple

import pygame

from car import CHARGE_TICKS_MAX, DAMAGE_MAX, DRAFT_MAX, NITRO_TICKS_MAX, Car
from screens import theme
from screens.air import SEEN_FROM
from screens.hud_parts import Kept
from screens.sprites import BADLY_HURT_FROM, HURT_FROM

WIDTH, ROW = 140, 21
LABEL = 58
CHARGE_SEEN_FROM = 10

CHARGE = pygame.Color("#9a8bff")
CHARGED = theme.ACCENT
AIR = pygame.Color("#e6f2ff")


class Gauge(NamedTuple):
    """One bar."""

    name: str
    share: float
    colour: pygame.Color


def gauges_of(car: Car, *, damage: bool) -> list[Gauge]:
    """Return the gauges of a car, from top to bottom; nitro always, and always last."""
    found: list[Gauge] = []
    if car.draft >= SEEN_FROM:
        found.append(Gauge("DRAFT", car.draft / DRAFT_MAX, AIR))
    if car.charge_ticks >= CHARGE_SEEN_FROM:
        share = car.charge_ticks / CHARGE_TICKS_MAX
        found.append(Gauge("DRIFT", share, CHARGE.lerp(CHARGED, share)))
    if damage and car.damage:
        tone = theme.BAD if car.damage >= BADLY_HURT_FROM else theme.WARN
        share = car.damage / DAMAGE_MAX
        found.append(Gauge("DAMAGE", share, tone if car.damage >= HURT_FROM else theme.GOOD))
    found.append(Gauge("NITRO", car.nitro_ticks / NITRO_TICKS_MAX, theme.NITRO))
    return found


class Gauges:
    """Beside the dial."""

    def __init__(self) -> None:
        self._kept = Kept()

    def draw(
        self,
        surface: pygame.Surface,
        car: Car,
        dial: pygame.Rect,
        chat: pygame.Rect,
        scale: float,
        *,
        damage: bool,
    ) -> None:
        """Draw the gauges left of the dial, or above it where the chat box is near.

        Args:
            damage: whether the race has any.
        """
        gauges = gauges_of(car, damage=damage)
        width, row = round(WIDTH * scale), round(ROW * scale)
        rect = pygame.Rect(0, 0, width, row * len(gauges) + round(8 * scale))
        rect.bottomright = dial.left - round(6 * scale), dial.bottom
        if rect.left < chat.right + 4:
            rect.bottomright = dial.right, dial.top - round(6 * scale)
        names = tuple((one.name, one.share > 0) for one in gauges)
        self._kept.draw(
            surface, rect, (names, scale), lambda panel: _paint(panel, gauges, row, scale)
        )
        # The bars change all the time: they are plain fills over the kept panel.
        for number, one in enumerate(gauges):
            bar = _bar(rect.topleft, number, row, scale)
            length = round(bar.width * min(1.0, one.share))
            surface.fill(one.colour, (bar.left, bar.top, length, bar.height))


def _bar(corner: tuple[int, int], number: int, row: int, scale: float) -> pygame.Rect:
    high = max(4, round(9 * scale))
    top = corner[1] + round(4 * scale) + number * row + (row - high) // 2
    left = corner[0] + round(LABEL * scale)
    return pygame.Rect(left, top, round((WIDTH - LABEL - 10) * scale), high)


def _paint(panel: pygame.Surface, gauges: list[Gauge], row: int, scale: float) -> None:
    theme.panel(panel, panel.get_rect(), alpha=168, radius=8)
    size = round(15 * scale)
    for number, one in enumerate(gauges):
        bar = _bar((0, 0), number, row, scale)
        theme.text(
            panel, one.name, size, theme.TEXT_SOFT if one.share else theme.MUTED,
            (9 * scale, bar.centery), theme.Weight.BOLD, "midleft",
        )  # fmt: skip
        panel.fill((34, 40, 50, 220), bar)
