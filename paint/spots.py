"""What ground is taken already, so that nothing stands on something else.

Units: metres.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CELL = 12.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A circle that something stands on already."""

    x: float
    y: float
    radius: float


class Taken:
    """All spots of a track, found by place."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self._cells: dict[tuple[int, int], list[Spot]] = {}
        for spot in spots:
            self.add(spot)

    def add(self, spot: Spot) -> None:
        """Take one more."""
        for cell in _cells(spot.x, spot.y, spot.radius):
            self._cells.setdefault(cell, []).append(spot)

    def touches(self, x: float, y: float, radius: float) -> bool:
        """Whether a circle would overlap one that is taken."""
        return any(
            (x - one.x) ** 2 + (y - one.y) ** 2 < (radius + one.radius) ** 2
            for cell in _cells(x, y, radius)
            for one in self._cells.get(cell, ())
        )


def _cells(x: float, y: float, radius: float) -> list[tuple[int, int]]:
    return [
        (column, row)
        for column in range(int((x - radius) // CELL), int((x + radius) // CELL) + 1)
        for row in range(int((y - radius) // CELL), int((y + radius) // CELL) + 1)
    ]
