"""The authoritative whole: what each command does, and what happens by itself.

`handle`, `disconnect`, `settle` and `tick` take what came from outside and
return effects, in order, for the shell to carry out. `Game` is owned by one
thread and needs no lock; it does no I/O and reads no clock: `now` is the
monotonic time, and `wall_offset_s` turns it into the time of day.

Units: seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import bulletins
from db.store import ChatRecord, PlayerRecord, RoomSave
from effects import (
    BestLapsFound,
    ClaimRoom,
    Close,
    Effect,
    FindBestLaps,
    Outcome,
    ResultSaved,
    RoomClaimed,
    RoomLost,
    RoomSaved,
    SavePlayer,
    Send,
)
from errors import BadSave, CommandRefused, LocalProtocolError
from herald import Herald, recall
from lobby import (
    ROOMS_MAX,
    SEAT_HELD_S,
    Entropy,
    Lobby,
    Room,
    RoomPhase,
    Seat,
    SeatKind,
    Session,
    is_token,
    new_token,
    player_id_of,
)
from protocol import (
    VERSION,
    AskLeaderboard,
    Channel,
    CreateRoom,
    Drive,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    LeaveRoom,
    Message,
    NoticeKind,
    Ping,
    Pong,
    Ready,
    Resume,
    Say,
    Watch,
)
from steward import Steward
from track import Track

PING_EVERY_S = 2.0
ROSTER_EVERY_S = 2.0
"""Lobby and rooms are told again so often, for the round-trip times in them."""
UNREADY_WAIT_S = 60.0
"""Once half of a room is ready, the race starts without the others after so long."""
AWAY = {
    "protocol": "kicked: broke the protocol",
    "too slow": "kicked: too slow",
    "silence": "lost connection: fell silent",
}
"""How others are told why a link has gone; any other reason is a lost connection."""
UNLIMITED = (Drive, Ping, Pong, Goodbye)
"""Commands that are not counted: they cost next to nothing, or come last."""


class Game:
    """Everything that one node decides."""

    def __init__(
        self,
        *,
        node: str,
        tracks: Mapping[str, Track],
        entropy: Entropy,
        sessions_max: int,
        wall_offset_s: float,
        durable: bool,
    ) -> None:
        self.node = node
        self.tracks = dict(tracks)
        self.lobby = Lobby(entropy, sessions_max)
        self._entropy = entropy
        self._effects: list[Effect] = []
        self._herald = Herald(node, self.lobby, entropy, self._emit, wall_offset_s)
        self.steward = Steward(
            self.lobby,
            self.tracks,
            entropy,
            self._emit,
            durable=durable,
            wall_offset_s=wall_offset_s,
        )
        self._ping_at = self._roster_at = 0.0
        self._commands: dict[type[Any], Callable[[Session, Any, float], None]] = {
            CreateRoom: self._create_room,
            JoinRoom: self._join_room,
            LeaveRoom: self._leave_room,
            Ready: self._ready,
            Drive: self._drive,
            Say: self._say,
            Resume: self._resume,
            Forfeit: self._forfeit,
            AskLeaderboard: self._ask_leaderboard,
            Watch: self._watch,
            Ping: self._ping,
            Pong: self._pong,
            Goodbye: self._goodbye,
        }
        self._durable = durable

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    # What comes from outside

    def handle(self, link_id: int, message: Message, now: float) -> list[Effect]:
        """Carry out one message of one link.

        Who asks for what cannot be had is told so in a notice. A second
        hello is ignored, and so is a link that said none or was closed.
        """
        session = self._herald.links.get(link_id)
        if isinstance(message, Hello):
            if session is None:
                self._hello(link_id, message, now)
        elif session is not None:
            try:
                self._command(session, message, now)
            except CommandRefused as refusal:
                self._herald.tell(session, str(refusal), NoticeKind.WARNING)
        return self._take_effects()

    def _command(self, session: Session, message: Message, now: float) -> None:
        command = self._commands.get(type(message))
        if command is None:
            raise LocalProtocolError(f"no command for {type(message).__name__}")
        if not isinstance(message, UNLIMITED) and session.commands.spend(now) > 0.0:
            raise CommandRefused("That was too much at once: wait a moment.")
        command(session, message, now)

    def disconnect(self, link_id: int, reason: str, now: float) -> list[Effect]:
        """A link has gone without a goodbye; its seat is held for a while."""
        session = self._herald.drop(link_id)
        if session is not None:
            session.link_id, session.away_since = None, now
            why = AWAY.get(reason, "lost connection")
            room, seat = self._place_of(session)
            if room is None or seat is None:
                self._depart(session, why, now)
            else:
                self.steward.leave_car(room, seat)
                driven = ", a caretaker drives" if seat.kind is SeatKind.CARETAKER else ""
                kept = f"the seat is kept for {SEAT_HELD_S:.0f} s"
                self._herald.note_lobby()
                self._herald.announce(room, f"{session.name} is away ({why}){driven}; {kept}", now)
                self._start_if_ready(room, now)
        return self._take_effects()

    def settle(self, outcome: Outcome, now: float) -> list[Effect]:
        """Take in how a durable effect ended."""
        match outcome:
            case RoomClaimed(room_id, epoch):
                if room_id in self.lobby.rooms:
                    self.lobby.rooms[room_id].epoch = epoch
            case RoomSaved(room_id):
                self.steward.saved(room_id)
            case RoomLost(room_id):
                self._lose_room(room_id, now)
            case ResultSaved(race_id) if self._durable:
                self.steward.confirm(race_id)
                self._herald.send_all(bulletins.saved(race_id))
            case BestLapsFound(link_id, track, laps):
                if link_id in self._herald.links:
                    self._effects.append(Send((link_id,), bulletins.leaderboard(track, laps)))
        return self._take_effects()

    def tick(self, now: float) -> list[Effect]:
        """Run one tick of everything."""
        over = self.steward.tick(now)
        for room, text in self.steward.remarks:
            self._herald.announce(room, text, now)
        self.steward.remarks.clear()
        for room in over:
            self._race_over(room, now)
        if now >= self._ping_at:
            self._ping_at = now + PING_EVERY_S
            self._herald.ping(now)
            for session in self.lobby.lapsed(now):
                self._lapse(session, now)
        if now >= self._roster_at:
            self._roster_at = now + ROSTER_EVERY_S
            self._herald.note_lobby()
            for room in list(self.lobby.rooms.values()):
                self._herald.note_room(room.room_id)
                self._start_if_ready(room, now)
        self._herald.send_news(now)
        return self._take_effects()

    def restore(
        self, save: RoomSave, epoch: int, chat: Iterable[ChatRecord], now: float
    ) -> list[Effect]:
        """Take up a live race from its save, before anybody connects.

        Raises:
            BadSave: the save cannot be used.
        """
        if len(self.lobby.rooms) >= ROOMS_MAX:
            raise BadSave("there are too many rooms")
        room = self.steward.restore(save, epoch, now)
        self.lobby.rooms[room.room_id] = room
        recall(room.conversation, chat)
        room.conversation.tell(
            "The server is back; the race goes on", sent_at=self._herald.wall(now)
        )
        for seat in room.players:
            if seat.player_id in self.lobby.sessions:
                # Between two saves the player went from one room to another.
                self.steward.retire(room, seat)
                del room.seats[seat.slot]
                continue
            self.lobby.sessions[seat.player_id] = Session(
                seat.player_id, seat.name, "client", None, room.room_id, away_since=now
            )
        self._close_if_empty(room)
        return self._take_effects()

    def recall_chat(self, chat: Iterable[ChatRecord]) -> None:
        """Take up the newest lines of the lobby from an earlier process."""
        recall(self.lobby.conversation, chat)

    def stop(self, now: float) -> list[Effect]:
        """Save every race and say goodbye to everyone."""
        self.steward.save_all(now)
        kept = "races are saved" if self._durable else "it keeps neither races nor results"
        farewell = bulletins.goodbye("stopping", f"The server is stopping; {kept}.")
        self._effects.extend(Close(link_id, farewell) for link_id in self._herald.links)
        return self._take_effects()

    # Coming and going

    def _hello(self, link_id: int, hello: Hello, now: float) -> None:
        if hello.version != VERSION:
            self._effects.append(Close(link_id, bulletins.wrong_version(hello.version)))
            return
        token = hello.token if is_token(hello.token) else new_token(self._entropy)
        try:
            replaced = self._link_of(token)
            session = self.lobby.welcome(hello.name, token, hello.agent, link_id, now)
        except CommandRefused as refusal:
            self._effects.append(Close(link_id, bulletins.refused(refusal)))
            return
        if replaced is not None:
            self._herald.drop(replaced)
            farewell = bulletins.goodbye("replaced", "You connected from elsewhere.")
            self._effects.append(Close(replaced, farewell))
        self._herald.links[link_id] = session
        self._herald.note_lobby()
        room, seat = self._place_of(session)
        offer = None
        if room is not None and seat is not None:
            self.steward.leave_car(room, seat)
            self._herald.note_room(room.room_id)
            offer = bulletins.Offer(
                room.room_id, room.title, self.steward.lap_of(room, seat), session.held_s(now)
            )
        self._herald.send(session, bulletins.welcome(self.node, session, token, offer, self.tracks))
        self._herald.send(session, bulletins.chat_history(Channel.LOBBY, self.lobby.conversation))
        self._effects.append(
            SavePlayer(PlayerRecord(session.player_id, session.name, self._herald.wall(now)))
        )
        if room is None and replaced is None:
            self._herald.announce_all(f"{session.name} is here", now)

    def _goodbye(self, session: Session, message: Goodbye, now: float) -> None:
        link_id = session.link_id
        self._depart(session, "quit", now)
        if link_id is not None:
            self._effects.append(Close(link_id, None))

    def _depart(self, session: Session, reason: str, now: float) -> None:
        """Let a session go for good; its link is not written to any more."""
        if session.link_id is not None:
            self._herald.drop(session.link_id)
        self._vacate(session, reason, now)
        self.lobby.forget(session)
        self._herald.announce_all(f"{session.name} left ({reason})", now)
        self._herald.note_lobby()

    def _lapse(self, session: Session, now: float) -> None:
        """Give up a seat that was kept for long enough."""
        reason = "did not come back in time"
        if session.link_id is None:
            self._depart(session, reason, now)
        else:
            # Connected, but the seat was neither taken up nor given up.
            self._vacate(session, reason, now)
            self._herald.tell(session, "Your seat is gone: it was not taken up.", NoticeKind.INFO)

    def _vacate(self, session: Session, reason: str, now: float) -> None:
        """Give up the seat of a session, and the car with it."""
        room, seat = self._place_of(session)
        if room is not None and seat is not None:
            self.steward.retire(room, seat)
        self.lobby.stand_up(session)
        if room is None or seat is None or self._close_if_empty(room):
            return
        self._herald.note_lobby()
        self._herald.announce(room, f"{seat.name} left ({reason})", now)
        self._start_if_ready(room, now)

    def _close_if_empty(self, room: Room) -> bool:
        if room.players:
            return False
        self.steward.close(room)
        del self.lobby.rooms[room.room_id]
        self._herald.note_lobby()
        return True

    def _lose_room(self, room_id: str, now: float) -> None:
        """Another node owns this room now: stop running it here."""
        self.steward.drop(room_id)
        room = self.lobby.rooms.pop(room_id, None)
        if room is None:
            return
        for seat in room.players:
            session = self.lobby.sessions[seat.player_id]
            self.lobby.stand_up(session)
            self._herald.tell(session, "Another server runs this race now.", NoticeKind.ERROR)
        self._herald.note_lobby()

    # Commands

    def _create_room(self, session: Session, order: CreateRoom, now: float) -> None:
        if order.track not in self.tracks:
            known = ", ".join(sorted(self.tracks))
            raise CommandRefused(f'There is no track "{order.track}" here: choose from {known}.')
        if session.room_id:
            raise CommandRefused("You sit in a room already: leave it first.")
        title = order.title.strip() or f"{session.name}'s room"
        room = self.lobby.create_room(title, order.track, order.laps, order.bots)
        self._effects.append(ClaimRoom(room.room_id))
        self._enter(session, room, now)

    def _join_room(self, session: Session, order: JoinRoom, now: float) -> None:
        if order.room_id:
            self._enter(session, self.lobby.room(order.room_id), now)
            return
        room = self.lobby.open_room()
        if room is None:
            raise CommandRefused("No room has a free seat: create one.")
        self._enter(session, room, now)

    def _enter(self, session: Session, room: Room, now: float) -> None:
        self.lobby.sit_down(session, room)
        self._herald.note_lobby()
        self._herald.send(session, bulletins.chat_history(Channel.ROOM, room.conversation))
        self._herald.send(session, bulletins.room_state(room, self.lobby))
        self._herald.announce(room, f"{session.name} joined", now)
        self.steward.brief(room, session)

    def _leave_room(self, session: Session, order: LeaveRoom, now: float) -> None:
        self._vacate(session, "left the room", now)

    def _ready(self, session: Session, order: Ready, now: float) -> None:
        room, seat = self._place_of(session)
        if room is None or seat is None:
            raise CommandRefused("You sit in no room: join one first.")
        if room.phase is RoomPhase.RACING:
            raise CommandRefused("The race is on: wait for the next one.")
        seat.ready = order.ready
        self._herald.note_room(room.room_id)
        self._start_if_ready(room, now)

    def _start_if_ready(self, room: Room, now: float) -> None:
        """Start the race when all who are there are ready, or half of them for long enough."""
        ready, present = self.lobby.readiness(room)
        if room.phase is RoomPhase.RACING or not ready or 2 * ready < present:
            room.start_by = None
            return
        if ready < present:
            if room.start_by is None:
                room.start_by = now + UNREADY_WAIT_S
                text = f"The race starts in {UNREADY_WAIT_S:.0f} s; who is not ready then watches"
                self._herald.announce(room, text, now)
            if now < room.start_by:
                return
        room.start_by = None
        for seat in self.lobby.dismiss_absent(room):
            self._herald.announce(room, f"{seat.name} left (away at the start)", now)
        self.steward.start(room, now)
        self._herald.note_lobby()
        self._herald.note_room(room.room_id)

    def _drive(self, session: Session, order: Drive, now: float) -> None:
        room, seat = self._place_of(session)
        if room is not None and seat is not None:
            self.steward.drive(room, seat, order)

    def _say(self, session: Session, order: Say, now: float) -> None:
        room, _ = self._place_of(session)
        if order.channel == Channel.ROOM and room is None:
            raise CommandRefused("You sit in no room: write to the lobby.")
        in_room = room if order.channel == Channel.ROOM else None
        conversation = in_room.conversation if in_room is not None else self.lobby.conversation
        line = conversation.say(
            session.name,
            order.text,
            allowance=session.allowance,
            now=now,
            sent_at=self._herald.wall(now),
        )
        self._herald.relay(in_room, line)

    def _resume(self, session: Session, order: Resume, now: float) -> None:
        room, seat = self._place_of(session)
        if room is None or seat is None:
            raise CommandRefused("Your seat is gone: the race went on without you.")
        if session.away_since is None:
            raise CommandRefused("You are in your seat already.")
        away_s = session.returned(now)
        self.steward.take_car(room, seat)
        lap, gates = self.steward.lap_of(room, seat), self.steward.gates_of(room, seat)
        lost = max(0, order.gates - gates) if lap else 0
        self._herald.send(session, bulletins.room_state(room, self.lobby))
        self._herald.send(session, bulletins.chat_history(Channel.ROOM, room.conversation))
        missed = max(0, room.conversation.said - order.line) if order.line else 0
        self._herald.send(session, bulletins.resumed(room, away_s, lap, lost, missed))
        self.steward.brief(room, session)
        results = self.steward.results.get(room.room_id)
        if results is not None and any(row.player_id == session.player_id for row in results.rows):
            self._herald.send(session, results)
        self._herald.announce(room, f"{session.name} is back", now)

    def _forfeit(self, session: Session, order: Forfeit, now: float) -> None:
        if session.away_since is None:
            raise CommandRefused("No seat is kept for you.")
        self._vacate(session, "gave the seat up", now)

    def _ask_leaderboard(self, session: Session, order: AskLeaderboard, now: float) -> None:
        if order.track not in self.tracks:
            raise CommandRefused(f'There is no track "{order.track}" here.')
        if session.link_id is not None:
            self._effects.append(FindBestLaps(session.link_id, order.track))

    def _watch(self, session: Session, order: Watch, now: float) -> None:
        room = self.lobby.room(order.room_id)
        raise CommandRefused(f'"{room.title}" cannot be watched here.')

    def _ping(self, session: Session, order: Ping, now: float) -> None:
        self._herald.send(session, Pong(order.nonce))

    def _pong(self, session: Session, order: Pong, now: float) -> None:
        self._herald.heard_pong(session, order.nonce, now)

    def _race_over(self, room: Room, now: float) -> None:
        results = self.steward.results[room.room_id]
        winner = next((row.name for row in results.rows if row.place == 1 and row.total_ms), "")
        if winner:
            self._herald.announce(room, f"{winner} won the race", now)
        self._herald.note_lobby()
        self._herald.note_room(room.room_id)

    # Small things

    def _place_of(self, session: Session) -> tuple[Room, Seat] | tuple[None, None]:
        room = self.lobby.rooms.get(session.room_id)
        seat = room.seat_of(session.player_id) if room is not None else None
        return (room, seat) if room is not None and seat is not None else (None, None)

    def _link_of(self, token: str) -> int | None:
        known = self.lobby.sessions.get(player_id_of(token))
        return known.link_id if known is not None else None

    def _take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects
