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


@given(
    st.text(max_size=400)
    | st.text("ae =\u2764\ufe0f\u200d\u200b\u0301\u0338\u3164\u0958\n", max_size=30)
)
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
        ("a\u200b\u0301", "\u00e1"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        ("Mi\u200dka", "Mika"),
        ("e\u200d\u0301\u200dx", "\u00e9x"),
        ("\u3164Mika\u2800", "Mika"),
        ("hi \ud800 there", "hi there"),
    ],
)
def test_clean_examples(text: str, cleaned: str) -> None:
    """White space folds, escapes, bidi tricks and look-alikes go, emoji stay whole."""
    assert clean(text) == cleaned


def test_name_of_blanks_is_empty() -> None:
    """A name that shows nothing counts as none."""
    assert clean_name(" \u200b\t\u3164 ") == ""


def test_talker_is_limited_after_a_burst_and_told_how_long() -> None:
    """The refusal names the wait, and waiting it out helps."""
    chat, allowance = Conversation(), Allowance()
    for _ in range(BURST_LINES):
        chat.say("Mika", "spam", allowance=allowance, now=10.0, sent_at=0.0)

    with pytest.raises(LineRefused, match=r"wait 2 s"):
        chat.say("Mika", "spam", allowance=allowance, now=10.0, sent_at=0.0)
    line = chat.say("Mika", "ham", allowance=allowance, now=10.0 + SECONDS_A_LINE, sent_at=0.0)

    assert line.text == "ham"


def test_waiting_as_long_as_told_is_long_enough() -> None:
    """The seconds of the refusal are rounded up, never down."""
    chat, allowance = Conversation(), Allowance()
    for _ in range(BURST_LINES):
        chat.say("Mika", "spam", allowance=allowance, now=10.0, sent_at=0.0)

    with pytest.raises(LineRefused, match=r"wait 2 s"):
        chat.say("Mika", "spam", allowance=allowance, now=10.3, sent_at=0.0)
    assert chat.say("Mika", "ham", allowance=allowance, now=12.3, sent_at=0.0).text == "ham"


def test_allowance_never_exceeds_its_burst() -> None:
    """A long silence does not save up a flood; a clock that stands still gives nothing."""
    allowance = Allowance(burst=2, seconds_each=1.0)

    assert [allowance.spend(1e6) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_lines_of_an_earlier_process_come_first() -> None:
    """They keep their time, and numbers go on counting up."""
    chat = Conversation()
    chat.restore([(0, LineKind.SAID, "Mika", "before", 5.0)])
    chat.tell("after", sent_at=6.0)

    assert [(line.number, line.text, line.sent_at) for line in chat.history] == [
        (1, "before", 5.0),
        (2, "after", 6.0),
    ]


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
