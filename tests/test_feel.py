"""How the cars feel, in numbers: whoever tunes them sees here what has changed.

The tables hold what is measured now; a number that moves is no fault by itself,
but it is to be looked at and written down. What must never change, whatever the
numbers, is held by the tests below them.

Units: ticks of 1/60 s, metres, m/s, degrees, g; each row is Wasp, Falcon, Bison.
"""

from __future__ import annotations

import math

import pytest

from car import (
    DRAFT_MAX,
    NITRO_TICKS_MAX,
    TUNING,
    TUNINGS,
    Car,
    CarClass,
    CarInput,
    Surface,
    step_car,
)
from contact import AXLE, RADIUS, advance_car
from slipstream import DRAFT_EVERY_TICKS, draft_behind, eased_draft
from tests.proving_ground import (
    BRAKE,
    FULL,
    KeyDriver,
    Lap,
    LineDriver,
    angle_of,
    handbrake_turn,
    held_drift,
    skid_pad,
    stop_distance,
    ticks_until,
    top_speed,
)
from tests.racing import MEADOW
from track import EDGE, track_of

COAST = CarInput()
ROLLING = CarInput(engine=False)
classes = pytest.mark.parametrize("car_class", CarClass)

LAPS = {
    "bowl": (1506, 1495, 1492),
    "eight": (2713, 2704, 2705),
    "meadow": (3397, 3405, 3431),
}
"""Ticks of a flying lap by the same careful hand, a class after the other."""
SKID_PAD = {
    Surface.ASPHALT: (1.22, 1.19, 1.15),
    Surface.GRAVEL: (0.89, 0.88, 0.84),
    Surface.GRASS: (0.70, 0.68, 0.65),
}
"""Sideways acceleration at full lock and 20 m/s, in g."""
TO_HUNDRED_AND_BACK = ((222, 125), (210, 133), (195, 141))
"""Ticks from standing to 100 km/h, and from there to standing."""
TOP_SPEEDS = ((59.7, 72.7, 67.7), (65.1, 79.2, 73.8), (70.8, 86.3, 80.3))
"""Alone, in the thinnest air, and burning nitro, m/s."""
HANDBRAKE_TURNS = (129, 115, 102)
"""Degrees at full lock from 15 m/s until the car stands."""
DRIFTS = ((182, 91), (184, 92), (188, 94))
"""Ticks of slide in a drift meant to be held for 3 s, and the nitro that it pays."""
SCRAPES = (0.93, 0.93, 0.93)
"""Share of the speed that a wall hit at 15 degrees leaves, against rolling free."""
SAND_STOPS = (116, 117, 118)
"""Metres from 40 m/s until a rolling car stands in the sand."""


# Tables


@pytest.mark.parametrize("name", LAPS)
def test_lap_by_an_equal_hand(name: str) -> None:
    """Each class laps each kind of track in its time."""
    track = track_of(name)
    laps = [Lap(track, one, LineDriver(track, one)) for one in CarClass]

    assert [one.times[1] for one in laps] == [pytest.approx(t, abs=6) for t in LAPS[name]]
    assert not any(one.off_ticks or one.hits or one.spins for one in laps)


def test_classes_are_close_and_each_is_best_somewhere() -> None:
    """No class is the one to take: within two percent everywhere, each first once."""
    best = {times.index(min(times)) for times in LAPS.values()}

    assert all(max(times) < 1.02 * min(times) for times in LAPS.values())
    assert best == {int(one) for one in CarClass}


@pytest.mark.parametrize("surface", SKID_PAD)
def test_grip_on_the_skid_pad(surface: Surface) -> None:
    """Full lock, speed held: what the tyres give on each ground."""
    measured = [skid_pad(one, surface) for one in CarClass]

    assert measured == [pytest.approx(g, abs=0.02) for g in SKID_PAD[surface]]


@classes
def test_from_standing_to_a_hundred_and_back(car_class: CarClass) -> None:
    """The first numbers that anybody asks for."""
    car = Car(engine_on=True, car_class=car_class)
    there = ticks_until(car, FULL, lambda car: car.speed >= 100 / 3.6)
    back = ticks_until(car, BRAKE, lambda car: car.speed < 0.1)

    assert (there, back) == pytest.approx(TO_HUNDRED_AND_BACK[car_class], abs=2)


@classes
def test_top_speed_alone_in_the_draft_and_on_nitro(car_class: CarClass) -> None:
    """What there is to win behind another car, and from the bottle."""
    found = (
        top_speed(car_class), top_speed(car_class, DRAFT_MAX), top_speed(car_class, nitro=True),
    )  # fmt: skip

    assert found == pytest.approx(TOP_SPEEDS[car_class], abs=0.2)


@classes
def test_handbrake_turn(car_class: CarClass) -> None:
    """One pull, and the car looks the other way."""
    turned = handbrake_turn(car_class)

    assert turned == pytest.approx(HANDBRAKE_TURNS[car_class], abs=4)
    assert 90 < turned < 180


@classes
def test_drift_is_held_and_paid(car_class: CarClass) -> None:
    """A tap of the handbrake, throttle, and keys in and out of the turn."""
    ticks, widest, car = held_drift(car_class)

    assert (ticks, car.nitro_ticks) == pytest.approx(DRIFTS[car_class], abs=8)
    assert widest < 45.0


@classes
def test_wall_scrapes_rather_than_stops(car_class: CarClass) -> None:
    """At 15 degrees and 40 m/s a wall costs some paint, and next to no health."""
    angle = math.radians(15.0)
    heading = math.pi / 2 + angle
    car = Car(
        EDGE + RADIUS + AXLE * math.sin(angle) + 1.0, 100.0, heading,
        40.0 * math.cos(heading), 40.0 * math.sin(heading), car_class=car_class,
    )  # fmt: skip
    free, hint, hardest = car.copy(), MEADOW.locate(car.x, car.y).sample, 0.0
    for _ in range(60):
        hint, impulse = advance_car(car, hint, ROLLING, MEADOW, fragile=True)
        hardest = max(hardest, impulse)
        step_car(free, ROLLING, MEADOW.surface_at(car.x, car.y))

    assert hardest > 4.0
    assert car.speed / free.speed == pytest.approx(SCRAPES[car_class], abs=0.02)
    assert car.speed / free.speed > 0.85
    assert car.damage <= 2


@classes
def test_sand_slows(car_class: CarClass) -> None:
    """Who runs wide at speed is stopped before the tyre wall, or hits it softly."""
    stop = stop_distance(car_class, Surface.SAND, COAST, 40.0)

    assert stop == pytest.approx(SAND_STOPS[car_class], abs=2)


# Keys


@classes
def test_keys_alone_lap_without_a_spin(car_class: CarClass) -> None:
    """Pressed and released, ten times a second: quick, on the road, never round."""
    lap = Lap(MEADOW, car_class, KeyDriver(MEADOW, dares=1.1))

    assert (lap.spins, lap.hits, lap.off_ticks) == (0, 0, 0)
    assert lap.widest < 15.0
    assert lap.times[1] < 1.2 * LAPS["meadow"][car_class]


@classes
def test_too_much_speed_pushes_wide_rather_than_round(car_class: CarClass) -> None:
    """Who dares more than the tyres give ends beside the road, not backwards."""
    lap = Lap(MEADOW, car_class, KeyDriver(MEADOW, dares=1.6), seconds=40)

    assert lap.off_ticks > 0
    assert lap.spins == 0


@classes
@pytest.mark.parametrize("speed", [20.0, 35.0, 55.0])
@pytest.mark.parametrize("pedals", [CarInput(), FULL, BRAKE], ids=["coast", "throttle", "brake"])
def test_key_held_to_full_lock_never_spins(
    car_class: CarClass, speed: float, pedals: CarInput
) -> None:
    """Whatever the feet do, the hands may hold a key."""
    car = Car(vx=speed, engine_on=True, car_class=car_class)
    widest = 0.0
    for _ in range(120):
        step_car(car, CarInput(pedals.throttle, pedals.brake, 1.0))
        if car.speed > 6.0:
            widest = max(widest, abs(angle_of(car)))

    assert widest < 30.0


@classes
@pytest.mark.parametrize("surface", [Surface.ASPHALT, Surface.GRAVEL, Surface.GRASS])
@pytest.mark.parametrize("speed", [18.0, 32.0])
def test_drift_can_be_left_on_every_ground(
    car_class: CarClass, surface: Surface, speed: float
) -> None:
    """Held for more than a second and a half, and straight again at its end."""
    ticks, _, car = held_drift(car_class, surface, speed)

    assert ticks > 90
    assert abs(angle_of(car)) < 3.0
    assert car.charge_ticks == 0


# Weight


def turned_after(wishes: CarInput) -> float:
    """Return how tightly a car turns half a second after its pedals change, 1/km."""
    car = Car(vx=25.0)
    for _ in range(120):
        hold = min(1.0, max(0.0, 0.5 + 0.5 * (25.0 - car.speed)))
        step_car(car, CarInput(hold, 0.0, 0.7))
    for _ in range(30):
        step_car(car, wishes)
    return 1000 * car.yaw_rate / car.speed


def test_weight_moves_with_the_pedals() -> None:
    """Power pushes wide, lifting tucks the nose in, braking rotates the car."""
    power, lift, brake = (
        turned_after(CarInput(throttle, brake, 0.7))
        for throttle, brake in ((1.0, 0.0), (0.0, 0.0), (0.0, 1.0))
    )

    assert 1.2 * power < lift < brake / 1.15


def test_springs_follow_the_pedals() -> None:
    """The nose dives under braking and rises under power, not at once."""
    car = Car(vx=30.0)
    step_car(car, BRAKE)
    first = car.pitch
    for _ in range(30):
        step_car(car, BRAKE)
    dived = car.pitch
    for _ in range(30):
        step_car(car, FULL)

    assert dived < 5 * first < 0.0
    assert dived < -9.0
    assert car.pitch > 4.0


def test_kerb_rattles_and_asphalt_does_not() -> None:
    """What is felt on a kerb comes from where the car is, and goes with it."""

    def pitches(surface: Surface) -> list[float]:
        car, found = Car(vx=30.0, engine_on=True), []
        for _ in range(60):
            step_car(car, CarInput(throttle=0.1), surface)
            found.append(car.pitch)
        return found[30:]

    smooth, rough = pitches(Surface.ASPHALT), pitches(Surface.KERB)

    assert max(smooth) - min(smooth) < 0.1
    assert max(rough) - min(rough) > 0.6
    assert pitches(Surface.KERB) == rough


# Drifts and nitro


def slide(car: Car, degrees: float) -> None:
    """Set a car sliding by so much, at its speed."""
    angle = car.heading + math.radians(degrees)
    car.vx, car.vy = car.speed * math.cos(angle), car.speed * math.sin(angle)


def test_short_slide_pays_nothing() -> None:
    """A twitch is no drift."""
    car = Car(vx=25.0, engine_on=True, charge_ticks=12)
    step_car(car, COAST)

    assert (car.charge_ticks, car.nitro_ticks) == (0, 0)


def test_spin_loses_the_charge() -> None:
    """Too far round, nothing is paid."""
    car = Car(vx=25.0, engine_on=True, charge_ticks=100)
    slide(car, 85.0)
    step_car(car, COAST)
    slide(car, 0.0)
    step_car(car, COAST)

    assert (car.charge_ticks, car.nitro_ticks) == (0, 0)


def test_touching_a_wall_loses_the_charge() -> None:
    """Clean means without help."""
    car = Car(EDGE + RADIUS + 0.02, 150.0, math.pi / 2, -1.5, 30.0, charge_ticks=100)
    advance_car(car, MEADOW.locate(car.x, car.y).sample, COAST, MEADOW)

    assert car.charge_ticks == 0


def test_bottle_never_overflows() -> None:
    """Who drifts with a full bottle drifts for joy."""
    car = Car(vx=25.0, engine_on=True, charge_ticks=200, nitro_ticks=NITRO_TICKS_MAX - 5)
    step_car(car, COAST)

    assert car.nitro_ticks == NITRO_TICKS_MAX


@classes
def test_nitro_kicks_and_runs_out(car_class: CarClass) -> None:
    """A second of it is felt, and it is gone when it is gone."""
    burning = Car(vx=30.0, engine_on=True, car_class=car_class, nitro_ticks=60)
    plain = Car(vx=30.0, engine_on=True, car_class=car_class)
    for _ in range(60):
        step_car(burning, CarInput(throttle=1.0, nitro=True))
        step_car(plain, FULL)

    assert burning.nitro_ticks == 0
    assert burning.speed > plain.speed + 2.5


@pytest.mark.parametrize(
    "car", [Car(vx=-5.0, nitro_ticks=60), Car(nitro_ticks=60)], ids=["backwards", "standing"]
)
def test_nitro_wants_a_car_that_drives(car: Car) -> None:
    """Nothing burns while the car stands or runs backwards."""
    step_car(car, CarInput(brake=1.0, nitro=True))

    assert car.nitro_ticks == 60


def test_nitro_wants_an_engine() -> None:
    """A bottle drives nothing by itself."""
    car = Car(vx=30.0, nitro_ticks=60)
    step_car(car, CarInput(engine=False, nitro=True))

    assert car.nitro_ticks == 60


# Air and damage


@classes
def test_slipstream_gains_what_a_pass_needs(car_class: CarClass) -> None:
    """At top speed, two car lengths behind: 5 to 8 m/s within six seconds."""
    ahead = Car(vx=top_speed(car_class), engine_on=True, car_class=car_class)
    car = ahead.copy()
    for tick in range(360):
        ahead.x = car.x + 14.0
        if tick % DRAFT_EVERY_TICKS == 0:
            car.draft = eased_draft(car.draft, draft_behind(car, [ahead]))
        step_car(car, FULL)

    assert 5.0 < car.speed - ahead.speed < 8.0


def test_damage_costs_speed_but_never_the_race() -> None:
    """A wreck is slower and grips less, and still drives and turns."""
    sound, wreck = Car(vx=30.0, engine_on=True), Car(vx=30.0, engine_on=True, damage=100)
    for _ in range(1800):
        step_car(sound, FULL)
        step_car(wreck, FULL)

    assert 0.85 * sound.speed < wreck.speed < 0.96 * sound.speed


@classes
def test_classes_trade_what_they_have(car_class: CarClass) -> None:
    """From light to heavy: less grip and brakes, more power, top speed and weight."""
    if car_class is CarClass.MUSCLE:
        return
    light, heavy = TUNINGS[car_class], TUNINGS[car_class + 1]

    assert light.grip > heavy.grip
    assert light.brake_max > heavy.brake_max
    assert light.power < heavy.power
    assert light.mass < heavy.mass
    assert top_speed(car_class) + 4.0 < top_speed(CarClass(car_class + 1))
    assert TUNING is TUNINGS[CarClass.TOURING]
