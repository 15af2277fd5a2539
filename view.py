"""What this client believes: who it is, lobby, room, chat, race.

Sans I/O: messages and the time go in, fields for the screens and messages to
send come out. It draws nothing and opens no connection.

Units: seconds (monotonic) for `now`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from car import CarInput
from chat import HISTORY_LINES_MAX
from protocol import (
    Channel,
    ChatHistory,
    ChatLine,
    EventRow,
    Leaderboard,
    LineRow,
    LobbyState,
    Message,
    Notice,
    NoticeKind,
    Ping,
    Pong,
    RaceEvents,
    RaceStart,
    Results,
    Resumed,
    RoomState,
    Saved,
    SavedState,
    SeatRow,
    Snapshot,
    Welcome,
)
from race import EventKind
from race_state import RaceView
from track import Track

LINES_KEPT = 4 * HISTORY_LINES_MAX
NOTICES_KEPT = 20
PING_EVERY_S = 1.0
RTT_GUESS_S = 0.05


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


class View:
    """Everything that the screens show of the server."""

    def __init__(self, load: Callable[[str], Track]) -> None:
        """Take a function that loads a track by name."""
        self._load = load
        self.welcome: Welcome | None = None
        self.lobby = LobbyState((), ())
        self.room: RoomState | None = None
        self.race: RaceView | None = None
        self.results: Results | None = None
        self.resumed: Resumed | None = None
        self.leaderboard: Leaderboard | None = None
        self.talks = {Channel.LOBBY: Talk(), Channel.ROOM: Talk()}
        self.notices: deque[Told] = deque(maxlen=NOTICES_KEPT)
        self.rtt_s = RTT_GUESS_S
        self._ping_at = 0.0
        self._ping_nonce = 0
        self._ping_sent_at: float | None = None

    @property
    def saved(self) -> bool:
        """Whether a majority holds the newest result."""
        return self.results is not None and self.results.saved == SavedState.SAVED

    @property
    def offered(self) -> bool:
        """Whether a seat is kept for this player and not taken up yet."""
        return self.welcome is not None and bool(self.welcome.seat_room) and self.room is None

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

    def tell(self, kind: NoticeKind, text: str, now: float) -> None:
        """Add a notice of the client's own."""
        self.notices.append(Told(kind, text, now))

    def leave(self) -> None:
        """Forget room and race: the player has left them."""
        self.room = self.race = self.results = None
        self.talks[Channel.ROOM] = Talk()

    # In

    def receive(self, message: Message, now: float) -> list[Message]:
        """Take in a message; return what to answer at once."""
        match message:
            case Snapshot():
                if self.race is not None:
                    self.race.receive(message, now, self.rtt_s)
            case Ping(nonce):
                return [Pong(nonce)]
            case Pong(nonce):
                if nonce == self._ping_nonce and self._ping_sent_at is not None:
                    sample = now - self._ping_sent_at
                    self.rtt_s += (sample - self.rtt_s) * (0.3 if self.rtt_s else 1.0)
            case Welcome():
                self.welcome = message
            case LobbyState():
                self.lobby = message
            case RoomState():
                self.room = message
            case RaceStart():
                self._start(message, now)
            case RaceEvents(rows):
                self._note(rows)
            case ChatLine(channel, number, kind, author, text, sent_at):
                self._hear(Channel(channel), LineRow(number, kind, author, text, sent_at), now)
            case ChatHistory(channel, lines):
                talk = self.talks[Channel(channel)]
                talk.lines.clear()
                talk.lines.extend(lines)
                talk.newest_at = now
                talk.changed += 1
            case Results():
                self.results = message
            case Saved(race_id):
                self._confirm(race_id)
            case Leaderboard():
                self.leaderboard = message
            case Resumed():
                self.resumed = message
                self.tell(NoticeKind.INFO, message.text, now)
            case Notice(kind, text):
                self.tell(NoticeKind(kind), text, now)
            case _:
                pass
        return []

    def _start(self, start: RaceStart, now: float) -> None:
        track = self._load(start.track)
        known = {row.name: row.digest for row in self.welcome.tracks} if self.welcome else {}
        if known.get(start.track) != track.digest:
            text = f"The track {track.title} differs from the server's: update the older one."
            self.tell(NoticeKind.WARNING, text, now)
        self.race = RaceView(start, track)
        self.results = None

    def _note(self, rows: tuple[EventRow, ...]) -> None:
        if self.race is None:
            return
        for row in rows:
            self.race.note_event(row, EventKind.LAP, EventKind.BEST_LAP, EventKind.FINISH)

    def _hear(self, channel: Channel, line: LineRow, now: float) -> None:
        talk = self.talks[channel]
        talk.lines.append(line)
        talk.newest_at = now
        talk.changed += 1

    def _confirm(self, race_id: str) -> None:
        old = self.results
        if old is not None and old.race_id == race_id:
            self.results = Results(old.room_id, old.race_id, old.rows, int(SavedState.SAVED))

    # Out

    def advance(self, now: float, wishes: CarInput) -> list[Message]:
        """Move on to now; return the messages to send."""
        messages: list[Message] = []
        if now >= self._ping_at:
            self._ping_at = now + PING_EVERY_S
            self._ping_nonce = (self._ping_nonce + 1) % 2**32
            self._ping_sent_at = now
            messages.append(Ping(self._ping_nonce))
        if self.race is not None and self.results is None:
            messages.extend(self.race.advance(now, wishes))
        return messages
