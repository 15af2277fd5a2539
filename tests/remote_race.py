"""A race on a server and its view on a client, with a wire between them.

No socket and no clock: `RemoteRace.step` moves both by one tick of 1/60 s and
delivers each message when its delay is over. The server's side is the real
`LiveRace`, so inputs are late, early or dropped as they are in the game.

Units: ticks; seconds for `now` and delays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import bulletins
from car import CarInput
from live_race import LiveRace
from lobby import Room
from protocol import Drive, Snapshot
from race import COUNTDOWN_TICKS, Race
from race_state import RaceView
from track import track_of

T = TypeVar("T")
TICK_S = 1.0 / 60.0


def weave(tick: int) -> CarInput:
    """Return the input of a driver whose hands are never still."""
    return CarInput(throttle=0.6, steering=0.25 * math.sin(tick / 9.0))


class RemoteRace:
    """One race seen from slot 0, `delay_s` away."""

    def __init__(
        self, delay_s: float = 0.05, slots: int = 1, *, rtt_s: float | None = None
    ) -> None:
        """Put the client `delay_s` away; it believes in `rtt_s`, or knows the truth."""
        track = track_of("meadow")
        self.room = Room("room", "Test", "meadow", 3, 0, epoch=1)
        self.live = LiveRace("race", track, Race(track, 3, range(slots)))
        self.view = RaceView(bulletins.race_start(self.room, self.live, 0), track)
        self.delay_s = delay_s
        self.rtt_s = 2 * delay_s if rtt_s is None else rtt_s
        self.now = 100.0
        self.orders: list[Drive] = []
        """All that the client has sent."""
        self.cut = False
        """Nothing is delivered while it is set."""
        self._up: list[tuple[float, Drive]] = []
        self._down: list[tuple[float, Snapshot]] = []

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
        self.live.step()
        # As the steward: thirty a second, on hold or not.
        if round(self.now / TICK_S) % 2 == 0:
            snapshot = bulletins.snapshot(self.room, self.live)
            self._down.append((self.now + self.delay_s, snapshot))
        for snapshot in self._due(self._down):
            self.view.receive(snapshot, self.now, self.rtt_s)
        for order in self.view.advance(self.now, wishes):
            self.orders.append(order)
            self._up.append((self.now + self.delay_s, order))

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

    def _due(self, wire: list[tuple[float, T]]) -> list[T]:
        arrived = [] if self.cut else [one for at, one in wire if at <= self.now]
        if self.cut:
            wire.clear()
        wire[:] = [(at, one) for at, one in wire if at > self.now]
        return arrived
