"""A line of text under edit: caret, selection, words, undo. No events, no drawing.

The caret stands between letters as a reader sees them: marks that stand on a
letter, and joined emoji, go with it.

Units: carets count characters.
"""

from __future__ import annotations

import unicodedata

UNDO_MAX = 100
JOINERS = "\u200d\ufe0e\ufe0f"
"""What joins emoji, or says how they look."""


class LineEditor:
    """What is written, where the next letter goes, and what is selected."""

    def __init__(self, text: str, chars_max: int) -> None:
        self.text = text[:chars_max]
        self.at = len(self.text)
        """The caret."""
        self.anchor = self.at
        """Where the selection began; at the caret, nothing is selected."""
        self._chars_max = chars_max
        self._undo: list[tuple[str, int, int]] = []
        self._redo: list[tuple[str, int, int]] = []
        self._writing = False
        """Whether the newest change was a letter: what is written at one go is undone at one go."""

    @property
    def span(self) -> tuple[int, int]:
        """The selected part."""
        return min(self.at, self.anchor), max(self.at, self.anchor)

    @property
    def selected(self) -> str:
        """The selected letters."""
        low, high = self.span
        return self.text[low:high]

    # Changes

    def replace(self, text: str) -> None:
        """Take another text, with the caret at its end, and forget what was before."""
        self.text = text[: self._chars_max]
        self.at = self.anchor = len(self.text)
        self._undo.clear()
        self._redo.clear()
        self._writing = False

    def insert(self, letters: str) -> None:
        """Put letters in place of the selection, as far as there is room."""
        low, high = self.span
        letters = "".join(one for one in letters if one.isprintable() or one in JOINERS)
        letters = letters[: max(0, self._chars_max - len(self.text) + high - low)]
        if not letters:
            return
        writes = len(letters) == 1 and low == high and not letters.isspace()
        if not (writes and self._writing):
            self._note()
        self._writing = writes
        self._put(low, high, letters)

    def cut(self) -> str:
        """Remove the selection and return it."""
        low, high = self.span
        taken = self.text[low:high]
        if taken:
            self._note()
            self._put(low, high, "")
        return taken

    def erase(self, step: int, *, by_word: bool = False) -> None:
        """Remove the selection, or else the letter or word before (-1) or after (1) the caret."""
        if self.at == self.anchor:
            self.anchor = self.next_from(self.at, step, by_word=by_word)
        self.cut()

    def undo(self) -> None:
        """Take the newest change back."""
        self._swap(self._undo, self._redo)

    def redo(self) -> None:
        """Make again what was taken back last."""
        self._swap(self._redo, self._undo)

    def _swap(self, source: list[tuple[str, int, int]], goal: list[tuple[str, int, int]]) -> None:
        if source:
            goal.append((self.text, self.at, self.anchor))
            self.text, self.at, self.anchor = source.pop()
        self._writing = False

    def _note(self) -> None:
        self._undo.append((self.text, self.at, self.anchor))
        del self._undo[:-UNDO_MAX]
        self._redo.clear()
        self._writing = False

    def _put(self, low: int, high: int, letters: str) -> None:
        self.text = self.text[:low] + letters + self.text[high:]
        self.at = self.anchor = low + len(letters)

    # The caret

    def move(self, at: int, *, selects: bool = False) -> None:
        """Put the caret somewhere, and take along the selection's end or drop it."""
        self.at = min(max(at, 0), len(self.text))
        if not selects:
            self.anchor = self.at
        self._writing = False

    def step(self, step: int, *, by_word: bool = False, selects: bool = False) -> None:
        """Move the caret back (-1) or on (1); out of a selection, to its end on that side."""
        low, high = self.span
        if low < high and not selects and not by_word:
            self.move(low if step < 0 else high)
            return
        self.move(self.next_from(self.at, step, by_word=by_word), selects=selects)

    def select_all(self) -> None:
        """Select everything."""
        self.anchor = 0
        self.move(len(self.text), selects=True)

    def select_word(self, at: int) -> None:
        """Select the word, or the gap between words, that lies round a caret."""
        at = min(at, max(0, len(self.text) - 1))
        low = high = at
        space = self.text[at : at + 1].isspace()
        while low > 0 and self.text[low - 1].isspace() == space:
            low -= 1
        while high < len(self.text) and self.text[high].isspace() == space:
            high += 1
        self.anchor = low
        self.move(high, selects=True)

    def next_from(self, at: int, step: int, *, by_word: bool = False) -> int:
        """Return the caret's next place from another, a letter or a word on."""
        end = len(self.text)
        goal = min(max(at + step, 0), end)
        if by_word:
            # On until a word begins.
            while 0 < goal < end and not self._begins_word(goal):
                goal += step
            return goal
        while 0 < goal < end and self._is_within_letter(goal):
            goal += step
        return goal

    def _begins_word(self, at: int) -> bool:
        return self.text[at - 1].isspace() and not self.text[at].isspace()

    def _is_within_letter(self, at: int) -> bool:
        """Whether a place lies between a letter and its marks."""
        joins = self.text[at] in JOINERS or self.text[at - 1] == JOINERS[0]
        return joins or unicodedata.combining(self.text[at]) > 0
