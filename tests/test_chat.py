"""What may be said, how it is cleaned, and who is limited."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import (
    BURST_LINES,
    HISTORY_LINES_MAX,
    SECONDS_A_LINE,
    TEXT_CHARS_MAX,
    Allowance,
    Conversation,
    LineKind,
    clean,
    clean_name,
)
from errors import LineRefused


@given(st.text(max_size=400))
def test_clean_leaves_only_what_can_be_drawn(text: str) -> None:
    """No control characters, one line, never longer than the limit."""
    cleaned = clean(text)

    assert len(cleaned) <= TEXT_CHARS_MAX
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in cleaned)
    assert "  " not in cleaned


@given(st.text(max_size=400))
def test_clean_twice_is_clean_once(text: str) -> None:
    """Cleaning is idempotent, so a relayed line does not change."""
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  hi\tthere \n", "hi there"),
        ("\x1b[31mred", "[31mred"),
        ("\u202eevil", "evil"),
        ("a" + "\u0301" * 9, "\u00e1\u0301\u0301"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_clean_examples(text: str, cleaned: str) -> None:
    """White space folds, escapes and bidi tricks go, emoji stay whole."""
    assert clean(text) == cleaned


def test_name_of_blanks_is_empty() -> None:
    """A name that shows nothing counts as none."""
    assert clean_name(" \u200b\t ") == ""


def test_talker_is_limited_after_a_burst_and_told_how_long() -> None:
    """The refusal names the wait, and waiting it out helps."""
    chat, allowance = Conversation(), Allowance()
    for _ in range(BURST_LINES):
        chat.say("Mika", "spam", allowance=allowance, now=10.0, sent_at=0.0)

    with pytest.raises(LineRefused, match=r"wait 2 s"):
        chat.say("Mika", "spam", allowance=allowance, now=10.0, sent_at=0.0)
    line = chat.say("Mika", "ham", allowance=allowance, now=10.0 + SECONDS_A_LINE, sent_at=0.0)

    assert line.text == "ham"


def test_empty_line_is_refused() -> None:
    """What cleans to nothing is not said."""
    with pytest.raises(LineRefused):
        Conversation().say("Mika", "\x00\x01", allowance=Allowance(), now=0.0, sent_at=0.0)


def test_history_is_bounded_and_keeps_the_newest() -> None:
    """Who joins later is shown the last fifty lines."""
    chat = Conversation()
    for number in range(HISTORY_LINES_MAX + 10):
        chat.tell(f"line {number}", sent_at=0.0)

    assert len(chat.history) == HISTORY_LINES_MAX
    assert chat.history[-1].text == f"line {HISTORY_LINES_MAX + 9}"
    assert chat.history[-1].kind is LineKind.SYSTEM
