"""What goes on in a race for the ear: from where it is, the own car always.

Units: metres, seconds.
"""

from __future__ import annotations

import math

import pytest

from car import DRAFT_MAX, CarInput, Surface
from protocol import CarFlag
from race import EventKind
from race_state import SeenCar
from screens.race_sounds import OTHERS_HEARD
from tests.ride import STEP_S, Ride


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


def test_trembling_finger_lights_nitro_once() -> None:
    """It whooshes again only after a rest."""
    ride = Ride()
    ride.own.nitro_ticks = 100
    ride.drive(30.0)
    for _ in range(4):
        ride.go(0.1, CarInput(nitro=True))
        ride.go(0.1, CarInput())
    ride.go(1.0, CarInput())
    ride.go(0.1, CarInput(nitro=True))

    assert ride.ears.names == ["nitro-start"] * 2


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
