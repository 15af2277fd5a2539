"""What has changed from one snapshot to the next, as few bytes: the writing side.

The own car travels exactly, as what is left over when its motion is foreseen
in whole numbers: velocities go on changing as they did, places follow from
velocities. All other cars travel coarsely, as steps on a grid of 1/512 m and
1/2048 rad; their velocities follow from these. What seldom changes is told when
it does. `docs/protocol.md` shows every byte; `reading.py` reads them.

Everything is whole numbers, divisions round down, and so every machine and
language computes the same.

Units: quanta as in `snapshot.py`; grid steps for other cars; ticks.
"""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter, read_i16_le, read_i32_le
from mypy_extensions import i64, u8

from protocol.snapshot import RECORD_BYTES, RawCar, check_whole, pack_raw

STEP_TICKS: Final = 2
"""Two snapshots that a delta joins are so far apart."""
TURN: Final = 12_868
"""Grid steps of heading in a whole turn."""
HALF_TURN: Final = TURN // 2
TURN_QUANTA: Final = 6_588_397
"""Quanta of heading in a whole turn."""
PLACE_GRID: Final = 8
HEADING_GRID: Final = 512
STEER_GRID: Final = 128
"""Quanta in a grid step."""
VELOCITY_A_STEP: Final = 3840
"""Quanta of velocity by which a car moves one grid step between two snapshots."""
YAW_A_STEP: Final = 960
VELOCITY_A_QUANTUM: Final = 1920
"""The same for half a quantum of place."""
JUMP: Final = 256
"""A car that moved so many grid steps more or less than its velocity says was
put somewhere else."""
NOTHING: Final = 0x4888
"""The first two bytes of a car that moves as foreseen."""
MORE: Final = 0x8000

# Bits of what follows of another car, behind its first two bytes.
WIDE: Final = 1
PEDALS: Final = 2
FLAGS: Final = 4
ROUND: Final = 8
TIMES: Final = 16
BOTTLE: Final = 32
DAMAGE: Final = 64
JUMPED: Final = 128
# Bits of what follows of the own car.
HEARD: Final = 1
OWN_FLAGS: Final = 2
THROTTLE: Final = 4
DRAFT: Final = 8
TANK: Final = 16
OWN_ROUND: Final = 32
SELDOM: Final = 64
FAR: Final = 128

NO_CAR: Final = 15
"""In the first byte of a delta: the slot of who watches."""
SAME: Final = 1
CANISTERS: Final = 2
"""Bits of the byte with which a step begins."""


class Exact:
    """The numbers of one record, each by its name."""

    __slots__ = (
        "acked", "best", "car_class", "charge", "damage", "draft", "flags", "gate", "heading",
        "lap", "lead", "nitro", "pitch", "place", "slot", "started", "steer", "throttle", "vx",
        "vy", "x", "y", "yaw",
    )  # fmt: skip

    def __init__(self, block: bytes, at: i64) -> None:
        """Take the record that begins there in a block of whole records."""
        self.slot: i64 = i64(block[at])
        self.flags: i64 = i64(read_i16_le(block, at + 1)) & 0xFFFF
        self.x: i64 = i64(read_i32_le(block, at + 3))
        self.y: i64 = i64(read_i32_le(block, at + 7))
        self.heading: i64 = i64(read_i32_le(block, at + 11))
        self.vx: i64 = i64(read_i32_le(block, at + 15))
        self.vy: i64 = i64(read_i32_le(block, at + 19))
        self.yaw: i64 = i64(read_i32_le(block, at + 23))
        self.steer: i64 = i64(read_i16_le(block, at + 27))
        self.lap: i64 = i64(block[at + 29])
        self.gate: i64 = i64(block[at + 30])
        self.place: i64 = i64(block[at + 31])
        self.started: i64 = i64(read_i32_le(block, at + 32)) & 0xFFFFFFFF
        self.acked: i64 = i64(read_i32_le(block, at + 36)) & 0xFFFFFFFF
        self.lead: i64 = (i64(block[at + 40]) ^ 128) - 128
        self.throttle: i64 = i64(block[at + 41])
        self.best: i64 = i64(read_i32_le(block, at + 42)) & 0xFFFFFFFF
        self.car_class: i64 = i64(block[at + 46])
        self.pitch: i64 = i64(read_i16_le(block, at + 47))
        self.nitro: i64 = i64(block[at + 49])
        self.charge: i64 = i64(block[at + 50])
        self.draft: i64 = i64(block[at + 51])
        self.damage: i64 = i64(block[at + 52])

    def copy(self) -> Exact:
        """Return the same numbers, to be changed."""
        return Exact(pack_raw(self.raw()), 0)

    def raw(self) -> RawCar:
        """Return the numbers in the order of the record."""
        return (
            self.slot, self.flags, self.x, self.y, self.heading, self.vx, self.vy, self.yaw,
            self.steer, self.lap, self.gate, self.place, self.started, self.acked, self.lead,
            self.throttle, self.best, self.car_class, self.pitch, self.nitro, self.charge,
            self.draft, self.damage,
        )  # fmt: skip


def exact_cars(block: bytes) -> list[Exact]:
    """Return the cars of a block of records.

    Raises:
        InvalidMessage: it is not a whole number of them.
    """
    check_whole(block)
    return [Exact(block, at) for at in range(0, len(block), RECORD_BYTES)]


class Coarse:
    """A car as others see it, on the grid, and how it moved there."""

    __slots__ = (
        "best", "charge", "damage", "dx", "dy", "flags", "heading", "nitro", "pedals", "round",
        "started", "steer", "turn", "x", "y",
    )  # fmt: skip

    def __init__(self, car: Exact) -> None:
        """Take an exact car; its steps follow from its velocities."""
        self.x: i64 = (car.x + PLACE_GRID // 2) // PLACE_GRID
        self.y: i64 = (car.y + PLACE_GRID // 2) // PLACE_GRID
        self.heading: i64 = wrapped((car.heading + HEADING_GRID // 2) // HEADING_GRID)
        self.steer: i64 = (car.steer + STEER_GRID // 2) // STEER_GRID
        self.dx: i64 = (car.vx + VELOCITY_A_STEP // 2) // VELOCITY_A_STEP
        self.dy: i64 = (car.vy + VELOCITY_A_STEP // 2) // VELOCITY_A_STEP
        self.turn: i64 = (car.yaw + YAW_A_STEP // 2) // YAW_A_STEP
        self.flags: i64 = car.flags
        pedals: i64 = (car.throttle * 15 + 127) // 255
        self.pedals: i64 = pedals | (car.draft * 15 + 127) // 255 << 4
        self.round: i64 = car.lap | car.gate << 8 | car.place << 16
        self.started: i64 = car.started
        self.best: i64 = car.best
        self.nitro: i64 = (car.nitro + 7) // 8
        self.charge: i64 = car.charge // 8
        self.damage: i64 = car.damage


def wrapped(heading: i64) -> i64:
    """Return a heading on the grid, from half a turn to the left up to half a turn."""
    return (heading + HALF_TURN) % TURN - HALF_TURN


def foreseen_heading(heading: i64, before: i64, now: i64) -> i64:
    """Return the heading two ticks later, from the yaw rates there and then."""
    ahead: i64 = heading + (2 * (before + 3 * now) + 7) // 15
    if ahead > TURN_QUANTA // 2:
        return ahead - TURN_QUANTA
    return ahead + TURN_QUANTA if ahead < -(TURN_QUANTA // 2) else ahead


def foreseen_place(place: i64, before: i64, now: i64) -> i64:
    """Return a coordinate two ticks later, from the velocities there and then."""
    return place + (before + 3 * now + VELOCITY_A_QUANTUM // 2) // VELOCITY_A_QUANTUM


def put(out: BytesWriter, value: i64) -> None:
    """Add a whole number with a sign: 7 bits a byte, the lowest first."""
    folded: i64 = value << 1 if value >= 0 else (-value << 1) - 1
    while folded > 127:
        out.append(u8(folded & 127 | 128))
        folded >>= 7
    out.append(u8(folded))


def put_whole(out: BytesWriter, value: i64) -> None:
    """Add a whole number without a sign."""
    while value > 127:
        out.append(u8(value & 127 | 128))
        value >>= 7
    out.append(u8(value))


def put_shared(out: BytesWriter, before: Coarse, now: Coarse) -> None:
    """Add what tells others how one car has moved on; note its steps in `now`.

    Args:
        before: the car two ticks ago, with the steps that brought it there.
        now: the car by its exact record.
    """
    dx: i64 = now.x - before.x
    dy: i64 = now.y - before.y
    turn: i64 = wrapped(now.heading - before.heading)
    mask: i64 = 0
    if not -JUMP <= dx - now.dx <= JUMP or not -JUMP <= dy - now.dy <= JUMP:
        mask = JUMPED
        now.dx = now.dy = now.turn = 0
    else:
        now.dx, now.dy, now.turn = dx, dy, turn
    x: i64 = dx - before.dx
    y: i64 = dy - before.dy
    heading: i64 = wrapped(turn - before.turn)
    steer: i64 = now.steer - before.steer
    word: i64 = NOTHING
    if -8 <= x <= 7 and -8 <= y <= 7 and -8 <= heading <= 7 and -4 <= steer <= 3:
        word += x + (y << 4) + (heading << 8) + (steer << 12)
    else:
        mask |= WIDE
    if now.pedals != before.pedals:
        mask |= PEDALS
    if now.flags != before.flags:
        mask |= FLAGS
    if now.round != before.round:
        mask |= ROUND
    if now.started != before.started or now.best != before.best:
        mask |= TIMES
    if now.nitro != before.nitro or now.charge != before.charge:
        mask |= BOTTLE
    if now.damage != before.damage:
        mask |= DAMAGE
    out.append(u8(word & 255))
    if not mask:
        out.append(u8(word >> 8))
        return
    out.append(u8(word >> 8 | 128))
    out.append(u8(mask))
    if mask & WIDE:
        put(out, x)
        put(out, y)
        put(out, heading)
        put(out, steer)
    if mask & PEDALS:
        out.append(u8(now.pedals))
    if mask & FLAGS:
        out.append(u8(now.flags & 255))
        out.append(u8(now.flags >> 8))
    if mask & ROUND:
        out.append(u8(now.round & 255))
        out.append(u8(now.round >> 8 & 255))
        out.append(u8(now.round >> 16))
    if mask & TIMES:
        put_whole(out, now.started)
        put_whole(out, now.best)
    if mask & BOTTLE:
        out.append(u8(now.nitro))
        out.append(u8(now.charge))
    if mask & DAMAGE:
        out.append(u8(now.damage))


def put_private(out: BytesWriter, car: Exact, before: Exact, earlier: Exact) -> None:
    """Add what tells its driver exactly how a car has moved on.

    Args:
        before: the car two ticks ago.
        earlier: two ticks before that, or `before` again where that is not known.
    """
    vx: i64 = car.vx
    vy: i64 = car.vy
    yaw: i64 = car.yaw
    x: i64 = car.x - foreseen_place(before.x, before.vx, vx)
    y: i64 = car.y - foreseen_place(before.y, before.vy, vy)
    mask: i64 = 0
    if car.acked != before.acked or car.lead != before.lead:
        mask = HEARD
    if car.flags != before.flags:
        mask |= OWN_FLAGS
    if car.throttle != before.throttle:
        mask |= THROTTLE
    if car.draft != before.draft:
        mask |= DRAFT
    if car.nitro != before.nitro or car.charge != before.charge:
        mask |= TANK
    if car.lap != before.lap or car.gate != before.gate or car.place != before.place:
        mask |= OWN_ROUND
    if car.started != before.started or car.best != before.best or car.damage != before.damage:
        mask |= SELDOM
    if not (-8 <= x <= 7 and -8 <= y <= 7):
        mask |= FAR
    out.append(u8(mask))
    if mask & HEARD:
        put(out, car.acked - before.acked)
        put(out, car.lead)
    if mask & OWN_FLAGS:
        out.append(u8(car.flags & 255))
        out.append(u8(car.flags >> 8))
    if mask & THROTTLE:
        out.append(u8(car.throttle))
    if mask & DRAFT:
        out.append(u8(car.draft))
    if mask & TANK:
        out.append(u8(car.nitro))
        out.append(u8(car.charge))
    if mask & OWN_ROUND:
        out.append(u8(car.lap))
        out.append(u8(car.gate))
        out.append(u8(car.place))
    if mask & SELDOM:
        put_whole(out, car.started)
        put_whole(out, car.best)
        out.append(u8(car.damage))
    put(out, vx - 2 * before.vx + earlier.vx)
    put(out, vy - 2 * before.vy + earlier.vy)
    put(out, yaw - 2 * before.yaw + earlier.yaw)
    put(out, car.heading - foreseen_heading(before.heading, before.yaw, yaw))
    put(out, car.steer - 2 * before.steer + earlier.steer)
    put(out, car.pitch - 2 * before.pitch + earlier.pitch)
    if mask & FAR:
        put(out, x)
        put(out, y)
    else:
        out.append(u8(x + 8 | y + 8 << 4))
