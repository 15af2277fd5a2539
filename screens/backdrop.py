"""The picture behind the menus: a track, out of focus, darker at the left.

Units: pixels.
"""

from __future__ import annotations

from pathlib import Path

import pygame

ASSETS = Path(__file__).parent.parent / "assets"
TRACK = "meadow"

_made: dict[tuple[int, int], pygame.Surface] = {}


def backdrop(size: tuple[int, int]) -> pygame.Surface:
    """Return the backdrop for a window of this size, made once."""
    if size not in _made:
        _made.clear()
        _made[size] = _make(size)
    return _made[size]


def preview(track: str) -> pygame.Surface | None:
    """Return the small picture of a track, or None where it is missing."""
    path = ASSETS / "grounds" / f"{track}-preview.jpg"
    try:
        return pygame.image.load(path).convert()
    except (pygame.error, FileNotFoundError):
        return None


def _make(size: tuple[int, int]) -> pygame.Surface:
    picture = pygame.Surface(size)
    picture.fill("#16321c")
    found = preview(TRACK)
    if found is not None:
        scale = max(size[0] / found.get_width(), size[1] / found.get_height()) * 1.4
        wide = pygame.transform.smoothscale_by(found, scale)
        blurred = pygame.transform.gaussian_blur(wide, 6)
        picture.blit(blurred, blurred.get_rect(center=(size[0] // 2, size[1] // 2)))
    shade = pygame.Surface((256, 1), pygame.SRCALPHA)
    for x in range(256):
        shade.set_at((x, 0), (8, 12, 18, round(235 - 140 * (x / 255) ** 0.8)))
    picture.blit(pygame.transform.smoothscale(shade, size), (0, 0))
    return picture.convert()
