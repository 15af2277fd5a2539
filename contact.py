"""Cars against walls and against each other: pushes, never a catapult.

For touching, a car is discs: one over each axle against walls, and one more
between them against cars, lest two cars lock into a cross. A wall takes the
speed into it and a little of the speed along it, so that a car scrapes; two
cars share an impulse by their masses and lose no momentum. A touch ends a
clean drift; a hard one may do damage. Everything is done in place, within one
tick; the rules of who may touch whom are in `race.py`.

Source: impulse-based contact as in Chris Hecker, "Physics, Part 3: Collision
Response".

Units: metres, seconds; impulses in m/s: by how much they change the speed of
a touring car.
"""

from __future__ import annotations

import math
from typing import Final

from mypy_extensions import i64

from car import CAR_LENGTH, CAR_WIDTH, DAMAGE_MAX, TUNINGS, Car, CarInput, quantise_car, step_car
from track import EDGE, Track, Wall

RADIUS: Final = CAR_WIDTH / 2
AXLE: Final = CAR_LENGTH / 2 - RADIUS
"""From the car's centre to that of the disc over an axle."""
ARMS: Final[tuple[float, ...]] = (AXLE, -AXLE, 0.0)
WALL_BOUNCE: Final = 0.22
WALL_SCRAPE: Final = 0.1
"""Friction along a wall, as a share of the impulse into it."""
CAR_BOUNCE: Final = 0.2
TOUCH_DISTANCE: Final = CAR_LENGTH + 0.2
"""Cars further apart than this cannot touch."""
TOUCH_SQUARE: Final = 4.0 * RADIUS * RADIUS
"""Of the distance between the middles of two discs that touch."""
APART: Final = 2.0 * RADIUS + 0.001
"""Discs whose middles are further apart do not touch, whatever was rounded."""
REACH: Final = AXLE + RADIUS
"""From the car's centre to what it can touch."""
BORDER: Final = EDGE + REACH
"""A car whose middle is so far inside the world cannot touch its border."""
UNHARMED_SPEED: Final = 6.0
"""A change of speed below this does no damage."""
DAMAGE_A_SPEED: Final = 1.6
"""Percent for each m/s above it."""


def damage_of(impulse: float) -> int:
    """Return what a sudden change of speed costs a car that may be damaged, percent."""
    return max(0, min(DAMAGE_MAX, round((impulse - UNHARMED_SPEED) * DAMAGE_A_SPEED)))


def advance_car(
    car: Car, hint: int, wishes: CarInput, track: Track, *, fragile: bool = False
) -> tuple[int, float]:
    """Move one car by one tick on its track, in place, walls included.

    Server and client call this same function; contact between cars comes
    after it and is the server's.

    Args:
        hint: the car's nearest sample of the centreline a tick ago.
        fragile: whether hard hits do damage.

    Returns:
        The nearest sample now, and by how much the hardest wall hit changed the speed.
    """
    step_car(car, wishes, track.surface_at(car.x, car.y))
    x, y = car.x, car.y
    hardest = 0.0
    # The walls near its middle are all that either end can reach.
    for wall in track.near_walls(x, y):
        hardest = max(hardest, _off_wall(car, wall))
    if not (BORDER < x < track.width - BORDER and BORDER < y < track.height - BORDER):
        hardest = max(hardest, _off_border(car, track))
    if hardest > 0.0:
        _knock(car, hardest, fragile=fragile)
        quantise_car(car)
    return track.nearest_sample(car.x, car.y, hint), hardest


def _knock(car: Car, impulse: float, *, fragile: bool) -> None:
    """Note on a car what a sudden change of its speed does to it."""
    car.charge_ticks = 0
    if fragile:
        car.damage = min(DAMAGE_MAX, car.damage + damage_of(impulse))


def _off_wall(car: Car, wall: Wall) -> float:
    """Push a car out of a wall; return the impulse."""
    ax, ay = wall.ax, wall.ay
    wx, wy = wall.bx - ax, wall.by - ay
    square = wx * wx + wy * wy
    # Most walls are not touched: that is seen from the middle of the car.
    x, y = car.x - ax, car.y - ay
    across = x * wy - y * wx
    if across * across > REACH * REACH * square:
        return 0.0
    impulse = 0.0
    for axle in (AXLE, -AXLE):
        arm_x, arm_y = axle * math.cos(car.heading), axle * math.sin(car.heading)
        x, y = car.x + arm_x - ax, car.y + arm_y - ay
        share = min(max((x * wx + y * wy) / square, 0.0), 1.0)
        nx, ny = x - share * wx, y - share * wy
        distance = math.sqrt(nx * nx + ny * ny)
        if 1e-9 < distance < RADIUS:
            deep = RADIUS - distance
            push = _bounce(car, arm_x, arm_y, nx / distance, ny / distance, deep)
            impulse = max(impulse, push)
    return impulse


def _off_border(car: Car, track: Track) -> float:
    """Keep a car inside the world; return the impulse."""
    impulse = 0.0
    for axle in (AXLE, -AXLE):
        arm_x, arm_y = axle * math.cos(car.heading), axle * math.sin(car.heading)
        x, y = car.x + arm_x, car.y + arm_y
        for deep, nx, ny in (
            (EDGE + RADIUS - x, 1.0, 0.0),
            (x - track.width + EDGE + RADIUS, -1.0, 0.0),
            (EDGE + RADIUS - y, 0.0, 1.0),
            (y - track.height + EDGE + RADIUS, 0.0, -1.0),
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
    gyration = TUNINGS[car.car_class].gyration_squared
    push = -(1.0 + WALL_BOUNCE) * into / (1.0 + turn * turn / gyration)
    along = -point_vx * ny + point_vy * nx
    scrape = -math.copysign(min(abs(along), WALL_SCRAPE * push), along)
    _kick(car, arm_x, arm_y, push * nx - scrape * ny, push * ny + scrape * nx)
    return push


def _kick(car: Car, arm_x: float, arm_y: float, change_x: float, change_y: float) -> None:
    """Change a car's speed from a point of it."""
    car.vx += change_x
    car.vy += change_y
    turn = arm_x * change_y - arm_y * change_x
    car.yaw_rate += turn / TUNINGS[car.car_class].gyration_squared


def overlapping(a: Car, b: Car) -> bool:
    """Whether two cars stand in each other."""
    if abs(a.x - b.x) > TOUCH_DISTANCE or abs(a.y - b.y) > TOUCH_DISTANCE:
        return False
    return any(
        math.hypot(bx - ax, by - ay) < 2 * RADIUS for ax, ay in _discs(a) for bx, by in _discs(b)
    )


def near_pairs(cars: list[Car]) -> list[tuple[int, int]]:
    """Return the numbers of the cars that may touch, two by two, in order.

    Each is held against each: a race has eight cars, and sorting them by place
    first takes longer than the 28 looks.
    """
    pairs: list[tuple[int, int]] = []
    reach, count = TOUCH_DISTANCE, i64(len(cars))
    for one in range(count):
        x, y = cars[one].x, cars[one].y
        for other in range(one + 1, count):
            if -reach <= cars[other].x - x <= reach and -reach < cars[other].y - y < reach:
                pairs.append((one, other))
    return pairs


def push_apart(a: Car, b: Car, *, fragile: bool = False) -> float:
    """Separate two cars that touch, in place; return the impulse between them.

    Equal and opposite: what one loses in momentum the other gains, and the
    lighter one moves more.

    Args:
        fragile: whether hard hits do damage.
    """
    dx, dy = b.x - a.x, b.y - a.y
    if dx * dx + dy * dy > TOUCH_DISTANCE * TOUCH_DISTANCE:
        return 0.0
    cos_a, sin_a = math.cos(a.heading), math.sin(a.heading)
    cos_b, sin_b = math.cos(b.heading), math.sin(b.heading)
    # Most pass each other by: across the one or along it, there is room between them.
    room = abs(dy * cos_a - dx * sin_a) - AXLE * abs(cos_a * sin_b - sin_a * cos_b)
    if room > APART:
        return 0.0
    room = abs(dx * cos_a + dy * sin_a) - AXLE * abs(cos_a * cos_b + sin_a * sin_b)
    if room > APART + AXLE:
        return 0.0
    hardest = 0.0
    touched = False
    tuning_a, tuning_b = TUNINGS[a.car_class], TUNINGS[b.car_class]
    mass_a, mass_b = tuning_a.mass, tuning_b.mass
    share_a = mass_b / (mass_a + mass_b)
    inertia_a = mass_a * tuning_a.gyration_squared
    inertia_b = mass_b * tuning_b.gyration_squared
    arms_b = [(along_b * cos_b, along_b * sin_b) for along_b in ARMS]
    for along_a in ARMS:
        arm_ax, arm_ay = along_a * cos_a, along_a * sin_a
        for arm_bx, arm_by in arms_b:
            nx, ny = b.x + arm_bx - a.x - arm_ax, b.y + arm_by - a.y - arm_ay
            square = nx * nx + ny * ny
            if square >= TOUCH_SQUARE:
                continue
            touched = True
            distance = math.sqrt(square)
            # Two cars put on one spot part sideways, the same way each time.
            nx, ny = (nx / distance, ny / distance) if distance > 1e-9 else (0.0, 1.0)
            deep = 2.0 * RADIUS - distance
            deep_a, deep_b = deep * share_a, deep * (1.0 - share_a)
            a.x, a.y = a.x - nx * deep_a, a.y - ny * deep_a
            b.x, b.y = b.x + nx * deep_b, b.y + ny * deep_b
            closing = (b.vx - b.yaw_rate * arm_by - a.vx + a.yaw_rate * arm_ay) * nx + (
                b.vy + b.yaw_rate * arm_bx - a.vy - a.yaw_rate * arm_ax
            ) * ny
            if closing >= 0.0:
                continue
            turn_a, turn_b = arm_ax * ny - arm_ay * nx, arm_bx * ny - arm_by * nx
            give = 1.0 / mass_a + 1.0 / mass_b
            give += turn_a * turn_a / inertia_a + turn_b * turn_b / inertia_b
            push = -(1.0 + CAR_BOUNCE) * closing / give
            change_a, change_b = push / mass_a, push / mass_b
            _kick(a, arm_ax, arm_ay, -change_a * nx, -change_a * ny)
            _kick(b, arm_bx, arm_by, change_b * nx, change_b * ny)
            hardest = max(hardest, push)
    if touched:
        _knock(a, hardest / mass_a, fragile=fragile)
        _knock(b, hardest / mass_b, fragile=fragile)
        quantise_car(a)
        quantise_car(b)
    return hardest


def _discs(car: Car) -> list[tuple[float, float]]:
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    return [(car.x + arm * cos, car.y + arm * sin) for arm in ARMS]
