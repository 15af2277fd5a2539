"""Where each pixel is on the track: distances that the painter shades by.

Computed coarsely and widened smoothly: distances change slowly. Nothing here
knows colours.

Units: metres; arrays are (rows, columns), float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paint.canvas import Pixels
from track import Track
from track_shape import located

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
            self.length,
        )


def measure(track: Track) -> Field:
    """Return the field of a track."""
    columns = round(track.width * COARSE_PX_A_METRE)
    rows = round(track.height * COARSE_PX_A_METRE)
    xs = (np.arange(columns) + 0.5) / COARSE_PX_A_METRE
    layers: list[Pixels] = [np.empty((rows, columns), np.float32) for _ in range(6)]
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
        values: tuple[NDArray[np.float64], ...] = (
            distance - half,
            offset,
            index * track.spacing + forward,
            half,
            sand,
            track.racing_line[index],
        )
        for layer, value in zip(layers, values, strict=True):
            layer[start : start + len(ys)] = value.reshape(len(ys), columns)
    return Field(layers[0], layers[1], layers[2], layers[3], layers[4], layers[5], track.length)
