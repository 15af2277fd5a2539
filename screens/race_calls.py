"""What is heard once in a race: lamps, laps, blows, cans, the buzzer, the cheer.

Takes each event of the race once, and listens for what the player feels
before the server has told it: a blow to the own car, a canister that is gone.
What goes on for a while is in `race_sounds.py`.

Units: metres, seconds; gains from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from car import Car
from milestones import NOT_OVER_LINE
from protocol import CarFlag, EventRow
from race import EventKind
from race_state import RaceView, SeenCar
from screens.audio import Audio
from screens.hearing import Heard, heard_from
from screens.lamps import lit_lamps
from track import Track

HIT_FULL = 1100.0
"""A blow of so many cm/s is as loud as blows get."""
HIT_LEAST = 60.0
HIT_EVERY = 0.3
"""A car that grinds along a wall hits it at every tick; that is a scrape."""
SCRAPE_S = 0.22
"""A scrape is heard for so long after each touch."""
BLOW_LEAST = 2.2
"""No tyre changes a car's speed by so much between two pictures, m/s."""
JUMP = 4.0
"""A car that is suddenly so much further was put there."""
RIVAL_NEAR = 7.0
BUZZER_EVERY = 1.5
LAP_CHEER = 0.45
"""A lap is cheered so much less than a finish, and only near the line."""
CHEER_LEAST = 0.25
"""Of who finishes far away one still hears so much."""

NOWHERE = Heard(0.0, 0.0)


class RaceCalls:
    """The single sounds of one race."""

    def __init__(self, audio: Audio, track: Track) -> None:
        self._audio = audio
        self._canisters = [(one.x, one.y) for one in track.canisters]
        line_x, line_y, _ = track.point_at(0.0)
        self._line = line_x, line_y
        self._events: list[EventRow] = []
        self._lamps = 0
        self._lying: int | None = None
        self._buzzed_at = -BUZZER_EVERY
        self._hit_at: dict[int, float] = {}
        self._touched_at: dict[int, float] = {}
        """When a car last touched a wall, by slot."""
        self._contact = (-1, 0)
        """Tick and impulse of the newest contact of two cars."""
        self._before: Car | None = None
        """The own car in the last picture."""

    def hear(self, event: EventRow) -> None:
        """Take in something that happened; it sounds with the next picture."""
        self._events.append(event)

    def forget(self) -> None:
        """Let what came meanwhile go unheard, as by somebody who was not there."""
        self._events.clear()
        self._before = None

    def update(
        self,
        race: RaceView,
        cars: Sequence[SeenCar],
        ear: SeenCar,
        now: float,
    ) -> None:
        """Sound what has happened since the last picture."""
        self._count_down(race, now)
        self._feel(ear, cars, now)
        self._miss_canisters(race.canisters, ear.car)
        events, self._events = self._events, []
        for event in events:
            car = next((one.car for one in cars if one.slot == event.slot), None)
            place = NOWHERE
            if car is not None:
                place = heard_from(car.x - ear.car.x, car.y - ear.car.y)
            self._tell(race, event, ear, place, now)
        lost = ear.is_me and int(ear.flags) & int(CarFlag.WRONG_WAY)
        if lost and now - self._buzzed_at >= BUZZER_EVERY:
            self._buzzed_at = now
            self._audio.play("buzzer", volume=0.7)

    def scraping(self, slot: int, now: float) -> float:
        """Return how much of a scrape along a wall is still heard, from 0 to 1."""
        return max(0.0, 1.0 - (now - self._touched_at.get(slot, -SCRAPE_S)) / SCRAPE_S)

    def _count_down(self, race: RaceView, now: float) -> None:
        """Beep for every lamp that is lit, and for green."""
        seconds = race.seconds_to_go(now)
        lamps = lit_lamps(seconds) if seconds > 0.0 else -1
        before, self._lamps = self._lamps, lamps
        if race.paused:
            return
        if lamps > max(0, before):
            self._audio.play("lamp", volume=0.8)
        elif lamps < 0 < before:
            self._audio.play("go", volume=0.9)

    def _feel(self, ear: SeenCar, cars: Sequence[SeenCar], now: float) -> None:
        """Sound a blow to the own car at once; the server's word for it comes later."""
        car, before = ear.car, self._before
        self._before = car.copy() if ear.is_me else None
        if (
            before is None
            or not ear.is_me
            or math.dist((car.x, car.y), (before.x, before.y)) > JUMP
        ):
            return
        blow = math.dist((car.vx, car.vy), (before.vx, before.vy))
        if blow >= BLOW_LEAST:
            rival = any(
                math.dist((one.car.x, one.car.y), (car.x, car.y)) < RIVAL_NEAR
                for one in cars
                if not one.is_me
            )
            self._hit(
                "hit-car" if rival else "hit-wall", ear.slot, blow * 100, Heard(1.0, 0.0), now
            )

    def _miss_canisters(self, lying: int, own: Car) -> None:
        """Sound each canister that has gone since the last picture, where it lay."""
        gone = self._lying & ~lying if self._lying is not None else 0
        self._lying = lying
        for number, (x, y) in enumerate(self._canisters):
            if gone >> number & 1:
                place = heard_from(x - own.x, y - own.y)
                self._audio.play("pickup", volume=place.gain, pan=place.pan)

    def _tell(
        self, race: RaceView, event: EventRow, ear: SeenCar, place: Heard, now: float
    ) -> None:
        kind = event.kind
        if kind == EventKind.WALL:
            self._touched_at[event.slot] = now
            self._hit("hit-wall", event.slot, event.value, place, now)
        elif kind == EventKind.CONTACT:
            # Each of the two cars tells of it.
            if (event.tick, event.value) != self._contact:
                self._contact = event.tick, event.value
                self._hit("hit-car", event.slot, event.value, place, now)
        elif kind == EventKind.REPAIRED:
            self._audio.play("repaired", volume=place.gain, pan=place.pan)
        elif kind == EventKind.RESPAWN:
            self._audio.play("respawn", volume=0.8 * place.gain, pan=place.pan)
        elif kind == EventKind.FINISH:
            self._cheer(ear, 1.0, CHEER_LEAST)
        elif kind == EventKind.LAP and event.slot == ear.slot:
            self._cheer(ear, LAP_CHEER, 0.0)
        if event.slot == race.slot:
            self._tell_mine(race, kind)

    def _tell_mine(self, race: RaceView, kind: int) -> None:
        mine = race.mine
        if kind == EventKind.LAP and mine is not None:
            last = race.laps_done == race.laps - 1
            self._audio.play("bell" if last else "lap", volume=0.8)
        elif kind == EventKind.BEST_LAP and mine is not None and mine.lap > 1:
            # The first lap of a race is its best by necessity.
            self._audio.play("best", volume=0.7)
        elif kind == EventKind.FINISH:
            self._audio.play("fanfare")
        elif kind in (EventKind.JUMP_START, EventKind.MISSED_GATE, NOT_OVER_LINE):
            self._audio.play("missed", volume=0.8)

    def _hit(self, sound: str, slot: int, impulse: float, place: Heard, now: float) -> None:
        """Sound a blow, unless the car has just had one."""
        recent = now - self._hit_at.get(slot, -HIT_EVERY) < HIT_EVERY
        self._hit_at[slot] = now
        if not recent and impulse >= HIT_LEAST:
            strong = min(1.0, impulse / HIT_FULL) ** 0.6
            self._audio.play(sound, volume=strong * place.gain, pan=place.pan)

    def _cheer(self, ear: SeenCar, strong: float, least: float) -> None:
        """Let the stands at the line cheer."""
        line = heard_from(self._line[0] - ear.car.x, self._line[1] - ear.car.y)
        self._audio.play("cheer", volume=max(least, strong * line.gain), pan=line.pan)
