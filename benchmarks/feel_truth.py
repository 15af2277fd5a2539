"""Where the cars really were: a spectator on a direct link, who writes everything down.

`Witness` reads the server's own snapshots over the loopback; `Truth` says from
them where a car was at any tick. Neither knows what the measured client showed.

Units: metres; ticks of 1/60 s; seconds (monotonic).
"""

from __future__ import annotations

import socket
import time
from bisect import bisect_right

from benchmarks.serving import NotMeasured
from car import Car
from interpolation import blend
from protocol import (
    VERSION,
    Connection,
    Goodbye,
    Hello,
    Message,
    Ping,
    Pong,
    Refused,
    Role,
    Snapshot,
    Watch,
    Welcome,
    unpack_cars,
)
from race import TICKS_A_SECOND
from server_link import tune

WATCHES_S = 10.0


class Truth:
    """The cars of one race, tick by tick."""

    def __init__(self) -> None:
        self._ticks: dict[int, list[int]] = {}
        self._cars: dict[int, list[Car]] = {}
        self._now_less_tick = float("inf")

    def note(self, snapshot: Snapshot, now: float) -> None:
        """Write down a snapshot that came over a link without delay."""
        self._now_less_tick = min(self._now_less_tick, now - snapshot.tick / TICKS_A_SECOND)
        for record in unpack_cars(snapshot.cars):
            ticks = self._ticks.setdefault(record.slot, [])
            if not ticks or snapshot.tick > ticks[-1]:
                ticks.append(snapshot.tick)
                self._cars.setdefault(record.slot, []).append(record.car)

    def tick_at(self, now: float) -> float:
        """Return the tick of the server at a time; the quickest snapshot tells."""
        return (now - self._now_less_tick) * TICKS_A_SECOND

    def car(self, slot: int, tick: float) -> Car | None:
        """Return a car at a tick, or None where that was not written down."""
        ticks = self._ticks.get(slot, [])
        at = bisect_right(ticks, tick)
        if not 0 < at < len(ticks):
            return None
        since, until = ticks[at - 1], ticks[at]
        cars = self._cars[slot]
        return blend(cars[at - 1], cars[at], (tick - since) / (until - since))

    @property
    def slots(self) -> list[int]:
        """The cars that were seen."""
        return sorted(self._ticks)


class Witness:
    """A spectator that is no part of what is measured."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self.truth = Truth()
        self.snapshots = 0
        self._connection = Connection(Role.CLIENT)
        self._welcomed = False
        self._socket = socket.create_connection((host, port))
        tune(self._socket)
        self._send(Hello(VERSION, name, "", "bot"))
        self._socket.setblocking(False)

    def watch(self, room_id: str) -> None:
        """Look on in a room from now on.

        Raises:
            NotMeasured: the server does not let us.
        """
        until = time.monotonic() + WATCHES_S
        while not self._welcomed:
            if time.monotonic() > until:
                raise NotMeasured("The witness was not welcomed by the server.")
            self.read(time.monotonic())
            time.sleep(0.01)
        self._send(Watch(room_id))

    def read(self, now: float) -> None:
        """Take what has come."""
        try:
            while data := self._socket.recv(262_144):
                for message in self._connection.receive_data(data):
                    self._take(message, now)
        except BlockingIOError:
            return
        raise NotMeasured("The server has cut the witness off.")

    def _take(self, message: Message, now: float) -> None:
        match message:
            case Snapshot():
                self.snapshots += 1
                self.truth.note(message, now)
            case Ping(nonce):
                self._send(Pong(nonce))
            case Welcome():
                self._welcomed = True
            case Goodbye(_, text) | Refused(_, text):
                raise NotMeasured(f"The server sent the witness away: {text}")
            case _:
                pass

    def _send(self, message: Message) -> None:
        self._socket.sendall(self._connection.send(message))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
