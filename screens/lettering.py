"""Letters of every alphabet: the game's typeface, and others where it has none.

The typeface knows Latin letters. Greek and Cyrillic ones, and the common signs
of Chinese, Japanese and Korean, come from two more fonts of the game; what is
in none of them becomes a small box with the number of the character, so that
two names never look alike. Where lines are kept is the theme's business.

Units: pixels.
"""

from __future__ import annotations

import functools
import unicodedata
from enum import Enum
from pathlib import Path

import pygame

from paint.canvas import FONTS, Weight, font, read_font

MISSING = "\U0010ffff"
"""A character that no font has: it is drawn as every missing one is."""
PROBE_SIZE = 32
BOX_SIZE_MIN = 5
SLANTED = (Weight.ITALIC, Weight.HEAVY)


class Script(Enum):
    """Who draws a character: a file, and how large beside the typeface."""

    OWN = ("", 1.0)
    NEAR = ("RobotoCondensed-SemiBold-Subset.ttf", 1.0)
    FAR = ("NotoSansCJKjp-Bold-Subset.otf", 0.86)
    NONE = ("BarlowCondensed-SemiBold.ttf", 0.44)

    def __init__(self, file: str, share: float) -> None:
        self.file = file
        self.share = share


Run = tuple[Script, str]


def width(string: str, size: int, weight: Weight) -> int:
    """Return how wide a line of text is."""
    base = _own(size, weight)
    if string.isascii():
        return base.size(string)[0]
    return sum(_run_width(run, size, weight) for run in runs(string))


def render(string: str, size: int, weight: Weight, colour: pygame.Color) -> pygame.Surface:
    """Return a line of text as a new surface, as high as the typeface."""
    base = _own(size, weight)
    parts = [] if string.isascii() else runs(string)
    if all(script is Script.OWN for script, _ in parts):
        return base.render(string, True, colour)
    line = pygame.Surface((width(string, size, weight), base.get_height()), pygame.SRCALPHA)
    line.fill((*colour[:3], 0))
    x = 0
    for run in parts:
        script, letters = run
        if script is Script.NONE:
            for letter in letters:
                _draw_box(line, letter, x, size, base, colour)
                x += _box_width(letter, size)
            continue
        face = _face(script, size, weight)
        part = face.render(letters, True, colour)
        line.blit(part, (x, base.get_ascent() - face.get_ascent()))
        x += face.size(letters)[0]
    return line


def runs(string: str) -> list[Run]:
    """Return the string cut where another font has to go on."""
    found: list[Run] = []
    for letter in string:
        # Marks stand on the letter before them, whoever draws that.
        if found and (unicodedata.combining(letter) or letter in "\u200d\ufe0e\ufe0f"):
            script = found[-1][0]
            letter = letter if script is not Script.NONE else ""
        else:
            script = script_of(letter)
        if found and found[-1][0] is script:
            found[-1] = script, found[-1][1] + letter
        elif letter:
            found.append((script, letter))
    return found


@functools.lru_cache(maxsize=4096)
def script_of(letter: str) -> Script:
    """Return who draws a character."""
    if letter.isspace() or letter.isascii():
        return Script.OWN
    for script in (Script.OWN, Script.NEAR, Script.FAR):
        face = _face(script, PROBE_SIZE, Weight.SEMIBOLD)
        if _looks(face, letter) != _looks(face, MISSING):
            return script
    return Script.NONE


def _looks(face: pygame.font.Font, letter: str) -> bytes:
    picture = face.render(letter, True, "white", "black")
    return pygame.image.tobytes(picture, "RGB") + bytes(str(picture.get_size()), "ascii")


def _own(size: int, weight: Weight) -> pygame.font.Font:
    if not pygame.font.get_init():
        # Fonts of an earlier life of `pygame.font` must not be used again.
        _loaded.cache_clear()
    return font(size, weight)


def _face(script: Script, size: int, weight: Weight) -> pygame.font.Font:
    own = _own(size, weight)
    if script is Script.OWN:
        return own
    return _loaded(FONTS / script.file, max(4, round(size * script.share)), weight in SLANTED)


@functools.lru_cache(maxsize=64)
def _loaded(path: Path, size: int, slanted: bool) -> pygame.font.Font:
    face = read_font(path, size)
    face.italic = slanted
    return face


# Characters that no font has


def _run_width(run: Run, size: int, weight: Weight) -> int:
    script, letters = run
    if script is Script.NONE:
        return sum(_box_width(letter, size) for letter in letters)
    return _face(script, size, weight).size(letters)[0]


def _rows(letter: str) -> tuple[str, str]:
    digits = f"{ord(letter):04X}"
    half = (len(digits) + 1) // 2
    return digits[:half], digits[half:]


def _box_width(letter: str, size: int) -> int:
    face = _face(Script.NONE, size, Weight.SEMIBOLD)
    return max(face.size(row)[0] for row in _rows(letter)) + max(3, size // 5)


def _draw_box(
    line: pygame.Surface,
    letter: str,
    x: int,
    size: int,
    base: pygame.font.Font,
    colour: pygame.Color,
) -> None:
    """Draw the number of a character in two rows within a frame."""
    height = round(size * 0.84)
    box = pygame.Rect(x, 0, _box_width(letter, size) - max(1, size // 16), height)
    box.bottom = min(line.get_height(), base.get_ascent() + size // 8)
    pygame.draw.rect(line, colour, box, 1, border_radius=max(1, size // 10))
    face = _face(Script.NONE, size, Weight.SEMIBOLD)
    if size * Script.NONE.share < BOX_SIZE_MIN:
        return
    for row, share in zip(_rows(letter), (0.28, 0.72), strict=True):
        digits = face.render(row, True, colour)
        line.blit(digits, digits.get_rect(center=(box.centerx, box.top + height * share)))
