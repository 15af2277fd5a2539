"""One client as the server holds it: a socket, its reader thread, its outbox.

The reader turns bytes into messages for the inbox, at the pace of a busy
player at most. Others write through `send` and `send_snapshot`, which never
block: what the socket does not take waits in the outbox. A client that breaks
the protocol is told why and closed; one that falls silent or stops reading is
closed too. No other client notices.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time

from errors import RemoteProtocolError
from inbox import Inbox, Lost, Received
from outbox import Outbox
from protocol import Connection, Goodbye, Message, PackedSnapshot, Role, encode_message

log = logging.getLogger(__name__)

BURST_MAX = 240
"""Messages that one client may send at once, after a silence."""
MESSAGES_A_SECOND = 120.0
"""How fast a client is read after that: four times what a busy player sends."""
HELLO_S = 5.0
"""Who connects and has said no whole hello after so long is closed."""
SILENCE_S = 15.0
"""So is who says nothing whole: the server asks for a sign of life every 2 s."""
STALLED_S = 10.0
"""And who takes nothing of what waits for so long."""
UNTAKEN_MS = 10_000
"""The same for what the system has taken over from us."""
LAST_WORDS_S = 0.5
"""How long a closing link may take to hear why."""
RECEIVE_BYTES = 16_384
SEND_BUFFER_BYTES = 65_536
"""Small, so that what waits, waits in our outbox, where old snapshots go."""

# Windows has no poll, and its select takes descriptors of any number.
Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


class Pace:
    """How fast one client is read: a bucket of messages, told the time."""

    def __init__(self, now: float) -> None:
        self._credit = float(BURST_MAX)
        self._counted_at = now

    def spend(self, now: float) -> float:
        """Take one message; return the seconds to wait before the next."""
        gained = (now - self._counted_at) * MESSAGES_A_SECOND
        self._credit = min(float(BURST_MAX), self._credit + gained) - 1.0
        self._counted_at = now
        return max(0.0, -self._credit / MESSAGES_A_SECOND)


def tune(link: socket.socket) -> None:
    """Set a socket up for small messages that must not be late."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    # Not every platform has these two; the game works without.
    for name, value in (("TCP_USER_TIMEOUT", UNTAKEN_MS), ("TCP_NOTSENT_LOWAT", 8192)):
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                link.setsockopt(socket.IPPROTO_TCP, option, value)


class Link:
    """One client's socket, its reader thread and its outbox.

    It closes in three steps: nothing new is sent (`_closing`); the last words
    are written, and with them our direction of the stream ends; the peer ends
    its own, or its time is up (`_cut`). Only the reader closes the socket.
    """

    def __init__(self, link_id: int, link: socket.socket, address: str, inbox: Inbox) -> None:
        self.link_id = link_id
        self.address = address
        self.bytes_in = 0
        self.bytes_out = 0
        link.setblocking(False)
        self._socket = link
        self._inbox = inbox
        # The reader's own: it follows what the client says. What we may say
        # to a client is the game's to know.
        self._connection = Connection(Role.SERVER)
        # Guards all that follows: the tick thread writes, and so does a
        # reader that refuses its peer.
        self._writing = threading.Lock()
        self._outbox = Outbox()
        self._moved_at = 0.0
        """When the socket last took something, or something began to wait."""
        self._closing = False
        self._reason = "connection lost"
        self._cut = threading.Event()
        """Set when both directions have ended."""
        self._reader = threading.Thread(target=self._read, name=f"reader-{link_id}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._reader.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the reader to end."""
        if self._reader.is_alive():
            self._reader.join(timeout_s)

    @property
    def alive(self) -> bool:
        """Whether the reader still runs."""
        return self._reader.is_alive()

    @property
    def closing(self) -> bool:
        """Whether it hears its last words, or nothing any more."""
        return self._closing

    @property
    def waiting(self) -> bool:
        """Whether there is something to write, or to end."""
        return self._closing or not self._outbox.empty

    def send(self, message: bytes) -> None:
        """Write, or keep for later, what must arrive."""
        with self._writing:
            if self._closing:
                return
            self._note_waiting()
            if self._outbox.put(message):
                self._write()
                return
        self.close("too slow")

    def send_snapshot(self, snapshot: PackedSnapshot, slot: int) -> None:
        """Write the newest snapshot, or keep it until a newer one comes."""
        with self._writing:
            if not self._closing:
                self._note_waiting()
                self._outbox.put_snapshot(snapshot, slot)
                self._write()

    def flush(self) -> None:
        """Write what waits, as far as the socket takes it; cut who takes too long."""
        with self._writing:
            if self._cut.is_set():
                return
            self._write()
            patience = LAST_WORDS_S if self._closing else STALLED_S
            if self.waiting and time.monotonic() - self._moved_at > patience:
                if not self._closing:
                    log.debug("= link %d is too slow", self.link_id)
                    self._reason = "too slow"
                self._shut()

    def close(self, reason: str, message: Message | None = None) -> None:
        """Say the last words, if any, and close; waits for nothing."""
        with self._writing:
            if self._closing:
                return
            log.debug("= link %d closes: %s", self.link_id, reason)
            self._closing = True
            self._reason = reason
            self._outbox.end_with(encode_message(message) if message is not None else b"")
            self._moved_at = time.monotonic()
            self._write()

    def cut(self) -> None:
        """End both directions at once."""
        with self._writing:
            self._shut()

    # With `_writing` held

    def _note_waiting(self) -> None:
        if self._outbox.empty:
            self._moved_at = time.monotonic()

    def _write(self) -> None:
        try:
            while rest := self._outbox.next():
                count = self._socket.send(rest)
                self.bytes_out += count
                self._moved_at = time.monotonic()
                self._outbox.sent(count)
            if self._closing:
                # Our direction ends; the peer's may still hold bytes, and a
                # socket closed on unread bytes takes our last words back.
                self._socket.shutdown(socket.SHUT_WR)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The reader sees the same fault and reports it.
            self._shut()

    def _shut(self) -> None:
        self._closing = True
        self._cut.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    # The reader thread

    def _read(self) -> None:
        with Selector() as selector:
            try:
                selector.register(self._socket, selectors.EVENT_READ)
                self._read_all(selector)
                self._read_out(selector)
            except OSError as error:
                log.debug("link %d: %s", self.link_id, error)
            except Exception:
                log.exception("the reader of link %d stumbled", self.link_id)
            finally:
                with self._writing:
                    self._shut()
                    self._socket.close()
                self._inbox.put(Lost(self.link_id, self._reason))

    def _read_all(self, selector: selectors.BaseSelector) -> None:
        """Read until the link closes, for whatever reason."""
        try:
            self._read_messages(selector)
        except RemoteProtocolError as error:
            log.warning("link %d from %s: %s", self.link_id, self.address, error)
            self.close("protocol", Goodbye("protocol", str(error)[:200]))

    def _read_messages(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        pace = Pace(now)
        whole_by = now + HELLO_S
        while not self._connection.closed:
            # Whole messages count: a byte now and then is no sign of life.
            data = self._receive(selector, whole_by)
            if data is None:
                self.close("silence", Goodbye("silence", "Nothing was heard for too long."))
            if not data or self._closing:
                return
            self.bytes_in += len(data)
            for message in self._connection.receive_data(data):
                log.debug("< %d %s", self.link_id, message)
                self._inbox.put(Received(self.link_id, message))
                wait = pace.spend(time.monotonic())
                if wait and self._cut.wait(wait):
                    return
                whole_by = time.monotonic() + SILENCE_S
        self._reason = "quit"

    def _read_out(self, selector: selectors.BaseSelector) -> None:
        """Throw away what the peer still says, so that it can hear our last words."""
        until = time.monotonic() + LAST_WORDS_S
        while self._closing and not self._cut.is_set() and self._receive(selector, until):
            pass

    def _receive(self, selector: selectors.BaseSelector, until: float) -> bytes | None:
        """Return what comes, empty at the end of the stream; None if nothing came in time."""
        while selector.select(max(0.0, until - time.monotonic())):
            with contextlib.suppress(BlockingIOError, InterruptedError):
                return self._socket.recv(RECEIVE_BYTES)
        return None
