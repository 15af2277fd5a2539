"""What goes on in a race, for the ear: engines, tyres, ground, air, the crowd.

Follows the race picture by picture and drives the `Audio`. The ear is in the
car that is looked at: it hears its own engine, tyres and ground in full, the
nearest others from where they are, the crowd where it stands. What is heard
once is in `race_calls.py`, what an engine does in `engine_sounds.py`; nothing
here changes the race.

Units: metres, seconds; gains from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from car import DRAFT_MAX, Car, CarClass, CarInput, Surface
from protocol import CarFlag, EventRow
from race_state import RaceView, SeenCar
from screens.audio import Audio
from screens.engine_sounds import EngineSound, silence, stack_of
from screens.hearing import Heard, doppler_steps, eased, heard_from, share_of, voices_for
from screens.race_calls import NOWHERE, RaceCalls
from screens.sound_bank import Pitch
from track import Track

OTHERS_HEARD = 4
"""Engines besides the own one; the nearest."""
OWN_ENGINE, OTHER_ENGINE = 0.85, 0.6
LOOSE = (Surface.GRASS, Surface.SAND, Surface.GRAVEL, Surface.WATER)
GROUND = {
    Surface.KERB: ("kerb", 6.0, 26.0, 0.8),
    Surface.GRASS: ("grass", 3.0, 28.0, 0.75),
    Surface.SAND: ("sand", 2.0, 22.0, 0.8),
    Surface.GRAVEL: ("gravel", 2.0, 30.0, 0.6),
    Surface.WATER: ("water", 1.5, 14.0, 0.9),
}
"""Sound, from which speed on, at which speed in full, and how loud then."""
SLIDE_FROM, SLIDE_FULL = 2.2, 8.5
SLIDE_SPEED = 5.0
LOCKED_SPEED = 14.0
"""Faster than this a handbrake makes the tyres cry whatever they do sideways."""
RUSH_FROM, RUSH_FULL = 16.0, 72.0
RUSH_GAIN, WAKE_GAIN = 0.5, 0.95
WITHIN = 0.07
"""Tyres and ground come and go in about this time."""
SPLASH_SPEED = 6.0
SCRAPE_SPEED = 4.0
BURN_SPEED = 3.0
WHOOSH_EVERY = 0.7
CROWD_GAIN, CROWD_FAR = 0.8, 0.05
CROWD_AT_LINE = 0.5
"""At the line itself stand fewer people than on a stand."""
ELAPSED_MAX = 0.1
UNHEARD = 0.002

# Plain numbers: asking a flag for a bit takes longer than the rest of a car.
CARETAKER, HANDBRAKE = int(CarFlag.CARETAKER), int(CarFlag.HANDBRAKE)
NITRO, REPAIRING = int(CarFlag.NITRO), int(CarFlag.REPAIRING)


class RaceSounds:
    """The sound of one race."""

    def __init__(self, audio: Audio, track: Track) -> None:
        self._audio = audio
        self._track = track
        self._calls = RaceCalls(audio, track)
        self._engines: dict[int, EngineSound] = {}
        self._voices: dict[int, int] = {}
        """By slot, which of the voices for others sounds its engine."""
        self._levels: dict[str, float] = {}
        """How loud each line is, on its way to where it shall be."""
        line_x, line_y, _ = track.point_at(0.0)
        self._stands = [(one.x, one.y, 1.0) for one in track.scenery if one.kind == "stand"]
        self._stands.append((line_x, line_y, CROWD_AT_LINE))
        self._ear: SeenCar | None = None
        """The car that was looked at in the last picture."""
        self._burnt_at: dict[int, float] = {}
        """When a car last burnt nitro, by slot."""
        self._under = Surface.ASPHALT
        self._turn = False
        """Half of what goes on is done for every second picture, the other half between."""
        self._ready: set[tuple[CarClass, bool]] = set()

    def hear(self, event: EventRow) -> None:
        """Take in something that happened; it sounds with the next picture."""
        self._calls.hear(event)

    def update(
        self,
        race: RaceView,
        cars: Sequence[SeenCar],
        ear: SeenCar | None,
        now: float,
        elapsed: float,
        hands: CarInput | None = None,
    ) -> None:
        """Sound as the race stands now.

        Args:
            ear: the car that is looked at.
            elapsed: seconds since the last picture.
            hands: what the own driver asks for; the server would tell it later.
        """
        if ear is None or not self._audio.on:
            self.close()
            return
        dt = min(max(elapsed, 0.0), ELAPSED_MAX)
        if self._ear is None or self._ear.slot != ear.slot:
            # What the ear of another car has heard does not go on here.
            self._audio.hush()
            self._voices.clear()
            self._levels.clear()
            self._ear = None
        if not ear.is_me or int(ear.flags) & CARETAKER:
            hands = None
        self._prepare(cars, ear)
        self._calls.update(race, cars, ear, now)
        self._sound_own_engine(ear, hands.throttle if hands is not None else ear.throttle, dt)
        self._turn = not self._turn
        if self._turn:
            self._sound_ground(ear, 2 * dt)
            self._sound_air(ear.car, 2 * dt)
            self._sound_crowd(ear.car, 2 * dt)
        else:
            places = {one.slot: heard_from(*_offset(one.car, ear.car)) for one in cars}
            self._sound_others(cars, ear, places, 2 * dt)
            self._sound_nitro(cars, ear, places, hands, now, 2 * dt)
            self._sound_work(cars, places, now, 2 * dt)
        self._reward(ear)
        self._ear = SeenCar(
            ear.slot, ear.car.copy(), ear.flags, ear.throttle, ear.lap, ear.place, ear.is_me
        )

    def close(self) -> None:
        """End all that goes on."""
        self._calls.forget()
        if self._ear is not None:
            self._ear = None
            self._audio.hush()
            self._voices.clear()
            self._levels.clear()

    def _prepare(self, cars: Iterable[SeenCar], ear: SeenCar) -> None:
        """Have the loops of all engines read that are here."""
        for one in cars:
            need = one.car.car_class, one.slot == ear.slot
            if need not in self._ready:
                self._ready.add(need)
                self._audio.want(stack_of(need[0], whole=need[1]))

    def _engine(self, one: SeenCar) -> EngineSound:
        found = self._engines.get(one.slot)
        if found is None:
            found = self._engines[one.slot] = EngineSound(one.car.car_class)
        return found

    def _sound_own_engine(self, ear: SeenCar, throttle: float, dt: float) -> None:
        engine = self._engine(ear)
        did = engine.follow(ear.car, throttle, dt)
        running = ear.car.engine_on
        if self._ear is not None and running is not self._ear.car.engine_on:
            self._audio.play("engine-start" if running else "engine-stop")
        volume = self._level("engine", OWN_ENGINE if running else 0.0, dt)
        engine.sound(self._audio, "own", volume, 0.0, 0.0, whole=True)
        if did.shifted and running:
            self._audio.play("shift", volume=0.5)
        if did.popped and running:
            self._audio.play("pop", volume=0.9 if engine.engine == "muscle" else 0.6)

    def _sound_others(
        self, cars: Sequence[SeenCar], ear: SeenCar, places: dict[int, Heard], dt: float
    ) -> None:
        own = ear.car
        others = {one.slot: one for one in cars if one.slot != ear.slot}
        away = {
            slot: math.hypot(*_offset(one.car, own))
            for slot, one in others.items()
            if one.car.engine_on
        }
        voices = voices_for(away, self._voices, OTHERS_HEARD)
        for gone in set(self._voices.values()) - set(voices.values()):
            silence(self._audio, f"other-{gone}")
        self._voices = voices
        loudest = NOWHERE
        for slot, voice in voices.items():
            one, place = others[slot], places[slot]
            if place.gain > loudest.gain:
                loudest = max(loudest, Heard(place.gain * _slide(one), place.pan))
            engine = self._engine(one)
            engine.follow(one.car, one.throttle, dt)
            moving = one.car.vx - own.vx, one.car.vy - own.vy
            shift = doppler_steps(*_offset(one.car, own), *moving)
            volume = OTHER_ENGINE * place.gain
            engine.sound(self._audio, f"other-{voice}", volume, place.pan, shift, whole=False)
        self._loop("far-tyres", "squeal", 0.5 * loudest.gain, loudest.pan, dt)

    def _sound_ground(self, ear: SeenCar, dt: float) -> None:
        car, speed = ear.car, ear.car.speed
        under = self._track.surface_at(car.x, car.y)
        for surface, (sound, start, full, loud) in GROUND.items():
            goal = share_of(speed, start, full) * loud if surface is under else 0.0
            self._loop(sound, sound, goal, 0.0, dt)
        if under is Surface.WATER and self._under is not Surface.WATER and speed > SPLASH_SPEED:
            self._audio.play("splash", volume=share_of(speed, 0.0, 30.0))
        self._under = under
        slide = _slide(ear)
        loose = under in LOOSE
        self._loop("squeal", "squeal", 0.0 if loose else 0.72 * slide, 0.0, dt)
        self._loop("skid", "skid", 0.8 * slide if loose else 0.0, 0.0, dt)

    def _sound_air(self, car: Car, dt: float) -> None:
        draft = car.draft / DRAFT_MAX
        rush = share_of(car.speed, RUSH_FROM, RUSH_FULL) ** 2 * RUSH_GAIN
        # Behind another car the rush of the air is gone, and its wake buffets.
        self._loop("rush", "rush", rush * (1.0 - 0.7 * draft), 0.0, dt)
        wake = draft * share_of(car.speed, 8.0, 40.0) * WAKE_GAIN
        self._loop("wind", "wind", wake, 0.0, dt)

    def _sound_nitro(
        self,
        cars: Sequence[SeenCar],
        ear: SeenCar,
        places: dict[int, Heard],
        hands: CarInput | None,
        now: float,
        dt: float,
    ) -> None:
        burning = {one.slot for one in cars if int(one.flags) & NITRO}
        if hands is not None and ear.car.nitro_ticks and ear.car.speed > BURN_SPEED:
            # The hands know before the server has told.
            burning = burning | {ear.slot} if hands.nitro else burning - {ear.slot}
        for slot in burning:
            place = places[slot]
            # A finger that trembles on the button does not light it anew.
            if now - self._burnt_at.get(slot, -WHOOSH_EVERY) >= WHOOSH_EVERY:
                self._audio.play("nitro-start", volume=place.gain, pan=place.pan)
            self._burnt_at[slot] = now
        far = max((places[slot] for slot in burning if slot != ear.slot), default=NOWHERE)
        self._loop("nitro", "nitro", 0.8 if ear.slot in burning else 0.0, 0.0, dt)
        self._loop("far-nitro", "nitro", 0.5 * far.gain, far.pan, dt)

    def _sound_work(
        self, cars: Sequence[SeenCar], places: dict[int, Heard], now: float, dt: float
    ) -> None:
        """Sound the tools of the pits, and bodies along walls."""
        mended = scraping = NOWHERE
        for one in cars:
            place = places[one.slot]
            if int(one.flags) & REPAIRING:
                mended = max(mended, place)
            share = self._calls.scraping(one.slot, now)
            if share > 0.0 and one.car.speed > SCRAPE_SPEED:
                scraping = max(scraping, Heard(place.gain * share, place.pan))
        self._loop("repair", "repair", 0.8 * mended.gain, mended.pan, dt)
        self._loop("scrape", "scrape", 0.8 * scraping.gain, scraping.pan, dt)

    def _sound_crowd(self, own: Car, dt: float) -> None:
        nearest = NOWHERE
        for x, y, weight in self._stands:
            place = heard_from(x - own.x, y - own.y)
            nearest = max(nearest, Heard(weight * place.gain, place.pan))
        gain = CROWD_GAIN * max(CROWD_FAR, nearest.gain)
        self._loop("crowd", "crowd", gain, nearest.pan, dt)

    def _reward(self, ear: SeenCar) -> None:
        """Sound a drift that is let go cleanly: its charge turns into nitro."""
        if self._ear is None or not ear.is_me:
            return
        before, car = self._ear.car, ear.car
        if car.charge_ticks < before.charge_ticks and car.nitro_ticks > before.nitro_ticks:
            self._audio.play("reward", volume=0.8)

    def _loop(self, key: str, sound: str, goal: float, pan: float, dt: float) -> None:
        before = self._levels.get(key, 0.0)
        if goal > 0.0 or before > UNHEARD:
            self._audio.line(key, Pitch(sound), self._level(key, goal, dt), pan)
        elif before > 0.0:
            self._levels[key] = 0.0
            self._audio.line(key, None)

    def _level(self, key: str, goal: float, dt: float) -> float:
        level = self._levels[key] = eased(self._levels.get(key, 0.0), goal, dt, WITHIN)
        return level


def _offset(car: Car, ear: Car) -> tuple[float, float]:
    return car.x - ear.x, car.y - ear.y


def _slide(one: SeenCar) -> float:
    """Return how much a car's tyres slide, from 0 to 1."""
    car = one.car
    speed = car.speed
    if speed < SLIDE_SPEED:
        return 0.0
    slide = share_of(abs(car.slide), SLIDE_FROM, SLIDE_FULL)
    if int(one.flags) & HANDBRAKE and speed > LOCKED_SPEED:
        slide = max(slide, 0.5)
    return slide
