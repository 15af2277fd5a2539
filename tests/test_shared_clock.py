"""The clock shared with the server: it slews, it snaps, it never runs back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_clock import DELAY_MAX, DELAY_MIN, LEAD_WANTED, SLEW_MAX, SNAP_TICKS, SharedClock

SNAPSHOT_S = 2 / 60


def run(clock: SharedClock, snapshots: int, *, start: int = 0, late_ticks: float = 0.0,
        rtt_s: float = 0.1, lead: int | None = None) -> float:  # fmt: skip
    """Hear so many snapshots on time, or late; return the time of the last."""
    now = 0.0
    for number in range(start, start + snapshots):
        now = 50.0 + number * SNAPSHOT_S + late_ticks / 60
        clock.heard(2 * number, now, rtt_s, lead)
    return now


def test_input_tick_is_ahead_by_the_round_trip_and_a_margin() -> None:
    """An input sent now reaches the server just before its tick is due."""
    clock = SharedClock()
    now = run(clock, 30, rtt_s=0.1)

    assert clock.input_tick(now) == pytest.approx(2 * 29 + 6 + LEAD_WANTED, abs=0.01)


def test_late_inputs_push_the_clock_ahead_by_slewing() -> None:
    """The server says that inputs come late: the clock runs ahead, by 4 % at most."""
    clock = SharedClock()
    before = clock_at(clock, 30)
    after = clock_at(clock, 30, start=30, lead=-2)

    assert 60 < after - before <= 60 * (1 + SLEW_MAX) + 1e-6


def test_an_input_just_in_time_wants_more_margin_too() -> None:
    """A lead of zero is a fact like any other."""
    clock = SharedClock()
    before = clock_at(clock, 30)

    assert clock_at(clock, 30, start=30, lead=0) - before > 60.1


def test_early_inputs_let_the_clock_fall_back() -> None:
    """Inputs that wait long on the server are sent a little later."""
    clock = SharedClock()
    before = clock_at(clock, 30)

    assert 60 * (1 - SLEW_MAX) - 1e-6 <= clock_at(clock, 30, start=30, lead=20) - before < 60


def test_clock_jumps_past_a_quarter_of_a_second() -> None:
    """A server that was away for a second is followed at once."""
    clock = SharedClock()
    run(clock, 30)
    now = run(clock, 1, start=30, late_ticks=60.0)

    assert clock.input_tick(now) == pytest.approx(60 + 6 + LEAD_WANTED, abs=0.1)


@given(st.lists(st.floats(0.0, SNAP_TICKS - 1.0), min_size=10, max_size=60))
def test_shown_time_never_jumps_nor_runs_back(lateness: list[float]) -> None:
    """However the snapshots stumble in, other cars move on, a little fast or slow."""
    clock = SharedClock()
    now = 50.0 - SNAPSHOT_S
    clock.heard(-2, now, 0.05, None)
    for number, late in enumerate(lateness):
        before, shown = now, clock.shown_tick(now)
        now = max(now + 0.001, 50.0 + number * SNAPSHOT_S + late / 60)
        clock.heard(2 * number, now, 0.05, None)
        elapsed = (now - before) * 60

        # Two things slew: the estimate of the server's tick, and the delay.
        assert clock.shown_tick(now) - shown == pytest.approx(
            elapsed, abs=2 * SLEW_MAX * elapsed + 1e-6
        )
        assert clock.shown_tick(now) > shown


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=60))
def test_delay_stays_between_its_bounds(lateness: list[float]) -> None:
    """Other cars are 50 to 250 ms in the past, whatever the jitter."""
    clock = SharedClock()
    for number, late in enumerate(lateness):
        clock.heard(2 * number, 50.0 + number * SNAPSHOT_S + late / 60, 0.05, None)

    assert DELAY_MIN <= clock.delay_ticks <= DELAY_MAX


def test_silence_is_counted_from_the_last_snapshot() -> None:
    """The player can be told that nothing comes any more."""
    clock = SharedClock()
    assert clock.silent_s(9.0) == 0.0
    now = run(clock, 3)

    assert clock.silent_s(now + 1.5) == pytest.approx(1.5)


def clock_at(
    clock: SharedClock, snapshots: int, *, start: int = 0, lead: int | None = None
) -> float:
    """Hear snapshots on time and return the input tick at the last."""
    return clock.input_tick(run(clock, snapshots, start=start, lead=lead))
