"""Pictures for menus: the still behind them, previews of tracks, a car in front.

The still is a shipped preview, out of focus and darker at the left: it is made
in a moment, and serves until the live race does (`attract.py`). Where the
preview is missing, a plain colour serves.

Units: pixels.
"""

from __future__ import annotations

import functools

import pygame

from errors import BadFile
from paint.bake import GROUNDS
from paint.canvas import font, padded, shadow_of
from screens.ground import cache_folder
from screens.sprites import shared_sprites
from track import track_of

TRACK = "meadow"
SMALL = (320, 180)
BLUR = 3
PLAIN = "#16321c"
ROAD, WORDS = "#5f626a", "#f4f6f8"
BESIDE = (72, 76, 84)
"""A picture is so much darker beside itself, where a box is of another shape."""
HERO = (0, -0.2, 3.2)
"""The car in front: slot, heading, how much larger than in a race."""
HERO_MARGIN = 24


@functools.lru_cache(maxsize=2)
def backdrop(size: tuple[int, int]) -> pygame.Surface:
    """Return the still for a window of this size."""
    picture = pygame.Surface(size)
    picture.fill(PLAIN)
    seen = preview(TRACK, SMALL, whole=False)
    if seen is not None:
        picture = pygame.transform.smoothscale(pygame.transform.box_blur(seen, BLUR), size)
    picture.blit(shade(size), (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)
    return picture.convert()


@functools.lru_cache(maxsize=2)
def shade(size: tuple[int, int]) -> pygame.Surface:
    """Return the darkness over the still and the race, premultiplied: most at the left."""
    small = pygame.Surface((256, 16), pygame.SRCALPHA)
    for x in range(256):
        for y in range(16):
            across, down = x / 255, abs(y / 15 - 0.5) * 2
            dark = 232 * (1 - across) ** 1.5 + 58 + 36 * down**2
            small.set_at((x, y), (8, 12, 18, min(240, round(dark))))
    return pygame.transform.smoothscale(small, size).premul_alpha()


@functools.lru_cache(maxsize=16)
def preview(track: str, size: tuple[int, int], *, whole: bool = True) -> pygame.Surface | None:
    """Return the small picture of a track, or its plan; None where nobody knows the track.

    Args:
        whole: whether all of the track is to be seen, however the box is shaped.
    """
    for folder in (GROUNDS, cache_folder()):
        try:
            picture = pygame.image.load(folder / f"{track}-preview.jpg").convert()
        except (pygame.error, OSError):
            continue
        return _fitted(picture, size) if whole else _filled(picture, size)
    return _plan(track, size)


def _fitted(picture: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
    """Return all of the picture, before a dark one of itself where it is too small."""
    box = _filled(picture, size)
    scale = min(size[0] / picture.get_width(), size[1] / picture.get_height())
    inner = pygame.transform.smoothscale_by(picture, scale)
    box.fill(BESIDE, special_flags=pygame.BLEND_MULT)
    box.blit(inner, inner.get_rect(center=box.get_rect().center))
    return box


def _filled(picture: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
    # Fill the box and cut what is too much, so that corners keep their shape.
    scale = max(size[0] / picture.get_width(), size[1] / picture.get_height())
    wide = pygame.transform.smoothscale_by(picture, scale)
    part = pygame.Rect((0, 0), size)
    part.center = wide.get_rect().center
    return wide.subsurface(part.clip(wide.get_rect())).copy()


def _plan(track: str, size: tuple[int, int]) -> pygame.Surface | None:
    """Return the road alone, and a sentence that says why."""
    try:
        road = track_of(track)
    except BadFile:
        return None
    picture = pygame.Surface(size)
    picture.fill(PLAIN)
    scale = min(size[0] / road.width, size[1] / road.height)
    middle = pygame.Vector2(size) / 2 - pygame.Vector2(road.width, road.height) * scale / 2
    widths = (road.half_widths * scale).tolist()
    for (x, y), half in zip(road.points.tolist(), widths, strict=True):
        pygame.draw.circle(picture, ROAD, middle + pygame.Vector2(x, y) * scale, max(1.0, half))
    sentence = f"The picture is missing; python -m paint {track} makes one."
    words = font(max(11, round(size[1] * 0.07))).render(sentence, True, WORDS)
    words = words.subsurface(words.get_rect().clip(picture.get_rect()))
    picture.blit(words, words.get_rect(midbottom=(size[0] // 2, size[1] - 4)))
    return picture


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
