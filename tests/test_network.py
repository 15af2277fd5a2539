"""One client's socket on the server: it may stall, fall silent, be cut off."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from network import Inbox, Link, Lost, Received, tune
from outbox import BYTES_MAX
from protocol import VERSION, Connection, Goodbye, Hello, Message, Ping, Role, encode_message
from tests.waiting import wait_until


@pytest.fixture
def pair() -> Iterator[tuple[Link, socket.socket, Inbox]]:
    """Yield a link that reads, the socket of its client, and the inbox."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
    tune(accepted)
    inbox = Inbox()
    link = Link(1, accepted, "test", inbox)
    link.start()
    yield link, client, inbox
    link.close("the test is over")
    client.close()
    link._reader.join(10.0)


def at_once(action: Callable[[], None]) -> None:
    """Do what must not wait for the other side."""
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    # Far below the deadline of a silent client, for which it would have waited.
    wait_until(lambda: not thread.is_alive(), "return without waiting", 3.0)


def drained(inbox: Inbox) -> list[object]:
    """Return what arrives next."""
    heard: list[object] = []

    def hear() -> bool:
        heard.extend(inbox.drain())
        return bool(heard)

    wait_until(hear, "put anything into the inbox")
    return heard


def repeat(count: int, action: Callable[[], None]) -> Callable[[], None]:
    """Return an action that does another so often."""

    def all_of_it() -> None:
        for _ in range(count):
            action()

    return all_of_it


def stall(link: Link) -> None:
    """Send until the socket of a client that does not read takes no more."""
    while not link.waiting:
        link.send(encode_message(Ping(1)) * 200)


def test_client_that_stalls_does_not_hold_up_who_writes(
    pair: tuple[Link, socket.socket, Inbox],
) -> None:
    """The tick thread writes to everyone: what one does not take, waits."""
    link, _, _ = pair
    at_once(lambda: stall(link))

    at_once(repeat(50, lambda: link.send_snapshot(b"newest")))
    assert link.waiting


def test_client_that_stalls_does_not_hold_up_its_own_end(
    pair: tuple[Link, socket.socket, Inbox],
) -> None:
    """Last words are for who listens."""
    link, _, _ = pair
    at_once(lambda: stall(link))

    at_once(lambda: link.close("stopping", Goodbye("stopping", "The server is stopping.")))


def test_client_that_stalls_for_long_is_closed(pair: tuple[Link, socket.socket, Inbox]) -> None:
    """What waits for it is bounded."""
    link, _, inbox = pair
    at_once(lambda: stall(link))
    at_once(repeat(5, lambda: link.send(bytes(BYTES_MAX // 4))))

    assert isinstance(drained(inbox)[-1], Lost)


def test_last_words_reach_who_listens(pair: tuple[Link, socket.socket, Inbox]) -> None:
    """The farewell comes whole, behind what was sent before."""
    link, client, inbox = pair
    connection = Connection(Role.CLIENT)
    client.sendall(connection.send(Hello(VERSION, "Ann", "", "test")))
    assert isinstance(drained(inbox)[0], Received)
    link.close("stopping", Goodbye("stopping", "The server is stopping."))

    messages: list[Message] = []
    client.settimeout(10.0)
    while data := client.recv(4096):
        messages += connection.receive_data(data)
    assert messages == [Goodbye("stopping", "The server is stopping.")]


def test_client_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hears why."""
    monkeypatch.setattr("network.HELLO_S", 0.05)
    inbox = Inbox()
    ours, theirs = socket.socketpair()
    link = Link(1, ours, "test", inbox)
    link.start()

    assert drained(inbox) == [Lost(1, "silence")]
    assert b"silence" in theirs.recv(4096)
    theirs.close()
