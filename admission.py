"""Whether newcomers are let in: not while those who are here would suffer for it.

The server tells each tick how much it had to do and how late it was; the
answer turns to no before ticks are late, and back to yes only once there is
room again. Who holds a place here is not asked about. It reads no clock.

A tick that is slow on a busy machine is no reason by itself: only a server
that burns much of a core would be relieved by fewer players.

Units: seconds; loads are shares of a tick, or of one core.
"""

from __future__ import annotations

import math

NEWEST_SHARE = 0.02
"""How much of each mean is the newest tick's: a mean over about a second."""
LATE_SHARE = 0.006
"""The same for lateness, over about three seconds: a hundred who sit down at once make
a few ticks late, and then no more."""
LOAD_MAX = 2.0
"""A process that was stopped in a tick had not so much to do for that."""
LOAD_FULL = 0.80
"""From this load on, nobody new comes in."""
EXPECTED_FULL = 1.0
"""And from this on of the load with what newcomers are still to cost: who sits down is
in both for a while."""
LOAD_FREE = 0.66
"""And at this one again."""
LATE_FULL = 0.05
"""The same for the share of ticks that began a whole tick late."""
LATE_FREE = 0.03
OWN_CPU_MIN = 0.35
"""A server that uses less of a core suffers from others, not from its players."""
SETTLES_S = 3.0
"""So long about, what a newcomer costs is not yet in the load."""
PEOPLE_FEW = 64
"""A load is shared among so many at least: some of it is there without people."""
COST_GUESSED, COST_INTERPRETED = 0.0012, 0.006
"""The load of one player who races, at least, until more is seen: who sits in the
lobby costs less and will race. By `benchmarks.capacity`, compiled or not."""
COMING_FEW = 1.0
"""The load tells what people cost while fewer than so many have just come."""


class Admission:
    """One server's word for newcomers."""

    def __init__(self) -> None:
        self.people_max = 0
        """Who may be connected at once; 0 is no limit."""
        self.cost_guessed = COST_GUESSED
        """What one player costs at least."""
        self.load = 0.0
        """The share of a tick that its work takes, by the wall clock."""
        self.late = 0.0
        """The share of ticks that began a whole tick late."""
        self.cpu = 0.0
        """How much of a core the process uses."""
        self.refused = 0
        """Newcomers who heard no."""
        self._coming = 0.0
        """Newcomers whose cost is still to come, fewer with time."""
        self._cost = 0.0
        """The load of one player, as far as it was seen."""
        self._full = False

    @property
    def full(self) -> bool:
        """Whether newcomers are refused for the load."""
        return self._full

    def note(self, load: float, late_ticks: float, cpu: float, dt: float) -> None:
        """Count one tick.

        Args:
            load: the share of the tick that its work took.
            late_ticks: how late it began, in ticks.
            cpu: of a core, since the tick before.
            dt: seconds since then.
        """
        self.load += NEWEST_SHARE * (min(load, LOAD_MAX) - self.load)
        self.late += LATE_SHARE * (float(late_ticks >= 1.0) - self.late)
        self.cpu += NEWEST_SHARE * (min(cpu, LOAD_MAX) - self.cpu)
        self._coming *= math.exp(-dt / SETTLES_S)
        if self._full:
            eased = self.load <= LOAD_FREE and self.late <= LATE_FREE
            self._full = not eased and self.cpu > OWN_CPU_MIN / 2.0
        elif self.cpu >= OWN_CPU_MIN:
            self._full = self.load >= LOAD_FULL or self.late >= LATE_FULL

    def admits(self, people: int) -> bool:
        """Return whether one more may come in, and count on it.

        Args:
            people: who is connected now.
        """
        if not self.has_room(people):
            self.refused += 1
            return False
        self._coming += 1.0
        return True

    def has_room(self, people: int) -> bool:
        """Return whether one more would be let in, with so many connected now."""
        if people >= PEOPLE_FEW and self._coming < COMING_FEW:
            self._cost = self.load / people
        cost = max(self.cost_guessed, self._cost)
        expected = self.load + self._coming * cost
        too_much = expected >= EXPECTED_FULL and self.cpu >= OWN_CPU_MIN
        return not (self._full or too_much or self.crowded(people))

    def crowded(self, people: int) -> bool:
        """Return whether all places are taken."""
        return bool(self.people_max) and people >= self.people_max
