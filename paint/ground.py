"""The ground of a track as one picture: grass, sand, asphalt, lines, kerbs.

Every pixel is shaded from its distance to the centreline, so edges are
anti-aliased by arithmetic. The picture shows what `Track.surface_at` says:
kerbs and sand come from the same arrays.

Units: pixels, ten to the metre.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import track_shape as shape
from paint.noise import Image, colour, inside, mix, smoothstep, value_noise
from track import Track

SCALE = 10
TILE = 250
GRASS, GRASS_STRIPE = colour("#6aa344"), colour("#5f983d")
GRASS_DARK, GRASS_DRY = colour("#43782f"), colour("#a3ad58")
VERGE, SAND, SAND_DARK = colour("#8d8a4f"), colour("#dcc48c"), colour("#c2a468")
ASPHALT, RUBBER, APRON = colour("#5f626a"), colour("#3b3d44"), colour("#56595f")
DASH, EDGE_LINE = colour("#f0c84a"), colour("#f3f1e8")
RED, WHITE = colour("#d9362b"), colour("#f2efe6")
STRIPE = 28.0
DASH_ON, DASH_PERIOD = 44.0, 84.0

Progress = Callable[[float], None]


class GroundPainter:
    """Paints one track, tile by tile."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self.width, self.height = round(track.width * SCALE), round(track.height * SCALE)
        rng = np.random.default_rng(track.scenery_seed)
        size = (self.height, self.width)
        self._wide = value_noise(rng, *size, 420)
        self._middle = value_noise(rng, *size, 90)
        self._fine = value_noise(rng, *size, 26)
        self._tufts = value_noise(rng, *size, 9)
        grain = rng.normal(0, 1, (512, 512)).astype(np.float32)
        self._grain = grain
        blades = rng.normal(0, 1, (512, 512)).astype(np.float32)
        # Blades stand upright: smeared down the picture.
        self._blades = (blades + 0.8 * np.roll(blades, 1, 0) + 0.5 * np.roll(blades, 2, 0)) / 1.4

    def paint(self, progress: Progress = lambda share: None) -> NDArray[np.uint8]:
        """Return the picture (height, width, 3)."""
        picture = np.empty((self.height, self.width, 3), np.uint8)
        tiles = [
            (top, left)
            for top in range(0, self.height, TILE)
            for left in range(0, self.width, 2 * TILE)
        ]
        for number, (top, left) in enumerate(tiles):
            bottom, right = min(top + TILE, self.height), min(left + 2 * TILE, self.width)
            tile = self._tile(top, bottom, left, right)
            picture[top:bottom, left:right] = np.clip(tile, 0, 255)
            progress((number + 1) / len(tiles))
        return picture

    def _tile(self, top: int, bottom: int, left: int, right: int) -> Image:
        track = self._track
        ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
        flat_x, flat_y = ((one.ravel() + 0.5) / SCALE for one in (xs, ys))
        index, offset = shape.located(track, flat_x, flat_y)
        away_x, away_y = flat_x - track.points[index, 0], flat_y - track.points[index, 1]
        size = xs.shape

        def field(values: NDArray[np.float64]) -> Image:
            made: Image = values.reshape(size).astype(np.float32)
            return made

        distance = field(np.hypot(away_x, away_y) * SCALE)
        side = field(offset * SCALE)
        half = field(track.half_widths[index] * SCALE)
        along = field(
            (
                index * track.spacing
                + away_x * track.tangents[index, 0]
                + away_y * track.tangents[index, 1]
            )
            * SCALE
        )
        on_right = offset > 0
        deep = np.where(on_right, track.sand_right[index], track.sand_left[index])
        kerb = field(np.where(on_right, track.kerb_right[index], track.kerb_left[index]) * 1.0)
        line = field(track.racing_line[index] * SCALE)
        beyond = distance - half

        cut = (slice(top, bottom), slice(left, right))
        noise = (self._wide[cut], self._middle[cut], self._fine[cut], self._tufts[cut])
        rows, columns = np.arange(top, bottom) % 512, np.arange(left, right) % 512
        grain = self._grain[rows][:, columns]
        blades = self._blades[rows][:, columns]

        image = self._grass(xs, ys, noise, grain, blades)
        if float(beyond.min()) < 260:
            self._beside(image, beyond, field(deep * SCALE), noise, grain)
        if float(beyond.min()) < 20:
            self._road(image, beyond, side, along, line, half, noise, grain)
            self._kerbs(image, beyond, along, kerb, noise, grain)
        image *= (1 + 0.04 * noise[0])[..., None]
        return image

    @staticmethod
    def _grass(
        xs: Image, ys: Image, noise: tuple[Image, ...], grain: Image, blades: Image
    ) -> Image:
        wide, middle, fine, tufts = noise
        mown = np.clip(np.sin((xs * 0.72 + ys * 0.69) * (2 * np.pi / 168)) * 8, -1, 1) * 0.5 + 0.5
        image = (GRASS * mown[..., None] + GRASS_STRIPE * (1 - mown[..., None])).astype(np.float32)
        mix(image, GRASS_DARK, np.clip(wide * 0.6 + middle * 0.38 + fine * 0.14, 0, 1) * 0.8)
        mix(image, GRASS_DRY, np.clip(-wide * 0.55 + middle * 0.38 - 0.1, 0, 1) * 0.5)
        mix(image, GRASS_DARK * 0.82, np.clip(tufts * 1.3 + fine * 0.9 - 1.05, 0, 1) * 0.4)
        image *= (1 + 0.055 * blades + 0.03 * fine + 0.02 * grain)[..., None]
        return image

    @staticmethod
    def _beside(
        image: Image, beyond: Image, deep: Image, noise: tuple[Image, ...], grain: Image
    ) -> None:
        wide, middle, fine, _ = noise
        worn = (1 - smoothstep(8, 36, beyond + fine * 12 + middle * 8)) * 0.55
        mix(image, VERGE, worn)
        # The rim wavers, within a metre of what the surface map says.
        rim = beyond - deep + middle * 7 * np.minimum(deep / 60, 1) + fine * 4
        sandy = inside(rim / 1.5) * (deep > 6)
        shadow = np.exp(-((np.maximum(rim, 0) / 8) ** 2)) * (rim > 0) * 0.3 * (deep > 6)
        image *= (1 - shadow)[..., None]
        sand = SAND * (1 + 0.045 * grain + 0.05 * fine + 0.05 * middle)[..., None]
        rakes = np.clip(0.5 + 0.5 * np.sin(beyond * (2 * np.pi / 14) + middle * 3 + wide * 2), 0, 1)
        shade = rakes * 0.34 * np.clip(0.5 + fine, 0, 1) + 0.34 * smoothstep(-18, 0, rim)
        mix(sand, SAND_DARK, shade)
        mix(image, sand, sandy)

    @staticmethod
    def _road(
        image: Image, beyond: Image, side: Image, along: Image, line: Image, half: Image,
        noise: tuple[Image, ...], grain: Image,
    ) -> None:  # fmt: skip
        wide, middle, fine, _ = noise
        mix(image, APRON, inside(beyond - 6) * 0.55)
        road = ASPHALT * (1 + 0.045 * grain + 0.04 * middle + 0.03 * fine)[..., None]
        mix(road, ASPHALT * 1.1, np.clip(wide * 1.4 + middle * 0.5 - 0.55, 0, 1) * 0.6)
        driven = side - line
        mix(road, RUBBER, np.exp(-((driven / (half * 0.36)) ** 2)) * (0.4 + 0.1 * middle))
        for groove in (-13, 13):
            worn = np.exp(-(((driven - groove) / 6) ** 2)) * 0.22 * np.clip(0.7 + fine, 0, 1)
            mix(road, RUBBER * 0.9, worn)
        dusty = 0.08 * smoothstep(-26, -2, beyond) * (1 - 0.4 * fine)
        road *= (1 + dusty)[..., None]
        mix(image, road, inside(beyond))
        phase = np.mod(along, DASH_PERIOD)
        dash = inside(np.abs(side) - 2.2) * inside(np.abs(phase - DASH_ON / 2) - DASH_ON / 2)
        mix(image, DASH, np.clip(dash * (0.6 + 0.25 * fine - 0.12 * np.abs(grain)), 0, 1))
        edge = inside(np.abs(beyond + 9) - 2.6) * (0.9 - 0.08 * np.abs(grain))
        mix(image, EDGE_LINE, np.clip(edge, 0, 1))

    @staticmethod
    def _kerbs(
        image: Image, beyond: Image, along: Image, kerb: Image,
        noise: tuple[Image, ...], grain: Image,
    ) -> None:  # fmt: skip
        if not kerb.any():
            return
        fine = noise[2]
        stripe = along / STRIPE
        red = (np.floor(stripe).astype(int) % 2 == 0)[..., None]
        to_border = np.minimum(stripe % 1.0, 1 - stripe % 1.0) * STRIPE
        painted = np.where(red, RED, WHITE).astype(np.float32)
        mix(painted, np.where(red, WHITE, RED), np.clip(0.5 - to_border, 0, 0.5))
        painted *= (1.07 - 0.017 * (beyond - 4.5) - 0.03 * np.abs(grain) + 0.03 * fine)[..., None]
        painted *= (1 - 0.22 * np.clip(1.2 - to_border, 0, 1))[..., None]
        outer = np.exp(-((np.maximum(beyond - 13, 0) / 6) ** 2)) * (beyond > 13) * kerb * 0.38
        inner = np.exp(-(((beyond + 4.5) / 2.2) ** 2)) * kerb * 0.32 * (beyond < -3.5)
        image *= (1 - outer)[..., None]
        image *= (1 - inner)[..., None]
        mix(image, painted, inside(np.abs(beyond - 4.5) - 8.5) * kerb)
