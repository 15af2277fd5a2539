"""What the track lends, seen from a client: shown at once, never taken back silently.

Units: ticks of 1/60 s; metres, m/s.
"""

from __future__ import annotations

import math

import pytest

from car import Car, CarInput
from commentary import CANISTER_LOST
from protocol import CarFlag, EventRow
from race import EventKind
from race_state import TRIAL
from resources import CANISTER_NITRO_TICKS, START_NITRO_TICKS, reached
from tests.racing import put
from tests.remote_race import RemoteRace

CANISTER = 0
BIT = 1 << CANISTER
SPEED = 20.0
FULL = START_NITRO_TICKS + CANISTER_NITRO_TICKS


def approaching(delay_s: float = 0.1, slots: int = 1) -> RemoteRace:
    """Return a race whose car at slot 0 is about to reach a canister, and is seen to be."""
    there = RemoteRace(delay_s, slots)
    there.run_to_racing(0.5)
    aim(there, 30.0)
    for slot in range(1, slots):
        put(there.live.race, slot, 20.0 * slot, speed=0.0)
    return there


def aim(there: RemoteRace, away: float) -> None:
    """Let the car at slot 0 drive at a canister, from so far away."""
    track, racer = there.live.track, there.live.race.racers[0]
    goal = track.canisters[CANISTER]
    x, y, _ = track.point_at(track.locate(*goal).distance - away)
    heading = math.atan2(goal.y - y, goal.x - x)
    vx, vy = SPEED * math.cos(heading), SPEED * math.sin(heading)
    racer.car = Car(x, y, heading, vx, vy, engine_on=True, nitro_ticks=START_NITRO_TICKS)
    racer.hint = track.locate(x, y).sample


def straight_on(there: RemoteRace, ticks: int) -> tuple[list[int], list[int]]:
    """Drive on; return bottle and bits as the client shows them, tick by tick."""
    bottle, bits = [], []

    def watch() -> None:
        bottle.append(there.view.own_car(there.now).nitro_ticks)
        bits.append(there.view.canisters & BIT)

    there.run(ticks, lambda tick: CarInput(throttle=0.3), watch)
    return bottle, bits


def until_seen_taken(there: RemoteRace) -> tuple[list[int], list[int]]:
    """Drive on until the client shows the canister as taken; return what it showed."""
    bottle, bits = straight_on(there, 1)
    for _ in range(150):
        if not bits[-1]:
            return bottle, bits
        more = straight_on(there, 1)
        bottle, bits = bottle + more[0], bits + more[1]
    pytest.fail("the car never reached the canister")


def steps(values: list[int]) -> list[int]:
    """Return the values without repetitions."""
    return [value for at, value in enumerate(values) if at == 0 or value != values[at - 1]]


def events(there: RemoteRace) -> list[EventRow]:
    """Return what the view has to tell of canisters."""
    kinds = (EventKind.PICKUP, CANISTER_LOST)
    return [one for one in there.view.events if one.kind in kinds]


@pytest.mark.parametrize("delay_s", [0.0, 0.03, 0.1])
def test_own_pickup_is_seen_at_once_and_stays(delay_s: float) -> None:
    """Before the server grants it, and with no flicker of gauge or canister when it does."""
    there = approaching(delay_s)
    first_bottle, first_bits = straight_on(there, 12)
    bottle, bits = until_seen_taken(there)
    bottle, bits = first_bottle + bottle, first_bits + bits
    granted = not there.live.race.canisters & BIT
    more = straight_on(there, 60)
    bottle, bits = bottle + more[0], bits + more[1]

    assert not granted
    assert not there.live.race.canisters & BIT
    assert steps(bottle) == [START_NITRO_TICKS, FULL]
    assert steps(bits) == [BIT, 0]
    assert [one.kind for one in events(there)] == [EventKind.PICKUP]


def test_rival_who_was_first_is_named() -> None:
    """The gauge falls back with a reason: whose canister it was."""
    there = approaching(slots=2)
    rival = there.live.race.racers[1]
    x, y = there.live.track.canisters[CANISTER]
    away = rival.car
    until_seen_taken(there)
    # The client sees the canister as its own; the server has not come so far.
    assert there.live.race.canisters & BIT
    rival.car = Car(x=x + 3.0, y=y, heading=math.pi)
    rival.ghost = False
    straight_on(there, 1)
    rival.car = away
    bottle, bits = straight_on(there, 60)

    assert not there.live.race.canisters & BIT
    assert steps(bottle) == [FULL, START_NITRO_TICKS]
    assert steps(bits) == [0]
    assert [(one.kind, one.slot, one.value) for one in events(there)] == [
        (EventKind.PICKUP, 1, CANISTER),
        (CANISTER_LOST, 1, CANISTER),
    ]


def test_canister_that_nobody_was_granted_lies_there_again() -> None:
    """The car was not where it seemed; the player is told, and the picture put right."""
    there = approaching()
    track = there.live.track
    until_seen_taken(there)
    x, y = track.canisters[CANISTER]
    assert CANISTER not in reached(track, there.live.race.racers[0].car)
    put(there.live.race, 0, track.locate(x, y).distance + 12.0, speed=SPEED)
    there.live.race.racers[0].car.nitro_ticks = START_NITRO_TICKS
    bottle, bits = straight_on(there, 60)

    assert steps(bottle) == [FULL, START_NITRO_TICKS]
    assert steps(bits) == [0, BIT]
    assert [(one.kind, one.slot, one.value) for one in events(there)] == [
        (CANISTER_LOST, 0, CANISTER)
    ]


@pytest.mark.parametrize("delay_s", [0.03, 0.1])
def test_tow_is_predicted_to_the_millimetre(delay_s: float) -> None:
    """In another's wake the air thins for the client as it does on the server."""
    there = RemoteRace(delay_s, slots=2, track="bowl")
    there.run_to_racing(0.5)
    for slot, distance in ((1, 100.0), (0, 84.0)):
        put(there.live.race, slot, distance, speed=40.0)
    there.run(30, lambda tick: CarInput(throttle=0.5))
    worst, drafts = 0.0, []

    def watch() -> None:
        nonlocal worst
        worst = max(worst, there.view.prediction.corrected)
        drafts.append(there.view.own_car(there.now).draft)

    there.run(60, lambda tick: CarInput(throttle=0.5), watch)

    assert max(drafts) > 100
    assert worst < 0.005


def test_car_in_other_hands_is_not_said_to_take_anything() -> None:
    """What a caretaker does is guessed: nothing is shown that may have to be taken back."""
    there = approaching()
    track = there.live.track
    place = track.locate(*track.canisters[CANISTER])
    passed = sum(gate.distance < place.distance - 9.0 for gate in track.gates)
    there.live.race.racers[0].gates_passed = passed
    there.live.seat_bot(0, seed=0, caretaker=True)
    there.run(20, lambda tick: CarInput())
    put(there.live.race, 0, place.distance - 9.0, place.offset, speed=SPEED)
    too_soon = []
    for _ in range(60):
        straight_on(there, 1)
        if not there.view.canisters & BIT and there.live.race.canisters & BIT:
            too_soon.append(there.live.race.tick)

    assert not there.live.race.canisters & BIT
    assert not there.view.canisters & BIT
    assert too_soon == []
    assert [one.kind for one in events(there)] == [EventKind.PICKUP]


def wild(tick: int) -> CarInput:
    """Return the input of a driver who burns, slides and hits walls."""
    return CarInput(
        throttle=1.0,
        steering=math.sin(tick / 25.0),
        handbrake=tick % 90 < 20,
        nitro=tick % 60 < 30,
    )


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
def test_all_that_a_car_does_alone_is_predicted_exactly(delay_s: float) -> None:
    """Bottle, drift, damage by walls: no snapshot corrects any of it."""
    there = RemoteRace(delay_s, track="harbour")
    there.run_to_racing(0.5)
    there.live.race.racers[0].car.nitro_ticks = 200
    there.run(40, lambda tick: CarInput())
    predicted: dict[int, Car] = {}
    wrong, seen = [], []

    def watch() -> None:
        prediction = there.view.prediction
        server, tick = there.live.race.racers[0].car, there.live.race.tick
        if prediction.tick is not None:
            predicted[prediction.tick] = prediction.car.copy()
        seen.append((server.nitro_ticks, server.charge_ticks, server.damage))
        if tick in predicted and predicted[tick] != server:
            wrong.append(tick)

    there.run(600, wild, watch)
    bottle, charge, damage = zip(*seen, strict=True)

    assert wrong == []
    assert min(bottle) < 150
    assert max(charge) > 10
    assert max(damage) > 0


def test_mending_is_predicted_once_the_server_has_begun() -> None:
    """Point by point, with nothing taken back; the pit itself is the server's to give."""
    there = RemoteRace(0.1)
    there.run_to_racing(0.5)
    pit = there.live.track.pits[0]
    there.live.race.racers[0].car = Car(pit.x, pit.y, pit.heading, damage=40)
    there.run(30, lambda tick: CarInput())
    damage = []
    there.run(
        120, lambda tick: CarInput(), lambda: damage.append(there.view.own_car(there.now).damage)
    )

    assert damage == sorted(damage, reverse=True)
    assert damage[0] > 10
    assert damage[-1] == 0
    assert there.live.race.racers[0].car.damage == 0


def test_own_car_of_a_time_trial_looks_solid() -> None:
    """The others are ghosts; and there is nothing to take, nor to break."""
    there = RemoteRace(0.05, slots=2, solid=False)
    there.run_to_racing(0.5)
    flags = {one.slot: one.flags for one in there.view.cars(there.now)}

    assert there.view.mode == TRIAL
    assert not flags[0] & CarFlag.GHOST
    assert flags[1] & CarFlag.GHOST
    assert there.view.canisters == 0
    assert not there.view.damage_on
