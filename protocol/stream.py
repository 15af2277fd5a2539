"""One race's snapshots as they are written: whole, or against what is known.

A snapshot is packed once for all who see the race. What goes to one link is
chosen at the moment of writing: `message_for` is told what that link was
written last, and answers with what has changed since then, if that is not long
ago. It does no I/O and knows no link.

Units: as in `snapshot.py`.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from protocol.connection import encode_message
from protocol.delta import (
    CANISTERS,
    NO_CAR,
    SAME,
    STEP_TICKS,
    Coarse,
    Exact,
    private_step,
    shared_step,
)
from protocol.framing import framed
from protocol.messages import CODES
from protocol.news import Snapshot, SnapshotDelta
from protocol.pickled import dumps_blob
from protocol.ranges import STEPS_MAX, WATCHING
from protocol.snapshot import raw_cars

WHOLE: Final = 254
"""The slot of who wants nothing but whole snapshots."""
DELTA_CODE: Final = CODES[SnapshotDelta]
SHORT: Final = 256
BYTES: Final = [bytes((value,)) for value in range(256)]
HEADS: Final = [framed(dumps_blob(DELTA_CODE, bytes(size)))[: -size - 2] for size in range(SHORT)]
"""What stands before the data of a delta, by its length: made once."""
TAIL: Final = dumps_blob(DELTA_CODE, b"")[-2:]


class Known:
    """What a link was written last."""

    __slots__ = ("number", "slot", "stream", "whole")

    def __init__(self, stream: str, number: int, slot: int, *, whole: bool) -> None:
        """Args:
        whole: whether that was a whole snapshot, which tells nothing of the one before.
        """
        self.stream = stream
        self.number = number
        self.slot = slot
        self.whole = whole


class PackedSnapshot:
    """One snapshot, ready to be written to any link that shows its race."""

    def __init__(self, stream: str, number: int, message: Snapshot) -> None:
        """Take the stream that it is part of, and its number there, from 0."""
        self.stream = stream
        self.number = number
        self.message = message
        self.before: PackedSnapshot | None = None
        """The one before, if this can be told as what has changed since then."""
        self.cars: list[Exact] = []
        self.coarse: list[Coarse] = []
        self._same = False
        """Whether nothing at all has changed."""
        self._head = b"\0"
        self._shared = b""
        """What tells others of all cars, for who knows how they moved before."""
        self._ends: list[int] = []
        """Where each car begins in it."""
        self._index: dict[int, int] = {}
        """Slot -> where the car is among the others."""
        self._whole = b""
        self._watched: dict[bool, bytes] = {}
        """The step for who only watches, by whether the last one was whole."""

    def follow(self, before: PackedSnapshot | None) -> None:
        """Take in the snapshot before this one, to be told by what has changed."""
        message = self.message
        self.cars = [Exact(raw) for raw in raw_cars(message.cars)]
        if before is None:
            self._begin()
            return
        was = before.message
        if message.tick == was.tick and message == was:
            self.before, self._same = before, True
            self.coarse, self._index = before.coarse, before._index
            return
        if not self._is_next(before):
            self._begin()
            return
        self.before, self._index = before, before._index
        if message.canisters != was.canisters:
            self._head = bytes((CANISTERS, message.canisters & 255, message.canisters >> 8))
        steps: list[bytes] = []
        for car, there in zip(self.cars, before.coarse, strict=True):
            here = Coarse(car)
            steps.append(shared_step(there, here))
            self.coarse.append(here)
        self._shared, self._ends = joined(steps)

    def _begin(self) -> None:
        self.coarse = [Coarse(car) for car in self.cars]
        self._index = {car.slot: index for index, car in enumerate(self.cars)}

    def _is_next(self, before: PackedSnapshot) -> bool:
        """Whether a delta can say all that is new."""
        now, was = self.message, before.message
        if now.tick != was.tick + STEP_TICKS or now.epoch != was.epoch or now.phase != was.phase:
            return False
        if now.go_tick != was.go_tick or now.start_tick != was.start_tick:
            return False
        if len(self.cars) != len(before.cars):
            return False
        for car, old in zip(self.cars, before.cars, strict=True):
            if car.slot != old.slot or car.car_class != old.car_class:
                return False
        return True

    def message_for(self, slot: int, known: Known | None) -> bytes:
        """Return the message for a link, framed.

        Args:
            slot: that of the own car; `WATCHING`, or `WHOLE`.
            known: what the link was written last.
        """
        missing = self._missing(slot, known)
        if known is None or not missing:
            if not self._whole:
                self._whole = encode_message(self.message)
            return self._whole
        told, whole = b"", known.whole
        base = self.before
        if missing == 1:
            told = self._step_for(slot, whole)
        else:
            steps = self._last(missing)
            base = steps[0].before
            for step in steps:
                told += step._step_for(slot, whole)
                whole = whole and step._same
        assert base is not None, "as many were counted"
        own = slot if slot in self._index else NO_CAR
        return delta_message(own | missing - 1 << 4, base.message.tick & 255, told)

    def known_by(self, slot: int, known: Known | None = None) -> Known:
        """Return what a link knows once this was written to it, who knew `known`."""
        missing = self._missing(slot, known)
        whole = True
        if known is not None and missing:
            whole = known.whole
            for step in self._last(missing) if whole else ():
                whole = whole and step._same
        return Known(self.stream, self.number, slot, whole=whole)

    def _missing(self, slot: int, known: Known | None) -> int:
        """Return how many steps lead here from what a link knows; 0: tell this one whole."""
        if known is None or slot == WHOLE or known.slot != slot or known.stream != self.stream:
            return 0
        missing = self.number - known.number
        if not 0 < missing <= STEPS_MAX:
            return 0
        one: PackedSnapshot = self
        for _ in range(missing):
            if one.before is None:
                return 0
            one = one.before
        return missing

    def _last(self, count: int) -> list[PackedSnapshot]:
        """Return the last so many snapshots, this one at the end."""
        steps: list[PackedSnapshot] = []
        one: PackedSnapshot | None = self
        while one is not None and len(steps) < count:
            steps.append(one)
            one = one.before
        steps.reverse()
        return steps

    def _step_for(self, slot: int, after_whole: bool) -> bytes:
        """Return the bytes of this one step."""
        if self._same:
            return bytes((SAME,))
        if slot == WATCHING:
            if after_whole not in self._watched:
                self._watched[after_whole] = self._step(slot, after_whole)
            return self._watched[after_whole]
        return self._step(slot, after_whole)

    def _step(self, slot: int, after_whole: bool) -> bytes:
        before = self.before
        assert before is not None, "only asked where there is a step"
        head = self._head
        shared, ends = self._shared, self._ends
        if after_whole:
            # Who knows one snapshot alone takes its velocities for the steps.
            shared, ends = joined(
                [
                    shared_step(Coarse(was), Coarse(car))
                    for car, was in zip(self.cars, before.cars, strict=True)
                ]
            )
        index = self._index.get(slot)
        if index is None:
            return head + shared
        was = before.cars[index]
        earlier = was
        if not after_whole:
            assert before.before is not None, "a delta follows a whole snapshot or two others"
            earlier = before.before.cars[index]
        own = private_step(self.cars[index], was, earlier)
        return b"".join((head, shared[: ends[index]], shared[ends[index + 1] :], own))


def delta_message(head: int, base: int, steps: bytes) -> bytes:
    """Return a `SnapshotDelta`, framed, of its first two bytes and its steps."""
    size = len(steps) + 2
    if size < SHORT:
        return b"".join((HEADS[size], BYTES[head], BYTES[base], steps, TAIL))
    return framed(dumps_blob(DELTA_CODE, BYTES[head] + BYTES[base] + steps))


def joined(pieces: list[bytes]) -> tuple[bytes, list[int]]:
    """Return pieces as one, and where each begins, and the end."""
    ends, end = [0], 0
    for piece in pieces:
        end += len(piece)
        ends.append(end)
    return b"".join(pieces), ends


class Stream:
    """The snapshots of one race, each packed against the one before."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._kept: deque[PackedSnapshot] = deque()
        self._count = 0

    def pack(self, message: Snapshot) -> PackedSnapshot:
        """Return the next snapshot of the race, ready to be written."""
        packed = PackedSnapshot(self.name, self._count, message)
        self._count += 1
        packed.follow(self._kept[-1] if self._kept else None)
        self._kept.append(packed)
        if len(self._kept) > STEPS_MAX + 2:
            # Nobody is told steps from there any more: let go what it leads to.
            self._kept.popleft()
            self._kept[0].before = None
        return packed


class Streams:
    """The streams of all races that are shown, at most so many."""

    def __init__(self, streams_max: int) -> None:
        self._streams_max = streams_max
        self._streams: dict[str, Stream] = {}
        """By name, the one that was silent for longest first."""
        self._begun = 0

    def pack(self, name: str, message: Snapshot) -> PackedSnapshot:
        """Return the next snapshot of a stream; one without a name is on its own."""
        if not name:
            return PackedSnapshot(name, 0, message)
        stream = self._streams.pop(name, None)
        if stream is None:
            # Numbered, for a race that was let go and is back begins to count anew.
            self._begun += 1
            stream = Stream(f"{name} {self._begun}")
        self._streams[name] = stream
        if len(self._streams) > self._streams_max:
            del self._streams[next(iter(self._streams))]
        return stream.pack(message)
