"""The mistakes that a bot makes: at most one a corner, decided by a seed.

Before each corner a die is thrown: brake too late, run wide at the exit, miss
the apex, or slide a little. How often is a matter of level and personality;
which and where, of the seed alone, so that a race can be driven again.

Units: metres; ticks of 1/60 s.
"""

from __future__ import annotations

import random
from enum import IntEnum
from typing import Final, NamedTuple

from pace import Pace

LATE_BRAKING_M, LATE_ASIDE_M = 10.0, 4.5
WIDE_M: Final = 5.0
APEX_M: Final = 3.6
SLIDE_TICKS: Final = 32
PARTS_MIN: Final = 4
"""A lap without corners has so many places for a mistake."""


class Slip(IntEnum):
    """What goes wrong."""

    NONE = 0
    LATE_BRAKING = 1
    WIDE = 2
    MISSED_APEX = 3
    SLIDE = 4


class Fault(NamedTuple):
    """What a mistake does to the driving just now."""

    late_m: float = 0.0
    """The speed is that for a place so far back."""
    aside: float = 0.0
    """Where the line is missed by."""
    slides: bool = False
    """Whether the tail is thrown out."""


GOOD: Final = Fault()


class Slips:
    """The mistakes of one driver."""

    def __init__(self, pace: Pace, seed: int, per_lap: float, every_ticks: int = 1) -> None:
        """Make mistakes at a rate, `per_lap`, asked every so many ticks."""
        self._pace, self._every_ticks = pace, every_ticks
        self._luck = random.Random(seed)
        self._parts = max(len(pace.corners), PARTS_MIN)
        self._chance = min(0.6, per_lap / self._parts)
        self._part = -1
        self.slip = Slip.NONE
        """What goes wrong in the corner that comes next, or is driven through."""
        self._slide_ticks = 0

    def fault(self, sample: int) -> Fault:
        """Return what goes wrong at a sample of the centreline."""
        part = self._pace.next_corner[sample]
        if part < 0:
            part = sample * self._parts // self._pace.count
        if part != self._part:
            first = self._part < 0
            self._part = part
            self._slide_ticks = SLIDE_TICKS
            self.slip = Slip.NONE
            # Always two throws, so that the second lap is no other for the first one's luck.
            happens, which = self._luck.random(), self._luck.randrange(1, len(Slip))
            if happens < self._chance and not first:
                self.slip = Slip(which)
        if self.slip is Slip.NONE:
            return GOOD
        return self._now(sample)

    def _now(self, sample: int) -> Fault:
        pace = self._pace
        if not pace.corners:
            return Fault(aside=1.5) if self.slip in (Slip.WIDE, Slip.MISSED_APEX) else GOOD
        corner = pace.corners[self._part]
        past_apex = (sample - corner.apex) % pace.count <= (corner.exit - corner.apex) % pace.count
        inside = pace.to_corner(sample) == 0.0
        if self.slip is Slip.LATE_BRAKING and not past_apex:
            # Too fast to turn in where one should.
            return Fault(LATE_BRAKING_M, -corner.side * LATE_ASIDE_M if inside else 0.0)
        if self.slip is Slip.WIDE and past_apex:
            return Fault(aside=-corner.side * WIDE_M)
        if self.slip is Slip.MISSED_APEX and inside:
            return Fault(aside=-corner.side * APEX_M)
        if self.slip is Slip.SLIDE and past_apex and self._slide_ticks > 0:
            self._slide_ticks -= self._every_ticks
            return Fault(slides=True)
        return GOOD
