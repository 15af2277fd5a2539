"""Answers of the database that are known to be true still.

An answer is kept when it was asked for after the stream of changes was opened
and nothing of what it tells was changed meanwhile. A change forgets what it
touches; so does a write of this process, before it is confirmed to anybody.
While the stream is silent nothing is answered: what is kept waits, and is
true again as soon as the stream has told what was missed.

It asks nobody, reads no clock and does not know what it keeps.

Units: seconds (monotonic), given by who calls.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

ENTRIES_MAX = 4096
"""Tracks and players; who was asked for longest ago is forgotten first."""
SILENT_S = 2.0
"""A stream that has proved nothing for so long may have missed something."""
ENTRY_LIVES_S = 300.0
"""Each answer is asked for again after so long, whatever the stream says."""

V = TypeVar("V")
Key = tuple[str, str]
"""What an answer is about: a kind of answer, and which one of it."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[V]):
    """An answer, and when it was asked for."""

    value: V
    asked_at: float


@dataclass(eq=False, slots=True)
class Fill:
    """A question on its way to the database."""

    key: Key
    asked_at: float
    spoiled: bool = False
    """Whether the answer may be older than what is known by now."""


class Cache(Generic[V]):
    """A bounded map of answers; any thread may call it."""

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, Entry[V]] = OrderedDict()
        self._fills: set[Fill] = set()
        self._opened = False
        self._true_at = -inf
        """All that was changed before is told."""
        self.hits = 0
        self.misses = 0

    # For who asks

    def find(self, key: Key, now: float) -> Entry[V] | None:
        """Return an answer that is true still, if there is one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or not self._warm(now) or now > entry.asked_at + ENTRY_LIVES_S:
                return None
            self._entries.move_to_end(key)
            self.hits += 1
            return entry

    def warm(self, now: float) -> bool:
        """Whether the stream of changes tells what happens."""
        with self._lock:
            return self._warm(now)

    def _warm(self, now: float) -> bool:
        return now <= self._true_at + SILENT_S

    def begin(self, key: Key, now: float) -> Fill:
        """Note that the database is about to be asked; ended by `end`."""
        with self._lock:
            fill = Fill(key, now)
            self._fills.add(fill)
            self.misses += 1
            return fill

    def end(self, fill: Fill, value: V | None) -> None:
        """Keep what the database said, unless it may be out of date; None: it said nothing."""
        with self._lock:
            self._fills.discard(fill)
            kept = self._entries.get(fill.key)
            later = kept is not None and kept.asked_at > fill.asked_at
            if value is None or fill.spoiled or later:
                return
            self._entries[fill.key] = Entry(value, fill.asked_at)
            self._entries.move_to_end(fill.key)
            while len(self._entries) > self._entries_max:
                self._entries.popitem(last=False)

    # For who writes, and for who hears of it

    def forget(self, keys: Iterable[Key]) -> None:
        """Note that these were changed."""
        with self._lock:
            for key in keys:
                self._entries.pop(key, None)
                self._spoil(key)

    def forget_kind(self, kind: str) -> None:
        """Note that any answer of a kind may have changed."""
        with self._lock:
            for key in [one for one in self._entries if one[0] == kind]:
                del self._entries[key]
            for fill in self._fills:
                fill.spoiled = fill.spoiled or fill.key[0] == kind

    def _spoil(self, key: Key) -> None:
        for fill in self._fills:
            fill.spoiled = fill.spoiled or fill.key == key

    # For who listens

    def open(self) -> None:
        """Note that a stream tells all from now on, and nothing from before."""
        with self._lock:
            self._entries.clear()
            for fill in self._fills:
                fill.spoiled = True
            self._opened = True
            self._true_at = -inf

    def told(self, at: float) -> None:
        """Note that the stream has told all that was changed before `at`."""
        with self._lock:
            if self._opened:
                self._true_at = max(self._true_at, at)

    def cut(self) -> None:
        """Note that the stream is gone; it may be resumed without a gap."""
        with self._lock:
            self._true_at = -inf

    def close(self) -> None:
        """Note that the stream cannot be resumed: nothing that is kept counts any more."""
        self.open()
        with self._lock:
            self._opened = False
