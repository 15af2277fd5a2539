"""How fast the racing line of a track can be driven, and where its corners lie.

A `Pace` is worked out once for each track and class of car: a quasi-static
lap, in which corners set the speed, a pass backwards makes room for braking
and a pass forwards for what the engine can do. It drives nothing.

Source: the three passes of quasi-steady-state lap time simulation, as in
W. F. and D. L. Milliken, "Race Car Vehicle Dynamics", ch. 5 and 9.

Units: metres, seconds; offsets are positive to the right of the direction of
travel; bends are 1/m, positive to the right.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from car import TUNINGS, CarClass, CarTuning
from track import Track

GRIP_USED: Final = 0.97
"""Share of the grip that a perfect lap uses in a corner."""
BRAKE_USED: Final = 0.80
"""The same of the brakes, on a straight."""
LEAST_LEFT: Final = 0.45
"""So much of drive and brakes is there even in the middle of a corner."""
SPEED_MAX: Final = 120.0
CORNER_RADIUS_MAX: Final = 110.0
"""Wider bends are no corners."""
CORNER_LENGTH_MIN: Final = 8.0
SMOOTH: Final = 15
"""Samples over which the line's bend is smoothed (odd)."""
BRAKING: Final = 1.5
"""Who must slow down by so much, m/s2, is braking."""
FREE_MAX: Final = 400.0
"""Metres to the next braking, where there is none."""


class Corner(NamedTuple):
    """One bend that must be driven through."""

    entry: int
    apex: int
    exit: int
    """Samples of the centreline."""
    side: int
    """1 to the right, -1 to the left."""


class Pace:
    """What the racing line of a track allows one class of car; made by `pace_of`."""

    def __init__(self, track: Track, car_class: CarClass) -> None:
        self.car_class = car_class
        tuning = TUNINGS[car_class]
        self.spacing, self.count = track.spacing, track.count
        self.line: list[float] = track.racing_line.tolist()
        self.halves: list[float] = track.half_widths.tolist()
        points = track.points + track.normals * track.racing_line[:, None]
        self.bends = _bends(points)
        """Of the racing line at each sample."""
        grips = _grips(track, points, tuning)
        drags = _drags(track, points, tuning)
        steps: list[float] = np.hypot(*(np.roll(points, -1, 0) - points).T).tolist()
        hold = [tuning.grip * tuning.gravity * GRIP_USED * grip for grip in grips]
        corners = [
            _corner_speed(bend, most, tuning) for bend, most in zip(self.bends, hold, strict=True)
        ]
        self.limits = _braked(corners, self.bends, hold, steps, tuning)
        """The most at each sample from which the next corners can still be taken, m/s."""
        self.speeds = _driven(self.limits, self.bends, hold, drags, steps, tuning)
        """What a car without nitro or tow reaches of it on a flying lap, m/s."""
        self.lap_s = sum(step / speed for step, speed in zip(steps, self.speeds, strict=True))
        """The time of that lap."""
        self.free = _free(self.speeds, steps)
        """Metres to go at each sample before somebody at full speed must brake."""
        self.corners = _corners(self.bends, track.spacing)
        self.next_corner = _next_corner(self.corners, self.count)
        """Number of the corner at or after each sample; -1 where there are none."""
        self.canisters = tuple(track.locate(one.x, one.y) for one in track.canisters)
        """Where on the road each canister lies."""

    def to_corner(self, sample: int) -> float:
        """Return the metres to the entry of the next corner, 0 in it."""
        number = self.next_corner[sample]
        if number < 0:
            return FREE_MAX
        corner = self.corners[number]
        if (sample - corner.entry) % self.count <= (corner.exit - corner.entry) % self.count:
            return 0.0
        return (corner.entry - sample) % self.count * self.spacing


@lru_cache(maxsize=48)
def pace_of(track: Track, car_class: CarClass = CarClass.TOURING) -> Pace:
    """Return what a track allows a class of car; worked out once."""
    return Pace(track, car_class)


def _bends(line: np.ndarray) -> list[float]:
    """Return the smoothed bend of a closed line at each point."""
    back, ahead = line - np.roll(line, 6, 0), np.roll(line, -6, 0) - line
    turn = np.arctan2(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], (back * ahead).sum(1))
    bend = turn / (0.5 * (np.hypot(*back.T) + np.hypot(*ahead.T)))
    window = np.hanning(SMOOTH)
    half = SMOOTH // 2
    wrapped = np.concatenate([bend[-half:], bend, bend[:half]])
    smooth: list[float] = np.convolve(wrapped, window / window.sum(), "valid").tolist()
    return smooth


def _grips(track: Track, line: np.ndarray, tuning: CarTuning) -> list[float]:
    """Return the least surface grip within some metres of each point of the line."""
    grip = np.array([tuning.surface_grip[track.surface_at(x, y)] for x, y in line.tolist()])
    least: list[float] = np.min([np.roll(grip, shift) for shift in range(-4, 5)], axis=0).tolist()
    return least


def _drags(track: Track, line: np.ndarray, tuning: CarTuning) -> list[float]:
    return [tuning.surface_drag[track.surface_at(x, y)] for x, y in line.tolist()]


def _corner_speed(bend: float, hold: float, tuning: CarTuning) -> float:
    """Return the speed at which a bend takes all of a grip, m/s.

    The front tyres also hold against the damping of yaw, which grows with
    speed (see `car.py`); what is left of them corners.
    """
    arm = tuning.gyration_squared / (0.5 * tuning.wheelbase)
    square = abs(bend) * (1.0 + tuning.yaw_damping_rise * arm)
    linear = abs(bend) * tuning.yaw_damping * arm
    if square < 1e-6:
        return SPEED_MAX
    root = math.sqrt(linear * linear + 4.0 * square * hold)
    return min(SPEED_MAX, (root - linear) / (2.0 * square))


def _left(speed: float, bend: float, hold: float) -> float:
    """Return the share of drive and brakes that cornering leaves (the friction ellipse)."""
    used = speed * speed * abs(bend) / hold
    return max(LEAST_LEFT, math.sqrt(max(0.0, 1.0 - used * used)))


def _braked(
    corners: list[float],
    bends: list[float],
    hold: list[float],
    steps: list[float],
    tuning: CarTuning,
) -> list[float]:
    speeds, count = list(corners), len(corners)
    for index in range(2 * count - 1, -1, -1):
        at, following = index % count, (index + 1) % count
        then = speeds[following]
        brake = min(tuning.brake_max, 0.95 * hold[at]) * BRAKE_USED
        brake = brake * _left(then, bends[at], hold[at]) + tuning.air_drag * then * then
        speeds[at] = min(speeds[at], math.sqrt(then * then + 2 * brake * steps[at]))
    return speeds


def _driven(
    limits: list[float],
    bends: list[float],
    hold: list[float],
    drags: list[float],
    steps: list[float],
    tuning: CarTuning,
) -> list[float]:
    speeds, count = list(limits), len(limits)
    for index in range(2 * count):
        at, following = index % count, (index + 1) % count
        now = speeds[at]
        drive = min(tuning.drive_max, tuning.power / max(now, 1.0), 0.95 * hold[at])
        drive = drive * _left(now, bends[at], hold[at])
        drive -= tuning.air_drag * now * now + drags[at]
        reached = math.sqrt(max(1.0, now * now + 2 * drive * steps[at]))
        speeds[following] = min(speeds[following], reached)
    return speeds


def _free(speeds: list[float], steps: list[float]) -> list[float]:
    count = len(speeds)
    free = [FREE_MAX] * count
    for index in range(2 * count - 1, -1, -1):
        at, following = index % count, (index + 1) % count
        slowing = (speeds[at] ** 2 - speeds[following] ** 2) / (2 * steps[at])
        free[at] = 0.0 if slowing > BRAKING else min(FREE_MAX, free[following] + steps[at])
    return free


def _corners(bends: list[float], spacing: float) -> tuple[Corner, ...]:
    count = len(bends)
    sides = [
        0 if abs(bend) < 1.0 / CORNER_RADIUS_MAX else 1 if bend > 0.0 else -1 for bend in bends
    ]
    if 0 not in sides:
        return ()
    first = sides.index(0)
    found: list[Corner] = []
    start = first
    for index in range(first + 1, first + count + 1):
        if sides[index % count] == sides[start % count]:
            continue
        if sides[start % count] != 0 and (index - start) * spacing >= CORNER_LENGTH_MIN:
            apex = max(range(start, index), key=lambda at: abs(bends[at % count]))
            side = sides[start % count]
            found.append(Corner(start % count, apex % count, (index - 1) % count, side))
        start = index
    return tuple(sorted(found, key=lambda corner: corner.exit))


def _next_corner(corners: tuple[Corner, ...], count: int) -> list[int]:
    if not corners:
        return [-1] * count
    numbers = [0] * count
    for number, corner in enumerate(corners):
        before = corners[number - 1].exit
        for step in range((corner.exit - before) % count or count):
            numbers[(corner.exit - step) % count] = number
    return numbers
