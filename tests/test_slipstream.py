"""The air behind cars: thin close behind, and only there."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from car import DRAFT_MAX, Car
from slipstream import REACH, WIDTH, draft_behind, eased_draft

FAST = 50.0


def car_at(ahead: float, across: float = 0.0, speed: float = FAST, heading: float = 0.0) -> Car:
    """Return a car that drives along x, seen from one at the origin."""
    return Car(ahead, across, heading, speed * math.cos(heading), speed * math.sin(heading))


ME = car_at(0.0)


def test_air_is_thinnest_close_behind_and_thickens() -> None:
    """The nearer the better, up to nothing at its reach."""
    drafts = [draft_behind(ME, [car_at(ahead)]) for ahead in (6.0, 15.0, 22.0, 30.0, REACH + 0.1)]

    assert drafts[0] > 200
    assert drafts == sorted(drafts, reverse=True)
    assert drafts[-1] == 0


def test_air_thickens_to_the_side() -> None:
    """Who pulls out to pass loses it."""
    drafts = [draft_behind(ME, [car_at(12.0, across)]) for across in (0.0, 1.0, 2.0, 3.5)]

    assert drafts == sorted(drafts, reverse=True)
    assert drafts[-1] == 0


@pytest.mark.parametrize(
    "other",
    [
        car_at(-8.0),
        car_at(10.0, heading=math.pi),
        car_at(10.0, heading=math.pi / 2),
        car_at(10.0, speed=5.0),
        car_at(0.0, WIDTH + 1.0),
    ],
    ids=["behind", "oncoming", "crossing", "crawling", "beside"],
)
def test_no_wake_from(other: Car) -> None:
    """Only a fast car ahead that drives the same way leaves one."""
    assert draft_behind(ME, [other]) == 0


def test_two_cars_ahead_thin_the_air_more_than_one() -> None:
    """A queue is faster than a pair."""
    one, two = car_at(14.0), car_at(28.0)

    alone, queue = draft_behind(ME, [one]), draft_behind(ME, [two, one])
    assert alone < queue <= DRAFT_MAX


def test_slow_car_feels_no_wake() -> None:
    """Where there is no wind there is no shelter."""
    assert draft_behind(car_at(0.0, speed=8.0), [car_at(9.0)]) == 0


@given(
    st.lists(
        st.builds(
            Car,
            x=st.floats(-60, 60),
            y=st.floats(-60, 60),
            vx=st.floats(-70, 70),
            vy=st.floats(-70, 70),
        ),
        max_size=8,
    )
)
def test_draft_is_on_its_scale_whoever_is_there(others: list[Car]) -> None:
    """A whole number from none to all; the own car among them changes nothing."""
    draft = draft_behind(ME, others)

    assert 0 <= draft <= DRAFT_MAX
    assert draft_behind(ME, [*others, ME]) == draft


@given(st.integers(0, DRAFT_MAX), st.integers(0, DRAFT_MAX))
def test_draft_comes_to_its_target_and_stays(now: int, target: int) -> None:
    """Step by step, never beyond."""
    for _ in range(30):
        nearer = eased_draft(now, target)
        assert abs(nearer - target) <= abs(now - target)
        now = nearer

    assert now == target
