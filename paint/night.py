"""Night: the picture of the day made dark, and lit again by lamps.

Light is gathered while the track is painted: pools on the ground, and things
that shine by themselves (windows, neon). `light_up` comes last.

Units: metres for places, pixels at ten a metre for shapes; light as a factor
on the colours of the day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pygame

from paint.canvas import Pixels, rgb, ribbon
from paint.dressing import chains
from paint.raising import PX
from track import Track
from track_shape import KERB

AMBIENT = np.array([0.16, 0.19, 0.33], np.float32)
"""What the sky gives; bluish."""
COARSE_PX = 2
"""Light changes slowly: it is worked out at so many pixels a metre."""
LAMP_EVERY, LAMP_BEYOND = 29.0, 2.3
"""Street lamps along the road, on alternate sides, beyond its edge."""
LAMP_ARM = 3.4
LAMP_REACH, LAMP_STRENGTH = 9.0, 1.15
LAMP_WARM = np.array([1.0, 0.84, 0.58], np.float32)
LAMP_WHITE = np.array([0.86, 0.95, 1.0], np.float32)
START_REACH, START_STRENGTH = 17.0, 0.7
KERB_LIT = 0.55
"""Kerbs shine a little by themselves."""
NEON = ("#12d9e8", "#ff2f8e")
"""Along walls: on the left of the road, on the right."""
GLOW_BLUR_PX = 7
BAND_ROWS = 200


@dataclass(frozen=True, slots=True)
class Pool:
    """Light on the ground."""

    x: float
    y: float
    reach: float
    light: Pixels
    """Red, green and blue."""


@dataclass(slots=True)
class Lights:
    """All lights of a track."""

    shine: pygame.Surface
    """What shines by itself, on black, as large as the ground."""
    pools: list[Pool] = field(default_factory=list)

    @classmethod
    def over(cls, ground: pygame.Surface) -> Lights:
        """Return no light yet, for a ground."""
        return cls(pygame.Surface(ground.get_size()))


def street_lamps(ground: pygame.Surface, track: Track, lights: Lights) -> None:
    """Stand lamps along the road, and floodlights at the start line."""
    for number in range(int(track.length / LAMP_EVERY)):
        distance = (number + 0.5) * LAMP_EVERY
        side = 1.0 if number % 2 else -1.0
        index = int(distance / track.spacing) % track.count
        apron = (track.apron_right if side > 0 else track.apron_left)[index]
        half = float(track.half_widths[index])
        foot = half + max(LAMP_BEYOND, float(apron) + 0.8 if apron > 0.0 else 0.0)
        x, y, _ = track.point_at(distance, side * foot)
        if track.geometry.beyond(x, y) < 1.5:
            # The other branch of a crossing passes here.
            continue
        head_x, head_y, _ = track.point_at(distance, side * (foot - LAMP_ARM))
        pygame.draw.line(ground, "#23272e", (x * PX, y * PX), (head_x * PX, head_y * PX), 3)
        pygame.draw.circle(ground, "#3a3f48", (x * PX, y * PX), 5)
        pygame.draw.circle(lights.shine, "#fff1c9", (head_x * PX, head_y * PX), 5)
        lights.pools.append(Pool(head_x, head_y, LAMP_REACH, LAMP_WARM * LAMP_STRENGTH))
    for distance in (-42.0, -20.0, 3.6):
        x, y, _ = track.point_at(distance)
        lights.pools.append(Pool(x, y, START_REACH, LAMP_WHITE * START_STRENGTH))
    for pit in track.pits:
        lights.pools.append(Pool(pit.x, pit.y, 11.0, LAMP_WHITE))


def neon_walls(track: Track, lights: Lights) -> None:
    """Lay a line of light along the barriers, cold on the left and warm on the right."""
    for line in chains(track.walls, "barrier"):
        x, y = line[len(line) // 2].tolist()
        colour = NEON[1 if track.locate(x, y).offset > 0.0 else 0]
        ribbon(lights.shine, colour, line * PX, 3.2)


def light_up(ground: pygame.Surface, track: Track, lights: Lights) -> None:
    """Darken the picture, in place, but for where light falls."""
    light = _light_map(track, lights.pools)
    width, height = ground.get_size()
    for top in range(0, height, BAND_ROWS):
        high = min(BAND_ROWS, height - top)
        pixels = pygame.surfarray.pixels3d(ground)[:, top : top + high]
        band = _widened(light, top, high, width)
        lit = pixels.swapaxes(0, 1).astype(np.float32) * band
        # Very bright places keep their colour: the eye, too, is dazzled softly.
        lit = 255.0 * (1.0 - np.exp(-lit / 235.0)) * 1.12
        pixels[:] = np.clip(lit, 0, 255).astype(np.uint8).swapaxes(0, 1)
        del pixels
    small = pygame.transform.smoothscale(lights.shine, (width // 4, height // 4))
    for blur, strength in ((GLOW_BLUR_PX, 0.9), (3 * GLOW_BLUR_PX, 0.7)):
        glow = pygame.transform.gaussian_blur(small, blur)
        glow = pygame.transform.smoothscale(glow, (width, height))
        part = round(255 * strength)
        glow.fill((part, part, part), special_flags=pygame.BLEND_RGB_MULT)
        ground.blit(glow, (0, 0), special_flags=pygame.BLEND_RGB_ADD)
    ground.blit(lights.shine, (0, 0), special_flags=pygame.BLEND_RGB_MAX)


def dimmed(picture: pygame.Surface, share: float = 0.55) -> pygame.Surface:
    """Return a picture as it looks at night, away from lamps."""
    dark = picture.copy()
    tint = [round(255 * min(1.0, part * share / 0.24)) for part in AMBIENT.tolist()]
    dark.fill((*tint, 255), special_flags=pygame.BLEND_RGBA_MULT)
    return dark


def _light_map(track: Track, pools: list[Pool]) -> Pixels:
    columns, rows = round(track.width * COARSE_PX), round(track.height * COARSE_PX)
    light = np.empty((rows, columns, 3), np.float32)
    light[:] = AMBIENT
    x = (np.arange(columns, dtype=np.float32) + 0.5) / COARSE_PX
    y = ((np.arange(rows, dtype=np.float32) + 0.5) / COARSE_PX)[:, None]
    for pool in pools:
        reach = 3.2 * pool.reach
        left, right = (
            min(max(round((pool.x + way) * COARSE_PX), 0), columns) for way in (-reach, reach)
        )
        top, bottom = (
            min(max(round((pool.y + way) * COARSE_PX), 0), rows) for way in (-reach, reach)
        )
        dx, dy = x[left:right] - np.float32(pool.x), y[top:bottom] - np.float32(pool.y)
        away = np.hypot(dx, dy) / np.float32(pool.reach)
        fall = 0.86 * np.exp(-(away**2)) + 0.14 * np.exp(-0.5 * away**2)
        light[top:bottom, left:right] += fall[..., None] * pool.light
    kerbs = (track.geometry.surfaces[:rows, :columns] == KERB).astype(np.float32)
    for axis in (0, 1):
        kerbs = (np.roll(kerbs, 1, axis) + 2 * kerbs + np.roll(kerbs, -1, axis)) / 4
    light += (KERB_LIT * kerbs)[..., None]
    return light


def _widened(light: Pixels, top: int, high: int, width: int) -> Pixels:
    """Return rows of the map at the size of the picture, by bilinear widening."""
    step = COARSE_PX / PX
    y = np.clip((np.arange(high) + top + 0.5) * step - 0.5, 0, light.shape[0] - 1.001)
    x = np.clip((np.arange(width) + 0.5) * step - 0.5, 0, light.shape[1] - 1.001)
    row, column = y.astype(int), x.astype(int)
    fy = (y - row).astype(np.float32)[:, None, None]
    fx = (x - column).astype(np.float32)[:, None]
    first = row[0]
    band = light[first : row[-1] + 2]
    wide = band[:, column] * (1 - fx) + band[:, column + 1] * fx
    below = row - first
    fine: Pixels = wide[below] * (1 - fy) + wide[below + 1] * fy
    return fine


def window_colour(luck: float) -> pygame.Color:
    """Return the colour of a lit window: warm mostly, now and then a screen's blue."""
    colours = ("#ffd27a", "#ffe2a8", "#ffc25c", "#9fd8ff", "#ffefcf")
    return pygame.Color(colours[math.floor(luck * len(colours)) % len(colours)])


def tint(colour: str, strength: float) -> Pixels:
    """Return a colour as light."""
    light: Pixels = rgb(colour) / np.float32(255.0) * np.float32(strength)
    return light
