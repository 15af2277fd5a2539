"""The engine of one car: revs that glide, gears that hold, loops that are asked for.

Units: metres, seconds.
"""

from __future__ import annotations

import itertools
import math

import pytest

from car import GEAR_TOPS, RPM_MAX, Car, CarClass
from screens.engine_sounds import EngineSound, stack_of
from screens.hearing import STEP_LAST, blend_of, step_of
from synth.catalogue import SOUNDS
from tests.ride import STEP_S


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


@pytest.mark.parametrize("pictures", [20, 60, 144])
def test_no_line_takes_another_loop_while_it_sounds(pictures: int) -> None:
    """At any rate of pictures, up through the gears and down again."""
    engine = EngineSound(CarClass.MUSCLE)
    lines: dict[int, tuple[int, float]] = {}
    for number in range(20 * pictures):
        seconds = number / pictures
        speed = max(0.0, 60.0 - abs(seconds - 8.0) * 8.0)
        engine.follow(Car(vx=speed, engine_on=True), float(seconds < 8.0), 1 / pictures)
        blend = blend_of(engine.position)
        for step, gain in ((blend.step, blend.low), (blend.step + 1, blend.high)):
            before, was = lines.get(step % 2, (step, 0.0))
            # Either what sounded before is silent, or what sounds now.
            assert before == step or min(was, gain) < 0.01
            lines[step % 2] = step, gain


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
