"""The camera of a race."""

from __future__ import annotations

import pygame
import pytest

from screens.camera import LOOK_AHEAD_MAX, WIDER_MAX, Camera, Frame, draw_ground

WORLD = (400.0, 300.0)
VIEW = (1280, 720)


def middle_of(camera: Camera) -> tuple[float, float]:
    """Return the place, in metres, that a camera shows in its middle."""
    frame = camera.frame()
    return (frame.left + frame.width / 2) / 10, (frame.top + frame.height / 2) / 10


def test_camera_begins_at_the_car() -> None:
    """The first look is not a flight from the middle of the world."""
    camera = Camera(WORLD, VIEW)
    camera.follow(120.0, 90.0, 0.0, 0.0, 1 / 60)

    assert middle_of(camera) == pytest.approx((120.0, 90.0), abs=0.1)


def test_camera_looks_ahead_of_a_moving_car() -> None:
    """A driver sees more of the road ahead than behind."""
    camera = Camera(WORLD, VIEW)
    for step in range(120):
        camera.follow(100.0 + step * 0.5, 150.0, 30.0, 0.0, 1 / 60)

    assert middle_of(camera)[0] > 100.0 + 119 * 0.5 + 8.0


def test_lead_is_bounded() -> None:
    """However fast, the car stays in the picture."""
    camera = Camera(WORLD, VIEW)
    for _ in range(300):
        camera.follow(200.0, 150.0, 500.0, 0.0, 1 / 60)

    assert middle_of(camera)[0] - 200.0 <= LOOK_AHEAD_MAX + 0.1


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (400.0, 300.0), (-50.0, 900.0)])
def test_camera_stays_inside_the_world(x: float, y: float) -> None:
    """Nothing beyond the world's edge is shown."""
    camera = Camera(WORLD, VIEW)
    camera.follow(x, y, 0.0, 0.0, 1 / 60)
    frame = camera.frame()

    assert 0 <= frame.left <= 4000 - VIEW[0]
    assert 0 <= frame.top <= 3000 - VIEW[1]


def test_small_world_is_centred() -> None:
    """A world smaller than the window lies in its middle."""
    camera = Camera((100.0, 50.0), VIEW)
    camera.follow(10.0, 10.0, 0.0, 0.0, 1 / 60)

    assert camera.frame() == Frame((1000 - 1280) // 2, (500 - 720) // 2, *VIEW, VIEW)


def test_shake_fades() -> None:
    """A hit trembles for a moment only."""
    camera = Camera(WORLD, VIEW)
    camera.follow(200.0, 150.0, 0.0, 0.0, 1 / 60)
    still = camera.frame()
    camera.shake(1.0)
    for _ in range(120):
        camera.follow(200.0, 150.0, 0.0, 0.0, 1 / 60)

    assert camera.frame() == still


def test_path_does_not_depend_on_the_frame_rate() -> None:
    """Thirty pictures a second lead as far as sixty."""
    fast, slow = Camera(WORLD, VIEW), Camera(WORLD, VIEW)
    for camera in (fast, slow):
        camera.follow(200.0, 150.0, 0.0, 0.0, 1 / 60)
    for _ in range(60):
        fast.follow(200.0, 150.0, 20.0, 0.0, 1 / 60)
    for _ in range(30):
        slow.follow(200.0, 150.0, 20.0, 0.0, 1 / 30)

    assert fast.x == pytest.approx(slow.x)


def test_fast_car_sees_more_of_the_world() -> None:
    """The picture takes in more with speed, no more than it may, and eases into it."""
    camera = Camera(WORLD, VIEW)
    camera.follow(200.0, 150.0, 0.0, 0.0, 1 / 60)
    slow = camera.frame()
    camera.follow(200.0, 150.0, 80.0, 0.0, 1 / 60)
    soon = camera.frame()
    for _ in range(600):
        camera.follow(200.0, 150.0, 80.0, 0.0, 1 / 60)
    late = camera.frame()

    assert slow.width == VIEW[0] <= soon.width < VIEW[0] * 1.01
    assert late.width == pytest.approx(VIEW[0] * (1 + WIDER_MAX), rel=0.01)


def test_places_keep_to_the_ground_when_zoomed() -> None:
    """What is drawn at a place lies on the pixel of the ground that it stands on."""
    ground = pygame.Surface((4000, 3000))
    ground.fill("red", (1500, 1200, 20, 20))
    window = pygame.Surface(VIEW)
    frame = Frame(1000, 900, 1440, 810, VIEW)
    draw_ground(window, ground, frame)
    x, y = frame.at(151.0, 121.0)

    assert window.get_at((round(x), round(y)))[:3] == (255, 0, 0)
    assert window.get_at((round(x) + 14, round(y)))[:3] == (0, 0, 0)
    assert frame.holds(151.0, 121.0)
    assert not frame.holds(99.0, 121.0)
    assert frame.holds(99.0, 121.0, 40.0)
