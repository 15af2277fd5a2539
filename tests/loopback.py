"""A server without a game, and peers for it, over the loopback: for tests of sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from inbox import Arrival, Inbox, Lost, Received
from network import NetworkServer
from protocol import (
    VERSION,
    Connection,
    Hello,
    Message,
    Ping,
    Pong,
    Role,
    State,
    Welcome,
    encode_message,
)
from tests.waiting import wait_until

HELLO = encode_message(Hello(VERSION, "Mika", "", "client"))
WELCOME = encode_message(Welcome(VERSION, "a" * 12, "t" * 43, "node", 60, "", "", 0, 0.0, ()))


class Node:
    """A server without a game: welcomes everyone, answers pings, keeps what it heard."""

    def __init__(self, links_max: int = 8, host: str = "127.0.0.1") -> None:
        self.inbox = Inbox()
        self.network = NetworkServer(host, 0, self.inbox, links_max)
        self.heard: list[Arrival] = []
        self.network.start()

    def turn(self) -> None:
        """Do what the tick thread does, once."""
        for arrival in self.inbox.drain():
            self.heard.append(arrival)
            match arrival:
                case Received(link_id, Hello()):
                    self.network.send(link_id, WELCOME)
                case Received(link_id, Ping(nonce)):
                    self.network.send(link_id, encode_message(Pong(nonce)))
                case Lost(link_id, _):
                    self.network.forget(link_id)
        self.network.flush()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Go on until something is so."""

        def turned() -> object:
            self.turn()
            return condition()

        wait_until(turned, what)

    def lost(self) -> list[Lost]:
        """Return the links that are gone."""
        return [one for one in self.heard if isinstance(one, Lost)]

    def messages(self, link_id: int) -> list[Message]:
        """Return what one link said."""
        received = [one for one in self.heard if isinstance(one, Received)]
        return [one.message for one in received if one.link_id == link_id]


class End:
    """One end of a link that the test speaks through; it reads when it is asked to."""

    socket: socket.socket

    def __init__(self, role: Role) -> None:
        self.connection = Connection(role)
        self.heard: list[Message] = []
        self.ended = False

    def read(self) -> bool:
        """Take what has come; return whether the other end has ended the stream."""
        try:
            while not self.ended:
                data = self.socket.recv(65536)
                self.heard += self.connection.receive_data(data)
                self.ended = not data
        except BlockingIOError:
            pass
        return self.ended


class Peer(End):
    """A client that the test speaks through."""

    def __init__(self, node: Node, *, says: bytes = HELLO, window: int | None = None) -> None:
        super().__init__(Role.CLIENT)
        self.node = node
        self.socket = socket.socket()
        if window is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.connect(("127.0.0.1", node.network.port))
        self.socket.setblocking(False)
        self.connection.state = State.GREETED
        self.say(says)

    def say(self, data: bytes) -> None:
        """Send bytes, as far as they go."""
        if data:
            self.socket.send(data)

    def hears(self, kind: type[Any]) -> bool:
        """Return whether a message of a kind has come."""
        self.read()
        return any(isinstance(one, kind) for one in self.heard)

    def answers(self, nonce: int) -> None:
        """Show that this link is alive: a ping there and back."""
        self.say(encode_message(Ping(nonce)))
        self.node.until(lambda: self.read() or Pong(nonce) in self.heard, "answer a ping")
        assert not self.ended


def in_time(work: Callable[[], object], what: str) -> None:
    """Do work that must not wait for anything, and fail if it does."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_until(lambda: not thread.is_alive(), what)


def join(node: Node, **options: Any) -> Peer:
    """Return a peer that was welcomed."""
    peer = Peer(node, **options)
    node.until(lambda: peer.hears(Welcome), "welcome a peer")
    return peer
