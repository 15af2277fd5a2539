"""Spectators of rooms that other nodes run, fed over one link a room.

A crowd that watches a race costs its owner one link for each node on which
the crowd is: the node says `Watch` to the owner as a client does, proves with
a ticket that it is a node, and passes on what it hears; snapshots reach it
whole, and are packed here for those who watch here. What its spectators say
goes to the owner, which numbers all lines of the room.

It does no I/O and reads no clock. Nothing rests on it: where a relay is not
to be had, or hears nothing, spectators are sent to the owner by `Redirect`.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import bulletins
from chat import HISTORY_LINES_MAX, clean
from cluster import Cluster
from db.store import Lease
from effects import CallOwner, Effect, HangUp, OwnerLost, OwnerSaid, Send, SendSnapshot, TellOwner
from game import Game
from lobby import Entropy, Room, RoomPhase, Session, new_token, player_id_of
from protocol import (
    VERSION,
    WATCHING,
    WHOLE,
    Channel,
    ChatHistory,
    ChatLine,
    Dismissed,
    Goodbye,
    Hello,
    LineRow,
    Message,
    Ping,
    Pong,
    RaceEvents,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    Results,
    RoomState,
    Saved,
    Say,
    SayFor,
    Snapshot,
    Watch,
    Welcome,
)
from ticket import AGENT, Office, Purpose

RELAYS_MAX = 32
"""Rooms that one node relays."""
SPECTATORS_MAX = 256
"""Of one relay; more are sent to the owner."""
AGAIN_S = 0.3
"""After a call that failed."""
ANSWER_S = 4.0
"""An owner that has not said welcome after so long is called again."""
PATIENCE_S = 3.0
"""An owner seems well, and we do not hear it for so long: send the spectators there."""
NEVER = 1 << 32
"""An epoch that no room reaches: which one we followed to is not known yet."""
AWAY = "The server of this race does not answer: another takes it over soon."
CUT_OFF = "The room is out of reach just now: wait a moment."
CLOSED = "The room is closed: choose another."
TOO_MUCH = "That was too much at once: wait a moment."


@dataclass(slots=True)
class Relay:
    """One room of another node, its spectators here, and what they were shown."""

    room_id: str
    since: float
    """When we heard the room last, or began to want to."""
    spectators: dict[str, Session] = field(default_factory=dict)
    call: int = 0
    """The link to the owner; 0: none."""
    called_at: float = 0.0
    open: bool = False
    """Whether the owner has let us in."""
    boot: str = ""
    epoch: int = 0
    retry_at: float = 0.0
    followed_at: float | None = None
    state: RoomState | None = None
    start: RaceStart | None = None
    pause: RacePaused | None = None
    snapshot: Snapshot | None = None
    lines: deque[LineRow] = field(default_factory=lambda: deque(maxlen=HISTORY_LINES_MAX))

    @property
    def audience(self) -> list[Session]:
        """Those who still watch, and are connected."""
        return [
            one
            for one in self.spectators.values()
            if one.watching == self.room_id and one.link_id is not None
        ]

    @property
    def links(self) -> tuple[int, ...]:
        """Their links."""
        return tuple(one.link_id for one in self.audience if one.link_id is not None)

    @property
    def slots(self) -> tuple[int, ...]:
        """Of each link, whether it reads differences; none of them has a car here."""
        return tuple(WATCHING if one.deltas else WHOLE for one in self.audience)


class Relays:
    """All relays of one node."""

    def __init__(
        self,
        game: Game,
        cluster: Cluster,
        office: Office,
        entropy: Entropy,
        calls: Iterator[int],
        take: Callable[[list[Effect]], None],
    ) -> None:
        """Args:
        calls: numbers for links to other nodes.
        take: passes effects on.
        """
        self.relays: dict[str, Relay] = {}
        self._game = game
        self._cluster = cluster
        self._office = office
        self._take = take
        self._entropy = entropy
        self._token = ""
        """Ours for all owners, from the first call on."""
        self._calls = calls

    # Spectators

    def handle(self, session: Session, message: Message, now: float) -> bool:
        """Carry out what a spectator asks of a relay; return whether it was that."""
        relay = self.relays.get(session.watching)
        if relay is None or session.player_id not in relay.spectators:
            return False
        if isinstance(message, Say) and message.channel == Channel.ROOM:
            self._say(relay, session, message.text, now)
            return True
        # Asked again, for nothing was shown yet.
        return isinstance(message, Watch) and message.room_id == relay.room_id

    def watch(self, session: Session, room_id: str, now: float) -> bool:
        """Let a player watch a room of another node from here; False where that cannot be."""
        relay = self.relays.get(room_id)
        if self._cluster.draining or (relay is None and len(self.relays) >= RELAYS_MAX):
            return False
        if relay is not None and len(relay.spectators) >= SPECTATORS_MAX:
            return False
        if session.commands.spend(now) > 0.0:
            self._take(self._game.tell(session, TOO_MUCH))
            return True
        if relay is None:
            relay = self.relays[room_id] = Relay(room_id, now)
        self._add(relay, session)
        if relay.call:
            self._show(relay, session)
        else:
            self._attend(relay, now)
        return True

    def adopt(self, room: Room, now: float) -> None:
        """A room goes to another node: who watches it here stays here, as far as may be."""
        watching = [one for one in room.watchers.values() if not one.is_node]
        if self._cluster.draining or not watching or len(self.relays) >= RELAYS_MAX:
            return
        relay = self.relays.setdefault(room.room_id, Relay(room.room_id, now))
        for session in watching:
            self._add(relay, session)
        self._attend(relay, now)

    def _add(self, relay: Relay, session: Session) -> None:
        self._game.lobby.look_away(session)
        session.watching = relay.room_id
        relay.spectators[session.player_id] = session

    def _show(self, relay: Relay, session: Session) -> None:
        """Tell a new spectator what the others know already."""
        if relay.state is None or session.link_id is None:
            return
        known: list[Message | None] = [
            ChatHistory(int(Channel.ROOM), tuple(relay.lines)),
            relay.state,
            relay.start,
            relay.pause,
        ]
        if relay.start is not None and relay.snapshot is not None:
            seen = relay.snapshot
            known[2] = replace(relay.start, tick=seen.tick, go_tick=seen.go_tick)
        link = (session.link_id,)
        self._take([Send(link, message) for message in known if message is not None])

    def _say(self, relay: Relay, session: Session, text: str, now: float) -> None:
        """Hand a line to the owner, within the limits of its speaker."""
        refusal = ""
        if session.commands.spend(now) > 0.0:
            refusal = TOO_MUCH
        elif not clean(text):
            refusal = "That line holds nothing that can be shown."
        elif not relay.open or relay.pause is not None:
            refusal = CUT_OFF
        elif session.allowance.spend(now) > 0.0:
            refusal = "You are writing too fast: wait a moment."
        if refusal:
            self._take(self._game.tell(session, refusal))
            return
        line = SayFor(relay.room_id, session.player_id, session.name, text)
        self._take([TellOwner(relay.call, line)])

    # The links to owners

    def settle(self, outcome: OwnerSaid | OwnerLost, now: float) -> None:
        """Take in what came over a link to an owner."""
        relay = next((one for one in self.relays.values() if one.call == outcome.call), None)
        if relay is None:
            return
        if isinstance(outcome, OwnerLost):
            self._lost(relay, now)
        else:
            self._heard(relay, outcome.message, now)

    def tick(self, now: float) -> None:
        """Call owners, again where need be; end what nobody watches."""
        for relay in list(self.relays.values()):
            for player_id, session in list(relay.spectators.items()):
                here = self._game.lobby.sessions.get(player_id) is session
                if not here or session.watching != relay.room_id or session.link_id is None:
                    del relay.spectators[player_id]
            if not relay.spectators:
                self._end(relay)
            elif relay.room_id in self._game.lobby.rooms:
                self._bring_home(relay, now)
            else:
                self._attend(relay, now)

    def _attend(self, relay: Relay, now: float) -> None:
        """See to it that a relay hears the owner of its room."""
        owner = self._cluster.owner_of(relay.room_id, now)
        if relay.call and owner is not None:
            replaced = owner.epoch > relay.epoch and owner.boot != relay.boot
            if replaced or (not relay.open and now - relay.called_at > ANSWER_S):
                self._hang_up(relay)
                self._lost(relay, now)
        if relay.open or owner is None:
            relay.since = now
        if relay.call:
            return
        if owner is None:
            if self._cluster.is_gone(relay.room_id):
                self._dismiss(relay, bulletins.dismissed(relay.room_id, CLOSED))
        elif now - relay.since > PATIENCE_S:
            self._send_on(relay, owner)
        elif now >= relay.retry_at:
            self._token = self._token or new_token(self._entropy)
            relay.boot, relay.epoch = owner.boot, owner.epoch
            ticket = self._office.write(
                player_id_of(self._token), owner.room_id, owner.boot, owner.epoch, Purpose.RELAY
            )
            self._call(relay, owner.address, ticket, now)

    def _call(self, relay: Relay, address: str, ticket: str, now: float) -> None:
        relay.call, relay.called_at, relay.open = next(self._calls), now, False
        node = self._cluster.claim.node[:24]
        hello = Hello(VERSION, node, self._token, AGENT, relay.room_id, ticket)
        self._take([CallOwner(relay.call, address, hello)])

    def _lost(self, relay: Relay, now: float) -> None:
        relay.call, relay.open, relay.retry_at = 0, False, now + AGAIN_S
        if relay.start is not None and relay.pause is None:
            relay.pause = bulletins.waits_for_owner(relay.room_id, relay.start.epoch, AWAY)
            self._pass_on(relay, relay.pause)
        self._cluster.look_now()

    def _hang_up(self, relay: Relay) -> None:
        if relay.call:
            self._take([HangUp(relay.call)])
        relay.call, relay.open = 0, False

    def _heard(self, relay: Relay, message: Message, now: float) -> None:
        match message:
            case Welcome():
                # What holds now follows; what held before may be over.
                relay.open = True
                relay.start = relay.pause = relay.snapshot = None
            case Ping(nonce):
                self._take([TellOwner(relay.call, Pong(nonce))])
            case Redirect():
                self._follow(relay, message, now)
            case Goodbye() | Refused():
                self._lost(relay, now)
            case Dismissed(room_id):
                if room_id == relay.room_id:
                    self._dismiss(relay, message)
            case Snapshot():
                relay.snapshot = message
                if relay.links:
                    stream = f"{relay.room_id} by relay"
                    self._take([SendSnapshot(relay.links, message, stream, relay.slots)])
            case RaceEvents() | Saved():
                self._pass_on(relay, message)
            case RoomState() | RaceStart() | RacePaused() | Results():
                if message.room_id == relay.room_id:
                    self._note(relay, message)
                    self._pass_on(relay, message)
            case ChatLine() | ChatHistory():
                if message.channel == Channel.ROOM:
                    self._note_chat(relay, message)
                    self._pass_on(relay, message)

    def _note(self, relay: Relay, message: RoomState | RaceStart | RacePaused | Results) -> None:
        """Keep what who comes later must know."""
        relay.epoch = message.epoch
        match message:
            case RoomState():
                relay.state = message
                if message.phase != RoomPhase.RACING:
                    relay.start = relay.pause = relay.snapshot = None
            case RaceStart():
                relay.start, relay.pause, relay.snapshot = message, None, None
            case RacePaused():
                relay.pause = message
            case Results():
                relay.start = relay.pause = relay.snapshot = None

    def _note_chat(self, relay: Relay, message: ChatLine | ChatHistory) -> None:
        if isinstance(message, ChatHistory):
            relay.lines.clear()
            relay.lines.extend(message.lines)
            return
        said = (message.number, message.kind, message.author, message.text, message.sent_at)
        relay.lines.append(LineRow(*said))

    def _follow(self, relay: Relay, way: Redirect, now: float) -> None:
        """The room moves: go along, at once unless that was said a moment ago."""
        again = relay.followed_at is not None and now - relay.followed_at < AGAIN_S
        if again or way.room_id != relay.room_id or not way.ticket:
            self._lost(relay, now)
            return
        relay.followed_at = now
        relay.boot, relay.epoch = "", NEVER
        self._call(relay, way.address, way.ticket, now)

    def _pass_on(self, relay: Relay, message: Message) -> None:
        if relay.links:
            self._take([Send(relay.links, message)])

    # The end of a relay

    def _end(self, relay: Relay) -> None:
        self._hang_up(relay)
        self.relays.pop(relay.room_id, None)

    def _dismiss(self, relay: Relay, words: Dismissed) -> None:
        """The room is no more."""
        self._pass_on(relay, words)
        for session in relay.audience:
            session.watching = ""
        self._end(relay)

    def _send_on(self, relay: Relay, owner: Lease) -> None:
        """We cannot hear the owner, but the spectators may."""
        self._end(relay)
        for session in relay.audience:
            ticket = self._office.write(
                session.player_id, owner.room_id, owner.boot, owner.epoch, Purpose.WATCH
            )
            way = bulletins.redirect(owner.address, owner.room_id, ticket, "")
            self._take(self._game.send_on(session, way))

    def _bring_home(self, relay: Relay, now: float) -> None:
        """The room is ours by now: its spectators watch it here."""
        self._end(relay)
        for session in relay.audience:
            session.watching = ""
            self._take(self._game.handle(session.link_id or 0, Watch(relay.room_id), now))
