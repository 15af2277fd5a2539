"""What a player may set, and which keys do what.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from screens import theme
from screens.backdrop import backdrop
from screens.controls import ENGINE_KEY, KEYS
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button, Choice

WINDOWS = ((960, 540), (1280, 720), (1600, 900), (1920, 1080))
OFF_ON = ("off", "on")


class Settings(Screen):
    """Window, motion, colours, keys."""

    name = "settings"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        sizes = [f"{width} x {height}" for width, height in WINDOWS]
        now = (have.width, have.height)
        index = WINDOWS.index(now) if now in WINDOWS else 1
        self.focus.replace(
            [
                Choice("Window", sizes, index, self._resize),
                Choice("Fullscreen (F11)", OFF_ON, int(have.fullscreen), self._fullscreen),
                Choice("Reduced motion", OFF_ON, int(have.reduced_motion), self._motion),
                Choice("Colour-blind car colours", OFF_ON, int(have.safe_colours), self._colours),
                Button("BACK", self.back),
            ]
        )

    def _resize(self, index: int) -> None:
        have = self.stage.preferences
        have.width, have.height = WINDOWS[index]
        if not have.fullscreen:
            pygame.display.set_mode((have.width, have.height), pygame.RESIZABLE)

    def _fullscreen(self, index: int) -> None:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_F11, mod=0, scancode=0))

    def _motion(self, index: int) -> None:
        self.stage.preferences.reduced_motion = bool(index)

    def _colours(self, index: int) -> None:
        self.stage.preferences.safe_colours = bool(index)

    def layout(self, size: tuple[int, int]) -> None:
        """A column of choices; the keys beside it."""
        super().layout(size)
        for number, one in enumerate(self.focus.widgets):
            one.rect = self.box(64, 150 + number * 64, 520, 52)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw choices and keys."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        self.title(surface, "SETTINGS")
        self.focus.draw(surface, self.scale)
        theme.panel(surface, self.box(680, 150, 536, 420))
        rows = [(action, codes) for action, codes in KEYS.items()] + [("engine", (ENGINE_KEY,))]
        for number, (action, codes) in enumerate(rows):
            names = " or ".join(_key_name(code) for code in codes)
            y = 184 + number * 48
            theme.text(surface, action, self.size(22), theme.MUTED, self.at(710, y))
            theme.text(
                surface, names, self.size(22), theme.TEXT, self.at(1190, y), anchor="topright"
            )

    def back(self) -> None:
        """Return to the menu."""
        self.stage.show(Menu(self.stage))


def _key_name(scancode: int) -> str:
    """Return what the player's keyboard calls the key at a place."""
    names = {
        value: name.removeprefix("KSCAN_")
        for name, value in vars(pygame).items()
        if name.startswith("KSCAN_")
    }
    return names.get(scancode, str(scancode)).capitalize()
