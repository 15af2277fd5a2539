"""Every message, declared once: its code, its fields, their ranges.

On the wire a message is the tuple `(code, *fields)`; validation follows from
the declarations (see `fields.py`), and `docs/protocol.md` tells the same in
prose. Nothing here reads bytes or keeps state.

Units: ticks of 1/60 s, milliseconds where the name ends in `_ms`, seconds
otherwise; car numbers in the wire units of `snapshot.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Any

from protocol.fields import Blob, Flag, Many, Real, Text, Whole

VERSION = 1
"""Raised whenever an older peer would misread a message."""

SEATS_MAX = 8
PEOPLE_MAX = 1024
ROOMS_MAX = 64
LINES_MAX = 50
EVENTS_MAX = 256
TRACKS_MAX = 64
LEADERS_MAX = 100
WATCHING = 255
"""The slot of who has no car in a race."""

U8 = Whole(0, 255)
U32 = Whole(0, 2**32 - 1)
I32 = Whole(-(2**31), 2**31 - 1)
SLOT = Whole(0, SEATS_MAX - 1)
NAME = Text(24)
TITLE = Text(32)
TRACK = Text(32)
ROOM_ID = Text(16)
RACE_ID = Text(32)
PLAYER_ID = Text(12)
SENTENCE = Text(200)
TOKEN = Text(43)
"""Left out wherever a message is printed: it is a secret."""
MILLISECONDS = Whole(0, 2**31 - 1)
UNIX_TIME = Real(0.0, 1e11)


class Channel(IntEnum):
    """Where a line of chat is heard."""

    LOBBY = 0
    ROOM = 1


class NoticeKind(IntEnum):
    """How urgent a notice is."""

    INFO = 0
    WARNING = 1
    ERROR = 2


class SavedState(IntEnum):
    """How durable a result is."""

    SAVING = 0
    SAVED = 1
    """A majority of the replica set holds it."""
    NOT_KEPT = 2
    """The server was told to keep nothing."""


class Button(IntEnum):
    """Bits of `Drive.buttons`."""

    HANDBRAKE = 1
    ENGINE = 2
    RESPAWN = 4


# Client to server


@dataclass(frozen=True, slots=True)
class Hello:
    """Open the connection; must be the first message."""

    version: Annotated[int, Whole(0, 65535)]
    name: Annotated[str, NAME]
    token: Annotated[str, TOKEN] = field(repr=False)
    """Empty, or the session token of an earlier `Welcome`."""
    agent: Annotated[str, Text(16)]
    """"client" for a person, "bot" for a program that drives."""


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Open a room and sit down in it."""

    title: Annotated[str, TITLE]
    track: Annotated[str, TRACK]
    laps: Annotated[int, Whole(1, 20)]
    bots: Annotated[int, Whole(0, SEATS_MAX)]


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
    buttons: Annotated[int, Whole(0, 7)]
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


@dataclass(frozen=True, slots=True)
class Forfeit:
    """Give up the seat that was kept."""


@dataclass(frozen=True, slots=True)
class AskLeaderboard:
    """Ask for the best laps of a track."""

    track: Annotated[str, TRACK]


# Either way


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer with a `Pong` of the same nonce, at once."""

    nonce: Annotated[int, U32]


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a `Ping`."""

    nonce: Annotated[int, U32]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The last message of who closes."""

    reason: Annotated[str, Text(16)]
    """"quit"; from a server "stopping", "replaced", "protocol" or "silence"."""
    text: Annotated[str, SENTENCE]


# Server to client


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track that this server races on."""

    name: Annotated[str, TRACK]
    title: Annotated[str, TITLE]
    digest: Annotated[str, Text(16)]


@dataclass(frozen=True, slots=True)
class Welcome:
    """You are in; here is who you are, and the seat that waits for you."""

    version: Annotated[int, Whole(0, 65535)]
    player_id: Annotated[str, PLAYER_ID]
    token: Annotated[str, TOKEN] = field(repr=False)
    """Keep it secret and on disk: it resumes the session."""
    node: Annotated[str, Text(32)]
    tick_rate: Annotated[int, Whole(1, 240)]
    seat_room: Annotated[str, ROOM_ID]
    """Empty, or the room whose seat is kept for you."""
    seat_title: Annotated[str, TITLE]
    seat_lap: Annotated[int, Whole(0, 255)]
    seat_seconds_left: Annotated[float, Real(0.0, 3600.0)]
    tracks: Annotated[tuple[TrackRow, ...], Many(TrackRow, TRACKS_MAX)]


@dataclass(frozen=True, slots=True)
class Refused:
    """You are not in; the connection closes."""

    reason: Annotated[str, Text(16)]
    """"version", "name" or "full"."""
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room as the lobby shows it."""

    room_id: Annotated[str, ROOM_ID]
    title: Annotated[str, TITLE]
    track: Annotated[str, TRACK]
    laps: Annotated[int, Whole(1, 20)]
    phase: Annotated[int, Whole(0, 2)]
    """0 waiting, 1 racing, 2 results."""
    players: Annotated[int, Whole(0, SEATS_MAX)]
    bots: Annotated[int, Whole(0, SEATS_MAX)]
    seats: Annotated[int, Whole(0, SEATS_MAX)]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A player as the lobby shows it."""

    player_id: Annotated[str, PLAYER_ID]
    name: Annotated[str, NAME]
    room_id: Annotated[str, ROOM_ID]
    rtt_ms: Annotated[int, Whole(0, 9999)]


@dataclass(frozen=True, slots=True)
class LobbyState:
    """All rooms and all people."""

    rooms: Annotated[tuple[RoomRow, ...], Many(RoomRow, ROOMS_MAX)]
    people: Annotated[tuple[PersonRow, ...], Many(PersonRow, PEOPLE_MAX)]


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat of the room."""

    slot: Annotated[int, SLOT]
    player_id: Annotated[str, PLAYER_ID]
    """Empty for the server's own bots."""
    name: Annotated[str, NAME]
    kind: Annotated[int, Whole(0, 2)]
    """0 a person, 1 a bot, 2 a caretaker for a person who is away."""
    ready: Annotated[bool, Flag()]
    colour: Annotated[int, Whole(0, 7)]
    rtt_ms: Annotated[int, Whole(0, 9999)]


@dataclass(frozen=True, slots=True)
class RoomState:
    """The room that you sit in."""

    room_id: Annotated[str, ROOM_ID]
    title: Annotated[str, TITLE]
    track: Annotated[str, TRACK]
    laps: Annotated[int, Whole(1, 20)]
    bots: Annotated[int, Whole(0, SEATS_MAX)]
    phase: Annotated[int, Whole(0, 2)]
    seats: Annotated[tuple[SeatRow, ...], Many(SeatRow, SEATS_MAX)]
    epoch: Annotated[int, U32]


@dataclass(frozen=True, slots=True)
class RaceStart:
    """A race that you drive in or watch: at its start, and when you return."""

    room_id: Annotated[str, ROOM_ID]
    race_id: Annotated[str, RACE_ID]
    epoch: Annotated[int, U32]
    track: Annotated[str, TRACK]
    laps: Annotated[int, Whole(1, 20)]
    go_tick: Annotated[int, U32]
    slot: Annotated[int, Whole(0, WATCHING)]
    """Yours, or `WATCHING`."""
    tick: Annotated[int, U32]
    """The tick that the race is at."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a race at a tick; a newer one replaces it."""

    epoch: Annotated[int, U32]
    tick: Annotated[int, U32]
    phase: Annotated[int, Whole(0, 3)]
    go_tick: Annotated[int, U32]
    """When the cars may go, or went."""
    start_tick: Annotated[int, U32]
    """When the clock of the race began; moved on by what pauses took."""
    cars: Annotated[bytes, Blob(1024)]
    """Packed records, one a car: see `snapshot.py`."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened in the race; `value` depends on the kind."""

    kind: Annotated[int, U8]
    slot: Annotated[int, Whole(0, WATCHING)]
    tick: Annotated[int, U32]
    value: Annotated[int, I32]


@dataclass(frozen=True, slots=True)
class RaceEvents:
    """What happened since the last message of this kind."""

    rows: Annotated[tuple[EventRow, ...], Many(EventRow, EVENTS_MAX)]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of chat."""

    number: Annotated[int, U32]
    kind: Annotated[int, Whole(0, 1)]
    """0 said by a player, 1 told by the game."""
    author: Annotated[str, NAME]
    text: Annotated[str, SENTENCE]
    sent_at: Annotated[float, UNIX_TIME]


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A new line of chat."""

    channel: Annotated[int, Whole(0, 1)]
    number: Annotated[int, U32]
    kind: Annotated[int, Whole(0, 1)]
    author: Annotated[str, NAME]
    text: Annotated[str, SENTENCE]
    sent_at: Annotated[float, UNIX_TIME]


@dataclass(frozen=True, slots=True)
class ChatHistory:
    """The newest lines of a channel; replaces what was there."""

    channel: Annotated[int, Whole(0, 1)]
    lines: Annotated[tuple[LineRow, ...], Many(LineRow, LINES_MAX)]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the result."""

    slot: Annotated[int, SLOT]
    player_id: Annotated[str, PLAYER_ID]
    name: Annotated[str, NAME]
    kind: Annotated[int, Whole(0, 2)]
    place: Annotated[int, Whole(1, SEATS_MAX)]
    total_ms: Annotated[int, MILLISECONDS]
    """With penalties; 0 for who did not finish."""
    best_lap_ms: Annotated[int, MILLISECONDS]
    """0 for who completed none."""
    points: Annotated[int, U8]


@dataclass(frozen=True, slots=True)
class Results:
    """How a race ended."""

    room_id: Annotated[str, ROOM_ID]
    race_id: Annotated[str, RACE_ID]
    rows: Annotated[tuple[ResultRow, ...], Many(ResultRow, SEATS_MAX)]
    saved: Annotated[int, Whole(0, 2)]


@dataclass(frozen=True, slots=True)
class Saved:
    """A majority of the replica set holds the result of this race."""

    race_id: Annotated[str, RACE_ID]


@dataclass(frozen=True, slots=True)
class LeaderRow:
    """One line of a leaderboard."""

    name: Annotated[str, NAME]
    lap_ms: Annotated[int, MILLISECONDS]
    set_at: Annotated[float, UNIX_TIME]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The best laps of a track, fastest first."""

    track: Annotated[str, TRACK]
    rows: Annotated[tuple[LeaderRow, ...], Many(LeaderRow, LEADERS_MAX)]
    available: Annotated[bool, Flag()]
    """False while the database cannot be asked."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """You are in your seat again."""

    room_id: Annotated[str, ROOM_ID]
    seconds_away: Annotated[float, Real(0.0, 1e6)]
    lap: Annotated[int, Whole(0, 255)]
    gates_lost: Annotated[int, Whole(0, 65535)]
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the player."""

    kind: Annotated[int, Whole(0, 2)]
    text: Annotated[str, SENTENCE]


ClientMessage = (
    Hello | CreateRoom | JoinRoom | LeaveRoom | Ready | Drive | Say | Resume | Forfeit
    | AskLeaderboard | Ping | Pong | Goodbye
)  # fmt: skip
ServerMessage = (
    Welcome | Refused | LobbyState | RoomState | RaceStart | Snapshot | RaceEvents | ChatLine
    | ChatHistory | Results | Saved | Leaderboard | Resumed | Notice | Ping | Pong | Goodbye
)  # fmt: skip
Message = ClientMessage | ServerMessage

CODES: dict[type[Any], int] = {
    Hello: 1, CreateRoom: 2, JoinRoom: 3, LeaveRoom: 4, Ready: 5, Drive: 6, Say: 7,
    Resume: 8, Forfeit: 9, AskLeaderboard: 10,
    Ping: 20, Pong: 21, Goodbye: 22,
    Welcome: 40, Refused: 41, LobbyState: 42, RoomState: 43, RaceStart: 44, Snapshot: 45,
    RaceEvents: 46, ChatLine: 47, ChatHistory: 48, Results: 49, Saved: 50, Leaderboard: 51,
    Resumed: 52, Notice: 53,
}  # fmt: skip
"""The code of each message: the first element of its tuple."""

KINDS: dict[int, type[Any]] = {code: kind for kind, code in CODES.items()}
