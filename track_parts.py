"""What a track is made of, as a race reads it: plain values that never change.

`track.py` makes them and answers with them. What is read at every tick is no
tuple: compiled, a number of an object is read where it lies, and one of a named
tuple is asked for by its name.

Units: metres, radians; x grows right, y grows down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Where something is, as the track sees it."""

    sample: int
    """Nearest sample of the centreline."""
    distance: float
    """Along the centreline from the start line, from 0 to the track's length."""
    offset: float
    """From the centreline, positive to the right."""


class Sample:
    """One point of the centreline."""

    __slots__ = ("half_width", "tx", "ty", "x", "y")

    def __init__(self, x: float, y: float, tx: float, ty: float, half_width: float) -> None:
        self.x, self.y = x, y
        self.tx, self.ty = tx, ty
        """Direction of travel, of length 1."""
        self.half_width = half_width
        """Of the road."""


@dataclass(frozen=True, slots=True)
class Wall:
    """A straight piece of wall."""

    ax: float
    ay: float
    bx: float
    by: float
    kind: str
    """"tyres" or "barrier"."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A line across the track; crossing it forwards counts."""

    distance: float
    ax: float
    ay: float
    bx: float
    by: float
    tx: float
    """Direction of travel, of length 1."""
    ty: float


class Canister(NamedTuple):
    """Where a canister of nitro lies."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Pit:
    """A strip of asphalt beside the road where a car is mended."""

    x: float
    """Its middle."""
    y: float
    heading: float
    """Of travel."""
    length: float
    width: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a place lies in it."""
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        along = (x - self.x) * cos + (y - self.y) * sin
        across = (y - self.y) * cos - (x - self.x) * sin
        return abs(along) <= self.length / 2 and abs(across) <= self.width / 2
