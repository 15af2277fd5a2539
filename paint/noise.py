"""Noise and blending for the painters: arrays in, arrays out.

Source of value noise: Ken Perlin, "An Image Synthesizer" (its lattice form).

Units: pixels; colours from 0 to 255 in float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def colour(text: str) -> Image:
    """Return "#rrggbb" as three float32."""
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def value_noise(rng: np.random.Generator, height: int, width: int, cell: int) -> Image:
    """Return smooth noise in [-1, 1] with features of `cell` pixels."""
    lattice = rng.uniform(-1, 1, (height // cell + 2, width // cell + 2)).astype(np.float32)
    rows, columns = (np.arange(n, dtype=np.float32) / cell for n in (height, width))
    row, column = rows.astype(int), columns.astype(int)
    down, right = rows - row, columns - column
    down = (down * down * (3 - 2 * down))[:, None]
    right = right * right * (3 - 2 * right)
    above = lattice[row][:, column] * (1 - right) + lattice[row][:, column + 1] * right
    below = lattice[row + 1][:, column] * (1 - right) + lattice[row + 1][:, column + 1] * right
    smooth: Image = (above * (1 - down) + below * down).astype(np.float32)
    return smooth


def smoothstep(low: float, high: float, values: Image) -> Image:
    """Return a soft step from 0 at `low` to 1 at `high`."""
    share = np.clip((values - low) / (high - low), 0, 1)
    stepped: Image = (share * share * (3 - 2 * share)).astype(np.float32)
    return stepped


def inside(distance: Image) -> Image:
    """Return the share of a pixel that lies where the distance is negative."""
    covered: Image = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    return covered


def mix(image: Image, over: Image, share: Image) -> None:
    """Lay a colour, or an image, over the image, in place."""
    image += (over - image) * share[..., None]
