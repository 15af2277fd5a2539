"""A race on a server and its view on a client, with a wire between them.

No socket and no clock: `RemoteRace.step` moves both by one tick of 1/60 s and
delivers each message when its delay is over: always the same delay, or over a
`LinkSpec` with jitter and losses, in order as TCP delivers. Over a `LinkSpec`
snapshots are told by what has changed, as to a real client. The server's side is
the real `LiveRace`, so inputs are late, early or dropped as they are in the game.

Units: ticks; seconds for `now` and delays.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import TypeVar

import bulletins
from car import CarInput
from link_model import LinkSpec
from live_race import LiveRace
from lobby import Room
from protocol import Drive, EventRow, Role, Snapshot, SnapshotDelta, SnapshotReader
from protocol.connection import decode_message
from protocol.stream import Known, Stream
from race import COUNTDOWN_TICKS, Race
from race_state import RaceView
from track import track_of

T = TypeVar("T")
LENGTH_BYTES = 4
"""Each message on the wire begins with its length."""
TICK_S = 1.0 / 60.0


def weave(tick: int) -> CarInput:
    """Return the input of a driver whose hands are never still."""
    return CarInput(throttle=0.6, steering=0.25 * math.sin(tick / 9.0))


class RemoteRace:
    """One race seen from slot 0, `delay_s` away."""

    def __init__(
        self,
        delay_s: float = 0.05,
        slots: int = 1,
        *,
        rtt_s: float | None = None,
        track: str = "meadow",
        solid: bool = True,
        link: LinkSpec | None = None,
        seed: int = 0,
    ) -> None:
        """Put the client `delay_s` away; it believes in `rtt_s`, or knows the truth.

        Args:
            link: what lies between instead: jitter and losses are drawn from `seed`.
        """
        there = track_of(track)
        self.room = Room("room", "Test", track, 3, 0, epoch=1)
        self.live = LiveRace("race", there, Race(there, 3, range(slots), solid=solid))
        self.view = RaceView(bulletins.race_start(self.room, self.live, 0), there)
        delay_s = delay_s if link is None else link.round_trip / 2
        self.delay_s = delay_s
        self.link = link
        self._luck = random.Random(seed)
        self._stream, self._reader = Stream(), SnapshotReader()
        self._known: Known | None = None
        self._last_due = {True: 0.0, False: 0.0}
        """When the newest message of each direction arrives; up is True."""
        self.rtt_s = 2 * delay_s if rtt_s is None else rtt_s
        self.now = 100.0
        self.orders: list[Drive] = []
        """All that the client has sent."""
        self.cut = False
        """Nothing is delivered while it is set."""
        self._up: list[tuple[float, Drive]] = []
        self._down: list[tuple[float, Snapshot | SnapshotDelta]] = []
        self._news: list[tuple[float, EventRow]] = []

    @property
    def server_car_x(self) -> float:
        """Where the server has the car."""
        return self.live.race.racers[0].car.x

    def step(self, wishes: CarInput) -> None:
        """Move server and client on by one tick."""
        self.now += TICK_S
        for order in self._due(self._up):
            wanted = bulletins.wishes_of(order)
            self.live.drive(0, sequence=order.sequence, tick=order.tick, wishes=wanted)
        for event in filter(bulletins.is_shown, self.live.step()):
            row = EventRow(int(event.kind), event.slot, event.tick, event.value)
            self._news.append((self._due_at(up=False), row))
        # As the steward: thirty a second, on hold or not.
        if round(self.now / TICK_S) % 2 == 0:
            self._down.append((self._due_at(up=False), self._snapshot()))
        for row in self._due(self._news):
            self.view.note_event(row)
        for snapshot in self._due(self._down):
            self.view.receive(self._reader.read(snapshot), self.now, self.rtt_s)
        for order in self.view.advance(self.now, wishes):
            self.orders.append(order)
            self._up.append((self._due_at(up=True), order))

    def run(
        self,
        ticks: int,
        wishes: Callable[[int], CarInput] = weave,
        watch: Callable[[], None] | None = None,
    ) -> None:
        """Run some ticks; call `watch` after each."""
        for _ in range(ticks):
            self.step(wishes(self.live.race.tick))
            if watch is not None:
                watch()

    def run_to_racing(self, seconds: float = 3.0) -> None:
        """Run past GO, and some seconds more."""
        self.run(COUNTDOWN_TICKS + round(seconds / TICK_S))

    def _snapshot(self) -> Snapshot | SnapshotDelta:
        snapshot = bulletins.snapshot(self.room, self.live)
        if self.link is None:
            return snapshot
        packed = self._stream.pack(snapshot)
        framed = packed.message_for(0, self._known)
        self._known = packed.known_by(0, self._known)
        message = decode_message(framed[LENGTH_BYTES:], Role.SERVER)
        assert isinstance(message, Snapshot | SnapshotDelta)
        return message

    def stall(self, seconds: float) -> None:
        """Deliver nothing to the client for so long, then all at once."""
        until = self.now + seconds
        self._last_due[False] = until
        self._down = [(max(at, until), one) for at, one in self._down]
        self._news = [(max(at, until), one) for at, one in self._news]

    def _due_at(self, *, up: bool) -> float:
        """Return when a message sent now arrives."""
        if self.link is None:
            return self.now + self.delay_s
        half = self.link.jitter / 2
        travel = self.delay_s + self._luck.uniform(-half, half)
        if self._luck.random() < self.link.loss:
            travel += self.link.stall
        self._last_due[up] = max(self._last_due[up], self.now + travel)
        return self._last_due[up]

    def _due(self, wire: list[tuple[float, T]]) -> list[T]:
        arrived = [] if self.cut else [one for at, one in wire if at <= self.now]
        if self.cut:
            wire.clear()
        wire[:] = [(at, one) for at, one in wire if at > self.now]
        return arrived
