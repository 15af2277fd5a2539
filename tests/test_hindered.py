"""A node whose cable is pulled, or slow, over real sockets.

That something does not come is never waited for: each test asserts that it
came no sooner than the cut was over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from effects import CallOwner, HangUp, OwnerLost, OwnerSaid, TellOwner
from faults import CUT, SLOW, Fault, Hindrance
from hindered import HinderedNetwork, HinderedRelayLinks, hindered_knock
from inbox import Inbox, Received
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
    encode_message,
)
from survey import round_trip_ms
from tests.loopback import Node, Peer, join
from tests.waiting import wait_until

CUT_S = 0.4
SLOW_MS = 150
FOREVER_S = 1000.0


class Hindered(Node):
    """A server without a game that can be cut off."""

    def __init__(self, links_max: int = 8) -> None:
        self.hindrance = Hindrance()
        self.inbox = Inbox()
        self.network = HinderedNetwork("127.0.0.1", 0, self.inbox, links_max, self.hindrance)
        self.heard = []
        self.network.start()

    def cut(self, seconds: float = CUT_S) -> float:
        """Pull the cable; return when it is in again."""
        now = time.monotonic()
        self.hindrance.begin(Fault(CUT, seconds), now)
        return now + seconds


@contextmanager
def hindered(links_max: int = 8) -> Iterator[Hindered]:
    """Run such a server for the time of a test."""
    node = Hindered(links_max)
    try:
        yield node
    finally:
        node.network.stop()


def breaks_the_protocol(peer: Peer) -> type[Message]:
    """Say what nobody understands."""
    peer.say(b"\xff" * 8)
    return Goodbye


def asks(peer: Peer) -> type[Message]:
    """Ask for a sign of life."""
    peer.say(encode_message(Ping(7)))
    return Pong


@pytest.mark.parametrize("say", [asks, breaks_the_protocol])
def test_standing_link_hears_nothing_during_a_cut(say: Callable[[Peer], type[Message]]) -> None:
    """Neither from the game nor from the reader; then all of it."""
    with hindered() as node:
        peer = join(node)
        over_at = node.cut()
        answer = say(peer)
        node.until(lambda: peer.hears(answer), "answer after the cut")

        assert time.monotonic() >= over_at


@pytest.mark.parametrize(("links_max", "answer"), [(8, Welcome), (0, Refused)])
def test_newcomer_hears_nothing_during_a_cut(links_max: int, answer: type[Message]) -> None:
    """Also not that the server is full."""
    with hindered(links_max) as node:
        over_at = node.cut()
        peer = Peer(node)
        if answer is Refused:
            peer.connection = Connection(Role.CLIENT)
            peer.connection.send(Hello(VERSION, "Mika", "", "client"))
        node.until(lambda: peer.hears(answer), "answer a newcomer after the cut")

        assert time.monotonic() >= over_at


def test_who_leaves_during_a_cut_is_missed_after_it() -> None:
    """The end of a stream comes by the same cable."""
    with hindered() as node:
        peer = join(node)
        over_at = node.cut()
        peer.socket.close()
        node.until(node.lost, "miss the peer")

        assert time.monotonic() >= over_at


def test_survey_finds_no_node_that_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its port takes the connection, and nobody answers."""
    monkeypatch.setattr("survey.ANSWER_S", 0.1)
    with hindered() as node:
        node.cut(FOREVER_S)

        with pytest.raises(TimeoutError):
            round_trip_ms("127.0.0.1", node.network.port)


def test_cut_node_learns_nothing_from_a_port() -> None:
    """One that refuses is no proof for who cannot reach it."""
    with hindered() as node:
        address = f"127.0.0.1:{node.network.port}"
    hindrance = Hindrance()
    assert hindered_knock(hindrance, address)
    hindrance.begin(Fault(CUT, FOREVER_S), time.monotonic())

    assert not hindered_knock(hindrance, address)


def test_cut_node_that_stops_waits_for_nothing() -> None:
    """Readers and acceptor stand at the cut; they end with the node."""
    with hindered() as node:
        peer = join(node)
        node.cut(FOREVER_S)
        asks(peer)
        Peer(node)
        node.network.stop()

        wait_until(peer.read, "end the link")


class Relaying:
    """A node's links to an owner, and what came of them."""

    def __init__(self, owner: Node) -> None:
        self.hindrance = Hindrance()
        self.links = HinderedRelayLinks(self.hindrance)
        self.owner = owner
        self.heard: list[OwnerSaid | OwnerLost] = []
        address = f"127.0.0.1:{owner.network.port}"
        self.links.carry_out(CallOwner(1, address, Hello(VERSION, "relay", "", "node")))

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Go on, at both ends, until something is so."""

        def turned() -> object:
            self.heard += self.links.outcomes()
            return condition()

        self.owner.until(turned, what)

    def hears(self, kind: type[Message]) -> bool:
        """Return whether the owner said such a thing."""
        return any(
            isinstance(one, OwnerSaid) and isinstance(one.message, kind) for one in self.heard
        )

    def cut(self) -> float:
        """Pull the cable; return when it is in again."""
        now = time.monotonic()
        self.hindrance.begin(Fault(CUT, CUT_S), now)
        return now + CUT_S


@pytest.fixture
def relaying() -> Iterator[Relaying]:
    """Yield a relay that its owner has welcomed."""
    owner = Node()
    relay = Relaying(owner)
    relay.until(lambda: relay.hears(Welcome), "welcome the relay")
    yield relay
    relay.links.stop()
    owner.network.stop()


def test_relay_hears_no_owner_during_a_cut(relaying: Relaying) -> None:
    """What the owner said meanwhile comes after it."""
    over_at = relaying.cut()
    relaying.owner.network.send(1, encode_message(Ping(3)))
    relaying.until(lambda: relaying.hears(Ping), "hear the owner")

    assert time.monotonic() >= over_at


def test_owner_hears_no_relay_during_a_cut(relaying: Relaying) -> None:
    """Neither a message nor a new call nor the end of one."""
    over_at = relaying.cut()
    address = f"127.0.0.1:{relaying.owner.network.port}"
    relaying.links.carry_out(TellOwner(1, Pong(5)))
    relaying.links.carry_out(CallOwner(2, address, Hello(VERSION, "again", "", "node")))
    relaying.links.carry_out(HangUp(1))
    told_at: dict[object, float] = {}

    def told() -> bool:
        for one in relaying.owner.heard:
            if isinstance(one, Received):
                told_at.setdefault((one.link_id, one.message), time.monotonic())
        return len(told_at) == 4 and bool(relaying.owner.lost())

    relaying.until(told, "tell the owner all of it")
    _, *later = told_at.values()

    assert min(later) >= over_at


def test_slow_node_answers_late_and_in_order() -> None:
    """By the clock of who hears it, which is that of who asked."""
    with hindered() as node:
        peer = join(node)
        node.hindrance.begin(Fault(SLOW, FOREVER_S, SLOW_MS), time.monotonic())
        asked_at = time.monotonic()
        for nonce in range(3):
            peer.say(encode_message(Ping(nonce)))
        node.until(lambda: peer.hears(Pong), "answer late")

        assert time.monotonic() >= asked_at + SLOW_MS / 1000.0
        node.until(lambda: peer.read() or Pong(2) in peer.heard, "answer all")
        assert [one for one in peer.heard if isinstance(one, Pong)] == [Pong(0), Pong(1), Pong(2)]


def test_relay_of_a_slow_node_speaks_late(relaying: Relaying) -> None:
    """To owners as to players."""
    relaying.hindrance.begin(Fault(SLOW, FOREVER_S, SLOW_MS), time.monotonic())
    asked_at = time.monotonic()
    relaying.links.carry_out(TellOwner(1, Ping(9)))
    relaying.until(lambda: relaying.hears(Pong), "answer the relay")

    assert time.monotonic() >= asked_at + SLOW_MS / 1000.0
