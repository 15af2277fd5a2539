"""Reading one socket: by one call where the system can, by a selector elsewhere."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

import intake
from intake import Intake, PolledIntake, intake_of
from tests.loopback import Node, join
from tests.waiting import wait_until

Ends = tuple[Intake, socket.socket]


@pytest.fixture(params=[True, False], ids=["one call", "polled"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """Yield one end as the server reads it, and the other as it is."""
    monkeypatch.setattr(intake, "ONE_CALL", request.param and intake.ONE_CALL)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        read = intake_of(ours)
        yield read, theirs
        read.close()


def test_what_came_is_read(ends: Ends) -> None:
    """Then the end of the stream, which is empty and not nothing."""
    ours, theirs = ends
    theirs.sendall(b"news")
    assert ours.receive(5.0) == b"news"
    theirs.close()

    assert ours.receive(5.0) == b""


@pytest.mark.parametrize("wait_s", [-1.0, 0.0, 0.02, 0.1])
def test_nothing_came_in_time(ends: Ends, wait_s: float) -> None:
    """It waits about so long, and the next wait is as long as that one says."""
    ours, theirs = ends
    began = time.monotonic()
    nothing = ours.receive(wait_s)
    waited = time.monotonic() - began
    theirs.sendall(b"late")

    assert nothing is None
    assert waited >= wait_s - intake.ROUND_S
    assert ours.receive(5.0) == b"late"


def test_write_never_waits(ends: Ends) -> None:
    """A peer that reads nothing takes a bounded part, then none; reading goes on."""
    ours, theirs = ends
    piece = b"x" * 65_536
    taken = [ours.send(piece) for _ in range(200)]
    theirs.sendall(b"still here")

    assert taken[0] > 0
    assert taken[-1] == 0
    assert ours.receive(5.0) == b"still here"


def test_end_from_another_thread_wakes_the_reader(ends: Ends) -> None:
    """It would wait for a minute."""
    ours, _ = ends
    heard: list[bytes | None] = []
    reader = threading.Thread(target=lambda: heard.append(ours.receive(60.0)), daemon=True)
    reader.start()
    ours.end()
    wait_until(lambda: not reader.is_alive(), "wake the reader")

    assert heard == [b""]


def test_system_without_such_waits_is_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wait cannot be set, a selector waits."""

    class Plain(socket.socket):
        def setsockopt(self, *arguments: object) -> None:
            raise OSError("Protocol not available")

    with Plain() as link:
        way = intake_of(link)
        way.close()

    assert type(way) is PolledIntake


def test_server_without_such_waits_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it runs on Windows: it welcomes, answers, and stops."""
    monkeypatch.setattr(intake, "ONE_CALL", False)
    node = Node()
    peer = join(node)
    peer.answers(1)
    node.network.stop()

    wait_until(peer.read, "end the stream")
