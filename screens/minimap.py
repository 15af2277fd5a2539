"""The track in a corner of the screen, with everyone on it.

A car is an arrowhead that points where the car does, with its number beside
the others' colours; the driver's own is larger and ringed, the leader's bears
a crown's gold, both lie on top. Canisters that lie there are small dots.

Units: pixels of the window; metres for places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame

from paint.canvas import ribbon, smooth
from race_state import SeenCar
from screens import theme
from screens.hud_parts import ink_on
from track import Track

WIDTH, HEIGHT = 200, 152
INSET = 14
HEADINGS = 24


class Minimap:
    """Draws one track."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._outline: tuple[tuple[int, int], pygame.Surface] | None = None
        self._fit = (0, 0), (0.0, 0.0, 1.0)

    def draw(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        cars: Sequence[SeenCar],
        safe: bool,
        *,
        marked: int | None = None,
        canisters: int = 0,
    ) -> None:
        """Draw the map into a rectangle.

        Args:
            marked: the slot of the driver, or of who is watched.
            canisters: a bit for each canister, set while it lies there.
        """
        if self._outline is None or self._outline[0] != rect.size:
            self._outline = rect.size, self._draw_outline(rect.size).premul_alpha()
        blits = [(self._outline[1], rect.topleft)]
        dot = _canister(max(5, round(rect.width * 0.028)))
        for number, (x, y) in enumerate(self._track.canisters):
            if canisters >> number & 1:
                px, py = self._at(rect.size, x, y)
                place = dot.get_rect(center=(rect.left + round(px), rect.top + round(py)))
                blits.append((dot, place.topleft))
        side = max(13, round(rect.width * 0.078))
        # The leader and then the own car last, so that nobody hides them.
        for one in sorted(cars, key=lambda car: (car.slot == marked, -car.place)):
            x, y = self._at(rect.size, one.car.x, one.car.y)
            mine = one.slot == marked
            size, heading = side + (4 if mine else 0), one.car.heading
            picture = arrow(one.slot, size, heading, mine, one.place == 1, safe)
            place = picture.get_rect(center=(rect.left + round(x), rect.top + round(y)))
            # Who has left the road far behind is still on the map.
            blits.append((picture, place.clamp(rect).topleft))
        surface.fblits(blits, theme.PREMULTIPLIED)

    def _at(self, size: tuple[int, int], x: float, y: float) -> tuple[float, float]:
        if self._fit[0] != size:
            self._fit = size, self._fitted(size)
        left, top, scale = self._fit[1]
        return left + x * scale, top + y * scale

    def _fitted(self, size: tuple[int, int]) -> tuple[float, float, float]:
        """Return where the world's corner lies on the map, and how large a metre is."""
        low, high = self._track.points.min(0).tolist(), self._track.points.max(0).tolist()
        inset = INSET * size[0] / WIDTH
        scale = min(
            (size[0] - 2 * inset) / (high[0] - low[0]), (size[1] - 2 * inset) / (high[1] - low[1])
        )
        return (
            size[0] / 2 - (low[0] + high[0]) / 2 * scale,
            size[1] / 2 - (low[1] + high[1]) / 2 * scale,
            scale,
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


def arrow(
    slot: int, side: int, heading: float, mine: bool, leads: bool, safe: bool
) -> pygame.Surface:
    """Return a car's mark: a disc with its number and a point where it is heading."""
    turn = round(heading / math.tau * HEADINGS) % HEADINGS
    colour = theme.car_colour(slot, safe)
    size = round(side * 1.5)

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle, radius = size * k / 2, side * k / 2
        angle = turn / HEADINGS * math.tau
        rim = theme.TEXT if mine else theme.GOLD if leads else theme.INK
        tip = [
            (middle + math.cos(angle + aside) * far, middle + math.sin(angle + aside) * far)
            for aside, far in ((0.0, radius * 1.46), (0.72, radius), (-0.72, radius))
        ]
        pygame.draw.polygon(canvas, rim, tip)
        pygame.draw.circle(canvas, rim, (middle, middle), radius)
        width = (2 if mine or leads else 1.2) * k
        pygame.draw.circle(canvas, colour, (middle, middle), radius - width)
        face = theme.font(round(side * k * 0.72), theme.Weight.BOLD)
        digit = face.render(str(slot + 1), True, ink_on(colour))
        canvas.blit(digit, digit.get_rect(center=(round(middle), round(middle))))

    key = ("arrow", slot, side, turn, mine, leads, safe)
    return theme.cached(key, lambda: smooth((size, size), draw))


def _canister(side: int) -> pygame.Surface:
    def draw(canvas: pygame.Surface, k: int) -> None:
        pygame.draw.circle(canvas, theme.INK, (side * k / 2, side * k / 2), side * k / 2)
        pygame.draw.circle(canvas, theme.NITRO, (side * k / 2, side * k / 2), side * k / 2 - k)

    return theme.cached(("map canister", side), lambda: smooth((side, side), draw))
