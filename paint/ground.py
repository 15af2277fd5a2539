"""The bare ground of a track, shaded per pixel in windows.

Country first (`country.py`), the road over it (`road.py`), light and shade
last. What stands on the ground is `dressing.py`.

Units: metres unless a name says px; colours from 0 to 255, float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pygame

from paint.canvas import Pixels, rgb
from paint.country import country
from paint.field import measure
from paint.landscapes import Palette, landscape_of, palette_of
from paint.noise import repeated, smeared, value_noise, white_tile
from paint.road import RoadPainter
from paint.shading import Patch
from track import Track

Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""

TILE_ROWS_PX, TILE_COLUMNS_PX = 250, 500
SHADE_GROUND, SHADE_LIGHT = 0.46, 0.26
"""How much a slope darkens and brightens the ground."""
ROAD_SHADED = 0.6
"""Of it, the road shows so much."""


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
        self._landscape, palette = landscape_of(track), palette_of(track)
        self._colours = {name: rgb(getattr(palette, name)) for name in Palette.__slots__}
        self._road = RoadPainter(track, self._colours)
        self._fields = [one for one in track.scenery if one.kind == "field"]

    def tile(self, top: int, left: int, rows: int, columns: int) -> Pixels:
        """Return the colours of a window."""
        patch = self._patch(top, left, rows, columns)
        if float(patch.field.beyond.max()) > -1.0:
            ground = country(patch, self._landscape, self._colours, self._fields)
        else:
            ground = np.zeros((rows, columns, 3), np.float32)
        self._road.paint(ground, patch)
        ground *= (1 + 0.04 * patch.noises[0])[..., None]
        light = patch.field.light
        if light.any():
            shade = np.where(light > 0, SHADE_LIGHT, SHADE_GROUND) * light
            beside = np.clip(patch.field.beyond + 0.5, 0, 1)
            ground *= (1 + shade * (ROAD_SHADED + (1 - ROAD_SHADED) * beside))[..., None]
        return ground

    def _patch(self, top: int, left: int, rows: int, columns: int) -> Patch:
        window = (slice(top, top + rows), slice(left, left + columns))
        return Patch(
            px=self._px,
            x=(np.arange(columns, dtype=np.float32) + left) / self._px,
            y=(np.arange(rows, dtype=np.float32)[:, None] + top) / self._px,
            field=self._field.window(float(self._px), top, left, rows, columns),
            noises=[noise[window] for noise in self._noises],
            grains=[
                repeated(one, top, left, rows, columns)
                for one in (self._grain, self._coarse_grain, self._blades)
            ],
        )
