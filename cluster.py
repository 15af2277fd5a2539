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
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from db.store import Card, Claim, Lease
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
from orders import Granted, Lost, Order, Pause, TakenOver, Unpause, Unwelcome

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
NEVER = 1 << 32
"""An epoch that no room reaches."""
GRACE_S = 1.5
"""After the database was away for us, its owners are given so long to renew."""
NODES_MAX = 64
NAME_WAIT_S = 4.0
"""For so long a card of our name may be what an earlier life of ours left behind."""

ClusterEffect = Announce | LookAround | TakeLease | RenewLeases | DropLease | Probe


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
class Probing:
    """What knocking at a node's port told."""

    asked_at: float = -PROBE_EVERY_S
    at: float = -PROBE_HOLDS_S
    refused: bool = False


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

    def __init__(self, claim: Claim, describe: Callable[[], Card], previous: str = "") -> None:
        """Args:
        previous: the boot of our last life, which is known to be over.
        """
        self.claim = claim
        self.held: dict[str, Held] = {}
        self.draining = False
        self.orders: list[Order] = []
        """What the game must do now; whoever calls us takes them out."""
        self.sighted = False
        """Whether cards and leases were ever read."""
        self._describe = describe
        self._previous = previous
        self._announced = False
        self._refused_since: float | None = None
        self._seen = Sighting()
        self._wanted: set[str] = set()
        """Rooms opened here whose lease was never granted yet."""
        self._asked: dict[str, float] = {}
        """Leases that were asked for and not answered, with the time of asking."""
        self._retry: dict[str, float] = {}
        self._orphans: dict[str, Orphan] = {}
        self._suspects: set[str] = set()
        self._probings: dict[str, Probing] = {}
        self._expected: set[str] = set()
        """Rooms that were passed to us, as a ticket says."""
        self._shunned: dict[str, int] = {}
        """Rooms not to be taken up to this epoch: closed here, or not to be restored."""
        self._due: list[ClusterEffect] = []
        self._earliest = math.inf
        """No room's deadline is before that."""
        self._look_at = 0.0
        self._looking = False
        self._blind_at = 0.0
        """When we could not see, or had not seen for long, last."""
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
        self._seen.leases.pop(room_id, None)
        self._orphans.pop(room_id, None)
        held = self.held.pop(room_id, None)
        if held is None:
            return []
        self._shunned[room_id] = held.epoch
        return [DropLease(room_id, held.epoch)]

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

    def expect(self, room_id: str) -> None:
        """A room was passed to us: take it up without waiting to see it."""
        if room_id not in self.held and room_id not in self._shunned:
            self._expected.add(room_id)

    def give_up(self, room_id: str) -> None:
        """The save of a room cannot be used here: let its lease run out for others."""
        held = self.held.pop(room_id, None)
        if held is not None:
            self._shunned[room_id] = NEVER

    def passed(self, lease: Lease) -> None:
        """A room of ours is another's now, by our own doing."""
        self.drop(lease.room_id)
        self._seen.leases[lease.room_id] = lease

    def heard_of_heir(self, room_id: str, node: str, epoch: int) -> Lease | None:
        """A node says that a room of ours is its own by now; None: that is no news."""
        held = self.held.get(room_id)
        if held is None or epoch <= held.epoch:
            return None
        cards = self._seen.cards.values()
        heir = next((card for card in cards if card.node.startswith(node)), None)
        boot, address = (heir.boot, heir.address) if heir is not None else ("", "")
        lease = Lease(room_id, node, boot, address, epoch, LEASE_S, saved=True)
        self.passed(lease)
        return lease

    def look_now(self) -> None:
        """Announce, and look around, at the next tick."""
        self._look_at = 0.0

    def knock(self, lease: Lease, now: float) -> bool | None:
        """Whether the owner of a room answers, knocking if that is not known."""
        probing = self._probings.setdefault(lease.node, Probing())
        if now - probing.at < PROBE_HOLDS_S:
            return not probing.refused
        if now - probing.asked_at >= PROBE_EVERY_S:
            probing.asked_at = now
            self._due.append(Probe(lease.node, lease.address))
        return None

    def lease_of(self, room_id: str) -> Lease | None:
        """Return the newest lease that was seen for a room of any node."""
        return self._seen.leases.get(room_id)

    def others(self, now: float) -> list[Card]:
        """Return the cards of the other nodes that are alive, by name."""
        return [card for _, card in sorted(self._seen.cards.items()) if self._is_fresh(card, now)]

    def owner_of(self, room_id: str, now: float) -> Lease | None:
        """Return the lease of a room if another node holds it and seems to be alive."""
        lease = self._seen.leases.get(room_id)
        if lease is None or lease.boot == self.claim.boot:
            return None
        card = self._seen.cards.get(lease.node)
        alive = card is not None and card.boot == lease.boot and self._is_fresh(card, now)
        return lease if alive else None

    def noticed_at(self, room_id: str) -> float | None:
        """Return since when a room seems to be without its owner, if it does."""
        orphan = self._orphans.get(room_id)
        return orphan.since if orphan is not None else None

    def is_gone(self, room_id: str) -> bool:
        """Whether nobody needs to wait for a room: it is closed, or cannot be restored."""
        if not self.sighted or room_id in self._expected:
            return False
        return room_id not in self._seen.leases or self._shunned.get(room_id) == NEVER

    def room_of(self, player_id: str) -> str:
        """Return the room in which a node, alive or not, last had a player; or ""."""
        for card in self._seen.cards.values():
            for person in card.people:
                if person.player_id == player_id and person.room_id in self._seen.leases:
                    return person.room_id
        return ""

    # What time and the database bring

    def keep_time(self, now: float) -> None:
        """Pause the rooms that are past their deadline; first of all, whatever happens."""
        if now < self._earliest:
            return
        self._earliest = math.inf
        for room_id, held in self.held.items():
            if held.paused:
                continue
            if now >= held.deadline:
                held.paused = True
                self.orders.append(Pause(room_id))
            elif held.deadline < self._earliest:
                self._earliest = held.deadline

    def _mind_deadline(self, held: Held) -> None:
        """A room runs until a deadline that was not looked at yet."""
        self._earliest = min(self._earliest, held.deadline)

    def tick(self, now: float) -> list[ClusterEffect]:
        """Do what is due."""
        self.keep_time(now)
        effects, self._due = self._due, []
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            if not self._announcing:
                self._announcing = True
                effects.append(Announce(self._describe(), self._previous))
            if not self._looking:
                self._looking = True
                effects.append(LookAround())
        if self.held and self._renewal is None and now >= self._renew_at:
            self._renewal = Renewal(now, {room: held.epoch for room, held in self.held.items()})
            effects.append(RenewLeases(tuple(sorted(self.held))))
        if not self._announced:
            # Whoever bears our name could be robbed by us until then.
            return effects
        for room_id in sorted(self._wanted | self._expected):
            if room_id not in self._asked and now >= self._retry.get(room_id, 0.0):
                effects.append(self._ask(room_id, None, room_id in self._expected, now))
        effects.extend(self._take_orphans(now))
        return effects

    def settle(
        self, outcome: Announced | Seen | LeaseAnswered | LeasesRenewed | Probed, now: float
    ) -> None:
        """Take in an answer of the shell."""
        match outcome:
            case Announced(refusal, kept):
                self._announcing = False
                self._heard_of_name(refusal, kept, now)
            case Seen(cards, leases):
                self._looking = False
                if cards is None or now - self._seen.at > STALE_S:
                    self._blind_at = now
                if cards is not None:
                    self._see(cards, leases, now)
            case LeaseAnswered():
                self._answered(outcome, now)
            case LeasesRenewed(room_ids):
                self._renewed(room_ids, now)
            case Probed(node, refused):
                probing = self._probings.setdefault(node, Probing())
                probing.at, probing.refused = now, refused

    def _heard_of_name(self, refusal: str, kept: bool, now: float) -> None:
        if not refusal:
            self._announced = self._announced or kept
            self._refused_since = None
            return
        if self._refused_since is None:
            self._refused_since = now
        if self._announced or now - self._refused_since >= NAME_WAIT_S:
            self.orders.append(Unwelcome(refusal))

    def _ask(self, room_id: str, over: int | None, restore: bool, now: float) -> TakeLease:
        self._asked[room_id] = now
        return TakeLease(room_id, over, restore)

    def _see(self, cards: Iterable[Card], leases: Iterable[Lease], now: float) -> None:
        self.sighted = True
        mine = self.claim.node
        others = [card for card in cards if card.node != mine][:NODES_MAX]
        self._seen = Sighting(
            now, {card.node: card for card in others}, {one.room_id: one for one in leases}
        )
        self._suspects = {card.boot for card in others if card.age_s >= STALE_S}
        names = {card.node for card in others}
        self._probings = {name: one for name, one in self._probings.items() if name in names}
        leases_seen = self._seen.leases
        self._shunned = {
            room_id: epoch
            for room_id, epoch in self._shunned.items()
            if room_id in leases_seen and leases_seen[room_id].epoch <= epoch
        }
        orphans = {
            lease.room_id: self._orphans.get(lease.room_id, Orphan(now))
            for lease in self._seen.leases.values()
            if self._is_orphan(lease)
        }
        self._orphans = orphans

    def _is_orphan(self, lease: Lease) -> bool:
        room_id = lease.room_id
        if room_id in self.held or room_id in self._wanted or room_id in self._shunned:
            return False
        if lease.node == self.claim.node:
            # Of an earlier life of ours, or an answer to us that was lost.
            return True
        # One that left nothing is worth taking only to be let go for good.
        return lease.left_s <= 0.0 or (lease.saved and lease.boot in self._suspects)

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
            over = lease.left_s - (now - self._seen.at) <= 0.0
            if over and now - self._blind_at < GRACE_S:
                # Its owner may have been as blind as we, and be about to renew.
                over = self.knock(lease, now) is False
            if own or over:
                effects.append(self._ask(room_id, None, True, now))
                continue
            if lease.boot in self._suspects and self.knock(lease, now) is False:
                effects.append(self._ask(room_id, lease.epoch, True, now))
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
        self._expected.discard(room_id)
        before = self._seen.leases.get(room_id, lease)
        self._seen.leases[room_id] = lease
        if lease.boot != self.claim.boot:
            # Somebody was faster; for a room of ours that means the end here.
            if room_id in self._wanted or room_id in self.held:
                self.drop(room_id)
                self.orders.append(Lost(room_id))
            return
        self._orphans.pop(room_id, None)
        if room_id in self.held:
            # Ours already: an answer that came late, or asked for twice.
            return
        held = self.held[room_id] = Held(lease.epoch, asked_at + LEASE_S - MARGIN_S)
        self._mind_deadline(held)
        if room_id in self._wanted:
            self._wanted.discard(room_id)
            self.orders.append(Granted(room_id, lease.epoch))
        elif answer.save is not None:
            order = TakenOver(room_id, lease.epoch, answer.save, answer.chat, before)
            self.orders.append(order)
        else:
            # A closed room, or one that left nothing: it is nobody's any more.
            self._due.extend(self.release(room_id))

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
                self._mind_deadline(held)
                self.orders.append(Unpause(room_id))


if __name__ == "__main__":
    import sys

    from cluster_command import main

    raise SystemExit(main(sys.argv[1:]))
