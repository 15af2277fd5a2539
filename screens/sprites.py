"""Cars on screen: every livery at 192 angles, made once and kept.

Turning a car while drawing takes twenty times as long as blitting one that
was turned before. `warm_up` fills the cache bit by bit for a loading screen;
what is missing later is made when first asked for. All surfaces have
premultiplied alpha.

Units: radians for angles; pixels for sprites.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import pygame

from car import CAR_LENGTH
from paint.canvas import shadow_of
from paint.cars import (
    LENGTH,
    LIVERIES,
    SCALE,
    WHEELS_AHEAD,
    WHEELS_ASIDE,
    draw_brake_glow,
    draw_car,
    draw_front_wheel,
    livery,
)

ANGLES = 192
PX_A_METRE = 10
SPRITE_LENGTH = CAR_LENGTH * 1.1
"""A car looks a little larger than it collides."""
UNIT_PX = SPRITE_LENGTH * PX_A_METRE / LENGTH
SUN_SHADOW = (5, 7)
SUN_STRENGTH, AMBIENT_STRENGTH = 125, 110
GHOST_ALPHA = 130

Placed = tuple[pygame.Surface, tuple[float, float]]


def angle_index(heading: float) -> int:
    """Return which of the kept angles is nearest."""
    return round(heading / math.tau * ANGLES) % ANGLES


class _Turned:
    """One drawing at every angle it was asked for, cropped."""

    def __init__(self, master: pygame.Surface, shadow: bool) -> None:
        # Halve first: turning straight from four times the size aliases.
        half = master.get_width() * 2 // SCALE, master.get_height() * 2 // SCALE
        # Premultiply before that: or hidden colours would leak into the edges.
        self._master = pygame.transform.smoothscale(master.premul_alpha(), half)
        self._shadow = shadow_of(self._master, 4, 1.0) if shadow else None
        self._kept: dict[tuple[int, bool], Placed] = {}

    def at(self, index: int, ghost: bool = False) -> Placed:
        """Return the sprite and where its corner lies from the car's middle."""
        found = self._kept.get((index, ghost))
        if found is None:
            found = self._kept[index, ghost] = self._make(index, ghost)
        return found

    def scaled(self, heading: float, scale: float) -> pygame.Surface:
        """Return the drawing at any angle and size; not kept."""
        return pygame.transform.rotozoom(self._master, -math.degrees(heading), scale)

    def _make(self, index: int, ghost: bool) -> Placed:
        degrees = -index * 360 / ANGLES
        body = pygame.transform.rotozoom(self._master, degrees, UNIT_PX / 2)
        canvas = pygame.Surface((body.get_width() + 28, body.get_height() + 28), pygame.SRCALPHA)
        middle = canvas.get_width() // 2, canvas.get_height() // 2
        if self._shadow is not None and not ghost:
            dark = pygame.transform.rotozoom(self._shadow, degrees, UNIT_PX / 2)
            for shift, strength in ((SUN_SHADOW, SUN_STRENGTH), ((0, 0), AMBIENT_STRENGTH)):
                dark.set_alpha(strength)
                centre = middle[0] + shift[0], middle[1] + shift[1]
                canvas.blit(dark, dark.get_rect(center=centre))
        # Black is the same premultiplied or not, so shadow and body agree.
        canvas.blit(body, body.get_rect(center=middle), special_flags=pygame.BLEND_PREMULTIPLIED)
        area = canvas.get_bounding_rect()
        sprite = canvas.subsurface(area).copy()
        if ghost:
            veil = (GHOST_ALPHA, GHOST_ALPHA, GHOST_ALPHA, GHOST_ALPHA)
            sprite.fill(veil, special_flags=pygame.BLEND_RGBA_MULT)
        return sprite, (area.left - middle[0], area.top - middle[1])


def shared_sprites(safe: bool = False) -> CarSprites:
    """Return the one set of sprites that all screens share.

    Warm it up early, in a menu or a lobby: the race then begins at once.
    """
    return _sprites(safe)


@functools.lru_cache(maxsize=2)
def _sprites(safe: bool) -> CarSprites:
    return CarSprites(safe)


class CarSprites:
    """The cars of all slots, their front wheels and their brake lights."""

    def __init__(self, safe: bool = False) -> None:
        """Draw the masters; `safe` picks colours for colour-blind eyes."""
        self._bodies = [
            _Turned(draw_car(livery(slot, safe), slot + 1), shadow=True)
            for slot in range(len(LIVERIES))
        ]
        self._wheel = _Turned(draw_front_wheel(), shadow=False)
        self._glow = _Turned(draw_brake_glow(), shadow=False)

    def warm_up(self, slots: range | list[int] = range(8)) -> Iterator[float]:
        """Make all sprites of these slots, a few a step; yield the share that is done."""
        for index in range(ANGLES):
            self._wheel.at(index)
            self._glow.at(index)
            for slot in slots:
                self._bodies[slot].at(index)
            yield (index + 1) / ANGLES

    def body(self, slot: int, heading: float, ghost: bool = False) -> Placed:
        """Return a car with its shadow, and its corner from the car's middle."""
        return self._bodies[slot % len(self._bodies)].at(angle_index(heading), ghost)

    def place(
        self,
        slot: int,
        x_px: float,
        y_px: float,
        heading: float,
        steer: float = 0.0,
        braking: bool = False,
        ghost: bool = False,
    ) -> list[Placed]:
        """Return the blits of a car whose middle is at a point of the screen.

        Args:
            steer: how far the front wheels are turned, radians.
        """
        cos, sin = math.cos(heading), math.sin(heading)
        blits: list[Placed] = []
        wheel, (left, top) = self._wheel.at(angle_index(heading + steer), ghost)
        ahead, aside = WHEELS_AHEAD * UNIT_PX, WHEELS_ASIDE * UNIT_PX
        for side in (-aside, aside):
            x = x_px + cos * ahead - sin * side + left
            y = y_px + sin * ahead + cos * side + top
            blits.append((wheel, (round(x), round(y))))
        sprite, (left, top) = self.body(slot, heading, ghost)
        blits.append((sprite, (round(x_px + left), round(y_px + top))))
        if braking and not ghost:
            glow, (left, top) = self._glow.at(angle_index(heading))
            blits.append((glow, (round(x_px + left), round(y_px + top))))
        return blits

    def portrait(self, slot: int, heading: float, scale: float) -> pygame.Surface:
        """Return a car at another size, for menus; not kept."""
        body = self._bodies[slot % len(self._bodies)].scaled(heading, UNIT_PX / 2 * scale)
        wheel = self._wheel.scaled(heading, UNIT_PX / 2 * scale)
        picture = pygame.Surface(body.get_size(), pygame.SRCALPHA)
        x, y = body.get_width() / 2, body.get_height() / 2
        cos, sin = math.cos(heading), math.sin(heading)
        ahead, aside = WHEELS_AHEAD * UNIT_PX * scale, WHEELS_ASIDE * UNIT_PX * scale
        for side in (-aside, aside):
            centre = round(x + cos * ahead - sin * side), round(y + sin * ahead + cos * side)
            place = wheel.get_rect(center=centre)
            picture.blit(wheel, place, special_flags=pygame.BLEND_PREMULTIPLIED)
        picture.blit(body, (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)
        return picture
