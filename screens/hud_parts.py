"""What the instruments of a race have in common.

Units: pixels of the window; 1280x720 is scale 1.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import pygame

from screens import theme

Names = Callable[[int], str]
Rtts = Callable[[int], int]

EDGE = 14
DIAL = 150
TOWER_WIDTH = 224
TINY = 480, 300


class Kept:
    """A panel that is drawn again only when what it shows changes."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._picture = pygame.Surface((1, 1))

    def draw(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        key: Hashable,
        paint: Callable[[pygame.Surface], None],
    ) -> None:
        """Draw the panel at a place; `paint` draws it from its own corner."""
        if (key, rect.size) != self._key:
            self._key = key, rect.size
            # Blits of premultiplied parts onto a clear layer stay premultiplied.
            self._picture = pygame.Surface(rect.size, pygame.SRCALPHA)
            paint(self._picture)
        surface.blit(self._picture, rect.topleft, special_flags=theme.PREMULTIPLIED)


def chat_rect(size: tuple[int, int]) -> pygame.Rect:
    """Return where the chat box may be in a window: the lower left corner."""
    scale = theme.scale_for(size)
    width = min(round(380 * scale), size[0] - round((DIAL + 3 * EDGE) * scale))
    rect = pygame.Rect(0, 0, width, round(168 * scale))
    rect.bottomleft = round(EDGE * scale), size[1] - round(EDGE * scale)
    return rect


def room_beside(covered: Sequence[pygame.Rect], size: tuple[int, int]) -> tuple[int, int]:
    """Return between which heights the right edge of a window is free of instruments."""
    scale = theme.scale_for(size)
    gap, edge = round(6 * scale), round(EDGE * scale)
    top, bottom = edge, size[1] - edge
    for rect in covered:
        if rect.right < size[0] - 2 * edge:
            continue
        if rect.centery < size[1] // 2:
            top = max(top, rect.bottom + gap)
        else:
            bottom = min(bottom, rect.top - gap)
    return top, bottom


def is_tiny(size: tuple[int, int]) -> bool:
    """Whether a window has room for the place and the lap only."""
    return size[0] < TINY[0] or size[1] < TINY[1]


def ink_on(colour: pygame.Color) -> pygame.Color:
    """Return the colour of type that is read on a colour."""
    bright = colour.r * 0.3 + colour.g * 0.59 + colour.b * 0.11
    return theme.INK if bright > 130 else theme.TEXT


def sentence(
    surface: pygame.Surface,
    text: str,
    colour: pygame.Color,
    top: tuple[int, int],
    scale: float,
) -> int:
    """Draw a sentence on a panel about a middle; return where the next one may begin."""
    size = round(22 * scale)
    text = theme.shortened(text, size, surface.get_width() - 40, theme.Weight.ITALIC)
    wide = theme.text_width(text, size, theme.Weight.ITALIC) + round(32 * scale)
    rect = pygame.Rect(0, top[1], wide, round(34 * scale))
    rect.centerx = top[0]
    theme.panel(surface, rect, alpha=150, radius=8)
    theme.text(surface, text, size, colour, rect.center, theme.Weight.ITALIC, "center")
    return rect.bottom + round(6 * scale)
