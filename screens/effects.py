"""What tyres and hits leave behind: skid marks, smoke, dust, sparks.

Smoke and its kin live in arrays of a fixed size, the oldest making room for
the newest. Skid marks are written on the ground for good. Luck is of its own
generator: nothing here touches the race.

Units: metres and seconds in, pixels at ten a metre on screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from car import Car, Surface
from track import Track

PX_A_METRE = 10
PARTICLES_MAX = 320
STEPS = 12
DRAG_A_SECOND = 3.0
REAR_AXLE, TRACK_HALF = 1.75, 1.12
"""Where the rear wheels are, from the car's middle."""
SLIDE_MIN, SLIDE_FULL = 2.4, 8.0
"""Sideways speed at which tyres begin to mark, and mark fully, m/s."""
DUST_SPEED = 7.0
MARK_LENGTH_MAX = 5.0
MARK_ANGLES = 60
SPARKS_MAX = 14
IMPULSE_HARD = 900
"""A contact of so many cm/s counts as hard."""

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


SMOKE = Kind("#e8eaee", 0.26, 6, 25, 0.95)
SAND_DUST = Kind("#d6b87c", 0.50, 4, 17, 0.8)
GRASS_DUST = Kind("#8f8a55", 0.38, 3, 13, 0.7)
SPARK = Kind("#ffb648", 0.95, 2.6, 1.0, 0.4, 0.5)
KINDS = (SMOKE, SAND_DUST, GRASS_DUST, SPARK)


class Particles:
    """Everything that flies, a fixed number at most."""

    def __init__(self, most: int = PARTICLES_MAX) -> None:
        self._most = most
        # Columns: x, y, vx, vy, age, life, kind.
        self._rows: NDArray[np.float64] = np.zeros((most, 7))
        self._next = 0
        self._pictures = [_pictures(kind) for kind in KINDS]

    @property
    def alive(self) -> int:
        """How many are to be seen."""
        return int((self._rows[:, 4] < self._rows[:, 5]).sum())

    def add(self, kind: Kind, x: float, y: float, vx: float, vy: float, life: float = 1.0) -> None:
        """Let one fly, in place of the oldest; `life` is a share of the kind's."""
        row = (x, y, vx, vy, 0.0, kind.life * life, KINDS.index(kind))
        self._rows[self._next] = row
        self._next = (self._next + 1) % self._most

    def step(self, dt: float) -> None:
        """Let time pass."""
        rows = self._rows
        rows[:, 0:2] += rows[:, 2:4] * dt
        rows[:, 2:4] *= math.exp(-DRAG_A_SECOND * dt)
        rows[:, 4] += dt

    def blits(self, corner: tuple[int, int], view: tuple[int, int]) -> list[Placed]:
        """Return the blits of all that are in the window."""
        rows = self._rows
        x, y = rows[:, 0] * PX_A_METRE - corner[0], rows[:, 1] * PX_A_METRE - corner[1]
        seen = (rows[:, 4] < rows[:, 5]) & (x > -30) & (x < view[0] + 30)
        seen &= (y > -30) & (y < view[1] + 30)
        blits: list[Placed] = []
        for px, py, age, life, kind in np.column_stack(
            [x[seen], y[seen], rows[seen, 4], rows[seen, 5], rows[seen, 6]]
        ).tolist():
            picture = self._pictures[int(kind)][int(age / life * STEPS * 0.999)]
            half = picture.get_width() / 2
            blits.append((picture, (px - half, py - half)))
        return blits


def _pictures(kind: Kind) -> list[pygame.Surface]:
    """Return a particle from its first to its last moment."""
    pictures = []
    red, green, blue = tuple(pygame.Color(kind.colour))[:3]
    for step in range(STEPS):
        share = step / (STEPS - 1)
        radius = kind.first_px + (kind.last_px - kind.first_px) * share
        side = int(radius * 2 + 6)
        y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
        alpha = np.clip(1 - np.hypot(x, y) / radius, 0, 1) ** kind.softness
        alpha *= kind.alpha * (1 - share) ** 1.4
        picture = pygame.Surface((side, side), pygame.SRCALPHA)
        picture.fill((red, green, blue, 0))
        pygame.surfarray.pixels_alpha(picture)[:] = (alpha * 255).astype(np.uint8)
        pictures.append(picture.premul_alpha())
    return pictures


class Effects:
    """Watches the cars and raises what belongs to their driving."""

    def __init__(self, track: Track, calm: bool = False) -> None:
        """Take `calm` for reduced motion: marks stay, nothing flies."""
        self.particles = Particles()
        self._track = track
        self._calm = calm
        self._luck = np.random.default_rng(1)
        self._wheels: dict[tuple[int, int], tuple[float, float]] = {}
        self._marks: dict[tuple[int, int, int, int], pygame.Surface] = {}
        self._due: dict[int, float] = {}

    def watch(self, slot: int, car: Car, dt: float, braking: bool, handbrake: bool) -> list[Placed]:
        """Take in how a car drives now; return its new marks for the ground."""
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        speed, slide = car.speed, abs(car.slide)
        under = self._track.surface_at(car.x, car.y)
        loose = under in (Surface.GRASS, Surface.SAND)
        strength = (slide - SLIDE_MIN) / (SLIDE_FULL - SLIDE_MIN)
        if handbrake and speed > 3.0:
            strength = max(strength, 0.7)
        if braking and speed > 22.0 and slide > 0.8:
            strength = max(strength, 0.3)
        if loose:
            strength = max(strength, 0.45) if speed > 4.0 else 0.0
        strength = min(1.0, strength)
        marks: list[Placed] = []
        for side in (-1, 1):
            x = car.x - cos * REAR_AXLE - sin * side * TRACK_HALF
            y = car.y - sin * REAR_AXLE + cos * side * TRACK_HALF
            marks += self._mark((slot, side), (x, y), strength, loose)
        if not self._calm:
            self._smoke(slot, car, dt, strength, under)
        return marks

    def _mark(
        self, wheel: tuple[int, int], at: tuple[float, float], strength: float, loose: bool
    ) -> list[Placed]:
        before = self._wheels.pop(wheel, None)
        if strength <= 0.05:
            return []
        self._wheels[wheel] = at
        if before is None:
            return []
        length = math.dist(before, at)
        if length < 0.35:
            # Too short to stamp: keep the old end and wait.
            self._wheels[wheel] = before
            return []
        if length > MARK_LENGTH_MAX:
            return []
        angle = math.atan2(at[1] - before[1], at[0] - before[0])
        picture = self._stamp(length, angle, strength, loose)
        middle = (before[0] + at[0]) * PX_A_METRE / 2, (before[1] + at[1]) * PX_A_METRE / 2
        place = picture.get_rect(center=(round(middle[0]), round(middle[1])))
        return [(picture, place.topleft)]

    def _stamp(self, length: float, angle: float, strength: float, loose: bool) -> pygame.Surface:
        """Return a soft dark bar, kept for each length and angle."""
        long = max(4, round(length * PX_A_METRE / 2) * 2)
        turn = round(angle / math.pi * MARK_ANGLES) % MARK_ANGLES
        depth = max(1, round(strength * 4))
        key = (long, turn, depth, int(loose))
        found = self._marks.get(key)
        if found is None:
            colour = (74, 60, 34) if loose else (20, 20, 24)
            bar = pygame.Surface(((long + 3) * 2, 14), pygame.SRCALPHA)
            bar.fill((*colour, 0))
            area = pygame.Rect(0, 4, (long + 3) * 2, 7)
            pygame.draw.rect(bar, (*colour, 20 + 15 * depth), area, border_radius=3)
            degrees = -turn * 180 / MARK_ANGLES
            turned = pygame.transform.rotozoom(bar.premul_alpha(), degrees, 0.5)
            if len(self._marks) > 3000:
                self._marks.clear()
            found = self._marks[key] = turned
        return found

    def _smoke(self, slot: int, car: Car, dt: float, strength: float, under: Surface) -> None:
        loose = under in (Surface.GRASS, Surface.SAND)
        if strength <= 0.12 or (loose and car.speed < DUST_SPEED):
            return
        kind = SMOKE
        if loose:
            kind = SAND_DUST if under is Surface.SAND else GRASS_DUST
        # Puffs by time, not by picture: as thick at any frame rate.
        due = self._due.get(slot, 0.0) + dt * 34.0 * strength
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        while due >= 1.0:
            due -= 1.0
            luck = self._luck.normal(0, 1, 4)
            side = TRACK_HALF if self._luck.random() < 0.5 else -TRACK_HALF
            self.particles.add(
                kind,
                car.x - cos * REAR_AXLE - sin * side + luck[0] * 0.35,
                car.y - sin * REAR_AXLE + cos * side + luck[1] * 0.35,
                car.vx * 0.22 + luck[2] * 1.6,
                car.vy * 0.22 + luck[3] * 1.6,
                float(self._luck.uniform(0.6, 1.1)),
            )
        self._due[slot] = due

    def hit(self, car: Car, impulse_cm_s: int) -> float:
        """Let sparks fly from a contact; return how hard it was, from 0 to 1."""
        hard = min(1.0, impulse_cm_s / IMPULSE_HARD)
        if not self._calm:
            for _ in range(round(SPARKS_MAX * hard)):
                angle, speed = self._luck.uniform(0, math.tau), self._luck.uniform(3, 13)
                self.particles.add(
                    SPARK,
                    car.x + math.cos(angle) * 1.6,
                    car.y + math.sin(angle) * 1.6,
                    car.vx * 0.5 + math.cos(angle) * speed,
                    car.vy * 0.5 + math.sin(angle) * speed,
                    float(self._luck.uniform(0.5, 1.0)),
                )
        return hard

    def forget(self, slot: int) -> None:
        """Break a car's marks, as after it was put back on the road."""
        for side in (-1, 1):
            self._wheels.pop((slot, side), None)
