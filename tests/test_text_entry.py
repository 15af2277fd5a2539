"""A line under edit: letters, words, selection, clipboard, undo, composition, the mouse."""

from __future__ import annotations

import os

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens import text_entry, theme
from screens.line_editor import LineEditor
from screens.text_entry import TextEntry

CTRL, SHIFT = pygame.KMOD_CTRL, pygame.KMOD_SHIFT
FAMILY = "\U0001f468\u200d\U0001f469"


@pytest.fixture
def clipboard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a clipboard of the test's own."""
    kept = [""]
    monkeypatch.setattr(text_entry, "to_clipboard", lambda text: kept.append(text))
    monkeypatch.setattr(text_entry, "from_clipboard", lambda: kept[-1])
    return kept


@pytest.fixture
def window() -> pygame.Surface:
    """Return a window to draw into."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    return pygame.display.set_mode((400, 80))


def entry(text: str = "", chars_max: int = 200) -> TextEntry:
    """Return an entry that has the focus."""
    made = TextEntry("", text, chars_max)
    made.rect = pygame.Rect(0, 0, 400, 60)
    made.focused = True
    return made


def press(target: TextEntry, key: int, mod: int = 0) -> bool:
    """Press a key."""
    return target.handle(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, scancode=0))


def mouse(target: TextEntry, kind: int, x: int, buttons: tuple[int, int, int] = (1, 0, 0)) -> None:
    """Do something with the mouse at a place."""
    target.handle(pygame.event.Event(kind, pos=(x, 30), button=1, buttons=buttons, rel=(1, 0)))


def place_of(target: TextEntry, at: int) -> int:
    """Return where the caret of a place is drawn, with nothing scrolled."""
    return text_entry.INSET + theme.text_width(target.text[:at], theme.letters(20, 1.0))


def test_selection_is_copied_cut_and_pasted(clipboard: list[str]) -> None:
    """Shift and arrows select; Ctrl+C, X and V are those of every program."""
    line = entry("fast car")
    for _ in range(3):
        press(line, pygame.K_LEFT, SHIFT)
    press(line, pygame.K_c, CTRL)
    press(line, pygame.K_x, CTRL)
    press(line, pygame.K_HOME)
    press(line, pygame.K_v, CTRL)

    assert clipboard == ["", "car", "car"]
    assert line.text == "carfast "


def test_paste_of_several_lines_becomes_one(clipboard: list[str]) -> None:
    """A line of chat has no second one."""
    clipboard.append("one\r\n\ttwo\n")
    line = entry()
    press(line, pygame.K_v, CTRL)

    assert line.text == "one two"


def test_empty_clipboard_takes_nothing_away(clipboard: list[str]) -> None:
    """Nothing to paste leaves the selection as it is."""
    line = entry("kept")
    press(line, pygame.K_a, CTRL)
    press(line, pygame.K_v, CTRL)

    assert line.text == "kept"


@pytest.mark.parametrize("mod", [CTRL, pygame.KMOD_ALT])
def test_words_are_stepped_over_and_erased(mod: int) -> None:
    """Ctrl and an arrow go to where a word begins; with Backspace it is gone."""
    line = entry("one two  three")
    press(line, pygame.K_LEFT, mod)
    line.insert("|")
    press(line, pygame.K_BACKSPACE)
    press(line, pygame.K_BACKSPACE, mod)

    assert line.text == "one three"


def test_arrow_leaves_a_selection_at_its_side() -> None:
    """As in every program: left goes to its beginning, right to its end."""
    line = entry("selected")
    for key, letter in ((pygame.K_LEFT, "<"), (pygame.K_RIGHT, ">")):
        press(line, pygame.K_a, CTRL)
        press(line, key)
        line.insert(letter)

    assert line.text == "<selected>"


def test_what_was_written_at_one_go_is_undone_at_one_go() -> None:
    """Ctrl+Z takes a word back, not a letter; Ctrl+Y and Ctrl+Shift+Z bring it again."""
    line = entry()
    for letter in "one two":
        line.insert(letter)
    press(line, pygame.K_z, CTRL)
    first = line.text
    press(line, pygame.K_z, CTRL)
    second = line.text
    press(line, pygame.K_y, CTRL)
    press(line, pygame.K_z, CTRL | SHIFT)
    press(line, pygame.K_z, CTRL | SHIFT)

    assert [first, second, line.text] == ["one ", "one", "one two"]


def test_double_click_selects_a_word_and_a_third_the_line(
    window: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clicks must be near to each other in time."""
    clock = [1000]
    monkeypatch.setattr(pygame.time, "get_ticks", lambda: clock[0])
    line = entry("one twofold three")
    line.draw(window, 1.0)
    seen = []
    for pause in (1000, 100, 100, 1000):
        clock[0] += pause
        mouse(line, pygame.MOUSEBUTTONDOWN, place_of(line, 6))
        seen.append(line.selected)

    assert seen == ["", "twofold", "one twofold three", ""]


def test_mouse_drags_a_selection(window: pygame.Surface) -> None:
    """From where it was pressed to where it is let go, and beyond the ends."""
    line = entry("drag me")
    line.draw(window, 1.0)
    mouse(line, pygame.MOUSEBUTTONDOWN, place_of(line, 5))
    mouse(line, pygame.MOUSEMOTION, -300)
    left = line.selected
    mouse(line, pygame.MOUSEMOTION, 3000)
    mouse(line, pygame.MOUSEBUTTONUP, 3000)
    mouse(line, pygame.MOUSEMOTION, 0)

    assert (left, line.selected) == ("drag ", "me")


def test_long_text_scrolls_no_more_than_it_must(window: pygame.Surface) -> None:
    """The caret is always seen; a step to the left does not move what is shown."""
    line = entry("word " * 30)
    line.draw(window, 1.0)
    end = line._text_left
    press(line, pygame.K_LEFT)
    line.draw(window, 1.0)
    stepped = line._text_left
    press(line, pygame.K_HOME)
    line.draw(window, 1.0)

    assert end < 0
    assert stepped == end
    assert line._text_left == text_entry.INSET


def test_composition_is_shown_underlined_and_becomes_text(
    window: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a word is composed the keys are the input method's, which knows where to help."""
    told: list[pygame.Rect] = []
    monkeypatch.setattr(pygame.key, "set_text_input_rect", told.append)
    line = entry("ab")
    line.draw(window, 1.0)
    before = pygame.image.tobytes(window, "RGB")
    line.handle(pygame.event.Event(pygame.TEXTEDITING, text="かん", start=2, length=0))
    used = press(line, pygame.K_RETURN)
    line.draw(window, 1.0)
    colours = {tuple(window.get_at((x, y))) for x in range(30, 90) for y in range(20, 60)}
    composed = line.text
    line.handle(pygame.event.Event(pygame.TEXTINPUT, text="漢"))

    assert used
    assert pygame.image.tobytes(window, "RGB") != before
    assert tuple(theme.WARN) in colours
    assert composed == "ab"
    assert (line.text, line.composition) == ("ab漢", "")
    assert told[-1].left > told[0].left


def test_gamepad_confirms_a_line() -> None:
    """A on an entry does what Enter does."""
    told: list[str] = []
    line = TextEntry("", "Robin", 20, told.append)
    press_a = {"button": pygame.CONTROLLER_BUTTON_A}

    assert line.handle(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, press_a))
    assert told == ["Robin"]


@pytest.mark.parametrize("cluster", ["e\u0301", FAMILY, "\u2764\ufe0f"])
def test_letter_and_its_marks_are_one(cluster: str) -> None:
    """The caret never stands within an accent or a joined emoji."""
    line = LineEditor(f"a{cluster}b", 20)
    line.move(1)
    line.step(1)
    after = line.at
    line.erase(-1)

    assert after == 1 + len(cluster)
    assert line.text == "ab"


STEPS = st.one_of(
    st.tuples(st.just("insert"), st.text(max_size=6)),
    st.tuples(st.sampled_from(["cut", "undo", "redo", "select_all"])),
    st.tuples(st.just("erase"), st.sampled_from([-1, 1])),
    st.tuples(st.just("step"), st.sampled_from([-1, 1])),
    st.tuples(st.sampled_from(["move", "select_word"]), st.integers(-3, 30)),
)


@given(st.lists(STEPS, max_size=30))
def test_line_stays_whole_whatever_is_done(steps: list[tuple[object, ...]]) -> None:
    """The caret stays within the text, the text within its limit, and undo finds the start."""
    line = LineEditor("start", 20)
    for name, *rest in steps:
        if name == "select_word":
            rest = [max(0, min(int(str(rest[0])), len(line.text)))]
        getattr(line, str(name))(*rest)

        assert 0 <= line.at <= len(line.text) <= 20
        assert 0 <= line.anchor <= len(line.text)
    for _ in range(40):
        line.undo()

    assert line.text == "start"
