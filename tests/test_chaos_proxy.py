"""The proxy of the chaos tests: what is cut waits, what is slow comes late, nothing is lost."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Callers, Switchboard
from tests.waiting import wait_until


class Echo:
    """A server that says everything again."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._repeat, args=(link,), daemon=True).start()

    @staticmethod
    def _repeat(link: socket.socket) -> None:
        with link:
            while data := link.recv(65_536):
                link.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    """Yield a server to call."""
    server = Echo()
    yield server
    # Closed alone it would go on for as long as a thread waits in it.
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()


@pytest.fixture
def board() -> Iterator[Switchboard]:
    """Yield a switchboard that knows nobody."""
    board = Switchboard()
    yield board
    board.close()
    assert board.faults == []


class Caller:
    """A connection that notes what comes back."""

    def __init__(self, port: int) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), 5.0)
        self.link.setblocking(False)
        self.heard = b""

    def hears(self, text: bytes) -> bool:
        """Take what has come; return whether it is all of a text."""
        try:
            while data := self.link.recv(65_536):
                self.heard += data
        except BlockingIOError:
            pass
        return self.heard == text

    def is_gone(self) -> bool:
        """Whether the other end has closed the connection."""
        try:
            return self.link.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


def test_line_carries_everything_both_ways(board: Switchboard, echo: Echo) -> None:
    """More than any buffer holds comes back whole and in order."""
    caller = Caller(board.line("a", "127.0.0.1", echo.port).port)
    sent = os.urandom(1 << 20)
    caller.link.setblocking(True)
    threading.Thread(target=caller.link.sendall, args=(sent,), daemon=True).start()

    got = b""
    while len(got) < len(sent):
        got += caller.link.recv(65_536)
    assert got == sent


def test_cut_line_is_silent_and_heals_without_loss(board: Switchboard, echo: Echo) -> None:
    """Connections stay, new ones are taken, nothing passes; then all of it does."""
    line = board.line("a", "127.0.0.1", echo.port)
    other = board.line("b", "127.0.0.1", echo.port)
    first, beside = Caller(line.port), Caller(other.port)
    first.link.sendall(b"one")
    wait_until(lambda: first.hears(b"one"), "hear the first word")
    board.cut(line)
    second = Caller(line.port)
    first.link.sendall(b"two")
    second.link.sendall(b"three")
    beside.link.sendall(b"four")
    wait_until(lambda: beside.hears(b"four"), "hear over the other line")

    assert first.hears(b"one")
    assert second.hears(b"")
    board.heal(line)
    wait_until(lambda: first.hears(b"onetwo"), "hear what was held back")
    wait_until(lambda: second.hears(b"three"), "hear on the connection made meanwhile")


def test_slow_line_delays_each_way(board: Switchboard, echo: Echo) -> None:
    """An answer takes both delays, and at least these."""
    line = board.line("a", "127.0.0.1", echo.port)
    caller = Caller(line.port)
    board.slow(line, 0.1)
    started = time.monotonic()
    caller.link.sendall(b"hello")
    wait_until(lambda: caller.hears(b"hello"), "hear the answer")

    assert time.monotonic() - started >= 0.2


def test_end_of_either_side_reaches_the_other(board: Switchboard, echo: Echo) -> None:
    """What was said before the end arrives before it; a dead target ends the call."""
    line = board.line("a", "127.0.0.1", echo.port)
    caller = Caller(line.port)
    caller.link.sendall(b"bye")
    caller.link.shutdown(socket.SHUT_WR)
    wait_until(lambda: caller.hears(b"bye"), "hear the last word")
    caller.link.setblocking(True)
    assert caller.link.recv(1) == b""

    with socket.socket() as silent:
        # Bound, so that nobody else takes the port; not listening.
        silent.bind(("127.0.0.1", 0))
        nobody = Caller(board.line("b", *silent.getsockname()).port)
        wait_until(nobody.is_gone, "hear that nobody is there")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_line_is_cut_for_one_process_only(echo: Echo) -> None:
    """The switchboard knows its callers by their process."""
    known = os.getpid()
    board = Switchboard(Callers(lambda: [known]))
    line = board.line("a", "127.0.0.1", echo.port)
    board.cut(line, caller=known + 1)
    caller = Caller(line.port)
    caller.link.sendall(b"hello")
    wait_until(lambda: caller.hears(b"hello"), "hear over a line that is cut for another")
    board.cut(line, caller=known)
    caller.link.sendall(b"again")
    board.heal(line, caller=known + 1)
    beside = Caller(board.line("b", "127.0.0.1", echo.port).port)
    beside.link.sendall(b"x")
    wait_until(lambda: beside.hears(b"x"), "hear beside it")

    assert caller.hears(b"hello")
    board.close()
