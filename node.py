"""One node of many: a game, and its place in the cluster.

`Game` decides everything about people and races, `Cluster` which node runs
which room; a `Node` joins them. It obeys the cluster's orders on the game,
sends players to the node that has their room, keeps those waiting whose room
is without an owner, and moves rooms to other nodes. Like both it does no I/O
and reads no clock. A server by itself is a node like any other.

Whatever comes in, rooms past their deadline are stopped first: a process that
was stopped and is continued promises nothing before it has looked at the time.

Units: seconds (monotonic).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import bulletins
from cluster import Cluster
from db.store import Card, Claim, Lease
from effects import (
    Announced,
    Close,
    CloseRoom,
    Effect,
    LeaseAnswered,
    LeasePassed,
    LeasesRenewed,
    OpenRoom,
    Outcome,
    OwnerLost,
    OwnerSaid,
    Probed,
    Report,
    RoomLost,
    Seen,
)
from errors import BadSave
from game import Game
from lobby import SEATS_MAX, Entropy, RoomMode, RoomPhase, Session
from moves import Moves
from orders import Granted, Lost, Pause, TakenOver, Unpause, Unwelcome
from overview import Overview
from protocol import (
    AskCluster,
    CreateRoom,
    Drive,
    Hello,
    JoinRoom,
    Message,
    NodeTimes,
    OrderFault,
    Ping,
    Pong,
    Redirect,
    Watch,
)
from reception import Reception
from relay import Relays
from succession import Succession
from ticket import Office, Purpose
from track import Track

PAUSED = "The database does not answer; the race waits."
DRAINING = "This server is about to stop: open a room on another one."


class Node:
    """Everything that one server process decides."""

    def __init__(
        self,
        *,
        claim: Claim,
        secret: bytes,
        tracks: Mapping[str, Track],
        entropy: Entropy,
        sessions_max: int,
        wall_offset_s: float,
        durable: bool,
        previous: str = "",
    ) -> None:
        """Args:
        secret: what all nodes of this game share and nobody else knows.
        previous: the boot of the last process in this data folder, if known.
        """
        self.game = Game(
            node=claim.node,
            boot=claim.boot,
            tracks=tracks,
            entropy=entropy,
            sessions_max=sessions_max,
            wall_offset_s=wall_offset_s,
            durable=durable,
        )
        self.cluster = Cluster(claim, self.card, previous)
        self.load = 0.0
        """The share of a tick that its work takes; the shell measures it."""
        self.unwelcome = ""
        """Why this process must end: another bears its name."""
        self._office = Office(secret, claim.boot, entropy)
        self._effects: list[Effect] = []
        self._reception = Reception(
            self.game, self.cluster, self._office, self._take, self._heard, self._heard_of_heir
        )
        self._moves = Moves(self.game, self.cluster, self._take, self._lose)
        calls = itertools.count(1)
        self._relays = Relays(self.game, self.cluster, self._office, entropy, calls, self._take)
        self._succession = Succession(claim, self._office, entropy, calls, self._take)
        self._overview = Overview(self.card, self.game.session_at, durable=durable)
        self.game.door.way_on = self._way_on

    # What comes from outside

    def handle(self, link_id: int, message: Message, now: float) -> list[Effect]:
        """Carry out one message of one link."""
        self._keep_time(now)
        session = self.game.session_at(link_id)
        if session is not None and isinstance(message, Drive):
            # Nearly all that players say, and never for another node.
            self.game.drive(session, message)
        elif session is not None and isinstance(message, Ping | Pong):
            self._take(self.game.handle(link_id, message, now))
        else:
            self._heard(link_id, message, now)
        return self._take_effects()

    def _heard(self, link_id: int, message: Message, now: float) -> None:
        session = self.game.session_at(link_id)
        if self._reception.holds(link_id, message):
            return
        if session is None and isinstance(message, Hello):
            self._reception.hello(link_id, message, now)
        elif session is None or not self._is_for_another(session, message, now):
            self._take(self.game.handle(link_id, message, now))

    def disconnect(self, link_id: int, reason: str, now: float) -> list[Effect]:
        """A link has gone without a goodbye."""
        self._keep_time(now)
        if not self._reception.left(link_id):
            self._take(self.game.disconnect(link_id, reason, now))
        return self._take_effects()

    def settle(self, outcome: Outcome, now: float) -> list[Effect]:
        """Take in how something ended."""
        self._keep_time(now)
        self._effects.extend(self._overview.settle(outcome, now))
        match outcome:
            case Announced() | Seen() | LeaseAnswered() | LeasesRenewed() | Probed():
                self.cluster.settle(outcome, now)
                self._obey(now)
                if isinstance(outcome, Seen | Probed):
                    self._see(now)
            case LeasePassed(room_id, lease):
                self._moves.answered(room_id, lease, now)
            case OwnerSaid() | OwnerLost():
                self._relays.settle(outcome, now)
                self._succession.settle(outcome, now)
            case RoomLost(room_id, epoch):
                held = self.cluster.held.get(room_id)
                if held is not None and epoch in (0, held.epoch):
                    self.cluster.drop(room_id)
                    self._lose(room_id, now)
            case _:
                self._take(self.game.settle(outcome, now))
        return self._take_effects()

    def tick(self, now: float) -> list[Effect]:
        """Run one tick of everything."""
        self._keep_time(now)
        self._effects.extend(self.cluster.tick(now))
        self._obey(now)
        self._reception.tick(now)
        self._relays.tick(now)
        self._succession.tick(now)
        self._moves.tick(now)
        self._moves.relieve(self.load, now)
        self._moves.follow_players(now)
        self._take(self.game.tick(now))
        return self._take_effects()

    def stop(self, now: float) -> list[Effect]:
        """Save every room and say goodbye to everyone."""
        self._keep_time(now)
        self._reception.close()
        self._take(self.game.stop(now))
        return self._take_effects()

    def room_at(self, link_id: int) -> str:
        """Return the room that a link drives in or watches; or ""."""
        session = self.game.session_at(link_id)
        return (session.room_id or session.watching) if session is not None else ""

    # Told to others

    def card(self) -> Card:
        """Return what this node tells of itself."""
        claim, lobby = self.cluster.claim, self.game.lobby
        rooms = tuple(bulletins.room_card(room) for room in lobby.rooms.values())
        people = bulletins.people_cards(lobby)
        return Card(
            claim.node, claim.boot, claim.address, self.cluster.draining, self.load, rooms, people,
            full=self.game.door.full,
        )  # fmt: skip

    def _way_on(self, now: float) -> Redirect | None:
        """Return the way to the node with the most room for a newcomer, if one has any."""
        for card in self._moves.targets(now):
            if not card.full:
                text = f"The server is busy: {card.node} has room."
                return bulletins.redirect(card.address, "", "", text)
        return None

    def _see(self, now: float) -> None:
        """Show what the other nodes tell, and send on who waits for a room."""
        others = self.cluster.others(now)
        self._take(self.game.see(others, bulletins.node_rows(self.card(), others)))
        self._reception.see(now)

    # Orders of the cluster

    def _keep_time(self, now: float) -> None:
        self.cluster.keep_time(now)
        self._obey(now)

    def _obey(self, now: float) -> None:
        if not self.cluster.orders:
            return
        orders, self.cluster.orders = self.cluster.orders, []
        for order in orders:
            match order:
                case Granted(room_id, epoch):
                    self._take(self.game.grant(room_id, epoch))
                case TakenOver():
                    self._restore(order, now)
                case Pause(room_id):
                    self._moves.note_pause(room_id)
                    self._take(self.game.pause(room_id, PAUSED))
                case Unpause(room_id):
                    # A room on its way is let go by the answer to that alone.
                    if room_id not in self._moves:
                        self._take(self.game.unpause(room_id, now))
                case Lost(room_id):
                    self._lose(room_id, now)
                case Unwelcome(text):
                    self.unwelcome = text

    def _restore(self, order: TakenOver, now: float) -> None:
        room_id, previous = order.room_id, order.former.node
        try:
            effects = self.game.restore(order.save, order.epoch, order.chat, now, previous=previous)
        except BadSave as error:
            self.cluster.give_up(room_id)
            self._report(f"room {room_id}: {error}; its save is kept")
            return
        self._take(effects)
        self._moves.arrived(room_id, now)
        if not self.game.steward.awaits_followers(room_id):
            self._succession.tell(order.former, order.epoch, now)
        room = self.game.lobby.rooms.get(room_id)
        for seat in room.players if room is not None else ():
            # Who waited here takes the same way as to any other node.
            own = self._own_lease(room_id, order.epoch)
            way = self._reception.found(own, seat.player_id)
            self._take(self.game.send_on(self.game.lobby.sessions[seat.player_id], way))
        where = f"epoch {order.epoch}, tick {order.save.tick}"
        self._report(f"room {room_id}: taken up from {previous}, {where}")
        self._reception.tick(now)
        self._reception.see(now)

    def _lose(self, room_id: str, now: float, heir: Lease | None = None) -> None:
        """Another node has a room: send everyone there, now or when it is known where.

        Args:
            heir: who says so, and is there: it need not be seen.
        """
        self._moves.forget(room_id)
        if room_id not in self.game.lobby.rooms:
            return
        seen = self.cluster.owner_of(room_id, now)
        owner = heir or seen
        if owner is None:
            self.cluster.look_now()

        def send(session: Session, purpose: Purpose) -> Redirect | None:
            if owner is None:
                self._reception.long_for(session.player_id, room_id)
                return None
            return self._reception.way_to(owner, session.player_id, purpose)

        self._report(f"room {room_id}: another node has it")
        if seen is not None:
            self._relays.adopt(self.game.lobby.rooms[room_id], now)
        self._take(self.game.lose(room_id, send))
        self._office.forget(room_id)

    def _heard_of_heir(self, link_id: int, hello: Hello, epoch: int, now: float) -> None:
        """A node tells that it has a room of ours: we may not have been able to see it."""
        heir = self.cluster.heard_of_heir(hello.room_id, hello.name, epoch)
        if heir is not None:
            self._lose(hello.room_id, now, heir if heir.boot else None)
        self._effects.append(Close(link_id, bulletins.goodbye("heard", "")))

    def _own_lease(self, room_id: str, epoch: int) -> Lease:
        claim = self.cluster.claim
        return Lease(room_id, claim.node, claim.boot, claim.address, epoch, 0.0, saved=True)

    def _is_for_another(self, session: Session, message: Message, now: float) -> bool:
        """Send a player to the node of the room that was asked for; return whether it is done."""
        if self.cluster.draining and isinstance(message, CreateRoom):
            self._take(self.game.tell(session, DRAINING))
            return True
        if isinstance(message, AskCluster | OrderFault):
            self._effects.extend(self._overview.handle(session, message, now))
            return True
        if isinstance(message, NodeTimes) and not session.is_node:
            times = {row.node: row.rtt_ms for row in message.rows}
            self._moves.note_times(session.player_id, times)
            return True
        if isinstance(message, CreateRoom) and not session.room_id and not session.is_node:
            nearer = self._moves.begin_at(session.player_id, now)
            if nearer is not None:
                way = bulletins.redirect(nearer.address, "", "", "")
                self._take(self.game.send_on(session, way))
            return nearer is not None
        if self._relays.handle(session, message, now):
            return True
        if session.room_id or session.is_node or not isinstance(message, JoinRoom | Watch):
            return False
        room_id = message.room_id or self._any_room(now)
        if not room_id or room_id in self.game.lobby.rooms:
            return False
        owner = self.cluster.owner_of(room_id, now)
        if owner is None:
            if self.cluster.lease_of(room_id) is None:
                return False
            text = "The server of that room does not answer: try again in a moment."
            self._take(self.game.tell(session, text))
            return True
        if isinstance(message, Watch) and self._relays.watch(session, room_id, now):
            return True
        purpose = Purpose.WATCH if isinstance(message, Watch) else Purpose.SIT
        way = self._reception.way_to(owner, session.player_id, purpose)
        self._take(self.game.send_on(session, way))
        return True

    def _any_room(self, now: float) -> str:
        """Return a room of another node with a free seat, if there is none here."""
        if self.game.lobby.open_room() is not None:
            return ""
        for card in self.cluster.others(now):
            for room in card.rooms:
                races = room.mode == RoomMode.RACE and room.phase != RoomPhase.RACING
                if races and room.seats < SEATS_MAX and not card.draining:
                    return room.room_id
        return ""

    # Moving rooms

    def move(self, room_id: str, to: Card, now: float) -> bool:
        """Hand a room over to another node; return whether that has begun."""
        return self._moves.begin(room_id, to, now)

    def drain(self, now: float) -> None:
        """Begin to hand over all rooms, and take no more."""
        self._moves.drain(now)

    def drained(self, now: float) -> bool:
        """Whether nothing is left that another node could have."""
        return self._moves.drained(now)

    # Small things

    def _take(self, effects: list[Effect]) -> None:
        """Pass effects of the game on, but for what concerns the cluster."""
        for effect in effects:
            match effect:
                case OpenRoom(room_id):
                    self.cluster.want(room_id)
                case CloseRoom(room_id):
                    self._moves.forget(room_id)
                    self._office.forget(room_id)
                    self._effects.extend(self.cluster.release(room_id))
                case _:
                    self._effects.append(effect)

    def _report(self, text: str) -> None:
        self._effects.append(Report(text))

    def _take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects
