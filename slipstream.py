"""The air behind cars: who follows close and straight finds it thinner.

`Race` asks once in a while how thin it is for each car, and lets the car's
`draft` follow; `car.py` turns that into less drag. Nothing here moves a car.

A wake is felt most within two car lengths, widens and weakens behind that
(J. Katz, "Race Car Aerodynamics", ch. 5 and 8); a second car ahead thins
what the first one left.

Units: metres, m/s; drafts from 0 to `DRAFT_MAX`.
"""

from __future__ import annotations

import math
from typing import Final

from car import DRAFT_MAX, Car

REACH: Final = 35.0
"""Between the middles of two cars; further behind nothing is felt."""
NEAR: Final = 11.0
"""Up to here a wake is at its strongest."""
WIDTH: Final = 2.2
"""Half the width of a wake at the car that makes it."""
WIDENS: Final = 0.05
"""By so much for each metre."""
SPEED_MIN: Final = 12.0
"""Slower cars leave no wake."""
SPEED_FULL: Final = 30.0
"""From here on the wake is what it can be."""
DRAFT_EVERY_TICKS: Final = 3
"""`Race` lets each car's draft follow so often."""
DRAFT_RISES: Final = 15
"""By so much each time: a second until all is felt."""
DRAFT_FALLS: Final = 12


def draft_behind(car: Car, others: list[Car]) -> int:
    """Return how thin the air is for a car behind others, itself left out."""
    x, y, vx, vy = car.x, car.y, car.vx, car.vy
    speed = math.sqrt(vx * vx + vy * vy)
    if speed < SPEED_MIN:
        return 0
    ux, uy = vx / speed, vy / speed
    thick = 1.0
    for other in others:
        dx, dy = other.x - x, other.y - y
        ahead = dx * ux + dy * uy
        if not 0.0 < ahead < REACH:
            continue
        across = (dy * ux - dx * uy) / (WIDTH + WIDENS * ahead)
        if not -1.0 < across < 1.0:
            continue
        # Who crosses the road, or comes the other way, leaves no wake along it.
        pace = other.vx * ux + other.vy * uy
        if pace < SPEED_MIN:
            continue
        wake = 1.0 - across * across
        if ahead > NEAR:
            wake *= (REACH - ahead) / (REACH - NEAR)
        if pace < SPEED_FULL:
            wake *= pace / SPEED_FULL
        thick *= 1.0 - wake
    return round(DRAFT_MAX * (1.0 - thick)) if thick < 1.0 else 0


def draft_follows(tick: int, slot: int) -> bool:
    """Whether a car's draft follows its target at a tick: a third of all cars do."""
    return (tick + slot) % DRAFT_EVERY_TICKS == 0


def eased_draft(now: int, target: int) -> int:
    """Return the draft the next time, on its way to a target."""
    if target > now:
        return min(target, now + DRAFT_RISES)
    return max(target, now - DRAFT_FALLS)
