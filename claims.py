"""Canisters that the own car believes to have taken, until the server has spoken.

The client shows a pickup at once. Mostly the server grants it; where another
car was there first, or the car was not where it seemed, this says so, so that
nothing is taken back from a player without a word. It predicts nothing.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from collections.abc import Mapping

from resources import BACK_AFTER_TICKS

RIVAL_TICKS = 60
"""Who was first was so by no more than this: the canister was seen lying there."""


class Claims:
    """What one client has shown as its own and the server has not settled."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        """By canister, the tick at which the own car takes it."""
        self._settled: dict[int, int] = {}
        """By canister, the tick at which somebody was granted it last."""

    def claim(self, taken: Mapping[int, int]) -> None:
        """Note what the own car takes, and when; what is settled is not claimed again."""
        for number, tick in taken.items():
            settled = self._settled.get(number)
            if settled is None or tick >= settled + BACK_AFTER_TICKS:
                self._open[number] = tick

    def settle(self, number: int, tick: int, *, mine: bool) -> bool:
        """The server has granted a canister; return whether a claim is lost by it."""
        claimed = self._open.pop(number, None)
        self._settled[number] = tick
        return (
            not mine and claimed is not None and tick - RIVAL_TICKS <= claimed <= tick + RIVAL_TICKS
        )

    def missed(self, tick: int, canisters: int, taken: Mapping[int, int]) -> list[int]:
        """Return the claims that nobody was granted: the car was not where it seemed.

        Args:
            tick: that of the newest snapshot.
            canisters: those that lie there by it, as bits.
            taken: what the own car still takes beyond it.
        """
        missed = [
            number
            for number, claimed in self._open.items()
            if claimed <= tick and canisters >> number & 1 and number not in taken
        ]
        for number in missed:
            del self._open[number]
        return missed
