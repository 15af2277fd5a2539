"""Cars from above: drawn at four times their size, kept for 192 headings.

One sprite holds the shadow and the car, premultiplied. A livery is made when
it is first seen; `warm` makes one ahead of time, for the loading screen.

Units: pixels, ten to the metre.
"""

from __future__ import annotations

import math

import pygame

from car import CAR_LENGTH, CAR_WIDTH
from screens import theme

SUPER = 4
ANGLES = 192
PAD = 14
SUN = (5, 7)
ACCENTS = (
    "#ffffff", "#ffd23f", "#1a1c20", "#f2efe6", "#1f2a44", "#4fe0d0", "#d9362b", "#23272e",
)  # fmt: skip
LENGTH, WIDTH = CAR_LENGTH * 10, CAR_WIDTH * 10

_kept: dict[tuple[int, bool, bool], list[pygame.Surface | None]] = {}
_masters: dict[tuple[int, bool, bool], pygame.Surface] = {}


def car_sprite(slot: int, heading: float, braking: bool, safe: bool = False) -> pygame.Surface:
    """Return the sprite of a slot's car at a heading, shadow included."""
    key = (slot, braking, safe)
    angles = _kept.setdefault(key, [None] * ANGLES)
    index = round(heading / math.tau * ANGLES) % ANGLES
    found = angles[index]
    if found is None:
        found = angles[index] = _turned(key, index)
    return found


def warm(slot: int, safe: bool = False) -> None:
    """Make every heading of a slot's car."""
    for index in range(ANGLES):
        for braking in (False, True):
            car_sprite(slot, index * math.tau / ANGLES, braking, safe)


def _turned(key: tuple[int, bool, bool], index: int) -> pygame.Surface:
    if key not in _masters:
        _masters[key] = _master(*key)
    degrees = -index * 360 / ANGLES
    car = pygame.transform.rotozoom(_masters[key], degrees, 0.5)
    mask = pygame.mask.from_surface(car, 90)
    sprite = pygame.Surface((car.get_width() + 12, car.get_height() + 14), pygame.SRCALPHA)
    shadow = mask.to_surface(setcolor=(0, 0, 0, 112), unsetcolor=(0, 0, 0, 0))
    sprite.blit(pygame.transform.gaussian_blur(shadow, 2), (6 + SUN[0], 7 + SUN[1]))
    sprite.blit(car, (6, 7))
    return sprite.premul_alpha()


def _master(slot: int, braking: bool, safe: bool) -> pygame.Surface:
    """Return the car looking right, at twice its size."""
    body = theme.car_colour(slot, safe)
    accent = pygame.Color(ACCENTS[slot % len(ACCENTS)])
    k = SUPER
    size = (round((LENGTH + 2 * PAD) * k), round((WIDTH + 2 * PAD) * k))
    art = pygame.Surface(size, pygame.SRCALPHA)
    art.fill((*body[:3], 0))
    cx, cy = size[0] / 2, size[1] / 2
    dark = body.lerp(pygame.Color("#000000"), 0.55)
    light = body.lerp(pygame.Color("#ffffff"), 0.22)

    def box(tone: pygame.Color | str, x: float, y: float, w: float, h: float, r: float) -> None:
        rect = pygame.Rect(0, 0, round(w * k), round(h * k))
        rect.center = (round(cx + x * k), round(cy + y * k))
        pygame.draw.rect(art, tone, rect, border_radius=round(r * k))

    def shape(tone: pygame.Color | str, half: list[tuple[float, float]]) -> None:
        outline = half + [(x, -y) for x, y in reversed(half)]
        pygame.draw.polygon(art, tone, [(cx + x * k, cy + y * k) for x, y in outline])

    for x in (17.0, -17.0):
        for y in (-11.6, 11.6):
            box("#101113", x, y, 11.5, 5.2, 1.6)
            box("#2a2c30", x, y, 9.0, 2.8, 1.0)
    hull = [(27.8, 3.0), (26.6, 8.0), (22.8, 10.6), (17, 12.0), (11, 11.4), (3, 10.8), (-6, 11.2),
            (-13, 12.2), (-20, 12.4), (-25, 11.4), (-27.4, 8.8), (-27.8, 4.0)]  # fmt: skip
    shape(dark, hull)
    shape(body, [(x * 0.97, y * 0.92) for x, y in hull])
    # A lit ridge along each flank, the same on both sides so that it may turn.
    for y in (-7.8, 7.8):
        box(light, 2, y, 40, 1.4, 0.7)
    for y in (-3.2, 3.2):
        box(accent, 0, y, 53, 2.9, 0.4)
    for y in (-5.9, 5.9):
        box(dark, 16.5, y, 6, 2.6, 1.2)
    shape("#10161d", [(9.8, 3.2), (7.8, 7.6), (3.4, 8.8), (-8, 8.6), (-13.6, 7.4), (-15.2, 3.4)])
    shape("#27435a", [(8.8, 3.0), (7.0, 6.8), (3.0, 7.4), (3.8, 3.0)])
    for y in (-4.4, 4.4):
        box("#6fa6c8", 6.6, y, 1.6, 3.2, 0.6)
    shape("#1c2c3a", [(-10, 3.0), (-10.6, 6.2), (-13.4, 5.8), (-14.4, 3)])
    shape(body, [(2.4, 3), (1.9, 6.2), (-2, 7.0), (-7.6, 6.6), (-9.0, 3)])
    pygame.draw.circle(art, "#f7f5ee", (cx - 3.4 * k, cy), 5.6 * k)
    number = theme.font(9 * k, theme.Weight.BOLD).render(str(slot + 1), True, "#15181c")
    number = pygame.transform.rotate(number, -90)
    art.blit(number, number.get_rect(center=(cx - 3.4 * k, cy)))
    for y in (-7.6, 7.6):
        box("#fff3c4", 25.0, y, 2.4, 3.6, 1.2)
        box("#ff3226" if braking else "#9c1a14", -27.0, y + (0.8 if y > 0 else -0.8), 2.0, 4.6, 0.6)
    box(dark, -24.6, 0, 5.0, 24.0, 1.4)
    box(accent, -24.8, 0, 3.0, 21.4, 1.0)
    for y in (-11.6, 11.6):
        box(body.lerp(pygame.Color("#000000"), 0.2), -24.0, y, 6.6, 1.6, 0.6)
    if braking:
        glow = pygame.Surface(size, pygame.SRCALPHA)
        for y in (-8.2, 8.2):
            pygame.draw.circle(glow, (255, 60, 30, 120), (cx - 29 * k, cy + y * k), 5 * k)
        glow = pygame.transform.gaussian_blur(glow, 8)
        glow.blit(art, (0, 0))
        art = glow
    return pygame.transform.smoothscale(art, (size[0] // 2, size[1] // 2))
