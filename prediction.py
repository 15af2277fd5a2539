"""The own car, before the server can say where it is.

`Prediction` runs the car ahead with the shared step, starts again from each
snapshot and replays the inputs that the server had not seen yet. Cars near it
are driven along, by a guess of what their drivers do, and touched as the server
would have it (see `rivals.py`); the server decides. What a snapshot corrects is
hidden at first and fades away, so that the eye sees a push and no jump; only a
correction of several car lengths is shown at once.

The car's share of what the track lends is predicted too: a canister that it
reaches, and that lay there by the newest snapshot, is its own at once. Whether
another was there first only the server knows.

It reads no clock and sends nothing.

Source: Y. W. Bernier, "Latency Compensating Methods in Client/Server In-game
Protocol Design and Optimization".

Units: ticks of 1/60 s; seconds where a name says so; metres, radians.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from car import CAR_LENGTH, Car, CarInput
from contact import advance_car, near_pairs, push_apart
from glide import Glide
from interpolation import blend, roll_on
from protocol import CarFlag, CarRecord
from race import EventKind, is_held
from resources import fill, may_be_mended, mend, reached
from rivals import Rival
from slipstream import draft_behind, draft_follows, eased_draft
from track import Track

HISTORY_TICKS = 120
"""Own inputs are kept for so long; no snapshot is replayed over more."""
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
    solid: bool = True
    """Whether the own car touches others."""

    @classmethod
    def of(
        cls, mine: CarRecord, records: Iterable[CarRecord], lying: int, *, fragile: bool
    ) -> Around:
        """Return what a snapshot tells.

        Args:
            mine: the record of the own car, and `records` those of all.
            lying: canisters that lie there, as bits.
        """
        solid = not mine.flags & CarFlag.GHOST
        untouchable = CarFlag.GHOST | CarFlag.GONE
        others = [one.car for one in records if not one.flags & untouchable]
        return cls(
            canisters=lying,
            takes=solid and not mine.flags & CarFlag.CARETAKER,
            mended=bool(mine.flags & CarFlag.REPAIRING),
            fragile=fragile,
            slot=mine.slot,
            wake=draft_behind(mine.car, others) if solid else 0,
            solid=solid,
        )


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
        self.hits: list[tuple[EventKind, int, float]] = []
        """What was hit in the newest tick: a wall, or for a touch both cars; the slot
        and the impulse, m/s."""
        self.rivals: Sequence[Rival] = ()
        """Those that are driven along, by slot."""
        self.around = Around()
        self.canisters = 0
        """Those that lie there at the predicted tick, as bits."""
        self.taken: dict[int, int] = {}
        """Canisters that the own car takes beyond the newest snapshot, and when."""
        self.stand_in: CarInput | None = None
        """While somebody else drives the own car: what that driver may be doing."""
        self.glide = Glide()
        """What is still hidden of corrections."""

    def reset(self) -> None:
        """Forget where the car is; the next snapshot tells."""
        self.tick = None
        self._inputs.clear()
        self.taken.clear()
        self.rivals = ()
        self.glide.clear()

    def step(self, wishes: CarInput, go_tick: int) -> None:
        """Predict one tick more; `reconcile` must have placed the car before."""
        assert self.tick is not None
        self.tick += 1
        self._inputs[self.tick] = wishes
        self._inputs.pop(self.tick - HISTORY_TICKS, None)
        self.before = self.car.copy()
        self._move(self.car, self.tick, wishes, go_tick)

    def reconcile(
        self,
        tick: int,
        server: Car,
        go_tick: int,
        around: Around | None = None,
        rivals: Sequence[Rival] = (),
    ) -> None:
        """Start again from the server's car at `tick` and replay what came after.

        Args:
            around: what else the snapshot tells.
            rivals: the cars to be driven along, by slot, as they were at `tick`.
        """
        car = server.copy()
        before = server.copy()
        self.around = around or Around()
        self.rivals = rivals
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
        """Run one tick as `Race.step` does: drive all, let them touch, then what is shared."""
        self.hits.clear()
        if self.stand_in is not None:
            wishes = self.stand_in
        if is_held(tick, go_tick):
            car.engine_on = wishes.engine
            for rival in self.rivals:
                rival.keep()
            return
        around = self.around
        self.hint, impulse = advance_car(
            car, self.hint, wishes, self._track, fragile=around.fragile
        )
        if impulse > 0.0:
            self.hits.append((EventKind.WALL, around.slot, impulse))
        if self.rivals:
            for rival in self.rivals:
                rival.drive(tick)
            self._touch(car, tick)
            for rival in self.rivals:
                rival.keep()
        if draft_follows(tick, around.slot):
            car.draft = eased_draft(car.draft, around.wake)
        if tick < go_tick:
            return
        if around.takes:
            self._take(car, tick)
        if around.mended and may_be_mended(car):
            mend(car, tick)

    def _touch(self, car: Car, tick: int) -> None:
        """Let the cars touch in the order of their slots, as `Race` does."""
        solid = [rival for rival in self.rivals if rival.solid]
        cars = [rival.car for rival in solid]
        own = -1
        if self.around.solid:
            own = sum(rival.slot < self.around.slot for rival in solid)
            cars.insert(own, car)
        for pair in near_pairs(cars):
            a, b = pair
            impulse = push_apart(cars[a], cars[b], fragile=self.around.fragile)
            if impulse <= 0.0:
                continue
            for number in pair:
                if number == own:
                    slot = self.around.slot
                else:
                    rival = solid[number - (0 <= own < number)]
                    slot, rival.touched_tick = rival.slot, tick
                if own in pair:
                    self.hits.append((EventKind.CONTACT, slot, impulse))

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
        self.corrected = math.hypot(self.car.x - truth.x, self.car.y - truth.y)
        self.glide.add(self.car, truth)
        if self.glide.metres > SNAP_METRES:
            self.glide.clear()

    def fade(self, seconds: float) -> None:
        """Let the hidden part of corrections go, as time passes."""
        self.glide.fade(seconds)

    def shown(self, share: float) -> Car:
        """Return the car to draw.

        Args:
            share: how much of a tick has passed since the newest one, from -1 to 1.
        """
        if share < 0.0:
            car = blend(self.before, self.car, max(0.0, 1.0 + share))
        else:
            car = roll_on(self.car, min(share, 1.0))
        self.glide.lay_on(car)
        return car
