"""From pictures that were drawn, and the truth about them, to figures.

It is told everything and measures nothing itself.

Units: metres, seconds (monotonic); ticks of 1/60 s; milliseconds where a name says so.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import quantile
from benchmarks.feel_truth import Truth
from car import CAR_LENGTH, DT
from warps import WARP_METRES

TOUCHES_M = CAR_LENGTH + 0.4
"""Cars whose middles are nearer than this may touch."""
AFTER_TOUCH_TICKS, BEFORE_TOUCH_TICKS = 60, 30
"""A correction counts as one of contact so long after a touch, and before it: what is
predicted beyond the snapshot may hold a touch already."""
AFTER_PUT_TICKS = 60
"""A correction so long after the car was put back on the road is that."""
STALL_S = 0.1
"""Three snapshots that did not come in time are seen as a stall."""
AFTER_STALL_S = 1.0
LATE_S = 0.004
"""A picture that begins so much later than it should is the machine's fault."""
NEAR_M, FAR_M = 12.0, 45.0
"""Between the middles of two cars: nearer they may touch soon; further they do not matter."""
PATH_TICKS = 2.0
"""A car between past and present is judged by its path, looked at so finely."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One car of one picture."""

    slot: int
    x: float
    y: float
    jump: float | None
    """By how much it moved beyond what its speed explains; None where that says nothing."""


@dataclass(slots=True)
class Picture:
    """What was drawn at one moment, and what was known then."""

    now: float
    late: float
    """By how much it began later than it should."""
    tick: int
    """Of the newest snapshot."""
    own_tick: float
    """The moment of the race at which the own car is drawn."""
    shown_tick: float
    """That at which cars far away are."""
    corrected: float | None
    """By how much a new snapshot moved the own car; None where none came."""
    driving: bool
    """Whether the own hands drive, and the race is on."""
    cars: list[Drawn] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """All that was seen in one run from one seat."""

    slot: int
    pictures: list[Picture] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """For each key, the picture in which the car answered: 1 is the first one."""
    arrivals: list[float] = field(default_factory=list)
    """When snapshots came, each once."""


def share(values: Sequence[float], part: float) -> float | None:
    """Return the value below which a part of all are; None where there are none."""
    return round(quantile(values, part), 4) if values else None


def touches(truth: Truth, slot: int, first: int, last: int) -> list[int]:
    """Return the ticks at which a car was near enough to another to touch it."""
    others = [one for one in truth.slots if one != slot]
    found = []
    for tick in range(first, last + 1, 2):
        me = truth.car(slot, tick)
        cars = [truth.car(other, tick) for other in others] if me is not None else []
        if any(
            math.hypot(car.x - me.x, car.y - me.y) < TOUCHES_M
            for car in cars
            if car is not None and me is not None
        ):
            found.append(tick)
    return found


def put_back(truth: Truth, slot: int, first: int, last: int) -> list[int]:
    """Return the ticks at which the server set a car down somewhere else."""
    found = []
    for tick in range(first, last + 1, 2):
        before, after = truth.car(slot, tick), truth.car(slot, tick + 2)
        if before is not None and after is not None:
            moved = math.hypot(after.x - before.x, after.y - before.y)
            if moved > CAR_LENGTH + 2 * DT * max(before.speed, after.speed):
                found.append(tick)
    return found


def figures(run: Run, truth: Truth) -> dict[str, object]:
    """Return the figures of one run."""
    pictures = [one for one in run.pictures if one.driving]
    if not pictures:
        return {"pictures": 0}
    touched = touches(truth, run.slot, pictures[0].tick, pictures[-1].tick)
    put = put_back(truth, run.slot, pictures[0].tick, pictures[-1].tick)
    alone, bumped = _corrections(pictures, touched, put)
    stalls = [
        later for before, later in zip(run.arrivals, run.arrivals[1:], strict=False)
        if later - before > STALL_S
    ]  # fmt: skip
    seconds = pictures[-1].now - pictures[0].now
    return {
        "pictures": len(pictures),
        "late_share": _part([one.late > LATE_S for one in pictures]),
        "late_ms_p99": _ms(share([one.late for one in pictures], 0.99)),
        "keys": len(run.answers),
        "key_first_share": _part([one == 1 for one in run.answers]),
        "key_frames_p50": share(run.answers, 0.5),
        "key_frames_p99": share(run.answers, 0.99),
        "correction_m_p50": share(alone, 0.5),
        "correction_m_p99": share(alone, 0.99),
        "correction_m_max": share(alone, 1.0),
        "corrections": len(alone),
        "contact_correction_m_p50": share(bumped, 0.5),
        "contact_correction_m_p99": share(bumped, 0.99),
        "contact_correction_m_max": share(bumped, 1.0),
        "contact_corrections": len(bumped),
        **_remote(pictures, run.slot, truth),
        **_jumps(pictures, run.slot, stalls, seconds),
        "stalls": len(stalls),
        "snapshots_a_second": round(len(run.arrivals) / max(1.0, seconds), 1),
        "seconds": round(seconds, 1),
    }


def _part(flags: Sequence[bool]) -> float | None:
    return round(sum(flags) / len(flags), 3) if flags else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _corrections(
    pictures: Sequence[Picture], touched: Sequence[int], put: Sequence[int]
) -> tuple[list[float], list[float]]:
    """Return the corrections without contact, and those that may come from it.

    That a driver is put back on the road, as asked, is none.
    """
    alone: list[float] = []
    bumped: list[float] = []
    for one in pictures:
        if one.corrected is None:
            continue
        asked = bisect_left(put, one.tick - AFTER_PUT_TICKS)
        if asked < len(put) and put[asked] <= one.tick:
            continue
        first = bisect_left(touched, one.tick - AFTER_TOUCH_TICKS)
        ahead = one.own_tick + BEFORE_TOUCH_TICKS
        near = first < len(touched) and touched[first] <= ahead
        (bumped if near else alone).append(one.corrected)
    return alone, bumped


def _remote(pictures: Sequence[Picture], slot: int, truth: Truth) -> dict[str, object]:
    """Return how far from the truth other cars were drawn, near ones and far ones.

    Near the own car the truth is that of the own car's moment, for there they
    touch; far from it, that of the tick that is shown. All are compared with the
    path that the car took between the two, whenever, and with the server's present.
    """
    far: list[float] = []
    near: list[float] = []
    present: list[float] = []
    path: list[float] = []
    for one in pictures[::2]:
        me = next((car for car in one.cars if car.slot == slot), None)
        for car in one.cars:
            if car.slot == slot or me is None:
                continue
            apart = math.hypot(car.x - me.x, car.y - me.y)
            there = _error(truth, car, truth.tick_at(one.now))
            off = _off_path(truth, car, one.shown_tick - PATH_TICKS, one.own_tick + PATH_TICKS)
            if there is None or off is None:
                continue
            present.append(there)
            path.append(off)
            if apart < NEAR_M:
                near += _known(_error(truth, car, one.own_tick))
            elif apart > FAR_M:
                far += _known(_error(truth, car, one.shown_tick))
    return {
        "near_error_m_p50": share(near, 0.5),
        "near_error_m_p99": share(near, 0.99),
        "near_pictures": len(near),
        "far_error_m_p50": share(far, 0.5),
        "far_error_m_p99": share(far, 0.99),
        "path_error_m_p50": share(path, 0.5),
        "path_error_m_p99": share(path, 0.99),
        "present_error_m_p50": share(present, 0.5),
        "present_error_m_p99": share(present, 0.99),
    }


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _error(truth: Truth, drawn: Drawn, tick: float) -> float | None:
    car = truth.car(drawn.slot, tick)
    return None if car is None else math.hypot(drawn.x - car.x, drawn.y - car.y)


def _off_path(truth: Truth, drawn: Drawn, first: float, last: float) -> float | None:
    """Return how far from where a car was between two ticks it is drawn."""
    nearest: float | None = None
    count = max(1, math.ceil((last - first) / PATH_TICKS))
    before = truth.car(drawn.slot, first)
    for number in range(1, count + 1):
        car = truth.car(drawn.slot, first + (last - first) * number / count)
        if before is not None and car is not None:
            along_x, along_y = car.x - before.x, car.y - before.y
            square = along_x * along_x + along_y * along_y
            x, y = drawn.x - before.x, drawn.y - before.y
            part = (x * along_x + y * along_y) / square if square else 0.0
            part = min(max(part, 0.0), 1.0)
            off = math.hypot(x - part * along_x, y - part * along_y)
            nearest = off if nearest is None else min(nearest, off)
        before = car
    return nearest


def _jumps(
    pictures: Sequence[Picture], slot: int, stalls: Sequence[float], seconds: float
) -> dict[str, object]:
    """Return warps and shivers; a warp within a second of a stall is told apart."""
    own = [car.jump for one in pictures for car in one.cars if car.slot == slot]
    others = [car.jump for one in pictures for car in one.cars if car.slot != slot]
    warped = [
        one.now for one in pictures for car in one.cars
        if car.jump is not None and car.jump > WARP_METRES
    ]  # fmt: skip
    stalled = sum(
        bisect_right(stalls, at) != bisect_left(stalls, at - AFTER_STALL_S) for at in warped
    )
    minutes = max(seconds, 1.0) / 60.0
    return {
        "own_jump_m_p99": share([one for one in own if one is not None], 0.99),
        "own_jump_m_max": share([one for one in own if one is not None], 1.0),
        "other_jump_m_p99": share([one for one in others if one is not None], 0.99),
        "other_jump_m_max": share([one for one in others if one is not None], 1.0),
        "warps_a_minute": round((len(warped) - stalled) / minutes, 2),
        "warps_after_stalls": stalled,
    }
