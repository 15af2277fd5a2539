"""What this client believes: who it is, lobby, room, chat, race.

Sans I/O: messages and the time go in, fields for the screens and messages to
send come out. It draws nothing and opens no connection.

Units: seconds (monotonic) for `now`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from car import CarInput
from chat import HISTORY_LINES_MAX, LineKind
from errors import BadFile, BadGhost
from protocol import (
    Channel,
    ChatHistory,
    ChatLine,
    ClusterNews,
    Dismissed,
    EventRow,
    GhostKind,
    GhostRow,
    Ghosts,
    Leaderboard,
    LeaveRoom,
    LineRow,
    LobbyState,
    Message,
    NodeRow,
    Nodes,
    Notice,
    NoticeKind,
    Ping,
    Pong,
    Profile,
    RaceEvents,
    RacePaused,
    RaceStart,
    ReadSnapshot,
    Results,
    Resumed,
    RoomState,
    Saved,
    SavedState,
    SeatRow,
    Snapshot,
    SnapshotDelta,
    SnapshotReader,
    Welcome,
)
from race_state import RaceView
from readings import Readings
from track import Track

LINES_KEPT = 4 * HISTORY_LINES_MAX
NOTICES_KEPT = 20
PING_EVERY_S = 1.0
RTT_GUESS_S = 0.05
RTT_SHARE = 0.3
"""How much one measurement weighs against those before."""
TRACK_NAME = re.compile(r"[\w-]+")
GHOSTS_KEPT = 64
"""Tracks and cars whose best laps are remembered."""
EPOCHS_KEPT = 64
"""Rooms whose newest epoch is remembered."""
ROOM_RACES = 1
"""`RoomState.phase` of a room whose race is on."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for the player, and when it came."""

    kind: NoticeKind
    text: str
    at: float


@dataclass(slots=True)
class Talk:
    """One channel of chat, as this client has it."""

    lines: deque[LineRow] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    newest_at: float = -1e9
    """When the last line came, to fade the box."""
    changed: int = 0
    """Counts up with every change, to redraw only then."""

    known: int = 0
    """The number of the newest line before the last history came."""

    @property
    def newest(self) -> int:
        """The number of the newest line, 0 for none."""
        return max((line.number for line in self.lines), default=0)

    def mark_missed(self, missed: int) -> None:
        """Say, before the first line that was not known, how many were missed."""
        lines = enumerate(self.lines)
        at = next((n for n, one in lines if one.number > self.known), len(self.lines))
        self.lines.insert(at, LineRow(0, LineKind.SYSTEM, "", f"{missed} missed", 0.0))
        self.changed += 1


class View:
    """Everything that the screens show of the server."""

    def __init__(self, load: Callable[[str], Track]) -> None:
        """Take a function that loads a track by name."""
        self._load = load
        self.welcome: Welcome | None = None
        self.lobby = LobbyState((), ())
        self.room: RoomState | None = None
        self.room_at = 0.0
        """When that came."""
        self.race: RaceView | None = None
        self.results: Results | None = None
        self.resumed: Resumed | None = None
        self.leaderboard: Leaderboard | None = None
        self.profile: Profile | None = None
        """What this player has done, once the server has told it."""
        self.ghosts: dict[tuple[str, int], dict[int, GhostRow]] = {}
        """The best laps that the server has told, by track and car, by `GhostKind`."""
        self.talks = {Channel.LOBBY: Talk(), Channel.ROOM: Talk()}
        self.notices: deque[Told] = deque(maxlen=NOTICES_KEPT)
        self.nodes: tuple[NodeRow, ...] = ()
        self.cluster: ClusterNews | None = None
        self.cluster_at = 0.0
        """When that came."""
        self.rtt_s = RTT_GUESS_S
        self.readings = Readings()
        """What was measured of the link, for who wants to look at it."""
        self._compared_tick = 0
        """The tick of the newest snapshot that the own car was compared with."""
        self._reader = SnapshotReader()
        self._epochs: dict[str, int] = {}
        """The highest epoch of each room: who speaks with a lower one has lost it."""
        self._ping_at = 0.0
        self._ping_nonce = 0
        self._ping_sent_at: float | None = None
        self._measured = False
        self._offer_ends_at = 0.0
        self._unsaved_lap: int | None = None
        """Milliseconds of a best lap that is on its way to the database."""
        self._unconfirmed = ""
        """The race whose result the player left before it was saved."""

    @property
    def saved(self) -> bool:
        """Whether a majority holds the newest result."""
        return self.results is not None and self.results.saved == SavedState.SAVED

    @property
    def offered(self) -> bool:
        """Whether a seat is kept for this player and not taken up yet."""
        return self.welcome is not None and bool(self.welcome.seat_room) and self.room is None

    @property
    def spectating(self) -> bool:
        """Whether this player is in a room without a seat."""
        return self.room is not None and self.my_seat is None

    @property
    def newest_line(self) -> int:
        """The number of the newest line of the room's chat, 0 for none."""
        return self.talks[Channel.ROOM].newest if self.room is not None else 0

    def seat_of(self, slot: int) -> SeatRow | None:
        """Return who sits in a slot of the room."""
        for seat in self.room.seats if self.room is not None else ():
            if seat.slot == slot:
                return seat
        return None

    @property
    def my_seat(self) -> SeatRow | None:
        """The own seat in the room."""
        me = self.welcome.player_id if self.welcome is not None else ""
        for seat in self.room.seats if self.room is not None else ():
            if seat.player_id == me:
                return seat
        return None

    def starts_in_s(self, now: float) -> float:
        """Return how long it takes until the room does not wait any more; 0: it does not wait."""
        if self.room is None or not self.room.starts_in:
            return 0.0
        return max(0.0, self.room.starts_in - (now - self.room_at))

    def tell(self, kind: NoticeKind, text: str, now: float) -> None:
        """Add a notice of the client's own."""
        self.notices.append(Told(kind, text, now))

    def leave(self) -> None:
        """Forget room and race: the player has left them."""
        self._look_away()
        self.room = self.race = None
        self.talks[Channel.ROOM] = Talk()

    def _look_away(self) -> None:
        """Take the result off the screen; the player is told when it is saved."""
        if self.results is not None and self.results.saved == SavedState.SAVING:
            self._unconfirmed = self.results.race_id
        self.results = None

    def drop_offer(self) -> None:
        """Forget the seat that was kept: it is taken up, given up or gone."""
        if self.welcome is not None:
            self.welcome = replace(self.welcome, seat_room="")

    # In

    def receive(self, message: Message, now: float) -> list[Message]:
        """Take in a message; return what to answer at once.

        Raises:
            InvalidMessage: a snapshot cannot be.
        """
        if isinstance(message, Snapshot | SnapshotDelta):
            # Also where nobody looks at it: the next one may build on it.
            self._show(self._reader.read(message), now)
            return []
        if self._is_outdated(message):
            return []
        match message:
            case Ping(nonce):
                return [Pong(nonce)]
            case Pong(nonce):
                self._measure(nonce, now)
            case Welcome():
                self.welcome, self._reader = message, SnapshotReader()
                self._offer_ends_at = now + message.seat_seconds_left
            case LobbyState():
                self.lobby = message
            case RoomState():
                self.room, self.room_at = message, now
                if message.phase != ROOM_RACES and self.results is None:
                    # It ended while we were away, without us.
                    self.race = None
            case RaceStart():
                return self._start(message, now)
            case RacePaused(room_id, _, text):
                if self.race is not None and self.race.room_id == room_id:
                    self.race.hold(text)
                else:
                    self.tell(NoticeKind.WARNING, text, now)
            case RaceEvents(rows):
                self._note(rows)
            case Dismissed(room_id, text):
                if self.room is not None and self.room.room_id == room_id:
                    self.leave()
                self.tell(NoticeKind.WARNING, text, now)
            case Nodes(rows):
                self.nodes = rows
            case ClusterNews():
                self.cluster, self.cluster_at = message, now
            case ChatLine(channel, number, kind, author, text, sent_at):
                self._hear(Channel(channel), LineRow(number, kind, author, text, sent_at), now)
            case ChatHistory(channel, lines):
                talk = self.talks[Channel(channel)]
                talk.known = talk.newest
                talk.lines.clear()
                talk.lines.extend(lines)
                if talk.newest > talk.known:
                    talk.newest_at = now  # Known lines need no second look.
                talk.changed += 1
            case Results():
                self.results = message
                if message.saved == SavedState.SAVING:
                    self.readings.saving(message.race_id, now)
            case Saved(race_id, epoch):
                self._confirm(race_id, epoch, now)
            case Leaderboard():
                self.leaderboard = message
            case Profile():
                self.profile = message
            case Ghosts():
                self._chase(message, now)
            case Resumed():
                self._resume(message, now)
            case Notice(kind, text):
                self.tell(NoticeKind(kind), text, now)
            case _:
                pass
        return []

    def _show(self, snapshot: ReadSnapshot, now: float) -> None:
        if self.race is not None and not self._is_outdated(snapshot):
            self.race.receive(snapshot, now, self.rtt_s)
            self._note_snapshot(self.race, now)

    def _is_outdated(self, message: Message | ReadSnapshot) -> bool:
        """Whether a message is of an owner whose room another has taken over."""
        match message:
            case RoomState() | RaceStart() | RacePaused() | Results():
                room_id, epoch = message.room_id, message.epoch
            case ReadSnapshot() | RaceEvents() if self.race is not None:
                room_id, epoch = self.race.room_id, message.epoch
            case _:
                return False
        if epoch < self._epochs.get(room_id, 0):
            return True
        # The one heard of last comes last, so that the room at hand is never forgotten.
        self._epochs.pop(room_id, None)
        self._epochs[room_id] = epoch
        if len(self._epochs) > EPOCHS_KEPT:
            del self._epochs[next(iter(self._epochs))]
        return False

    def _resume(self, resumed: Resumed, now: float) -> None:
        self.resumed = resumed
        if resumed.text:
            self.tell(NoticeKind.INFO, resumed.text, now)
        if resumed.missed:
            self.talks[Channel.ROOM].mark_missed(resumed.missed)

    def _start(self, start: RaceStart, now: float) -> list[Message]:
        told = self.results
        if told is not None and told.race_id == start.race_id and told.epoch < start.epoch:
            # It was never confirmed: another owner has the race driven to its end again.
            self.results = None
        if self.race is not None and self.race.race_id == start.race_id:
            self.race.rejoin(start)
            return []
        known = {row.name: row.digest for row in self.welcome.tracks} if self.welcome else {}
        try:
            # A name with a path in it must not leave the folder of tracks.
            if not TRACK_NAME.fullmatch(start.track):
                raise BadFile(start.track, "this is no name of a track", "update the server")
            track = self._load(start.track)
        except BadFile as error:
            self.tell(NoticeKind.ERROR, str(error), now)
            self.leave()
            return [LeaveRoom()]
        if known.get(start.track) != track.digest:
            text = f"The track {track.title} differs from the server's: update the older one."
            self.tell(NoticeKind.WARNING, text, now)
        self._look_away()
        self.race = RaceView(start, track)
        return []

    def _chase(self, told: Ghosts, now: float) -> None:
        """Take in recorded laps, and tell when the own one is safe."""
        if not told.available:
            text = "The ghosts cannot be had just now: drive on, your laps are kept."
            self.tell(NoticeKind.WARNING, text, now)
            return
        place = told.track, told.car_class
        known = self.ghosts.pop(place, {}) | {row.kind: row for row in told.rows}
        self.ghosts[place] = known
        if len(self.ghosts) > GHOSTS_KEPT:
            del self.ghosts[next(iter(self.ghosts))]
        me = self.welcome.player_id if self.welcome is not None else ""
        own, record = known.get(GhostKind.OWN), known.get(GhostKind.RECORD)
        if own is not None and told.saved == SavedState.SAVING:
            self._unsaved_lap = own.lap_ms
        elif self._unsaved_lap is not None:
            best = record is not None and record.player_id == me
            what = "the record of this track" if best else "your best here"
            time = f"{self._unsaved_lap // 60_000}:{self._unsaved_lap % 60_000 / 1000:06.3f}"
            kept = ", and saved" * (told.saved == SavedState.SAVED)
            self.tell(NoticeKind.INFO, f"{time} is {what}{kept}.", now)
            self._unsaved_lap = None
        if self.race is not None:
            try:
                self.race.chase_on(told, me)
            except BadGhost as error:
                self.tell(NoticeKind.WARNING, str(error), now)

    def _measure(self, nonce: int, now: float) -> None:
        """Take in the answer to our newest ping."""
        if nonce != self._ping_nonce or self._ping_sent_at is None:
            return
        sample = now - self._ping_sent_at
        self._ping_sent_at = None
        self.readings.answered(sample)
        self.rtt_s += (sample - self.rtt_s) * (RTT_SHARE if self._measured else 1.0)
        self._measured = True

    def _note_correction(self, race: RaceView, now: float) -> None:
        """Note by how much the own car was moved, once for all that came together."""
        if race.tick != self._compared_tick and race.prediction.tick is not None:
            self._compared_tick = race.tick
            self.readings.compared(now, race.prediction.corrected)

    def _note_snapshot(self, race: RaceView, now: float) -> None:
        mine = race.mine
        if mine is None:
            self.readings.shown(now)
        else:
            self.readings.shown(now, acked=mine.acked_sequence, lead=mine.input_lead)

    def _note(self, rows: tuple[EventRow, ...]) -> None:
        if self.race is None:
            return
        for row in rows:
            self.race.note_event(row)

    def _hear(self, channel: Channel, line: LineRow, now: float) -> None:
        talk = self.talks[channel]
        talk.lines.append(line)
        talk.newest_at = now
        talk.changed += 1

    def _confirm(self, race_id: str, epoch: int, now: float) -> None:
        self.readings.saved(race_id, now)
        if race_id == self._unconfirmed:
            self._unconfirmed = ""
            self.tell(NoticeKind.INFO, "The result of your last race is saved.", now)
        old = self.results
        # Only what was being saved can become saved: a server that keeps
        # nothing said so with the result, and no later word makes it durable.
        if old is None or old.race_id != race_id or old.saved != SavedState.SAVING:
            return
        # Nor what an owner told before the room had another, and that one had
        # the race driven to its end again, and its own result saved.
        if old.epoch == epoch:
            self.results = replace(old, saved=int(SavedState.SAVED))

    # Out

    def advance(self, now: float, wishes: CarInput) -> list[Message]:
        """Move on to now; return the messages to send."""
        messages: list[Message] = []
        if self.offered and now > self._offer_ends_at:
            self.drop_offer()
        if now >= self._ping_at:
            self._ping_at = now + PING_EVERY_S
            self._ping_nonce = (self._ping_nonce + 1) % 2**32
            self._ping_sent_at = now
            messages.append(Ping(self._ping_nonce))
        if self.race is not None and self.results is None:
            messages.extend(self.race.advance(now, wishes))
            self._note_correction(self.race, now)
        return messages
