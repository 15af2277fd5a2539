"""Phrases to send without a keyboard: up, down, A; or up, down, Enter.

It knows neither channels nor links: whoever owns it says what is chosen.

Units: pixels of the window.
"""

from __future__ import annotations

from collections.abc import Callable

import pygame

from screens import theme
from screens.asks import Ask, ask_of

PHRASES = (
    "Good luck!",
    "Good race!",
    "Well driven!",
    "Sorry!",
    "Thank you!",
    "Careful there!",
    "Wait for me, please.",
    "One more?",
)
ROW = 30


class QuickChat:
    """A list of phrases, of which one can be sent."""

    def __init__(self, say: Callable[[str], bool]) -> None:
        """Take who sends a phrase and tells whether that worked."""
        self.open = False
        self.index = 0
        self._say = say
        self._rows: list[pygame.Rect] = []

    @property
    def phrase(self) -> str:
        """The one that would be sent."""
        return PHRASES[self.index]

    def handle(self, event: pygame.event.Event) -> bool:
        """While open, move about, send, or close; return whether the event was used up."""
        if not self.open:
            return False
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            return self._click(event.pos)
        ask = ask_of(event)
        typed = event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE
        if ask is None or typed:
            # Who begins to write wants no phrase.
            self.open = event.type != pygame.TEXTINPUT
            return False
        if ask in (Ask.UP, Ask.DOWN):
            self.index = (self.index + (1 if ask is Ask.DOWN else -1)) % len(PHRASES)
        elif ask is Ask.PRESS:
            self.open = not self._say(self.phrase)
        elif ask is Ask.BACK and event.type == pygame.KEYDOWN:
            self.open = False
        else:
            return False
        return True

    def _click(self, pos: tuple[int, int]) -> bool:
        row = next((n for n, rect in enumerate(self._rows) if rect.collidepoint(pos)), None)
        if row is None:
            return False
        self.index = row
        self.open = not self._say(self.phrase)
        return True

    def draw(self, surface: pygame.Surface, beside: pygame.Rect, scale: float) -> None:
        """Draw the list above a rectangle, or over it where there is no room."""
        self._rows = []
        if not self.open:
            return
        size = theme.letters(19, scale)
        high = max(round(ROW * scale), round(size * 1.3))
        inset = round(8 * scale)
        area = pygame.Rect(0, 0, beside.width, high * len(PHRASES) + 2 * inset)
        area.bottomleft = beside.left, beside.top - inset
        area = area.clamp(surface.get_rect())
        theme.panel(surface, area, theme.ACCENT, 245)
        for number, phrase in enumerate(PHRASES):
            row = pygame.Rect(
                area.left + inset, area.top + inset + number * high, area.width - 2 * inset, high
            )
            chosen = number == self.index
            if chosen:
                pygame.draw.rect(surface, theme.ACCENT, row, border_radius=4)
            tone = theme.ON_ACCENT if chosen else theme.TEXT
            place = (row.left + inset, row.centery)
            theme.text(surface, phrase, size, tone, place, anchor="midleft")
            self._rows.append(row)
