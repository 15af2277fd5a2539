"""Laps, splits and the finish of the own car, told when they are seen."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from car import CarInput
from judge import split_at
from milestones import FINISH_CORRECTED, LAP_CORRECTED, NOT_OVER_LINE
from protocol import EventRow
from race import EventKind
from racer import Racer
from tests.remote_race import RemoteRace

FULL = CarInput(throttle=1.0)
FORETOLD = {
    EventKind.FIRST_SPLIT, EventKind.SECOND_SPLIT, EventKind.LAP, EventKind.FINISH,
    LAP_CORRECTED, FINISH_CORRECTED, NOT_OVER_LINE,
}  # fmt: skip
DELAY_S, DELAY_TICKS = 0.1, 6


class Approach:
    """A car a second before a gate, on a server a tenth of a second away."""

    def __init__(self, gates_passed: int, metres: float = 30.0, speed: float = 30.0) -> None:
        self.there = RemoteRace(DELAY_S)
        self.there.run_to_racing(0.5)
        self.seen: list[tuple[int, EventRow]] = []
        """What was told, and at which tick of the server."""
        self._put(gates_passed, metres, speed)
        # The view is told of it, and predicts from there.
        self.there.run(2 * DELAY_TICKS + 4, lambda tick: FULL)
        self.there.view.events.clear()

    @property
    def racer(self) -> Racer:
        """The car as the server has it."""
        return self.there.live.race.racers[0]

    def _put(self, gates_passed: int, metres: float, speed: float) -> None:
        track, racer = self.there.view.track, self.racer
        gate = track.gates[gates_passed % len(track.gates)]
        x, y, heading = track.point_at(gate.distance - metres)
        car = racer.car
        car.x, car.y, car.heading, car.engine_on = x, y, heading, True
        car.vx, car.vy = speed * math.cos(heading), speed * math.sin(heading)
        racer.hint = track.locate(x, y, heading=heading).sample
        racer.gates_passed = gates_passed
        racer.lap_started_tick = self.there.live.race.tick - 200
        # A record does not say whether gate 0 is due for the first time.
        self.there.view.commentary.gates_crossed = gates_passed

    def drive(self, ticks: int = 100, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Drive on, and note what is told."""

        def look() -> None:
            events = self.there.view.events
            while events:
                row = events.popleft()
                if row.kind in FORETOLD:
                    self.seen.append((self.there.live.race.tick, row))
            meanwhile()

        self.there.run(ticks, lambda tick: FULL, look)

    @property
    def kinds(self) -> list[int]:
        """What was told, in its order."""
        return [row.kind for _, row in self.seen]


def gates_of_a_lap() -> int:
    """Return how many gates the track has."""
    return len(RemoteRace().view.track.gates)


def test_lap_is_told_when_the_car_on_the_screen_crosses_the_line() -> None:
    """Once, with the time that the server has too, and a round trip before its word."""
    approach = Approach(gates_of_a_lap())
    approach.drive()
    (at, row), *more = approach.seen
    best = approach.racer.best_lap_ticks

    assert (row.kind, row.value, more) == (EventKind.LAP, best, [])
    assert approach.there.view.commentary.last_lap_ticks == best
    # The server's car crosses later than the one on the screen.
    assert at <= row.tick - DELAY_TICKS


def test_lap_that_is_on_is_counted_on_the_screen() -> None:
    """The number of the lap changes at the line, and does not go back."""
    approach = Approach(gates_of_a_lap())
    laps: list[int] = []
    approach.drive(meanwhile=lambda: laps.append(approach.there.view.laps_done))

    assert sorted(laps) == laps
    assert (laps[0], laps[-1]) == (0, 1)


def test_lap_begins_when_it_is_seen_to_begin() -> None:
    """The ghosts of a time trial start with the car on the screen, and do not jump later."""
    approach, began = Approach(gates_of_a_lap()), []
    approach.drive(
        meanwhile=lambda: began.append(approach.there.view.commentary.milestones.lap_started_tick)
    )

    assert len(set(began)) == 2
    assert began[-1] == approach.seen[0][1].tick == approach.racer.lap_started_tick
    assert began[approach.seen[0][0] - approach.there.live.race.tick] == began[-1]


@pytest.mark.parametrize("kind", [EventKind.FIRST_SPLIT, EventKind.SECOND_SPLIT])
def test_split_is_told_at_once(kind: EventKind) -> None:
    """A third of a lap, and two."""
    track = RemoteRace().view.track
    number = next(one for one in range(len(track.gates)) if split_at(track, one) is kind)
    approach = Approach(number)
    approach.drive()
    newest = approach.there.view.commentary.splits.newest(0)

    assert approach.kinds == [kind]
    assert newest is not None
    assert newest.ticks == approach.seen[0][1].value


def test_finish_is_told_at_once_with_its_time() -> None:
    """The clock stops at the line, not when the server's word has come."""
    approach = Approach(3 * gates_of_a_lap())
    approach.drive()
    race = approach.there.live.race

    assert approach.kinds == [EventKind.LAP, EventKind.FINISH]
    assert approach.seen[1][1].value == race.total_of(race.racers[0])
    assert approach.seen[1][0] <= approach.seen[1][1].tick - DELAY_TICKS


def test_penalty_is_part_of_a_finish_that_is_told_ahead() -> None:
    """Who jumped the start does not see a better time first."""
    approach = Approach(3 * gates_of_a_lap())
    approach.racer.penalty_ticks = 300
    approach.drive()
    race = approach.there.live.race

    assert approach.kinds == [EventKind.LAP, EventKind.FINISH]
    assert approach.seen[1][1].value == race.total_of(race.racers[0])


def test_time_that_was_not_so_is_corrected_in_sight() -> None:
    """The server's car was pushed back a little before the line: it says another time."""
    approach = Approach(3 * gates_of_a_lap())
    pushed: list[int] = []

    def push() -> None:
        if approach.seen and not pushed:
            pushed.append(1)
            car = approach.racer.car
            car.x, car.y = car.x - car.vx * 0.05, car.y - car.vy * 0.05

    approach.drive(meanwhile=push)
    race = approach.there.live.race
    view = approach.there.view

    assert approach.kinds == [
        EventKind.LAP, EventKind.FINISH, LAP_CORRECTED, FINISH_CORRECTED,
    ]  # fmt: skip
    assert view.commentary.finish_ticks[0] == race.total_of(race.racers[0])
    assert view.commentary.last_lap_ticks == race.racers[0].best_lap_ticks
    newest = view.commentary.splits.newest(0)
    assert newest is not None
    assert newest.ticks == view.commentary.last_lap_ticks


def test_line_that_was_not_crossed_is_taken_back_in_words() -> None:
    """The server's car was stopped before the line: no lap, until it gets there."""
    approach = Approach(gates_of_a_lap())
    stopped: list[int] = []

    def stop() -> None:
        if approach.seen and not stopped:
            stopped.append(1)
            car = approach.racer.car
            car.vx = car.vy = 0.0

    approach.drive(60, stop)
    taken_back = list(approach.kinds)
    approach.drive(200)

    assert taken_back == [EventKind.LAP, NOT_OVER_LINE]
    assert approach.kinds == [EventKind.LAP, NOT_OVER_LINE, EventKind.LAP]
    assert approach.there.view.commentary.last_lap_ticks == approach.racer.best_lap_ticks


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.15])
def test_who_drives_off_at_green_has_not_jumped_the_start(delay_s: float) -> None:
    """The lamps go by the tick that the own hands are at, whatever the link."""
    there = RemoteRace(delay_s)
    seen: list[int] = []

    def hands(tick: int) -> CarInput:
        green = there.view.prediction.tick is not None and there.view.seconds_to_go(there.now) <= 0
        return FULL if green else CarInput()

    there.run(420, hands, lambda: seen.extend(row.kind for row in there.view.events))
    first = next(order for order in there.orders if order.throttle)

    assert EventKind.JUMP_START not in seen
    assert there.live.race.racers[0].penalty_ticks == 0
    # And nothing is lost: the car is driven from GO on, or a tick later.
    assert 0 <= first.tick - there.live.race.go_tick <= 2
