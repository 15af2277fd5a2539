"""What a track lends its drivers: canisters of nitro, and pits that mend.

The rules of who gets what; the server alone applies them to all cars. A
client asks the same questions about its own car, to show at once what it
will most likely get. A canister goes to the first car that reaches it; on one
tick to the car whose middle is nearest to it, then to the lower slot. A pit
mends one slow car at a time: who came first, and on one tick the same order.

Nothing here knows a race: who may take part (ghosts may not) is decided by
`race.py`.

Units: ticks of 1/60 s; metres, m/s; damage in percent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from car import CAR_LENGTH, CAR_WIDTH, NITRO_TICKS_MAX, Car
from track import Pit, Track

START_NITRO_TICKS: Final = 60
"""What is in the bottle on the grid."""
CANISTER_NITRO_TICKS: Final = 120
BACK_AFTER_TICKS: Final = 600
"""A canister that was taken lies there again so much later."""
CANISTER_RADIUS: Final = 0.8
PIT_SPEED_MAX: Final = 10.0
"""Who is faster is not mended."""
MEND_EVERY_TICKS: Final = 2
"""A pit mends one percent so often."""
LENGTH_REACH: Final = CAR_LENGTH / 2 + CANISTER_RADIUS
WIDTH_REACH: Final = CAR_WIDTH / 2 + CANISTER_RADIUS

Entry = tuple[int, Car]
"""A slot, and its car."""


class Pickup(NamedTuple):
    """Who got which canister."""

    slot: int
    number: int


class Mended(NamedTuple):
    """Who has been mended in a pit, and by how much."""

    slot: int
    points: int


@dataclass(slots=True)
class PitStop:
    """What goes on in one pit."""

    holder: int | None = None
    """The slot of the car that is mended."""
    points: int = 0
    """What it has been mended by so far."""


# Canisters


def reached(track: Track, car: Car) -> tuple[int, ...]:
    """Return the numbers of the canisters that a car's body touches, there or not."""
    near = track.near_canisters(car.x, car.y)
    return _touched(track, car, near) if near else ()


def _touched(track: Track, car: Car, near: tuple[int, ...]) -> tuple[int, ...]:
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    touched = []
    for number in near:
        canister = track.canisters[number]
        dx, dy = canister.x - car.x, canister.y - car.y
        along, across = abs(dx * cos + dy * sin), abs(dy * cos - dx * sin)
        if along <= LENGTH_REACH and across <= WIDTH_REACH:
            touched.append(number)
    return tuple(touched)


def fill(car: Car) -> None:
    """Put what is in a canister into the bottle of a car, in place; more than full is lost."""
    car.nitro_ticks = min(NITRO_TICKS_MAX, car.nitro_ticks + CANISTER_NITRO_TICKS)


def pick_up(track: Track, entries: Iterable[Entry], back: list[int], tick: int) -> list[Pickup]:
    """Give each canister that lies there to who has reached it, in place.

    Args:
        entries: the cars that may take one, in any order.
        back: when each canister lies there again; that of one taken is set.
    """
    claims: dict[int, list[Entry]] = {}
    for entry in entries:
        for number in reached(track, entry[1]):
            if back[number] <= tick:
                claims.setdefault(number, []).append(entry)
    if not claims:
        return []
    granted = []
    for number in sorted(claims):
        slot, car = nearest(claims[number], *track.canisters[number])
        fill(car)
        back[number] = tick + BACK_AFTER_TICKS
        granted.append(Pickup(slot, number))
    return granted


def lying(back: Sequence[int], tick: int) -> int:
    """Return the canisters that lie there as bits, the first one the lowest."""
    return sum(1 << number for number, again in enumerate(back) if again <= tick)


def nearest(entries: Iterable[Entry], x: float, y: float) -> Entry:
    """Return the car nearest to a place, of two the one with the lower slot."""
    return min(entries, key=lambda one: (math.hypot(one[1].x - x, one[1].y - y), one[0]))


# Pits


def may_be_mended(car: Car) -> bool:
    """Whether a pit could mend a car: damaged, and slow."""
    fast = PIT_SPEED_MAX * PIT_SPEED_MAX
    return car.damage > 0 and car.vx * car.vx + car.vy * car.vy < fast


def mend(car: Car, tick: int) -> int:
    """Mend a car for one tick, in place; return by how much."""
    if tick % MEND_EVERY_TICKS or car.damage == 0:
        return 0
    car.damage -= 1
    return 1


def serve(
    pits: Sequence[Pit], entries: Sequence[Entry], stops: Sequence[PitStop], tick: int
) -> list[Mended]:
    """Mend who is in a pit, in place; return who is done with it, or has left it.

    Args:
        entries: the cars that may be mended, in any order.
        stops: what goes on in each pit; changed.
    """
    slow = [entry for entry in entries if may_be_mended(entry[1])]
    done = []
    for pit, stop in zip(pits, stops, strict=True):
        able = {slot: car for slot, car in slow if pit.holds(car.x, car.y)}
        if stop.holder is not None and stop.holder not in able:
            if stop.points:
                done.append(Mended(stop.holder, stop.points))
            stop.holder, stop.points = None, 0
        if stop.holder is None and able:
            stop.holder = nearest(able.items(), pit.x, pit.y)[0]
        if stop.holder is not None:
            stop.points += mend(able[stop.holder], tick)
    return done
