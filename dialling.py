"""The client's end of a link: one thread that connects, reads and writes.

`Dial` never blocks its owner: messages to send go into a bounded queue,
messages received come out of `messages()`, and when the link cannot be made
or is lost, `fault` holds one sentence for the player. It does not retry;
that is `client_link.py`'s.

Units: seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import selectors
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence

from config import host_and_port
from errors import BadOption, LocalProtocolError, NetworkFault, RemoteProtocolError
from intake import RECEIVE_BYTES, Selector
from protocol import (
    VERSION,
    Connection,
    Goodbye,
    Hello,
    Message,
    Ping,
    Pong,
    Refused,
    Role,
    Welcome,
)
from readings import Traffic
from server_link import LAST_WORDS_S, tune

CONNECT_S = 4.0
SEND_S = 4.0
"""A server that takes nothing for so long is lost."""
SILENCE_S = 8.0
"""The server pings every 2 s; so much silence means that it is gone."""
WAITING_MAX = 4096
GO_ON_S = 0.5
PINGS = 20
Through = Callable[[socket.socket], socket.socket]
"""Leads a connected socket over a line of another kind (see `link_simulator.py`)."""


def direct(link: socket.socket) -> socket.socket:
    """Return a link as it is."""
    return link


class Dial:
    """One attempt to reach a server, and the link that comes of it."""

    def __init__(self, host: str, port: int, through: Through = direct) -> None:
        """Args:
        through: what the link is led through once it is made.
        """
        self.host, self.port = host, port
        self._through = through
        self.fault: str | None = None
        """Why there is no link any more, or None while there may be."""
        self.connected = False
        self.silent = False
        """Whether the link was lost by silence: the server is there, and says nothing."""
        self.traffic = Traffic()
        self._received: queue.Queue[Message] = queue.Queue(WAITING_MAX)
        self._to_send: queue.Queue[bytes] = queue.Queue(WAITING_MAX)
        # Guards the connection, whose state both sides of this class move on.
        self._talking = threading.Lock()
        self._connection = Connection(Role.CLIENT)
        self._closing = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="dial", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def send(self, message: Message) -> None:
        """Send a message as soon as may be; after the last word it is dropped.

        Raises:
            LocalProtocolError: it is not allowed now.
        """
        with self._talking:
            if self._connection.closed:
                # The server refused us, or said goodbye, a moment ago.
                return
            data = self._connection.send(message)
            try:
                self._to_send.put_nowait(data)
            except queue.Full:
                self.fault = "The server takes nothing any more."
                self._closing.set()
        self._rouse()

    def messages(self) -> list[Message]:
        """Return what has arrived since the last call."""
        arrived = []
        for _ in range(self._received.qsize()):
            arrived.append(self._received.get_nowait())
        return arrived

    def close(self) -> None:
        """Send what waits and close; returns at once."""
        self._closing.set()
        self._rouse()

    def join(self, timeout_s: float = 1.0) -> None:
        """Wait for the thread to end."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _rouse(self) -> None:
        # Full, it wakes the thread as well; closed, there is nothing to wake.
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    # The thread

    def _run(self) -> None:
        fault = "The server closed the connection."
        try:
            with self._through(open_link(self.host, self.port)) as link:
                self.connected = True
                self._serve(link)
        except NetworkFault as error:
            fault = str(error)
        except RemoteProtocolError as error:
            fault = f"The server sent what this client cannot read ({error})."
        except OSError as error:
            fault = f"The connection to the server was lost ({error.strerror or error})."
        finally:
            self.fault = self.fault or fault
            self._wake.close()
            self._woken.close()

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(SEND_S)
        heard = time.monotonic()
        with Selector() as selector:
            selector.register(link, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                readable = {key.fileobj for key, _ in selector.select(GO_ON_S)}
                if self._woken in readable:
                    self._woken.recv(4096)
                self._flush(link)
                if self._closing.is_set():
                    if self._connection.closed:
                        part(link)
                    return
                if link in readable:
                    data = link.recv(RECEIVE_BYTES * 4)
                    self.traffic.down += len(data)
                    self.traffic.down_parts += 1
                    if not data or self._take(data):
                        return
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE_S:
                    self.silent = True
                    raise NetworkFault("The server has fallen silent.")

    def _flush(self, link: socket.socket) -> None:
        """Send what waits, all in one piece: every piece has 52 bytes in front."""
        waiting = [self._to_send.get_nowait() for _ in range(self._to_send.qsize())]
        if waiting:
            data = b"".join(waiting)
            self.traffic.up += len(data)
            self.traffic.up_parts += 1
            link.sendall(data)

    def _take(self, data: bytes) -> bool:
        """Take in what came; return whether the server has said its last word."""
        with self._talking:
            if self._connection.closed:
                # Our goodbye is on its way: what comes now is for nobody.
                return False
            messages = self._connection.receive_data(data)
            over = self._connection.closed
        for message in messages:
            while not self._closing.is_set():
                with contextlib.suppress(queue.Full):
                    self._received.put(message, timeout=GO_ON_S)
                    break
        return over


def part(link: socket.socket) -> None:
    """After a goodbye, end the stream and wait for the server to end it as well.

    A socket closed on unread bytes would take the goodbye back.
    """
    link.shutdown(socket.SHUT_WR)
    link.settimeout(LAST_WORDS_S)
    until = time.monotonic() + LAST_WORDS_S
    while time.monotonic() < until and link.recv(RECEIVE_BYTES):
        pass


def open_link(host: str, port: int) -> socket.socket:
    """Return a connected socket.

    Raises:
        NetworkFault: there is no such host, or nothing answers there.
    """
    try:
        link = socket.create_connection((host, port), timeout=CONNECT_S)
    except (socket.gaierror, UnicodeError):
        # UnicodeError: it could not even be asked for, as "a..b".
        raise NetworkFault(f'There is no machine named "{host}": check the address.') from None
    except TimeoutError:
        raise NetworkFault(
            f"{host}:{port} does not answer: is it the right address, and is a firewall between?"
        ) from None
    except OSError as error:
        raise NetworkFault(
            f"Nothing answers at {host}:{port}: is the server running? ({error.strerror})"
        ) from None
    tune(link)
    return link


def measure(arguments: Sequence[str]) -> int:
    """Measure the link to a server and print what was found; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="network.py", description="Measure the link to a Slipstream server."
    )
    parser.add_argument("server", metavar="HOST:PORT")
    try:
        host, port = host_and_port(parser.parse_args(arguments).server, "HOST:PORT")
        _measure(host, port)
    except (BadOption, NetworkFault, RemoteProtocolError, LocalProtocolError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The link was lost ({error}).", file=sys.stderr)
        return 1
    return 0


def _measure(host: str, port: int) -> None:
    start = time.perf_counter()
    with open_link(host, port) as link:
        connected_s = time.perf_counter() - start
        connection = Connection(Role.CLIENT)
        link.settimeout(CONNECT_S)

        def until(kind: type[Message]) -> Message:
            while True:
                data = link.recv(RECEIVE_BYTES)
                if not data:
                    raise NetworkFault("The server closed the connection.")
                for message in connection.receive_data(data):
                    if isinstance(message, Refused):
                        raise NetworkFault(message.text)
                    if isinstance(message, kind):
                        return message

        name = f"link-test-{time.time_ns() % 100_000}"
        link.sendall(connection.send(Hello(VERSION, name, "", "measure")))
        welcome = until(Welcome)
        assert isinstance(welcome, Welcome)
        rounds = []
        for nonce in range(PINGS):
            sent = time.perf_counter()
            link.sendall(connection.send(Ping(nonce)))
            until(Pong)
            rounds.append((time.perf_counter() - sent) * 1000)
        link.sendall(connection.send(Goodbye("quit", "")))
        part(link)
    print(f"server      {welcome.node} at {host}:{port}, protocol {welcome.version}")
    print(f"connect     {connected_s * 1000:8.2f} ms")
    print(f"round trip  {min(rounds):8.2f} ms at best of {PINGS}")
    print(f"            {statistics.median(rounds):8.2f} ms median")
    print(f"            {max(rounds):8.2f} ms at worst")
