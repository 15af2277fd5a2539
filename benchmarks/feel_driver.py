"""A driver with a keyboard, who sees what the screen shows and no more.

It looks ten times a second, and its keys are down or up. Now it
drives the racing line, now it leans on whoever is next to it, so that there is
contact to be measured.

Units: metres, seconds, radians.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from car import CAR_LENGTH, CarInput
from pace import pace_of
from protocol import CarFlag
from race_state import RaceView, SeenCar

LOOK_S = 0.1
AIM_M, AIM_S = 8.0, 0.42
DEAD_BAND = 0.045
SKILL = 0.9
"""Of the speed that the racing line allows."""
LONELY, WAITING = 0.5, 0.75
"""Who is alone at the front waits for company; who has it behind, for it to draw level."""
SPARE = 3.0
BULLY_S, ALONE_S = 15.0, 5.0
"""So long it looks for company, and so long it minds the line."""
PREY_M = 40.0
STUCK_S = 3.0


class Driver:
    """One person at the keys."""

    def __init__(self) -> None:
        self.keys = CarInput()
        """What is held down."""
        self._look_at = 0.0
        self._moved_at = 0.0

    def wishes(self, race: RaceView, seen: Sequence[SeenCar], now: float) -> CarInput:
        """Return what the keys say now, having seen the last picture."""
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self.keys = self._decide(race, seen, now)
        return self.keys

    def _decide(self, race: RaceView, seen: Sequence[SeenCar], now: float) -> CarInput:
        me = next((one for one in seen if one.is_me), None)
        if me is None or race.seconds_to_go(now) > 0.0:
            self._moved_at = now
            return CarInput()
        car = me.car
        if car.speed > 1.5:
            self._moved_at = now
        if me.flags & CarFlag.MISSED_GATE or now - self._moved_at > STUCK_S:
            # A key that is held is pressed once only: let go of it between.
            self._moved_at = now
            return CarInput(respawn=not self.keys.respawn)
        track, pace = race.track, pace_of(race.track, car.car_class)
        here = track.locate(car.x, car.y, heading=car.heading)
        ahead = here.distance + AIM_M + car.speed * AIM_S
        sample = int(ahead / pace.spacing) % pace.count
        half = pace.halves[sample] - 1.5
        offset = pace.line[sample]
        bullies = -race.seconds_to_go(now) % (BULLY_S + ALONE_S) < BULLY_S
        prey = self._prey(me, seen) if bullies else None
        if prey is not None:
            offset = track.locate(prey.car.x, prey.car.y, heading=prey.car.heading).offset
        x, y, _ = track.point_at(ahead, min(max(offset, -half), half))
        error = math.remainder(math.atan2(y - car.y, x - car.x) - car.heading, math.tau)
        wanted = pace.limits[(here.sample + int(0.15 * car.speed / pace.spacing)) % pace.count]
        if prey is None:
            wanted *= LONELY if bullies and me.place <= 2 else SKILL
        elif _along(me, prey) < -CAR_LENGTH:
            wanted *= WAITING
        return CarInput(
            throttle=float(car.speed < wanted),
            brake=float(car.speed > wanted + SPARE),
            steering=0.0 if abs(error) < DEAD_BAND else math.copysign(1.0, error),
            nitro=prey is not None and car.speed < wanted and abs(error) < DEAD_BAND,
        )

    @staticmethod
    def _prey(me: SeenCar, seen: Sequence[SeenCar]) -> SeenCar | None:
        """Return who is nearest, if anybody is near."""
        others = [one for one in seen if not one.is_me and not one.flags & CarFlag.GHOST]

        def distance(one: SeenCar) -> float:
            return math.hypot(one.car.x - me.car.x, one.car.y - me.car.y)

        nearest = min(others, key=distance, default=None)
        return nearest if nearest is not None and distance(nearest) < PREY_M else None


def _along(me: SeenCar, other: SeenCar) -> float:
    """Return how far ahead another car is, negative behind."""
    dx, dy = other.car.x - me.car.x, other.car.y - me.car.y
    return dx * math.cos(me.car.heading) + dy * math.sin(me.car.heading)
