"""Which tick it is on the server, as well as it can be told from here.

`SharedClock` hears the snapshots come and is told how early the server found
our inputs. From both it says at which tick an input sent now will arrive, and
at which tick other cars are to be shown. It never jumps for a small error: it
runs a little fast or slow.

It reads no clock of its own and sends nothing.

Source: Y. W. Bernier, "Latency Compensating Methods in Client/Server In-game
Protocol Design and Optimization".

Units: ticks of 1/60 s; seconds for `now`.
"""

from __future__ import annotations

from race import TICKS_A_SECOND

LEAD_WANTED = 3.0
"""Inputs should come so many ticks early: a margin against jitter."""
LEAD_MIN, LEAD_MAX = 1.0, 12.0
LEAD_GROWS, LEAD_SHRINKS = 0.5, 0.1
"""For each input heard of: late ones hurt at once, early ones only a little."""
SLEW_MAX = 0.04
"""The clock runs at most so much too fast or too slow."""
SNAP_TICKS = 15.0
"""Beyond a quarter of a second the clock jumps instead."""
SNAPSHOT_TICKS = 2.0
DELAY_MIN, DELAY_MAX = 3.0, 15.0
"""Other cars are shown 50 to 250 ms in the past."""
SHARE_HEARD = 0.05
"""How much one snapshot weighs against what was known before."""
ELAPSED_MAX = 6.0
"""After a silence the clock slews no more than after this many ticks."""


class SharedClock:
    """The server's tick, ours, and the one that other cars are shown at."""

    def __init__(self) -> None:
        self.jitter_ticks = 0.0
        """Mean deviation of snapshots from their due time."""
        self.delay_ticks = 2 * SNAPSHOT_TICKS
        """How far in the past other cars are shown."""
        self._remote: float | None = None
        """Server tick minus local ticks, as snapshots arrive."""
        self._input = 0.0
        """Tick that an input sent now is for, minus local ticks."""
        self._margin = LEAD_WANTED
        self._heard_at = 0.0

    def heard(self, tick: int, now: float, rtt_s: float, lead: int | None) -> None:
        """Take in a snapshot of `tick`.

        Args:
            lead: how many ticks early our newest input came, where this
                snapshot is the first to tell; else None.
        """
        measured = tick - now * TICKS_A_SECOND
        first = self._remote is None
        if self._remote is None or abs(measured - self._remote) > SNAP_TICKS:
            self._remote = measured
        elapsed = (now - self._heard_at) * TICKS_A_SECOND
        most = 0.0 if first else SLEW_MAX * min(max(0.0, elapsed), ELAPSED_MAX)
        self._heard_at = now

        error = measured - self._remote
        self.jitter_ticks += (abs(error) - self.jitter_ticks) * SHARE_HEARD
        self._remote = towards(self._remote, self._remote + error * SHARE_HEARD, most)
        delay = 2 * SNAPSHOT_TICKS + 2 * self.jitter_ticks
        self.delay_ticks = towards(self.delay_ticks, min(max(delay, DELAY_MIN), DELAY_MAX), most)

        if lead is not None:
            self._judge(lead)
        goal = self._remote + rtt_s * TICKS_A_SECOND + self._margin
        if first or abs(goal - self._input) > SNAP_TICKS:
            self._input = goal
        self._input = towards(self._input, goal, most)

    def _judge(self, lead: int) -> None:
        """Keep more of a margin when inputs come late, less when they wait."""
        if lead < LEAD_WANTED - 1:
            self._margin = min(LEAD_MAX, self._margin + LEAD_GROWS)
        elif lead > LEAD_WANTED + 2:
            self._margin = max(LEAD_MIN, self._margin - LEAD_SHRINKS)

    @property
    def ready(self) -> bool:
        """Whether anything was heard yet."""
        return self._remote is not None

    def input_tick(self, now: float) -> float:
        """Return the tick that an input sent now would be for."""
        return now * TICKS_A_SECOND + self._input

    def shown_tick(self, now: float) -> float:
        """Return the tick at which other cars are shown: a little in the past."""
        return now * TICKS_A_SECOND + (self._remote or 0.0) - self.delay_ticks

    def silent_s(self, now: float) -> float:
        """Return how long ago the last snapshot came."""
        return now - self._heard_at if self.ready else 0.0


def towards(value: float, goal: float, most: float) -> float:
    """Return `value` moved towards `goal`, by no more than `most`."""
    return value + min(max(goal - value, -most), most)
