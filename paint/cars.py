"""Cars: eight liveries drawn by code, large, nose to the right.

`screens/sprites.py` turns and shrinks them. The light is even from left and
right, so that a car looks right at every angle.

Units: a car's own, 60 long and 29 wide with the middle at 0, 0; SCALE pixels
each on the canvas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pygame

from paint.canvas import (
    Pixels,
    Weight,
    clear_canvas,
    clip_alpha,
    font,
    mirrored,
    rgb,
    shaded,
    spline,
    turned,
)

LENGTH, WIDTH, MARGIN = 60, 29, 12
SCALE = 4
WHEELS_AHEAD, WHEELS_BEHIND, WHEELS_ASIDE = 18.4, -18.2, 12.2

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Livery:
    """The colours of a car."""

    body: str
    accent: str
    style: str
    """"stripes", "arrows" or "flanks"."""


LIVERIES = (
    Livery("#e0322b", "#ffffff", "stripes"),
    Livery("#1f6fd6", "#ffd23f", "arrows"),
    Livery("#f5b81f", "#1a1c20", "flanks"),
    Livery("#15a06a", "#f2efe6", "stripes"),
    Livery("#f26a1b", "#1f2a44", "arrows"),
    Livery("#7b3fc4", "#4fe0d0", "flanks"),
    Livery("#eceff2", "#d9362b", "arrows"),
    Livery("#23272e", "#ff3d7f", "stripes"),
)
"""By slot."""
BODIES_SAFE = (
    "#d55e00",
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#f0e442",
    "#cc79a7",
    "#ffffff",
    "#56b4e9",
)
"""Bodies for eyes that confuse red and green (after Okabe and Ito)."""

OUTLINE = spline(
    mirrored(
        [
            (29.8, 3.4),
            (28.9, 8.4),
            (25.2, 11.5),
            (19.4, 13.0),
            (13.2, 12.4),
            (4.0, 11.7),
            (-5.5, 12.0),
            (-13.0, 13.2),
            (-20.4, 13.5),
            (-26.2, 12.5),
            (-29.0, 9.6),
            (-29.6, 4.0),
        ]
    )
)
GLASS = spline(
    mirrored([(11.0, 3.6), (9.0, 8.0), (4.2, 9.4), (-8.4, 9.3), (-15.0, 8.0), (-17, 3.6)])
)
WINDSCREEN = spline(mirrored([(10.0, 3.0), (8.3, 7.0), (4.6, 8.0), (5.4, 3.2)]), 8)
REAR_GLASS = spline(mirrored([(-12.0, 3.0), (-12.2, 6.4), (-15.0, 6.2), (-16.2, 3.0)]), 6)
ROOF = spline(mirrored([(3.9, 3.0), (3.3, 7.0), (-1.0, 7.8), (-8.6, 7.5), (-10.8, 3.2)]))
PLATE_AT, PLATE_RADIUS = -3.4, 6.7


def livery(slot: int, safe: bool = False) -> Livery:
    """Return the livery of a slot; `safe` for colour-blind eyes."""
    own = LIVERIES[slot % len(LIVERIES)]
    if not safe:
        return own
    body = BODIES_SAFE[slot % len(BODIES_SAFE)]
    bright = float(rgb(body) @ np.array([0.30, 0.59, 0.11], np.float32))
    return replace(own, body=body, accent="#1a1c20" if bright > 150 else "#ffffff")


def draw_car(colours: Livery, number: int) -> pygame.Surface:
    """Return a car without front wheels, which steer, and without lit brakes."""
    sheet = _Sheet(colours.body)
    for aside in (-WHEELS_ASIDE, WHEELS_ASIDE):
        sheet.block("#101113", WHEELS_BEHIND, aside, 12.4, 6.0, 1.6)
        sheet.block("#2a2c30", WHEELS_BEHIND, aside, 9.8, 3.6, 1.0)
    sheet.shape("#15171a", mirrored([(31.2, 4.0), (30.4, 9.0), (26.0, 12.6)]))
    sheet.shape(shaded(colours.body, 0.32), OUTLINE)
    body = _body(colours.body)
    sheet.canvas.blit(body, (0, 0))
    sheet.canvas.blit(_paintwork(colours, body), (0, 0))
    _bonnet(sheet, colours)
    _cabin(sheet, colours)
    _number(sheet, number)
    _ends(sheet, colours)
    sheet.canvas.blit(_sheen(), (0, 0))
    return sheet.canvas


def draw_front_wheel() -> pygame.Surface:
    """Return one front wheel, alone on a canvas of a car's size."""
    sheet = _Sheet("#101113")
    sheet.block("#101113", 0, 0, 12.0, 6.0, 1.6)
    sheet.block("#2a2c30", 0, 0, 9.4, 3.6, 1.0)
    return sheet.canvas


def draw_brake_glow() -> pygame.Surface:
    """Return the light of both brake lamps, alone on a canvas of a car's size."""
    glow = _Sheet("#ff3c1e")
    for aside in (-9.2, 9.2):
        pygame.draw.circle(glow.canvas, (255, 60, 30, 150), glow.at(-30.0, aside), 5.4 * SCALE)
    sheet = _Sheet("#ff3c1e")
    sheet.canvas.blit(pygame.transform.gaussian_blur(glow.canvas, 9), (0, 0))
    for aside in (-9.2, 9.2):
        sheet.block("#ff3a28", -29.2, aside, 2.6, 5.6, 0.8)
        sheet.block("#ffb09a", -29.3, aside, 1.2, 4.0, 0.5)
    return sheet.canvas


class _Sheet:
    """A canvas with the car's own coordinates."""

    def __init__(self, colour: str) -> None:
        size = (LENGTH + 2 * MARGIN) * SCALE, (WIDTH + 2 * MARGIN) * SCALE
        self.canvas = clear_canvas(size, colour)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the canvas's point for a car's point."""
        width, height = self.canvas.get_size()
        return width / 2 + x * SCALE, height / 2 + y * SCALE

    def shape(self, colour: str | tuple[int, ...] | pygame.Color, points: Points) -> None:
        """Fill a polygon."""
        pygame.draw.polygon(self.canvas, colour, [self.at(x, y) for x, y in points])

    def block(
        self,
        colour: str | pygame.Color,
        x: float,
        y: float,
        length: float,
        width: float,
        radius: float,
    ) -> None:
        """Fill a rounded rectangle, given its middle."""
        left, top = self.at(x - length / 2, y - width / 2)
        area = pygame.Rect(round(left), round(top), round(length * SCALE), round(width * SCALE))
        pygame.draw.rect(self.canvas, colour, area, border_radius=round(radius * SCALE))


def _shrunk(points: Points, x: float, y: float) -> list[tuple[float, float]]:
    return [(px * x, py * y) for px, py in points]


def _from_middle(size: int) -> Pixels:
    return (np.arange(size, dtype=np.float32) - np.float32(size / 2)) / np.float32(SCALE)


def _body(colour: str) -> pygame.Surface:
    """Return the bodywork: bright along the spine, darker to the flanks."""
    sheet = _Sheet(colour)
    sheet.shape("white", _shrunk(OUTLINE, 0.975, 0.935))
    width, height = sheet.canvas.get_size()
    x = _from_middle(width)
    y = _from_middle(height)
    across = 1.10 - 0.34 * np.clip(np.abs(y) / 12.5, 0, 1) ** 3
    along = 1 + 0.09 * np.cos((x - 14) / 30 * math.pi * 0.9)
    light = (along[:, None] * across)[..., None]
    pixels = pygame.surfarray.pixels3d(sheet.canvas)
    pixels[:] = np.clip(rgb(colour) * light, 0, 255).astype(np.uint8)
    del pixels
    return sheet.canvas


def _paintwork(colours: Livery, body: pygame.Surface) -> pygame.Surface:
    """Return the accents, cut to the body's shape and shaded like it."""
    sheet = _Sheet(colours.accent)
    accent = colours.accent
    if colours.style == "stripes":
        for aside in (-3.6, 3.6):
            sheet.block(accent, 0, aside, 62, 3.9, 0)
    elif colours.style == "arrows":
        sheet.shape(accent, [(30, -15), (13, -15), (21, 0), (13, 15), (30, 15), (34, 0)])
        sheet.shape(accent, [(-11, -15), (-20, -15), (-26, 0), (-20, 15), (-11, 15), (-17, 0)])
    else:
        for side in (-1, 1):
            sheet.shape(
                accent,
                [(31, side * 5.2), (8, side * 7.4), (-31, side * 5.2), (-31, side * 15),
                 (31, side * 15)],
            )  # fmt: skip
    clip_alpha(sheet.canvas, body)
    height = sheet.canvas.get_height()
    y = _from_middle(height)
    across = 1.02 - 0.26 * np.clip(np.abs(y) / 12.5, 0, 1) ** 3
    pixels = pygame.surfarray.pixels3d(sheet.canvas)
    pixels[:] = np.clip(pixels * across[None, :, None], 0, 255).astype(np.uint8)
    del pixels
    return sheet.canvas


def _bonnet(sheet: _Sheet, colours: Livery) -> None:
    dark = shaded(colours.body, 0.4)
    for side in (-1, 1):
        y = side * 6.3
        sheet.shape(dark, [(20.4, y - 1.4), (14.8, y - 1.7), (14.8, y + 1.7), (20.4, y + 1.4)])
        sheet.shape(shaded(colours.body, 0.25), [(19, y - 0.5), (15.4, y - 0.7), (15.4, y + 0.4)])
    seam = shaded(colours.body, 0.55)
    for line in (
        [(10.4, -11.3), (12.2, 0.0), (10.4, 11.3)],
        [(-18.2, -12.3), (-16.9, 0.0), (-18.2, 12.3)],
    ):
        pygame.draw.lines(sheet.canvas, seam, False, [sheet.at(x, y) for x, y in line], 2)


def _cabin(sheet: _Sheet, colours: Livery) -> None:
    sheet.shape("#10161d", GLASS)
    sheet.shape("#27435a", WINDSCREEN)
    sheet.shape("#6fa6c8", [(9.5, -5.4), (10.0, -1.6), (7.2, -1.8), (6.2, -6.2)])
    sheet.shape("#1c2c3a", REAR_GLASS)
    sheet.shape(shaded(colours.body, 0.92), ROOF)
    sheet.shape(shaded(colours.body, 1.1), [(x * 0.86 - 0.5, y * 0.8) for x, y in ROOF])
    for side in (-1, 1):
        sheet.block(shaded(colours.body, 0.72), 7.0, side * 12.9, 2.4, 2.8, 0.9)


def _number(sheet: _Sheet, number: int) -> None:
    """Write the number as large as the roof takes, its top towards the nose."""
    middle = sheet.at(PLATE_AT, 0)
    pygame.draw.circle(sheet.canvas, "#14171b", middle, (PLATE_RADIUS + 0.5) * SCALE)
    pygame.draw.circle(sheet.canvas, "#f9f7f0", middle, PLATE_RADIUS * SCALE)
    digit = font(17 * SCALE, Weight.BOLD).render(str(number), True, "#14171b")
    digit = turned(digit.subsurface(digit.get_bounding_rect()), math.pi / 2)
    sheet.canvas.blit(digit, digit.get_rect(center=(round(middle[0]), round(middle[1]))))


def _ends(sheet: _Sheet, colours: Livery) -> None:
    for side in (-1, 1):
        y = side * 8.5
        lamp = [(28.3, y - 2.5), (26.2, y - 3.0), (24.6, y - side * 2.8), (24.8, y + side * 2.4),
                (27.6, y + side * 1.2)]  # fmt: skip
        sheet.shape("#33342f", lamp)
        pygame.draw.ellipse(
            sheet.canvas, "#fff3c4", (*sheet.at(24.9, y - 2.0), 3.2 * SCALE, 4.0 * SCALE)
        )
        pygame.draw.ellipse(
            sheet.canvas, "#ffffff", (*sheet.at(26.0, y - 1.1), 1.5 * SCALE, 2.0 * SCALE)
        )
        sheet.block("#8f1a14", -28.6, side * 9.2, 2.0, 5.0, 0.6)
    sheet.block(shaded(colours.body, 0.3), -25.8, 0, 5.6, 25.6, 1.4)
    sheet.block(colours.accent, -26.0, 0, 3.8, 22.8, 1.0)
    sheet.block("#ffffff", -24.6, 0, 0.7, 22.0, 0.3)
    for side in (-1, 1):
        sheet.block(shaded(colours.body, 0.8), -25.4, side * 12.6, 7.2, 1.8, 0.6)


def _sheen() -> pygame.Surface:
    """Return a soft reflection along both shoulders."""
    sheet = _Sheet("white")
    for side in (-1, 1):
        band = [(24, 9.3), (10, 9.5), (-10, 9.7), (-22, 10.0), (-10, 10.4), (10, 10.1)]
        sheet.shape((255, 255, 255, 76), [(x, side * y) for x, y in band])
    return pygame.transform.gaussian_blur(sheet.canvas, 3)
