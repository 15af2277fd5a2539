"""The ghosts that a driver chases in a time trial: the own best lap, and the record.

Recorded laps go in as they come from the server; where the ghosts are so long
into a lap, and when they ended the parts of theirs, comes out. It reads no
clock and knows nothing of the race but its track.

Units: ticks of 1/60 s, metres, radians.
"""

from __future__ import annotations

import math
from itertools import pairwise

from car import Car, CarClass
from ghost import EVERY_TICKS, GhostLap
from judge import crosses_gate, split_at
from protocol import GhostKind, Ghosts, unpack_lap
from racer import TICKS_A_SECOND
from splits import PARTS, Times
from track import Track

OWN_BEST = "Your best"
"""The name of the own ghost."""


class Chase:
    """All ghosts on one track, by what they drive."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._laps: dict[tuple[int, int], tuple[str, GhostLap]] = {}
        """Names and laps by class and `GhostKind`."""

    def take(self, told: Ghosts, me: str) -> None:
        """Take in laps from the server; those of another track are ignored.

        Raises:
            BadGhost: one cannot be read; the others are taken.
        """
        if (told.track, told.digest) != (self._track.name, self._track.digest):
            return
        for row in told.rows:
            lap = unpack_lap(row.lap)
            if lap.digest != self._track.digest:
                continue
            own = row.kind == GhostKind.OWN
            self._laps[told.car_class, row.kind] = (OWN_BEST if own else row.name, lap)
            if not own and row.player_id == me:
                # One ghost is enough where the own best is the record.
                self._laps[told.car_class, GhostKind.OWN] = (OWN_BEST, lap)

    def lap(self, car_class: CarClass, kind: GhostKind) -> GhostLap | None:
        """Return a lap that was taken in."""
        found = self._laps.get((int(car_class), int(kind)))
        return found[1] if found is not None else None

    def times(self, car_class: CarClass, kind: GhostKind) -> Times:
        """Return when a ghost ended the parts of its lap; nothing where there is none."""
        lap = self.lap(car_class, kind)
        return times_of(lap, self._track) if lap is not None else {}

    def cars(self, car_class: CarClass, lap_tick: float) -> list[tuple[str, Car]]:
        """Return the ghosts so long into a lap, the own first; none whose lap is over."""
        own = self._laps.get((int(car_class), int(GhostKind.OWN)))
        record = self._laps.get((int(car_class), int(GhostKind.RECORD)))
        if own is not None and record is not None and own[1] == record[1]:
            record = None
        seen = []
        for name, lap in (one for one in (own, record) if one is not None):
            car = car_at(lap, lap_tick)
            if car is not None:
                seen.append((name, car))
        return seen


def car_at(lap: GhostLap, lap_tick: float) -> Car | None:
    """Return the car of a recorded lap, as fast as it was; None once the lap is over."""
    pose = lap.at(lap_tick)
    if pose is None:
        return None
    start = min(lap_tick, lap.ticks - 1.0)
    one, other = lap.at(max(start, 0.0)), lap.at(min(start + 1.0, lap.ticks))
    assert one is not None
    assert other is not None
    vx, vy = (other.x - one.x) * TICKS_A_SECOND, (other.y - one.y) * TICKS_A_SECOND
    return Car(*pose, vx=vx, vy=vy, engine_on=True, car_class=lap.car_class)


def times_of(lap: GhostLap, track: Track) -> Times:
    """Return the ticks at which a recorded lap ended its parts."""
    times: Times = {3: lap.ticks}
    due = 1
    for index, (one, other) in enumerate(pairwise(lap.poses)):
        gate = track.gates[due % len(track.gates)]
        if due % len(track.gates) and crosses_gate(one.x, one.y, other.x, other.y, gate):
            split = split_at(track, due)
            if split is not None:
                before = (one.x - gate.ax) * gate.tx + (one.y - gate.ay) * gate.ty
                after = (other.x - gate.ax) * gate.tx + (other.y - gate.ay) * gate.ty
                share = before / (before - after)
                times[PARTS[split]] = math.ceil((index + share) * EVERY_TICKS)
            due += 1
    return times
