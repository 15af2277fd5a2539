"""Who the bots are: a table of characters, and what each is like at the wheel.

A level says how well a bot drives, a personality in what manner; the two are
chosen apart. No driving is here (see `bots.py`).

Units: shares from 0 to 1, unless a field says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from car import CarClass


@dataclass(frozen=True, slots=True)
class Personality:
    """One character."""

    name: str
    """As on the grid."""
    character: str
    """One line, told to who looks on: what the traits below add up to."""
    favourite: CarClass = CarClass.TOURING
    """What it drives when it may choose."""
    talent: float = 0.5
    """Pace within its level: all of it is about one percent of a lap."""
    aggression: float = 0.5
    """How readily it passes and defends, and how little room it leaves beyond the rules."""
    patience: float = 0.5
    """How long it stays in the tow before it pulls out."""
    smoothness: float = 0.5
    """How gently it moves aside and opens the throttle."""
    bravery: float = 0.5
    """How late it brakes beside or behind another car."""
    drift: float = 0.0
    """How much it likes its tail out."""
    mistakes: float = 1.0
    """A multiple of the mistakes that its level makes."""
    nitro: float = 0.5
    """0 keeps the bottle for passing, 1 burns it on the first straight."""
    greed: float = 0.5
    """How far it goes out of its way for a canister."""


PERSONALITIES: Final[tuple[Personality, ...]] = (
    Personality(
        "Apex Annie", "Clips every kerb and never wastes a metre of road.",
        CarClass.LIGHT, talent=1.0, aggression=0.45, patience=0.7, smoothness=0.9, bravery=0.6,
        mistakes=0.5, nitro=0.4, greed=0.3,
    ),
    Personality(
        "Dusty", "Grew up on gravel; tarmac is what lies between slides.",
        CarClass.TOURING, talent=0.55, aggression=0.5, patience=0.4, smoothness=0.2, bravery=0.7,
        drift=0.8, mistakes=1.3, nitro=0.6, greed=0.6,
    ),
    Personality(
        "Kerb Karl", "Has never met a kerb that he would not drive over.",
        CarClass.TOURING, talent=0.6, aggression=0.7, patience=0.3, smoothness=0.3, bravery=0.8,
        drift=0.2, mistakes=1.4, nitro=0.7, greed=0.5,
    ),
    Personality(
        "Lady Lateral", "Arrives sideways, apologises to nobody.",
        CarClass.MUSCLE, talent=0.6, aggression=0.6, patience=0.5, smoothness=0.4, bravery=0.6,
        drift=1.0, mistakes=1.1, nitro=0.8, greed=0.8,
    ),
    Personality(
        "Nimbus", "Floats along in your slipstream until the very last moment.",
        CarClass.LIGHT, talent=0.7, aggression=0.3, patience=1.0, smoothness=0.8, bravery=0.5,
        mistakes=0.7, nitro=0.2, greed=0.4,
    ),
    Personality(
        "Old Dirk", "Forty seasons, no hurry, hardly a mistake.",
        CarClass.MUSCLE, talent=0.4, aggression=0.2, patience=0.9, smoothness=1.0, bravery=0.2,
        mistakes=0.3, nitro=0.3, greed=0.2,
    ),
    Personality(
        "Pepper", "Goes for every gap, including some that are none.",
        CarClass.LIGHT, talent=0.65, aggression=1.0, patience=0.0, smoothness=0.3, bravery=0.9,
        mistakes=1.5, nitro=1.0, greed=0.9,
    ),
    Personality(
        "Quickstep", "Left foot, right foot, and past you on the way out.",
        CarClass.LIGHT, talent=0.8, aggression=0.6, patience=0.4, smoothness=0.7, bravery=0.5,
        mistakes=0.8, nitro=0.5, greed=0.5,
    ),
    Personality(
        "Rook", "Moves in straight lines and gives nothing away.",
        CarClass.MUSCLE, talent=0.5, aggression=0.9, patience=0.6, smoothness=0.5, bravery=0.4,
        mistakes=0.9, nitro=0.1, greed=0.3,
    ),
    Personality(
        "Tailwind", "Lives for the straight and hopes for the corner.",
        CarClass.MUSCLE, talent=0.55, aggression=0.5, patience=0.8, smoothness=0.5, bravery=0.3,
        drift=0.1, mistakes=1.0, nitro=0.9, greed=1.0,
    ),
    Personality(
        "Understeer Uwe", "Brakes late, turns later, waves from the sand.",
        CarClass.TOURING, talent=0.2, aggression=0.5, patience=0.3, smoothness=0.4, bravery=1.0,
        mistakes=1.8, nitro=0.6, greed=0.6,
    ),
    Personality(
        "Vesper", "Cold, quick, and always where you wanted to be.",
        CarClass.TOURING, talent=0.95, aggression=0.8, patience=0.7, smoothness=0.6, bravery=0.7,
        mistakes=0.4, nitro=0.3, greed=0.4,
    ),
)  # fmt: skip
"""Everybody who may turn up on a grid; no more than one of each in a race."""

PLAIN: Final = Personality("Plain", "Average in everything, and proud of it.")
"""Who drives when nobody in particular was asked for."""
CARETAKER: Final = Personality(
    "Caretaker", "Brings your car round in one piece until you are back.",
    talent=0.5, aggression=0.0, patience=0.8, smoothness=1.0, bravery=0.1, mistakes=0.0,
    nitro=0.0, greed=0.0,
)  # fmt: skip

_BY_NAME = {one.name: one for one in PERSONALITIES}


def personality_of(name: str) -> Personality:
    """Return who has a name; a stranger is plain."""
    return _BY_NAME.get(name, PLAIN)
