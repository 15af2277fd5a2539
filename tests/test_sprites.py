"""Cars on screen."""

from __future__ import annotations

import math

import numpy as np
import pygame
import pytest

from car import CarClass
from paint.cars import LIVERIES, livery
from screens.sprites import ANGLES, CarSprites, angle_index, shared_sprites


@pytest.fixture(scope="module")
def sprites() -> CarSprites:
    """Return the pictures of all cars, baked once."""
    return CarSprites()


@pytest.mark.parametrize("heading", [-math.pi, -1e-9, 0.0, math.pi, 3 * math.tau + 0.01])
def test_every_heading_has_an_angle(heading: float) -> None:
    """Headings wrap round."""
    assert 0 <= angle_index(heading) < ANGLES


def test_nearest_angle_is_taken() -> None:
    """A car is never drawn more than half a step askew."""
    step = math.tau / ANGLES

    assert angle_index(0.49 * step) == 0
    assert angle_index(0.51 * step) == 1
    assert angle_index(-0.51 * step) == ANGLES - 1


def test_sprite_is_kept(sprites: CarSprites) -> None:
    """The same car at the same angle is the same surface."""
    assert sprites.body(3, 1.0)[0] is sprites.body(3, 1.0)[0]


def test_liveries_differ(sprites: CarSprites) -> None:
    """Eight cars can be told apart by their mean colour."""
    means = [pygame.transform.average_color(sprites.body(slot, 0.0)[0])[:3] for slot in range(8)]

    assert len({tuple(mean) for mean in means}) == len(LIVERIES) == 8


def test_colours_for_colour_blind_eyes_differ_too() -> None:
    """The safe set has eight bodies of its own."""
    assert len({livery(slot, safe=True).body for slot in range(8)}) == 8


def test_sprite_is_premultiplied(sprites: CarSprites) -> None:
    """No colour exceeds its alpha: edges neither glow nor darken."""
    sprite, _ = sprites.body(0, 0.7)
    colours = pygame.surfarray.array3d(sprite).max(2).astype(int)

    assert (colours <= pygame.surfarray.array_alpha(sprite).astype(int) + 1).all()


def test_body_lies_round_the_middle(sprites: CarSprites) -> None:
    """The car's middle is where the race says; its shadow falls down and right."""
    sprite, (left, top) = sprites.body(0, 0.0)
    shadow, (dark_left, dark_top) = sprites.shadow(0.0)

    assert -36 <= left <= -28
    assert left + sprite.get_width() == pytest.approx(-left, abs=4)
    assert dark_left + shadow.get_width() > left + sprite.get_width()
    assert dark_top + shadow.get_height() > top + sprite.get_height()


def test_braking_lights_up_behind(sprites: CarSprites) -> None:
    """Brake lights redden the pixels at the car's rear, and only there."""
    dark, bright = pygame.Surface((100, 100)), pygame.Surface((100, 100))
    for surface, braking in ((dark, False), (bright, True)):
        surface.fblits(sprites.place(3, 50, 50, 0.0, braking=braking), pygame.BLEND_PREMULTIPLIED)
    change = pygame.surfarray.array3d(bright).astype(int) - pygame.surfarray.array3d(dark)

    assert change[:30, :, 0].max() > 60
    assert np.abs(change[60:]).max() == 0


def test_classes_differ_in_shape(sprites: CarSprites) -> None:
    """The light car covers the least ground, the muscle car the most; all fit about one box."""
    bodies = [sprites.body(0, 0.0, car_class=one)[0] for one in CarClass]
    areas = [pygame.mask.from_surface(body).count() for body in bodies]

    assert areas[0] * 1.2 < areas[1]
    assert areas[1] * 1.1 < areas[2]
    assert max(body.get_width() for body in bodies) < 1.2 * min(body.get_width() for body in bodies)


def test_damage_is_seen_from_a_third_on(sprites: CarSprites) -> None:
    """A scratch is no news; a wreck is."""
    parts = [len(sprites.place(0, 50, 50, 0.0, damage=percent)) for percent in (0, 20, 40, 90)]
    hurt, wreck = (sprites.place(0, 50, 50, 0.0, damage=percent)[-1][0] for percent in (40, 90))

    assert parts == [4, 4, 5, 5]
    assert pygame.mask.from_surface(wreck, 40).count() > pygame.mask.from_surface(hurt, 40).count()


def test_flame_stands_behind_the_car(sprites: CarSprites) -> None:
    """Burning nitro lights up what is behind the car, and flickers."""
    pictures = []
    for flame in (None, 0, 1):
        surface = pygame.Surface((160, 100))
        surface.fblits(sprites.place(0, 100, 50, 0.0, flame=flame), pygame.BLEND_PREMULTIPLIED)
        pictures.append(pygame.surfarray.array3d(surface).astype(int))
    change = pictures[1] - pictures[0]

    assert change[45:66, :, 2].max() > 60
    assert np.abs(change[110:]).max() == 0
    assert (pictures[1] != pictures[2]).any()


def test_missing_sprites_are_made_bit_by_bit() -> None:
    """A picture of the countdown makes a few, until none is missing."""
    sprites = CarSprites()
    made = [sprites.prepare([(2, CarClass.MUSCLE)], 200) for _ in range(5)]

    assert made == [200, 200, 200, 168, 0]


def test_night_darkens_cars() -> None:
    """Nobody shines in the dark but by lamps."""
    day, night = (CarSprites(night=dark).body(6, 0.0)[0] for dark in (False, True))

    assert sum(pygame.transform.average_color(night)[:3]) < 0.7 * sum(
        pygame.transform.average_color(day)[:3]
    )


def test_front_wheels_steer(sprites: CarSprites) -> None:
    """A turned wheel is to be seen."""
    straight, turned = pygame.Surface((100, 100)), pygame.Surface((100, 100))
    for surface, steer in ((straight, 0.0), (turned, 0.4)):
        surface.fill("white")
        surface.fblits(sprites.place(0, 50, 50, 0.0, steer), pygame.BLEND_PREMULTIPLIED)
    change = pygame.surfarray.array3d(turned).astype(int) - pygame.surfarray.array3d(straight)

    assert np.abs(change[60:]).max() > 30
    assert np.abs(change[:50]).max() == 0


def test_ghost_is_fainter(sprites: CarSprites) -> None:
    """A car that touches nobody can be seen through."""
    solid = pygame.surfarray.array_alpha(sprites.body(1, 0.0)[0]).max()
    ghost = pygame.surfarray.array_alpha(sprites.body(1, 0.0, ghost=True)[0]).max()

    assert ghost < 0.6 * solid


def test_warm_up_reports_its_share() -> None:
    """The bar of the loading screen grows and ends at one."""
    shares = list(CarSprites().warm_up([(0, CarClass.LIGHT)]))

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_all_screens_share_their_sprites() -> None:
    """What the menu warmed up, the race need not make again."""
    assert shared_sprites() is shared_sprites(False) is shared_sprites(safe=False)
