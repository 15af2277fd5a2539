"""What other drivers may be doing: a guess from how their cars are seen.

A snapshot tells where a car is and how its wheels stand, not what is asked of
it next. For a quarter of a second it goes on as it is; then it follows the
road; and who has not been heard of for longer is taken to slow down. Nothing
here moves a car.

Units: ticks of 1/60 s; metres, m/s, radians.
"""

from __future__ import annotations

import math

from car import TAU, TUNINGS, Car, CarInput, hand_of, steer_limit
from protocol import CarFlag, CarRecord
from track import Track

BRAKE_GUESSED = 0.2
"""A snapshot tells that a driver brakes, not how hard; caretakers brake lightly."""
HANDS_HELD_TICKS = 14
"""So long the hands stay as they are: measured with bots, that is best up to here."""
ROAD_FROM_TICKS = 26
"""From here on, the road alone is followed."""
SLOWS_FROM_TICKS = 28
SLOWING = 0.3
"""How hard who is not heard of brakes, of what brakes can do."""
LOOK_S, LOOK_M = 0.35, 4.0
"""Who follows a road looks so far ahead along it."""
ROAD_SPEED_MIN = 3.0


def guess_wishes(record: CarRecord) -> CarInput:
    """Return what the driver of a car may be doing, as far as a snapshot tells."""
    return CarInput(
        throttle=record.throttle / 255,
        brake=BRAKE_GUESSED if record.flags & CarFlag.BRAKING else 0.0,
        steering=hand_of(record.car),
        handbrake=bool(record.flags & CarFlag.HANDBRAKE),
        engine=record.car.engine_on,
        nitro=bool(record.flags & CarFlag.NITRO),
    )


def guess_later(seen: CarInput, age: int, car: Car, hint: int, track: Track) -> CarInput:
    """Return what a driver may be doing so many ticks after being seen.

    Args:
        seen: the guess for the moment that was seen.
        car: where the car has got to.
        hint: its nearest sample of the centreline.
    """
    if age <= HANDS_HELD_TICKS:
        return seen
    road = steer_along(track, car, hint)
    share = min(1.0, (age - HANDS_HELD_TICKS) / (ROAD_FROM_TICKS - HANDS_HELD_TICKS))
    steering = seen.steering + (road - seen.steering) * share
    if age <= SLOWS_FROM_TICKS:
        return CarInput(seen.throttle, seen.brake, steering, engine=seen.engine, nitro=seen.nitro)
    return CarInput(0.0, max(seen.brake, SLOWING), steering, engine=seen.engine)


def steer_along(track: Track, car: Car, hint: int) -> float:
    """Return how to hold the wheel, from -1 to 1, so that a car goes the way of the road."""
    speed = car.speed
    if speed < ROAD_SPEED_MIN:
        return 0.0
    tuning = TUNINGS[car.car_class]
    look = LOOK_M + speed * LOOK_S
    tx, ty = track.tangents_at((hint + int(look / track.spacing)) % track.count)
    bend = math.remainder(math.atan2(ty, tx) - math.atan2(car.vy, car.vx), TAU) / look
    # Geometry turns the wheels so far, and the tyres want some slip beside it.
    used = min(max(bend * speed * speed / (tuning.grip * tuning.gravity), -1.0), 1.0)
    angle = math.atan(bend * tuning.wheelbase) + 0.7 * tuning.steer_slip * used
    return min(max(angle / steer_limit(speed, tuning), -1.0), 1.0)
