"""One client of a load: it answers, reads as little as it can, and counts.

Of a snapshot it reads the code, and the rest only where it is told to: a
load that decoded all of them would measure itself. It opens no socket, and
knows neither rooms nor when an input is due.

Units: seconds; milliseconds and ticks where the name says so.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from benchmarks.wire_cost import WireCost, wire_cost
from errors import RemoteProtocolError
from protocol import (
    CarFlag,
    CarRecord,
    Goodbye,
    Message,
    Notice,
    NoticeKind,
    Ping,
    Pong,
    RaceStart,
    Redirect,
    Refused,
    Role,
    RoomState,
    Snapshot,
    SnapshotDelta,
    SnapshotReader,
    Welcome,
    decode_message,
    encode_message,
)
from protocol.delta import STEP_TICKS
from protocol.messages import CODES
from protocol.pickled import SHORT_BINBYTES

LENGTH_BYTES = 4
WHOLE_CODE, DELTA_CODE = CODES[Snapshot], CODES[SnapshotDelta]
HEARD = frozenset(
    CODES[kind]
    for kind in (Welcome, Refused, Redirect, RoomState, RaceStart, Notice, Ping, Goodbye)
)
"""What is read besides; the rest is let go by unread."""
RECEIVE_BYTES = 262_144
DELTA_DATA_AT = 6
"""Where the data of a `SnapshotDelta` begins: see `dumps_blob`."""
PING_EVERY_S = 2.0
"""As often as a client measures its round-trip time."""


def code_of(message: memoryview | bytes, at: int = 0) -> int:
    """Return the code of a pickled message that begins at `at`; 0 for what is none."""
    at += 2
    if message[at] == 0x95:
        at += 9
    if message[at] == 0x28:
        at += 1
    return message[at + 1] if message[at] == 0x4B else 0


def tick_of(body: bytes, before: int) -> int:
    """Return the tick of a snapshot, whole or not, without reading its cars.

    Args:
        before: that of the last one, or near it.
    """
    if code_of(body) == WHOLE_CODE:
        message = decode_message(body, Role.SERVER)
        return message.tick if isinstance(message, Snapshot) else before
    # Steps less one in four bits; the tick that they begin at, in its low byte.
    data = body[DELTA_DATA_AT:] if body[4] == SHORT_BINBYTES else body[DELTA_DATA_AT + 3 :]
    base = before + (data[1] - before + 128 & 255) - 128
    return base + STEP_TICKS * ((data[0] >> 4) + 1)


class Player:
    """One client of the load: what it has heard, and what it counts."""

    def __init__(self, number: int, link: socket.socket, hello: Message) -> None:
        """Take a socket that is connected and does not block; greet."""
        self.number = number
        self.name = ""
        self.node = 0
        """Which of the nodes it has called."""
        self.socket = link
        self.token = ""
        """What lets it take its seat up again."""
        self.room_id = ""
        self.seated = 0
        """How many sit in its room."""
        self.slot: int | None = None
        self.race: RaceStart | None = None
        self.welcomed = False
        self.last_words = ""
        """Why it is not in: the server's own words."""
        self.sent_to: Redirect | None = None
        """Which node has its room now, until it is there."""
        self.moves = 0
        """How often it has followed its room."""
        self.left = False
        """Whether it went by itself."""
        self.refusals = 0
        """Commands of it that were refused."""
        self.follows: Callable[[int, float], None] | None = None
        """Who wants to know the tick of each snapshot, and when it came."""
        self.reads = False
        """Whether it decodes its snapshots, cars and all, as a client does."""
        self.places: dict[int, tuple[float, float]] = {}
        """Where the cars are by the newest snapshot that was decoded, by slot."""
        self.tick = 0
        """Of that snapshot."""
        self.away = 0
        """Cars that a caretaker drives, by that snapshot."""
        self.snapshots = 0
        self.arrivals: list[float] = []
        self.leads: list[int] = []
        """How early the server found our inputs, ticks."""
        self.sent = 0
        """Inputs."""
        self._acked = 0
        self._reader = SnapshotReader()
        self._rest = b""
        self._unsent = b""
        self._ping_at = 0.0
        self._pings = 0
        self._cost_before = wire_cost(link)
        self.send(hello)

    def follow(self, link: socket.socket, hello: Message, order: Message) -> None:
        """Go on at another node, over a new connection that does not block."""
        self.socket = link
        self.sent_to = None
        self.moves += 1
        self._reader = SnapshotReader()
        self._rest = self._unsent = b""
        self._cost_before = wire_cost(link)
        self.send(hello)
        self.send(order)

    @property
    def out(self) -> bool:
        """Whether the server has closed on it."""
        return bool(self.last_words)

    def fileno(self) -> int:
        """Return the descriptor of its socket."""
        return self.socket.fileno()

    # Out

    def send(self, message: Message) -> None:
        """Send a message."""
        self.send_bytes(encode_message(message))

    def send_bytes(self, message: bytes) -> None:
        """Send a message that is encoded already; what does not fit goes first next time."""
        if self.out:
            return
        message = self._unsent + message
        try:
            self._unsent = message[self.socket.send(message) :]
        except (BlockingIOError, InterruptedError):
            self._unsent = message
        except OSError as error:
            self.lose(f"connection lost ({error.strerror})")

    def drive(self, message: bytes) -> None:
        """Send one input."""
        self.sent += 1
        self.send_bytes(message)

    def ping(self, now: float) -> None:
        """Measure the round-trip time, if it is time."""
        if now >= self._ping_at and self.welcomed:
            self._ping_at = now + PING_EVERY_S
            self._pings += 1
            self.send(Ping(self._pings))

    def leave(self) -> None:
        """Go, and say so."""
        self.send(Goodbye("quit", ""))
        self.left = True
        self.lose("left")

    def lose(self, why: str) -> None:
        """Be out, for a reason; whoever holds the socket closes it."""
        self.last_words = self.last_words or why

    # In

    def read(self, now: float) -> None:
        """Take what has come: count snapshots, hear what matters."""
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.lose(f"connection lost ({error.strerror})")
            return
        if not data:
            if self.sent_to is None:
                self.lose("connection closed")
            return
        try:
            self._take(self._rest + data if self._rest else data, now)
        except RemoteProtocolError as error:
            self.lose(f"the server sent what cannot be read ({error})")

    def _take(self, data: bytes, now: float) -> None:
        at, size = 0, len(data)
        while size - at >= LENGTH_BYTES:
            body = at + LENGTH_BYTES
            end = body + int.from_bytes(data[at:body], "big")
            if end > size:
                break
            code = code_of(data, body)
            if code in (DELTA_CODE, WHOLE_CODE):
                self.snapshots += 1
                self.arrivals.append(now)
                if self.follows is not None or self.reads:
                    self._see(data[body:end], now)
            elif code in HEARD and not self.out:
                self._hear(decode_message(data[body:end], Role.SERVER))
            at = end
        self._rest = data[at:]

    def _hear(self, message: Message) -> None:
        match message:
            case Ping(nonce):
                self.send(Pong(nonce))
            case Welcome():
                self.welcomed, self.token = True, message.token
            case RoomState():
                self.room_id, self.seated = message.room_id, len(message.seats)
            case RaceStart():
                self.slot, self.race = message.slot, message
            case Notice(kind) if kind != NoticeKind.INFO:
                self.refusals += 1
            case Redirect():
                self.sent_to = message
            case Goodbye() | Refused():
                self.lose(message.text)

    def _see(self, body: bytes, now: float) -> None:
        if self.reads:
            message = decode_message(body, Role.SERVER)
            assert isinstance(message, Snapshot | SnapshotDelta)
            snapshot = self._reader.read(message)
            self.tick = snapshot.tick
            self._look(snapshot.records)
        else:
            self.tick = tick_of(body, self.tick)
        if self.follows is not None:
            self.follows(self.tick, now)

    def _look(self, cars: Sequence[CarRecord]) -> None:
        self.away = sum(bool(record.flags & CarFlag.CARETAKER) for record in cars)
        for record in cars:
            self.places[record.slot] = (record.car.x, record.car.y)
            if record.slot == self.slot and record.acked_sequence > self._acked:
                self._acked = record.acked_sequence
                self.leads.append(record.input_lead)

    # Counting

    def mark(self) -> None:
        """Count from here on."""
        self.snapshots = self.sent = 0
        self.arrivals.clear()
        self.leads.clear()
        self._cost_before = None if self.out else wire_cost(self.socket)

    def cost(self) -> WireCost | None:
        """Return what went over its connection since the mark; None where nobody counts."""
        now = None if self.out else wire_cost(self.socket)
        if now is None or self._cost_before is None:
            return None
        return now.since(self._cost_before)

    def gaps_ms(self) -> list[float]:
        """Return the times between its snapshots."""
        return [(b - a) * 1000 for a, b in zip(self.arrivals, self.arrivals[1:], strict=False)]
