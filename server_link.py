"""One client as the server holds it: a socket, its reader thread, its outbox.

The reader turns bytes into messages for the inbox, at the pace of a busy
player at most. Others put into the outbox, and `flush` writes all that waits
there in one piece, once a tick; a snapshot with nothing before it takes a
short way. No write blocks: what the socket does not take waits on. A client that
is behind is sent fewer snapshots (`ration.py`). One that breaks the protocol
is told why and closed; one that falls silent or stops reading is closed too.
No other client notices.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable

from librt.threading import Lock

from errors import RemoteProtocolError
from inbox import Inbox, Lost, Received, Share
from intake import Intake, intake_of
from outbox import Outbox
from protocol import Connection, Goodbye, Message, PackedSnapshot, Pong, Role, encode_message
from ration import Ration

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
UNANSWERED_S = 3.0
"""Who owes an answer to a ping for so long reads late: it is behind."""
LAST_WORDS_S = 0.5
"""How long a closing link may take to hear why."""
SEND_BUFFER_BYTES = 65_536
"""Small, so that what waits, waits in our outbox, where old snapshots go."""
UNSENT_BYTES = 512
"""The system takes no more from us while so much has not left: about one whole snapshot."""


class Pace:
    """How fast something may go on, such as one client's messages: a bucket, told the time."""

    def __init__(self, now: float, burst: float, a_second: float) -> None:
        """Args:
        burst: how many may come at once, after a rest.
        a_second: how many a second after that.
        """
        self._burst = self._credit = burst
        self._a_second = a_second
        self._counted_at = now

    def spend(self, now: float) -> float:
        """Take one; return the seconds to wait before the next."""
        credit = self._credit + (now - self._counted_at) * self._a_second
        self._counted_at = now
        self._credit = credit = min(credit, self._burst) - 1.0
        return 0.0 if credit >= 0.0 else -credit / self._a_second


def tune(link: socket.socket) -> None:
    """Set a socket up for small messages that must not be late."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    # Not every platform has these two; the game works without.
    for name, value in (("TCP_USER_TIMEOUT", UNTAKEN_MS), ("TCP_NOTSENT_LOWAT", UNSENT_BYTES)):
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

    def __init__(
        self,
        link_id: int,
        link: socket.socket,
        address: str,
        inbox: Inbox,
        stir: Callable[[Link], None],
    ) -> None:
        """Args:
        stir: told of a link that has something to write, or to end; by any thread.
        """
        self.link_id = link_id
        self.address = address
        self.bytes_in = 0
        self.bytes_out = 0
        self.spoken = False
        """Whether anything whole has come."""
        self.ration = Ration()
        self._intake: Intake = intake_of(link)
        self._inbox = inbox
        self._share = Share()
        self._stir = stir
        # The reader's own: it follows what the client says. What we may say
        # to a client is the game's to know.
        self._connection = Connection(Role.SERVER)
        self._asked_at = 0.0
        """When the ping was sent that is not answered yet; 0 if none is."""
        # Guards all that follows: the tick thread writes, and so does a
        # reader that refuses its peer.
        self._writing = Lock()
        self._outbox = Outbox()
        self._moved_at = 0.0
        """When the socket last took something, or something began to wait; 0 if nothing does."""
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

    def send(self, message: bytes) -> None:
        """Keep what must arrive until the next flush."""
        with self._writing:
            if self._closing:
                return
            if not self._outbox.put(message):
                # More than an outbox in one tick: some of it may go ahead.
                self._write(time.monotonic())
                if not self._outbox.put(message):
                    self._close("too slow", None)
        self._stir(self)

    def send_ping(self, message: bytes, now: float) -> None:
        """Ask for a sign of life; while it is owed, the link may be behind."""
        self._asked_at = self._asked_at or now
        self.send(message)

    def send_snapshot(self, snapshot: PackedSnapshot, slot: int, now: float) -> bool:
        """Take the newest snapshot, if this link gets it, to be written at the next flush.

        Return whether that is to be `flush_snapshot`, for nothing else waits.
        """
        # What the last flush left, or what was sent and is not read.
        behind = self._moved_at > 0.0 or (
            self._asked_at > 0.0 and now - self._asked_at > UNANSWERED_S
        )
        if self._closing or not self.ration.grants(now, behind=behind):
            return False
        # Without the lock: but for the last words of a link, only the thread
        # that is here puts anything into an outbox.
        if self._outbox.empty:
            self._outbox.draw(snapshot, slot)
            return True
        with self._writing:
            self._outbox.put_snapshot(snapshot, slot)
        self._stir(self)
        return False

    def flush_snapshot(self, now: float) -> None:
        """Write a snapshot the short way, or leave it to `flush`.

        Nearly all that a server says is this: every player of a race, 30 times a second.
        """
        with self._writing:
            picture = self._outbox.picture()
            if self._closing:
                return
            if picture:
                try:
                    count = self._intake.send(picture)
                except OSError:
                    self._shut()
                    return
                self.bytes_out += count
                if count == len(picture):
                    self._outbox.gone()
                    return
                self._outbox.leave_drawn()
                if count:
                    self._outbox.sent(picture, count)
                self._moved_at = now
        self._stir(self)

    def flush(self, now: float) -> bool:
        """Write what waits, as far as the socket takes it; cut who takes too long.

        Return whether something is still to be written, or to end.
        """
        with self._writing:
            if self._cut.is_set():
                return False
            self._write(now)
            if not self._moved_at:
                return False
            patience = LAST_WORDS_S if self._closing else STALLED_S
            if now - self._moved_at > patience:
                if not self._closing:
                    log.debug("= link %d is too slow", self.link_id)
                    self._reason = "too slow"
                self._shut()
            return True

    def close(self, reason: str, message: Message | None = None) -> None:
        """Say the last words, if any, and close; waits for nothing."""
        with self._writing:
            self._close(reason, message)
        self._stir(self)

    def cut(self) -> None:
        """End both directions at once."""
        with self._writing:
            self._shut()

    # With `_writing` held

    def _close(self, reason: str, message: Message | None) -> None:
        if self._closing:
            return
        log.debug("= link %d closes: %s", self.link_id, reason)
        self._closing = True
        self._reason = reason
        self._outbox.end_with(encode_message(message) if message is not None else b"")
        now = time.monotonic()
        self._write(now)
        self._moved_at = now

    def _write(self, now: float) -> None:
        try:
            waits = not self._outbox.empty
            while waits:
                piece = self._outbox.next()
                count = self._intake.send(piece)
                if not count:
                    self._moved_at = self._moved_at or now
                    return
                self.bytes_out += count
                waits = self._outbox.sent(piece, count)
                if self._moved_at:
                    self._moved_at = now
            if not self._closing:
                self._moved_at = 0.0
                return
            # Our direction ends; the peer's may still hold bytes, and a
            # socket closed on unread bytes takes our last words back.
            self._intake.end_ours()
        except OSError:
            # The reader sees the same fault and reports it.
            self._shut()

    def _shut(self) -> None:
        self._closing = True
        self._cut.set()
        self._intake.end()

    # The reader thread

    def _read(self) -> None:
        try:
            self._read_all()
            self._read_out()
        except OSError as error:
            log.debug("link %d: %s", self.link_id, error)
        except Exception:
            log.exception("the reader of link %d stumbled", self.link_id)
        finally:
            with self._writing:
                self._shut()
                self._intake.close()
            self._inbox.put(Lost(self.link_id, self._reason))

    def _read_all(self) -> None:
        """Read until the link closes, for whatever reason."""
        try:
            self._read_messages()
        except RemoteProtocolError as error:
            log.warning("link %d from %s: %s", self.link_id, self.address, error)
            self.close("protocol", Goodbye("protocol", str(error)[:200]))

    def _read_messages(self) -> None:
        now = time.monotonic()
        pace = Pace(now, BURST_MAX, MESSAGES_A_SECOND)
        whole_by = now + HELLO_S
        tells = log.isEnabledFor(logging.DEBUG)
        while not self._connection.closed:
            # Whole messages count: a byte now and then is no sign of life.
            data = self._receive(whole_by - now)
            now = time.monotonic()
            if data is None:
                if now < whole_by:
                    continue
                self.close("silence", Goodbye("silence", "Nothing was heard for too long."))
            if not data or self._closing:
                return
            self.bytes_in += len(data)
            for message in self._connection.receive_data(data):
                if tells:
                    log.debug("< %d %s", self.link_id, message)
                self.spoken = True
                if isinstance(message, Pong):
                    self._asked_at = 0.0
                self._inbox.put_message(Received(self.link_id, message), self._share)
                wait = pace.spend(now)
                if wait:
                    if self._cut.wait(wait):
                        return
                    now = time.monotonic()
                whole_by = now + SILENCE_S
        self._reason = "quit"

    def _read_out(self) -> None:
        """Throw away what the peer still says, so that it can hear our last words."""
        until = time.monotonic() + LAST_WORDS_S
        while self._closing and not self._cut.is_set() and self._receive(until - time.monotonic()):
            pass

    def _receive(self, wait_s: float) -> bytes | None:
        """Return what comes, empty at the end of the stream; None if nothing came in time."""
        return self._intake.receive(wait_s)
