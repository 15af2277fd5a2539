"""Other cars: between two snapshots, the short way round, never beyond reason."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from car import Car
from interpolation import JUMP_METRES, Interpolation, blend
from protocol import CarFlag, CarRecord


def record(car: Car) -> CarRecord:
    """Return a record of a car; what else it says does not matter here."""
    return CarRecord(1, CarFlag(0), car, 0, 1, 1, 0, 0, 0, 0, 0)


def seen(*cars: tuple[int, Car]) -> Interpolation:
    """Return what snapshots at these ticks have shown."""
    other = Interpolation()
    for tick, car in cars:
        other.add(tick, record(car))
    return other


def test_car_is_between_two_snapshots() -> None:
    """Half way in time is half way in space."""
    other = seen((10, Car(x=1.0)), (12, Car(x=2.0)))

    assert other.at(11.0).x == pytest.approx(1.5)


@given(st.floats(-math.pi, math.pi), st.floats(-1.0, 1.0), st.floats(0.0, 1.0))
def test_heading_never_takes_the_long_way(start: float, turn: float, share: float) -> None:
    """Wherever the wrap lies, the blend is within the turn made."""
    end = math.remainder(start + turn, 2 * math.pi)
    heading = blend(Car(heading=start), Car(heading=end), share).heading

    assert abs(math.remainder(heading - start, 2 * math.pi)) <= abs(turn) + 1e-9


def test_turning_car_never_jumps_at_the_wrap() -> None:
    """A car on a roundabout turns by equal steps all the way."""
    cars = [(2 * n, Car(heading=math.remainder(0.2 * n, 2 * math.pi))) for n in range(40)]
    other = seen(*cars)
    steps = [
        math.remainder(other.at(t / 4 + 0.25).heading - other.at(t / 4).heading, 2 * math.pi)
        for t in range(300)
    ]

    assert steps == pytest.approx([0.025] * 300)


def test_car_that_was_put_back_does_not_fly_there() -> None:
    """A jump of several lengths is not blended."""
    other = seen((10, Car(x=0.0)), (12, Car(x=JUMP_METRES + 1.0)))

    assert other.at(10.5).x == JUMP_METRES + 1.0


def test_nothing_is_guessed_beyond_the_newest() -> None:
    """Whoever wants to know more must ask elsewhere."""
    other = seen((10, Car(vx=60.0)))

    assert other.at(11.0).x == 0.0


def test_fast_car_that_is_seldom_heard_of_was_not_put_back() -> None:
    """On a slow link a car drives tens of metres between two snapshots."""
    other = seen((0, Car(x=0.0, vx=60.0)), (60, Car(x=60.0, vx=60.0)))

    assert other.at(30.0).x == pytest.approx(30.0)


def test_older_record_is_ignored() -> None:
    """A record out of order changes nothing."""
    other = seen((10, Car(x=1.0)), (12, Car(x=2.0)), (11, Car(x=99.0)))

    assert other.at(12.0).x == 2.0


def test_time_before_the_first_record_shows_the_first() -> None:
    """Nothing is known of earlier: the car stands at its first place."""
    assert seen((10, Car(x=1.0))).at(3.0).x == 1.0
