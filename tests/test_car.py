"""One car: engine, pedals, steering, grip, and a step that can be replayed."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from car import (
    CHARGE_TICKS_MAX,
    DAMAGE_MAX,
    DRAFT_MAX,
    DT,
    GEAR_TOPS,
    NITRO_TICKS_MAX,
    PITCH_MAX,
    TUNING,
    TUNINGS,
    Car,
    CarClass,
    CarInput,
    Surface,
    hand_of,
    quantise_car,
    steer_limit,
    step_car,
)

COAST = CarInput(engine=False)
FASTEST = 100.0
"""No car comes beyond this by itself: a Bison in the thinnest air, burning nitro."""
FULL = CarInput(throttle=1.0)

cars = st.builds(
    Car,
    x=st.floats(-1000, 1000),
    y=st.floats(-1000, 1000),
    heading=st.floats(-math.pi, math.pi),
    vx=st.floats(-70, 70),
    vy=st.floats(-70, 70),
    yaw_rate=st.floats(-4, 4),
    steer_angle=st.floats(-TUNING.steer_max, TUNING.steer_max),
    engine_on=st.booleans(),
    car_class=st.sampled_from(list(CarClass)),
    pitch=st.floats(-PITCH_MAX, PITCH_MAX),
    nitro_ticks=st.integers(0, NITRO_TICKS_MAX),
    charge_ticks=st.integers(0, CHARGE_TICKS_MAX),
    draft=st.integers(0, DRAFT_MAX),
    damage=st.integers(0, DAMAGE_MAX),
)
inputs = st.builds(
    CarInput,
    throttle=st.floats(0, 1),
    brake=st.floats(0, 1),
    steering=st.floats(-1, 1),
    handbrake=st.booleans(),
    engine=st.booleans(),
    nitro=st.booleans(),
)
surfaces = st.sampled_from(list(Surface))


def drive(car: Car, wishes: CarInput, seconds: float, surface: Surface = Surface.ASPHALT) -> Car:
    """Hold the same input for a while."""
    for _ in range(round(seconds / DT)):
        step_car(car, wishes, surface)
    return car


def energy(car: Car) -> float:
    """Of motion and of turning, for each kilogram."""
    return 0.5 * (car.speed**2 + TUNINGS[car.car_class].gyration_squared * car.yaw_rate**2)


# Engine and pedals


def test_car_without_engine_stays() -> None:
    """Throttle alone moves nothing."""
    car = drive(Car(), replace(FULL, engine=False), 1.0)

    assert (car.x, car.speed, car.rpm) == (0.0, 0.0, 0.0)


def test_engine_starts_and_stops() -> None:
    """A stopped engine leaves the car rolling, slower and slower."""
    car = Car()
    car.start_engine()
    for _ in range(120):
        car.accelerate()
    fast = car.speed
    car.stop_engine()
    for _ in range(60):
        car.accelerate()

    assert 0.0 < car.speed < fast
    assert not car.engine_on
    assert car.rpm == 0.0


def test_hundred_kmh_takes_three_to_four_seconds() -> None:
    """As quick as a race needs, no quicker."""
    car = Car()

    assert drive(car, FULL, 3.2).speed * 3.6 < 100.0
    assert drive(car, FULL, 0.8).speed * 3.6 > 100.0


def test_top_speed_is_where_drag_meets_power() -> None:
    """Full throttle settles, and within the last gear."""
    car = drive(Car(), FULL, 60.0)
    settled = car.speed

    assert settled == pytest.approx(drive(car, FULL, 5.0).speed, abs=0.1)
    assert 60.0 < settled < GEAR_TOPS[-1]


def test_brake_stops_car_and_engine_off_holds_it() -> None:
    """It comes to rest within a hundred metres and stays there."""
    car = drive(Car(vx=40.0), CarInput(brake=1.0, engine=False), 6.0)
    x = car.x

    assert car.speed == 0.0
    assert x < 100.0
    assert drive(car, CarInput(brake=1.0, engine=False), 1.0).x == x


def test_brake_at_standstill_reverses() -> None:
    """Backwards, up to a limit, and the gear says so."""
    car = drive(Car(), CarInput(brake=1.0), 8.0)

    assert -TUNING.reverse_speed_max - 0.1 < car.forward_speed < -7.0
    assert car.gear == -1


@pytest.mark.parametrize("engine", [True, False])
def test_throttle_stops_a_car_that_reverses(engine: bool) -> None:
    """Forwards means brake when the car runs backwards."""
    car = drive(Car(vx=-8.0), CarInput(throttle=1.0, engine=engine), 1.0)

    assert car.forward_speed > -0.6


@pytest.mark.parametrize("speed", [-30.0, -6.0, -0.4, 0.4, 6.0])
def test_brake_without_engine_stops_car_either_way(speed: float) -> None:
    """A car that rolls backwards has brakes too."""
    assert drive(Car(vx=speed), CarInput(brake=1.0, engine=False), 4.0).speed == 0.0


def test_brake_slows_a_car_that_has_spun_round() -> None:
    """Sliding backwards at speed, the brake is no reverse gear."""
    assert drive(Car(vx=-30.0), CarInput(brake=1.0), 1.0).speed < 21.0


def test_car_thrown_sideways_comes_to_rest() -> None:
    """The end of a slide is no tremble."""
    car = drive(Car(vy=8.0), CarInput(brake=1.0, engine=False), 4.0)

    assert (car.vx, car.vy, car.yaw_rate) == (0.0, 0.0, 0.0)


def test_handbrake_holds_on_grid() -> None:
    """A standing car with its handbrake on stays."""
    car = drive(Car(), CarInput(handbrake=True), 1.0)

    assert (car.x, car.speed) == (0.0, 0.0)


# Grip


def test_surfaces_slow_a_rolling_car_in_order() -> None:
    """Asphalt rolls furthest, water least."""
    order = ("ASPHALT", "KERB", "GRAVEL", "GRASS", "SAND", "WATER")
    rolled = [drive(Car(vx=20.0), COAST, 2.0, Surface[name]).x for name in order]

    assert rolled == sorted(rolled, reverse=True)


@pytest.mark.parametrize("surface", Surface)
def test_car_leaves_every_surface_both_ways(surface: Surface) -> None:
    """No run-off is a trap."""
    assert drive(Car(), FULL, 3.0, surface).x > 2.0
    assert drive(Car(), CarInput(brake=1.0), 3.0, surface).x < -2.0


@given(steering=st.floats(-1, 1), speed=st.floats(0, 60), throttle=st.floats(0, 1))
def test_car_on_ice_keeps_its_heading(steering: float, speed: float, throttle: float) -> None:
    """Without grip, steering has no effect, and neither have the pedals."""
    car = Car(vx=speed, heading=0.25)
    step_car(car, CarInput(throttle=throttle, steering=steering), grip=0.0)

    assert (car.heading, car.yaw_rate) == (0.25, 0.0)


@pytest.mark.parametrize("speed", [15.0, 20.0, 30.0, 40.0])
def test_full_lock_corners_above_one_g(speed: float) -> None:
    """A held key asks for what the tyres have, at every speed."""
    car = Car(vx=speed)
    for _ in range(90):
        hold = min(1.0, max(0.0, 0.3 + (speed - car.speed) * 0.5))
        step_car(car, CarInput(throttle=hold, steering=1.0))

    assert 1.05 < car.speed * car.yaw_rate / TUNING.gravity < 1.4


@pytest.mark.parametrize("ticks", [15, 30, 60, 120])
@pytest.mark.parametrize("speed", [0.0, 20.0, 40.0, 60.0])
def test_keyboard_slalom_at_full_throttle_does_not_spin(speed: float, ticks: int) -> None:
    """Flat out from lock to lock, the car slides but never swaps ends."""
    car = Car(vx=speed)
    widest = 0.0
    for tick in range(480):
        step_car(car, CarInput(throttle=1.0, steering=1.0 if tick // ticks % 2 else -1.0))
        if car.speed > 6.0:
            widest = max(widest, abs(math.atan2(car.slide, car.forward_speed)))

    assert math.degrees(widest) < 35.0


def test_handbrake_turns_the_tail_out() -> None:
    """In a bend it slides the car as no pedal does."""
    gripping, sliding = Car(vx=25.0), Car(vx=25.0)
    drive(gripping, CarInput(steering=1.0), 0.7)
    drive(sliding, CarInput(steering=1.0, handbrake=True), 0.7)

    assert abs(sliding.slide) > abs(gripping.slide) + 5.0


def test_tight_turn_at_walking_pace_rolls() -> None:
    """Slow, the car follows its front wheels on the circle of geometry."""
    car = Car(vx=1.5)
    for _ in range(120):
        step_car(car, CarInput(throttle=0.02, steering=1.0))

    radius = TUNING.wheelbase / math.tan(TUNING.steer_max)
    assert car.forward_speed / car.yaw_rate == pytest.approx(radius, rel=0.02)


def test_wheels_turn_less_the_faster_the_car() -> None:
    """Full lock at speed asks for what the tyres can give."""
    limits = [steer_limit(speed) for speed in (0.0, 10.0, 30.0, 60.0)]

    assert limits == sorted(limits, reverse=True)
    assert limits[-1] > TUNING.steer_slip


@pytest.mark.parametrize("steering", [-1.0, -0.4, 0.0, 0.7])
def test_wheels_tell_of_the_hand(steering: float) -> None:
    """Who sees a car knows what its driver asks for."""
    car = drive(Car(vx=22.0), CarInput(throttle=0.3, steering=steering), 1.5)

    assert hand_of(car) == pytest.approx(steering, abs=0.02)


def test_hands_off_wheels_follow_a_slide() -> None:
    """The wheels of a car that slides turn by themselves, and tell of no hand."""
    car = Car(vx=24.0, vy=-12.0)
    drive(car, COAST, 0.15)

    assert car.steer_angle < -0.1
    assert hand_of(car) == pytest.approx(0.0, abs=0.2)


# Laws


@given(cars, inputs, surfaces)
@settings(max_examples=300)
def test_step_leaves_numbers_that_quantising_keeps(
    car: Car, wishes: CarInput, surface: Surface
) -> None:
    """What is stepped is already what the wire carries."""
    step_car(car, wishes, surface)
    again = car.copy()
    quantise_car(again)

    assert again == car
    assert all(math.isfinite(number) for number in astuple(car))


@pytest.mark.parametrize("quanta", range(-2, 3))
def test_heading_near_half_turn_is_quantised_once(quanta: int) -> None:
    """Just about pi, rounding and wrapping do not chase each other."""
    for side in (-1.0, 1.0):
        car = Car(heading=side * math.pi + quanta / 2**21)
        quantise_car(car)
        once = car.heading
        quantise_car(car)

        assert car.heading == once


@given(cars, st.lists(inputs, min_size=1, max_size=8), surfaces)
def test_replay_from_a_copy_gives_equal_numbers(
    car: Car, wishes: list[CarInput], surface: Surface
) -> None:
    """Server and client, given the same inputs, agree exactly."""
    quantise_car(car)
    replayed = car.copy()
    for wish in wishes:
        step_car(car, wish.quantised(), surface)
    for wish in wishes:
        step_car(replayed, wish.quantised(), surface)

    assert replayed == car


@given(cars, inputs, surfaces)
@settings(max_examples=300)
def test_car_is_the_same_seen_in_a_mirror(car: Car, wishes: CarInput, surface: Surface) -> None:
    """Left and right differ by nothing but their sign."""
    mirrored = replace(
        car, y=-car.y, heading=-car.heading, vy=-car.vy,
        yaw_rate=-car.yaw_rate, steer_angle=-car.steer_angle,
    )  # fmt: skip
    step_car(car, wishes, surface)
    step_car(mirrored, replace(wishes, steering=-wishes.steering), surface)

    assert (mirrored.x, mirrored.y, mirrored.vy) == (car.x, -car.y, -car.vy)
    assert math.isclose(math.cos(mirrored.heading), math.cos(car.heading), abs_tol=1e-5)


@given(cars, st.floats(0, 1), st.floats(-1, 1), st.booleans(), surfaces)
@settings(max_examples=300)
def test_car_without_engine_gains_no_energy(
    car: Car, brake: float, steering: float, handbrake: bool, surface: Surface
) -> None:
    """Forwards, backwards and sideways, steering and brakes only slow it down."""
    wishes = CarInput(brake=brake, steering=steering, handbrake=handbrake, engine=False)
    drive(car, wishes, 0.1, surface)
    before = energy(car)
    drive(car, wishes, 3.0, surface)

    assert energy(car) <= before + 1e-3


@given(cars, st.lists(st.tuples(inputs, surfaces), min_size=1, max_size=12))
def test_no_input_sequence_breaks_a_car(car: Car, story: list[tuple[CarInput, Surface]]) -> None:
    """Whatever is pressed, wherever: real numbers within their ranges, and no rocket."""
    fastest = max(car.speed, FASTEST)
    for wishes, surface in story:
        drive(car, wishes, 0.4, surface)

    assert all(math.isfinite(number) for number in astuple(car))
    assert car.speed <= fastest + 0.01
    assert abs(car.yaw_rate) < 12.0
    assert abs(car.steer_angle) <= TUNINGS[car.car_class].steer_max + 1e-4
    assert abs(car.pitch) <= PITCH_MAX
    assert 0 <= car.nitro_ticks <= NITRO_TICKS_MAX
    assert 0 <= car.charge_ticks <= CHARGE_TICKS_MAX


@given(cars, st.lists(inputs, min_size=1, max_size=12))
def test_no_input_sequence_gains_more_than_the_engine_gives(
    car: Car, story: list[CarInput]
) -> None:
    """What a car has in the end came with it, or from its engine and its bottle."""
    tuning = TUNINGS[car.car_class]
    drive(car, story[0], 0.1)
    before, seconds = energy(car), 0.1
    for wishes in story:
        drive(car, wishes, 0.2)
        seconds += 0.2

    most = tuning.power * (1.0 + tuning.nitro_gain) + tuning.reverse_drive * 10.0
    assert energy(car) <= before + most * seconds


@given(inputs)
def test_quantised_input_is_stable(wishes: CarInput) -> None:
    """What the wire has rounded, it rounds no further."""
    assert wishes.quantised().quantised() == wishes.quantised()


def test_input_beyond_its_range_is_cut() -> None:
    """A pedal goes no further than the floor."""
    wishes = CarInput(throttle=3.0, brake=-1.0, steering=-9.0).quantised()

    assert (wishes.throttle, wishes.brake, wishes.steering) == (1.0, 0.0, -1.0)


@pytest.mark.parametrize("speed", [0.0, *GEAR_TOPS])
def test_dial_stays_on_its_scale(speed: float) -> None:
    """Gear and engine speed are there at any speed."""
    car = Car(vx=speed, engine_on=True)

    assert 1 <= car.gear <= len(GEAR_TOPS)
    assert 900.0 < car.rpm <= 7400.0


def test_demonstration_runs_by_itself() -> None:
    """`python car.py` tells of a drive, from engine off to standing, and of all classes."""
    root = Path(__file__).parents[1]
    shown = subprocess.run(
        [sys.executable, "car.py"], cwd=root, capture_output=True, text=True, timeout=30, check=True
    )

    drive, classes = shown.stdout.split("\n\n")
    assert len(drive.splitlines()) >= 11
    assert len({line.index("km/h  gear") for line in drive.splitlines()}) == 1
    assert [line.split()[0] for line in classes.splitlines()] == ["Wasp", "Falcon", "Bison"]
