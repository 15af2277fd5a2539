"""Another car, a little in the past, where it is known on both sides.

`Interpolation` keeps the newest records of one car and says where it was at
a tick between them; a little beyond the newest it lets the car roll on. It
predicts no driver.

Source: G. Fiedler, "Snapshot Interpolation".

Units: ticks of 1/60 s; metres, radians.
"""

from __future__ import annotations

import math
from collections import deque

from car import CAR_LENGTH, DT, TAU, Car
from protocol import CarRecord

KEPT = 40
"""Records of one car: more than a second of them."""
EXTRAPOLATE_TICKS = 12.0
JUMP_METRES = 3 * CAR_LENGTH
"""A car that moved so far between two snapshots was put somewhere else."""


class Interpolation:
    """One car, from the snapshots that show it."""

    def __init__(self) -> None:
        self._cars: deque[tuple[int, Car]] = deque(maxlen=KEPT)

    def add(self, tick: int, record: CarRecord) -> None:
        """Take in a record; one that is not newer than the newest is ignored."""
        if not self._cars or tick > self._cars[-1][0]:
            self._cars.append((tick, record.car))

    def at(self, tick: float) -> Car:
        """Return the car at a tick; at least one record must have been added."""
        newest_tick, newest = self._cars[-1]
        if tick >= newest_tick:
            return coast(newest, min(tick - newest_tick, EXTRAPOLATE_TICKS))
        for index in range(len(self._cars) - 1, 0, -1):
            since, older = self._cars[index - 1]
            if since <= tick:
                until, newer = self._cars[index]
                if math.hypot(newer.x - older.x, newer.y - older.y) > JUMP_METRES:
                    return newer.copy()
                return blend(older, newer, (tick - since) / (until - since))
        return self._cars[0][1].copy()


def blend(a: Car, b: Car, share: float) -> Car:
    """Return the car between two states, the short way round for its heading."""
    turn = math.remainder(b.heading - a.heading, TAU)

    def between(low: float, high: float) -> float:
        return low + (high - low) * share

    return Car(
        x=between(a.x, b.x),
        y=between(a.y, b.y),
        heading=math.remainder(a.heading + turn * share, TAU),
        vx=between(a.vx, b.vx),
        vy=between(a.vy, b.vy),
        yaw_rate=between(a.yaw_rate, b.yaw_rate),
        steer_angle=between(a.steer_angle, b.steer_angle),
        engine_on=b.engine_on,
        car_class=b.car_class,
        pitch=between(a.pitch, b.pitch),
        nitro_ticks=b.nitro_ticks,
        charge_ticks=b.charge_ticks,
        draft=b.draft,
        damage=b.damage,
    )


def coast(car: Car, ticks: float) -> Car:
    """Return the car so many ticks later, if nothing changes."""
    seconds = ticks * DT
    later = car.copy()
    later.x += car.vx * seconds
    later.y += car.vy * seconds
    later.heading = math.remainder(car.heading + car.yaw_rate * seconds, TAU)
    return later
