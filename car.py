"""How one car moves: pure arithmetic, the same on server and client.

It reads no clock and keeps no memory beside the car, so the server can trust
it and the client can replay it (see `prediction.py`). Walls, other cars and
rules are not its business (see `race.py`).

The model is the dynamic single-track ("bicycle") model: two axles, a slip
angle at each, and a tyre curve that saturates (H. B. Pacejka, "Tire and
Vehicle Dynamics", ch. 1 and 4; M. Monster, "Car Physics for Games", for the
way into a game). Below walking pace slip angles lose their meaning, so it
blends into pure rolling.

Units: metres, seconds, radians; x grows right, y grows down, a heading of 0
looks along x and grows clockwise on the screen. Forces are per kilogram.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum

DT = 1.0 / 60.0
"""One tick."""
CAR_LENGTH = 5.6
CAR_WIDTH = 2.6

POSITION_SCALE = 4096
"""Quanta to the metre. All scales are powers of two, so that quantising a
quantised number changes nothing."""
VELOCITY_SCALE = 65536
HEADING_SCALE = 2**20
YAW_SCALE = 65536
STEER_SCALE = 16384
PITCH_SCALE = 256
NITRO_TICKS_MAX = 255
CHARGE_TICKS_MAX = 255
DRAFT_MAX = 255
DAMAGE_MAX = 100

TAU = 2.0 * math.pi
HALF_TURN = round(math.pi * HEADING_SCALE)
"""In quanta. Wrapping only beyond it leaves a heading that was quantised alone."""


class Surface(IntEnum):
    """What a car stands on."""

    ASPHALT = 0
    KERB = 1
    GRASS = 2
    SAND = 3
    GRAVEL = 4
    """A rally road."""
    WATER = 5


class CarClass(IntEnum):
    """What kind of car it is; `TUNINGS` says what follows."""

    LIGHT = 0
    TOURING = 1
    MUSCLE = 2


@dataclass(frozen=True, slots=True)
class CarTuning:
    """The whole feel of the car in one table.

    Shape of the tyre curve and its B and C: Pacejka, ch. 4, rounded for a
    soft limit. Rolling resistance: the Bosch Automotive Handbook's order of
    magnitude for asphalt, earth road and loose ground. The rest is a light
    touring car, tuned by driving it with a keyboard.
    """

    title: str = "Falcon"
    """How players see it."""
    mass: float = 1.0
    """Weight in a collision, as a multiple of a touring car's."""
    gravity: float = 9.81
    """m/s2."""
    grip: float = 1.35
    """Friction of the tyres on asphalt, as a multiple of gravity."""
    surface_grip: tuple[float, ...] = (1.0, 0.95, 0.58, 0.52, 0.8, 0.4)
    """By `Surface`, a share of `grip`."""
    surface_drag: tuple[float, ...] = (0.15, 0.5, 2.4, 5.5, 0.9, 9.0)
    """Rolling resistance by `Surface`, m/s2."""
    wheelbase: float = 3.2
    """m; the centre of mass lies midway."""
    gyration_squared: float = 2.3
    """Moment of inertia for each kilogram, m2."""
    tyre_stiffness: float = 9.0
    """B of the tyre curve sin(C atan(B slip)), 1/rad."""
    tyre_shape: float = 1.45
    """C of the tyre curve; above 1 the grip falls once the tyre slides."""
    rear_bias: float = 1.1
    """Rear grip over front grip: a car that pushes wide before it spins."""
    power: float = 300.0
    """W/kg at the wheels."""
    drive_max: float = 8.2
    """Most that the driven wheels put down, m/s2."""
    air_drag: float = 0.0011
    """Deceleration for each (m/s)2."""
    brake_max: float = 11.5
    """m/s2."""
    reverse_drive: float = 4.0
    """m/s2."""
    reverse_speed_max: float = 9.0
    """m/s."""
    engine_braking: float = 0.9
    """With the pedal up, m/s2."""
    handbrake_decel: float = 5.0
    """m/s2."""
    handbrake_rear_grip: float = 0.3
    """What a locked rear axle keeps of its sideways grip."""
    throttle_rear_loss: float = 0.11
    """Share of sideways grip that full drive takes from the rear axle."""
    steer_max: float = 0.58
    """Front wheels at standstill, rad."""
    steer_slip: float = 0.13
    """Slip that full lock asks for at speed, rad: about the peak of the curve."""
    steer_rate: float = 2.6
    """How fast the wheels turn, rad/s."""
    steer_return_rate: float = 4.2
    """Back to the middle it is faster, rad/s."""
    yaw_damping: float = 1.4
    """A gentle hand against spinning, 1/s."""
    rolling_speed: float = 2.0
    """Below it the car rolls without slip, m/s."""
    sliding_speed: float = 5.0
    """Above it slip decides alone, m/s."""


TUNINGS = (
    CarTuning(title="Wasp", mass=0.8),
    CarTuning(title="Falcon"),
    CarTuning(title="Bison", mass=1.3),
)
"""By `CarClass`."""
TUNING = TUNINGS[CarClass.TOURING]

GEAR_TOPS = (12.0, 21.0, 31.0, 42.0, 53.0, 80.0)
"""Speed at which each gear ends, m/s; for the ear and the dial only."""
RPM_IDLE = 950.0
RPM_MAX = 7400.0


@dataclass(frozen=True, slots=True)
class CarInput:
    """What a driver asks of the car for one tick."""

    throttle: float = 0.0
    """Pedal, from 0 to 1."""
    brake: float = 0.0
    """Pedal, from 0 to 1; at standstill it drives backwards."""
    steering: float = 0.0
    """Wheel, from -1 (full left) to 1 (full right)."""
    handbrake: bool = False
    engine: bool = True
    """Whether the engine shall run."""
    respawn: bool = False
    """Whether the driver asks to be put back on the road."""
    nitro: bool = False
    """Whether the bottle shall be burnt, as long as there is something in it."""

    def quantised(self) -> CarInput:
        """Return the input as the wire carries it."""
        return replace(
            self,
            throttle=round(min(max(self.throttle, 0.0), 1.0) * 255) / 255,
            brake=round(min(max(self.brake, 0.0), 1.0) * 255) / 255,
            steering=round(min(max(self.steering, -1.0), 1.0) * 127) / 127,
        )


@dataclass(slots=True)
class Car:
    """The state of one car; `step_car` changes it in place."""

    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0
    """From -pi to pi."""
    vx: float = 0.0
    """Velocity over the ground, not along the car."""
    vy: float = 0.0
    yaw_rate: float = 0.0
    steer_angle: float = 0.0
    """Front wheels against the car, positive to the right."""
    engine_on: bool = False
    car_class: CarClass = CarClass.TOURING
    pitch: float = 0.0
    """Acceleration along the car that its springs feel, m/s2: eased."""
    nitro_ticks: int = 0
    """What is in the bottle, in ticks of burning, from 0 to `NITRO_TICKS_MAX`."""
    charge_ticks: int = 0
    """How long a clean drift has been held, from 0 to `CHARGE_TICKS_MAX`."""
    draft: int = 0
    """How much thinner the air is behind another car, from 0 to `DRAFT_MAX`."""
    damage: int = 0
    """From 0 to `DAMAGE_MAX`."""

    def start_engine(self) -> None:
        """Start the engine; the car can drive from now on."""
        self.engine_on = True

    def stop_engine(self) -> None:
        """Stop the engine; the car rolls out."""
        self.engine_on = False

    def accelerate(self, throttle: float = 1.0, surface: Surface = Surface.ASPHALT) -> None:
        """Drive straight on for one tick with the throttle from 0 to 1."""
        step_car(self, CarInput(throttle=throttle, engine=self.engine_on), surface)

    def brake(self, brake: float = 1.0, surface: Surface = Surface.ASPHALT) -> None:
        """Brake for one tick with the pedal from 0 to 1."""
        step_car(self, CarInput(brake=brake, engine=self.engine_on), surface)

    @property
    def speed(self) -> float:
        """Speed over the ground, never negative."""
        return math.hypot(self.vx, self.vy)

    @property
    def forward_speed(self) -> float:
        """Speed along the car, negative when it reverses."""
        return self.vx * math.cos(self.heading) + self.vy * math.sin(self.heading)

    @property
    def slide(self) -> float:
        """Speed across the car, positive to the right."""
        return self.vy * math.cos(self.heading) - self.vx * math.sin(self.heading)

    @property
    def gear(self) -> int:
        """The gear that a box would be in: -1, or 1 to 6."""
        forward = self.forward_speed
        if forward < -0.3:
            return -1
        return next(
            (number for number, top in enumerate(GEAR_TOPS, 1) if forward < top), len(GEAR_TOPS)
        )

    @property
    def rpm(self) -> float:
        """Engine speed in revolutions a minute; 0 when it is off."""
        if not self.engine_on:
            return 0.0
        gear = max(1, self.gear)
        share = abs(self.forward_speed) / GEAR_TOPS[gear - 1]
        return min(RPM_MAX, RPM_IDLE + (RPM_MAX - RPM_IDLE) * share)

    def copy(self) -> Car:
        """Return an independent car in the same state."""
        return Car(
            self.x, self.y, self.heading, self.vx, self.vy,
            self.yaw_rate, self.steer_angle, self.engine_on, self.car_class, self.pitch,
            self.nitro_ticks, self.charge_ticks, self.draft, self.damage,
        )  # fmt: skip


def steer_limit(speed: float, tuning: CarTuning = TUNING) -> float:
    """Return how far the front wheels turn at full lock.

    At speed it is the angle of the tightest corner that grip allows plus the
    slip at which the tyre peaks, so that a key held down corners hard but
    does not throw the front away.
    """
    tightest = math.atan(tuning.wheelbase * tuning.grip * tuning.gravity / (speed * speed + 1.0))
    return min(tuning.steer_max, tightest + tuning.steer_slip)


def step_car(
    car: Car,
    wishes: CarInput,
    surface: Surface = Surface.ASPHALT,
    dt: float = DT,
    tuning: CarTuning | None = None,
    grip: float = 1.0,
) -> None:
    """Move the car by one tick, in place, and quantise the result.

    Args:
        tuning: the table to drive by; that of the car's class by default.
        grip: a further factor on the tyres, 0 for ice without any.
    """
    if tuning is None:
        tuning = TUNINGS[car.car_class]
    car.engine_on = wishes.engine
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    forward = car.vx * cos + car.vy * sin
    side = car.vy * cos - car.vx * sin
    speed = math.sqrt(forward * forward + side * side)

    # Steering: the wheels follow the hand at a finite rate.
    wanted = wishes.steering * steer_limit(speed, tuning)
    turn = wanted - car.steer_angle
    returning = abs(wanted) < abs(car.steer_angle) or wanted * car.steer_angle < 0.0
    reach = (tuning.steer_return_rate if returning else tuning.steer_rate) * dt
    steer = car.steer_angle + min(max(turn, -reach), reach)

    hold = tuning.grip * tuning.gravity * tuning.surface_grip[surface] * grip

    # Along the car. Rolling resistance fades out below walking pace, so that
    # a weak push can still leave deep sand.
    push, friction, load = _pedals(car, wishes, forward, side, hold, tuning)
    drag = tuning.surface_drag[surface] * min(grip, 1.0)
    push -= math.copysign(min(abs(forward) * 2.0, drag), forward)
    push -= tuning.air_drag * forward * abs(forward)

    # Across the car: one slip angle and one force for each axle.
    half = 0.5 * tuning.wheelbase
    pace = max(abs(forward), 0.5)
    facing = 1.0 if forward >= 0.0 else -1.0
    front_slip = math.atan2(side + half * car.yaw_rate, pace) - steer * facing
    rear_slip = math.atan2(side - half * car.yaw_rate, pace)
    rear_hold = tuning.rear_bias * (1.0 - tuning.throttle_rear_loss * load)
    if wishes.handbrake:
        rear_hold *= tuning.handbrake_rear_grip
    curve, bend = tuning.tyre_shape, tuning.tyre_stiffness
    front = -0.5 * hold * math.sin(curve * math.atan(bend * front_slip))
    rear = -0.5 * hold * rear_hold * math.sin(curve * math.atan(bend * rear_slip))
    front_across = front * math.cos(steer)

    push -= front * math.sin(steer)
    yaw_gain = half * (front_across - rear) / tuning.gyration_squared
    yaw_gain -= tuning.yaw_damping * car.yaw_rate * min(grip, 1.0)

    new_forward = forward + push * dt
    # Brakes stop a car and hold it; they never push it the other way.
    held = friction * dt
    new_forward -= min(max(new_forward, -held), held)
    new_side = side + (front_across + rear) * dt
    yaw = car.yaw_rate + yaw_gain * dt

    # Near standstill the tyres roll where they point. They are brought to it
    # by no more than their grip, so that a slide ends without a jerk.
    blend = (speed - tuning.rolling_speed) / (tuning.sliding_speed - tuning.rolling_speed)
    if blend < 1.0:
        blend = max(blend, 0.0)
        reach = hold * dt
        rolling_yaw = new_forward * math.tan(steer) / tuning.wheelbase
        change = rolling_yaw * half - side
        rolling_side = side + min(max(change, -reach), reach)
        reach *= half / tuning.gyration_squared
        change = rolling_yaw - car.yaw_rate
        rolling_yaw = car.yaw_rate + min(max(change, -reach), reach)
        new_side = rolling_side + (new_side - rolling_side) * blend
        yaw = rolling_yaw + (yaw - rolling_yaw) * blend

    car.yaw_rate = yaw
    car.steer_angle = steer
    car.vx = new_forward * cos - new_side * sin
    car.vy = new_forward * sin + new_side * cos
    car.heading += yaw * dt
    car.x += car.vx * dt
    car.y += car.vy * dt
    quantise_car(car)


def _pedals(
    car: Car, wishes: CarInput, forward: float, side: float, hold: float, tuning: CarTuning
) -> tuple[float, float, float]:
    """Return push along the car, friction of the brakes, and the share of full drive."""
    limit = hold * 0.95
    push = friction = load = 0.0
    if wishes.throttle > 0.0 and forward < -0.5:
        friction = min(tuning.brake_max, limit) * wishes.throttle
    elif wishes.throttle > 0.0 and car.engine_on:
        most = min(tuning.drive_max, tuning.power / max(forward, 1.0), limit)
        push = most * wishes.throttle
        load = wishes.throttle
    elif car.engine_on and forward > 1.0:
        push = -min(tuning.engine_braking, limit)
    if wishes.brake > 0.0:
        backwards = (
            car.engine_on
            and wishes.throttle == 0.0
            and -tuning.reverse_speed_max - 1.0 < forward <= 0.5
            and abs(side) < tuning.rolling_speed
        )
        if not backwards:
            friction += min(tuning.brake_max, limit) * wishes.brake
        elif forward > -tuning.reverse_speed_max:
            push -= min(tuning.reverse_drive, limit) * wishes.brake
    if wishes.handbrake:
        friction += min(tuning.handbrake_decel, 0.6 * hold)
    return push, friction, load


def quantise_car(car: Car) -> None:
    """Round the state to the precision of the wire, in place.

    Both sides do so at the end of each step: a replay then compares equal
    numbers (the habit of Teeworlds' gamecore).
    """
    heading = car.heading
    if abs(heading) * HEADING_SCALE > HALF_TURN:
        heading = math.remainder(heading, TAU)
    car.x = round(car.x * POSITION_SCALE) / POSITION_SCALE
    car.y = round(car.y * POSITION_SCALE) / POSITION_SCALE
    car.heading = round(heading * HEADING_SCALE) / HEADING_SCALE
    car.vx = round(car.vx * VELOCITY_SCALE) / VELOCITY_SCALE
    car.vy = round(car.vy * VELOCITY_SCALE) / VELOCITY_SCALE
    car.yaw_rate = round(car.yaw_rate * YAW_SCALE) / YAW_SCALE
    car.steer_angle = round(car.steer_angle * STEER_SCALE) / STEER_SCALE
    car.pitch = round(car.pitch * PITCH_SCALE) / PITCH_SCALE


def _demonstrate() -> None:
    """Drive one car round in the terminal."""
    car = Car()
    seconds = 0.0

    def tell(what: str) -> None:
        print(
            f"{seconds:6.2f} s  {what:34} {car.speed * 3.6:6.1f} km/h"
            f"  gear {car.gear:2}  {car.rpm:5.0f} rpm  heading {math.degrees(car.heading):6.1f}"
        )

    tell("engine off")
    car.start_engine()
    tell("engine started")
    for goal_kmh in (50, 100, 200):
        while car.speed * 3.6 < goal_kmh:
            car.accelerate()
            seconds += DT
        tell(f"full throttle to {goal_kmh} km/h")
    start = car.x
    while car.speed > 25.0:
        car.brake()
        seconds += DT
    tell(f"braked to 90 km/h in {car.x - start:.0f} m")
    for _ in range(90):
        step_car(car, CarInput(throttle=0.5, steering=1.0))
        seconds += DT
    tell("full lock to the right for 1.5 s")
    for _ in range(45):
        step_car(car, CarInput(steering=1.0, handbrake=True))
        seconds += DT
    tell(f"handbrake: sliding at {abs(car.slide):.1f} m/s")
    car.stop_engine()
    while car.speed > 0.3:
        car.brake()
        seconds += DT
    tell("engine stopped, standing")


if __name__ == "__main__":
    _demonstrate()
