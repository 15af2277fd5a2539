"""What the world of nodes has beside nodes: a database, and a judge over it.

`Archive` follows `Store`; its clock may jump, and it may be away. `Judge` sees
all that was accepted, confirmed and shown, and objects.

Units: seconds.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cluster import LEASE_S
from db.store import Card, ChatRecord, Claim, Lease, ResultRecord, RoomSave
from protocol import RaceStart, Snapshot, unpack_cars
from tests.node_player import SimPlayer
from track import track_of

if TYPE_CHECKING:
    from tests.node_world import World


@dataclass
class Row:
    """The document of a room."""

    claim: Claim
    epoch: int
    until: float
    save: RoomSave | None = None
    finished: dict[str, ResultRecord] = field(default_factory=dict)


@dataclass
class Archive:
    """What a majority holds; its clock may jump."""

    rooms: dict[str, Row] = field(default_factory=dict)
    cards: dict[str, tuple[Card, float]] = field(default_factory=dict)
    results: dict[str, ResultRecord] = field(default_factory=dict)
    chat: dict[str, ChatRecord] = field(default_factory=dict)
    away: bool = False
    skew: float = 0.0

    def lease(self, room_id: str, now: float) -> Lease:
        """Return a lease as it is."""
        row = self.rooms[room_id]
        who, left = row.claim, row.until - now - self.skew
        saved = row.save is not None or bool(row.finished)
        return Lease(room_id, who.node, who.boot, who.address, row.epoch, left, saved)

    def take(self, room_id: str, claim: Claim, over: int | None, now: float) -> Lease:
        """As `Store.take_lease`."""
        until = now + self.skew + LEASE_S
        row = self.rooms.get(room_id)
        if row is None:
            self.rooms[room_id] = Row(claim, 1, until)
        elif row.claim.boot == claim.boot:
            row.until = until
        elif row.claim.node == claim.node or row.until <= now + self.skew or row.epoch == over:
            row.claim, row.epoch, row.until = claim, row.epoch + 1, until
        return self.lease(room_id, now)

    def owned(self, room_id: str, epoch: int, boot: str | None = None) -> Row | None:
        """Return a room if it is still of this epoch, and of this process."""
        row = self.rooms.get(room_id)
        fits = row is not None and row.epoch == epoch and boot in (None, row.claim.boot)
        return row if fits else None


@dataclass
class Judge:
    """Sees everything, and objects."""

    world: World
    accepted: list[tuple[str, int, str, int]] = field(default_factory=list)
    """Room, epoch, boot and sequence of each save that was accepted, in order."""
    laps: dict[tuple[str, int], int] = field(default_factory=dict)
    """Gates of race and slot in the newest accepted save."""
    finished: dict[str, ResultRecord] = field(default_factory=dict)
    confirmations: set[str] = field(default_factory=set)
    snapshots: int = 0
    hops: dict[str, deque[float]] = field(default_factory=dict)

    def save(self, save: RoomSave, boot: str) -> None:
        """A save was accepted: nothing in it may have gone back."""
        for room_id, epoch, whose, seq in reversed(self.accepted):
            if room_id == save.room_id:
                assert (epoch, seq) <= (save.epoch, save.seq), "a save of an older owner"
                assert epoch < save.epoch or whose == boot, "two owners of one epoch"
                assert seq < save.seq, "a save that is not newer"
                break
        self.accepted.append((save.room_id, save.epoch, boot, save.seq))
        live = json.loads(save.blob)["live"]
        if live is None:
            return
        race_id = live["race_id"]
        assert race_id not in self.finished, "a race that was over goes on"
        for racer in live["race"]["racers"]:
            key = (race_id, racer["slot"])
            assert racer["gates_passed"] >= self.laps.get(key, 0), "a confirmed gate is lost"
            self.laps[key] = racer["gates_passed"]

    def result(self, record: ResultRecord) -> None:
        """A result was accepted by its room."""
        assert self.finished.setdefault(record.race_id, record) == record, "two results"

    def confirmed(self, race_id: str) -> None:
        """A player was told that a result is kept."""
        assert race_id in self.world.archive.results, "saved was said of what is not"
        self.confirmations.add(race_id)

    def saw(self, player: SimPlayer, start: RaceStart, shown: Snapshot) -> None:
        """A player believed a snapshot: no confirmed lap may be missing in it."""
        self.snapshots += 1
        gates = len(track_of("meadow").gates)
        row = self.world.archive.rooms.get(start.room_id)
        if row is None or row.epoch != shown.epoch:
            return
        for car in unpack_cars(shown.cars):
            before = self.world.laps_before(start.race_id, car.slot)
            assert car.lap >= max(0, before - 1) // gates, "a player lost a confirmed lap"

    def sent_on(self, player: SimPlayer, now: float) -> None:
        """A player was redirected: not in circles."""
        hops = self.hops.setdefault(player.name, deque(maxlen=9))
        hops.append(now)
        assert len(hops) < 9 or hops[-1] - hops[0] > 10.0, "a redirect loop"
