"""The door: who comes in, comes back, is sent on, and leaves.

It keeps the promises made to people about their place: a seat is kept for a
while, a name is known again, who is sent to another node takes a ticket
along. It reads no clock and steps no race; what it says goes out as effects,
through the herald.

Units: seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import bulletins
from admission import Admission
from chat import Allowance
from db.store import PlayerRecord
from effects import Close, CloseRoom, Effect, FindProfile, SavePlayer
from errors import CommandRefused, ServerBusy, ServerFull
from herald import Herald
from lobby import (
    SEAT_HELD_S,
    Entropy,
    Lobby,
    Room,
    Seat,
    SeatKind,
    Session,
    is_token,
    new_token,
    player_id_of,
)
from protocol import VERSION, Channel, Hello, NoticeKind, Redirect, Resume
from steward import Steward
from ticket import Purpose
from track import Track

AWAY = {
    "protocol": "kicked: broke the protocol",
    "too slow": "kicked: too slow",
    "silence": "lost connection: fell silent",
}
"""How others are told why a link has gone; any other reason is a lost connection."""
NODE_COMMANDS_BURST = 100
SECONDS_A_NODE_COMMAND = 0.02
"""A node speaks for all its spectators."""
FULL = "The server is full ({} players): try again in a while."
BUSY = "The server is busy: the races on it need all of it. Try again in a minute."
PAUSED = "The room stands still until the database answers: wait a moment."


class Door:
    """Everyone's way in and out of one node."""

    def __init__(
        self,
        node: str,
        lobby: Lobby,
        herald: Herald,
        steward: Steward,
        emit: Callable[[Effect], None],
        *,
        entropy: Entropy,
        tracks: Mapping[str, Track],
        changed: Callable[[Room, float], None],
    ) -> None:
        """Args:
        changed: told when fewer are in a room than before.
        """
        self._node = node
        self._lobby = lobby
        self._herald = herald
        self._steward = steward
        self._emit = emit
        self._entropy = entropy
        self._tracks = tracks
        self._changed = changed
        self.admission = Admission()
        """The shell tells it how busy the server is."""
        self.way_on: Callable[[float], Redirect | None] = lambda now: None
        """Tells where there is room for newcomers when there is none here, if anywhere."""

    @property
    def full(self) -> bool:
        """Whether newcomers are not let in."""
        return self._lobby.full or not self.admission.has_room(len(self._herald.links))

    # In

    def hello(self, link_id: int, hello: Hello, now: float, sent: Purpose | None = None) -> None:
        """Let a link in, or refuse it; who was sent here is shown to the right room."""
        if hello.version != VERSION:
            self._emit(Close(link_id, bulletins.wrong_version(hello.version)))
            return
        token = hello.token if is_token(hello.token) else new_token(self._entropy)
        known = self._lobby.sessions.get(player_id_of(token))
        replaced = known.link_id if known is not None else None
        try:
            if known is None and sent is None:
                self._refuse_if_busy(hello)
            session = self._lobby.welcome(hello.name, token, hello.agent, link_id, now)
        except CommandRefused as refusal:
            no_room = isinstance(refusal, ServerFull | ServerBusy) and not hello.room_id
            way = self.way_on(now) if no_room else None
            self._emit(Close(link_id, way or bulletins.refused(refusal)))
            return
        if replaced is not None:
            self._herald.drop(replaced)
            farewell = bulletins.goodbye("replaced", "You connected from elsewhere.")
            self._emit(Close(replaced, farewell))
        session.deltas = hello.deltas
        self._herald.links[link_id] = session
        self._herald.note_lobby()
        room, seat = self.place_of(session)
        offer = None
        if room is not None and seat is not None:
            if not self._steward.awaits_followers(room.room_id):
                self._steward.leave_car(room, seat)
            self._herald.note_room(room.room_id)
            lap = self._steward.lap_of(room, seat)
            offer = bulletins.Offer(room.room_id, room.title, lap, session.held_s(now))
        welcome = bulletins.welcome(self._node, session, token, offer, self._tracks)
        self._herald.send(session, welcome)
        self._herald.tell_nodes(session)
        self._herald.send(session, bulletins.chat_history(Channel.LOBBY, self._lobby.conversation))
        if room is not None:
            self._herald.tell_saved(session, room)
        self._emit(FindProfile(link_id, session.player_id))
        name, seen_at = session.name, self._herald.wall(now)
        self._emit(SavePlayer(PlayerRecord(session.player_id, name, seen_at)))
        wanted = self._lobby.rooms.get(hello.room_id)
        if room is None and wanted is not None:
            self._show_to(session, wanted, sent, now)
        elif room is None and replaced is None and not hello.room_id:
            self._herald.announce_all(f"{session.name} is here", now)

    def _refuse_if_busy(self, hello: Hello) -> None:
        """Keep newcomers out where there is no place, or where others would suffer.

        Raises:
            ServerFull: all places are taken.
            ServerBusy: those who are here need all that the server can do.
        """
        people = len(self._herald.links)
        if self.admission.crowded(people):
            self.admission.refused += 1
            raise ServerFull(FULL.format(self.admission.people_max))
        # Who names a room may have a seat in it that is being taken over.
        if not self.admission.admits(people) and not hello.room_id:
            raise ServerBusy(BUSY)

    def _show_to(self, session: Session, room: Room, sent: Purpose | None, now: float) -> None:
        try:
            if sent is Purpose.SIT:
                self.enter(session, room, now)
                return
            if sent is not Purpose.WATCH:
                text = "Your seat is gone: you watch the race."
                self._herald.tell(session, text, NoticeKind.INFO)
            self.watch(session, room, now)
        except CommandRefused as refusal:
            self._herald.tell(session, str(refusal), NoticeKind.WARNING)

    def enter(self, session: Session, room: Room, now: float) -> None:
        """Seat a player in a room.

        Raises:
            CommandRefused: there is no seat, or the room is paused.
        """
        self.refuse_paused(room)
        self._lobby.sit_down(session, room)
        self._show(session, room, now)
        self._herald.announce(room, f"{session.name} joined", now)
        self._steward.brief(room, session)

    def watch(self, session: Session, room: Room, now: float) -> None:
        """Let a player watch a room without a seat.

        Raises:
            CommandRefused: the player sits somewhere, or too many watch.
        """
        self._lobby.watch(session, room)
        self._show(session, room, now)
        self._steward.brief(room, session)
        results = self._steward.results.get(room.room_id)
        if results is not None:
            # Who comes from an earlier owner may know another end of the race.
            self._herald.send(session, results)
        self._herald.tell_saved(session, room)

    def _show(self, session: Session, room: Room, now: float) -> None:
        self._herald.enters_room(session)
        self._herald.send(session, bulletins.chat_history(Channel.ROOM, room.conversation))
        self._herald.send(session, bulletins.room_state(room, self._lobby, now))

    def resume(self, session: Session, order: Resume, now: float) -> None:
        """Let a player take up the seat that was kept.

        Raises:
            CommandRefused: there is no such seat.
        """
        room, seat = self.place_of(session)
        if room is None or seat is None:
            raise CommandRefused("Your seat is gone: the race went on without you.")
        if session.away_since is None:
            raise CommandRefused("You are in your seat already.")
        # Who followed a moved race has noticed nothing, and is told nothing.
        followed = self._steward.awaits_followers(room.room_id)
        seen = session.away_since != room.restored_at
        away_s = session.returned(now)
        self._steward.take_car(room, seat)
        lap, gates = self._steward.lap_of(room, seat), self._steward.gates_of(room, seat)
        lost = max(0, order.gates - gates) if lap else 0
        missed = room.conversation.missed_since(order.line) if order.line else 0
        self._herald.send(session, bulletins.room_state(room, self._lobby, now))
        self._herald.send(session, bulletins.chat_history(Channel.ROOM, room.conversation))
        answer = bulletins.resumed(room, away_s, lap, lost, missed, quiet=followed, seen=seen)
        self._herald.send(session, answer)
        self._steward.brief(room, session)
        results = self._steward.results.get(room.room_id)
        if results is not None and any(row.player_id == session.player_id for row in results.rows):
            self._herald.send(session, results)
        if not followed:
            self._herald.announce(room, f"{session.name} is back", now)

    def admit_node(self, link_id: int, hello: Hello, room: Room, now: float) -> None:
        """Let another node in, which has proved to be one, to watch a room for its spectators."""
        player_id = player_id_of(hello.token)
        old = room.watchers.get(player_id)
        if old is not None and old.link_id is not None:
            self._herald.drop(old.link_id)
            farewell = bulletins.goodbye("replaced", "You connected from elsewhere.")
            self._emit(Close(old.link_id, farewell))
        # No entry in the lobby: it is no person, and may be here once for each room.
        session = Session(player_id, hello.name, hello.agent, link_id, is_node=True)
        session.watching, room.watchers[player_id] = room.room_id, session
        session.commands = Allowance(NODE_COMMANDS_BURST, SECONDS_A_NODE_COMMAND)
        self._herald.links[link_id] = session
        welcome = bulletins.welcome(self._node, session, hello.token, None, self._tracks)
        self._herald.send(session, welcome)
        self._show(session, room, now)
        self._steward.brief(room, session)
        self._herald.tell_saved(session, room)

    # Out

    def lost(self, link_id: int, reason: str, now: float) -> None:
        """A link has gone without a goodbye; its seat is held for a while."""
        session = self._herald.drop(link_id)
        if session is None:
            return
        if session.is_node:
            self._lobby.look_away(session)
            return
        session.link_id, session.away_since = None, now
        why = AWAY.get(reason, "lost connection")
        room, seat = self.place_of(session)
        if room is None or seat is None:
            self.depart(session, why, now)
            return
        self._steward.leave_car(room, seat)
        driven = ", a caretaker drives" if seat.kind is SeatKind.CARETAKER else ""
        kept = f"the seat is kept for {SEAT_HELD_S:.0f} s"
        self._herald.note_lobby()
        self._herald.announce(room, f"{session.name} is away ({why}){driven}; {kept}", now)
        self._changed(room, now)

    def goodbye(self, session: Session, now: float) -> None:
        """A player quits."""
        link_id = session.link_id
        if session.is_node and link_id is not None:
            self.lost(link_id, "quit", now)
        else:
            self.depart(session, "quit", now)
        if link_id is not None:
            self._emit(Close(link_id, None))

    def depart(self, session: Session, reason: str, now: float) -> None:
        """Let a session go for good; its link is not written to any more."""
        if session.link_id is not None:
            self._herald.drop(session.link_id)
        self.vacate(session, reason, now)
        self._lobby.forget(session)
        self._herald.announce_all(f"{session.name} left ({reason})", now)
        self._herald.note_lobby()

    def lapse(self, now: float) -> None:
        """Give up the seats that were kept for long enough."""
        for session in self._lobby.lapsed(now):
            reason = "did not come back in time"
            if session.link_id is None:
                self.depart(session, reason, now)
                continue
            # Connected, but the seat was neither taken up nor given up.
            room_id = session.room_id
            self.vacate(session, reason, now)
            text = "Your seat is gone: it was not taken up."
            self._herald.send(session, bulletins.dismissed(room_id, text))

    def forfeit(self, session: Session, now: float) -> None:
        """Let a player give up the seat that was kept.

        Raises:
            CommandRefused: there is none.
        """
        if session.away_since is None:
            raise CommandRefused("No seat is kept for you.")
        self.vacate(session, "gave the seat up", now)

    def vacate(self, session: Session, reason: str, now: float) -> None:
        """Give up the seat of a session, and the car with it; or look away."""
        if session.watching:
            self._lobby.look_away(session)
            return
        room, seat = self.place_of(session)
        if room is not None and seat is not None:
            self._steward.retire(room, seat)
        self._lobby.stand_up(session)
        if room is None or seat is None or self.close_if_empty(room):
            return
        self._herald.note_lobby()
        self._herald.announce(room, f"{seat.name} left ({reason})", now)
        self._changed(room, now)

    def close_if_empty(self, room: Room) -> bool:
        """Close a room in which nobody sits, for good."""
        if room.players:
            return False
        self._steward.drop(room.room_id)
        for session in list(room.watchers.values()):
            self._lobby.look_away(session)
            text = "The room is closed: nobody is left."
            self._herald.send(session, bulletins.dismissed(room.room_id, text))
        del self._lobby.rooms[room.room_id]
        self._emit(CloseRoom(room.room_id))
        self._herald.note_lobby()
        return True

    # On to another node

    def lose(self, room: Room, send: Callable[[Session, Purpose], Redirect | None]) -> None:
        """Let go of a room that another node has, and send everyone in it there.

        Who cannot be sent yet, for the new owner is not known, waits in the lobby.
        """
        self._steward.drop(room.room_id)
        for session in list(room.watchers.values()):
            self._lobby.look_away(session)
            purpose = Purpose.RELAY if session.is_node else Purpose.WATCH
            self._send_on(session, room, send(session, purpose))
        for seat in room.players:
            session = self._lobby.sessions[seat.player_id]
            self._lobby.stand_up(session)
            if session.link_id is None:
                self._lobby.forget(session)
            else:
                self._send_on(session, room, send(session, Purpose.BACK))
        del self._lobby.rooms[room.room_id]
        self._herald.note_lobby()

    def _send_on(self, session: Session, room: Room, words: Redirect | None) -> None:
        if words is not None:
            self.send_on(session, words)
            return
        text = "Another server takes this race over: you are sent there soon."
        self._herald.send(session, bulletins.race_paused(room, text))

    def send_on(self, session: Session, words: Redirect) -> None:
        """Send a player to another node, or to the seat that this one has by now."""
        link_id = session.link_id
        if link_id is None:
            return
        self._herald.drop(link_id)
        self._emit(Close(link_id, words))
        session.link_id = None
        if not session.room_id:
            self._lobby.forget(session)
        self._herald.note_lobby()

    # Small things

    def look_up_racers(self, race_id: str) -> None:
        """Ask again what those have done whose result is saved, if they are still here."""
        for results in self._steward.results.values():
            for row in results.rows if results.race_id == race_id else ():
                session = self._lobby.sessions.get(row.player_id)
                if session is not None and session.link_id is not None:
                    self._emit(FindProfile(session.link_id, session.player_id))

    def place_of(self, session: Session) -> tuple[Room, Seat] | tuple[None, None]:
        """Return the room and the seat of a session, if it has them."""
        room = self._lobby.rooms.get(session.room_id)
        seat = room.seat_of(session.player_id) if room is not None else None
        return (room, seat) if room is not None and seat is not None else (None, None)

    def refuse_paused(self, room: Room) -> None:
        """Change nothing in a room that stands still.

        Raises:
            CommandRefused: it does.
        """
        if self._steward.is_paused(room.room_id):
            raise CommandRefused(PAUSED)
