"""The best laps of each track, asked of the server.

Units: logical pixels.
"""

from __future__ import annotations

import datetime

import pygame

from protocol import AskLeaderboard
from screens import theme
from screens.backdrop import backdrop
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button, Choice

SHOWN = 12


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
        self.focus.replace([self._choice, Button("BACK", self.back)])

    def enter(self) -> None:
        """Ask for the first track."""
        if self._tracks:
            self._ask(0)

    def _ask(self, index: int) -> None:
        self._link.view.leaderboard = None
        self._link.send(AskLeaderboard(self._tracks[index].name))

    def layout(self, size: tuple[int, int]) -> None:
        """Choice above the table."""
        super().layout(size)
        choice, back = self.focus.widgets
        choice.rect, back.rect = self.box(64, 140, 560, 52), self.box(880, 140, 336, 58)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the laps."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        self.title(surface, "LEADERBOARD")
        self.focus.draw(surface, self.scale)
        board = self._link.view.leaderboard
        text = ""
        if board is None:
            text = "Asking the server ..."
        elif not board.available:
            text = "The database cannot be asked just now: try again in a moment."
        elif not board.rows:
            text = "Nobody has completed a lap here yet: be the first."
        theme.text(surface, text, self.size(22), theme.MUTED, self.at(68, 230))
        for number, row in enumerate(board.rows[:SHOWN] if board is not None else ()):
            box = self.box(64, 210 + number * 40, 776, 36)
            theme.panel(surface, box)
            day = datetime.datetime.fromtimestamp(row.set_at).strftime("%Y-%m-%d")
            theme.text(
                surface,
                str(number + 1),
                self.size(20),
                theme.ACCENT,
                (self.at(104, 0)[0], box.centery),
                anchor="midright",
            )
            theme.text(
                surface,
                row.name,
                self.size(20),
                theme.TEXT,
                (self.at(130, 0)[0], box.centery),
                anchor="midleft",
            )
            theme.text(
                surface,
                theme.format_time(row.lap_ms / 1000),
                self.size(20),
                theme.BEST,
                (self.at(640, 0)[0], box.centery),
                anchor="midright",
            )
            theme.text(
                surface,
                day,
                self.size(16),
                theme.MUTED,
                (self.at(820, 0)[0], box.centery),
                anchor="midright",
            )

    def back(self) -> None:
        """Return to the menu."""
        self.stage.show(Menu(self.stage))
