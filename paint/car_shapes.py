"""The shapes of the three classes of cars, as seen from above.

Each is a table of outlines; `cars.py` paints them. They differ as far as they
can within about the same box, since all cars collide alike.

Units: a car's own, nose to the right, the middle at 0, 0; the touring car is
60 long and 27 wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from car import CarClass
from paint.canvas import mirrored, spline

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One class of cars."""

    outline: Points
    half_width: float
    """Of the bodywork, for its shading."""
    front: tuple[float, float]
    """Where the front wheels are: ahead, aside."""
    rear: tuple[float, float]
    front_tyre: tuple[float, float]
    """Length and width."""
    rear_tyre: tuple[float, float]
    lamps: tuple[float, float]
    """Where the head lamps are: ahead, aside."""
    tail: tuple[float, float]
    """Where the brake lamps are: ahead (negative), aside."""
    plate: tuple[float, float]
    """Where the number's roundel is, and its radius."""
    glass: Points = ()
    windscreen: Points = ()
    rear_glass: Points = ()
    roof: Points = ()
    """An open car has no roof."""
    wing: tuple[float, float] = (-26.0, 25.6)
    """Where the rear wing is, and how wide; 0 wide for none."""

    @property
    def is_open(self) -> bool:
        """Whether wheels and driver are out in the air."""
        return not self.roof


def _closed(half: Points, steps: int = 10) -> Points:
    return spline(mirrored(half), steps)


_LIGHT = Shape(
    outline=_closed(
        [
            (30.0, 1.4), (27.0, 2.5), (18.0, 3.4), (9.5, 4.6), (4.2, 6.8), (0.6, 9.3),
            (-6.0, 9.9), (-13.5, 9.7), (-19.5, 7.2), (-25.0, 4.9), (-28.0, 3.0),
        ]
    ),
    half_width=9.0,
    front=(18.6, 11.2),
    rear=(-18.6, 11.3),
    front_tyre=(10.8, 5.4),
    rear_tyre=(12.4, 7.2),
    lamps=(24.6, 8.6),
    tail=(-28.4, 4.6),
    plate=(-9.6, 8.2),
    wing=(-27.2, 22.0),
)  # fmt: skip

_TOURING = Shape(
    outline=_closed(
        [
            (29.8, 3.4), (28.9, 8.4), (25.2, 11.5), (19.4, 13.0), (13.2, 12.4), (4.0, 11.7),
            (-5.5, 12.0), (-13.0, 13.2), (-20.4, 13.5), (-26.2, 12.5), (-29.0, 9.6), (-29.6, 4.0),
        ]
    ),
    half_width=12.5,
    front=(18.4, 12.2),
    rear=(-18.2, 12.2),
    front_tyre=(12.0, 6.0),
    rear_tyre=(12.4, 6.0),
    lamps=(26.4, 8.4),
    tail=(-29.2, 9.2),
    plate=(-4.3, 8.7),
    glass=_closed([(13.0, 3.8), (11.0, 8.2), (5.6, 10.2), (-9.4, 10.1), (-17.0, 8.6), (-19, 3.8)]),
    windscreen=_closed([(12.0, 3.2), (10.2, 7.4), (6.2, 8.6), (6.9, 3.4)], 8),
    rear_glass=_closed([(-14.6, 3.2), (-14.8, 7.0), (-17.0, 6.8), (-18.2, 3.2)], 6),
    roof=_closed([(5.4, 3.2), (4.8, 7.8), (-0.5, 8.7), (-11.2, 8.3), (-13.6, 3.4)]),
)  # fmt: skip

_MUSCLE = Shape(
    outline=_closed(
        [
            (32.4, 4.4), (32.0, 9.8), (30.0, 12.6), (23.0, 13.9), (14.0, 13.3), (4.0, 12.9),
            (-5.0, 13.2), (-12.5, 14.3), (-22.5, 14.7), (-29.0, 13.8), (-32.0, 11.2), (-32.4, 4.6),
        ]
    ),
    half_width=13.4,
    front=(20.2, 12.9),
    rear=(-19.4, 12.9),
    front_tyre=(12.4, 6.4),
    rear_tyre=(13.4, 7.6),
    lamps=(30.0, 9.4),
    tail=(-31.8, 8.4),
    plate=(-10.4, 8.8),
    glass=_closed([(4.4, 4.2), (3.0, 9.0), (-1.2, 11.2), (-17.0, 11.0), (-23.4, 9.6), (-25, 4.2)]),
    windscreen=_closed([(3.6, 3.6), (2.4, 8.2), (-1.2, 9.6), (-0.5, 3.8)], 8),
    rear_glass=_closed([(-20.4, 3.6), (-20.6, 8.0), (-23.2, 7.8), (-24.2, 3.6)], 6),
    roof=_closed([(-1.6, 3.6), (-2.2, 8.4), (-7.0, 9.4), (-16.6, 9.0), (-19.2, 3.8)]),
    wing=(-30.4, 0.0),
)  # fmt: skip

SHAPES = {CarClass.LIGHT: _LIGHT, CarClass.TOURING: _TOURING, CarClass.MUSCLE: _MUSCLE}
"""By class."""
