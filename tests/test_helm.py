"""What goes out of a driver's hands, and when."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from car import CarInput
from helm import KEEP_ALIVE_TICKS, ORDERS_KEPT, SEND_EVERY_TICKS, Helm
from protocol import Drive
from race import TICKS_A_SECOND

DRIVING = CarInput(throttle=1.0)


def said(hands: Callable[[int], CarInput], ticks: int) -> list[Drive]:
    """Return what hands that have done nothing yet say in so many ticks."""
    helm = Helm()
    helm.turn(0, CarInput())
    orders = [helm.turn(tick, hands(tick).quantised()) for tick in range(1, ticks + 1)]
    return [order for order in orders if order is not None]


@pytest.mark.parametrize(
    "change",
    [
        {"throttle": 1.0}, {"brake": 1.0}, {"steering": -1.0}, {"steering": 0.15},
        {"handbrake": True}, {"engine": False}, {"respawn": True}, {"nitro": True},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_change_of_the_hands_is_said_in_its_tick(change: dict[str, float]) -> None:
    """Nobody waits for what a finger does, if nothing was said a moment ago."""
    hands = replace(CarInput(), **change)  # type: ignore[arg-type]
    orders = said(lambda tick: hands if tick >= 5 else CarInput(), 8)

    assert [order.tick for order in orders] == [5]


def test_small_turn_of_the_wheel_is_said_soon() -> None:
    """A fiftieth of the wheel is little: it is said within a tenth of a second."""
    orders = said(lambda tick: CarInput(steering=0.024 if tick >= 3 else 0.0), 10)

    assert [(order.tick, order.steering) for order in orders] == [(7, 3)]


def test_wheel_that_goes_round_is_said_thirty_times_a_second() -> None:
    """Hands that turn firmly lose nothing but every second tick."""
    orders = said(lambda tick: replace(DRIVING, steering=-1.0 + tick / 15), 30)

    assert len(orders) == 30 // SEND_EVERY_TICKS


def test_key_right_behind_a_sign_of_life_does_not_wait() -> None:
    """Nor does one behind another; a third one does, for the average holds."""
    keys = {KEEP_ALIVE_TICKS + 1: 1.0, KEEP_ALIVE_TICKS + 2: 0.0, KEEP_ALIVE_TICKS + 3: -1.0}
    now = 0.0

    def hands(tick: int) -> CarInput:
        nonlocal now
        now = keys.get(tick, now)
        return CarInput(steering=now)

    orders = said(hands, KEEP_ALIVE_TICKS + 6)

    at = KEEP_ALIVE_TICKS
    assert [(order.tick, order.steering) for order in orders] == [
        (at, 0), (at + 1, 127), (at + 3, -127),
    ]  # fmt: skip


def test_stick_that_trembles_says_hardly_more_than_one_that_rests() -> None:
    """The noise of a worn stick is about one hundredth, to both sides."""
    luck = random.Random(1)
    noisy = said(lambda tick: replace(DRIVING, steering=0.4 + luck.gauss(0.0, 0.008)), 600)
    still = said(lambda tick: replace(DRIVING, steering=0.4), 600)

    assert len(still) == 600 // KEEP_ALIVE_TICKS
    assert len(noisy) <= 1.2 * len(still)


def test_what_was_not_said_moves_the_car_by_nothing_that_is_seen() -> None:
    """A wheel that wanders slowly is followed: what is off never adds up to much."""
    luck = random.Random(2)
    helm, hand, owed, worst = Helm(), 0.0, 0.0, 0.0
    for tick in range(1200):
        hand = min(1.0, max(-1.0, hand + luck.gauss(0.0, 0.03)))
        wishes = replace(DRIVING, steering=hand).quantised()
        helm.turn(tick, wishes)
        owed += helm.in_force.steering - wishes.steering
        worst = max(worst, abs(helm.in_force.steering - wishes.steering))

    # In ticks of full lock, of twenty seconds; and at any one moment.
    assert abs(owed) < 3.0
    assert worst < 0.2


def test_hands_that_rest_give_a_sign_of_life() -> None:
    """The server must not take who holds a key for somebody who is gone."""
    orders = said(lambda tick: DRIVING, 5 * KEEP_ALIVE_TICKS)

    assert max(b.tick - a.tick for a, b in pairwise(orders)) == KEEP_ALIVE_TICKS


def test_hands_of_a_whole_lease_can_be_said_again() -> None:
    """Who takes a race over may have a save as old as the lease of who had it."""
    helm = Helm()
    ticks = 7 * TICKS_A_SECOND
    for tick in range(ticks):
        helm.turn(tick, replace(DRIVING, steering=float(tick // SEND_EVERY_TICKS % 2)))

    again = helm.send_again(0)
    assert again[0].tick <= SEND_EVERY_TICKS
    assert ticks // SEND_EVERY_TICKS <= len(again) <= ORDERS_KEPT
