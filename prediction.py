"""The own car, before the server can say where it is.

`Prediction` runs the car ahead with the shared step, starts again from each
snapshot and replays the inputs that the server had not seen yet. What a
snapshot corrects is hidden at first and fades away, so that the eye sees no
jump; only a correction of several car lengths is shown at once.

The car's share of what the track lends is predicted too: a canister that it
reaches, and that lay there by the newest snapshot, is its own at once. Whether
another was there first only the server knows.

It reads no clock and sends nothing; contact with other cars is not predicted.

Source: Y. W. Bernier, "Latency Compensating Methods in Client/Server In-game
Protocol Design and Optimization".

Units: ticks of 1/60 s; seconds where a name says so; metres, radians.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from car import CAR_LENGTH, TAU, Car, CarInput
from contact import advance_car
from interpolation import blend
from race import is_held
from resources import fill, may_be_mended, mend, reached
from slipstream import draft_follows, eased_draft
from track import Track

HISTORY_TICKS = 120
"""Own inputs are kept for so long; no snapshot is replayed over more."""
SMOOTHING_S = 0.06
"""Time constant of hiding a correction: nine tenths are gone after 0.14 s."""
SNAP_METRES = 3 * CAR_LENGTH


class Around(NamedTuple):
    """What a snapshot tells that the own car's future depends on."""

    canisters: int = 0
    """Those that lie there, as bits."""
    takes: bool = True
    """Whether the own car takes what it reaches: no ghost, and no guess who drives it."""
    mended: bool = False
    """Whether a pit mends the own car."""
    fragile: bool = False
    """Whether hard hits leave damage."""
    slot: int = 0
    """That of the own car."""
    wake: int = 0
    """The draft that the own car is coming to."""


class Prediction:
    """The own car, as far ahead as the inputs that were given."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._inputs: dict[int, CarInput] = {}
        """By tick; the last `HISTORY_TICKS` of them, without a gap."""
        self.tick: int | None = None
        """The tick that `car` is at; None until a snapshot tells."""
        self.car = Car()
        self.before = Car()
        """The car one tick earlier, to draw between the two."""
        self.hint = 0
        """The car's nearest sample of the centreline."""
        self.corrected = 0.0
        """How far the newest snapshot moved the car, metres."""
        self.around = Around()
        self.canisters = 0
        """Those that lie there at the predicted tick, as bits."""
        self.taken: dict[int, int] = {}
        """Canisters that the own car takes beyond the newest snapshot, and when."""
        self.stand_in: CarInput | None = None
        """While somebody else drives the own car: what that driver may be doing."""
        self._error = (0.0, 0.0, 0.0)
        """What is still hidden of corrections: x, y, heading."""

    def reset(self) -> None:
        """Forget where the car is; the next snapshot tells."""
        self.tick = None
        self._inputs.clear()
        self.taken.clear()
        self._error = (0.0, 0.0, 0.0)

    def step(self, wishes: CarInput, go_tick: int) -> None:
        """Predict one tick more; `reconcile` must have placed the car before."""
        assert self.tick is not None
        self.tick += 1
        self._inputs[self.tick] = wishes
        self._inputs.pop(self.tick - HISTORY_TICKS, None)
        self.before = self.car.copy()
        self._move(self.car, self.tick, wishes, go_tick)

    def reconcile(self, tick: int, server: Car, go_tick: int, around: Around | None = None) -> None:
        """Start again from the server's car at `tick` and replay what came after."""
        car = server.copy()
        before = server.copy()
        self.around = around or Around()
        self.canisters = self.around.canisters
        self.taken.clear()
        self.hint = self._track.locate(car.x, car.y, heading=car.heading).sample
        if self.tick is None or not tick <= self.tick < tick + HISTORY_TICKS:
            # Nothing to compare with, or nothing left to replay from.
            if self.tick is not None:
                self._hide(car)
            self._inputs.clear()
            self.tick, self.car, self.before = tick, car, before
            return
        wishes = CarInput(engine=car.engine_on)
        for replayed in range(tick + 1, self.tick + 1):
            before = car.copy()
            wishes = self._inputs.get(replayed, wishes)
            self._move(car, replayed, wishes, go_tick)
        self._hide(car)
        self.car, self.before = car, before

    def _move(self, car: Car, tick: int, wishes: CarInput, go_tick: int) -> None:
        if self.stand_in is not None:
            wishes = self.stand_in
        if is_held(tick, go_tick):
            car.engine_on = wishes.engine
            return
        around = self.around
        self.hint, _ = advance_car(car, self.hint, wishes, self._track, fragile=around.fragile)
        if draft_follows(tick, around.slot):
            car.draft = eased_draft(car.draft, around.wake)
        if tick < go_tick:
            return
        if around.takes:
            self._take(car, tick)
        if around.mended and may_be_mended(car):
            mend(car, tick)

    def _take(self, car: Car, tick: int) -> None:
        """Take what the car reaches, as the server does where nobody is quicker."""
        if not self.canisters:
            return
        for number in reached(self._track, car):
            if self.canisters >> number & 1:
                fill(car)
                self.canisters &= ~(1 << number)
                self.taken[number] = tick

    def _hide(self, truth: Car) -> None:
        """Note by how much the car that was shown differs from the corrected one."""
        dx, dy = self.car.x - truth.x, self.car.y - truth.y
        turn = self.car.heading - truth.heading
        self.corrected = math.hypot(dx, dy)
        x, y, heading = self._error
        x, y, heading = x + dx, y + dy, math.remainder(heading + turn, TAU)
        far = math.hypot(x, y) > SNAP_METRES
        self._error = (0.0, 0.0, 0.0) if far else (x, y, heading)

    def fade(self, seconds: float) -> None:
        """Let the hidden part of corrections go, as time passes."""
        kept = math.exp(-seconds / SMOOTHING_S)
        x, y, heading = self._error
        self._error = (x * kept, y * kept, heading * kept)

    def shown(self, share: float) -> Car:
        """Return the car to draw, a share from 0 to 1 between the last two ticks."""
        car = blend(self.before, self.car, min(max(share, 0.0), 1.0))
        x, y, heading = self._error
        car.x += x
        car.y += y
        car.heading = math.remainder(car.heading + heading, TAU)
        return car
