"""The client's end of a link, over the loopback, against servers of all kinds."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dialling
from dialling import Dial
from errors import LocalProtocolError
from inbox import Lost, Received
from protocol import (
    VERSION,
    Goodbye,
    Hello,
    Message,
    Notice,
    Ping,
    Pong,
    Refused,
    Role,
    State,
    Welcome,
    encode_message,
)
from tests.loopback import WELCOME, End, Node
from tests.waiting import wait_until

HELLO = Hello(VERSION, "Mika", "", "client")
NOTICE = encode_message(Notice(0, "x" * 200))


class Host(End):
    """A server of one connection, which does what the test says."""

    def __init__(self) -> None:
        super().__init__(Role.SERVER)
        self.listener = socket.create_server(("127.0.0.1", 0))

    def connect(self) -> None:
        """Let the dial in."""
        self.dial = Dial(*self.listener.getsockname())
        self.dial.start()
        self.socket, _ = self.listener.accept()
        self.socket.setblocking(False)
        wait_until(lambda: self.dial.connected, "connect")

    def welcome(self) -> None:
        """Let it in and welcome it."""
        self.connect()
        self.dial.send(HELLO)
        wait_until(lambda: self.read() or self.heard, "hear the hello")
        self.socket.send(WELCOME)
        wait_until(lambda: self.hears(Welcome), "be welcomed")

    def hears(self, kind: type[Message]) -> bool:
        """Return whether the dial has handed out a message of a kind."""
        return any(isinstance(one, kind) for one in self.dial.messages())

    def pour(self, data: bytes) -> None:
        """Send until the socket takes no more."""
        try:
            while True:
                self.socket.send(data)
        except BlockingIOError:
            pass

    def fault(self) -> str:
        """Wait for the link to end; return what the player is told."""
        wait_until(lambda: self.dial.fault, "end the link")
        self.dial.join()
        assert self.dial.fault is not None
        return self.dial.fault


@pytest.fixture
def host() -> Iterator[Host]:
    """Yield a server to be dialled; nothing of its link is left after the test."""
    folder = Path("/proc/self/fd")
    threads = set(threading.enumerate())
    before = len(os.listdir(folder)) if folder.exists() else 0
    one = Host()
    yield one
    one.dial.close()
    one.listener.close()
    one.socket.close()
    wait_until(lambda: set(threading.enumerate()) <= threads, "end its thread")
    if folder.exists():
        assert len(os.listdir(folder)) == before


def test_dial_talks(host: Host) -> None:
    """There and back, and a goodbye that ends the stream on both sides."""
    host.welcome()
    host.dial.send(Ping(5))
    wait_until(lambda: host.read() or Ping(5) in host.heard, "hear the ping")
    host.socket.send(encode_message(Pong(5)))
    wait_until(lambda: host.hears(Pong), "hear the pong")
    host.dial.send(Goodbye("quit", ""))
    host.dial.close()
    wait_until(host.read, "end the stream")

    assert host.heard[-1] == Goodbye("quit", "")
    assert host.dial.fault is None
    said = sum(len(encode_message(one)) for one in (HELLO, Ping(5), Goodbye("quit", "")))
    heard = len(WELCOME) + len(encode_message(Pong(5)))
    assert (host.dial.traffic.up, host.dial.traffic.down) == (said, heard)


def test_goodbye_arrives_though_much_is_unread(host: Host) -> None:
    """No reset takes it back, and what still comes is no fault."""
    host.welcome()
    host.pour(NOTICE)
    host.dial.send(Goodbye("quit", ""))
    host.dial.close()
    wait_until(host.read, "end the stream without a reset")

    assert host.heard[-1] == Goodbye("quit", "")
    host.socket.close()
    assert host.fault() == "The server closed the connection."


def test_close_without_a_goodbye_is_a_cut(host: Host) -> None:
    """The server sees a lost connection, and keeps the seat."""
    host.welcome()
    host.dial.close()
    wait_until(host.read, "end the stream")

    assert host.heard == [HELLO]


@pytest.mark.parametrize("last", [Refused("full", "Later."), Goodbye("stopping", "Bye.")])
def test_last_word_of_the_server_ends_the_link(host: Host, last: Message) -> None:
    """The owner finds it among the messages; sending after it is no fault."""
    host.connect()
    host.socket.send(encode_message(last))
    host.fault()

    assert host.dial.messages() == [last]
    host.dial.send(HELLO)
    wait_until(host.read, "end the stream")
    assert host.heard == []


def test_own_mistake_is_said_at_once(host: Host) -> None:
    """A command before the hello never leaves."""
    host.connect()
    with pytest.raises(LocalProtocolError):
        host.dial.send(Pong(1))


def test_server_that_talks_nonsense_is_left(host: Host) -> None:
    """The sentence says whose fault it is."""
    host.welcome()
    host.socket.send(b"HTTP/1.1 200 OK\r\n\r\n")

    assert "cannot read" in host.fault()


def test_silent_server_is_left(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """It pings every two seconds: silence means that it is gone."""
    monkeypatch.setattr(dialling, "SILENCE_S", 0.1)
    monkeypatch.setattr(dialling, "GO_ON_S", 0.05)
    host.welcome()

    assert host.fault() == "The server has fallen silent."


def test_server_that_takes_nothing_is_left(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it is bounded."""
    monkeypatch.setattr(dialling, "SEND_S", 0.3)
    host.welcome()
    ping = Ping(2**32 - 1)

    def talk() -> str | None:
        for _ in range(2000):
            host.dial.send(ping)
        return host.dial.fault

    wait_until(talk, "give up")

    assert "takes nothing" in host.fault() or "lost" in host.fault()


def test_owner_who_looks_away_can_still_close(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread waits with a full queue, and ends all the same."""
    monkeypatch.setattr(dialling, "WAITING_MAX", 4)
    host.connect()
    host.dial.send(HELLO)
    host.socket.send(WELCOME + NOTICE * 20)
    wait_until(lambda: host.dial._received.full(), "fill the queue")
    host.dial.close()

    host.fault()


def test_both_sides_may_end_at_once(host: Host) -> None:
    """Whoever is first: the state stays closed, and nothing is raised."""
    host.welcome()
    host.socket.send(NOTICE * 50 + encode_message(Goodbye("stopping", "Bye.")))
    host.dial.send(Goodbye("quit", ""))
    host.dial.close()
    wait_until(host.read, "end the stream")

    assert host.dial._connection.state is State.CLOSED
    host.socket.close()
    assert host.fault() == "The server closed the connection."


@pytest.mark.parametrize("name", ["a..b", "x" * 300])
def test_name_of_no_machine_is_one_sentence(name: str) -> None:
    """Even one that cannot be asked for."""
    dial = Dial(name, 7777)
    dial.start()
    wait_until(lambda: dial.fault, "give up")
    dial.join()

    assert dial.fault == f'There is no machine named "{name}": check the address.'


def test_closed_port_is_one_sentence() -> None:
    """It asks whether the server runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    dial = Dial("127.0.0.1", port)
    dial.start()
    wait_until(lambda: dial.fault, "give up")
    dial.join()

    assert dial.fault is not None
    assert dial.fault.startswith(f"Nothing answers at 127.0.0.1:{port}: is the server running?")


def background(work: Callable[[], object]) -> threading.Thread:
    """Run something beside the test."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_measuring_says_goodbye(capsys: pytest.CaptureFixture[str]) -> None:
    """`python network.py HOST:PORT` prints the round trip and quits like a player."""
    node = Node()
    codes: list[int] = []
    thread = background(lambda: codes.append(dialling.measure([f"127.0.0.1:{node.network.port}"])))
    node.until(lambda: not thread.is_alive() and node.lost(), "measure")

    assert codes == [0]
    assert node.lost() == [Lost(1, "quit")]
    assert isinstance(node.heard[-2], Received)
    assert node.heard[-2].message == Goodbye("quit", "")
    assert "round trip" in capsys.readouterr().out
    node.network.stop()
