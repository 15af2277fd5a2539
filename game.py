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
from errors import CommandRefused, LocalProtocolError
from herald import Herald, recall
from lobby import (
    SEAT_HELD_S,
    Entropy,
    Lobby,
    Room,
    RoomPhase,
    Seat,
    SeatKind,
    Session,
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
)
from steward import Steward
from track import Track

PING_EVERY_S = 2.0
ROSTER_EVERY_S = 2.0
"""Lobby and rooms are told again so often, for the round-trip times in them."""


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
        self._herald = Herald(self.lobby, entropy, self._emit, wall_offset_s)
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
            Ping: self._ping,
            Pong: self._pong,
            Goodbye: self._goodbye,
        }

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    # What comes from outside

    def handle(self, link_id: int, message: Message, now: float) -> list[Effect]:
        """Carry out one message of one link."""
        if isinstance(message, Hello):
            self._hello(link_id, message, now)
            return self._take_effects()
        session = self._herald.links.get(link_id)
        if session is not None:
            command = self._commands.get(type(message))
            if command is None:
                raise LocalProtocolError(f"no command for {type(message).__name__}")
            try:
                command(session, message, now)
            except CommandRefused as refusal:
                self._herald.tell(session, str(refusal), NoticeKind.WARNING)
        return self._take_effects()

    def disconnect(self, link_id: int, reason: str, now: float) -> list[Effect]:
        """A link has gone without a goodbye; its seat is held for a while."""
        session = self._herald.drop(link_id)
        if session is not None and session.link_id == link_id:
            session.link_id, session.away_since = None, now
            self._herald.note_lobby()
            room = self.lobby.rooms.get(session.room_id)
            seat = room.seat_of(session.player_id) if room is not None else None
            if room is None or seat is None:
                self.lobby.forget(session)
            else:
                self.steward.leave_car(room, seat)
                driven = ": a caretaker drives" if seat.kind is SeatKind.CARETAKER else ""
                self._herald.announce(
                    room,
                    f"{session.name} lost the connection ({reason}){driven};"
                    f" the seat is kept for {SEAT_HELD_S:.0f} s",
                    now,
                )
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
            case ResultSaved(race_id):
                self.steward.confirm(race_id)
                self._herald.send_all(bulletins.saved(race_id))
            case BestLapsFound(link_id, track, laps):
                if link_id in self._herald.links:
                    self._effects.append(Send((link_id,), bulletins.leaderboard(track, laps)))
        return self._take_effects()

    def tick(self, now: float) -> list[Effect]:
        """Run one tick of everything."""
        for room in self.steward.tick(now):
            self._race_over(room, now)
        for seat in self.steward.handed_back:
            self._back_at_the_wheel(seat, now)
        self.steward.handed_back.clear()
        if now >= self._ping_at:
            self._ping_at = now + PING_EVERY_S
            self._herald.ping(now)
            for session in self.lobby.lapsed(now):
                self._depart(session, "did not come back in time", now)
        if now >= self._roster_at:
            self._roster_at = now + ROSTER_EVERY_S
            self._herald.note_lobby()
            for room_id in self.lobby.rooms:
                self._herald.note_room(room_id)
        self._herald.send_news(now)
        return self._take_effects()

    def restore(
        self, save: RoomSave, epoch: int, chat: Iterable[ChatRecord], now: float
    ) -> list[Effect]:
        """Take up a live race from its save, before anybody connects.

        Raises:
            BadSave: the save cannot be used.
        """
        room = self.steward.restore(save, epoch, now)
        self.lobby.rooms[room.room_id] = room
        recall(room.conversation, chat)
        room.conversation.tell(
            "The server is back; the race goes on", sent_at=self._herald.wall(now)
        )
        for seat in room.players:
            self.lobby.sessions[seat.player_id] = Session(
                seat.player_id, seat.name, "client", None, room.room_id, away_since=now
            )
        return self._take_effects()

    def recall_chat(self, chat: Iterable[ChatRecord]) -> None:
        """Take up the newest lines of the lobby from an earlier process."""
        recall(self.lobby.conversation, chat)

    def stop(self, now: float) -> list[Effect]:
        """Save every race and say goodbye to everyone."""
        self.steward.save_all(now)
        farewell = bulletins.goodbye("stopping", "The server is stopping; races are saved.")
        self._effects.extend(Close(link_id, farewell) for link_id in self._herald.links)
        return self._take_effects()

    # Coming and going

    def _hello(self, link_id: int, hello: Hello, now: float) -> None:
        if hello.version != VERSION:
            self._effects.append(Close(link_id, bulletins.wrong_version(hello.version)))
            return
        token = hello.token or new_token(self._entropy)
        try:
            replaced = self._link_of(token)
            session, known = self.lobby.welcome(hello.name, token, hello.agent, link_id, now)
        except CommandRefused as refusal:
            self._effects.append(Close(link_id, bulletins.refused(refusal)))
            return
        if replaced is not None:
            self._herald.drop(replaced)
            farewell = bulletins.goodbye("replaced", "You connected from elsewhere.")
            self._effects.append(Close(replaced, farewell))
        self._herald.links[link_id] = session
        self._herald.note_lobby()
        room, seat = self._place_of(session) if known else (None, None)
        offer = None
        if room is not None and seat is not None:
            self.steward.leave_car(room, seat)
            offer = bulletins.Offer(
                room.room_id, room.title, self.steward.lap_of(room, seat), session.held_s(now)
            )
        self._herald.send(session, bulletins.welcome(self.node, session, token, offer, self.tracks))
        self._herald.send(session, bulletins.chat_history(Channel.LOBBY, self.lobby.conversation))
        self._effects.append(
            SavePlayer(PlayerRecord(session.player_id, session.name, self._herald.wall(now)))
        )
        if room is None:
            self._herald.announce_all(f"{session.name} is here", now)

    def _goodbye(self, session: Session, message: Goodbye, now: float) -> None:
        link_id = session.link_id
        self._depart(session, "quit", now)
        if link_id is not None:
            self._effects.append(Close(link_id, None))

    def _depart(self, session: Session, reason: str, now: float) -> None:
        """Let a session go for good."""
        self._vacate(session, reason, now)
        self._herald.announce_all(f"{session.name} left ({reason})", now)
        if session.link_id is not None:
            self._herald.drop(session.link_id)
        self.lobby.forget(session)
        self._herald.note_lobby()

    def _vacate(self, session: Session, reason: str, now: float) -> None:
        """Give up the seat of a session, and the car with it."""
        left = self.lobby.stand_up(session)
        if left is None:
            return
        room, seat = left
        self.steward.retire(room, seat)
        self._herald.note_lobby()
        if not room.players:
            self.steward.close(room)
            del self.lobby.rooms[room.room_id]
            return
        self._herald.announce(room, f"{seat.name} left ({reason})", now)
        self._start_if_ready(room, now)

    def _lose_room(self, room_id: str, now: float) -> None:
        """Another node owns this room now: stop running it here."""
        self.steward.drop(room_id)
        room = self.lobby.rooms.pop(room_id, None)
        if room is None:
            return
        for session in self.lobby.present(room):
            session.room_id = ""
            self._herald.tell(session, "Another server runs this race now.", NoticeKind.ERROR)
        self._herald.note_lobby()

    # Commands

    def _create_room(self, session: Session, order: CreateRoom, now: float) -> None:
        if order.track not in self.tracks:
            known = ", ".join(sorted(self.tracks))
            raise CommandRefused(f'There is no track "{order.track}" here: choose from {known}.')
        if session.room_id:
            raise CommandRefused("You sit in a room already: leave it first.")
        title = order.title or f"{session.name}'s garage"
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
        self.steward.brief(room, session.player_id, session.link_id)

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
        if room.phase is RoomPhase.RACING or not self.lobby.all_ready(room):
            return
        for seat in room.players:
            absent = self.lobby.sessions.get(seat.player_id)
            if absent is None or absent.link_id is None:
                del room.seats[seat.slot]
                if absent is not None:
                    absent.room_id = ""
        self.steward.start(room, now)
        self._herald.note_lobby()
        self._herald.note_room(room.room_id)

    def _drive(self, session: Session, order: Drive, now: float) -> None:
        room, seat = self._place_of(session)
        if room is not None and seat is not None:
            self.steward.drive(room.room_id, seat, order)

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
        away_s = session.returned(now)
        lap = self.steward.take_car(room, seat, is_bot=session.is_bot)
        self._herald.send(session, bulletins.room_state(room, self.lobby))
        self._herald.send(session, bulletins.chat_history(Channel.ROOM, room.conversation))
        self._herald.send(session, bulletins.resumed(room, away_s, lap))
        self.steward.brief(room, session.player_id, session.link_id)
        self._herald.announce(room, f"{session.name} is back", now)

    def _forfeit(self, session: Session, order: Forfeit, now: float) -> None:
        session.returned(now)
        self._vacate(session, "gave the seat up", now)

    def _ask_leaderboard(self, session: Session, order: AskLeaderboard, now: float) -> None:
        if order.track not in self.tracks:
            raise CommandRefused(f'There is no track "{order.track}" here.')
        if session.link_id is not None:
            self._effects.append(FindBestLaps(session.link_id, order.track))

    def _ping(self, session: Session, order: Ping, now: float) -> None:
        self._herald.send(session, Pong(order.nonce))

    def _pong(self, session: Session, order: Pong, now: float) -> None:
        self._herald.heard_pong(session, order.nonce, now)

    def _back_at_the_wheel(self, seat: Seat, now: float) -> None:
        session = self.lobby.sessions.get(seat.player_id)
        room = self.lobby.rooms.get(session.room_id) if session is not None else None
        if room is not None:
            self._herald.announce(room, f"{seat.name} is back at the wheel", now)

    def _race_over(self, room: Room, now: float) -> None:
        results = self.steward.results[room.room_id]
        winner = next((row.name for row in results.rows if row.place == 1 and row.total_ms), "")
        if winner:
            self._herald.announce(room, f"{winner} won the race", now)
        self._herald.note_lobby()
        self._herald.note_room(room.room_id)
        for seat in room.players:
            absent = self.lobby.sessions.get(seat.player_id)
            if absent is None:
                del room.seats[seat.slot]

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
