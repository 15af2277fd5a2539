"""The saver: when a room is saved, and with what; one for all rooms of a node.

It asks for saves through effects and is told how they ended. Twice a second
for a room with a race, at a change for one without; one in flight at a time,
so that a database that is slow or away gets the newest when it answers. It
reads no clock and decides nothing about races.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import room_save
from db.store import RoomSave
from effects import Effect, SaveRoom
from live_race import LiveRace
from lobby import Room
from track import Track

SAVE_EVERY_S = 0.5
SPREAD_TICKS = 15
"""Saves that can wait are spread over so many ticks: rooms that began together
would all be saved in one, and make that a long one."""


@dataclass(slots=True)
class SaveState:
    """Where the saving of one room stands, over all its races."""

    seq: int = 0
    """Never begins again: the save of an earlier race may still be stored."""
    due_at: float = 0.0
    in_flight: bool = False
    urgent: bool = False
    """Whether the next save holds what would hurt to lose: it waits for no other."""
    waiting: bytes = b""
    """What was saved last of a room without a race."""


class Saver:
    """Keeps the rooms of a node on disk, as far as it goes."""

    def __init__(self, tracks: Mapping[str, Track], emit: Callable[[Effect], None]) -> None:
        self.states: dict[str, SaveState] = {}
        self._tracks = tracks
        self._emit = emit
        self._tick_at = 0.0
        self._asked = 0
        """Saves in the newest tick."""

    def begin(self, room_id: str, now: float, seq: int | None = None) -> None:
        """Save a room from now on; `seq` is that of the save that it was restored from."""
        if seq is not None:
            self.states[room_id] = SaveState(seq=seq)
        self._state(room_id).due_at = now

    def hurry(self, room_id: str) -> None:
        """Let the next save of a room be due at once, before all others."""
        self._state(room_id).urgent = True

    def forget(self, room_id: str) -> None:
        """Save a room no more; what is saved of it is not touched."""
        self.states.pop(room_id, None)

    def _state(self, room_id: str) -> SaveState:
        state = self.states.get(room_id)
        if state is None:
            state = self.states[room_id] = SaveState()
        return state

    def save_if_due(self, room: Room, live: LiveRace, now: float) -> None:
        """Save a race that goes on, if it is time for that."""
        state = self._state(room.room_id)
        if state.in_flight or room.epoch == 0 or live.frozen:
            return
        if state.urgent or (now >= state.due_at and self._may_add(now)):
            self.save(room, live, now)

    def _may_add(self, now: float) -> bool:
        """Whether this tick has room for one more save; rooms that wait come in the next."""
        if now != self._tick_at:
            self._tick_at, self._asked = now, 0
        return self._asked <= len(self.states) // SPREAD_TICKS

    def save_waiting(self, room: Room, hoped: str | None, now: float) -> None:
        """Save a room without a race where it has changed: it outlives its node too.

        Args:
            hoped: the race whose result is on its way to the database, if there
                is one: the save that went with it says so already.
        """
        state = self._state(room.room_id)
        if state.in_flight or now < state.due_at or room.epoch == 0:
            return
        state.due_at = now + SAVE_EVERY_S
        told = state.waiting == self._encode(room, None) or (
            hoped is not None and state.waiting == self._encode(room, None, hoped=hoped)
        )
        if not told:
            self.save(room, None, now)

    def save(self, room: Room, live: LiveRace | None, now: float) -> None:
        """Ask for a save of this room, and of its race, now."""
        state = self._state(room.room_id)
        save = self.next_save(room, live)
        state.waiting = save.blob if live is None else b""
        state.in_flight, state.urgent = True, False
        self._asked += 1
        state.due_at = now + SAVE_EVERY_S
        self._emit(SaveRoom(save))

    def next_save(self, room: Room, live: LiveRace | None, passed_to: str = "") -> RoomSave:
        """Return a save of this room, to be written by another way."""
        return self._made(room, live, self._encode(room, live, passed_to))

    def save_of_end(self, room: Room, race_id: str) -> RoomSave | None:
        """Return the save that goes with the result of a race; None: the room is not ours yet.

        It says that the result is kept, for so it is where this save is.
        """
        state = self._state(room.room_id)
        state.waiting = b""
        if not room.epoch:
            return None
        state.waiting = self._encode(room, None, hoped=race_id)
        return self._made(room, None, state.waiting)

    def _made(self, room: Room, live: LiveRace | None, blob: bytes) -> RoomSave:
        state = self._state(room.room_id)
        state.seq += 1
        tick = live.race.tick if live is not None else 0
        return RoomSave(room.room_id, room.epoch, state.seq, tick, blob)

    def _encode(
        self, room: Room, live: LiveRace | None, passed_to: str = "", hoped: str | None = None
    ) -> bytes:
        digest = self._tracks[room.track].digest
        return room_save.encode(room, live, digest=digest, passed_to=passed_to, saved_race=hoped)

    def saved(self, room_id: str, *, kept: bool) -> None:
        """A save has ended, well or not; the next may go."""
        state = self.states.get(room_id)
        if state is not None:
            state.in_flight = False
            if not kept:
                state.waiting = b""

    def distrust(self, room_id: str) -> None:
        """What was saved of a room is not as it is: save it again."""
        self._state(room_id).waiting = b""
