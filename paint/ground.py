"""The ground itself: grass, sand, asphalt, lines and kerbs, shaded per pixel.

Edges are smooth by arithmetic: how much of a pixel a shape covers follows
from the distance to its border. What stands on the ground is `dressing.py`.

Units: metres unless a name says px; colours from 0 to 255, float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pygame
from numpy.typing import NDArray

from paint.canvas import Pixels, rgb
from paint.field import Field, measure
from paint.noise import repeated, smeared, value_noise, white_tile
from track import Track
from track_shape import KERB_INSIDE, KERB_OUTSIDE

Shares = NDArray[np.floating[Any]]
Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""

TILE_ROWS_PX, TILE_COLUMNS_PX = 250, 500
MOWN = 16.8
"""Two bands of the mown pattern."""
STRIPE = 2.8
"""Length of a kerb's stripe, about."""
DASH_ON, DASH_OFF = 4.4, 4.0
LINE_INSIDE = 0.95
"""The white line's middle lies so far inside the edge."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a landscape."""

    grass: str = "#6aa344"
    grass_band: str = "#5f983d"
    grass_dark: str = "#43782f"
    grass_dry: str = "#a3ad58"
    worn: str = "#8d8a4f"
    sand: str = "#dcc48c"
    sand_raked: str = "#c2a468"
    asphalt: str = "#5f626a"
    rubber: str = "#3b3d44"
    concrete: str = "#777a80"
    line: str = "#f3f1e8"
    dash: str = "#f0c84a"
    kerb: str = "#d9362b"
    kerb_light: str = "#f2efe6"


PALETTES = {
    "harbour": Palette(
        grass="#7ba24c",
        grass_band="#709745",
        grass_dark="#4d7a3a",
        grass_dry="#b9ae66",
        worn="#9a9158",
        sand="#e3cf9e",
        sand_raked="#cbb27c",
        asphalt="#63656b",
        kerb="#1f63c4",
    )
}
"""By a track's name; others are green."""


def palette_of(track: Track) -> Palette:
    """Return the colours of a track."""
    return PALETTES.get(track.name, Palette())


def paint_ground(
    track: Track, px_a_metre: float, progress: Progress = lambda share: None
) -> pygame.Surface:
    """Return the bare ground of a track."""
    columns, rows = round(track.width * px_a_metre), round(track.height * px_a_metre)
    shader = _Shader(track, px_a_metre, rows, columns)
    picture = np.empty((columns, rows, 3), np.uint8)
    for top in range(0, rows, TILE_ROWS_PX):
        high = min(TILE_ROWS_PX, rows - top)
        for left in range(0, columns, TILE_COLUMNS_PX):
            wide = min(TILE_COLUMNS_PX, columns - left)
            tile = np.clip(shader.tile(top, left, high, wide), 0, 255).astype(np.uint8)
            picture[left : left + wide, top : top + high] = tile.swapaxes(0, 1)
        progress((top + high) / rows)
    surface = pygame.Surface((columns, rows))
    pygame.surfarray.blit_array(surface, picture)
    return surface


def _mix(base: Pixels, colour: Pixels, share: Shares) -> None:
    """Blend a colour over the base, in place."""
    base += (colour - base) * share[..., None]


def _bell(x: Pixels, width: float) -> Pixels:
    bell: Pixels = np.exp(-((x / np.float32(width)) ** 2))
    return bell


def _ramp(low: float, high: float, x: Pixels) -> Pixels:
    t = np.clip((x - low) / (high - low), 0, 1)
    ramp: Pixels = t * t * (3 - 2 * t)
    return ramp


class _Shader:
    """Shades one window of the ground after another."""

    def __init__(self, track: Track, px_a_metre: float, rows: int, columns: int) -> None:
        self._px = np.float32(px_a_metre)
        self._field = measure(track)
        rng = np.random.default_rng(track.scenery_seed)
        self._noises = tuple(
            value_noise(rng, rows, columns, cell * px_a_metre) for cell in (42.0, 9.0, 2.6, 0.9)
        )
        white = white_tile(rng)
        self._grain = white
        self._coarse_grain = smeared(smeared(white, 1, 0), 1, 1)
        self._blades = smeared(white_tile(rng), 2, 0)
        self._stripes_left, self._stripes_right, self._stripe = _stripes(track)
        palette = palette_of(track)
        self._colour = {name: rgb(getattr(palette, name)) for name in Palette.__slots__}

    def tile(self, top: int, left: int, rows: int, columns: int) -> Pixels:
        """Return the colours of a window."""
        field = self._field.window(float(self._px), top, left, rows, columns)
        window = (slice(top, top + rows), slice(left, left + columns))
        noises = [noise[window] for noise in self._noises]
        grains = [
            repeated(one, top, left, rows, columns)
            for one in (self._grain, self._coarse_grain, self._blades)
        ]
        nearest, farthest = float(field.beyond.min()), float(field.beyond.max())
        if farthest > 0:
            ground = self._grass(top, left, noises, grains)
            if nearest < 8.0:
                self._verge(ground, field, noises, grains)
            if float(field.sand.max()) > 0:
                self._gravel(ground, field, noises, grains)
        else:
            ground = np.zeros((rows, columns, 3), np.float32)
        if nearest < 1.6:
            self._road(ground, field, noises, grains)
        if nearest < 3.0:
            self._kerbs(ground, field, noises, grains)
        ground *= (1 + 0.04 * noises[0])[..., None]
        return ground

    def _cover(self, beyond: Shares) -> Pixels:
        """Return how much of each pixel lies where `beyond` is negative."""
        covered: Pixels = np.clip(0.5 - beyond * self._px, 0, 1)
        return covered

    def _grass(self, top: int, left: int, noises: list[Pixels], grains: list[Pixels]) -> Pixels:
        huge, broad, small, fine = noises
        rows, columns = huge.shape
        y = (np.arange(rows, dtype=np.float32)[:, None] + top) / self._px
        x = (np.arange(columns, dtype=np.float32) + left) / self._px
        wave = np.sin((x * 0.72 + y * 0.69) * np.float32(2 * math.pi / MOWN))
        band = np.clip(wave * 8, -1, 1)[..., None] * 0.5 + 0.5
        grass: Pixels = self._colour["grass"] * band + self._colour["grass_band"] * (1 - band)
        _mix(
            grass,
            self._colour["grass_dark"],
            np.clip(huge * 0.6 + broad * 0.38 + small * 0.14, 0, 1) * 0.8,
        )
        dry = np.clip(-huge * 0.55 + broad * 0.38 - 0.1, 0, 1) * 0.5
        _mix(grass, self._colour["grass_dry"], dry)
        tufts = np.clip(fine * 1.3 + small * 0.9 - 1.05, 0, 1) * 0.4
        _mix(grass, self._colour["grass_dark"] * 0.82, tufts)
        grass *= (1 + 0.055 * grains[2] + 0.03 * small + 0.02 * grains[0])[..., None]
        return grass

    def _verge(
        self, ground: Pixels, field: Field, noises: list[Pixels], grains: list[Pixels]
    ) -> None:
        ragged = field.beyond + noises[2] * 1.2 + noises[1] * 0.8
        worn = self._colour["worn"] * (1 + 0.05 * grains[1][..., None])
        _mix(ground, worn, (1 - _ramp(0.8, 3.6, ragged)) * 0.55)

    def _gravel(
        self, ground: Pixels, field: Field, noises: list[Pixels], grains: list[Pixels]
    ) -> None:
        huge, broad, small, fine = noises
        # The rim may wander half a metre from where the car feels it, no more.
        rim = (
            field.beyond
            - field.sand
            + np.minimum(field.sand / 4, 1) * (broad * 0.75 + small * 0.45 + fine * 0.2)
        )
        rim = np.where(field.sand > 0.3, rim, np.float32(99))
        ground *= (1 - _bell(np.maximum(rim, 0), 0.8) * (rim > 0) * 0.32)[..., None]
        sand = (
            self._colour["sand"]
            * (1 + 0.055 * grains[1] + 0.05 * small + 0.05 * broad + 0.03 * fine)[..., None]
        )
        rake = np.sin(field.beyond * np.float32(2 * math.pi / 1.4) + broad * 3 + huge * 2)
        raked = np.clip(0.5 + 0.5 * rake, 0, 1) * 0.34 * np.clip(0.5 + small, 0, 1)
        _mix(sand, self._colour["sand_raked"], raked + 0.34 * _ramp(-1.8, 0, rim))
        _mix(ground, sand, self._cover(rim * 0.6))

    def _road(
        self, ground: Pixels, field: Field, noises: list[Pixels], grains: list[Pixels]
    ) -> None:
        huge, broad, small, _ = noises
        grain, coarse, _ = grains
        beyond, offset = field.beyond, field.offset
        _mix(ground, self._colour["concrete"] * 0.8, self._cover(beyond - 0.6) * 0.6)
        road = (
            self._colour["asphalt"]
            * (1 + 0.034 * grain + 0.024 * coarse + 0.04 * broad + 0.03 * small)[..., None]
        )
        patches = np.clip(huge * 1.4 + broad * 0.5 - 0.55, 0, 1) * 0.6
        _mix(road, self._colour["asphalt"] * 1.1, patches)
        from_line = offset - field.line
        _mix(
            road, self._colour["rubber"], _bell(from_line / field.half, 0.36) * (0.42 + 0.1 * broad)
        )
        for groove in (-1.15, 1.15):
            worn = _bell(from_line - groove, 0.55) * 0.24 * np.clip(0.7 + small, 0, 1)
            _mix(road, self._colour["rubber"] * 0.88, worn)
        seam = _bell(offset, 0.12) * 0.08
        road *= (1 + 0.09 * _ramp(-2.6, -0.2, beyond) * (1 - 0.4 * small) - seam)[..., None]
        _mix(ground, road, self._cover(beyond))
        period = DASH_ON + DASH_OFF
        from_dash = np.abs(np.mod(field.along, period) - DASH_ON / 2) - DASH_ON / 2
        dash = self._cover(np.abs(offset) - 0.2) * self._cover(from_dash)
        wear = 0.55 + 0.25 * small - 0.12 * np.abs(grain)
        _mix(ground, self._colour["dash"], np.clip(dash * wear, 0, 1))
        edge = self._cover(np.abs(beyond + LINE_INSIDE) - 0.26)
        _mix(ground, self._colour["line"], np.clip(edge * (0.93 - 0.1 * np.abs(coarse)), 0, 1))

    def _kerbs(
        self, ground: Pixels, field: Field, noises: list[Pixels], grains: list[Pixels]
    ) -> None:
        count = len(self._stripes_left)
        place = field.along / np.float32(self._stripe)
        stripe = np.floor(place).astype(np.int32) % count
        on_right = field.offset > 0
        here = np.where(on_right, self._stripes_right[stripe], self._stripes_left[stripe])
        if not here.any():
            return
        share = place - np.floor(place)
        beside = (stripe + np.where(share > 0.5, 1, -1)) % count
        goes_on = np.where(on_right, self._stripes_right[beside], self._stripes_left[beside])
        to_border = np.minimum(share, 1 - share) * np.float32(self._stripe)
        border_px = to_border * self._px
        # Mix the neighbour's colour into the half pixel at a border.
        blend = np.where(goes_on, np.clip(0.5 - border_px, 0, 0.5), 0)[..., None]
        dark, light = self._colour["kerb"], self._colour["kerb_light"]
        is_dark = (stripe % 2 == 0)[..., None]
        paint = np.where(is_dark, dark, light) * (1 - blend)
        paint = paint + np.where(is_dark, light, dark) * blend
        middle = (KERB_OUTSIDE - KERB_INSIDE) / 2
        reach = (KERB_OUTSIDE + KERB_INSIDE) / 2
        from_middle = field.beyond - np.float32(middle)
        slope = 1.07 - 0.17 * from_middle - 0.03 * np.abs(grains[1]) + 0.03 * noises[2]
        joint = 1 - 0.22 * np.clip(1.2 - border_px, 0, 1)
        # Rubber off the tyres that ride over it.
        slope *= 1 - 0.13 * np.clip(noises[2] * 1.6 - from_middle * 0.6, 0, 1)
        paint = paint * (slope * joint)[..., None]
        solid = here * np.where(goes_on, 1, np.clip(border_px + 0.5, 0, 1)).astype(np.float32)
        outside = _bell(np.maximum(field.beyond - np.float32(KERB_OUTSIDE), 0), 0.6)
        ground *= (1 - outside * (field.beyond > KERB_OUTSIDE) * solid * 0.38)[..., None]
        inside = _bell(field.beyond + np.float32(KERB_INSIDE), 0.22)
        ground *= (1 - inside * (field.beyond < -KERB_INSIDE + 0.1) * solid * 0.32)[..., None]
        _mix(ground, paint, self._cover(np.abs(from_middle) - np.float32(reach)) * solid)


def _stripes(track: Track) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Return which stripes exist, left and right, and how long one is.

    The count is even, so that colours alternate across the start line too.
    """
    count = int(track.length / STRIPE) // 2 * 2
    length = track.length / count
    middles = ((np.arange(count) + 0.5) * length / track.spacing).astype(int) % track.count
    return track.kerb_left[middles], track.kerb_right[middles], length
