"""One process in the world of nodes: a node, its shell, and the disk that outlives it.

`WorldNode` carries out what its node asks as the server does: the database
answers late, or not while it is away; results wait on disk, and what has left
the process arrives though the process dies.

Units: seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cluster import LEASE_S
from db.store import ChatRecord, Claim, RoomSave
from effects import (
    Announce,
    Announced,
    Close,
    DropLease,
    Effect,
    LeaseAnswered,
    LeasePassed,
    LeasesRenewed,
    LookAround,
    Outcome,
    PassLease,
    Probe,
    Probed,
    RenewLeases,
    Report,
    ResultSaved,
    RoomLost,
    RoomSaved,
    SaveChat,
    SaveResult,
    SaveRoom,
    Seen,
    Send,
    SendSnapshot,
    TakeLease,
)
from node import Node
from tests.node_player import SimPlayer
from tests.relay_world import SimCalls
from track import track_of

if TYPE_CHECKING:
    from tests.node_world import World

STEP_S = 0.05
"""One step of the world."""
CARD_LIVES_S = 3.0
CHAT_RECALLED = 50
NOON = 1e9


class WorldNode:
    """One process: a node, its shell, and the disk that outlives it."""

    def __init__(self, world: World, name: str, backlog: deque[Effect], previous: str) -> None:
        self.world = world
        self.name = name
        self.address = f"{name}:7777"
        self.boot = f"{name}-{next(world.numbers)}"
        self.dead = self.stopped = False
        self.cut = False
        """Whether it alone does not reach the database."""
        self.inbox: list[Callable[[], None]] = []
        self.backlog = backlog
        """Results and closed rooms on their way to the database: on disk."""
        self.reports: list[str] = []
        self.calls = SimCalls(self)
        self.links: dict[int, SimPlayer] = {}
        self._queue: deque[Effect] = deque()
        self._talk: deque[ChatRecord] = deque()
        """Lines that wait, in memory, until the database is back."""
        self._busy = False
        self.node = Node(
            claim=Claim(name, self.boot, self.address),
            secret=b"secret",
            tracks={"meadow": track_of("meadow")},
            entropy=lambda size: world.random.randbytes(size),
            sessions_max=64,
            wall_offset_s=NOON,
            durable=True,
            previous=previous,
        )

    @property
    def able(self) -> bool:
        """Whether it runs."""
        return not self.dead and not self.stopped

    @property
    def away(self) -> bool:
        """Whether the database does not answer it."""
        return self.cut or self.world.archive.away

    def tick(self, now: float) -> None:
        """One turn of the shell's loop."""
        inbox, self.inbox = self.inbox, []
        for call in inbox:
            call()
        self.carry_out(self.node.tick(now))
        if self.node.unwelcome or self.node.drained(now):
            self.carry_out(self.node.stop(now))
            self.die()

    def die(self) -> None:
        """The process ends, well or not."""
        self.dead = True
        for link_id in list(self.links):
            player = self.links.pop(link_id)
            self.world.after(self.world.random.choice((0.02, 0.1)), _breaks(player, link_id))

    def runs(self, room_id: str) -> bool:
        """Whether this process steps a room."""
        return (
            self.able
            and room_id in self.node.game.lobby.rooms
            and not self.node.game.steward.is_paused(room_id)
        )

    # Effects

    def carry_out(self, effects: list[Effect]) -> None:
        """As the server does."""
        for effect in effects:
            match effect:
                case _ if self.calls.carry_out(effect):
                    pass
                case Send(link_ids, message) | SendSnapshot(link_ids, message):
                    for link_id in link_ids:
                        self.world.to_player(self, link_id, message)
                case Close(link_id, message):
                    if message is not None:
                        self.world.to_player(self, link_id, message)
                    self.links.pop(link_id, None)
                case Announce() | LookAround() | TakeLease() | RenewLeases() | Probe():
                    self.world.after(self._delay(), partial(self._ask, effect))
                case SaveResult() | DropLease():
                    self.backlog.append(effect)
                case SaveRoom() | PassLease() | SaveChat():
                    self._queue.append(effect)
                case Report(text):
                    self.reports.append(text)
        self._work()

    def _delay(self) -> float:
        return self.world.random.choice((0.004, 0.01, 0.05, 0.2))

    def _work(self) -> None:
        """Let the store thread take the next thing: first what waits on disk."""
        if self._busy or not self.able or not (self.backlog or self._talk or self._queue):
            return
        self._busy = True
        self.world.after(self._delay(), self._work_done)

    def _work_done(self) -> None:
        # The call is on its way: it is carried out even if the process has died,
        # and late if it was stopped.
        if self.stopped and not self.dead:
            self.world.after(STEP_S, self._work_done)
            return
        self._busy = False
        away = self.away
        if self.backlog:
            if not away:
                self._deliver(self.backlog[0])
            elif self._queue:
                self._refuse(self._queue.popleft())
        elif self._talk and not away:
            while self._talk:
                record = self._talk.popleft()
                self.world.archive.chat[record.line_id] = record
        elif self._queue:
            effect = self._queue.popleft()
            if away:
                self._refuse(effect)
            else:
                self._write(effect)
        self._work()

    def _deliver(self, effect: Effect) -> None:
        """Deliver what was on disk, in steps between which the process may die."""
        archive, judge = self.world.archive, self.world.judge
        match effect:
            case DropLease(room_id, epoch):
                if archive.owned(room_id, epoch) is not None:
                    archive.rooms.pop(room_id)
                self.backlog.popleft()
            case SaveResult(record, epoch, save):
                row = archive.rooms.get(record.room_id)
                if record.race_id in archive.results:
                    self.backlog.popleft()
                    self.tell(ResultSaved(record.race_id))
                elif epoch and (row is None or row.epoch != epoch):
                    self.backlog.popleft()
                elif row is not None and epoch and record.race_id not in row.finished:
                    judge.result(record)
                    row.finished[record.race_id] = record
                    row.save = save
                    if save is not None:
                        # Perhaps of the last life of this process: the room's owner all the same.
                        judge.save(save, row.claim.boot)
                else:
                    if row is None or not epoch:
                        judge.result(record)
                    archive.results[record.race_id] = record
                    if row is not None:
                        row.finished.pop(record.race_id, None)

    def _write(self, effect: Effect) -> None:
        archive, world = self.world.archive, self.world
        match effect:
            case SaveRoom(save):
                row = archive.owned(save.room_id, save.epoch, self.boot)
                if row is None:
                    self.tell(RoomLost(save.room_id, save.epoch))
                    return
                if row.save is None or row.save.seq < save.seq:
                    row.save, row.until = save, world.now + archive.skew + LEASE_S
                    world.judge.save(save, self.boot)
                self.tell(RoomSaved(save.room_id, save.seq, kept=True))
            case PassLease(save, to):
                row = archive.owned(save.room_id, save.epoch, self.boot)
                if row is not None and (row.save is None or row.save.seq < save.seq):
                    row.save, row.claim, row.epoch = save, to, row.epoch + 1
                    row.until = world.now + archive.skew + LEASE_S
                    world.judge.save(save, self.boot)
                if world.random.random() < world.lost_answers:
                    self.tell(LeasePassed(save.room_id, None))
                elif save.room_id in archive.rooms:
                    self.tell(LeasePassed(save.room_id, archive.lease(save.room_id, world.now)))
            case SaveChat(record):
                archive.chat[record.line_id] = record

    def _refuse(self, effect: Effect) -> None:
        match effect:
            case SaveRoom(save):
                self.tell(RoomSaved(save.room_id, save.seq, kept=False))
            case PassLease(save):
                self.tell(LeasePassed(save.room_id, None))
            case SaveChat(record):
                self._talk.append(record)

    def tell(self, outcome: Outcome) -> None:
        """Give the node an answer, now or when it is continued."""
        if not self.dead:
            self.inbox.append(lambda: self.carry_out(self.node.settle(outcome, self.world.now)))

    def _ask(self, effect: Effect) -> None:
        world, archive = self.world, self.world.archive
        now, claim = world.now, self.node.cluster.claim
        if self.dead:
            return
        match effect:
            case Probe(name, _):
                self.tell(Probed(name, world.node(name).dead))
            case Announce(card, previous):
                known = archive.cards.get(card.node)
                twin = known is not None and known[0].boot not in (card.boot, previous)
                if self.away:
                    self.tell(Announced("", kept=False))
                elif twin and known is not None and now - known[1] < CARD_LIVES_S:
                    self.tell(Announced(f"Another node is called {card.node}.", kept=False))
                else:
                    archive.cards[card.node] = (card, now)
                    self.tell(Announced(""))
            case LookAround():
                cards = [replace(card, age_s=now - at) for card, at in archive.cards.values()]
                leases = [archive.lease(room_id, now) for room_id in archive.rooms]
                told = None if self.away else tuple(cards)
                self.tell(Seen(told, tuple(leases)))
            case TakeLease(room_id, over, restore):
                if self.away:
                    self.tell(LeaseAnswered(room_id, None))
                    return
                lease = archive.take(room_id, claim, over, now)
                row = archive.rooms[room_id]
                save: RoomSave | None = None
                chat: tuple[ChatRecord, ...] = ()
                if restore and lease.boot == claim.boot:
                    archive.results.update(row.finished)
                    row.finished.clear()
                    save = row.save
                    lines = [one for one in archive.chat.values() if one.room_id == room_id]
                    chat = tuple(lines[-CHAT_RECALLED:])
                    world.restored(save)
                self.tell(LeaseAnswered(room_id, lease, save, chat))
            case RenewLeases(room_ids):
                if self.away:
                    self.tell(LeasesRenewed(None))
                    return
                rooms = [one for one in room_ids if one in archive.rooms]
                mine = tuple(one for one in rooms if archive.rooms[one].claim.boot == claim.boot)
                for room_id in mine:
                    archive.rooms[room_id].until = now + archive.skew + LEASE_S
                self.tell(LeasesRenewed(mine))


def _breaks(player: SimPlayer, link_id: int) -> Callable[[], None]:
    def lose() -> None:
        if player.link == link_id:
            player.lost()

    return lose
