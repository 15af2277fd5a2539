"""The main menu.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from screens import theme
from screens.backdrop import backdrop
from screens.screen import Screen, Stage
from screens.widgets import Button


class Menu(Screen):
    """Join Game, Practice, Leaderboard, Settings, Quit."""

    name = "menu"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.focus.replace(
            [
                Button("JOIN GAME", self._join, "Race friends on a server"),
                Button("PRACTICE", self._practice, "You against bots, nothing is kept"),
                Button("LEADERBOARD", self._leaders, "Best laps of a server"),
                Button("SETTINGS", self._settings, "Window, colours, keys"),
                Button("QUIT", self._quit),
            ]
        )

    def enter(self) -> None:
        """Be off line in the menu."""
        self.stage.hang_up()

    def layout(self, size: tuple[int, int]) -> None:
        """Stack the buttons at the left."""
        super().layout(size)
        for number, one in enumerate(self.focus.widgets):
            one.rect = self.box(64, 250 + number * 80, 430, 68)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the name of the game and the buttons."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        hero = self.size(116)
        place = theme.text(
            surface, "SLIP", hero, theme.TEXT, self.at(64, 70), theme.Weight.HEAVY, shadow=True
        )
        theme.text(
            surface,
            "STREAM",
            hero,
            theme.ACCENT,
            (place.right, place.top),
            theme.Weight.HEAVY,
            shadow=True,
        )
        for number in range(12):
            x, y = self.at(68 + number * 30, 206)
            lean, width, height = 8 * self.scale, 20 * self.scale, 12 * self.scale
            tone = theme.ACCENT if number % 2 == 0 else theme.TEXT
            tone = tone.lerp(theme.INK, number / 16)
            points = [
                (x + lean, y),
                (x + lean + width, y),
                (x + width, y + height),
                (x, y + height),
            ]
            pygame.draw.polygon(surface, tone, points)
        self.focus.draw(surface, self.scale)
        name = self.stage.identity.name or "a new driver"
        theme.text(
            surface,
            f"driving as {name}",
            self.size(18),
            theme.MUTED,
            self.at(1250, 700),
            anchor="bottomright",
        )

    def _join(self) -> None:
        from screens.join import Join

        self.stage.show(Join(self.stage))

    def _practice(self) -> None:
        from screens.join import Practising

        self.stage.show(Practising(self.stage))

    def _leaders(self) -> None:
        from screens.join import Join

        self.stage.show(Join(self.stage, then="leaderboard"))

    def _settings(self) -> None:
        from screens.settings import Settings

        self.stage.show(Settings(self.stage))

    def _quit(self) -> None:
        self.stage.running = False

    def back(self) -> None:
        """Escape asks for nothing here: quitting is a button."""
