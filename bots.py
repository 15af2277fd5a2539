"""Drivers that are programs: they see what a player sees and answer with inputs.

A `BotDriver` follows the racing line by pure pursuit, at the speed that the
coming corners allow, moves aside for cars ahead, and frees itself when it is
stuck. It is pure: its only memory is its own, its only luck a seed.

`python bots.py --server HOST:PORT` races the same drivers over the network
(see `autopilot.py`).

Source: R. C. Coulter, "Implementation of the Pure Pursuit Path Tracking
Algorithm".

Units: metres, seconds; ticks where the name says so.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from car import CAR_LENGTH, CAR_WIDTH, TUNING, Car, CarInput, steer_limit
from race import Race, is_held
from track import Track

GRIP_USED = 0.86
"""Share of the grip that the best bot uses in a corner."""
PURSUIT_USED = 1.15
"""The same for the bend of the pursuit: it cuts corners, and may ask for more."""
BRAKE_USED = 0.62
SPEED_TOP = 62.0
SPEED_OFF_ROAD = 14.0
SPEED_AROUND = 3.0
"""So slow a bot creeps round a car that stands in its way."""
AHEAD_MIN, AHEAD_PER_SPEED = 7.0, 0.42
"""Where a bot looks: so far ahead, and so many seconds."""
EDGE_KEPT = 2.4
"""A bot keeps its centre so far from the edge of the road."""
SEEN_AHEAD = 36.0
ASIDE = CAR_WIDTH + 1.0
STUCK_TICKS = 75
REVERSE_TICKS = 60
LOST_TICKS = 150
"""So long off the road, and slow, a bot asks to be put back."""
ASKING_TICKS = 12
"""It asks for so long: over a network a single tick may never be sent."""
TRIES_MAX = 2
"""Reversing twice without success, it asks to be put back."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a driver sees: the own car and the others, as on a player's screen."""

    car: Car
    hint: int
    others: tuple[Car, ...]
    """Cars that may be touched; ghosts are not among them."""
    ticks_to_go: int
    """Until GO; 0 or less once the race is on."""
    held: bool
    missed_gate: bool = False
    """Whether the own car was told that it missed a gate."""

    @classmethod
    def of(cls, race: Race, slot: int) -> Sight:
        """Return what the driver of a slot sees of a race."""
        racer = race.racers[slot]
        others = tuple(
            other.car
            for other in race.racers.values()
            if other is not racer and not other.gone and not other.ghost
        )
        held = is_held(race.tick + 1, race.go_tick)
        to_go = race.go_tick - race.tick
        return cls(racer.car, racer.hint, others, to_go, held, racer.missed_gate)


@lru_cache(maxsize=16)
def speed_profile(track: Track) -> tuple[float, ...]:
    """Return the speed that the racing line allows at each sample, for grip 1.

    Corners set the limit; a pass backwards makes room for braking.
    """
    line = track.points + track.normals * track.racing_line[:, None]
    back, ahead = line - np.roll(line, 6, 0), np.roll(line, -6, 0) - line
    turn = np.arctan2(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], (back * ahead).sum(1))
    bend = np.abs(turn) / (0.5 * (np.hypot(*back.T) + np.hypot(*ahead.T)))
    window = np.hanning(15)
    bend = np.convolve(np.concatenate([bend[-7:], bend, bend[:7]]), window / window.sum(), "valid")
    hold = TUNING.grip * TUNING.gravity * GRIP_USED
    limit = np.minimum(SPEED_TOP, np.sqrt(hold / np.maximum(bend, 1e-4)))
    speeds: list[float] = limit.tolist()
    brake = TUNING.brake_max * BRAKE_USED
    for index in range(2 * track.count - 1, -1, -1):
        at, following = index % track.count, (index + 1) % track.count
        reachable = math.sqrt(speeds[following] ** 2 + 2 * brake * track.spacing)
        speeds[at] = min(speeds[at], reachable)
    return tuple(speeds)


class BotDriver:
    """One driver with its own hand; ask it once a tick."""

    def __init__(self, track: Track, seed: int, skill: float = 0.8) -> None:
        """Take the wheel on a track; `skill` runs from 0 to 1."""
        self._track = track
        self._speeds = speed_profile(track)
        self._line: list[float] = track.racing_line.tolist()
        self._halves: list[float] = track.half_widths.tolist()
        luck = random.Random(seed)
        self._pace = 0.84 + 0.14 * min(max(skill, 0.0), 1.0) + luck.uniform(-0.012, 0.012)
        self._reaction_ticks = round(luck.uniform(4, 12) + 14 * (1.0 - skill))
        self._lean = luck.uniform(-0.5, 0.5)
        self._offset = 0.0
        """Where it drives beside the racing line just now."""
        self._side = 0.0
        """On which side it goes round the car ahead; 0 when there is none."""
        self._still_ticks = 0
        self._lost_ticks = 0
        self._reverse_ticks = 0
        self._asking_ticks = 0
        self._tries = 0

    def wishes(self, sight: Sight) -> CarInput:
        """Return the input for the next tick."""
        if sight.ticks_to_go > -self._reaction_ticks:
            return CarInput()
        freeing = self._free_itself(sight)
        if freeing is not None:
            return freeing
        return self._drive(sight)

    def _drive(self, sight: Sight) -> CarInput:
        car, track = sight.car, self._track
        speed = car.speed
        reach = AHEAD_MIN + AHEAD_PER_SPEED * speed
        here = track.locate(car.x, car.y, sight.hint)
        aim = (here.sample + int(reach / track.spacing)) % track.count
        aside, slower = self._room(sight, here.sample, here.offset)
        self._offset += min(max(aside - self._offset, -0.1), 0.1)
        room = self._halves[aim] - EDGE_KEPT
        offset = min(max(self._line[aim] + self._offset + self._lean, -room), room)
        x, y, _ = track.point_at(aim * track.spacing, offset)
        angle = math.remainder(math.atan2(y - car.y, x - car.x) - car.heading, 2 * math.pi)
        distance = max(1.0, math.hypot(x - car.x, y - car.y))
        bend = 2.0 * math.sin(angle) / distance
        grip = TUNING.surface_grip[track.surface_at(car.x, car.y)]
        wheel = math.atan(TUNING.wheelbase * bend) / grip
        # A sliding tail asks for opposite lock.
        drift = math.atan2(car.slide, max(4.0, abs(car.forward_speed)))
        wheel += 0.55 * drift
        full = steer_limit(speed)
        steering = min(max(wheel / full, -1.0), 1.0)
        if abs(angle) > math.pi / 2:
            # Facing away from where to go, the sine alone would let it drive on.
            steering = math.copysign(1.0, angle)
            return CarInput(throttle=0.5 if speed < 9.0 else 0.0, steering=steering)

        wanted = self._speeds[(here.sample + int(speed * 0.08 / track.spacing)) % track.count]
        wanted = min(wanted * self._pace, slower)
        # Off its line the bend to take is another than that of the line.
        hold = TUNING.grip * TUNING.gravity * grip * PURSUIT_USED
        wanted = min(wanted, math.sqrt(hold / max(abs(bend), 1e-4)))
        if abs(here.offset) > self._halves[here.sample]:
            wanted = min(wanted, SPEED_OFF_ROAD)
        excess = speed - wanted
        if excess > 0.4:
            return CarInput(brake=min(1.0, excess * 0.45), steering=steering)
        throttle = min(1.0, 0.25 - excess * 0.5)
        # Full power only when the car is pointed where it goes.
        throttle *= max(0.35, 1.0 - 2.2 * abs(drift))
        return CarInput(throttle=throttle, steering=steering)

    def _room(self, sight: Sight, index: int, offset: float) -> tuple[float, float]:
        """Return where to go beside the line, and a speed not to exceed."""
        car, track = sight.car, self._track
        tx, ty = track.tangents_at(index)
        own = car.vx * tx + car.vy * ty
        aside, slower = 0.0, math.inf
        nearest = SEEN_AHEAD
        for other in sight.others:
            dx, dy = other.x - car.x, other.y - car.y
            ahead = dx * tx + dy * ty
            across = dy * tx - dx * ty
            if not -CAR_LENGTH < ahead < SEEN_AHEAD or abs(across) > 9.0:
                continue
            closing = own - (other.vx * tx + other.vy * ty)
            if ahead < 1.0 or (ahead < CAR_LENGTH + 0.5 and abs(across) > CAR_WIDTH):
                # Side by side: leave a car's width.
                if abs(across) < ASIDE + 0.6:
                    aside -= math.copysign(ASIDE + 0.6 - abs(across), across or 1.0)
            elif ahead < nearest and (closing > 0.5 or ahead < 12.0) and abs(across) < ASIDE:
                nearest = ahead
                room = self._halves[index] - EDGE_KEPT
                other_offset = offset + across
                if abs(other_offset) > 1.0 or self._side == 0.0:
                    self._side = -1.0 if other_offset > 0.0 else 1.0
                aside = min(max(other_offset + self._side * ASIDE, -room), room)
                aside -= self._line[index]
                gap = ahead - CAR_LENGTH - 2.0
                if abs(across) < CAR_WIDTH + 0.4:
                    brake = TUNING.brake_max * 0.5
                    reach = math.sqrt(2 * brake * max(0.0, gap))
                    slower = min(slower, max(own - closing + reach, SPEED_AROUND))
        if nearest == SEEN_AHEAD:
            self._side = 0.0
        return aside, slower

    def _free_itself(self, sight: Sight) -> CarInput | None:
        """Return what to do when nothing moves, or None when all is well."""
        car, track = sight.car, self._track
        if self._asking_ticks > 0:
            self._asking_ticks -= 1
            return CarInput(brake=min(1.0, 0.1 * car.speed), respawn=True)
        if self._reverse_ticks > 0:
            self._reverse_ticks -= 1
            tx, ty = track.tangents_at(sight.hint)
            turn = math.remainder(math.atan2(ty, tx) - car.heading, 2 * math.pi)
            return CarInput(brake=1.0, steering=-math.copysign(1.0, turn))
        self._still_ticks = self._still_ticks + 1 if car.speed < 1.0 else 0
        offset = track.locate(car.x, car.y, sight.hint).offset
        off_road = abs(offset) > self._halves[sight.hint] + 2.0
        self._lost_ticks = self._lost_ticks + 1 if off_road else 0
        if car.speed > 8.0:
            self._tries = 0
        tx, ty = track.tangents_at(sight.hint)
        turned = math.cos(car.heading) * tx + math.sin(car.heading) * ty < -0.2
        asks = sight.missed_gate or ((turned or self._lost_ticks > LOST_TICKS) and car.speed < 6.0)
        stuck = self._still_ticks >= STUCK_TICKS
        if not stuck and not asks:
            return None
        self._still_ticks = self._lost_ticks = 0
        self._tries += 1
        if self._tries > TRIES_MAX or asks or off_road:
            self._tries = 0
            self._asking_ticks = ASKING_TICKS
            return CarInput(respawn=True)
        self._reverse_ticks = REVERSE_TICKS
        return CarInput(brake=1.0)


def _main() -> int:
    from autopilot import main

    return main()


if __name__ == "__main__":
    raise SystemExit(_main())
