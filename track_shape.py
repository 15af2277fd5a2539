"""The geometry of a track, computed once when it is loaded: arrays in, arrays out.

Centreline, kerbs, sand and the map of surfaces, all from the control points
and a few widths. It reads no file and knows no rules; the racing line is
`track_line.py`.

Source: centripetal Catmull-Rom splines (Yuksel, Schaefer, Keyser, "On the
Parameterization of Catmull-Rom Curves").

Units: metres, radians; offsets are positive to the right of the direction of
travel (y grows down).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SPACING = 0.8
"""Distance between samples of the centreline, about."""
CELL = 0.5
"""Side of a cell of the surface map."""
COARSE_CELL = 4.0
"""Side of a cell of the map of nearest samples."""
KERB_INSIDE = 0.4
KERB_OUTSIDE = 1.3
"""A kerb reaches so far to each side of the road's edge."""
KERB_RUN_MIN = 14
"""Samples; shorter kerbs are dropped."""
PIT_LENGTH, PIT_WIDTH = 12.0, 4.6
PIT_GAP = 1.2
"""A pit lies so far beyond the road's edge."""
APRON_BEYOND = 0.8
"""Its asphalt reaches so far beyond it."""
POND_SLIM = 0.58
"""Width of a pond over its length, lobes apart."""
APRON_FLAT, APRON_TAPER = 3.0, 10.0
"""Before and behind a pit the asphalt stays wide, then runs out."""
ASPHALT, KERB, GRASS, SAND, GRAVEL, WATER = range(6)
"""The numbers of `car.Surface`."""


def centreline(control: Floats) -> tuple[Floats, Floats, float]:
    """Return points (n, 2), widths (n) and length of the closed curve.

    Args:
        control: rows of x, y, width; at least four.
    """
    pieces: list[Floats] = []
    count = len(control)
    for i in range(count):
        p0, p1, p2, p3 = (control[(i + k) % count] for k in (-1, 0, 1, 2))
        knots = [0.0]
        for a, b in ((p0, p1), (p1, p2), (p2, p3)):
            knots.append(knots[-1] + max(float(np.hypot(*(b - a)[:2])), 1e-6) ** 0.5)
        k0, k1, k2, k3 = knots
        t = np.linspace(k1, k2, 48, endpoint=False)[:, None]
        a1 = (k1 - t) / (k1 - k0) * p0 + (t - k0) / (k1 - k0) * p1
        a2 = (k2 - t) / (k2 - k1) * p1 + (t - k1) / (k2 - k1) * p2
        a3 = (k3 - t) / (k3 - k2) * p2 + (t - k2) / (k3 - k2) * p3
        b1 = (k2 - t) / (k2 - k0) * a1 + (t - k0) / (k2 - k0) * a2
        b2 = (k3 - t) / (k3 - k1) * a2 + (t - k1) / (k3 - k1) * a3
        pieces.append((k2 - t) / (k2 - k1) * b1 + (t - k1) / (k2 - k1) * b2)
    fine = np.vstack(pieces)
    closed = np.vstack([fine, fine[:1]])
    steps = np.hypot(*np.diff(closed[:, :2], axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    length = float(along[-1])
    at = np.arange(round(length / SPACING)) * (length / round(length / SPACING))
    points = np.column_stack(
        [np.interp(at, along, closed[:, 0]), np.interp(at, along, closed[:, 1])]
    )
    return points, np.interp(at, along, closed[:, 2]), length


def directions(points: Floats) -> tuple[Floats, Floats]:
    """Return unit tangents and right-hand normals (n, 2)."""
    ahead = np.roll(points, -1, 0) - np.roll(points, 1, 0)
    tangents = ahead / np.hypot(*ahead.T)[:, None]
    return tangents, np.column_stack([-tangents[:, 1], tangents[:, 0]])


def smoothed(values: Floats, samples: int) -> Floats:
    """Return a closed series weighed with a window of so many samples (odd)."""
    window = np.hanning(samples + 2)[1:-1]
    half = samples // 2
    wrapped = np.concatenate([values[-half:], values, values[:half]])
    weighed: Floats = np.convolve(wrapped, window / window.sum(), "valid")
    return weighed


def curvature(points: Floats, spacing: float, smooth: int = 23) -> Floats:
    """Return 1/radius (n), positive where the track turns right."""
    tangents, _ = directions(points)
    angle = np.arctan2(tangents[:, 1], tangents[:, 0])
    change = np.roll(angle, -1) - np.roll(angle, 1)
    change = (change + np.pi) % (2 * np.pi) - np.pi
    return smoothed(change / (2 * spacing), smooth)


def kerbs(curve: Floats, spacing: float, radius: float) -> tuple[Bools, Bools]:
    """Return where kerbs lie, left and right: inside a corner, outside at its exit."""
    inside = np.where(np.abs(curve) > 1.0 / radius, np.sign(curve), 0.0)
    exits = -np.roll(inside, round(15.0 / spacing))
    left = (inside < 0) | (exits < 0)
    right = (inside > 0) | (exits > 0)
    return _long_runs(left), _long_runs(right)


def _long_runs(present: Bools) -> Bools:
    kept = present.copy()
    if present.all() or not present.any():
        return kept
    first = int(np.argmin(present))
    rolled = np.roll(present, -first)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rolled.astype(int), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start < KERB_RUN_MIN:
            kept[(np.arange(start, end) + first) % len(present)] = False
    return kept


def sand(curve: Floats, spacing: float, radius: float, width: float) -> tuple[Floats, Floats]:
    """Return the width of the sand beyond the edge, left and right (n)."""
    tight = np.clip((np.abs(curve) - 1.0 / radius) * radius, 0.0, 1.0)
    later = round(8.0 / spacing)
    outside_left = np.roll(np.where(curve > 0, tight, 0.0), later)
    outside_right = np.roll(np.where(curve < 0, tight, 0.0), later)
    left, right = (width * smoothed(one, 61) for one in (outside_left, outside_right))
    return np.where(left > 0.8, left, 0.0), np.where(right > 0.8, right, 0.0)


def nearest_map(points: Floats, width: float, height: float) -> NDArray[np.int32]:
    """Return the nearest sample of each coarse cell's centre (rows, columns)."""
    columns, rows = int(width / COARSE_CELL) + 1, int(height / COARSE_CELL) + 1
    xs = (np.arange(columns) + 0.5) * COARSE_CELL
    nearest = np.empty((rows, columns), np.int32)
    squares = (points**2).sum(1)
    for row in range(rows):
        centres = np.column_stack([xs, np.full(columns, (row + 0.5) * COARSE_CELL)])
        nearest[row] = np.argmin(squares - 2 * centres @ points.T, axis=1)
    return nearest


def located(shape: Any, xs: Floats, ys: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return nearest sample and signed offset of many places at once.

    Args:
        shape: anything with `points`, `normals`, `nearest`, `spacing` and `crossings`.
    """
    points, nearest = shape.points, shape.nearest
    row = np.clip((ys / COARSE_CELL).astype(int), 0, nearest.shape[0] - 1)
    column = np.clip((xs / COARSE_CELL).astype(int), 0, nearest.shape[1] - 1)
    guess = nearest[row, column]
    best = guess.astype(np.int64)
    least = np.full(len(xs), np.inf)
    reach = int(COARSE_CELL * 1.5 / shape.spacing) + 1
    for shift in range(-reach, reach + 1):
        index = (guess + shift) % len(points)
        square = (points[index, 0] - xs) ** 2 + (points[index, 1] - ys) ** 2
        closer = square < least
        least[closer] = square[closer]
        best[closer] = index[closer]
    for crossing in shape.crossings:
        # Near a crossing the coarse map may know the other branch only.
        near = np.flatnonzero(np.hypot(xs - crossing.x, ys - crossing.y) < crossing.reach)
        around = np.arange(-1, 1, 1e-2) * 2.0 * crossing.reach / shape.spacing
        for middle in (crossing.first, crossing.second):
            branch = (middle + np.unique(around.astype(int))) % len(points)
            square = (points[branch, 0] - xs[near][:, None]) ** 2
            square += (points[branch, 1] - ys[near][:, None]) ** 2
            choice = square.argmin(1)
            least_here = square[np.arange(len(near)), choice]
            closer = least_here < least[near]
            least[near[closer]] = least_here[closer]
            best[near[closer]] = branch[choice[closer]]
    away = np.column_stack([xs, ys]) - points[best]
    return best, (away * shape.normals[best]).sum(1)


def aprons(
    pits: tuple[tuple[float, str], ...], count: int, spacing: float
) -> tuple[Floats, Floats]:
    """Return the width of the asphalt beside the road for pits, left and right (n).

    Args:
        pits: the distance of each from the start line, and its side.
    """
    sides = {"left": np.zeros(count), "right": np.zeros(count)}
    full = PIT_GAP + PIT_WIDTH + APRON_BEYOND
    for distance, side in pits:
        gap = np.abs(np.arange(count) * spacing - distance)
        gap = np.minimum(gap, count * spacing - gap)
        share = (PIT_LENGTH / 2 + APRON_FLAT + APRON_TAPER - gap) / APRON_TAPER
        sides[side] = np.maximum(sides[side], full * np.clip(share, 0.0, 1.0))
    return sides["left"], sides["right"]


def pond_depth(scenery: Any, seed: int, xs: Floats, ys: Floats) -> Floats:
    """Return how far places are from a pond's rim, negative in the water; roughly.

    Args:
        scenery: a `Scenery`; its size is half the length of the pond.
    """
    rng = np.random.default_rng(seed + round(scenery.x * 7 + scenery.y * 13))
    first, second, third = rng.uniform(0, 6.3, 3)
    long, short = scenery.size, scenery.size * POND_SLIM
    cos, sin = np.cos(scenery.angle), np.sin(scenery.angle)
    x, y = xs - scenery.x, ys - scenery.y
    u, v = (x * cos + y * sin) / long, (y * cos - x * sin) / short
    angle = np.arctan2(v, u)
    lobes = (
        1
        + 0.10 * np.sin(angle * 3 + first)
        + 0.07 * np.sin(angle * 5 + second)
        + 0.03 * np.sin(angle * 9 + third)
    )
    depth: Floats = (np.hypot(u, v) / lobes - 1) * short
    return depth


def surface_map(shape: Any, width: float, height: float) -> NDArray[np.uint8]:
    """Return the surface of each cell as the number of its `Surface` (rows, columns)."""
    columns, rows = int(width / CELL) + 1, int(height / CELL) + 1
    surfaces = np.full((rows, columns), GRASS, np.uint8)
    # Most of the world is grass, and a coarse look tells where.
    beside = np.max([shape.sand_left, shape.sand_right, shape.apron_left, shape.apron_right], 0)
    reach = shape.half_widths + beside
    reach = np.max([np.roll(reach, shift) for shift in range(-8, 9)], axis=0)
    near = _distance_map(shape) < reach[shape.nearest] + KERB_OUTSIDE + COARSE_CELL
    fine = (np.arange(max(rows, columns)) + 0.5) * CELL
    coarse = (fine / COARSE_CELL).astype(int)
    row, column = np.nonzero(near[np.ix_(coarse[:rows], coarse[:columns])])
    xs, ys = fine[column].astype(np.float64), fine[row].astype(np.float64)
    index, offset = located(shape, xs, ys)
    distance = np.hypot(xs - shape.points[index, 0], ys - shape.points[index, 1])
    beyond = distance - shape.half_widths[index]
    on_right = offset > 0
    deep = np.where(on_right, shape.sand_right[index], shape.sand_left[index])
    apron = np.where(on_right, shape.apron_right[index], shape.apron_left[index])
    kerb = np.where(on_right, shape.kerb_right[index], shape.kerb_left[index])
    cells = np.full(len(xs), GRASS, np.uint8)
    cells[(beyond > 0) & (beyond < deep)] = SAND
    cells[(beyond > 0) & (beyond < apron)] = ASPHALT
    on_road = beyond <= 0
    cells[on_road] = shape.road[index[on_road]]
    cells[kerb & (beyond > -KERB_INSIDE) & (beyond < KERB_OUTSIDE)] = KERB
    surfaces[row, column] = cells
    for pond in shape.ponds:
        _flood(surfaces, pond, shape.pond_seed, fine)
    return surfaces


def _flood(surfaces: NDArray[np.uint8], pond: Any, seed: int, fine: NDArray[Any]) -> None:
    """Put the water of a pond where there is no road."""
    reach = pond.size * 1.3
    rows, columns = (
        slice(max(0, int((at - reach) / CELL)), min(most, int((at + reach) / CELL) + 1))
        for at, most in zip((pond.y, pond.x), surfaces.shape, strict=True)
    )
    part = surfaces[rows, columns]
    depth = pond_depth(pond, seed, fine[columns], fine[rows][:, None])
    part[(depth < 0) & ((part == GRASS) | (part == SAND))] = WATER


def _distance_map(shape: Any) -> Floats:
    """Return how far each coarse cell's centre is from its nearest sample."""
    rows, columns = shape.nearest.shape
    xs, ys = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    points = shape.points[shape.nearest]
    distance: Floats = np.hypot(
        points[..., 0] - xs * COARSE_CELL, points[..., 1] - ys * COARSE_CELL
    )
    return distance
