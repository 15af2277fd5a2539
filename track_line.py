"""The racing line of a track: where its road bends least.

It minimises the sum of squared second differences of the line's points, each
on its own stretch across the road. What speed the line allows is not decided
here (see `pace.py`).

The sums are solved band by band in plain Python: two hundred unknowns take a
millisecond, also where a library would spread them over busy cores.

Sources: the line of least curvature in Braghin et al., "Race driver model";
active sets in Nocedal and Wright, "Numerical Optimization", ch. 16; the
solution by bands and a border in Golub and Van Loan, "Matrix Computations",
ch. 4.

Units: metres; offsets are positive to the right of the direction of travel.
"""

from __future__ import annotations

import numpy as np

from track_shape import Bools, Floats, smoothed

LINE_MARGIN = 2.2
"""The racing line keeps so far from the edge: half a car and a little."""
LINE_STEPS = (16, 8)
"""The racing line is found on every sixteenth sample, then on every eighth."""
LINE_ROUNDS_MAX = 14
MIDDLE_PULL = 1e-7
"""A breath of a pull to the middle, lest a straight has many best lines."""

Bands = tuple[Floats, Floats, Floats]
"""A closed symmetric matrix (n, n) by its diagonal and the two beside it, each (n)."""


def racing_line(points: Floats, normals: Floats, half_widths: Floats) -> Floats:
    """Return the lateral offset (n) of the line of least curvature within the road."""
    fine = np.zeros(len(points))
    # Coarse to fine: the coarse line tells where the fine one meets the edge.
    for step in LINE_STEPS:
        index = np.arange(0, len(points) - len(points) % step, step)
        room = half_widths[index] - LINE_MARGIN
        offset = _straightest(points[index], normals[index], room, fine[index])
        around = np.append(index, len(points)), np.append(offset, offset[0])
        fine = np.interp(np.arange(len(points)), *around)
    # The corners between the last samples are rounded.
    return smoothed(fine, 2 * LINE_STEPS[-1] - 1)


def _straightest(base: Floats, normal: Floats, room: Floats, guess: Floats) -> Floats:
    """Return the offsets within `room` of least squared second difference.

    A quadratic with bounds, solved by active sets: offsets pressed against
    the edge stay there while the others are solved for.
    """
    bands, slope = _quadratic(base, normal)
    pressed = np.where(np.abs(guess) > room - 0.01, np.sign(guess), 0.0)
    offset = guess
    for _ in range(LINE_ROUNDS_MAX):
        free = pressed == 0.0
        offset = _solved(bands, -slope, free, pressed * room)
        leaving = pressed * (_times(bands, offset) + slope) > 0.0
        beyond = np.where(np.abs(offset) > room, np.sign(offset), 0.0)
        after = np.where(free, beyond, np.where(leaving, 0.0, pressed))
        if np.array_equal(after, pressed):
            break
        pressed = after
    return np.clip(offset, -room, room)


def _quadratic(base: Floats, normal: Floats) -> tuple[Bands, Floats]:
    """Return the matrix and the slope at offset 0 of half the sum of squares."""
    ahead, further = np.roll(normal, -1, 0), np.roll(normal, -2, 0)
    bands = (
        6.0 * (normal * normal).sum(1) + MIDDLE_PULL,
        -4.0 * (normal * ahead).sum(1),
        (normal * further).sum(1),
    )
    second = np.roll(base, -1, 0) - 2.0 * base + np.roll(base, 1, 0)
    fourth = np.roll(second, -1, 0) - 2.0 * second + np.roll(second, 1, 0)
    slope: Floats = (normal * fourth).sum(1)
    return bands, slope


def _times(bands: Bands, vector: Floats) -> Floats:
    """Return the matrix times a vector (n)."""
    middle, one, two = bands
    product: Floats = middle * vector
    product = product + one * np.roll(vector, -1) + np.roll(one * vector, 1)
    return product + two * np.roll(vector, -2) + np.roll(two * vector, 2)


def _solved(bands: Bands, wanted: Floats, free: Bools, fixed: Floats) -> Floats:
    """Return `x` (n) with `matrix @ x = wanted` where free, and `fixed` elsewhere."""
    middle, one, two = bands
    right = np.where(free, wanted - _times(bands, fixed), fixed)
    middle = np.where(free, middle, 1.0)
    one = np.where(free & np.roll(free, -1), one, 0.0)
    two = np.where(free & np.roll(free, -2), two, 0.0)
    # The last two unknowns are a border: without them the bands are not closed.
    inner = len(middle) - 2
    last, end = np.zeros(inner), np.zeros(inner)
    last[inner - 2] += two[inner - 2]
    last[inner - 1] += one[inner - 1]
    last[0] += two[inner]
    end[inner - 1] += two[inner - 1]
    end[0] += one[inner + 1]
    end[1] += two[inner + 1]
    columns = [right[:inner].tolist(), last.tolist(), end.tolist()]
    _eliminate(middle[:inner].tolist(), one[:inner].tolist(), two[:inner].tolist(), columns)
    x, by_last, by_end = (np.array(column) for column in columns)
    a = middle[inner] - last @ by_last
    b = one[inner] - last @ by_end
    d = middle[inner + 1] - end @ by_end
    p, q = right[inner] - last @ x, right[inner + 1] - end @ x
    shared = a * d - b * b
    tail = np.array([(d * p - b * q) / shared, (a * q - b * p) / shared])
    return np.append(x - by_last * tail[0] - by_end * tail[1], tail)


def _eliminate(
    middle: list[float], one: list[float], two: list[float], columns: list[list[float]]
) -> None:
    """Replace each column by the solution of the open bands for it, in place."""
    count = len(middle)
    pivots = middle[:]
    near, far = [0.0] * count, [0.0] * count
    for at in range(count):
        beside = one[at]
        if at >= 1:
            pivots[at] -= near[at - 1] ** 2 * pivots[at - 1]
            beside -= near[at - 1] * far[at - 1] * pivots[at - 1]
        if at >= 2:
            pivots[at] -= far[at - 2] ** 2 * pivots[at - 2]
        near[at], far[at] = beside / pivots[at], two[at] / pivots[at]
    for column in columns:
        for at in range(1, count):
            column[at] -= near[at - 1] * column[at - 1]
            if at >= 2:
                column[at] -= far[at - 2] * column[at - 2]
        for at in range(count - 1, -1, -1):
            column[at] /= pivots[at]
            if at + 1 < count:
                column[at] -= near[at] * column[at + 1]
            if at + 2 < count:
                column[at] -= far[at] * column[at + 2]
