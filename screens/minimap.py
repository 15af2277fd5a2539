"""The track in a corner of the screen, with everyone on it.

A car is a dot with its number, so that colour is not all that tells them
apart; the driver's own is larger, ringed, and on top.

Units: pixels of the window; metres for places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from paint.canvas import ribbon, smooth
from race_state import SeenCar
from screens import theme
from track import Track

WIDTH, HEIGHT = 200, 152
INSET = 14


class Minimap:
    """Draws one track."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._outline: tuple[tuple[int, int], pygame.Surface] | None = None

    def draw(
        self, surface: pygame.Surface, rect: pygame.Rect, cars: Sequence[SeenCar], safe: bool
    ) -> None:
        """Draw the map into a rectangle."""
        if self._outline is None or self._outline[0] != rect.size:
            self._outline = rect.size, self._draw_outline(rect.size).premul_alpha()
        surface.blit(self._outline[1], rect.topleft, special_flags=theme.PREMULTIPLIED)
        side = max(11, round(rect.width * 0.07))
        # The leader and then the own car last, so that nobody hides them.
        for one in sorted(cars, key=lambda car: (car.is_me, -car.place)):
            x, y = self._at(rect.size, one.car.x, one.car.y)
            dot = _dot(one.slot, side + (4 if one.is_me else 0), one.is_me, safe)
            place = dot.get_rect(center=(rect.left + round(x), rect.top + round(y)))
            surface.blit(dot, place, special_flags=theme.PREMULTIPLIED)

    def _at(self, size: tuple[int, int], x: float, y: float) -> tuple[float, float]:
        points = self._track.points
        low, high = points.min(0), points.max(0)
        inset = INSET * size[0] / WIDTH
        scale = min(
            (size[0] - 2 * inset) / (high[0] - low[0]), (size[1] - 2 * inset) / (high[1] - low[1])
        )
        middle = (low + high) / 2
        return (
            float(size[0] / 2 + (x - middle[0]) * scale),
            float(size[1] / 2 + (y - middle[1]) * scale),
        )

    def _draw_outline(self, size: tuple[int, int]) -> pygame.Surface:
        track = self._track
        picture = pygame.Surface(size, pygame.SRCALPHA)
        theme.panel(picture, picture.get_rect(), alpha=92)
        road = np.array([self._at(size, x, y) for x, y in track.points[::4].tolist()])
        road = np.vstack([road, road[:2]])
        width = max(4.0, size[0] * 0.034)
        for share, colour in ((1.5, "#0c1118"), (1.0, "#e8ecf0"), (0.55, "#464c56")):
            ribbon(picture, colour, road, width * share)
        # The start line, across the road.
        x, y = track.points[0]
        nx, ny = track.normals[0]
        ends = [self._at(size, float(x + nx * d), float(y + ny * d)) for d in (-12.0, 12.0)]
        line = np.array([ends[0], ends[1]])
        ribbon(picture, theme.ACCENT, line, max(2.0, size[0] * 0.013))
        return picture


def _dot(slot: int, side: int, is_me: bool, safe: bool) -> pygame.Surface:
    colour = theme.car_colour(slot, safe)

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = side * k / 2
        rim = theme.TEXT if is_me else theme.INK
        pygame.draw.circle(canvas, rim, (middle, middle), middle)
        pygame.draw.circle(canvas, colour, (middle, middle), middle - (2 if is_me else 1.2) * k)
        bright = colour.r * 0.3 + colour.g * 0.59 + colour.b * 0.11
        face = theme.font(round(side * k * 0.72), theme.Weight.BOLD)
        digit = face.render(str(slot + 1), True, theme.INK if bright > 130 else theme.TEXT)
        canvas.blit(digit, digit.get_rect(center=(round(middle), round(middle))))

    return theme.cached(("dot", slot, side, is_me, safe), lambda: smooth((side, side), draw))
