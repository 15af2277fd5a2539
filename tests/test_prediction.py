"""The own car: predicted, corrected, and never seen to jump."""

from __future__ import annotations

import math

import pytest

from car import Car, CarInput
from prediction import SNAP_METRES, Prediction
from race import COUNTDOWN_TICKS, RELEASE_TICKS
from tests.remote_race import RemoteRace, weave
from track import track_of

GO = COUNTDOWN_TICKS
LATER = GO + 100
TOP_SPEED = 70.0


def placed(tick: int = LATER) -> Prediction:
    """Return a prediction that a snapshot has placed on the road."""
    track = track_of("meadow")
    x, y, heading = track.point_at(100.0)
    prediction = Prediction(track)
    prediction.reconcile(tick, Car(x=x, y=y, heading=heading, engine_on=True), GO)
    return prediction


@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.05, 0.1])
def test_prediction_equals_the_server_when_inputs_come_in_time(delay_s: float) -> None:
    """At any steady distance no snapshot corrects the car at all."""
    there = RemoteRace(delay_s)
    there.run_to_racing()
    worst = 0.0

    def watch() -> None:
        nonlocal worst
        worst = max(worst, there.view.prediction.corrected)

    there.run(240, watch=watch)

    assert there.view.own_car(there.now).speed > 5.0
    assert worst == 0.0


def test_prediction_runs_ahead_of_the_server() -> None:
    """The car on the screen is where the server will have it, not where it was."""
    there = RemoteRace(delay_s=0.1)
    there.run_to_racing()

    ahead = (there.view.prediction.tick or 0) - there.live.race.tick

    assert 6 <= ahead <= 6 + 12


def test_car_is_held_until_the_lamps_let_go() -> None:
    """Full throttle on the grid moves the predicted car no more than the real one."""
    there = RemoteRace()
    there.run(GO - RELEASE_TICKS - 12, lambda tick: CarInput(throttle=1.0))

    shown = there.view.own_car(there.now)

    assert (shown.x, shown.y) == pytest.approx(there.live.track.grid[0][:2], abs=0.001)


def test_lost_second_of_inputs_is_never_seen_as_a_jump() -> None:
    """When the wire was cut for a while, the car glides to the truth."""
    there = RemoteRace()
    there.run_to_racing()
    last = there.view.own_car(there.now)
    longest = 0.0

    def watch() -> None:
        nonlocal last, longest
        shown = there.view.own_car(there.now)
        longest = max(longest, math.hypot(shown.x - last.x, shown.y - last.y))
        last = shown

    there.cut = True
    there.run(20, lambda tick: CarInput(brake=1.0), watch)
    there.cut = False
    there.run(60, weave, watch)

    assert longest < TOP_SPEED / 60 + 0.25 * SNAP_METRES


def test_small_correction_is_hidden_and_fades() -> None:
    """Two metres of error are not seen at first, and are gone after 0.2 s."""
    prediction = placed()
    before = prediction.shown(1.0)
    truth = prediction.car.copy()
    truth.x += 2.0
    prediction.reconcile(LATER, truth, GO)

    assert prediction.shown(1.0).x == pytest.approx(before.x)
    assert prediction.corrected == pytest.approx(2.0)
    prediction.fade(0.2)
    assert prediction.shown(1.0).x == pytest.approx(truth.x, abs=0.1)


def test_large_correction_is_shown_at_once() -> None:
    """A car that was put somewhere else does not fly there."""
    prediction = placed()
    truth = prediction.car.copy()
    truth.x += SNAP_METRES + 1.0
    prediction.reconcile(LATER, truth, GO)

    assert prediction.shown(1.0).x == truth.x


def test_correction_across_the_heading_wrap_turns_the_short_way() -> None:
    """From +pi to -pi is a small correction, not a whole turn."""
    prediction = placed()
    prediction.car.heading = prediction.before.heading = math.pi - 0.01
    truth = prediction.car.copy()
    truth.heading = -math.pi + 0.01
    prediction.reconcile(LATER, truth, GO)
    prediction.fade(0.03)

    assert abs(prediction.shown(1.0).heading) > math.pi - 0.02


def test_replay_repeats_the_inputs_after_the_snapshot() -> None:
    """A snapshot of the past leads to the same present."""
    prediction = placed()
    start = prediction.car.copy()
    for tick in range(30):
        prediction.step(weave(tick).quantised(), GO)
    present = prediction.car.copy()
    prediction.reconcile(LATER, start, GO)

    assert prediction.car == present
    assert prediction.corrected == 0.0


def test_snapshot_from_long_ago_places_the_car_without_a_replay() -> None:
    """Who slept through the history begins anew at the snapshot."""
    prediction = placed()
    prediction.step(CarInput(), GO)
    prediction.reconcile(LATER + 1000, prediction.car.copy(), GO)

    assert prediction.tick == LATER + 1000


def test_history_is_bounded() -> None:
    """Two seconds of inputs are kept, however long the race."""
    prediction = placed()
    for _ in range(500):
        prediction.step(CarInput(), GO)
    prediction.reconcile(LATER + 400, prediction.car.copy(), GO)

    assert prediction.tick == LATER + 500
    assert len(prediction._inputs) == 120


def test_a_stand_in_is_predicted_instead_of_the_own_hands() -> None:
    """While a caretaker drives, the own keys do not move the car."""
    prediction = placed()
    prediction.stand_in = CarInput(brake=0.0, engine=True)
    for _ in range(30):
        prediction.step(CarInput(throttle=1.0), GO)

    assert prediction.car.speed == 0.0
