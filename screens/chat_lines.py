"""Lines of chat as pictures: wrapped, coloured, and rid of old news.

What the game says of a player's coming and going is soon old: of several such
lines with no other line between them, the newest about each player is enough.

Units: pixels of the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pygame

from protocol import LineRow
from screens import theme

ROWS_A_LINE_MAX = 4
COMES_AND_GOES = re.compile(
    r"(.+?) (is back( at the wheel)?$|is away \(|does not answer: |joined$|left \()"
)
"""How the game words it; the first group is the name."""


def settled(lines: Iterable[LineRow]) -> list[LineRow]:
    """Return the lines, oldest first, without news that newer news have overtaken."""
    kept: list[LineRow] = []
    told: set[str] = set()
    for line in reversed(list(lines)):
        found = COMES_AND_GOES.match(line.text) if line.kind else None
        if found is None:
            told.clear()
        elif found[1] in told:
            continue
        else:
            told.add(found[1])
        kept.append(line)
    return kept[::-1]


def wrapped(text: str, size: int, width: int, first: int) -> list[str]:
    """Return a text in lines that fit; `first` is the room in the first one."""
    rows, room = [""], first
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if theme.text_width(longer, size) <= room:
            rows[-1] = longer
            continue
        if rows[-1]:
            rows.append("")
        room = width
        while theme.text_width(word, size) > room:
            # A word wider than the box is broken where it must be.
            cut = next(
                (n for n in range(len(word) - 1, 0, -1)
                 if theme.text_width(word[:n], size) <= room), 1
            )  # fmt: skip
            if len(word) <= 1:
                break
            rows[-1], word = word[:cut], word[cut:]
            rows.append("")
        rows[-1] = word
    if len(rows) > ROWS_A_LINE_MAX:
        rows[ROWS_A_LINE_MAX - 1] += "…"
    return rows[:ROWS_A_LINE_MAX]


def rendered(line: LineRow, colour: pygame.Color, size: int, width: int) -> list[pygame.Surface]:
    """Return a line as pictures, one a row, premultiplied."""
    bold = theme.Weight.BOLD
    author = "" if line.kind else theme.shortened(line.author, size, width // 2, bold)
    indent = theme.text_width(author, size, bold) + size // 2 if author else 0
    tone = theme.WARN if line.kind else theme.TEXT
    rows = []
    for number, words in enumerate(wrapped(line.text, size, width, width - indent)):
        row = pygame.Surface((width + 2, size + size // 2), pygame.SRCALPHA)
        x = 0
        if number == 0 and author:
            # Dark liveries would be hard to read: names are lighter than cars.
            bright = colour.lerp(theme.TEXT, 0.25)
            theme.text(row, author, size, bright, (0, 0), bold, shadow=True)
            x = indent
        theme.text(row, words, size, tone, (x, 0), shadow=True)
        rows.append(row)
    return rows
