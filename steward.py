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
from errors import BadSave
from live_race import LiveRace
from lobby import Entropy, Lobby, Room, RoomPhase, Seat, SeatKind, Session
from protocol import Drive, Results, SavedState
from race import EventKind, Race, RaceEvent
from track import Track

SNAPSHOT_EVERY_TICKS = 2
SAVE_EVERY_S = 0.5
REJOIN_WAIT_S = 10.0
"""A restored race waits so long for its players before it goes on without."""
RESUME_COUNTDOWN_TICKS = 180
STALLED_TICKS = 300
"""A player whose client says nothing for so long gets a caretaker, though connected."""
SKILL_BEST, SKILL_SPREAD = 0.95, 0.45
"""Of the bots that fill a grid: the best, and how much weaker the others may be."""
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
    """Where the saving of one room stands, over all its races."""

    seq: int = 0
    """Never begins again: the save of an earlier race may still be stored."""
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
        self.remarks: list[tuple[Room, str]] = []
        """What the chat of a room shall tell; the game announces and clears them."""
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
        """Fill the grid and start the countdown; who is not ready watches."""
        seed = int.from_bytes(self._entropy(4), "big")
        names = random.Random(seed).sample(BOT_NAMES, len(BOT_NAMES))
        fillers = self._lobby.seat_fillers(room, names)
        track = self._tracks[room.track]
        race_id = f"{room.room_id}-{self._entropy(6).hex()}"
        racing = {slot: seat for slot, seat in room.seats.items() if seat.ready}
        live = LiveRace(race_id, track, Race(track, room.laps, sorted(racing)))
        _give_wheels(live, fillers, seed)
        live.entrants = {
            slot: (seat.name, seat.player_id, int(seat.kind)) for slot, seat in racing.items()
        }
        room.phase = RoomPhase.RACING
        self.results.pop(room.room_id, None)
        self._adopt(room, live, now)
        for session in self._lobby.present(room):
            self.brief(room, session)

    def restore(self, save: RoomSave, epoch: int, now: float) -> Room:
        """Take up a room and its race from a save; it waits for its players.

        Raises:
            BadSave: the save cannot be used.
        """
        room, live = room_save.decode(save.blob, dict(self._tracks))
        if not room.players:
            raise BadSave("nobody sits in it")
        room.epoch = epoch
        self._saves[room.room_id] = SaveState(seq=save.seq)
        self._adopt(room, live, now)
        for seat in room.players:
            self.leave_car(room, seat)
        fillers = [seat for _, seat in sorted(room.seats.items()) if seat.is_filler]
        _give_wheels(live, [seat for seat in fillers if seat.slot in live.drivers], seed=save.tick)
        self._thaw_at[room.room_id] = now + REJOIN_WAIT_S
        return room

    def close(self, room: Room) -> None:
        """Forget a room, and the save of its race: nobody is left in it."""
        if room.room_id in self.live:
            self._emit(EndRoom(room.room_id, room.epoch))
        self.drop(room.room_id)

    def drop(self, room_id: str) -> None:
        """Forget a room at once, and leave its save alone: another node owns it."""
        self.results.pop(room_id, None)
        self._saves.pop(room_id, None)
        self._stop(room_id)

    def _adopt(self, room: Room, live: LiveRace, now: float) -> None:
        self.live[room.room_id] = live
        self._saves.setdefault(room.room_id, SaveState()).due_at = now

    def _stop(self, room_id: str) -> None:
        self.live.pop(room_id, None)
        self._thaw_at.pop(room_id, None)

    # Players

    def brief(self, room: Room, session: Session) -> None:
        """Tell one player all that is needed to drive, or to watch, this race."""
        live = self.live.get(room.room_id)
        if live is None or session.link_id is None:
            return
        seat = room.seat_of(session.player_id)
        slot = seat.slot if seat is not None and self._race_of(room, seat) else None
        self._emit(Send((session.link_id,), bulletins.race_start(room, live, slot)))

    def drive(self, room: Room, seat: Seat, order: Drive) -> None:
        """Pass a player's input on to the race."""
        live = self._race_of(room, seat)
        if live is not None:
            wishes = bulletins.wishes_of(order)
            live.drive(seat.slot, sequence=order.sequence, tick=order.tick, wishes=wishes)

    def leave_car(self, room: Room, seat: Seat) -> None:
        """A player is away: a caretaker drives until the player is back."""
        live = self._race_of(room, seat)
        if live is not None:
            seat.kind = SeatKind.CARETAKER
            live.seat_bot(seat.slot, seed=seat.slot, skill=CARETAKER_SKILL, caretaker=True)

    def take_car(self, room: Room, seat: Seat) -> None:
        """The player is back; the caretaker drives on until a control is touched."""
        live = self._race_of(room, seat)
        if live is not None:
            live.welcome_back(seat.slot)

    def retire(self, room: Room, seat: Seat) -> None:
        """The player has left for good, and the car with it."""
        live = self._race_of(room, seat)
        if live is not None:
            live.retire(seat.slot)

    def lap_of(self, room: Room, seat: Seat) -> int:
        """Return the lap that a car is on, from 1; 0 without a car in a race."""
        live = self._race_of(room, seat)
        return min(live.race.lap_of(seat.slot) + 1, room.laps) if live is not None else 0

    def gates_of(self, room: Room, seat: Seat) -> int:
        """Return how many gates a car has crossed; 0 without a car in a race."""
        live = self._race_of(room, seat)
        return live.race.racers[seat.slot].gates_passed if live is not None else 0

    def _race_of(self, room: Room, seat: Seat) -> LiveRace | None:
        """Return the race in which the player of a seat has a car, if there is one.

        Who sat down in mid-race has none, though the slot may have had one.
        """
        live = self.live.get(room.room_id)
        if live is None or seat.slot not in live.entrants:
            return None
        _, player_id, _ = live.entrants[seat.slot]
        if player_id != seat.player_id or live.race.racers[seat.slot].gone:
            return None
        return live

    # Each tick

    def tick(self, now: float) -> list[Room]:
        """Step every race once, send and save what is due; return the rooms that finished."""
        self._ticks += 1
        over: list[Room] = []
        for room_id, live in list(self.live.items()):
            room = self._lobby.rooms[room_id]
            self._thaw_if_due(room, live, now)
            events = live.step()
            links = self._lobby.links_of(room)
            self._report(room, live, events, links)
            self._mind_the_wheels(room, live)
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

    def _mind_the_wheels(self, room: Room, live: LiveRace) -> None:
        """Give back the cars that were taken, and take those that nobody steers."""
        for slot in live.handed_back:
            seat = room.seats[slot]
            seat.kind = self._kind_of(seat)
            self.remarks.append((room, f"{seat.name} is back at the wheel"))
        for seat in room.players:
            if self._race_of(room, seat) is not None and live.is_stalled(seat.slot, STALLED_TICKS):
                self.leave_car(room, seat)
                self.take_car(room, seat)
                self.remarks.append((room, f"{seat.name} does not answer: a caretaker drives"))

    def _kind_of(self, seat: Seat) -> SeatKind:
        session = self._lobby.sessions.get(seat.player_id)
        return SeatKind.BOT if session is not None and session.is_bot else SeatKind.HUMAN

    def _thaw_if_due(self, room: Room, live: LiveRace, now: float) -> None:
        thaw_at = self._thaw_at.get(room.room_id)
        if thaw_at is None:
            return
        if now >= thaw_at or len(self._lobby.present(room)) == len(room.players):
            del self._thaw_at[room.room_id]
            live.thaw(RESUME_COUNTDOWN_TICKS)

    def _report(
        self, room: Room, live: LiveRace, events: list[RaceEvent], links: tuple[int, ...]
    ) -> None:
        shown = [event for event in events if self._is_shown(event)]
        if shown and links:
            self._emit(Send(links, bulletins.race_events(shown)))
        for event in events:
            if event.kind is EventKind.FINISH:
                name, player_id, _ = live.entrants[event.slot]
                if player_id:
                    time = bulletins.to_clock(event.value)
                    self.remarks.append((room, f"{name} finished in {time}"))

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
        """A majority holds this result: who comes back is told so."""
        for room_id, results in self.results.items():
            if results.race_id == race_id and results.saved == SavedState.SAVING:
                self.results[room_id] = replace(results, saved=int(SavedState.SAVED))

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
        links = self._lobby.links_of(room)
        if links:
            self._emit(Send(links, results))
        self._emit(SaveResult(bulletins.record(room, results, now + self._wall_offset_s)))
        self._emit(EndRoom(room.room_id, room.epoch))
        self._stop(room.room_id)
        room.phase = RoomPhase.RESULTS
        self._lobby.clear_fillers(room)
        for seat in room.players:
            seat.ready = False
            if seat.kind is SeatKind.CARETAKER:
                seat.kind = self._kind_of(seat)


def _give_wheels(live: LiveRace, fillers: list[Seat], seed: int) -> None:
    """Let bots drive the cars of these seats, the best in the first."""
    for place, seat in enumerate(fillers):
        skill = SKILL_BEST - SKILL_SPREAD * place / len(fillers)
        live.seat_bot(seat.slot, seed=seed + seat.slot, skill=skill)
