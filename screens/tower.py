"""The order of the race, one line a car; small while nothing changes.

In full it shows everyone, with the time their messages take. While a driver
drives and the order stands, only the leader and who is near remain.

Units: pixels of the window, seconds; 1280x720 is scale 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from protocol import CarFlag
from race import Phase
from race_state import TRIAL, RaceView
from screens import theme
from screens.hud_parts import TOWER_WIDTH, Kept, Names, Rtts, ink_on
from standings import Standing

ROW = 21
SMALL_ROWS = 5
"""In a low window, and near them the driver's own."""
BRIEF_ROWS = 4
BRIEF_AFTER_S = 7.0
"""The order stands for so long before only those near are shown."""
FULL_FIRST_S = 12.0
"""After GO everyone is shown for so long."""


class Row(NamedTuple):
    """One line of the tower."""

    place: int
    slot: int
    name: str
    gap: str
    note: str
    """The time of a round trip, or what is the matter."""
    own: bool
    away: bool


class Tower:
    """The left edge, below the place."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._seen: tuple[int, ...] = ()
        self._changed_at = -1e9
        self._of: tuple[Sequence[Standing], int] = (), -1
        self._rows: list[Row] = []

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        order: Sequence[Standing],
        names: Names,
        rtts: Rtts,
        corner: tuple[int, int],
        scale: float,
        *,
        now: float,
        marked: int,
        safe: bool,
    ) -> pygame.Rect:
        """Draw the tower and return where it is.

        Args:
            marked: the slot of the driver, or of who is watched.
        """
        if self._of[0] is not order or self._of[1] != marked:
            # Asked for a few times a second only, as the order is.
            self._of = order, marked
            low = surface.get_height() < 520 * scale
            self._rows = self._chosen(race, order, names, rtts, now, marked, low)
        rows = self._rows
        if not rows:
            return pygame.Rect(corner, (0, 0))
        step = round(ROW * scale)
        rect = pygame.Rect(*corner, round(TOWER_WIDTH * scale), len(rows) * step + round(8 * scale))
        self._kept.draw(
            surface, rect, (tuple(rows), safe, scale),
            lambda panel: _paint(panel, rows, step, scale, safe),
        )  # fmt: skip
        return rect

    def _chosen(
        self,
        race: RaceView,
        order: Sequence[Standing],
        names: Names,
        rtts: Rtts,
        now: float,
        marked: int,
        low: bool,
    ) -> list[Row]:
        """Return the rows that are shown."""
        slots = tuple(one.slot for one in order)
        if slots != self._seen:
            self._seen, self._changed_at = slots, now
        lines = list(order)
        if low and len(lines) > SMALL_ROWS:
            lines = near(lines, marked, SMALL_ROWS)
        if self.is_brief(race, now) and len(lines) > BRIEF_ROWS:
            lines = [lines[0], *near(lines[1:], marked, BRIEF_ROWS - 1)]
        return [_row(race, one, names, rtts, marked) for one in lines]

    def is_brief(self, race: RaceView, now: float) -> bool:
        """Whether only those near the driver are shown."""
        mine = race.mine
        if mine is None or mine.flags & CarFlag.FINISHED or race.phase is not Phase.RACING:
            return False
        settled = race.seconds_to_go(now) < -FULL_FIRST_S
        return settled and now - self._changed_at > BRIEF_AFTER_S


def near(lines: Sequence[Standing], marked: int, count: int) -> list[Standing]:
    """Return some lines of the order, the marked one in their middle where it can be."""
    mine = next((i for i, one in enumerate(lines) if one.slot == marked), 0)
    first = min(max(0, mine - count // 2), max(0, len(lines) - count))
    return list(lines[first : first + count])


def gap_words(race: RaceView, one: Standing) -> str:
    """Return how far a car is behind, or what is the matter with it."""
    record = race.records.get(one.slot)
    flags = record.flags if record is not None else CarFlag(0)
    if flags & CarFlag.GONE:
        return "OUT"
    if race.mode == TRIAL and record is not None and not record.best_lap_ticks:
        return "NO LAP"
    if one.place == 1:
        return "FINISH" if flags & CarFlag.FINISHED else "LEADER"
    return theme.format_gap(one.gap_s, one.laps_behind)


def _row(race: RaceView, one: Standing, names: Names, rtts: Rtts, marked: int) -> Row:
    record = race.records.get(one.slot)
    flags = record.flags if record is not None else CarFlag(0)
    away = bool(flags & CarFlag.CARETAKER)
    rtt = rtts(one.slot)
    note = "away" if away else f"{min(rtt, 999)} ms" if rtt else "bot"
    if flags & CarFlag.REPAIRING:
        note = "pit"
    return Row(
        one.place, one.slot, names(one.slot), gap_words(race, one), note, one.slot == marked, away
    )


def _paint(panel: pygame.Surface, rows: Sequence[Row], step: int, scale: float, safe: bool) -> None:
    width = panel.get_width()
    theme.panel(panel, panel.get_rect(), alpha=168, radius=8)
    size, small = round(17 * scale), round(13 * scale)
    before = 0
    for number, row in enumerate(rows):
        y = round(4 * scale) + step * number + step / 2
        if row.own:
            bar = pygame.Rect(2, round(y - step / 2), width - 4, step)
            theme.panel(panel, bar, alpha=56, radius=4, fill=theme.ACCENT)
        if before and row.place > before + 1:
            # Some are left out in between.
            line = pygame.Rect(round(8 * scale), round(y - step / 2), round(width - 16 * scale), 1)
            panel.fill((60, 66, 74, 90), line)
        before = row.place
        theme.text(
            panel, str(row.place), size, theme.ACCENT if row.own else theme.MUTED,
            (18 * scale, y), theme.Weight.BOLD, "midright",
        )  # fmt: skip
        face = theme.car_colour(row.slot, safe)
        dot = pygame.Rect(0, 0, round(14 * scale), round(15 * scale))
        dot.center = round(31 * scale), round(y)
        pygame.draw.rect(panel, face, dot, border_radius=3)
        theme.text(
            panel, str(row.slot + 1), small, ink_on(face), dot.center, theme.Weight.BOLD, "center"
        )
        colour = theme.WARN if row.away else theme.TEXT if row.own else theme.TEXT_SOFT
        name = theme.shortened(row.name, size, round(84 * scale))
        theme.text(panel, name, size, colour, (43 * scale, y), anchor="midleft")
        theme.text(
            panel, row.gap, round(15 * scale), theme.TEXT_SOFT, (176 * scale, y), anchor="midright"
        )
        theme.text(
            panel, row.note, small, theme.WARN if row.away else theme.MUTED,
            (width - 8 * scale, y), anchor="midright",
        )  # fmt: skip
