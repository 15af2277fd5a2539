"""The precision of a car on the wire, and rounding to it.

Both sides round a car's state at the end of each step: a replay then compares
equal numbers (the habit of Teeworlds' gamecore). All scales are powers of two,
so that quantising a quantised number changes nothing.

Units: quanta to the metre, to the m/s, to the radian, to the m/s2.
"""

from __future__ import annotations

from typing import Final

POSITION_SCALE: Final = 4096
VELOCITY_SCALE: Final = 65536
HEADING_SCALE: Final = 2**20
YAW_SCALE: Final = 65536
STEER_SCALE: Final = 16384
PITCH_SCALE: Final = 256

ROUNDS: Final = 1.5 * 2.0**52
"""So large a number holds no fractions: what is added to it and taken away again
is rounded to a whole one, half to even, four times as fast as by `round` (D.
Goldberg, "What Every Computer Scientist Should Know About Floating-Point
Arithmetic"). Divided by a scale it rounds to the quanta of that scale."""
POSITION_ROUNDS: Final = ROUNDS / POSITION_SCALE
VELOCITY_ROUNDS: Final = ROUNDS / VELOCITY_SCALE
HEADING_ROUNDS: Final = ROUNDS / HEADING_SCALE
YAW_ROUNDS: Final = ROUNDS / YAW_SCALE
STEER_ROUNDS: Final = ROUNDS / STEER_SCALE
PITCH_ROUNDS: Final = ROUNDS / PITCH_SCALE
