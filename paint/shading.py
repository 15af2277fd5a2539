"""One window of the ground while it is shaded, and the arithmetic of shading.

Edges are smooth by arithmetic: how much of a pixel a shape covers follows
from the distance to its border. Nothing here knows colours.

Units: metres; colours from 0 to 255, float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paint.canvas import Pixels
from paint.field import Field

Shares = NDArray[np.floating[Any]]
Colours = dict[str, Pixels]
"""Of a landscape, by the names of `Palette`."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One window of the ground: where its pixels are, and its noise."""

    px: np.float32
    """Pixels to the metre."""
    x: Pixels
    """Of each column."""
    y: Pixels
    """Of each row, as a column."""
    field: Field
    noises: list[Pixels]
    """Huge, broad, small and fine."""
    grains: list[Pixels]
    """White noise: sharp, coarse, and smeared like blades of grass."""

    def cover(self, beyond: Shares) -> Pixels:
        """Return how much of each pixel lies where `beyond` is negative."""
        covered: Pixels = np.clip(0.5 - beyond * self.px, 0, 1)
        return covered


def mix(base: Pixels, colour: Pixels, share: Shares) -> None:
    """Blend a colour over the base, in place."""
    base += (colour - base) * share[..., None]


def bell(x: Pixels, width: float) -> Pixels:
    """Return 1 at 0, falling smoothly within about `width`."""
    shape: Pixels = np.exp(-((x / np.float32(width)) ** 2))
    return shape


def ramp(low: float, high: float, x: Pixels) -> Pixels:
    """Return 0 below `low` and 1 above `high`, smoothly in between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    shape: Pixels = t * t * (3 - 2 * t)
    return shape
