"""A race that stands still but for what a test says, and what is heard of it.

Units: metres, seconds.
"""

from __future__ import annotations

import math

from car import Car, CarClass, CarInput, Surface
from protocol import CarFlag, CarRecord, EventRow, RaceStart
from race import COUNTDOWN_TICKS, EventKind, Phase
from race_state import RaceView, SeenCar
from screens.race_sounds import RaceSounds
from tests.ears import Ears
from track import Track, track_of

STEP_S = 1 / 60


class Ride:
    """A race that stands still but for what a test says, and its sound."""

    def __init__(self, name: str = "meadow", *, watching: bool = False, cars: int = 1) -> None:
        self.track: Track = track_of(name)
        slot = 255 if watching else 0
        start = RaceStart("race", "room", 1, name, 3, COUNTDOWN_TICKS, 0, slot)
        self.view = RaceView(start, self.track)
        self.view.phase = Phase.RACING
        self.view.tick = COUNTDOWN_TICKS + 600
        x, y, heading = self.track.point_at(200.0)
        self.cars = [
            Car(x=x, y=y, heading=heading, engine_on=True, car_class=CarClass.TOURING)
            for _ in range(cars)
        ]
        self.flags = [CarFlag.ENGINE] * cars
        self.throttle = 0.0
        self.lap = 1
        self.ears = Ears()
        self.sounds = RaceSounds(self.ears, self.track)
        self.now = 100.0

    @property
    def own(self) -> Car:
        """The car in which the ear is."""
        return self.cars[0]

    def drive(self, speed: float, slide: float = 0.0) -> None:
        """Let the own car move so fast, without moving it."""
        cos, sin = math.cos(self.own.heading), math.sin(self.own.heading)
        self.own.vx, self.own.vy = speed * cos - slide * sin, speed * sin + slide * cos

    def go(self, seconds: float = 0.5, hands: CarInput | None = None) -> None:
        """Let pictures pass."""
        for _ in range(max(1, round(seconds / STEP_S))):
            seen = [
                SeenCar(slot, car, flags, self.throttle, self.lap, slot + 1, slot == self.view.slot)
                for slot, (car, flags) in enumerate(zip(self.cars, self.flags, strict=True))
            ]
            self.view.records = {one.slot: self._record(one) for one in seen}
            self.sounds.update(self.view, seen, seen[0], self.now, STEP_S, hands)
            self.now += STEP_S

    def _record(self, one: SeenCar) -> CarRecord:
        return CarRecord(
            slot=one.slot, flags=one.flags, car=one.car, lap=one.lap, next_gate=1, place=one.place,
            lap_started_tick=0, acked_sequence=1, input_lead=0, throttle=0, best_lap_ticks=0,
        )  # fmt: skip

    def tell(self, kind: EventKind, slot: int = 0, value: int = 0, tick: int = 900) -> None:
        """Let something happen."""
        self.sounds.hear(EventRow(int(kind), slot, tick, value))

    def place_on(self, surface: Surface) -> None:
        """Put the own car on ground of a kind; the track must have some."""
        for x in range(0, int(self.track.width), 3):
            for y in range(0, int(self.track.height), 3):
                if self.track.surface_at(x, y) is surface:
                    self.own.x, self.own.y = float(x), float(y)
                    return
        raise AssertionError(f"no {surface.name} on {self.track.name}")
