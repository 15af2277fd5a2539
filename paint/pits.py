"""Repair pits: the marking on the asphalt, and a sign with a wrench.

Units: metres for places, pixels at ten a metre for shapes.
"""

from __future__ import annotations

import math

import pygame

from paint.canvas import Weight, font, padded, shadow_of, smooth, stamp, turned
from paint.raising import PX
from paint.spots import Spot
from track import Pit, Track
from track_shape import APRON_BEYOND

BLUE, WHITE, YELLOW = "#1f5fbf", "#f3f1e8", "#f0c84a"
SIGN_BEYOND = 2.8
"""The sign stands so far behind the asphalt."""


def paint_pits(ground: pygame.Surface, track: Track) -> list[Spot]:
    """Paint all pits of a track; return the spots that their signs take."""
    spots: list[Spot] = []
    for pit in track.pits:
        # The word stands upright on screen whichever way the road runs.
        upright = pit.heading if math.cos(pit.heading) >= -1e-6 else pit.heading + math.pi
        stamp(ground, turned(_marking(pit), upright), pit.x * PX, pit.y * PX)
        outwards = math.copysign(1.0, track.locate(pit.x, pit.y).offset)
        aside = outwards * (pit.width / 2 + APRON_BEYOND + SIGN_BEYOND)
        x = pit.x - math.sin(pit.heading) * aside
        y = pit.y + math.cos(pit.heading) * aside
        sign = padded(_sign(), 10)
        stamp(ground, shadow_of(sign, 2, 0.45), x * PX + 4, y * PX + 6)
        stamp(ground, sign, x * PX, y * PX)
        spots.append(Spot(x, y, 2.2))
        # Nothing grows over the strip itself.
        spots += [
            Spot(pit.x + math.cos(pit.heading) * at, pit.y + math.sin(pit.heading) * at, 4.0)
            for at in (-9.0, -4.5, 0.0, 4.5, 9.0)
        ]
    return spots


def _marking(pit: Pit) -> pygame.Surface:
    """Return the frame of a pit: hatched ends, a wrench in the middle."""
    length, width = round(pit.length * PX), round(pit.width * PX)

    def draw(canvas: pygame.Surface, k: int) -> None:
        area = canvas.get_rect()
        floor = pygame.Surface(area.size, pygame.SRCALPHA)
        floor.fill((31, 95, 191, 120))
        canvas.blit(floor, (0, 0))
        end = round(length * 0.15) * k
        for left in (0, area.width - end):
            part = canvas.subsurface((left, 0, end, area.height))
            pygame.draw.rect(part, (40, 42, 47, 235), part.get_rect())
            for x in range(-area.height, end + area.height, 9 * k):
                line = ((x, area.height), (x + area.height, 0))
                pygame.draw.line(part, YELLOW, *line, 5 * k)
        pygame.draw.rect(canvas, WHITE, area, 3 * k)
        _wrench(canvas, (area.width * 0.40, area.height / 2), 15 * k)
        word = font(22 * k, Weight.HEAVY).render("PIT", True, WHITE)
        canvas.blit(word, word.get_rect(center=(round(area.width * 0.64), area.height // 2)))

    return smooth((length, width), draw, 4, BLUE)


def _sign() -> pygame.Surface:
    """Return a blue board with a wrench, seen from above like all boards."""

    def draw(canvas: pygame.Surface, k: int) -> None:
        area = canvas.get_rect()
        pygame.draw.rect(canvas, WHITE, area, border_radius=6 * k)
        pygame.draw.rect(canvas, BLUE, area.inflate(-4 * k, -4 * k), border_radius=5 * k)
        _wrench(canvas, area.center, 11 * k)

    return smooth((34, 34), draw, 4, BLUE)


def _wrench(canvas: pygame.Surface, middle: tuple[float, float], size: float) -> None:
    """Draw a wrench that lies aslant, `size` from its middle to either end."""
    angle = math.radians(-45)
    cos, sin = math.cos(angle), math.sin(angle)

    def at(along: float, across: float) -> tuple[float, float]:
        x, y = along * size, across * size
        return middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos

    handle = [at(-0.75, -0.17), at(0.75, -0.17), at(0.75, 0.17), at(-0.75, 0.17)]
    pygame.draw.polygon(canvas, WHITE, handle)
    hole = canvas.get_at((round(middle[0] - size * 0.9), round(middle[1])))
    for end in (-1, 1):
        pygame.draw.circle(canvas, WHITE, at(end * 0.82, 0.0), 0.42 * size)
        jaw = [at(end * 0.80, -0.16), at(end * 1.4, -0.2), at(end * 1.4, 0.2), at(end * 0.80, 0.16)]
        pygame.draw.polygon(canvas, hole, jaw)
