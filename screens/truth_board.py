"""The panel of the truth overlay: lines of figures, and a curve.

A picture that is kept, and of which some lines at a time are painted anew:
all at once would cost a millisecond of one picture in fifteen. What the lines
say is decided in `truth.py`.

Units: pixels of the window; 1280x720 is scale 1; metres.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pygame

from screens import theme

WIDTH, ROW, HEAD, SPARK, FOOT = 262, 19, 30, 30, 42
LEFT, RIGHT, SMALL = 13, 12, 13
HEAD_LEFT, VALUE_LEFT, VALUE_RIGHT = 72, 96, 170
FOOT_WORDS = "outlines: the newest word of the server", "~ with TCP/IP headers, estimated"
ALPHA = 224
GROUND = pygame.Color(12 * ALPHA // 255, 17 * ALPHA // 255, 24 * ALPHA // 255, ALPHA)
"""The middle of the panel, premultiplied: what is painted anew begins with it."""
LINES_A_PICTURE = 2
BARS = 60
SPARK_FULL = 0.5
"""A correction so large, in metres, fills the height of the curve."""
CORRECTED_MUCH = 0.25
"""A correction that may be seen, metres."""


class Line(NamedTuple):
    """One figure: what it is, how much, and what belongs to it."""

    name: str
    value: str
    note: str = ""
    tone: pygame.Color = theme.TEXT


class Board:
    """The panel itself, and what is to be read there."""

    def __init__(self) -> None:
        self._picture = pygame.Surface((1, 1))
        self._shape: tuple[object, ...] = ()
        self._scale = 1.0
        self._head, self._lines, self._peaks = "", [Line("", "")], [0.0]
        self._stale: list[int] = []
        """Lines to be painted anew; -1 is the head, -2 the curve."""
        self._fresh = False

    def tell(self, head: str, lines: list[Line], peaks: list[float]) -> None:
        """Take in what is to be read from now on."""
        before = self._lines
        self._stale = [
            number for number, line in enumerate(lines) if before[number : number + 1] != [line]
        ]
        self._stale += [-1, -2]
        self._head, self._lines, self._peaks = head, lines, peaks
        self._fresh = True

    def draw(self, surface: pygame.Surface, rect: pygame.Rect, scale: float) -> None:
        """Draw the panel, with a few lines more as they are now."""
        shape = rect.size, scale, tuple(line.name for line in self._lines)
        if shape != self._shape:
            self._shape, self._scale = shape, scale
            self._picture = pygame.Surface(rect.size, pygame.SRCALPHA)
            self._paint_frame()
            for number in range(-2, len(self._lines)):
                self._paint(number)
            self._stale.clear()
        elif not self._fresh:
            for number in self._stale[:LINES_A_PICTURE]:
                self._paint(number)
            del self._stale[:LINES_A_PICTURE]
        # The figures themselves have cost this picture something already.
        self._fresh = False
        surface.blit(self._picture, rect.topleft, special_flags=theme.PREMULTIPLIED)

    def _top(self, number: int) -> float:
        """Return where a line begins; the curve stands below the corrections."""
        names = [line.name for line in self._lines[:number]]
        return (HEAD + ROW * number + SPARK * ("CORRECTED" in names)) * self._scale

    def _paint_frame(self) -> None:
        """Paint what never changes: the panel, the names, the words at its foot."""
        panel, scale = self._picture, self._scale
        theme.panel(panel, panel.get_rect(), theme.ACCENT, ALPHA)
        left, small = LEFT * scale, round(SMALL * scale)
        theme.text(
            panel, "TRUTH", round(18 * scale), theme.TEXT, (left, HEAD / 2 * scale),
            theme.Weight.ITALIC, "midleft",
        )  # fmt: skip
        for number, line in enumerate(self._lines):
            place = left, self._top(number) + ROW * scale / 2
            theme.text(panel, line.name, small, theme.MUTED, place, anchor="midleft")
        for number, words in enumerate(FOOT_WORDS):
            place = left, panel.get_height() - (28 - 15 * number) * scale
            theme.text(panel, words, small, theme.MUTED, place, anchor="midleft")

    def _paint(self, number: int) -> None:
        """Paint one line anew."""
        if number >= 0:
            self._paint_line(number, self._lines[number])
        elif number == -1:
            strip = self._clear(HEAD_LEFT, 5 * self._scale, (HEAD - 8) * self._scale)
            self._write(self._head, strip.width, strip.centery)
        else:
            names = [line.name for line in self._lines]
            if "CORRECTED" in names:
                top = self._top(names.index("CORRECTED")) + (ROW + 3) * self._scale
                area = pygame.Rect(round(LEFT * self._scale), round(top), 0, 0)
                area.width = self._picture.get_width() - 2 * area.left
                area.height = round((SPARK - 8) * self._scale)
                _paint_curve(self._picture, area, self._peaks)

    def _paint_line(self, number: int, line: Line) -> None:
        scale = self._scale
        strip = self._clear(VALUE_LEFT, self._top(number), ROW * scale)
        size, bold = round(16 * scale), theme.Weight.BOLD
        place = VALUE_RIGHT * scale, strip.centery
        value = line.value
        if not line.note:
            place = strip.right - (RIGHT - 4) * scale, strip.centery
            value = theme.shortened(value, size, round(strip.width - RIGHT * scale), bold)
        theme.text(self._picture, value, size, line.tone, place, bold, "midright")
        self._write(line.note, strip.width, strip.centery)

    def _write(self, words: str, width: float, middle: float) -> None:
        """Write small words at the right."""
        small = round(SMALL * self._scale)
        place = self._picture.get_width() - RIGHT * self._scale, middle
        words = theme.shortened(words, small, round(width))
        theme.text(self._picture, words, small, theme.TEXT_SOFT, place, anchor="midright")

    def _clear(self, left: float, top: float, high: float) -> pygame.Rect:
        """Make room for words; return where."""
        strip = pygame.Rect(round(left * self._scale), round(top), 0, round(high))
        strip.width = self._picture.get_width() - 4 - strip.left
        self._picture.fill(GROUND, strip)
        return strip


def high_of(scale: float, simulated: str) -> int:
    """Return how high the panel is."""
    return round((HEAD + SPARK + FOOT + ROW * (10 + bool(simulated))) * scale)


def _paint_curve(panel: pygame.Surface, area: pygame.Rect, peaks: list[float]) -> None:
    """Draw the corrections of the last ten seconds as bars, the newest at the right."""
    panel.fill((17, 22, 30, ALPHA), area)
    limit = area.bottom - round(area.height * math.sqrt(CORRECTED_MUCH / SPARK_FULL))
    panel.fill((96, 74, 44, ALPHA), (area.left, limit, area.width, 1))
    for number, metres in enumerate(peaks):
        # By the root: centimetres are seen beside metres.
        high = round(area.height * min(1.0, math.sqrt(metres / SPARK_FULL)))
        if high:
            x = area.left + number * area.width // BARS
            wide = max(1, area.left + (number + 1) * area.width // BARS - x - 1)
            tone = theme.WARN if metres > CORRECTED_MUCH else theme.GOOD
            panel.fill(tone, (x, area.bottom - high, wide, high))
