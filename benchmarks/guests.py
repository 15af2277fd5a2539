"""Guests that behave badly on order, each kind in a process of its own.

    python -m benchmarks.guests deaf HOST:PORT

A guest opens a room and says which (`room ID`), is ready when eight sit
there, and races there like anybody: until its input says `begin`. Then it
stops reading, or comes back over a line of 64 kbit/s, or sends a thousand
inputs a second. The `crowd` has no room: it is two hundred connections that
say nothing, called again as they are closed. It goes when its input ends.

They are apart from the load, so that what others measure is not held up by
what these do in the same process.

Units: seconds.
"""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time

from benchmarks.group import LAPS, TRACK
from benchmarks.load import ROOM
from benchmarks.player import Player
from config import host_and_port
from errors import SlipstreamError
from link_model import link_spec
from link_simulator import LinkSimulator
from protocol import VERSION, CreateRoom, Drive, Goodbye, Hello, Ready, Resume
from race import TICKS_A_SECOND
from server_link import tune

TURN_S = 0.004
DRIVE_EVERY_S = 0.2
LEAD_TICKS = 8
CALL_S = 5.0
SMALL_BUFFER_BYTES = 4096
"""What who does not read lets the system keep for it."""
THIN_LINE = "40ms,0ms,0%,64kbit"
FLOOD_A_SECOND = 1000.0
CROWD = 200


class Guest:
    """Who opens a room, races in it, and can behave badly."""

    receive_bytes = 0
    """Of the buffer for what comes; 0 leaves it to the system."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        # Nobody may be called like somebody who is there.
        self._name = f"Guest {type(self).__name__}"
        self._selector = selectors.DefaultSelector()
        self._bad = False
        self._ready = self._asked = False
        self._sequence = 0
        self._drive_at = 0.0
        self._started_at = 0.0
        self.player = self._come(Hello(VERSION, self._name, "", "bot"))

    def _come(self, hello: Hello) -> Player:
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.receive_bytes:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        link.settimeout(CALL_S)
        link.connect(self._where)
        tune(link)
        return self._attend(link, hello)

    def _attend(self, link: socket.socket, hello: Hello) -> Player:
        link.setblocking(False)
        player = Player(0, link, hello)
        self._selector.register(link, selectors.EVENT_READ, player)
        return player

    @property
    def last_words(self) -> str:
        """Why it is not there any more; empty while it is."""
        return self.player.last_words

    @property
    def room_id(self) -> str:
        """Where the guest sits; empty before."""
        return self.player.room_id

    def begin(self) -> None:
        """Behave badly from now on."""
        self._bad = True

    def turn(self, until: float) -> None:
        """Do what is due until a moment."""
        for key, _ in self._selector.select(max(0.0, until - time.perf_counter())):
            player: Player = key.data
            link = player.socket
            player.read(time.perf_counter())
            if player.out:
                self._selector.unregister(link)
                link.close()
        now = time.perf_counter()
        player = self.player
        if player.welcomed and not self._asked:
            self._asked = True
            player.send(CreateRoom("Guest", TRACK, LAPS, 0))
        if player.seated == ROOM and not self._ready:
            self._ready = True
            player.send(Ready(True))
        if player.race is not None and not self._started_at:
            self._started_at = now
        self._drive(now)

    def _drive(self, now: float) -> None:
        if self._started_at and now >= self._drive_at:
            self._drive_at = now + DRIVE_EVERY_S
            self._input(now)

    def _input(self, now: float) -> None:
        self._sequence += 1
        tick = int((now - self._started_at) * TICKS_A_SECOND) + LEAD_TICKS
        # Slow, and never twice the same.
        self.player.send(Drive(self._sequence, tick, 60 + self._sequence % 40, 0, 0, 2))

    def leave(self) -> None:
        """Go, and say so."""
        self.player.send(Goodbye("quit", ""))
        self.player.socket.close()


class Deaf(Guest):
    """Stops reading: its window closes."""

    receive_bytes = SMALL_BUFFER_BYTES

    def turn(self, until: float) -> None:
        """Read nothing any more once it has begun; drive on."""
        if not self._bad:
            super().turn(until)
            return
        time.sleep(max(0.0, until - time.perf_counter()))
        self._drive(time.perf_counter())


class Thin(Guest):
    """Comes back over a line that is too thin for what a player is sent."""

    def begin(self) -> None:
        """Take the seat up again over the other line."""
        super().begin()
        before = self.player
        direct = socket.create_connection(self._where, CALL_S)
        tune(direct)
        self._simulator = LinkSimulator(link_spec(THIN_LINE))
        link = self._simulator.through(direct)
        hello = Hello(VERSION, self._name, before.token, "bot", room_id=before.room_id)
        self.player = self._attend(link, hello)
        self.player.send(Resume())


class Flood(Guest):
    """Sends a thousand inputs a second."""

    def _drive(self, now: float) -> None:
        if not self._bad:
            super()._drive(now)
            return
        self._drive_at = max(self._drive_at, now - 0.1)
        while self._drive_at <= now:
            self._drive_at += 1.0 / FLOOD_A_SECOND
            self._input(now)


class Crowd:
    """Two hundred who connect and say nothing."""

    room_id = "-"
    last_words = ""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._selector = selectors.DefaultSelector()
        self._there = 0
        self._bad = False

    def begin(self) -> None:
        """Come."""
        self._bad = True

    def turn(self, until: float) -> None:
        """Call again for each that was closed."""
        while self._bad and self._there < CROWD and time.perf_counter() < until:
            link = socket.create_connection(self._where, CALL_S)
            link.setblocking(False)
            self._selector.register(link, selectors.EVENT_READ)
            self._there += 1
        for key, _ in self._selector.select(max(0.0, until - time.perf_counter())):
            link = key.fileobj  # type: ignore[assignment]
            try:
                gone = not link.recv(4096)
            except OSError:
                gone = True
            if gone:
                self._selector.unregister(link)
                link.close()
                self._there -= 1
        time.sleep(max(0.0, until - time.perf_counter()))

    def leave(self) -> None:
        """Hang up."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]


KINDS: dict[str, type[Guest] | type[Crowd]] = {
    "deaf": Deaf,
    "thin": Thin,
    "flood": Flood,
    "crowd": Crowd,
}


def main() -> int:
    """Be a guest until the input ends; return the exit code."""
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        kinds = ", ".join(KINDS)
        print(f"Write python -m benchmarks.guests KIND HOST:PORT; kinds: {kinds}.", file=sys.stderr)
        return 2
    try:
        guest = KINDS[sys.argv[1]](*host_and_port(sys.argv[2], "HOST:PORT"))
    except (SlipstreamError, OSError) as error:
        print(f"The guest cannot come: {error}", file=sys.stderr)
        return 2
    begin, end = threading.Event(), threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "begin":
                begin.set()
        end.set()

    threading.Thread(target=listen, daemon=True).start()
    told = begun = False
    while not end.is_set():
        if guest.last_words and not begun:
            print(f"The guest was sent away: {guest.last_words}", file=sys.stderr)
            return 1
        guest.turn(time.perf_counter() + TURN_S)
        if guest.room_id and not told:
            told = True
            print(f"room {guest.room_id}", flush=True)
        if begin.is_set() and not begun:
            begun = True
            guest.begin()
    guest.leave()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
