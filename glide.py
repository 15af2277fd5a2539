"""A correction that is not seen as a jump: the eye is led from the old to the new.

When what was believed of a car turns out to be wrong, the difference in place
and in speed is laid over what is drawn, and goes away as a critically damped
spring does: neither place nor speed jumps on the screen. Small differences are
gone within a quarter of a second; large ones go no faster than a car could.

It reads no clock and knows nothing of cars but where they are.

Source: T. Lowe, "Critically Damped Ease-In/Ease-Out Smoothing", Game
Programming Gems 4.

Units: metres, m/s, radians; seconds.
"""

from __future__ import annotations

import math

from car import TAU, Car

RATE_MAX = 25.0
"""Of the spring, one over seconds: nine tenths are gone after 3.9 of its times, 0.16 s."""
RATE_MIN = 3.0
PACE = 20.0
"""A difference goes away no faster than about this, m/s, unless another pace is given."""


class Glide:
    """What is still hidden of the corrections of one car."""

    __slots__ = ("_rate", "heading", "turn", "vx", "vy", "x", "y")

    def __init__(self) -> None:
        self.x = self.y = self.heading = 0.0
        self.vx = self.vy = self.turn = 0.0
        self._rate = RATE_MAX

    @property
    def metres(self) -> float:
        """How far from the truth the car is drawn."""
        return math.hypot(self.x, self.y)

    def clear(self) -> None:
        """Show the truth from now on."""
        self.x = self.y = self.heading = 0.0
        self.vx = self.vy = self.turn = 0.0

    def add(self, was: Car, is_now: Car, pace: float = PACE) -> None:
        """Hide that a car is not where, nor as fast as, it was believed to be.

        Args:
            was: what was believed of a tick.
            is_now: what is believed of the same tick instead.
            pace: about how fast the difference may go, m/s.
        """
        self.x += was.x - is_now.x
        self.y += was.y - is_now.y
        self.heading = math.remainder(self.heading + was.heading - is_now.heading, TAU)
        self.vx += was.vx - is_now.vx
        self.vy += was.vy - is_now.vy
        self.turn += was.yaw_rate - is_now.yaw_rate
        far = self.metres
        # From rest such a spring is fastest after one of its times: distance
        # times rate over e.
        rate = math.e * pace / far if far > 0.0 else RATE_MAX
        self._rate = min(max(rate, RATE_MIN), RATE_MAX)

    def fade(self, seconds: float) -> None:
        """Let the hidden part go, as time passes."""
        rate = self._rate
        kept = math.exp(-rate * seconds)
        x, y, heading = self.x, self.y, self.heading
        pull_x, pull_y = self.vx + rate * x, self.vy + rate * y
        pull = self.turn + rate * heading
        self.x = (x + pull_x * seconds) * kept
        self.y = (y + pull_y * seconds) * kept
        self.heading = (heading + pull * seconds) * kept
        self.vx = (self.vx - rate * pull_x * seconds) * kept
        self.vy = (self.vy - rate * pull_y * seconds) * kept
        self.turn = (self.turn - rate * pull * seconds) * kept

    def lay_on(self, car: Car) -> None:
        """Move a car that is to be drawn to where it is to be seen, in place."""
        car.x += self.x
        car.y += self.y
        car.heading = math.remainder(car.heading + self.heading, TAU)
