"""A store that forgets: the same contract in dictionaries, for play and tests.

Nothing survives the process, and `durable` says so; players are told that
their results are not kept. One process has it for itself, but tests let
several nodes share one.

Units: as in `store.py`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from db.store import (
    BestLap,
    Card,
    ChatRecord,
    Claim,
    GhostRecord,
    Lease,
    PlayerRecord,
    Profile,
    ResultRecord,
    RoomSave,
    best_lap_of,
    best_laps_of,
    profile_of,
)
from errors import StoreRefused

ROOMS_MAX = 4096
RESULTS_MAX = 1000
GHOSTS_MAX = 1000
PLAYERS_MAX = 10_000
CHAT_LINES_MAX = 1000
CARDS_MAX = 256
CARD_LIVES_S = 3.0
LISTEN_S = 0.1
SECRET_BYTES = 32


@dataclass(slots=True)
class RoomRow:
    """What is known of a room; one that was let go keeps its epoch."""

    claim: Claim | None = None
    epoch: int = 0
    lease_until: float = 0.0
    save: RoomSave | None = None
    finished: dict[str, ResultRecord] = field(default_factory=dict)


class MemoryStore:
    """A `Store` in memory; several threads may call it."""

    durable = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(SECRET_BYTES)
        self._cards: dict[str, tuple[Card, float]] = {}
        self._rooms: dict[str, RoomRow] = {}
        self._results: dict[str, ResultRecord] = {}
        self._best: dict[tuple[str, str], BestLap] = {}
        self._ghosts: dict[tuple[str, int, str], GhostRecord] = {}
        self._players: dict[str, PlayerRecord] = {}
        self._chat: dict[str, ChatRecord] = {}
        self._lock = threading.RLock()
        self._said = threading.Condition(self._lock)
        self._said_count = 0

    @contextmanager
    def _held(self) -> Iterator[float]:
        """Hold everything for one operation; yield its time."""
        with self._lock:
            yield self._clock()

    # Nodes

    def announce(self, card: Card, previous: str = "") -> None:
        """Write the card of this node."""
        with self._held() as now:
            old, at = self._cards.get(card.node, (card, now))
            if old.boot not in (card.boot, previous) and now - at < CARD_LIVES_S:
                raise StoreRefused(
                    f'another server at {old.address} bears the name "{card.node}" already: '
                    "give this one a --name of its own"
                )
            self._cards[card.node] = (card, now)
            while len(self._cards) > CARDS_MAX:
                del self._cards[next(iter(self._cards))]

    def cards(self) -> list[Card]:
        """Return the cards of all nodes, with their ages."""
        with self._held() as now:
            return [replace(card, age_s=now - at) for card, at in self._cards.values()]

    def withdraw(self, claim: Claim) -> None:
        """Take the card of this process away, and end its leases."""
        with self._held() as now:
            for room_id, row in self._rooms.items():
                if self._is_of(room_id, claim.boot):
                    row.lease_until = now
            if claim.node in self._cards and self._cards[claim.node][0].boot == claim.boot:
                del self._cards[claim.node]

    def secret(self) -> bytes:
        """Return what all nodes share."""
        return self._secret

    # Rooms

    def take_lease(
        self, room_id: str, claim: Claim, ttl_s: float, over: int | None = None
    ) -> Lease:
        """Take the lease of a room where it is free; return it as it is then."""
        with self._held() as now:
            row = self._rooms.setdefault(room_id, RoomRow())
            held = row.claim
            mine = held is not None and held.boot == claim.boot
            free = (
                held is None
                or mine
                or held.node == claim.node
                or row.lease_until <= now
                or row.epoch == over
            )
            if free:
                row.epoch += not mine
                row.claim, row.lease_until = claim, now + ttl_s
            self._forget_rooms(room_id)
            return self._lease(room_id, now)

    def _forget_rooms(self, spared: str) -> None:
        if len(self._rooms) > ROOMS_MAX:
            gone = (one for one, row in self._rooms.items() if row.claim is None and one != spared)
            oldest = next(gone, None)
            if oldest is not None:
                del self._rooms[oldest]

    def _lease(self, room_id: str, now: float) -> Lease:
        row = self._rooms.get(room_id, RoomRow())
        who = row.claim or Claim("", "", "")
        left = row.lease_until - now if row.claim is not None else 0.0
        saved = row.save is not None or bool(row.finished)
        return Lease(room_id, who.node, who.boot, who.address, row.epoch, left, saved)

    def renew_leases(self, room_ids: Sequence[str], claim: Claim, ttl_s: float) -> list[str]:
        """Prolong the leases of this process; return which of the rooms it holds."""
        with self._held() as now:
            mine = [one for one in room_ids if self._is_of(one, claim.boot)]
            for room_id in mine:
                self._rooms[room_id].lease_until = now + ttl_s
            return mine

    def _is_of(self, room_id: str, boot: str) -> bool:
        row = self._rooms.get(room_id)
        return row is not None and row.claim is not None and row.claim.boot == boot

    def pass_lease(self, save: RoomSave, claim: Claim, to: Claim, ttl_s: float) -> Lease:
        """Write the last save of a room and give the room away, in one step."""
        with self._held() as now:
            if self._is_of(save.room_id, claim.boot):
                row = self._rooms[save.room_id]
                if row.epoch == save.epoch:
                    row.claim, row.epoch, row.save = to, row.epoch + 1, save
                    row.lease_until = now + ttl_s
            return self._lease(save.room_id, now)

    def drop_lease(self, room_id: str, epoch: int) -> None:
        """Let a room go for good, unless it has a later owner by now."""
        with self._lock:
            row = self._rooms.get(room_id)
            if row is not None and row.epoch <= epoch:
                self._rooms[room_id] = RoomRow(epoch=row.epoch)

    def leases(self) -> list[Lease]:
        """Return the leases of all rooms that are not let go."""
        with self._held() as now:
            return [self._lease(one, now) for one, row in self._rooms.items() if row.claim]

    def put_save(self, save: RoomSave, boot: str, ttl_s: float) -> None:
        """Keep the newest save of a room, and prolong its lease."""
        with self._held() as now:
            row = self._rooms.get(save.room_id)
            if row is None or not self._is_of(save.room_id, boot) or row.epoch != save.epoch:
                raise StoreRefused(f"room {save.room_id} is not ours under epoch {save.epoch}")
            if row.save is None or row.save.seq <= save.seq:
                row.save, row.lease_until = save, now + ttl_s

    def read_save(self, room_id: str) -> RoomSave | None:
        """Return the newest save of a room."""
        with self._lock:
            row = self._rooms.get(room_id)
            return row.save if row is not None else None

    def publish(self, room_id: str) -> None:
        """Bring results that an owner left in a room to where all results are."""
        with self._lock:
            row = self._rooms.get(room_id)
            if row is not None:
                for record in row.finished.values():
                    self._publish(record)
                row.finished.clear()

    # Results, players, chat

    def put_result(
        self, record: ResultRecord, epoch: int = 0, save: RoomSave | None = None
    ) -> None:
        """Keep a result and its best laps; the save of that race goes."""
        with self._lock:
            if epoch and record.race_id not in self._results:
                row = self._rooms.get(record.room_id)
                if row is None or row.epoch != epoch:
                    raise StoreRefused(f"room {record.room_id} has another epoch than {epoch}")
                row.save = save
            self._publish(record)

    def _publish(self, record: ResultRecord) -> None:
        self._results.setdefault(record.race_id, record)
        while len(self._results) > RESULTS_MAX:
            del self._results[next(iter(self._results))]
        for lap in best_laps_of(record):
            self._keep_best(lap)

    def _keep_best(self, lap: BestLap) -> None:
        key = (lap.track, lap.player_id)
        if key not in self._best or lap.lap_ms < self._best[key].lap_ms:
            self._best[key] = lap

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""
        with self._lock:
            return sorted(self._results.values(), key=lambda one: -one.finished_at)[:limit]

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best laps on a track, fastest first."""
        with self._lock:
            laps = [lap for lap in self._best.values() if lap.track == track]
            return sorted(laps, key=lambda lap: (lap.lap_ms, lap.set_at))[:limit]

    def known_best_laps(self, track: str, limit: int) -> list[BestLap] | None:
        """Return nothing: here it costs nothing to ask."""
        return None

    def put_ghost(self, record: GhostRecord) -> None:
        """Keep a recorded lap unless its driver had a faster one."""
        with self._lock:
            key = (record.digest, record.car_class, record.player_id)
            known = self._ghosts.get(key)
            if known is None or record.lap_ms < known.lap_ms:
                self._ghosts[key] = record
            while len(self._ghosts) > GHOSTS_MAX:
                del self._ghosts[next(iter(self._ghosts))]
            self._keep_best(best_lap_of(record))

    def ghosts(
        self, digest: str, car_class: int, player_id: str
    ) -> tuple[GhostRecord | None, GhostRecord | None]:
        """Return a player's best recorded lap on a track, and the best of all."""
        with self._lock:
            there = [
                one
                for one in self._ghosts.values()
                if (one.digest, one.car_class) == (digest, car_class)
            ]
            own = self._ghosts.get((digest, car_class, player_id))
            best = min(there, key=lambda one: (one.lap_ms, one.set_at), default=None)
            return own, best

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""
        with self._lock:
            self._players[record.player_id] = record
            while len(self._players) > PLAYERS_MAX:
                del self._players[next(iter(self._players))]
            for key, lap in self._best.items():
                if lap.player_id == record.player_id and lap.name != record.name:
                    self._best[key] = replace(lap, name=record.name)
            for at, ghost in self._ghosts.items():
                if ghost.player_id == record.player_id:
                    self._ghosts[at] = replace(ghost, name=record.name)

    def player(self, player_id: str) -> PlayerRecord | None:
        """Return what is known of a player."""
        with self._lock:
            return self._players.get(player_id)

    def profile(self, player_id: str) -> Profile:
        """Return what a player has done."""
        with self._lock:
            return profile_of(player_id, self._results.values())

    def known_profile(self, player_id: str) -> Profile | None:
        """Return nothing: here it costs little to ask."""
        return None

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        """Keep lines of chat."""
        with self._said:
            for record in records:
                if record.line_id not in self._chat:
                    self._chat[record.line_id] = record
                    self._said_count += 1
            while len(self._chat) > CHAT_LINES_MAX:
                del self._chat[next(iter(self._chat))]
            self._said.notify_all()

    def recent_chat(self, channel: int, room_id: str, limit: int) -> list[ChatRecord]:
        """Return the newest lines, oldest first."""
        with self._lock:
            lines = [
                one
                for one in self._chat.values()
                if (one.channel, one.room_id) == (channel, room_id)
            ]
            return sorted(lines, key=lambda one: (one.number, one.sent_at))[-limit:]

    def hear_chat(
        self, channel: int, heard: Callable[[ChatRecord], None], done: Callable[[], bool]
    ) -> None:
        """Tell each line of a channel that is kept from now until it is done."""
        with self._said:
            told = self._said_count
            while not done():
                self._said.wait(LISTEN_S)
                count = self._said_count - told
                new = list(self._chat.values())[max(0, len(self._chat) - count) :]
                told = self._said_count
                for record in new:
                    if record.channel == channel:
                        heard(record)

    def close(self) -> None:
        """Do nothing: there is nothing to let go."""
