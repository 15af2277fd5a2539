"""Snapshots told by what has changed: exact for the own car, close for the others."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import InvalidMessage, RemoteProtocolError
from protocol import (
    WATCHING,
    WHOLE,
    CarRecord,
    Known,
    PackedSnapshot,
    ReadSnapshot,
    Role,
    Snapshot,
    SnapshotDelta,
    SnapshotReader,
    Streams,
    decode_message,
    read_whole,
)
from protocol.ranges import DELTA_BYTES_MAX, STEPS_MAX
from protocol.stream import Stream
from tests.foreign_deltas import NAMES, Deltas

RECORD = struct.Struct("<BHiiiiiihBBBIIbBIBhBBBB")
SEED = st.integers(0, 2**32 - 1)
HALF_QUANTUM_M = 0.5 / 512 + 1e-9
HALF_QUANTUM_RAD = 0.5 / 2048 + 1e-4
HALF_STEER_RAD = 0.5 / 128 + 1e-9


class Wanderers:
    """Cars that drive anyhow, or stand, or are somewhere else at once."""

    def __init__(self, seed: int, slots: Sequence[int]) -> None:
        self.luck = random.Random(seed)
        self.head = [1, 240, 2, 240, 240, 3]
        """Epoch, tick, phase, GO, start, canisters."""
        self.cars = [self._new(slot) for slot in slots]

    def _new(self, slot: int) -> list[int]:
        luck = self.luck
        place = [luck.randrange(2**22) for _ in range(2)]
        heading = luck.randint(-3294198, 3294198)
        motion = [luck.randint(-(2**21), 2**21) for _ in range(2)] + [luck.randint(-99999, 99999)]
        return [slot, 1, *place, heading, *motion, 0, 0, 1, slot + 1, 240, 0, 0, 255, 0,
                slot % 3, 0, 60, 0, 0, 0]  # fmt: skip

    def drive(self) -> None:
        """Let two ticks pass."""
        luck, head = self.luck, self.head
        head[1] += 2
        if luck.random() < 0.05:
            head[5] = luck.randrange(2**16)
        if luck.random() < 0.03:
            head[luck.choice((0, 2, 3, 4))] = luck.choice((1, 2, 3))
        for car in self.cars:
            rough = 10 ** luck.randint(0, 6)
            for part in (5, 6, 7):
                before = car[part]
                car[part] = clamped(before + luck.randint(-rough, rough), 2**26)
                at = part - 3
                ahead = (before + 3 * car[part]) // 1920 if at < 4 else 2 * before // 15
                car[at] += ahead + luck.randint(-2, 2)
            car[4] = (car[4] + 3294198) % 6588397 - 3294198
            if luck.random() < 0.1:
                self._change(car)

    def _change(self, car: list[int]) -> None:
        luck = self.luck
        match luck.randrange(6):
            case 0:
                car[2], car[3] = luck.randint(-(2**31), 2**31 - 1), luck.randrange(2**22)
                car[5] = car[6] = car[7] = 0
            case 1:
                car[1] = luck.randrange(4096)
            case 2:
                car[9:12] = [luck.randrange(256) for _ in range(3)]
            case 3:
                car[12:17] = [
                    luck.randrange(2**32), luck.randrange(2**32), luck.randint(-128, 127),
                    luck.randrange(256), luck.randrange(2**32),
                ]  # fmt: skip
            case 4:
                car[8], car[18] = luck.randint(-32767, 32767), luck.randint(-32767, 32767)
            case _:
                car[19:23] = [luck.randrange(256) for _ in range(3)] + [luck.randrange(101)]

    def snapshot(self) -> Snapshot:
        """Return how they are now."""
        epoch, tick, phase, go, start, canisters = self.head
        block = b"".join(RECORD.pack(*car) for car in self.cars)
        return Snapshot(epoch, tick, phase, go, start, block, canisters)


def clamped(value: int, most: int) -> int:
    """Return a value, no further from 0 than this."""
    return max(-most, min(most, value))


class Eye:
    """One link: what it was written, and what its client makes of it."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.known: Known | None = None
        self.reader = SnapshotReader()
        self.sizes: list[int] = []
        self.wholes = 0

    def write(self, packed: PackedSnapshot) -> ReadSnapshot:
        """Take a snapshot over the wire."""
        return self.reader.read(self.told(packed))

    def told(self, packed: PackedSnapshot) -> Snapshot | SnapshotDelta:
        """Return what comes over the wire."""
        data = packed.message_for(self.slot, self.known)
        self.known = packed.known_by(self.slot, self.known)
        self.sizes.append(len(data))
        told = decode_message(data[4:], Role.SERVER)
        assert isinstance(told, Snapshot | SnapshotDelta)
        assert self.known.whole or isinstance(told, SnapshotDelta)
        self.wholes += isinstance(told, Snapshot)
        return told


def assert_true(read: ReadSnapshot, truth: Snapshot, own: int) -> None:
    """The own car and all counts exactly, other cars within half a quantum."""
    told = read_whole(truth)
    assert [one.slot for one in read.records] == [one.slot for one in told.records]
    for name in ("epoch", "tick", "phase", "go_tick", "start_tick", "canisters"):
        assert getattr(read, name) == getattr(told, name)
    for seen, real in zip(read.records, told.records, strict=True):
        if real.slot == own:
            assert seen == real
        else:
            assert_close(seen, real)


def assert_close(seen: CarRecord, real: CarRecord) -> None:
    """As close as the grid, and the same in all that rules and tables need."""
    assert abs(seen.car.x - real.car.x) <= HALF_QUANTUM_M
    assert abs(seen.car.y - real.car.y) <= HALF_QUANTUM_M
    turn = math.remainder(seen.car.heading - real.car.heading, math.tau)
    assert abs(turn) <= HALF_QUANTUM_RAD
    assert abs(seen.car.steer_angle - real.car.steer_angle) <= HALF_STEER_RAD
    assert abs(seen.throttle - real.throttle) <= 9
    assert abs(seen.car.draft - real.car.draft) <= 9
    assert 0 <= real.car.charge_ticks - seen.car.charge_ticks < 8
    assert 0 <= seen.car.nitro_ticks - real.car.nitro_ticks < 8
    for name in ("flags", "lap", "next_gate", "place", "lap_started_tick", "best_lap_ticks"):
        assert getattr(seen, name) == getattr(real, name)
    assert (seen.car.damage, seen.car.car_class) == (real.car.damage, real.car.car_class)
    assert seen.car.engine_on == real.car.engine_on


@settings(max_examples=30)
@given(SEED, st.integers(1, 8))
def test_page_alone_is_enough_to_read_them(seed: int, count: int) -> None:
    """A reader that was written from it knows the same numbers."""
    there, stream, page = Wanderers(seed, range(count)), Stream(), Deltas()
    eye = Eye(there.luck.choice((*range(count), WATCHING)))
    for _ in range(30):
        if there.luck.random() < 0.9:
            there.drive()
        packed = stream.pack(there.snapshot())
        if there.luck.random() < 0.3:
            continue
        told = eye.told(packed)
        if isinstance(told, Snapshot):
            page.whole(told.tick, told.cars, told.canisters)
        else:
            page.delta(told.data)
        read = eye.reader.read(told)
        assert (page.tick, page.canisters) == (read.tick, read.canisters)
        truth = {car[0]: dict(zip(NAMES, car, strict=True)) for car in there.cars}
        for mine, ours in zip(page.cars, read.records, strict=True):
            if mine["slot"] == eye.slot:
                assert mine == truth[eye.slot]
            assert mine["x"] / 4096 == ours.car.x
            assert mine["y"] / 4096 == ours.car.y
            assert mine["heading"] / 2**20 == ours.car.heading
            assert mine["steer_angle"] / 16384 == ours.car.steer_angle
            assert mine["best_lap_ticks"] == ours.best_lap_ticks
            assert mine["lap_started_tick"] == ours.lap_started_tick


@settings(max_examples=25)
@given(SEED, st.integers(1, 8))
def test_what_was_written_is_read(seed: int, count: int) -> None:
    """Whatever cars do, whichever snapshots a link misses, whoever's eyes it has."""
    luck = random.Random(seed)
    slots = sorted(luck.sample(range(8), count))
    there, streams = Wanderers(seed, slots), Streams(2)
    eyes = [Eye(slot) for slot in (*slots, WATCHING, WHOLE)]
    for _ in range(30):
        if luck.random() < 0.9:
            there.drive()
        if luck.random() < 0.02:
            there.cars = [there._new(slot) for slot in slots]
        if luck.random() < 0.02:
            for other in ("pushes", "it out"):
                streams.pack(other, there.snapshot())
        packed = streams.pack("room race", there.snapshot())
        for eye in eyes:
            if luck.random() < 0.02:
                eye.slot = luck.choice((*slots, WATCHING))
            if luck.random() < 0.7:
                assert_true(eye.write(packed), packed.message, eye.slot)


def test_most_snapshots_are_told_by_what_has_changed() -> None:
    """Also to who misses some; whole again for who misses too many, or looks through other eyes."""
    there, stream, eye = Wanderers(1, range(8)), Stream(), Eye(3)
    there.head[1] = 1000
    for missed in [0, 0, 0, STEPS_MAX - 1, 0, 3]:
        for _ in range(missed + 1):
            for car in there.cars:
                car[2] += car[5] // 480
            there.head[1] += 2
            packed = stream.pack(there.snapshot())
        eye.write(packed)
    assert eye.wholes == 1

    for _ in range(STEPS_MAX + 1):
        packed = stream.pack(there.snapshot())
    eye.write(packed)
    assert eye.wholes == 2
    eye.slot = 4
    there.head[1] += 2
    eye.write(stream.pack(there.snapshot()))
    assert eye.wholes == 3


def test_race_that_stands_costs_next_to_nothing() -> None:
    """The same again is one byte, and the message around it."""
    there, stream, eye = Wanderers(2, range(8)), Stream(), Eye(WATCHING)
    for _ in range(5):
        eye.write(stream.pack(there.snapshot()))

    assert eye.sizes[1:] == [15] * 4


def test_long_run_keeps_nothing_of_the_past() -> None:
    """What nobody is told steps from is let go."""
    there, stream = Wanderers(3, range(2)), Stream()
    for _ in range(100):
        there.head[1] += 2
        newest = stream.pack(there.snapshot())
    kept, one = 0, newest.before
    while one is not None:
        kept, one = kept + 1, one.before

    assert kept <= STEPS_MAX + 2


def test_streams_are_bounded() -> None:
    """The race that was silent for longest is forgotten, and told whole when it is back."""
    there, streams = Wanderers(4, range(2)), Streams(2)
    eye = Eye(0)
    for name in ("a", "b", "c", "a"):
        there.head[1] += 2
        packed = streams.pack(name, there.snapshot())
        if name == "a":
            eye.write(packed)

    assert eye.wholes == 2
    assert len(streams._streams) == 2


# Strangers


def begun() -> tuple[SnapshotReader, Wanderers]:
    """Return a reader that has heard one whole snapshot of three cars."""
    there, reader = Wanderers(5, range(3)), SnapshotReader()
    reader.read(there.snapshot())
    return reader, there


def test_delta_without_a_base_is_refused() -> None:
    """Nothing can be made of it."""
    with pytest.raises(InvalidMessage, match="did not come"):
        SnapshotReader().read(SnapshotDelta(b"\x0f\x00\x01"))


@settings(max_examples=200)
@given(st.binary(max_size=300), SEED)
def test_any_bytes_are_refused_or_read(data: bytes, seed: int) -> None:
    """Only a protocol error ever comes out, and what is read is in range."""
    reader, there = begun()
    slot = random.Random(seed).choice((0, 1, 2, 15))
    told = bytes((slot, there.head[1] & 255)) + data
    try:
        seen = reader.read(SnapshotDelta(told))
    except RemoteProtocolError:
        return
    for one in seen.records:
        assert math.isfinite(one.car.x + one.car.vx + one.car.heading)
        assert 0 <= one.lap_started_tick < 2**32


@settings(max_examples=100)
@given(SEED)
def test_damaged_delta_is_refused_or_read(seed: int) -> None:
    """A byte turned, lost or added does no more harm than that."""
    luck = random.Random(seed)
    there, stream, eye = Wanderers(seed, range(8)), Stream(), Eye(luck.randrange(8))
    for _ in range(3):
        there.drive()
        packed = stream.pack(there.snapshot())
        data = packed.message_for(eye.slot, eye.known)
        if eye.known is None:
            eye.write(packed)
    told = decode_message(data[4:], Role.SERVER)
    if not isinstance(told, SnapshotDelta):
        return
    broken = bytearray(told.data)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(broken))
        broken[at : at + luck.randint(0, 1)] = luck.randbytes(luck.randint(0, 1))
    try:
        eye.reader.read(SnapshotDelta(bytes(broken)))
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            # What it knew may be half overwritten: only a whole snapshot helps.
            eye.reader.read(told)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[:1], "breaks off"),
        (lambda data: data[:-1], "breaks off"),
        (lambda data: data + b"\0", "more bytes"),
        (lambda data: bytes((data[0] | 0x80,)) + data[1:], "more steps"),
        (lambda data: data[:1] + bytes((data[1] ^ 1,)) + data[2:], "another snapshot"),
        (lambda data: bytes((7,)) + data[1:], "not there"),
        (lambda data: data[:2] + b"\x04" + data[3:], "unknown kind"),
        (lambda data: data[:2] + b"\x03" + data[3:], "unknown kind"),
    ],
)
def test_broken_delta_is_refused_with_the_reason(spoil: Callable[[bytes], bytes], why: str) -> None:
    """Each rule of the page has its sentence."""
    reader, there = begun()
    stream, base = Stream(), there.snapshot()
    first = stream.pack(base)
    there.head[1] += 2
    data = stream.pack(there.snapshot()).message_for(1, first.known_by(1))
    told = decode_message(data[4:], Role.SERVER)
    assert isinstance(told, SnapshotDelta)

    with pytest.raises(InvalidMessage, match=why):
        reader.read(SnapshotDelta(spoil(told.data)))


def test_longest_delta_fits() -> None:
    """However much changes in as many steps as there may be."""
    luck = random.Random(7)
    longest = 0
    for seed in range(20):
        there, stream = Wanderers(seed, range(8)), Stream()
        first = stream.pack(there.snapshot())
        for _ in range(STEPS_MAX):
            there.head[1] += 2
            for car in there.cars:
                car[1:17] = [
                    luck.randrange(4096), *(luck.randint(-(2**31), 2**31 - 1) for _ in range(2)),
                    luck.randint(-3294198, 3294198),
                    *(luck.randint(-(2**31), 2**31 - 1) for _ in range(3)),
                    luck.randint(-32768, 32767), *(luck.randrange(256) for _ in range(3)),
                    luck.randrange(2**32), luck.randrange(2**32), luck.randint(-128, 127),
                    luck.randrange(256), luck.randrange(2**32),
                ]  # fmt: skip
                car[18:23] = [
                    luck.randint(-32768, 32767),
                    *(luck.randrange(256) for _ in range(3)),
                    9,
                ]
            last = stream.pack(there.snapshot())
        data = last.message_for(0, first.known_by(0))
        told = decode_message(data[4:], Role.SERVER)
        assert isinstance(told, SnapshotDelta)
        longest = max(longest, len(told.data))

    assert longest < DELTA_BYTES_MAX
