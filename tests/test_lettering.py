"""Names in every alphabet are seen, and lines are as wide as they are told to be."""

from __future__ import annotations

import pygame
import pytest

from screens import lettering, theme
from screens.lettering import Script

LINES = (
    "Łukasz Nguyễn – “Đức” …", "Иван Ґанна", "Νίκος", "张伟 さくら 김철수", "كريم ไทย 😀",
    "a Ж 張 😀 z", "и\u0306 q\u0308\u0308", "👨\u200d👩\u200d👧", "\u0301", "",
)  # fmt: skip


def ink(string: str, size: int = 24) -> int:
    """Return how many pixels of a line are drawn on."""
    picture = lettering.render(string, size, theme.Weight.SEMIBOLD, theme.TEXT)
    return pygame.mask.from_surface(picture).count()


@pytest.mark.parametrize(
    ("letter", "script"),
    [("e", Script.OWN), ("ễ", Script.OWN), ("Ж", Script.NEAR), ("ώ", Script.NEAR),
     ("张", Script.FAR), ("ん", Script.FAR), ("한", Script.FAR), ("ไ", Script.NONE)],
)  # fmt: skip
def test_letter_is_drawn_by_the_nearest_font(letter: str, script: Script) -> None:
    """The typeface first; what no font has is known as missing."""
    assert lettering.script_of(letter) is script


@pytest.mark.parametrize("size", [7, 15, 24, 58])
@pytest.mark.parametrize("weight", list(theme.Weight))
@pytest.mark.parametrize("line", LINES)
def test_line_is_as_wide_as_it_is_told_to_be(line: str, weight: theme.Weight, size: int) -> None:
    """What is measured fits what is drawn, with any mixture of fonts."""
    picture = lettering.render(line, size, weight, theme.TEXT)

    assert abs(picture.get_width() - lettering.width(line, size, weight)) <= 1
    assert picture.get_height() <= theme.font(size, weight).get_height() + 1


@pytest.mark.parametrize("line", [line for line in LINES if line.strip()])
def test_no_name_is_empty(line: str) -> None:
    """Whatever the alphabet, something is seen."""
    assert line == "\u0301" or ink(line) > 20


def test_unknown_letters_are_told_apart() -> None:
    """Two names that no font can write do not look alike."""
    one, other = (
        lettering.render(name, 24, theme.Weight.SEMIBOLD, theme.TEXT) for name in ("กข", "กค")
    )

    assert pygame.image.tobytes(one, "RGBA") != pygame.image.tobytes(other, "RGBA")


def test_font_started_anew_is_used_anew() -> None:
    """After `pygame.font` was ended, no font of its earlier life is touched."""
    assert ink("Ж張ก")
    pygame.font.quit()
    theme.forget()

    assert ink("Ж張ก")
