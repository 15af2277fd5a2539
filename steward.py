"""The race steward: starts, runs, saves and reports the races of a node.

It owns every `LiveRace`; `Game` owns people and rooms and calls the steward
at each tick. It asks for what is durable through effects and is told the
outcome; it reads no clock, no random source and no socket.

A race goes on whatever the database does: saves that fail are taken again,
newer; results are the shell's to keep (`SaveResult`) until a majority has them.
Only a room that is *paused* stands still: its lease cannot be renewed.

Units: ticks for races, seconds (monotonic) for `now`, milliseconds in results.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import bulletins
import room_save
from audience import audience_of
from bots import BotLevel
from db.store import RoomSave
from effects import Effect, Report, SaveResult, Send, SendSnapshot
from errors import BadSave
from fillers import BOT_NAMES, give_wheels
from live_race import LiveRace
from lobby import Entropy, Lobby, Room, RoomMode, RoomPhase, Seat, SeatKind, Session
from personalities import CARETAKER, personality_of
from protocol import Drive, Results, SavedState
from race import COUNTDOWN_TICKS, EventKind, Race, RaceEvent
from rejoin import TAKEOVER_WAIT_S, Rejoin, replay_steps
from saver import Saver
from track import Track
from trials import Trials

SNAPSHOT_EVERY_TICKS: Final = 2
MOVE_WAIT_S: Final = 2.0
"""Who does not follow a moved race within so long gets a caretaker."""
RESUME_COUNTDOWN_TICKS: Final = 180
AGAIN_TICKS: Final = 150
"""To GO of a race that is begun anew."""
STALLED_TICKS: Final = 300
"""A player whose client says nothing for so long gets a caretaker, though connected."""
STALL_LOOK_TICKS: Final = 15
"""It is looked for so often."""
BROKEN: Final = "The race ended early: the server made a mistake in it. Nothing of it counts."

NEWS: Final[tuple[EventKind, ...]] = (EventKind.LAP, EventKind.FINISH)
"""Events worth an immediate save: what a player would hate to lose."""


class Steward:
    """All live races of this node."""

    def __init__(
        self,
        lobby: Lobby,
        tracks: Mapping[str, Track],
        entropy: Entropy,
        emit: Callable[[Effect], None],
        trials: Trials,
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
        self._trials = trials
        self._durable = durable
        self._wall_offset_s = wall_offset_s
        self._saver = Saver(tracks, emit)
        self._rejoins: dict[str, Rejoin] = {}
        self._followed_by: dict[str, float] = {}
        """Rooms that were moved here, and when caretakers take what is left."""
        self._paused: dict[str, str] = {}
        """Rooms that stand still, and why."""
        self._ticks = 0
        self._turns: dict[str, int] = {}
        """In which of the ticks a race is shown: half of them in each, so that none is long."""

    # Starting and ending

    def start(self, room: Room, now: float, *, again: bool = False) -> None:
        """Fill the grid and start the countdown; who is not ready watches.

        Args:
            again: begun anew by who has seen the lamps just now: a shorter countdown.
        """
        seed = int.from_bytes(self._entropy(4), "big")
        names = random.Random(seed).sample(BOT_NAMES, len(BOT_NAMES))
        fillers = self._lobby.seat_fillers(room, names)
        for seat in fillers:
            seat.car_class = personality_of(seat.name).favourite
        track = self._tracks[room.track]
        race_id = f"{room.room_id}-{self._entropy(6).hex()}"
        racing = {slot: seat for slot, seat in room.seats.items() if seat.ready}
        race = Race(
            track, room.laps, sorted(racing), damage=room.damage,
            classes={slot: seat.car_class for slot, seat in racing.items()},
            solid=room.mode is not RoomMode.TRIAL,
        )  # fmt: skip
        race.tick = COUNTDOWN_TICKS - AGAIN_TICKS if again else 0
        live = LiveRace(race_id, track, race)
        give_wheels(live, fillers, seed, BotLevel(room.level))
        live.entrants = {
            slot: (seat.name, seat.player_id, int(seat.kind)) for slot, seat in racing.items()
        }
        room.phase = RoomPhase.RACING
        self.results.pop(room.room_id, None)
        self._adopt(room, live, now)
        self._brief_all(room)

    def restore(self, save: RoomSave, epoch: int, now: float, *, boot: str, wait: Rejoin) -> Room:
        """Take up a room, and its race if it has one, from a save.

        A race that was handed over to this process goes on at once; any other
        waits for its players. Who follows a room that was handed over notices
        nothing, in a race or before one.

        Raises:
            BadSave: the save cannot be used.
        """
        room, live, passed_to = room_save.decode(save.blob, self._tracks)
        if not room.players:
            raise BadSave("nobody sits in it")
        room.epoch = epoch
        self._saver.begin(room.room_id, now, save.seq)
        moved = bool(boot) and passed_to == boot
        if moved:
            self._followed_by[room.room_id] = now + MOVE_WAIT_S
        if live is None:
            return room
        self._adopt(room, live, now)
        for seat in room.players:
            if not moved or seat.kind is SeatKind.CARETAKER:
                self.leave_car(room, seat)
        fillers = [seat for _, seat in sorted(room.seats.items()) if seat.is_filler]
        drivers = [seat for seat in fillers if seat.slot in live.drivers]
        give_wheels(live, drivers, save.tick, BotLevel(room.level))
        if moved:
            live.go_on()
        else:
            self._rejoins[room.room_id] = wait
        return room

    def drop(self, room_id: str) -> None:
        """Forget a room at once; what is saved of it is not touched."""
        self.results.pop(room_id, None)
        self._saver.forget(room_id)
        self._paused.pop(room_id, None)
        self._stop(room_id)

    def _adopt(self, room: Room, live: LiveRace, now: float) -> None:
        self.live[room.room_id] = live
        self._turns.pop(room.room_id, None)
        odd = sum(self._turns.values())
        self._turns[room.room_id] = 1 if 2 * odd < len(self._turns) else 0
        self._trials.begin(room)
        self._saver.begin(room.room_id, now)

    def _stop(self, room_id: str) -> None:
        self.live.pop(room_id, None)
        self._turns.pop(room_id, None)
        self._trials.end(room_id)
        self._rejoins.pop(room_id, None)
        self._followed_by.pop(room_id, None)

    # Standing still

    def is_paused(self, room_id: str) -> bool:
        """Whether a room stands still: nothing in it may be changed or promised."""
        return room_id in self._paused

    def pause(self, room: Room, text: str) -> None:
        """Let a room stand still, and say why; an empty text says nothing."""
        self._paused[room.room_id] = text
        live = self.live.get(room.room_id)
        if live is not None:
            live.freeze()
            self._tell_pause(room, self._lobby.links_of(room), text)

    def unpause(self, room: Room, now: float, *, at_once: bool = False) -> None:
        """Let a room go on, after a countdown for its race unless it is `at_once`."""
        if self._paused.pop(room.room_id, None) is None:
            return
        live, rejoin = self.live.get(room.room_id), self._rejoins.get(room.room_id)
        if live is None:
            return
        if rejoin is not None:
            rejoin.until = max(rejoin.until, now + TAKEOVER_WAIT_S)
        elif at_once:
            live.go_on()
        else:
            live.thaw(RESUME_COUNTDOWN_TICKS)
            self._brief_all(room)

    def may_move(self, room: Room) -> bool:
        """Whether a room is at rest enough to be handed over."""
        return room.epoch > 0 and not self.is_restless(room.room_id)

    def is_restless(self, room_id: str) -> bool:
        """Whether a room is paused, or waits for those who come back or follow."""
        unrest = (self._paused, self._rejoins, self._followed_by)
        return any(room_id in one for one in unrest)

    def hand_over(self, room: Room, to_boot: str) -> RoomSave:
        """Stop a room at this tick; return its last save, for another process."""
        self.pause(room, "")
        return self._saver.next_save(room, self.live.get(room.room_id), to_boot)

    def awaits_followers(self, room_id: str) -> bool:
        """Whether a room was moved here just now, and its players are on their way."""
        return room_id in self._followed_by

    def _tell_pause(self, room: Room, links: tuple[int, ...], text: str) -> None:
        if links and text:
            self._emit(Send(links, bulletins.race_paused(room, text)))

    def _brief_all(self, room: Room) -> None:
        for session in [*self._lobby.present(room), *room.watchers.values()]:
            self.brief(room, session)

    # Players

    def brief(self, room: Room, session: Session) -> None:
        """Tell one player all that is needed to drive, or to watch, this race."""
        live = self.live.get(room.room_id)
        if live is None or session.link_id is None:
            return
        seat = room.seat_of(session.player_id)
        slot = seat.slot if seat is not None and self._race_of(room, seat) else None
        self._emit(Send((session.link_id,), bulletins.race_start(room, live, slot)))
        self._trials.brief(room, live, session, slot)
        rejoin = self._rejoins.get(room.room_id)
        text = rejoin.text if rejoin is not None else self._paused.get(room.room_id, "")
        self._tell_pause(room, (session.link_id,), text)

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
            live.seat_bot(seat.slot, seed=seat.slot, personality=CARETAKER, caretaker=True)

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
        return live if live is not None and live.is_of(seat.slot, seat.player_id) else None

    # Each tick

    def tick(self, now: float) -> list[Room]:
        """Step every race once, send and save what is due; return the rooms that finished.

        Step by step for all races together: the code of one step stays in the
        processor's cache so long.
        """
        self._ticks += 1
        races: list[tuple[Room, LiveRace]] = []
        for room in list(self._lobby.rooms.values()):
            live = self.live.get(room.room_id)
            if room.room_id in self._paused:
                continue
            if live is not None:
                races.append((room, live))
                continue
            self._mind_who_follows(room, now)
            results = self.results.get(room.room_id)
            self._saver.save_waiting(room, results.race_id if results else None, now)
        for act in (self._drive, self._show):
            races = [one for one in races if self._guarded(act, *one, now)]
        return [room for room, live in races if self._guarded(self._end, room, live, now)]

    def _guarded(
        self, act: Callable[[Room, LiveRace, float], bool], room: Room, live: LiveRace, now: float
    ) -> bool:
        """Do one step of a tick for a race; end that race alone where it cannot go on."""
        try:
            return act(room, live, now)
        except Exception:
            # A mistake of ours: the other races are not to pay for it. Its save
            # would bring the mistake back, so nothing is taken from there.
            self._emit(Report(f"room {room.room_id}: race ended\n{traceback.format_exc()}"))
        self.abandon(room)
        self._saver.distrust(room.room_id)
        self.remarks.append((room, BROKEN))
        return False

    def _drive(self, room: Room, live: LiveRace, now: float) -> bool:
        """Run one tick of a race."""
        if self._rejoins:
            self._rejoin(room, live, now)
        if self._followed_by:
            self._mind_who_follows(room, now)
        # More than one where it drives again what a save misses.
        left = live.replay_left
        for _ in range(replay_steps(left, len(self._rejoins)) if left else 1):
            events = live.step()
            if live.handed_back:
                self._give_back(room, live)
            self._trials.follow(room, live, events, now)
            if events:
                self._report(room, live, events)
            if live.over:
                break
        return True

    def _show(self, room: Room, live: LiveRace, now: float) -> bool:
        """Show a race to all who see it, in every second tick."""
        turn = self._ticks + self._turns[room.room_id]
        if turn % STALL_LOOK_TICKS == 0:
            self._mind_the_silent(room, live)
        if turn % SNAPSHOT_EVERY_TICKS == 0:
            links, slots = audience_of(room, live, self._lobby)
            if links:
                stream = f"{room.room_id} {live.race_id}"
                self._emit(SendSnapshot(links, bulletins.snapshot(room, live), stream, slots))
        return True

    def _end(self, room: Room, live: LiveRace, now: float) -> bool:
        """End a race that is over, or save it if that is due; return whether it is over."""
        if live.over:
            self._finish(room, live, now)
            return True
        self._saver.save_if_due(room, live, now)
        return False

    def _rejoin(self, room: Room, live: LiveRace, now: float) -> None:
        """Wait for the players, let what the save misses be driven once more, count down."""
        rejoin = self._rejoins.get(room.room_id)
        if rejoin is None:
            return
        if rejoin.replaying:
            if not live.replay_left:
                del self._rejoins[room.room_id]
                live.thaw(RESUME_COUNTDOWN_TICKS)
                self._brief_all(room)
            return
        back = {session.player_id for session in self._lobby.present(room)}
        seats = [seat for seat in room.players if seat.player_id in back]
        drivers = [seat for seat in seats if self._race_of(room, seat) is not None]
        all_back = len(seats) == len(room.players)
        all_sent = all(live.drivers[seat.slot].pending for seat in drivers)
        if rejoin.is_over(now, all_back=all_back, all_sent=all_sent):
            rejoin.replaying = True
            live.replay(seat.slot for seat in drivers)
            for seat in drivers:
                seat.kind = self._kind_of(seat)

    def _mind_who_follows(self, room: Room, now: float) -> None:
        """Give caretakers to who has not followed a moved race."""
        until = self._followed_by.get(room.room_id)
        here = self._lobby.present(room) if until is not None else []
        if until is None or (now < until and len(here) < len(room.players)):
            return
        del self._followed_by[room.room_id]
        followed = {session.player_id for session in here}
        for seat in room.players:
            if seat.player_id not in followed:
                self.leave_car(room, seat)

    def _give_back(self, room: Room, live: LiveRace) -> None:
        """Say of the cars whose players took the wheel just now whose they are."""
        for slot in live.handed_back:
            seat = room.seats[slot]
            seat.kind = self._kind_of(seat)
            self.remarks.append((room, f"{seat.name} is back at the wheel"))

    def _mind_the_silent(self, room: Room, live: LiveRace) -> None:
        """Give caretakers to the cars that nobody steers."""
        for seat in room.players:
            if self._race_of(room, seat) is not None and live.is_stalled(seat.slot, STALLED_TICKS):
                self.leave_car(room, seat)
                self.take_car(room, seat)
                self.remarks.append((room, f"{seat.name} does not answer: a caretaker drives"))

    def _kind_of(self, seat: Seat) -> SeatKind:
        session = self._lobby.sessions.get(seat.player_id)
        return SeatKind.BOT if session is not None and session.is_bot else SeatKind.HUMAN

    def _report(self, room: Room, live: LiveRace, events: list[RaceEvent]) -> None:
        """Tell what happened in the newest tick, and save what would hurt to lose."""
        shown = [event for event in events if bulletins.is_shown(event)]
        links = self._lobby.links_of(room) if shown else ()
        if links:
            self._emit(Send(links, bulletins.race_events(shown, room.epoch)))
        for event in events:
            if event.kind in NEWS:
                self._saver.hurry(room.room_id)
            if event.kind is EventKind.FINISH:
                name, player_id, _ = live.entrants[event.slot]
                if player_id:
                    time = bulletins.to_clock(event.value)
                    self.remarks.append((room, f"{name} finished in {time}"))

    # Saving

    def save_all(self, now: float) -> None:
        """Ask for a last save of every room: the node is about to stop."""
        for room in self._lobby.rooms.values():
            if room.epoch and room.room_id not in self._paused:
                self._saver.save(room, self.live.get(room.room_id), now)

    def confirm(self, race_id: str) -> int:
        """A majority holds this result: who comes back is told so; return its epoch, if known."""
        for room_id, results in self.results.items():
            if results.race_id == race_id and results.saved == SavedState.SAVING:
                self.results[room_id] = replace(results, saved=int(SavedState.SAVED))
                room = self._lobby.rooms[room_id]
                room.saved_race, room.saved_epoch = race_id, results.epoch
                return results.epoch
        return 0

    def saved(self, room_id: str, *, kept: bool) -> None:
        """A save has ended, well or not; the next may go."""
        self._saver.saved(room_id, kept=kept)

    # The finish

    def _finish(self, room: Room, live: LiveRace, now: float) -> None:
        saved = SavedState.SAVING if self._durable else SavedState.NOT_KEPT
        results = bulletins.results(room, live, saved)
        self.results[room.room_id] = results
        links = self._lobby.links_of(room)
        if links:
            self._emit(Send(links, results))
        record = bulletins.record(room, results, now + self._wall_offset_s)
        self._clear(room, RoomPhase.RESULTS)
        # Together with the result: whoever takes the room over from now on
        # finds it without the race, and can tell that its result is saved.
        save = self._saver.save_of_end(room, results.race_id)
        self._emit(SaveResult(record, room.epoch, save))

    def abandon(self, room: Room) -> None:
        """End the race of a room, if there is one, as if it had never been."""
        self._clear(room, RoomPhase.WAITING)
        self.results.pop(room.room_id, None)

    def _clear(self, room: Room, phase: RoomPhase) -> None:
        """Take a race that is over, one way or the other, out of its room."""
        self._stop(room.room_id)
        room.phase = phase
        self._lobby.clear_fillers(room)
        for seat in room.players:
            seat.ready = False
            if seat.kind is SeatKind.CARETAKER:
                seat.kind = self._kind_of(seat)
