"""How one thread waits for the bytes of one socket, and how others write to it.

Where a read can be told how long it may wait, a message costs one call of
the system, and the socket never blocks a write because each write says so.
Elsewhere (on Windows) the socket does not block, and a selector waits.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys

ONE_CALL = hasattr(socket, "SO_RCVTIMEO") and hasattr(socket, "MSG_DONTWAIT")
"""Whether a read of this system waits by itself, and a write can refuse to."""
RECEIVE_BYTES = 480
"""Nearly all messages are thirty; so much is one small piece of memory, and quickly had."""
FIRST_WAIT_S = 5.0
ROUND_S = 0.01
"""A time to wait that differs by less is not told to the system anew."""

# Windows has no poll, and its select takes descriptors of any number.
Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


class Intake:
    """A socket that is read by one call."""

    def __init__(self, link: socket.socket) -> None:
        """Take a connected socket.

        Raises:
            OSError: this system cannot say how long a read may wait.
        """
        link.settimeout(None)
        self._socket = link
        self._no_wait: int = getattr(socket, "MSG_DONTWAIT", 0)
        self._wait_s = 0.0
        self._let_wait(FIRST_WAIT_S)

    def receive(self, wait_s: float) -> bytes | None:
        """Return what comes, empty at the end of the stream; None if nothing came in time.

        Raises:
            OSError: the link is lost.
        """
        if wait_s <= 0.0:
            return None
        if abs(wait_s - self._wait_s) > ROUND_S:
            self._let_wait(max(wait_s, ROUND_S))
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return None

    def send(self, data: bytes) -> int:
        """Write what the socket takes at once; return how much that was.

        Raises:
            OSError: the link is lost.
        """
        try:
            return self._socket.send(data, self._no_wait)
        except BlockingIOError:
            return 0

    def end(self) -> None:
        """End both directions, and with them the wait of the reader."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def end_ours(self) -> None:
        """End our direction of the stream.

        Raises:
            OSError: the link is lost.
        """
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket; the reader's to do, for nobody else may be waiting in it."""
        self._socket.close()

    def _let_wait(self, wait_s: float) -> None:
        # A timeval of a 64-bit system: whole seconds, and millionths. One that
        # has another says so, and is polled.
        whole, part = divmod(wait_s, 1.0)
        span = (int(whole), int(part * 1e6))
        timeval = b"".join(one.to_bytes(8, sys.byteorder) for one in span)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        self._wait_s = wait_s


class PolledIntake(Intake):
    """A socket that does not block: a selector waits, then it is read."""

    def __init__(self, link: socket.socket) -> None:
        link.setblocking(False)
        self._socket = link
        self._no_wait = 0
        self._selector = Selector()
        self._selector.register(link, selectors.EVENT_READ)

    def receive(self, wait_s: float) -> bytes | None:
        """Return what comes, empty at the end of the stream; None if nothing came in time."""
        if not self._selector.select(max(0.0, wait_s)):
            return None
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            # Woken for nothing: an empty answer would be the end of the stream.
            return None

    def close(self) -> None:
        """Close the socket, and the selector before it."""
        self._selector.close()
        super().close()


def intake_of(link: socket.socket) -> Intake:
    """Return the way of reading that this system has."""
    if ONE_CALL:
        with contextlib.suppress(OSError):
            return Intake(link)
    return PolledIntake(link)
