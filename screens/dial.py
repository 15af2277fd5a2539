"""The speed dial: an arc, the speed in km/h, the gear.

Units: pixels; metres a second in, kilometres an hour shown.
"""

from __future__ import annotations

import math

import pygame

from paint.canvas import smooth
from screens import theme

KMH = 3.6
KMH_MAX = 260
TICKS = 26
"""One every 10 km/h."""
RED_FROM = 22
START, SWEEP = math.radians(135), math.radians(270)
STEPS = 60
"""So many lengths of the arc are kept."""


def draw_dial(
    surface: pygame.Surface, rect: pygame.Rect, speed: float, gear: int, revs: float, engine: bool
) -> None:
    """Draw the dial into a square.

    Args:
        revs: how far up the gear the engine is, from 0 to 1; the top flashes.
    """
    side = rect.width
    face = theme.cached(("dial", side), lambda: smooth((side, side), _face(side)))
    surface.blit(face, rect.topleft, special_flags=theme.PREMULTIPLIED)
    step = round(min(1.0, speed * KMH / KMH_MAX) * STEPS)
    if step:
        arc = _kept_arc(side, step)
        surface.blit(arc, rect.topleft, special_flags=theme.PREMULTIPLIED)
    x, y = rect.center
    kmh = str(round(speed * KMH))
    theme.text(
        surface, kmh, round(side * 0.32), theme.TEXT, (x, y - side * 0.05), theme.Weight.HEAVY,
        "center",
    )  # fmt: skip
    theme.text(
        surface, "KM/H", round(side * 0.085), theme.MUTED, (x, y + side * 0.14), anchor="center"
    )
    if engine:
        letter = "R" if gear < 0 else str(gear)
        colour = theme.BAD if revs > 0.93 else theme.ACCENT
        size = round(side * 0.21)
    else:
        letter, colour, size = "OFF", theme.BAD, round(side * 0.14)
    theme.text(surface, letter, size, colour, (x, y + side * 0.31), theme.Weight.ITALIC, "center")


def warm_up(side: int) -> None:
    """Draw every arc once, so that none is drawn in the race."""
    for step in range(1, STEPS + 1):
        _kept_arc(side, step)


def _kept_arc(side: int, step: int) -> pygame.Surface:
    return theme.cached(("arc", side, step), lambda: smooth((side, side), _arc(side, step), 3))


def _ring(middle: float, radius: float, angle: float) -> tuple[float, float]:
    return middle + math.cos(angle) * radius, middle + math.sin(angle) * radius


def _face(side: int) -> theme.Draw:
    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = side * k / 2
        pygame.draw.circle(canvas, (12, 17, 24, 178), (middle, middle), middle - k)
        pygame.draw.circle(canvas, (70, 78, 90, 190), (middle, middle), middle - k, k)
        for tick in range(TICKS + 1):
            angle = START + SWEEP * tick / TICKS
            large = tick % 2 == 0
            inner = middle * (0.76 if large else 0.82)
            ends = _ring(middle, inner, angle), _ring(middle, middle * 0.88, angle)
            colour = theme.BAD if tick >= RED_FROM else pygame.Color("#dfe5ec")
            pygame.draw.line(canvas, colour, *ends, round((2.4 if large else 1.3) * k))

    return draw


def _arc(side: int, step: int) -> theme.Draw:
    share = step / STEPS

    def draw(canvas: pygame.Surface, k: int) -> None:
        middle = side * k / 2
        count = max(2, step * 2)
        angles = [START + SWEEP * share * i / count for i in range(count + 1)]
        outer = [_ring(middle, middle * 0.96, angle) for angle in angles]
        inner = [_ring(middle, middle * 0.905, angle) for angle in reversed(angles)]
        colour = pygame.Color("#ffb23c").lerp("#ff4a28", share)
        pygame.draw.polygon(canvas, colour, outer + inner)

    return draw
