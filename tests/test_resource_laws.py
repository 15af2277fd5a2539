"""What holds whoever wants what: canisters and pits under random cars, and in races.

Units: ticks of 1/60 s; metres, m/s; damage in percent.
"""

from __future__ import annotations

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

import race_save
from car import (
    CAR_WIDTH,
    CHARGE_TICKS_MAX,
    DAMAGE_MAX,
    DRAFT_MAX,
    NITRO_TICKS_MAX,
    Car,
    CarInput,
)
from race import COUNTDOWN_TICKS, EventKind, Race, RaceEvent
from resources import (
    BACK_AFTER_TICKS,
    CANISTER_NITRO_TICKS,
    PitStop,
    lying,
    may_be_mended,
    pick_up,
    reached,
    serve,
)
from slipstream import draft_behind
from tests.racing import MEADOW

NUMBERS = range(len(MEADOW.canisters))
wanderers = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from(NUMBERS),
        st.floats(-6.0, 6.0),
        st.floats(-6.0, 6.0),
        st.floats(-math.pi, math.pi),
    ),
    max_size=8,
    unique_by=lambda one: one[0],
)
"""Cars about canisters: slot, canister, how far aside in x and y, heading."""
moments = st.lists(st.tuples(st.integers(1, 2 * BACK_AFTER_TICKS // 3), wanderers), max_size=12)
"""So many ticks later, these cars are there."""
visitors = st.lists(
    st.tuples(
        st.integers(0, 7), st.floats(-9.0, 9.0), st.floats(0.0, 12.0), st.integers(0, DAMAGE_MAX)
    ),
    max_size=6,
    unique_by=lambda one: one[0],
)
"""Cars about a pit: slot, place along it, speed, damage."""


@given(moments, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_nitro_granted_is_that_of_the_canisters_taken(
    plan: list[tuple[int, list[tuple[int, int, float, float, float]]]], luck: random.Random
) -> None:
    """None twice while it is away, none unclaimed, none to who does not touch it, in any order."""
    back, other_back = [0] * len(NUMBERS), [0] * len(NUMBERS)
    bottles = dict.fromkeys(range(8), 0)
    tick = taken = lost = 0
    for ticks, there in plan:
        tick += ticks
        before = lying(back, tick)
        entries = [
            (slot, Car(MEADOW.canisters[at].x + dx, MEADOW.canisters[at].y + dy, heading))
            for slot, at, dx, dy, heading in there
        ]
        for slot, car in entries:
            car.nitro_ticks = bottles[slot]
        shuffled = [(slot, car.copy()) for slot, car in entries]
        luck.shuffle(shuffled)
        granted = pick_up(MEADOW, entries, back, tick)

        assert pick_up(MEADOW, shuffled, other_back, tick) == granted
        assert other_back == back
        by_slot = dict(entries)
        for got in granted:
            assert before >> got.number & 1
            assert back[got.number] == tick + BACK_AFTER_TICKS
            assert got.number in reached(MEADOW, by_slot[got.slot])
        touched = {number for car in by_slot.values() for number in reached(MEADOW, car)}
        assert len({got.number for got in granted}) == len(granted)
        assert {got.number for got in granted} == {one for one in touched if before >> one & 1}
        for slot, car in entries:
            mine = sum(got.slot == slot for got in granted)
            lost += max(0, bottles[slot] + mine * CANISTER_NITRO_TICKS - NITRO_TICKS_MAX)
            bottles[slot] = car.nitro_ticks
        taken += len(granted)

    assert sum(bottles.values()) == taken * CANISTER_NITRO_TICKS - lost


@given(st.lists(visitors, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_pit_mends_one_at_a_time_and_tells_of_every_point(
    plan: list[list[tuple[int, float, float, int]]], luck: random.Random
) -> None:
    """What cars lose of their damage is what was told, or is being mended."""
    pit = MEADOW.pits[0]
    cos, sin = math.cos(pit.heading), math.sin(pit.heading)
    stops, other_stops = [PitStop()], [PitStop()]
    mended = told = 0
    for tick, there in enumerate(plan):
        entries = [
            (slot, Car(pit.x + at * cos, pit.y + at * sin, pit.heading, speed, damage=damage))
            for slot, at, speed, damage in there
        ]
        shuffled = [(slot, car.copy()) for slot, car in entries]
        luck.shuffle(shuffled)
        holder = stops[0].holder
        waiting = {slot for slot, car in entries if may_be_mended(car) and pit.holds(car.x, car.y)}
        done = serve([pit], entries, stops, tick)

        assert serve([pit], shuffled, other_stops, tick) == done
        assert other_stops == stops
        changed = [
            damage - car.damage
            for (_, _, _, damage), (_, car) in zip(there, entries, strict=True)
            if car.damage != damage
        ]
        assert changed in ([], [1])
        assert (
            stops[0].holder == holder if holder in waiting else stops[0].holder in waiting | {None}
        )
        assert (stops[0].holder is None) == (not waiting)
        mended += sum(changed)
        told += sum(one.points for one in done)

    assert mended == told + stops[0].points


# In races


def race_with(order: list[int], seed: int, *, restore_at: int = 0) -> tuple[Race, list[RaceEvent]]:
    """Run a wild race of four cars about the canisters; inputs are given in this order."""
    luck = random.Random(seed)
    race = Race(MEADOW, 2, range(4))
    for _ in range(COUNTDOWN_TICKS):
        race.step({})
    told: list[RaceEvent] = []
    wishes = dict.fromkeys(range(4), CarInput())
    for tick in range(1500):
        if tick == restore_at:
            race = race_save.load(MEADOW, race_save.dump(race))
        if tick % 150 == 0:
            x, y = luck.choice(MEADOW.canisters)
            for slot in range(4):
                way = slot * math.pi / 2 + luck.uniform(-0.5, 0.5)
                ux, uy = math.cos(way), math.sin(way)
                car = Car(x - 15.0 * ux, y - 15.0 * uy, way, 18.0 * ux, 18.0 * uy, engine_on=True)
                race.racers[slot].car = car
        if tick % 20 == 0:
            wishes = {
                slot: CarInput(
                    luck.random(), 0.0, luck.uniform(-0.3, 0.3), nitro=luck.random() < 0.5
                )
                for slot in range(4)
            }
        told += race.step({slot: wishes[slot] for slot in order})
    return race, told


def test_order_of_asking_changes_nothing() -> None:
    """Whoever's input comes first, the same race comes out, and through a save too."""
    one, told = race_with([0, 1, 2, 3], seed=5)
    other, told_too = race_with([3, 1, 0, 2], seed=5, restore_at=777)

    assert told_too == told
    assert race_save.dump(other) == race_save.dump(one)
    assert sum(event.kind is EventKind.PICKUP for event in told) >= 4


def test_nothing_in_a_race_is_granted_twice() -> None:
    """Each canister stays away for its time; bottles, wear and air keep their bounds."""
    for seed in range(3):
        race, told = race_with([0, 1, 2, 3], seed)
        last: dict[int, int] = {}
        for event in told:
            if event.kind is EventKind.PICKUP:
                assert event.tick >= last.get(event.value, -BACK_AFTER_TICKS) + BACK_AFTER_TICKS
                last[event.value] = event.tick
        assert last
        for racer in race.racers.values():
            car = racer.car
            assert 0 <= car.nitro_ticks <= NITRO_TICKS_MAX
            assert 0 <= car.charge_ticks <= CHARGE_TICKS_MAX
            assert 0 <= car.draft <= DRAFT_MAX
            assert 0 <= car.damage <= DAMAGE_MAX


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-9, 9), st.floats(0, 60)), max_size=7))
@settings(max_examples=100, deadline=None)
def test_air_is_thin_only_behind_others(places: list[tuple[float, float, float]]) -> None:
    """A draft means that some car is ahead, near the own line, and moving on."""
    me = Car(vx=40.0)
    others = [Car(x=x, y=y, vx=speed) for x, y, speed in places]
    leaders = [car for car in others if car.x > 0.0 and abs(car.y) < CAR_WIDTH * 2 and car.vx > 5.0]

    assert draft_behind(me, [*others, me]) == draft_behind(me, leaders)
    assert draft_behind(me, [car for car in others if car.x <= 0.0]) == 0
