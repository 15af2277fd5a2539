"""Split times: a lap in three parts, against the best laps so far.

It takes in the events of a race, car by car, and says how the newest part of
each compares. The server tells the times; nothing is measured here.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from typing import NamedTuple

from racer import EventKind

PARTS: dict[int, int] = {EventKind.FIRST_SPLIT: 1, EventKind.SECOND_SPLIT: 2, EventKind.LAP: 3}
"""Which part of the lap an event ends."""

Times = dict[int, int]
"""Ticks of one lap at the end of each of its parts, as far as they are known."""


class Split(NamedTuple):
    """One part of a lap, as it was driven."""

    number: int
    """Which part has ended, from 1 to 3; 3 is the whole lap."""
    ticks: int
    """Since the lap began."""
    tick: int
    """When that was."""
    to_own_best: int | None
    """More (+) or less (-) than on the car's best lap before; None without one."""
    to_fastest: int | None
    """The same against the fastest lap of the race before."""


class Splits:
    """The split times of all cars of a race."""

    def __init__(self) -> None:
        self._newest: dict[int, Split] = {}
        self._laps: dict[int, Times] = {}
        """The lap that each car is on."""
        self._best: dict[int, Times] = {}
        """The best lap of each car."""
        self._fastest: Times = {}
        """The fastest lap of all."""
        self._before: dict[int, tuple[Split | None, Times, Times, Times]] = {}
        """By car, what the last note has changed: its newest part, lap and best; the fastest."""

    def newest(self, slot: int) -> Split | None:
        """Return the part of a lap that a car ended last; None before the first."""
        return self._newest.get(slot)

    def note(self, kind: int, slot: int, tick: int, ticks: int) -> None:
        """Take in an event; those that end no part are ignored."""
        number = PARTS.get(kind)
        if number is None:
            return
        lap = self._laps.setdefault(slot, {})
        best = self._best.get(slot, {})
        self._before[slot] = self._newest.get(slot), dict(lap), best, self._fastest
        lap[number] = ticks
        self._newest[slot] = Split(
            number,
            ticks,
            tick,
            _less(ticks, best.get(number)),
            _less(ticks, self._fastest.get(number)),
        )
        if number != 3:
            return
        self._laps[slot] = {}
        if not best or ticks < best[3]:
            self._best[slot] = lap
        if not self._fastest or ticks < self._fastest[3]:
            self._fastest = lap

    def take_back(self, slot: int) -> None:
        """Forget the part that a car ended last: it was not so, or not then."""
        before = self._before.pop(slot, None)
        if before is None:
            return
        newest, lap, best, fastest = before
        if self._fastest and self._fastest is self._best.get(slot):
            self._fastest = fastest
        self._laps[slot], self._best[slot] = lap, best
        if newest is not None:
            self._newest[slot] = newest
        else:
            self._newest.pop(slot, None)

    def begin_with(self, slot: int, own: Times, fastest: Times) -> None:
        """Compare with laps that were driven before, where they were better than those known."""
        if _beats(own, self._best.get(slot, {})):
            self._best[slot] = own
        if _beats(fastest, self._fastest):
            self._fastest = fastest

    def break_off(self) -> None:
        """Forget the laps that are under way: the race goes on from another moment."""
        self._laps.clear()


def _beats(times: Times, known: Times) -> bool:
    return bool(times) and (not known or times[3] < known[3])


def _less(ticks: int, than: int | None) -> int | None:
    return ticks - than if than is not None else None
