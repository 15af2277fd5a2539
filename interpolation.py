"""Another car, a little in the past, where it is known on both sides.

`Interpolation` keeps the newest records of one car and says where it was at
a tick between them. It guesses nothing beyond the newest (see `rivals.py`).

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
JUMP_METRES = 3 * CAR_LENGTH
"""A car that moved so far between two snapshots was put somewhere else."""


class Interpolation:
    """One car, from the snapshots that show it."""

    def __init__(self) -> None:
        self._cars: deque[tuple[int, Car]] = deque(maxlen=KEPT)

    @property
    def newest(self) -> Car | None:
        """The car of the newest record; not to be changed."""
        return self._cars[-1][1] if self._cars else None

    def add(self, tick: int, record: CarRecord) -> None:
        """Take in a record; one that is not newer than the newest is ignored."""
        if not self._cars or tick > self._cars[-1][0]:
            self._cars.append((tick, record.car))

    def at(self, tick: float) -> Car:
        """Return the car at a tick; at least one record must have been added."""
        newest_tick, newest = self._cars[-1]
        if tick >= newest_tick:
            return newest.copy()
        for index in range(len(self._cars) - 1, 0, -1):
            since, older = self._cars[index - 1]
            if since <= tick:
                until, newer = self._cars[index]
                if is_jump(older, newer, until - since):
                    return newer.copy()
                return blend(older, newer, (tick - since) / (until - since))
        return self._cars[0][1].copy()


def is_jump(older: Car, newer: Car, ticks: int) -> bool:
    """Whether a car was put somewhere else between two records, so many ticks apart."""
    driven = max(older.speed, newer.speed) * ticks * DT
    return math.hypot(newer.x - older.x, newer.y - older.y) > JUMP_METRES + driven


def roll_on(car: Car, ticks: float) -> Car:
    """Return a car a moment later, at most a tick or two, as if nothing changed."""
    later = car.copy()
    later.x += car.vx * ticks * DT
    later.y += car.vy * ticks * DT
    later.heading = math.remainder(car.heading + car.yaw_rate * ticks * DT, TAU)
    return later


def blend(a: Car, b: Car, share: float) -> Car:
    """Return the car between two states, the short way round for its heading."""
    turn = math.remainder(b.heading - a.heading, TAU)
    x, y, vx, vy = a.x, a.y, a.vx, a.vy
    yaw_rate, steer, pitch = a.yaw_rate, a.steer_angle, a.pitch
    return Car(
        x + (b.x - x) * share,
        y + (b.y - y) * share,
        math.remainder(a.heading + turn * share, TAU),
        vx + (b.vx - vx) * share,
        vy + (b.vy - vy) * share,
        yaw_rate + (b.yaw_rate - yaw_rate) * share,
        steer + (b.steer_angle - steer) * share,
        b.engine_on,
        b.car_class,
        pitch + (b.pitch - pitch) * share,
        b.nitro_ticks,
        b.charge_ticks,
        b.draft,
        b.damage,
    )
