"""Cars against walls and against each other: stopped, scraped, parted, never shot away.

Units: metres, seconds.
"""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from car import (
    CAR_LENGTH,
    CAR_WIDTH,
    DAMAGE_MAX,
    DT,
    TUNINGS,
    Car,
    CarClass,
    CarInput,
    quantise_car,
    step_car,
)
from contact import ARMS, RADIUS, advance_car, damage_of, near_pairs, overlapping, push_apart
from race import COUNTDOWN_TICKS, Race
from tests.racing import COAST, FULL, LOADED, MEADOW, run
from track import EDGE, Track, Wall

tracks = pytest.mark.parametrize("track", LOADED.values(), ids=LOADED.keys())
pairs = st.tuples(
    st.floats(-6, 6), st.floats(-6, 6), st.floats(-math.pi, math.pi), st.floats(-math.pi, math.pi),
    st.floats(-30, 30), st.floats(-30, 30),
    st.sampled_from(list(CarClass)), st.sampled_from(list(CarClass)),
)  # fmt: skip
Pair = tuple[float, float, float, float, float, float, CarClass, CarClass]


def two_cars(pair: Pair) -> tuple[Car, Car]:
    """Return two cars near each other."""
    dx, dy, heading, turn, speed, other_speed, one, other = pair
    a = Car(100.0, 100.0, heading, speed, 2.0, yaw_rate=0.5, car_class=one)
    b = Car(100.0 + dx, 100.0 + dy, turn, 1.0, other_speed, car_class=other)
    quantise_car(a)
    quantise_car(b)
    return a, b


def energy(*cars: Car) -> float:
    """Of motion and of turning."""
    return sum(
        0.5
        * mass_of(one)
        * (one.speed**2 + TUNINGS[one.car_class].gyration_squared * one.yaw_rate**2)
        for one in cars
    )


def mass_of(car: Car) -> float:
    """Return the weight of a car, in touring cars."""
    return TUNINGS[car.car_class].mass


def momentum(*cars: Car) -> tuple[float, float]:
    """Return how much moves, and where to."""
    return sum(mass_of(one) * one.vx for one in cars), sum(mass_of(one) * one.vy for one in cars)


# Cars against each other


@given(pairs)
def test_contact_keeps_momentum_and_gains_no_energy(pair: Pair) -> None:
    """What one car loses, the other gains; who does not touch is left alone."""
    a, b = two_cars(pair)
    before = a.copy(), b.copy()
    touching = overlapping(a, b)
    push_apart(a, b)

    assert momentum(a, b) == pytest.approx(momentum(*before), abs=0.001)
    assert energy(a, b) <= energy(*before) + 0.01
    assert touching or (a, b) == before


@given(pairs)
def test_contact_parts_whoever_touches(pair: Pair) -> None:
    """No look that is quicker than all discs against all leaves them in each other."""
    a, b = two_cars(pair)
    deep = 2 * RADIUS - min(math.dist(one, other) for one in discs(a) for other in discs(b))
    before = a.copy(), b.copy()
    push_apart(a, b)

    assert ((a, b) != before) == (deep > 0.0) or abs(deep) < 0.001


@given(pairs)
def test_contact_leaves_what_the_wire_carries(pair: Pair) -> None:
    """Quantising afterwards changes nothing."""
    a, b = two_cars(pair)
    push_apart(a, b)
    again = a.copy(), b.copy()
    quantise_car(again[0])
    quantise_car(again[1])

    assert (a, b) == again


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), max_size=8))
def test_only_far_pairs_are_left_out(spots: list[tuple[float, float]]) -> None:
    """Whoever overlaps is among those that are looked at, once."""
    cars = [Car(x, y) for x, y in spots]
    pairs = near_pairs(cars)
    touching = [(a, b) for b in range(len(cars)) for a in range(b) if overlapping(cars[a], cars[b])]

    assert len(set(pairs)) == len(pairs)
    assert set(touching) <= set(pairs)


@pytest.mark.parametrize("turn", [0.0, 0.6, math.pi / 2, 2.4, math.pi])
def test_cars_that_cross_each_other_come_apart(turn: float) -> None:
    """Locked into a cross, or on one spot, they are free within a few ticks."""
    a, b = Car(100.0, 100.0), Car(100.0, 100.0, turn)
    for _ in range(12):
        push_apart(a, b)

    away = math.hypot(a.x - b.x, a.y - b.y)
    assert CAR_WIDTH - 0.1 < away < CAR_LENGTH + 0.5


def discs(car: Car) -> list[tuple[float, float]]:
    """Return the middles of what a car is for touching."""
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    return [(car.x + arm * cos, car.y + arm * sin) for arm in ARMS]


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-math.pi, math.pi), st.floats(-30, 30))
def test_cars_put_into_each_other_come_apart(
    dx: float, dy: float, heading: float, speed: float
) -> None:
    """Nobody stays stuck in anybody, and nobody is shot away."""
    one, other = Car(0.0, 0.0), Car(dx, dy, heading, speed)
    fastest = 0.0
    for _ in range(90):
        step_car(one, COAST)
        step_car(other, COAST)
        push_apart(one, other)
        fastest = max(fastest, one.speed, other.speed)

    assert min(math.dist(a, b) for a in discs(one) for b in discs(other)) > 2 * RADIUS - 0.1
    assert fastest <= abs(speed) + 2.0


def test_rear_end_hands_speed_on() -> None:
    """The one behind is slower afterwards, the one in front faster, neither catapulted."""
    front, rear = Car(105.4, 100.0, 0.0, 10.0), Car(100.0, 100.0, 0.0, 30.0)
    impulse = push_apart(rear, front)

    assert 10.0 < rear.vx < front.vx < 30.0
    assert impulse == pytest.approx(30.0 - rear.vx, abs=0.01)
    assert (rear.yaw_rate, front.yaw_rate) == (0.0, 0.0)


@pytest.mark.parametrize("speed", [8.0, 15.0, 30.0])
def test_heavy_car_pushes_the_light_one(speed: float) -> None:
    """Head on at equal speeds, the Bison goes on and the Wasp goes back."""
    bison = Car(100.0, 100.0, 0.0, speed, car_class=CarClass.MUSCLE)
    wasp = Car(105.4, 100.0, math.pi, -speed, car_class=CarClass.LIGHT)
    push_apart(bison, wasp)

    assert bison.vx > 0.0
    assert 0.0 < wasp.vx < speed


def test_cars_side_by_side_rub_without_sticking() -> None:
    """One leans on the other at speed for a second: both go on, and come apart."""
    one, other = Car(100.0, 100.0, 0.0, 35.0), Car(100.0, 102.7, 0.0, 35.0)
    for tick in range(90):
        step_car(one, CarInput(throttle=0.6, steering=0.25 if tick < 30 else 0.0))
        step_car(other, CarInput(throttle=0.6))
        push_apart(one, other)

    assert min(one.speed, other.speed) > 34.0
    assert abs(one.yaw_rate) < 0.1
    assert not overlapping(one, other)


# Damage


@given(st.floats(0, 200), st.floats(0, 200))
def test_harder_hits_do_more_damage(one: float, other: float) -> None:
    """Within the scale, and never the other way round."""
    assert 0 <= damage_of(min(one, other)) <= damage_of(max(one, other)) <= DAMAGE_MAX


@pytest.mark.parametrize("fragile", [False, True])
def test_damage_can_be_switched_off(fragile: bool) -> None:
    """Cars and walls hurt only where the room wants it."""
    rear, front = Car(100.0, 100.0, 0.0, 40.0), Car(105.4, 100.0, 0.0, 5.0)
    push_apart(rear, front, fragile=fragile)
    head_on = Car(EDGE + RADIUS + ARMS[0] + 0.05, 150.0, math.pi, -30.0)
    hint = MEADOW.locate(head_on.x, 150.0).sample
    advance_car(head_on, hint, COAST, MEADOW, fragile=fragile)

    hurt = (rear.damage > 5, front.damage > 5, head_on.damage > 20)
    assert hurt == (fragile, fragile, fragile)
    assert fragile or (rear.damage, front.damage, head_on.damage) == (0, 0, 0)


def test_bumper_to_bumper_costs_nothing() -> None:
    """Pushing and light knocks are part of racing."""
    rear, front = Car(100.0, 100.0, 0.0, 24.0), Car(105.4, 100.0, 0.0, 18.0)
    push_apart(rear, front, fragile=True)

    assert (rear.damage, front.damage) == (0, 0)


def test_contact_loses_the_charge_of_both() -> None:
    """A drift that touches somebody is not clean."""
    rear, front = Car(100.0, 100.0, charge_ticks=80), Car(105.0, 100.0, charge_ticks=90)
    push_apart(rear, front)

    assert (rear.charge_ticks, front.charge_ticks) == (0, 0)


def test_knock_on_the_tail_turns_the_car() -> None:
    """Pushed behind its middle to the left, it turns to the right."""
    struck, other = Car(100.0, 100.0, 0.0, 20.0), Car(97.0, 102.4, 0.0, 20.0, -6.0)
    push_apart(struck, other)

    assert struck.vy < 0.0
    assert struck.yaw_rate > 0.0


# Walls


def toward(wall: Wall, track: Track, share: float, angle: float) -> Car:
    """Return a car on the road's side of a wall, at top speed towards it."""
    x, y = wall.ax + share * (wall.bx - wall.ax), wall.ay + share * (wall.by - wall.ay)
    road_x, road_y, _ = track.point_at(track.locate(x, y).distance)
    away = math.hypot(road_x - x, road_y - y)
    nx, ny = (road_x - x) / away, (road_y - y) / away
    heading = math.remainder(math.atan2(-ny, -nx) + angle, 2 * math.pi)
    cos, sin = math.cos(heading), math.sin(heading)
    return Car(x - 9.0 * cos, y - 9.0 * sin, heading, 60.0 * cos, 60.0 * sin)


@tracks
def test_no_wall_lets_a_fast_car_through(track: Track) -> None:
    """Whatever the angle, full throttle or not: it stays on its side, and slower."""
    luck = random.Random(9)
    for wall in track.walls:
        car = toward(wall, track, luck.uniform(0.2, 0.8), luck.uniform(-1.0, 1.0))
        wx, wy = wall.bx - wall.ax, wall.by - wall.ay
        length = math.hypot(wx, wy)

        def side(car: Car, wall: Wall = wall, wx: float = wx, wy: float = wy) -> float:
            return (car.x - wall.ax) * wy - (car.y - wall.ay) * wx

        hint = track.locate(car.x, car.y).sample
        began = side(car)
        hit = 0.0
        for _ in range(40):
            hint, impulse = advance_car(car, hint, FULL, track)
            hit = max(hit, impulse)
            along = ((car.x - wall.ax) * wx + (car.y - wall.ay) * wy) / length
            if 0.0 <= along <= length:
                assert side(car) * began > 0.0
        assert hit > 1.0


def test_head_on_bounces_a_little_and_a_graze_keeps_going() -> None:
    """A wall is soft enough to race along and hard enough to be feared."""
    low = EDGE + RADIUS
    head_on = Car(low + ARMS[0] + 0.05, 150.0, math.pi, -20.0)
    advance_car(head_on, MEADOW.locate(head_on.x, 150.0).sample, COAST, MEADOW)
    graze = Car(low + 0.02, 150.0, math.pi / 2, -1.5, 30.0)
    advance_car(graze, MEADOW.locate(graze.x, 150.0).sample, COAST, MEADOW)

    assert 0.0 < head_on.vx < 0.3 * 20.0
    assert graze.speed > 28.0


def test_car_pressed_against_a_wall_comes_to_rest() -> None:
    """Full throttle into it neither shakes nor climbs."""
    car = Car(EDGE + RADIUS + ARMS[0], 150.0, math.pi, engine_on=True)
    hint = MEADOW.locate(car.x, car.y).sample
    for _ in range(120):
        hint, _ = advance_car(car, hint, FULL, MEADOW)
        assert car.speed < 1.0
        assert abs(car.y - 150.0) < 0.5


def test_whole_world_is_walled_in() -> None:
    """From the middle in any direction, the fastest car stays inside."""
    race = Race(MEADOW, 1, [0])
    run(race, CarInput(), COUNTDOWN_TICKS)
    luck = random.Random(3)
    for _ in range(24):
        angle = luck.uniform(-math.pi, math.pi)
        racer = race.racers[0]
        racer.car = Car(200.0, 200.0, angle, 64 * math.cos(angle), 64 * math.sin(angle))
        racer.hint = MEADOW.locate(200.0, 200.0).sample
        for _ in range(round(5.0 / DT)):
            race.step({0: FULL})
            assert EDGE < racer.car.x < MEADOW.width - EDGE
            assert EDGE < racer.car.y < MEADOW.height - EDGE
