"""How one car moves: pure arithmetic, the same on server and client.

It reads no clock and keeps no memory beside the car, so the server can trust
it and the client can replay it (see `prediction.py`). Walls, other cars and
rules are not its business (see `race.py`).

The model is the dynamic single-track ("bicycle") model: two axles, a slip
angle at each, and a tyre curve that saturates (H. B. Pacejka, "Tire and
Vehicle Dynamics", ch. 1 and 4; M. Monster, "Car Physics for Games", for the
way into a game). Braking and throttle move load between the axles, and grip grows
less than load (W. F. and D. L. Milliken, "Race Car Vehicle Dynamics", ch. 2
and 18). Below walking pace slip angles lose their meaning, so it blends into
pure rolling. What each class of cars can do is in `tuning.py`.

Two hands help who drives with keys: wheels that nobody holds follow a slide,
as the caster of real ones makes them, and a spin is damped. A slide is kept by
the throttle and gathered up by lifting it; held clean, it fills the bottle.

Units: metres, seconds, radians; x grows right, y grows down, a heading of 0
looks along x and grows clockwise on the screen. Forces are per kilogram.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from math import atan, atan2, cos, sin, sqrt, tan
from typing import Final

from quanta import (
    HEADING_ROUNDS,
    PITCH_ROUNDS,
    POSITION_ROUNDS,
    STEER_ROUNDS,
    VELOCITY_ROUNDS,
    YAW_ROUNDS,
)
from quanta import HEADING_SCALE as HEADING_SCALE
from quanta import PITCH_SCALE as PITCH_SCALE
from quanta import POSITION_SCALE as POSITION_SCALE
from quanta import STEER_SCALE as STEER_SCALE
from quanta import VELOCITY_SCALE as VELOCITY_SCALE
from quanta import YAW_SCALE as YAW_SCALE
from tuning import TUNING as TUNING
from tuning import TUNINGS as TUNINGS
from tuning import CarClass as CarClass
from tuning import CarTuning as CarTuning
from tuning import Surface as Surface

DT: Final = 1.0 / 60.0
"""One tick."""
CAR_LENGTH: Final = 5.6
CAR_WIDTH: Final = 2.6

NITRO_TICKS_MAX: Final = 255
CHARGE_TICKS_MAX: Final = 255
DRAFT_MAX: Final = 255
DAMAGE_MAX: Final = 100

TAU: Final = 2.0 * math.pi
HEADING_MOST: Final = round(math.pi * HEADING_SCALE) / HEADING_SCALE
"""Wrapping only beyond it leaves a heading that was quantised alone."""
PITCH_MAX: Final = 20.0

DRIFT_ANGLE: Final = math.radians(12.0)
"""Who slides by more than this, and not yet backwards, drifts."""
SPIN_ANGLE: Final = math.radians(75.0)
STRAIGHT_ANGLE: Final = math.radians(6.0)
"""A drift is over when the car slides by less."""
DRIFT_SPEED: Final = 12.0
DRIFT_SPEED_LOST: Final = 8.0
CHARGE_TICKS_PAID: Final = 30
"""A shorter drift is worth nothing."""
CHARGE_TICKS_A_NITRO_TICK: Final = 2
CASTER_ANGLE: Final = math.radians(6.0)
"""Beyond this slide the wheels begin to follow it."""
SPINS_AT: Final = 1.0 / math.radians(20.0)
"""One over the slide at which driven wheels spin freely."""
SPINS_MOST: Final = 0.7
"""Share of the grip in use at which the wheels spin as much as they will."""
RIB: Final = TAU / 2.8
"""Kerbs and rough ground rise and fall every 2.8 m, in radians a metre."""
RIB_PITCH: Final = 32.0
"""How much of a bump the springs feel, m/s2."""

GEAR_TOPS: Final[tuple[float, ...]] = (12.0, 21.0, 31.0, 42.0, 53.0, 80.0)
"""Speed at which each gear ends, m/s; for the ear and the dial only."""
RPM_IDLE: Final = 950.0
RPM_MAX: Final = 7400.0


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

    x: float
    y: float
    heading: float
    """From -pi to pi."""
    vx: float
    """Velocity over the ground, not along the car."""
    vy: float
    yaw_rate: float
    steer_angle: float
    """Front wheels against the car, positive to the right."""
    engine_on: bool
    car_class: CarClass
    pitch: float
    """Acceleration along the car that its springs feel, m/s2: eased."""
    nitro_ticks: int
    """What is in the bottle, in ticks of burning, from 0 to `NITRO_TICKS_MAX`."""
    charge_ticks: int
    """How long a clean drift has been held, from 0 to `CHARGE_TICKS_MAX`."""
    draft: int
    """How much thinner the air is behind another car, from 0 to `DRAFT_MAX`."""
    damage: int
    """From 0 to `DAMAGE_MAX`."""

    def __init__(
        self, x: float = 0.0, y: float = 0.0, heading: float = 0.0,
        vx: float = 0.0, vy: float = 0.0, yaw_rate: float = 0.0, steer_angle: float = 0.0,
        engine_on: bool = False, car_class: CarClass = CarClass.TOURING, pitch: float = 0.0,
        nitro_ticks: int = 0, charge_ticks: int = 0, draft: int = 0, damage: int = 0,
    ) -> None:  # fmt: skip
        # Written out, so that compiled code knows each number to be there: it reads them
        # without a look, and makes a car without Python.
        self.x, self.y, self.heading = x, y, heading
        self.vx, self.vy, self.yaw_rate = vx, vy, yaw_rate
        self.steer_angle, self.engine_on, self.car_class = steer_angle, engine_on, car_class
        self.pitch, self.nitro_ticks, self.charge_ticks = pitch, nitro_ticks, charge_ticks
        self.draft, self.damage = draft, damage

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
    """Return how far the front wheels turn at full lock, in a car that does not slide.

    At speed it is the angle of the tightest corner that grip allows plus the
    slip at which the tyre peaks, so that a key held down corners hard but
    does not throw the front away.
    """
    tightest = math.atan(tuning.wheelbase * tuning.grip * tuning.gravity / (speed * speed + 1.0))
    return min(tuning.steer_max, tightest + tuning.steer_slip)


def hand_of(car: Car) -> float:
    """Return what the driver seems to ask of the wheel, from -1 to 1, by how the wheels stand."""
    tuning, steer = TUNINGS[car.car_class], car.steer_angle
    forward = car.forward_speed
    if forward > tuning.sliding_speed:
        drift = math.atan2(car.slide, forward)
        beyond = max(0.0, abs(drift) - CASTER_ANGLE)
        steer -= tuning.caster * math.copysign(beyond, drift)
    return min(max(steer / steer_limit(car.speed, tuning), -1.0), 1.0)


def is_burning(car: Car, wishes: CarInput) -> bool:
    """Whether a car burns nitro when it is next stepped."""
    return wishes.nitro and wishes.engine and car.nitro_ticks > 0 and car.forward_speed > 1.0


def step_car(
    car: Car,
    wishes: CarInput,
    surface: Surface = Surface.ASPHALT,
    dt: float = DT,
    tuning: CarTuning | None = None,
    grip: float = 1.0,
) -> None:
    """Move the car by one tick, in place, and quantise the result.

    It is one long function without helpers, and reads each number once: eight
    cars are stepped sixty times a second, and a client replays its own.

    Args:
        tuning: the table to drive by; that of the car's class by default.
        grip: a further factor on the tyres, 0 for ice without any.
    """
    kind: int = car.car_class
    table = TUNINGS[kind] if tuning is None else tuning
    engine = car.engine_on = wishes.engine
    throttle, brake, handbrake = wishes.throttle, wishes.brake, wishes.handbrake
    heading, vx, vy, yaw_rate = car.heading, car.vx, car.vy, car.yaw_rate
    ux, uy = cos(heading), sin(heading)
    forward = vx * ux + vy * uy
    side = vy * ux - vx * uy
    speed = sqrt(forward * forward + side * side)
    sliding_speed = table.sliding_speed
    # How much of what follows is slip, and how much plain rolling.
    blend = (speed - table.rolling_speed) / (sliding_speed - table.rolling_speed)
    blend = 0.0 if blend < 0.0 else 1.0 if blend > 1.0 else blend
    pace = forward if forward > 0.5 else -forward if forward < -0.5 else 0.5
    # Between where the car points and where it goes.
    drift = atan2(side, pace)
    angle = drift if drift >= 0.0 else -drift
    worn = car.damage / DAMAGE_MAX if car.damage else 0.0
    gravity, wheelbase = table.gravity, table.wheelbase
    half = 0.5 * wheelbase

    # Steering: the wheels follow the hand at a finite rate, about where the
    # slide pulls them.
    steer = car.steer_angle
    steer_max = table.steer_max
    wanted = wishes.steering
    if wanted != 0.0:
        tightest = atan(wheelbase * table.grip * gravity / (speed * speed + 1.0))
        lock = tightest + table.steer_slip
        wanted *= lock if lock < steer_max else steer_max
    if handbrake:
        wanted *= table.handbrake_lock
    elif forward > 0.0 and angle > CASTER_ANGLE:
        beyond = drift - CASTER_ANGLE if drift > 0.0 else drift + CASTER_ANGLE
        wanted += table.caster * beyond * blend
    wanted = steer_max if wanted > steer_max else -steer_max if wanted < -steer_max else wanted
    turn = wanted - steer
    returning = abs(wanted) < abs(steer) or wanted * steer < 0.0
    reach = (table.steer_return_rate if returning else table.steer_rate) * dt
    steer += reach if turn > reach else -reach if turn < -reach else turn

    # What each axle can hold. Load moves to the front under braking and to
    # the rear under power; friction falls as load grows.
    ground: int = surface
    hold = table.grip * gravity * table.surface_grip[ground] * grip
    hold *= 1.0 - table.damage_grip_loss * worn
    shift = 2.0 * car.pitch * table.weight_height / (wheelbase * gravity)
    shift = 0.6 if shift > 0.6 else -0.6 if shift < -0.6 else shift
    front_load, rear_load = 1.0 - shift, 1.0 + shift
    ripple = 0.0
    bump = table.surface_bump[ground]
    if bump > 0.0:
        front_wave = cos(RIB * (car.x + half * ux)) + cos(RIB * (car.y + half * uy))
        rear_wave = cos(RIB * (car.x - half * ux)) + cos(RIB * (car.y - half * uy))
        ripple = 0.5 * bump * blend
        front_load *= 1.0 + ripple * front_wave
        rear_load *= 1.0 + ripple * rear_wave
        ripple *= RIB_PITCH * (rear_wave - front_wave)
    sensitivity = table.load_sensitivity
    front_hold = 0.5 * hold * front_load * (1.0 - sensitivity * (front_load - 1.0))
    rear_hold = 0.5 * hold * rear_load * (1.0 - sensitivity * (rear_load - 1.0))
    rear_hold *= table.rear_bias

    # Pedals.
    limit = hold * 0.95
    push = friction = 0.0
    brake_most = table.brake_max if table.brake_max < limit else limit
    if engine and forward > -0.5:
        most = table.power * (1.0 - table.damage_power_loss * worn)
        most = most / forward if forward > 1.0 else most
        most = most if most < table.drive_max else table.drive_max
        if throttle > 0.0:
            push = most * throttle
        elif forward > 1.0:
            push = -table.engine_braking
        if wishes.nitro and forward > 1.0 and car.nitro_ticks > 0:
            car.nitro_ticks -= 1
            push += most * table.nitro_gain
        push = limit if push > limit else -limit if push < -limit else push
        if push > 0.0:
            # Once the tail is out the wheels spin: they hold and push less.
            used = push / limit
            spin = angle * SPINS_AT
            spin = (spin if spin < 1.0 else 1.0) * (used if used < SPINS_MOST else SPINS_MOST)
            rear_hold *= 1.0 - table.throttle_rear_loss * used - table.spin_rear_loss * spin
            push *= 1.0 - table.spin_push_loss * spin
    elif throttle > 0.0 and forward < -0.5:
        friction = brake_most * throttle
    if brake > 0.0:
        if not (
            engine
            and throttle == 0.0
            and -table.reverse_speed_max - 1.0 < forward <= 0.5
            and abs(side) < table.rolling_speed
        ):
            friction += brake_most * brake
            front_hold *= 1.0 - table.brake_front_loss * brake
        elif forward > -table.reverse_speed_max:
            backwards = table.reverse_drive
            push -= (backwards if backwards < limit else limit) * brake
    if handbrake:
        rear_hold *= table.handbrake_rear_grip
        locked = table.handbrake_decel
        friction += locked if locked < 0.6 * hold else 0.6 * hold

    # Along the car. Rolling resistance fades out below walking pace, so that
    # a weak push can still leave deep sand.
    drag = table.surface_drag[ground] * (grip if grip < 1.0 else 1.0)
    rolling = 2.0 * forward
    push -= drag if rolling > drag else -drag if rolling < -drag else rolling
    thin = 1.0 - table.draft_share * car.draft / DRAFT_MAX
    push -= table.air_drag * thin * forward * abs(forward)

    # Across the car: one slip angle and one force for each axle.
    facing = steer if forward >= 0.0 else -steer
    front_slip = atan2(side + half * yaw_rate, pace) - facing
    rear_slip = atan2(side - half * yaw_rate, pace)
    curve, bend = table.tyre_shape, table.tyre_stiffness
    front = -front_hold * sin(curve * atan(bend * front_slip))
    rear = -rear_hold * sin(curve * atan(bend * rear_slip))
    front_across = front * cos(steer)
    push -= front * sin(steer)
    gyration = table.gyration_squared
    yaw_gain = half * (front_across - rear) / gyration
    damping = table.yaw_damping + table.yaw_damping_rise * speed
    if angle > table.catch_angle and drift * yaw_rate < 0.0 and not handbrake:
        damping += table.catch_damping * (angle - table.catch_angle)
    yaw_gain -= damping * yaw_rate * (grip if grip < 1.0 else 1.0)

    new_forward = forward + push * dt
    # Brakes stop a car and hold it; they never push it the other way.
    held = friction * dt
    new_forward -= held if new_forward > held else -held if new_forward < -held else new_forward
    new_side = side + (front_across + rear) * dt
    yaw = yaw_rate + yaw_gain * dt

    # Near standstill the tyres roll where they point. They are brought to it
    # by no more than their grip, so that a slide ends without a jerk.
    if blend < 1.0:
        reach = hold * dt
        rolling_yaw = new_forward * tan(steer) / wheelbase
        change = rolling_yaw * half - side
        rolling_side = side + min(max(change, -reach), reach)
        reach *= half / gyration
        change = rolling_yaw - yaw_rate
        rolling_yaw = yaw_rate + min(max(change, -reach), reach)
        new_side = rolling_side + (new_side - rolling_side) * blend
        yaw = rolling_yaw + (yaw - rolling_yaw) * blend

    # The springs.
    pitch = car.pitch
    pitch += ((new_forward - forward) / dt + ripple - pitch) * min(1.0, table.pitch_rate * dt)
    pitch = PITCH_MAX if pitch > PITCH_MAX else -PITCH_MAX if pitch < -PITCH_MAX else pitch

    # A drift that is held charges the bottle; what it was worth is paid when
    # the car points again where it goes.
    if forward > 0.0 and DRIFT_ANGLE < angle < SPIN_ANGLE and speed > DRIFT_SPEED:
        if car.charge_ticks < CHARGE_TICKS_MAX:
            car.charge_ticks += 1
    elif car.charge_ticks:
        if forward <= 0.0 or angle >= SPIN_ANGLE or speed < DRIFT_SPEED_LOST:
            car.charge_ticks = 0
        elif angle < STRAIGHT_ANGLE:
            if car.charge_ticks >= CHARGE_TICKS_PAID:
                full = car.nitro_ticks + car.charge_ticks // CHARGE_TICKS_A_NITRO_TICK
                car.nitro_ticks = full if full < NITRO_TICKS_MAX else NITRO_TICKS_MAX
            car.charge_ticks = 0

    # As `quantise_car` does, but each number is read and written only once.
    heading += yaw * dt
    if heading > HEADING_MOST or heading < -HEADING_MOST:
        heading = math.remainder(heading, TAU)
    car.heading = heading + HEADING_ROUNDS - HEADING_ROUNDS
    car.vx = vx = new_forward * ux - new_side * uy + VELOCITY_ROUNDS - VELOCITY_ROUNDS
    car.vy = vy = new_forward * uy + new_side * ux + VELOCITY_ROUNDS - VELOCITY_ROUNDS
    car.x = car.x + vx * dt + POSITION_ROUNDS - POSITION_ROUNDS
    car.y = car.y + vy * dt + POSITION_ROUNDS - POSITION_ROUNDS
    car.yaw_rate = yaw + YAW_ROUNDS - YAW_ROUNDS
    car.steer_angle = steer + STEER_ROUNDS - STEER_ROUNDS
    car.pitch = pitch + PITCH_ROUNDS - PITCH_ROUNDS


def quantise_car(car: Car) -> None:
    """Round the state to the precision of the wire, in place (see `quanta.py`)."""
    heading = car.heading
    if heading > HEADING_MOST or heading < -HEADING_MOST:
        heading = math.remainder(heading, TAU)
    car.x = car.x + POSITION_ROUNDS - POSITION_ROUNDS
    car.y = car.y + POSITION_ROUNDS - POSITION_ROUNDS
    car.heading = heading + HEADING_ROUNDS - HEADING_ROUNDS
    car.vx = car.vx + VELOCITY_ROUNDS - VELOCITY_ROUNDS
    car.vy = car.vy + VELOCITY_ROUNDS - VELOCITY_ROUNDS
    car.yaw_rate = car.yaw_rate + YAW_ROUNDS - YAW_ROUNDS
    car.steer_angle = car.steer_angle + STEER_ROUNDS - STEER_ROUNDS
    car.pitch = car.pitch + PITCH_ROUNDS - PITCH_ROUNDS


def _main() -> None:
    from demonstration import demonstrate

    demonstrate()


if __name__ == "__main__":
    _main()
