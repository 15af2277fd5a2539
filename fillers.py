"""The server's own bots, which fill a grid: who comes, and who drives which car.

Units: none.
"""

from __future__ import annotations

from bots import BotLevel
from live_race import LiveRace
from lobby import Seat
from personalities import PERSONALITIES, personality_of

BOT_NAMES = tuple(one.name for one in PERSONALITIES)


def give_wheels(
    live: LiveRace, fillers: list[Seat], seed: int, level: BotLevel = BotLevel.NORMAL
) -> None:
    """Let bots drive the cars of these seats, each in the manner that its name promises."""
    for seat in fillers:
        who = personality_of(seat.name)
        live.seat_bot(seat.slot, seed=seed + seat.slot, level=level, personality=who)
