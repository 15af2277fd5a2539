"""What bots fetch, how they err, and how they get going again.

Units: ticks of 1/60 s; metres and seconds where a name says so.
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

from bots import SKILLS, BotDriver, BotLevel
from car import NITRO_TICKS_MAX, Car, CarInput
from errands import PIT_DAMAGE, Errands
from pace import FREE_MAX, pace_of
from personalities import CARETAKER, PERSONALITIES, PLAIN, Personality, personality_of
from race import EventKind, Race
from rescue import REVERSE_TICKS, STUCK_TICKS, Rescue
from sight import Sight
from slips import GOOD, Slip, Slips
from tests.proving_ground import car_at, sight_of
from track import Track, track_names, track_of
from tuning import CarClass

HARBOUR = track_of("harbour")
PACE = pace_of(HARBOUR)
ALL = (1 << len(HARBOUR.canisters)) - 1


# Who they are


def test_cast_is_told_apart() -> None:
    """Every name, line and set of traits is somebody's own, and every class has friends."""
    assert len(PERSONALITIES) >= 12
    assert len({one.name for one in PERSONALITIES}) == len(PERSONALITIES)
    assert len({one.character for one in PERSONALITIES}) == len(PERSONALITIES)
    assert {one.favourite for one in PERSONALITIES} == set(CarClass)
    for one in PERSONALITIES:
        assert personality_of(one.name) is one
        for trait in ("talent", "aggression", "patience", "smoothness", "bravery", "drift",
                      "nitro", "greed"):  # fmt: skip
            assert 0.0 <= getattr(one, trait) <= 1.0
    assert personality_of("Nobody we know") is PLAIN


# Canisters and pits


def first_canister() -> tuple[float, float]:
    """Return where a canister near the line lies, on a straight: distance and offset."""
    near = [one for one in PACE.canisters if abs(one.offset - PACE.line[one.sample]) < 1.5]
    place = min(near, key=lambda one: abs(PACE.bends[one.sample]))
    return place.distance, place.offset


def fetched(
    car: Car, *others: Car, canisters: int = ALL, who: Personality = PLAIN, on: Track = HARBOUR
) -> bool:
    """Whether a driver goes for a canister."""
    here = on.locate(car.x, car.y)
    sight = sight_of(on, car, *others, canisters=canisters)
    return Errands(on, pace_of(on), who).goal(sight, here) is not None


def test_canister_is_fetched_when_it_is_worth_it() -> None:
    """One that lies near the line is; a full bottle, or one that is gone, is left alone."""
    distance, offset = first_canister()
    car = car_at(HARBOUR, distance - 30.0, offset, 25.0)

    assert fetched(car)
    assert not fetched(car, canisters=0)
    car.nitro_ticks = NITRO_TICKS_MAX
    assert not fetched(car)


def test_canister_is_left_to_who_is_there_first() -> None:
    """A car ahead that drives at it will have it; one that is behind will not."""
    distance, offset = first_canister()
    car = car_at(HARBOUR, distance - 30.0, offset, 25.0)
    x, y, _ = HARBOUR.point_at(distance, offset)
    only = 1 << min(
        range(len(HARBOUR.canisters)),
        key=lambda number: math.dist(HARBOUR.canisters[number], (x, y)),
    )

    assert not fetched(car, car_at(HARBOUR, distance - 15.0, offset, 25.0), canisters=only)
    assert fetched(car, car_at(HARBOUR, distance - 45.0, offset, 25.0), canisters=only)


def test_canister_far_from_the_line_is_for_the_greedy() -> None:
    """Who goes how far out of the way is a matter of character."""
    greedy = max(PERSONALITIES, key=lambda one: one.greed)
    asked = [
        [
            fetched(car_at(track, place.distance - 40.0, line[place.sample], 25.0), who=who,
                    on=track)
            for track in (track_of("bowl"), track_of("eight"), HARBOUR)
            for line in [pace_of(track).line]
            for place in pace_of(track).canisters
        ]
        for who in (CARETAKER, greedy)
    ]  # fmt: skip

    assert sum(asked[0]) < sum(asked[1])


@pytest.mark.parametrize("name", ["harbour", "city"])
def test_damaged_car_is_mended_in_the_pit(name: str) -> None:
    """A bot with a broken car and laps to go stops in the pit, once, and touches no wall."""
    race = Race(track_of(name), 3, [0])
    car = race.racers[0].car
    car.damage = 70
    bot = BotDriver(race.track, 1)
    seen: Counter[EventKind] = Counter()
    while seen[EventKind.LAP] < 1 or car.damage > PIT_DAMAGE:
        seen.update(event.kind for event in race.step({0: bot.wishes(Sight.of(race, 0))}))
        assert race.tick < 120 * 60
        car = race.racers[0].car

    assert seen[EventKind.WALL] == seen[EventKind.RESPAWN] == 0
    assert car.damage < 20


def test_nobody_stops_in_the_last_lap() -> None:
    """With a lap to go the stop would cost more than the damage."""
    (pit,) = HARBOUR.pits
    place = HARBOUR.locate(pit.x, pit.y)
    car = car_at(HARBOUR, place.distance - 90.0, 0.0, 20.0)
    car.damage = 70
    here = HARBOUR.locate(car.x, car.y)
    goals = [
        Errands(HARBOUR, PACE, PLAIN).goal(sight_of(HARBOUR, car, laps_left=laps), here)
        for laps in (1, 3)
    ]

    assert goals[0] is None
    assert goals[1] is not None
    assert goals[1].pit is pit


# Nitro


def test_nitro_is_kept_for_the_straight() -> None:
    """With a full bottle it is burnt where the road is free, never into a corner."""
    race = Race(HARBOUR, 1, [0])
    bot = BotDriver(HARBOUR, 1, BotLevel.HARD)
    burnt, near = 0, 0
    while race.racers[0].finish_tick is None:
        race.racers[0].car.nitro_ticks = NITRO_TICKS_MAX
        wishes = bot.wishes(Sight.of(race, 0))
        race.step({0: wishes})
        if wishes.nitro:
            burnt += 1
            near += PACE.free[race.racers[0].hint] < 8.0
            assert wishes.brake == 0.0
    assert burnt > 120
    assert near < 0.1 * burnt


# Mistakes


def made(seed: int, per_lap: float, laps: int = 40) -> list[Slip]:
    """Return the mistakes that a driver makes in so many laps."""
    slips = Slips(PACE, seed, per_lap)
    found: list[Slip] = []
    for _ in range(laps):
        for sample in range(0, PACE.count, 8):
            before = slips.slip
            slips.fault(sample)
            if slips.slip is not before and slips.slip is not Slip.NONE:
                found.append(slips.slip)
    return found


def test_mistakes_come_at_their_rate_and_from_the_seed() -> None:
    """About as many as were asked for, of every kind, and the same ones again."""
    often = [slip for seed in range(5) for slip in made(seed, 1.0)]

    assert 0.6 * 200 < len(often) < 1.3 * 200
    assert set(often) == set(Slip) - {Slip.NONE}
    assert made(3, 1.0) == made(3, 1.0)
    assert made(3, 1.0) != made(4, 1.0)
    assert made(3, 0.0) == []


def test_better_levels_err_less() -> None:
    """An easy bot makes the most mistakes, a caretaker none at all."""
    rates = [SKILLS[level].mistakes for level in BotLevel]

    assert rates == sorted(rates, reverse=True)
    assert CARETAKER.mistakes == 0.0


def test_mistake_is_over_after_its_corner() -> None:
    """Nothing is wrong with the driving on the straight behind a corner."""
    slips = Slips(PACE, 1, 99.0)
    faults = [slips.fault(sample) for sample in range(PACE.count)]
    corner = max(PACE.corners, key=lambda one: PACE.to_corner((one.exit + 8) % PACE.count))

    assert any(fault != GOOD for fault in faults)
    assert slips.fault((corner.exit + 8) % PACE.count).aside == 0.0


def test_clumsy_driver_still_gets_round() -> None:
    """A mistake in every corner costs time, and neither wall nor road."""
    clumsy = Personality("Clumsy", "Errs.", mistakes=20.0)
    race = Race(HARBOUR, 1, [0])
    bot = BotDriver(HARBOUR, 2, BotLevel.EASY, clumsy)
    seen: Counter[EventKind] = Counter()
    while race.racers[0].finish_tick is None:
        seen.update(event.kind for event in race.step({0: bot.wishes(Sight.of(race, 0))}))

    assert seen[EventKind.RESPAWN] == seen[EventKind.WRONG_WAY] == 0


def steepest_slide(who: Personality) -> float:
    """Return the largest angle between heading and course in a lap, in degrees."""
    race = Race(HARBOUR, 1, [0])
    bot = BotDriver(HARBOUR, 1, BotLevel.NORMAL, who)
    steepest = 0.0
    while race.racers[0].finish_tick is None:
        for event in race.step({0: bot.wishes(Sight.of(race, 0))}):
            assert event.kind not in (EventKind.WALL, EventKind.RESPAWN, EventKind.WRONG_WAY)
        car = race.racers[0].car
        slide = math.degrees(math.atan2(abs(car.slide), max(5.0, car.forward_speed)))
        steepest = max(steepest, slide)
    return steepest


def test_some_like_it_sideways() -> None:
    """Who loves to drift provokes slides, and catches them; the smooth never slide."""
    sideways = max(PERSONALITIES, key=lambda one: one.drift)
    smooth = max(PERSONALITIES, key=lambda one: one.smoothness)

    assert steepest_slide(sideways) > 15.0
    assert steepest_slide(smooth) < 12.0


# Trouble


def rescued(rescue: Rescue, car: Car, *others: Car, waits: bool = False) -> CarInput | None:
    """Return what is done to get going again."""
    here = HARBOUR.locate(car.x, car.y)
    return rescue.wishes(sight_of(HARBOUR, car, *others), here, waits=waits)


def test_who_stands_across_the_road_lets_traffic_by() -> None:
    """A car turned round waits for one that comes, and goes on when it has passed."""
    rescue = Rescue(HARBOUR, PACE.halves)
    # On the straight before the line.
    spun = car_at(HARBOUR, -40.0, 0.0, 1.5, math.pi)
    comes, gone = car_at(HARBOUR, -65.0, 1.0, 25.0), car_at(HARBOUR, -10.0, 1.0, 25.0)
    waits = rescued(rescue, spun, comes)

    assert waits is not None
    assert waits.handbrake
    assert waits.throttle == 0.0
    assert rescued(rescue, spun, gone) is None


def test_who_stops_on_purpose_is_not_rescued() -> None:
    """In a pit a car stands beside the road for a while, and that is well."""
    rescue = Rescue(HARBOUR, PACE.halves)
    (pit,) = HARBOUR.pits
    parked = Car(pit.x, pit.y, pit.heading, engine_on=True)
    done = [rescued(rescue, parked, waits=True) for _ in range(600)]

    assert done == [None] * 600


# The road


@pytest.mark.parametrize("name", track_names())
def test_pace_knows_the_corners_of_a_track(name: str) -> None:
    """Every sample has a next corner; the car slows before it and never exceeds its limit."""
    pace = pace_of(track_of(name))

    assert len(pace.corners) >= 2
    assert all(0 <= number < len(pace.corners) for number in pace.next_corner)
    assert all(0.0 <= metres <= FREE_MAX for metres in pace.free)
    for speed, limit in zip(pace.speeds, pace.limits, strict=True):
        assert 5.0 < speed <= limit + 1e-6
    for corner in pace.corners:
        assert pace.to_corner(corner.apex) == 0.0
        assert math.copysign(1, pace.bends[corner.apex]) == corner.side


@pytest.mark.parametrize("every", [1, 2])
def test_trouble_is_counted_in_ticks_however_often_one_looks(every: int) -> None:
    """A driver that is asked in every second tick is as patient as any."""
    rescue = Rescue(HARBOUR, PACE.halves, every)
    stuck = car_at(HARBOUR, 20.0, 0.0, 0.0)
    looks = [rescued(rescue, stuck) for _ in range((STUCK_TICKS + REVERSE_TICKS) // every)]

    assert looks.index(CarInput(brake=1.0)) == STUCK_TICKS // every - 1
    assert sum(one is not None for one in looks) == REVERSE_TICKS // every + 1
