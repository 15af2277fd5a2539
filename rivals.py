"""The other cars, in the past where they are known and in the present where they matter.

Far cars are drawn a little in the past, between two snapshots. Those near the
own car are driven on to the present, with the shared step and a guess of what
their drivers do, so that they can be touched (`prediction.py` lets them touch)
and are drawn where they will be when a push counts. A car passes from one to
the other in its own time: it is drawn a little fast or slow for a second, and
never jumps or runs back. A guess that was wrong is led back the same way as
the own car's (`glide.py`).

It reads no clock, predicts nothing of the own car and decides no touch.

Units: ticks of 1/60 s; metres, m/s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from car import CAR_LENGTH, DT, TAU, Car, CarInput
from contact import advance_car
from glide import Glide
from guess import guess_later, guess_wishes
from interpolation import JUMP_METRES, Interpolation, blend, is_jump, roll_on
from protocol import CarFlag, CarRecord
from race import is_held
from track import Track

NEAR_MAX = 4
"""So many cars are driven on to the present, at most: a replay costs a step for each."""
NEAR_METRES, FAR_METRES = 10.0, 30.0
"""Between two cars; nearer, a car is drawn in the present; further, in the past."""
CLOSING_S = 0.6
"""Who comes nearer counts as so many seconds nearer."""
KEPT_METRES = 4.0
"""Who is near already stays so a little longer than another would become so."""
PASSES_RATE = 0.2
"""A car passes between past and present by so much faster or slower than time."""
AHEAD_TICKS_MAX = 60
"""No car is driven on further beyond its newest snapshot."""
LED_BACK_PACE, LED_BACK_SHARE = 3.0, 0.5
"""A wrong guess is undone at this pace, m/s, and this share of the car's speed."""
AGREES_METRES, AGREES_RADIANS = 0.03, 0.01
"""A guess so close to what was told then is believed in what is not told exactly."""
COARSE_SPEED = 0.12
"""Speeds that follow from coarse places may be wrong by so much, m/s."""
GAIN = 0.3
"""How much of what is left between guess and place goes into the speed."""
TOUCHED_TICKS = 5
"""So long after a touch speeds that follow from places mix what was before and after."""
UNTOUCHABLE = CarFlag.GHOST | CarFlag.GONE | CarFlag.FINISHED


class Rival:
    """One other car: what was seen of it, and what is guessed beyond."""

    def __init__(self, slot: int, track: Track) -> None:
        self.slot = slot
        self.car = Car()
        """Where it has been driven on to."""
        self.solid = False
        self.near = 0.0
        """How much it belongs to the present, from 0 to 1."""
        self.foreseen = False
        """Whether it is driven on together with the own car."""
        self.lag = -1.0
        """How many ticks behind the present it is drawn; negative before it is."""
        self.touched_tick = -1
        """The last tick at which it was foreseen to touch another car; -1 for never."""
        self.glide = Glide()
        self.newest = -1
        """The tick of the newest snapshot."""
        self._track = track
        self._past = Interpolation()
        self._ahead: list[Car] = []
        """Where it may be, from the tick after the newest on."""
        self._start = self.car
        """Where the newest snapshot has it; its speed is what fits best."""
        self._wishes = CarInput()
        self._hint = self._newest_hint = -1
        self._go_tick = 0
        self._fragile = False
        self._shown_at = -1.0
        """The tick at which it was drawn last; negative before it was."""
        self._was: Car | None = None
        """What was believed of that tick before the news that are not settled yet."""

    @property
    def seen(self) -> Car:
        """The car of the newest snapshot; not to be changed."""
        newest = self._past.newest
        assert newest is not None, "a rival is made of a record"
        return newest

    def hear(self, tick: int, record: CarRecord, go_tick: int, *, fragile: bool) -> None:
        """Take in a record; `settle` must follow once the car was driven on again."""
        if tick <= self.newest:
            return
        if self._was is None and self._shown_at > self.newest >= 0:
            self._was = self._at(self._shown_at)
        car, gap = record.car, tick - self.newest
        known = self._past.newest
        if known is None or is_jump(known, car, gap):
            # It was put there: nothing leads from where it was.
            self._newest_hint = self._track.locate(car.x, car.y, heading=car.heading).sample
            self.glide.clear()
            self._was = None
            self._start = car
        else:
            self._start = self._refined(car, gap)
        self._past.add(tick, record)
        self._newest_hint = self._track.nearest_sample(car.x, car.y, self._newest_hint)
        self.newest, self._go_tick, self._fragile = tick, go_tick, fragile
        self.solid = not record.flags & UNTOUCHABLE
        self._wishes = guess_wishes(record)
        self.begin()

    def _refined(self, told: Car, ticks: int) -> Car:
        """Return the car that was told of, with the speed that fits best to it.

        Speeds are not told of others: they follow from places on a grid, and
        just after a touch from places before and after it. Where it was foreseen
        to be there, the speed with which it was to come there is better.
        """
        if not 0 < ticks <= len(self._ahead):
            return told
        guess = self._ahead[ticks - 1]
        dx, dy = told.x - guess.x, told.y - guess.y
        turn = math.remainder(told.heading - guess.heading, TAU)
        if math.hypot(dx, dy) > AGREES_METRES or abs(turn) > AGREES_RADIANS:
            return told
        off = math.hypot(told.vx - guess.vx, told.vy - guess.vy)
        touched = self.touched_tick > self.newest - TOUCHED_TICKS
        car = told.copy()
        car.pitch = guess.pitch
        if touched or off < COARSE_SPEED:
            per_s = GAIN / (ticks * DT)
            car.vx, car.vy = guess.vx + dx * per_s, guess.vy + dy * per_s
            car.yaw_rate = guess.yaw_rate + turn * per_s
        return car

    def begin(self) -> None:
        """Go back to the newest snapshot, to be driven on anew."""
        self.car, self._hint = self._start.copy(), self._newest_hint
        self._ahead.clear()

    def drive(self, tick: int) -> None:
        """Drive on by one tick; `keep` must follow when it was pushed, or not."""
        if is_held(tick, self._go_tick):
            return
        age = tick - self.newest
        wishes = guess_later(self._wishes, age, self.car, self._hint, self._track)
        self._hint, _ = advance_car(
            self.car, self._hint, wishes, self._track, fragile=self._fragile
        )

    def keep(self) -> None:
        """Remember where the car is a tick further on."""
        self._ahead.append(self.car.copy())

    def settle(self) -> None:
        """Hide how the news differ from what was drawn, unless they differ too much."""
        was, self._was = self._was, None
        if was is None:
            return
        believed = self._at(self._shown_at)
        if math.hypot(was.x - believed.x, was.y - believed.y) > JUMP_METRES:
            self.glide.clear()
        else:
            self.glide.add(was, believed, LED_BACK_PACE + LED_BACK_SHARE * believed.speed)

    def pass_on(self, ticks: float, present: float, past: float) -> None:
        """Let so many ticks pass: the car comes nearer to the present, or falls behind."""
        lag = max(0.0, present - past)
        if self.lag < 0.0:
            self.lag = lag
            return
        most = PASSES_RATE * ticks
        goal = (1.0 - self.near) * lag
        self.lag += min(max(goal - self.lag, -most), most)

    def shown(self, tick: float) -> Car:
        """Return the car as it is to be drawn at a tick."""
        self._shown_at = tick
        car = self._at(tick)
        self.glide.lay_on(car)
        return car

    def _at(self, tick: float) -> Car:
        """Return where the car is, or may be, at a tick."""
        beyond = tick - self.newest
        if beyond <= 0.0:
            return self._past.at(tick)
        if self.foreseen and beyond >= len(self._ahead):
            # As the own car: a little beyond the newest tick it rolls on.
            last = self._ahead[-1] if self._ahead else self.car
            return roll_on(last, min(beyond - len(self._ahead), 1.0))
        beyond = min(beyond, float(AHEAD_TICKS_MAX))
        whole = int(beyond)
        while len(self._ahead) < min(whole + 1, AHEAD_TICKS_MAX) and not self.foreseen:
            self.drive(self.newest + len(self._ahead) + 1)
            self.keep()
        if whole == len(self._ahead):
            return self._ahead[-1].copy() if self._ahead else self.car.copy()
        if whole:
            return blend(self._ahead[whole - 1], self._ahead[whole], beyond - whole)
        return blend(self._start, self._ahead[0], beyond)


class Rivals:
    """All other cars of a race."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._rivals: dict[int, Rival] = {}

    def hear(self, tick: int, records: Mapping[int, CarRecord], me: int, go_tick: int,
             *, fragile: bool) -> None:  # fmt: skip
        """Take in all records of a snapshot but the own one."""
        for slot, record in records.items():
            if slot == me:
                continue
            rival = self._rivals.get(slot)
            if rival is None:
                rival = self._rivals[slot] = Rival(slot, self._track)
            rival.hear(tick, record, go_tick, fragile=fragile)
        for slot in [slot for slot in self._rivals if slot not in records or slot == me]:
            del self._rivals[slot]

    def choose(self, own: Car, ahead: int) -> list[Rival]:
        """Return those that may touch the own car soon, by slot; they are set back to the newest.

        Args:
            own: the own car in the present.
            ahead: how many ticks the present is ahead of the newest snapshot.
        """
        order = sorted((metres_off(own, one, ahead), one.slot) for one in self._rivals.values())
        near = []
        for rank, (metres, slot) in enumerate(order):
            rival = self._rivals[slot]
            off = (FAR_METRES - metres) / (FAR_METRES - NEAR_METRES)
            rival.near = min(max(off, 0.0), 1.0) if rank < NEAR_MAX else 0.0
            rival.foreseen = rival.near > 0.0
            if rival.foreseen:
                rival.begin()
                near.append(rival)
        near.sort(key=slot_of)
        return near

    def leave_all(self) -> None:
        """Drive nobody on to the present: there is no own car there."""
        for rival in self._rivals.values():
            rival.near, rival.foreseen = 0.0, False

    def settle(self) -> None:
        """Hide how the news differ from what was drawn."""
        for rival in self._rivals.values():
            rival.settle()

    def pass_on(self, seconds: float, present: float | None, past: float) -> None:
        """Let time pass."""
        for rival in self._rivals.values():
            rival.glide.fade(seconds)
            if present is None:
                rival.lag = -1.0
            else:
                rival.pass_on(seconds / DT, present, past)

    def shown(self, slot: int, present: float | None, past: float) -> Car:
        """Return a car as it is to be drawn.

        Args:
            present: the tick at which the own car is drawn; None where there is none.
            past: the tick at which far cars are drawn.
        """
        rival = self._rivals[slot]
        if present is None or rival.lag < 0.0:
            return rival.shown(past)
        return rival.shown(present - rival.lag)

    @property
    def foreseen(self) -> int:
        """How many are driven on together with the own car."""
        return sum(one.foreseen for one in self._rivals.values())


def metres_off(own: Car, rival: Rival, ahead: int) -> float:
    """Return how far off a touch is; less for who comes nearer."""
    seconds = ahead * DT
    seen = rival.seen
    dx = seen.x + seen.vx * seconds - own.x
    dy = seen.y + seen.vy * seconds - own.y
    apart = math.hypot(dx, dy)
    closing = 0.0
    if apart > 0.0:
        closing = ((own.vx - seen.vx) * dx + (own.vy - seen.vy) * dy) / apart
    metres = apart - CAR_LENGTH - max(0.0, closing) * CLOSING_S
    return metres - KEPT_METRES if rival.foreseen else metres


def slot_of(rival: Rival) -> int:
    """Return a rival's slot, to sort by."""
    return rival.slot
