"""A world for `Cluster`: nodes, a database and a network, all of them told the time.

Every draw comes from one seed. Calls take a while, answers can be lost with
the node that asked, and nodes are killed, stopped and continued; the database
goes away and comes back. The database here follows `Store`, and notes every
write that it accepted, so that tests can judge them.

Units: seconds.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from cluster import LEASE_S, Cluster
from db.store import Card, Claim, Lease, RoomSave
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
from orders import Granted, Lost, Order, TakenOver, Unwelcome

STEP_S = 0.05
SAVE_EVERY_S = 0.5
CARD_LIVES_S = 3.0


@dataclass
class RoomRow:
    """The document of a room."""

    claim: Claim
    epoch: int
    lease_until: float
    save: RoomSave | None = None


@dataclass(frozen=True)
class Write:
    """A save that the database accepted."""

    at: float
    room_id: str
    boot: str
    epoch: int
    seq: int


@dataclass
class Database:
    """Rooms and cards; its clock may jump."""

    rooms: dict[str, RoomRow] = field(default_factory=dict)
    cards: dict[str, tuple[Card, float]] = field(default_factory=dict)
    accepted: list[Write] = field(default_factory=list)
    away: bool = False
    skew: float = 0.0

    def take(self, room_id: str, claim: Claim, over: int | None, now: float) -> Lease:
        """As `Store.take_lease`."""
        now += self.skew
        row = self.rooms.get(room_id)
        if row is None:
            row = self.rooms[room_id] = RoomRow(claim, 1, now + LEASE_S)
        elif row.claim.boot == claim.boot:
            row.lease_until = now + LEASE_S
        elif row.claim.node == claim.node or row.lease_until <= now or row.epoch == over:
            row.claim, row.epoch, row.lease_until = claim, row.epoch + 1, now + LEASE_S
        return self.lease(room_id, now)

    def lease(self, room_id: str, now: float) -> Lease:
        """Return a lease as it is."""
        row = self.rooms[room_id]
        who = row.claim
        return Lease(
            room_id, who.node, who.boot, who.address, row.epoch, row.lease_until - now,
            row.save is not None,
        )  # fmt: skip

    def renew(self, room_ids: tuple[str, ...], claim: Claim, now: float) -> tuple[str, ...]:
        """As `Store.renew_leases`."""
        mine = tuple(one for one in room_ids if self.rooms[one].claim.boot == claim.boot)
        for room_id in mine:
            self.rooms[room_id].lease_until = now + self.skew + LEASE_S
        return mine

    def put_save(self, save: RoomSave, claim: Claim, now: float) -> bool:
        """As `Store.put_save`; return whether it was accepted."""
        row = self.rooms[save.room_id]
        old = row.save
        if row.claim.boot != claim.boot or row.epoch != save.epoch:
            return False
        if old is not None and old.seq >= save.seq:
            return False
        row.save = save
        row.lease_until = now + self.skew + LEASE_S
        self.accepted.append(Write(now, save.room_id, claim.boot, save.epoch, save.seq))
        return True


@dataclass
class Running:
    """A room as a node runs it: a counter stands for the race."""

    epoch: int
    seq: int
    tick: int


class WorldNode:
    """One process: a cluster, and the rooms that it runs."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.stopped = False
        self.dead = False
        self.boot = f"{name}-{next(world.numbers)}"
        self.cluster = Cluster(Claim(name, self.boot, f"{name}:7777"), self.card)
        self.running: dict[str, Running] = {}
        self.orders: list[Order] = []
        self._save_at: dict[str, float] = {}

    def card(self) -> Card:
        """Describe this node."""
        return Card(self.name, self.boot, f"{self.name}:7777", False, 0.1, (), ())

    def open(self, room_id: str) -> None:
        """Open a room, as a player would."""
        self.running[room_id] = Running(0, 0, 0)
        self.cluster.want(room_id)

    def tick(self, now: float) -> None:
        """Run one tick: the cluster first, then the rooms."""
        for effect in self.cluster.tick(now):
            self.world.carry_out(self, effect)
        self.obey()
        for room_id, room in self.running.items():
            if not self.cluster.may_run(room_id, now):
                continue
            room.tick += 1
            if room.epoch and now >= self._save_at.get(room_id, 0.0):
                self._save_at[room_id] = now + SAVE_EVERY_S
                room.seq += 1
                save = RoomSave(room_id, room.epoch, room.seq, room.tick, b"")
                self.world.save(self, save)

    def obey(self) -> None:
        """Do what the cluster orders."""
        orders, self.cluster.orders = self.cluster.orders, []
        for order in orders:
            self.orders.append(order)
            match order:
                case Granted(room_id, epoch):
                    self.running[room_id].epoch = epoch
                case TakenOver(room_id, epoch, save, _, _):
                    self.running[room_id] = Running(epoch, save.seq, save.tick)
                case Lost(room_id):
                    self.running.pop(room_id, None)
                case Unwelcome():
                    self.dead = True

    def runs(self, room_id: str, now: float) -> bool:
        """Whether this process steps the room at this moment."""
        able = not self.dead and not self.stopped
        return able and room_id in self.running and self.cluster.may_run(room_id, now)


class World:
    """All of it, and the time."""

    def __init__(
        self, seed: int, names: tuple[str, ...] = ("a", "b", "c"), *, watched: bool = True
    ) -> None:
        """Args:
        watched: whether two owners of one room at one moment are a fault.
        """
        self.random = random.Random(seed)
        self.now = 1000.0
        self.numbers = itertools.count(1)
        self._watched = watched
        self.database = Database()
        self.nodes = [WorldNode(self, name) for name in names]
        self._later: list[tuple[float, int, Callable[[], None]]] = []

    def node(self, name: str) -> WorldNode:
        """Return the newest process of a name."""
        return [one for one in self.nodes if one.name == name][-1]

    def start(self, name: str) -> WorldNode:
        """Start a process."""
        node = WorldNode(self, name)
        self.nodes.append(node)
        return node

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.step()

    def step(self) -> None:
        """One step of the time."""
        self.now += STEP_S
        while self._later and self._later[0][0] <= self.now:
            heapq.heappop(self._later)[2]()
        for node in self.nodes:
            if not node.dead and not node.stopped:
                node.tick(self.now)
        if self._watched:
            for room_id in self.database.rooms:
                assert len(self.owners(room_id)) <= 1, f"{room_id} is run twice"

    def until(self, condition: Callable[[], object], seconds_max: float = 60.0) -> float:
        """Let time pass until a condition holds; return how long it took."""
        begin = self.now
        while not condition():
            assert self.now - begin < seconds_max, "It didn't ever happen"
            self.step()
        return self.now - begin

    def owners(self, room_id: str) -> list[WorldNode]:
        """Return the processes that run a room at this moment."""
        return [node for node in self.nodes if node.runs(room_id, self.now)]

    # The shell

    def after(self, node: WorldNode, call: Callable[[], None]) -> None:
        """Do something for a node soon: at once, or when it is continued."""
        delay = self.random.choice((0.004, 0.01, 0.05, 0.2))

        def deliver() -> None:
            if node.dead:
                return
            if node.stopped:
                heapq.heappush(self._later, (self.now + STEP_S, next(self.numbers), deliver))
                return
            call()

        heapq.heappush(self._later, (self.now + delay, next(self.numbers), deliver))

    def save(self, node: WorldNode, save: RoomSave) -> None:
        """Write a save for a node; tell it when it is not the owner any more."""
        claim, database = node.cluster.claim, self.database

        def write() -> None:
            if database.away:
                return
            if not database.put_save(save, claim, self.now):
                row = database.rooms[save.room_id]
                if row.claim.boot != claim.boot or row.epoch != save.epoch:
                    node.running.pop(save.room_id, None)
                    node.cluster.drop(save.room_id)

        # Written even if the node is killed meanwhile: the call is on its way.
        heapq.heappush(
            self._later,
            (self.now + self.random.choice((0.004, 0.05, 0.3)), next(self.numbers), write),
        )

    def carry_out(
        self,
        node: WorldNode,
        effect: Announce | LookAround | TakeLease | RenewLeases | DropLease | Probe,
    ) -> None:
        """Ask the database, or the network, for a node."""
        database, claim = self.database, node.cluster.claim

        def answer() -> None:
            if database.away and not isinstance(effect, Probe):
                self._answer_no(node, effect)
                return
            now = self.now
            match effect:
                case Announce(card):
                    database.cards[card.node] = (card, now)
                    node.cluster.settle(Announced(""), now)
                case LookAround():
                    cards = [
                        Card(
                            c.node,
                            c.boot,
                            c.address,
                            c.draining,
                            c.load,
                            c.rooms,
                            c.people,
                            now - at,
                        )
                        for c, at in database.cards.values()
                    ]
                    at = now + database.skew
                    leases = [database.lease(room_id, at) for room_id in database.rooms]
                    node.cluster.settle(Seen(tuple(cards), tuple(leases)), now)
                case TakeLease(room_id, over, restore):
                    lease = database.take(room_id, claim, over, now)
                    save = database.rooms[room_id].save if restore else None
                    node.cluster.settle(LeaseAnswered(room_id, lease, save), now)
                case RenewLeases(room_ids):
                    kept = database.renew(room_ids, claim, now)
                    node.cluster.settle(LeasesRenewed(kept), now)
                case Probe(name, _):
                    node.cluster.settle(Probed(name, self.node(name).dead), now)
            node.obey()

        self.after(node, answer)

    def _answer_no(
        self, node: WorldNode, effect: Announce | LookAround | TakeLease | RenewLeases | DropLease
    ) -> None:
        match effect:
            case Announce():
                node.cluster.settle(Announced(""), self.now)
            case LookAround():
                node.cluster.settle(Seen(None, ()), self.now)
            case TakeLease(room_id):
                node.cluster.settle(LeaseAnswered(room_id, None), self.now)
            case RenewLeases():
                node.cluster.settle(LeasesRenewed(None), self.now)
