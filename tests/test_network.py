"""The server's sockets, over the loopback: slow, silent, flooding, hostile peers."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import inbox
import network
import server_link
from dialling import Dial
from errors import NetworkFault, RemoteProtocolError
from inbox import Inbox, Lost
from network import NetworkServer
from outbox import BYTES_MAX, MESSAGES_MAX
from protocol import (
    VERSION,
    WHOLE,
    Goodbye,
    Hello,
    Notice,
    PackedSnapshot,
    Pong,
    Ready,
    Refused,
    Say,
    Snapshot,
    Welcome,
    encode_message,
)
from server_link import Pace
from tests.loopback import HELLO, WELCOME, Node, Peer, in_time, join
from tests.waiting import wait_until


@pytest.fixture
def node() -> Iterator[Node]:
    """Yield a server with eight places."""
    running = Node()
    try:
        yield running
    finally:
        running.network.stop()


# Slow readers


def test_reader_of_nothing_is_closed_and_slows_nobody(node: Node) -> None:
    """What it does not take is bounded; then it is gone. No write ever waits."""
    friend = join(node)
    deaf = Peer(node, window=4096)
    node.until(lambda: node.messages(2), "hear the hello")
    news = encode_message(Notice(0, "x" * 200))
    picture = PackedSnapshot(Snapshot(1, 1, 2, 240, 240, b"\0" * 371))
    taken_max = BYTES_MAX + server_link.SEND_BUFFER_BYTES * 8

    def talk() -> None:
        for _ in range(taken_max // len(news) + MESSAGES_MAX):
            node.network.send(2, news)
            node.network.send_snapshots((2,), picture, (WHOLE,))

    in_time(talk, "write without waiting")
    node.until(node.lost, "close the deaf one")

    assert node.lost() == [Lost(2, "too slow")]
    assert node.network.bytes_total()[1] < taken_max
    friend.answers(1)
    deaf.socket.close()


def test_reader_that_stands_still_is_closed(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its outbox never fills: snapshots overwrite each other."""
    monkeypatch.setattr(server_link, "STALLED_S", 0.3)
    friend = join(node)
    deaf = Peer(node, window=4096)
    picture = PackedSnapshot(Snapshot(1, 1, 2, 240, 240, b"\0" * 371))

    def shown() -> list[Lost]:
        for _ in range(50):
            node.network.send_snapshots((2,), picture, (WHOLE,))
        return node.lost()

    node.until(shown, "close the deaf one")

    assert node.lost() == [Lost(2, "too slow")]
    friend.answers(1)
    deaf.socket.close()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such limit")
def test_reader_that_the_system_gives_up_is_lost(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did speak: what ended the link is not its silence."""
    monkeypatch.setattr(server_link, "UNTAKEN_MS", 300)
    deaf = Peer(node, window=4096)
    node.until(lambda: node.messages(1), "hear the hello")
    news = encode_message(Notice(0, "x" * 200))
    for _ in range(MESSAGES_MAX):
        node.network.send(1, news)
    node.until(node.lost, "lose the deaf one")

    assert node.lost() == [Lost(1, "connection lost")]
    deaf.socket.close()


def test_who_falls_behind_misses_pictures_and_no_news(node: Node) -> None:
    """News come in order, without a gap; of the pictures, the newest comes last."""
    peer = join(node, window=4096)
    pictures = 3000
    for number in range(pictures):
        if number % 10 == 0:
            node.network.send(1, encode_message(Notice(0, str(number))))
        picture = Snapshot(1, number, 2, 240, 240, b"\0" * 371)
        node.network.send_snapshots((1,), PackedSnapshot(picture), (WHOLE,))

    def newest() -> bool:
        peer.read()
        return any(isinstance(one, Snapshot) and one.tick == pictures - 1 for one in peer.heard)

    node.until(newest, "show the newest picture")
    news = [one.text for one in peer.heard if isinstance(one, Notice)]
    ticks = [one.tick for one in peer.heard if isinstance(one, Snapshot)]

    assert news == [str(number) for number in range(0, pictures, 10)]
    assert ticks == sorted(set(ticks))
    assert len(ticks) < pictures


# Links that end


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("cut_at", [2, 4, 20])
def test_link_cut_in_mid_message_is_lost(node: Node, cut_at: int, reset: bool) -> None:
    """Closed or reset: nothing of the message is heard, and nobody else minds."""
    friend = join(node)
    peer = Peer(node, says=HELLO[:cut_at])
    if reset:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()
    node.until(node.lost, "lose the link")

    assert node.lost() == [Lost(2, "connection lost")]
    assert node.messages(2) == []
    friend.answers(1)


def test_goodbye_is_a_quit(node: Node) -> None:
    """What was said before it is heard."""
    peer = join(node)
    peer.say(encode_message(Ready(True)) + encode_message(Goodbye("quit", "")))
    node.until(node.lost, "lose the link")

    assert node.lost() == [Lost(1, "quit")]
    assert node.messages(1)[1:] == [Ready(True), Goodbye("quit", "")]


@pytest.mark.parametrize("greets", [False, True])
@pytest.mark.parametrize("dribbles", [False, True])
def test_silent_link_is_told_and_closed(
    node: Node, monkeypatch: pytest.MonkeyPatch, greets: bool, dribbles: bool
) -> None:
    """Before and after the hello; a byte now and then is no sign of life."""
    monkeypatch.setattr(server_link, "HELLO_S", 0.3)
    monkeypatch.setattr(server_link, "SILENCE_S", 0.3)
    peer = Peer(node, says=HELLO if greets else b"")
    long = Say(0, "x" * 200) if greets else Hello(VERSION, "x" * 24, "x" * 43, "x" * 16)
    slowly = iter(encode_message(long))

    def told() -> bool:
        if dribbles and (byte := next(slowly, None)) is not None:
            peer.say(bytes((byte,)))
        return peer.hears(Goodbye)

    node.until(told, "tell the silent one")
    node.until(node.lost, "lose it")

    assert isinstance(peer.heard[-1], Goodbye)
    assert peer.heard[-1].reason == "silence"
    assert node.lost() == [Lost(1, "silence")]


# Hostile peers

BAD = {
    "malformed": b"\0\0\0\3\x80\4N",
    "web browser": b"GET / HTTP/1.1\r\n\r\n",
    "too long": b"\xff\xff\xff\xff",
    "an import": b"\0\0\0\x19\x80\4cos\nsystem\n(S'true'\ntR.",
    "second hello": HELLO,
    "not a client's": WELCOME,
    "out of range": b"\0\0\0\7\x80\4K\5K\1\x86.",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("greets", [True, False])
def test_hostile_bytes_close_one_link_with_one_clear_refusal(
    node: Node, bad: bytes, greets: bool
) -> None:
    """It hears one goodbye and the end of the stream, however much it goes on."""
    friend = join(node)
    peer = Peer(node, says=HELLO if greets else encode_message(Ready(True)))
    peer.say(bad)
    peer.say(b"\xff" * 60_000)
    node.until(peer.read, "end the stream")

    goodbyes = [one for one in peer.heard if isinstance(one, Goodbye)]
    assert [one.reason for one in goodbyes] == ["protocol"]
    assert len(goodbyes[0].text) > 10
    assert peer.heard[-1] is goodbyes[0]
    # The peer has not closed yet: the server waits for it, but not for ever.
    node.until(node.lost, "lose the link")
    assert node.lost() == [Lost(2, "protocol")]
    friend.answers(1)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=60), whole=st.booleans())
def test_random_bytes_harm_nobody_else(node: Node, data: bytes, whole: bool) -> None:
    """The link ends with at most one goodbye; the table is empty after that."""
    peer = Peer(node, says=HELLO + (len(data).to_bytes(4, "big") if whole else b"") + data)
    peer.socket.shutdown(socket.SHUT_WR)
    gone = len(node.lost())
    node.until(lambda: len(node.lost()) > gone, "lose the link")
    try:
        peer.read()
    except (RemoteProtocolError, ConnectionResetError) as error:
        raise AssertionError("the server's last words were cut") from error

    assert sum(isinstance(one, Goodbye) for one in peer.heard) <= 1
    peer.socket.close()


def test_flooder_is_read_at_its_pace(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a burst, its messages wait on its own side; others are heard at once."""
    monkeypatch.setattr(server_link, "BURST_MAX", 20)
    monkeypatch.setattr(server_link, "MESSAGES_A_SECOND", 0.01)
    flooder = join(node)
    flooder.say(encode_message(Pong(7)) * 1000)
    monkeypatch.setattr(server_link, "BURST_MAX", 200)
    friend = join(node)
    node.until(lambda: len(node.messages(1)) > 10, "hear the flooder")
    for nonce in range(20):
        friend.answers(nonce)

    assert len(node.messages(1)) <= 21
    assert node.lost() == []


def test_inbox_keeps_room_for_others(node: Node) -> None:
    """One client fills its share, while nobody drains; another is heard all the same."""
    share = inbox.SHARE_MAX
    chatter = encode_message(Pong(7)) * 200
    flooder = Peer(node, says=HELLO + chatter)
    wait_until(
        lambda: node.network.bytes_total()[0] >= len(chatter) * share // 200, "hear the flooder"
    )
    friend = Peer(node)
    wait_until(
        lambda: 2 in node.network._links and node.network._links[2].spoken, "hear the friend"
    )
    node.until(lambda: node.messages(2), "put the friend's hello through")
    first = node.messages(1)

    assert len(first) <= 2 * share
    node.until(lambda: len(node.messages(1)) == 201, "hear the rest, in order")
    friend.answers(1)
    flooder.socket.close()


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=400))
def test_pace_lets_no_more_through_than_it_says(pauses: list[float]) -> None:
    """A burst, and then so many a second, for whoever waits as told."""
    now, start = 50.0, 50.0
    pace = Pace(now, server_link.BURST_MAX, server_link.MESSAGES_A_SECOND)
    for count, pause in enumerate(pauses, 1):
        now += max(pause, pace.spend(now))
        most = server_link.BURST_MAX + (now - start) * server_link.MESSAGES_A_SECOND
        assert count <= most + 1


# Doors


@pytest.mark.parametrize("says", [b"", HELLO + encode_message(Ready(True)) * 3000])
def test_full_server_refuses_with_one_word(says: bytes) -> None:
    """Who comes too many hears why, whatever it says; a freed place is given again."""
    node = Node(links_max=1)
    friend = join(node)
    late = Peer(node, says=says)
    node.until(late.read, "refuse the second")
    assert [type(one) for one in late.heard] == [Refused]
    assert isinstance(late.heard[0], Refused)
    assert late.heard[0].reason == "full"
    late.socket.close()
    friend.answers(1)
    friend.socket.close()
    node.until(lambda: len(node.lost()) == 2, "lose both")
    join(node).answers(2)
    node.network.stop()


def test_crowd_at_a_full_server_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond those who are told, the rest is closed without a word."""
    monkeypatch.setattr(network, "LINKS_SPARE_MAX", 2)
    monkeypatch.setattr(server_link, "LAST_WORDS_S", 60.0)
    node = Node(links_max=1)
    friend = join(node)
    crowd = [Peer(node, says=b"") for _ in range(6)]
    wait_until(lambda: all(one.read() for one in crowd), "close them all")
    told = [one for one in crowd if one.heard]

    assert len(told) == 2
    friend.answers(1)
    monkeypatch.setattr(network, "LAST_WORDS_S", 0.1)
    node.network.stop()


def test_descriptors_beyond_a_thousand_are_served() -> None:
    """`select` could not wait for them."""
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1200:
        pytest.skip("this system gives us too few descriptors")
    spare = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        node = Node()
        peer = join(node)
        assert peer.socket.fileno() > 1023
        peer.answers(1)
        dial = Dial("127.0.0.1", node.network.port)
        dial.start()
        dial.send(Hello(VERSION, "Far", "", "client"))
        node.until(lambda: Welcome in map(type, dial.messages()), "welcome the dial")
        dial.close()
        dial.join()
        node.network.stop()
    finally:
        for one in spare:
            os.close(one)


def test_place_is_given_again_though_others_were_just_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who was refused and does not go takes no place."""
    monkeypatch.setattr(server_link, "LAST_WORDS_S", 60.0)
    node = Node(links_max=1)
    friend = join(node)
    refused = [Peer(node, says=b"") for _ in range(3)]
    wait_until(lambda: all(one.read() for one in refused), "refuse them")
    friend.socket.close()
    node.until(node.lost, "lose the friend")

    join(node).answers(1)
    monkeypatch.setattr(network, "LAST_WORDS_S", 0.1)
    node.network.stop()


@pytest.mark.parametrize("host", ["::1", "127.0.0.1", "localhost"])
def test_server_listens_where_it_is_told(host: str) -> None:
    """IPv6 too, where the machine has it."""
    try:
        node = Node(host=host)
    except NetworkFault:
        pytest.skip(f"this machine has no {host}")
    dial = Dial(host, node.network.port)
    dial.start()
    node.until(lambda: dial.connected or dial.fault, "connect")
    dial.close()
    dial.join()
    node.network.stop()

    assert dial.connected


def test_port_in_use_is_one_clear_sentence(node: Node) -> None:
    """It names the port and the way out."""
    with pytest.raises(NetworkFault) as caught:
        NetworkServer("127.0.0.1", node.network.port, Inbox(), 8)

    assert str(caught.value) == (
        f"Port {node.network.port} is in use: stop the other server, or choose another with --port."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "no such host", "x" * 300])
def test_foreign_address_is_one_clear_sentence(host: str) -> None:
    """Of another machine, of none, or no name at all."""
    with pytest.raises(NetworkFault, match=r"is no address of this machine"):
        NetworkServer(host, 0, Inbox(), 8)


def test_acceptor_goes_on_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """No descriptor left for a moment: who comes later is let in."""
    faults = [OSError(24, "Too many open files"), ConnectionAbortedError()]

    class Stumbling(socket.socket):
        def accept(self) -> tuple[socket.socket, Any]:
            if faults:
                raise faults.pop()
            return super().accept()

    monkeypatch.setattr(network, "ACCEPT_AGAIN_S", 0.01)
    monkeypatch.setattr(socket, "socket", Stumbling)
    node = Node()

    join(node).answers(1)
    assert not faults
    node.network.stop()


# The end


def test_stop_says_goodbye_and_leaves_nothing() -> None:
    """Neither threads nor descriptors; who reads nothing holds nothing up."""
    folder = Path("/proc/self/fd")
    before = len(os.listdir(folder)) if folder.exists() else 0
    threads = set(threading.enumerate())
    node = Node()
    peers = [join(node) for _ in range(3)]
    deaf = Peer(node, window=4096)
    node.until(lambda: node.messages(4), "hear the deaf one")
    for _ in range(MESSAGES_MAX):
        node.network.send(4, encode_message(Notice(0, "x" * 200)))
    in_time(node.network.stop, "stop")
    in_time(node.network.stop, "stop again, without a fault")

    for peer in peers:
        wait_until(peer.read, "end the stream")
        assert isinstance(peer.heard[-1], Goodbye)
        assert peer.heard[-1].reason == "stopping"
        peer.socket.close()
    deaf.socket.close()
    wait_until(lambda: set(threading.enumerate()) <= threads, "end every thread")
    if folder.exists():
        assert len(os.listdir(folder)) == before


def test_stop_frees_readers_that_wait_for_room() -> None:
    """Nobody drains any more, and the inbox is full of one client's messages."""
    node = Node()
    threads = set(threading.enumerate())
    Peer(node, says=HELLO + encode_message(Pong(1)) * 200)
    wait_until(lambda: node.network.bytes_total()[0] > 0, "read it")
    node.network.stop()

    wait_until(lambda: not set(threading.enumerate()) - threads, "end the reader")
