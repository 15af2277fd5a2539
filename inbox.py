"""What came from all clients, on its way to the one thread that owns the game.

Readers put, the tick thread drains; a message waits while the inbox is full,
or while its own client has too much in it already, and with it that client's
reader. As long as nobody waits, neither side takes a lock. Nothing here
touches a socket.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from protocol import Message

ARRIVALS_MAX = 8192
"""What the inbox holds for all clients together."""
SHARE_MAX = 128
"""What one client may have waiting in it; beyond it, its reader pauses."""


class Connected(NamedTuple):
    """A client has connected; nothing is known of it yet."""

    link_id: int
    address: str


class Received(NamedTuple):
    """A message, checked."""

    link_id: int
    message: Message


class Lost(NamedTuple):
    """A link is gone; the last that is heard of it."""

    link_id: int
    reason: str


Arrival = Connected | Received | Lost


class Share:
    """What one client has waiting; its reader counts up, the tick thread counts anew."""

    __slots__ = ("counted_in", "waiting")

    def __init__(self) -> None:
        self.waiting = 0
        self.counted_in = 0
        """The drain, by number, since which `waiting` counts."""


class Inbox:
    """What came from all clients, in order, bounded."""

    def __init__(self) -> None:
        # Both ends of a deque are safe without a lock.
        self._arrivals: deque[Arrival] = deque()
        self._drains = 0
        # Guards the two below; readers that find no room wait on it.
        self._room = threading.Condition()
        self._held_up = 0
        """Readers that wait for room."""
        self._closed = False

    def put(self, arrival: Connected | Lost) -> None:
        """Add what is said of links: bounded by their number, it never waits."""
        if not self._closed:
            self._arrivals.append(arrival)

    def put_message(self, arrival: Received, share: Share) -> None:
        """Add a message; wait while the inbox, or the share of its link, is full."""
        if not self._has_room(share):
            self._wait_for_room(share)
        share.waiting += 1
        if not self._closed:
            self._arrivals.append(arrival)

    def _has_room(self, share: Share) -> bool:
        if share.counted_in != self._drains:
            share.counted_in, share.waiting = self._drains, 0
        return share.waiting < SHARE_MAX and len(self._arrivals) < ARRIVALS_MAX

    def _wait_for_room(self, share: Share) -> None:
        with self._room:
            # First the count, then the look: a drain in between wakes us.
            self._held_up += 1
            self._room.wait_for(lambda: self._closed or self._has_room(share))
            self._held_up -= 1

    def drain(self) -> list[Arrival]:
        """Return all that is there, without waiting."""
        # The number first: what comes during the drain counts as waiting.
        self._drains += 1
        take = self._arrivals.popleft
        arrivals = [take() for _ in range(len(self._arrivals))]
        if self._held_up:
            with self._room:
                self._room.notify_all()
        return arrivals

    def close(self) -> None:
        """Take nothing any more, and let no reader wait."""
        with self._room:
            self._closed = True
            self._arrivals.clear()
            self._room.notify_all()
