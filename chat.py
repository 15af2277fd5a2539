"""What is said: accept, clean, limit and remember lines of chat.

A `Conversation` is one channel (the lobby, or one room). It decides whether
a line may be said and keeps the last ones for who joins later; sending them
to anybody is the caller's work. It reads no clock: `now` is an argument.

Units: seconds (`now` monotonic, `sent_at` since 1970), characters.
"""

from __future__ import annotations

import math
import unicodedata
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from errors import LineRefused

TEXT_CHARS_MAX = 200
NAME_CHARS_MAX = 24
HISTORY_LINES_MAX = 50
"""What who joins later is shown."""

BURST_LINES = 5
"""Lines that one player may say at once, after a silence."""
SECONDS_A_LINE = 1.5
"""After a burst, one more line may be said each so many seconds."""

MARKS_IN_A_ROW_MAX = 2
"""Combining marks on one letter: more are a prank that covers other lines."""

JOINER = "\u200d"
"""Zero-width joiner: emoji families are built with it, so it stays between those."""

BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that show nothing though Unicode counts them among the visible."""


class LineKind(IntEnum):
    """Who speaks: a player, or the game itself."""

    SAID = 0
    SYSTEM = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One line as everyone sees it."""

    number: int
    """Counts up within its channel, from 1; with gaps where the owner changed."""
    kind: LineKind
    author: str
    """Empty for lines of the system."""
    text: str
    sent_at: float
    """Seconds since 1970, by the server's wall clock."""


def clean(text: str, chars_max: int = TEXT_CHARS_MAX) -> str:
    """Return `text` fit to be drawn on one line, at most `chars_max` long.

    Line breaks and tabs become spaces, runs of spaces one space; control,
    format, private, unassigned and blank characters go, and so do combining
    marks beyond two on a letter. The result may be empty.
    """
    kept: list[str] = []
    marks, base = 0, " "
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char.isspace():
            char = " "
            if not kept or kept[-1] == " ":
                continue
        elif char == JOINER:
            # Inside a word it would make two names that look alike.
            if unicodedata.category(base)[0] != "S" or kept[-1] == JOINER:
                continue
        elif category[0] == "C" or char in BLANKS:
            continue
        is_mark = category in ("Mn", "Me")
        marks = marks + 1 if is_mark else 0
        if not is_mark and char != JOINER:
            base = char
        if marks <= MARKS_IN_A_ROW_MAX:
            kept.append(char)
    # Once more: what went may have stood between a letter and its mark.
    return unicodedata.normalize("NFC", "".join(kept))[:chars_max].strip(" " + JOINER)


def clean_name(name: str) -> str:
    """Return a player's name fit to be shown; empty if nothing is left of it."""
    return clean(name, NAME_CHARS_MAX)


@dataclass(slots=True)
class Allowance:
    """How often one player may do something: a token bucket, told the time.

    It begins full, with `burst`, and gains one more each `seconds_each`.
    """

    burst: int = BURST_LINES
    seconds_each: float = SECONDS_A_LINE
    left: float = field(init=False)
    counted_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.left = float(self.burst)

    def spend(self, now: float) -> float:
        """Take one; return 0.0, or the seconds to wait when none is left."""
        gained = max(0.0, now - self.counted_at) / self.seconds_each
        self.left = min(float(self.burst), self.left + gained)
        self.counted_at = now
        if self.left < 1.0:
            return (1.0 - self.left) * self.seconds_each
        self.left -= 1.0
        return 0.0


@dataclass(slots=True)
class Conversation:
    """One channel of chat and its newest lines."""

    history: deque[Line] = field(default_factory=lambda: deque(maxlen=HISTORY_LINES_MAX))
    said: int = 0
    """The number of the newest line."""

    def say(
        self, author: str, text: str, *, allowance: Allowance, now: float, sent_at: float
    ) -> Line:
        """Accept a player's line.

        Raises:
            LineRefused: nothing readable is left of it, or its author talks
                faster than the limit.
        """
        cleaned = clean(text)
        if not cleaned:
            raise LineRefused("That line holds nothing that can be shown.")
        wait = allowance.spend(now)
        if wait > 0.0:
            raise LineRefused(f"You are writing too fast: wait {math.ceil(wait)} s.")
        return self._add(LineKind.SAID, author, cleaned, sent_at)

    def tell(self, text: str, *, sent_at: float) -> Line:
        """Add a line of the game's own, such as "Mika joined"."""
        return self._add(LineKind.SYSTEM, "", clean(text), sent_at)

    def restore(self, lines: Iterable[tuple[int, LineKind, str, str, float]]) -> None:
        """Take up (number, kind, author, text, sent_at) lines of an earlier process.

        A number that does not count up, such as 0, is replaced by the next one.
        """
        for number, kind, author, text, sent_at in lines:
            self.said = max(self.said, number - 1)
            self._add(kind, author, text, sent_at)

    def missed_since(self, number: int) -> int:
        """Return how many of the lines kept here that people said are newer than a number."""
        return sum(line.number > number and line.kind is LineKind.SAID for line in self.history)

    def _add(self, kind: LineKind, author: str, text: str, sent_at: float) -> Line:
        self.said += 1
        line = Line(self.said, kind, author, text, sent_at)
        self.history.append(line)
        return line
