"""The engine of one car as it is heard: revs and load to loops and gains.

Two loops sound at a time, neighbours of a stack that climbs in semitones; one
of them lies on the even line, the other on the odd one, so that a line takes
another loop only while it is silent. The own car has a second pair for the
closed throttle, and both are shared by load.

What is heard is not quite what is driven: revs need a moment for a new gear,
a clutch slips while the car stands, and a gear is kept at the edge of two.

Units: revolutions a minute, seconds, metres a second; semitones for steps.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from car import GEAR_TOPS, RPM_IDLE, RPM_MAX, Car
from screens.audio import Audio
from screens.hearing import STEP_LAST, blend_of, eased, source_of, step_of
from screens.sound_bank import Pitch
from synth.catalogue import ENGINES, LOADS, engine_loop

SWEEP = 30.0
"""Revs rise and fall by no more than so many steps a second."""
SWEEP_AT_ONCE = 0.5
"""Nor by more at once: a line must be silent when it takes another loop."""
LOAD_WITHIN = 0.06
CLUTCH_RPM = 3600.0
"""Full throttle turns a standing engine so fast."""
CLUTCH_UNTIL = 9.0
"""From this speed on the clutch is closed."""
GEAR_KEPT = 0.9
"""Back down only below this share of where the lower gear ends."""
SHIFT_S = 0.14
"""The pedal is up for so long while a gear goes in."""
LIFT_FROM, LIFT_TO = 0.6, 0.15
POP_RPM = 5200.0
POP_EVERY = 1.4
COAST_GAIN = 0.6
"""A closed throttle is so much quieter than an open one."""
IDLE_GAIN = 0.5
"""And an idling engine so much quieter than one at its limit."""


class Happening(NamedTuple):
    """What an engine did that is heard once."""

    shifted: bool = False
    popped: bool = False


class EngineSound:
    """What one engine sounds like now; it moves on with every picture."""

    def __init__(self, car_class: int) -> None:
        self.engine = ENGINES[car_class]
        self._stack = {load: _pitches(self.engine, load) for load in LOADS}
        self.position = step_of(RPM_IDLE)
        """Where the revs are among the steps, as they are heard."""
        self.load = 0.0
        self._gear = 0
        """0 until the car has been seen."""
        self._shift_left = 0.0
        self._pop_left = 0.0
        self._foot_was_down = False

    def follow(self, car: Car, throttle: float, dt: float) -> Happening:
        """Move on to how a car drives now."""
        forward = car.forward_speed
        if not self._gear:
            # Who comes in the middle of a race does not hear it begin.
            self._choose_gear(forward)
            self.position = step_of(self.rpm_of(abs(forward), throttle))
        shifted = self._choose_gear(forward)
        if shifted:
            self._shift_left = SHIFT_S
        self._shift_left = max(0.0, self._shift_left - dt)
        self._pop_left = max(0.0, self._pop_left - dt)
        rpm = self.rpm_of(abs(forward), throttle)
        reach = min(SWEEP * dt, SWEEP_AT_ONCE)
        self.position += min(max(step_of(rpm) - self.position, -reach), reach)
        goal = 0.0 if self._shift_left > 0.0 else throttle
        self.load = eased(self.load, goal, dt, LOAD_WITHIN)
        return Happening(shifted, self._pops(rpm, throttle))

    def rpm_of(self, speed: float, throttle: float) -> float:
        """Return the revs that are heard: the gear is kept, and the clutch may slip."""
        share = min(1.0, speed / GEAR_TOPS[self._gear - 1])
        turning = RPM_IDLE + (RPM_MAX - RPM_IDLE) * share
        slipping = RPM_IDLE + (CLUTCH_RPM - RPM_IDLE) * throttle
        return max(turning, slipping) if speed < CLUTCH_UNTIL else turning

    def _choose_gear(self, forward: float) -> bool:
        """Follow the box; return whether it went up while driving."""
        gear = min(bisect_right(GEAR_TOPS, forward) + 1, len(GEAR_TOPS))
        if gear == self._gear - 1 and forward > GEAR_TOPS[gear - 1] * GEAR_KEPT:
            return False
        up = gear > self._gear
        self._gear = gear
        return up

    def _pops(self, rpm: float, throttle: float) -> bool:
        """Whether the exhaust bangs: the foot has come up at high revs."""
        lifted = self._foot_was_down and throttle < LIFT_TO
        if throttle > LIFT_FROM or throttle < LIFT_TO:
            self._foot_was_down = throttle > LIFT_FROM
        if not lifted or rpm < POP_RPM or self._pop_left > 0.0 or self.engine == "light":
            return False
        self._pop_left = POP_EVERY
        return True

    def sound(
        self, audio: Audio, key: str, volume: float, pan: float, shift: float, *, whole: bool
    ) -> None:
        """Sound on the lines of a key.

        Args:
            shift: semitones by which the car's motion raises it.
            whole: with the pair for the closed throttle; the own car has it.
        """
        position = min(max(self.position + shift, 0.0), STEP_LAST - 1e-6)
        blend = blend_of(position)
        revs = self.position / STEP_LAST
        volume *= IDLE_GAIN + (1.0 - IDLE_GAIN) * revs
        loads = {"pull": self.load**0.5, "coast": (1.0 - self.load) ** 0.5 * COAST_GAIN}
        if not whole:
            loads = {"pull": COAST_GAIN + (1.0 - COAST_GAIN) * self.load}
        for load, by_load in loads.items():
            for step, gain in ((blend.step, blend.low), (blend.step + 1, blend.high)):
                pitch = self._stack[load][step]
                audio.line(f"{key}-{load}-{step % 2}", pitch, volume * by_load * gain, pan)


def silence(audio: Audio, key: str) -> None:
    """End the lines of a key."""
    for load in LOADS:
        for parity in (0, 1):
            audio.line(f"{key}-{load}-{parity}", None)


def stack_of(car_class: int, *, whole: bool) -> list[Pitch]:
    """Return every loop that an engine may need, the low ones first."""
    loads = LOADS if whole else LOADS[:1]
    stacks = [_pitches(ENGINES[car_class], load) for load in loads]
    return [pitch for pair in zip(*stacks, strict=True) for pitch in pair]


@lru_cache(maxsize=len(ENGINES) * len(LOADS))
def _pitches(engine: str, load: str) -> tuple[Pitch, ...]:
    """Return the loops of an engine, by step."""
    sources = [source_of(step) for step in range(STEP_LAST + 1)]
    return tuple(Pitch(engine_loop(engine, load, number), up) for number, up in sources)
