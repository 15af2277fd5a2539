"""The hands on the wheels: inputs at their tick, caretakers, and pauses.

Units: ticks of 1/60 s; metres, m/s.
"""

from __future__ import annotations

import json
import math

import pytest

import bulletins
import race_save
from bots import BotDriver, Sight
from car import DT, TUNING, CarInput
from live_race import (
    AHEAD_TICKS_MAX,
    BOT_THINKS_EVERY_TICKS,
    COAST_AFTER_TICKS,
    HOME_SPEED,
    LEAD_MAX,
    PENDING_MAX,
    REPLAY_TICKS_MAX,
    TAKE_WHEEL_TICKS,
    LiveRace,
)
from lobby import Room
from protocol import CarFlag, unpack_cars
from race import COUNTDOWN_TICKS, EventKind, Phase, Race
from tests.racing import COAST, FULL, LOADED, MEADOW, put, started
from track import Track

LEFT = CarInput(throttle=0.7, steering=-0.5)
SEAT = 0


def live_race(cars: int = 1, track: Track = MEADOW) -> LiveRace:
    """Return a race at GO, with nobody at the wheels."""
    return LiveRace("r-1", track, started(laps=2, cars=cars, track=track))


def say(live: LiveRace, sequence: int, wishes: CarInput, *, ahead: int = 0) -> None:
    """Send an input for the next tick, or one later (or earlier) than that."""
    live.drive(SEAT, sequence=sequence, tick=live.race.tick + 1 + ahead, wishes=wishes)


def applied(live: LiveRace, ticks: int = 1) -> list[CarInput]:
    """Run some ticks; return what the car was driven with in each."""
    found = []
    for _ in range(ticks):
        live.step()
        found.append(live.race.racers[SEAT].wishes)
    return found


# Inputs


def test_input_is_applied_at_its_tick() -> None:
    """Not sooner, and held on afterwards."""
    live = live_race()
    say(live, 1, FULL)
    say(live, 2, LEFT, ahead=4)

    assert applied(live, 6) == [FULL] * 4 + [LEFT] * 2
    assert live.drivers[SEAT].lead == 4


def test_late_input_counts_from_now_on() -> None:
    """Never for the past; and the client is told how late it was."""
    live = live_race()
    say(live, 1, FULL)
    applied(live, 10)
    say(live, 2, LEFT, ahead=-7)

    assert live.drivers[SEAT].lead == -7
    assert live.race.racers[SEAT].wishes == FULL
    assert applied(live, 2) == [LEFT, LEFT]


def test_older_input_is_dropped() -> None:
    """What comes again after a reconnection was heard already."""
    live = live_race()
    say(live, 5, FULL)
    say(live, 5, LEFT)
    say(live, 4, LEFT, ahead=1)

    assert applied(live, 3) == [FULL] * 3
    assert live.drivers[SEAT].sequence == 5


def test_input_from_a_clock_gone_astray_is_dropped() -> None:
    """More than a second ahead; it is acknowledged, so that the client can mend its clock."""
    live = live_race()
    say(live, 1, FULL)
    say(live, 2, LEFT, ahead=AHEAD_TICKS_MAX + 1)
    say(live, 3, LEFT, ahead=10**9)
    wishes = applied(live, AHEAD_TICKS_MAX + 3)

    assert wishes[0] == FULL
    assert LEFT not in wishes
    assert live.drivers[SEAT].sequence == 3
    assert live.drivers[SEAT].lead == LEAD_MAX


def test_missing_input_is_repeated_and_then_the_car_coasts() -> None:
    """For half a second; the engine stays as it was."""
    live = live_race()
    stopped = CarInput(throttle=1.0, engine=False)
    say(live, 1, stopped)
    wishes = applied(live, COAST_AFTER_TICKS + 20)

    assert wishes[:COAST_AFTER_TICKS] == [stopped] * COAST_AFTER_TICKS
    assert wishes[-1] == CarInput(engine=False)


def test_waiting_inputs_are_bounded() -> None:
    """Whoever floods is not remembered, and disturbs nobody."""
    live = live_race()
    for sequence in range(1, 1000):
        live.drive(SEAT, sequence=sequence, tick=live.race.tick + 1 + sequence % 60, wishes=FULL)
        live.drive(77, sequence=sequence, tick=live.race.tick, wishes=FULL)
        assert len(live.drivers[SEAT].pending) <= PENDING_MAX
    applied(live, AHEAD_TICKS_MAX + 1)

    assert not live.drivers[SEAT].pending
    assert list(live.drivers) == [SEAT]


# Caretakers


def watch_for_jerks(live: LiveRace, ticks: int) -> None:
    """Run some ticks; no velocity, wheel or heading jumps in any of them."""
    racer = live.race.racers[SEAT]
    for _ in range(ticks):
        before = racer.car.copy()
        live.step()
        car = racer.car
        change = math.hypot(car.vx - before.vx, car.vy - before.vy)
        assert change <= 1.6 * TUNING.grip * TUNING.gravity * DT
        assert abs(car.steer_angle - before.steer_angle) <= TUNING.steer_return_rate * DT + 1e-4
        assert math.hypot(car.x - before.x, car.y - before.y) <= 1.02 * before.speed * DT + 0.02
        assert abs(math.remainder(car.heading - before.heading, 2 * math.pi)) < 3.0 * DT


@pytest.mark.parametrize("track", LOADED.values(), ids=LOADED.keys())
@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_caretaker_takes_and_hands_back_without_a_jerk(track: Track, share: float) -> None:
    """At racing speed, on the road, in corners too; and it touches no wall."""
    live = live_race(track=track)
    racer = live.race.racers[SEAT]
    racer.gates_passed = int(share * len(track.gates)) + 1
    index = int(share * track.count)
    put(live.race, SEAT, index * track.spacing, float(track.racing_line[index]), speed=18.0)
    say(live, 1, CarInput(throttle=1.0))
    watch_for_jerks(live, 12)
    live.seat_bot(SEAT, seed=0, caretaker=True)
    before = racer.progress
    watch_for_jerks(live, 300)
    driven = racer.progress - before
    live.welcome_back(SEAT)
    say(live, 1, CarInput())
    watch_for_jerks(live, 30)
    assert live.drivers[SEAT].caretaker
    say(live, 2, CarInput(brake=1.0, steering=0.6))
    watch_for_jerks(live, 1)
    assert live.handed_back == [SEAT]
    watch_for_jerks(live, 20)

    assert driven > 60.0
    assert not live.drivers[SEAT].caretaker
    assert live.handed_back == []


def test_caretaker_waits_for_a_touch_or_five_seconds() -> None:
    """A client that is there but does nothing gets the wheel in the end."""
    live = live_race()
    live.seat_bot(SEAT, seed=0, caretaker=True)
    applied(live, 60)
    live.welcome_back(SEAT)
    taken_at = None
    for tick in range(TAKE_WHEEL_TICKS + 60):
        if tick % 12 == 0:
            say(live, 1 + tick, COAST)
        live.step()
        if live.handed_back:
            taken_at = tick

    assert taken_at is not None
    assert TAKE_WHEEL_TICKS <= taken_at <= TAKE_WHEEL_TICKS + 3


@pytest.mark.parametrize(
    "touch",
    [
        CarInput(throttle=0.1),
        CarInput(brake=0.1),
        CarInput(steering=-0.1),
        CarInput(handbrake=True),
        CarInput(nitro=True),
    ],
)
def test_touch_of_any_control_takes_the_wheel(touch: CarInput) -> None:
    """At once, whichever it is."""
    live = live_race()
    live.seat_bot(SEAT, seed=0, caretaker=True)
    applied(live, 60)
    live.welcome_back(SEAT)
    say(live, 1, touch)
    live.step()

    assert live.handed_back == [SEAT]


def test_caretaker_stays_with_a_client_that_says_nothing() -> None:
    """It may be back on the network only."""
    live = live_race()
    live.seat_bot(SEAT, seed=0, caretaker=True)
    live.welcome_back(SEAT)
    applied(live, TAKE_WHEEL_TICKS + 60)

    assert live.drivers[SEAT].caretaker
    assert live.race.racers[SEAT].car.speed > 5.0


def test_input_of_before_the_loss_takes_no_wheel() -> None:
    """What is sent again after a reconnection was a touch of long ago."""
    live = live_race()
    say(live, 1, FULL)
    applied(live, 30)
    live.seat_bot(SEAT, seed=0, caretaker=True)
    applied(live, 200)
    live.welcome_back(SEAT)
    say(live, 2, FULL, ahead=-190)
    applied(live, 20)
    assert live.drivers[SEAT].caretaker
    say(live, 3, LEFT, ahead=2)

    assert applied(live, 3)[-1] == LEFT
    assert not live.drivers[SEAT].caretaker


def test_client_that_was_started_again_is_heard() -> None:
    """Its inputs count from one again."""
    live = live_race()
    say(live, 900, FULL)
    applied(live, 5)
    live.seat_bot(SEAT, seed=0, caretaker=True)
    live.welcome_back(SEAT)
    say(live, 1, LEFT)

    assert applied(live) == [LEFT]


def test_filler_never_hands_over() -> None:
    """The server's own bots have no player to come back."""
    live = live_race()
    live.seat_bot(SEAT, seed=0)
    live.welcome_back(SEAT)
    say(live, 1, LEFT)
    applied(live, 10)

    assert live.drivers[SEAT].bot is not None
    assert live.handed_back == []


def test_snapshot_marks_caretaker_and_missed_gate() -> None:
    """Everyone sees who is away; the driver, that a gate was missed."""
    live = live_race(cars=2)
    live.seat_bot(1, seed=0, caretaker=True)
    live.race.racers[0].gates_passed = 3
    put(live.race, 0, MEADOW.gates[3].distance + 20.0)
    live.step()
    room = Room("r", "Room", "meadow", laps=2, bots=0)
    first, second = unpack_cars(bulletins.snapshot(room, live).cars)

    assert first.flags & CarFlag.MISSED_GATE
    assert not first.flags & CarFlag.CARETAKER
    assert second.flags & CarFlag.CARETAKER
    assert not second.flags & CarFlag.MISSED_GATE


# Pauses and the end


def test_frozen_race_stands_still_and_thaws_with_a_countdown() -> None:
    """No tick passes; afterwards nobody has been silent."""
    live = live_race()
    put(live.race, SEAT, 300.0)
    say(live, 1, FULL)
    applied(live, 10)
    live.freeze()
    tick = live.race.tick
    assert live.step() == []
    assert live.race.tick == tick
    assert not live.is_stalled(SEAT, 0)
    live.thaw(180)
    x = live.race.racers[SEAT].car.x
    applied(live, 20)

    assert applied(live) == [FULL]
    assert live.race.phase is Phase.COUNTDOWN
    assert live.race.racers[SEAT].car.x == x


def restored(live: LiveRace) -> LiveRace:
    """Return a race as another node takes it up: with caretakers for all."""
    again = LiveRace.from_save(live.track, json.loads(json.dumps(live.to_save())))
    for slot in again.drivers:
        again.seat_bot(slot, seed=0, caretaker=True)
    return again


@pytest.mark.parametrize(("ticks", "since"), [(91, 29), (351, REPLAY_TICKS_MAX - 1)])
def test_replay_comes_to_where_the_dead_owner_was(ticks: int, since: int) -> None:
    """The same inputs at the same ticks, after the save: the same cars, to the last bit.

    So it is when its last save is as old as a lease.
    """
    live = live_race(cars=2)
    live.entrants = {slot: (f"Name {slot}", f"id{slot}", 0) for slot in range(2)}
    said: list[tuple[int, int, CarInput]] = []
    for tick in range(ticks):
        for slot in range(2) if tick % 2 == 0 else ():
            wishes = (FULL, LEFT)[(tick // 12 + slot) % 2]
            at = live.race.tick + 1
            live.drive(slot, sequence=tick + 1, tick=at, wishes=wishes)
            said.append((slot, at, wishes))
        if tick == ticks - 1 - since:
            again = restored(live)
        live.step()
    saved = again.race.tick
    for slot in range(2):
        again.welcome_back(slot)
    for number, (slot, at, wishes) in enumerate(said):
        again.drive(slot, sequence=number + 1, tick=at, wishes=wishes)
        # What is said while the race stands still is no part of it.
        again.drive(slot, sequence=number + 1, tick=saved + 1, wishes=COAST)
    again.replay(range(2))
    while again.replay_left:
        again.step()

    assert again.frozen
    assert again.race.tick == live.race.tick == saved + since + 1
    assert race_save.dump(again.race) == race_save.dump(live.race)
    again.thaw(180)
    assert not again.drivers[0].pending


def test_replay_goes_no_further_than_most_vouch_for() -> None:
    """One clock gone astray drags nobody along, and a lease's length is the most."""
    live = live_race(cars=3)
    live.entrants = {slot: (f"Name {slot}", f"id{slot}", 0) for slot in range(3)}
    for ends in ((10, 12, 119), (REPLAY_TICKS_MAX,) * 3):
        again = restored(live)
        tick = again.race.tick
        for slot, end in enumerate(ends):
            again.welcome_back(slot)
            again.drive(slot, sequence=1, tick=tick + end, wishes=FULL)
            again.drive(slot, sequence=2, tick=tick + 500, wishes=FULL)
        again.replay(range(3))

        assert again.replay_left == sorted(ends)[1]


def test_half_of_the_bots_think_in_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in the first; then each holds what it wished until its next turn."""
    live = live_race(cars=4)
    asked: list[BotDriver] = []
    wishes = BotDriver.wishes

    def think(self: BotDriver, sight: Sight) -> CarInput:
        asked.append(self)
        return wishes(self, sight)

    monkeypatch.setattr(BotDriver, "wishes", think)
    for slot in range(4):
        live.seat_bot(slot, seed=slot)
    turns = []
    for _ in range(5):
        asked.clear()
        live.step()
        turns.append([slot for slot, one in live.drivers.items() if one.bot in asked])

    assert turns[0] == [0, 1, 2, 3]
    assert sorted(turns[1] + turns[2]) == [0, 1, 2, 3]
    assert len(turns[1]) == len(turns[2]) == 4 // BOT_THINKS_EVERY_TICKS
    assert turns[3:] == turns[1:3]


def test_silent_player_is_stalled_until_the_finish() -> None:
    """A bot or a finished car is not."""
    live = live_race(cars=2)
    live.seat_bot(1, seed=0)
    applied(live, 100)

    assert live.is_stalled(0, 90)
    assert not live.is_stalled(0, 2000)
    assert not live.is_stalled(1, 90)
    live.race.racers[0].finish_tick = live.race.tick
    assert not live.is_stalled(0, 90)


def test_retired_car_is_driven_by_nobody() -> None:
    """When the last one has left, the race is over."""
    live = live_race()
    live.seat_bot(SEAT, seed=0, caretaker=True)
    live.retire(SEAT)
    events = live.step()

    assert live.drivers[SEAT].bot is None
    assert [one.kind for one in events] == [EventKind.RACE_OVER]
    assert live.over


def test_fillers_race_from_the_grid_to_the_flag() -> None:
    """The loop that joins drivers and race needs nobody else."""
    race = Race(LOADED["harbour"], 1, range(2))
    live = LiveRace("r-1", race.track, race)
    for slot in range(2):
        live.seat_bot(slot, seed=slot)
    assert isinstance(live.drivers[0].bot, BotDriver)
    while not live.over:
        live.step()

    assert race.tick > COUNTDOWN_TICKS
    assert all(one.total_ticks is not None for one in race.results())


def test_finished_car_is_driven_on_gently_whoever_drove_it() -> None:
    """It slows down without its player, and keeps off the line where it crossed it."""
    live = live_race(cars=3)
    live.seat_bot(1, seed=0)
    for slot in range(2):
        put(live.race, slot, 30.0, speed=50.0)
        live.race.racers[slot].finish_tick = live.race.tick
    live.drive(0, sequence=1, tick=live.race.tick + 1, wishes=CarInput(throttle=1.0, brake=1.0))
    speeds = []
    for _ in range(900):
        live.step()
        speeds.append([live.race.racers[slot].car.speed for slot in range(2)])
    track = live.track
    places = [track.locate(one.car.x, one.car.y) for one in list(live.race.racers.values())[:2]]

    assert max(speeds[0]) < 51.0
    assert max(map(max, speeds[600:])) < HOME_SPEED + 2.0
    assert min(map(min, speeds)) > 8.0
    assert all(150.0 < place.distance < track.length for place in places)
    assert all(abs(place.offset) < track.half_widths[place.sample] for place in places)
