"""What is worth a detour: a canister near the line, and a pit when it pays.

An `Errand` is asked now and then where to go; `bots.py` drives there. It
knows the rules of `resources.py` as a player does, and takes nothing itself.

Units: metres, seconds; offsets are positive to the right of the centreline.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from car import NITRO_TICKS_MAX, Car
from pace import Pace
from personalities import Personality
from race import TICKS_A_SECOND
from resources import CANISTER_NITRO_TICKS, MEND_EVERY_TICKS, PIT_SPEED_MAX
from sight import Sight
from track import Pit, Place, Track

ASK_EVERY_TICKS: Final = 6
CANISTER_NEAR, CANISTER_FAR = 6.0, 75.0
"""A canister that lies so far ahead is thought about."""
DETOUR_LEAST, DETOUR_GREED = 1.6, 3.4
"""So far from the line it may lie, and so much further for the greedy."""
DETOUR_SLOPE: Final = 0.1
"""Metres aside for each metre ahead, at most."""
BEND_MAX: Final = 1.0 / 45.0
"""In a tighter bend no canister is worth leaving the line for."""
PIT_DAMAGE: Final = 40
"""Less than that is not worth the time."""
PIT_WORTH: Final = 120
"""Nor is it when percent times laps to go come to less: a stop takes five seconds,
and as much is lost in a lap with two thirds of the damage that there can be."""
PIT_MENDED: Final = 12
"""Whom so little is left leaves."""
PIT_SIGHT: Final = 130.0
PIT_FLAT, PIT_TAPER = 9.0, 12.0
"""So far from its middle the way in is all open, and so much further it narrows."""
PIT_ROLL: Final = PIT_SPEED_MAX - 2.0
PIT_CREEP: Final = 2.0
PIT_BRAKE: Final = 6.0
"""Braking for a pit, m/s2."""


class Goal(NamedTuple):
    """A place beside the racing line to drive through."""

    sample: int
    offset: float
    pit: Pit | None = None
    """Where to be mended, if that is what it is about."""


class Errands:
    """What one driver fetches on the way."""

    def __init__(
        self, track: Track, pace: Pace, personality: Personality, every_ticks: int = 1
    ) -> None:
        """Think of errands, asked every so many ticks."""
        self._track, self._pace, self._who = track, pace, personality
        self._every_ticks = every_ticks
        self._pits = tuple(track.locate(one.x, one.y) for one in track.pits)
        self._goal: Goal | None = None
        self._due_ticks = 0

    def goal(self, sight: Sight, here: Place) -> Goal | None:
        """Return where to go just now, or None."""
        self._due_ticks -= self._every_ticks
        if self._due_ticks <= 0:
            self._due_ticks = ASK_EVERY_TICKS
            self._goal = self._pit(sight, here) or self._canister(sight, here)
        return self._goal

    def way_in(self, goal: Goal, aim: int, edge: float) -> float:
        """Return the offset to aim at on the way to a pit: along the edge, then in.

        Args:
            aim: the sample of the road that the driver looks at.
            edge: how far from the centreline one may drive there.
        """
        side = math.copysign(edge, goal.offset)
        beyond = abs(self._gap(aim * self._pace.spacing, goal.sample)) - PIT_FLAT
        share = min(max(beyond / PIT_TAPER, 0.0), 1.0)
        return goal.offset + (side - goal.offset) * share

    def pit_speed(self, car: Car, here: Place, goal: Goal) -> float:
        """Return the speed at which to come to, and roll through, a pit."""
        assert goal.pit is not None
        gap = self._gap(here.distance, goal.sample)
        half = goal.pit.length / 2
        if abs(gap) <= half:
            # As slowly as it takes to be mended before the end.
            left_s = (car.damage - PIT_MENDED) * MEND_EVERY_TICKS / TICKS_A_SECOND
            return min(PIT_ROLL, max(PIT_CREEP, (half - 1.0 + gap) / max(left_s, 0.1)))
        way = max(0.0, gap - PIT_FLAT - PIT_TAPER + 3.0)
        return math.sqrt(PIT_ROLL**2 + 2 * PIT_BRAKE * way)

    def _gap(self, distance: float, sample: int) -> float:
        length = self._track.length
        gap = (sample * self._pace.spacing - distance) % length
        return gap if gap < length / 2 else gap - length

    def _pit(self, sight: Sight, here: Place) -> Goal | None:
        car = sight.car
        rolls = self._goal is not None and self._goal.pit is not None
        if car.damage < (PIT_MENDED if rolls else PIT_DAMAGE) or not self._pits:
            return None
        if not rolls and car.damage * sight.laps_left < PIT_WORTH:
            return None
        for pit, place in zip(self._track.pits, self._pits, strict=True):
            gap = self._gap(here.distance, place.sample)
            # Too late to brake for it, or behind: the next lap will do.
            stop = PIT_FLAT + PIT_TAPER + car.speed**2 / (2 * PIT_BRAKE)
            near = -pit.length / 2 if rolls else stop
            if not near < gap < PIT_SIGHT:
                continue
            taken = any(pit.holds(one.x, one.y) and one.speed < 12.0 for one in sight.others)
            if not taken or rolls:
                return Goal(place.sample, place.offset, pit)
        return None

    def _canister(self, sight: Sight, here: Place) -> Goal | None:
        car, pace = sight.car, self._pace
        if not sight.canisters or car.nitro_ticks > NITRO_TICKS_MAX - CANISTER_NITRO_TICKS // 2:
            return None
        limit = DETOUR_LEAST + DETOUR_GREED * self._who.greed
        best: Goal | None = None
        cheapest = math.inf
        for number, place in enumerate(pace.canisters):
            if not sight.canisters >> number & 1:
                continue
            gap = self._gap(here.distance, place.sample)
            if not CANISTER_NEAR < gap < CANISTER_FAR:
                continue
            aside = abs(place.offset - pace.line[place.sample])
            reach = 1.2 + DETOUR_SLOPE * gap
            if aside > limit or abs(place.offset - here.offset) > reach:
                continue
            if abs(pace.bends[place.sample]) > BEND_MAX and aside > 1.2:
                continue
            if self._lost(sight, number, gap):
                continue
            if aside < cheapest:
                best, cheapest = Goal(place.sample, place.offset), aside
        return best

    def _lost(self, sight: Sight, number: int, gap: float) -> bool:
        """Whether another car will most likely be there first."""
        canister = self._track.canisters[number]
        due_s = gap / max(sight.car.speed, 5.0)
        for other in sight.others:
            dx, dy = canister.x - other.x, canister.y - other.y
            distance = math.hypot(dx, dy)
            speed = max(other.speed, 1.0)
            towards = (dx * other.vx + dy * other.vy) / speed
            aside = math.sqrt(max(0.0, distance * distance - towards * towards))
            if towards > 0.0 and aside < 2.0 + 0.05 * towards and towards / speed < due_s - 0.1:
                return True
        return False
