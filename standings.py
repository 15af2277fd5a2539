"""The order of a race as a client shows it: places, and gaps in seconds.

Places are the server's; the gaps are worked out here, from how far each car
has driven, with the same measure as `Race` uses. Pure functions; nothing is
remembered.

Units: metres, seconds; ticks of 1/60 s where the name says so.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from protocol import CarFlag, CarRecord
from race import TICKS_A_SECOND
from track import Track

PACE_MIN = 12.0
"""A slow car is taken to be this fast when its gap is worked out."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the order."""

    slot: int
    place: int
    gap_s: float
    """Behind the leader, about; 0 for the leader."""
    laps_behind: int


def standings(
    track: Track,
    records: Iterable[CarRecord],
    on_grid: Collection[int],
    finish_ticks: Mapping[int, int],
    race_ticks: int,
) -> list[Standing]:
    """Return the order, first place first.

    Args:
        on_grid: slots that have not crossed the line yet.
        finish_ticks: the race times of who has finished, by slot.
        race_ticks: the time of the race so far.
    """
    order = sorted(records, key=lambda one: one.place)
    driven = [driven_metres(track, one, on_grid=one.slot in on_grid) for one in order]
    won = finish_ticks.get(order[0].slot) if order else None
    lines: list[Standing] = []
    since_s = max(0, race_ticks - won) / TICKS_A_SECOND if won is not None else 0.0
    for number, (record, metres) in enumerate(zip(order, driven, strict=True)):
        behind = max(0.0, driven[0] - metres)
        ended = finish_ticks.get(record.slot)
        ahead = lines[-1].gap_s if lines else 0.0
        if not lines:
            gap_s = 0.0
        elif won is not None and ended is not None:
            gap_s = (ended - won) / TICKS_A_SECOND
        else:
            # From car to car: were it from the leader, who brakes alone would
            # be shown behind those who still have to brake.
            apart = max(0.0, driven[number - 1] - metres)
            gap_s = max(ahead, since_s) + apart / max(PACE_MIN, record.car.speed)
        # Penalties may put a car behind one that crossed the line after it.
        gap_s = max(gap_s, ahead)
        lines.append(Standing(record.slot, record.place, gap_s, int(behind // track.length)))
    return lines


def trial_standings(records: Iterable[CarRecord]) -> list[Standing]:
    """Return the order of a time trial; gaps are those of the best laps, 0 without one."""
    order = sorted(records, key=lambda one: one.place)
    best = order[0].best_lap_ticks if order else 0
    return [
        Standing(
            one.slot, one.place, max(0, one.best_lap_ticks - best) / TICKS_A_SECOND, laps_behind=0
        )
        for one in order
    ]


def driven_metres(track: Track, record: CarRecord, *, on_grid: bool) -> float:
    """Return how far a car has driven, negative behind the line at the start."""
    gates, length = track.gates, track.length
    if record.flags & CarFlag.FINISHED:
        return record.lap * length
    along = track.locate(record.car.x, record.car.y, heading=record.car.heading).distance
    if on_grid:
        return min(0.0, math.remainder(along, length))
    last = (record.next_gate - 1) % len(gates)
    step = length / len(gates)
    beyond = math.remainder(along - gates[last].distance, length)
    return record.lap * length + last * step + min(max(beyond, 0.0), step)
