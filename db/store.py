"""What a database must do for Slipstream, and the records that it keeps.

Methods block; several threads may call them. A write returns when a majority
holds it, and may be repeated: each is idempotent. Which database it is, is
not known here.

A room belongs to whoever holds its lease. Its *epoch* rises with each new
owner, so an epoch has had one owner only, and every write of a room names it:
the database refuses an older one.

Units: milliseconds where the name ends in `_ms`, seconds since 1970 for
`..._at`, ticks for `tick`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


TRIAL = 1
"""`ResultRecord.mode` of a time trial."""


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
    mode: int = 0
    """0 a race, 1 a time trial, which counts in no profile."""


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
class GhostRecord:
    """The best recorded lap of one player on one track, as it was then, in one class of car."""

    track: str
    digest: str
    """Of the track that it was driven on: a changed one has no old ghosts."""
    car_class: int
    player_id: str
    name: str
    lap_ms: int
    lap: bytes
    """As `protocol.pack_lap` writes it."""
    race_id: str
    set_at: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What one player has done, counted from the results."""

    player_id: str
    races: int = 0
    """Those that were finished."""
    wins: int = 0
    raced_at: float = 0.0
    """When the last of them ended; 0 for none."""


@dataclass(frozen=True, slots=True)
class RoomSave:
    """The newest save of a room, with its race if it has one."""

    room_id: str
    epoch: int
    """Of the owner who wrote it; an older one than the room's is refused."""
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
    number: int = 0
    """Of a line in a room, counted by its owners; 0 in the lobby, where nodes talk at once."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks for a lease: a node, in this life, and where it is reached."""

    node: str
    """The name of the node, unique among all that share a database."""
    boot: str
    """Chosen by each process, so that a node never believes an earlier life."""
    address: str
    """HOST:PORT for clients."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The timed right to run a room, as it stood when it was read."""

    room_id: str
    node: str
    boot: str
    address: str
    epoch: int
    left_s: float
    """By the clock of the database, 0 or less when it has run out."""
    saved: bool
    """Whether the room left anything: a save, or a result on its way."""


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room as other nodes show it."""

    room_id: str
    title: str
    track: str
    laps: int
    phase: int
    players: int
    bots: int
    seats: int
    damage: bool = True
    level: int = 1
    mode: int = 0


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A player as other nodes show it."""

    player_id: str
    name: str
    room_id: str
    rtt_ms: int
    here: bool = True
    """False while the connection is lost and the seat is kept."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a node tells of itself, twice a second."""

    node: str
    boot: str
    address: str
    draining: bool
    load: float
    """The share of a tick that the work of a tick takes, 0 to 1 and more."""
    rooms: tuple[RoomCard, ...]
    people: tuple[PersonCard, ...]
    age_s: float = 0.0
    """Set when read: how long ago it was written, by the database's clock."""
    full: bool = False
    """Whether it lets no newcomers in."""


class Store(Protocol):
    """The interface of every database.

    Every method may raise `StoreUnavailable`: try again later. A write of
    what no database takes raises `StoreBroken`. What cannot be read is left
    out of an answer, and logged.
    """

    durable: bool
    """Whether anything survives the process."""

    # Nodes

    def announce(self, card: Card, previous: str = "") -> None:
        """Write the card of this node.

        Args:
            previous: the boot of our own last life, whose card may be replaced
                however fresh it is.

        Raises:
            StoreRefused: another process bears the name of this node, and lives.
        """

    def cards(self) -> list[Card]:
        """Return the cards of all nodes, with their ages."""

    def withdraw(self, claim: Claim) -> None:
        """Take the card of this process away: it ends well.

        The leases that it still holds end now, so that others need not wait.
        """

    def secret(self) -> bytes:
        """Return what all nodes of this database share and nobody else knows."""

    # Rooms

    def take_lease(
        self, room_id: str, claim: Claim, ttl_s: float, over: int | None = None
    ) -> Lease:
        """Take the lease of a room where it is free; return it as it is then.

        Free is a room that nobody holds, whose lease has run out, that this
        node held in an earlier life, or whose epoch is still `over`. The epoch
        is raised unless this very process holds the room already.
        """

    def renew_leases(self, room_ids: Sequence[str], claim: Claim, ttl_s: float) -> list[str]:
        """Prolong the leases of this process; return which of the rooms it holds."""

    def pass_lease(self, save: RoomSave, claim: Claim, to: Claim, ttl_s: float) -> Lease:
        """Write the last save of a room and give the room away, in one step.

        It is done where the room is the claimant's under the save's epoch: the
        owner is `to` then, under a higher one. Return the lease as it is.
        """

    def drop_lease(self, room_id: str, epoch: int) -> None:
        """Let a room go for good, save and all, unless it has a later owner by now."""

    def leases(self) -> list[Lease]:
        """Return the leases of all rooms that are not let go."""

    def put_save(self, save: RoomSave, boot: str, ttl_s: float) -> None:
        """Keep the newest save of a room, and prolong its lease.

        An older save than the room's changes nothing.

        Raises:
            StoreRefused: the room is not this process's under the save's epoch.
        """

    def read_save(self, room_id: str) -> RoomSave | None:
        """Return the newest save of a room."""

    def publish(self, room_id: str) -> None:
        """Bring results that an owner left in a room to where all results are."""

    # Results, players, chat

    def put_result(
        self, record: ResultRecord, epoch: int = 0, save: RoomSave | None = None
    ) -> None:
        """Keep a result and the best laps in it.

        The save of that race goes, or is replaced by one of the room without
        it; saves that are older than that are not taken any more.

        Raises:
            StoreRefused: the epoch is not the room's; 0 is not judged.
        """

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best lap of each player on a track, fastest first."""

    def known_best_laps(self, track: str, limit: int) -> list[BestLap] | None:
        """Return the same from memory, without waiting; None: it has to be asked for."""

    def put_ghost(self, record: GhostRecord) -> None:
        """Keep a recorded lap, and its time as a best lap, unless its driver had a faster one."""

    def ghosts(
        self, digest: str, car_class: int, player_id: str
    ) -> tuple[GhostRecord | None, GhostRecord | None]:
        """Return a player's best recorded lap on a track, and the best of all."""

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""

    def player(self, player_id: str) -> PlayerRecord | None:
        """Return what is known of a player."""

    def profile(self, player_id: str) -> Profile:
        """Return what a player has done."""

    def known_profile(self, player_id: str) -> Profile | None:
        """Return the same from memory, without waiting; None: it has to be asked for."""

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        """Keep lines of chat."""

    def recent_chat(self, channel: int, room_id: str, limit: int) -> list[ChatRecord]:
        """Return the newest lines, oldest first: by number, then by time."""

    def hear_chat(
        self, channel: int, heard: Callable[[ChatRecord], None], done: Callable[[], bool]
    ) -> None:
        """Tell each line of a channel that any node keeps, from now until it is done.

        Called again after `StoreUnavailable`, it goes on behind the last line
        that it told; a line may be told twice.
        """

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


def best_lap_of(record: GhostRecord) -> BestLap:
    """Return a recorded lap as a leaderboard has it."""
    return BestLap(
        record.track, record.player_id, record.name, record.lap_ms, record.race_id, record.set_at
    )


def profile_of(player_id: str, records: Iterable[ResultRecord]) -> Profile:
    """Return what a player has done in these races."""
    races, wins, raced_at = 0, 0, 0.0
    for record in records:
        for row in record.rows if record.mode != TRIAL else ():
            if row.player_id == player_id and row.total_ms > 0:
                races, wins = races + 1, wins + (row.place == 1)
                raced_at = max(raced_at, record.finished_at)
    return Profile(player_id, races, wins, raced_at)
