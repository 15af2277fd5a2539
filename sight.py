"""What a driver sees: no more than a player's screen shows.

A program that drives is handed a `Sight` each tick and nothing else. Places,
gaps and clocks are not in it, so nobody's pace can hang on them.

Units: metres, seconds, radians; ticks where the name says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from car import Car
from race import Race


@dataclass(frozen=True, slots=True)
class Sight:
    """What a driver sees: the own car and the others, as on a player's screen."""

    car: Car
    """The own one, with its bottle, its damage and the air before it."""
    hint: int
    others: tuple[Car, ...]
    """Cars that may be touched; ghosts are not among them."""
    ticks_to_go: int
    """Until GO; 0 or less once the race is on."""
    missed_gate: bool = False
    """Whether the own car was told that it missed a gate."""
    canisters: int = 0
    """A bit for each canister of the track that lies there."""
    laps_left: int = 1
    """Laps to drive, the one begun included."""

    @classmethod
    def of(cls, race: Race, slot: int) -> Sight:
        """Return what the driver of a slot sees of a race."""
        racer = race.racers[slot]
        others = tuple(
            other.car
            for other in race.racers.values()
            if other is not racer and not other.gone and not other.ghost
        )
        return cls(
            racer.car,
            racer.hint,
            others,
            ticks_to_go=race.go_tick - race.tick,
            missed_gate=racer.missed_gate,
            canisters=race.canisters,
            laps_left=race.laps - race.laps_of(racer),
        )
