"""What a player may set, and which keys do what.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from chat import NAME_CHARS_MAX, clean_name
from errors import BadFile
from protocol import NoticeKind
from screens import theme
from screens.bindings import TITLES, Action
from screens.screen import Screen, Stage
from screens.text_entry import TextEntry
from screens.widgets import Button, Choice

WINDOWS = ((960, 540), (1280, 720), (1600, 900), (1920, 1080), (2560, 1440))
OFF_ON = ("off", "on")


class Settings(Screen):
    """Name, window, motion, colours, keys."""

    name = "settings"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        now = (have.width, have.height)
        self._sizes = sorted({*WINDOWS, now})
        sizes = [f"{width} x {height}" for width, height in self._sizes]
        self._name = TextEntry(
            "Name", stage.identity.name, NAME_CHARS_MAX, self._rename, "what the others call you"
        )
        self._name.label_width = 76
        self._full = Choice("Fullscreen (F11)", OFF_ON, int(have.fullscreen), self._fullscreen)
        back = Button("BACK", self.back)
        self.focus.replace(
            [
                self._name,
                Choice("Window", sizes, self._sizes.index(now), self._resize),
                self._full,
                Choice("Reduced motion", OFF_ON, int(have.reduced_motion), self._motion),
                Choice("Colour-blind palette", OFF_ON, int(have.safe_colours), self._colours),
                back,
            ]
        )
        self.focus.set(back)

    def _rename(self, text: str) -> None:
        name = clean_name(text)
        self._name.replace(name or self.stage.identity.name)
        if not name or name == self.stage.identity.name:
            return
        self.stage.identity.name = name
        try:
            self.stage.identity.write()
        except BadFile as error:
            self.stage.toast(str(error), NoticeKind.WARNING)

    def _resize(self, index: int) -> None:
        have = self.stage.preferences
        have.width, have.height = self._sizes[index]
        if not have.fullscreen:
            self.stage.resize()

    def _fullscreen(self, index: int) -> None:
        self.stage.preferences.fullscreen = bool(index)
        self.stage.resize()

    def _motion(self, index: int) -> None:
        self.stage.preferences.reduced_motion = bool(index)

    def _colours(self, index: int) -> None:
        self.stage.preferences.safe_colours = bool(index)

    def update(self, now: float) -> None:
        """F11 may have been pressed."""
        self._full.index = int(self.stage.preferences.fullscreen)

    def leave(self) -> None:
        """Keep what was set."""
        self._rename(self._name.text)
        self.stage.keep()
        super().leave()

    def layout(self, size: tuple[int, int]) -> None:
        """A column of choices; the keys beside it."""
        super().layout(size)
        for number, one in enumerate(self.focus.widgets):
            one.rect = self.box(64, 142 + number * 66, 540, 54)
        self.focus.widgets[-1].rect = self.box(64, 558, 360, 62)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw choices and keys."""
        self.draw_backdrop(surface)
        self.heading(surface, "SETTINGS", "Kept at once; the window opens like this next time")
        self.focus.draw(surface, self.scale)
        theme.panel(surface, self.box(660, 142, 556, 478), alpha=215)
        self.text(surface, "KEYBOARD", 16, theme.MUTED, (1010, 172), "midright")
        self.text(surface, "GAMEPAD", 16, theme.MUTED, (1190, 172), "midright")
        bound = self.stage.bindings
        for number, action in enumerate(Action):
            y = 206 + number * 35
            names, pad = bound.key_words(action), bound.button_words(action)
            self.text(surface, TITLES[action], 20, theme.MUTED, (690, y), "midleft")
            self.text(surface, names, 20, theme.TEXT, (1010, y), "midright", width=170)
            self.text(surface, pad, 20, theme.TEXT_SOFT, (1190, y), "midright")
        # The colours of the cars, as they are drawn with these settings.
        safe = self.stage.preferences.safe_colours
        for slot in range(8):
            rect = self.box(64 + slot * 46, 486, 38, 20)
            pygame.draw.rect(surface, theme.car_colour(slot, safe), rect, border_radius=4)
        self.keys(surface, "Arrows  choose and change     Escape  back")

    def back(self) -> None:
        """Return to the menu."""
        self.stage.go("menu")
