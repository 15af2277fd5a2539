"""What is heard of a race: each thing once, from where it is, the own car always.

Units: metres, seconds.
"""

from __future__ import annotations

import itertools
import math

import pytest

from car import DRAFT_MAX, GEAR_TOPS, RPM_MAX, Car, CarClass, CarInput, Surface
from protocol import CarFlag, CarRecord, EventRow, RaceStart
from race import COUNTDOWN_TICKS, EventKind, Phase
from race_state import RaceView, SeenCar
from screens.engine_sounds import EngineSound, stack_of
from screens.hearing import STEP_LAST, step_of
from screens.race_sounds import OTHERS_HEARD, RaceSounds
from synth.catalogue import SOUNDS
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


def test_own_engine_is_always_heard() -> None:
    """Standing or driving, alone or in a crowd."""
    ride = Ride(cars=8)
    ride.go()
    standing = [key for key in ride.ears.sounding if key.startswith("own-")]
    ride.throttle = 1.0
    ride.drive(40.0)
    ride.go()
    driving = [key for key in ride.ears.sounding if key.startswith("own-pull")]

    assert standing
    assert driving


def test_engines_of_others_have_a_limit() -> None:
    """Seven others are near; only the nearest are heard, as one voice each."""
    ride = Ride(cars=8)
    for number, car in enumerate(ride.cars[1:], 1):
        car.x += 3.0 * number
    ride.go()
    voices = {key.split("-")[1] for key in ride.ears.sounding if key.startswith("other-")}

    assert len(voices) == OTHERS_HEARD


def test_other_car_is_heard_from_its_side() -> None:
    """A car at the right sounds at the right, and one far away does not."""
    ride = Ride(cars=2)
    ride.cars[1].x += 25.0
    ride.go()
    right = [pan for key, (_, _, pan) in ride.ears.sounding.items() if key.startswith("other-")]
    ride.cars[1].x += 400.0
    ride.go()
    far = [key for key in ride.ears.sounding if key.startswith("other-")]

    assert right
    assert all(pan > 0.3 for pan in right)
    assert not far


def test_engine_that_is_off_is_silent() -> None:
    """It says so as it stops, and as it starts."""
    ride = Ride()
    ride.go()
    ride.own.engine_on = False
    ride.go()
    silent = not [key for key in ride.ears.sounding if key.startswith("own-")]
    ride.own.engine_on = True
    ride.go()

    assert silent
    assert ride.ears.names == ["engine-stop", "engine-start"]
    assert [key for key in ride.ears.sounding if key.startswith("own-")]


def test_hands_are_heard_before_the_server() -> None:
    """The own pedal counts at once, unless a caretaker drives."""
    ride = Ride()
    ride.go(0.5, CarInput(throttle=1.0))
    own = ride.ears.loud("own-pull-0") + ride.ears.loud("own-pull-1")
    ride.flags = [CarFlag.ENGINE | CarFlag.CARETAKER]
    ride.go(0.5, CarInput(throttle=1.0))
    away = ride.ears.loud("own-pull-0") + ride.ears.loud("own-pull-1")

    assert own > 0.2
    assert away < 0.02


def test_lamps_beep_once_each() -> None:
    """Four lamps, then green; on hold there is silence."""
    ride = Ride()
    ride.view.phase = Phase.COUNTDOWN
    for tick in range(0, COUNTDOWN_TICKS + 60, 2):
        ride.view.tick = tick
        ride.go(STEP_S)

    assert ride.ears.names == ["lamp"] * 4 + ["go"]


def test_who_comes_late_hears_no_start() -> None:
    """A race that is under way does not begin anew for the ear."""
    ride = Ride()
    ride.go()

    assert ride.ears.names == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EventKind.FINISH, ["cheer", "fanfare"]),
        (EventKind.JUMP_START, ["missed"]),
        (EventKind.MISSED_GATE, ["missed"]),
        (EventKind.RESPAWN, ["respawn"]),
        (EventKind.REPAIRED, ["repaired"]),
        (EventKind.LAP, ["lap"]),
    ],
)
def test_event_is_heard_once(kind: EventKind, expected: list[str]) -> None:
    """What happens to the own car sounds with the next picture, and not again."""
    ride = Ride()
    ride.tell(kind, value=600)
    ride.go()

    assert ride.ears.names == expected


def test_bell_rings_for_the_last_lap() -> None:
    """Two of three laps are done."""
    ride = Ride()
    ride.lap = 2
    ride.tell(EventKind.LAP, value=3000)
    ride.go()

    assert ride.ears.names == ["bell"]


def test_lap_is_cheered_at_the_line() -> None:
    """The stands see who completes it, less loudly than a finish."""
    volumes = []
    for kind in (EventKind.LAP, EventKind.FINISH):
        ride = Ride()
        ride.own.x, ride.own.y, _ = ride.track.point_at(5.0)
        ride.tell(kind, value=3000)
        ride.go()
        volumes.append(next(one.volume for one in ride.ears.played if one.name == "cheer"))

    assert 0.2 < volumes[0] < volumes[1]


def test_laps_of_others_are_their_business() -> None:
    """Only a finish is cheered, more softly from far away."""
    ride = Ride(cars=2)
    ride.tell(EventKind.LAP, slot=1)
    ride.tell(EventKind.FINISH, slot=1)
    ride.go()

    assert ride.ears.names == ["cheer"]
    assert ride.ears.played[0].volume < 1.0


def test_contact_of_two_cars_is_one_blow() -> None:
    """Each of them tells of it, and it bangs once; harder is louder."""
    ride = Ride(cars=2)
    ride.tell(EventKind.CONTACT, 0, 300)
    ride.tell(EventKind.CONTACT, 1, 300)
    ride.go()
    ride.tell(EventKind.CONTACT, 0, 900, tick=990)
    ride.go()

    assert ride.ears.names == ["hit-car", "hit-car"]
    assert ride.ears.played[0].volume < ride.ears.played[1].volume


def test_grinding_along_a_wall_is_a_scrape() -> None:
    """One blow at first, then a scrape until it is over."""
    ride = Ride()
    ride.drive(20.0)
    ride.go(0.1)
    for tick in range(30):
        ride.tell(EventKind.WALL, value=120, tick=tick)
        ride.go(STEP_S)
    along = ride.ears.loud("scrape")
    ride.go(1.0)

    assert ride.ears.names == ["hit-wall"]
    assert along > 0.3
    assert ride.ears.loud("scrape") == 0.0


def test_own_blow_is_heard_before_the_server_tells() -> None:
    """The car stops dead: it bangs at once, and not again when the event comes."""
    ride = Ride()
    ride.drive(30.0)
    ride.go(0.2)
    ride.drive(18.0)
    ride.go(STEP_S)
    at_once = list(ride.ears.names)
    ride.go(0.1)
    ride.tell(EventKind.WALL, value=1200)
    ride.go(0.2)

    assert at_once == ["hit-wall"]
    assert ride.ears.names == ["hit-wall"]


def test_car_that_was_put_somewhere_has_no_blow() -> None:
    """Back on the road it stands at once; nothing has been hit."""
    ride = Ride()
    ride.drive(30.0)
    ride.go(0.2)
    ride.own.x += 20.0
    ride.drive(0.0)
    ride.go(0.2)

    assert ride.ears.names == []


@pytest.mark.parametrize(
    ("surface", "key"),
    [(Surface.GRASS, "grass"), (Surface.SAND, "sand"), (Surface.KERB, "kerb")],
)
def test_ground_is_heard_under_the_own_car(surface: Surface, key: str) -> None:
    """It comes with speed, and goes with the ground."""
    ride = Ride()
    ride.place_on(surface)
    ride.go()
    standing = ride.ears.loud(key)
    ride.drive(25.0)
    ride.go()
    driving = ride.ears.loud(key)
    ride.own.x, ride.own.y, _ = ride.track.point_at(200.0)
    ride.go(1.0)

    assert standing == 0.0
    assert driving > 0.3
    assert ride.ears.loud(key) == 0.0


def test_tyres_cry_by_how_much_they_slide() -> None:
    """A little, more, and on grass they hiss instead."""
    ride = Ride()
    levels = []
    for slide in (0.0, 4.0, 9.0):
        ride.drive(20.0, slide)
        ride.go()
        levels.append(ride.ears.loud("squeal"))
    ride.place_on(Surface.GRASS)
    ride.go(1.0)

    assert levels[0] == 0.0 < levels[1] < levels[2]
    assert ride.ears.loud("squeal") == 0.0
    assert ride.ears.loud("skid") > 0.3


def test_slipstream_is_heard() -> None:
    """Behind another car the rush of the air gives way to a hollow buffeting."""
    ride = Ride()
    ride.drive(50.0)
    ride.go()
    alone = ride.ears.loud("rush"), ride.ears.loud("wind")
    ride.own.draft = DRAFT_MAX
    ride.go()
    behind = ride.ears.loud("rush"), ride.ears.loud("wind")

    assert alone[1] == 0.0
    assert behind[0] < alone[0]
    assert behind[1] > 0.5


def test_nitro_whooshes_and_hisses() -> None:
    """It begins with the hands and goes on while it burns."""
    ride = Ride()
    ride.own.nitro_ticks = 100
    ride.drive(30.0)
    ride.go(0.2)
    ride.go(0.3, CarInput(throttle=1.0, nitro=True))
    burning = ride.ears.loud("nitro")
    ride.go(1.0, CarInput(throttle=1.0))

    assert ride.ears.names == ["nitro-start"]
    assert burning > 0.5
    assert ride.ears.loud("nitro") == 0.0


def test_nitro_of_another_is_heard_where_it_burns() -> None:
    """Softer, and from its side."""
    ride = Ride(cars=2)
    ride.cars[1].x -= 20.0
    ride.go()
    ride.flags[1] |= CarFlag.NITRO
    ride.go()

    assert ride.ears.names == ["nitro-start"]
    assert ride.ears.played[0].pan < -0.2
    assert 0.0 < ride.ears.loud("far-nitro") < 0.5


def test_pit_is_heard_while_it_mends() -> None:
    """The tool works for as long as the flag is up."""
    ride = Ride()
    ride.flags[0] |= CarFlag.REPAIRING
    ride.go()
    working = ride.ears.loud("repair")
    ride.flags[0] = CarFlag.ENGINE
    ride.go(1.0)

    assert working > 0.5
    assert ride.ears.loud("repair") == 0.0


def test_clean_drift_is_rewarded() -> None:
    """Its charge turns into nitro; one that is lost makes no sound."""
    ride = Ride()
    ride.own.charge_ticks = 60
    ride.go(0.2)
    ride.own.charge_ticks = 0
    ride.go(0.2)
    lost = list(ride.ears.names)
    ride.own.charge_ticks = 60
    ride.go(0.2)
    ride.own.charge_ticks, ride.own.nitro_ticks = 0, 50
    ride.go(0.2)

    assert lost == []
    assert ride.ears.names == ["reward"]


def test_wrong_way_buzzes_again_and_again() -> None:
    """Until the car is turned round, and only for who drives it."""
    ride = Ride()
    ride.flags[0] |= CarFlag.WRONG_WAY
    ride.go(4.0)
    ride.flags[0] = CarFlag.ENGINE
    ride.go(4.0)

    assert ride.ears.names == ["buzzer"] * 3


def test_crowd_is_loud_at_the_stands() -> None:
    """And a murmur on the far side of the track."""
    ride = Ride()
    stands = [one for one in ride.track.scenery if one.kind == "stand"]
    far = max(
        (ride.track.point_at(float(at)) for at in range(0, int(ride.track.length), 20)),
        key=lambda place: min(math.dist(place[:2], (one.x, one.y)) for one in stands),
    )
    ride.own.x, ride.own.y, _ = far
    ride.go(1.0)
    murmur = ride.ears.loud("crowd")
    ride.own.x, ride.own.y, _ = ride.track.point_at(0.0)
    ride.go(1.0)

    assert 0.0 < murmur < 0.15
    assert ride.ears.loud("crowd") > 3 * murmur


def test_looking_at_another_car_begins_anew() -> None:
    """What the ear of the last car heard does not go on, and nothing bangs."""
    ride = Ride(cars=2, watching=True)
    ride.cars[0].vx = 40.0
    ride.flags[0] |= CarFlag.NITRO
    ride.go()
    ride.cars.reverse()
    ride.flags.reverse()
    seen = [
        SeenCar(slot, car, flags, 0.0, 1, 1, False)
        for slot, (car, flags) in enumerate(zip(ride.cars, ride.flags, strict=True))
    ]
    ride.sounds.update(ride.view, seen, seen[1], ride.now, STEP_S)

    assert not {"hit-wall", "hit-car"} & set(ride.ears.names)
    assert "own-pull-0" not in ride.ears.sounding or ride.ears.loud("own-pull-0") < 0.5


def test_nothing_goes_on_after_the_race() -> None:
    """Also not what happened at the last moment."""
    ride = Ride()
    ride.drive(40.0)
    ride.go()
    ride.tell(EventKind.WALL, value=900)
    ride.sounds.close()

    assert not ride.ears.sounding
    assert ride.ears.names == []


def test_revs_climb_without_a_leap() -> None:
    """From standing to the last gear no picture moves the revs by more than a step."""
    engine = EngineSound(CarClass.LIGHT)
    positions = []
    for tick in range(600):
        car = Car(vx=tick / 8, engine_on=True)
        engine.follow(car, 1.0, STEP_S)
        positions.append(engine.position)
    steps = [abs(b - a) for a, b in itertools.pairwise(positions)]

    assert max(steps) <= 0.5 + 1e-9
    assert max(positions) > step_of(RPM_MAX) - 3
    assert max(positions) <= STEP_LAST


def test_gear_is_kept_at_the_edge() -> None:
    """A car that hovers where two gears meet does not shift to and fro."""
    engine = EngineSound(CarClass.TOURING)
    shifts = 0
    for tick in range(300):
        speed = GEAR_TOPS[1] + math.sin(tick / 5) * 0.6
        shifts += engine.follow(Car(vx=speed, engine_on=True), 0.5, STEP_S).shifted

    assert shifts <= 2


def test_exhaust_pops_when_the_foot_comes_up() -> None:
    """At high revs, not again at once, and not in the light car."""
    pops = {}
    for kind in CarClass:
        engine = EngineSound(kind)
        car = Car(vx=GEAR_TOPS[2] * 0.97, engine_on=True)
        pops[kind] = sum(
            engine.follow(car, throttle, STEP_S).popped
            for throttle in [1.0] * 30 + [0.0] * 10 + [1.0] * 10 + [0.0] * 10
        )

    assert pops == {CarClass.LIGHT: 0, CarClass.TOURING: 1, CarClass.MUSCLE: 1}


def test_every_loop_of_an_engine_is_asked_for() -> None:
    """The own car needs both stacks, the others one; the low revs come first."""
    whole, half = stack_of(CarClass.MUSCLE, whole=True), stack_of(CarClass.MUSCLE, whole=False)

    assert len(whole) == 2 * len(half) == 2 * (STEP_LAST + 1)
    assert all(pitch.name in SOUNDS for pitch in whole)
    assert whole[0].name.endswith("00")
