"""The settings: four pages, one at a time, kept as soon as they are left.

What there is to set is in `setting_pages.py`.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from screens import theme
from screens.screen import Screen, Stage
from screens.setting_pages import PAGES, KeysPage
from screens.widgets import Button, Tab

PAGE_KEYS = {pygame.K_PAGEUP: -1, pygame.K_PAGEDOWN: 1}
PAGE_BUTTONS = {
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: -1,
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: 1,
}


class Settings(Screen):
    """Tabs above a page."""

    name = "settings"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._pages = [make(stage) for make in PAGES]
        self._page = self._pages[0]
        self._tabs = [
            Tab(one.title, lambda number=number: self.turn_to(number))  # type: ignore[misc]
            for number, one in enumerate(self._pages)
        ]
        self._back = Button("BACK", self.back)
        self.turn_to(0)
        self.focus.set(self._tabs[0])

    def turn_to(self, number: int) -> None:
        """Show a page, by its number."""
        self._page.leave()
        self._page = self._pages[number]
        for at, tab in enumerate(self._tabs):
            tab.chosen = at == number
        self.focus.replace([*self._tabs, *self._page.widgets, self._back], number)

    def _turned_by(self, event: pygame.event.Event) -> int:
        if event.type == pygame.KEYDOWN:
            return PAGE_KEYS.get(event.key, 0)
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            return PAGE_BUTTONS.get(event.button, 0)
        return 0

    def handle(self, event: pygame.event.Event) -> bool:
        """A page that waits for a key comes first; then the way to other pages."""
        if self._page.take(event):
            return True
        step = self._turned_by(event)
        if step:
            at = self._pages.index(self._page)
            goal = (at + step) % len(self._pages)
            self.turn_to(goal)
            self.focus.set(self._tabs[goal])
            return True
        return super().handle(event)

    @property
    def takes_keys(self) -> bool:
        """Whether letters are for something that is written or bound."""
        waiting = isinstance(self._page, KeysPage) and self._page.waiting
        return waiting or super().takes_keys

    def update(self, now: float) -> None:
        """Follow what keys change anywhere."""
        self._page.update()

    def leave(self) -> None:
        """Keep what was set."""
        self._page.leave()
        self.stage.keep()
        super().leave()

    def layout(self, size: tuple[int, int]) -> None:
        """Tabs, page, and the way back."""
        super().layout(size)
        for number, tab in enumerate(self._tabs):
            tab.rect = self.box(64 + number * 188, 142, 180, 46)
        self._page.layout(self)
        self._back.rect = self.box(64, 634, 260, 48)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the page."""
        self.draw_backdrop(surface)
        self.heading(surface, "SETTINGS", "Kept at once, on this computer")
        theme.panel(surface, self.box(64, 196, 1152, 428), alpha=205)
        self._page.draw(self, surface)
        self.focus.draw(surface, self.scale)
        hints = "Arrows  choose and change     Page up, Page down, LB, RB  other page"
        self.keys(surface, f"{hints}     Escape  back", left=352)

    def back(self) -> None:
        """Return to the menu."""
        self.stage.go("menu")

    def state(self) -> dict[str, object]:
        """Tell which page is on show."""
        return {"page": self._page.title}
