"""The clock of the race, last and best lap, and the split times as they come.

Units: pixels of the window, seconds, ticks of 1/60 s; 1280x720 is scale 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from protocol import CarFlag
from race import TICKS_A_SECOND
from race_state import TRIAL, RaceView
from screens import theme
from screens.hud_parts import EDGE, TOWER_WIDTH, Kept
from screens.minimap import HEIGHT as MAP_HEIGHT
from screens.minimap import WIDTH as MAP_WIDTH
from splits import Split
from standings import Standing

WIDTH, HEIGHT, STRIP = 286, 46, 27
SPLIT_S = 4.5
"""A split time is shown for so long."""
SPLIT_NAMES = {1: "SPLIT 1", 2: "SPLIT 2", 3: "LAP"}

Part = tuple[str, pygame.Color]


class TimesPanel:
    """The upper edge, in the middle; in a narrow window below the map."""

    def __init__(self) -> None:
        self._strip = Kept()
        self._split: Split | None = None
        self._split_at = -1e9

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        order: Sequence[Standing],
        slot: int,
        now: float,
        scale: float,
    ) -> pygame.Rect:
        """Draw the clock and the newest split time of a car; return where they are."""
        rect, small = _place(surface.get_size(), scale)
        area = rect.clip(surface.get_rect())
        if area.width < 40 * scale or area.height < 30 * scale:
            return area
        self._draw_clock(surface.subsurface(area), race, now, scale, small)
        newest = race.commentary.splits.newest(slot)
        if newest != self._split:
            self._split, self._split_at = newest, now
        if newest is None or now - self._split_at > SPLIT_S or small:
            return area
        strip = pygame.Rect(area.left, area.bottom + 3, area.width, round(STRIP * scale))
        gap_s = _gap_of(order, slot) if race.mode != TRIAL else None
        parts = split_words(newest, gap_s)
        key = tuple(words for words, _ in parts), scale
        self._strip.draw(surface, strip, key, lambda panel: _paint_strip(panel, parts, scale))
        return area.union(strip)

    @staticmethod
    def _draw_clock(
        panel: pygame.Surface, race: RaceView, now: float, scale: float, small: bool
    ) -> None:
        mine = race.mine
        penalty = mine is not None and bool(mine.flags & CarFlag.PENALTY)
        started = race.seconds_to_go(now) <= 0
        # In a countdown after a pause, the time that the race has had before.
        had = max(0, race.go_tick - race.start_tick) / TICKS_A_SECOND
        clock = theme.format_time(race.total_s(now) if started else had, 2)
        best = mine.best_lap_ticks or None if mine is not None else None
        if race.commentary.last_lap_ticks is not None:
            # The last one is known a round trip before the server counts it.
            best = min(best or race.commentary.last_lap_ticks, race.commentary.last_lap_ticks)
        height, width = panel.get_height(), panel.get_width()
        theme.panel(panel, panel.get_rect(), alpha=150)
        colour = theme.BAD if penalty else theme.TEXT
        theme.text(
            panel, clock, round(34 * scale), colour, (14 * scale, height * 0.48),
            theme.Weight.ITALIC, "midleft",
        )  # fmt: skip
        if penalty and not small:
            theme.text(
                panel, "+5 s", round(16 * scale), theme.BAD, (128 * scale, height * 0.5),
                theme.Weight.BOLD, "midleft",
            )  # fmt: skip

        def line(name: str, ticks: int | None, colour: pygame.Color, y: float) -> None:
            shown = theme.format_time(ticks / TICKS_A_SECOND if ticks is not None else None)
            x = width - 12 * scale
            theme.text(panel, shown, round(18 * scale), colour, (x, y), anchor="midright")
            theme.text(
                panel, name, round(13 * scale), theme.MUTED, (x - 66 * scale, y), anchor="midright"
            )

        line("LAST", race.commentary.last_lap_ticks, theme.TEXT_SOFT, height * 0.28)
        if not small:
            line("BEST", best, theme.GOOD, height * 0.72)


def split_words(split: Split, gap_s: float | None) -> list[Part]:
    """Return a split time in words: which, how long, against the own best, behind the leader."""
    parts: list[Part] = [
        (SPLIT_NAMES[split.number], theme.MUTED),
        (theme.format_time(split.ticks / TICKS_A_SECOND, 2), theme.TEXT),
    ]
    if split.to_own_best is not None:
        parts.append((signed(split.to_own_best), _tone(split.to_own_best)))
    elif split.to_fastest is not None:
        parts.append((signed(split.to_fastest), _tone(split.to_fastest)))
    if gap_s is not None:
        parts.append((f"P1 {theme.format_gap(gap_s)}" if gap_s else "LEADER", theme.TEXT_SOFT))
    return parts


def signed(ticks: int) -> str:
    """Return a difference in seconds, with its sign: the colour says no more than it."""
    return f"{'+' if ticks > 0 else '-' if ticks < 0 else ''}{abs(ticks) / TICKS_A_SECOND:.2f}"


def _tone(ticks: int) -> pygame.Color:
    return theme.BAD if ticks > 0 else theme.GOOD


def _gap_of(order: Sequence[Standing], slot: int) -> float | None:
    return next((one.gap_s for one in order if one.slot == slot and not one.laps_behind), None)


def _paint_strip(panel: pygame.Surface, parts: Sequence[Part], scale: float) -> None:
    theme.panel(panel, panel.get_rect(), alpha=170, radius=7)
    size, y = round(18 * scale), panel.get_height() / 2
    widths = [theme.text_width(words, size, theme.Weight.BOLD) for words, _ in parts]
    space = (panel.get_width() - 24 * scale - sum(widths)) / max(1, len(parts) - 1)
    x = 12 * scale
    for (words, colour), wide in zip(parts, widths, strict=True):
        theme.text(panel, words, size, colour, (x, y), theme.Weight.BOLD, "midleft")
        x += wide + space


def _place(size: tuple[int, int], scale: float) -> tuple[pygame.Rect, bool]:
    """Return where the clock is, and whether it has to be small."""
    edge = round(EDGE * scale)
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    if size[0] >= 2 * (TOWER_WIDTH + MAP_WIDTH) * scale:
        return pygame.Rect((size[0] - width) // 2, edge, width, height), False
    # No room between the corners: the clock goes below the map.
    rect = pygame.Rect(0, edge + round((MAP_HEIGHT + 6) * scale), 0, height)
    rect.width = round(MAP_WIDTH * scale)
    rect.right = size[0] - edge
    return rect, True
