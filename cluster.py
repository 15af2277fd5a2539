"""Which node runs which room: cards, leases and takeover.

A *node* is one server process. Each keeps a card in the database, with what it
runs and who is with it, and reads those of the others; a room belongs to the
node that holds its lease. `Cluster` decides when to announce, renew, take over
and stop; it does no I/O, reads no clock and steps no race: `tick` and `settle`
take the monotonic time, effects ask the shell, and orders tell the game.

Safety never rests on a clock: whoever takes a room raises its epoch, and the
database refuses writes of an older one. The *deadline*, counted from before a
renewal was sent, stops a node that cannot renew before another may take over.
Suspicion (a stale card and a refused connection) only shortens the wait.

Units: seconds (monotonic).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from db.store import Card, ChatRecord, Claim, Lease, RoomSave
from effects import (
    Announce,
    Announced,
    DropLease,
    LeaseAnswered,
    LeasesRenewed,
    LookAround,
    Probe,
    Probed,
    RenewLeases,
    Seen,
    TakeLease,
)

LEASE_S = 5.0
"""The right to run a room lasts so long beyond its last renewal."""
RENEW_EVERY_S = 1.0
RETRY_S = 0.3
"""After a renewal that found no database."""
MARGIN_S = 0.25
"""A node stops so long before its lease ends: timers are late, never early."""
LOOK_EVERY_S = 0.5
"""Cards and leases are read, and the own card is written, so often."""
STALE_S = 1.6
"""A node whose card is older than three announcements is suspected."""
PROBE_EVERY_S = 0.5
PROBE_HOLDS_S = 1.5
"""For so long a refused connection supports the suspicion."""
RANK_WAIT_S = 0.6
"""Nodes agree without talking on who takes a room first; the next waits so long."""
TAKE_AT_ONCE = 4
"""Takeovers under way at the same time, so that a node is not buried by them."""
NODES_MAX = 64

ClusterEffect = Announce | LookAround | TakeLease | RenewLeases | DropLease | Probe


@dataclass(frozen=True, slots=True)
class Granted:
    """A room of ours has its lease, under this epoch."""

    room_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A room of another node, or of our own earlier life, is ours: restore it."""

    room_id: str
    epoch: int
    save: RoomSave
    chat: tuple[ChatRecord, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """The lease could not be renewed in time: this room must stand still."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Unpause:
    """The lease is renewed under the same epoch: the room may go on."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Another node has the room: drop it and send its players there."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Unwelcome:
    """Another node bears our name: this process must not go on."""

    text: str


Order = Granted | TakenOver | Pause | Unpause | Lost | Unwelcome


@dataclass(slots=True)
class Held:
    """A room whose lease is ours."""

    epoch: int
    deadline: float
    paused: bool = False


@dataclass(slots=True)
class Orphan:
    """A room that its owner may have lost, as we came to see it."""

    since: float
    asked: bool = False


@dataclass(slots=True)
class Suspect:
    """A node whose card has grown stale."""

    probe_at: float = 0.0
    refused_at: float | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A renewal under way: when it was sent, and for which epochs."""

    sent_at: float
    epochs: dict[str, int]


@dataclass(slots=True)
class Sighting:
    """Cards and leases, and when they were read."""

    at: float = 0.0
    cards: dict[str, Card] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)


class Cluster:
    """What one node knows of all, and the leases that it holds."""

    def __init__(self, claim: Claim, describe: Callable[[], Card]) -> None:
        self.claim = claim
        self.held: dict[str, Held] = {}
        self.draining = False
        self.orders: list[Order] = []
        """What the game must do now; whoever calls us takes them out."""
        self._describe = describe
        self._seen = Sighting()
        self._wanted: set[str] = set()
        """Rooms opened here whose lease was never granted yet."""
        self._asked: dict[str, float] = {}
        """Leases that were asked for and not answered, with the time of asking."""
        self._retry: dict[str, float] = {}
        self._orphans: dict[str, Orphan] = {}
        self._suspects: dict[str, Suspect] = {}
        self._look_at = 0.0
        self._looking = False
        self._announcing = False
        self._renew_at = 0.0
        self._renewal: Renewal | None = None

    # What the game asks

    def want(self, room_id: str) -> None:
        """A room was opened here: get its lease, however long that takes."""
        self._wanted.add(room_id)

    def release(self, room_id: str) -> list[ClusterEffect]:
        """A room of ours is closed for good."""
        self._wanted.discard(room_id)
        self._retry.pop(room_id, None)
        held = self.held.pop(room_id, None)
        return [DropLease(room_id, held.epoch)] if held is not None else []

    def may_run(self, room_id: str, now: float) -> bool:
        """Whether this node may step, send and acknowledge a room at this moment.

        A room that never had a lease is known to nobody else and may run.
        """
        held = self.held.get(room_id)
        return now < held.deadline if held is not None else room_id in self._wanted

    def drop(self, room_id: str) -> None:
        """Forget a room: the database has told that it is not ours."""
        self._wanted.discard(room_id)
        self.held.pop(room_id, None)

    def lease_of(self, room_id: str) -> Lease | None:
        """Return the newest lease that was seen for a room of any node."""
        return self._seen.leases.get(room_id)

    def others(self, now: float) -> list[Card]:
        """Return the cards of the other nodes that are alive, by name."""
        return [card for _, card in sorted(self._seen.cards.items()) if self._is_fresh(card, now)]

    def room_of(self, player_id: str) -> str:
        """Return the room in which a node, alive or not, last had a player; or ""."""
        for card in self._seen.cards.values():
            for person in card.people:
                if person.player_id == player_id and person.room_id in self._seen.leases:
                    return person.room_id
        return ""

    # What time and the database bring

    def tick(self, now: float) -> list[ClusterEffect]:
        """Do what is due."""
        for room_id, held in self.held.items():
            if not held.paused and now >= held.deadline:
                held.paused = True
                self.orders.append(Pause(room_id))
        effects: list[ClusterEffect] = []
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            if not self._announcing:
                self._announcing = True
                effects.append(Announce(self._describe()))
            if not self._looking:
                self._looking = True
                effects.append(LookAround())
        if self.held and self._renewal is None and now >= self._renew_at:
            self._renewal = Renewal(now, {room: held.epoch for room, held in self.held.items()})
            effects.append(RenewLeases(tuple(sorted(self.held))))
        for room_id in sorted(self._wanted):
            if room_id not in self._asked and now >= self._retry.get(room_id, 0.0):
                effects.append(self._ask(room_id, None, False, now))
        effects.extend(self._take_orphans(now))
        return effects

    def settle(
        self, outcome: Announced | Seen | LeaseAnswered | LeasesRenewed | Probed, now: float
    ) -> None:
        """Take in an answer of the shell."""
        match outcome:
            case Announced(refusal):
                self._announcing = False
                if refusal:
                    self.orders.append(Unwelcome(refusal))
            case Seen(cards, leases):
                self._looking = False
                if cards is not None:
                    self._see(cards, leases, now)
            case LeaseAnswered():
                self._answered(outcome, now)
            case LeasesRenewed(room_ids):
                self._renewed(room_ids, now)
            case Probed(node, refused):
                suspect = self._suspects.get(node)
                if suspect is not None:
                    suspect.refused_at = now if refused else None

    def _ask(self, room_id: str, over: int | None, restore: bool, now: float) -> TakeLease:
        self._asked[room_id] = now
        return TakeLease(room_id, over, restore)

    def _see(self, cards: Iterable[Card], leases: Iterable[Lease], now: float) -> None:
        mine = self.claim.node
        others = [card for card in cards if card.node != mine][:NODES_MAX]
        self._seen = Sighting(
            now, {card.node: card for card in others}, {one.room_id: one for one in leases}
        )
        self._suspects = {
            card.node: self._suspects.get(card.node, Suspect())
            for card in others
            if card.age_s >= STALE_S
        }
        orphans = {
            lease.room_id: self._orphans.get(lease.room_id, Orphan(now))
            for lease in self._seen.leases.values()
            if lease.room_id not in self.held and lease.saved and self._is_orphan(lease, now)
        }
        self._orphans = orphans

    def _is_orphan(self, lease: Lease, now: float) -> bool:
        if lease.node == self.claim.node:
            # Of an earlier life of ours, or an answer to us that was lost.
            return True
        return lease.left_s <= 0.0 or lease.node in self._suspects

    def _is_fresh(self, card: Card, now: float) -> bool:
        return card.age_s + (now - self._seen.at) < STALE_S + LOOK_EVERY_S

    # Taking over

    def _take_orphans(self, now: float) -> list[ClusterEffect]:
        effects: list[ClusterEffect] = []
        if self.draining:
            return effects
        for room_id, orphan in sorted(self._orphans.items()):
            lease = self._seen.leases[room_id]
            if room_id in self._asked or room_id in self.held or len(self._asked) >= TAKE_AT_ONCE:
                continue
            if now < self._retry.get(room_id, 0.0):
                continue
            own = lease.node == self.claim.node
            if not own and now < orphan.since + self._rank(lease, now) * RANK_WAIT_S:
                continue
            if own or lease.left_s - (now - self._seen.at) <= 0.0:
                effects.append(self._ask(room_id, None, True, now))
                continue
            suspect = self._suspects.get(lease.node)
            if suspect is None:
                continue
            refused_at = suspect.refused_at
            if refused_at is not None and now - refused_at < PROBE_HOLDS_S:
                effects.append(self._ask(room_id, lease.epoch, True, now))
            elif now >= suspect.probe_at:
                suspect.probe_at = now + PROBE_EVERY_S
                effects.append(Probe(lease.node, lease.address))
        return effects

    def _rank(self, lease: Lease, now: float) -> int:
        """Return how many live nodes come before us for a room (rendezvous hashing)."""
        names = [card.node for card in self.others(now) if not card.draining]
        names = [name for name in names if name != lease.node]

        def score(name: str) -> bytes:
            return hashlib.sha256(f"{name} {lease.room_id}".encode()).digest()

        mine = score(self.claim.node)
        return sum(1 for name in names if score(name) > mine)

    def _answered(self, answer: LeaseAnswered, now: float) -> None:
        room_id, lease = answer.room_id, answer.lease
        asked_at = self._asked.pop(room_id, now)
        if lease is None:
            self._retry[room_id] = now + RETRY_S
            return
        self._retry.pop(room_id, None)
        self._seen.leases[room_id] = lease
        if lease.boot != self.claim.boot:
            # Somebody was faster; for a room of ours that means the end here.
            if room_id in self._wanted or room_id in self.held:
                self.drop(room_id)
                self.orders.append(Lost(room_id))
            return
        self._orphans.pop(room_id, None)
        self.held[room_id] = Held(lease.epoch, asked_at + LEASE_S - MARGIN_S)
        if room_id in self._wanted:
            self._wanted.discard(room_id)
            self.orders.append(Granted(room_id, lease.epoch))
        elif answer.save is not None:
            self.orders.append(TakenOver(room_id, lease.epoch, answer.save, answer.chat))

    # Keeping

    def _renewed(self, room_ids: tuple[str, ...] | None, now: float) -> None:
        renewal, self._renewal = self._renewal, None
        if renewal is None:
            return
        if room_ids is None:
            self._renew_at = now + RETRY_S
            return
        self._renew_at = renewal.sent_at + RENEW_EVERY_S
        for room_id, epoch in renewal.epochs.items():
            held = self.held.get(room_id)
            if held is None or held.epoch != epoch:
                continue
            if room_id not in room_ids:
                self.drop(room_id)
                self.orders.append(Lost(room_id))
                continue
            held.deadline = renewal.sent_at + LEASE_S - MARGIN_S
            if held.paused and now < held.deadline:
                held.paused = False
                self.orders.append(Unpause(room_id))
