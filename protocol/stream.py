"""One race's snapshots as they are written: whole, or against the one before.

A snapshot is packed once for all who see the race. What goes to one link is
chosen at the moment of writing: `message_for` is told what that link was
written last. It does no I/O and knows no link.

Units: as in `snapshot.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol.connection import encode_message
from protocol.news import Snapshot

WHOLE = 254
"""The slot of who wants nothing but whole snapshots."""


class Known(NamedTuple):
    """What a link was written last."""

    stream: str
    number: int
    slot: int


class PackedSnapshot:
    """One snapshot, ready to be written to any link that shows its race."""

    def __init__(self, stream: str, number: int, message: Snapshot) -> None:
        """Take the stream that it is part of, and its number there, from 0."""
        self.stream = stream
        self.number = number
        self._message = message
        self._whole = b""

    def message_for(self, slot: int, known: Known | None) -> bytes:
        """Return the message for a link, framed.

        Args:
            slot: that of the own car; `WATCHING`, or `WHOLE`.
            known: what the link was written last.
        """
        if not self._whole:
            self._whole = encode_message(self._message)
        return self._whole

    def known_by(self, slot: int) -> Known:
        """Return what a link knows once this was written to it."""
        return Known(self.stream, self.number, slot)
