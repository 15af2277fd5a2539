"""Noise: the same random fields for the same seed, as float32 arrays.

Units: cells of the array; values about -1 to 1.
"""

from __future__ import annotations

import numpy as np

from paint.canvas import Pixels


def value_noise(rng: np.random.Generator, rows: int, columns: int, cell: float) -> Pixels:
    """Return smooth noise whose hills are about `cell` wide."""
    y = np.arange(rows, dtype=np.float32) / np.float32(cell)
    x = np.arange(columns, dtype=np.float32) / np.float32(cell)
    lattice = rng.uniform(-1, 1, (int(y[-1]) + 2, int(x[-1]) + 2)).astype(np.float32)
    row, column = y.astype(int), x.astype(int)
    fy, fx = y - row, x - column
    fy, fx = (fy * fy * (3 - 2 * fy))[:, None], fx * fx * (3 - 2 * fx)
    # Blend along x once for each lattice row, then along y.
    across = lattice[:, column] * (1 - fx) + lattice[:, column + 1] * fx
    noise: Pixels = across[row] * (1 - fy) + across[row + 1] * fy
    return noise


def white_tile(rng: np.random.Generator, side: int = 512) -> Pixels:
    """Return a square of independent noise that may be repeated."""
    return rng.normal(0, 1, (side, side)).astype(np.float32)


def smeared(tile: Pixels, reach: int, axis: int) -> Pixels:
    """Return a tile blurred along one axis, as strong as before."""
    total = sum(np.roll(tile, shift, axis) for shift in range(reach + 1))
    smear: Pixels = np.asarray(total / np.sqrt(reach + 1), np.float32)
    return smear


def repeated(tile: Pixels, top: int, left: int, rows: int, columns: int) -> Pixels:
    """Return a window of the endlessly repeated tile."""
    side = tile.shape[0]
    down = (np.arange(rows) + top) % side
    along = (np.arange(columns) + left) % side
    window: Pixels = tile[down[:, None], along]
    return window
