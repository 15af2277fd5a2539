"""What a client measures of its link, at told times."""

from __future__ import annotations

import pytest

from readings import HEADER_BYTES, RECENT_S, Rate, Readings, Recent, Traffic


def test_rate_is_told_from_the_first_second_on() -> None:
    """Thirty a second are thirty a second before the window is full."""
    rate = Rate()
    for number in range(30):
        rate.add(100.0 + number / 30)

    assert rate.at(101.0) == pytest.approx(30.0)


def test_rate_falls_to_nothing_when_nothing_comes() -> None:
    """What was long ago is no rate."""
    rate = Rate()
    for number in range(90):
        rate.add(100.0 + number / 30, 50.0)

    assert rate.at(103.0) == pytest.approx(1500.0, rel=0.05)
    assert rate.at(104.0) == pytest.approx(750.0, rel=0.05)
    assert rate.at(106.0) == 0.0


def test_rate_of_nothing_is_zero() -> None:
    """Nothing was counted yet."""
    assert Rate().at(5.0) == 0.0


def test_recent_values_are_forgotten() -> None:
    """A jolt of half a minute ago says nothing of the link as it is."""
    recent = Recent()
    recent.add(0.0, 9.0)
    recent.add(30.0, 0.5)
    recent.add(31.0, 0.1)

    assert recent.quantile(32.0, 0.99) == 0.5
    assert recent.newest == 0.1
    assert recent.values(60.0) == []


def test_quantile_leaves_out_the_worst_of_a_hundred() -> None:
    """Of a hundred values the 99th in order, and of few the last."""
    recent = Recent()
    for number in range(100):
        recent.add(1.0 + number / 100, float(number + 1))

    assert recent.quantile(3.0, 0.99) == 99.0
    assert recent.quantile(3.0, 1.0) == 100.0
    assert Recent().quantile(3.0, 0.99) is None


def test_peaks_stand_where_they_were_in_time() -> None:
    """The newest is the last; what is older than the window is left out."""
    recent = Recent()
    for at, value in ((0.0, 7.0), (10.5, 0.2), (15.2, 0.4), (15.4, 0.3), (19.9, 0.1)):
        recent.add(at, value)

    assert recent.peaks(20.0, 10) == [0.2, 0, 0, 0, 0, 0.4, 0, 0, 0, 0.1]
    assert RECENT_S == 10.0


def test_deviation_of_round_trips_settles() -> None:
    """A steady link has none, one that swings has what it swings by."""
    steady, swinging = Readings(), Readings()
    for number in range(40):
        steady.answered(0.1)
        swinging.answered(0.1 + 0.02 * (-1) ** number)

    assert steady.rtt_deviation_s < 0.001
    assert swinging.rtt_deviation_s == pytest.approx(0.02, rel=0.3)


def test_input_is_judged_once() -> None:
    """Each snapshot tells of the newest input: only the first one counts."""
    readings = Readings()
    for acked, lead in ((0, 0), (5, 3), (5, 3), (6, -2), (1, 4)):
        readings.shown(1.0, acked=acked, lead=lead)

    # The last of them comes after a reconnection.
    assert readings.leads.values(1.0) == [0, 3, -2]


def test_spectator_sends_no_inputs_that_could_be_late() -> None:
    """Who has no car has nothing to be judged or corrected."""
    readings = Readings()
    readings.shown(1.0)

    assert readings.corrections.newest is None
    assert readings.leads.newest is None


def test_time_to_saved_is_from_the_word_to_the_proof() -> None:
    """While it is on its way the wait is told; afterwards what it took."""
    readings = Readings()
    assert (readings.waits_s(9.0), readings.saved_s) == (None, None)
    readings.saving("race", 10.0)
    readings.saving("race", 10.2)
    readings.saved("another", 10.3)
    assert readings.waits_s(10.5) == 0.5
    readings.saved("race", 10.8)
    readings.saved("race", 99.0)

    assert readings.saved_s == pytest.approx(0.8)
    assert readings.waits_s(11.0) is None


def test_kilobits_count_headers_both_ways() -> None:
    """Thirty snapshots a second have thirty headers, and fifteen bare ones go back."""
    readings = Readings()
    traffic = Traffic()
    for number in range(120):
        traffic.down += 60
        traffic.down_parts += 1
        readings.carried(traffic, 1.0 + number / 30)

    assert readings.down_bytes(5.0) == pytest.approx(1800, rel=0.02)
    assert readings.down_kbits(5.0) == pytest.approx(30 * (60 + HEADER_BYTES) * 8e-3, rel=0.02)
    assert readings.up_bytes(5.0) == 0
    assert readings.up_kbits(5.0) == pytest.approx(15 * HEADER_BYTES * 8e-3, rel=0.02)


def test_new_link_is_counted_from_nothing() -> None:
    """After a reconnection nothing is counted twice, and nothing is taken back."""
    readings = Readings()
    for number in range(40):
        readings.carried(Traffic(down=100, down_parts=1), 1.0 + number / 10)

    assert readings.down_bytes(5.0) == pytest.approx(1000, rel=0.01)
