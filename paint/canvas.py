"""Canvases: smooth shapes, shadows, rotated copies, and the game's fonts.

What the painter of the ground and the screens share. `pygame.draw` overwrites
alpha and knows no smooth edges, so shapes are drawn large and scaled down.

Units: pixels; angles in radians, growing clockwise on screen.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np
import pygame
from numpy.typing import NDArray

FONTS = Path(__file__).parent.parent / "assets" / "fonts"
"""Where the fonts of the game lie."""

missing_fonts: list[str] = []
"""Files that could not be read: whoever tells the player takes them out."""
_told_of: set[str] = set()

Pixels = NDArray[np.float32]
Draw = Callable[[pygame.Surface, int], None]
"""Draws onto a canvas that is so many times as large as asked for."""


class Weight(StrEnum):
    """The cuts of the one typeface; the value is its file's stem."""

    SEMIBOLD = "BarlowCondensed-SemiBold"
    BOLD = "BarlowCondensed-Bold"
    ITALIC = "BarlowCondensed-BoldItalic"
    HEAVY = "BarlowCondensed-ExtraBoldItalic"


@functools.lru_cache(maxsize=96)
def _font(size: int, weight: Weight, _quits: int) -> pygame.font.Font:
    return read_font(FONTS / f"{weight.value}.ttf", size)


def read_font(path: Path, size: int) -> pygame.font.Font:
    """Return the font of a file; another one, and a note of it, where that cannot be read."""
    try:
        return pygame.font.Font(path, size)
    except (OSError, pygame.error):
        if path.name not in _told_of:
            _told_of.add(path.name)
            missing_fonts.append(path.name)
        return pygame.font.Font(None, size)


def font(size: int, weight: Weight = Weight.SEMIBOLD) -> pygame.font.Font:
    """Return a font; starts `pygame.font` when nobody has yet."""
    if not pygame.font.get_init():
        pygame.font.init()
        # Fonts of an earlier life of `pygame.font` must not be used again.
        _font.cache_clear()
    return _font(size, weight, 0)


def rgb(colour: str | pygame.Color) -> Pixels:
    """Return a colour as three floats from 0 to 255."""
    return np.array(tuple(pygame.Color(colour))[:3], np.float32)


def shaded(colour: str | pygame.Color, factor: float) -> pygame.Color:
    """Return a colour made darker (below 1) or lighter (above 1)."""
    red, green, blue = (min(255, int(part * factor)) for part in tuple(pygame.Color(colour))[:3])
    return pygame.Color(red, green, blue)


def clear_canvas(size: tuple[int, int], colour: str | pygame.Color = "black") -> pygame.Surface:
    """Return a transparent canvas whose hidden colour is `colour`.

    Scaling mixes hidden colour into the edges of what is drawn, so it should
    be like the shape's own.
    """
    canvas = pygame.Surface(size, pygame.SRCALPHA)
    red, green, blue = tuple(pygame.Color(colour))[:3]
    canvas.fill((red, green, blue, 0))
    return canvas


def smooth(
    size: tuple[int, int], draw: Draw, scale: int = 4, colour: str | pygame.Color = "black"
) -> pygame.Surface:
    """Return a canvas of `size` with smooth edges, drawn `scale` times as large."""
    width, height = size
    canvas = clear_canvas((width * scale, height * scale), colour)
    draw(canvas, scale)
    return pygame.transform.smoothscale(canvas, size)


def shadow_of(shape: pygame.Surface, blur: int, strength: float) -> pygame.Surface:
    """Return the shape's silhouette in black, blurred; leave room around the shape."""
    silhouette = pygame.Surface(shape.get_size(), pygame.SRCALPHA)
    alpha = pygame.surfarray.array_alpha(shape).astype(np.float32) * strength
    pygame.surfarray.pixels_alpha(silhouette)[:] = alpha.astype(np.uint8)
    return pygame.transform.gaussian_blur(silhouette, blur) if blur else silhouette


def clip_alpha(surface: pygame.Surface, mask: pygame.Surface) -> None:
    """Cut away, in place, what lies outside the mask's shape."""
    alpha = pygame.surfarray.pixels_alpha(surface)
    np.minimum(alpha, pygame.surfarray.array_alpha(mask), out=alpha)


def padded(shape: pygame.Surface, margin: int) -> pygame.Surface:
    """Return the shape with a transparent margin."""
    wide = pygame.Surface(
        (shape.get_width() + 2 * margin, shape.get_height() + 2 * margin), pygame.SRCALPHA
    )
    wide.blit(shape, (margin, margin))
    return wide


def turned(shape: pygame.Surface, angle: float, scale: float = 1.0) -> pygame.Surface:
    """Return the shape turned clockwise by `angle`."""
    return pygame.transform.rotozoom(shape, -math.degrees(angle), scale)


def stamp(surface: pygame.Surface, shape: pygame.Surface, x: float, y: float) -> None:
    """Blit a shape centred on a point."""
    surface.blit(shape, shape.get_rect(center=(round(x), round(y))))


def spline(points: Sequence[tuple[float, float]], steps: int = 10) -> list[tuple[float, float]]:
    """Return a closed smooth curve through the points (uniform Catmull-Rom)."""
    knots = np.array(points, float)
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    before, at, after, then = (np.roll(knots, shift, 0) for shift in (1, 0, -1, -2))
    curve = [
        0.5
        * (
            2 * at[i]
            + (after[i] - before[i]) * t
            + (2 * before[i] - 5 * at[i] + 4 * after[i] - then[i]) * t**2
            + (3 * at[i] - before[i] - 3 * after[i] + then[i]) * t**3
        )
        for i in range(len(knots))
    ]
    return [(float(x), float(y)) for x, y in np.concatenate(curve)]


def mirrored(half: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return an outline that is symmetric about the x axis."""
    return [*half, *((x, -y) for x, y in reversed(half))]


def polygon(
    surface: pygame.Surface,
    colour: str | tuple[int, ...] | pygame.Color,
    points: Sequence[tuple[float, float]],
    scale: int = 4,
) -> None:
    """Draw a filled polygon with smooth edges, blended."""
    left = math.floor(min(x for x, _ in points)) - 1
    top = math.floor(min(y for _, y in points)) - 1
    width = math.ceil(max(x for x, _ in points)) - left + 2
    height = math.ceil(max(y for _, y in points)) - top + 2
    paint = pygame.Color(colour)

    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.polygon(canvas, paint, [((x - left) * k, (y - top) * k) for x, y in points])

    surface.blit(smooth((width, height), draw, scale, paint), (left, top))


def ribbon(
    surface: pygame.Surface,
    colour: str | tuple[int, ...] | pygame.Color,
    line: NDArray[np.float64],
    width: float,
) -> None:
    """Draw a smooth band along a polyline (n, 2)."""
    along = np.gradient(line, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    across /= np.maximum(np.hypot(*across.T), 1e-6)[:, None]
    for start in range(0, len(line) - 1, 24):
        part = slice(start, start + 25)
        sides = (line[part] + across[part] * width / 2, line[part] - across[part] * width / 2)
        outline = np.vstack([sides[0], sides[1][::-1]])
        polygon(surface, colour, [(float(x), float(y)) for x, y in outline], 3)
