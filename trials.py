"""The time trials of a node: laps recorded, kept, and driven against.

After each tick of a trial it looks for laps that were a driver's best of the
day, has them kept by an effect, and shows them to their driver at once; when
the database has them, it shows what the database says. Which lap is the best
ever is for the database to judge. It steps no race and reads no clock.

Units: seconds (monotonic) for `now`, ticks in races, milliseconds in records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import bulletins
from db.store import GhostRecord
from effects import Effect, FindGhosts, GhostSaved, GhostsFound, SaveGhost, Send
from errors import CommandRefused
from live_race import LiveRace
from lobby import Lobby, Room, RoomMode, Session
from protocol import AskGhosts, GhostKind, SavedState, pack_lap
from racer import RaceEvent
from recorder import Recorder
from track import Track


class Trials:
    """Follows the time trials, and answers who asks for ghosts."""

    def __init__(
        self,
        lobby: Lobby,
        tracks: Mapping[str, Track],
        emit: Callable[[Effect], None],
        *,
        durable: bool,
        wall_offset_s: float,
    ) -> None:
        self._lobby = lobby
        self._tracks = tracks
        self._emit = emit
        self._kept = SavedState.SAVED if durable else SavedState.NOT_KEPT
        self._wall_offset_s = wall_offset_s
        self._recorders: dict[str, Recorder] = {}

    def begin(self, room: Room) -> None:
        """A race begins in a room, or is taken up: record it if it is a trial."""
        self._recorders.pop(room.room_id, None)
        if room.mode is RoomMode.TRIAL:
            self._recorders[room.room_id] = Recorder()

    def end(self, room_id: str) -> None:
        """The race of a room is over: what was not driven to its end is no lap."""
        self._recorders.pop(room_id, None)

    def follow(self, room: Room, live: LiveRace, events: Iterable[RaceEvent], now: float) -> None:
        """Look at the newest tick of a race; keep what was a driver's best of the day."""
        recorder = self._recorders.get(room.room_id)
        if recorder is None:
            return
        for slot, lap in recorder.follow(live.race, events):
            name, player_id, _ = live.entrants[slot]
            if player_id and lap.ticks == live.race.racers[slot].best_lap_ticks:
                record = GhostRecord(
                    track=room.track,
                    digest=lap.digest,
                    car_class=int(lap.car_class),
                    player_id=player_id,
                    name=name,
                    lap_ms=bulletins.to_ms(lap.ticks),
                    lap=pack_lap(lap),
                    race_id=live.race_id,
                    set_at=now + self._wall_offset_s,
                )
                self._keep(record)

    def _keep(self, record: GhostRecord) -> None:
        session = self._lobby.sessions.get(record.player_id)
        if session is not None and session.link_id is not None:
            rows = ((GhostKind.OWN, record),)
            place = (record.track, record.digest, record.car_class)
            told = bulletins.ghosts(*place, rows, SavedState.SAVING)
            self._emit(Send((session.link_id,), told))
        self._emit(SaveGhost(record))

    # Those who want to know

    def brief(self, room: Room, live: LiveRace, session: Session, slot: int | None) -> None:
        """Show a driver of a trial what there is to beat."""
        if room.mode is RoomMode.TRIAL and slot is not None:
            car_class = live.race.racers[slot].car.car_class
            self._find(session, room.track, live.track.digest, int(car_class))

    def ask(self, session: Session, order: AskGhosts) -> None:
        """Look up the ghosts of a track.

        Raises:
            CommandRefused: there is no such track.
        """
        track = self._tracks.get(order.track)
        if track is None:
            raise CommandRefused(f'There is no track "{order.track}" here.')
        self._find(session, order.track, track.digest, order.car_class)

    def _find(self, session: Session, track: str, digest: str, car_class: int) -> None:
        if session.link_id is not None:
            who = session.player_id
            self._emit(FindGhosts(session.link_id, who, track, digest, car_class))

    def found(self, answer: GhostsFound) -> None:
        """Show what the database knows to who asked for it."""
        both = ((GhostKind.OWN, answer.own), (GhostKind.RECORD, answer.record))
        rows = tuple((kind, one) for kind, one in both if one is not None)
        place = (answer.track, answer.digest, answer.car_class)
        told = bulletins.ghosts(*place, rows, self._kept, available=answer.available)
        self._emit(Send((answer.link_id,), told))

    def saved(self, outcome: GhostSaved) -> None:
        """A lap is kept: show its driver what holds now."""
        session = self._lobby.sessions.get(outcome.player_id)
        if session is not None:
            self._find(session, outcome.track, outcome.digest, outcome.car_class)
