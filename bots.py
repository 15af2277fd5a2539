"""Drivers that are programs: they see what a player sees and answer with inputs.

A `BotDriver` follows the racing line by pure pursuit at the speed that its
level and the coming corners allow. Its personality decides how it deals with
others (`racecraft.py`), what it fetches (`errands.py`) and how often it errs
(`slips.py`); `rescue.py` gets it going again. It is pure: its only memory is
its own, its only luck a seed. It knows no places, so its pace hangs on none.

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
from enum import IntEnum
from typing import Final

if __name__ == "__main__":
    import compiled

    compiled.use()

from car import DRAFT_MAX, DT, TUNINGS, CarClass, CarInput, CarTuning, steer_limit
from errands import Errands, Goal
from pace import pace_of
from personalities import PLAIN, Personality
from racecraft import EDGE_KEPT, Advice, Racecraft
from rescue import Rescue
from sight import Sight as Sight
from slips import GOOD, Fault, Slips
from track import Place, Track


class BotLevel(IntEnum):
    """How well bots drive."""

    EASY = 0
    NORMAL = 1
    HARD = 2


@dataclass(frozen=True, slots=True)
class Skill:
    """What a level can do."""

    corner: float
    """Of the speed at which a corner can be taken, and of what braking allows."""
    straight: float
    """Of the speed that the car reaches on a flying lap."""
    mistakes: float
    """For each lap."""
    reaction_ticks: int
    """To the last lamp."""
    nitro: float
    """How much of a straight must be left for it to be burnt, as a share of the usual."""


SKILLS: Final[tuple[Skill, ...]] = (
    Skill(corner=0.887, straight=0.887, mistakes=1.4, reaction_ticks=20, nitro=1.3),
    Skill(corner=0.957, straight=0.957, mistakes=0.6, reaction_ticks=13, nitro=1.0),
    Skill(corner=1.000, straight=1.2, mistakes=0.15, reaction_ticks=7, nitro=1.0),
)
"""By `BotLevel`."""

TALENT: Final = 0.010
"""Between the most and the least talented of a level."""
DAY: Final = 0.003
"""Nobody drives the same every day: so much faster or slower."""
PURSUIT_USED: Final = 1.15
"""Share of the grip for the bend of the pursuit: it cuts corners, and may ask for more."""
ROOM_OUTSIDE, COURSE_FREE, BENT_LEAST = 3.0, 0.5, 0.9
"""With so many metres left on the outside, and going no further off its way than
this angle, a car keeps so much of its speed while it comes back to its line."""
SPEED_OFF_ROAD: Final = 14.0
AHEAD_MIN, AHEAD_PER_SPEED = 7.0, 0.42
"""Where a bot looks: so far ahead, and so many seconds."""
HANDS_S: Final = 0.08
"""Pedals and wheels need so long to follow."""
ASIDE_PER_SPEED: Final = 0.10
"""Metres aside for each metre driven, at most, when a line is left for another."""
ASIDE_MIN: Final = 1.2
"""The same at walking pace, m/s."""
RETURN_HASTE: Final = 0.45
TOW_GAIN: Final = 0.08
"""So much faster than alone a car is let run in a full tow."""
OFF_LINE_FREE, OFF_LINE_LOSS = 1.2, 0.012
"""Corners are taken slower by this share for each metre further off the line than that."""
BRAVERY_S: Final = 0.12
"""The bravest fighter brakes so much later."""
BRAKE_FROM, BRAKE_LESS, BRAKE_GAIN = 0.6, 0.2, 0.5
"""From so many m/s too fast on it is braked, by so much for each beyond the second."""
SLIP_USED_MAX: Final = 0.97
"""Beyond it more lock gives nothing."""
SPEED_COURSE: Final = 5.0
"""Faster than this a car is steered by the way it goes, not by where it points."""
COUNTER: Final = 0.55
"""Share of a slide's angle that is steered against."""
FLICK_DRIFT: Final = 0.6
"""Who likes a slide as much as this provokes one."""
FLICK_TICKS: Final = 28
FLICK_BEND, FLICK_SPEEDS = 1.0 / 32.0, (14.0, 26.0)
"""In a bend so tight, and between these speeds."""
FLICK_BEFORE_APEX: Final = 16.0
NITRO_LEAST_TICKS: Final = 20
NITRO_STRAIGHT_S: Final = 1.6
"""Nitro is burnt when the straight goes on for so long."""
NITRO_SPARE: Final = 5.0
"""And when the car is so much slower than the next corners allow, m/s."""
NITRO_DRIFT_MAX: Final = 0.08


class BotDriver:
    """One driver with its own hand; ask it once a tick, or as seldom as it is told."""

    def __init__(
        self,
        track: Track,
        seed: int,
        level: BotLevel = BotLevel.NORMAL,
        personality: Personality = PLAIN,
        every_ticks: int = 1,
    ) -> None:
        """Take the wheel on a track, without having seen the car yet.

        Args:
            every_ticks: how long what it wishes will be held before it is asked again.
        """
        self.level, self.personality = level, personality
        self._track, self._seed, self._every_ticks = track, seed, every_ticks
        self._skill = SKILLS[level]
        luck = random.Random(seed)
        talent = 1.0 - TALENT * (1.0 - personality.talent) + luck.uniform(-DAY, DAY)
        self._corner = self._skill.corner * talent
        self._straight = self._skill.straight * talent
        self._reaction_ticks = self._skill.reaction_ticks + luck.randrange(-3, 4)
        self._lean = luck.uniform(-0.25, 0.25)
        self._shift = 0.0
        """Where it drives beside the racing line just now."""
        self._burns = False
        self._luck = luck
        self._flick_corner = -1
        self._flick_ticks = 0
        self._sit_in(pace_of(track).car_class)

    def _sit_in(self, car_class: CarClass) -> None:
        """Get to know a class of car."""
        track, who, every = self._track, self.personality, self._every_ticks
        pace = self._pace = pace_of(track, car_class)
        self._tuning = TUNINGS[car_class]
        self._racecraft = Racecraft(track, pace, who, every)
        self._errands = Errands(track, pace, who, every)
        self._slips = Slips(pace, self._seed, self._skill.mistakes * who.mistakes, every)
        self._rescue = Rescue(track, pace.halves, every)

    def wishes(self, sight: Sight) -> CarInput:
        """Return the input for the next tick, or as many as it was told of."""
        if sight.ticks_to_go > -self._reaction_ticks:
            return CarInput()
        car = sight.car
        if car.car_class != self._pace.car_class:
            self._sit_in(car.car_class)
        here = self._track.locate(car.x, car.y, sight.hint)
        goal = self._errands.goal(sight, here)
        saved = self._rescue.wishes(sight, here, waits=goal is not None and goal.pit is not None)
        return saved if saved is not None else self._drive(sight, here, goal)

    def _drive(self, sight: Sight, here: Place, goal: Goal | None) -> CarInput:
        car, track, pace = sight.car, self._track, self._pace
        speed = car.speed
        fault = self._slips.fault(here.sample) if speed > SPEED_OFF_ROAD else GOOD
        reach = AHEAD_MIN + AHEAD_PER_SPEED * speed
        aim = (here.sample + int(reach / track.spacing)) % track.count
        allowed = self._allowed(here, speed, fault)
        cruise = self._cruise(sight, here)
        advice = self._racecraft.advise(sight, here, aim, min(allowed, cruise))
        if advice.fights:
            allowed = self._allowed(here, speed, fault, fights=True)
        offset = self._offset(advice, goal, aim, speed, fault)
        x, y, _ = track.point_at(aim * track.spacing, offset)
        towards = math.atan2(y - car.y, x - car.x)
        angle = math.remainder(towards - car.heading, 2 * math.pi)
        drift = math.atan2(car.slide, max(4.0, abs(car.forward_speed)))
        # What is bent is the way that the car goes, not where it points.
        course = angle - drift if car.forward_speed > SPEED_COURSE else angle
        distance = max(1.0, math.hypot(x - car.x, y - car.y))
        bend = 2.0 * math.sin(course) / distance
        tuning = self._tuning
        grip = tuning.surface_grip[track.surface_at(car.x, car.y)]
        hold = tuning.grip * tuning.gravity * grip
        front, rear = _slips_for(bend, speed, hold, tuning)
        wheel = math.atan(tuning.wheelbase * bend) + front - rear
        # A tail that slides more than it must asks for opposite lock.
        wheel += COUNTER * (drift - 0.5 * tuning.wheelbase * bend + rear)
        steering = min(max(wheel / steer_limit(speed, tuning), -1.0), 1.0)
        if abs(angle) > math.pi / 2:
            # Facing away from where to go, the sine alone would let it drive on.
            steering = math.copysign(1.0, angle)
            return CarInput(throttle=0.5 if speed < 9.0 else 0.0, steering=steering)

        wanted = min(allowed, advice.top)
        # Off its line the bend to take is another than that of the line. Where
        # there is room to come back in, a little less speed will do.
        bent = math.sqrt(hold * PURSUIT_USED / max(abs(bend), 1e-4))
        outside = pace.halves[here.sample] + math.copysign(here.offset, bend)
        if outside > ROOM_OUTSIDE and abs(course) < COURSE_FREE:
            bent = max(bent, BENT_LEAST * allowed)
        wanted = min(wanted, bent)
        if goal is not None and goal.pit is not None:
            wanted = min(wanted, self._errands.pit_speed(car, here, goal))
        elif abs(here.offset) > pace.halves[here.sample] + 0.5:
            wanted = min(wanted, SPEED_OFF_ROAD)
        if self._flicks(here, speed, advice):
            side = math.copysign(1.0, pace.bends[here.sample])
            return CarInput(throttle=0.4, steering=side, handbrake=True)
        return self._pedals(sight, here, wanted, cruise, steering, drift, fault, advice)

    def _flicks(self, here: Place, speed: float, advice: Advice) -> bool:
        """Whether the handbrake throws the tail out just now: for show, and for nitro."""
        who, pace = self.personality, self._pace
        number = pace.next_corner[here.sample]
        if who.drift < FLICK_DRIFT or number < 0:
            return False
        if number != self._flick_corner:
            self._flick_corner = number
            self._flick_ticks = FLICK_TICKS if self._luck.random() < who.drift else 0
        if self._flick_ticks <= 0 or advice.fights or advice.top < math.inf:
            return False
        corner = pace.corners[number]
        tight = abs(pace.bends[corner.apex]) > FLICK_BEND
        begun = self._flick_ticks < FLICK_TICKS
        fast = FLICK_SPEEDS[0] < speed < FLICK_SPEEDS[1]
        in_time = (corner.apex - here.sample) % pace.count * pace.spacing < FLICK_BEFORE_APEX
        if not (begun or (tight and fast and in_time and pace.to_corner(here.sample) == 0.0)):
            return False
        self._flick_ticks -= self._every_ticks
        return True

    def _allowed(self, here: Place, speed: float, fault: Fault, *, fights: bool = False) -> float:
        """Return the speed to brake down to here, by road, level and temper, m/s."""
        pace = self._pace
        early = HANDS_S * speed - fault.late_m
        if fights:
            early -= BRAVERY_S * (self.personality.bravery - 0.3) * speed
        at = (here.sample + int(early / pace.spacing)) % pace.count
        limit = pace.limits[at] * self._corner
        off_line = abs(self._shift) - OFF_LINE_FREE
        if off_line > 0.0:
            limit *= max(0.85, 1.0 - OFF_LINE_LOSS * off_line)
        return limit

    def _cruise(self, sight: Sight, here: Place) -> float:
        """Return the speed to accelerate to, m/s: what a tow or nitro adds is kept."""
        if self._burns:
            return math.inf
        tow = 1.0 + TOW_GAIN * sight.car.draft / DRAFT_MAX
        return self._pace.speeds[here.sample] * self._straight * tow + 0.8

    def _offset(
        self,
        advice: Advice,
        goal: Goal | None,
        aim: int,
        speed: float,
        fault: Fault,
    ) -> float:
        """Return where across the road to aim, from the centreline."""
        pace = self._pace
        line = pace.line[aim]
        wanted = fault.aside + self._lean
        if advice.offset is not None:
            wanted = advice.offset - line
        elif goal is not None:
            wanted = goal.offset - line
        if goal is not None and goal.pit is not None:
            return self._errands.way_in(goal, aim, pace.halves[aim] - EDGE_KEPT)
        haste = 1.3 - 0.6 * self.personality.smoothness
        if advice.offset is None and goal is None and fault.aside == 0.0:
            # Nothing presses: back to the line without losing speed.
            haste *= RETURN_HASTE
        step = (ASIDE_MIN + ASIDE_PER_SPEED * speed * haste) * DT * self._every_ticks
        self._shift += min(max(wanted - self._shift, -step), step)
        # Who runs wide runs over the kerb.
        room = pace.halves[aim] - (EDGE_KEPT if fault.aside == 0.0 else 0.0)
        offset = line + self._shift
        offset = min(max(offset, -room), room)
        return min(max(offset, advice.low), advice.high)

    def _pedals(
        self,
        sight: Sight,
        here: Place,
        wanted: float,
        cruise: float,
        steering: float,
        drift: float,
        fault: Fault,
        advice: Advice,
    ) -> CarInput:
        """Return the input that brings the car to a speed."""
        speed = sight.car.speed
        excess = speed - wanted
        if excess > BRAKE_FROM:
            self._burns = False
            brake = min(1.0, (excess - BRAKE_LESS) * BRAKE_GAIN)
            return CarInput(brake=brake, steering=steering)
        if fault.slides:
            lock = min(max(steering * 1.6, -1.0), 1.0)
            return CarInput(throttle=0.5, steering=lock, handbrake=True)
        # Full power only when the car is pointed where it goes.
        loose = 2.2 * (1.0 - 0.5 * self.personality.drift)
        straight = max(0.35, 1.0 - loose * abs(drift))
        self._burns = self._burn(sight, here, _throttle(excess) * straight, drift, advice)
        if cruise < wanted and not self._burns:
            excess = speed - cruise
        throttle = _throttle(excess) * straight
        return CarInput(throttle=throttle, steering=steering, nitro=self._burns)

    def _burn(
        self, sight: Sight, here: Place, throttle: float, drift: float, advice: Advice
    ) -> bool:
        """Whether nitro is worth burning now: on a straight, or to pass."""
        car, who = sight.car, self.personality
        if car.nitro_ticks == 0 or throttle < 0.95 or abs(drift) > NITRO_DRIFT_MAX:
            return False
        speed = car.speed
        if advice.top < speed + 1.0 or abs(here.offset) > self._pace.halves[here.sample]:
            return False
        straight = self._pace.free[here.sample]
        needed = speed * NITRO_STRAIGHT_S * self._skill.nitro
        if self._burns:
            return straight > 0.4 * needed
        if car.nitro_ticks < NITRO_LEAST_TICKS:
            return False
        if self._pace.limits[here.sample] - speed < NITRO_SPARE:
            return False
        if advice.fights:
            return straight > 0.6 * needed
        # Who saves it keeps it for a fight, until the bottle is all but full.
        keeps = 200.0 * (1.0 - who.nitro)
        return straight > needed and car.nitro_ticks >= keeps


def _throttle(excess: float) -> float:
    """Return the pedal for a speed that is too high by so much, m/s."""
    return min(1.0, max(0.0, 0.25 - excess * 0.5))


def _slips_for(bend: float, speed: float, hold: float, tuning: CarTuning) -> tuple[float, float]:
    """Return the angles by which front and rear tyres must slip into a bend, rad.

    From the tyre curve of `car.py`, in a steady turn; the front also has to
    overcome the damping of yaw.
    """
    across = speed * speed * abs(bend)
    damping = tuning.yaw_damping + tuning.yaw_damping_rise * speed
    turning = damping * tuning.gyration_squared * speed * abs(bend) / (0.5 * tuning.wheelbase)
    front = _slip_at((across + turning) / hold, tuning)
    rear = _slip_at((across - turning) / (hold * tuning.rear_bias), tuning)
    return math.copysign(front, bend), math.copysign(rear, bend)


def _slip_at(used: float, tuning: CarTuning) -> float:
    """Return the slip at which a tyre holds with this share of its grip, rad."""
    angle = math.asin(min(max(used, 0.0), SLIP_USED_MAX))
    return math.tan(angle / tuning.tyre_shape) / tuning.tyre_stiffness


def _main() -> int:
    from autopilot import main

    return main()


if __name__ == "__main__":
    raise SystemExit(_main())
