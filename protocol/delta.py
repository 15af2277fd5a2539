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

from protocol.snapshot import RawCar

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

    def __init__(self, raw: RawCar) -> None:
        (
            self.slot, self.flags, self.x, self.y, self.heading, self.vx, self.vy, self.yaw,
            self.steer, self.lap, self.gate, self.place, self.started, self.acked, self.lead,
            self.throttle, self.best, self.car_class, self.pitch, self.nitro, self.charge,
            self.draft, self.damage,
        ) = raw  # fmt: skip

    def raw(self) -> RawCar:
        """Return the numbers in the order of the record."""
        return (
            self.slot, self.flags, self.x, self.y, self.heading, self.vx, self.vy, self.yaw,
            self.steer, self.lap, self.gate, self.place, self.started, self.acked, self.lead,
            self.throttle, self.best, self.car_class, self.pitch, self.nitro, self.charge,
            self.draft, self.damage,
        )  # fmt: skip


class Coarse:
    """A car as others see it, on the grid, and how it moved there."""

    __slots__ = (
        "charge", "damage", "dx", "dy", "flags", "heading", "nitro", "pedals", "round",
        "steer", "times", "turn", "x", "y",
    )  # fmt: skip

    def __init__(self, car: Exact) -> None:
        """Take an exact car; its steps follow from its velocities."""
        self.x = (car.x + PLACE_GRID // 2) // PLACE_GRID
        self.y = (car.y + PLACE_GRID // 2) // PLACE_GRID
        self.heading = wrapped((car.heading + HEADING_GRID // 2) // HEADING_GRID)
        self.steer = (car.steer + STEER_GRID // 2) // STEER_GRID
        self.dx = (car.vx + VELOCITY_A_STEP // 2) // VELOCITY_A_STEP
        self.dy = (car.vy + VELOCITY_A_STEP // 2) // VELOCITY_A_STEP
        self.turn = (car.yaw + YAW_A_STEP // 2) // YAW_A_STEP
        self.flags = car.flags
        self.pedals = (car.throttle * 15 + 127) // 255 | (car.draft * 15 + 127) // 255 << 4
        self.round = car.lap | car.gate << 8 | car.place << 16
        self.times = car.started << 32 | car.best
        self.nitro = (car.nitro + 7) // 8
        self.charge = car.charge // 8
        self.damage = car.damage


def wrapped(heading: int) -> int:
    """Return a heading on the grid, from half a turn to the left up to half a turn."""
    return (heading + HALF_TURN) % TURN - HALF_TURN


def foreseen_heading(heading: int, before: int, now: int) -> int:
    """Return the heading two ticks later, from the yaw rates there and then."""
    ahead = heading + (2 * (before + 3 * now) + 7) // 15
    if ahead > TURN_QUANTA // 2:
        return ahead - TURN_QUANTA
    return ahead + TURN_QUANTA if ahead < -(TURN_QUANTA // 2) else ahead


def foreseen_place(place: int, before: int, now: int) -> int:
    """Return a coordinate two ticks later, from the velocities there and then."""
    return place + (before + 3 * now + VELOCITY_A_QUANTUM // 2) // VELOCITY_A_QUANTUM


def put(out: list[int], value: int) -> None:
    """Add a whole number with a sign: 7 bits a byte, the lowest first."""
    folded = value << 1 if value >= 0 else (-value << 1) - 1
    while folded > 127:
        out.append(folded & 127 | 128)
        folded >>= 7
    out.append(folded)


def put_whole(out: list[int], value: int) -> None:
    """Add a whole number without a sign."""
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def shared_step(before: Coarse, now: Coarse) -> bytes:
    """Return what tells others how one car has moved on; note its steps in `now`.

    Args:
        before: the car two ticks ago, with the steps that brought it there.
        now: the car by its exact record.
    """
    dx, dy, turn = now.x - before.x, now.y - before.y, wrapped(now.heading - before.heading)
    mask = 0
    if abs(dx - now.dx) > JUMP or abs(dy - now.dy) > JUMP:
        mask = JUMPED
        now.dx = now.dy = now.turn = 0
    else:
        now.dx, now.dy, now.turn = dx, dy, turn
    x, y, heading = dx - before.dx, dy - before.dy, wrapped(turn - before.turn)
    steer = now.steer - before.steer
    word = NOTHING
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
    if now.times != before.times:
        mask |= TIMES
    if now.nitro != before.nitro or now.charge != before.charge:
        mask |= BOTTLE
    if now.damage != before.damage:
        mask |= DAMAGE
    if not mask:
        return bytes((word & 255, word >> 8))
    out = [word & 255, word >> 8 | 128, mask]
    if mask & WIDE:
        put(out, x)
        put(out, y)
        put(out, heading)
        put(out, steer)
    if mask & PEDALS:
        out.append(now.pedals)
    if mask & FLAGS:
        out += (now.flags & 255, now.flags >> 8)
    if mask & ROUND:
        out += (now.round & 255, now.round >> 8 & 255, now.round >> 16)
    if mask & TIMES:
        put_whole(out, now.times >> 32)
        put_whole(out, now.times & 0xFFFFFFFF)
    if mask & BOTTLE:
        out += (now.nitro, now.charge)
    if mask & DAMAGE:
        out.append(now.damage)
    return bytes(out)


def private_step(car: Exact, before: Exact, earlier: Exact) -> bytes:
    """Return what tells its driver exactly how a car has moved on.

    Args:
        before: the car two ticks ago.
        earlier: two ticks before that, or `before` again where that is not known.
    """
    vx, vy, yaw = car.vx, car.vy, car.yaw
    x = car.x - foreseen_place(before.x, before.vx, vx)
    y = car.y - foreseen_place(before.y, before.vy, vy)
    mask = 0
    out = [0]
    if car.acked != before.acked or car.lead != before.lead:
        mask = HEARD
        put(out, car.acked - before.acked)
        put(out, car.lead)
    if car.flags != before.flags:
        mask |= OWN_FLAGS
        out += (car.flags & 255, car.flags >> 8)
    if car.throttle != before.throttle:
        mask |= THROTTLE
        out.append(car.throttle)
    if car.draft != before.draft:
        mask |= DRAFT
        out.append(car.draft)
    if car.nitro != before.nitro or car.charge != before.charge:
        mask |= TANK
        out += (car.nitro, car.charge)
    if car.lap != before.lap or car.gate != before.gate or car.place != before.place:
        mask |= OWN_ROUND
        out += (car.lap, car.gate, car.place)
    if car.started != before.started or car.best != before.best or car.damage != before.damage:
        mask |= SELDOM
        put_whole(out, car.started)
        put_whole(out, car.best)
        out.append(car.damage)
    put(out, vx - 2 * before.vx + earlier.vx)
    put(out, vy - 2 * before.vy + earlier.vy)
    put(out, yaw - 2 * before.yaw + earlier.yaw)
    put(out, car.heading - foreseen_heading(before.heading, before.yaw, yaw))
    put(out, car.steer - 2 * before.steer + earlier.steer)
    put(out, car.pitch - 2 * before.pitch + earlier.pitch)
    if -8 <= x <= 7 and -8 <= y <= 7:
        out.append(x + 8 | y + 8 << 4)
    else:
        mask |= FAR
        put(out, x)
        put(out, y)
    out[0] = mask
    return bytes(out)
