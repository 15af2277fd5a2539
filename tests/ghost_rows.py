"""Recorded laps as a server tells them: steady drives round the meadow."""

from __future__ import annotations

from car import CarClass
from ghost import EVERY_TICKS, GhostLap, Pose, samples_of
from protocol import GhostKind, GhostRow, Ghosts, SavedState, pack_lap
from tests.racing import MEADOW

ME, BEA = "a" * 12, "b" * 12
TICKS = 2_400


def lap_of(ticks: int = TICKS) -> GhostLap:
    """Return a lap of the meadow at a steady speed."""
    shares = (min(n * EVERY_TICKS, ticks) / ticks for n in range(samples_of(ticks)))
    poses = tuple(Pose(*MEADOW.point_at(share * MEADOW.length)) for share in shares)
    return GhostLap(MEADOW.digest, CarClass.TOURING, ticks, poses)


def row(kind: GhostKind, player_id: str = ME, name: str = "Me", ticks: int = TICKS) -> GhostRow:
    """Return a recorded lap as the server tells it."""
    return GhostRow(int(kind), player_id, name, round(ticks / 60 * 1000), pack_lap(lap_of(ticks)))


def told(*rows: GhostRow, saved: SavedState = SavedState.SAVED) -> Ghosts:
    """Return what the server tells of the meadow."""
    return Ghosts("meadow", MEADOW.digest, int(CarClass.TOURING), rows, int(saved))
