"""What a race rules: starts, ghosts, finishes, results, pauses.

Units: ticks of 1/60 s; metres.
"""

from __future__ import annotations

import math

import pytest

from car import CarInput
from race import (
    AFTER_WINNER_TICKS,
    COUNTDOWN_TICKS,
    JUMP_PENALTY_TICKS,
    LAP_TICKS_MAX,
    RESPAWN_GHOST_TICKS,
    EventKind,
    Phase,
    Race,
)
from racer import RESPAWN_EVERY_TICKS
from tests.racing import COAST, FULL, MEADOW, cross_all_gates, is_over, kinds, put, run, started

# The start


def test_car_pushed_over_the_grid_has_not_jumped_the_start() -> None:
    """Only who drives is punished, not who is hit from behind, brakes on or not."""
    for wishes in (COAST, CarInput(brake=1.0), CarInput(handbrake=True)):
        race = Race(MEADOW, 1, [0, 1])
        run(race, COAST, COUNTDOWN_TICKS - 55)
        front, rear = race.racers[0].car, race.racers[1].car
        rear.x, rear.y = (
            front.x - 6.0 * math.cos(front.heading),
            front.y - 6.0 * math.sin(front.heading),
        )
        rear.heading = front.heading
        events = []
        for _ in range(54):
            events += race.step({0: wishes, 1: FULL})

        assert (EventKind.CONTACT, 0) in {(one.kind, one.slot) for one in events}
        assert [one.slot for one in events if one.kind is EventKind.JUMP_START] == [1]


def test_holding_the_brake_is_no_jump_start() -> None:
    """The car creeps backwards then, which gains nothing."""
    race = Race(MEADOW, 1, [0])
    run(race, COAST, COUNTDOWN_TICKS - 61)

    assert run(race, CarInput(brake=1.0), 60) == []


def test_jump_start_costs_five_seconds_and_the_place() -> None:
    """First over the line is second when the penalty is added."""
    race = started(cars=2)
    race.racers[0].penalty_ticks = JUMP_PENALTY_TICKS
    cross_all_gates(race, 0)
    assert race.results()[0].slot == 0
    run(race, COAST, JUMP_PENALTY_TICKS - 60)
    cross_all_gates(race, 1)
    first, second = race.results()

    assert (first.slot, second.slot) == (1, 0)
    assert second.total_ticks is not None
    assert race.racers[0].finish_tick is not None
    assert second.total_ticks == race.racers[0].finish_tick - race.start_tick + JUMP_PENALTY_TICKS


# Ghosts


def test_car_that_drives_against_the_race_is_passed_through() -> None:
    """Head on, nobody is touched; once it has turned and is clear it is solid again."""
    race = started(cars=2)
    put(race, 0, 300.0, speed=15.0)
    put(race, 1, 345.0)
    car = race.racers[1].car
    car.heading = math.remainder(car.heading + math.pi, 2 * math.pi)
    car.vx, car.vy = 15.0 * math.cos(car.heading), 15.0 * math.sin(car.heading)
    events = run(race, COAST, 150)

    assert EventKind.WRONG_WAY in kinds(events)
    assert EventKind.CONTACT not in kinds(events)
    assert race.racers[1].wrong_way
    assert not race.racers[0].ghost


def test_ghost_turns_solid_only_when_it_stands_in_nobody() -> None:
    """A car put back into another one waits until they have come apart."""
    race = started(cars=2)
    put(race, 0, 300.0, speed=0.0)
    put(race, 1, 300.0, 1.0, speed=0.0)
    race.racers[1].ghost = True
    together = run(race, COAST, 30)
    assert race.racers[1].ghost
    put(race, 1, 320.0, speed=0.0)
    run(race, COAST, 1)

    assert EventKind.CONTACT not in kinds(together)
    assert not race.racers[1].ghost


def test_respawn_has_a_pause_and_a_ghost() -> None:
    """Three seconds between two, and two seconds of touching nobody."""
    race = started()
    put(race, 0, 300.0)
    race.racers[0].gates_passed = 4
    ticks = []
    ghost_ticks = 0
    for _ in range(RESPAWN_EVERY_TICKS + 1):
        events = race.step({0: CarInput(respawn=True)})
        ticks += [one.tick for one in events if one.kind is EventKind.RESPAWN]
        ghost_ticks += race.racers[0].ghost

    assert ticks == [COUNTDOWN_TICKS + 1, COUNTDOWN_TICKS + 1 + RESPAWN_EVERY_TICKS]
    assert RESPAWN_GHOST_TICKS - 1 <= ghost_ticks - 1 <= RESPAWN_GHOST_TICKS + 1


# The finish


def test_laps_are_timed_from_line_to_line() -> None:
    """The first from GO; the best is kept, and told when it is the race's."""
    race = started(laps=2)
    run(race, COAST, 100)
    events = cross_all_gates(race, 0)
    first = race.tick - race.start_tick
    slow = run(race, COAST, 400)
    events += slow + cross_all_gates(race, 0)
    laps = [one.value for one in events if one.kind is EventKind.LAP]
    result = race.results()[0]

    assert laps == [first, race.tick - race.start_tick - first]
    assert [one.value for one in events if one.kind is EventKind.BEST_LAP] == [first]
    assert result.best_lap_ticks == first
    assert result.total_ticks == sum(laps)
    assert race.phase is Phase.FINISHED


def test_results_tell_place_points_and_times() -> None:
    """Finishers by time, then who was still driving, then who left; points for finishers."""
    race = started(cars=5)
    put(race, 4, 200.0, speed=0.0)
    race.racers[4].gates_passed = 3
    put(race, 3, 100.0, speed=0.0)
    race.racers[3].gates_passed = 2
    put(race, 2, 400.0, speed=0.0)
    race.racers[2].gates_passed = 5
    race.step({})
    race.retire(2)
    cross_all_gates(race, 1)
    run(race, COAST, 5)
    cross_all_gates(race, 0)
    while race.phase is not Phase.FINISHED:
        events = race.step({})
    results = race.results()

    assert [one.slot for one in results] == [1, 0, 4, 3, 2]
    assert [one.place for one in results] == [1, 2, 3, 4, 5]
    assert [one.points for one in results] == [25, 18, 0, 0, 0]
    assert [one.total_ticks is None for one in results] == [False, False, True, True, True]
    assert sorted(one.slot for one in events if one.kind is EventKind.TIME_OUT) == [3, 4]


def test_equal_times_are_told_apart_by_the_grid() -> None:
    """The same tick twice: who started further in front is first, always."""
    race = started(cars=2)
    for slot in (1, 0):
        race.racers[slot].gates_passed = len(MEADOW.gates)
        put(race, slot, MEADOW.length - 0.2, 3.0 * slot)
    race.step({})
    results = race.results()

    assert [one.slot for one in results] == [0, 1]
    assert results[0].total_ticks == results[1].total_ticks
    assert race.phase is Phase.FINISHED


def test_race_ends_when_all_have_left() -> None:
    """On the grid or in mid-race, with nobody left there is nothing to wait for."""
    for ticks in (10, COUNTDOWN_TICKS + 100):
        race = Race(MEADOW, 3, [2, 5])
        run(race, FULL, ticks)
        race.retire(2)
        race.step({5: FULL})
        assert not is_over(race)
        race.retire(5)
        events = race.step({})

        assert kinds(events) == {EventKind.RACE_OVER}
        assert is_over(race)
        assert {one.total_ticks for one in race.results()} == {None}
        assert {one.points for one in race.results()} == {0}


def test_finished_car_that_leaves_keeps_its_result() -> None:
    """And the race goes on for the others."""
    race = started(cars=2)
    cross_all_gates(race, 1)
    race.retire(1)
    race.step({})

    assert race.phase is Phase.RACING
    assert race.results()[0].slot == 1
    assert race.results()[0].points == 25


def test_race_that_nobody_finishes_ends_too() -> None:
    """Two and a half minutes a lap, and a minute more."""
    race = started(laps=2)
    race.tick += 2 * LAP_TICKS_MAX + AFTER_WINNER_TICKS
    events = run(race, COAST, 2)

    assert kinds(events) == {EventKind.TIME_OUT, EventKind.RACE_OVER}
    assert race.phase is Phase.FINISHED
    assert race.step({0: FULL}) == []


# Pauses


@pytest.mark.parametrize("ticks", [0, 100, COUNTDOWN_TICKS - 1])
def test_pause_in_the_countdown_counts_anew(ticks: int) -> None:
    """Players who come back to the grid find three seconds to get ready, not none."""
    race = Race(MEADOW, 1, [0])
    run(race, COAST, ticks)
    race.hold(180)
    waited = 0
    while race.phase is not Phase.RACING:
        race.step({0: COAST})
        waited += 1

    assert waited >= 180
    assert race.start_tick == race.go_tick == race.tick
    assert race.racers[0].lap_started_tick == race.tick


def test_pause_keeps_finished_and_best_times() -> None:
    """What was driven before the pause is not made longer by it."""
    race = started(cars=2)
    cross_all_gates(race, 1)
    before = race.results()[0]
    race.hold(180)
    run(race, COAST, 181)

    assert race.results()[0] == before
