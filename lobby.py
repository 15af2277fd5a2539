"""Who is here and who sits where: sessions, rooms, seats, readiness.

Pure bookkeeping: it moves people between rooms and says no in one sentence
(`CommandRefused`). It sends nothing, steps no race and reads no clock or
random source: `now` and `entropy` are arguments.

A *session* is a logged-in presence and survives its connection. It is known
by the hash of its secret token, so that a server which never saw a token
before still recognises the player: the identity needs no look-up.

Units: seconds (monotonic), milliseconds where the name says so.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from car import CarClass
from chat import Allowance, Conversation, clean, clean_name
from db.store import Card
from errors import CommandRefused, ServerFull

SEATS_MAX = 8
"""Cars in one room."""
ROOMS_MAX = 64
WATCHERS_MAX = 64
"""Spectators of one room."""
LAPS_MAX = 20
LEVEL_MAX = 2
TITLE_CHARS_MAX = 32
SEAT_HELD_S = 60.0
"""How long the seat of a lost connection is kept."""
COMMANDS_BURST = 20
SECONDS_A_COMMAND = 0.1
"""Nobody plays faster; more would fill what others wait for."""
TOKEN_BYTES = 32
"""Entropy of a session token: beyond guessing."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
PLAYER_ID_CHARS = 12

Entropy = Callable[[int], bytes]
"""Returns so many unpredictable bytes, such as `os.urandom`."""


class RoomPhase(IntEnum):
    """What a room is doing."""

    WAITING = 0
    RACING = 1
    RESULTS = 2


class RoomMode(IntEnum):
    """What the races of a room are."""

    RACE = 0
    """Against each other."""
    TRIAL = 1
    """Against the clock and the ghosts of earlier laps: nobody touches anybody."""


class SeatKind(IntEnum):
    """Who drives the car of a seat."""

    HUMAN = 0
    BOT = 1
    CARETAKER = 2
    """A player's seat, driven by a bot until the player is back."""


def new_token(entropy: Entropy) -> str:
    """Return a fresh session token: 43 URL-safe characters."""
    return base64.urlsafe_b64encode(entropy(TOKEN_BYTES)).rstrip(b"=").decode()


def is_token(text: str) -> bool:
    """Whether a text may be a token of ours; anything else would be easy to guess."""
    return TOKEN.fullmatch(text) is not None


def player_id_of(token: str) -> str:
    """Return the public name of a token's owner, which does not give it away.

    Its 72 bits are too many to search for another token of the same owner.
    """
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:PLAYER_ID_CHARS]


@dataclass(slots=True)
class Session:
    """A player who is here, or was within the last minute."""

    player_id: str
    name: str
    agent: str
    """What kind of program speaks: "client", "bot"."""
    link_id: int | None
    """The connection, or None while it is lost."""
    room_id: str = ""
    """The room with the seat of this player."""
    watching: str = ""
    """The room that this player watches without a seat."""
    away_since: float | None = None
    """When the connection was lost; connecting again does not end it, but
    taking up the seat does."""
    rtt_ms: int = 0
    deltas: bool = False
    """Whether the client reads snapshots as differences."""
    is_node: bool = False
    """Whether this is another node, for its spectators; such a one is nobody's
    company and stands in no list."""
    allowance: Allowance = field(default_factory=Allowance)
    """For lines of chat."""
    commands: Allowance = field(
        default_factory=lambda: Allowance(COMMANDS_BURST, SECONDS_A_COMMAND)
    )

    @property
    def is_bot(self) -> bool:
        """Whether a program drives for this session."""
        return self.agent == "bot"

    @property
    def in_lobby(self) -> bool:
        """Whether the player sees the list of rooms: at no wheel, and watching nobody."""
        return not self.watching and (not self.room_id or self.away_since is not None)

    def held_s(self, now: float) -> float:
        """Return how long the seat is still kept, if it is not taken up."""
        away_s = now - self.away_since if self.away_since is not None else 0.0
        return max(0.0, SEAT_HELD_S - away_s)

    def returned(self, now: float) -> float:
        """Note that the player has taken up the seat; return the seconds away."""
        away_s = now - self.away_since if self.away_since is not None else 0.0
        self.away_since = None
        return away_s


@dataclass(slots=True)
class Seat:
    """One place in a room, and the car that comes with it."""

    slot: int
    player_id: str
    """Empty for the server's own bots."""
    name: str
    kind: SeatKind
    ready: bool = False
    car_class: CarClass = CarClass.TOURING
    """What is driven in the next race from here."""

    @property
    def is_filler(self) -> bool:
        """Whether the server's own bot fills this seat for one race."""
        return not self.player_id


@dataclass(slots=True)
class Room:
    """One group racing together."""

    room_id: str
    title: str
    track: str
    laps: int
    bots: int
    """Seats that bots fill at the start, as far as there is room."""
    damage: bool = True
    """Whether impacts leave damage."""
    level: int = 1
    """How well the bots drive: a `bots.BotLevel`."""
    mode: RoomMode = RoomMode.RACE
    phase: RoomPhase = RoomPhase.WAITING
    epoch: int = 0
    """0 until the database has granted the room to this node."""
    start_by: float | None = None
    """When the race starts without those who are not ready; None while too few are."""
    restored_at: float | None = None
    """When it was taken up from a save; nobody here saw its players go."""
    saved_race: str = ""
    """The newest race here whose result a majority holds."""
    saved_epoch: int = 0
    """Under which it ended."""
    seats: dict[int, Seat] = field(default_factory=dict)
    watchers: dict[str, Session] = field(default_factory=dict)
    """Spectators, by player id."""
    conversation: Conversation = field(default_factory=Conversation)

    def seat_of(self, player_id: str) -> Seat | None:
        """Return the seat of a player, if there is one."""
        for seat in self.seats.values():
            if seat.player_id == player_id:
                return seat
        return None

    def free_slot(self) -> int | None:
        """Return the lowest empty slot, or None."""
        return next((slot for slot in range(SEATS_MAX) if slot not in self.seats), None)

    def starts_in_s(self, now: float) -> float:
        """Return how long it takes until the race starts without the rest; 0: not at all."""
        return max(0.0, self.start_by - now) if self.start_by is not None else 0.0

    @property
    def players(self) -> list[Seat]:
        """The seats that belong to sessions, by slot."""
        return [seat for _, seat in sorted(self.seats.items()) if not seat.is_filler]


class Lobby:
    """All sessions and all rooms of this node, and a glance at the others."""

    def __init__(self, entropy: Entropy, sessions_max: int) -> None:
        self.sessions: dict[str, Session] = {}
        self.rooms: dict[str, Room] = {}
        self.conversation = Conversation()
        self.elsewhere: tuple[Card, ...] = ()
        """The other nodes that are alive."""
        self._entropy = entropy
        self._sessions_max = sessions_max

    # Sessions

    @property
    def full(self) -> bool:
        """Whether there are as many sessions as there may be."""
        return len(self.sessions) >= self._sessions_max

    def welcome(self, name: str, token: str, agent: str, link_id: int, now: float) -> Session:
        """Return the session of `token`, a new one if it is not here.

        Raises:
            CommandRefused: the name is empty or taken.
            ServerFull: there are as many sessions as there may be.
        """
        player_id = player_id_of(token)
        known = self.sessions.get(player_id)
        if known is not None and known.room_id:
            # Whoever sits in a room keeps the name that the others know, and
            # is away until the seat is taken up: connecting alone keeps none.
            known.link_id, known.agent = link_id, agent
            if known.away_since is None:
                known.away_since = now
            return known
        shown = self._free_name(name, player_id)
        if known is not None:
            known.name, known.agent = shown, agent
            known.link_id, known.away_since = link_id, None
            return known
        if self.full:
            raise ServerFull("The server is full: try again in a while.")
        session = self.sessions[player_id] = Session(player_id, shown, agent, link_id)
        return session

    def _free_name(self, name: str, player_id: str) -> str:
        shown = clean_name(name)
        if not shown:
            raise CommandRefused("A name is needed: give one of 1 to 24 characters.")
        taken = [(other.player_id, other.name) for other in self.sessions.values()]
        taken += [(one.player_id, one.name) for card in self.elsewhere for one in card.people]
        if any(name.casefold() == shown.casefold() and owner != player_id for owner, name in taken):
            raise CommandRefused(f'The name "{shown}" is taken here: choose another.')
        return shown

    def lapsed(self, now: float) -> list[Session]:
        """Return the sessions whose seat, or place here, has been kept long enough."""
        return [
            session
            for session in self.sessions.values()
            if session.away_since is not None and now - session.away_since >= SEAT_HELD_S
        ]

    def forget(self, session: Session) -> None:
        """Drop a session; its seat, if any, must be given up first."""
        self.look_away(session)
        self.sessions.pop(session.player_id, None)

    # Rooms

    def create_room(
        self,
        title: str,
        track: str,
        laps: int,
        bots: int,
        *,
        damage: bool = True,
        level: int = 1,
        mode: RoomMode = RoomMode.RACE,
    ) -> Room:
        """Open a room; a time trial has no bots, and goes on for as long as there are laps.

        Raises:
            CommandRefused: there are too many rooms.
        """
        if len(self.rooms) >= ROOMS_MAX:
            raise CommandRefused("All rooms are taken: join one that is there.")
        room_id = self._entropy(4).hex()
        shown = clean(title, TITLE_CHARS_MAX) or f"Room {len(self.rooms) + 1}"
        if mode is RoomMode.TRIAL:
            laps, bots = LAPS_MAX, 0
        laps, bots = min(max(laps, 1), LAPS_MAX), min(bots, SEATS_MAX)
        room = Room(room_id, shown, track, laps, bots, damage, level, mode)
        self.rooms[room_id] = room
        return room

    def open_room(self) -> Room | None:
        """Return the fullest room for races with a free seat that is not racing, or None."""
        races = [room for room in self.rooms.values() if room.mode is RoomMode.RACE]
        rooms = [room for room in races if room.free_slot() is not None]
        waiting = [room for room in rooms if room.phase is not RoomPhase.RACING]
        return max(waiting, key=lambda room: len(room.seats), default=None)

    def room(self, room_id: str) -> Room:
        """Return a room by its id.

        Raises:
            CommandRefused: it is gone.
        """
        found = self.rooms.get(room_id)
        if found is None:
            raise CommandRefused("That room is gone: choose another.")
        return found

    def sit_down(self, session: Session, room: Room) -> Seat:
        """Give the session a seat.

        Raises:
            CommandRefused: it sits elsewhere, or every seat is taken.
        """
        if session.room_id:
            raise CommandRefused("You sit in a room already: leave it first.")
        slot = room.free_slot()
        if slot is None:
            wait = " until this race is over" if room.phase is RoomPhase.RACING else ""
            raise CommandRefused(f'"{room.title}" is full{wait}: choose another room.')
        self.look_away(session)
        kind = SeatKind.BOT if session.is_bot else SeatKind.HUMAN
        seat = room.seats[slot] = Seat(slot, session.player_id, session.name, kind)
        session.room_id = room.room_id
        return seat

    def stand_up(self, session: Session) -> None:
        """Take the session out of its room, if it sits in one."""
        room = self.rooms.get(session.room_id)
        seat = room.seat_of(session.player_id) if room is not None else None
        if room is not None and seat is not None:
            del room.seats[seat.slot]
        session.room_id = ""
        if session.link_id is not None:
            session.away_since = None

    def watch(self, session: Session, room: Room) -> None:
        """Let a session watch a room, and no other.

        Raises:
            CommandRefused: it sits in a room, or too many watch that one.
        """
        if session.room_id:
            raise CommandRefused("You sit in a room: leave it first.")
        self.look_away(session)
        if len(room.watchers) >= WATCHERS_MAX:
            raise CommandRefused(f'Too many watch "{room.title}": try again in a while.')
        session.watching = room.room_id
        room.watchers[session.player_id] = session

    def look_away(self, session: Session) -> None:
        """End the watching of a session, if it does."""
        room = self.rooms.get(session.watching)
        if room is not None:
            room.watchers.pop(session.player_id, None)
        session.watching = ""

    def seat_fillers(self, room: Room, names: Iterable[str]) -> list[Seat]:
        """Fill free seats with the server's bots, as many as the room wants."""
        taken = {seat.name.casefold() for seat in room.seats.values()}
        added: list[Seat] = []
        for name in names:
            slot = room.free_slot()
            if slot is None or len(added) >= room.bots:
                break
            if name.casefold() not in taken:
                seat = Seat(slot, "", name, SeatKind.BOT, ready=True)
                room.seats[slot] = seat
                added.append(seat)
        return added

    def clear_fillers(self, room: Room) -> None:
        """Free the seats that bots filled for one race."""
        room.seats = {slot: seat for slot, seat in room.seats.items() if not seat.is_filler}

    def present(self, room: Room) -> list[Session]:
        """Return the sessions that are connected and in their seats, by slot."""
        sessions = (self.sessions.get(seat.player_id) for seat in room.players)
        return [
            one
            for one in sessions
            if one is not None and one.link_id is not None and one.away_since is None
        ]

    def links_of(self, room: Room) -> tuple[int, ...]:
        """Return the links of those who are present, by slot, and of those who watch."""
        all_here = [*self.present(room), *room.watchers.values()]
        return tuple(one.link_id for one in all_here if one.link_id is not None)

    def dismiss_absent(self, room: Room) -> list[Seat]:
        """Free the seats of those who are not there; return them."""
        here = {session.player_id for session in self.present(room)}
        absent = [seat for seat in room.players if seat.player_id not in here]
        for seat in absent:
            self.stand_up(self.sessions[seat.player_id])
        return absent

    def readiness(self, room: Room) -> tuple[int, int]:
        """Return how many of those present are ready, and how many are present."""
        here = {session.player_id for session in self.present(room)}
        seats = [seat for seat in room.players if seat.player_id in here]
        return sum(seat.ready for seat in seats), len(seats)
