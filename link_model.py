"""What a bad link does to a stream of bytes: when each of them arrives.

A `LinkSpec` says how bad; `OneWay` is one direction of such a link. It is told
the time and opens no socket (see `link_simulator.py`). Nothing is dropped or
reordered: TCP would not either, it only comes late.

How TCP shows a lost segment: whatever is behind it waits until it was sent
again, then all arrives at once, in order. On thin streams, a few small segments
a round trip, the sender finds a loss by the acknowledgements of what it sent
next, or by a probe after two round trips, and the copy then needs its own way.
Two round trips is what the probe alone takes; it is used for every loss.

Source: RFC 8985, "The RACK-TLP Loss Detection Algorithm for TCP", section 7.2
(a probe after two smoothed round trips, plus the delay of a lone
acknowledgement).

Units: seconds (monotonic), bytes; bits a second for bandwidth.
"""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass

from errors import BadOption

EXAMPLE = "100ms,20ms,1%"
SEGMENT_BYTES = 1448
"""What one segment carries over Ethernet, with time stamps."""
HEADER_BYTES = 52
"""IPv4, TCP and its time stamps: they take their share of a bandwidth."""
STALL_ROUND_TRIPS = 2.0
STALL_MIN_S = 0.04
"""However short the line: a lone acknowledgement is held back for so long."""
WAITING_BYTES_MAX = 262_144
"""On its way in one direction; beyond it nothing more is read."""
QUEUE_S = 0.5
"""A thin line holds no more than it carries in so long, as a router does."""
QUEUE_BYTES_MIN = 8192
ROUND_TRIP_MAX_S = 5.0
LOSS_MAX = 0.5
BANDWIDTH_MIN, BANDWIDTH_MAX = 8e3, 1e9
TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
RATE = re.compile(r"(\d+(?:\.\d+)?)(k|m|g)bit")
SCALES = {"k": 1e3, "m": 1e6, "g": 1e9}


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """What a simulated link is like."""

    round_trip: float = 0.0
    """Half of it each way, 0 to 5."""
    jitter: float = 0.0
    """The round trip is so much shorter or longer, at most; 0 to the round trip."""
    loss: float = 0.0
    """The chance that a segment is lost, 0 to 0.5."""
    bandwidth: float = 0.0
    """Bits a second each way; 0 is without limit."""

    @property
    def stall(self) -> float:
        """How long a lost segment keeps everything behind it."""
        return max(STALL_MIN_S, STALL_ROUND_TRIPS * self.round_trip)

    @property
    def room_bytes(self) -> int:
        """How much may be on its way in one direction."""
        if not self.bandwidth:
            return WAITING_BYTES_MAX
        queue = int(self.bandwidth / 8 * (QUEUE_S + self.round_trip))
        return min(WAITING_BYTES_MAX, max(QUEUE_BYTES_MIN, queue))


def link_spec(text: str, flag: str = "--simulate-link") -> LinkSpec:
    """Return the link that "ROUND TRIP,JITTER,LOSS,BANDWIDTH" names; parts may be left off the end.

    Raises:
        BadOption: it names none; the sentence says which part is wrong.
    """
    parts = [part.strip().lower() for part in text.split(",")]
    if len(parts) > 4 or not parts[0]:
        raise BadOption(
            f'{flag}: "{text[:60]}" is no link: write round trip, jitter, loss and, if it'
            f" has one, bandwidth, such as {EXAMPLE} or {EXAMPLE},64kbit."
        )
    parts += ["0ms", "0ms", "0%", ""][len(parts) :]
    round_trip = _seconds(parts[0], "round trip", flag)
    jitter = _seconds(parts[1], "jitter", flag)
    if jitter > round_trip:
        raise BadOption(
            f"{flag}: the jitter of {parts[1]} is more than the round trip of {parts[0]}:"
            " nothing arrives before it was sent."
        )
    return LinkSpec(round_trip, jitter, _share(parts[2], flag), _rate(parts[3], flag))


def _seconds(text: str, what: str, flag: str) -> float:
    found = TIME.fullmatch(text)
    seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1.0) if found else -1.0
    if not 0.0 <= seconds <= ROUND_TRIP_MAX_S:
        raise BadOption(
            f'{flag}: the {what} "{text[:20]}" is no time from 0ms to'
            f" {ROUND_TRIP_MAX_S:.0f}s: write it as in {EXAMPLE}."
        )
    return seconds


def _share(text: str, flag: str) -> float:
    found = SHARE.fullmatch(text)
    share = float(found[1]) / 100 if found else -1.0
    if not 0.0 <= share <= LOSS_MAX:
        raise BadOption(
            f'{flag}: the loss "{text[:20]}" is no share from 0% to {LOSS_MAX:.0%}:'
            f" write it as in {EXAMPLE}."
        )
    return share


def _rate(text: str, flag: str) -> float:
    if not text:
        return 0.0
    found = RATE.fullmatch(text)
    rate = float(found[1]) * SCALES[found[2]] if found else -1.0
    if not BANDWIDTH_MIN <= rate <= BANDWIDTH_MAX:
        raise BadOption(
            f'{flag}: the bandwidth "{text[:20]}" is none from 8kbit to 1gbit:'
            " write it as in 64kbit or 2mbit."
        )
    return rate


class OneWay:
    """One direction of one simulated link: when what was sent arrives.

    It is told the time, which must not run backwards, and keeps what is on its
    way, in order.
    """

    def __init__(self, spec: LinkSpec, rng: random.Random) -> None:
        self._spec, self._rng = spec, rng
        self._on_its_way: deque[tuple[float, bytes]] = deque()
        """When each segment arrives; b"" is the end of the stream."""
        self._line_free_at = 0.0
        """When the last bit of what was sent is on the line."""
        self._last_due = 0.0
        self.size = 0
        """Bytes on their way."""
        self.ended = False
        """Whether the end of the stream was sent."""
        self.stalls = 0
        """Segments that were lost."""

    @property
    def full(self) -> bool:
        """Whether nothing more should be sent now."""
        return self.size >= self._spec.room_bytes

    @property
    def empty(self) -> bool:
        """Whether all that was sent has arrived, the end of the stream too."""
        return not self._on_its_way

    @property
    def due_at(self) -> float | None:
        """When something arrives next, or None."""
        return self._on_its_way[0][0] if self._on_its_way else None

    def send(self, data: bytes, now: float) -> None:
        """Put bytes on their way, as segments of their own."""
        for start in range(0, len(data), SEGMENT_BYTES):
            segment = data[start : start + SEGMENT_BYTES]
            self._on_its_way.append((self._due(len(segment), now), segment))
            self.size += len(segment)

    def end(self, now: float) -> None:
        """Put the end of the stream on its way."""
        self.ended = True
        self._on_its_way.append((self._due(0, now), b""))

    def arrived(self, now: float) -> list[bytes]:
        """Take out what has arrived; b"" is the end of the stream."""
        taken = []
        while self._on_its_way and self._on_its_way[0][0] <= now:
            _, segment = self._on_its_way.popleft()
            self.size -= len(segment)
            taken.append(segment)
        return taken

    def _due(self, size: int, now: float) -> float:
        """Return when a segment that is sent now arrives."""
        spec, at = self._spec, now
        if spec.bandwidth:
            self._line_free_at = max(self._line_free_at, now)
            self._line_free_at += (size + HEADER_BYTES) * 8 / spec.bandwidth
            at = self._line_free_at
        at += 0.5 * (spec.round_trip + spec.jitter * (2.0 * self._rng.random() - 1.0))
        if self._rng.random() < spec.loss:
            self.stalls += 1
            at += spec.stall
        self._last_due = max(self._last_due, at)
        return self._last_due
