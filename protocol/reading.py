"""What a client makes of the snapshots of one link, whole or told by changes.

`SnapshotReader` is the other half of `stream.py`: it takes every snapshot of a
link in order and returns each as if it had come whole. The own car is exact. Of
other cars, place and heading are those of a grid, velocities follow from them,
and the springs are not told of.

It trusts nobody: whatever bytes come, it answers with a snapshot or with a
`RemoteProtocolError`, after work that their number bounds.

Units: ticks; metres, radians and seconds in what it returns.
"""

from __future__ import annotations

from dataclasses import dataclass

from car import DAMAGE_MAX, STEER_SCALE, Car, CarClass
from errors import InvalidMessage
from protocol.delta import (
    BOTTLE,
    CANISTERS,
    DAMAGE,
    DRAFT,
    FAR,
    FLAGS,
    HEARD,
    JUMPED,
    MORE,
    NO_CAR,
    OWN_FLAGS,
    OWN_ROUND,
    PEDALS,
    PLACE_GRID,
    ROUND,
    SAME,
    SELDOM,
    STEER_GRID,
    STEP_TICKS,
    TANK,
    THROTTLE,
    TIMES,
    WIDE,
    Coarse,
    Exact,
    exact_cars,
    foreseen_heading,
    foreseen_place,
    wrapped,
)
from protocol.news import Snapshot, SnapshotDelta
from protocol.ranges import STEPS_MAX
from protocol.snapshot import FLAGS_ALL, CarFlag, CarRecord, car_record, raw_cars

GRID_A_METRE = 512.0
GRID_A_RADIAN = 2048.0
STEPS_A_SECOND = 60.0 / STEP_TICKS
VARINT_BYTES_MAX = 5
U8, U16, U32, I8, I16, I32 = (
    (0, 2**8 - 1), (0, 2**16 - 1), (0, 2**32 - 1),
    (-(2**7), 2**7 - 1), (-(2**15), 2**15 - 1), (-(2**31), 2**31 - 1),
)  # fmt: skip
RANGES = (
    U8, U16, I32, I32, I32, I32, I32, I32, I16, U8, U8, U8, U32, U32, I8, U8, U32, U8, I16,
    U8, U8, U8, U8,
)  # fmt: skip
"""What each number of a record may be."""
GRID_MAX = 2**31 // PLACE_GRID
STEER_MAX = 2**15 // STEER_GRID


@dataclass(frozen=True, slots=True)
class ReadSnapshot:
    """A snapshot as it was read, however it came."""

    epoch: int
    tick: int
    phase: int
    go_tick: int
    start_tick: int
    canisters: int
    records: list[CarRecord]


def read_whole(told: Snapshot) -> ReadSnapshot:
    """Return a whole snapshot as it reads.

    Raises:
        InvalidMessage: its records cannot be.
    """
    records = [car_record(raw) for raw in raw_cars(told.cars)]
    return ReadSnapshot(
        told.epoch, told.tick, told.phase, told.go_tick, told.start_tick, told.canisters, records
    )


def _broken(why: str) -> InvalidMessage:
    return InvalidMessage("SnapshotDelta", "data", why)


class _Bytes:
    """The bytes of a delta, and how far they were read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def one(self) -> int:
        """Return the next byte."""
        if self._at >= len(self._data):
            raise _broken("it breaks off")
        self._at += 1
        return self._data[self._at - 1]

    def two(self) -> int:
        """Return a number of two bytes."""
        low = self.one()
        return low | self.one() << 8

    def whole(self) -> int:
        """Return a number without a sign."""
        value = 0
        for place in range(VARINT_BYTES_MAX):
            byte = self.one()
            value |= (byte & 127) << 7 * place
            if byte < 128:
                return value
        raise _broken("a number without an end")

    def signed(self) -> int:
        """Return a number with a sign."""
        folded = self.whole()
        return folded >> 1 if not folded & 1 else -(folded + 1 >> 1)


class _SeenCar:
    """One car, as far as this link was told of it."""

    def __init__(self, exact: Exact) -> None:
        self.exact = exact
        """Exact, as long as it was told exactly."""
        self.earlier = self.exact
        """Two ticks before, where that was told exactly too."""
        self.coarse = Coarse(exact)
        self.record = car_record(exact.raw())


class SnapshotReader:
    """Reads the snapshots of one link, in the order in which they came."""

    def __init__(self) -> None:
        self._last: ReadSnapshot | None = None
        self._cars: list[_SeenCar] = []
        self._slot: int | None = None
        """The own car of the deltas since the last whole snapshot; None: there was none."""

    def read(self, told: Snapshot | SnapshotDelta) -> ReadSnapshot:
        """Return a snapshot as if it had come whole.

        Raises:
            InvalidMessage: it cannot be, or builds on what did not come.
        """
        if isinstance(told, Snapshot):
            self._cars = [_SeenCar(car) for car in exact_cars(told.cars)]
            self._slot = None
            self._last = ReadSnapshot(
                told.epoch, told.tick, told.phase, told.go_tick, told.start_tick, told.canisters,
                [car.record for car in self._cars],
            )  # fmt: skip
            return self._last
        last, self._last = self._last, None
        if last is None:
            raise _broken("it builds on a snapshot that did not come")
        data = _Bytes(told.data)
        head = data.one()
        slot, steps = head & 15, (head >> 4) + 1
        if steps > STEPS_MAX:
            raise _broken("more steps than there may be")
        if data.one() != last.tick & 255:
            raise _broken("it builds on another snapshot")
        if self._slot is not None and slot != self._slot:
            raise _broken("another own car than before")
        if slot != NO_CAR and all(car.exact.slot != slot for car in self._cars):
            raise _broken("an own car that is not there")
        self._slot = slot
        tick, canisters = last.tick, last.canisters
        for _ in range(steps):
            kind = data.one()
            if kind & ~(SAME | CANISTERS) or kind == SAME | CANISTERS:
                raise _broken("an unknown kind of step")
            if kind & SAME:
                for car in self._cars:
                    car.earlier = car.exact
                continue
            tick += STEP_TICKS
            if kind & CANISTERS:
                canisters = data.two()
            own = None
            for car in self._cars:
                if car.exact.slot == slot:
                    own = car
                else:
                    _move_other(car, data)
            if own is not None:
                _move_own(own, data)
        if not data.at_end:
            raise _broken("more bytes than its steps have")
        self._last = ReadSnapshot(
            last.epoch, tick, last.phase, last.go_tick, last.start_tick, canisters,
            [car.record for car in self._cars],
        )  # fmt: skip
        return self._last


def _move_other(car: _SeenCar, data: _Bytes) -> None:
    """Move a car on by a step as others are told of it."""
    at = car.coarse
    word = data.two()
    x, y = (word & 15) - 8, (word >> 4 & 15) - 8
    heading, steer = (word >> 8 & 15) - 8, (word >> 12 & 7) - 4
    mask = data.one() if word & MORE else 0
    if mask & WIDE:
        x, y = x + data.signed(), y + data.signed()
        heading, steer = heading + data.signed(), steer + data.signed()
    if mask & PEDALS:
        at.pedals = data.one()
    if mask & FLAGS:
        at.flags = data.two()
    if mask & ROUND:
        at.round = data.one() | data.one() << 8 | data.one() << 16
    if mask & TIMES:
        started, best = data.whole(), data.whole()
        if started > U32[1] or best > U32[1]:
            raise _broken("a number that no record could hold")
        at.started, at.best = started, best
    if mask & BOTTLE:
        at.nitro, at.charge = data.one(), data.one()
    if mask & DAMAGE:
        at.damage = data.one()
    dx, dy, turn = at.dx + x, at.dy + y, wrapped(at.turn + heading)
    at.x, at.y, at.heading = at.x + dx, at.y + dy, wrapped(at.heading + turn)
    at.steer += steer
    if mask & JUMPED:
        # It was put there, and stands.
        dx = dy = turn = x = y = heading = 0
    at.dx, at.dy, at.turn = dx, dy, turn
    _check(at)
    # The steps tell the velocity of a moment ago: half of what it changed since
    # then lies ahead of that.
    pace = STEPS_A_SECOND / GRID_A_METRE
    flags = CarFlag(at.flags & FLAGS_ALL)
    seen = Car(
        x=float(at.x) / GRID_A_METRE,
        y=float(at.y) / GRID_A_METRE,
        heading=float(at.heading) / GRID_A_RADIAN,
        vx=(float(dx) + x / 4) * pace,
        vy=(float(dy) + y / 4) * pace,
        yaw_rate=(float(turn) + heading / 4) * STEPS_A_SECOND / GRID_A_RADIAN,
        steer_angle=at.steer * STEER_GRID / STEER_SCALE,
        engine_on=bool(flags & CarFlag.ENGINE),
        car_class=CarClass(car.exact.car_class),
        nitro_ticks=min(at.nitro * 8, 255),
        charge_ticks=at.charge * 8,
        draft=(at.pedals >> 4) * 17,
        damage=at.damage,
    )
    car.record = CarRecord(
        car.exact.slot, flags, seen, at.round & 255, at.round >> 8 & 255, at.round >> 16,
        at.started, 0, 0, (at.pedals & 15) * 17, at.best,
    )  # fmt: skip


def _move_own(car: _SeenCar, data: _Bytes) -> None:
    """Move the own car on by a step, exactly."""
    was, earlier = car.exact, car.earlier
    now = was.copy()
    mask = data.one()
    if mask & HEARD:
        now.acked += data.signed()
        now.lead = data.signed()
    if mask & OWN_FLAGS:
        now.flags = data.two()
    if mask & THROTTLE:
        now.throttle = data.one()
    if mask & DRAFT:
        now.draft = data.one()
    if mask & TANK:
        now.nitro, now.charge = data.one(), data.one()
    if mask & OWN_ROUND:
        now.lap, now.gate, now.place = data.one(), data.one(), data.one()
    if mask & SELDOM:
        now.started, now.best, now.damage = data.whole(), data.whole(), data.one()
    now.vx = 2 * was.vx - earlier.vx + data.signed()
    now.vy = 2 * was.vy - earlier.vy + data.signed()
    now.yaw = 2 * was.yaw - earlier.yaw + data.signed()
    now.heading = foreseen_heading(was.heading, was.yaw, now.yaw) + data.signed()
    now.steer = 2 * was.steer - earlier.steer + data.signed()
    now.pitch = 2 * was.pitch - earlier.pitch + data.signed()
    if mask & FAR:
        x, y = data.signed(), data.signed()
    else:
        both = data.one()
        x, y = (both & 15) - 8, (both >> 4) - 8
    now.x = foreseen_place(was.x, was.vx, now.vx) + x
    now.y = foreseen_place(was.y, was.vy, now.vy) + y
    raw = now.raw()
    for value, (low, high) in zip(raw, RANGES, strict=True):
        if not low <= value <= high:
            raise _broken("a number that no record could hold")
    car.earlier, car.exact = was, now
    car.record = car_record(raw)


def _check(at: Coarse) -> None:
    """Refuse a car that has left all bounds.

    Raises:
        InvalidMessage: it has.
    """
    far = max(abs(int(at.x)), abs(int(at.y)))
    if far > GRID_MAX or abs(int(at.steer)) > STEER_MAX:
        raise _broken("a car beyond the world")
    if at.damage > DAMAGE_MAX:
        raise _broken("more damage than there is")
