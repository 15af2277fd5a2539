"""Cars on screen: every livery and class at 192 angles, made once and kept.

Turning a car while drawing takes twenty times as long as blitting one that
was turned before. `warm_up` fills the cache bit by bit for a loading screen;
what is missing later is made when first asked for. All surfaces have
premultiplied alpha. Shadows are apart from the cars, see `shadows.py`.

Units: radians for angles; pixels for sprites.
"""

from __future__ import annotations

import functools
import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator

import pygame

from car import CAR_LENGTH, CarClass
from paint.canvas import shadow_of
from paint.car_shapes import SHAPES
from paint.cars import (
    FLAME_LENGTHS,
    LENGTH,
    LIVERIES,
    SCALE,
    draw_brake_glow,
    draw_car,
    draw_damage,
    draw_flame,
    draw_front_wheel,
    livery,
)
from screens.camera import PX_A_METRE

ANGLES = 192
SPRITE_LENGTH = CAR_LENGTH * 1.1
"""A car looks a little larger than it collides."""
UNIT_PX = SPRITE_LENGTH * PX_A_METRE / LENGTH
SUN_SHADOW = (5, 7)
SUN_STRENGTH, AMBIENT_STRENGTH = 125, 110
GHOST_ALPHA = 130
NIGHT_TINT = (150, 158, 182, 255)
"""What the dark leaves of a car's colours."""
BODIES_KEPT_MAX = 10
"""Of slots and classes together; each is some two megabytes."""
HURT_FROM, BADLY_HURT_FROM = 30, 60
"""Damage that is to be seen, and damage that nobody overlooks."""

Placed = tuple[pygame.Surface, tuple[float, float]]


def angle_index(heading: float) -> int:
    """Return which of the kept angles is nearest."""
    return round(heading / math.tau * ANGLES) % ANGLES


class Turned:
    """One drawing at every angle it was asked for, cropped."""

    def __init__(
        self, master: pygame.Surface, tint: tuple[int, int, int, int] | None = None
    ) -> None:
        # Halve first: turning straight from four times the size aliases.
        half = master.get_width() * 2 // SCALE, master.get_height() * 2 // SCALE
        # Premultiply before that: or hidden colours would leak into the edges.
        self.master = pygame.transform.smoothscale(master.premul_alpha(), half)
        if tint is not None:
            self.master.fill(tint, special_flags=pygame.BLEND_RGBA_MULT)
        self._kept: dict[tuple[int, bool], Placed] = {}

    def has(self, index: int) -> bool:
        """Whether the drawing was made at an angle."""
        return (index, False) in self._kept

    def at(self, index: int, ghost: bool = False) -> Placed:
        """Return the sprite and where its corner lies from the car's middle."""
        found = self._kept.get((index, ghost))
        if found is None:
            found = self._kept[index, ghost] = self._make(index, ghost)
        return found

    def scaled(self, heading: float, scale: float) -> pygame.Surface:
        """Return the drawing at any angle and size; not kept."""
        return pygame.transform.rotozoom(self.master, -math.degrees(heading), scale)

    def _make(self, index: int, ghost: bool) -> Placed:
        body = pygame.transform.rotozoom(self.master, -index * 360 / ANGLES, UNIT_PX / 2)
        area = body.get_bounding_rect()
        sprite = body.subsurface(area).copy()
        if ghost:
            veil = (GHOST_ALPHA, GHOST_ALPHA, GHOST_ALPHA, GHOST_ALPHA)
            sprite.fill(veil, special_flags=pygame.BLEND_RGBA_MULT)
        middle = body.get_rect().center
        return sprite, (area.left - middle[0], area.top - middle[1])


class _Shadow(Turned):
    """A car's shadow: what the sky does not reach, and what the sun does not."""

    def __init__(self, master: pygame.Surface) -> None:
        super().__init__(master)
        self._dark = shadow_of(self.master, 4, 1.0)

    def _make(self, index: int, ghost: bool) -> Placed:
        dark = pygame.transform.rotozoom(self._dark, -index * 360 / ANGLES, UNIT_PX / 2)
        canvas = pygame.Surface((dark.get_width() + 16, dark.get_height() + 16), pygame.SRCALPHA)
        middle = canvas.get_width() // 2, canvas.get_height() // 2
        for shift, strength in ((SUN_SHADOW, SUN_STRENGTH), ((0, 0), AMBIENT_STRENGTH)):
            part = dark.copy()
            part.fill((0, 0, 0, strength), special_flags=pygame.BLEND_RGBA_MULT)
            centre = middle[0] + shift[0], middle[1] + shift[1]
            # The darker one counts: two shadows are no night.
            canvas.blit(part, part.get_rect(center=centre), special_flags=pygame.BLEND_RGBA_MAX)
        area = canvas.get_bounding_rect()
        return canvas.subsurface(area).copy(), (area.left - middle[0], area.top - middle[1])


class _Make:
    """What all cars of a class have in common."""

    def __init__(self, car_class: CarClass, night: bool) -> None:
        tint = NIGHT_TINT if night else None
        self.shape = SHAPES[car_class]
        self.wheel = Turned(draw_front_wheel(car_class), tint)
        self.glow = Turned(draw_brake_glow(car_class))
        self.shadow = _Shadow(draw_car(LIVERIES[0], 1, car_class))
        self.damage = [Turned(draw_damage(car_class, level)) for level in (1, 2)]


def shared_sprites(safe: bool = False, night: bool = False) -> CarSprites:
    """Return the one set of sprites that all screens share.

    Warm it up early, in a menu or a lobby: the race then begins at once.
    """
    return _sprites(safe, night)


@functools.lru_cache(maxsize=1)
def _sprites(safe: bool, night: bool) -> CarSprites:
    return CarSprites(safe, night)


class CarSprites:
    """The cars of all slots, their front wheels, lights, flames and scratches."""

    def __init__(self, safe: bool = False, night: bool = False) -> None:
        """Make ready to draw; `safe` picks colours for colour-blind eyes."""
        self._safe, self._night = safe, night
        self._bodies: OrderedDict[tuple[int, CarClass], Turned] = OrderedDict()
        self._makes: dict[CarClass, _Make] = {}
        self._flames = [Turned(draw_flame(length)) for length in FLAME_LENGTHS]

    def warm_up(self, cars: Iterable[tuple[int, CarClass]] | None = None) -> Iterator[float]:
        """Make all sprites of these slots and classes, a few a step; yield the share done."""
        wanted = [(slot, CarClass.TOURING) for slot in range(8)] if cars is None else list(cars)
        for index in range(ANGLES):
            for slot, car_class in wanted:
                make = self._make(car_class)
                for part in (make.wheel, make.glow, make.shadow, self._body(slot, car_class)):
                    part.at(index)
            yield (index + 1) / ANGLES

    def prepare(self, cars: Iterable[tuple[int, CarClass]], most: int) -> int:
        """Make a few sprites that are still missing; return how many were made."""
        made = 0
        for slot, car_class in cars:
            make = self._make(car_class)
            for part in (self._body(slot, car_class), make.shadow, make.wheel, make.glow):
                for index in range(ANGLES):
                    if not part.has(index):
                        part.at(index)
                        made += 1
                        if made >= most:
                            return made
        return made

    def _make(self, car_class: CarClass) -> _Make:
        found = self._makes.get(car_class)
        if found is None:
            found = self._makes[car_class] = _Make(car_class, self._night)
        return found

    def _body(self, slot: int, car_class: CarClass) -> Turned:
        key = slot % len(LIVERIES), car_class
        found = self._bodies.get(key)
        if found is None:
            picture = draw_car(livery(slot, self._safe), key[0] + 1, car_class)
            found = self._bodies[key] = Turned(picture, NIGHT_TINT if self._night else None)
            if len(self._bodies) > BODIES_KEPT_MAX:
                self._bodies.popitem(last=False)
        else:
            self._bodies.move_to_end(key)
        return found

    def body(
        self,
        slot: int,
        heading: float,
        ghost: bool = False,
        car_class: CarClass = CarClass.TOURING,
    ) -> Placed:
        """Return a car without its shadow, and its corner from the car's middle."""
        return self._body(slot, car_class).at(angle_index(heading), ghost)

    def shadow(self, heading: float, car_class: CarClass = CarClass.TOURING) -> Placed:
        """Return the shadow of a car, and its corner from the car's middle."""
        return self._make(car_class).shadow.at(angle_index(heading))

    def place(
        self,
        slot: int,
        x_px: float,
        y_px: float,
        heading: float,
        steer: float = 0.0,
        *,
        car_class: CarClass = CarClass.TOURING,
        braking: bool = False,
        ghost: bool = False,
        damage: int = 0,
        flame: int | None = None,
        shadow: bool = True,
    ) -> list[Placed]:
        """Return the blits of a car whose middle is at a point of the screen.

        Args:
            steer: how far the front wheels are turned, radians.
            damage: percent.
            flame: which flicker of burning nitro; None for none.
            shadow: whether the car brings its own shadow.
        """
        make, index = self._make(car_class), angle_index(heading)
        cos, sin = math.cos(heading), math.sin(heading)
        blits: list[Placed] = []

        def put(placed: Placed, ahead: float = 0.0, aside: float = 0.0) -> None:
            picture, (left, top) = placed
            x = x_px + (cos * ahead - sin * aside) * UNIT_PX + left
            y = y_px + (sin * ahead + cos * aside) * UNIT_PX + top
            blits.append((picture, (round(x), round(y))))

        if shadow and not ghost:
            put(make.shadow.at(index))
        if flame is not None and not ghost:
            put(self._flames[flame % len(self._flames)].at(index), make.shape.tail[0])
        wheel = make.wheel.at(angle_index(heading + steer), ghost)
        for side in (-1.0, 1.0):
            put(wheel, make.shape.front[0], make.shape.front[1] * side)
        put(self._body(slot, car_class).at(index, ghost))
        if damage >= HURT_FROM:
            put(make.damage[damage >= BADLY_HURT_FROM].at(index, ghost))
        if braking and not ghost:
            put(make.glow.at(index))
        elif self._night and not ghost:
            # Tail lamps: half as bright.
            put(make.glow.at(index, True))
        return blits

    def portrait(
        self, slot: int, heading: float, scale: float, car_class: CarClass = CarClass.TOURING
    ) -> pygame.Surface:
        """Return a car at another size, for menus; not kept."""
        make = self._make(car_class)
        body = self._body(slot, car_class).scaled(heading, UNIT_PX / 2 * scale)
        wheel = make.wheel.scaled(heading, UNIT_PX / 2 * scale)
        picture = pygame.Surface(body.get_size(), pygame.SRCALPHA)
        x, y = body.get_width() / 2, body.get_height() / 2
        cos, sin = math.cos(heading), math.sin(heading)
        ahead, aside = (length * UNIT_PX * scale for length in make.shape.front)
        for side in (-aside, aside):
            centre = round(x + cos * ahead - sin * side), round(y + sin * ahead + cos * side)
            place = wheel.get_rect(center=centre)
            picture.blit(wheel, place, special_flags=pygame.BLEND_PREMULTIPLIED)
        picture.blit(body, (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)
        return picture
