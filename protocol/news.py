"""What a server says to a client: each message and row declared once.

`messages.py` gives each message its code; `docs/protocol.md` tells the same
in prose. Nothing here reads bytes or keeps state.

Units: ticks of 1/60 s, milliseconds where the name ends in `_ms`, seconds
otherwise; car numbers in the wire units of `snapshot.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated

from protocol.fields import Blob, Flag, Many, Real, Text, Whole
from protocol.ranges import (
    ADDRESS,
    CANISTERS,
    CAR_CLASS,
    DAYS,
    DELTA_BYTES_MAX,
    EVENTS_MAX,
    GHOST_BYTES_MAX,
    I32,
    LEADERS_MAX,
    LEVEL,
    LINES_MAX,
    MILLISECONDS,
    MODE,
    NAME,
    NODE,
    NODES_MAX,
    PEOPLE_MAX,
    PLAYER_ID,
    RACE_ID,
    ROOM_ID,
    ROOMS_MAX,
    SEATS_MAX,
    SENTENCE,
    SLOT,
    TICKET,
    TITLE,
    TOKEN,
    TRACK,
    TRACKS_MAX,
    U8,
    U32,
    UNIX_TIME,
    WATCHING,
)  # fmt: skip


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
    """"version", "name", "full", "busy" or "node"."""
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
    node: Annotated[str, NODE] = ""
    """The node that runs it."""
    damage: Annotated[bool, Flag()] = True
    level: Annotated[int, LEVEL] = 1
    mode: Annotated[int, MODE] = 0
    """0 a race, 1 a time trial."""


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
    car_class: Annotated[int, CAR_CLASS] = 1


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
    damage: Annotated[bool, Flag()] = True
    level: Annotated[int, LEVEL] = 1
    mode: Annotated[int, MODE] = 0
    starts_in: Annotated[int, Whole(0, 255)] = 0
    """Seconds until the race starts without who is not ready; 0: nobody is waited for."""


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
    damage: Annotated[bool, Flag()] = True
    """Whether impacts leave damage."""
    mode: Annotated[int, MODE] = 0
    """0 a race, 1 a time trial."""


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
    canisters: Annotated[int, CANISTERS] = 65535
    """A bit for each canister, set while it lies there."""


@dataclass(frozen=True, slots=True)
class SnapshotDelta:
    """What has changed since the snapshot that was sent last on this link."""

    data: Annotated[bytes, Blob(DELTA_BYTES_MAX)]
    """Steps, one a snapshot: see `delta.py`."""


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
    epoch: Annotated[int, U32] = 0


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
    epoch: Annotated[int, U32] = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """A majority of the replica set holds the result of this race."""

    race_id: Annotated[str, RACE_ID]
    epoch: Annotated[int, U32] = 0
    """That of `Results`; 0 once the next race of the room has begun."""


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


class GhostKind(IntEnum):
    """Whose lap a ghost drives."""

    OWN = 0
    """Your best."""
    RECORD = 1
    """The best of all."""


@dataclass(frozen=True, slots=True)
class GhostRow:
    """One recorded lap."""

    kind: Annotated[int, Whole(0, 1)]
    player_id: Annotated[str, PLAYER_ID]
    name: Annotated[str, NAME]
    lap_ms: Annotated[int, MILLISECONDS]
    lap: Annotated[bytes, Blob(GHOST_BYTES_MAX)]
    """See `laps.py`."""


@dataclass(frozen=True, slots=True)
class Ghosts:
    """Recorded laps of a track in a car; each row replaces the known one of its kind."""

    track: Annotated[str, TRACK]
    digest: Annotated[str, Text(16)]
    """Of the track that they were driven on."""
    car_class: Annotated[int, CAR_CLASS]
    rows: Annotated[tuple[GhostRow, ...], Many(GhostRow, 2)]
    saved: Annotated[int, Whole(0, 2)]
    """A `SavedState`."""
    available: Annotated[bool, Flag()] = True
    """False while the database cannot be asked."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What you have done here, whichever node counted it."""

    races: Annotated[int, U32]
    """Finished, by you or by a caretaker."""
    wins: Annotated[int, U32]
    days_ago: Annotated[int, DAYS]
    """How long ago the last of them ended, in whole days; 0 for none."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """You are in your seat again."""

    room_id: Annotated[str, ROOM_ID]
    seconds_away: Annotated[float, Real(0.0, 1e6)]
    lap: Annotated[int, Whole(0, 255)]
    gates_lost: Annotated[int, Whole(0, 65535)]
    text: Annotated[str, SENTENCE]
    missed: Annotated[int, Whole(0, 65535)] = 0
    """Lines of the room's chat that were said after `Resume.line`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the player."""

    kind: Annotated[int, Whole(0, 2)]
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on at another node; the connection closes."""

    address: Annotated[str, ADDRESS]
    room_id: Annotated[str, ROOM_ID]
    """The room that is there; empty: no room in particular."""
    ticket: Annotated[str, TICKET] = field(repr=False)
    """For `Hello`, once."""
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node of the game."""

    node: Annotated[str, NODE]
    address: Annotated[str, ADDRESS]
    here: Annotated[bool, Flag()]
    """Whether this is the node that says so."""
    draining: Annotated[bool, Flag()]
    """Whether it hands its rooms over and takes no new ones."""
    load: Annotated[int, Whole(0, 1000)]
    """In thousandths of what it can bear."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes that are alive; it replaces the last list."""

    rows: Annotated[tuple[NodeRow, ...], Many(NodeRow, NODES_MAX)]


@dataclass(frozen=True, slots=True)
class RacePaused:
    """The race stands still, and why; a `RaceStart` ends it."""

    room_id: Annotated[str, ROOM_ID]
    epoch: Annotated[int, U32]
    text: Annotated[str, SENTENCE]


@dataclass(frozen=True, slots=True)
class Dismissed:
    """You are in this room no longer, neither in a seat nor watching."""

    room_id: Annotated[str, ROOM_ID]
    text: Annotated[str, SENTENCE]
