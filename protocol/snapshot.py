"""The cars of one snapshot, packed: 53 bytes each, little-endian.

    offset  size  type  field
         0     1   u8   slot
         1     2   u16  flags, bits of `CarFlag`
         3     4   i32  x, in 1/4096 m
         7     4   i32  y, in 1/4096 m
        11     4   i32  heading, in 1/2**20 rad, from -pi to pi
        15     4   i32  velocity x, in 1/65536 m/s
        19     4   i32  velocity y
        23     4   i32  yaw rate, in 1/65536 rad/s
        27     2   i16  steering angle of the front wheels, in 1/16384 rad
        29     1   u8   laps completed
        30     1   u8   next gate
        31     1   u8   place, from 1
        32     4   u32  tick at which the lap began
        36     4   u32  highest input sequence heard: the acknowledgement
        40     1   i8   how early (+) or late (-) the newest input came, ticks
        41     1   u8   throttle, in 1/255
        42     4   u32  best lap, ticks; 0 for none
        46     1   u8   class of the car
        47     2   i16  pitch: acceleration that the springs feel, in 1/256 m/s2
        49     1   u8   nitro left, ticks
        50     1   u8   charge of a drift, ticks
        51     1   u8   draft
        52     1   u8   damage, percent

A car steps on these very quanta (see `car.py`), so nothing is lost: a client
that replays from a snapshot starts from the server's own numbers.

Units: as in the table.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from librt.strings import BytesWriter, write_i16_le, write_i32_le
from mypy_extensions import i16, i32, i64, u8

from car import (
    DAMAGE_MAX,
    HEADING_SCALE,
    PITCH_SCALE,
    POSITION_SCALE,
    STEER_SCALE,
    VELOCITY_SCALE,
    YAW_SCALE,
    Car,
    CarClass,
)
from errors import InvalidMessage
from quanta import ROUNDS

_record = struct.Struct("<BHiiiiiihBBBIIbBIBhBBBB")
RECORD_BYTES = _record.size
I16_MAX: Final = float(2**15 - 1)
I32_MAX: Final = float(2**31 - 1)
# As real numbers of its own, a compiled module finds them at once.
PLACE: Final = float(POSITION_SCALE)
TURN: Final = float(HEADING_SCALE)
SPEED: Final = float(VELOCITY_SCALE)
YAW: Final = float(YAW_SCALE)
STEER: Final = float(STEER_SCALE)
PITCH: Final = float(PITCH_SCALE)
WHOLE_NUMBERS: Final = ROUNDS


RawCar = tuple[int, ...]
"""The numbers of one record, in its order."""


class CarFlag(IntFlag):
    """What others see of a car besides where it is."""

    ENGINE = 1
    BRAKING = 2
    HANDBRAKE = 4
    WRONG_WAY = 8
    GHOST = 16
    """Touches no other car."""
    CARETAKER = 32
    """A bot drives for a player who is away."""
    FINISHED = 64
    GONE = 128
    """Left for good: not to be drawn."""
    PENALTY = 256
    MISSED_GATE = 512
    """Has driven past the gate that is due; nothing counts until it is crossed."""
    NITRO = 1024
    """Burns its bottle."""
    REPAIRING = 2048
    """Is being mended in a pit."""


FLAGS_ALL = sum(CarFlag)


@dataclass(frozen=True, slots=True)
class CarRecord:
    """One car of a snapshot."""

    slot: int
    flags: CarFlag
    car: Car
    lap: int
    next_gate: int
    place: int
    lap_started_tick: int
    acked_sequence: int
    input_lead: int
    throttle: int
    best_lap_ticks: int


def pack_cars(records: Iterable[CarRecord]) -> bytes:
    """Return the records as the bytes of `Snapshot.cars`."""
    out = BytesWriter()
    for one in records:
        put_car(
            out,
            one.slot,
            one.flags.value,
            one.car,
            one.lap,
            one.next_gate,
            one.place,
            one.lap_started_tick,
            one.acked_sequence,
            one.input_lead,
            one.throttle,
            one.best_lap_ticks,
        )
    return out.getvalue()


def put_car(
    out: BytesWriter,
    slot: i64,
    flags: i64,
    car: Car,
    lap: i64,
    next_gate: i64,
    place: i64,
    lap_started_tick: i64,
    acked_sequence: i64,
    input_lead: i64,
    throttle: i64,
    best_lap_ticks: i64,
) -> None:
    """Add one record; the fields are those of `CarRecord`."""
    out.append(u8(slot))
    write_i16_le(out, i16(flags))
    write_i32_le(out, _i32(car.x * PLACE))
    write_i32_le(out, _i32(car.y * PLACE))
    write_i32_le(out, _i32(car.heading * TURN))
    write_i32_le(out, _i32(car.vx * SPEED))
    write_i32_le(out, _i32(car.vy * SPEED))
    write_i32_le(out, _i32(car.yaw_rate * YAW))
    write_i16_le(out, i16(car.steer_angle * STEER + WHOLE_NUMBERS - WHOLE_NUMBERS))
    out.append(u8(lap if lap < 255 else 255))
    out.append(u8(next_gate if next_gate < 255 else 255))
    out.append(u8(place))
    _put_u32(out, lap_started_tick)
    _put_u32(out, acked_sequence)
    out.append(u8(input_lead & 255))
    out.append(u8(throttle))
    _put_u32(out, best_lap_ticks)
    out.append(u8(int(car.car_class)))
    pitch = car.pitch * PITCH + WHOLE_NUMBERS - WHOLE_NUMBERS
    pitch = I16_MAX if pitch > I16_MAX else -I16_MAX if pitch < -I16_MAX else pitch
    write_i16_le(out, i16(pitch))
    out.append(u8(car.nitro_ticks))
    out.append(u8(car.charge_ticks))
    out.append(u8(car.draft))
    out.append(u8(car.damage))


def pack_raw(raw: RawCar) -> bytes:
    """Return the record of its numbers.

    Raises:
        struct.error: a number cannot be.
    """
    return _record.pack(*raw)


def raw_cars(block: bytes) -> list[RawCar]:
    """Return the numbers of a block's records, unchecked.

    Raises:
        InvalidMessage: the block is not a whole number of records.
    """
    check_whole(block)
    return list(_record.iter_unpack(block))


def check_whole(block: bytes) -> None:
    """Refuse a block that is not a whole number of records.

    Raises:
        InvalidMessage: it is not.
    """
    if len(block) % RECORD_BYTES:
        raise InvalidMessage("Snapshot", "cars", f"not a multiple of {RECORD_BYTES} bytes")


def unpack_cars(block: bytes) -> list[CarRecord]:
    """Return the records of a snapshot.

    Raises:
        InvalidMessage: the block is not a whole number of records, or a
            record holds what cannot be.
    """
    return [car_record(raw) for raw in raw_cars(block)]


def car_record(raw: RawCar) -> CarRecord:
    """Return a record by its numbers.

    Raises:
        InvalidMessage: a number cannot be.
    """
    (
        slot, flags, x, y, heading, vx, vy, yaw, steer, lap, gate, place, lap_started, acked, lead,
        throttle, best, car_class, pitch, nitro, charge, draft, damage,
    ) = raw  # fmt: skip
    if slot > 7 or abs(heading) > math.ceil(math.pi * HEADING_SCALE):
        raise InvalidMessage("Snapshot", "cars", "a slot or heading that cannot be")
    if car_class >= len(CarClass) or damage > DAMAGE_MAX:
        raise InvalidMessage("Snapshot", "cars", "a class or damage that cannot be")
    known = CarFlag(flags & FLAGS_ALL)
    car = Car(
        x=x / POSITION_SCALE,
        y=y / POSITION_SCALE,
        heading=heading / HEADING_SCALE,
        vx=vx / VELOCITY_SCALE,
        vy=vy / VELOCITY_SCALE,
        yaw_rate=yaw / YAW_SCALE,
        steer_angle=steer / STEER_SCALE,
        engine_on=bool(known & CarFlag.ENGINE),
        car_class=CarClass(car_class),
        pitch=pitch / PITCH_SCALE,
        nitro_ticks=nitro,
        charge_ticks=charge,
        draft=draft,
        damage=damage,
    )
    return CarRecord(slot, known, car, lap, gate, place, lap_started, acked, lead, throttle, best)


def _i32(value: float) -> i32:
    # A car cannot leave the world, but a wall of the format must not raise.
    if -I32_MAX <= value <= I32_MAX:
        return i32(value + WHOLE_NUMBERS - WHOLE_NUMBERS)
    return i32(I32_MAX) if value > 0.0 else i32(-I32_MAX)


def _put_u32(out: BytesWriter, value: i64) -> None:
    write_i32_le(out, i32(value if value < 2**31 else value - 2**32))
