"""What happens in a race, as a client tells it: once, in time, and taken back aloud."""

from __future__ import annotations

from car import Car
from commentary import CANISTER_LOST, Commentary
from milestones import LAP_CORRECTED, NOT_OVER_LINE
from protocol import CarFlag, CarRecord, EventRow
from race import EventKind
from track import track_of

TRACK = track_of("meadow")
GATES = len(TRACK.gates)
ME, OTHER = 2, 5
LINE_TICK = 900


def record(lap: int, next_gate: int) -> CarRecord:
    """Return what a snapshot says of the own car."""
    return CarRecord(
        ME, CarFlag(0), Car(), lap=lap, place=1, next_gate=next_gate,
        lap_started_tick=300, best_lap_ticks=0, input_lead=0, throttle=255, acked_sequence=0,
    )  # fmt: skip


def at_the_line() -> Commentary:
    """Return what is told of a race whose own car has just been shown to end its first lap."""
    told = Commentary(TRACK, laps=3, slot=ME)
    told.hear(record(0, 1), 300, 240)
    told.hear(record(0, 0), LINE_TICK - 2, 240)
    x, y, _ = TRACK.point_at(TRACK.gates[0].distance - 1.0)
    told.foretell(LINE_TICK - 1, Car(x=x, y=y), (), judged=True)
    x, y, _ = TRACK.point_at(TRACK.gates[0].distance + 1.0)
    told.foretell(LINE_TICK, Car(x=x, y=y), (), judged=True)
    return told


def lap(slot: int, ticks: int) -> EventRow:
    """Return the server's word on a lap."""
    return EventRow(int(EventKind.LAP), slot, LINE_TICK, ticks)


def test_lap_is_told_once() -> None:
    """Ahead of the server; its word is then no news."""
    told = at_the_line()
    told.note(lap(ME, 600))

    assert list(told.events) == [lap(ME, 600)]
    assert told.last_lap_ticks == 600


def test_lap_with_another_time_is_corrected() -> None:
    """The server's time counts, and the split with it."""
    told = at_the_line()
    told.note(lap(ME, 604))
    newest = told.splits.newest(ME)

    assert [one.kind for one in told.events] == [EventKind.LAP, LAP_CORRECTED]
    assert told.last_lap_ticks == 604
    assert newest is not None
    assert newest.ticks == 604


def test_lap_that_was_not_is_taken_back() -> None:
    """The server has the car before the line, long after it was told to be over it."""
    told = at_the_line()
    told.hear(record(0, 0), LINE_TICK + 30, 240)

    assert [one.kind for one in told.events] == [EventKind.LAP, NOT_OVER_LINE]
    assert told.last_lap_ticks is None
    assert told.splits.newest(ME) is None


def test_what_was_told_is_taken_back_where_the_race_goes_on_from_before() -> None:
    """As after a takeover: nothing of it is known there."""
    told = at_the_line()
    told.break_off()
    told.note(lap(ME, 640))

    assert [one.kind for one in told.events] == [EventKind.LAP, NOT_OVER_LINE, EventKind.LAP]
    assert told.last_lap_ticks == 640


def test_laps_of_others_are_not_ours() -> None:
    """They are told by the server's word, and their splits are kept."""
    told = Commentary(TRACK, laps=3, slot=ME)
    told.note(lap(OTHER, 600))

    assert list(told.events) == [lap(OTHER, 600)]
    assert told.last_lap_ticks is None
    assert told.splits.newest(OTHER) is not None


def test_finish_of_each_is_kept() -> None:
    """With its time, for the order and for the clock."""
    told = Commentary(TRACK, laps=3, slot=ME)
    told.note(EventRow(int(EventKind.FINISH), OTHER, 2000, 1760))
    told.note(EventRow(int(EventKind.FINISH), ME, 2100, 1860))

    assert told.finish_ticks == {OTHER: 1760, ME: 1860}


def test_canister_that_another_was_granted_is_told_to_be_lost() -> None:
    """Who was first is named."""
    told = Commentary(TRACK, laps=3, slot=ME)
    told.claim({4: 500})
    told.note(EventRow(int(EventKind.PICKUP), OTHER, 498, 4))

    assert list(told.events) == [
        EventRow(int(EventKind.PICKUP), OTHER, 498, 4),
        EventRow(CANISTER_LOST, OTHER, 498, 4),
    ]


def test_canister_that_nobody_was_granted_is_told_to_be_lost() -> None:
    """The car was not where it seemed: it still lies there."""
    told = Commentary(TRACK, laps=3, slot=ME)
    told.claim({4: 500})
    told.miss(510, 1 << 4, {})

    assert list(told.events) == [EventRow(CANISTER_LOST, ME, 510, 4)]


def test_gates_are_counted_over_all_laps() -> None:
    """Gate 0 is due before the first lap, and at the end of each."""
    told = Commentary(TRACK, laps=3, slot=ME)
    counted = []
    for laps, gate in ((0, 0), (0, 1), (0, GATES - 1), (0, 0), (1, 1)):
        told.hear(record(laps, gate), 300, 240)
        counted.append(told.gates_crossed)

    assert counted == [0, 1, GATES - 1, GATES, GATES + 1]
