"""Ghosts as a client sees them: taken in, drawn, raced against, told as saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from car import Car, CarClass
from chase import OWN_BEST, Chase, car_at, times_of
from errors import BadGhost
from judge import split_at
from protocol import (
    CarFlag,
    CarRecord,
    EventRow,
    GhostKind,
    RaceEvents,
    SavedState,
    Snapshot,
    pack_cars,
    pack_lap,
)
from racer import EventKind
from tests.ghost_rows import BEA, TICKS, lap_of, row, told
from tests.racing import MEADOW
from tests.test_view import ME, START, welcomed
from view import GHOSTS_KEPT, View

BOTH = told(row(GhostKind.OWN), row(GhostKind.RECORD, BEA, "Bea", TICKS - 300))


def test_ghosts_drive_their_laps_the_own_one_first() -> None:
    """Where they were so long into the lap, as fast as they were; the faster one is ahead."""
    chase = Chase(MEADOW)
    chase.take(BOTH, ME)
    (name, mine), (other, hers) = chase.cars(CarClass.TOURING, 600.0)
    x, y, _ = MEADOW.point_at(MEADOW.length / 4)

    assert (name, other) == (OWN_BEST, "Bea")
    assert (mine.x, mine.y) == pytest.approx((x, y), abs=0.1)
    assert mine.speed == pytest.approx(MEADOW.length / TICKS * 60, rel=0.05)
    assert hers.speed > mine.speed
    assert mine.car_class is CarClass.TOURING


def test_ghost_is_gone_at_the_end_of_its_lap() -> None:
    """The slower one is still there; before the line there is none."""
    chase = Chase(MEADOW)
    chase.take(BOTH, ME)

    assert [name for name, _ in chase.cars(CarClass.TOURING, TICKS - 200)] == [OWN_BEST]
    assert chase.cars(CarClass.TOURING, TICKS + 1) == []
    assert chase.cars(CarClass.TOURING, -1) == []
    assert chase.cars(CarClass.LIGHT, 600.0) == []


def test_who_holds_the_record_chases_one_ghost() -> None:
    """Two in the same place would be one too many."""
    chase = Chase(MEADOW)
    chase.take(told(row(GhostKind.OWN), row(GhostKind.RECORD)), ME)

    assert [name for name, _ in chase.cars(CarClass.TOURING, 600.0)] == [OWN_BEST]


def test_laps_of_a_track_that_has_changed_are_ignored() -> None:
    """In the message, or in the lap itself."""
    chase = Chase(MEADOW)
    foreign = pack_lap(replace(lap_of(), digest="0" * 16))
    chase.take(replace(BOTH, digest="0" * 16), ME)
    chase.take(told(replace(row(GhostKind.OWN), lap=foreign)), ME)

    assert chase.cars(CarClass.TOURING, 600.0) == []


def test_ghost_has_ended_the_parts_of_its_lap_when_it_crossed_their_gates() -> None:
    """To the tick or two between which it was recorded."""
    gates = MEADOW.gates
    times = times_of(lap_of(), MEADOW)
    marks = {EventKind.FIRST_SPLIT: 1, EventKind.SECOND_SPLIT: 2}
    due = {
        marks[split]: gate.distance / MEADOW.length * TICKS
        for number, gate in enumerate(gates)
        if (split := split_at(MEADOW, number)) is not None
    }

    assert times.keys() == {1, 2, 3}
    assert times[3] == TICKS
    assert times[1] == pytest.approx(due[1], abs=3)
    assert times[2] == pytest.approx(due[2], abs=3)


def test_car_of_a_lap_at_its_last_tick_still_moves() -> None:
    """There is no tick behind it to look at."""
    car = car_at(lap_of(), float(TICKS))

    assert car is not None
    assert car.speed > 5.0


# In the view


def trial_view() -> View:
    """Return a view in a time trial, a second after GO."""
    view = welcomed()
    view.receive(replace(START, mode=1), 1.0)
    x, y, heading = MEADOW.grid[0]
    record = CarRecord(0, CarFlag.ENGINE, Car(x, y, heading), 0, 1, 1, 240, 0, 0, 0, 0)
    view.receive(Snapshot(1, 300, 2, 240, 240, pack_cars([record])), 2.0)
    return view


def test_ghosts_start_with_the_own_lap() -> None:
    """At GO, and not in the countdown."""
    view = trial_view()
    view.receive(BOTH, 2.0)
    assert view.race is not None
    (name, car), _ = view.race.ghosts(2.0)
    lap_tick = view.race.clock.input_tick(2.0) - 240
    x, y, _ = MEADOW.point_at(lap_tick / TICKS * MEADOW.length)

    assert name == OWN_BEST
    assert lap_tick >= 60
    assert (car.x, car.y) == pytest.approx((x, y), abs=0.5)
    view.race.hold("waits")
    assert view.race.ghosts(2.0) == []


def test_split_times_are_told_against_the_ghosts() -> None:
    """From the first lap on: against the own best, and against the record."""
    view = trial_view()
    view.receive(BOTH, 2.0)
    view.receive(RaceEvents((EventRow(int(EventKind.FIRST_SPLIT), 0, 1100, 860),), 1), 3.0)
    assert view.race is not None
    split = view.race.commentary.splits.newest(0)
    own = view.race.chase.times(CarClass.TOURING, GhostKind.OWN)
    record = view.race.chase.times(CarClass.TOURING, GhostKind.RECORD)

    assert split is not None
    assert (split.to_own_best, split.to_fastest) == (860 - own[1], 860 - record[1])


def test_best_lap_is_told_saved_when_it_is() -> None:
    """Once, with its time; as the record where it is."""
    view = trial_view()
    view.receive(told(row(GhostKind.OWN), saved=SavedState.SAVING), 3.0)
    assert not view.notices
    view.receive(BOTH, 4.0)
    view.receive(BOTH, 5.0)
    view.receive(told(row(GhostKind.OWN, ticks=2_000), saved=SavedState.SAVING), 6.0)
    view.receive(told(row(GhostKind.RECORD, ticks=2_000), saved=SavedState.NOT_KEPT), 7.0)

    assert [one.text for one in view.notices] == [
        "0:40.000 is your best here, and saved.",
        "0:33.333 is the record of this track.",
    ]


def test_new_best_lap_replaces_the_ghost_at_once() -> None:
    """The record stays until the server tells another."""
    view = trial_view()
    view.receive(BOTH, 3.0)
    view.receive(told(row(GhostKind.OWN, ticks=2_300), saved=SavedState.SAVING), 3.0)
    assert view.race is not None
    chase = view.race.chase
    laps = [chase.lap(CarClass.TOURING, kind) for kind in GhostKind]

    assert [lap.ticks for lap in laps if lap is not None] == [2_300, TICKS - 300]
    assert view.ghosts["meadow", 1].keys() == {0, 1}


def test_ghost_that_cannot_be_read_is_told_and_left_out() -> None:
    """The race goes on without it."""
    view = trial_view()
    view.receive(told(replace(row(GhostKind.OWN), lap=b"no lap")), 3.0)

    assert "drive a better one" in view.notices[-1].text
    assert view.race is not None
    assert view.race.ghosts(3.0) == []
    with pytest.raises(BadGhost):
        Chase(MEADOW).take(told(replace(row(GhostKind.OWN), lap=b"")), ME)


def test_database_that_is_away_leaves_the_known_ghosts() -> None:
    """It is told, and nothing is forgotten."""
    view = trial_view()
    view.receive(BOTH, 3.0)
    view.receive(replace(BOTH, rows=(), available=False), 4.0)

    assert "cannot be had" in view.notices[-1].text
    assert view.race is not None
    assert len(view.race.ghosts(2.0)) == 2


def test_ghosts_of_few_tracks_are_remembered() -> None:
    """Whatever a server sends."""
    view = welcomed()
    for number in range(GHOSTS_KEPT + 5):
        view.receive(replace(BOTH, track=f"track-{number}", rows=()), 1.0)

    assert len(view.ghosts) == GHOSTS_KEPT
