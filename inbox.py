"""What came from all clients, on its way to the one thread that owns the game.

Readers put, the tick thread drains; a message waits while the inbox is full,
or while its own client has too much in it already, and with it that client's
reader. Nothing here touches a socket.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from protocol import Message

ARRIVALS_MAX = 8192
"""What the inbox holds for all clients together."""
SHARE_MAX = 128
"""What one client may have waiting in it; beyond it, its reader pauses."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A client has connected; nothing is known of it yet."""

    link_id: int
    address: str


@dataclass(frozen=True, slots=True)
class Received:
    """A message, checked."""

    link_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Lost:
    """A link is gone; the last that is heard of it."""

    link_id: int
    reason: str


Arrival = Connected | Received | Lost


class Inbox:
    """What came from all clients, in order, bounded."""

    def __init__(self) -> None:
        # Guards all the others, and wakes the readers that wait for room.
        self._room = threading.Condition()
        self._arrivals: list[Arrival] = []
        self._waiting: Counter[int] = Counter()
        """Messages in `_arrivals`, by link."""
        self._closed = False

    def put(self, arrival: Arrival) -> None:
        """Add an arrival; a message waits while the inbox, or its link's share, is full."""
        with self._room:
            # What is said of links is bounded by their number, and never waits.
            if isinstance(arrival, Received):
                self._room.wait_for(lambda: self._closed or self._has_room(arrival.link_id))
                self._waiting[arrival.link_id] += 1
            if not self._closed:
                self._arrivals.append(arrival)

    def _has_room(self, link_id: int) -> bool:
        return len(self._arrivals) < ARRIVALS_MAX and self._waiting[link_id] < SHARE_MAX

    def drain(self) -> list[Arrival]:
        """Return all that is there, without waiting."""
        with self._room:
            arrivals, self._arrivals = self._arrivals, []
            self._waiting.clear()
            self._room.notify_all()
        return arrivals

    def close(self) -> None:
        """Take nothing any more, and let no reader wait."""
        with self._room:
            self._closed = True
            self._arrivals.clear()
            self._room.notify_all()
