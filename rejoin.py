"""A race that was restored, while it waits for its players to come back.

It says when the wait is over, and how many ticks a race that drives its last
moments once more may drive at a time. It moves no car and tells nobody.

Units: seconds (monotonic) for moments, ticks where a name says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REJOIN_WAIT_S: Final = 10.0
"""The race of a server that was started again waits so long for its players."""
TAKEOVER_WAIT_S: Final = 4.0
"""So long where another node has taken it over: its players know of other nodes."""
RESEND_S: Final = 0.5
"""Who is back sends again what the save misses, within so long."""
REPLAY_STEPS, REPLAY_STEPS_ALL = 8, 32
"""Ticks driven once more in the time of one, by one race and by all, so that no tick is long."""


@dataclass(slots=True)
class Rejoin:
    """A race that waits for its players, and then drives the last moments once more."""

    until: float
    text: str
    all_back_at: float | None = None
    replaying: bool = False

    def is_over(self, now: float, *, all_back: bool, all_sent: bool) -> bool:
        """Note who is there; return whether the race waits no longer.

        Args:
            all_back: whether every player of the room is there.
            all_sent: whether all who are there have sent what the save misses.
        """
        if not all_back:
            self.all_back_at = None
        elif self.all_back_at is None:
            self.all_back_at = now
        waited = self.all_back_at is not None and now - self.all_back_at >= RESEND_S
        return now >= self.until or waited or (all_back and all_sent)


def replay_steps(left: int, races: int) -> int:
    """Return how many of the ticks that are left a race drives at a time, one of so many races."""
    return min(left, REPLAY_STEPS, max(1, REPLAY_STEPS_ALL // races))
