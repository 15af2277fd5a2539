"""The figures of `benchmarks.feel`, from pictures and a truth that are known."""

from __future__ import annotations

import pytest

from benchmarks.feel_figures import Drawn, Picture, Run, figures, put_back, share, touches
from benchmarks.feel_rows import table_row
from benchmarks.feel_truth import Truth
from car import Car
from protocol import CarFlag, CarRecord, Snapshot, pack_cars

SPEED = 30.0
TICKS = 600


def truth_of(gap: float) -> Truth:
    """Return ten seconds in which two cars drive one behind the other."""
    truth = Truth()
    for tick in range(0, TICKS + 200, 2):
        cars = [
            CarRecord(
                slot=slot, flags=CarFlag.ENGINE, car=Car(x=500.0 + tick * SPEED / 60 - slot * gap,
                y=500.0, vx=SPEED), lap=0, next_gate=1, place=slot + 1, lap_started_tick=0,
                acked_sequence=1, input_lead=0, throttle=0, best_lap_ticks=0,
            )
            for slot in range(2)
        ]  # fmt: skip
        truth.note(Snapshot(1, tick, 1, 0, 0, pack_cars(cars)), 100.0 + tick / 60)
    return truth


def run_of(truth: Truth, behind: float = 6.0, lead: float = 6.0) -> Run:
    """Return what a client shows that draws the other so many ticks in the past."""
    run = Run(slot=0)
    for tick in range(20, TICKS):
        me, other = truth.car(0, tick + lead), truth.car(1, tick - behind)
        assert me is not None
        assert other is not None
        news = tick % 2 == 0
        run.pictures.append(
            Picture(
                now=100.0 + tick / 60, late=0.0, tick=tick - 3, own_tick=tick + lead,
                shown_tick=tick - behind, corrected=0.001 if news else None, driving=True,
                cars=[Drawn(0, me.x, me.y, 0.0), Drawn(1, other.x, other.y, 0.001)],
            )
        )  # fmt: skip
        if news:
            run.arrivals.append(100.0 + tick / 60)
    run.answers = [1] * 9 + [2]
    return run


def test_truth_is_known_between_snapshots_and_not_beyond() -> None:
    """Linear between two; the present is that of the quickest snapshot."""
    truth = truth_of(60.0)
    car = truth.car(0, 101.0)

    assert car is not None
    assert car.x == pytest.approx(500.0 + 101 * SPEED / 60, abs=0.001)
    assert truth.car(0, TICKS + 500.0) is None
    assert truth.car(7, 10.0) is None
    assert truth.tick_at(101.0) == pytest.approx(60.0)


def test_far_cars_are_judged_by_the_moment_that_is_shown() -> None:
    """Drawn late they are right; against the present they are not."""
    truth = truth_of(100.0)
    found = figures(run_of(truth), truth)

    assert found["far_error_m_p99"] == pytest.approx(0.0, abs=0.001)
    assert found["present_error_m_p50"] == pytest.approx(6 * SPEED / 60, abs=0.01)
    assert found["near_error_m_p50"] is None


def test_near_cars_are_judged_by_the_own_cars_moment() -> None:
    """Drawn in the past, they are behind by all that lies between."""
    truth = truth_of(8.0)
    found = figures(run_of(truth, behind=2.0, lead=3.0), truth)

    assert found["near_error_m_p50"] == pytest.approx(5 * SPEED / 60, abs=0.01)
    assert found["path_error_m_p99"] == pytest.approx(0.0, abs=0.001)


def test_car_beside_its_path_is_off_it_whenever() -> None:
    """A metre to the side is a metre."""
    truth = truth_of(11.0)
    run = run_of(truth)
    for one in run.pictures:
        me, other = one.cars
        one.cars[1] = Drawn(other.slot, other.x, other.y + 1.0, 0.0)
        assert me.y == 500.0
    found = figures(run, truth)

    assert found["path_error_m_p50"] == pytest.approx(1.0, abs=0.001)


def test_corrections_after_a_touch_are_told_apart() -> None:
    """Whoever was near enough to touch may have done it."""
    apart, close = truth_of(11.0), truth_of(5.5)

    assert touches(apart, 0, 20, 600) == []
    assert len(touches(close, 0, 20, 600)) > 200
    assert figures(run_of(apart), apart)["contact_corrections"] == 0
    assert figures(run_of(close), close)["corrections"] == 0


def test_car_that_is_put_back_on_the_road_is_not_corrected() -> None:
    """The driver asked for it; before and long after, corrections count."""
    truth = truth_of(100.0)
    cars = truth._cars[0]
    for at in range(150, len(cars)):
        cars[at].x -= 80.0
    found = figures(run_of(truth), truth)

    assert put_back(truth, 0, 20, 600) == [298]
    assert 250 < int(str(found["corrections"])) < 290
    assert found["contact_corrections"] == 0


def test_warps_after_stalls_are_told_apart() -> None:
    """A jump within a second of a late snapshot has its excuse."""
    truth = truth_of(100.0)
    run = run_of(truth)
    for at in (100, 400):
        run.pictures[at].cars[1] = Drawn(1, 0.0, 0.0, 9.0)
    stall = run.pictures[380].now
    run.arrivals = [at for at in run.arrivals if not stall - 0.2 < at < stall]
    found = figures(run, truth)

    assert found["stalls"] == 1
    assert found["warps_after_stalls"] == 1
    assert found["warps_a_minute"] == pytest.approx(60 / (579 / 60), rel=0.01)
    assert found["other_jump_m_max"] == 9.0


def test_share_and_row_of_the_table() -> None:
    """Medians, worst, and a line in Markdown with a cell for each heading."""
    truth = truth_of(100.0)
    found = figures(run_of(truth), truth)

    assert share([3.0, 1.0, 2.0], 0.5) == 2.0
    assert share([1.0, 5.0], 1.0) == 5.0
    assert share([], 0.5) is None
    assert found["key_first_share"] == 0.9
    assert table_row(100, 1, found).startswith("| 100 ms, 1 % | 1 (90 %) | 0.00, 0.00 | -, - |")
    assert table_row(0, 0, {"pictures": 0}).count("|") == 14
