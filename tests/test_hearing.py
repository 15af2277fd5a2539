"""What an ear makes of a race: sides, distances, shares, and who is heard."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preferences import Preferences
from screens.hearing import (
    DOPPLER_MAX,
    REACH,
    SIDE_MAX,
    STEP_LAST,
    blend_of,
    doppler_steps,
    eased,
    gain_of,
    heard_from,
    quietest,
    sides,
    source_of,
    step_of,
    voices_for,
)
from synth.catalogue import LOOPS_OF_ENGINE, RPM_FIRST, SoundKind, rpm_of_loop


@given(st.floats(0.0, 1.0), st.floats(-1.0, 1.0))
def test_side_takes_no_power(gain: float, pan: float) -> None:
    """Left and right together are as loud wherever a sound comes from."""
    left, right = sides(gain, pan)

    assert left**2 + right**2 == pytest.approx(gain**2, abs=1e-9)
    assert (left > right) == (pan < 0.0 < gain) or abs(pan) < 1e-6 or gain < 1e-6


def test_what_lies_right_is_heard_right() -> None:
    """The side follows the picture, and stops short of one ear alone."""
    assert heard_from(20.0, 0.0).pan > 0.0 > heard_from(-20.0, 5.0).pan
    assert heard_from(0.0, 30.0).pan == 0.0
    assert heard_from(REACH - 1.0, 0.0).pan == SIDE_MAX


def test_what_lies_further_is_quieter() -> None:
    """Loudness falls all the way to nothing at the end of the reach."""
    gains = [heard_from(0.0, float(away)).gain for away in range(0, 140, 4)]

    assert gains[0] == 1.0
    assert gains == sorted(gains, reverse=True)
    assert heard_from(0.0, REACH).gain == 0.0
    assert heard_from(0.0, REACH * 0.99).gain < 0.01


@given(st.floats(0.0, float(STEP_LAST)))
def test_neighbours_share_the_power(position: float) -> None:
    """Between two loops of an engine nothing is lost and nothing added."""
    blend = blend_of(position)

    assert blend.low**2 + blend.high**2 == pytest.approx(1.0)
    assert 0 <= blend.step < STEP_LAST


def test_loop_is_exchanged_only_while_it_is_silent() -> None:
    """Climbing, the line of each parity has no gain where its loop changes."""
    position, before = 0.0, blend_of(0.0)
    while position < STEP_LAST - 1:
        position += 0.01
        now = blend_of(position)
        if now.step != before.step:
            # The lower loop leaves its line, and one two steps above takes it.
            assert before.low < 0.05
            assert now.high < 0.05
        before = now


@given(st.floats(500.0, 9000.0))
def test_revs_find_their_loop(rpm: float) -> None:
    """The loop that is chosen turns as fast as the engine, to half a semitone."""
    step = round(step_of(rpm))
    number, semitones = source_of(step)
    turns = rpm_of_loop(number) * 2 ** (semitones / 12)
    limited = min(max(rpm, RPM_FIRST), RPM_FIRST * 2 ** (STEP_LAST / 12))

    assert abs(12 * math.log2(turns / limited)) <= 0.5 + 1e-9
    assert 0 <= number < LOOPS_OF_ENGINE
    assert abs(semitones) <= 1


def test_pitch_rises_towards_and_falls_away() -> None:
    """Who comes nearer sounds higher, who leaves lower, and never by too much."""
    assert doppler_steps(30.0, 0.0, -30.0, 0.0) > 0.5
    assert doppler_steps(30.0, 0.0, 30.0, 0.0) < -0.5
    assert doppler_steps(30.0, 0.0, 0.0, 30.0) == pytest.approx(0.0)
    assert doppler_steps(30.0, 0.0, -300.0, 0.0) == DOPPLER_MAX


def test_easing_does_not_depend_on_the_pictures() -> None:
    """Two short steps end where one long one does."""
    assert eased(eased(0.0, 1.0, 0.02, 0.1), 1.0, 0.03, 0.1) == pytest.approx(
        eased(0.0, 1.0, 0.05, 0.1)
    )
    assert eased(0.5, 1.0, 0.0, 0.1) == 0.5


def test_each_kind_obeys_its_own_volume() -> None:
    """A slider moves one kind, the master all of them."""
    volumes = Preferences(volume_master=100, volume_engine=50, volume_music=100)
    halved = Preferences(volume_master=50, volume_engine=50, volume_music=100)

    assert gain_of(volumes, SoundKind.MUSIC) == 1.0
    assert 0.0 < gain_of(volumes, SoundKind.ENGINE) < 0.5
    for kind in SoundKind:
        assert gain_of(halved, kind) < gain_of(volumes, kind)


def test_mute_is_silence() -> None:
    """Whatever the volumes say."""
    volumes = Preferences(volume_master=100, mute=True)

    assert all(gain_of(volumes, kind) == 0.0 for kind in SoundKind)


def test_zero_is_silence() -> None:
    """A slider at the left end turns its kind off, and the master all."""
    assert gain_of(Preferences(volume_crowd=0), SoundKind.CROWD) == 0.0
    assert all(gain_of(Preferences(volume_master=0), kind) == 0.0 for kind in SoundKind)


def test_nearest_cars_have_the_voices() -> None:
    """There are only so many voices, and none for who is out of reach."""
    voices = voices_for({1: 50.0, 2: 10.0, 3: 30.0, 4: REACH + 1}, {}, 2)

    assert set(voices) == {2, 3}
    assert sorted(voices.values()) == [0, 1]


def test_car_keeps_its_voice() -> None:
    """Two cars about as near do not take the voice from each other in turn."""
    held = voices_for({1: 10.0, 2: 20.0}, {}, 1)
    later = voices_for({1: 20.0, 2: 18.0}, held, 1)
    gone = voices_for({1: 40.0, 2: 18.0}, held, 1)

    assert held == later == {1: 0}
    assert gone == {2: 0}


def test_voice_is_kept_when_others_come_and_go() -> None:
    """Nobody changes the voice while somebody else leaves."""
    held = voices_for({1: 10.0, 2: 20.0, 3: 30.0}, {}, 3)
    left = voices_for({1: 10.0, 3: 30.0, 5: 40.0}, held, 3)

    assert left[1] == held[1]
    assert left[3] == held[3]
    assert left[5] == held[2]


def test_quietest_makes_way_for_a_louder_one() -> None:
    """A new sound takes the voice of a quieter one, or is left out."""
    sounding = [(0, 0.5), (1, 0.2), (2, 0.9)]

    assert quietest(sounding, 0.4) == 1
    assert quietest(sounding, 0.1) is None
