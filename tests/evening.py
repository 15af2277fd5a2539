"""A whole evening in memory: a game, told time, and players on pretended links.

No socket, no thread and no clock: `Evening.run` moves the time on by ticks of
1/60 s. Every message that the game sends is checked against its declaration,
and may go to links only that are open.

Units: seconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeVar

from db.memory import MemoryStore
from db.store import RoomSave
from effects import (
    Close,
    Effect,
    FindGhosts,
    GhostSaved,
    GhostsFound,
    OpenRoom,
    Outcome,
    ResultSaved,
    RoomSaved,
    SaveGhost,
    SaveResult,
    SaveRoom,
    Send,
    SendSnapshot,
)
from game import Game
from live_race import LiveRace
from lobby import Room, Session
from protocol import (
    VERSION,
    ChatLine,
    CreateRoom,
    Dismissed,
    Drive,
    Hello,
    JoinRoom,
    Message,
    Notice,
    Ready,
    Role,
    RoomState,
    Welcome,
    encode_message,
)
from protocol.connection import decode_message
from protocol.framing import LENGTH_BYTES
from race import COUNTDOWN_TICKS
from track import track_of

M = TypeVar("M")
TICK_S = 1.0 / 60.0
NOON = 1e9
"""The time of day when the monotonic clock shows 0."""


class Player:
    """One link to the game, and all that was heard on it."""

    def __init__(self, evening: Evening, link_id: int) -> None:
        self.link_id = link_id
        self.heard: list[Message] = []
        self.welcome: Welcome | None = None
        self.open = True
        self._evening = evening
        self._sequence = 0

    def send(self, *messages: Message) -> None:
        """Say something to the game, and let it answer."""
        evening = self._evening
        for message in messages:
            evening.carry_out(evening.game.handle(self.link_id, message, evening.now))

    def drive(self, throttle: int = 0, *, steering: int = 0) -> None:
        """Send an input for the next tick."""
        self._sequence += 1
        self.send(Drive(self._sequence, self.live.race.tick + 1, throttle, 0, steering, 2))

    def end_race(self) -> None:
        """Bring everybody in the race of this player home, and let it end."""
        race = self.live.race
        for racer in race.racers.values():
            if not racer.gone:
                racer.finish_tick = racer.finish_tick or race.tick
        self._evening.run(0.1)

    def lose(self, reason: str = "connection lost") -> None:
        """Break the link, as the network reports it."""
        self.open = False
        evening = self._evening
        evening.carry_out(evening.game.disconnect(self.link_id, reason, evening.now))

    def hear(self, message: Message) -> None:
        """Take in a message of the game."""
        self.heard.append(message)
        if isinstance(message, Welcome):
            self.welcome = message

    def all(self, kind: type[M]) -> list[M]:
        """Return all that was heard of one kind, oldest first."""
        return [message for message in self.heard if isinstance(message, kind)]

    def last(self, kind: type[M]) -> M:
        """Return the newest message of a kind."""
        return self.all(kind)[-1]

    def forget(self) -> None:
        """Forget what was heard so far."""
        self.heard.clear()

    @property
    def told(self) -> list[str]:
        """The sentences of all notices and dismissals."""
        return [one.text for one in self.heard if isinstance(one, Notice | Dismissed)]

    @property
    def lines(self) -> list[str]:
        """The texts of all new lines of chat."""
        return [line.text for line in self.all(ChatLine)]

    @property
    def token(self) -> str:
        """The secret that the game gave."""
        assert self.welcome is not None
        return self.welcome.token

    @property
    def session(self) -> Session:
        """What the game knows of this player."""
        assert self.welcome is not None
        return self._evening.game.lobby.sessions[self.welcome.player_id]

    @property
    def room(self) -> Room:
        """The room that the player sits in."""
        return self._evening.game.lobby.rooms[self.session.room_id]

    @property
    def live(self) -> LiveRace:
        """The race in that room."""
        return self._evening.game.steward.live[self.session.room_id]

    @property
    def slot(self) -> int:
        """The slot of the seat in that room."""
        seat = self.room.seat_of(self.session.player_id)
        assert seat is not None
        return seat.slot


class Evening:
    """A game and its shell, with a store that says yes at once unless told otherwise."""

    _runs = itertools.count(1)

    def __init__(self, *, durable: bool = True, sessions_max: int = 64, now: float = 100.0) -> None:
        # As of a real source: no two evenings draw the same.
        numbers = itertools.count(next(self._runs) << 16)
        self.game = Game(
            node="test",
            tracks={name: track_of(name) for name in ("meadow", "harbour")},
            entropy=lambda size: next(numbers).to_bytes(size, "big"),
            sessions_max=sessions_max,
            wall_offset_s=NOON,
            durable=durable,
        )
        self.now = now
        self.effects: list[Effect] = []
        """All effects but snapshots, in order."""
        self.players: dict[int, Player] = {}
        self.store_answers = True
        self.store = MemoryStore()
        """Keeps recorded laps, and nothing else."""
        self._links = itertools.count(1)

    # Players

    def link(self) -> Player:
        """Return a new link on which nothing was said."""
        player = Player(self, next(self._links))
        self.players[player.link_id] = player
        return player

    def connect(self, name: str, token: str = "", agent: str = "client") -> Player:
        """Return a player who has said hello."""
        player = self.link()
        player.send(Hello(VERSION, name, token, agent))
        return player

    def seat(
        self, *names: str, bots: int = 0, laps: int = 1, track: str = "meadow"
    ) -> list[Player]:
        """Return players who sit in one new room."""
        players = [self.connect(name) for name in names]
        players[0].send(CreateRoom("Room", "meadow", laps, bots))
        for player in players[1:]:
            player.send(JoinRoom(players[0].last(RoomState).room_id))
        return players

    def race(self, *names: str, bots: int = 0, laps: int = 1, go: bool = True) -> list[Player]:
        """Return players in a race: driving, a second beyond GO, or still on the grid."""
        players = self.seat(*names, bots=bots, laps=laps)
        for player in players:
            player.send(Ready(True))
        if go:
            self.run(COUNTDOWN_TICKS * TICK_S)
            self.drive(1.0, *players)
        return players

    def drive(self, seconds: float, *players: Player) -> None:
        """Let time pass while these players hold the throttle."""
        for _ in range(round(seconds / TICK_S)):
            for player in players:
                player.drive(255)
            self.tick()

    # Time

    def run(self, seconds: float) -> None:
        """Let time pass, tick by tick."""
        for _ in range(round(seconds / TICK_S)):
            self.tick()

    def until(self, condition: Callable[[], object], seconds_max: float = 300.0) -> None:
        """Let time pass until a condition holds."""
        for _ in range(round(seconds_max / TICK_S)):
            if condition():
                return
            self.tick()
        raise AssertionError("It didn't ever happen")

    def tick(self) -> None:
        """Run one tick."""
        self.now += TICK_S
        self.carry_out(self.game.tick(self.now))

    # The shell

    def settle(self, outcome: Outcome) -> None:
        """Tell the game how something durable ended."""
        self.carry_out(self.game.settle(outcome, self.now))

    def carry_out(self, effects: list[Effect]) -> None:
        """Deliver messages, close links, answer for the store."""
        for effect in effects:
            match effect:
                case Send(link_ids, message) | SendSnapshot(link_ids, message):
                    assert link_ids, f"{message} is sent to nobody"
                    body = encode_message(message)[LENGTH_BYTES:]
                    assert decode_message(body, Role.SERVER) == message
                    for link_id in link_ids:
                        assert self.players[link_id].open, f"link {link_id} is closed"
                        self.players[link_id].hear(message)
                case Close(link_id, message):
                    player = self.players[link_id]
                    assert player.open, f"link {link_id} is closed already"
                    player.open = False
                    if message is not None:
                        player.hear(message)
            if not isinstance(effect, SendSnapshot):
                self.effects.append(effect)
        if self.store_answers:
            for effect in effects:
                self._answer(effect)

    def _answer(self, effect: Effect) -> None:
        match effect:
            case OpenRoom(room_id):
                self.carry_out(self.game.grant(room_id, 1))
            case SaveRoom(save):
                self.settle(RoomSaved(save.room_id, save.seq, kept=True))
            case SaveResult(record):
                self.settle(ResultSaved(record.race_id))
            case SaveGhost(lap):
                self.store.put_ghost(lap)
                self.settle(GhostSaved(lap.player_id, lap.track, lap.digest, lap.car_class))
            case FindGhosts(link_id, player_id, track, digest, car_class):
                both = self.store.ghosts(digest, car_class, player_id)
                self.settle(GhostsFound(link_id, track, digest, car_class, *both))

    def asked(self, kind: type[M]) -> list[M]:
        """Return all effects of one kind, oldest first."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def saves(self) -> list[RoomSave]:
        """All saves that were asked for."""
        return [effect.save for effect in self.asked(SaveRoom)]
