"""`python car.py`: a short drive in the terminal, and what the three classes can do.

Nothing of the game needs it; it shows how the model is used.

Units: metres, seconds, km/h where it says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from car import DRAFT_MAX, DT, TUNINGS, Car, CarClass, CarInput, step_car


class Drive:
    """One car, a stopwatch, and a voice."""

    def __init__(self) -> None:
        self.car = Car()
        self.seconds = 0.0

    def tell(self, what: str) -> None:
        """Print what has just been done, and how the car is."""
        car = self.car
        print(
            f"{self.seconds:6.2f} s  {what:40} {car.speed * 3.6:6.1f} km/h  gear {car.gear:2}"
            f"  {car.rpm:5.0f} rpm  slide {self.slide():5.1f}  nitro {car.nitro_ticks:3}"
        )

    def slide(self) -> float:
        """Return the angle between where the car points and where it goes, degrees."""
        car = self.car
        return math.degrees(math.atan2(car.slide, car.forward_speed)) if car.speed > 1.0 else 0.0

    def hold(self, wishes: CarInput, done: Callable[[Car], bool]) -> None:
        """Hold an input until a condition is met."""
        while not done(self.car):
            step_car(self.car, wishes)
            self.seconds += DT

    def hold_for(self, wishes: CarInput, seconds: float) -> None:
        """Hold an input for a while."""
        end = self.seconds + seconds - DT / 2
        self.hold(wishes, lambda car: self.seconds >= end)


def faster_than(kmh: float) -> Callable[[Car], bool]:
    """Return the condition that a car has come to a speed."""
    return lambda car: car.speed * 3.6 >= kmh


def demonstrate() -> None:
    """Drive one car through all that it can do, then measure all three."""
    drive = Drive()
    car = drive.car
    drive.tell("engine off")
    car.start_engine()
    drive.tell("engine started")
    for goal_kmh in (50, 100, 200):
        drive.hold(CarInput(throttle=1.0), faster_than(goal_kmh))
        drive.tell(f"full throttle to {goal_kmh} km/h")
    start = car.x
    drive.hold(CarInput(brake=1.0), lambda car: car.speed <= 25.0)
    drive.tell(f"braked to 90 km/h in {car.x - start:.0f} m")
    drive.hold_for(CarInput(throttle=0.5, steering=1.0), 1.0)
    drive.tell("full lock to the right for 1 s")
    drive.hold(CarInput(steering=1.0, handbrake=True), lambda car: drive.slide() < -15.0)
    drive.tell("handbrake: the tail comes out")
    for _ in range(20):
        # As keys do: into the turn while the slide is narrow, else hands off.
        steering = 1.0 if drive.slide() > -26.0 else 0.0
        drive.hold_for(CarInput(throttle=1.0, steering=steering), 0.1)
    drive.tell(f"throttle: drifting, {car.charge_ticks} ticks charged")
    drive.hold(CarInput(), lambda car: car.charge_ticks == 0)
    drive.tell("throttle lifted: straight, and paid")
    before = car.speed
    drive.hold(CarInput(throttle=1.0, nitro=True), lambda car: car.nitro_ticks == 0)
    drive.tell(f"nitro burnt: {(car.speed - before) * 3.6:.0f} km/h gained")
    car.stop_engine()
    drive.hold(CarInput(brake=1.0, engine=False), lambda car: car.speed < 0.1)
    drive.tell("engine stopped, standing")
    print()
    for car_class in CarClass:
        print(_described(car_class))


def _described(car_class: CarClass) -> str:
    tuning = TUNINGS[car_class]
    tops = []
    for draft in (0, DRAFT_MAX):
        car = Car(vx=50.0, car_class=car_class, draft=draft)
        for _ in range(round(60.0 / DT)):
            step_car(car, CarInput(throttle=1.0))
        tops.append(car.speed * 3.6)
    return (
        f"{tuning.title:8} grip {tuning.grip:.2f}  brakes {tuning.brake_max:4.1f} m/s2"
        f"  power {tuning.power:3.0f} W/kg  mass {tuning.mass:4.2f}"
        f"  top speed {tops[0]:3.0f} km/h, {tops[1]:3.0f} behind others"
    )
