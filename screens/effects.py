"""What driving raises: marks, smoke, dust, drops, sparks, flames, leaves.

It watches cars and feeds `Particles` and `Skids`; it changes nothing of the
race, and its luck is of its own generator.

Units: metres, m/s, seconds.
"""

from __future__ import annotations

import math

import numpy as np
import pygame

from car import CHARGE_TICKS_MAX, Car, Surface
from protocol import CarFlag
from screens.particles import (
    CHARGE,
    CHARGED,
    DAMAGE,
    FLAME,
    GRASS_DUST,
    GRAVEL_DUST,
    LEAF,
    REPAIR,
    SAND_DUST,
    SMOKE,
    SPARK,
    SPLASH,
    Kind,
    Particles,
)
from screens.skids import Skids
from track import Track

REAR_AXLE, TRACK_HALF = 1.75, 1.12
"""Where the rear wheels are, from the car's middle."""
SLIDE_MIN, SLIDE_FULL = 2.4, 8.0
"""Sideways speed at which tyres begin to mark, and mark fully, m/s."""
DUST_SPEED = 7.0
GRAVEL_SPEED = 12.0
SPLASH_SPEED = 2.0
SPARKS_MAX = 14
IMPULSE_SPARKS = 220
"""Below so many cm/s a touch is no more than a touch."""
IMPULSE_HARD = 900
"""A contact of so many cm/s counts as hard."""
SMOKES_FROM = 55
"""Damage at which the engine smokes, percent."""
CHARGED_FROM = CHARGE_TICKS_MAX * 0.45
CHARGE_FROM = 20
# Plain numbers: asking a flag for its bits takes twenty times as long.
NITRO, REPAIRING = CarFlag.NITRO.value, CarFlag.REPAIRING.value
BRAKING, HANDBRAKE = CarFlag.BRAKING.value, CarFlag.HANDBRAKE.value
LOOSE = {
    Surface.GRASS: (GRASS_DUST, DUST_SPEED),
    Surface.SAND: (SAND_DUST, DUST_SPEED),
    Surface.GRAVEL: (GRAVEL_DUST, GRAVEL_SPEED),
    Surface.WATER: (SPLASH, SPLASH_SPEED),
}
"""What the wheels throw up there, and from which speed on."""
THICK = {SPLASH: (90.0, 4.5), GRAVEL_DUST: (70.0, 1.3)}
"""Puffs a second at most, and how fast they part, where it is not as on asphalt."""

Placed = tuple[pygame.Surface, tuple[float, float]]


class Effects:
    """Watches the cars and raises what belongs to their driving."""

    def __init__(self, track: Track, calm: bool = False) -> None:
        """Take `calm` for reduced motion: marks stay, nothing flies."""
        self.particles = Particles()
        self._skids = Skids()
        self._track = track
        self._calm = calm
        self._luck = np.random.default_rng(1)
        self._due: dict[tuple[int, Kind], float] = {}

    def watch(self, slot: int, car: Car, dt: float, flags: CarFlag) -> list[Placed]:
        """Take in how a car drives now; return its new marks for the ground."""
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        under = self._track.surface_at(car.x, car.y)
        bits = flags.value
        strength = slip(car, under, bits)
        marks: list[Placed] = []
        for side in (-1, 1):
            x = car.x - cos * REAR_AXLE - sin * side * TRACK_HALF
            y = car.y - sin * REAR_AXLE + cos * side * TRACK_HALF
            marks += self._skids.mark((slot, side), (x, y), strength, under)
        if not self._calm:
            self._raise(slot, car, dt, strength, under, bits)
        return marks

    def _raise(
        self, slot: int, car: Car, dt: float, strength: float, under: Surface, bits: int
    ) -> None:
        kind, least = LOOSE.get(under, (SMOKE, 0.0))
        if strength > 0.12 and car.speed >= least:
            thick, spread = THICK.get(kind, (34.0, 1.6))
            for _ in range(self._share(slot, kind, thick * strength * dt)):
                self._behind(kind, car, spread, 0.22)
        if car.charge_ticks > CHARGE_FROM:
            glow = CHARGED if car.charge_ticks > CHARGED_FROM else CHARGE
            for _ in range(self._share(slot, glow, 46.0 * dt)):
                self._behind(glow, car, 4.0, 0.35)
        if bits & NITRO:
            for _ in range(self._share(slot, FLAME, 60.0 * dt)):
                self._from_tail(FLAME, car, 5.0, -0.1)
        if car.damage >= SMOKES_FROM:
            for _ in range(
                self._share(slot, DAMAGE, (12.0 + (car.damage - SMOKES_FROM) * 0.5) * dt)
            ):
                self._from_nose(DAMAGE, car)
        if bits & REPAIRING:
            for _ in range(self._share(slot, REPAIR, 14.0 * dt)):
                luck = self._luck.uniform(-1, 1, 2)
                self.particles.add(REPAIR, car.x + luck[0] * 2.6, car.y + luck[1] * 1.6, 0.0, -3.0)

    def _share(self, slot: int, kind: Kind, more: float) -> int:
        """Return how many are due: by time, not by picture, as thick at any frame rate."""
        due = self._due.get((slot, kind), 0.0) + more
        self._due[slot, kind] = due % 1.0
        return int(due)

    def _behind(self, kind: Kind, car: Car, spread: float, carried: float) -> None:
        """Let one rise from a rear wheel."""
        luck = self._luck.normal(0, 1, 4)
        side = TRACK_HALF if self._luck.random() < 0.5 else -TRACK_HALF
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        self.particles.add(
            kind,
            car.x - cos * REAR_AXLE - sin * side + luck[0] * 0.35,
            car.y - sin * REAR_AXLE + cos * side + luck[1] * 0.35,
            car.vx * carried + luck[2] * spread,
            car.vy * carried + luck[3] * spread,
            float(self._luck.uniform(0.6, 1.1)),
        )

    def _from_tail(self, kind: Kind, car: Car, spread: float, carried: float) -> None:
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        luck = self._luck.normal(0, 0.25, 2)
        self.particles.add(
            kind, car.x - cos * 3.4 - sin * luck[0], car.y - sin * 3.4 + cos * luck[0],
            car.vx * (0.5 + carried) - cos * spread, car.vy * (0.5 + carried) - sin * spread,
            float(self._luck.uniform(0.6, 1.1)),
        )  # fmt: skip

    def _from_nose(self, kind: Kind, car: Car) -> None:
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        luck = self._luck.normal(0, 0.5, 4)
        self.particles.add(
            kind, car.x + cos * 1.8 + luck[0], car.y + sin * 1.8 + luck[1],
            car.vx * 0.75 + luck[2], car.vy * 0.75 + luck[3],
            float(self._luck.uniform(0.7, 1.1)),
        )  # fmt: skip

    def hit(self, car: Car, impulse_cm_s: int) -> float:
        """Let sparks fly from a contact; return how hard it was, from 0 to 1."""
        hard = min(1.0, impulse_cm_s / IMPULSE_HARD)
        if not self._calm and impulse_cm_s >= IMPULSE_SPARKS:
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

    def rustle(self, slot: int, car: Car, dt: float) -> None:
        """Let leaves fly from the tree that a car brushes."""
        if self._calm or car.speed < DUST_SPEED:
            return
        for _ in range(self._share(slot, LEAF, 12.0 * dt)):
            luck = self._luck.normal(0, 1, 4)
            self.particles.add(
                LEAF, car.x + luck[0] * 1.5, car.y + luck[1] * 1.5,
                car.vx * 0.2 + luck[2] * 3.0, car.vy * 0.2 + luck[3] * 3.0,
            )  # fmt: skip

    def forget(self, slot: int) -> None:
        """Break a car's marks, as after it was put back on the road."""
        self._skids.forget(slot)


def slip(car: Car, under: Surface, bits: int) -> float:
    """Return how much a car's rear tyres slide or dig, from 0 to 1; `bits` are its flags."""
    speed, slide = car.speed, abs(car.slide)
    strength = (slide - SLIDE_MIN) / (SLIDE_FULL - SLIDE_MIN)
    if bits & HANDBRAKE and speed > 3.0:
        strength = max(strength, 0.7)
    if bits & BRAKING and speed > 22.0 and slide > 0.8:
        strength = max(strength, 0.3)
    if under in LOOSE:
        strength = max(strength, 0.45) if speed > 4.0 else 0.0
    return min(1.0, max(0.0, strength))
