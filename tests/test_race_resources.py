"""Canisters, pits, tows and damage in a race; and the time trial, which shares nothing.

Units: ticks of 1/60 s; metres, m/s; damage in percent.
"""

from __future__ import annotations

import math

import pytest

import bulletins
import race_save
from car import Car, CarClass, CarInput
from errors import BadSave
from live_race import LiveRace
from lobby import Room
from protocol import CarFlag, unpack_cars
from race import COUNTDOWN_TICKS, RESPAWN_GHOST_TICKS, EventKind, Phase, Race, RaceEvent
from resources import CANISTER_NITRO_TICKS, MEND_EVERY_TICKS, START_NITRO_TICKS
from tests.racing import COAST, MEADOW, cross_all_gates, put, run, started
from track import track_of


def on_canister(race: Race, slot: int, number: int = 0, aside: float = 0.0) -> None:
    """Stand a car on a canister, or so far aside."""
    x, y = race.track.canisters[number]
    _, _, heading = race.track.point_at(race.track.locate(x, y).distance)
    aside_x, aside_y = -math.sin(heading) * aside, math.cos(heading) * aside
    racer = race.racers[slot]
    racer.car = Car(x + aside_x, y + aside_y, heading, nitro_ticks=racer.car.nitro_ticks)


def in_pit(race: Race, slot: int, damage: int, number: int = 0) -> None:
    """Stand a damaged car in a pit."""
    pit = race.track.pits[number]
    race.racers[slot].car = Car(pit.x, pit.y, pit.heading, damage=damage)


def of(events: list[RaceEvent], kind: EventKind) -> list[tuple[int, int]]:
    """Return slot and value of the events of a kind."""
    return [(one.slot, one.value) for one in events if one.kind is kind]


def flags_of(race: Race, slot: int) -> CarFlag:
    """Return the flags of a car as a snapshot tells them."""
    snapshot = bulletins.snapshot(Room("r", "R", "meadow", 1, 0), LiveRace("r-1", MEADOW, race))
    return next(one.flags for one in unpack_cars(snapshot.cars) if one.slot == slot)


def trial(cars: int = 2, laps: int = 2) -> Race:
    """Return a time trial at GO."""
    race = Race(MEADOW, laps, range(cars), solid=False)
    run(race, COAST, COUNTDOWN_TICKS)
    return race


# What is granted


def test_car_that_reaches_a_canister_is_granted_it_and_all_are_told() -> None:
    """As an event, in the bottle, and in the bits of the snapshot."""
    race = started(cars=2)
    on_canister(race, 1, number=2)
    events = race.step({})

    assert of(events, EventKind.PICKUP) == [(1, 2)]
    assert race.racers[1].car.nitro_ticks == START_NITRO_TICKS + CANISTER_NITRO_TICKS
    assert race.canisters == (1 << len(MEADOW.canisters)) - 1 - (1 << 2)
    snapshot = bulletins.snapshot(Room("r", "R", "meadow", 1, 0), LiveRace("r-1", MEADOW, race))
    assert snapshot.canisters == race.canisters


def test_ghost_takes_nothing() -> None:
    """Who was just put back, or drives the wrong way, does not touch canisters either."""
    race = started(cars=1)
    race.step({0: CarInput(respawn=True)})
    on_canister(race, 0)
    events = run(race, COAST, RESPAWN_GHOST_TICKS - 2)
    late = run(race, COAST, 4)

    assert of(events, EventKind.PICKUP) == []
    assert of(late, EventKind.PICKUP) == [(0, 0)]


def test_nothing_is_granted_before_go() -> None:
    """Nor while a race that was held counts down."""
    race = started(cars=1)
    race.hold(30)
    on_canister(race, 0)
    waiting = run(race, COAST, 29)
    going = run(race, COAST, 1)

    assert of(waiting, EventKind.PICKUP) == []
    assert of(going, EventKind.PICKUP) == [(0, 0)]


def test_car_in_a_pit_is_mended_and_everybody_sees_it() -> None:
    """Until it is whole; the event tells by how much."""
    race = started(cars=2)
    in_pit(race, 1, damage=12)
    race.step({})
    assert race.is_mended(1)
    assert flags_of(race, 1) & CarFlag.REPAIRING
    assert not flags_of(race, 0) & CarFlag.REPAIRING
    events = run(race, COAST, 12 * MEND_EVERY_TICKS + 1)

    assert of(events, EventKind.REPAIRED) == [(1, 12)]
    assert race.racers[1].car.damage == 0
    assert not flags_of(race, 1) & CarFlag.REPAIRING


def test_race_without_damage_knows_none() -> None:
    """A room may switch it off: walls and cars cost speed alone."""
    for damage in (True, False):
        race = Race(MEADOW, 1, range(2), damage=damage)
        run(race, COAST, COUNTDOWN_TICKS)
        put(race, 0, 100.0, speed=0.0)
        put(race, 1, 92.0, speed=30.0)
        run(race, COAST, 30)

        assert (race.racers[0].car.damage > 0) == damage
        assert (race.racers[1].car.damage > 0) == damage


def test_respawn_neither_mends_nor_empties() -> None:
    """Class, damage and bottle stay; what was in the making is gone."""
    race = Race(MEADOW, 1, [0], classes={0: CarClass.MUSCLE})
    run(race, COAST, COUNTDOWN_TICKS)
    car = race.racers[0].car
    car.damage, car.nitro_ticks, car.charge_ticks, car.draft = 40, 90, 50, 200
    race.step({0: CarInput(respawn=True)})
    after = race.racers[0].car

    assert after is not car
    assert (after.car_class, after.damage, after.nitro_ticks) == (CarClass.MUSCLE, 40, 90)
    assert (after.charge_ticks, after.draft) == (0, 0)


def test_each_car_is_of_its_class() -> None:
    """Who did not choose drives a touring car."""
    race = Race(
        MEADOW, 1, range(3), classes={0: CarClass.LIGHT, 2: CarClass.MUSCLE, 7: CarClass.LIGHT}
    )

    assert [race.racers[slot].car.car_class for slot in range(3)] == [
        CarClass.LIGHT, CarClass.TOURING, CarClass.MUSCLE,
    ]  # fmt: skip


def test_air_is_thin_behind_a_car_and_nowhere_else() -> None:
    """The one ahead, and one beside, have all of it to push."""
    race = Race(track_of("bowl"), 1, range(3))
    run(race, COAST, COUNTDOWN_TICKS)
    put(race, 0, 60.0, speed=40.0)
    put(race, 1, 75.0, speed=40.0)
    put(race, 2, 60.0, 6.0, speed=40.0)
    run(race, CarInput(throttle=0.5), 20)

    assert race.racers[0].car.draft > 50
    assert race.racers[1].car.draft == 0
    assert race.racers[2].car.draft == 0


# Time trials


def test_cars_of_a_time_trial_never_touch() -> None:
    """They drive through each other, whole and alone in the air."""
    race = trial()
    put(race, 0, 100.0, speed=0.0)
    put(race, 1, 92.0, speed=30.0)
    events = run(race, COAST, 30)

    assert of(events, EventKind.CONTACT) == []
    assert race.racers[0].car.speed == 0.0
    assert race.racers[1].car.speed > 25.0
    assert all(racer.car.damage == racer.car.draft == 0 for racer in race.racers.values())


def test_time_trial_shares_nothing() -> None:
    """No canister lies there, the bottle is empty, no pit opens."""
    race = trial()
    on_canister(race, 0)
    in_pit(race, 1, damage=20)
    events = run(race, COAST, 20)

    assert of(events, EventKind.PICKUP) == of(events, EventKind.REPAIRED) == []
    assert race.canisters == 0
    assert race.racers[0].car.nitro_ticks == 0
    assert race.racers[1].car.damage == 20


def test_best_lap_decides_a_time_trial() -> None:
    """Not who was at the end first; points are for races."""
    race = trial(cars=3)
    cross_all_gates(race, 0)
    for _ in range(2):
        run(race, COAST, 50)
        cross_all_gates(race, 1)
    cross_all_gates(race, 0)
    finished = [race.racers[slot].finish_tick or 0 for slot in range(3)]
    best = [race.racers[slot].best_lap_ticks or 0 for slot in range(3)]
    results = race.results()

    assert 0 == finished[2] < finished[1] < finished[0]
    assert 0 == best[2] < best[0] < best[1]
    assert [one.slot for one in results] == [0, 1, 2]
    assert [one.points for one in results] == [0, 0, 0]


# Saves


def test_save_in_the_middle_of_everything_is_exact() -> None:
    """A canister away, a car in the pit, classes, a bottle half full."""
    race = Race(MEADOW, 2, range(3), classes={2: CarClass.LIGHT})
    run(race, COAST, COUNTDOWN_TICKS)
    on_canister(race, 0)
    in_pit(race, 2, damage=33)
    run(race, COAST, 9)
    data = race_save.dump(race)
    loaded = race_save.load(MEADOW, data)

    assert race_save.dump(loaded) == data
    assert loaded.canisters == race.canisters
    assert loaded.is_mended(2)
    assert run(loaded, COAST, 100) == run(race, COAST, 100)
    assert race_save.dump(loaded) == race_save.dump(race)


def test_time_trial_stays_one_through_a_save() -> None:
    """What is not there is not saved either."""
    race = trial()
    loaded = race_save.load(MEADOW, race_save.dump(race))

    assert not loaded.solid
    assert not loaded.damage
    assert (loaded.canisters_back, loaded.pit_stops) == ([], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("canisters_back", [0]),
        ("canisters_back", [10**9] * len(MEADOW.canisters)),
        ("canisters_back", [0.5] * len(MEADOW.canisters)),
        ("pit_stops", [[5, 0]] * len(MEADOW.pits)),
        ("pit_stops", [[0, 101]] * len(MEADOW.pits)),
        ("pit_stops", [[0]] * len(MEADOW.pits)),
        ("pit_stops", []),
        ("damage", 1),
        ("solid", None),
        ("solid", False),
    ],
)
def test_wrong_resources_are_refused(name: str, value: object) -> None:
    """A save that could stop the server later does not get in."""
    data = race_save.dump(started(cars=2))

    with pytest.raises(BadSave):
        race_save.load(MEADOW, {**data, name: value})


# The crossing


def test_car_on_a_crossing_keeps_its_branch() -> None:
    """Where two parts of the road cross, nobody is told to drive the wrong way."""
    track = track_of("eight")
    race = Race(track, 1, [0])
    run(race, COAST, COUNTDOWN_TICKS)
    racer = race.racers[0]
    for crossing in track.crossings:
        for middle in (crossing.first, crossing.second):
            distance = middle * track.spacing
            racer.gates_passed = sum(gate.distance < distance - 25.0 for gate in track.gates)
            put(race, 0, distance - 25.0, speed=25.0)
            events = run(race, COAST, 120)

            assert abs(math.remainder(racer.hint * track.spacing - distance, track.length)) < 40.0
            told = {EventKind.WRONG_WAY, EventKind.MISSED_GATE}
            assert not told & {one.kind for one in events}
    assert race.phase is Phase.RACING
