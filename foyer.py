"""The foyer: what players do about rooms between races, and when a race starts.

Rooms are opened and joined here, readiness is said, and whoever waits too long
is not waited for. It steps no race and reads no clock; who comes in at all,
and who leaves, is the door's.

Units: seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from car import CarClass
from door import Door
from effects import Effect, OpenRoom
from errors import CommandRefused
from herald import Herald
from lobby import Lobby, Room, RoomMode, RoomPhase, Seat, Session
from protocol import ChooseCar, CreateRoom, JoinRoom, Ready, Restart
from steward import Steward
from track import Track

UNREADY_WAIT_S = 60.0
"""Once half of a room is ready, the race starts without the others after so long."""


class Foyer:
    """Where the rooms of one node are opened, and their races begin."""

    def __init__(
        self,
        lobby: Lobby,
        herald: Herald,
        steward: Steward,
        door: Door,
        emit: Callable[[Effect], None],
        *,
        tracks: Mapping[str, Track],
    ) -> None:
        self._lobby = lobby
        self._herald = herald
        self._steward = steward
        self._door = door
        self._emit = emit
        self._tracks = tracks

    def create_room(self, session: Session, order: CreateRoom, now: float) -> None:
        """Open a room for a player, who sits down in it.

        Raises:
            CommandRefused: there is no such track, no room left, or the player sits.
        """
        if order.track not in self._tracks:
            known = ", ".join(sorted(self._tracks))
            raise CommandRefused(f'There is no track "{order.track}" here: choose from {known}.')
        if session.room_id:
            raise CommandRefused("You sit in a room already: leave it first.")
        title = order.title.strip() or f"{session.name}'s room"
        room = self._lobby.create_room(
            title, order.track, order.laps, order.bots,
            damage=order.damage, level=order.level, mode=RoomMode(order.mode),
        )  # fmt: skip
        self._emit(OpenRoom(room.room_id))
        self._door.enter(session, room, now)

    def join_room(self, session: Session, order: JoinRoom, now: float) -> None:
        """Seat a player in a room, or in any.

        Raises:
            CommandRefused: there is no seat.
        """
        if order.room_id:
            self._door.enter(session, self._lobby.room(order.room_id), now)
            return
        room = self._lobby.open_room()
        if room is None:
            raise CommandRefused("No room has a free seat: create one.")
        self._door.enter(session, room, now)

    def _place_of(self, session: Session) -> tuple[Room, Seat]:
        """Return where a player sits; who sits nowhere is refused."""
        room, seat = self._door.place_of(session)
        if room is None or seat is None:
            raise CommandRefused("You sit in no room: join one first.")
        return room, seat

    def choose_car(self, session: Session, order: ChooseCar, now: float) -> None:
        """Note what a player drives from the next race on.

        Raises:
            CommandRefused: the player sits nowhere.
        """
        room, seat = self._place_of(session)
        self._door.refuse_paused(room)
        chosen = CarClass(order.car_class)
        if seat.car_class is not chosen:
            seat.car_class = chosen
            self._herald.note_room(room.room_id)

    def restart(self, session: Session, order: Restart, now: float) -> None:
        """Begin the race of a room anew, for who is alone in it; nothing is kept of the old one.

        Raises:
            CommandRefused: the player sits nowhere, or not alone.
        """
        room, seat = self._place_of(session)
        if session.away_since is not None:
            raise CommandRefused("Your seat is kept for you: take it up first.")
        if len(room.players) > 1:
            raise CommandRefused("Others race here too: only who is alone may begin anew.")
        self._door.refuse_paused(room)
        if self._steward.is_restless(room.room_id):
            raise CommandRefused("The race is just being taken up: wait a moment.")
        self._steward.abandon(room)
        seat.ready = True
        self._start(room, now, again=True)

    def ready(self, session: Session, order: Ready, now: float) -> None:
        """Note that a player is ready, or is not.

        Raises:
            CommandRefused: the player sits nowhere, or the race is on.
        """
        room, seat = self._place_of(session)
        if room.phase is RoomPhase.RACING:
            raise CommandRefused("The race is on: wait for the next one.")
        self._door.refuse_paused(room)
        seat.ready = order.ready
        self._herald.note_room(room.room_id)
        self.start_if_ready(room, now)

    def start_if_ready(self, room: Room, now: float) -> None:
        """Start the race when all who are there are ready, or half of them for long enough."""
        ready, present = self._lobby.readiness(room)
        if self._steward.is_paused(room.room_id):
            return
        if room.phase is RoomPhase.RACING or not ready or 2 * ready < present:
            room.start_by = None
            return
        if ready < present:
            if room.start_by is None:
                room.start_by = now + UNREADY_WAIT_S
                text = f"The race starts in {UNREADY_WAIT_S:.0f} s; who is not ready then watches"
                self._herald.announce(room, text, now)
            if now < room.start_by:
                return
        for seat in self._lobby.dismiss_absent(room):
            self._herald.announce(room, f"{seat.name} left (away at the start)", now)
        self._start(room, now)

    def _start(self, room: Room, now: float, *, again: bool = False) -> None:
        room.start_by = None
        self._steward.start(room, now, again=again)
        self._herald.note_lobby()
        self._herald.note_room(room.room_id)
