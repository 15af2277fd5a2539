"""The clock shared with the server: it slews, it snaps, it never runs back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_clock import (
    AGREE_OF,
    DELAY_GROWS,
    DELAY_MAX,
    DELAY_MIN,
    DELAY_SHRINKS,
    LEAD_GUESSED,
    LEAD_WANTED,
    SLEW_MAX,
    SharedClock,
)

SNAPSHOT_S = 2 / 60
START = 50.0


def run(clock: SharedClock, snapshots: int, *, start: int = 0, late_ticks: float = 0.0,
        rtt_s: float = 0.1) -> float:  # fmt: skip
    """Hear so many snapshots on time, or late; return the time of the last."""
    now = 0.0
    for number in range(start, start + snapshots):
        now = START + number * SNAPSHOT_S + late_ticks / 60
        clock.heard(2 * number, now, rtt_s, None)
    return now


def hear(clock: SharedClock, start: int, lateness: list[float]) -> float:
    """Hear snapshots that are late by so many ticks each, in order; return the last time."""
    now = START + (start - 1) * SNAPSHOT_S
    for number, late in enumerate(lateness, start):
        now = max(now, START + number * SNAPSHOT_S + late / 60)
        clock.heard(2 * number, now, 0.1, None)
    return now


def stall(clock: SharedClock, start: int, snapshots: int) -> float:
    """Hear nothing for so many snapshots, then all of them at once."""
    return hear(clock, start, [2.0 * (snapshots - 1 - n) for n in range(snapshots)])


def answers(clock: SharedClock, start: int, travel_ticks: list[float]) -> float:
    """Send an input with each snapshot, and hear how early it came; return the last time."""
    now = START
    for number, travel in enumerate(travel_ticks, start):
        now = START + number * SNAPSHOT_S
        tick = int(clock.input_tick(now)) if clock.ready else 0
        clock.sent(number + 1, tick, now)
        # The server steps its next tick when this one is under way.
        due = int(2 * number + travel) + 1
        clock.heard(2 * number, now, 0.1, tick - due, number + 1)
    return now


def test_input_tick_is_ahead_by_the_round_trip_and_a_margin() -> None:
    """As long as the server has told of no input, the round trip is all that is known."""
    clock = SharedClock()
    now = run(clock, 30, rtt_s=0.1)

    assert clock.input_tick(now) == pytest.approx(2 * 29 + 6 + LEAD_GUESSED, abs=0.01)


def test_inputs_come_just_in_time_once_the_server_has_told() -> None:
    """However wrong the round trip is, the answers put it right."""
    clock = SharedClock()
    now = answers(clock, 0, [12.0] * 300)

    assert clock.input_tick(now) == pytest.approx(2 * 299 + 13 + LEAD_WANTED, abs=0.5)


def test_late_inputs_push_the_clock_ahead_by_slewing() -> None:
    """The server says that inputs come late: the clock runs ahead, by 4 % at most."""
    clock = SharedClock()
    before = clock.input_tick(answers(clock, 0, [6.0] * 60))
    after = clock.input_tick(answers(clock, 60, [12.0] * 30))

    assert 60.5 < after - before <= 60 * (1 + SLEW_MAX) + 1e-6


def test_early_inputs_let_the_clock_fall_back() -> None:
    """Inputs that wait long on the server are sent a little later."""
    clock = SharedClock()
    before = clock.input_tick(answers(clock, 0, [12.0] * 60))
    after = clock.input_tick(answers(clock, 60, [2.0] * 60))

    assert 120 * (1 - SLEW_MAX) - 1e-6 <= after - before < 120


def test_one_late_burst_of_inputs_moves_no_margin() -> None:
    """After a stall of the link, inputs are sent as before."""
    clock = SharedClock()
    before = clock.input_tick(answers(clock, 0, [6.0] * 60))
    after = clock.input_tick(answers(clock, 60, [22.0] + [6.0] * 59))

    assert after - before == pytest.approx(120, abs=0.1)


@pytest.mark.parametrize("stalled", range(6))
def test_one_stalled_answer_of_the_first_moves_nothing(stalled: int) -> None:
    """A lost segment in the first second of a race: two round trips, and no jump ahead."""
    clock, other = SharedClock(), SharedClock()
    travel = [12.0] * 6
    answers(other, 0, travel)
    travel[stalled] += 24.0
    now = answers(clock, 0, travel)

    assert clock.input_tick(now) == pytest.approx(other.input_tick(now), abs=1.0)


def test_clock_follows_a_server_that_was_away_for_a_second() -> None:
    """It jumps, once a few snapshots in a row agree."""
    clock = SharedClock()
    run(clock, 30)
    now = run(clock, AGREE_OF + 1, start=30, late_ticks=60.0)

    assert clock.input_tick(now) == pytest.approx(2 * (30 + AGREE_OF) + 6 + LEAD_GUESSED, abs=0.1)


@pytest.mark.parametrize("snapshots", [6, 12, 24])
def test_stalled_burst_is_no_news_of_the_server_s_time(snapshots: int) -> None:
    """Nothing for 200 to 800 ms, then all at once: clock and delay stay as they are."""
    clock = SharedClock()
    now = run(clock, 40)
    input_tick, shown = clock.input_tick(now), clock.shown_tick(now)
    then = stall(clock, 40, snapshots)
    elapsed = (then - now) * 60

    assert clock.input_tick(then) - input_tick == pytest.approx(elapsed, abs=0.01)
    assert clock.shown_tick(then) - shown == pytest.approx(elapsed, abs=0.01)
    assert clock.jitter_ticks < 0.1


def test_delay_follows_the_jitter() -> None:
    """Quickly up when news come unevenly, slowly down when they don't any more."""
    clock = SharedClock()
    hear(clock, 0, [0.0] * 40)
    still = clock.delay_ticks
    hear(clock, 40, [0.0, 3.0, 1.0, 4.0] * 10)
    uneven = clock.delay_ticks
    hear(clock, 80, [0.0] * 64)
    later = clock.delay_ticks
    hear(clock, 144, [0.0] * 120)

    assert still == DELAY_MIN
    assert 5.0 < uneven <= 2 + 4 + 1 + 1e-6
    assert DELAY_MIN < later < uneven
    assert clock.delay_ticks == DELAY_MIN


def test_slower_snapshots_are_waited_for() -> None:
    """A link that is sent five a second sees others further in the past."""
    clock = SharedClock()
    for number in range(40):
        clock.heard(12 * number, START + number * 0.2, 0.1, None)

    assert clock.delay_ticks == pytest.approx(13.0)


@given(st.lists(st.floats(0.0, 14.0), min_size=10, max_size=60))
def test_shown_time_never_jumps_nor_runs_back(lateness: list[float]) -> None:
    """However the snapshots stumble in, other cars move on, a little fast or slow."""
    clock = SharedClock()
    now = START - SNAPSHOT_S
    clock.heard(-2, now, 0.05, None)
    for number, late in enumerate(lateness):
        before, shown = now, clock.shown_tick(now)
        now = max(now + 0.001, START + number * SNAPSHOT_S + late / 60)
        clock.heard(2 * number, now, 0.05, None)
        elapsed = (now - before) * 60

        # Two things slew: the estimate of the server's tick, and the delay.
        moved = clock.shown_tick(now) - shown
        assert moved <= elapsed * (1 + SLEW_MAX + DELAY_SHRINKS) + 1e-6
        assert moved >= elapsed * (1 - SLEW_MAX - DELAY_GROWS) - 1e-6


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=60))
def test_delay_stays_between_its_bounds(lateness: list[float]) -> None:
    """Other cars are 50 to 250 ms in the past, whatever the jitter."""
    clock = SharedClock()
    for number, late in enumerate(lateness):
        clock.heard(2 * number, START + number * SNAPSHOT_S + late / 60, 0.05, None)

    assert DELAY_MIN <= clock.delay_ticks <= DELAY_MAX


def test_silence_is_counted_from_the_last_snapshot() -> None:
    """The player can be told that nothing comes any more."""
    clock = SharedClock()
    assert clock.silent_s(9.0) == 0.0
    now = run(clock, 3)

    assert clock.silent_s(now + 1.5) == pytest.approx(1.5)
