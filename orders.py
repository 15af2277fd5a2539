"""What a cluster orders its game to do: plain values, as `effects.py` holds others.

Nothing here does anything.

Units: as in the parts they speak of.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.store import ChatRecord, Lease, RoomSave


@dataclass(frozen=True, slots=True)
class Granted:
    """A room of ours has its lease, under this epoch."""

    room_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A room of another node, or of our own earlier life, is ours: restore it."""

    room_id: str
    epoch: int
    save: RoomSave
    chat: tuple[ChatRecord, ...]
    former: Lease
    """As it was when another, or our own earlier life, had it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The lease could not be renewed in time: this room must stand still."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Unpause:
    """The lease is renewed under the same epoch: the room may go on."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Another node has the room: drop it and send its players there."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Unwelcome:
    """Another node bears our name: this process must not go on."""

    text: str


Order = Granted | TakenOver | Pause | Unpause | Lost | Unwelcome
