"""Drivers that are programs: they finish, keep off the walls, and free themselves.

Units: ticks of 1/60 s; metres and seconds where a name says so.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots import BotDriver, BotLevel
from car import Car, CarInput
from live_race import BOT_THINKS_EVERY_TICKS
from personalities import PERSONALITIES
from race import COUNTDOWN_TICKS, TICKS_A_SECOND, EventKind, Phase, Race
from sight import Sight
from tests.racing import Hands
from track import Track, track_of

LOADED = {name: track_of(name) for name in ("meadow", "harbour")}
LAP_S = {"meadow": (60.0, 78.0), "harbour": (45.0, 62.0)}
"""From a standing start, the best to the slowest of a full grid."""
STILL_TICKS_MAX = 60
"""Nobody stands longer than this once the race is on."""
RECOVERY_S = 20.0

both_tracks = pytest.mark.parametrize("name", LOADED)


class Drivers:
    """Bots for the cars of a race, whose inputs may come late."""

    def __init__(self, race: Race, seed: int, late: Mapping[int, int] | None = None) -> None:
        self.race = race
        # Over the network they are asked each tick, on a server in every second.
        every = 1 if late else BOT_THINKS_EVERY_TICKS
        self.bots = {
            slot: BotDriver(race.track, seed + slot, BotLevel.NORMAL, PERSONALITIES[slot], every)
            for slot in race.racers
        }
        self._hands = Hands(self.bots)
        self._late = bool(late)
        self._waiting = {
            slot: deque([CarInput()] * (late or {}).get(slot, 0)) for slot in race.racers
        }
        self._still = dict.fromkeys(race.racers, 0)
        self.longest_still = 0
        """The most ticks that a car stood in one go while it was racing."""
        self.events: Counter[EventKind] = Counter()
        """What happened to the cars that have a driver."""

    def step(self) -> None:
        """Run one tick."""
        race = self.race
        if self._late:
            inputs = {}
            for slot, bot in self.bots.items():
                self._waiting[slot].append(bot.wishes(Sight.of(race, slot)).quantised())
                inputs[slot] = self._waiting[slot].popleft()
        else:
            inputs = self._hands.wishes(race)
        events = race.step(inputs)
        self.events.update(one.kind for one in events if one.slot in self.bots)
        for slot in self.bots:
            racer = race.racers[slot]
            racing = race.phase is Phase.RACING and racer.finish_tick is None
            self._still[slot] = self._still[slot] + 1 if racing and racer.car.speed < 1.0 else 0
        self.longest_still = max(self.longest_still, *self._still.values())

    def finish(self) -> list[float]:
        """Race to the end; return everybody's seconds, in order of arrival."""
        while self.race.phase is not Phase.FINISHED:
            self.step()
        assert self.events[EventKind.TIME_OUT] == 0
        totals = [one.total_ticks for one in self.race.results()]
        return [total / TICKS_A_SECOND for total in totals if total is not None]


def alone(track: Track, laps: int = 1) -> Race:
    """Return a race of one car, at GO."""
    race = Race(track, laps, [0])
    for _ in range(COUNTDOWN_TICKS):
        race.step({})
    return race


# Clean races


@pytest.mark.parametrize(("name", "seed"), [("meadow", 0), ("harbour", 100)])
def test_full_grid_finishes_cleanly(name: str, seed: int) -> None:
    """No wall, no jump start, nobody put back or standing, all within a band of times."""
    drivers = Drivers(Race(LOADED[name], 1, range(8)), seed)
    totals = drivers.finish()

    for never in (
        EventKind.WALL, EventKind.JUMP_START, EventKind.RESPAWN, EventKind.WRONG_WAY,
        EventKind.MISSED_GATE,
    ):  # fmt: skip
        assert drivers.events[never] == 0
    assert drivers.longest_still < STILL_TICKS_MAX
    assert len(totals) == 8
    quick, slow = LAP_S[name]
    assert quick < totals[0] < totals[-1] < slow


@pytest.mark.parametrize("name", ["harbour"])
def test_late_inputs_are_driven_with(name: str) -> None:
    """Four bots finish in time although their hands are 6 to 10 ticks behind their eyes."""
    drivers = Drivers(Race(LOADED[name], 1, range(4)), 7, {0: 6, 1: 10, 2: 8, 3: 7})
    totals = drivers.finish()

    assert drivers.events[EventKind.WALL] == 0
    assert drivers.longest_still < STILL_TICKS_MAX
    assert len(totals) == 4
    assert totals[-1] < LAP_S[name][1]


@pytest.mark.parametrize("name", ["harbour"])
def test_parked_cars_are_driven_round(name: str) -> None:
    """Cars left on the grid and on the racing line hold nobody up for long."""
    track = LOADED[name]
    race = Race(track, 1, range(8))
    drivers = Drivers(race, 3)
    for slot in (0, 1, 2):
        del drivers.bots[slot]
    for slot, share in ((1, 0.3), (2, 0.6)):
        index = int(share * track.count)
        offset = float(track.racing_line[index])
        x, y, heading = track.point_at(index * track.spacing, offset)
        race.racers[slot].car = Car(x, y, heading)
    while any(race.racers[slot].finish_tick is None for slot in drivers.bots):
        drivers.step()
        assert race.phase is not Phase.FINISHED

    assert drivers.longest_still < 3 * TICKS_A_SECOND
    assert drivers.events[EventKind.WALL] == 0


# Trouble


@both_tracks
@pytest.mark.parametrize(
    ("offset", "turned", "speed", "spin"),
    [
        (0.0, 180.0, 0.0, 0.0),
        (0.0, 180.0, 25.0, 3.0),
        (0.0, 90.0, 20.0, 0.0),
        (4.0, -90.0, 0.0, 0.0),
        (13.0, 0.0, 0.0, 0.0),
        (-13.0, -90.0, 0.0, 0.0),
        (13.0, 90.0, 15.0, -3.0),
        (-20.0, 130.0, 8.0, 4.0),
    ],
    ids=["backwards", "spinning", "sideways", "across", "right", "nose-out", "slid-off", "far-off"],
)
def test_bot_gets_out_of_trouble(
    name: str, offset: float, turned: float, speed: float, spin: float
) -> None:
    """Wherever and however it stands, it is a hundred metres further before long."""
    track = LOADED[name]
    for share in (0.05, 0.3, 0.55, 0.8):
        race = alone(track, laps=2)
        drivers = Drivers(race, 5)
        racer = race.racers[0]
        distance = share * track.length
        x, y, along = track.point_at(distance, offset)
        x, y = min(max(x, 4.0), track.width - 4.0), min(max(y, 4.0), track.height - 4.0)
        heading = math.remainder(along + math.radians(turned), 2 * math.pi)
        vx, vy = speed * math.cos(along), speed * math.sin(along)
        racer.car = Car(x, y, heading, vx, vy, yaw_rate=spin, engine_on=True)
        racer.hint = track.locate(*track.point_at(distance)[:2]).sample
        racer.gates_passed = int(share * len(track.gates)) + 1
        since = race.tick
        while racer.progress < distance + 100.0:
            drivers.step()
            assert race.tick - since < RECOVERY_S * TICKS_A_SECOND, f"stuck at {share:.0%}"


@both_tracks
def test_bots_against_walls_back_out(name: str) -> None:
    """With the nose in any wall, a bot is on the road again before long."""
    track = LOADED[name]
    for wall in track.walls[:: max(1, len(track.walls) // 12)]:
        race = alone(track, laps=2)
        drivers = Drivers(race, 5)
        racer = race.racers[0]
        x, y = (wall.ax + wall.bx) / 2, (wall.ay + wall.by) / 2
        place = track.locate(x, y)
        road_x, road_y, _ = track.point_at(place.distance)
        away = math.hypot(road_x - x, road_y - y)
        nx, ny = (road_x - x) / away, (road_y - y) / away
        racer.car = Car(x + 3.0 * nx, y + 3.0 * ny, math.atan2(-ny, -nx), engine_on=True)
        racer.hint = place.sample
        racer.gates_passed = int(place.distance / track.length * len(track.gates)) + 1
        since = race.tick
        drivers.step()
        goal = racer.progress + 60.0
        while racer.progress < goal:
            drivers.step()
            assert race.tick - since < RECOVERY_S * TICKS_A_SECOND, f"stuck at {x:.0f}, {y:.0f}"


@pytest.mark.parametrize("name", ["meadow"])
def test_field_that_spins_together_still_finishes(name: str) -> None:
    """Eight cars thrown about in mid-race all arrive."""
    race = Race(LOADED[name], 1, range(8))
    drivers = Drivers(race, 11)
    for _ in range(20 * TICKS_A_SECOND):
        drivers.step()
    for slot, racer in race.racers.items():
        racer.car.yaw_rate = 6.0 - 1.5 * slot
        racer.car.heading = math.remainder(racer.car.heading + slot, 2 * math.pi)
    totals = drivers.finish()

    assert len(totals) == 8
    assert totals[-1] < LAP_S[name][1] + RECOVERY_S


@both_tracks
def test_bot_goes_back_for_a_missed_gate(name: str) -> None:
    """Told like a player that a gate was missed, it asks to be put back, and finishes."""
    track = LOADED[name]
    race = alone(track)
    drivers = Drivers(race, 2)
    racer, gate = race.racers[0], track.gates[5]
    racer.gates_passed = 5
    x, y, heading = track.point_at(gate.distance + 25.0)
    racer.car = Car(x, y, heading, 20 * math.cos(heading), 20 * math.sin(heading), engine_on=True)
    racer.hint = track.locate(x, y).sample
    totals = drivers.finish()

    assert drivers.events[EventKind.MISSED_GATE] == 1
    assert drivers.events[EventKind.RESPAWN] == 1
    assert len(totals) == 1


def test_asking_lasts_longer_than_a_message() -> None:
    """A client speaks every other tick: one tick of asking might never be sent."""
    track = LOADED["meadow"]
    bot = BotDriver(track, 0)
    x, y, heading = track.point_at(300.0)
    car = Car(x, y, heading, engine_on=True)
    sight = Sight(car, track.locate(x, y).sample, (), -500, missed_gate=True)
    asked = [bot.wishes(sight).respawn for _ in range(6)]

    assert all(asked)


# Any sight

sights = st.builds(
    Sight,
    car=st.builds(
        Car,
        x=st.floats(-50, 450),
        y=st.floats(-50, 350),
        heading=st.floats(-math.pi, math.pi),
        vx=st.floats(-70, 70),
        vy=st.floats(-70, 70),
        yaw_rate=st.floats(-6, 6),
        engine_on=st.booleans(),
    ),
    hint=st.integers(0, 1400),
    others=st.lists(
        st.builds(Car, x=st.floats(0, 400), y=st.floats(0, 300), vx=st.floats(-70, 70)), max_size=3
    ).map(tuple),
    ticks_to_go=st.integers(-9999, 300),
    missed_gate=st.booleans(),
)


@given(st.sampled_from(sorted(LOADED)), st.lists(sights, min_size=1, max_size=8))
@settings(deadline=None)
def test_whatever_it_sees_its_wishes_can_be_sent(name: str, seen: list[Sight]) -> None:
    """Every number is finite and within the range of its pedal or wheel."""
    bot = BotDriver(LOADED[name], 0)
    for sight in seen:
        wishes = bot.wishes(sight)
        assert 0.0 <= wishes.throttle <= 1.0
        assert 0.0 <= wishes.brake <= 1.0
        assert -1.0 <= wishes.steering <= 1.0
