"""The judge of a race: gates in order, progress, and the direction of travel.

It sees one car at a time and writes what it finds into its `Racer`; laps,
places and penalties are what `race.py` makes of it.

Units: metres, m/s; ticks of 1/60 s.
"""

from __future__ import annotations

import math
from typing import Final

from car import Surface
from racer import EventKind, Racer
from track import Gate, Track

WRONG_WAY_TICKS: Final = 20
RIGHT_WAY_TICKS: Final = 15
WRONG_WAY_SPEED: Final = 3.0
MISSED_BY: Final = 8.0
"""A car so far beyond a gate that it did not cross has missed it."""
STRAYED_LAPS: Final = 0.25
"""So is a car so far behind its last gate: it has cut across to another part."""
RELOCATE_EVERY_TICKS: Final = 6
ROAD: Final[tuple[Surface, ...]] = (Surface.ASPHALT, Surface.KERB, Surface.GRAVEL)


def judge_direction(track: Track, racer: Racer, tick: int) -> EventKind | None:
    """Note whether a car drives against the race; return what it has to be told."""
    car = racer.car
    if (tick + racer.slot) % RELOCATE_EVERY_TICKS == 0:
        _relocate(track, racer)
    ahead = track.speed_along(car.vx, car.vy, racer.hint)
    if ahead >= 0.0 and not racer.wrong_way:
        racer.turned_ticks = 0
        return None
    speed = car.speed
    against = ahead < -0.5 * speed and speed > WRONG_WAY_SPEED
    right = ahead > 0.5 * speed and speed > 1.0
    turned = right if racer.wrong_way else against
    racer.turned_ticks = racer.turned_ticks + 1 if turned else 0
    if racer.turned_ticks < (RIGHT_WAY_TICKS if racer.wrong_way else WRONG_WAY_TICKS):
        return None
    racer.wrong_way = not racer.wrong_way
    racer.turned_ticks = 0
    return EventKind.WRONG_WAY if racer.wrong_way else EventKind.RIGHT_WAY


def _relocate(track: Track, racer: Racer) -> None:
    """Let who has cut across to another part of the road be judged by that part."""
    x, y = racer.car.x, racer.car.y
    sample = track.nearest_sample(x, y, racer.hint)
    if track.is_beside(x, y, sample) and track.surface_at(x, y) in ROAD:
        sample = track.relocate(x, y, sample).sample
    racer.hint = sample


def split_at(track: Track, number: int) -> EventKind | None:
    """Return which split time is taken at a gate, if any."""
    gates = len(track.gates)
    if number == round(gates / 3):
        return EventKind.FIRST_SPLIT
    return EventKind.SECOND_SPLIT if number == round(gates * 2 / 3) else None


def judge_gates(track: Track, racer: Racer) -> bool:
    """Note progress, and who has driven past the gate that is due; return whether just now."""
    length, step = track.length, track.gate_step
    beyond = measure(track, racer)
    limit = step if racer.missed_gate else step + MISSED_BY
    missed = not -STRAYED_LAPS * length < beyond < limit
    just_now = missed and not racer.missed_gate
    racer.missed_gate = missed
    return just_now


def measure(track: Track, racer: Racer) -> float:
    """Work out the progress; return the metres from the last gate to the car."""
    gates, step, passed = track.gates, track.gate_step, racer.gates_passed
    along = track.distance_at(racer.car.x, racer.car.y, racer.hint)
    beyond = _within_a_lap(along - gates[(passed - 1) % len(gates)].distance, track.length)
    if passed == 0:
        racer.progress = min(0.0, _within_a_lap(along, track.length))
    else:
        racer.progress = (passed - 1) * step + min(max(beyond, 0.0), step)
    return beyond


def _within_a_lap(distance: float, length: float) -> float:
    """Return a distance less the whole laps nearest to it."""
    # Nearly always there is none to be taken off, and no call of Python is needed to see it.
    half = 0.5 * length
    return distance if -half < distance < half else math.remainder(distance, length)


def crosses_gate(x: float, y: float, new_x: float, new_y: float, gate: Gate) -> bool:
    """Whether a move from (x, y) to (new_x, new_y) crosses a gate forwards."""
    behind = (x - gate.ax) * gate.tx + (y - gate.ay) * gate.ty
    ahead = (new_x - gate.ax) * gate.tx + (new_y - gate.ay) * gate.ty
    if not behind < 0.0 <= ahead:
        return False
    share = behind / (behind - ahead)
    cx, cy = x + (new_x - x) * share, y + (new_y - y) * share
    wx, wy = gate.bx - gate.ax, gate.by - gate.ay
    across = ((cx - gate.ax) * wx + (cy - gate.ay) * wy) / (wx * wx + wy * wy)
    return 0.0 <= across <= 1.0
