"""Which tick it is on the server, as well as it can be told from here.

`SharedClock` hears the snapshots come, and how early the server found our
inputs. From both it says for which tick an input sent now will be in time, and
at which tick other cars are to be shown. It trusts the quickest messages, not
the mean: TCP makes a lost one late, and all behind it, and says nothing of the
time on the server by that. It never jumps for a small error: it runs a little
fast or slow.

It reads no clock of its own and sends nothing.

Source: Y. W. Bernier, "Latency Compensating Methods in Client/Server In-game
Protocol Design and Optimization"; the quickest of the last messages as in D. L.
Mills, "Internet Time Synchronization: the Network Time Protocol" (clock filter).

Units: ticks of 1/60 s; seconds for `now`.
"""

from __future__ import annotations

import math
from collections import deque

from race import TICKS_A_SECOND

LEAD_WANTED = 2.0
"""Inputs should come so many ticks early, but for the one in twenty that is slowest.

One of them is for the picture: an input is for the whole tick that has begun."""
LEAD_GUESSED = 3.0
"""The same beyond a round trip, as long as the server has told of no input."""
SLEW_MAX = 0.04
"""The clock runs at most so much too fast or too slow."""
DELAY_GROWS, DELAY_SHRINKS = 0.1, 0.03
"""Other cars run so much slower while the delay grows, and faster while it shrinks."""
STRAY_TICKS = 0.75
"""The newest due tick is no further from the clock, where pictures come in time."""
SNAP_TICKS = 15.0
"""Beyond a quarter of a second the clock jumps instead."""
DELAY_MIN, DELAY_MAX = 3.0, 15.0
"""Other cars are shown 50 to 250 ms in the past."""
DELAY_SPARE = 1.0
"""The next snapshot should be there so long before it is needed."""
QUICKEST_OF = 45
"""Snapshots among which the quickest tells the time: a second and a half."""
GAPS_OF = 64
"""Pauses between snapshots from which the delay is taken."""
ANSWERS_OF = 40
"""Inputs from which their travelling time is taken."""
ANSWERS_MIN = 4
"""From so many on they are believed more than the round trip."""
SLOWEST_IGNORED = 0.05
"""A message that TCP had to send again says nothing of the others."""
SENT_KEPT = 128
AGREE_OF = 3
"""So many snapshots in a row that are late by as much mean that the server was away."""
AGREE_TICKS = 3.0


class Slewed:
    """A number that goes to its goal in its own time, and never jumps."""

    __slots__ = ("_falls", "_goal", "_rises", "_since", "_value")

    def __init__(self, value: float, rises: float, falls: float) -> None:
        """Take the value, and by how much it may rise and fall in a tick."""
        self._value = self._goal = value
        self._rises, self._falls = rises, falls
        self._since = 0.0

    def at(self, now: float) -> float:
        """Return the number at a time that is not before the last goal."""
        ticks = max(0.0, now - self._since) * TICKS_A_SECOND
        change = self._goal - self._value
        return self._value + min(max(change, -self._falls * ticks), self._rises * ticks)

    def aim(self, goal: float, now: float) -> None:
        """Go to another goal from now on."""
        self._value, self._since, self._goal = self.at(now), now, goal

    def jump(self, value: float, now: float) -> None:
        """Be there at once."""
        self._value, self._since, self._goal = value, now, value


class SharedClock:
    """The server's tick, ours, and the one that other cars are shown at."""

    def __init__(self) -> None:
        self.jitter_ticks = 0.0
        """How much later than usual news come, one time in twenty."""
        self.delay_ticks = DELAY_MIN
        """How far in the past other cars are shown."""
        self._remote = Slewed(0.0, SLEW_MAX, SLEW_MAX)
        """Server tick minus local ticks, as the quickest snapshots arrive."""
        self._delay = Slewed(DELAY_MIN, DELAY_GROWS, DELAY_SHRINKS)
        self._input = Slewed(0.0, SLEW_MAX, SLEW_MAX)
        """Tick that an input sent now is for, minus local ticks."""
        self._arrivals: deque[float] = deque(maxlen=QUICKEST_OF)
        """Server tick minus local ticks of each snapshot."""
        self._gaps: deque[float] = deque(maxlen=GAPS_OF)
        """How old the newest snapshot had become when the next one came."""
        self._sent: deque[tuple[int, float]] = deque(maxlen=SENT_KEPT)
        """Sequences of our inputs, and their tick minus local ticks when they went."""
        self._needed: deque[float] = deque(maxlen=ANSWERS_OF)
        """What that should have been for each to come just in time."""
        self._agreed = 0
        """Snapshots in a row that are all as late, and far too late."""
        self._heard_at: float | None = None
        self._heard_tick = 0

    def sent(self, sequence: int, tick: int, now: float) -> None:
        """Note that an input for `tick` goes out now."""
        self._sent.append((sequence, tick - now * TICKS_A_SECOND))

    def heard(self, tick: int, now: float, rtt_s: float, lead: int | None, acked: int = 0) -> None:
        """Take in a snapshot of `tick`.

        Args:
            lead: how many ticks early our newest input came, where this
                snapshot is the first to tell; else None.
            acked: the sequence of that input.
        """
        local = now * TICKS_A_SECOND
        measured = tick - local
        first = self._heard_at is None
        if first or self._server_was_away(measured, local):
            self._arrivals.clear()
            self._needed.clear()
            self._remote.jump(measured, now)
        elif measured - max(self._arrivals) > SNAP_TICKS:
            self._remote.jump(measured, now)
        self._arrivals.append(measured)
        quickest = max(self._arrivals)
        self._remote.aim(quickest, now)
        if not first:
            self._note_gap(local, quickest)
        self._heard_at, self._heard_tick = now, tick
        self._aim_delay(now)
        if lead is not None:
            self._note_answer(acked, lead)
        self._aim_input(now, quickest + rtt_s * TICKS_A_SECOND + LEAD_GUESSED, first=first)

    def _server_was_away(self, measured: float, local: float) -> bool:
        """Whether the last snapshots were all as late: no link, but the server stood still.

        What a stalled link held back comes at once, and is less late each time.
        """
        assert self._heard_at is not None
        late = measured < max(self._arrivals) - SNAP_TICKS
        alike = abs(measured - self._arrivals[-1]) < AGREE_TICKS
        apart = local - self._heard_at * TICKS_A_SECOND > 0.5
        if not late:
            self._agreed = 0
        elif not alike:
            self._agreed = 1
        elif apart:
            self._agreed += 1
        return self._agreed >= AGREE_OF

    def _note_gap(self, local: float, quickest: float) -> None:
        assert self._heard_at is not None
        if local - self._heard_at * TICKS_A_SECOND < 0.5:
            return  # It came with the one before: only that one was waited for.
        self._gaps.append(local + quickest - self._heard_tick)

    def _aim_delay(self, now: float) -> None:
        if not self._gaps:
            return
        gaps = sorted(self._gaps)
        longest = all_but_slowest(gaps)
        self.jitter_ticks = longest - gaps[len(gaps) // 2]
        self._delay.aim(min(max(longest + DELAY_SPARE, DELAY_MIN), DELAY_MAX), now)
        self.delay_ticks = self._delay.at(now)

    def _note_answer(self, acked: int, lead: int) -> None:
        while self._sent and self._sent[0][0] < acked:
            self._sent.popleft()
        if self._sent and self._sent[0][0] == acked:
            self._needed.append(self._sent[0][1] - lead)

    def _aim_input(self, now: float, guess: float, *, first: bool) -> None:
        goal = guess
        if len(self._needed) >= ANSWERS_MIN:
            goal = all_but_slowest(sorted(self._needed)) + LEAD_WANTED
        if first or abs(goal - self._input.at(now)) > SNAP_TICKS:
            self._input.jump(goal, now)
        self._input.aim(goal, now)

    @property
    def ready(self) -> bool:
        """Whether anything was heard yet."""
        return self._heard_at is not None

    def input_tick(self, now: float) -> float:
        """Return the tick that an input sent now would be for."""
        return now * TICKS_A_SECOND + self._input.at(now)

    def due_tick(self, now: float, newest: int | None) -> int:
        """Return the tick up to which inputs are due.

        Pictures and ticks come equally often, or nearly: each picture gets one
        tick, as long as the clock allows, so that it shows what was pressed
        before it. Only a clock that has moved on by more than `STRAY_TICKS`, or
        pictures that come more or less often, make it none or two.

        Args:
            newest: the one up to which they were due last.
        """
        due = self.input_tick(now)
        if newest is not None and abs(due - (newest + 1)) < STRAY_TICKS:
            return newest + 1
        return math.floor(due + 0.5)

    def shown_tick(self, now: float) -> float:
        """Return the tick at which other cars are shown: a little in the past."""
        return now * TICKS_A_SECOND + self._remote.at(now) - self._delay.at(now)

    def silent_s(self, now: float) -> float:
        """Return how long ago the last snapshot came."""
        return now - self._heard_at if self._heard_at is not None else 0.0


def all_but_slowest(ordered: list[float]) -> float:
    """Return the largest of some numbers in order, without the few that are out of line."""
    count = len(ordered)
    ignored = max(int(count * SLOWEST_IGNORED), int(count >= ANSWERS_MIN))
    return ordered[count - 1 - ignored]
