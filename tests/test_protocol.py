"""Framing, messages, snapshots and the states of a connection."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from car import Car, quantise_car
from errors import (
    InvalidMessage,
    LocalProtocolError,
    MessageTooLong,
    RemoteProtocolError,
    UnexpectedMessage,
)
from protocol import (
    VERSION,
    CarFlag,
    CarRecord,
    Connection,
    Drive,
    Goodbye,
    Hello,
    Ping,
    Refused,
    Role,
    Say,
    State,
    Welcome,
    decode_message,
    encode_message,
    pack_cars,
    unpack_cars,
)
from protocol.connection import DRIVE_HEAD, OPENERS, SPOKEN_BY, plain_drive
from protocol.fields import Blob, Flag, Many, Real, Rule, Text, Whole, from_wire, layout_of
from protocol.framing import Splitter, framed
from protocol.messages import CODES
from protocol.pickled import dumps, loads

HELLO = Hello(VERSION, "Mika", "", "client")
WELCOME = Welcome(VERSION, "a" * 12, "t" * 43, "node", 60, "", "", 0, 0.0, ())


def messages(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Return every valid message of a kind, from its own declaration."""
    made: list[st.SearchStrategy[Any]] = []
    for _, rule in layout_of(kind):
        match rule:
            case Whole(low, high):
                made.append(st.integers(low, high))
            case Real(low, high):
                made.append(st.floats(low, high))
            case Flag():
                made.append(st.booleans())
            case Text(chars_max):
                made.append(st.text(st.characters(codec="utf-8"), max_size=min(chars_max, 30)))
            case Blob(bytes_max):
                made.append(st.binary(max_size=min(bytes_max, 60)))
            case Many(row, rows_max):
                rows = st.lists(messages(row), max_size=min(rows_max, 3))
                made.append(rows.map(tuple))
    return st.tuples(*made).map(lambda values: kind(*values))


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_message_survives_the_wire(kind: type[Any], data: st.DataObject) -> None:
    """What one side encodes, the other decodes to the same value."""
    message = data.draw(messages(kind))
    if kind is Hello:
        message = dataclasses.replace(message, version=VERSION)
    speaker = Role.CLIENT if kind in SPOKEN_BY[Role.CLIENT] else Role.SERVER

    assert decode_message(encode_message(message)[4:], speaker) == message


NUMBERS = st.one_of(
    st.integers(0, 255).map(lambda n: b"K" + n.to_bytes(1, "little")),
    st.integers(0, 2**16 - 1).map(lambda n: b"M" + n.to_bytes(2, "little")),
    st.integers(-130, 260).map(lambda n: b"J" + n.to_bytes(4, "little", signed=True)),
    st.integers(-(2**31), 2**31 - 1).map(lambda n: b"J" + n.to_bytes(4, "little", signed=True)),
    st.sampled_from((b"\x8a\x00", b"\x88", b"N", b"K", b"")),
)
"""Whole numbers in the forms of the wire, and what is none."""


@given(
    st.lists(st.sampled_from((b"K\x01", b"M\x02\x01")) | NUMBERS, min_size=5, max_size=7),
    st.sampled_from((b"t.", b"t", b".", b"t..", b"t.K")),
)
def test_short_way_of_a_drive_leads_where_the_long_one_does(
    numbers: list[bytes], end: bytes
) -> None:
    """Whatever follows its head: the same message, or nothing to be said of it."""
    body = DRIVE_HEAD + b"".join(numbers) + end
    short = plain_drive(body)
    if short is None:
        return
    values = loads(body)
    assert isinstance(values, tuple)

    assert from_wire(Drive, values[1:], "Drive") == short


@given(messages(Drive))
def test_usual_drive_takes_the_short_way(drive: Drive) -> None:
    """Up to two thousand million ticks, which no race reaches."""
    usual = max(drive.sequence, drive.tick) < 2**31

    assert plain_drive(encode_message(drive)[4:]) == (drive if usual else None)


@given(st.lists(st.binary(max_size=50), max_size=8), st.data())
def test_splitter_does_not_care_how_bytes_arrive(bodies: list[bytes], data: st.DataObject) -> None:
    """Any cutting of the stream gives the same messages."""
    stream = b"".join(map(framed, bodies))
    splitter = Splitter(64)
    found: list[bytes] = []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:cut])
        stream = stream[cut:]

    assert found == bodies


def test_splitter_refuses_a_long_message_before_it_arrives() -> None:
    """The length alone is enough."""
    with pytest.raises(MessageTooLong) as caught:
        list(Splitter(64).feed(b"\xff\xff\xff\xff"))

    assert caught.value.size == 2**32 - 1


@pytest.mark.parametrize(
    "fields",
    [
        (6, 1, 1, 256, 0, 0, 0),
        (6, 1, 1, 0, 0, 128, 0),
        (6, 1, -1, 0, 0, 0, 0),
        (6, 1, 1, True, 0, 0, 0),
        (6, 1, 1, 1.0, 0, 0, 0),
        (6, 1, 1),
        (5, 1),
        (7, 0, "x" * 201),
        (7, 2, "hi"),
        (7, 0, "\ud800"),
        (1, VERSION, "Mika", "\udfff", "client"),
        (40,),
        (99, 1),
    ],
)
def test_field_out_of_range_is_refused(fields: tuple[object, ...]) -> None:
    """Type, range, length, count, direction and code."""
    with pytest.raises(InvalidMessage):
        decode_message(dumps(fields), Role.CLIENT)


def test_hello_of_another_version_is_readable_as_such() -> None:
    """Whatever else it holds, so that it can be refused with a clear word."""
    hello = decode_message(dumps((1, VERSION + 1, (1, 2, 3))), Role.CLIENT)

    assert isinstance(hello, Hello)
    assert hello.version == VERSION + 1


@pytest.mark.parametrize("rest", [b"\0\0\0\3\x80\4N", b"\xff" * 50, encode_message(HELLO)])
def test_what_follows_a_hello_of_another_version_is_ignored(rest: bytes) -> None:
    """It may be a language of its own; the refusal is still for the version."""
    server = Connection(Role.SERVER)
    hello = framed(dumps((1, VERSION + 1)))

    assert [type(one) for one in server.receive_data(hello + rest)] == [Hello]
    assert server.receive_data(rest) == []
    assert server.send(Refused("version", "Update the server."))


def test_conversation_opens_and_closes() -> None:
    """Hello, welcome, drive, goodbye: both sides keep the same state."""
    client, server = Connection(Role.CLIENT), Connection(Role.SERVER)
    assert server.receive_data(client.send(HELLO)) == [HELLO]
    assert client.receive_data(server.send(WELCOME)) == [WELCOME]
    drive = Drive(1, 5, 255, 0, -127, 2)
    assert server.receive_data(client.send(drive)) == [drive]
    assert server.receive_data(client.send(Goodbye("quit", ""))) == [Goodbye("quit", "")]

    assert client.state is server.state is State.CLOSED


@given(st.lists(st.tuples(st.sampled_from(Role), st.sampled_from(list(CODES))), max_size=12))
def test_both_sides_keep_the_same_state(said: list[tuple[Role, type[Any]]]) -> None:
    """What one side may say, the other takes; what it may not, never leaves."""
    sides = {role: Connection(role) for role in Role}
    other = {Role.CLIENT: Role.SERVER, Role.SERVER: Role.CLIENT}
    for speaker, kind in said:
        message = kind(*(smallest(rule) for _, rule in layout_of(kind)))
        if kind is Hello:
            message = HELLO
        try:
            data = sides[speaker].send(message)
        except LocalProtocolError:
            with pytest.raises((UnexpectedMessage, InvalidMessage)):
                sides[other[speaker]].receive_data(encode_message(message))
            return
        assert sides[other[speaker]].receive_data(data) == [message]
        assert sides[Role.CLIENT].state is sides[Role.SERVER].state


def test_first_message_must_be_hello() -> None:
    """Anything else is the peer's fault."""
    with pytest.raises(UnexpectedMessage):
        Connection(Role.SERVER).receive_data(encode_message(Ping(1)))


def test_second_hello_is_refused() -> None:
    """One greeting a connection."""
    server = Connection(Role.SERVER)
    server.receive_data(encode_message(HELLO))
    server.send(WELCOME)
    with pytest.raises(UnexpectedMessage):
        server.receive_data(encode_message(HELLO))


def test_client_may_go_on_before_the_welcome() -> None:
    """How its bytes are cut into segments changes nothing."""
    server = Connection(Role.SERVER)
    together = encode_message(HELLO) + encode_message(Say(0, "hi"))

    assert server.receive_data(together) == [HELLO, Say(0, "hi")]
    assert server.state is State.GREETED


def test_server_may_say_goodbye_to_who_says_nothing() -> None:
    """A client that was too slow to greet can read why it is closed."""
    client = Connection(Role.CLIENT)
    goodbye = Goodbye("silence", "Nothing was heard for too long.")

    assert client.receive_data(Connection(Role.SERVER).send(goodbye)) == [goodbye]


def test_printed_messages_keep_the_token_secret() -> None:
    """Logs may show messages, never what resumes a session."""
    printed = repr(dataclasses.replace(HELLO, token="secret")) + repr(WELCOME)

    assert "secret" not in printed
    assert "t" * 43 not in printed


def smallest(rule: Rule) -> object:
    """Return a value of a field that takes fewest bytes."""
    match rule:
        case Whole(low, _) | Real(low, _):
            return low
        case Flag():
            return False
        case Text():
            return ""
        case Blob():
            return b""
        case Many():
            return ()


def largest(rule: Rule) -> object:
    """Return a value of a field that takes most bytes."""
    match rule:
        case Whole(_, high):
            return high
        case Real(_, high):
            return high
        case Flag():
            return True
        case Text(chars_max):
            return "\U0001f3ce" * chars_max
        case Blob(bytes_max):
            return b"\xff" * bytes_max
        case Many(row, rows_max):
            one = row(*(largest(inner) for _, inner in layout_of(row)))
            return (one,) * rows_max


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_largest_message_of_each_kind_is_read(kind: type[Any]) -> None:
    """What the declarations allow, the limits of bytes and opcodes let through."""
    message = kind(*(largest(rule) for _, rule in layout_of(kind)))
    if kind is Hello:
        message = dataclasses.replace(message, version=VERSION)
    speakers = [role for role in Role if kind in SPOKEN_BY[role]]
    for speaker in speakers:
        listener = Connection(Role.SERVER if speaker is Role.CLIENT else Role.CLIENT)
        listener.state = State.NEW if kind in OPENERS else State.OPEN
        if kind is Welcome:
            listener.state = State.GREETED

        assert listener.receive_data(encode_message(message)) == [message]


def test_own_mistake_is_a_local_error() -> None:
    """We may not speak before the greeting, nor say what is the other's."""
    with pytest.raises(LocalProtocolError):
        Connection(Role.CLIENT).send(Say(0, "hi"))
    with pytest.raises(LocalProtocolError):
        Connection(Role.SERVER).send(WELCOME)
    Connection(Role.SERVER).send(Refused("full", "later"))


@given(st.binary(max_size=300))
def test_connection_raises_nothing_but_protocol_errors(data: bytes) -> None:
    """Whatever a stranger sends."""
    try:
        Connection(Role.SERVER).receive_data(data)
    except RemoteProtocolError:
        pass


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(-3, 3), st.floats(-80, 80))
def test_snapshot_carries_a_car_exactly(x: float, y: float, heading: float, v: float) -> None:
    """A quantised car arrives as the very same numbers."""
    car = Car(x, y, heading, v, -v, v / 40, heading / 6, engine_on=True)
    quantise_car(car)
    record = CarRecord(3, CarFlag.ENGINE | CarFlag.GHOST, car, 2, 5, 1, 900, 77, -4, 255, 0)

    assert unpack_cars(pack_cars([record])) == [record]


def test_snapshot_of_broken_records_is_refused() -> None:
    """A client checks what a server sends, too."""
    with pytest.raises(InvalidMessage):
        unpack_cars(b"x" * 7)
