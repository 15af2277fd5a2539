"""Where each pixel is on the track: distances that the painter shades by.

Computed coarsely and widened smoothly: distances change slowly. Nothing here
knows colours.

Units: metres; arrays are (rows, columns), float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paint.canvas import Pixels
from paint.relief import heights, light_of
from track import Track
from track_shape import GRAVEL, Floats, located

COARSE_PX_A_METRE = 2.5
"""Resolution at which the field is computed."""
NEAR = 40.0
"""Beyond this distance from the centreline, nothing depends on the road."""


@dataclass(frozen=True, slots=True)
class Field:
    """The track as arrays over the whole world, coarse."""

    beyond: Pixels
    """From the road's edge, negative on the road."""
    offset: Pixels
    """From the centreline, positive to the right."""
    along: Pixels
    """From the start line."""
    half: Pixels
    """Half of the road's width."""
    sand: Pixels
    """Width of the sand on this side, blurred a little along the road."""
    line: Pixels
    """Offset of the racing line."""
    apron: Pixels
    """Width of the asphalt of a pit on this side."""
    gravel: Pixels
    """1 where the road is gravel, 0 where it is asphalt."""
    crossing: Pixels
    """How far the next crossing is; far away where there is none."""
    height: Pixels
    """Of the ground."""
    light: Pixels
    """How much the ground is turned towards the light, from -1 to 1."""
    length: float
    """Of the track."""

    def window(self, px_a_metre: float, top: int, left: int, rows: int, columns: int) -> Field:
        """Return the same for a window of the finished picture, by bilinear widening."""
        step = COARSE_PX_A_METRE / px_a_metre
        y = np.clip((np.arange(rows) + top + 0.5) * step - 0.5, 0, self.beyond.shape[0] - 1.001)
        x = np.clip((np.arange(columns) + left + 0.5) * step - 0.5, 0, self.beyond.shape[1] - 1.001)
        row, column = y.astype(int), x.astype(int)
        fy, fx = (y - row).astype(np.float32)[:, None], (x - column).astype(np.float32)

        def widen(coarse: Pixels) -> Pixels:
            if coarse.size == 1:
                # The same everywhere.
                return np.broadcast_to(coarse.reshape(()), (rows, columns))
            first, last = row[0], row[-1] + 2
            band = coarse[first:last]
            wide = band[:, column] * (1 - fx) + band[:, column + 1] * fx
            below = row - first
            fine: Pixels = wide[below] * (1 - fy) + wide[below + 1] * fy
            return fine

        along = self.along
        here = along[row[0] : row[-1] + 2, column[0] : column[-1] + 2]
        if here.min() < 0.1 * self.length and here.max() > 0.9 * self.length:
            # The start line is here: count the end of the lap negative, or
            # widening would invent a whole lap in between.
            along = np.where(along > 0.5 * self.length, along - self.length, along)
        return Field(
            widen(self.beyond),
            widen(self.offset),
            widen(along),
            widen(self.half),
            widen(self.sand),
            widen(self.line),
            widen(self.apron),
            widen(self.gravel),
            widen(self.crossing),
            widen(self.height),
            widen(self.light),
            self.length,
        )


def measure(track: Track) -> Field:
    """Return the field of a track."""
    columns = round(track.width * COARSE_PX_A_METRE)
    rows = round(track.height * COARSE_PX_A_METRE)
    xs = (np.arange(columns) + 0.5) / COARSE_PX_A_METRE
    layers: list[Pixels] = [np.empty((rows, columns), np.float32) for _ in range(8)]
    left, right = (_between(track, one) for one in (track.apron_left, track.apron_right))
    for start in range(0, rows, 50):
        ys = (np.arange(start, min(start + 50, rows)) + 0.5) / COARSE_PX_A_METRE
        grid_x, grid_y = (one.ravel() for one in np.meshgrid(xs, ys))
        index, offset = located(track, grid_x, grid_y)
        away = np.column_stack([grid_x, grid_y]) - track.points[index]
        forward = (away * track.tangents[index]).sum(1)
        # Across a bend's inside the nearest sample jumps; there the straight
        # distance to it is the honest one.
        straight = np.hypot(away[:, 0], away[:, 1])
        distance = np.where(np.abs(forward) > 2 * track.spacing, straight, np.abs(offset))
        half = track.half_widths[index]
        sand = np.where(offset > 0, track.sand_right[index], track.sand_left[index])
        along = index * track.spacing + forward
        # Between samples, or a slanting rim would be a flight of stairs.
        apron = np.where(offset > 0, right(along), left(along))
        values: tuple[NDArray[np.float64], ...] = (
            distance - half,
            offset,
            along,
            half,
            sand,
            track.racing_line[index],
            apron,
            (track.road[index] == GRAVEL).astype(np.float64),
        )
        for layer, value in zip(layers, values, strict=True):
            layer[start : start + len(ys)] = value.reshape(len(ys), columns)
    ys = (np.arange(rows) + 0.5) / COARSE_PX_A_METRE
    wide, high = xs.astype(np.float32), ys.astype(np.float32)[:, None]
    crossing = np.full((1, 1), 1e3, np.float32)
    for one in track.crossings:
        from_one = np.hypot(wide - np.float32(one.x), high - np.float32(one.y))
        crossing = np.minimum(crossing, from_one)
    flat = np.zeros((1, 1), np.float32)
    height = heights(track, wide, high) if track.hills else flat
    light = light_of(height, COARSE_PX_A_METRE) if track.hills else flat
    aprons, gravel = (layer if layer.any() else flat for layer in layers[6:])
    beyond, sideways, along, half_width, sand_width, line = layers[:6]
    return Field(
        beyond, sideways, along, half_width, sand_width, line,
        aprons, gravel, crossing, height, light, track.length,
    )  # fmt: skip


def _between(track: Track, values: NDArray[np.float64]) -> Callable[[Floats], Floats]:
    """Return a function of the distance along the track that goes through its samples."""
    places = np.arange(track.count + 1) * track.spacing
    closed = np.append(values, values[0])

    def value(along: Floats) -> Floats:
        found: Floats = np.interp(np.mod(along, track.length), places, closed)
        return found

    return value
