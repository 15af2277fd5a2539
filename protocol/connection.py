"""One connection, without any I/O: bytes in, messages out, and the states.

    connection = Connection(Role.SERVER)
    for message in connection.receive_data(data): ...
    socket.sendall(connection.send(message))

It checks that each message is allowed in the state that the connection is
in; what the peer does wrong is a `RemoteProtocolError`, what we do wrong a
`LocalProtocolError`. It opens no socket, keeps no time and never retries.

Units: bytes.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args

from errors import InvalidMessage, LocalProtocolError, MalformedMessage, UnexpectedMessage
from protocol.commands import Drive, Hello
from protocol.fields import from_wire, to_wire
from protocol.framing import (
    CLIENT_MESSAGE_BYTES_MAX,
    LENGTH_BYTES,
    SERVER_MESSAGE_BYTES_MAX,
    Splitter,
    framed,
)
from protocol.messages import CODES, KINDS, VERSION, ClientMessage, Goodbye, Message, ServerMessage
from protocol.news import Redirect, Refused, Welcome
from protocol.pickled import BININT, BININT1, BININT2, MARK, PROTO, STOP, TUPLE, dumps, loads


class Role(Enum):
    """Which side of the connection we are."""

    CLIENT = "client"
    SERVER = "server"


class State(Enum):
    """Where a connection stands; both sides keep the same."""

    NEW = "new"
    """Connected, nothing said."""
    GREETED = "greeted"
    """The client has said hello, and may go on; the server has not answered."""
    OPEN = "open"
    """The server has said welcome: both may speak."""
    CLOSED = "closed"
    """The last message has been said."""


DRIVE_HEAD = bytes((PROTO, 4, MARK, BININT1, CODES[Drive]))
"""How nearly every `Drive` begins."""
OTHER = object()
"""Stands in `TRANSITIONS` for every message that has no row of its own."""

TRANSITIONS: dict[State, dict[Role, dict[Any, State]]] = {
    State.NEW: {
        Role.CLIENT: {Hello: State.GREETED},
        Role.SERVER: {Refused: State.CLOSED, Goodbye: State.CLOSED},
    },
    State.GREETED: {
        Role.CLIENT: {Goodbye: State.CLOSED, OTHER: State.GREETED},
        Role.SERVER: {
            Welcome: State.OPEN,
            Redirect: State.CLOSED,
            Refused: State.CLOSED,
            Goodbye: State.CLOSED,
        },
    },
    State.OPEN: {
        Role.CLIENT: {Goodbye: State.CLOSED, OTHER: State.OPEN},
        Role.SERVER: {Redirect: State.CLOSED, Goodbye: State.CLOSED, OTHER: State.OPEN},
    },
    State.CLOSED: {Role.CLIENT: {}, Role.SERVER: {}},
}
"""state -> who speaks -> message -> next state. What is missing is forbidden."""

OPENERS = frozenset((Hello, Welcome, Refused))
"""Never covered by `OTHER`: each is said once, where its row is."""

SPOKEN_BY: dict[Role, frozenset[type[Any]]] = {
    Role.CLIENT: frozenset(get_args(ClientMessage)),
    Role.SERVER: frozenset(get_args(ServerMessage)),
}


def encode_message(message: Message) -> bytes:
    """Return a message as it travels: length, then data-only pickle."""
    return framed(dumps((CODES[type(message)], *to_wire(message))))


def decode_message(body: bytes, speaker: Role) -> Message:
    """Return the message in the body of one unit of the wire.

    A hello of another version is returned with that version and empty
    fields, whatever the rest of it holds, so that it can be refused by name.

    Raises:
        MalformedMessage: the bytes are no data-only pickle of a tuple.
        InvalidMessage: unknown code, wrong direction, or a field out of range.
    """
    if speaker is Role.CLIENT and body.startswith(DRIVE_HEAD):
        drive = plain_drive(body)
        if drive is not None:
            return drive
    data = loads(body)
    if type(data) is not tuple or not data or type(data[0]) is not int:
        raise MalformedMessage("not a tuple that begins with a code")
    kind = KINDS.get(data[0])
    if kind is None or kind not in SPOKEN_BY[speaker]:
        raise InvalidMessage("message", "code", f"{speaker.value}s send no such message")
    if kind is Hello and len(data) > 1 and type(data[1]) is int and data[1] != VERSION:
        return Hello(data[1] if 0 <= data[1] <= 65535 else 0, "", "", "")
    message: Message = from_wire(kind, data[1:], kind.__name__)
    return message


def plain_drive(body: bytes) -> Drive | None:
    """Return the `Drive` in a body, if it is one of the usual form; else None.

    Ten thousand of them come each second. Any other form of it, and whatever is
    wrong with one, is for the long way to judge.
    """
    numbers: list[int] = []
    at, end = len(DRIVE_HEAD), len(body) - 2
    for _ in range(6):
        if at + 1 >= end:
            return None
        code = body[at]
        if code == BININT1:
            numbers.append(body[at + 1])
            at += 2
        elif code == BININT2 and at + 3 <= end:
            numbers.append(body[at + 1] | body[at + 2] << 8)
            at += 3
        elif code == BININT and at + 5 <= end:
            numbers.append(int.from_bytes(body[at + 1 : at + 5], "little", signed=True))
            at += 5
        else:
            return None
    if at != end or body[end] != TUPLE or body[end + 1] != STOP:
        return None
    sequence, tick, throttle, brake, steering, buttons = numbers
    if sequence < 0 or tick < 0 or not 0 <= throttle <= 255 or not 0 <= brake <= 255:
        return None
    if not -127 <= steering <= 127 or not 0 <= buttons <= 15:
        return None
    return Drive(sequence, tick, throttle, brake, steering, buttons)


class Connection:
    """The protocol of one link, seen from one side."""

    def __init__(self, role: Role) -> None:
        self.state = State.NEW
        self._us = role
        self._peer = Role.SERVER if role is Role.CLIENT else Role.CLIENT
        size_max = SERVER_MESSAGE_BYTES_MAX if role is Role.CLIENT else CLIENT_MESSAGE_BYTES_MAX
        self._splitter = Splitter(size_max)
        self._deaf = False
        """Whether the peer speaks another version: the rest is not for us."""

    def receive_data(self, data: bytes) -> list[Message]:
        """Take bytes from the peer; return the messages that are now whole.

        Raises:
            RemoteProtocolError: the peer broke the protocol. Messages before
                the fault are lost: the connection is over anyway.
        """
        messages: list[Message] = []
        if self._deaf:
            return messages
        if self._splitter.is_whole(data):
            # Nearly always: it need not be put together first.
            self._hear(data[LENGTH_BYTES:], messages)
            return messages
        for body in self._splitter.feed(data):
            self._hear(body, messages)
            if self._deaf:
                break
        return messages

    def _hear(self, body: bytes, messages: list[Message]) -> None:
        message = decode_message(body, self._peer)
        speaks = self.state is State.GREETED or self.state is State.OPEN
        # A `Drive` changes nothing there, and is most of what is said.
        if not (speaks and type(message) is Drive):
            following = next_state(self.state, self._peer, type(message))
            if following is None:
                raise UnexpectedMessage(type(message).__name__, self.state.value)
            self.state = following
        messages.append(message)
        if isinstance(message, Hello) and message.version != VERSION:
            self._deaf = True

    def send(self, message: Message) -> bytes:
        """Return the bytes of a message of ours.

        Raises:
            LocalProtocolError: it may not be said now, or not by us.
        """
        self.note_sent(type(message))
        return encode_message(message)

    def note_sent(self, kind: type[Any]) -> None:
        """Follow the state for a message that was encoded elsewhere.

        Raises:
            LocalProtocolError: it may not be said now, or not by us.
        """
        following = next_state(self.state, self._us, kind)
        if following is None:
            raise LocalProtocolError(
                f"a {self._us.value} may not send {kind.__name__} while {self.state.value}"
            )
        self.state = following

    @property
    def closed(self) -> bool:
        """Whether the last message has been said."""
        return self.state is State.CLOSED


def next_state(state: State, speaker: Role, kind: type[Any]) -> State | None:
    """Return the state after a message, or None where it is forbidden."""
    if kind not in SPOKEN_BY[speaker]:
        return None
    row = TRANSITIONS[state][speaker]
    if kind in row:
        return row[kind]
    return None if kind in OPENERS else row.get(OTHER)
