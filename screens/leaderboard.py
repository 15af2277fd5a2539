"""The best laps of each track, asked of the server.

Units: logical pixels.
"""

from __future__ import annotations

import datetime

import pygame

from client_link import LinkKind
from protocol import AskLeaderboard, NoticeKind
from screens import theme
from screens.backdrop import preview
from screens.screen import Screen, Stage
from screens.widgets import Button, Choice

SHOWN = 10
ROW = 48


class Leaders(Screen):
    """Fastest first."""

    name = "leaderboard"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        self._link = stage.link
        welcome = self._link.view.welcome
        self._tracks = list(welcome.tracks) if welcome is not None else []
        self._choice = Choice("Track", [one.title for one in self._tracks], 0, self._ask)
        self._refresh = Button("REFRESH", lambda: self._ask(self._choice.index))
        self._back = Button("BACK", self.back)
        self.focus.replace([self._choice, self._refresh, self._back])

    def enter(self) -> None:
        """Ask for the first track."""
        super().enter()
        if self._tracks:
            self._ask(0)

    def _ask(self, index: int) -> None:
        self._link.view.leaderboard = None
        self._link.send(AskLeaderboard(self._tracks[index].name))

    def update(self, now: float) -> None:
        """Go back when the server goes away for good."""
        if self._link.status.kind in (LinkKind.CLOSED, LinkKind.REFUSED):
            self.stage.toast(self._link.status.text, NoticeKind.ERROR)
            self.stage.go("menu")

    def layout(self, size: tuple[int, int]) -> None:
        """The table at the left; the choice and the way back at the right."""
        super().layout(size)
        self._choice.rect = self.box(880, 142, 336, 56)
        self._refresh.rect, self._back.rect = (
            self.box(880, 494, 336, 60), self.box(880, 562, 336, 60),
        )  # fmt: skip

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the laps."""
        self.draw_backdrop(surface)
        node = self._link.view.welcome.node if self._link.view.welcome is not None else ""
        self.heading(surface, "LEADERBOARD", f"The best laps on {node}")
        self.focus.draw(surface, self.scale)
        if self._tracks:
            box = self.box(880, 210, 336, 252)
            theme.panel(surface, box.inflate(8, 8))
            picture = preview(self._tracks[self._choice.index].name, box.size)
            if picture is not None:
                surface.blit(picture, box)
        board = self._link.view.leaderboard
        text = ""
        if board is None:
            text = "Asking the server ..."
        elif not board.available:
            text = "The database cannot be asked just now: try again in a moment."
        elif not board.rows:
            text = "Nobody has completed a lap here yet: be the first."
        self.text(surface, text, 24, theme.TEXT_SOFT, (68, 160), width=776)
        me = self.stage.identity.name
        for number, row in enumerate(board.rows[:SHOWN] if board is not None else ()):
            y = 142 + number * ROW
            own = row.name == me
            theme.panel(
                surface, self.box(64, y, 776, ROW - 6), theme.ACCENT if own else None,
                232 if own else 188,
            )  # fmt: skip
            middle = y + (ROW - 6) / 2
            tone = theme.ACCENT if number == 0 else theme.TEXT
            self.text(
                surface, str(number + 1), 26, tone, (112, middle), "midright",
                weight=theme.Weight.ITALIC,
            )  # fmt: skip
            self.text(surface, row.name, 24, theme.TEXT, (136, middle), "midleft", width=340)
            lap = theme.format_time(row.lap_ms / 1000)
            colour = theme.BEST if number == 0 else theme.TEXT_SOFT
            self.text(surface, lap, 24, colour, (620, middle), "midright")
            self.text(surface, _day(row.set_at), 19, theme.MUTED, (820, middle), "midright")
        self.keys(surface, "Arrows  choose     Escape  back")

    def back(self) -> None:
        """Return to the menu."""
        self.stage.go("menu")

    def state(self) -> dict[str, object]:
        """Tell the laps."""
        board = self._link.view.leaderboard
        rows = board.rows if board is not None else ()
        return {"laps": [{"name": row.name, "lap_ms": row.lap_ms} for row in rows]}


def _day(moment: float) -> str:
    """Return the day of a moment; a server's clock may say anything."""
    try:
        return datetime.datetime.fromtimestamp(moment).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return ""
