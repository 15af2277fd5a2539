"""What a client says to a server: each message declared once.

`messages.py` gives each its code; `docs/protocol.md` tells the same in prose.
Nothing here reads bytes or keeps state.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated

from protocol.fields import Flag, Many, Text, Whole
from protocol.ranges import (
    CAR_CLASS,
    LEVEL,
    MODE,
    NAME,
    NODE,
    PLAYER_ID,
    ROOM_ID,
    ROUND_TRIP,
    SEATS_MAX,
    SENTENCE,
    TICKET,
    TIMES_MAX,
    TITLE,
    TOKEN,
    TRACK,
    U8,
    U32,
)


class Button(IntEnum):
    """Bits of `Drive.buttons`."""

    HANDBRAKE = 1
    ENGINE = 2
    RESPAWN = 4
    NITRO = 8


@dataclass(frozen=True, slots=True)
class Hello:
    """Open the connection; must be the first message."""

    version: Annotated[int, Whole(0, 65535)]
    name: Annotated[str, NAME]
    token: Annotated[str, TOKEN] = field(repr=False)
    """Empty, or the session token of an earlier `Welcome`."""
    agent: Annotated[str, Text(16)]
    """"client" for a person, "bot" for a program that drives, "node" for a relay."""
    room_id: Annotated[str, ROOM_ID] = ""
    """Empty, or the room in whose race the client was when its link broke."""
    ticket: Annotated[str, TICKET] = field(default="", repr=False)
    """Empty, or that of the `Redirect` which sent the client here."""
    deltas: Annotated[bool, Flag()] = False
    """Whether the client reads `SnapshotDelta`; who does not gets all snapshots whole."""


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Open a room and sit down in it."""

    title: Annotated[str, TITLE]
    track: Annotated[str, TRACK]
    laps: Annotated[int, Whole(1, 20)]
    bots: Annotated[int, Whole(0, SEATS_MAX)]
    damage: Annotated[bool, Flag()] = True
    """Whether impacts leave damage."""
    level: Annotated[int, LEVEL] = 1
    """How well the bots drive: 0 easy, 1 normal, 2 hard."""
    mode: Annotated[int, MODE] = 0
    """0 a race, 1 a time trial."""


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """Sit down in a room; an empty id means any that has a seat."""

    room_id: Annotated[str, ROOM_ID]


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """Give up the seat."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Say whether the race may start."""

    ready: Annotated[bool, Flag()]


@dataclass(frozen=True, slots=True)
class Drive:
    """One input, in force from `tick` until the next one."""

    sequence: Annotated[int, U32]
    tick: Annotated[int, U32]
    throttle: Annotated[int, U8]
    """0 to full, in 1/255."""
    brake: Annotated[int, U8]
    steering: Annotated[int, Whole(-127, 127)]
    """Full left to full right, in 1/127."""
    buttons: Annotated[int, Whole(0, 15)]
    """Bits of `Button`."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say one line."""

    channel: Annotated[int, Whole(0, 1)]
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class Resume:
    """Take up the seat that was kept."""

    gates: Annotated[int, Whole(0, 65535)] = 0
    """Gates that the own car had crossed, by the newest snapshot; 0 if unknown."""
    line: Annotated[int, U32] = 0
    """Number of the newest line of the room's chat that is known; 0 for none."""


@dataclass(frozen=True, slots=True)
class Forfeit:
    """Give up the seat that was kept."""


@dataclass(frozen=True, slots=True)
class AskLeaderboard:
    """Ask for the best laps of a track."""

    track: Annotated[str, TRACK]


@dataclass(frozen=True, slots=True)
class ChooseCar:
    """Choose what to drive in the next race of the room, and in those after it."""

    car_class: Annotated[int, CAR_CLASS]


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin the race anew, at once: for who is alone in a room, bots apart."""


@dataclass(frozen=True, slots=True)
class AskGhosts:
    """Ask for the own best lap on a track in a car, and for the best of all."""

    track: Annotated[str, TRACK]
    car_class: Annotated[int, CAR_CLASS]


@dataclass(frozen=True, slots=True)
class Watch:
    """Look on in a room without sitting down; `LeaveRoom` ends it."""

    room_id: Annotated[str, ROOM_ID]


@dataclass(frozen=True, slots=True)
class SayFor:
    """Say one line for a spectator of ours; only nodes may."""

    room_id: Annotated[str, ROOM_ID]
    player_id: Annotated[str, PLAYER_ID]
    name: Annotated[str, NAME]
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class NodeTime:
    """How far one node is."""

    node: Annotated[str, NODE]
    rtt_ms: Annotated[int, ROUND_TRIP]


@dataclass(frozen=True, slots=True)
class NodeTimes:
    """How far each node is from this player; it replaces what was told before."""

    rows: Annotated[tuple[NodeTime, ...], Many(NodeTime, TIMES_MAX)]


@dataclass(frozen=True, slots=True)
class AskCluster:
    """Ask how all nodes are, and what became of the rooms that were taken over."""


@dataclass(frozen=True, slots=True)
class OrderFault:
    """Let a node fail on purpose; only one that was started for that does."""

    node: Annotated[str, NODE]
    kind: Annotated[str, Text(8)]
    """"kill", "pause", "cut" or "slow"."""
    seconds: Annotated[int, Whole(1, 120)]
    """How long; a killed node stays dead."""
    delay_ms: Annotated[int, Whole(1, 2000)]
    """How late a slow node's messages leave."""
