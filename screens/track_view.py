"""The race as a picture: ground, skid marks, smoke, cars, names.

Draws what a `RaceView` says, from above, with a camera that looks ahead. It
reads nothing of the network and changes nothing but its own marks.

Units: pixels, ten to the metre; metres for places in the world; seconds.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pygame

from car import Car, Surface
from protocol import CarFlag
from race import EventKind
from race_state import RaceView, SeenCar
from screens import theme
from screens.car_art import car_sprite
from track import Track

SCALE = 10
GROUNDS = Path(__file__).parent.parent / "assets" / "grounds"
LOOK_AHEAD_S = 0.22
FOLLOW_RATE = 5.0
SLIDE_MARKS = 3.2
"""Sideways speed above which tyres leave marks and smoke, m/s."""
SKIDS_MAX = 4000
PUFFS_MAX = 160
PUFF_STEPS = 12
PUFF_S = 0.9
NAME_GAP = 34


def load_ground(track: Track) -> pygame.Surface:
    """Return the baked ground of a track, or a plain one drawn at once."""
    path = GROUNDS / f"{track.name}.jpg"
    digest = path.with_suffix(".digest")
    try:
        if digest.read_text().strip() == track.digest:
            return pygame.image.load(path).convert()
    except (OSError, pygame.error):
        pass
    return plain_ground(track)


def plain_ground(track: Track) -> pygame.Surface:
    """Return a simple ground: what a track looks like that nobody has baked."""
    ground = pygame.Surface((round(track.width * SCALE), round(track.height * SCALE)))
    ground.fill("#5f983d")
    points = [(x * SCALE, y * SCALE) for x, y in track.points.tolist()]
    halves = track.half_widths.tolist()
    for tone, more in (("#f3f1e8", 0.5), ("#5f626a", 0.0)):
        for (x, y), half in zip(points, halves, strict=True):
            pygame.draw.circle(ground, tone, (x, y), (half + more) * SCALE)
    for wall in track.walls:
        ends = (wall.ax * SCALE, wall.ay * SCALE), (wall.bx * SCALE, wall.by * SCALE)
        pygame.draw.line(ground, "#d9362b", *ends, 6)
    return ground.convert()


@dataclass(slots=True)
class Puff:
    """A little cloud."""

    x: float
    y: float
    vx: float
    vy: float
    born: float
    dusty: bool


class TrackView:
    """Draws one race."""

    def __init__(
        self, track: Track, progress: Callable[[float], None] = lambda share: None
    ) -> None:
        self._track = track
        self._ground = load_ground(track)
        progress(1.0)
        self._x = self._y = 0.0
        self._placed = False
        self._puffs: deque[Puff] = deque(maxlen=PUFFS_MAX)
        self._wheels: dict[int, tuple[float, float, float, float]] = {}
        self._smoke = _puffs("#dfe3e8", 66)
        self._dust = _puffs("#b89a5e", 90)
        self._luck = random.Random(1)
        self._shake = 0.0

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Callable[[int], str],
        now: float,
        elapsed: float,
        *,
        safe: bool,
        calm: bool,
    ) -> None:
        """Draw the world round the player's car.

        Args:
            calm: reduced motion: no shaking, no look-ahead.
        """
        cars = race.cars(now)
        focus = next((one.car for one in cars if one.is_me), None)
        if focus is None and cars:
            focus = min(cars, key=lambda one: one.place).car
        for event in race.events:
            if event.kind in (EventKind.WALL, EventKind.CONTACT) and event.slot == race.slot:
                self._shake = min(7.0, self._shake + event.value / 150)
        left, top = self._follow(surface, focus or Car(x=20, y=20), elapsed, calm)
        surface.blit(self._ground, (-left, -top))
        for one in cars:
            self._marks(one, now)
        self._draw_puffs(surface, left, top, now)
        self._draw_cars(surface, cars, left, top, safe)
        self._draw_names(surface, cars, names, left, top, safe)

    def _follow(
        self, surface: pygame.Surface, car: Car, elapsed: float, calm: bool
    ) -> tuple[int, int]:
        width, height = surface.get_size()
        lead = 0.0 if calm else LOOK_AHEAD_S
        goal_x, goal_y = (car.x + car.vx * lead) * SCALE, (car.y + car.vy * lead) * SCALE
        share = 1.0 - math.exp(-FOLLOW_RATE * min(elapsed, 0.1))
        far = math.hypot(goal_x - self._x, goal_y - self._y) > 900
        if not self._placed or far:
            self._x, self._y, self._placed = goal_x, goal_y, True
        # The car's own motion is followed at once, only the lead is eased.
        self._x += car.vx * SCALE * elapsed * (1 - share) + (goal_x - self._x) * share
        self._y += car.vy * SCALE * elapsed * (1 - share) + (goal_y - self._y) * share
        self._shake *= math.exp(-7.0 * elapsed)
        jolt = 0.0 if calm else self._shake
        x = self._x - width / 2 + self._luck.uniform(-jolt, jolt)
        y = self._y - height / 2 + self._luck.uniform(-jolt, jolt)
        most_x = max(0, self._ground.get_width() - width)
        most_y = max(0, self._ground.get_height() - height)
        return round(min(max(x, 0), most_x)), round(min(max(y, 0), most_y))

    def _marks(self, one: SeenCar, now: float) -> None:
        """Leave rubber on the road and raise smoke or dust."""
        car = one.car
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        rear = (-1.7 * cos + 1.05 * sin, -1.7 * sin - 1.05 * cos)
        other = (-1.7 * cos - 1.05 * sin, -1.7 * sin + 1.05 * cos)
        wheels = (car.x + rear[0], car.y + rear[1], car.x + other[0], car.y + other[1])
        before = self._wheels.get(one.slot)
        self._wheels[one.slot] = wheels
        speed = car.speed
        locked = bool(one.flags & CarFlag.HANDBRAKE) and speed > 3.0
        sliding = abs(car.slide) > SLIDE_MARKS or locked
        surface = self._track.surface_at(car.x, car.y)
        loose = surface in (Surface.GRASS, Surface.SAND)
        if before is None or not (sliding or (loose and speed > 6.0)):
            return
        if math.hypot(wheels[0] - before[0], wheels[1] - before[1]) < 4.0:
            tone = (70, 58, 34, 70) if loose else (26, 26, 30, 74)
            for at in (0, 2):
                start = (before[at] * SCALE, before[at + 1] * SCALE)
                end = (wheels[at] * SCALE, wheels[at + 1] * SCALE)
                self._skid(start, end, tone)
        if self._luck.random() < 0.5:
            self._puffs.append(Puff(wheels[0], wheels[1], car.vx * 0.25, car.vy * 0.25, now, loose))

    def _skid(
        self, start: tuple[float, float], end: tuple[float, float], tone: tuple[int, int, int, int]
    ) -> None:
        """Lay one piece of rubber onto the ground for good."""
        box = pygame.Rect(min(start[0], end[0]) - 4, min(start[1], end[1]) - 4,
                          abs(start[0] - end[0]) + 8, abs(start[1] - end[1]) + 8)  # fmt: skip
        # Lines with alpha overwrite, so they are drawn on a layer and blitted.
        layer = pygame.Surface(box.size, pygame.SRCALPHA)
        pygame.draw.line(layer, tone, (start[0] - box.x, start[1] - box.y),
                         (end[0] - box.x, end[1] - box.y), 4)  # fmt: skip
        self._ground.blit(layer, box)

    def _draw_puffs(self, surface: pygame.Surface, left: int, top: int, now: float) -> None:
        blits = []
        for puff in self._puffs:
            age = (now - puff.born) / PUFF_S
            if not 0.0 <= age < 1.0:
                continue
            images = self._dust if puff.dusty else self._smoke
            image = images[int(age * PUFF_STEPS)]
            x = (puff.x + puff.vx * age * PUFF_S) * SCALE - left - image.get_width() / 2
            y = (puff.y + puff.vy * age * PUFF_S) * SCALE - top - image.get_height() / 2
            blits.append((image, (round(x), round(y))))
        surface.fblits(blits, theme.PREMULTIPLIED)

    @staticmethod
    def _draw_cars(
        surface: pygame.Surface, cars: list[SeenCar], left: int, top: int, safe: bool
    ) -> None:
        for one in sorted(cars, key=lambda car: car.is_me):
            braking = bool(one.flags & CarFlag.BRAKING)
            sprite = car_sprite(one.slot, one.car.heading, braking, safe)
            at = sprite.get_rect(
                center=(round(one.car.x * SCALE) - left, round(one.car.y * SCALE) - top)
            )
            if one.flags & CarFlag.GHOST:
                sprite = sprite.copy()
                sprite.fill((120, 120, 120, 120), special_flags=pygame.BLEND_RGBA_MULT)
            surface.blit(sprite, at, special_flags=theme.PREMULTIPLIED)

    @staticmethod
    def _draw_names(
        surface: pygame.Surface,
        cars: list[SeenCar],
        names: Callable[[int], str],
        left: int,
        top: int,
        safe: bool,
    ) -> None:
        taken: list[pygame.Rect] = []
        for one in sorted(cars, key=lambda car: car.place):
            if one.is_me:
                continue
            name = names(one.slot)
            if one.flags & CarFlag.CARETAKER:
                name += " (caretaker)"
            x, y = round(one.car.x * SCALE) - left, round(one.car.y * SCALE) - top
            if not surface.get_rect().inflate(80, 80).collidepoint(x, y):
                continue
            tag = pygame.Rect(0, 0, theme.text_width(name, 16) + 28, 22)
            tag.midbottom = (x, y - NAME_GAP)
            # Tags that would lie on each other move up, in order of place.
            for _ in range(6):
                if tag.collidelist(taken) < 0:
                    break
                tag.move_ip(0, -24)
            taken.append(tag)
            theme.panel(surface, tag, None, 150, 8)
            pygame.draw.circle(
                surface, theme.car_colour(one.slot, safe), (tag.left + 11, tag.centery), 5
            )
            theme.text(
                surface, name, 16, theme.TEXT, (tag.left + 20, tag.centery), anchor="midleft"
            )


def _puffs(tone: str, alpha: int) -> list[pygame.Surface]:
    images = []
    for step in range(PUFF_STEPS):
        share = step / PUFF_STEPS
        radius = 6 + 19 * share
        size = round(radius * 2 + 8)
        image = pygame.Surface((size, size), pygame.SRCALPHA)
        colour = pygame.Color(tone)
        colour.a = round(alpha * (1 - share))
        pygame.draw.circle(image, colour, (size / 2, size / 2), radius)
        images.append(pygame.transform.gaussian_blur(image, 4).premul_alpha())
    return images
