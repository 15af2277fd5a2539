"""What a client may know before the server says so: its clock and its car.

`SharedClock` estimates which tick the server is at, and at which tick an
input sent now will arrive. `Prediction` runs the own car ahead with the
shared step, starts again from each snapshot and replays what the server had
not seen yet; `Interpolation` shows another car a little in the past, where
its positions are known on both sides.

It reads no clock and sends nothing; contact with others is not predicted.

Sources: Y. W. Bernier, "Latency Compensating Methods in Client/Server
In-game Protocol Design and Optimization"; G. Fiedler, "Snapshot
Interpolation".

Units: ticks of 1/60 s; seconds for `now`; metres, radians.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from car import CAR_LENGTH, Car, CarInput
from contact import advance_car
from protocol import CarRecord
from race import TICKS_A_SECOND, is_held
from track import Track

LEAD_WANTED = 3.0
"""Inputs should come so many ticks early: a margin against jitter."""
LEAD_MAX = 12.0
SLEW_MAX = 0.04
"""The clock runs at most so much too fast or too slow."""
SNAP_TICKS = 15.0
"""Beyond a quarter of a second the clock jumps instead."""
HISTORY_TICKS = 240
REPLAY_MAX = 120
SMOOTHING_S = 0.06
"""Time constant of hiding a correction: nine tenths are gone after 0.14 s."""
SNAP_METRES = 3 * CAR_LENGTH
DELAY_MIN, DELAY_MAX = 3.0, 15.0
SNAPSHOT_TICKS = 2.0
EXTRAPOLATE_TICKS = 12.0
KEPT = 40


class SharedClock:
    """Which tick it is on the server, as well as can be told from here."""

    def __init__(self) -> None:
        self.jitter_ticks = 0.0
        """Mean deviation of snapshots from their due time."""
        self._remote: float | None = None
        """Server tick minus local ticks, as snapshots arrive."""
        self._input: float | None = None
        """Tick that an input sent now is for, minus local ticks."""
        self._margin = LEAD_WANTED
        self._heard_at = 0.0

    def heard(self, tick: int, now: float, rtt_s: float, lead: int | None) -> None:
        """Take in a snapshot of `tick`, and how early our newest input came."""
        local = now * TICKS_A_SECOND
        measured = tick - local
        if self._remote is None or abs(measured - self._remote) > SNAP_TICKS:
            self._remote = measured
        error = measured - self._remote
        self.jitter_ticks += (abs(error) - self.jitter_ticks) * 0.05
        self._remote += error * 0.05
        if lead is not None and lead != 0:
            if lead < LEAD_WANTED - 1:
                self._margin = min(LEAD_MAX, self._margin + 0.1)
            elif lead > LEAD_WANTED + 2:
                self._margin = max(1.0, self._margin - 0.05)
        goal = self._remote + rtt_s * TICKS_A_SECOND + self._margin
        if self._input is None or abs(goal - self._input) > SNAP_TICKS:
            self._input = goal
        elapsed = max(0.0, now - self._heard_at) * TICKS_A_SECOND
        most = SLEW_MAX * min(elapsed, 6.0)
        self._input += min(max(goal - self._input, -most), most)
        self._heard_at = now

    @property
    def ready(self) -> bool:
        """Whether anything was heard yet."""
        return self._input is not None

    def input_tick(self, now: float) -> float:
        """Return the tick that an input sent now would be for."""
        return now * TICKS_A_SECOND + (self._input or 0.0)

    def shown_tick(self, now: float) -> float:
        """Return the tick at which other cars are shown: a little in the past."""
        delay = 2 * SNAPSHOT_TICKS + 2 * self.jitter_ticks
        return now * TICKS_A_SECOND + (self._remote or 0.0) - min(max(delay, DELAY_MIN), DELAY_MAX)

    def silent_s(self, now: float) -> float:
        """Return how long ago the last snapshot came."""
        return now - self._heard_at if self.ready else 0.0


class Prediction:
    """The own car, as far ahead as the inputs that were sent."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._inputs: dict[int, CarInput] = {}
        self.tick: int | None = None
        """The tick that `car` is at."""
        self.car = Car()
        self.before = Car()
        """The car one tick earlier, to draw between the two."""
        self.hint = 0
        self.corrected = 0.0
        """How far the newest snapshot moved the car, metres."""
        self._error = [0.0, 0.0, 0.0]
        """What is still hidden of corrections: x, y, heading."""

    def run_to(self, tick: int, wishes: CarInput, go_tick: int) -> list[tuple[int, CarInput]]:
        """Predict up to `tick` with these wishes; return the inputs used, by tick."""
        used: list[tuple[int, CarInput]] = []
        if self.tick is None:
            return used
        if tick - self.tick > REPLAY_MAX:
            # A clock that jumped: the next snapshot sets the car anew.
            self.tick = tick - 1
        while self.tick < tick:
            self.tick += 1
            self._inputs[self.tick] = wishes
            self._inputs.pop(self.tick - HISTORY_TICKS, None)
            self.before = self.car.copy()
            self._step(self.car, wishes, self.tick, go_tick)
            used.append((self.tick, wishes))
        return used

    def _step(self, car: Car, wishes: CarInput, tick: int, go_tick: int) -> None:
        if is_held(tick, go_tick):
            car.engine_on = wishes.engine
        else:
            self.hint, _ = advance_car(car, self.hint, wishes, self._track)

    def reconcile(self, tick: int, server: Car, go_tick: int) -> None:
        """Start again from the server's car at `tick` and replay what came after."""
        car = server.copy()
        previous, ahead = self.car, self.tick
        self.hint = self._track.locate(car.x, car.y).sample
        if ahead is None or not tick - REPLAY_MAX < ahead < tick + REPLAY_MAX:
            self.tick = tick
            self.before = self.car = car
            self._error = [0.0, 0.0, 0.0]
            return
        before = car.copy()
        last = CarInput(engine=car.engine_on)
        for replayed in range(tick + 1, ahead + 1):
            before = car.copy()
            last = self._inputs.get(replayed, last)
            self._step(car, last, replayed, go_tick)
        self.tick = max(ahead, tick)
        dx, dy = previous.x - car.x, previous.y - car.y
        self.corrected = math.hypot(dx, dy)
        if self.corrected > SNAP_METRES:
            self._error = [0.0, 0.0, 0.0]
        else:
            self._error[0] += dx
            self._error[1] += dy
            self._error[2] += math.remainder(previous.heading - car.heading, 2 * math.pi)
        self.car, self.before = car, before

    def fade(self, seconds: float) -> None:
        """Let the hidden part of corrections go, as time passes."""
        kept = math.exp(-seconds / SMOOTHING_S)
        self._error = [one * kept for one in self._error]

    def shown(self, share: float) -> Car:
        """Return the car to draw, a share from 0 to 1 between the last two ticks."""
        car = blend(self.before, self.car, min(max(share, 0.0), 1.0))
        car.x += self._error[0]
        car.y += self._error[1]
        car.heading += self._error[2]
        return car

    def unacknowledged(self, since: int) -> list[tuple[int, CarInput]]:
        """Return the inputs after a tick, oldest first."""
        return sorted((tick, one) for tick, one in self._inputs.items() if tick > since)


@dataclass(frozen=True, slots=True)
class Sample:
    """Where another car was at a tick."""

    tick: int
    record: CarRecord


class Interpolation:
    """One other car, from the snapshots that show it."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=KEPT)

    def add(self, tick: int, record: CarRecord) -> None:
        """Take in a newer record."""
        self._samples.append(Sample(tick, record))

    def at(self, tick: float) -> Car:
        """Return the car at a tick; a little beyond the newest, it rolls on."""
        samples = self._samples
        newest = samples[-1]
        if tick >= newest.tick:
            return coast(newest.record.car, min(tick - newest.tick, EXTRAPOLATE_TICKS))
        for index in range(len(samples) - 1, 0, -1):
            older, newer = samples[index - 1], samples[index]
            if older.tick <= tick:
                a, b = older.record.car, newer.record.car
                if math.hypot(b.x - a.x, b.y - a.y) > SNAP_METRES:
                    return b.copy()
                return blend(a, b, (tick - older.tick) / (newer.tick - older.tick))
        return samples[0].record.car.copy()


def blend(a: Car, b: Car, share: float) -> Car:
    """Return the car between two states, the short way round for its heading."""
    turn = math.remainder(b.heading - a.heading, 2 * math.pi)

    def between(low: float, high: float) -> float:
        return low + (high - low) * share

    return Car(
        x=between(a.x, b.x),
        y=between(a.y, b.y),
        heading=a.heading + turn * share,
        vx=between(a.vx, b.vx),
        vy=between(a.vy, b.vy),
        yaw_rate=between(a.yaw_rate, b.yaw_rate),
        steer_angle=between(a.steer_angle, b.steer_angle),
        engine_on=b.engine_on,
    )


def coast(car: Car, ticks: float) -> Car:
    """Return the car so many ticks later, if nothing changes."""
    seconds = ticks / TICKS_A_SECOND
    later = car.copy()
    later.x += car.vx * seconds
    later.y += car.vy * seconds
    later.heading += car.yaw_rate * seconds
    return later
