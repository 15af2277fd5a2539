"""What a client measures of its link while it plays: rates, times, corrections.

`Readings` is told what comes and goes, and when; it answers with calm numbers
for whoever wants to look at them. It decides nothing, reads no clock, and
keeps no more than its windows hold.

Source of the deviation of round trips: RFC 6298, "Computing TCP's
Retransmission Timer".

Units: seconds, bytes, metres; ticks of 1/60 s for how early inputs come.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

HEADER_BYTES = 52
"""Of IPv4 and TCP with time stamps, for every segment."""
SEGMENTS_AN_ACK = 2
"""The answer to so many segments is one bare header: acknowledgements are delayed
where nothing else has to be said (RFC 9293, section 3.8.6.3)."""
RATE_S = 2.0
STEP_S = 0.1
RECENT_S = 10.0
RECENT_MAX = 600
"""Values of one window: two for each snapshot that comes in it."""
DEVIATION_SHARE = 0.25


@dataclass(slots=True)
class Traffic:
    """What has gone over one link so far; its thread counts, others read."""

    down: int = 0
    """Bytes."""
    down_parts: int = 0
    """In how many pieces they came: a segment each, or some that came together."""
    up: int = 0
    up_parts: int = 0


class Rate:
    """How much a second, over the last two of them."""

    def __init__(self) -> None:
        self._steps: deque[tuple[int, float]] = deque(maxlen=round(RATE_S / STEP_S) + 1)
        self._began: float | None = None

    def add(self, now: float, amount: float = 1.0) -> None:
        """Count something that happens now."""
        if self._began is None:
            self._began = now
        step = int(now / STEP_S)
        if self._steps and self._steps[-1][0] == step:
            self._steps[-1] = step, self._steps[-1][1] + amount
        else:
            self._steps.append((step, amount))

    def at(self, now: float) -> float:
        """Return how much came a second, lately; the step that is going on is left out."""
        if self._began is None:
            return 0.0
        step = int(now / STEP_S)
        steps = min(round(RATE_S / STEP_S), step - int(self._began / STEP_S))
        if steps <= 0:
            return 0.0
        return sum(amount for at, amount in self._steps if step - steps <= at < step) / (
            steps * STEP_S
        )


class Recent:
    """The values of the last ten seconds."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque(maxlen=RECENT_MAX)

    def add(self, now: float, value: float) -> None:
        """Take in a value."""
        self._values.append((now, value))

    @property
    def newest(self) -> float | None:
        """The last value; None before the first."""
        return self._values[-1][1] if self._values else None

    def values(self, now: float) -> list[float]:
        """Return the values that are still recent, oldest first."""
        return [value for at, value in self._values if now - at <= RECENT_S]

    def quantile(self, now: float, share: float) -> float | None:
        """Return the least value that is not passed by a share of the recent ones."""
        values = sorted(self.values(now))
        return values[max(0, math.ceil(share * len(values)) - 1)] if values else None

    def peaks(self, now: float, count: int) -> list[float]:
        """Return the largest value of each of so many parts of the window, oldest first."""
        peaks = [0.0] * count
        for at, value in self._values:
            part = count - 1 - int((now - at) / RECENT_S * count)
            if 0 <= part < count:
                peaks[part] = max(peaks[part], value)
        return peaks


class Readings:
    """Everything that one client has measured of its link."""

    def __init__(self) -> None:
        self.rtt_deviation_s = 0.0
        """Mean deviation of round trips."""
        self.snapshots = Rate()
        self.corrections = Recent()
        """How far snapshots moved the own car, metres."""
        self.leads = Recent()
        """How many ticks early (+) or late (-) inputs came to the server."""
        self.saved_s: float | None = None
        """How long the last result took from being told to being saved."""
        self._saving = ""
        self._saving_at: float | None = None
        self._rtt_s: float | None = None
        self._down, self._up = Rate(), Rate()
        self._down_parts, self._up_parts = Rate(), Rate()
        self._acked = -1
        self._link: Traffic | None = None
        self._counted = Traffic()
        """What of that link's traffic is counted already."""

    def answered(self, rtt_s: float) -> None:
        """Take in the time of a round trip."""
        if self._rtt_s is None:
            self._rtt_s, self.rtt_deviation_s = rtt_s, rtt_s / 2
            return
        off = abs(rtt_s - self._rtt_s)
        self.rtt_deviation_s += (off - self.rtt_deviation_s) * DEVIATION_SHARE
        self._rtt_s += (rtt_s - self._rtt_s) * DEVIATION_SHARE / 2

    def shown(self, now: float, *, acked: int = -1, lead: int = 0) -> None:
        """Take in a snapshot.

        Args:
            acked: the newest input that the server has taken, -1 for who has no car.
            lead: how many ticks early that one came.
        """
        self.snapshots.add(now)
        if acked > self._acked:
            self.leads.add(now, lead)
        # Who is let in anew counts from zero again.
        self._acked = acked

    def compared(self, now: float, corrected: float) -> None:
        """Take in how far the newest snapshots moved the own car, metres."""
        self.corrections.add(now, corrected)

    def carried(self, traffic: Traffic, now: float) -> None:
        """Count what has gone over a link since the last time; a new link begins with nothing."""
        if traffic is not self._link:
            self._link, self._counted = traffic, Traffic()
        total, before = replace(traffic), self._counted
        self._counted = total
        self._down.add(now, total.down - before.down)
        self._down_parts.add(now, total.down_parts - before.down_parts)
        self._up.add(now, total.up - before.up)
        self._up_parts.add(now, total.up_parts - before.up_parts)

    def saving(self, race_id: str, now: float) -> None:
        """The result of a race was told that is not safe yet."""
        if race_id != self._saving:
            self._saving, self._saving_at = race_id, now

    def saved(self, race_id: str, now: float) -> None:
        """It is safe."""
        if self._saving_at is not None and race_id == self._saving:
            self.saved_s = now - self._saving_at
            self._saving_at = None

    def waits_s(self, now: float) -> float | None:
        """Return for how long a result has been on its way; None when none is."""
        return now - self._saving_at if self._saving_at is not None else None

    # What is asked

    def down_bytes(self, now: float) -> float:
        """Return the bytes of messages that come a second."""
        return self._down.at(now)

    def up_bytes(self, now: float) -> float:
        """Return the bytes of messages that go a second."""
        return self._up.at(now)

    def up_messages(self, now: float) -> float:
        """Return how many pieces go a second, a message each as a rule."""
        return self._up_parts.at(now)

    def down_kbits(self, now: float) -> float:
        """Return the kilobits a second that come, headers estimated."""
        return _kbits(self._down.at(now), self._down_parts.at(now), self._up_parts.at(now))

    def up_kbits(self, now: float) -> float:
        """Return the kilobits a second that go, headers estimated."""
        return _kbits(self._up.at(now), self._up_parts.at(now), self._down_parts.at(now))


def _kbits(bytes_a_second: float, parts: float, parts_back: float) -> float:
    """Return what a direction costs with a header for each piece, and for each answer."""
    segments = parts + parts_back / SEGMENTS_AN_ACK
    return (bytes_a_second + segments * HEADER_BYTES) * 8 / 1000
