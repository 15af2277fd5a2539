"""The simulator's thread: real sockets over a line that is worse than the loopback."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from link_model import LinkSpec
from link_simulator import LINKS_MAX, LinkSimulator
from tests.waiting import wait_until

QUICK = LinkSpec(0.01, 0.004, 0.02)


@pytest.fixture
def simulator() -> Iterator[LinkSimulator]:
    """Yield a simulator of a short line that loses one segment in fifty."""
    made = LinkSimulator(QUICK)
    yield made
    made.close()


def pair(simulator: LinkSimulator) -> tuple[socket.socket, socket.socket]:
    """Return our end of a link, and the peer's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = socket.create_connection(listener.getsockname())
        peer, _ = listener.accept()
    peer.settimeout(10.0)
    near = simulator.through(link)
    near.settimeout(10.0)
    return near, peer


def received(link: socket.socket, size: int) -> bytes:
    """Return so many bytes, or all up to the end of the stream."""
    got = b""
    while len(got) < size and (data := link.recv(65_536)):
        got += data
    return got


def test_everything_passes_both_ways_and_takes_its_time(simulator: LinkSimulator) -> None:
    """More than the line holds; nothing before half a round trip less the jitter."""
    near, peer = pair(simulator)
    sent = os.urandom(1 << 20)
    start = time.monotonic()
    peer.sendall(b"!")
    first = near.recv(1)
    took = time.monotonic() - start
    threading.Thread(target=near.sendall, args=(sent,), daemon=True).start()

    assert first == b"!"
    assert took >= 0.5 * (QUICK.round_trip - QUICK.jitter)
    assert received(peer, len(sent)) == sent
    peer.sendall(sent[:3000])
    assert received(near, 3000) == sent[:3000]


def test_last_words_arrive_after_the_end_was_closed(simulator: LinkSimulator) -> None:
    """Whoever says goodbye and leaves is heard; then the stream ends."""
    near, peer = pair(simulator)
    near.sendall(b"goodbye")
    near.close()

    assert received(peer, 100) == b"goodbye"
    assert peer.recv(1) == b""
    peer.close()
    wait_until(lambda: simulator.count == 0, "the line to be put away")


def test_who_reads_nothing_holds_up_who_writes(simulator: LinkSimulator) -> None:
    """The writer has to wait: what is on its way is bounded."""
    near, peer = pair(simulator)
    near.setblocking(False)
    sent = 0

    def is_held_up() -> bool:
        nonlocal sent
        try:
            sent += near.send(bytes(65_536))
        except BlockingIOError:
            return True
        return False

    wait_until(is_held_up, "the line to be full")
    wait_until(lambda: is_held_up() and is_held_up(), "the buffers on the way to be full")
    assert sent < 8 << 20
    near.close()
    peer.close()


def test_closed_simulator_cuts_its_links() -> None:
    """Both ends hear that there is nothing more."""
    made = LinkSimulator(LinkSpec())
    near, peer = pair(made)
    made.close()

    assert near.recv(1) == b""
    assert peer.recv(1) == b""
    near.close()
    peer.close()


def test_more_links_than_it_carries_are_refused() -> None:
    """With a word that names the limit; those that are open go on."""
    made = LinkSimulator(LinkSpec())
    links = [pair(made) for _ in range(LINKS_MAX)]
    with pytest.raises(OSError, match=f"no more than {LINKS_MAX} links"):
        pair(made)
    near, peer = links[0]
    near.sendall(b"still here")

    assert received(peer, 10) == b"still here"
    made.close()
    for near, peer in links:
        near.close()
        peer.close()
