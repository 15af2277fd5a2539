"""What `Game` asks of its shell, and what the shell answers: plain values.

An *effect* is something for the shell to do: send, close, save. An *outcome*
is how a durable effect ended; the shell hands it back to `Game.settle`.
Nothing here does anything.

Units: ticks, seconds since 1970 inside records.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.store import BestLap, ChatRecord, PlayerRecord, ResultRecord, RoomSave
from protocol import Message


@dataclass(frozen=True, slots=True)
class Send:
    """Deliver a message, in order, to each of these links."""

    link_ids: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class SendSnapshot:
    """Offer the newest snapshot: a link that is behind may skip it."""

    link_ids: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class Close:
    """Send the last message, if there is one, and close the link."""

    link_id: int
    message: Message | None


@dataclass(frozen=True, slots=True)
class ClaimRoom:
    """Make this node the owner of a room; answered by `RoomClaimed`."""

    room_id: str


@dataclass(frozen=True, slots=True)
class SaveRoom:
    """Save a live race; answered by `RoomSaved` or `RoomLost`."""

    save: RoomSave


@dataclass(frozen=True, slots=True)
class EndRoom:
    """The race of this room is over: its save is no longer needed."""

    room_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class SaveResult:
    """Keep a result for good; answered by `ResultSaved`, however late."""

    record: ResultRecord


@dataclass(frozen=True, slots=True)
class SavePlayer:
    """Remember a player's name; not answered."""

    record: PlayerRecord


@dataclass(frozen=True, slots=True)
class SaveChat:
    """Keep a line of chat, if the database keeps up; not answered."""

    record: ChatRecord


@dataclass(frozen=True, slots=True)
class FindBestLaps:
    """Look up a leaderboard; answered by `BestLapsFound`."""

    link_id: int
    track: str


Effect = (
    Send
    | SendSnapshot
    | Close
    | ClaimRoom
    | SaveRoom
    | EndRoom
    | SaveResult
    | SavePlayer
    | SaveChat
    | FindBestLaps
)


@dataclass(frozen=True, slots=True)
class RoomClaimed:
    """This node owns the room, under this epoch."""

    room_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class RoomSaved:
    """A majority holds this save, or it was skipped (`kept` is then False)."""

    room_id: str
    seq: int
    kept: bool


@dataclass(frozen=True, slots=True)
class RoomLost:
    """The database refused the epoch: another node owns the room."""

    room_id: str


@dataclass(frozen=True, slots=True)
class ResultSaved:
    """A majority holds this result."""

    race_id: str


@dataclass(frozen=True, slots=True)
class BestLapsFound:
    """A leaderboard; `laps` is None while the database cannot be asked."""

    link_id: int
    track: str
    laps: tuple[BestLap, ...] | None


Outcome = RoomClaimed | RoomSaved | RoomLost | ResultSaved | BestLapsFound
