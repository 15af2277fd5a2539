"""A client written from `docs/protocol.md` alone, against a real server.

It knows the bytes by the document's numbers and imports nothing of the game's
`protocol`: where it can join, race and leave, so can any other language.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.foreign_deltas import Deltas
from tests.processes import ServerProcess, server

WAIT_S = 20.0
"""Longer than any server is silent; a broken conversation fails then."""

HELLO, CREATE_ROOM, READY, DRIVE, SAY, RESUME, PONG, GOODBYE = 1, 2, 5, 6, 7, 8, 21, 22
PING, WELCOME, REFUSED, ROOM_STATE, RACE_START, SNAPSHOT, CHAT_LINE = 20, 40, 41, 43, 44, 45, 47
RESUMED, SNAPSHOT_DELTA = 52, 61
CAR = struct.Struct("<BHiiiiiihBBBIIbBIBhBBBB")


def written(value: object) -> bytes:
    """Return a field as opcodes; always the long forms, which are allowed too."""
    match value:
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            return b"\x8a\x08" + value.to_bytes(8, "little", signed=True)
        case float():
            return b"\x47" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return b"\x58" + struct.pack("<I", len(text)) + text
        case _:
            raise AssertionError(f"no message has {value!r}")


def message(code: int, *fields: object) -> bytes:
    """Return a message, without the FRAME that may be left out."""
    body = b"\x80\x04\x28" + b"".join(map(written, (code, *fields))) + b"\x74\x2e"
    return struct.pack(">I", len(body)) + body


def read(body: bytes) -> tuple[Any, ...]:
    """Return what a body builds, by the table of opcodes."""
    assert body[:2] == b"\x80\x04"
    at = 2
    if body[at] == 0x95:
        assert int.from_bytes(body[3:11], "little") == len(body) - 11
        at = 11
    stack: list[Any] = []
    marks: list[int] = []

    def argument(size: int) -> bytes:
        nonlocal at
        at += size
        return body[at - size : at]

    def whole(size: int) -> int:
        return int.from_bytes(argument(size), "little")

    def gather(base: int) -> None:
        stack[base:] = [tuple(stack[base:])]

    does: dict[int, Callable[[], object]] = {
        0x88: lambda: stack.append(True),
        0x89: lambda: stack.append(False),
        0x4A: lambda: stack.append(int.from_bytes(argument(4), "little", signed=True)),
        0x4B: lambda: stack.append(whole(1)),
        0x4D: lambda: stack.append(whole(2)),
        0x8A: lambda: stack.append(int.from_bytes(argument(whole(1)), "little", signed=True)),
        0x47: lambda: stack.append(struct.unpack(">d", argument(8))[0]),
        0x8C: lambda: stack.append(argument(whole(1)).decode()),
        0x58: lambda: stack.append(argument(whole(4)).decode()),
        0x43: lambda: stack.append(argument(whole(1))),
        0x42: lambda: stack.append(argument(whole(4))),
        0x29: lambda: stack.append(()),
        0x85: lambda: gather(len(stack) - 1),
        0x86: lambda: gather(len(stack) - 2),
        0x87: lambda: gather(len(stack) - 3),
        0x28: lambda: marks.append(len(stack)),
        0x74: lambda: gather(marks.pop()),
    }
    while (code := whole(1)) != 0x2E:
        does[code]()
    assert at == len(body)
    assert len(stack) == 1
    assert not marks
    built: tuple[Any, ...] = stack[0]
    return built


class Stranger:
    """A client of another make."""

    def __init__(self, server: ServerProcess, *hello: object) -> None:
        self.link = socket.create_connection((server.host, server.port), timeout=WAIT_S)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hello:
            self.say(HELLO, *hello)

    def say(self, code: int, *fields: object) -> None:
        """Send a message."""
        self.link.sendall(message(code, *fields))

    def listen(self) -> Iterator[tuple[Any, ...]]:
        """Yield messages to the end of the stream, answering pings."""
        while head := self._bytes(4):
            said = read(self._bytes(struct.unpack(">I", head)[0]))
            if said[0] == PING:
                self.say(PONG, said[1])
            yield said

    def hear(self, code: int) -> tuple[Any, ...]:
        """Return the fields of the next message of a kind."""
        for said in self.listen():
            if said[0] == code:
                return said[1:]
        raise AssertionError(f"the server closed before it said {code}")

    def _bytes(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (more := self.link.recv(count - len(data))):
            data += more
        return data


@pytest.fixture(scope="module")
def memory_server() -> Iterator[ServerProcess]:
    """One server without a database."""
    with server("--db", "memory", "--port", "0") as running:
        yield running


def test_stranger_joins_races_and_leaves(memory_server: ServerProcess) -> None:
    """Hello, welcome, room, chat, race, a car that drives off, goodbye."""
    one = Stranger(memory_server, 4, "Fremd", "", "client", "", "", False)
    welcome = one.hear(WELCOME)
    version, _, token, _, tick_rate, seat_room = welcome[:6]
    tracks = {row[0] for row in welcome[-1]}
    assert (version, tick_rate, seat_room) == (4, 60, "")
    assert len(token) == 43
    assert "meadow" in tracks

    one.say(CREATE_ROOM, "Garage", "meadow", 1, 1, True, 1, 0)
    room = one.hear(ROOM_STATE)
    assert room[1:6] == ("Garage", "meadow", 1, 1, 0)

    one.say(SAY, 1, "grüß dich")
    while (line := one.hear(CHAT_LINE))[3] != "Fremd":
        pass
    assert line[0] == 1
    assert line[4] == "grüß dich"

    one.say(READY, True)
    slot = one.hear(RACE_START)[6]
    sequence = 0
    speed = 0.0
    while speed < 5.0:
        _, tick, _, _, _, cars, _ = one.hear(SNAPSHOT)
        assert tick < 900, "the car never drove off"
        records = {record[0]: record for record in CAR.iter_unpack(cars)}
        assert len(records) == 2
        mine = records[slot]
        speed = (mine[5] ** 2 + mine[6] ** 2) ** 0.5 / 65536
        assert mine[13] <= sequence
        sequence += 1
        one.say(DRIVE, sequence, tick + 3, 255, 0, 0, 2)

    one.say(GOODBYE, "quit", "")
    list(one.listen())


def test_stranger_reads_deltas(memory_server: ServerProcess) -> None:
    """Who asks for them is sent nearly nothing else, and sees the same race."""
    one = Stranger(memory_server, 4, "Knapp", "", "client", "", "", True)
    one.say(CREATE_ROOM, "", "meadow", 1, 1, True, 1, 0)
    one.say(READY, True)
    slot = one.hear(RACE_START)[6]
    race, sequence, wholes, deltas, speed = Deltas(), 0, 0, 0, 0.0
    for said in one.listen():
        if said[0] == SNAPSHOT:
            wholes += 1
            race.whole(said[2], said[6], said[7])
        elif said[0] == SNAPSHOT_DELTA:
            deltas += 1
            assert race.delta(said[1]) == slot
        else:
            continue
        mine = next(car for car in race.cars if car["slot"] == slot)
        assert race.tick < 900, "the car never drove off"
        assert mine["acked_sequence"] <= sequence
        speed = (mine["vx"] ** 2 + mine["vy"] ** 2) ** 0.5 / 65536
        if speed > 5.0:
            break
        sequence += 1
        one.say(DRIVE, sequence, race.tick + 3, 255, 0, 0, 2)
    one.say(GOODBYE, "quit", "")
    list(one.listen())

    assert speed > 5.0
    assert deltas > 5 * wholes


def test_stranger_cut_off_resumes(memory_server: ServerProcess) -> None:
    """The token of the first welcome brings the seat back."""
    one = Stranger(memory_server, 4, "Wieder", "", "client", "", "", False)
    token = one.hear(WELCOME)[2]
    one.say(CREATE_ROOM, "", "meadow", 1, 0, True, 1, 0)
    room_id = one.hear(ROOM_STATE)[0]
    one.say(READY, True)
    race_id = one.hear(RACE_START)[1]
    one.link.close()

    again = Stranger(memory_server, 4, "Wieder", token, "client", room_id, "", False)
    offered = again.hear(WELCOME)
    assert offered[5] == room_id
    assert 0.0 < offered[8] <= 60.0
    again.say(RESUME, 0, 0)
    assert again.hear(RESUMED)[0] == room_id
    assert again.hear(RACE_START)[1] == race_id
    again.say(GOODBYE, "quit", "")
    list(again.listen())


def test_stranger_of_another_version_is_refused(memory_server: ServerProcess) -> None:
    """Whatever else its hello holds."""
    late = Stranger(memory_server, 5, 0.5, True)
    reason, text = late.hear(REFUSED)

    assert reason == "version"
    assert "version 4" in text
    assert list(late.listen()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"\x80\x04(K\x01K\x04\x8c\x01x\x8c\x03\xed\xa0\x80\x8c\x06client\x8c\x00\x8c\x00\x89t.",
        b"\x80\x04(K\x01K\x04\x8c\x01\xff\x8c\x00\x8c\x06client\x8c\x00\x8c\x00\x89t.",
        b"\x80\x04K\x05\x88\x86.",
        b"\x80\x04}.",
    ],
    ids=["half a surrogate pair", "not UTF-8", "no hello", "a dictionary"],
)
def test_stranger_that_breaks_the_rules_is_told(memory_server: ServerProcess, body: bytes) -> None:
    """One goodbye and the end of the stream; the server plays on."""
    bad = Stranger(memory_server)
    bad.link.sendall(struct.pack(">I", len(body)) + body)
    (goodbye,) = bad.listen()
    assert goodbye[:2] == (GOODBYE, "protocol")

    good = Stranger(memory_server, 4, "Gut", "", "client", "", "", False)
    assert good.hear(WELCOME)
    good.say(GOODBYE, "quit", "")
    list(good.listen())
