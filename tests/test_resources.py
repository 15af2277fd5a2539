"""Who gets a canister, and whom a pit mends: the rules, and their ties.

Units: ticks of 1/60 s; metres, m/s; damage in percent.
"""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from car import NITRO_TICKS_MAX, Car
from resources import (
    BACK_AFTER_TICKS,
    CANISTER_NITRO_TICKS,
    LENGTH_REACH,
    MEND_EVERY_TICKS,
    PIT_SPEED_MAX,
    WIDTH_REACH,
    Mended,
    Pickup,
    PitStop,
    lying,
    pick_up,
    reached,
    serve,
)
from tests.racing import MEADOW
from track import CANISTER_REACH, Pit

FIRST = MEADOW.canisters[0]
PIT = Pit(x=100.0, y=50.0, heading=0.5, length=12.0, width=5.0)


def beside(along: float, across: float = 0.0, heading: float = 0.7) -> Car:
    """Return a car that has the first canister so far ahead and to its right."""
    cos, sin = math.cos(heading), math.sin(heading)
    x = FIRST.x - along * cos + across * sin
    y = FIRST.y - along * sin - across * cos
    return Car(x=x, y=y, heading=heading)


def parked(aside: float = 0.0, damage: int = 50, speed: float = 0.0) -> Car:
    """Return a damaged car in the pit, so far from its middle."""
    return Car(x=PIT.x + aside, y=PIT.y, vx=speed, damage=damage)


def serve_for(ticks: int, cars: dict[int, Car], stops: list[PitStop]) -> list[Mended]:
    """Mend cars for a while; return who was done."""
    done = []
    for tick in range(ticks):
        done += serve([PIT], list(cars.items()), stops, tick)
    return done


# Canisters


@pytest.mark.parametrize(
    ("along", "across", "touches"),
    [
        (LENGTH_REACH - 0.01, 0.0, True),
        (LENGTH_REACH + 0.01, 0.0, False),
        (-LENGTH_REACH + 0.01, WIDTH_REACH - 0.01, True),
        (0.0, -WIDTH_REACH - 0.01, False),
    ],
)
def test_car_reaches_a_canister_with_its_body(along: float, across: float, touches: bool) -> None:
    """Bumper, tail and flanks, whatever way it points."""
    for heading in (0.0, 0.7, 2.0, -1.6, 3.1):
        assert (0 in reached(MEADOW, beside(along, across, heading))) == touches


def test_every_canister_can_be_reached_from_every_side() -> None:
    """The look-up by cells misses none."""
    for number, (x, y) in enumerate(MEADOW.canisters):
        for turn in range(12):
            away = LENGTH_REACH - 0.05
            angle = math.tau * turn / 12
            car = Car(x + away * math.cos(angle), y + away * math.sin(angle), angle)
            assert number in reached(MEADOW, car)


def test_track_knows_of_every_canister_that_a_car_can_touch() -> None:
    """Its cells reach as far as a corner of a car."""
    assert math.hypot(LENGTH_REACH, WIDTH_REACH) < CANISTER_REACH


def test_canister_fills_the_bottle_and_comes_back() -> None:
    """Ten seconds later it lies there again, and not a tick before."""
    back = [0] * len(MEADOW.canisters)
    car = beside(1.0)
    granted = [
        (tick, got)
        for tick in range(100, 100 + BACK_AFTER_TICKS + 1)
        for got in pick_up(MEADOW, [(3, car)], back, tick)
    ]

    assert granted == [(100, Pickup(3, 0)), (100 + BACK_AFTER_TICKS, Pickup(3, 0))]
    assert car.nitro_ticks == 2 * CANISTER_NITRO_TICKS


def test_bottle_never_overflows() -> None:
    """What does not go in is lost."""
    car = beside(1.0)
    car.nitro_ticks = NITRO_TICKS_MAX - 1
    pick_up(MEADOW, [(0, car)], [0] * len(MEADOW.canisters), 1)

    assert car.nitro_ticks == NITRO_TICKS_MAX


def test_nearest_car_gets_the_canister_in_whatever_order_they_are_asked() -> None:
    """On one tick distance decides; every order of asking gives the same."""
    entries = [(0, beside(2.0)), (1, beside(0.0, 1.0)), (2, beside(-1.5))]
    for order in permutations(entries):
        granted = pick_up(MEADOW, order, [0] * len(MEADOW.canisters), 7)

        assert granted == [Pickup(1, 0)]
    assert [car.nitro_ticks for _, car in entries] == [0, NITRO_TICKS_MAX, 0]


def test_of_two_equally_near_the_lower_slot_gets_it() -> None:
    """A rule for the tie that nothing else decides."""
    for order in ([(5, beside(1.0)), (2, beside(1.0))], [(2, beside(1.0)), (5, beside(1.0))]):
        assert pick_up(MEADOW, order, [0] * len(MEADOW.canisters), 7) == [Pickup(2, 0)]


def test_bits_tell_what_lies_there() -> None:
    """The lowest bit is the first canister."""
    assert lying([0, 0, 0], 5) == 0b111
    assert lying([0, 6, 0], 5) == 0b101
    assert lying([0, 6, 0], 6) == 0b111
    assert lying([], 6) == 0


# Pits


def test_pit_mends_a_slow_car_point_by_point() -> None:
    """Until it is whole; then the pit is free and tells by how much."""
    car, stops = parked(damage=10, speed=PIT_SPEED_MAX - 0.1), [PitStop()]
    early = serve_for(5 * MEND_EVERY_TICKS, {4: car}, stops)
    assert car.damage == 5
    assert stops == [PitStop(4, 5)]
    late = serve_for(5 * MEND_EVERY_TICKS + 1, {4: car}, stops)

    assert (early, late) == ([], [Mended(4, 10)])
    assert car.damage == 0
    assert stops == [PitStop()]


@pytest.mark.parametrize(
    "car", [parked(speed=PIT_SPEED_MAX + 0.1), parked(aside=9.0), parked(damage=0)]
)
def test_pit_leaves_others_alone(car: Car) -> None:
    """Who is fast, outside or whole."""
    stops, before = [PitStop()], car.damage

    assert serve_for(10, {0: car}, stops) == []
    assert car.damage == before
    assert stops == [PitStop()]


def test_pit_serves_one_car_at_a_time_and_who_came_first() -> None:
    """A second one waits, though it stands better; it is next when the first drives off."""
    first, second = parked(aside=3.0), parked()
    stops = [PitStop()]
    serve_for(10, {7: first}, stops)
    serve_for(10, {1: second, 7: first}, stops)
    assert (first.damage, second.damage) == (40, 50)
    first.vx = 12.0
    done = serve_for(10, {1: second, 7: first}, stops)

    assert done == [Mended(7, 10)]
    assert (first.damage, second.damage) == (40, 45)


def test_two_who_come_to_a_pit_at_once_are_told_apart() -> None:
    """Nearest to the middle, then the lower slot, in whatever order they are asked."""
    for aside, holder in ((1.0, 6), (0.2, 3), (0.5, 3)):
        for order in permutations([(3, parked(aside=aside)), (6, parked(aside=0.5))]):
            stops = [PitStop()]
            serve([PIT], order, stops, 1)

            assert stops == [PitStop(holder, 0)]
