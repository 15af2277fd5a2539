"""A correction on the screen: neither place nor speed jumps, and it is soon gone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from car import Car
from glide import PACE, Glide

FRAME_S = 1 / 60
metres = st.floats(-8.0, 8.0)
speeds = st.floats(-10.0, 10.0)


def shown(glide: Glide, car: Car) -> Car:
    """Return a car as it is seen."""
    seen = car.copy()
    glide.lay_on(seen)
    return seen


@given(metres, metres, st.floats(-3.0, 3.0))
def test_car_stays_where_it_was_drawn(x: float, y: float, heading: float) -> None:
    """In the moment of a correction nothing is seen of it."""
    was, is_now = Car(x, y, heading), Car(1.0, -2.0, 0.5)
    glide = Glide()
    glide.add(was, is_now)
    seen = shown(glide, is_now)

    assert (seen.x, seen.y) == pytest.approx((x, y))
    assert math.remainder(seen.heading - heading, 2 * math.pi) == pytest.approx(0.0, abs=1e-9)


@given(metres, speeds)
def test_speed_on_the_screen_does_not_jump(x: float, vx: float) -> None:
    """A push that was not foreseen speeds the picture up, it does not kick it."""
    glide = Glide()
    glide.add(Car(), Car(x=x, vx=vx))
    before = glide.x
    glide.fade(0.0005)
    moved = vx * 0.0005 + glide.x - before

    # It was drawn standing, and stands in the first moment.
    assert moved == pytest.approx(0.0, abs=0.0005)


def test_small_correction_is_gone_within_a_quarter_of_a_second() -> None:
    """Half a metre is a push, and over."""
    glide = Glide()
    glide.add(Car(x=0.5), Car())
    glide.fade(0.25)

    assert glide.metres < 0.01


@given(metres, metres)
def test_large_correction_goes_at_the_pace_of_a_car(x: float, y: float) -> None:
    """What is metres off is led back, and does not dart."""
    glide = Glide()
    glide.add(Car(x=x, y=y), Car())
    fastest, last = 0.0, glide.metres
    for _ in range(240):
        glide.fade(FRAME_S)
        fastest = max(fastest, (last - glide.metres) / FRAME_S)
        last = glide.metres

    assert fastest < PACE * 1.05
    assert last < 0.05


def test_two_frames_are_as_one_long_one() -> None:
    """What is seen does not hang on how many frames are drawn."""
    one, two = Glide(), Glide()
    for glide in (one, two):
        glide.add(Car(x=1.0, heading=0.2, vx=3.0, yaw_rate=1.0), Car())
    one.fade(0.1)
    two.fade(0.04)
    two.fade(0.06)

    assert (one.x, one.heading, one.vx) == pytest.approx((two.x, two.heading, two.vx))
