"""One car of a race and what the rules know of it; what can happen to it.

Plain values that `race.py` and its helpers share: they decide, this does not.

Units: ticks of 1/60 s unless a name says otherwise; metres.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from car import Car, CarInput

TICKS_A_SECOND: Final = 60
RESPAWN_EVERY_TICKS: Final = 3 * TICKS_A_SECOND

COAST: Final = CarInput()


class EventKind(IntEnum):
    """What can happen in a race; the meaning of an event's value follows."""

    GO = 0
    GATE = 1
    """The gate's number."""
    LAP = 2
    """Ticks of the lap."""
    BEST_LAP = 3
    """Ticks of the lap: the race's best so far."""
    FINISH = 4
    """Ticks of the whole race, penalties included."""
    JUMP_START = 5
    """Ticks of penalty."""
    WRONG_WAY = 6
    RIGHT_WAY = 7
    RESPAWN = 8
    CONTACT = 9
    """Impulse, cm/s."""
    WALL = 10
    """Impulse, cm/s."""
    TIME_OUT = 11
    RACE_OVER = 12
    MISSED_GATE = 13
    """The number of the gate; until it is crossed nothing counts."""
    PICKUP = 14
    """The number of the canister."""
    REPAIRED = 15
    """Points of damage that the pit has mended."""
    FIRST_SPLIT = 16
    """Ticks of the lap, a third of the way."""
    SECOND_SPLIT = 17
    """Ticks of the lap, two thirds of the way."""


NOBODY: Final = 255
"""The slot of events that concern everyone."""


class RaceEvent(NamedTuple):
    """Something that happened at a tick."""

    kind: EventKind
    slot: int
    tick: int
    value: int


class Result(NamedTuple):
    """How one car ended."""

    slot: int
    place: int
    total_ticks: int | None
    """With penalties; None for who did not finish."""
    best_lap_ticks: int | None
    points: int


@dataclass(slots=True)
class Racer:
    """One car and what the rules know of it."""

    slot: int
    car: Car
    hint: int
    """Nearest sample of the centreline."""
    gates_passed: int = 0
    """Gates crossed in order, the start line at the start included."""
    lap_started_tick: int = 0
    best_lap_ticks: int | None = None
    finish_tick: int | None = None
    penalty_ticks: int = 0
    wrong_way: bool = False
    missed_gate: bool = False
    ghost: bool = False
    """Touches no other car."""
    gone: bool = False
    """Left for good."""
    progress: float = 0.0
    """Metres driven towards the finish; negative before the line."""
    place: int = 0
    turned_ticks: int = 0
    """How long the car has driven the other way than `wrong_way` says."""
    respawned_tick: int = -RESPAWN_EVERY_TICKS
    wishes: CarInput = field(default=COAST, compare=False)
    """What was applied last, for the eye and ear of others."""
    from_x: float = field(default=0.0, compare=False)
    """Where the newest tick found the car."""
    from_y: float = field(default=0.0, compare=False)
