"""Split times, car by car, against the best laps so far.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from judge import split_at
from racer import EventKind
from splits import Split, Splits
from tests.racing import LOADED, cross_all_gates, started


def drive(splits: Splits, slot: int, *times: int, start: int = 1000) -> list[Split | None]:
    """Let a car end the parts of a lap at these times; return what is said of each."""
    said = []
    kinds = (EventKind.FIRST_SPLIT, EventKind.SECOND_SPLIT, EventKind.LAP)
    for kind, ticks in zip(kinds, times, strict=False):
        splits.note(kind, slot, start + ticks, ticks)
        said.append(splits.newest(slot))
    return said


def test_first_lap_has_nothing_to_be_held_against() -> None:
    """The times alone."""
    splits = Splits()

    assert splits.newest(0) is None
    assert drive(splits, 0, 100, 200, 310) == [
        Split(1, 100, 1100, None, None),
        Split(2, 200, 1200, None, None),
        Split(3, 310, 1310, None, None),
    ]


def test_laps_are_held_against_the_own_best_and_the_fastest_of_all() -> None:
    """Each part against the same part of those laps, as they were before."""
    splits = Splits()
    drive(splits, 0, 100, 200, 300)
    drive(splits, 1, 90, 205, 290)
    drive(splits, 0, 120, 220, 330)
    said = drive(splits, 0, 95, 198, 285)

    assert [(one.to_own_best, one.to_fastest) for one in said if one is not None] == [
        (-5, 5), (-2, -7), (-15, -5),
    ]  # fmt: skip


def test_parts_that_were_not_seen_are_not_made_up() -> None:
    """Who began to watch in mid-lap knows the lap's time alone."""
    splits = Splits()
    splits.note(EventKind.LAP, 0, 1000, 300)
    said = drive(splits, 0, 95, 198, 285)

    assert [one.to_own_best for one in said if one is not None] == [None, None, -15]


def test_lap_that_is_broken_off_leaves_no_parts() -> None:
    """A race that goes on from an older save drives them once more."""
    splits = Splits()
    drive(splits, 0, 50)
    splits.break_off()
    splits.note(EventKind.LAP, 0, 1000, 300)
    said = drive(splits, 0, 95)

    assert [one.to_own_best for one in said if one is not None] == [None]


def test_race_tells_two_splits_a_lap_in_thirds() -> None:
    """On each track; the lap itself is the third."""
    for track in LOADED.values():
        gates = len(track.gates)
        race = started(laps=2, track=track)
        events = [*cross_all_gates(race, 0), *cross_all_gates(race, 0)]
        splits = [one for one in events if one.kind in (16, 17)]
        numbers = [number for number in range(gates) if split_at(track, number) is not None]

        assert [one.kind.name for one in splits] == ["FIRST_SPLIT", "SECOND_SPLIT"] * 2
        assert all(abs(numbers[at] / gates - (at + 1) / 3) < 0.5 / gates + 1e-9 for at in (0, 1))
        assert all(0 < one.value < 60 for one in splits)


def test_part_that_is_taken_back_leaves_no_trace() -> None:
    """A lap that was told too early is driven to its end again, against the same times."""
    splits = Splits()
    drive(splits, 0, 100, 200, 300)
    before = drive(splits, 0, 95, 198)[-1]
    splits.note(EventKind.LAP, 0, 2285, 285)
    splits.take_back(0)
    assert splits.newest(0) == before
    splits.take_back(0)
    splits.note(EventKind.LAP, 0, 2286, 286)

    assert splits.newest(0) == Split(3, 286, 2286, -14, -14)
    assert [one.to_own_best for one in drive(splits, 0, 95, 198) if one is not None] == [0, 0]
