"""What a database must do for Slipstream, and the records that it keeps.

Methods block and are called by the store thread only. A write returns when
a majority holds it, and may be repeated: each is idempotent. Which database
it is, is not known here.

Units: milliseconds where the name ends in `_ms`, seconds since 1970 for
`..._at`, ticks for `tick`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlayerRecord:
    """A player, by the public id."""

    player_id: str
    name: str
    seen_at: float


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One car of a result."""

    player_id: str
    """Empty for the server's own bots."""
    name: str
    kind: int
    """0 a person, 1 a bot, 2 a caretaker finished for a person."""
    place: int
    total_ms: int
    """0 for who did not finish."""
    best_lap_ms: int
    """0 for who completed no lap."""
    points: int


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """How one race ended."""

    race_id: str
    room_id: str
    title: str
    track: str
    laps: int
    finished_at: float
    rows: tuple[ResultLine, ...]


@dataclass(frozen=True, slots=True)
class BestLap:
    """The best lap of one player on one track."""

    track: str
    player_id: str
    name: str
    lap_ms: int
    race_id: str
    set_at: float


@dataclass(frozen=True, slots=True)
class RoomSave:
    """The newest save of a live race."""

    room_id: str
    epoch: int
    """The number of the room's owner; an older one is refused."""
    seq: int
    """Counts the saves of a race up; an older one is refused."""
    tick: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """One line of chat."""

    line_id: str
    """Chosen by the writer, so that repeating the write changes nothing."""
    channel: int
    room_id: str
    author: str
    text: str
    kind: int
    sent_at: float


class Store(Protocol):
    """The interface of every database.

    Every method may raise `StoreUnavailable`: try again later. A write of
    what no database takes raises `StoreBroken`. What cannot be read is left
    out of an answer, and logged.
    """

    durable: bool
    """Whether anything survives the process."""

    def claim_room(self, room_id: str, owner: str) -> int:
        """Make `owner` the owner of a room; return the epoch, raised if it changed."""

    def put_save(self, save: RoomSave, owner: str) -> None:
        """Keep the newest save of a room.

        Raises:
            StoreRefused: the epoch is not the room's, or the save is old.
        """

    def saves(self) -> list[RoomSave]:
        """Return the saves of all races that were live."""

    def end_room(self, room_id: str, epoch: int) -> None:
        """Forget the save of a room, unless another owner has it by now.

        The room stays its owner's: the next race in it is saved under the
        same epoch.
        """

    def put_result(self, record: ResultRecord) -> None:
        """Keep a result, and the best laps in it."""

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best lap of each player on a track, fastest first."""

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        """Keep lines of chat."""

    def recent_chat(self, channel: int, room_id: str, limit: int) -> list[ChatRecord]:
        """Return the newest lines, oldest first."""

    def close(self) -> None:
        """Let go of the database."""


def best_laps_of(record: ResultRecord) -> list[BestLap]:
    """Return the laps of a result that may enter a leaderboard: those of players."""
    return [
        BestLap(
            record.track, row.player_id, row.name, row.best_lap_ms, record.race_id,
            record.finished_at,
        )
        for row in record.rows
        if row.player_id and row.best_lap_ms > 0
    ]  # fmt: skip
