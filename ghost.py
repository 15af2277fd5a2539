"""A recorded lap: where a car was, four ticks at a time, and back as a ghost.

It reads no clock and steps no car; who drove the lap, and when, is told beside
it. Its bytes are the business of `protocol/laps.py`.

Units: metres, radians, ticks of 1/60 s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from car import CarClass

EVERY_TICKS = 4
"""A car at full speed moves less than its length between two samples."""
TICKS_MAX = 10_800
"""A lap of more than three minutes is not recorded."""


class Pose(NamedTuple):
    """Where a car is, and where it looks."""

    x: float
    y: float
    heading: float


@dataclass(frozen=True, slots=True)
class GhostLap:
    """One lap, as it was driven."""

    digest: str
    """Of the track; on any other it means nothing."""
    car_class: CarClass
    ticks: int
    """How long the lap took."""
    poses: tuple[Pose, ...]
    """At ticks 0, 4, 8 ..., and at the last."""

    def at(self, tick: float) -> Pose | None:
        """Return where the car was so long into its lap; None once it is over."""
        if not 0.0 <= tick <= self.ticks:
            return None
        index = min(int(tick) // EVERY_TICKS, len(self.poses) - 2)
        start = index * EVERY_TICKS
        share = (tick - start) / (min(start + EVERY_TICKS, self.ticks) - start)
        one, other = self.poses[index], self.poses[index + 1]
        turn = math.remainder(other.heading - one.heading, math.tau)
        return Pose(
            one.x + (other.x - one.x) * share,
            one.y + (other.y - one.y) * share,
            math.remainder(one.heading + turn * share, math.tau),
        )


def samples_of(ticks: int) -> int:
    """Return how many samples a lap of so many ticks has."""
    return -(-ticks // EVERY_TICKS) + 1
