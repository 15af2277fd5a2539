"""The rules of a race, its determinism, and its saves."""

from __future__ import annotations

import math

import pytest

from bots import BotDriver, BotLevel, Sight
from car import CarInput
from race import (
    COUNTDOWN_TICKS,
    JUMP_PENALTY_TICKS,
    EventKind,
    Phase,
    Race,
    RaceEvent,
    is_held,
)
from tests.racing import COAST, FULL, LOADED, MEADOW, kinds, put, run, started


def test_cars_are_held_and_early_throttle_is_a_jump_start() -> None:
    """The brakes let go a second before GO; who moves then is punished."""
    race = Race(MEADOW, 1, [0])
    before = (race.racers[0].car.x, race.racers[0].car.y)
    run(race, FULL, COUNTDOWN_TICKS - 61)
    assert (race.racers[0].car.x, race.racers[0].car.y) == before
    events = run(race, FULL, 61)

    assert EventKind.JUMP_START in kinds(events)
    assert EventKind.GO in kinds(events)
    assert race.racers[0].penalty_ticks == JUMP_PENALTY_TICKS


def test_patient_start_is_legal() -> None:
    """Throttle at GO costs nothing."""
    race = Race(MEADOW, 1, [0])
    run(race, CarInput(), COUNTDOWN_TICKS)
    events = run(race, FULL, 60)

    assert EventKind.JUMP_START not in kinds(events)
    assert race.racers[0].car.speed > 5


def test_driving_against_the_race_is_told_and_makes_a_ghost() -> None:
    """Within a third of a second, and taken back when the car turns."""
    race = Race(MEADOW, 1, [0])
    run(race, CarInput(), COUNTDOWN_TICKS)
    racer = race.racers[0]
    racer.car.heading += math.pi
    racer.car.vx = -10.0
    events = run(race, CarInput(), 30)
    assert EventKind.WRONG_WAY in kinds(events)
    assert racer.ghost
    racer.car.vx = 10.0
    racer.car.heading = 0.0
    events = run(race, CarInput(), 30)

    assert EventKind.RIGHT_WAY in kinds(events)
    assert not racer.ghost


def test_stuck_car_is_put_back_on_the_road() -> None:
    """By its key: standing, facing forward, a ghost for a while."""
    race = Race(MEADOW, 1, [0])
    run(race, CarInput(), COUNTDOWN_TICKS)
    run(race, FULL, 240)
    racer = race.racers[0]
    racer.car.x, racer.car.y = 200.0, 200.0
    events = race.step({0: CarInput(respawn=True)})

    assert EventKind.RESPAWN in kinds(events)
    place = MEADOW.locate(racer.car.x, racer.car.y)
    assert abs(place.offset) < 1.0
    assert racer.car.speed == 0.0
    assert racer.ghost


@pytest.mark.parametrize("name", LOADED)
@pytest.mark.parametrize("number", [0, 2, 9])
def test_missed_gate_is_told_and_mended_by_the_key(name: str, number: int) -> None:
    """Within half a second; then the key puts the car before it, and it counts."""
    track = LOADED[name]
    race = started(track=track)
    racer, gate = race.racers[0], track.gates[number]
    racer.gates_passed = number
    put(race, 0, gate.distance + 1.0, 4.0)
    told = run(race, COAST, 30)
    again = run(race, FULL, 120)
    run(race, CarInput(respawn=True), 1)
    mended = racer.missed_gate
    passed = run(race, FULL, 90)

    assert [one.value for one in told if one.kind is EventKind.MISSED_GATE] == [number]
    assert EventKind.MISSED_GATE not in kinds(again)
    assert not mended
    assert RaceEvent(EventKind.GATE, 0, passed[0].tick, number) in passed


def test_car_that_cuts_across_is_told_of_its_missed_gates() -> None:
    """Another part of the road is no shortcut, however the car came there."""
    for share in (0.2, 0.45, 0.7):
        race = started()
        racer = race.racers[0]
        racer.gates_passed = 3
        put(race, 0, MEADOW.gates[2].distance + 20.0)
        run(race, COAST, 10)
        assert not racer.missed_gate
        hint = racer.hint
        put(race, 0, MEADOW.gates[2].distance + share * MEADOW.length, speed=20.0)
        racer.hint = hint
        events = run(race, COAST, 10)

        assert EventKind.MISSED_GATE in kinds(events)
        assert EventKind.WRONG_WAY not in kinds(events)
        assert racer.progress <= 3 * MEADOW.length / len(MEADOW.gates)


def test_driving_back_to_a_missed_gate_mends_it() -> None:
    """Without the key too: what counts is to cross it."""
    race = started()
    racer, gate = race.racers[0], MEADOW.gates[4]
    racer.gates_passed = 4
    put(race, 0, gate.distance + 12.0)
    run(race, COAST, 3)
    assert racer.missed_gate
    put(race, 0, gate.distance - 3.0)
    events = run(race, COAST, 12)

    assert EventKind.GATE in kinds(events)
    assert not racer.missed_gate


def test_pause_stands_cars_still_and_stops_the_clock() -> None:
    """After a restart nobody has moved and nobody has lost time."""
    race = Race(MEADOW, 1, [0])
    run(race, CarInput(), COUNTDOWN_TICKS)
    run(race, FULL, 200)
    clock = race.tick - race.start_tick
    race.hold(180)
    x = race.racers[0].car.x
    run(race, FULL, 179)

    assert race.racers[0].car.x == x
    assert is_held(race.tick, race.go_tick)
    race.step({0: FULL})
    assert race.phase is Phase.RACING
    assert race.tick - race.start_tick == clock


def test_race_times_out_a_minute_after_the_winner() -> None:
    """Who never arrives is classified without a time."""
    race = Race(MEADOW, 1, [0, 1])
    bot = BotDriver(MEADOW, 0, BotLevel.HARD)
    events: list[RaceEvent] = []
    while race.phase is not Phase.FINISHED:
        events += race.step({0: bot.wishes(Sight.of(race, 0))})

    assert EventKind.TIME_OUT in kinds(events)
    assert race.results()[1].total_ticks is None
    assert race.results()[1].points == 0
