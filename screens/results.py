"""How the race ended: places, times, points, and whether it is saved.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from protocol import Channel, ResultRow, SavedState
from screens import theme
from screens.online import OnlineScreen
from screens.screen import Stage
from screens.widgets import Button

SAVED_WORDS = {
    SavedState.SAVING: ("saving...", theme.WARN),
    SavedState.SAVED: ("saved", theme.GOOD),
    SavedState.NOT_KEPT: ("not kept: this server keeps nothing", theme.WARN),
}
KINDS = ("", "bot", "away")
ROW = 64
TOTAL, BEST, POINTS = 580, 720, 824
"""Right edges of the columns."""
HEADING = 440
"""The title ends where the names of the columns begin."""


class ResultsScreen(OnlineScreen):
    """After a race."""

    name = "results"
    music = "music-result"
    channels = (Channel.ROOM, Channel.LOBBY)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        again = "Back to the waiting room"
        leave = "LEAVE" if stage.practice is None else "MAIN MENU"
        self._again = Button("AGAIN", self._once_more, again)
        self._leave = Button(leave, self.leave_room)
        self.focus.replace([self._again, self._leave])

    def _once_more(self) -> None:
        self.view.race = self.view.results = None
        self.stage.go("waiting" if self.view.room is not None else "rooms")

    def back(self) -> None:
        """Leave the room."""
        self.leave_room()

    def layout(self, size: tuple[int, int]) -> None:
        """The table at the left, buttons and chat at the right."""
        super().layout(size)
        self._again.rect, self._leave.rect = (
            self.box(880, 142, 336, 72),
            self.box(880, 222, 336, 60),
        )
        self.chat.rect = self.box(880, 300, 336, 388)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the table."""
        self.draw_backdrop(surface)
        results = self.view.results
        if results is None:
            return
        me = self.view.welcome.player_id if self.view.welcome is not None else ""
        own = next((row for row in results.rows if row.player_id == me), None)
        room = self.view.room
        where = ""
        if room is not None:
            laps = "1 lap" if room.laps == 1 else f"{room.laps} laps"
            where = f"{room.title}  ·  {self.title_of.get(room.track, room.track)}  ·  {laps}"
        title = "RESULT"
        if own is not None:
            title = {1: "YOU WON", 2: "SECOND", 3: "THIRD"}.get(own.place, f"PLACE {own.place}")
        self.heading(surface, title, where, HEADING)
        word, tone = SAVED_WORDS[SavedState(results.saved)]
        place = self.at(840, 118)
        theme.chip(surface, word, tone, place, self.size(20), "bottomright")
        for name, right in (("TOTAL", TOTAL), ("BEST LAP", BEST), ("POINTS", POINTS)):
            self.text(surface, name, 15, theme.MUTED, (right, 140), "bottomright")
        best = min((row.best_lap_ms for row in results.rows if row.best_lap_ms), default=0)
        for number, row in enumerate(results.rows):
            self._draw_row(surface, row, 146 + number * ROW, row is own, best)
        self.focus.draw(surface, self.scale)
        self.draw_chat(surface, now)
        self.keys(surface, "Arrows  choose     Enter  press     Escape  leave")

    def _draw_row(
        self, surface: pygame.Surface, row: ResultRow, y: float, own: bool, best_ms: int
    ) -> None:
        box = self.box(64, y, 776, ROW - 8)
        theme.panel(surface, box, theme.ACCENT if own else None, 232 if own else 188)
        middle = y + (ROW - 8) / 2
        tone = theme.ACCENT if row.place == 1 else theme.TEXT
        self.text(
            surface, str(row.place), 36, tone, (112, middle), "midright",
            weight=theme.Weight.ITALIC,
        )  # fmt: skip
        colour = theme.car_colour(row.slot, self.stage.preferences.safe_colours)
        dot = pygame.Rect(0, 0, self.px(10), self.px(30))
        dot.center = round(self.at(138, 0)[0]), box.centery
        pygame.draw.rect(surface, colour, dot, border_radius=self.px(4))
        width = 210 if KINDS[row.kind] else 266
        name = self.text(surface, row.name, 26, theme.TEXT, (160, middle), "midleft", width=width)
        if KINDS[row.kind]:
            at = (name.right + self.px(10), box.centery)
            theme.text(surface, KINDS[row.kind], self.size(17), theme.MUTED, at, anchor="midleft")
        total = theme.format_time(row.total_ms / 1000) if row.total_ms else "did not finish"
        lap = theme.format_time(row.best_lap_ms / 1000) if row.best_lap_ms else "-"
        fastest = bool(best_ms) and row.best_lap_ms == best_ms
        done = theme.TEXT if row.total_ms else theme.MUTED
        self.text(surface, total, 24 if row.total_ms else 20, done, (TOTAL, middle), "midright")
        self.text(
            surface, lap, 22, theme.BEST if fastest else theme.TEXT_SOFT, (BEST, middle), "midright"
        )
        self.text(surface, f"+{row.points}", 24, theme.TEXT, (POINTS, middle), "midright")

    def state(self) -> dict[str, object]:
        """Tell the result, and whether it is saved."""
        results = self.view.results
        rows = results.rows if results is not None else ()
        return {
            **super().state(),
            "race": results.race_id if results is not None else "",
            "saved": SavedState(results.saved).name if results is not None else None,
            "results": [
                {"place": row.place, "name": row.name, "total_ms": row.total_ms,
                 "best_lap_ms": row.best_lap_ms, "points": row.points} for row in rows
            ],
        }  # fmt: skip
