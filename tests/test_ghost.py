"""Recorded laps: as they were driven, there and back, and refused when they are none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ghost
from car import CarClass
from errors import BadGhost
from ghost import EVERY_TICKS, GhostLap, Pose, samples_of
from protocol import pack_lap, unpack_lap
from protocol.ranges import GHOST_BYTES_MAX
from race import COUNTDOWN_TICKS, Race
from recorder import Recorder
from tests.racing import COAST, MEADOW, cross_all_gates, put, started

DIGEST = "0123456789abcdef"


def lap_of(ticks: int) -> GhostLap:
    """Return a lap along x at 3.75 m/s, turning all the while."""
    poses = tuple(
        Pose(
            100.0 + min(n * EVERY_TICKS, ticks) / 16,
            50.0,
            math.remainder(min(n * EVERY_TICKS, ticks) / 10, math.tau),
        )
        for n in range(samples_of(ticks))
    )
    return GhostLap(DIGEST, CarClass.LIGHT, ticks, poses)


@given(st.integers(1, ghost.TICKS_MAX))
def test_lap_comes_back_as_it_was_driven(ticks: int) -> None:
    """To the centimetre and a hundredth of a degree, whatever its length; never too long."""
    lap = lap_of(ticks)
    data = pack_lap(lap)
    back = unpack_lap(data)

    assert len(data) <= GHOST_BYTES_MAX
    assert (back.digest, back.car_class, back.ticks) == (DIGEST, CarClass.LIGHT, ticks)
    assert len(back.poses) == len(lap.poses)
    for one, other in zip(back.poses, lap.poses, strict=True):
        assert math.dist(one[:2], other[:2]) < 0.012
        assert abs(math.remainder(one.heading - other.heading, math.tau)) < 2e-4


@pytest.mark.parametrize(("tick", "x"), [(0, 100.0), (2, 100.125), (10, 100.625), (11, 100.6875)])
def test_ghost_is_between_its_samples(tick: float, x: float) -> None:
    """Between two, and before the last, which lies at the end of the lap."""
    pose = lap_of(11).at(tick)

    assert pose is not None
    assert pose.x == pytest.approx(x)
    assert pose.heading == pytest.approx(tick / 10)


@pytest.mark.parametrize("tick", [-0.1, 11.1])
def test_ghost_is_nowhere_before_and_after_its_lap(tick: float) -> None:
    """It waits at the line for nobody."""
    assert lap_of(11).at(tick) is None


def test_ghost_turns_the_short_way() -> None:
    """From just under to just over half a turn."""
    poses = (Pose(0.0, 0.0, 3.1), Pose(0.0, 0.0, -3.1))
    pose = GhostLap(DIGEST, CarClass.LIGHT, 4, poses).at(2)

    assert pose is not None
    assert abs(pose.heading) == pytest.approx(math.pi)


GOOD = pack_lap(lap_of(42))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "too short"),
        (GOOD[:10], "too short"),
        (b"\x02" + GOOD[1:], "version 2"),
        (GOOD[:1] + b"\x03" + GOOD[2:], "no such car"),
        (GOOD[:2] + bytes(4) + GOOD[6:], "no lap takes so long"),
        (GOOD[:2] + b"\xff" * 4 + GOOD[6:], "no lap takes so long"),
        (GOOD[:6] + b"\xff" * 16 + GOOD[22:], "names no track"),
        (GOOD[:6] + bytes(16) + GOOD[22:], "names no track"),
        (GOOD[:-1], "length"),
        (GOOD + bytes(6), "length"),
    ],
)
def test_what_is_no_lap_is_refused(data: bytes, reason: str) -> None:
    """One sentence with the reason and the remedy."""
    with pytest.raises(BadGhost, match=reason) as caught:
        unpack_lap(data)

    assert "drive a better one" in str(caught.value)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_can_be_drawn(data: bytes) -> None:
    """Whatever the bytes, nothing but `BadGhost` comes of them."""
    try:
        lap = unpack_lap(data)
    except BadGhost:
        return
    assert lap.at(lap.ticks) is not None


# Recording


def recorded(race: Race, recorder: Recorder, ticks: int) -> list[tuple[int, GhostLap]]:
    """Run a race of coasting cars and return the laps that ended."""
    done = []
    for _ in range(ticks):
        done += recorder.follow(race, race.step(dict.fromkeys(race.racers, COAST)))
    return done


def finish_lap(race: Race, recorder: Recorder) -> list[tuple[int, GhostLap]]:
    """Bring the first car over the line and return the laps that ended."""
    racer, gates = race.racers[0], race.track.gates
    laps = race.lap_of(0)
    done = []
    while race.lap_of(0) == laps:
        put(race, 0, gates[racer.gates_passed % len(gates)].distance - 0.3)
        done += recorder.follow(race, race.step({}))
    return done


def test_each_lap_is_recorded_from_line_to_line() -> None:
    """The first from GO; every fourth tick, and where the car was at the end."""
    race = Race(MEADOW, 3, [0], solid=False)
    recorder = Recorder()
    assert recorded(race, recorder, COUNTDOWN_TICKS + 50) == []
    grid = race.racers[0].car
    start = (grid.x, grid.y)
    [(slot, first)] = finish_lap(race, recorder)
    [(_, second)] = finish_lap(race, recorder)
    racer = race.racers[0]

    assert slot == 0
    assert first.ticks + second.ticks == race.tick - COUNTDOWN_TICKS
    assert first.digest == MEADOW.digest
    assert len(first.poses) == samples_of(first.ticks)
    assert first.poses[0][:2] == start
    assert second.poses[0] == first.poses[-1]
    assert second.poses[-1] == (racer.car.x, racer.car.y, racer.car.heading)


def test_lap_whose_start_was_not_seen_is_no_lap() -> None:
    """A race that was taken up in the middle; its next lap is one."""
    race = started(laps=3)
    recorded(race, Recorder(), 50)
    late = Recorder()

    assert finish_lap(race, late) == []
    assert len(finish_lap(race, late)) == 1


def test_lap_after_a_jumped_start_is_no_lap() -> None:
    """It had a flying start on the grid."""
    race = started(laps=3)
    race.racers[0].penalty_ticks = 300
    recorder = Recorder()
    recorder._poses = {0: []}

    assert finish_lap(race, recorder) == []
    assert len(finish_lap(race, recorder)) == 1


def test_lap_of_many_minutes_is_not_kept() -> None:
    """Who stands on the grass for that long fills no memory."""
    race = started(laps=3)
    recorder = Recorder()
    race.tick = race.start_tick - 1
    recorded(race, recorder, 8)
    assert recorder._poses
    race.tick = race.start_tick + ghost.TICKS_MAX
    recorded(race, recorder, 1)

    assert not recorder._poses
    assert cross_all_gates(race, 0)
