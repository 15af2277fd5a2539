"""The geometry of one track: every array that its file leads to.

Made once from a `TrackFile`, and never changed. What a race asks of it is
`track.py`; whether anybody could race there, `track_judge.py`.

Units: metres, radians; offsets are positive to the right of the direction of
travel (y grows down). Arrays are by sample of the centreline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import track_shape as shape
from track_crossing import Crossing, at_crossings, find_crossing
from track_file import TrackFile
from track_line import racing_line

Arrays = Mapping[str, NDArray[Any]]
SLOW_PARTS = ("racing_line", "nearest", "surfaces")
SAND_FROM_APRON = 6
"""Sand keeps so many samples from a pit."""


class Geometry:
    """The arrays of a track."""

    def __init__(self, content: TrackFile, made: Arrays | None = None) -> None:
        """Work everything out; what `slow_parts` gave another time may be handed in."""
        self.width, self.height = content.world
        self.points, widths, self.length = shape.centreline(np.array(content.control, float))
        self.count = len(self.points)
        self.spacing = self.length / self.count
        self.half_widths = widths / 2
        self.tangents, self.normals = shape.directions(self.points)
        self.curvature = shape.curvature(self.points, self.spacing)
        found = [
            find_crossing(self.points, self.tangents, self.half_widths, at)
            for at in content.crossings
        ]
        self.crossings: tuple[Crossing, ...] = tuple(one for one in found if one is not None)
        """Those of the file that the road has; the judge counts them."""
        self.road = self._road(content)
        """The surface of the road."""
        self.apron_left, self.apron_right = shape.aprons(content.pits, self.count, self.spacing)
        crossed = at_crossings(self.crossings, self.count, self.spacing)
        kerbs = shape.kerbs(self.curvature, self.spacing, content.kerb_radius)
        sands = shape.sand(self.curvature, self.spacing, content.sand_radius, content.sand_width)
        bare = crossed | (self.road != shape.ASPHALT)
        aprons = self.apron_left, self.apron_right
        self.kerb_left, self.kerb_right = (
            kerb & ~bare & (apron == 0.0) for kerb, apron in zip(kerbs, aprons, strict=True)
        )
        self.sand_left, self.sand_right = (
            np.where(crossed | _widened(apron > 0.0), 0.0, sand)
            for sand, apron in zip(sands, aprons, strict=True)
        )
        self.ponds = tuple(one for one in content.scenery if one.kind == "pond")
        self.pond_seed = content.scenery_seed
        if made is None or any(name not in made for name in SLOW_PARTS):
            self.racing_line = racing_line(self.points, self.normals, self.half_widths)
            self.nearest = shape.nearest_map(self.points, self.width, self.height)
            self.surfaces = shape.surface_map(self, self.width, self.height)
        else:
            self.racing_line, self.nearest = made["racing_line"], made["nearest"]
            self.surfaces = made["surfaces"]
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    def slow_parts(self) -> Arrays:
        """Return what takes long to work out, by name."""
        return {name: getattr(self, name) for name in SLOW_PARTS}

    def point_at(self, distance: float, offset: float = 0.0) -> tuple[float, float, float]:
        """Return x, y and the heading of travel at a place along the track."""
        index = math.floor(distance / self.spacing) % self.count
        tx, ty = self.tangents[index].tolist()
        x, y = self.points[index].tolist()
        rest = distance - math.floor(distance / self.spacing) * self.spacing
        return x + tx * rest - ty * offset, y + ty * rest + tx * offset, math.atan2(ty, tx)

    def beyond(self, x: float, y: float) -> float:
        """Return how far a place is from the road's edge, negative on the road."""
        index, _ = shape.located(self, np.array([x]), np.array([y]))
        away = math.dist((x, y), self.points[index[0]].tolist())
        return away - float(self.half_widths[index[0]])

    def _road(self, content: TrackFile) -> np.ndarray:
        numbers = {"asphalt": shape.ASPHALT, "gravel": shape.GRAVEL}
        road = np.full(self.count, numbers[content.road], np.uint8)
        for start, end, surface in content.stretches:
            first, last = round(start / self.spacing), round(end / self.spacing)
            road[np.arange(first, min(last, first + self.count)) % self.count] = numbers[surface]
        return road


def _widened(there: shape.Bools) -> shape.Bools:
    """Return the same, with some samples more at both ends."""
    wide: shape.Bools = np.any(
        [np.roll(there, shift) for shift in range(-SAND_FROM_APRON, SAND_FROM_APRON + 1)], axis=0
    )
    return wide
