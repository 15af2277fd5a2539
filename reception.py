"""Who comes for a room: let in, sent on, or kept waiting until its owner is known.

A hello that names a room, or comes from a player who has a seat somewhere, is
answered when it is known where that room is, or after a while. Whoever was
let in without the room *longs* for it, and is sent on as soon as another node
runs it. Which node runs what is the cluster's to know, and what a player may
do here is the game's.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import bulletins
from cluster import Cluster
from db.store import Lease
from effects import Close, Effect
from game import Game
from lobby import is_token, player_id_of
from protocol import VERSION, Hello, Message, Redirect
from ticket import AGENT, Office, Purpose

HOLD_S = 2.0
"""A player whose room is being taken over is answered after so long at the latest."""
HELD_MESSAGES_MAX = 64
"""What such a player may say meanwhile; the rest is dropped."""
CLOSED = "Your room is closed: choose another."
UNREADABLE = "Your room cannot be read by this server; it is kept: choose another."
TAKEN_OVER_SOON = "The server of your race does not answer: another takes it over soon."


@dataclass(slots=True)
class Waiting:
    """A link that said hello, and is not answered before its room is found."""

    hello: Hello
    player_id: str
    room_id: str
    epoch: int
    """Of the room's owner, by the player's ticket; older leases are out of date."""
    since: float
    messages: list[Message] = field(default_factory=list)


class Reception:
    """All who wait at one node for a room that is not there."""

    def __init__(
        self,
        game: Game,
        cluster: Cluster,
        office: Office,
        take: Callable[[list[Effect]], None],
        hear: Callable[[int, Message, float], None],
        hear_heir: Callable[[int, Hello, int, float], None],
    ) -> None:
        """Args:
        take: passes effects on.
        hear: told what a link said while it waited, once it is let in.
        hear_heir: told of a node that says, with an epoch, that a room is its own by now.
        """
        self._game = game
        self._cluster = cluster
        self._office = office
        self._take = take
        self._hear = hear
        self._hear_heir = hear_heir
        self._waiting: dict[int, Waiting] = {}
        self._longing: dict[str, tuple[str, int]] = {}
        """Players here, and the room without an owner (since an epoch) that each waits for."""

    def holds(self, link_id: int, message: Message) -> bool:
        """Keep what a link says that waits; return whether it does."""
        waiting = self._waiting.get(link_id)
        if waiting is not None and len(waiting.messages) < HELD_MESSAGES_MAX:
            waiting.messages.append(message)
        return waiting is not None

    def left(self, link_id: int) -> bool:
        """A link has gone; return whether it was one that waited."""
        return self._waiting.pop(link_id, None) is not None

    def close(self) -> None:
        """The node stops: say goodbye to all who wait."""
        farewell = bulletins.goodbye("stopping", "The server is stopping: try again.")
        self._take([Close(link_id, farewell) for link_id in self._waiting])
        self._waiting.clear()

    def tick(self, now: float) -> None:
        """Answer whoever can be answered, or has waited long enough."""
        for link_id, waiting in list(self._waiting.items()):
            self._look_after(link_id, waiting, now)

    def see(self, now: float) -> None:
        """Send on whose room has an owner again."""
        for player_id, longing in list(self._longing.items()):
            self._mind_longing(player_id, *longing, now)

    def long_for(self, player_id: str, room_id: str) -> None:
        """A player here has lost a room, and nobody knows yet to whom."""
        self._longing[player_id] = room_id, 0

    def found(self, owner: Lease, player_id: str) -> Redirect:
        """A player's room has an owner again: return the way there."""
        self._longing.pop(player_id, None)
        return self.way_to(owner, player_id, Purpose.BACK)

    def way_to(self, owner: Lease, player_id: str, purpose: Purpose) -> Redirect:
        """Return where a room is, with the ticket that lets a player in."""
        ticket = self._office.write(player_id, owner.room_id, owner.boot, owner.epoch, purpose)
        return bulletins.redirect(owner.address, owner.room_id, ticket, "")

    def hello(self, link_id: int, hello: Hello, now: float) -> None:
        """Let a player in, unless the room of that player is elsewhere."""
        player_id = player_id_of(hello.token) if is_token(hello.token) else ""
        known = self._game.lobby.sessions.get(player_id)
        room_id = hello.room_id or self._cluster.room_of(player_id)
        if (known is not None and known.room_id) or hello.version != VERSION or not room_id:
            self._admit(link_id, hello, now)
            return
        sent = self._office.read(hello.ticket, player_id, room_id)
        if sent is not None and sent[0] is Purpose.HEIR:
            self._hear_heir(link_id, hello, sent[1], now)
            return
        if hello.agent == AGENT and (sent is None or sent[0] is not Purpose.RELAY):
            self._take([Close(link_id, bulletins.no_node())])
            return
        if sent is not None:
            self._cluster.expect(room_id)
        if (
            sent is not None
            or not self._cluster.sighted
            or self._cluster.lease_of(room_id) is not None
        ):
            epoch = sent[1] if sent is not None else 0
            self._waiting[link_id] = Waiting(hello, player_id, room_id, epoch, now)
            self._look_after(link_id, self._waiting[link_id], now)
            return
        self._admit(link_id, hello, now)

    def _look_after(self, link_id: int, waiting: Waiting, now: float) -> None:
        """Answer a held hello if it can be told where the room is."""
        room_id = waiting.room_id
        owner = self._cluster.owner_of(room_id, now)
        if room_id in self._game.lobby.rooms:
            self._admit_waiting(link_id, now)
        elif owner and owner.epoch > waiting.epoch and self._cluster.knock(owner, now):
            del self._waiting[link_id]
            purpose = Purpose.RELAY if waiting.hello.agent == AGENT else Purpose.BACK
            way = self.way_to(owner, waiting.player_id, purpose)
            self._take([Close(link_id, way)])
        elif now - waiting.since >= HOLD_S or self._cluster.is_gone(room_id):
            self._admit_waiting(link_id, now)
            session = self._game.session_at(link_id)
            if session is None or session.room_id or session.watching:
                return
            if not self._cluster.is_gone(room_id):
                lease = self._cluster.lease_of(room_id)
                self._longing[session.player_id] = room_id, waiting.epoch
                epoch = lease.epoch if lease is not None else 0
                self._take(self._game.have_wait(session, room_id, epoch, TAKEN_OVER_SOON))
            elif self._cluster.lease_of(room_id) is not None:
                self._take(self._game.tell(session, UNREADABLE))

    def _admit_waiting(self, link_id: int, now: float) -> None:
        waiting = self._waiting.pop(link_id)
        self._admit(link_id, waiting.hello, now)
        for message in waiting.messages:
            self._hear(link_id, message, now)

    def _admit(self, link_id: int, hello: Hello, now: float) -> None:
        """Let a player in, and to the room that a ticket speaks of."""
        player_id = player_id_of(hello.token) if is_token(hello.token) else ""
        room = self._game.lobby.rooms.get(hello.room_id)
        sent = None
        if room is not None and hello.ticket:
            sent = self._office.use(hello.ticket, player_id, room.room_id, room.epoch)
        bad = bool(hello.ticket) and sent is None
        if hello.agent == AGENT:
            if room is not None and sent is Purpose.RELAY:
                self._take(self._game.admit_node(link_id, hello, room, now))
            else:
                self._take([Close(link_id, bulletins.no_node())])
            return
        if bad:
            hello = replace(hello, room_id="")
        self._take(self._game.hello(link_id, hello, sent, now))
        session = self._game.session_at(link_id)
        if bad and session is not None and not session.room_id:
            text = "That ticket is not good here, or not any more: choose a room."
            self._take(self._game.tell(session, text))

    def _mind_longing(self, player_id: str, room_id: str, epoch: int, now: float) -> None:
        """Send on a player whose room has an owner again."""
        session = self._game.lobby.sessions.get(player_id)
        owner = self._cluster.owner_of(room_id, now)
        if session is None or session.link_id is None or session.room_id or session.watching:
            del self._longing[player_id]
        elif owner and owner.epoch > epoch and self._cluster.knock(owner, now):
            self._take(self._game.send_on(session, self.found(owner, player_id)))
        elif self._cluster.is_gone(room_id):
            del self._longing[player_id]
            text = CLOSED if self._cluster.lease_of(room_id) is None else UNREADABLE
            self._take(self._game.dismiss(session, room_id, text))
