"""What flies: smoke, dust, sparks, drops, leaves. Arrays of a fixed size.

The oldest makes room for the newest. A kind that glows adds its light to what
lies below; the others cover it. Luck is the caller's.

Units: metres and seconds in, pixels at ten a metre on screen.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from screens.camera import PX_A_METRE, Frame

PARTICLES_MAX = 420
STEPS = 12
DRAG_A_SECOND = 3.0

Placed = tuple[pygame.Surface, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of particle looks and ages."""

    colour: str
    alpha: float
    first_px: float
    last_px: float
    life: float
    softness: float = 1.0
    glows: bool = False
    mark: str = ""
    """"plus" or "leaf" for one with a shape; a soft disc otherwise."""


SMOKE = Kind("#e8eaee", 0.26, 6, 25, 0.95)
SAND_DUST = Kind("#d6b87c", 0.50, 4, 17, 0.8)
GRAVEL_DUST = Kind("#f0e4c6", 0.58, 7, 30, 1.2, 0.8)
GRASS_DUST = Kind("#8f8a55", 0.38, 3, 13, 0.7)
SPARK = Kind("#ffb648", 0.95, 3.0, 1.2, 0.45, 0.5, glows=True)
CHARGE = Kind("#8a7bff", 0.9, 3.4, 1.2, 0.4, 0.6, glows=True)
CHARGED = Kind("#ff8a3a", 0.95, 3.8, 1.4, 0.45, 0.6, glows=True)
"""A drift that has built up much; the colour tells."""
FLAME = Kind("#5ab4ff", 0.7, 5.0, 1.6, 0.28, 0.9, glows=True)
SPLASH = Kind("#d6eef6", 0.62, 2.4, 7.0, 0.5, 0.8)
DAMAGE = Kind("#18171a", 0.72, 5, 22, 1.5, 0.7)
REPAIR = Kind("#7fffb0", 0.95, 5.0, 3.6, 0.9, 1.0, glows=True, mark="plus")
LEAF = Kind("#6fae46", 0.95, 4.0, 3.0, 1.1, 1.0, mark="leaf")
KINDS = (
    SMOKE, SAND_DUST, GRAVEL_DUST, GRASS_DUST, SPARK, CHARGE, CHARGED, FLAME, SPLASH, DAMAGE,
    REPAIR, LEAF,
)  # fmt: skip
NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


class Particles:
    """Everything that flies, a fixed number at most."""

    def __init__(self, most: int = PARTICLES_MAX) -> None:
        self._most = most
        # Columns: x, y, vx, vy, age, life, kind.
        self._rows: NDArray[np.float64] = np.zeros((most, 7))
        self._next = 0
        self._pictures = [pictures_of(kind) for kind in KINDS]

    @property
    def alive(self) -> int:
        """How many are to be seen."""
        return int((self._rows[:, 4] < self._rows[:, 5]).sum())

    def add(self, kind: Kind, x: float, y: float, vx: float, vy: float, life: float = 1.0) -> None:
        """Let one fly, in place of the oldest; `life` is a share of the kind's."""
        self._rows[self._next] = (x, y, vx, vy, 0.0, kind.life * life, NUMBERS[kind])
        self._next = (self._next + 1) % self._most

    def step(self, dt: float) -> None:
        """Let time pass."""
        rows = self._rows
        rows[:, 0:2] += rows[:, 2:4] * dt
        rows[:, 2:4] *= math.exp(-DRAG_A_SECOND * dt)
        rows[:, 4] += dt

    def blits(self, frame: Frame) -> list[Placed]:
        """Return the blits of all that are in the picture."""
        rows = self._rows
        width, height = frame.size
        x = (rows[:, 0] * PX_A_METRE - frame.left) * (width / frame.width)
        y = (rows[:, 1] * PX_A_METRE - frame.top) * (height / frame.height)
        seen = (rows[:, 4] < rows[:, 5]) & (x > -30) & (x < width + 30)
        seen &= (y > -30) & (y < height + 30)
        step = (rows[seen, 4] / rows[seen, 5] * (STEPS * 0.999)).astype(int)
        kinds = rows[seen, 6].astype(int)
        pictures = self._pictures
        blits: list[Placed] = []
        for px, py, kind, age in zip(
            x[seen].tolist(), y[seen].tolist(), kinds.tolist(), step.tolist(), strict=True
        ):
            picture, half = pictures[kind][age]
            blits.append((picture, (px - half, py - half)))
        return blits


@functools.cache
def pictures_of(kind: Kind) -> list[tuple[pygame.Surface, float]]:
    """Return a particle from its first to its last moment, each with half its side.

    Made once for all races: one that begins anew must not wait for them.
    """
    pictures = []
    red, green, blue = tuple(pygame.Color(kind.colour))[:3]
    for step in range(STEPS):
        share = step / (STEPS - 1)
        radius = kind.first_px + (kind.last_px - kind.first_px) * share
        side = int(radius * 2 + 6)
        y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
        if kind.mark == "plus":
            arm = np.minimum(np.abs(x), np.abs(y))
            reach = np.maximum(np.abs(x), np.abs(y))
            alpha = np.clip(radius * 0.36 - arm + 0.5, 0, 1) * np.clip(radius - reach + 0.5, 0, 1)
        elif kind.mark == "leaf":
            turn = share * 4.0
            along = x * math.cos(turn) + y * math.sin(turn)
            across = y * math.cos(turn) - x * math.sin(turn)
            alpha = np.clip(1.6 * (1 - np.hypot(along / radius, across / (radius * 0.5))), 0, 1)
        else:
            alpha = np.clip(1 - np.hypot(x, y) / radius, 0, 1) ** kind.softness
        fades = 1.4 if not kind.mark else 0.6
        alpha *= kind.alpha * (1 - share) ** fades
        picture = pygame.Surface((side, side), pygame.SRCALPHA)
        picture.fill((red, green, blue, 0))
        pygame.surfarray.pixels_alpha(picture)[:] = (alpha * 255).astype(np.uint8)
        picture = picture.premul_alpha()
        if kind.glows:
            # Colour without cover: premultiplied blending then adds light.
            picture.fill((255, 255, 255, 70), special_flags=pygame.BLEND_RGBA_MULT)
        pictures.append((picture, side / 2))
    return pictures
