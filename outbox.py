"""What waits to be sent to one client: bounded, in two lanes.

The first lane holds what must arrive, in order; a client that lets it fill
up is too slow to play and is closed. The second is one slot for the newest
snapshot, overwritten: a client that is behind misses pictures of the past,
not news. What waits leaves in one piece, as far as it is taken. Nothing here
touches a socket or a clock.

Units: bytes.
"""

from __future__ import annotations

from collections import deque

from protocol import Known, PackedSnapshot

MESSAGES_MAX = 512
BYTES_MAX = 512 * 1024
PIECE_BYTES = 16_384
"""Once a piece is so long, no further message is added to it."""


class Outbox:
    """The bytes that one socket has not taken yet."""

    def __init__(self) -> None:
        self._started = b""
        """The rest of messages whose beginning is on its way."""
        self._lane: deque[bytes] = deque()
        self._lane_bytes = 0
        self._snapshot: PackedSnapshot | None = None
        self._slot = 0
        """Whose eyes the snapshot is for."""
        self._known: Known | None = None
        """The snapshot that was written last."""
        self._drawn: PackedSnapshot | None = None
        """A snapshot that nothing waits before: it leaves by itself."""
        self._picture = b""
        """Its message."""
        self.replaced = 0
        """Snapshots that were overwritten before they were sent."""

    def put(self, message: bytes) -> bool:
        """Add what must arrive; return whether there was room."""
        if len(self._lane) >= MESSAGES_MAX or self._lane_bytes + len(message) > BYTES_MAX:
            return False
        self._lane.append(message)
        self._lane_bytes += len(message)
        return True

    def put_snapshot(self, snapshot: PackedSnapshot, slot: int) -> None:
        """Offer the newest snapshot; an older one that waits is dropped."""
        if self._snapshot is not None:
            self.replaced += 1
        self._snapshot, self._slot = snapshot, slot
        self._drawn, self._picture = None, b""

    def draw(self, snapshot: PackedSnapshot, slot: int) -> None:
        """Make ready the message of a snapshot that need not wait, for nothing else does."""
        self._drawn, self._slot = snapshot, slot
        self._picture = snapshot.message_for(slot, self._known)

    def picture(self) -> bytes:
        """Return the message of what was drawn; empty if that has to wait now, or is gone."""
        if not self.empty:
            self.leave_drawn()
        return self._picture

    def leave_drawn(self) -> None:
        """Let what was drawn wait like any other snapshot."""
        if self._drawn is not None:
            self.put_snapshot(self._drawn, self._slot)

    def gone(self) -> None:
        """Note that the whole picture was taken."""
        if self._drawn is not None:
            self._known = self._drawn.known_by(self._slot, self._known)
            self._drawn, self._picture = None, b""

    def next(self) -> bytes:
        """Return the bytes to write next; empty when nothing waits.

        What is not taken of them may be something newer the next time.
        """
        if not self._lane:
            if self._snapshot is None:
                return self._started
            picture = self._snapshot.message_for(self._slot, self._known)
            return self._started + picture if self._started else picture
        pieces, size = [self._started], len(self._started)
        for message in self._lane:
            if size >= PIECE_BYTES:
                return b"".join(pieces)
            pieces.append(message)
            size += len(message)
        if self._snapshot is not None:
            pieces.append(self._snapshot.message_for(self._slot, self._known))
        return b"".join(pieces)

    def sent(self, piece: bytes, count: int) -> bool:
        """Note that so many of the bytes that `next` has just returned were taken.

        Return whether anything still waits.
        """
        if count <= 0:
            return True
        end = len(self._started)
        while self._lane and end < count:
            message = self._lane.popleft()
            self._lane_bytes -= len(message)
            end += len(message)
        if end < count:
            # The snapshot has begun, and is no longer in its slot.
            assert self._snapshot is not None, "more was taken than there was"
            self._known = self._snapshot.known_by(self._slot, self._known)
            self._snapshot = None
            end = len(piece)
        self._started = piece[count:end]
        return not self.empty

    def end_with(self, message: bytes) -> None:
        """Drop what waits, and let these last words follow what has begun."""
        self._lane.clear()
        self._lane_bytes = 0
        self._snapshot = self._drawn = None
        self._picture = b""
        if message:
            self._lane.append(message)
            self._lane_bytes = len(message)

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._started and not self._lane and self._snapshot is None
