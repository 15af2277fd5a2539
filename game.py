"""The authoritative whole: what each command does, and what happens by itself.

`handle`, `disconnect`, `settle` and `tick` take what came from outside and
return effects, in order, for the shell to carry out. `Game` is owned by one
thread and needs no lock; it does no I/O and reads no clock: `now` is the
monotonic time, and `wall_offset_s` turns it into the time of day.

Who runs which room is not decided here: `Node` grants rooms, pauses them,
restores them and takes them away.

Units: seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import bulletins
from chat import Allowance, clean_name
from db.store import Card, ChatRecord, RoomSave
from door import Door
from effects import (
    BestLapsFound,
    ChatHeard,
    Close,
    Effect,
    FindBestLaps,
    GhostSaved,
    GhostsFound,
    Outcome,
    ProfileFound,
    ResultSaved,
    RoomSaved,
    Send,
)
from errors import BadSave, CommandRefused, LocalProtocolError
from foyer import Foyer
from herald import SLICES, Herald, recall
from lobby import ROOMS_MAX, Entropy, Lobby, Room, RoomPhase, Session
from protocol import (
    AskGhosts,
    AskLeaderboard,
    Channel,
    ChooseCar,
    CreateRoom,
    Drive,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    LeaveRoom,
    Message,
    NodeRow,
    NoticeKind,
    Ping,
    Pong,
    Ready,
    Redirect,
    Restart,
    Resume,
    Say,
    SayFor,
    Watch,
)
from rejoin import REJOIN_WAIT_S, TAKEOVER_WAIT_S, Rejoin
from steward import Steward
from ticket import Purpose
from track import Track
from trials import Trials

ROSTER_EVERY_S = 2.0
"""Lobby and rooms are told again so often, for the round-trip times in them."""
PING_EVERY_S = ROSTER_EVERY_S
"""In the same turns."""
LINES_UNKNOWN = 64
"""An owner that died may have told so many lines of chat that nobody kept."""
SPOKEN_FOR_MAX = 1024
"""Spectators on other nodes of whom is known how much they said."""
OF_NODES = (SayFor, Ping, Pong, Goodbye)
"""All that a node says to another over a link."""
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
        boot: str = "",
    ) -> None:
        self.node = node
        self.boot = boot
        self.tracks = dict(tracks)
        self.lobby = Lobby(entropy, sessions_max)
        self._entropy = entropy
        self._effects: list[Effect] = []
        self._herald = Herald(node, self.lobby, entropy, self._emit, wall_offset_s)
        self._trials = Trials(
            self.lobby, self.tracks, self._emit, durable=durable, wall_offset_s=wall_offset_s
        )
        self.steward = Steward(
            self.lobby,
            self.tracks,
            entropy,
            self._emit,
            self._trials,
            durable=durable,
            wall_offset_s=wall_offset_s,
        )
        self.door = Door(
            node,
            self.lobby,
            self._herald,
            self.steward,
            self._emit,
            entropy=entropy,
            tracks=self.tracks,
            changed=lambda room, now: self._foyer.start_if_ready(room, now),
        )
        self._foyer = Foyer(
            self.lobby, self._herald, self.steward, self.door, self._emit, tracks=self.tracks
        )
        self._turn = -1
        self._turn_at = 0.0
        self._spoken_for: dict[str, Allowance] = {}
        self._commands: dict[type[Any], Callable[[Session, Any, float], None]] = {
            CreateRoom: self._foyer.create_room,
            JoinRoom: self._foyer.join_room,
            LeaveRoom: self._leave_room,
            Ready: self._foyer.ready,
            Drive: lambda session, order, now: self.drive(session, order),
            Say: self._say,
            SayFor: self._say_for,
            Resume: self._resume,
            Forfeit: self._forfeit,
            ChooseCar: self._foyer.choose_car,
            Restart: self._foyer.restart,
            AskLeaderboard: self._ask_leaderboard,
            AskGhosts: lambda session, order, now: self._trials.ask(session, order),
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
                self.door.hello(link_id, message, now)
        elif session is not None:
            try:
                self._command(session, message, now)
            except CommandRefused as refusal:
                self._herald.tell(session, str(refusal), NoticeKind.WARNING)
        return self._take_effects()

    def hello(self, link_id: int, hello: Hello, sent: Purpose | None, now: float) -> list[Effect]:
        """Let in a link that another node has sent here, for a purpose."""
        if link_id not in self._herald.links:
            self.door.hello(link_id, hello, now, sent)
        return self._take_effects()

    def admit_node(self, link_id: int, hello: Hello, room: Room, now: float) -> list[Effect]:
        """Let in a node that has proved to be one, to watch a room for its spectators."""
        self.door.admit_node(link_id, hello, room, now)
        return self._take_effects()

    def session_at(self, link_id: int) -> Session | None:
        """Return whose link it is, once it was let in."""
        return self._herald.links.get(link_id)

    def _command(self, session: Session, message: Message, now: float) -> None:
        command = self._commands.get(type(message))
        if command is None:
            raise LocalProtocolError(f"no command for {type(message).__name__}")
        if session.is_node and not isinstance(message, OF_NODES):
            return
        if not isinstance(message, UNLIMITED) and session.commands.spend(now) > 0.0:
            raise CommandRefused("That was too much at once: wait a moment.")
        command(session, message, now)

    def disconnect(self, link_id: int, reason: str, now: float) -> list[Effect]:
        """A link has gone without a goodbye; its seat is held for a while."""
        self.door.lost(link_id, reason, now)
        return self._take_effects()

    def settle(self, outcome: Outcome, now: float) -> list[Effect]:
        """Take in how a durable effect ended."""
        match outcome:
            case RoomSaved(room_id, _, kept):
                self.steward.saved(room_id, kept=kept)
            case ResultSaved(race_id) if self._durable:
                self._herald.confirm(race_id, self.steward.confirm(race_id))
                self.door.look_up_racers(race_id)
            case GhostSaved():
                self._trials.saved(outcome)
            case GhostsFound(link_id):
                if link_id in self._herald.links:
                    self._trials.found(outcome)
            case BestLapsFound(link_id, track, laps):
                if link_id in self._herald.links:
                    self._effects.append(Send((link_id,), bulletins.leaderboard(track, laps)))
            case ProfileFound(link_id, profile) if profile is not None:
                if link_id in self._herald.links:
                    told = bulletins.profile(profile, self._herald.wall(now))
                    self._effects.append(Send((link_id,), told))
            case ChatHeard(records):
                self._herald.hear(records)
        return self._take_effects()

    def tick(self, now: float) -> list[Effect]:
        """Run one tick of everything."""
        over = self.steward.tick(now)
        for room, text in self.steward.remarks:
            self._herald.announce(room, text, now)
        self.steward.remarks.clear()
        for room in over:
            self._race_over(room, now)
        if now >= self._turn_at:
            self._turn_at = max(self._turn_at + ROSTER_EVERY_S / SLICES, now)
            self._turn = (self._turn + 1) % SLICES
            self._take_turn(self._turn, now)
        self._herald.send_news(now)
        return self._take_effects()

    def _take_turn(self, turn: int, now: float) -> None:
        """Do what is due every so often, for a part of all links and rooms."""
        self._herald.ping(turn, now)
        if turn == 0:
            self.door.lapse(now)
            self._herald.note_lobby()
        for number, room in enumerate(list(self.lobby.rooms.values())):
            if number % SLICES == turn:
                self._herald.note_room(room.room_id)
                self._foyer.start_if_ready(room, now)

    # What the node decides

    def grant(self, room_id: str, epoch: int) -> list[Effect]:
        """A room that was opened here is ours under this epoch."""
        room = self.lobby.rooms.get(room_id)
        if room is not None:
            room.epoch = epoch
            self._herald.note_room(room_id)
        return self._take_effects()

    def restore(
        self,
        save: RoomSave,
        epoch: int,
        chat: Iterable[ChatRecord],
        now: float,
        *,
        previous: str = "",
    ) -> list[Effect]:
        """Take up a room, and its race, from a save of the node `previous`, or of our own.

        Raises:
            BadSave: the save cannot be used.
        """
        if len(self.lobby.rooms) >= ROOMS_MAX:
            raise BadSave("there are too many rooms")
        if save.room_id in self.lobby.rooms:
            raise BadSave("the room is here already")
        patience_s, news = REJOIN_WAIT_S, "The server is back; the race goes on"
        if previous and previous != self.node:
            patience_s, news = TAKEOVER_WAIT_S, f"{self.node} has taken over from {previous}"
        wait = Rejoin(now + patience_s, f"{news}. It waits for its drivers.")
        room = self.steward.restore(save, epoch, now, boot=self.boot, wait=wait)
        if room.phase is not RoomPhase.RACING:
            news = news.removesuffix("; the race goes on")
        self.lobby.rooms[room.room_id] = room
        room.restored_at = now
        said = room.conversation.said
        room.conversation.said = 0
        recall(room.conversation, chat)
        moved = self.steward.awaits_followers(room.room_id)
        # From the newest that anybody knows of: the save may be older than lines
        # of an owner that never saved, and that one may still be writing some,
        # also one that handed the room over: until it hears that it did, people
        # come and talk there.
        room.conversation.said = max(said, room.conversation.said) + LINES_UNKNOWN
        for seat in room.players:
            session = self.lobby.sessions.get(seat.player_id)
            if session is not None and session.room_id:
                # Between two saves the player went from one room to another.
                self.steward.retire(room, seat)
                del room.seats[seat.slot]
                continue
            if session is None:
                session = Session(seat.player_id, seat.name, "client", None)
                self.lobby.sessions[seat.player_id] = session
            self.lobby.look_away(session)
            session.room_id, session.away_since = room.room_id, now
        if not self.door.close_if_empty(room) and not moved:
            self._herald.announce(room, news, now)
        self._herald.note_lobby()
        return self._take_effects()

    def pause(self, room_id: str, text: str) -> list[Effect]:
        """Let a room stand still: its lease could not be renewed in time."""
        room = self.lobby.rooms.get(room_id)
        if room is not None:
            self.steward.pause(room, text)
        return self._take_effects()

    def unpause(self, room_id: str, now: float, *, at_once: bool = False) -> list[Effect]:
        """Let a room go on under the same epoch."""
        room = self.lobby.rooms.get(room_id)
        if room is not None:
            self.steward.unpause(room, now, at_once=at_once)
        return self._take_effects()

    def lose(
        self, room_id: str, send: Callable[[Session, Purpose], Redirect | None]
    ) -> list[Effect]:
        """Let go of a room that another node has; `send` says where each is sent, if known."""
        room = self.lobby.rooms.get(room_id)
        if room is not None:
            self.door.lose(room, send)
        return self._take_effects()

    def send_on(self, session: Session, words: Redirect) -> list[Effect]:
        """Send one player to another node."""
        self.door.send_on(session, words)
        return self._take_effects()

    def have_wait(self, session: Session, room_id: str, epoch: int, text: str) -> list[Effect]:
        """Tell a player that the room has no owner just now, and is to be waited for."""
        self._herald.send(session, bulletins.waits_for_owner(room_id, epoch, text))
        return self._take_effects()

    def dismiss(self, session: Session, room_id: str, text: str) -> list[Effect]:
        """Tell a player that there is nothing left to wait for."""
        self._herald.send(session, bulletins.dismissed(room_id, text))
        return self._take_effects()

    def tell(self, session: Session, text: str) -> list[Effect]:
        """Tell one player a sentence."""
        self._herald.tell(session, text, NoticeKind.WARNING)
        return self._take_effects()

    def see(self, others: Iterable[Card], rows: Iterable[NodeRow]) -> list[Effect]:
        """Take in what the other nodes tell of themselves."""
        elsewhere = tuple(others)
        if elsewhere != self.lobby.elsewhere:
            self.lobby.elsewhere = elsewhere
            self._herald.note_lobby()
        self._herald.note_nodes(tuple(rows))
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

    # Commands

    def _watch(self, session: Session, order: Watch, now: float) -> None:
        self.door.watch(session, self.lobby.room(order.room_id), now)

    def _leave_room(self, session: Session, order: LeaveRoom, now: float) -> None:
        self.door.vacate(session, "left the room", now)

    def drive(self, session: Session, order: Drive) -> None:
        """Take a driver's input; it has no effects."""
        room = self.lobby.rooms.get(session.room_id)
        seat = room.seat_of(session.player_id) if room is not None else None
        if room is not None and seat is not None:
            self.steward.drive(room, seat, order)

    def _say(self, session: Session, order: Say, now: float) -> None:
        room = self.lobby.rooms.get(session.room_id or session.watching)
        if order.channel == Channel.ROOM and room is None:
            raise CommandRefused("You are in no room: write to the lobby.")
        in_room = room if order.channel == Channel.ROOM else None
        if in_room is not None:
            self.door.refuse_paused(in_room)
        conversation = in_room.conversation if in_room is not None else self.lobby.conversation
        line = conversation.say(
            session.name,
            order.text,
            allowance=session.allowance,
            now=now,
            sent_at=self._herald.wall(now),
        )
        self._herald.relay(in_room, line)

    def _say_for(self, session: Session, order: SayFor, now: float) -> None:
        """A spectator on another node says a line: it is numbered here, like all of the room."""
        if not session.is_node:
            raise CommandRefused("Only nodes speak for others.")
        room = self.lobby.rooms.get(session.watching)
        name = clean_name(order.name)
        if room is None or room.room_id != order.room_id or not name:
            return
        self.door.refuse_paused(room)
        # The one that spoke last comes last.
        allowance = self._spoken_for.pop(order.player_id, None) or Allowance()
        self._spoken_for[order.player_id] = allowance
        if len(self._spoken_for) > SPOKEN_FOR_MAX:
            del self._spoken_for[next(iter(self._spoken_for))]
        sent_at = self._herald.wall(now)
        line = room.conversation.say(
            name, order.text, allowance=allowance, now=now, sent_at=sent_at
        )
        self._herald.relay(room, line)

    def _resume(self, session: Session, order: Resume, now: float) -> None:
        self.door.resume(session, order, now)

    def _forfeit(self, session: Session, order: Forfeit, now: float) -> None:
        self.door.forfeit(session, now)

    def _goodbye(self, session: Session, message: Goodbye, now: float) -> None:
        self.door.goodbye(session, now)

    def _ask_leaderboard(self, session: Session, order: AskLeaderboard, now: float) -> None:
        if order.track not in self.tracks:
            raise CommandRefused(f'There is no track "{order.track}" here.')
        if session.link_id is not None:
            self._effects.append(FindBestLaps(session.link_id, order.track))

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

    def _take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects
