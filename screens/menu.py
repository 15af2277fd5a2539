"""The main menu, and the way back into a race that a crash has ended.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import time

import pygame

from exhibition import Exhibition
from screens import theme
from screens.backdrop import hero
from screens.screen import Screen, Stage
from screens.widgets import Button

VERSION = "0.1"
SEAT_OFFERED_S = 15 * 60.0
"""A seat is asked for so long after it was left; the server knows whether it is kept."""
ORDER_SHOWN, ORDER_ROW, ORDER_EVERY_S = 5, 34, 0.5
"""The order of the race behind the menu: how many, how high, how often it is read."""


class Menu(Screen):
    """Join Game, Practice, Time Trial, Leaderboard, Settings, Quit."""

    name = "menu"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        buttons = [
            Button("JOIN GAME", lambda: stage.go("join"), "Race friends on a server"),
            Button("PRACTICE", lambda: stage.go("practice"), "You against bots"),
            Button("TIME TRIAL", lambda: stage.go("join-trial"), "You against the best laps"),
            Button(
                "LEADERBOARD", lambda: stage.go("join-leaderboard"), "The best laps of a server"
            ),
            Button("SETTINGS", lambda: stage.go("settings"), "Name, window, colours, keys"),
            Button("QUIT", self._quit),
        ]
        if have.seat_title and 0.0 <= time.time() - have.seat_at < SEAT_OFFERED_S:
            caption = f"Back to your seat in {have.seat_title}"
            buttons.insert(0, Button("RESUME", self._resume, caption))
        self.focus.replace(buttons)
        self._order: list[tuple[int, str]] = []
        self._order_at = 0.0

    def enter(self) -> None:
        """Be off line in the menu."""
        super().enter()
        self.stage.hang_up()

    def _resume(self) -> None:
        self.stage.server = self.stage.preferences.seat_server
        self.stage.go("join-resume")

    def _quit(self) -> None:
        self.stage.running = False

    def layout(self, size: tuple[int, int]) -> None:
        """Stack the buttons at the left; the one in focus leans out."""
        super().layout(size)
        buttons = self.focus.widgets
        step = min(80, 460 // len(buttons))
        for number, one in enumerate(buttons):
            width = 430 if one.focused else 400
            one.rect = self.box(64, 234 + number * step, width, step - 12)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the name of the game, the buttons and a car."""
        self.draw_backdrop(surface)
        self._draw_name(surface)
        behind = self.stage.attract
        if behind is None or behind.warm:
            car = hero(round(self.scale, 2))
            place = car.get_rect(center=self.at(960, 560))
            surface.blit(car, place, special_flags=theme.PREMULTIPLIED)
        if behind is not None and behind.exhibition is not None:
            self._draw_live(surface, behind.exhibition, now)
        self.focus.draw(surface, self.scale)
        name = self.stage.identity.name
        driver = f"driving as {name}" if name else "a new driver"
        pad = "gamepad ready  ·  " if self.stage.pads.count else ""
        self.text(
            surface, f"{pad}v{VERSION}  ·  {driver}", 18, theme.MUTED, (1232, 700), "bottomright",
            width=700,
        )  # fmt: skip

    def _draw_live(self, surface: pygame.Surface, race: Exhibition, now: float) -> None:
        """Draw how the race behind the menu stands."""
        if not self._order or now - self._order_at >= ORDER_EVERY_S:
            self._order_at = now
            self._order = [
                (one.slot, "" if not number else theme.format_gap(one.gap_s, one.laps_behind))
                for number, one in enumerate(race.view.standings()[:ORDER_SHOWN])
            ]
        left, top, wide = 884, 150, 332
        high = 62 + ORDER_ROW * len(self._order)
        theme.panel(surface, self.box(left, top, wide, high), theme.ACCENT, 205)
        title = race.view.track.title.upper()
        italic = theme.Weight.ITALIC
        self.text(surface, title, 24, theme.TEXT, (left + 20, top + 28), "midleft", italic, 220)
        self.text(surface, "LIVE", 17, theme.GOOD, (left + wide - 18, top + 28), "midright")
        safe = self.stage.preferences.safe_colours
        for number, (slot, gap) in enumerate(self._order):
            y = top + 68 + number * ORDER_ROW
            dot = self.box(left + 46, y - 9, 8, 18)
            pygame.draw.rect(surface, theme.car_colour(slot, safe), dot, border_radius=self.px(3))
            place = (left + 34, y)
            self.text(surface, str(number + 1), 20, theme.MUTED, place, "midright", italic)
            name = race.name_of(slot)
            self.text(surface, name, 20, theme.TEXT, (left + 64, y), "midleft", width=180)
            place = (left + wide - 18, y)
            self.text(surface, gap, 18, theme.TEXT_SOFT, place, "midright")

    def _draw_name(self, surface: pygame.Surface) -> None:
        size, heavy = self.size(118), theme.Weight.HEAVY
        place = theme.text(surface, "SLIP", size, theme.TEXT, self.at(62, 46), heavy, shadow=True)
        theme.text(surface, "STREAM", size, theme.ACCENT, place.topright, heavy, shadow=True)
        lean, width, height = 8 * self.scale, 24 * self.scale, 13 * self.scale
        for number in range(12):
            x, y = self.at(70 + number * 30, 186)
            tone = (theme.ACCENT if number % 2 == 0 else theme.TEXT).lerp(theme.INK, number / 15)
            points = [
                (x + lean, y), (x + lean + width, y), (x + width, y + height), (x, y + height),
            ]  # fmt: skip
            pygame.draw.polygon(surface, tone, points)
