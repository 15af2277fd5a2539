"""Cars that jump on the screen: looks at picture after picture, as an eye does.

What a car moves between two pictures is explained by its speed and the time
that passed. What is not explained is seen: a little as a shiver, more than a
car's length as a warp. Cars that the server has put somewhere else, as it does
when a driver asks for it, are let off. It draws nothing and mends nothing.

Units: metres, seconds; ticks of 1/60 s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from car import CAR_LENGTH, DT
from protocol import CarRecord
from race_state import SeenCar

WARP_METRES = CAR_LENGTH
"""What is not explained and longer than a car is a warp."""
ELAPSED_MAX = 0.1
"""Between two pictures so far apart speed does not explain what a car did: they are
counted as late, and say nothing of jumps."""
PUT_METRES = 2 * CAR_LENGTH
"""Who moves so far between two snapshots, beyond its speed, was put there."""
PUT_S = 1.0
"""For so long it may be seen to arrive."""


class WarpWatch:
    """The eye on one race."""

    def __init__(self) -> None:
        self.warps = 0
        """Jumps of more than a car's length so far."""
        self.late = 0
        """Pictures that came so late that nobody can tell."""
        self.worst = 0.0
        """The longest jump since `forget_worst`, of a car that was not put anywhere."""
        self._drawn: dict[int, tuple[float, float, float, float]] = {}
        """By slot: place and speed in the last picture."""
        self._looked_at = 0.0
        self._told: dict[int, tuple[int, float, float]] = {}
        """By slot: tick and place in the newest snapshot."""
        self._put_at: dict[int, float] = {}

    def look(
        self, seen: Iterable[SeenCar], records: Mapping[int, CarRecord], tick: int, now: float
    ) -> dict[int, float]:
        """Look at a picture; return by how much each car jumped, by slot, where that is known.

        Args:
            seen: the cars as they are drawn.
            records: those of the newest snapshot.
            tick: that of the snapshot.
        """
        self._note_put(records, tick, now)
        elapsed = now - self._looked_at
        self._looked_at = now
        late = bool(self._drawn) and elapsed > ELAPSED_MAX
        self.late += late
        drawn, jumps = {}, {}
        for one in seen:
            car = one.car
            drawn[one.slot] = car.x, car.y, car.vx, car.vy
            before = self._drawn.get(one.slot)
            if before is None or late:
                continue
            x, y, vx, vy = before
            jump = math.hypot(
                car.x - x - 0.5 * (car.vx + vx) * elapsed,
                car.y - y - 0.5 * (car.vy + vy) * elapsed,
            )
            if now - self._put_at.get(one.slot, -PUT_S) < PUT_S:
                continue
            jumps[one.slot] = jump
            self.worst = max(self.worst, jump)
            self.warps += jump > WARP_METRES
        self._drawn = drawn
        return jumps

    def forget_worst(self) -> None:
        """Begin anew with the longest jump."""
        self.worst = 0.0

    def _note_put(self, records: Mapping[int, CarRecord], tick: int, now: float) -> None:
        for slot, record in records.items():
            car = record.car
            known = self._told.get(slot)
            if known is not None and known[0] == tick:
                continue
            self._told[slot] = tick, car.x, car.y
            if known is None:
                continue
            since, x, y = known
            moved = math.hypot(car.x - x, car.y - y)
            if moved - car.speed * (tick - since) * DT > PUT_METRES:
                self._put_at[slot] = now
