"""The whole feel of the cars in one table: what each class can do, on what ground.

Numbers only; `car.py` says what is done with them.

Shape of the tyre curve and its B and C, and grip that grows less than the
load: H. B. Pacejka, "Tire and Vehicle Dynamics", ch. 1 and 4, rounded for a
soft limit. Rolling resistance: the order of magnitude in the "Bosch
Automotive Handbook" for asphalt, earth road and loose ground. Load that
moves between the axles: W. F. Milliken and D. L. Milliken, "Race Car Vehicle
Dynamics", ch. 18. Air behind a car: J. Katz, "Race Car Aerodynamics", ch. 5,
rounded up for the game. The rest was tuned by driving with a keyboard.

Units: metres, seconds, radians; forces are per kilogram, m/s2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


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
    """What one class of cars can do; the defaults are the touring car's."""

    title: str = "Falcon"
    """How players see it."""
    mass: float = 1.0
    """Weight in a collision, as a multiple of a touring car's."""

    # Tyres
    gravity: float = 9.81
    grip: float = 1.384
    """Friction of the tyres on asphalt, as a multiple of gravity."""
    surface_grip: tuple[float, ...] = (1.0, 0.97, 0.58, 0.52, 0.74, 0.4)
    """By `Surface`, a share of `grip`."""
    surface_drag: tuple[float, ...] = (0.15, 0.4, 2.4, 6.0, 0.9, 11.0)
    """Rolling resistance by `Surface`."""
    surface_bump: tuple[float, ...] = (0.0, 0.3, 0.1, 0.08, 0.12, 0.0)
    """How much the load on a wheel comes and goes by `Surface`, as a share of it."""
    tyre_stiffness: float = 9.0
    """B of the tyre curve sin(C atan(B slip)), 1/rad."""
    tyre_shape: float = 1.45
    """C of the tyre curve; above 1 the grip falls once the tyre slides."""
    load_sensitivity: float = 0.2
    """What an axle with twice its load at rest loses of its friction, as a share."""
    rear_bias: float = 1.1
    """Rear grip over front grip: a car that pushes wide before it spins."""
    throttle_rear_loss: float = 0.18
    """Share of sideways grip that driving at the limit takes from the rear axle."""
    spin_rear_loss: float = 0.6
    """And so much more once the tail is out: the wheels spin, and the slide is kept."""
    spin_push_loss: float = 0.4
    """Share of their push that wheels lose which spin freely."""
    brake_front_loss: float = 0.22
    """Share of sideways grip that the brakes take from the front axle."""
    handbrake_rear_grip: float = 0.16
    """What a locked rear axle keeps of its sideways grip."""

    # Body
    wheelbase: float = 3.2
    """The centre of mass lies midway."""
    weight_height: float = 0.3
    """Of the centre of mass over the road; what moves load between the axles."""
    pitch_rate: float = 7.0
    """How fast the springs follow an acceleration, 1/s."""
    gyration_squared: float = 2.3
    """Moment of inertia for each kilogram, m2."""
    yaw_damping: float = 0.8
    """A gentle hand against spinning, 1/s."""
    yaw_damping_rise: float = 0.045
    """Firmer by so much for each m/s, 1/m."""
    catch_angle: float = 0.45
    """Beyond this slide the hand grows firmer, unless the handbrake is pulled."""
    catch_damping: float = 14.0
    """By so much for each radian, 1/s."""

    # Engine, brakes, air
    power: float = 313.0
    """W/kg at the wheels."""
    drive_max: float = 8.4
    """Most that the driven wheels put down."""
    air_drag: float = 0.0011
    """Deceleration for each (m/s)2."""
    draft_share: float = 0.45
    """What is spared of it in the thinnest air behind other cars."""
    nitro_gain: float = 0.45
    """What burning nitro adds, as a share of full drive."""
    brake_max: float = 11.5
    reverse_drive: float = 4.0
    reverse_speed_max: float = 9.0
    engine_braking: float = 0.9
    """With the pedal up."""
    handbrake_decel: float = 3.5

    # Steering
    steer_max: float = 0.58
    """Front wheels at standstill."""
    steer_slip: float = 0.15
    """Slip that full lock asks for at speed: about the peak of the curve."""
    handbrake_lock: float = 1.5
    """How much further the wheels turn while the handbrake is pulled."""
    steer_rate: float = 2.6
    """How fast the wheels turn, rad/s."""
    steer_return_rate: float = 4.2
    """Back to the middle it is faster, rad/s."""
    caster: float = 0.6
    """How far the wheels follow the way the car slides, as a share, when the hand
    lets them: a key lifted gathers up a slide, a key held keeps it."""
    rolling_speed: float = 2.0
    """Below it the car rolls without slip."""
    sliding_speed: float = 5.0
    """Above it slip decides alone."""

    # Damage
    damage_power_loss: float = 0.25
    """Share of the power that is gone at 100 percent."""
    damage_grip_loss: float = 0.05


TUNINGS: Final[tuple[CarTuning, ...]] = (
    CarTuning(
        title="Wasp", mass=0.8,
        grip=1.4, brake_max=12.4, gyration_squared=2.0, steer_rate=3.0,
        power=260.0, drive_max=8.0, air_drag=0.00118, throttle_rear_loss=0.1, spin_rear_loss=0.57,
    ),
    CarTuning(
        title="Falcon", mass=1.0,
        grip=1.384, brake_max=11.5, gyration_squared=2.3, steer_rate=2.6,
        power=313.0, drive_max=8.4, air_drag=0.0011, throttle_rear_loss=0.18, spin_rear_loss=0.6,
    ),
    CarTuning(
        title="Bison", mass=1.35,
        grip=1.36, brake_max=10.8, gyration_squared=2.6, steer_rate=2.4,
        power=380.0, drive_max=9.0, air_drag=0.00104, throttle_rear_loss=0.28, spin_rear_loss=0.64,
    ),
)  # fmt: skip
"""By `CarClass`. The Wasp grips, brakes and turns best; the Bison is the fastest,
weighs most and slides soonest; the Falcon lies between."""
TUNING: Final = TUNINGS[CarClass.TOURING]
