"""Cars on screen."""

from __future__ import annotations

import math

import numpy as np
import pygame
import pytest

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

    assert -36 <= left <= -28
    assert left + sprite.get_width() >= -left
    assert top + sprite.get_height() >= -top


def test_braking_lights_up_behind(sprites: CarSprites) -> None:
    """Brake lights redden the pixels at the car's rear, and only there."""
    dark, bright = pygame.Surface((100, 100)), pygame.Surface((100, 100))
    for surface, braking in ((dark, False), (bright, True)):
        surface.fblits(sprites.place(3, 50, 50, 0.0, braking=braking), pygame.BLEND_PREMULTIPLIED)
    change = pygame.surfarray.array3d(bright).astype(int) - pygame.surfarray.array3d(dark)

    assert change[:30, :, 0].max() > 60
    assert np.abs(change[60:]).max() == 0


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
    shares = list(CarSprites().warm_up([0]))

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_all_screens_share_their_sprites() -> None:
    """What the menu warmed up, the race need not make again."""
    assert shared_sprites() is shared_sprites(False) is shared_sprites(safe=False)
