"""Bots among each other: they pass, leave room, give way, and all arrive.

Units: ticks of 1/60 s; metres and seconds where a name says so.
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

from bots import BotDriver, BotLevel
from car import CarInput
from live_race import BOT_THINKS_EVERY_TICKS
from pace import pace_of
from personalities import PERSONALITIES, PLAIN, Personality
from race import EventKind, Phase, Race
from racecraft import LOOK_EVERY_TICKS, Racecraft
from sight import Sight
from tests.proving_ground import car_at, sight_of
from tests.racing import Hands
from track import Track, track_of

CONTACTS_MAX = 4.0
"""For each car in a first lap; most are a brush of mirrors."""
HARD_CONTACTS_MAX = 1.0
HARD = 300
"""A contact of so many cm/s is felt."""
OVERTAKES_MIN = 3
EARLY_TICKS = 5 * 60
"""Places that change before the first corner are nobody's doing."""
HARBOUR = track_of("harbour")
EIGHT = track_of("eight")


class Watched:
    """A race of bots, and what happened in it."""

    def __init__(self, track: Track, laps: int, bots: dict[int, BotDriver]) -> None:
        self.race = Race(track, laps, sorted(bots))
        self.hands = Hands(bots)
        self.events: Counter[EventKind] = Counter()
        self.respawns: Counter[int] = Counter()
        self.hard = 0
        self.overtakes = 0
        self._order: list[int] = []

    def step(self) -> None:
        """Run one tick."""
        race = self.race
        for event in race.step(self.hands.wishes(race)):
            self.events[event.kind] += 1
            self.respawns[event.slot] += event.kind is EventKind.RESPAWN
            self.hard += event.kind is EventKind.CONTACT and event.value > HARD
        if race.tick % 60 == 0 and race.tick > race.go_tick + EARLY_TICKS:
            racing = [slot for slot in race.ranking() if race.racers[slot].finish_tick is None]
            before = [slot for slot in self._order if slot in racing]
            place = {slot: number for number, slot in enumerate(racing)}
            self.overtakes += sum(
                place[one] > place[other]
                for number, one in enumerate(before)
                for other in before[number + 1 :]
            )
            self._order = racing


@pytest.mark.parametrize("track", [HARBOUR, EIGHT], ids=["harbour", "eight"])
def test_field_races_cleanly(track: Track) -> None:
    """Eight characters change places, touch little, and all arrive by themselves."""
    bots = {
        slot: BotDriver(
            track, 40 + slot, BotLevel.NORMAL, PERSONALITIES[slot + 3], BOT_THINKS_EVERY_TICKS
        )
        for slot in range(8)
    }
    watched = Watched(track, 1, bots)
    while watched.race.phase is not Phase.FINISHED:
        watched.step()

    assert watched.events[EventKind.FINISH] == 8
    assert watched.events[EventKind.TIME_OUT] == 0
    assert max(watched.respawns.values(), default=0) <= 1
    assert watched.overtakes > OVERTAKES_MIN
    assert watched.events[EventKind.CONTACT] / 8 < CONTACTS_MAX
    assert watched.hard / 8 < HARD_CONTACTS_MAX


@pytest.mark.parametrize("name", ["harbour", "meadow"])
def test_faster_car_gets_past(name: str) -> None:
    """A hard bot that starts behind an easy one leads, and clearly, within two laps."""
    track = track_of(name)
    bots = {
        slot: BotDriver(track, slot + 1, level, every_ticks=BOT_THINKS_EVERY_TICKS)
        for slot, level in enumerate((BotLevel.EASY, BotLevel.HARD))
    }
    watched = Watched(track, 2, bots)
    racers = watched.race.racers
    assert racers[0].progress > racers[1].progress
    while racers[1].finish_tick is None and racers[0].finish_tick is None:
        watched.step()

    assert racers[1].progress - racers[0].progress > 30.0
    assert watched.hard == 0


def straight(track: Track, least: float) -> float:
    """Return a distance along the track from where nobody brakes for so many metres."""
    pace = pace_of(track)
    return next(
        index * track.spacing
        for index in range(track.count)
        if pace.free[index] > least and abs(pace.bends[index]) < 1.0 / 400.0
    )


def craft(who: Personality = PLAIN) -> Racecraft:
    """Return one driver's dealings with others."""
    return Racecraft(HARBOUR, pace_of(HARBOUR), who)


@pytest.mark.parametrize("side", [-1.0, 1.0], ids=["left", "right"])
def test_room_is_left_to_who_is_alongside(side: float) -> None:
    """Whatever a driver wants, a car's width stays free beside another car."""
    start = straight(HARBOUR, 60.0)
    car, other = car_at(HARBOUR, start, 0.0, 30.0), car_at(HARBOUR, start + 1.0, side * 3.0, 30.0)
    advice = craft().advise(
        sight_of(HARBOUR, car, other), HARBOUR.locate(car.x, car.y), int(start / HARBOUR.spacing),
        45.0,
    )  # fmt: skip

    room = side * 3.0 - (advice.high if side > 0.0 else advice.low)
    assert abs(room) > 2.6


def test_slow_car_is_passed_where_there_is_room() -> None:
    """A car at the left edge is passed on its right, and the other way round."""
    start = straight(HARBOUR, 60.0)
    car = car_at(HARBOUR, start, 0.0, 35.0)
    for side in (-1.0, 1.0):
        slow = car_at(HARBOUR, start + 18.0, side * 1.5, 15.0)
        here = HARBOUR.locate(car.x, car.y)
        advice = craft().advise(sight_of(HARBOUR, car, slow), here, here.sample + 20, 45.0)

        assert advice.fights
        assert advice.offset is not None
        assert (advice.offset - side * 1.5) * side < -2.6


def test_tow_is_taken_behind_an_equal() -> None:
    """Who is no slower is followed in line, and no faster than the gap allows."""
    start = straight(HARBOUR, 70.0)
    car, other = car_at(HARBOUR, start, 0.0, 40.0), car_at(HARBOUR, start + 16.0, 1.2, 40.0)
    here = HARBOUR.locate(car.x, car.y)
    advice = craft().advise(sight_of(HARBOUR, car, other), here, here.sample + 20, 40.0)

    assert advice.offset == pytest.approx(1.2, abs=0.3)
    assert advice.top > 40.0


def test_line_is_defended_by_one_move_only() -> None:
    """An attack is met by a move inside; the next one before the same corner is not."""
    pace = pace_of(HARBOUR)
    corner = max(pace.corners, key=lambda one: pace.free[(one.entry - 90) % pace.count])
    start = (corner.entry * HARBOUR.spacing - 70.0) % HARBOUR.length
    car = car_at(HARBOUR, start, 0.0, 30.0)
    attacker = car_at(HARBOUR, start - 9.0, 0.0, 36.0)
    far = car_at(HARBOUR, start - 60.0, 0.0, 30.0)
    here = HARBOUR.locate(car.x, car.y)
    fierce = next(one for one in PERSONALITIES if one.aggression > 0.8)
    racecraft = Racecraft(HARBOUR, pace, fierce)
    moves = [
        [
            racecraft.advise(sight_of(HARBOUR, car, other), here, here.sample + 20, 30.0).offset
            for _ in range(2 * LOOK_EVERY_TICKS)
        ][-1]
        for other in (attacker, far)
    ]
    passed = car_at(HARBOUR, start + 100.0, 0.0, 20.0)
    for _ in range(2 * LOOK_EVERY_TICKS):
        racecraft.advise(
            sight_of(HARBOUR, passed, far), HARBOUR.locate(passed.x, passed.y), corner.exit, 30.0
        )
    again = [
        racecraft.advise(sight_of(HARBOUR, car, attacker), here, here.sample + 20, 30.0).offset
        for _ in range(2 * LOOK_EVERY_TICKS)
    ]

    assert moves[0] is not None
    assert moves[0] * corner.side > 2.0
    assert moves[1] == moves[0], "a move that was begun is held, not woven"
    assert again == [None] * len(again)


def test_caretaker_defends_nothing() -> None:
    """Somebody else's car is brought round, not fought for."""
    pace = pace_of(HARBOUR)
    gentle = Racecraft(HARBOUR, pace, PERSONALITIES[5])
    start = (pace.corners[0].entry * HARBOUR.spacing - 70.0) % HARBOUR.length
    car, attacker = car_at(HARBOUR, start, 0.0, 30.0), car_at(HARBOUR, start - 9.0, 0.0, 36.0)
    here = HARBOUR.locate(car.x, car.y)
    advice = gentle.advise(sight_of(HARBOUR, car, attacker), here, here.sample + 20, 30.0)

    assert advice.offset is None


def test_who_comes_later_to_the_crossing_gives_way() -> None:
    """Of two cars on courses that meet, exactly one brakes, however near they are together."""
    crossing = EIGHT.crossings[0]
    for behind in (0.0, 2.0, 5.0, -4.0):
        one = car_at(EIGHT, crossing.first * EIGHT.spacing - 30.0, 0.0, 30.0)
        other = car_at(EIGHT, crossing.second * EIGHT.spacing - 30.0 - behind, 0.0, 30.0)
        tops = []
        for car, seen in ((one, other), (other, one)):
            here = EIGHT.locate(car.x, car.y, heading=car.heading)
            sight = Sight(car, here.sample, (seen,), -900)
            advice = Racecraft(EIGHT, pace_of(EIGHT), PLAIN).advise(
                sight, here, (here.sample + 20) % EIGHT.count, 45.0
            )
            tops.append(advice.top)

        assert sum(top < 30.0 for top in tops) == 1, behind
        if abs(behind) > 4.5:
            assert tops[1 if behind > 0.0 else 0] < 30.0


def test_standing_car_is_no_rival() -> None:
    """A car parked on the line is gone round without stopping behind it."""
    track = HARBOUR
    start = straight(track, 70.0)
    index = int((start + 60.0) / track.spacing) % track.count
    parked = car_at(track, start + 60.0, pace_of(track).line[index], 0.0)
    race = Race(track, 2, [0, 1])
    while race.tick < race.go_tick:
        race.step({})
    race.racers[0].car = car_at(track, start, pace_of(track).line[int(start / track.spacing)], 30.0)
    race.racers[0].hint = int(start / track.spacing)
    race.racers[0].gates_passed = int(start / track.length * len(track.gates)) + 1
    race.racers[1].car = parked
    bot = BotDriver(track, 1, BotLevel.NORMAL)
    slowest, contacts = math.inf, 0
    for _ in range(180):
        for event in race.step({0: bot.wishes(Sight.of(race, 0)), 1: CarInput()}):
            contacts += event.kind is EventKind.CONTACT
        slowest = min(slowest, race.racers[0].car.speed)

    assert contacts == 0
    assert slowest > 7.0
