"""The names above cars: beside each other, never one over another.

Nearest to the car in the middle first; a name that finds no room is left out.

Units: pixels of the window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pygame

from car import Car
from protocol import CarFlag
from race_state import SeenCar
from screens import theme
from screens.camera import Frame
from screens.hud_parts import ink_on

TAG_ABOVE = 30
"""From the car's middle to the nearer edge of its name."""
BODY_KEPT_FREE = 34
MOVED_MAX = 3
KEPT_MAX = 64
SIZE = 15

CARETAKER = CarFlag.CARETAKER.value

Names = Callable[[int], str]
Placed = tuple[pygame.Surface, tuple[float, float]]

_kept: dict[tuple[str, int, bool, bool, int], pygame.Surface] = {}


def forget_tags() -> None:
    """Let all names be drawn again."""
    _kept.clear()


def tag_blits(
    frame: Frame,
    cars: Sequence[SeenCar],
    looked_at: SeenCar,
    names: Names,
    *,
    safe: bool,
    own: bool = False,
    covered: Sequence[pygame.Rect] = (),
    ghosts: Sequence[tuple[str, Car]] = (),
) -> list[Placed]:
    """Return the blits of the names of all others.

    Args:
        own: whether the car in the middle has its name too, as for who watches.
        covered: where instruments are, and no name need be.
        ghosts: recorded laps that drive along.
    """
    area = pygame.Rect((0, 0), frame.size)
    size = max(14, round(SIZE * theme.scale_for(area.size)))
    middle = looked_at.car
    # Names keep off cars as well as off each other.
    taken = [_body_rect(one.car, frame) for one in cars] + list(covered)
    blits: list[Placed] = []
    wanted = [
        (one.car, _tag(names(one.slot), one.slot, bool(one.flags.value & CARETAKER), safe, size))
        for one in cars
        if own or not one.is_me
    ]
    wanted += [(car, _tag(name, -1, False, safe, size)) for name, car in ghosts]
    for car, tag in sorted(
        wanted, key=lambda one: math.dist((one[0].x, one[0].y), (middle.x, middle.y))
    ):
        x, y = frame.at(car.x, car.y)
        if not area.collidepoint(x, y):
            continue
        place = free_place(tag.get_size(), (x, y), taken)
        # A name without room is left out; the standings still have it.
        if place is not None:
            taken.append(place)
            blits.append((tag, place.topleft))
    return blits


def free_place(
    size: tuple[int, int], at: tuple[float, float], taken: Sequence[pygame.Rect]
) -> pygame.Rect | None:
    """Return the nearest free place above or below a point, or None."""
    above, below = pygame.Rect((0, 0), size), pygame.Rect((0, 0), size)
    above.midbottom = round(at[0]), round(at[1]) - TAG_ABOVE
    below.midtop = round(at[0]), round(at[1]) + TAG_ABOVE
    tries = [above, below]
    for step in range(1, MOVED_MAX + 1):
        shift = (size[1] + 2) * step
        tries += [above.move(0, -shift), below.move(0, shift)]
    return next((rect for rect in tries if rect.collidelist(list(taken)) < 0), None)


def _body_rect(car: Car, frame: Frame) -> pygame.Rect:
    """Return a square on the middle of a car, where no name should lie."""
    rect = pygame.Rect(0, 0, BODY_KEPT_FREE, BODY_KEPT_FREE)
    x, y = frame.at(car.x, car.y)
    rect.center = round(x), round(y)
    return rect


def _tag(name: str, slot: int, away: bool, safe: bool, size: int) -> pygame.Surface:
    # Its parts are premultiplied already; the theme's cache would do it again.
    key = name, slot, away, safe, size
    found = _kept.get(key)
    if found is None:
        if len(_kept) > KEPT_MAX:
            _kept.clear()
        found = _kept[key] = _draw_tag(name, slot, away, safe, size)
    return found


def _draw_tag(name: str, slot: int, away: bool, safe: bool, size: int) -> pygame.Surface:
    # The mark stays however long the name is.
    shown = theme.shortened(name, size, size * (6 if away else 9)) + " (away)" * away
    height = round(size * 1.36)
    middle = height // 2
    ghost = slot < 0
    dot = 0 if ghost else round(size * 0.9)
    width = theme.text_width(shown, size) + 2 * middle + dot
    tag = pygame.Surface((width, height), pygame.SRCALPHA)
    theme.panel(tag, tag.get_rect(), alpha=96 if ghost else 158, radius=middle)
    colour = theme.WARN if away else theme.TEXT_SOFT if ghost else theme.TEXT
    if not ghost:
        # The car's number in its colour: colour alone is not for everyone.
        face = theme.car_colour(slot, safe)
        box = pygame.Rect(0, 0, dot, dot)
        box.midleft = max(3, middle // 2), middle
        pygame.draw.rect(tag, face, box, border_radius=3)
        theme.text(
            tag, str(slot + 1), round(size * 0.86), ink_on(face), box.center,
            theme.Weight.BOLD, "center",
        )  # fmt: skip
    theme.text(tag, shown, size, colour, (middle + dot, middle), anchor="midleft")
    return tag
