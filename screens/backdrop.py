"""The picture behind the menus: a race, out of focus, darker at the left.

It is made of the shipped ground and the game's own cars, once, and scaled to
the window. Where the ground is missing, a plain colour serves.

Units: pixels; metres along the track.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path

import pygame

from errors import BadFile
from paint.canvas import padded, shadow_of
from screens.sprites import shared_sprites
from track import track_of

GROUNDS = Path(__file__).parent.parent / "assets" / "grounds"
TRACK = "meadow"
SIZE = (1280, 720)
PX_A_METRE = 10
BLUR = 5
MIDDLE_AT = 0.46
"""The part of the lap that lies in the middle of the picture."""
CARS = ((0, -26.0, -2.5), (1, -14.0, 2.0), (2, 2.0, -1.0), (3, 22.0, 1.5))
"""Slot, metres along the track from the middle, metres to the right."""
PLAIN = "#16321c"
HERO = (0, -0.2, 3.2)
"""The car in front: slot, heading, how much larger than in a race."""
HERO_MARGIN = 24


@functools.lru_cache(maxsize=2)
def backdrop(size: tuple[int, int]) -> pygame.Surface:
    """Return the backdrop for a window of this size."""
    base = _base()
    scale = max(size[0] / SIZE[0], size[1] / SIZE[1])
    wide = pygame.transform.smoothscale_by(base, scale)
    picture = pygame.Surface(size)
    picture.blit(wide, wide.get_rect(center=(size[0] // 2, size[1] // 2)))
    return picture.convert()


@functools.lru_cache(maxsize=4)
def preview(track: str, size: tuple[int, int]) -> pygame.Surface | None:
    """Return the small picture of a track, or None where it is missing."""
    try:
        picture = pygame.image.load(GROUNDS / f"{track}-preview.jpg").convert()
    except (pygame.error, OSError):
        return None
    # Fill the box and cut what is too much, so that corners keep their shape.
    scale = max(size[0] / picture.get_width(), size[1] / picture.get_height())
    wide = pygame.transform.smoothscale_by(picture, scale)
    part = pygame.Rect((0, 0), size)
    part.center = wide.get_rect().center
    return wide.subsurface(part.clip(wide.get_rect())).copy()


@functools.lru_cache(maxsize=1)
def hero(scale: float) -> pygame.Surface:
    """Return the car that stands before the menu, with its shadow, premultiplied."""
    slot, heading, larger = HERO
    car = shared_sprites().portrait(slot, heading, larger * scale)
    margin = round(HERO_MARGIN * scale) + 1
    wide = padded(car, margin)
    shadow = shadow_of(wide, max(1, round(6 * scale)), 0.5)
    picture = pygame.Surface(wide.get_size(), pygame.SRCALPHA)
    drop = round(9 * scale), round(14 * scale)
    picture.blit(shadow, drop, special_flags=pygame.BLEND_PREMULTIPLIED)
    picture.blit(car, (margin, margin), special_flags=pygame.BLEND_PREMULTIPLIED)
    return picture


@functools.lru_cache(maxsize=1)
def _base() -> pygame.Surface:
    picture = pygame.Surface(SIZE)
    picture.fill(PLAIN)
    try:
        _paint_race(picture)
        picture = pygame.transform.gaussian_blur(picture, BLUR)
    except (pygame.error, OSError, BadFile):
        # Without the pictures the game is plain, not broken.
        picture.fill(PLAIN)
    shade = pygame.Surface((256, 16), pygame.SRCALPHA)
    for x in range(256):
        for y in range(16):
            across, down = x / 255, abs(y / 15 - 0.5) * 2
            dark = 232 * (1 - across) ** 1.5 + 58 + 36 * down**2
            shade.set_at((x, y), (8, 12, 18, min(240, round(dark))))
    picture.blit(pygame.transform.smoothscale(shade, SIZE), (0, 0))
    return picture


def _paint_race(picture: pygame.Surface) -> None:
    track = track_of(TRACK)
    ground = pygame.image.load(GROUNDS / f"{TRACK}.jpg")
    count = len(track.points)
    middle = track.points[round(MIDDLE_AT * count) % count] * PX_A_METRE
    left = min(max(round(middle[0] - SIZE[0] * 0.6), 0), ground.get_width() - SIZE[0])
    top = min(max(round(middle[1] - SIZE[1] * 0.45), 0), ground.get_height() - SIZE[1])
    picture.blit(ground, (-left, -top))
    spacing = track.length / count
    for slot, along, aside in CARS:
        index = round(MIDDLE_AT * count + along / spacing) % count
        (x, y), (tx, ty) = track.points[index], track.tangents[index]
        place = (x - ty * aside) * PX_A_METRE - left, (y + tx * aside) * PX_A_METRE - top
        picture.fblits(
            shared_sprites().place(slot, *place, math.atan2(ty, tx)), pygame.BLEND_PREMULTIPLIED
        )
