"""Everything that a track file puts beside the road, painted by its kind.

Units: metres.
"""

from __future__ import annotations

import numpy as np
import pygame

from paint.buildings import house, paddock, stand, tent
from paint.country import FIELD_DEPTH
from paint.nature import pond, rocks
from paint.raising import spots_of
from paint.spots import Spot
from track import Scenery

PAINTERS = {"paddock": paddock, "stand": stand, "tent": tent, "house": house, "rocks": rocks}


def paint_scenery(ground: pygame.Surface, scenery: Scenery, seed: int) -> list[Spot]:
    """Paint one piece; return the spots that it takes."""
    rng = np.random.default_rng(seed + round(scenery.x * 7 + scenery.y * 13))
    if scenery.kind == "pond":
        return pond(ground, scenery, rng, seed)
    if scenery.kind == "field":
        # It belongs to the ground (`country.py`); here it only keeps trees out.
        return spots_of(scenery, scenery.size, scenery.size * FIELD_DEPTH)
    return PAINTERS[scenery.kind](ground, scenery, rng)
