"""Pictures and ticks: each shows what was pressed before it, and moves evenly."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest

from car import Car, CarInput
from race import COUNTDOWN_TICKS
from race_state import RaceView
from tests.remote_race import TICK_S, RemoteRace

STRAIGHT = CarInput(throttle=0.6)
TURN = CarInput(throttle=0.6, steering=1.0)
EVEN_M = 0.004
"""What a tick of acceleration makes of even motion."""
COUNT = 24
"""Pictures of one film: less than a second, in which nothing is heard of the server."""


def view_at_speed() -> tuple[RaceView, float]:
    """Return a race a second after GO, in which the own car drives straight on; and the time."""
    there = RemoteRace(0.05)
    there.run(COUNTDOWN_TICKS + 60, lambda tick: STRAIGHT)
    return there.view, there.now


def filmed(
    begin: float, every: float, hands: Callable[[int], CarInput], late: float = 0.0
) -> list[tuple[Car, float, int]]:
    """Return the own car in each picture, the clock in it, and the ticks predicted for it.

    Args:
        begin: when the first one is, in ticks after the newest tick of the server.
        every: ticks between two of them.
        late: pictures are late by up to so much of a tick, by chance.
    """
    view, now = view_at_speed()
    luck = random.Random(3)
    found = []
    for number in range(COUNT):
        at = now + (begin + number * every + luck.uniform(0.0, late)) * TICK_S
        before = view.prediction.tick
        view.advance(at, hands(number))
        after = view.prediction.tick
        assert before is not None
        assert after is not None
        found.append((view.own_car(at), view.clock.input_tick(at), after - before))
    return found


@cache
def straight_on(begin: float) -> list[float]:
    """Return the headings of a film in which no key is touched."""
    return [car.heading for car, _, _ in filmed(begin, 1.0, lambda number: STRAIGHT, 0.1)]


@pytest.mark.parametrize(("begin", "pressed"), [(0.0, 4), (0.001, 11), (0.5, 5), (0.95, 7)])
def test_key_moves_the_car_in_the_first_picture(begin: float, pressed: int) -> None:
    """However pictures lie to ticks, and though none of them is quite in time."""
    film = filmed(begin, 1.0, lambda number: TURN if number >= pressed else STRAIGHT, 0.1)
    heading = straight_on(begin)
    differs = [one[0].heading != was for one, was in zip(film, heading, strict=True)]

    assert differs.index(True) == pressed


@pytest.mark.parametrize("every", [2.0, 1.11, 1.0, 0.99, 0.42])
def test_car_moves_evenly_at_any_rate_of_pictures(every: float) -> None:
    """Thirty pictures a second or 144: what is drawn goes with the clock, not with ticks."""
    film = filmed(0.3, every, lambda number: STRAIGHT)
    for (a, since, _), (b, until, _) in pairwise(film):
        explained = 0.5 * (a.speed + b.speed) * (until - since) * TICK_S
        moved = math.hypot(b.x - a.x, b.y - a.y)

        assert moved == pytest.approx(explained, abs=EVEN_M)


@pytest.mark.parametrize("begin", [0.0, 0.5, 0.9])
def test_each_picture_gets_one_tick_while_they_come_in_time(begin: float) -> None:
    """None and two in turn would let keys wait."""
    film = filmed(begin, 1.0, lambda number: STRAIGHT, 0.2)

    assert [steps for _, _, steps in film[1:]] == [1] * (COUNT - 1)
