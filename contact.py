"""Cars against walls and against each other: pushes, never a catapult.

For touching, a car is discs: one over each axle against walls, and one more
between them against cars, lest two cars lock into a cross. A wall takes the
speed into it and a little of the speed along it, so that a car scrapes; two
cars share an impulse and lose no momentum. Everything is done in place, within
one tick; the rules of who may touch whom are in `race.py`.

Source: impulse-based contact as in Chris Hecker, "Physics, Part 3: Collision
Response".

Units: metres, seconds; impulses for each kilogram, m/s.
"""

from __future__ import annotations

import math

from car import CAR_LENGTH, CAR_WIDTH, TUNING, Car, CarInput, quantise_car, step_car
from track import EDGE, Track

RADIUS = CAR_WIDTH / 2
AXLE = CAR_LENGTH / 2 - RADIUS
"""From the car's centre to that of the disc over an axle."""
ARMS = (AXLE, -AXLE, 0.0)
WALL_BOUNCE = 0.22
WALL_SCRAPE = 0.12
"""Friction along a wall, as a share of the impulse into it."""
CAR_BOUNCE = 0.2
TOUCH_DISTANCE = CAR_LENGTH + 0.2
"""Cars further apart than this cannot touch."""


def advance_car(car: Car, hint: int, wishes: CarInput, track: Track) -> tuple[int, float]:
    """Move one car by one tick on its track, in place, walls included.

    Server and client call this same function; contact between cars comes
    after it and is the server's.

    Args:
        hint: the car's nearest sample of the centreline a tick ago.

    Returns:
        The nearest sample now, and the impulse of the hardest wall hit.
    """
    step_car(car, wishes, track.surface_at(car.x, car.y))
    hardest = 0.0
    for axle in (AXLE, -AXLE):
        hardest = max(hardest, _off_walls(car, axle, track))
    if hardest > 0.0:
        quantise_car(car)
    return track.locate(car.x, car.y, hint).sample, hardest


def _off_walls(car: Car, axle: float, track: Track) -> float:
    """Push one disc of the car out of walls; return the impulse."""
    impulse = 0.0
    arm_x, arm_y = axle * math.cos(car.heading), axle * math.sin(car.heading)
    x, y = car.x + arm_x, car.y + arm_y
    for wall in track.near_walls(x, y):
        wx, wy = wall.bx - wall.ax, wall.by - wall.ay
        share = ((x - wall.ax) * wx + (y - wall.ay) * wy) / (wx * wx + wy * wy)
        share = min(max(share, 0.0), 1.0)
        nx, ny = x - wall.ax - share * wx, y - wall.ay - share * wy
        distance = math.hypot(nx, ny)
        if 1e-9 < distance < RADIUS:
            nx, ny = nx / distance, ny / distance
            impulse = max(impulse, _bounce(car, arm_x, arm_y, nx, ny, RADIUS - distance))
            x, y = car.x + arm_x, car.y + arm_y
    low_x, high_x = EDGE + RADIUS, track.width - EDGE - RADIUS
    low_y, high_y = EDGE + RADIUS, track.height - EDGE - RADIUS
    for deep, nx, ny in (
        (low_x - x, 1.0, 0.0),
        (x - high_x, -1.0, 0.0),
        (low_y - y, 0.0, 1.0),
        (y - high_y, 0.0, -1.0),
    ):
        if deep > 0.0:
            impulse = max(impulse, _bounce(car, arm_x, arm_y, nx, ny, deep))
    return impulse


def _bounce(car: Car, arm_x: float, arm_y: float, nx: float, ny: float, deep: float) -> float:
    """Take a car out of a wall whose normal is (nx, ny); return the impulse."""
    car.x += nx * deep
    car.y += ny * deep
    point_vx = car.vx - car.yaw_rate * arm_y
    point_vy = car.vy + car.yaw_rate * arm_x
    into = point_vx * nx + point_vy * ny
    if into >= 0.0:
        return 0.0
    turn = arm_x * ny - arm_y * nx
    push = -(1.0 + WALL_BOUNCE) * into / (1.0 + turn * turn / TUNING.gyration_squared)
    along = -point_vx * ny + point_vy * nx
    scrape = -math.copysign(min(abs(along), WALL_SCRAPE * push), along)
    jx, jy = push * nx - scrape * ny, push * ny + scrape * nx
    _kick(car, arm_x, arm_y, jx, jy)
    return push


def _kick(car: Car, arm_x: float, arm_y: float, jx: float, jy: float) -> None:
    car.vx += jx
    car.vy += jy
    car.yaw_rate += (arm_x * jy - arm_y * jx) / TUNING.gyration_squared


def overlapping(a: Car, b: Car) -> bool:
    """Whether two cars stand in each other."""
    if abs(a.x - b.x) > TOUCH_DISTANCE or abs(a.y - b.y) > TOUCH_DISTANCE:
        return False
    return any(
        math.hypot(bx - ax, by - ay) < 2 * RADIUS for ax, ay in _discs(a) for bx, by in _discs(b)
    )


def push_apart(a: Car, b: Car) -> float:
    """Separate two cars that touch, in place; return the impulse between them.

    Equal and opposite: what one loses in momentum the other gains.
    """
    if abs(a.x - b.x) > TOUCH_DISTANCE or abs(a.y - b.y) > TOUCH_DISTANCE:
        return 0.0
    hardest = 0.0
    touched = False
    cos_a, sin_a = math.cos(a.heading), math.sin(a.heading)
    cos_b, sin_b = math.cos(b.heading), math.sin(b.heading)
    for along_a in ARMS:
        for along_b in ARMS:
            arm_ax, arm_ay = along_a * cos_a, along_a * sin_a
            arm_bx, arm_by = along_b * cos_b, along_b * sin_b
            nx, ny = b.x + arm_bx - a.x - arm_ax, b.y + arm_by - a.y - arm_ay
            distance = math.hypot(nx, ny)
            if distance >= 2 * RADIUS:
                continue
            touched = True
            # Two cars put on one spot part sideways, the same way each time.
            nx, ny = (nx / distance, ny / distance) if distance > 1e-9 else (0.0, 1.0)
            deep = (2 * RADIUS - distance) / 2
            a.x, a.y = a.x - nx * deep, a.y - ny * deep
            b.x, b.y = b.x + nx * deep, b.y + ny * deep
            closing = (b.vx - b.yaw_rate * arm_by - a.vx + a.yaw_rate * arm_ay) * nx + (
                b.vy + b.yaw_rate * arm_bx - a.vy - a.yaw_rate * arm_ax
            ) * ny
            if closing >= 0.0:
                continue
            turn_a, turn_b = arm_ax * ny - arm_ay * nx, arm_bx * ny - arm_by * nx
            share = 2.0 + (turn_a * turn_a + turn_b * turn_b) / TUNING.gyration_squared
            push = -(1.0 + CAR_BOUNCE) * closing / share
            _kick(a, arm_ax, arm_ay, -push * nx, -push * ny)
            _kick(b, arm_bx, arm_by, push * nx, push * ny)
            hardest = max(hardest, push)
    if touched:
        quantise_car(a)
        quantise_car(b)
    return hardest


def _discs(car: Car) -> list[tuple[float, float]]:
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    return [(car.x + arm * cos, car.y + arm * sin) for arm in ARMS]
