"""The server's side of the network: it listens, accepts, keeps the links.

Readers (`server_link.py`) put what comes into one bounded inbox; the tick
thread drains it, and writes through this table without ever waiting for a
socket: what is said in a tick leaves at its `flush`. Who comes when all places
are taken is told so and closed.

The client's side is in `dialling.py`. `python network.py HOST:PORT` measures
the link to a server.

Units: seconds.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence

from errors import NetworkFault
from inbox import Connected, Inbox, Lost
from protocol import Goodbye, Message, PackedSnapshot, Refused
from ration import RATES
from server_link import LAST_WORDS_S, Link, Pace, tune

log = logging.getLogger(__name__)

LINKS_SPARE_MAX = 256
"""Links beyond the limit that may hear their last words, or have said nothing yet."""
ANYWHERE = ("", "0.0.0.0", "::")
FAR_AWAY = ("192.0.2.1", 9)
"""An address that belongs to nobody: only the way to it is asked for."""
ACCEPT_AGAIN_S = 0.5
"""The pause when the system has no connection to give."""
FLUSH_EVERY_S = 0.01
"""When the server stops; before, each tick flushes."""
BACKLOG = 512
"""Connections that the system keeps until we come to them."""
ACCEPTS_BURST = 64
ACCEPTS_A_SECOND = 100.0
"""Whoever comes beyond that waits in the backlog, so that no flood takes the ticks' time."""


def reachable_host(host: str) -> str:
    """Return the address under which others reach a server that listens on `host`."""
    if host not in ANYWHERE:
        return host
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        # Of a datagram socket, to connect sends nothing; it chooses an interface.
        way.connect(FAR_AWAY)
        return str(way.getsockname()[0])
    return "127.0.0.1"


class NetworkServer:
    """Listens, accepts, and keeps the table of links."""

    def __init__(self, host: str, port: int, inbox: Inbox, links_max: int) -> None:
        """Bind the address; nobody is accepted before `start`.

        Raises:
            NetworkFault: the address cannot be used.
        """
        self._inbox = inbox
        self._links_max = links_max
        # Guards the table: the acceptor adds to it, the tick thread takes out.
        self._table = threading.Lock()
        self._links: dict[int, Link] = {}
        # Who has something to write, or to end: the tick thread and readers
        # add to it, the tick thread takes out; each is one step of a set.
        self._stirred: set[Link] = set()
        self._drawn: list[Link] = []
        """Links with a snapshot that nothing waits before; the tick thread's own."""
        self._ids = itertools.count(1)
        self._stopping = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, port))
            self._listener.listen(BACKLOG)
        except (OSError, UnicodeError) as error:
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

    def send_ping(self, link_id: int, message: bytes) -> None:
        """Ask a link for a sign of life; who does not answer is behind."""
        link = self._links.get(link_id)
        if link is not None:
            link.send_ping(message, time.monotonic())

    def send_snapshots(
        self, link_ids: Sequence[int], snapshot: PackedSnapshot, slots: Sequence[int]
    ) -> None:
        """Offer links the newest snapshot of a race, each with its slot."""
        now = time.monotonic()
        for link_id, slot in zip(link_ids, slots, strict=True):
            link = self._links.get(link_id)
            if link is not None and link.send_snapshot(snapshot, slot, now):
                self._drawn.append(link)

    def close_link(self, link_id: int, message: Message | None) -> None:
        """Close a link after its last message."""
        link = self._links.get(link_id)
        if link is not None:
            link.close("closed by the server", message)

    def forget(self, link_id: int) -> None:
        """Drop a link that is lost from the table."""
        with self._table:
            self._links.pop(link_id, None)

    def flush(self) -> None:
        """Write what waits in outboxes to the sockets that can take it."""
        now = time.monotonic()
        # All after another, and only now: what the system does for each empties
        # the processor's caches, and what made these messages is done.
        for link in self._drawn:
            link.flush_snapshot(now)
        self._drawn.clear()
        self._write_out()

    def _write_out(self) -> None:
        now = time.monotonic()
        for link in list(self._stirred):
            # Out first: a reader that adds it meanwhile is not overheard.
            self._stirred.discard(link)
            if link.flush(now):
                self._stirred.add(link)

    def bytes_total(self) -> tuple[int, int]:
        """Return the bytes received and sent by the links of now."""
        links = self._all()
        return sum(link.bytes_in for link in links), sum(link.bytes_out for link in links)

    def rates(self) -> dict[int, int]:
        """Return how many links are given so many snapshots a second, for each rate."""
        counted = Counter(link.ration.rate for link in self._all())
        return {rate: counted[rate] for rate in RATES}

    def stop(self) -> None:
        """Accept nobody any more, and close every link after its last words."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        links = self._all()
        for link in links:
            link.close("stopping", Goodbye("stopping", "The server is stopping."))
        # No tick writes any more: what the sockets did not take yet goes here.
        until = time.monotonic() + LAST_WORDS_S
        while (open_still := [one for one in links if one.alive]) and time.monotonic() < until:
            self._write_out()
            open_still[0].join(FLUSH_EVERY_S)
        self._inbox.close()
        for link in links:
            link.cut()
            link.join(LAST_WORDS_S)
        if self._acceptor.is_alive():
            self._acceptor.join(LAST_WORDS_S)

    def _all(self) -> list[Link]:
        with self._table:
            return list(self._links.values())

    # The acceptor thread

    def _accept(self) -> None:
        pace = Pace(time.monotonic(), ACCEPTS_BURST, ACCEPTS_A_SECOND)
        while not self._stopping.is_set():
            try:
                link, address = self._listener.accept()
            except OSError as error:
                if not self._stopping.is_set():
                    # No descriptor is left, or the peer is gone already.
                    log.warning("a connection was not accepted: %s", error)
                    self._stopping.wait(ACCEPT_AGAIN_S)
                continue
            try:
                self._take(link, f"{address[0]}:{address[1]}")
            except (OSError, RuntimeError) as error:
                # RuntimeError: the system gives us no more threads.
                log.warning("a connection was dropped: %s", error)
                link.close()
            if wait := pace.spend(time.monotonic()):
                self._stopping.wait(wait)

    def _take(self, link: socket.socket, address: str) -> None:
        links = self._all()
        if len(links) >= self._links_max + LINKS_SPARE_MAX:
            link.close()
            return
        # Who has said nothing yet takes no place: the spare ones are for them.
        taken = sum(one.spoken and not one.closing for one in links)
        tune(link)
        one = self._link(next(self._ids), link, address)
        if taken >= self._links_max:
            text = f"The server is full ({self._links_max} players): try again in a while."
            one.close("full", Refused("full", text))
        with self._table:
            self._links[one.link_id] = one
        self._inbox.put(Connected(one.link_id, address))
        try:
            one.start()
        except RuntimeError:
            self._inbox.put(Lost(one.link_id, "no thread"))
            raise

    def _link(self, link_id: int, link: socket.socket, address: str) -> Link:
        return Link(link_id, link, address, self._inbox, self._stirred.add)


def _listen_fault(host: str, port: int, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror | UnicodeError) or number == errno.EADDRNOTAVAIL:
        return f'--host: "{host}" is no address of this machine.'
    if number == errno.EADDRINUSE:
        return f"Port {port} is in use: stop the other server, or choose another with --port."
    if number == errno.EACCES:
        return f"Port {port} may not be used by this account: choose one above 1023 with --port."
    return f"Cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}."


def _main() -> int:
    from dialling import measure

    return measure(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(_main())
