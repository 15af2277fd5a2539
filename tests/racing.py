"""Races for tests: begin them, set cars down, let everybody drive.

Units: ticks of 1/60 s; metres, m/s.
"""

from __future__ import annotations

import math

from bots import BotDriver
from car import Car, CarInput
from live_race import BOT_THINKS_EVERY_TICKS
from race import COUNTDOWN_TICKS, EventKind, Phase, Race, RaceEvent
from sight import Sight
from track import Track, track_of

LOADED = {name: track_of(name) for name in ("meadow", "harbour")}
MEADOW = LOADED["meadow"]
FULL = CarInput(throttle=1.0)
COAST = CarInput()


class Hands:
    """Bots at the wheels of a race, asked as often as a server asks them.

    They have to be made for `BOT_THINKS_EVERY_TICKS`.
    """

    def __init__(self, bots: dict[int, BotDriver]) -> None:
        self.bots = bots
        self._held: dict[int, CarInput] = {}

    def wishes(self, race: Race) -> dict[int, CarInput]:
        """Return what each wishes in the next tick."""
        for slot, bot in self.bots.items():
            if slot not in self._held or (race.tick + 1 + slot) % BOT_THINKS_EVERY_TICKS == 0:
                self._held[slot] = bot.wishes(Sight.of(race, slot)).quantised()
        return {slot: self._held[slot] for slot in self.bots}


def run(race: Race, wishes: CarInput, ticks: int) -> list[RaceEvent]:
    """Give every car the same input for a while; return what happened."""
    events = []
    for _ in range(ticks):
        events += race.step(dict.fromkeys(race.racers, wishes))
    return events


def started(laps: int = 1, cars: int = 1, track: Track = MEADOW) -> Race:
    """Return a race at GO."""
    race = Race(track, laps, range(cars))
    run(race, COAST, COUNTDOWN_TICKS)
    return race


def put(race: Race, slot: int, distance: float, offset: float = 0.0, speed: float = 30.0) -> None:
    """Set a car down somewhere along the track, driving the right way."""
    x, y, heading = race.track.point_at(distance, offset)
    vx, vy = speed * math.cos(heading), speed * math.sin(heading)
    race.racers[slot].car = Car(x, y, heading, vx, vy, engine_on=True)
    race.racers[slot].hint = race.track.locate(x, y).sample


def cross_all_gates(race: Race, slot: int) -> list[RaceEvent]:
    """Take a car over every gate up to the next start line; all others coast."""
    events: list[RaceEvent] = []
    racer, gates = race.racers[slot], race.track.gates
    lap = race.lap_of(slot)
    while race.lap_of(slot) == lap:
        put(race, slot, gates[racer.gates_passed % len(gates)].distance - 0.3)
        events += race.step({})
    return events


def kinds(events: list[RaceEvent]) -> set[EventKind]:
    """Return the kinds of what happened."""
    return {event.kind for event in events}


def is_over(race: Race) -> bool:
    """Whether a race has its final result; a checker cannot take it for settled."""
    return race.phase is Phase.FINISHED
