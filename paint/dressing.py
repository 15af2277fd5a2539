"""What stands on the ground: trees, ponds, stands, walls, the start.

Drawn with pygame over the painted ground: first all shadows, then what casts
them, so that no shadow lies on a canopy. The sun stands at the top left.

Units: pixels, ten to the metre.
"""

from __future__ import annotations

import math
import random

import pygame

from paint.ground import SCALE
from track import GRID_FIRST, GRID_STEP, Scenery, Track

SUN = (7, 10)
SHADOW_ALPHA = 112
TREES = 430
TREE_TONES = (
    ("#2c5a2b", "#3c7434", "#54913f", "#7fb553"),
    ("#2f6134", "#41803f", "#5c9f4c", "#8cc266"),
    ("#3f5a22", "#567a2b", "#779a38", "#a5c057"),
    ("#254f33", "#336a40", "#4a8750", "#74ad6a"),
)
AUTUMN_TONES = ("#7a4a1c", "#a5641f", "#cc8a2e", "#eab756")
BOARDS = ("#1f4fb8", "#15181d", "#157a4a", "#e4572e", "#6a36b0", "#f2efe6")
CROWD = ("#e0322b", "#1f6fd6", "#f5b81f", "#f2efe6", "#15a06a", "#7b3fc4", "#f26a1b", "#20242b")
SUPER = 3


def shadow_of(sprite: pygame.Surface, blur: int = 3) -> pygame.Surface:
    """Return a soft black silhouette of a sprite, of the same size."""
    shadow = pygame.mask.from_surface(sprite, 60).to_surface(
        setcolor=(0, 0, 0, SHADOW_ALPHA), unsetcolor=(0, 0, 0, 0)
    )
    return pygame.transform.gaussian_blur(shadow, blur)


def tree(luck: random.Random, radius: float, tones: tuple[str, ...]) -> pygame.Surface:
    """Return one tree from above: eleven lobes in four tones, lit from the top left."""
    size = round(2 * radius * 1.5) + 12
    big = pygame.Surface((size * SUPER, size * SUPER), pygame.SRCALPHA)
    big.fill((*pygame.Color(tones[0])[:3], 0))
    centre = size * SUPER / 2
    lobes = [
        (luck.uniform(0, math.tau), luck.uniform(0.35, 0.62), luck.uniform(0.36, 0.52))
        for _ in range(11)
    ]

    def disc(tone: str, x: float, y: float, r: float) -> None:
        at = (centre + x * radius * SUPER, centre + y * radius * SUPER)
        pygame.draw.circle(big, tone, at, r * radius * SUPER)

    for angle, out, lobe in lobes:
        disc(tones[0], math.cos(angle) * out, math.sin(angle) * out, lobe)
    disc(tones[0], 0, 0, 0.72)
    for layer, (spread, tone) in enumerate(zip((0.8, 0.56, 0.3), tones[1:], strict=True), 1):
        for angle, out, lobe in lobes:
            x, y = math.cos(angle) * out * spread, math.sin(angle) * out * spread
            disc(tone, x - 0.05 * layer, y - 0.06 * layer, lobe * (0.9 - 0.17 * layer))
    for _ in range(int(radius * 2)):
        angle, out = luck.uniform(0, math.tau), luck.uniform(0, 0.72)
        x, y = math.cos(angle) * out, math.sin(angle) * out
        lit = -(x + y) * 0.6 + luck.uniform(-0.5, 0.5)
        disc(tones[3] if lit > 0.25 else tones[2 if lit > -0.1 else 1], x, y, 1.4 / radius)
    return pygame.transform.smoothscale(big, (size, size))


def pond(luck: random.Random, radius: float) -> pygame.Surface:
    """Return a pond with a sandy rim and lighter shallows."""
    size = round(radius * 3.2)
    big = pygame.Surface((size * SUPER, size * SUPER), pygame.SRCALPHA)
    big.fill((176, 155, 98, 0))
    bumps = [(luck.uniform(0.05, 0.13), luck.uniform(0, math.tau)) for _ in range(4)]

    def outline(share: float) -> list[tuple[float, float]]:
        points = []
        for step in range(120):
            angle = step * math.tau / 120
            wave = sum(a * math.sin((n + 2) * angle + p) for n, (a, p) in enumerate(bumps))
            reach = radius * SUPER * share * (1 + wave)
            points.append(
                (size * SUPER / 2 + 1.35 * math.cos(angle) * reach,
                 size * SUPER / 2 + math.sin(angle) * reach)
            )  # fmt: skip
        return points

    for tone, share in (
        ("#a8935a", 1.04), ("#b8a468", 1.0), ("#d8eef0", 0.93), ("#5fb6c4", 0.915),
        ("#4fa8bb", 0.82), ("#4199b0", 0.7), ("#368aa4", 0.55), ("#2b7796", 0.38),
    ):  # fmt: skip
        pygame.draw.polygon(big, tone, outline(share))
    for _ in range(7):
        angle, out = luck.uniform(0, math.tau), luck.uniform(0.1, 0.6)
        at = (
            size / 2 + 1.3 * math.cos(angle) * out * radius,
            size / 2 + math.sin(angle) * out * radius,
        )
        box = pygame.Rect(0, 0, 26 * SUPER, 9 * SUPER)
        box.center = (int(at[0] * SUPER), int(at[1] * SUPER))
        pygame.draw.arc(big, "#6fc2cc", box, 0.3, 2.6, 2 * SUPER)
    return pygame.transform.smoothscale(big, (size, size))


def stand(luck: random.Random, width: int) -> pygame.Surface:
    """Return a grandstand with a crowd."""
    sprite = pygame.Surface((width, 78), pygame.SRCALPHA)
    sprite.fill("#c9ccd2")
    for row in range(6):
        y = 6 + row * 11
        pygame.draw.rect(sprite, "#9298a3" if row % 2 else "#a3a9b3", (4, y, width - 8, 10))
        for x in range(9, width - 8, 7):
            if luck.random() < 0.82:
                pygame.draw.circle(sprite, luck.choice(CROWD), (x + luck.randint(-1, 1), y + 5), 3)
                pygame.draw.circle(sprite, "#e8c6a0", (x, y + 3), 1.6)
    pygame.draw.rect(sprite, "#e9ebef", (0, 70, width, 8))
    pygame.draw.rect(sprite, "#d9362b", (width // 8, 72, width * 3 // 4, 4))
    return sprite


def paddock(luck: random.Random, width: int) -> pygame.Surface:
    """Return the pit building with its lane."""
    sprite = pygame.Surface((width, 140), pygame.SRCALPHA)
    pygame.draw.rect(sprite, "#84878e", (0, 0, width, 140), border_radius=10)
    pygame.draw.rect(sprite, "#eceff2", (26, 14, width - 52, 54))
    pygame.draw.rect(sprite, "#c4c9d1", (26, 52, width - 52, 16))
    pygame.draw.rect(sprite, "#ff7a1a", (26, 66, width - 52, 5))
    for x in range(60, width - 80, 78):
        pygame.draw.rect(sprite, "#aab1bc", (x, 24, 30, 14), border_radius=3)
    for x in range(30, width - 20, 62):
        pygame.draw.line(sprite, "#d6d9de", (x, 82), (x, 134), 3)
    return sprite


def tent(luck: random.Random, width: int) -> pygame.Surface:
    """Return a round tent of eight panels."""
    sprite = pygame.Surface((width * 2, width * 2), pygame.SRCALPHA)
    for panel in range(16):
        points = [(width, width)]
        points += [
            (width + width * 0.9 * math.cos(a), width + width * 0.9 * math.sin(a))
            for a in (panel * math.pi / 8, (panel + 1) * math.pi / 8)
        ]
        pygame.draw.polygon(sprite, "#f2efe6" if panel % 2 else "#d9362b", points)
    return sprite


class Dresser:
    """Puts everything that a track has onto its ground."""

    def __init__(self, track: Track, ground: pygame.Surface) -> None:
        self._track = track
        self._ground = ground
        self._luck = random.Random(track.scenery_seed)
        self._over: list[tuple[pygame.Surface, tuple[float, float], tuple[int, int]]] = []

    def dress(self) -> None:
        """Draw it all, lowest first."""
        self._start()
        for one in self._track.scenery:
            self._place(one)
        self._walls()
        self._trees()
        for sprite, (x, y), _ in self._over:
            at = sprite.get_rect(center=(x, y)).move(SUN)
            self._ground.blit(shadow_of(sprite), at)
        for sprite, (x, y), _ in self._over:
            self._ground.blit(sprite, sprite.get_rect(center=(x, y)))

    def _put(self, sprite: pygame.Surface, x: float, y: float) -> None:
        self._over.append((sprite, (x * SCALE, y * SCALE), SUN))

    def _place(self, one: Scenery) -> None:
        size = round(one.size * SCALE)
        if one.kind == "pond":
            flat = pygame.transform.rotozoom(
                pond(self._luck, one.size * SCALE), -math.degrees(one.angle), 1
            )
            self._ground.blit(flat, flat.get_rect(center=(one.x * SCALE, one.y * SCALE)))
            return
        draw = {"stand": stand, "paddock": paddock, "tent": tent}[one.kind]
        sprite = pygame.transform.rotozoom(draw(self._luck, size), -math.degrees(one.angle), 1)
        self._put(sprite, one.x, one.y)

    def _walls(self) -> None:
        boards = 0
        for wall in self._track.walls:
            length = math.hypot(wall.bx - wall.ax, wall.by - wall.ay)
            angle = math.degrees(math.atan2(wall.by - wall.ay, wall.bx - wall.ax))
            if wall.kind == "tyres":
                count = max(1, round(length * SCALE / 14.6))
                for number in range(count):
                    share = (number + 0.5) / count
                    x = wall.ax + (wall.bx - wall.ax) * share
                    y = wall.ay + (wall.by - wall.ay) * share
                    red = (len(self._over) // 3) % 2 == 0
                    tyre = pygame.Surface((20, 20), pygame.SRCALPHA)
                    pygame.draw.circle(tyre, "#15171a", (10, 10), 8.5)
                    pygame.draw.circle(tyre, "#d9362b" if red else "#f2efe6", (10, 10), 6.5)
                    pygame.draw.circle(tyre, "#1d2024", (10, 10), 3.4)
                    self._put(tyre, x, y)
                continue
            rail = pygame.Surface((round(length * SCALE) + 3, 9), pygame.SRCALPHA)
            rail.fill("#aeb4bd")
            pygame.draw.line(rail, "#7d848f", (0, 7), (rail.get_width(), 7), 2)
            pygame.draw.line(rail, "#e4e7eb", (0, 1), (rail.get_width(), 1), 2)
            if boards % 4 < 3:
                tone = BOARDS[(boards // 4) % len(BOARDS)]
                pygame.draw.rect(rail, tone, (0, 2, rail.get_width(), 5))
            boards += 1
            turned = pygame.transform.rotozoom(rail, -angle, 1)
            self._put(turned, (wall.ax + wall.bx) / 2, (wall.ay + wall.by) / 2)

    def _trees(self) -> None:
        track, luck = self._track, self._luck
        planted: list[tuple[float, float, float]] = []
        groves = [(luck.uniform(0, track.width), luck.uniform(0, track.height)) for _ in range(46)]
        for _ in range(TREES * 4):
            if len(planted) >= TREES:
                break
            if luck.random() < 0.85:
                gx, gy = luck.choice(groves)
                x, y = gx + luck.gauss(0, 9), gy + luck.gauss(0, 9)
            else:
                x, y = luck.uniform(0, track.width), luck.uniform(0, track.height)
            radius = luck.choice((0.9, 2.0, 2.4, 2.6, 3.0, 3.4, 3.8))
            if not (0 < x < track.width and 0 < y < track.height):
                continue
            near = track.locate(x, y)
            right = near.offset > 0
            sand = track.sand_right if right else track.sand_left
            clear = float(track.half_widths[near.sample] + sand[near.sample]) + radius * 1.3 + 6
            if abs(near.offset) < clear or any(
                math.hypot(x - s.x, y - s.y) < s.size * 0.75 + 6 + radius for s in track.scenery
            ):
                continue
            if any(math.hypot(x - px, y - py) < (radius + pr) * 0.8 for px, py, pr in planted):
                continue
            planted.append((x, y, radius))
        for x, y, radius in sorted(planted, key=lambda one: one[2]):
            autumn = luck.random() < 0.05
            tones = AUTUMN_TONES if autumn else luck.choice(TREE_TONES)
            self._put(tree(luck, radius * SCALE, tones), x, y)

    def _start(self) -> None:
        """Draw the chequered line and the numbered boxes of the grid."""
        track = self._track
        font = pygame.font.Font(None, 34)
        x, y, heading = track.point_at(0.0)
        wide = round(float(track.half_widths[0]) * 2 * SCALE) - 22
        line = pygame.Surface((34, wide), pygame.SRCALPHA)
        for row in range(4):
            for column in range(wide // 8):
                tone = "#f2efe6" if (row + column) % 2 else "#1a1c20"
                pygame.draw.rect(line, tone, (row * 8.5, column * 8.5, 8.5, 8.5))
        self._flat(line, x, y, heading)
        for box, (bx, by, angle) in enumerate(track.grid):
            mark = pygame.Surface((74, 42), pygame.SRCALPHA)
            pygame.draw.line(mark, "#f3f1e8", (70, 2), (70, 39), 3)
            for at in (2, 39):
                pygame.draw.line(mark, "#f3f1e8", (50, at), (70, at), 3)
            number = pygame.transform.rotate(font.render(str(box + 1), True, "#f3f1e8"), -90)
            mark.blit(number, number.get_rect(center=(16, 21)))
            mark.set_alpha(215)
            self._flat(mark, bx, by, angle)
        assert GRID_FIRST > 0 and GRID_STEP > 0

    def _flat(self, sprite: pygame.Surface, x: float, y: float, heading: float) -> None:
        turned = pygame.transform.rotozoom(sprite, -math.degrees(heading), 1)
        self._ground.blit(turned, turned.get_rect(center=(x * SCALE, y * SCALE)))
