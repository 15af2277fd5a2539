"""A recorded lap as bytes, and back: `GhostRow.lap`, and what databases keep.

`pack_lap` and `unpack_lap` are each other's inverse but for the last
centimetre. What `unpack_lap` is given may come from anybody: it checks every
number, so that a lap that it returns can also be drawn.

The bytes, little-endian: version u8, class u8, ticks u32, digest of the track
(16 characters), then for each sample x u16, y u16 (1/64 m), heading i16
(pi/32768 rad).

Units: metres, radians, ticks of 1/60 s.
"""

from __future__ import annotations

import math
import struct

from car import CarClass
from errors import BadGhost
from ghost import TICKS_MAX, GhostLap, Pose, samples_of

LAP_VERSION = 1
DIGEST_CHARS = 16
SCALE = 64.0
PLACE_MAX = 65_535
TURN = 32_768 / math.pi
TURN_MAX = 32_767
HEADER = struct.Struct(f"<BBI{DIGEST_CHARS}s")
SAMPLE = struct.Struct("<HHh")


def pack_lap(lap: GhostLap) -> bytes:
    """Return a lap as bytes."""
    parts = [HEADER.pack(LAP_VERSION, int(lap.car_class), lap.ticks, lap.digest.encode())]
    for x, y, heading in lap.poses:
        turn = round(math.remainder(heading, math.tau) * TURN)
        parts.append(SAMPLE.pack(_place(x), _place(y), min(turn, TURN_MAX)))
    return b"".join(parts)


def _place(metres: float) -> int:
    return min(max(round(metres * SCALE), 0), PLACE_MAX)


def unpack_lap(data: bytes) -> GhostLap:
    """Return the lap that `pack_lap` wrote.

    Raises:
        BadGhost: it is damaged, of another version, or no lap of a car.
    """
    if len(data) < HEADER.size:
        raise BadGhost("it is too short")
    version, car_class, ticks, digest = HEADER.unpack_from(data)
    if version != LAP_VERSION:
        raise BadGhost(f"it is of version {version}, not {LAP_VERSION}")
    if car_class >= len(CarClass):
        raise BadGhost("there is no such car")
    if not 1 <= ticks <= TICKS_MAX:
        raise BadGhost("no lap takes so long")
    if len(data) != HEADER.size + samples_of(ticks) * SAMPLE.size:
        raise BadGhost("its length is not that of its lap")
    if not (digest.isascii() and digest.isalnum()):
        raise BadGhost("it names no track")
    poses = tuple(
        Pose(x / SCALE, y / SCALE, turn / TURN)
        for x, y, turn in SAMPLE.iter_unpack(data[HEADER.size :])
    )
    return GhostLap(digest.decode(), CarClass(car_class), ticks, poses)
