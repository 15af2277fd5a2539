"""Cars: eight liveries on three shapes, drawn by code, large, nose to the right.

`screens/sprites.py` turns and shrinks them. The light is even from left and
right, so that a car looks right at every angle.

Units: a car's own (see `car_shapes.py`); SCALE pixels each on the canvas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pygame

from car import CarClass
from paint.canvas import (
    Pixels,
    Weight,
    clear_canvas,
    clip_alpha,
    font,
    rgb,
    shaded,
    turned,
)
from paint.car_shapes import SHAPES, Points, Shape

LENGTH, WIDTH, MARGIN = 60, 29, 12
SCALE = 4
FLAME_LENGTHS = (15.0, 19.0, 24.0)
SCRATCHES = (0, 14, 34)
"""How many a car has, by how badly it is hurt."""

Colour = str | tuple[int, ...] | pygame.Color


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


def livery(slot: int, safe: bool = False) -> Livery:
    """Return the livery of a slot; `safe` for colour-blind eyes."""
    own = LIVERIES[slot % len(LIVERIES)]
    if not safe:
        return own
    body = BODIES_SAFE[slot % len(BODIES_SAFE)]
    bright = float(rgb(body) @ np.array([0.30, 0.59, 0.11], np.float32))
    return replace(own, body=body, accent="#1a1c20" if bright > 150 else "#ffffff")


def draw_car(
    colours: Livery, number: int, car_class: CarClass = CarClass.TOURING
) -> pygame.Surface:
    """Return a car without front wheels, which steer, and without lit brakes."""
    shape = SHAPES[car_class]
    sheet = _Sheet(colours.body)
    behind, aside = shape.rear
    for y in (-aside, aside):
        _tyre(sheet, behind, y, shape.rear_tyre)
    if shape.is_open:
        _open_parts(sheet, colours, shape)
    else:
        nose = max(x for x, _ in shape.outline)
        lip = [(nose + 1.4, 4.0), (nose + 0.6, 9.0), (nose - 3.8, 12.6)]
        sheet.shape("#15171a", [*lip, *((x, -y) for x, y in reversed(lip))])
    sheet.shape(shaded(colours.body, 0.32), shape.outline)
    body = _body(colours.body, shape)
    sheet.canvas.blit(body, (0, 0))
    sheet.canvas.blit(_paintwork(colours, body, shape), (0, 0))
    if shape.is_open:
        _cockpit(sheet, colours)
    else:
        _bonnet(sheet, colours, shape)
        _cabin(sheet, colours, shape)
    _number(sheet, number, shape)
    _ends(sheet, colours, shape)
    if not shape.is_open:
        sheet.canvas.blit(_sheen(shape), (0, 0))
    return sheet.canvas


def draw_front_wheel(car_class: CarClass = CarClass.TOURING) -> pygame.Surface:
    """Return one front wheel, alone on a canvas of a car's size."""
    sheet = _Sheet("#101113")
    _tyre(sheet, 0, 0, SHAPES[car_class].front_tyre)
    return sheet.canvas


def draw_brake_glow(car_class: CarClass = CarClass.TOURING) -> pygame.Surface:
    """Return the light of both brake lamps, alone on a canvas of a car's size."""
    ahead, aside = SHAPES[car_class].tail
    glow = _Sheet("#ff3c1e")
    for y in (-aside, aside):
        pygame.draw.circle(glow.canvas, (255, 60, 30, 165), glow.at(ahead - 1.0, y), 6.0 * SCALE)
    sheet = _Sheet("#ff3c1e")
    sheet.canvas.blit(pygame.transform.gaussian_blur(glow.canvas, 9), (0, 0))
    for y in (-aside, aside):
        sheet.block("#ff3a28", ahead, y, 2.8, 6.0, 0.8)
        sheet.block("#ffb09a", ahead - 0.1, y, 1.3, 4.4, 0.5)
    return sheet.canvas


def draw_damage(car_class: CarClass, level: int) -> pygame.Surface:
    """Return scratches and soot for a car's bodywork, 1 for hurt, 2 for badly hurt."""
    shape = SHAPES[car_class]
    luck = np.random.default_rng(7 + level)
    body = _Sheet("black")
    body.shape("white", shape.outline)
    sheet = _Sheet("#1b1a19")
    soot = _Sheet("#141312")
    for _ in range(4 * level):
        x, side = luck.uniform(-30, 30), 1 if luck.random() < 0.5 else -1
        y = side * shape.half_width * luck.uniform(0.7, 1.0)
        if abs(x - shape.plate[0]) < shape.plate[1] + 3.0:
            continue
        place = soot.at(x, y)
        pygame.draw.circle(soot.canvas, (16, 14, 12, 190), place, luck.uniform(2.4, 4.6) * SCALE)
    sheet.canvas.blit(pygame.transform.gaussian_blur(soot.canvas, 6), (0, 0))
    for _ in range(SCRATCHES[level]):
        x, y = luck.uniform(-29, 29), luck.uniform(-1, 1) * shape.half_width
        if math.dist((x, y), (shape.plate[0], 0.0)) < shape.plate[1] + 1.0:
            continue
        turn, long = luck.normal(0, 0.5), luck.uniform(2.0, 7.0)
        end = sheet.at(x + math.cos(turn) * long, y + math.sin(turn) * long)
        tone = (34, 32, 30, 230) if luck.random() < 0.6 else (196, 198, 200, 220)
        pygame.draw.line(sheet.canvas, tone, sheet.at(x, y), end, 3)
    clip_alpha(sheet.canvas, body.canvas)
    return sheet.canvas


def draw_flame(length: float) -> pygame.Surface:
    """Return the flame of burning nitro: its root in the middle of a canvas, backwards."""
    sheet = _Sheet("#ff8a2a")
    glow = _Sheet("#3aa0ff")
    for y in (-4.0, 4.0):
        tongue = [(0, y - 2.6), (0, y + 2.6), (-length * 0.6, y + 2.0), (-length, y),
                  (-length * 0.6, y - 2.0)]  # fmt: skip
        glow.shape((60, 150, 255, 170), tongue)
        sheet.shape((70, 170, 255, 230), tongue)
        core = [(0, y - 1.6), (0, y + 1.6), (-length * 0.4, y + 1.1), (-length * 0.62, y),
                (-length * 0.4, y - 1.1)]  # fmt: skip
        sheet.shape((235, 250, 255, 255), core)
    soft = pygame.transform.gaussian_blur(glow.canvas, 12)
    soft.blit(pygame.transform.gaussian_blur(sheet.canvas, 3), (0, 0))
    return soft


class _Sheet:
    """A canvas with the car's own coordinates."""

    def __init__(self, colour: str) -> None:
        size = (LENGTH + 2 * MARGIN) * SCALE, (WIDTH + 2 * MARGIN) * SCALE
        self.canvas = clear_canvas(size, colour)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the canvas's point for a car's point."""
        width, height = self.canvas.get_size()
        return width / 2 + x * SCALE, height / 2 + y * SCALE

    def shape(self, colour: Colour, points: Points) -> None:
        """Fill a polygon."""
        pygame.draw.polygon(self.canvas, colour, [self.at(x, y) for x, y in points])

    def bar(self, colour: Colour, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin strut."""
        pygame.draw.line(self.canvas, colour, self.at(*start), self.at(*end), round(1.1 * SCALE))

    def block(
        self, colour: Colour, x: float, y: float, length: float, width: float, radius: float
    ) -> None:
        """Fill a rounded rectangle, given its middle."""
        left, top = self.at(x - length / 2, y - width / 2)
        area = pygame.Rect(round(left), round(top), round(length * SCALE), round(width * SCALE))
        pygame.draw.rect(self.canvas, colour, area, border_radius=round(radius * SCALE))


def _tyre(sheet: _Sheet, x: float, y: float, size: tuple[float, float]) -> None:
    length, width = size
    sheet.block("#101113", x, y, length, width, 1.6)
    sheet.block("#2a2c30", x, y, length - 2.6, width - 2.4, 1.0)


def _from_middle(size: int) -> Pixels:
    return (np.arange(size, dtype=np.float32) - np.float32(size / 2)) / np.float32(SCALE)


def _body(colour: str, shape: Shape) -> pygame.Surface:
    """Return the bodywork: bright along the spine, darker to the flanks."""
    sheet = _Sheet(colour)
    sheet.shape("white", [(x * 0.975, y * 0.935) for x, y in shape.outline])
    width, height = sheet.canvas.get_size()
    x, y = _from_middle(width), _from_middle(height)
    across = 1.10 - 0.34 * np.clip(np.abs(y) / shape.half_width, 0, 1) ** 3
    along = 1 + 0.09 * np.cos((x - 14) / 30 * math.pi * 0.9)
    light = (along[:, None] * across)[..., None]
    pixels = pygame.surfarray.pixels3d(sheet.canvas)
    pixels[:] = np.clip(rgb(colour) * light, 0, 255).astype(np.uint8)
    del pixels
    return sheet.canvas


def _paintwork(colours: Livery, body: pygame.Surface, shape: Shape) -> pygame.Surface:
    """Return the accents, cut to the body's shape and shaded like it."""
    sheet = _Sheet(colours.accent)
    accent, wide = colours.accent, shape.half_width / 12.5
    if colours.style == "stripes":
        for aside in (-3.6, 3.6):
            sheet.block(accent, 0, aside * wide, 68, 3.9 * wide, 0)
    elif colours.style == "arrows":
        sheet.shape(accent, [(34, -15), (13, -15), (21, 0), (13, 15), (34, 15), (36, 0)])
        sheet.shape(accent, [(-11, -15), (-20, -15), (-26, 0), (-20, 15), (-11, 15), (-17, 0)])
    else:
        for side in (-wide, wide):
            sheet.shape(
                accent,
                [(35, side * 5.2), (8, side * 7.4), (-35, side * 5.2), (-35, side * 16),
                 (35, side * 16)],
            )  # fmt: skip
    clip_alpha(sheet.canvas, body)
    y = _from_middle(sheet.canvas.get_height())
    across = 1.02 - 0.26 * np.clip(np.abs(y) / shape.half_width, 0, 1) ** 3
    pixels = pygame.surfarray.pixels3d(sheet.canvas)
    pixels[:] = np.clip(pixels * across[None, :, None], 0, 255).astype(np.uint8)
    del pixels
    return sheet.canvas


def _open_parts(sheet: _Sheet, colours: Livery, shape: Shape) -> None:
    """Draw what stands off the narrow body of an open car: struts and front wing."""
    for side in (-1, 1):
        for x, inner in ((shape.front[0], 3.0), (shape.rear[0], 6.0)):
            for shift in (-3.2, 2.6):
                sheet.bar("#1c1f24", (x + shift, side * inner), (x, side * shape.front[1]))
    sheet.block(shaded(colours.body, 0.3), 27.4, 0, 5.6, 25.6, 1.2)
    sheet.block(colours.accent, 27.6, 0, 3.8, 23.6, 0.9)
    for side in (-1, 1):
        sheet.block(shaded(colours.body, 0.85), 26.9, side * 12.2, 6.6, 1.8, 0.6)


def _cockpit(sheet: _Sheet, colours: Livery) -> None:
    sheet.shape("#0d1116", [(10.4, -2.0), (8.2, -3.6), (1.0, -4.4), (-0.6, -2.6), (-0.6, 2.6),
                            (1.0, 4.4), (8.2, 3.6), (10.4, 2.0)])  # fmt: skip
    sheet.shape("#3f6a88", [(10.8, -2.4), (8.8, -3.4), (9.0, 3.4), (10.8, 2.4)])
    middle = sheet.at(3.2, 0)
    pygame.draw.circle(sheet.canvas, "#14171b", middle, 3.5 * SCALE)
    pygame.draw.circle(sheet.canvas, "#f4f4ee", middle, 3.0 * SCALE)
    sheet.block(colours.accent, 3.0, 0, 5.4, 1.5, 0.5)
    sheet.block("#1b2b38", 5.2, 0, 1.5, 3.8, 0.6)
    for side in (-1, 1):
        sheet.block(shaded(colours.body, 0.42), -0.6, side * 7.4, 5.0, 2.2, 0.8)


def _bonnet(sheet: _Sheet, colours: Livery, shape: Shape) -> None:
    dark = shaded(colours.body, 0.4)
    if shape.wing[1]:
        for side in (-1, 1):
            y = side * 6.3
            sheet.shape(dark, [(21.4, y - 1.4), (16.2, y - 1.7), (16.2, y + 1.7), (21.4, y + 1.4)])
    else:
        # The muscle car's scoop: its engine does not fit below the bonnet.
        sheet.block(dark, 15.4, 0, 12.0, 9.0, 2.4)
        sheet.block(shaded(colours.body, 0.86), 14.4, 0, 9.6, 7.4, 2.0)
        sheet.block("#0e1013", 19.8, 0, 2.0, 7.2, 0.8)
    seam = shaded(colours.body, 0.55)
    front, rear = max(x for x, _ in shape.glass), min(x for x, _ in shape.glass)
    wide = shape.half_width * 0.92
    for line in (
        [(front + 0.2, -wide), (front + 2.0, 0.0), (front + 0.2, wide)],
        [(rear - 1.0, -wide), (rear - 0.2, 0.0), (rear - 1.0, wide)],
    ):
        pygame.draw.lines(sheet.canvas, seam, False, [sheet.at(x, y) for x, y in line], 2)


def _cabin(sheet: _Sheet, colours: Livery, shape: Shape) -> None:
    front = max(x for x, _ in shape.windscreen)
    sheet.shape("#10161d", shape.glass)
    sheet.shape("#27435a", shape.windscreen)
    glint = [(-0.6, -5.6), (-0.1, -1.6), (-2.9, -1.8), (-3.9, -6.4)]
    sheet.shape("#6fa6c8", [(front + x, y) for x, y in glint])
    sheet.shape("#1c2c3a", shape.rear_glass)
    sheet.shape(shaded(colours.body, 0.92), shape.roof)
    middle = sum(x for x, _ in shape.roof) / len(shape.roof)
    sheet.shape(
        shaded(colours.body, 1.1), [(middle + (x - middle) * 0.88, y * 0.82) for x, y in shape.roof]
    )
    for side in (-1, 1):
        y = side * (shape.half_width + 0.6)
        sheet.block(shaded(colours.body, 0.72), front - 3.0, y, 2.4, 2.8, 0.9)


def _number(sheet: _Sheet, number: int, shape: Shape) -> None:
    """Write the number as large as the car takes, its top towards the nose."""
    ahead, radius = shape.plate
    middle = sheet.at(ahead, 0)
    pygame.draw.circle(sheet.canvas, "#14171b", middle, (radius + 0.6) * SCALE)
    pygame.draw.circle(sheet.canvas, "#fbfaf4", middle, radius * SCALE)
    digit = font(round(radius * 2.62 * SCALE), Weight.BOLD).render(str(number), True, "#0d0f12")
    digit = turned(digit.subsurface(digit.get_bounding_rect()), math.pi / 2)
    sheet.canvas.blit(digit, digit.get_rect(center=(round(middle[0]), round(middle[1]))))


def _ends(sheet: _Sheet, colours: Livery, shape: Shape) -> None:
    ahead, aside = shape.lamps
    behind, tail = shape.tail
    for side in (-1, 1):
        if not shape.is_open:
            y = side * aside
            sheet.block("#33342f", ahead - 0.8, y, 4.6, 5.2, 1.6)
            left, top = sheet.at(ahead - 2.4, y - 2.0)
            pygame.draw.ellipse(sheet.canvas, "#fff3c4", (left, top, 3.4 * SCALE, 4.0 * SCALE))
            left, top = sheet.at(ahead - 1.2, y - 1.1)
            pygame.draw.ellipse(sheet.canvas, "#ffffff", (left, top, 1.5 * SCALE, 2.0 * SCALE))
        sheet.block("#8f1a14", behind + 0.6, side * tail, 2.2, 5.4, 0.6)
    x, wide = shape.wing
    if wide:
        sheet.block(shaded(colours.body, 0.3), x + 0.2, 0, 5.8, wide, 1.4)
        sheet.block(colours.accent, x, 0, 4.0, wide - 2.8, 1.0)
        sheet.block("#ffffff", x + 1.4, 0, 0.7, wide - 3.6, 0.3)
        for side in (-1, 1):
            sheet.block(shaded(colours.body, 0.8), x + 0.6, side * wide / 2, 7.2, 1.8, 0.6)
    else:
        # A ducktail instead of a wing.
        sheet.block(shaded(colours.body, 0.5), x + 1.2, 0, 3.0, 24.0, 1.2)
        sheet.block(shaded(colours.body, 1.16), x + 0.7, 0, 1.3, 22.8, 0.6)


def _sheen(shape: Shape) -> pygame.Surface:
    """Return a soft reflection along both shoulders."""
    sheet = _Sheet("white")
    wide = shape.half_width / 12.5
    for side in (-wide, wide):
        band = [(24, 10.0), (10, 10.6), (-10, 10.8), (-22, 11.2), (-10, 11.6), (10, 11.3)]
        sheet.shape((255, 255, 255, 80), [(x, side * y) for x, y in band])
    return pygame.transform.gaussian_blur(sheet.canvas, 3)
