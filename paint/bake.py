"""Bake a track: everything painted in its order, and kept in files.

A baked track is a JPEG of the ground, a PNG of what hangs above the cars, a
small JPEG for menus, and a JSON sidecar that says from which track file all
came. Trees are listed in the sidecar, so that a canopy can be drawn again
over a car beneath it.

Units: pixels at ten a metre in the finished picture.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pygame

from paint.city import paint_city
from paint.dressing import Overhang, gantry, paint_start, paint_walls
from paint.ground import Progress, paint_ground
from paint.landscapes import landscape_of
from paint.night import Lights, dimmed, light_up, neon_walls, street_lamps
from paint.pits import paint_pits
from paint.planting import paint_flowers, plant
from paint.scenery import paint_scenery
from paint.spots import Spot, Taken
from paint.trees import Tree, canopies, paint_trees
from track import Track

GROUNDS = Path(__file__).parent.parent / "assets" / "grounds"
"""Where the baked tracks of the game lie."""
CANOPIES = "canopies.png"
"""The set of canopies in a file there."""
PX_A_METRE = 10
COARSE_PX_A_METRE = 4
STYLE = 2
"""Raised when the painter changes, so that old bakes are done again."""
PREVIEW_WIDTH_PX = 640
OVERHANG_LIT = 0.8
"""How bright the gantry is at night, under its floodlights."""


@dataclass(frozen=True, slots=True)
class Baked:
    """A painted track."""

    digest: str
    ground: pygame.Surface
    overhangs: tuple[Overhang, ...]
    trees: tuple[Tree, ...]


def look_digest(track: Track) -> str:
    """Return what a bake must have been made of to fit this track."""
    return hashlib.sha256(f"{STYLE} {track.look}".encode()).hexdigest()[:16]


def bake(
    track: Track,
    coarse: bool = False,
    progress: Progress = lambda share: None,
) -> Baked:
    """Paint a track; `coarse` takes less than half the time and blurs the ground a little."""
    px = COARSE_PX_A_METRE if coarse else PX_A_METRE
    ground = paint_ground(track, px, lambda share: progress(share * 0.7))
    if coarse:
        size = round(track.width * PX_A_METRE), round(track.height * PX_A_METRE)
        ground = pygame.transform.smoothscale(ground, size)
    paint_start(ground, track)
    spots = [Spot(track.width / 2, -50.0, 1.0)]
    for scenery in track.scenery:
        spots += paint_scenery(ground, scenery, track.scenery_seed)
    progress(0.78)
    spots += paint_pits(ground, track)
    spots += paint_walls(ground, track)
    progress(0.84)
    overhang = gantry(ground, track)
    spots.append(Spot(*track.point_at(3.6)[:2], 14.0))
    lights = Lights.over(ground) if track.night else None
    if landscape_of(track).paved:
        spots += paint_city(ground, track, spots, lights)
    progress(0.88)
    taken = Taken(spots)
    trees = plant(track, taken)
    progress(0.94)
    paint_flowers(ground, track, taken, PX_A_METRE)
    paint_trees(ground, trees, canopies(), PX_A_METRE)
    if lights is not None:
        street_lamps(ground, track, lights)
        neon_walls(track, lights)
        light_up(ground, track, lights)
        overhang = replace(overhang, picture=dimmed(overhang.picture, OVERHANG_LIT))
    progress(1.0)
    return Baked(look_digest(track), ground, (overhang,), tuple(trees))


def save(baked: Baked, folder: Path, name: str) -> None:
    """Write the files of a baked track; the sidecar last, so that it vouches for all."""
    folder.mkdir(parents=True, exist_ok=True)
    pygame.image.save(baked.ground, folder / f"{name}.jpg")
    width = max((one.picture.get_width() for one in baked.overhangs), default=1)
    height = sum(one.picture.get_height() for one in baked.overhangs)
    sheet = pygame.Surface((width, max(1, height)), pygame.SRCALPHA)
    rows: list[list[int]] = []
    top = 0
    for one in baked.overhangs:
        sheet.blit(one.picture, (0, top))
        rows.append([top, *one.picture.get_size(), one.left_px, one.top_px])
        top += one.picture.get_height()
    pygame.image.save(sheet, folder / f"{name}-over.png")
    wide, high = baked.ground.get_size()
    small = PREVIEW_WIDTH_PX, round(PREVIEW_WIDTH_PX * high / wide)
    pygame.image.save(
        pygame.transform.smoothscale(baked.ground, small), folder / f"{name}-preview.jpg"
    )
    sidecar: dict[str, Any] = {
        "digest": baked.digest,
        "overhangs": rows,
        "trees": [[tree.kind, round(tree.x, 2), round(tree.y, 2)] for tree in baked.trees],
    }
    (folder / f"{name}.json").write_text(json.dumps(sidecar) + "\n", encoding="utf-8")
