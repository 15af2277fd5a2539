"""Relief: hills that are only light and shade, as on a map.

Heights are hills of a track added up; slopes towards the light are brighter
(the hillshade of cartography: B. K. P. Horn, "Hill Shading and the
Reflectance Map").

Units: metres; light from -1 (turned away) to 1; arrays (rows, columns), float32.
"""

from __future__ import annotations

import numpy as np

from paint.canvas import Pixels
from paint.noise import value_noise
from track import Track

LIGHT = (-0.57, -0.82)
"""Where the light comes from: the top left, as everywhere in the pictures."""
STEEP = 0.55
"""A slope of so much is as bright as can be."""
FOLDS = ((27.0, 0.30), (13.0, 0.13), (6.0, 0.045))
"""Folds of a hill: how wide, and how high as a share of the hill."""


def heights(track: Track, xs: Pixels, ys: Pixels) -> Pixels:
    """Return the height of the ground at the places of an even grid: a row and a column."""
    rng = np.random.default_rng(track.scenery_seed + 4000)
    cells = float(1.0 / (xs[1] - xs[0]))
    folds = sum(share * value_noise(rng, len(ys), len(xs), size * cells) for size, share in FOLDS)
    total = np.zeros((len(ys), len(xs)), np.float32)
    for hill in track.hills:
        square = ((xs - hill.x) ** 2 + (ys - hill.y) ** 2) / np.float32(hill.size**2)
        bell = np.exp(-2.2 * square)
        total += bell * np.float32(hill.height) * (1 + folds)
    return total


def light_of(height: Pixels, px_a_metre: float) -> Pixels:
    """Return how much each place is turned towards the light."""
    down, right = np.gradient(height * px_a_metre)
    # Ground that rises away from the light is turned towards it.
    light: Pixels = np.clip(-(right * LIGHT[0] + down * LIGHT[1]) / STEEP, -1, 1)
    return light
