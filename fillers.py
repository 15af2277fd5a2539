"""The server's own bots, which fill a grid: their names, and how well they drive.

Units: none.
"""

from __future__ import annotations

from live_race import LiveRace
from lobby import Seat

SKILL_BEST, SKILL_SPREAD = 0.95, 0.45
"""Of the bots that fill a grid: the best, and how much weaker the others may be."""
BOT_NAMES = (
    "Apex Annie", "Dusty", "Kerb Karl", "Lady Lateral", "Nimbus", "Old Dirk",
    "Pepper", "Quickstep", "Rook", "Tailwind", "Understeer Uwe", "Vesper",
)  # fmt: skip


def give_wheels(live: LiveRace, fillers: list[Seat], seed: int) -> None:
    """Let bots drive the cars of these seats, the best in the first."""
    for place, seat in enumerate(fillers):
        skill = SKILL_BEST - SKILL_SPREAD * place / len(fillers)
        live.seat_bot(seat.slot, seed=seed + seat.slot, skill=skill)
