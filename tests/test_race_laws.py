"""What holds in every race, whatever the drivers do; and that it can be replayed.

Units: ticks of 1/60 s; metres.
"""

from __future__ import annotations

import math
from dataclasses import astuple
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import race_save
import room_save
from bots import BotDriver, Sight
from car import CarInput
from live_race import LiveRace
from lobby import Room, Seat, SeatKind
from personalities import PERSONALITIES
from race import COUNTDOWN_TICKS, EventKind, Phase, Race, RaceEvent
from racer import Racer
from tests.racing import LOADED, put
from track import Track

inputs = st.builds(
    CarInput,
    throttle=st.sampled_from([0.0, 0.5, 1.0]),
    brake=st.sampled_from([0.0, 0.0, 1.0]),
    steering=st.floats(-1, 1),
    handbrake=st.booleans(),
    engine=st.sampled_from([True, True, True, False]),
    respawn=st.sampled_from([False, False, False, True]),
)
legs = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.lists(inputs, min_size=3, max_size=3),
        st.none() | st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(-12, 12)),
    ),
    max_size=12,
)
"""So many ticks of the same inputs; and perhaps a car set down somewhere before."""


def check_laws(race: Race, before: dict[int, int]) -> None:
    """Hold one state of a race against what must always be true."""
    track, gates = race.track, len(race.track.gates)
    for slot, racer in race.racers.items():
        car = racer.car
        assert all(map(math.isfinite, astuple(car)))
        assert 0.0 <= car.x <= track.width
        assert 0.0 <= car.y <= track.height
        assert racer.gates_passed - before[slot] in (0, 1)
        assert race.lap_of(slot) == max(0, racer.gates_passed - 1) // gates
        step = track.length / gates
        low = (racer.gates_passed - 1) * step if racer.gates_passed else -track.length / 2
        assert low - 1e-6 <= racer.progress <= racer.gates_passed * step + 1e-6
        assert (racer.finish_tick is not None) == (race.lap_of(slot) >= race.laps)
        assert 0 <= racer.hint < track.count
        before[slot] = racer.gates_passed
    ranking = race.ranking()
    assert sorted(ranking) == sorted(race.racers)
    assert [race.racers[slot].place for slot in ranking] == list(range(1, len(ranking) + 1))
    results = race.results()
    assert [one.place for one in results] == list(range(1, len(results) + 1))
    times = [one.total_ticks for one in results if one.total_ticks is not None]
    assert times == sorted(times)
    assert all(one.points == 0 for one in results if one.total_ticks is None)


def check_events(race: Race, events: list[RaceEvent], gates: dict[int, int]) -> None:
    """Hold what was told in one tick against the rules."""
    for one in events:
        assert one.tick == race.tick
        assert -(2**31) <= one.value < 2**31
        if one.kind is EventKind.GATE:
            assert one.value == gates[one.slot] % len(race.track.gates)
            gates[one.slot] += 1


@given(st.sampled_from(sorted(LOADED)), st.sampled_from([1, 2]), legs)
@settings(max_examples=40, deadline=None)
def test_laws_hold_whatever_the_drivers_do(
    name: str, laps: int, plan: list[tuple[int, list[CarInput], tuple[int, float, float] | None]]
) -> None:
    """Gates one by one, laps never fewer, bounded progress, a ranking of all, finite numbers."""
    race = Race(LOADED[name], laps, range(3))
    passed, told = dict.fromkeys(range(3), 0), dict.fromkeys(range(3), 0)
    for _ in range(COUNTDOWN_TICKS - 70):
        race.step({})
    for ticks, wishes, move in plan:
        if move is not None and race.phase is Phase.RACING:
            slot, share, offset = move
            put(race, slot, share * race.track.length, offset)
        for _ in range(ticks):
            events = race.step(dict(enumerate(wishes)))
            check_laws(race, passed)
            check_events(race, events, told)


@given(st.sampled_from(sorted(LOADED)), st.lists(st.integers(0, 15), max_size=70))
@settings(max_examples=30, deadline=None)
def test_gates_count_in_order_only(name: str, order: list[int]) -> None:
    """Jumping from gate to gate in any order but the right one gains nothing."""
    race = Race(LOADED[name], 2, [0])
    for _ in range(COUNTDOWN_TICKS):
        race.step({})
    gates = race.track.gates
    racer = race.racers[0]
    due = 0
    for number in order:
        number %= len(gates)
        put(race, 0, gates[number].distance - 0.3)
        due += number == due % len(gates)
        race.step({})
        if race.phase is Phase.FINISHED:
            break
        assert racer.gates_passed == due
        # Past a gate that was not due, the car is told of the one that is.
        beyond = (number - due) % len(gates)
        if 1 <= beyond < len(gates) // 2:
            assert racer.missed_gate

    assert race.lap_of(0) == max(0, due - 1) // len(gates)


# Replaying

Recorded = tuple[list[dict[int, CarInput]], list[list[RaceEvent]], dict[str, object]]


@cache
def recorded(track: Track) -> Recorded:
    """Return the inputs of a race of eight bots, what happened, and how it ended."""
    race = Race(track, 1, range(8))
    bots = {slot: BotDriver(track, slot, personality=PERSONALITIES[slot]) for slot in range(8)}
    given_inputs, told = [], []
    while race.phase is not Phase.FINISHED:
        wishes = {slot: bot.wishes(Sight.of(race, slot)).quantised() for slot, bot in bots.items()}
        if race.tick % 997 == 0:
            wishes[race.tick % 8] = CarInput(respawn=True)
        given_inputs.append(wishes)
        told.append(race.step(wishes))
    return given_inputs, told, race_save.dump(race)


def test_same_inputs_make_the_same_race() -> None:
    """Eight cars from the grid to the last result, event by event, bit by bit."""
    track = LOADED["harbour"]
    given_inputs, told, ended = recorded(track)
    race = Race(track, 1, range(8))
    again = [race.step(wishes) for wishes in given_inputs]

    assert again == told
    assert race_save.dump(race) == ended
    assert len(race.results()) == 8


@pytest.mark.parametrize("share", [0.02, 0.4, 0.95])
def test_race_restored_in_the_middle_ends_the_same(share: float) -> None:
    """Through a save of the room, as a killed server would read it back."""
    track = LOADED["harbour"]
    given_inputs, told, ended = recorded(track)
    middle = int(share * len(given_inputs))
    race = Race(track, 1, range(8))
    for wishes in given_inputs[:middle]:
        race.step(wishes)
    live = LiveRace("room-race", track, race)
    live.entrants = {slot: (f"Bot {slot}", "", int(SeatKind.BOT)) for slot in range(8)}
    room = Room("room", "Room", track.name, laps=1, bots=8)
    room.seats = {slot: Seat(slot, "", f"Bot {slot}", SeatKind.BOT) for slot in range(8)}
    blob = room_save.encode(room, live, digest=track.digest)
    restored = room_save.decode(blob, {track.name: track}).live
    assert restored is not None
    again = [restored.race.step(wishes) for wishes in given_inputs[middle:]]

    assert restored.frozen
    assert again == told[middle:]
    assert race_save.dump(restored.race) == ended


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7),
            st.sampled_from([-3.0, 0.0, 12.5, 400.0]),
            st.none() | st.sampled_from([4000, 4010]),
            st.sampled_from([0, 10]),
            st.booleans(),
        ),
        max_size=20,
    ),
    st.booleans(),
)
def test_places_do_not_depend_on_those_before(
    changes: list[tuple[int, float, int | None, int, bool]], solid: bool
) -> None:
    """By time, then by progress, then who has left; of two alike the lower slot."""
    race = Race(LOADED["meadow"], 3, range(8), solid=solid)

    def rank(racer: Racer) -> tuple[int, float, int]:
        total = race.total_of(racer) if solid else racer.best_lap_ticks
        if total is not None:
            return 0, total, racer.slot
        return 1 + racer.gone, -racer.progress, racer.slot

    for slot, progress, ticks, penalty, gone in changes:
        racer = race.racers[slot]
        racer.progress, racer.finish_tick, racer.best_lap_ticks = progress, ticks, ticks
        racer.penalty_ticks, racer.gone = penalty, gone
        race.rank()
        by_place = sorted(race.racers.values(), key=lambda one: one.place)

        assert by_place == sorted(race.racers.values(), key=rank)
        assert race.ranking() == [one.slot for one in by_place]
