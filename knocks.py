"""Hits of the own car, told in the moment in which they are seen.

The predicted car hits a wall, or another car, a round trip before the server
can say so. `Knocks` tells it at once, so that a crash is heard when it is seen,
and knows the server's word again when it comes. It judges and moves nothing.

Units: ticks of 1/60 s; impulses in cm/s, as in events.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from protocol import EventRow
from race import EventKind

SHOWN_IMPULSE_MIN = 100
"""What is softer the server does not tell either."""
SAME_TICKS = {EventKind.WALL: 6, EventKind.CONTACT: 15}
"""The server's word so much sooner or later is of the same hit: others are guessed."""
KEPT = 128


class Knocks:
    """What one client has told of hits ahead of the server."""

    def __init__(self) -> None:
        self._told: deque[tuple[int, int, int]] = deque(maxlen=KEPT)
        """Kind, slot and tick of each."""

    def foretell(self, tick: int, hits: Iterable[tuple[EventKind, int, float]]) -> list[EventRow]:
        """Return what to tell of the hits of a tick: kind, slot and impulse in m/s of each."""
        rows = []
        for kind, slot, impulse in hits:
            value = round(impulse * 100)
            if value >= SHOWN_IMPULSE_MIN:
                self._told.append((kind, slot, tick))
                rows.append(EventRow(int(kind), slot, tick, value))
        return rows

    def is_told(self, event: EventRow) -> bool:
        """Whether the server's word is of a hit that was told already."""
        if event.kind not in (EventKind.WALL, EventKind.CONTACT):
            return False
        same = SAME_TICKS[EventKind(event.kind)]
        return any(
            kind == event.kind and slot == event.slot and abs(tick - event.tick) <= same
            for kind, slot, tick in self._told
        )
