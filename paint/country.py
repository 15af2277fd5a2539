"""What lies beside the road: grass or pavement, fields, hills, verges, sand.

Each function shades one `Patch` in place. What stands up from the ground is
painted elsewhere.

Units: metres; colours from 0 to 255, float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from paint.canvas import Pixels, rgb
from paint.landscapes import Landscape
from paint.shading import Colours, Patch, bell, mix, ramp
from track import Scenery

MOWN = 16.8
"""Two bands of the mown pattern."""
SLAB = 3.2
"""Side of a slab of pavement."""
LAWN = 3.3
"""So far from the road's edge a street is lined with grass."""
FIELD_DEPTH = 0.62
"""Of a field, as a share of its length."""
FURROW = 1.7
CROPS = (
    ("#d9bd62", "#c2a24c"),
    ("#8d6c48", "#765839"),
    ("#8fae4d", "#7d9c41"),
    ("#cfae4f", "#e2c871"),
    ("#7a8f45", "#94a653"),
)
"""Crop and furrow; which one follows from where the field is."""
ROCK, ROCK_DARK = rgb("#a9a192"), rgb("#6f6a60")
BARE_ABOVE = 15.0
"""Higher ground is bare where the country is rugged."""


def grass(patch: Patch, colours: Colours, mown: float) -> Pixels:
    """Return a meadow, blotched, dry in places, mown in bands."""
    huge, broad, small, fine = patch.noises
    wave = np.sin((patch.x * 0.72 + patch.y * 0.69) * np.float32(2 * math.pi / MOWN))
    band = (np.clip(wave * 8, -1, 1) * 0.5 * min(mown, 1.0))[..., None] + 0.5
    ground: Pixels = colours["grass"] * band + colours["grass_band"] * (1 - band)
    if mown > 1.0:
        ground *= 1 + (mown - 1.0) * 0.09 * (band - 0.5)
    blotched = np.clip(huge * 0.6 + broad * 0.38 + small * 0.14, 0, 1) * 0.8
    mix(ground, colours["grass_dark"], blotched / max(1.0, mown))
    dry = np.clip(-huge * 0.55 + broad * 0.38 - 0.1, 0, 1) * 0.5
    mix(ground, colours["grass_dry"], dry)
    tufts = np.clip(fine * 1.3 + small * 0.9 - 1.05, 0, 1) * 0.4
    mix(ground, colours["grass_dark"] * 0.82, tufts)
    sharp, _, blades = patch.grains
    ground *= (1 + 0.055 * blades + 0.03 * small + 0.02 * sharp)[..., None]
    return ground


def pavement(patch: Patch, colours: Colours) -> Pixels:
    """Return slabs of stone, with lawn along the streets."""
    _, broad, small, fine = patch.noises
    sharp, coarse, blades = patch.grains
    column, row = np.floor(patch.x / SLAB), np.floor(patch.y / SLAB)
    # A hash of the slab's place: each has a tone of its own.
    tone = np.mod(np.sin(column * 12.9898 + row * 78.233) * 43758.547, 1.0).astype(np.float32)
    ground: Pixels = colours["grass"] + (colours["grass_band"] - colours["grass"]) * tone[..., None]
    ground *= (0.98 + 0.05 * (tone - 0.5) + 0.02 * coarse + 0.03 * broad)[..., None]
    across = np.abs(np.mod(patch.x, SLAB) - SLAB / 2)
    down = np.abs(np.mod(patch.y, SLAB) - SLAB / 2)
    joint = patch.cover(SLAB / 2 - 0.06 - np.maximum(across, down))
    mix(ground, colours["grass_dark"], joint * 0.55)
    stained = np.clip(broad * 0.9 + small * 0.5 - 0.5, 0, 1) * 0.35
    mix(ground, colours["grass_dark"], stained)
    beyond = patch.field.beyond
    lawn = colours["worn"] * (1 + 0.07 * blades + 0.08 * small + 0.08 * broad)[..., None]
    mix(ground, lawn, patch.cover(beyond - LAWN))
    kerbstone = patch.cover(np.abs(beyond - LAWN - 0.2) - 0.2)
    mix(ground, colours["concrete"] * 1.25, kerbstone * (0.9 + 0.1 * fine))
    ground *= (1 - 0.25 * bell(beyond - LAWN - 0.7, 0.4) * (beyond > LAWN + 0.4))[..., None]
    ground *= (1 + 0.015 * sharp)[..., None]
    return ground


def parcels(ground: Pixels, patch: Patch, fields: Sequence[Scenery]) -> None:
    """Lay fields on the country, as farmers do: roads go through them."""
    _, broad, small, fine = patch.noises
    for one in fields:
        reach = one.size * 0.62
        if not (
            patch.x[0] - reach < one.x < patch.x[-1] + reach
            and patch.y[0, 0] - reach < one.y < patch.y[-1, 0] + reach
        ):
            continue
        cos, sin = np.float32(math.cos(one.angle)), np.float32(math.sin(one.angle))
        dx, dy = patch.x - np.float32(one.x), patch.y - np.float32(one.y)
        u, v = dx * cos + dy * sin, dy * cos - dx * sin
        half, deep = one.size / 2, one.size * FIELD_DEPTH / 2
        outside = np.maximum(np.abs(u) - half, np.abs(v) - deep) + 0.5 * broad + 0.25 * small
        crop, furrow = (rgb(part) for part in CROPS[round(one.x + one.y * 3) % len(CROPS)])
        wave = np.sin(v * np.float32(2 * math.pi / FURROW) + 0.6 * broad)
        rows = np.clip(0.5 + 0.75 * wave, 0, 1)[..., None]
        paint = np.asarray(crop * rows + furrow * (1 - rows), np.float32)
        paint *= (1 + 0.05 * patch.grains[2] + 0.07 * broad + 0.05 * fine)[..., None]
        ground *= (1 - 0.25 * bell(outside - 0.5, 0.7))[..., None]
        mix(ground, paint, patch.cover(outside * 0.5) * 0.92)


def rise(ground: Pixels, patch: Patch, rugged: float) -> None:
    """Make high ground bare, before it is shaded with everything else."""
    if rugged == 0.0 or float(patch.field.height.max()) < BARE_ABOVE * 0.5:
        return
    _, broad, small, fine = patch.noises
    high = patch.field.height + 5.0 * broad + 3.0 * small
    bare = ramp(BARE_ABOVE, BARE_ABOVE + 9.0, high) * rugged
    stone = ROCK * (1 + 0.05 * patch.grains[1] + 0.10 * small)[..., None]
    cracks = np.clip(fine * 1.6 + small * 0.8 - 0.8, 0, 1)
    mix(stone, ROCK_DARK, cracks * 0.8)
    mix(ground, stone, bare * 0.75)


def verge(ground: Pixels, patch: Patch, colours: Colours) -> None:
    """Wear the grass along the road; along gravel lies dust."""
    beyond, gravel = patch.field.beyond, patch.field.gravel
    ragged = beyond + patch.noises[2] * 1.2 + patch.noises[1] * 0.8
    worn = colours["worn"] * (1 + 0.05 * patch.grains[1][..., None])
    mix(ground, worn, (1 - ramp(0.8, 3.6, ragged)) * 0.55)
    if float(gravel.max()) > 0.0:
        dust = colours["dust"] * (1 + 0.06 * patch.grains[1][..., None])
        mix(ground, dust, (1 - ramp(-0.4, 5.0, ragged)) * 0.6 * gravel)


def sand(ground: Pixels, patch: Patch, colours: Colours) -> None:
    """Lay sand outside of corners, raked."""
    huge, broad, small, fine = patch.noises
    field = patch.field
    # The rim may wander half a metre from where the car feels it, no more.
    rim = (
        field.beyond
        - field.sand
        + np.minimum(field.sand / 4, 1) * (broad * 0.75 + small * 0.45 + fine * 0.2)
    )
    rim = np.where(field.sand > 0.3, rim, np.float32(99))
    ground *= (1 - bell(np.maximum(rim, 0), 0.8) * (rim > 0) * 0.32)[..., None]
    bed = (
        colours["sand"]
        * (1 + 0.055 * patch.grains[1] + 0.05 * small + 0.05 * broad + 0.03 * fine)[..., None]
    )
    rake = np.sin(field.beyond * np.float32(2 * math.pi / 1.4) + broad * 3 + huge * 2)
    raked = np.clip(0.5 + 0.5 * rake, 0, 1) * 0.34 * np.clip(0.5 + small, 0, 1)
    mix(bed, colours["sand_raked"], raked + 0.34 * ramp(-1.8, 0, rim))
    mix(ground, bed, patch.cover(rim * 0.6))


def country(
    patch: Patch, landscape: Landscape, colours: Colours, fields: Sequence[Scenery]
) -> Pixels:
    """Return all of it, up to the road's edge."""
    if landscape.paved:
        return pavement(patch, colours)
    ground = grass(patch, colours, landscape.mown)
    parcels(ground, patch, fields)
    rise(ground, patch, landscape.rugged)
    if float(patch.field.beyond.min()) < 8.0:
        verge(ground, patch, colours)
    if float(patch.field.sand.max()) > 0:
        sand(ground, patch, colours)
    return ground
