"""Where a road crosses itself at grade, and who is on which branch there.

A road may cross itself only where its file says so; anywhere else two parts
keep a strip between them. Pure geometry: arrays in, places out.

Units: metres, radians; samples are numbers of points of the centreline.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from track_shape import Bools, Floats

ROADS_APART = 3.0
"""Least strip between two parts of the road."""
ANGLE_MIN = math.radians(45.0)
"""Two branches meet at no less."""
FOUND_WITHIN = 12.0
"""A crossing lies so near to the place that the file names."""
NEARBY_SAMPLES = 60
ROUNDING = 1.15
"""Branches that bend a little stay near each other for longer."""


class Crossing(NamedTuple):
    """A place where two branches of the road meet."""

    x: float
    y: float
    first: int
    """The sample where the branch driven first meets the other."""
    second: int
    angle: float
    """Between the branches, from 0 to half of pi."""
    reach: float
    """So far along each branch from the middle, it is near the other."""


def find_crossing(
    points: Floats, tangents: Floats, half_widths: Floats, at: tuple[float, float]
) -> Crossing | None:
    """Return the crossing at a place, or None where the road does not cross itself."""
    count = len(points)
    away = np.hypot(points[:, 0] - at[0], points[:, 1] - at[1])
    one = int(away.argmin())
    gap = np.abs(np.arange(count) - one)
    far = np.minimum(gap, count - gap) > NEARBY_SAMPLES
    if not far.any():
        return None
    other = int(np.flatnonzero(far)[away[far].argmin()])
    around = np.arange(-NEARBY_SAMPLES // 2, NEARBY_SAMPLES // 2 + 1)
    ones, others = (one + around) % count, (other + around) % count
    apart = np.hypot(*(points[ones][:, None] - points[others][None]).transpose(2, 0, 1))
    row, column = np.unravel_index(int(apart.argmin()), apart.shape)
    first, second = sorted((int(ones[row]), int(others[column])))
    step = float(np.hypot(*(points[1] - points[0])))
    x, y = ((points[first] + points[second]) / 2).tolist()
    if apart.min() > step or math.dist((x, y), at) > FOUND_WITHIN:
        return None
    cosine = abs(float(tangents[first] @ tangents[second]))
    angle = math.acos(min(1.0, cosine))
    wide = float(half_widths[first] + half_widths[second]) + ROADS_APART
    reach = ROUNDING * wide / max(math.sin(angle), 0.2)
    return Crossing(x, y, first, second, angle, reach)


def at_crossings(crossings: tuple[Crossing, ...], count: int, spacing: float) -> Bools:
    """Return which samples are near another branch at a crossing."""
    near = np.zeros(count, bool)
    for crossing in crossings:
        for sample in (crossing.first, crossing.second):
            near |= _within(np.arange(count), sample, crossing.reach, count, spacing)
    return near


def first_touch(
    points: Floats, half_widths: Floats, spacing: float, crossings: tuple[Crossing, ...]
) -> int | None:
    """Return a sample where the road comes too near to another part of itself."""
    count = len(points)
    index = np.arange(0, count, 4)
    places, halves = points[index], half_widths[index]
    for number, at in enumerate(index):
        gap = np.hypot(*(places - places[number]).T) - halves - halves[number]
        along = np.abs(index - at) * spacing
        along = np.minimum(along, count * spacing - along)
        near = (gap < ROADS_APART) & (along > 4.0 * halves + 12.0)
        for crossing in crossings:
            for mine, other in (
                (crossing.first, crossing.second),
                (crossing.second, crossing.first),
            ):
                if _within(index[number : number + 1], mine, crossing.reach, count, spacing)[0]:
                    near &= ~_within(index, other, crossing.reach, count, spacing)
        if near.any():
            return int(at)
    return None


def _within(samples: np.ndarray, middle: int, reach: float, count: int, spacing: float) -> Bools:
    """Return which samples are within a reach of one, along the closed road."""
    gap = np.abs(samples - middle)
    near: Bools = np.minimum(gap, count - gap) * spacing <= reach
    return near
