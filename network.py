"""Sockets and threads of the server: one reader thread a client.

Readers turn bytes into messages and put them, with what happened to links,
into one bounded inbox; the tick thread drains it and writes without ever
blocking. A client that stops reading is closed when its outbox is full; one
that floods is made to wait by its own share of the inbox; one that breaks
the protocol is told why and closed. No other client notices.

The client's side is in `dialling.py`. `python network.py HOST:PORT` measures
the link to a server.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import selectors
import socket
import sys
import threading
import time
from dataclasses import dataclass

from errors import NetworkFault, RemoteProtocolError
from outbox import Outbox
from protocol import Connection, Goodbye, Message, Refused, Role, State, encode_message

log = logging.getLogger(__name__)

ARRIVALS_MAX = 8192
"""What the inbox holds for all clients together."""
SHARE_MAX = 128
"""What one client may have waiting in it; beyond it, its reader pauses."""
HELLO_S = 5.0
"""Who connects and says nothing for so long is closed."""
SILENCE_S = 15.0
"""So is who falls silent: the server asks for a sign of life every 2 s."""
LAST_WORDS_S = 0.5
"""How long a closing link may take to hear why."""
RECEIVE_BYTES = 16_384
SEND_BUFFER_BYTES = 65_536
"""Small, so that what waits, waits in our outbox, where old snapshots go."""
ACCEPT_AGAIN_S = 0.5
BACKLOG = 128

# `select` cannot wait for a descriptor above 1023; Windows has nothing else.
_Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


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
        self._queue: queue.Queue[tuple[Arrival, threading.Semaphore | None]] = queue.Queue(
            ARRIVALS_MAX
        )

    def put(self, arrival: Arrival, share: threading.Semaphore | None = None) -> None:
        """Add an arrival; blocks while the inbox, or the client's share, is full."""
        if share is not None:
            share.acquire()
        self._queue.put((arrival, share))

    def drain(self) -> list[Arrival]:
        """Return all that is there, without waiting."""
        arrivals = []
        for _ in range(self._queue.qsize()):
            arrival, share = self._queue.get_nowait()
            if share is not None:
                share.release()
            arrivals.append(arrival)
        return arrivals


def tune(link: socket.socket) -> None:
    """Set a socket up for small messages that must not be late."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    # Not every platform has these two; the game works without.
    for name, value in (("TCP_USER_TIMEOUT", 10_000), ("TCP_NOTSENT_LOWAT", 8192)):
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                link.setsockopt(socket.IPPROTO_TCP, option, value)


class Link:
    """One client's socket, its reader thread and its outbox."""

    def __init__(self, link_id: int, link: socket.socket, address: str, inbox: Inbox) -> None:
        self.link_id = link_id
        self.address = address
        self.bytes_in = 0
        self.bytes_out = 0
        self._socket = link
        self._socket.setblocking(False)
        self._arrivals = _Selector()
        self._arrivals.register(link, selectors.EVENT_READ)
        self._inbox = inbox
        self._share = threading.Semaphore(SHARE_MAX)
        self._connection = Connection(Role.SERVER)
        self._outbox = Outbox()
        # Guards outbox and writing: the tick thread writes, and a reader
        # that refuses its peer.
        self._writing = threading.Lock()
        self._closing = False
        self._reader = threading.Thread(target=self._read, name=f"reader-{link_id}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._reader.start()

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return not self._outbox.empty

    def send(self, message: bytes) -> None:
        """Write, or keep for later, what must arrive."""
        with self._writing:
            if self._closing:
                return
            if self._outbox.put(message):
                self._write()
                return
        self.close("too slow")

    def send_snapshot(self, message: bytes) -> None:
        """Write the newest snapshot, or keep it until a newer one comes."""
        with self._writing:
            if not self._closing:
                self._outbox.put_snapshot(message)
                self._write()

    def flush(self) -> None:
        """Write what waits, as far as the socket takes it."""
        with self._writing:
            if not self._closing:
                self._write()

    def _write(self) -> None:
        while rest := self._outbox.next():
            try:
                count = self._socket.send(rest)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # The reader sees the same fault and reports it.
                self._shut()
                return
            self.bytes_out += count
            self._outbox.sent(count)

    def close(self, reason: str, message: Message | None = None) -> None:
        """Say the last words, if the socket takes them at once, and close."""
        with self._writing:
            if self._closing:
                return
            self._closing = True
            if message is not None:
                with contextlib.suppress(OSError):
                    # A message that was begun must end first, or the last
                    # words could not be read.
                    rest = self._outbox.next() if self._outbox._started else b""
                    # Nobody waits for a peer that reads no more: neither the
                    # race, nor the end of the server.
                    words = bytes(rest) + encode_message(message)
                    self._socket.send(words)
            log.debug("= link %d closed: %s", self.link_id, reason)
            self._shut()

    def _shut(self) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    # The reader thread

    def _read(self) -> None:
        reason = "connection lost"
        try:
            reason = self._read_all()
        except RemoteProtocolError as error:
            reason = "protocol"
            log.warning("link %d from %s: %s", self.link_id, self.address, error)
            self.close(reason, Goodbye("protocol", str(error)[:200]))
        except TimeoutError:
            reason = "silence"
            self.close(reason, Goodbye("silence", "Nothing was heard for too long."))
        except OSError as error:
            log.debug("link %d: %s", self.link_id, error)
        except Exception:
            log.exception("the reader of link %d stumbled", self.link_id)
        finally:
            with self._writing:
                self._shut()
                self._arrivals.close()
                self._socket.close()
            self._inbox.put(Lost(self.link_id, reason))

    def _read_all(self) -> str:
        patience = HELLO_S
        while True:
            # Not by a timeout of the socket: sending would wait as long.
            if not self._arrivals.select(patience):
                raise TimeoutError
            try:
                data = self._socket.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue
            if not data:
                return "connection lost"
            self.bytes_in += len(data)
            for message in self._connection.receive_data(data):
                log.debug("< %d %s", self.link_id, message)
                self._inbox.put(Received(self.link_id, message), self._share)
            if self._connection.state is State.GREETED:
                # The answer is on its way from the tick thread; what the
                # client may say next does not depend on its wording.
                self._connection.state = State.OPEN
                patience = SILENCE_S
            if self._connection.state is State.CLOSED:
                return "quit"


class NetworkServer:
    """Listens, accepts, and keeps the table of links."""

    def __init__(self, host: str, port: int, inbox: Inbox, links_max: int) -> None:
        """Bind the address; nobody is accepted before `start`.

        Raises:
            NetworkFault: the address cannot be used.
        """
        self._inbox = inbox
        self._links_max = links_max
        self._links: dict[int, Link] = {}
        self._ids = itertools.count(1)
        self._stopping = False
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, port))
            self._listener.listen(BACKLOG)
        except OSError as error:
            self._listener.close()
            raise NetworkFault(_listen_fault(host, port, error)) from error
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="acceptor", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._acceptor.start()

    def send(self, link_id: int, message: bytes) -> None:
        """Send what must arrive; a link that is gone is no fault."""
        link = self._links.get(link_id)
        if link is not None:
            link.send(message)

    def send_snapshot(self, link_id: int, message: bytes) -> None:
        """Offer a link the newest snapshot."""
        link = self._links.get(link_id)
        if link is not None:
            link.send_snapshot(message)

    def close_link(self, link_id: int, message: Message | None) -> None:
        """Close a link after its last message."""
        link = self._links.get(link_id)
        if link is not None:
            link.close("by the game", message)

    def forget(self, link_id: int) -> None:
        """Drop a link that is lost from the table."""
        self._links.pop(link_id, None)

    def flush(self) -> None:
        """Write what waits in outboxes to the sockets that can take it."""
        waiting = [link for link in list(self._links.values()) if link.waiting]
        for link in waiting:
            link.flush()

    def bytes_total(self) -> tuple[int, int]:
        """Return the bytes received and sent by the links of now."""
        links = list(self._links.values())
        return sum(link.bytes_in for link in links), sum(link.bytes_out for link in links)

    def stop(self) -> None:
        """Accept nobody any more and close every link."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in list(self._links.values()):
            link.close("the server stops")

    # The acceptor thread

    def _accept(self) -> None:
        while not self._stopping:
            try:
                link, address = self._listener.accept()
            except OSError as error:
                if self._stopping:
                    return
                # Most often too many open files: some will close.
                log.error("a connection could not be accepted: %s", error)
                time.sleep(ACCEPT_AGAIN_S)
                continue
            try:
                self._take(link, f"{address[0]}:{address[1]}")
            except (OSError, RuntimeError) as error:
                # RuntimeError: the system gives us no more threads.
                log.warning("a connection was dropped: %s", error)
                link.close()

    def _take(self, link: socket.socket, address: str) -> None:
        tune(link)
        if len(self._links) >= self._links_max:
            link.settimeout(LAST_WORDS_S)
            text = f"The server is full ({self._links_max} players): try again in a while."
            with contextlib.suppress(OSError):
                link.sendall(encode_message(Refused("full", text)))
                link.shutdown(socket.SHUT_WR)
                # Let the hello arrive, or a reset could overtake our words.
                link.recv(RECEIVE_BYTES)
            link.close()
            return
        one = Link(next(self._ids), link, address, self._inbox)
        self._links[one.link_id] = one
        self._inbox.put(Connected(one.link_id, address))
        one.start()


def _listen_fault(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno in (99, 49, 10049):
        return f'--host: "{host}" is no address of this machine.'
    if error.errno in (98, 48, 10048):
        return f"Port {port} is in use: stop the other server, or choose another with --port."
    if error.errno in (13, 10013):
        return f"Port {port} may not be used by this account: choose one above 1023 with --port."
    return f"Cannot listen on {host}:{port}: {error.strerror or error}."


def _main() -> int:
    from dialling import measure

    return measure(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(_main())
