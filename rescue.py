"""How a driver gets going again: facing the wrong way, stuck, or lost.

A `Rescue` takes the wheel when nothing moves as it should, and gives it back
when the car can be driven on. Who stands across the road waits for the cars
that come; who cannot turn round forwards backs up; who has tried enough, or
missed a gate, asks to be put back.

Units: metres, seconds; ticks where the name says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from car import Car, CarInput
from sight import Sight
from track import Place, Track

STUCK_TICKS: Final = 60
"""Standing for so long is being stuck."""
REVERSE_TICKS: Final = 66
LOST_TICKS: Final = 150
"""So long off the road, and slow, a bot asks to be put back."""
ASKING_TICKS: Final = 12
"""It asks for so long: over a network a single tick may never be sent."""
TRIES_MAX: Final = 3
"""Backing up so often without success, it asks to be put back."""
TURNED: Final = -0.25
"""Cosine of the angle to the road from which on a car is turned the wrong way."""
SPEED_SLOW: Final = 6.0
SPEED_FREE: Final = 9.0
"""Faster than this, all is well."""
TURN_TICKS_MAX: Final = 240
"""Turning round may take so long."""
WAIT_TICKS_MAX: Final = 150
WAIT_S, WAIT_ASIDE = 2.0, 5.0
"""Cars that will be here so soon, and no further aside, are waited for."""
SPEED_COMING: Final = 6.0


class Rescue:
    """One driver's way out of trouble."""

    def __init__(self, track: Track, halves: list[float], every_ticks: int = 1) -> None:
        """Look for trouble, asked every so many ticks."""
        self._track, self._halves, self._every_ticks = track, halves, every_ticks
        self._still_ticks = 0
        self._lost_ticks = 0
        self._turn_ticks = 0
        self._wait_ticks = 0
        self._reverse_ticks = 0
        self._asking_ticks = 0
        self._tries = 0

    def wishes(self, sight: Sight, here: Place, *, waits: bool = False) -> CarInput | None:
        """Return what to do, or None when the car can be driven on.

        Args:
            waits: whether the driver leaves the road, or stands, on purpose.
        """
        car, every = sight.car, self._every_ticks
        speed = car.speed
        if self._asking_ticks > 0:
            self._asking_ticks -= every
            return CarInput(brake=min(1.0, 0.1 * speed), respawn=True)
        if speed > SPEED_FREE:
            self._tries = self._turn_ticks = self._wait_ticks = 0
        # As the road goes at the car: over the network a hint may be old.
        tx, ty = self._track.tangents_at(here.sample)
        if self._reverse_ticks > 0:
            self._reverse_ticks -= every
            turn = math.remainder(math.atan2(ty, tx) - car.heading, 2 * math.pi)
            return CarInput(brake=1.0, steering=-math.copysign(1.0, turn))
        still = speed < 1.0 and not waits
        self._still_ticks = self._still_ticks + every if still else 0
        off_road = abs(here.offset) > self._halves[here.sample] + 2.0
        self._lost_ticks = self._lost_ticks + every if off_road and not waits else 0
        slow = speed < SPEED_SLOW
        if sight.missed_gate or (self._lost_ticks > LOST_TICKS and slow):
            return self._ask()
        facing = math.cos(car.heading) * tx + math.sin(car.heading) * ty
        turned = facing < TURNED
        self._turn_ticks = self._turn_ticks + every if turned and slow else 0
        if turned and slow and not off_road and self._comes(car, sight.others):
            # The road is theirs until they are through.
            self._wait_ticks += every
            if self._wait_ticks < WAIT_TICKS_MAX:
                self._still_ticks = 0
                return CarInput(brake=min(1.0, 0.5 * speed), handbrake=True)
        if self._turn_ticks > TURN_TICKS_MAX:
            return self._ask()
        if self._still_ticks < STUCK_TICKS:
            return None
        self._still_ticks = 0
        self._tries += 1
        if self._tries > TRIES_MAX:
            return self._ask()
        self._reverse_ticks = REVERSE_TICKS
        return CarInput(brake=1.0)

    def _ask(self) -> CarInput:
        self._still_ticks = self._lost_ticks = self._turn_ticks = self._tries = 0
        self._asking_ticks = ASKING_TICKS
        return CarInput(respawn=True)

    @staticmethod
    def _comes(car: Car, others: Sequence[Car]) -> bool:
        """Whether another car will pass close by in a moment."""
        for other in others:
            speed = other.speed
            if speed < SPEED_COMING:
                continue
            dx, dy = car.x - other.x, car.y - other.y
            towards = (dx * other.vx + dy * other.vy) / speed
            aside = abs(dx * other.vy - dy * other.vx) / speed
            if 0.0 < towards < WAIT_S * speed and aside < WAIT_ASIDE:
                return True
        return False
