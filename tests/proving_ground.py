"""Where cars are put through their paces: manoeuvres, and drivers that know no tricks.

`LineDriver` follows the racing line as well as any class can, so that classes
are compared by equal driving; `KeyDriver` holds and releases keys ten times a
second, as a person does. Neither knows of other cars.

Units: metres, seconds, m/s; degrees and ticks of 1/60 s where the name says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from car import DT, TUNINGS, Car, CarClass, CarInput, Surface, steer_limit, step_car
from contact import advance_car
from sight import Sight
from track import Track

FULL = CarInput(throttle=1.0)
BRAKE = CarInput(brake=1.0)
LINE_GRIP = 0.83
LINE_BRAKE = 0.72
KEYS_EVERY_TICKS = 6
"""A hand changes its mind ten times a second at most."""


def car_at(track: Track, distance: float, offset: float, speed: float, turned: float = 0.0) -> Car:
    """Return a car that drives along the road, or turned away from it by an angle, rad."""
    x, y, heading = track.point_at(distance, offset)
    heading = math.remainder(heading + turned, 2 * math.pi)
    return Car(x, y, heading, speed * math.cos(heading), speed * math.sin(heading), engine_on=True)


def sight_of(track: Track, car: Car, *others: Car, canisters: int = 0, laps_left: int = 1) -> Sight:
    """Return what the driver of a car sees in mid-race."""
    hint = track.locate(car.x, car.y).sample
    return Sight(car, hint, others, -900, canisters=canisters, laps_left=laps_left)


def angle_of(car: Car) -> float:
    """Return by how much a car slides, degrees, positive to the right."""
    return math.degrees(math.atan2(car.slide, car.forward_speed))


def ticks_until(car: Car, wishes: CarInput, done: Callable[[Car], bool], most: int = 3600) -> int:
    """Hold an input until a condition is met; return how long it took."""
    for tick in range(most):
        if done(car):
            return tick
        step_car(car, wishes)
    raise AssertionError("it never came to that")


def skid_pad(car_class: CarClass, surface: Surface, speed: float = 20.0) -> float:
    """Return the sideways acceleration of a full-lock circle at a held speed, in g."""
    car = Car(vx=speed, engine_on=True, car_class=car_class)
    total = 0.0
    for tick in range(240):
        hold = min(1.0, max(0.0, 0.3 + 0.5 * (speed - car.speed)))
        step_car(car, CarInput(throttle=hold, steering=1.0), surface)
        if tick >= 120:
            total += car.speed * abs(car.yaw_rate)
    return total / 120 / 9.81


def top_speed(car_class: CarClass, draft: int = 0, nitro: bool = False) -> float:
    """Return the speed that full throttle settles at."""
    car = Car(vx=55.0, engine_on=True, car_class=car_class, draft=draft)
    for _ in range(3600):
        car.nitro_ticks = 255 if nitro else 0
        step_car(car, CarInput(throttle=1.0, nitro=nitro))
    return car.speed


def handbrake_turn(car_class: CarClass, speed: float = 15.0) -> float:
    """Return by how much full lock and the handbrake turn a car until it stands, degrees."""
    car = Car(vx=speed, engine_on=True, car_class=car_class)
    turned = 0.0
    for _ in range(360):
        step_car(car, CarInput(steering=1.0, handbrake=True))
        turned += car.yaw_rate * DT
    assert car.speed < 0.5
    return math.degrees(turned)


def held_drift(
    car_class: CarClass, surface: Surface = Surface.ASPHALT, speed: float = 24.0,
    seconds: float = 3.0, wide: float = 30.0,
) -> tuple[int, float, Car]:  # fmt: skip
    """Flick a car into a drift with keys alone, hold it, and straighten up.

    Returns:
        How many ticks it slid by more than 12 degrees, the widest slide in
        degrees, and the car as it came out.
    """
    car = Car(vx=speed, engine_on=True, car_class=car_class)
    steering, drifting, widest, handbrake = 1.0, 0, 0.0, True
    for tick in range(round((seconds + 2.0) / DT)):
        angle = -angle_of(car)
        if tick % KEYS_EVERY_TICKS == 0:
            # Into the turn while the slide is narrow, hands off, or against it.
            steering = 1.0 if angle < wide - 4.0 else 0.0 if angle < wide + 6.0 else -1.0
            if tick * DT > seconds:
                steering = -1.0 if angle > 14.0 else 0.0
        handbrake = handbrake and tick < 42 and angle < 15.0
        throttle = 0.0 if handbrake or tick * DT > seconds else 1.0
        step_car(car, CarInput(throttle, 0.0, steering, handbrake), surface)
        drifting += angle > 12.0
        widest = max(widest, abs(angle))
    return drifting, widest, car


def stop_distance(car_class: CarClass, surface: Surface, wishes: CarInput, speed: float) -> float:
    """Return how far a car goes until it stands."""
    car, wishes = Car(vx=speed, car_class=car_class), replace(wishes, engine=False)
    for _ in range(1200):
        step_car(car, wishes, surface)
    return car.x


@lru_cache(maxsize=32)
def line_speeds(track: Track, car_class: CarClass) -> list[float]:
    """Return how fast a class may be at each sample of the racing line."""
    tuning = TUNINGS[car_class]
    line = track.points + track.normals * track.racing_line[:, None]
    back, ahead = line - np.roll(line, 6, 0), np.roll(line, -6, 0) - line
    turn = np.arctan2(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], (back * ahead).sum(1))
    bend = np.abs(turn) / (0.5 * (np.hypot(*back.T) + np.hypot(*ahead.T)))
    window = np.hanning(15)
    bend = np.convolve(np.concatenate([bend[-7:], bend, bend[:7]]), window / window.sum(), "valid")
    grips = np.array([tuning.surface_grip[track.surface_at(float(x), float(y))] for x, y in line])
    hold = tuning.grip * tuning.gravity * grips * LINE_GRIP
    speeds: list[float] = np.sqrt(hold / np.maximum(bend, 1e-4)).tolist()
    brakes: list[float] = (np.minimum(tuning.brake_max, 0.95 * hold) * LINE_BRAKE).tolist()
    for index in range(2 * track.count - 1, -1, -1):
        at, following = index % track.count, (index + 1) % track.count
        reachable = math.sqrt(speeds[following] ** 2 + 2 * brakes[at] * track.spacing)
        speeds[at] = min(speeds[at], reachable)
    return speeds


class LineDriver:
    """Drives the racing line with smooth hands, by the table of the car's class."""

    def __init__(self, track: Track, car_class: CarClass) -> None:
        self._track, self._tuning = track, TUNINGS[car_class]
        self._speeds = line_speeds(track, car_class)

    def wishes(self, car: Car, hint: int) -> CarInput:
        """Return the input for the next tick."""
        track, tuning = self._track, self._tuning
        here = track.locate(car.x, car.y, hint)
        aim = (here.sample + int((5.0 + 0.36 * car.speed) / track.spacing)) % track.count
        x, y, _ = track.point_at(aim * track.spacing, float(track.racing_line[aim]))
        angle = math.remainder(math.atan2(y - car.y, x - car.x) - car.heading, math.tau)
        bend = 2.0 * math.sin(angle) / max(1.0, math.hypot(x - car.x, y - car.y))
        drift = math.radians(angle_of(car)) if car.speed > 5.0 else 0.0
        wheel = 1.25 * math.atan(tuning.wheelbase * bend) + 0.2 * drift
        steering = min(max(wheel / steer_limit(car.speed, tuning), -1.0), 1.0)
        excess = car.speed - self._speeds[here.sample]
        if excess > 0.4:
            return CarInput(brake=min(1.0, excess * 0.4), steering=steering)
        throttle = min(1.0, 0.3 - excess * 0.6) * max(0.3, 1.0 - 2.0 * abs(drift))
        return CarInput(throttle=throttle, steering=steering)


class KeyDriver:
    """Presses whole keys, ten times a second, looking some metres down the road."""

    def __init__(self, track: Track, dares: float = 1.0) -> None:
        """`dares` is the sideways acceleration that it plans for, in g."""
        self._track, self._dares = track, dares * 9.81
        self._pressed = CarInput()
        self._ticks = 0

    def wishes(self, car: Car, hint: int) -> CarInput:
        """Return the keys for the next tick."""
        if self._ticks % KEYS_EVERY_TICKS == 0:
            self._pressed = self._keys(car, hint)
        self._ticks += 1
        return self._pressed

    def _keys(self, car: Car, hint: int) -> CarInput:
        track, speed = self._track, car.speed
        here = track.locate(car.x, car.y, hint)
        x, y, _ = track.point_at(here.distance + 8.0 + 0.4 * speed)
        going = math.atan2(car.vy, car.vx) if speed > 3.0 else car.heading
        error = math.remainder(math.atan2(y - car.y, x - car.x) - going, math.tau)
        steering = 0.0 if abs(error) < 0.05 else math.copysign(1.0, error)
        reach = int((6.0 + speed * speed / 17.0) / track.spacing)
        bend = max(
            abs(float(track.curvature[(here.sample + step) % track.count]))
            for step in range(0, reach, 4)
        )
        wanted = math.sqrt(self._dares / max(bend, 1e-3))
        brake = 1.0 if speed > wanted + 3.0 else 0.0
        return CarInput(1.0 if speed < wanted else 0.0, brake, steering)


class Lap:
    """What one driver made of a track: one lap from a standing start, one flying.

    `times` are in ticks; `widest` is the widest slide in degrees; `off_ticks` is how
    long the car was beside the road.
    """

    def __init__(
        self, track: Track, car_class: CarClass, driver: LineDriver | KeyDriver, seconds: int = 180
    ) -> None:
        """Drive two laps, or until the time is up."""
        x, y, heading = track.grid[0]
        car = Car(x, y, heading, engine_on=True, car_class=car_class)
        hint = track.locate(x, y).sample
        driven, before = 0.0, track.locate(x, y).distance
        self.widest, self.spins, self.hits, self.off_ticks = 0.0, 0, 0, 0
        self.times: list[int] = []
        spinning, since = False, 0
        for tick in range(round(seconds / DT)):
            hint, impulse = advance_car(car, hint, driver.wishes(car, hint), track)
            now = track.locate(car.x, car.y, hint).distance
            driven += math.remainder(now - before, track.length)
            before = now
            self.hits += impulse > 1.0
            self.off_ticks += track.surface_at(car.x, car.y) not in (
                Surface.ASPHALT, Surface.KERB, Surface.GRAVEL,
            )  # fmt: skip
            if car.speed > 8.0:
                angle = abs(angle_of(car))
                self.widest = max(self.widest, angle)
                self.spins += angle > 75.0 and not spinning
                spinning = angle > 30.0 if spinning else angle > 75.0
            if driven > (len(self.times) + 1) * track.length:
                self.times.append(tick - since)
                since = tick
                if len(self.times) == 2:
                    return
