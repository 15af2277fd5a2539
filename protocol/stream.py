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

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from protocol.connection import encode_message
from protocol.delta import (
    CANISTERS,
    NO_CAR,
    SAME,
    STEP_TICKS,
    Coarse,
    exact_cars,
    put_private,
    put_shared,
)
from protocol.framing import framed
from protocol.messages import CODES
from protocol.news import Snapshot, SnapshotDelta
from protocol.pickled import dumps_blob
from protocol.ranges import STEPS_MAX

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

    __slots__ = ("shown", "slot", "whole")

    def __init__(self, shown: PackedSnapshot, slot: int, *, whole: bool) -> None:
        """Args:
        whole: whether that was a whole snapshot, which tells nothing of the one before.
        """
        self.shown = shown
        self.slot = slot
        self.whole = whole


class PackedSnapshot:
    """One snapshot, ready to be written to any link that shows its race."""

    def __init__(self, message: Snapshot, before: PackedSnapshot | None = None) -> None:
        """Take a snapshot, and the one before it in the same race."""
        self.message = message
        self.before: PackedSnapshot | None = None
        """The one before, if this can be told as what has changed since then."""
        self.cars = exact_cars(message.cars)
        self.coarse: list[Coarse] = []
        self._same = False
        """Whether nothing at all has changed."""
        self._head = b"\0"
        self._shared = b""
        """What tells others of all cars, for who knows how they moved before."""
        self._ends: list[int] = []
        """Where each car begins in it, and the end."""
        self._whole = b""
        if before is None or not self._follows(before):
            self.coarse = [Coarse(car) for car in self.cars]

    def _follows(self, before: PackedSnapshot) -> bool:
        """Take in the snapshot before this one, if a delta can say all that is new."""
        now, was = self.message, before.message
        if now.tick == was.tick and now == was:
            self.before, self._same, self.coarse = before, True, before.coarse
            return True
        if now.tick != was.tick + STEP_TICKS or now.epoch != was.epoch or now.phase != was.phase:
            return False
        if now.go_tick != was.go_tick or now.start_tick != was.start_tick:
            return False
        if len(self.cars) != len(before.cars):
            return False
        for car, old in zip(self.cars, before.cars, strict=True):
            if car.slot != old.slot or car.car_class != old.car_class:
                return False
        self.before = before
        if now.canisters != was.canisters:
            self._head = bytes((CANISTERS, now.canisters & 255, now.canisters >> 8))
        self.coarse = [Coarse(car) for car in self.cars]
        self._shared, self._ends = shared_steps(before.coarse, self.coarse)
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
        whole = known.whole
        own = slot if self._index_of(slot) >= 0 else NO_CAR
        told = BytesWriter()
        if missing == 1:
            self._put_step(told, slot, whole)
        else:
            for step in self._last(missing):
                step._put_step(told, slot, whole)
                whole = whole and step._same
        return delta_message(own | missing - 1 << 4, known.shown.message.tick & 255, told)

    def known_by(self, slot: int, known: Known | None = None) -> Known:
        """Return what a link knows once this was written to it, who knew `known`."""
        missing = self._missing(slot, known)
        whole = True
        if known is not None and missing:
            whole = known.whole
            for step in self._last(missing) if whole else ():
                whole = whole and step._same
        return Known(self, slot, whole=whole)

    def _missing(self, slot: int, known: Known | None) -> int:
        """Return how many steps lead here from what a link knows; 0: tell this one whole."""
        if known is None or slot == WHOLE or known.slot != slot:
            return 0
        one = self.before
        for missing in range(1, STEPS_MAX + 1):
            if one is None:
                return 0
            if one is known.shown:
                return missing
            one = one.before
        return 0

    def _last(self, count: int) -> list[PackedSnapshot]:
        """Return the last so many snapshots, this one at the end."""
        steps: list[PackedSnapshot] = []
        one: PackedSnapshot | None = self
        while one is not None and len(steps) < count:
            steps.append(one)
            one = one.before
        steps.reverse()
        return steps

    def _index_of(self, slot: i64) -> i64:
        """Return where the car of a slot is among the others; -1 for who has none."""
        for index, car in enumerate(self.cars):
            if car.slot == slot:
                return index
        return -1

    def _put_step(self, out: BytesWriter, slot: int, after_whole: bool) -> None:
        """Add the bytes of this one step."""
        if self._same:
            out.append(u8(SAME))
            return
        before = self.before
        assert before is not None, "only asked where there is a step"
        out.write(self._head)
        shared, ends = self._shared, self._ends
        if after_whole:
            # Who knows one snapshot alone takes its velocities for the steps.
            shared, ends = shared_steps(
                [Coarse(car) for car in before.cars], [Coarse(car) for car in self.cars]
            )
        index = self._index_of(slot)
        if index < 0:
            out.write(shared)
            return
        out.write(shared[: ends[index]])
        out.write(shared[ends[index + 1] :])
        was = before.cars[index]
        earlier = was
        if not after_whole:
            assert before.before is not None, "a delta follows a whole snapshot or two others"
            earlier = before.before.cars[index]
        put_private(out, self.cars[index], was, earlier)


def shared_steps(before: list[Coarse], now: list[Coarse]) -> tuple[bytes, list[int]]:
    """Return what tells others how all cars have moved on, where each begins, and the end."""
    out = BytesWriter()
    ends = [0]
    for there, here in zip(before, now, strict=True):
        put_shared(out, there, here)
        ends.append(len(out))
    return out.getvalue(), ends


def delta_message(head: int, base: int, steps: BytesWriter) -> bytes:
    """Return a `SnapshotDelta`, framed, of its first two bytes and its steps."""
    size = len(steps) + 2
    if size < SHORT:
        return b"".join((HEADS[size], BYTES[head], BYTES[base], steps.getvalue(), TAIL))
    return framed(dumps_blob(DELTA_CODE, BYTES[head] + BYTES[base] + steps.getvalue()))


class Stream:
    """The snapshots of one race, each packed against the one before."""

    def __init__(self) -> None:
        self._kept: deque[PackedSnapshot] = deque()

    def pack(self, message: Snapshot) -> PackedSnapshot:
        """Return the next snapshot of the race, ready to be written."""
        packed = PackedSnapshot(message, self._kept[-1] if self._kept else None)
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

    def pack(self, name: str, message: Snapshot) -> PackedSnapshot:
        """Return the next snapshot of a stream; one without a name is on its own."""
        if not name:
            return PackedSnapshot(message)
        stream = self._streams.pop(name, None)
        if stream is None:
            stream = Stream()
        self._streams[name] = stream
        if len(self._streams) > self._streams_max:
            del self._streams[next(iter(self._streams))]
        return stream.pack(message)
