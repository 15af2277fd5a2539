"""The chat box: reads along when closed, takes the keyboard when opened.

T or Enter opens it, Enter sends, Escape closes; a half-typed line survives.
Lines are rendered once. Which channel it speaks to is its owner's choice.

Units: pixels of the window, seconds.
"""

from __future__ import annotations

from collections.abc import Callable

import pygame

from protocol import Channel, LineRow
from screens import theme
from screens.widgets import TextEntry
from view import Talk

FADE_AFTER_S = 7.0
FADE_S = 1.5
SHOWN_CLOSED = 5
TEXT_CHARS_MAX = 200


class ChatBox:
    """One channel of chat on a screen."""

    def __init__(self, channel: Channel, say: Callable[[Channel, str], None]) -> None:
        self.channel = channel
        self.open = False
        self.rect = pygame.Rect(0, 0, 0, 0)
        self.entry = TextEntry("", "", TEXT_CHARS_MAX, self._submit)
        self._say = say

    def handle(self, event: pygame.event.Event) -> bool:
        """Take an event; when open, every key is for the box."""
        if not self.open:
            opening = event.type == pygame.KEYDOWN and event.key in (
                pygame.K_t,
                pygame.K_RETURN,
                pygame.K_KP_ENTER,
            )
            clicked = event.type == pygame.MOUSEBUTTONDOWN and self.rect.collidepoint(event.pos)
            if opening or clicked:
                self.show()
            return bool(opening or clicked)
        if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self.hide()
            return True
        if event.type == pygame.MOUSEBUTTONDOWN and not self.rect.collidepoint(event.pos):
            self.hide()
            return False
        if event.type in (pygame.KEYDOWN, pygame.KEYUP, pygame.TEXTINPUT, pygame.TEXTEDITING):
            self.entry.handle(event)
            return event.type != pygame.KEYUP
        return False

    def show(self) -> None:
        """Open the box and take the keyboard."""
        self.open = self.entry.focused = True
        # The letter that opened the box must not become its first.
        pygame.event.clear(pygame.TEXTINPUT)
        pygame.key.start_text_input()
        pygame.key.set_text_input_rect(self.rect)

    def hide(self) -> None:
        """Close the box and give the keyboard back; the line stays."""
        self.open = self.entry.focused = False
        pygame.key.stop_text_input()

    def _submit(self, text: str) -> None:
        if text.strip():
            self._say(self.channel, text)
        self.entry.clear()
        self.hide()

    def draw(
        self, surface: pygame.Surface, talk: Talk, now: float, scale: float, idle: bool = True
    ) -> None:
        """Draw the newest lines; closed and idle, they fade away."""
        age = now - talk.newest_at
        alpha = 1.0
        if idle and not self.open:
            alpha = min(max(1.0 - (age - FADE_AFTER_S) / FADE_S, 0.0), 1.0)
        size, step = round(18 * scale), round(24 * scale)
        entry_height = round(34 * scale)
        if self.open or not idle:
            theme.panel(surface, self.rect)
        bottom = self.rect.bottom - (entry_height + 8 if self.open or not idle else 4)
        room = max(1, (bottom - self.rect.top - 6) // step)
        count = room if self.open or not idle else min(room, SHOWN_CLOSED)
        lines = list(talk.lines)[-count:]
        if alpha > 0.0:
            layer = surface
            if alpha < 1.0:
                layer = pygame.Surface(self.rect.size, pygame.SRCALPHA)
            left, top = (0, 0) if layer is not surface else self.rect.topleft
            y = bottom - self.rect.top + top - step * len(lines)
            for line in lines:
                self._line(layer, line, left + 12, y, size)
                y += step
            if layer is not surface:
                layer.set_alpha(round(255 * alpha))
                surface.blit(layer, self.rect.topleft)
        if self.open:
            self.entry.rect = pygame.Rect(
                self.rect.left + 6,
                self.rect.bottom - entry_height - 6,
                self.rect.width - 12,
                entry_height,
            )
            self.entry.draw(surface, scale)
        elif not idle or alpha > 0.0:
            theme.text(
                surface,
                "T  chat",
                round(15 * scale),
                theme.MUTED,
                (self.rect.left + 12, self.rect.bottom - 6),
                anchor="bottomleft",
            )

    def _line(self, surface: pygame.Surface, line: LineRow, x: int, y: int, size: int) -> None:
        width = self.rect.width - 24
        if line.kind:
            text = theme.shortened(line.text, size, width)
            theme.text(surface, text, size, theme.WARN, (x, y), shadow=True)
            return
        colour = theme.car_colour(sum(map(ord, line.author)))
        place = theme.text(
            surface, line.author, size, colour, (x, y), theme.Weight.BOLD, shadow=True
        )
        rest = width - place.width - 8
        text = theme.shortened(line.text, size, max(40, rest))
        theme.text(surface, text, size, theme.TEXT, (place.right + 8, y), shadow=True)
