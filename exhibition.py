"""A race of bots for the eye alone: what runs behind the menus.

It is the real race with the game's own bots, seen by a view such as every
client has, but without a network: each second tick the view is told the
truth. Nobody drives in it, nothing of it is kept, and it reads no clock: who
shows it says how many ticks to step.

Units: ticks of 1/60 s; seconds for `now`; metres.
"""

from __future__ import annotations

import math

import bulletins
import fillers
from live_race import LiveRace
from lobby import Room, Seat, SeatKind
from personalities import PERSONALITIES
from protocol import EventRow
from race import TICKS_A_SECOND, Race
from race_state import RaceView
from track import Track

CARS = 5
"""All of one class, so that few pictures of cars are kept for them."""
LAPS = 20
NEWS_EVERY_TICKS = 2
"""As often as a server speaks to its clients."""
NEAR_M = 35.0


class Exhibition:
    """Some bots on a track."""

    def __init__(self, track: Track, seed: int = 0, cars: int = CARS) -> None:
        """Put bots on the grid; another seed, other drivers."""
        count = len(PERSONALITIES)
        drivers = [PERSONALITIES[(seed + slot) % count] for slot in range(cars)]
        self._seats = [Seat(slot, "", one.name, SeatKind.BOT) for slot, one in enumerate(drivers)]
        race = Race(track, LAPS, range(cars))
        self._room = Room("exhibition", "", track.name, LAPS, cars, epoch=1)
        self._live = LiveRace("exhibition", track, race)
        fillers.give_wheels(self._live, self._seats, seed)
        self.view = RaceView(bulletins.race_start(self._room, self._live, None), track)

    @property
    def tick(self) -> int:
        """The tick of the race."""
        return self._live.race.tick

    @property
    def go_tick(self) -> int:
        """The tick of GO."""
        return self._live.race.go_tick

    @property
    def over(self) -> bool:
        """Whether the race has ended."""
        return self._live.over

    @property
    def now(self) -> float:
        """What the view calls now."""
        return self.tick / TICKS_A_SECOND

    def name_of(self, slot: int) -> str:
        """Return who drives a car."""
        return self._seats[slot].name

    def crowd_of(self, slot: int) -> int:
        """Return how many others are near a car."""
        cars = {one.slot: one.car for one in self.view.cars(self.now)}
        own = cars.get(slot)
        if own is None:
            return -1
        return sum(math.dist((own.x, own.y), (one.x, one.y)) < NEAR_M for one in cars.values()) - 1

    def liveliest(self) -> int:
        """Return the slot of the car that has most others round it."""
        return max(range(len(self._seats)), key=self.crowd_of)

    def step(self) -> None:
        """Run one tick, and tell the view now and then."""
        for one in self._live.step():
            self.view.note_event(EventRow(int(one.kind), one.slot, one.tick, one.value))
        if self.tick % NEWS_EVERY_TICKS == 0:
            self.view.receive(bulletins.snapshot(self._room, self._live), self.now, 0.0)
