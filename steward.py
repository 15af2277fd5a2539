"""The race steward: starts, runs, saves and reports the live races of a node.

It owns every `LiveRace`; `Game` owns people and rooms and calls the steward
at each tick. It asks for what is durable through effects and is told the
outcome; it reads no clock, no random source and no socket.

A race goes on whatever the database does: saves that fail are taken again,
newer; results are the shell's to keep (`SaveResult`) until a majority has them.

Units: ticks for races, seconds (monotonic) for `now`, milliseconds in results.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import bulletins
import room_save
from db.store import RoomSave
from effects import Effect, EndRoom, SaveResult, SaveRoom, Send, SendSnapshot
from live_race import LiveRace
from lobby import Entropy, Lobby, Room, RoomPhase, Seat, SeatKind
from protocol import Drive, Results, SavedState
from race import EventKind, Race, RaceEvent
from track import Track

SNAPSHOT_EVERY_TICKS = 2
SAVE_EVERY_S = 0.5
REJOIN_WAIT_S = 10.0
"""A restored race waits so long for its players before it goes on without."""
RESUME_COUNTDOWN_TICKS = 180
CARETAKER_SKILL = 0.55
"""Careful: nobody should lose a car that was safe."""
SHOWN_IMPULSE_MIN = 100
"""Contacts under 1 m/s of velocity change are neither seen nor heard."""

BOT_NAMES = (
    "Apex Annie", "Dusty", "Kerb Karl", "Lady Lateral", "Nimbus", "Old Dirk",
    "Pepper", "Quickstep", "Rook", "Tailwind", "Understeer Uwe", "Vesper",
)  # fmt: skip

NEWS = (EventKind.LAP, EventKind.FINISH)
"""Events worth an immediate save: what a player would hate to lose."""


@dataclass(slots=True)
class SaveState:
    """Where the saving of one room stands."""

    seq: int = 0
    due_at: float = 0.0
    in_flight: bool = False


class Steward:
    """All live races of this node."""

    def __init__(
        self,
        lobby: Lobby,
        tracks: Mapping[str, Track],
        entropy: Entropy,
        emit: Callable[[Effect], None],
        *,
        durable: bool,
        wall_offset_s: float,
    ) -> None:
        self.live: dict[str, LiveRace] = {}
        self.results: dict[str, Results] = {}
        """The newest result of each room, for who comes back after the finish."""
        self.handed_back: list[Seat] = []
        """Seats whose player took the wheel back; the game announces and clears them."""
        self._lobby = lobby
        self._tracks = tracks
        self._entropy = entropy
        self._emit = emit
        self._durable = durable
        self._wall_offset_s = wall_offset_s
        self._saves: dict[str, SaveState] = {}
        self._thaw_at: dict[str, float] = {}
        self._ticks = 0

    # Starting and ending

    def start(self, room: Room, now: float) -> None:
        """Fill the grid and start the countdown of a room's race."""
        seed = int.from_bytes(self._entropy(4), "big")
        names = random.Random(seed).sample(BOT_NAMES, len(BOT_NAMES))
        fillers = self._lobby.seat_fillers(room, names)
        track = self._tracks[room.track]
        race_id = f"{room.room_id}-{self._entropy(6).hex()}"
        live = LiveRace(race_id, track, Race(track, room.laps, sorted(room.seats)))
        for place, seat in enumerate(fillers):
            skill = 0.95 - 0.45 * place / max(1, len(fillers))
            live.seat_bot(seat.slot, seed=seed + seat.slot, skill=skill)
        live.entrants = {
            seat.slot: (seat.name, seat.player_id, int(seat.kind)) for seat in room.seats.values()
        }
        room.phase = RoomPhase.RACING
        self.results.pop(room.room_id, None)
        self._adopt(room, live, now)
        for session in self._lobby.present(room):
            self.brief(room, session.player_id, session.link_id)

    def restore(self, save: RoomSave, epoch: int, now: float) -> Room:
        """Take up a room and its race from a save; it waits for its players.

        Raises:
            BadSave: the save cannot be used.
        """
        room, live = room_save.decode(save.blob, dict(self._tracks))
        room.epoch = epoch
        for seat in room.seats.values():
            if not seat.is_filler:
                seat.kind = SeatKind.CARETAKER
            live.seat_bot(
                seat.slot,
                seed=seat.slot,
                skill=CARETAKER_SKILL,
                caretaker=not seat.is_filler,
            )
        self._adopt(room, live, now, seq=save.seq)
        self._thaw_at[room.room_id] = now + REJOIN_WAIT_S
        return room

    def close(self, room: Room) -> None:
        """Forget a room's race and its save: nobody is left in it."""
        self.results.pop(room.room_id, None)
        if self.live.pop(room.room_id, None) is not None:
            self._emit(EndRoom(room.room_id, room.epoch))
        self._saves.pop(room.room_id, None)
        self._thaw_at.pop(room.room_id, None)

    def drop(self, room_id: str) -> None:
        """Stop running a room at once: another node owns it."""
        self.live.pop(room_id, None)
        self._saves.pop(room_id, None)
        self._thaw_at.pop(room_id, None)

    def _adopt(self, room: Room, live: LiveRace, now: float, seq: int = 0) -> None:
        self.live[room.room_id] = live
        self._saves[room.room_id] = SaveState(seq=seq, due_at=now)

    # Players

    def brief(self, room: Room, player_id: str, link_id: int | None) -> None:
        """Tell one player all that is needed to drive, or to watch, this race."""
        live = self.live.get(room.room_id)
        if live is None or link_id is None:
            return
        seat = room.seat_of(player_id)
        slot = seat.slot if seat is not None and seat.slot in live.drivers else None
        self._emit(Send((link_id,), bulletins.race_start(room, live, slot)))

    def drive(self, room_id: str, seat: Seat, order: Drive) -> None:
        """Pass a player's input on to the race."""
        live = self.live.get(room_id)
        if live is not None:
            wishes = bulletins.wishes_of(order)
            live.drive(seat.slot, sequence=order.sequence, tick=order.tick, wishes=wishes)

    def leave_car(self, room: Room, seat: Seat) -> None:
        """A connection was lost: a caretaker drives until the player is back."""
        live = self.live.get(room.room_id)
        if live is not None and seat.slot in live.drivers:
            seat.kind = SeatKind.CARETAKER
            live.seat_bot(seat.slot, seed=seat.slot, skill=CARETAKER_SKILL, caretaker=True)

    def take_car(self, room: Room, seat: Seat, *, is_bot: bool) -> int:
        """The player is back in the seat; return the lap that the car is on.

        The caretaker drives on until the player touches a control.
        """
        live = self.live.get(room.room_id)
        if live is not None and seat.slot in live.drivers:
            live.welcome_back(seat.slot)
        else:
            seat.kind = SeatKind.BOT if is_bot else SeatKind.HUMAN
        return self.lap_of(room, seat)

    def retire(self, room: Room, seat: Seat) -> None:
        """The player has left for good, and the car with it."""
        live = self.live.get(room.room_id)
        if live is not None and seat.slot in live.drivers:
            live.retire(seat.slot)

    def lap_of(self, room: Room, seat: Seat) -> int:
        """Return the lap that a car is on, from 1; 0 without a race."""
        live = self.live.get(room.room_id)
        if live is None or seat.slot not in live.race.racers:
            return 0
        return min(live.race.lap_of(seat.slot) + 1, room.laps)

    # Each tick

    def tick(self, now: float) -> list[Room]:
        """Step every race once, send and save what is due; return the rooms that finished."""
        self._ticks += 1
        over: list[Room] = []
        for room_id, live in list(self.live.items()):
            room = self._lobby.rooms[room_id]
            self._thaw_if_due(room, live, now)
            events = live.step()
            links = self._links(room)
            self._report(room, live, events, links)
            for slot in live.handed_back:
                self._hand_back(room.seats[slot])
            if self._ticks % SNAPSHOT_EVERY_TICKS == 0 and links:
                self._emit(SendSnapshot(links, bulletins.snapshot(room, live)))
            if any(event.kind in NEWS for event in events):
                self._saves[room_id].due_at = now
            if live.over:
                self._finish(room, live, now)
                over.append(room)
            else:
                self._save_if_due(room, live, now)
        return over

    def _hand_back(self, seat: Seat) -> None:
        """The caretaker has let go: the seat is its player's again."""
        session = self._lobby.sessions.get(seat.player_id)
        is_bot = session is not None and session.is_bot
        seat.kind = SeatKind.BOT if is_bot else SeatKind.HUMAN
        self.handed_back.append(seat)

    def _links(self, room: Room) -> tuple[int, ...]:
        present = self._lobby.present(room)
        return tuple(one.link_id for one in present if one.link_id is not None)

    def _thaw_if_due(self, room: Room, live: LiveRace, now: float) -> None:
        thaw_at = self._thaw_at.get(room.room_id)
        if thaw_at is None:
            return
        seated = sum(1 for seat in room.players)
        if now >= thaw_at or len(self._lobby.present(room)) == seated:
            del self._thaw_at[room.room_id]
            live.thaw(RESUME_COUNTDOWN_TICKS)

    def _report(
        self, room: Room, live: LiveRace, events: list[RaceEvent], links: tuple[int, ...]
    ) -> None:
        shown = [event for event in events if self._is_shown(event)]
        if shown and links:
            self._emit(Send(links, bulletins.race_events(shown)))

    @staticmethod
    def _is_shown(event: RaceEvent) -> bool:
        if event.kind in (EventKind.CONTACT, EventKind.WALL):
            return event.value >= SHOWN_IMPULSE_MIN
        return event.kind is not EventKind.GATE

    # Saving

    def _save_if_due(self, room: Room, live: LiveRace, now: float) -> None:
        state = self._saves[room.room_id]
        if state.in_flight or now < state.due_at or room.epoch == 0 or live.frozen:
            return
        self.save(room, live, now)

    def save(self, room: Room, live: LiveRace, now: float) -> None:
        """Ask for a save of this race now."""
        state = self._saves[room.room_id]
        state.seq += 1
        state.in_flight = True
        state.due_at = now + SAVE_EVERY_S
        blob = room_save.encode(room, live)
        self._emit(SaveRoom(RoomSave(room.room_id, room.epoch, state.seq, live.race.tick, blob)))

    def save_all(self, now: float) -> None:
        """Ask for a last save of every race: the node is about to stop."""
        for room_id, live in self.live.items():
            room = self._lobby.rooms[room_id]
            if room.epoch:
                self.save(room, live, now)

    def confirm(self, race_id: str) -> None:
        """A majority holds this result: who asks again is told so."""
        for room_id, results in self.results.items():
            if results.race_id == race_id:
                self.results[room_id] = replace(results, saved=SavedState.SAVED)

    def saved(self, room_id: str) -> None:
        """A save has ended, well or not; the next may go."""
        state = self._saves.get(room_id)
        if state is not None:
            state.in_flight = False

    # The finish

    def _finish(self, room: Room, live: LiveRace, now: float) -> None:
        saved = SavedState.SAVING if self._durable else SavedState.NOT_KEPT
        results = bulletins.results(room, live, saved)
        self.results[room.room_id] = results
        self._emit(Send(self._links(room), results))
        self._emit(SaveResult(bulletins.record(room, results, now + self._wall_offset_s)))
        self._emit(EndRoom(room.room_id, room.epoch))
        self.drop(room.room_id)
        room.phase = RoomPhase.RESULTS
        self._lobby.clear_fillers(room)
        for seat in room.players:
            seat.ready = False
            if seat.kind is SeatKind.CARETAKER:
                seat.kind = SeatKind.HUMAN
