"""A player for the world of nodes: connects, plays, is sent on, comes back.

It follows the protocol as the client does: it stays with its race, tries the
nodes that it knows in turn, sends again what a new owner misses and believes
no older epoch. What it is told goes to the world's `Judge`.

Units: seconds; ticks in races.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

from protocol import (
    VERSION,
    ChatLine,
    CreateRoom,
    Dismissed,
    Drive,
    Goodbye,
    Hello,
    JoinRoom,
    LobbyState,
    Message,
    Nodes,
    RacePaused,
    RaceStart,
    Ready,
    Redirect,
    Refused,
    Results,
    Resume,
    Resumed,
    RoomState,
    Saved,
    SavedState,
    Snapshot,
    Watch,
    Welcome,
)

if TYPE_CHECKING:
    from tests.node_process import WorldNode
    from tests.node_world import World

M = TypeVar("M")
ANSWER_S = 4.0
"""A hello that is not answered for so long was said in vain."""
SILENCE_S = 8.0
PAUSE_S = 0.4
DRIVE_EVERY_S = 0.2
AGAIN_S = 2.0
"""What was driven in so long is sent again."""
LEAD_TICKS = 2


class SimPlayer:
    """One person and the program in front of them."""

    def __init__(
        self,
        world: World,
        name: str,
        *,
        title: str,
        host: bool = False,
        watches: bool = False,
        laps: int = 2,
    ) -> None:
        """Args:
        title: of the room to play in.
        host: whether this player opens it, for so many laps.
        """
        self.world = world
        self.name = name
        self.title = title
        self.host = host
        self.watches = watches
        self.laps = laps
        self.token = f"{name:-<43}"
        self.link: int | None = None
        self.node: WorldNode | None = None
        self.welcomed = False
        self.player_id = ""
        self.room_id = ""
        """The room that this player is in, as last told."""
        self.epochs: dict[str, int] = {}
        self.race: RaceStart | None = None
        self.paused = ""
        self.unsure = ""
        """The race whose result reads "saving..."."""
        self.sure: set[str] = set()
        """The races whose result was told to be saved after that."""
        self._unsure_epoch = 0
        self._left = ""
        """The race whose result was left while it read that."""
        self.patient = False
        """Whether a result is looked at until it is saved, before the next race."""
        self.redirects: list[Redirect] = []
        self.lobby: LobbyState | None = None
        self.tick = 0
        self.frozen_from: float | None = None
        self.gone = False
        self.heard: deque[Message] = deque(maxlen=400)
        """All but snapshots."""
        self._opened = False
        self._addresses = deque(node.address for node in world.nodes)
        if watches:
            # From another node than the players, so that relays are in the play.
            self._addresses.rotate(-1)
        self._next_at = world.now
        self._asked_at = 0.0
        self._heard_at = 0.0
        self._drive_at = 0.0
        self._play_at = 0.0
        self._sequence = 0
        self._driven: deque[tuple[float, int]] = deque(maxlen=64)
        self._ticket = ""
        self._line = 0

    # The link

    def tick_once(self) -> None:
        """Do what a client does by itself."""
        now = self.world.now
        if self.gone:
            return
        if self.link is None:
            if now >= self._next_at:
                self._connect(self._addresses[0])
            return
        if not self.welcomed:
            if now - self._asked_at > ANSWER_S:
                self.lost()
            return
        if now - self._heard_at > SILENCE_S:
            self.lost()
            return
        self._play(now)

    def _connect(self, address: str) -> None:
        self.welcomed = False
        self._asked_at = self._heard_at = self.world.now
        self.node, self.link = self.world.connect(self, address)
        if self.link is None:
            self.lost()
            return
        self.say(Hello(VERSION, self.name, self.token, "client", self.room_id, self._ticket))
        self._ticket = ""

    def lost(self) -> None:
        """The link is gone: try the next node after a pause."""
        self.world.hang_up(self)
        self.link, self.node, self.welcomed = None, None, False
        self.race = None
        self._addresses.rotate(-1)
        self._next_at = self.world.now + PAUSE_S

    def all(self, kind: type[M]) -> list[M]:
        """Return what was heard of one kind, oldest first."""
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def lines(self) -> list[ChatLine]:
        """New lines of chat."""
        return self.all(ChatLine)

    def say(self, message: Message) -> None:
        """Send something to the node."""
        self.world.to_node(self, message)

    # Playing

    def _play(self, now: float) -> None:
        if self.race is not None and not self.watches:
            if now >= self._drive_at:
                self._drive(self.tick + LEAD_TICKS)
            return
        if now < self._play_at or self.lobby is None:
            return
        self._play_at = now + 1.0
        if self.room_id and not self.watches:
            if not (self.patient and self.unsure):
                self.say(Ready(True))
            return
        rows = [row for row in self.lobby.rooms if row.title == self.title]
        if self.watches:
            if rows and not self.room_id:
                self.say(Watch(rows[0].room_id))
        elif rows:
            self.say(JoinRoom(rows[0].room_id))
        elif self.host and not self._opened:
            self._opened = True
            self.say(CreateRoom(self.title, "meadow", self.laps, 0))

    def _drive(self, tick: int) -> None:
        now = self.world.now
        self._drive_at = now + DRIVE_EVERY_S
        self._sequence += 1
        self._driven.append((now, tick))
        self.say(Drive(self._sequence, tick, 255, 0, 0, 2))

    # Listening

    def hear(self, message: Message) -> None:
        """Take in one message."""
        self._heard_at = self.world.now
        if not isinstance(message, Snapshot):
            self.heard.append(message)
        match message:
            case Welcome():
                self.welcomed = True
                self.player_id = message.player_id
                self.redirects = self.redirects if self.room_id else []
                self.race, self.lobby = None, None
                if message.seat_room:
                    self.room_id = message.seat_room
                    self.say(Resume(0, self._line))
                else:
                    self.room_id = ""
            case Refused() | Goodbye():
                self.lost()
            case Redirect():
                self._follow(message)
            case Nodes():
                known = [row.address for row in message.rows]
                self._addresses.extend(one for one in known if one not in self._addresses)
            case Dismissed():
                self._look_away()
            case LobbyState():
                self.lobby = message
                own = [one for one in message.people if one.player_id == self.player_id]
                if own and not own[0].room_id and not self.watches:
                    self.room_id, self.race = "", None
                    self._look_away()
            case _:
                self._hear_of_room(message)

    def _follow(self, message: Redirect) -> None:
        self.world.judge.sent_on(self, self.world.now)
        self.world.hang_up(self)
        self.link, self.node, self.welcomed = None, None, False
        self.room_id, self._ticket = message.room_id or self.room_id, message.ticket
        if message.address in self._addresses:
            self._addresses.remove(message.address)
        self._addresses.appendleft(message.address)
        self._next_at = self.world.now

    def _hear_of_room(self, message: Message) -> None:
        judge = self.world.judge
        match message:
            case RoomState(room_id=room_id, epoch=epoch) if self._believes(room_id, epoch):
                self.room_id = room_id
                if message.phase != 1:
                    self.race = None
            case RaceStart(room_id=room_id, epoch=epoch) if self._believes(room_id, epoch):
                self._look_away()
                self.race, self.paused = message, ""
                self.tick = message.tick
            case RacePaused(room_id=room_id, epoch=epoch) if self._believes(room_id, epoch):
                self.paused = message.text
            case Resumed():
                self.world.after(0.0, self._drive_again)
            case Snapshot(epoch=epoch) if self.race and self._believes(self.race.room_id, epoch):
                self.tick = message.tick
                judge.saw(self, self.race, message)
            case Results() if self._believes(message.room_id, message.epoch):
                self.unsure, self._unsure_epoch = message.race_id, message.epoch
                if message.saved == SavedState.SAVED:
                    self._is_sure(message.race_id, message.epoch)
            case Saved(race_id, epoch):
                self._is_sure(race_id, epoch)

    def _look_away(self) -> None:
        """The result goes from the screen; a notice tells when it is saved."""
        self._left, self.unsure = self.unsure or self._left, ""

    def _is_sure(self, race_id: str, epoch: int) -> None:
        self.world.judge.confirmed(race_id)
        if self._unsure_epoch == epoch and race_id in (self.unsure, self._left):
            self.unsure = self._left = ""
            self.sure.add(race_id)

    def _believes(self, room_id: str, epoch: int) -> bool:
        known = self.epochs.get(room_id, 0)
        self.epochs[room_id] = max(known, epoch)
        return epoch >= known

    def _drive_again(self) -> None:
        """Send again what a new owner may have missed."""
        if self.race is None or self.link is None or self.watches:
            return
        since = self.world.now - AGAIN_S
        ticks = [tick for at, tick in self._driven if at >= since and tick > self.race.tick]
        self._driven.clear()
        for tick in ticks:
            self._drive(tick)
