"""The place and the lap of the driver, or who is watched.

Units: pixels of the window; 1280x720 is scale 1.
"""

from __future__ import annotations

import pygame

from race_state import TRIAL, RaceView
from screens import theme
from screens.hud_parts import EDGE, TOWER_WIDTH, Kept, Names

HEIGHT = 78
SUFFIXES = {1: "ST", 2: "ND", 3: "RD"}


def ordinal(place: int) -> str:
    """Return a place as people say it: 1ST, 2ND."""
    return f"{place}{SUFFIXES.get(place, 'TH')}"


class PlacePanel:
    """The upper left corner."""

    def __init__(self) -> None:
        self._kept = Kept()

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Names,
        scale: float,
        watched: int | None,
    ) -> int:
        """Draw the panel and return its lower edge.

        Args:
            watched: the slot that who watches looks at; None for who drives.
        """
        mine = race.mine
        seen = race.records.get(watched) if watched is not None else mine
        name = names(watched) if watched is not None else ""
        place = mine.place if mine is not None and watched is None else 0
        if watched is None and mine is not None:
            lap = min(race.laps, race.laps_done + 1)
        else:
            lap = min(race.laps, seen.lap + 1) if seen is not None else _leader_lap(race)
        # Where the best lap decides, nobody counts how many are left.
        count = str(lap) if race.mode == TRIAL else f"{lap}/{race.laps}"
        edge = round(EDGE * scale)
        rect = pygame.Rect(edge, edge, round(TOWER_WIDTH * scale), round(HEIGHT * scale))
        total = len(race.records)
        their = seen.place if seen is not None else 0

        def paint(panel: pygame.Surface) -> None:
            theme.panel(panel, panel.get_rect(), theme.ACCENT, 172)
            height = rect.height
            if place:
                number = theme.text(
                    panel, str(place), round(78 * scale), theme.TEXT,
                    (16 * scale, height * 0.49), theme.Weight.HEAVY, "midleft",
                )  # fmt: skip
                x = number.right + 5 * scale
                theme.text(
                    panel, SUFFIXES.get(place, "TH"), round(24 * scale), theme.ACCENT,
                    (x, height * 0.13), theme.Weight.BOLD,
                )  # fmt: skip
                theme.text(
                    panel, f"/ {total}", round(22 * scale), theme.MUTED, (x, height * 0.49),
                )  # fmt: skip
            else:
                theme.text(
                    panel, "WATCHING", round(26 * scale), theme.TEXT, (16 * scale, height * 0.34),
                    theme.Weight.ITALIC, "midleft",
                )  # fmt: skip
                size = round(19 * scale)
                shown = theme.shortened(name, size, round(rect.width * 0.5))
                line = theme.text(
                    panel, shown, size, theme.MUTED, (16 * scale, height * 0.7), anchor="midleft"
                )
                if their:
                    theme.text(
                        panel, f"P{their}", size, theme.ACCENT,
                        (line.right + 8 * scale, height * 0.7), theme.Weight.BOLD, "midleft",
                    )  # fmt: skip
            right = rect.width - 16 * scale
            theme.text(
                panel, "LAP", round(15 * scale), theme.MUTED, (right, height * 0.14),
                anchor="topright",
            )  # fmt: skip
            theme.text(
                panel, count, round(36 * scale), theme.TEXT, (right, height * 0.63),
                theme.Weight.ITALIC, "midright",
            )  # fmt: skip

        key = (place, count, total, name, their, scale)
        self._kept.draw(surface, rect, key, paint)
        return rect.bottom


def _leader_lap(race: RaceView) -> int:
    laps = [record.lap for record in race.records.values()]
    return min(race.laps, max(laps, default=0) + 1)
