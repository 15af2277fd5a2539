"""`docs/protocol.md` against the code: a stranger writes a client from it alone."""

from __future__ import annotations

import pickletools
import re
import struct
from dataclasses import replace
from enum import IntEnum, IntFlag
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ghost
import outbox
import protocol.delta
import protocol.framing
import protocol.messages
import protocol.pickled
import protocol.ranges
import server_link
from car import Car, CarClass
from errors import MalformedMessage
from lobby import RoomMode, RoomPhase, SeatKind
from protocol import (
    VERSION,
    Button,
    CarFlag,
    Channel,
    ClusterState,
    Drive,
    GhostKind,
    Hello,
    Message,
    NoticeKind,
    Refused,
    Role,
    SavedState,
    Snapshot,
    State,
    decode_message,
    encode_message,
    laps,
    pack_cars,
)
from protocol.connection import OPENERS, OTHER, SPOKEN_BY, TRANSITIONS, next_state
from protocol.fields import Blob, Flag, Many, Real, Rule, Text, Whole, layout_of
from protocol.messages import CODES
from protocol.pickled import loads
from protocol.snapshot import RECORD_BYTES, CarRecord
from protocol.stream import Stream
from race import EventKind, Phase

DOC = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")

ENUMS: dict[str, type[IntEnum] | type[IntFlag]] = {
    "Button": Button,
    "Channel": Channel,
    "Line kind": import_module("chat").LineKind,
    "Notice kind": NoticeKind,
    "Saved state": SavedState,
    "Cluster state": ClusterState,
    "Room phase": RoomPhase,
    "Room mode": RoomMode,
    "Car class": CarClass,
    "Ghost kind": GhostKind,
    "Seat kind": SeatKind,
    "Race phase": Phase,
    "Event kind": EventKind,
    "Car flag": CarFlag,
}

LIMITED: dict[ModuleType, str] = {
    protocol.framing: r"[A-Z_]+",
    protocol.messages: r"VERSION",
    protocol.ranges: r"[A-Z]+_MAX|WATCHING",
    protocol.pickled: r"[A-Z_]+_MAX",
    server_link: r"[A-Z_]+_(S|MS|MAX|SECOND)",
    outbox: r"[A-Z_]+_MAX",
}
"""Modules whose constants of such names must all stand among the limits."""

ROWS: dict[str, type[Any]] = {
    rule.row.__name__: rule.row
    for kind in CODES
    for _, rule in layout_of(kind)
    if isinstance(rule, Many)
}

SIZES = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i"}


def section(title: str) -> str:
    """Return the text under a heading, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", DOC, re.M | re.S)
    assert found, f"docs/protocol.md has no heading {title!r}"
    return found[1]


def table(title: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its two first lines."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def told(rule: Rule) -> str:
    """Return how the document writes a rule."""
    match rule:
        case Whole(low, high):
            return f"whole {low}..{high}"
        case Real(low, high):
            return f"real {low:g}..{high:g}"
        case Flag():
            return "truth"
        case Text(chars_max):
            return f"text {chars_max}"
        case Blob(bytes_max):
            return f"bytes {bytes_max}"
        case Many(row, rows_max):
            return f"rows {row.__name__} {rows_max}"


def allowed_opcodes() -> set[int]:
    """Return every opcode that the reader knows, found by asking it."""
    allowed = {protocol.pickled.PROTO, protocol.pickled.FRAME}
    for code in range(256):
        try:
            loads(bytes((0x80, 4, 0x4E, code)) + bytes(16))
        except MalformedMessage as error:
            if "is not allowed" not in error.reason or f"{code:#04x}" not in error.reason:
                allowed.add(code)
    return allowed


def dumped(title: str) -> bytes:
    """Return the bytes of an example, with their comments taken off."""
    dump = re.search(rf"^```hex {title}\n(.*?)^```", DOC, re.M | re.S)
    assert dump
    return bytes.fromhex("".join(re.split(r"\s{2,}", line)[0] for line in dump[1].splitlines()))


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_every_message_stands_there_with_code_fields_and_types(kind: type[Any]) -> None:
    """Under its code, each field in order, with its type and range."""
    rows = table(f"{CODES[kind]} {kind.__name__}")

    assert [row[:2] for row in rows] == [[f"`{n}`", told(rule)] for n, rule in layout_of(kind)]


@pytest.mark.parametrize("name", ROWS)
def test_every_row_stands_there_with_fields_and_types(name: str) -> None:
    """Rows are told like messages."""
    rows = table(f"row {name}")

    assert [row[:2] for row in rows] == [
        [f"`{n}`", told(rule)] for n, rule in layout_of(ROWS[name])
    ]


def test_document_knows_no_message_that_is_not() -> None:
    """What was removed from the code is removed here."""
    headings = set(re.findall(r"^#### (.*)$", DOC, re.M))

    assert headings == {f"{code} {kind.__name__}" for kind, code in CODES.items()} | {
        f"row {name}" for name in ROWS
    }


def test_messages_stand_under_their_direction() -> None:
    """Client to server, both ways, server to client."""
    client, rest = DOC.split("### Both ways")
    both, server = rest.split("### Server to client")
    for kind, code in CODES.items():
        speakers = {role for role in Role if kind in SPOKEN_BY[role]}
        place = both if len(speakers) == 2 else client if Role.CLIENT in speakers else server
        assert f"#### {code} {kind.__name__}\n" in place


@pytest.mark.parametrize("title", ENUMS)
def test_every_enumeration_stands_there(title: str) -> None:
    """Value and name."""
    rows = table(title)

    assert [row[:2] for row in rows] == [[str(int(one)), f"`{one.name}`"] for one in ENUMS[title]]


def test_every_allowed_opcode_stands_there() -> None:
    """With its name and byte, and none besides."""
    rows = {row[1].strip("`"): row[0].strip("`") for row in table("Data-only pickle")}
    names = {f"{ord(one.code):02x}": one.name for one in pickletools.opcodes}

    assert rows == {f"{code:02x}": names[f"{code:02x}"] for code in allowed_opcodes()}


def test_forms_marked_as_never_written_are_never_written() -> None:
    """A reader in another language may leave them out."""
    never = {row[0].strip("`") for row in table("Data-only pickle") if row[4] == "never"}
    wide = (
        300,
        70_000,
        -5,
        2**32 - 1,
        0.5,
        True,
        False,
        "é" * 200,
        b"x" * 999,
        b"x",
        (),
        (1,),
        (1, 2),
    )
    written = {one.name for one, _, _ in pickletools.genops(protocol.pickled.dumps((wide, "", 1)))}
    allowed = {row[0].strip("`") for row in table("Data-only pickle")}

    assert written == allowed - never


def test_every_limit_stands_there_with_its_value() -> None:
    """Each named constant has the value that the table says."""
    rows = {row[0].strip("`"): float(row[1]) for row in table("Limits")}
    for name, value in rows.items():
        module, _, constant = name.rpartition(".")
        assert getattr(import_module(module), constant) == value, name
    needed = {
        f"{module.__name__}.{name}"
        for module, pattern in LIMITED.items()
        for name in vars(module)
        if re.fullmatch(pattern, name) and isinstance(vars(module)[name], int | float)
    }

    assert needed <= rows.keys()


def test_limits_in_the_prose_are_those_of_the_code() -> None:
    """Where sentences say a number, too."""
    assert f"**{protocol.framing.CLIENT_MESSAGE_BYTES_MAX}** bytes from\nclient" in DOC
    assert f"**{protocol.framing.SERVER_MESSAGE_BYTES_MAX}** bytes from server" in DOC
    assert f"more\nthan {protocol.pickled.OPCODES_MAX} opcodes" in DOC
    assert f"more than {protocol.pickled.STACK_MAX} values" in DOC
    assert f"nested deeper than {protocol.pickled.DEPTH_MAX} tuples" in DOC
    assert f"version {VERSION}\n" in DOC
    assert f"({CODES[Hello]}, version, ...)" in DOC
    assert f"({CODES[Refused]}, reason, text)" in DOC


def test_states_are_those_of_the_code() -> None:
    """Each line of the table, expanded, is a transition; no other is allowed."""
    drawn: dict[tuple[State, Role, str], State] = {}
    for before, speaker, words, after in table("States of a connection"):
        state, role = State(before), Role(speaker)
        names = set(re.findall(r"`(\w+)`", words))
        if words.startswith("any other"):
            taken = {name for at, who, name in drawn if (at, who) == (state, role)}
            names = {kind.__name__ for kind in SPOKEN_BY[role]} - names - taken
        drawn |= {(state, role, name): State(after) for name in names}
    real = {
        (state, role, kind.__name__): following
        for state in State
        for role in Role
        for kind in SPOKEN_BY[role]
        if (following := next_state(state, role, kind)) is not None
    }

    assert drawn == real
    assert OPENERS
    assert OTHER in TRANSITIONS[State.OPEN][Role.SERVER]


def test_recorded_laps_are_laid_out_as_drawn() -> None:
    """Sizes follow from the types, and are those of the code."""
    rows = table("Recorded laps")
    sizes = {"u8": 1, "u16": 2, "i16": 2, "u32": 4, "text": laps.DIGEST_CHARS}
    assert all(int(row[1]) == sizes[row[2]] for row in rows)

    for part, layout in (("head", laps.HEADER), ("sample", laps.SAMPLE)):
        assert sum(int(row[1]) for row in rows if row[0] == part) == layout.size
        assert f"**{layout.size}** bytes" in section("Recorded laps")
    assert f"at most {ghost.TICKS_MAX}" in section("Recorded laps")
    longest = laps.HEADER.size + ghost.samples_of(ghost.TICKS_MAX) * laps.SAMPLE.size
    assert longest <= protocol.ranges.GHOST_BYTES_MAX


def test_cars_are_laid_out_as_drawn() -> None:
    """Offsets follow from the types, and the fields are those of the record."""
    rows = table("Cars")
    at = 0
    for offset, size, kind, *_ in rows:
        assert int(offset) == at
        assert int(size) == struct.calcsize("<" + SIZES[kind])
        at += int(size)
    assert at == RECORD_BYTES
    assert f"records of **{RECORD_BYTES}** bytes" in DOC

    packed = protocol.snapshot._record.format
    assert packed == "<" + "".join(SIZES[row[2]] for row in rows)
    fields = [one for one in CarRecord.__dataclass_fields__ if one != "car"]
    names = [row[3].strip("`") for row in rows]
    assert [name for name in names if name in fields] == fields


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Other cars", "WIDE PEDALS FLAGS ROUND TIMES BOTTLE DAMAGE JUMPED"),
        ("The own car", "HEARD OWN_FLAGS THROTTLE DRAFT TANK OWN_ROUND SELDOM FAR"),
    ],
)
def test_bits_of_deltas_are_those_of_the_code(title: str, names: str) -> None:
    """Value and name, in the order in which they are written."""
    rows = [(int(row[0]), row[1].strip("`")) for row in table(title)]

    assert rows == [(getattr(protocol.delta, name), name) for name in names.split()]


@pytest.mark.parametrize(
    ("title", "message"),
    [("Hello", Hello(VERSION, "Ada", "", "client")), ("Drive", Drive(7, 300, 255, 0, -127, 2))],
)
def test_dumps_are_what_the_code_reads_and_writes(title: str, message: Message) -> None:
    """The bytes in the examples are those of the code."""
    example = dumped(title)

    assert encode_message(message) == example
    assert decode_message(example[4:], Role.CLIENT) == message
    assert f"{len(example)} bytes" in section("Three messages, byte by byte")


def test_dump_of_a_delta_is_what_the_code_writes() -> None:
    """After the story that stands there."""
    own = CarRecord(0, CarFlag(1), Car(x=100.0, y=200.0, vx=20.0), 0, 1, 2, 240, 40, 3, 255, 0)
    other = replace(own, slot=1, car=Car(x=120.0, y=200.0, heading=0.5, vx=20.0, vy=1.0), place=1)
    stream = Stream()
    first = stream.pack(Snapshot(1, 600, 2, 240, 240, pack_cars([own, other])))
    faster = Car(x=412_379 / 4096, y=200.0, vx=1_340_720 / 65536, pitch=16 / 256)
    braking = Car(x=494_256 / 4096, y=819_350 / 4096, heading=525_312 / 2**20, vx=20.0, vy=1.0)
    braking.steer_angle = 128 / 16384
    cars = [
        replace(own, car=faster, acked_sequence=41, input_lead=2),
        replace(other, flags=CarFlag.ENGINE | CarFlag.BRAKING, car=braking),
    ]
    second = stream.pack(Snapshot(1, 602, 2, 240, 240, pack_cars(cars)))
    written = second.message_for(0, first.known_by(0))

    assert written == dumped("SnapshotDelta")
    assert f"{len(written)} bytes" in section("Three messages, byte by byte")


def test_every_reason_that_is_said_stands_there() -> None:
    """Programs decide by these words."""
    told_of = {(row[0].strip("`"), row[1].strip("`")) for row in table("Reasons")}
    said = re.compile(r"\b(Goodbye|goodbye|Refused)\(\s*\"(\w+)\"")
    root = Path(__file__).parent.parent
    found = {
        (kind.capitalize(), reason)
        for path in root.glob("*.py")
        for kind, reason in said.findall(path.read_text(encoding="utf-8"))
    }

    assert found | {("Refused", "name")} == told_of


def test_links_lead_somewhere() -> None:
    """Every link within the document names one of its headings."""
    headings = re.findall(r"^#+ (.*)$", DOC, re.M)
    anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}

    assert set(re.findall(r"\]\(#([\w-]+)\)", DOC)) <= anchors
