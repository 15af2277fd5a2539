"""Rooms on their way to another node, and which go next.

A room that is handed over stands still from a tick on; its last save and its
lease go in one write, and only the answer to that tells whose it is. Nothing
is lost by a move that does not succeed: the room goes on here. A *draining*
node hands over all that it has; one with too much to do sheds a room at a
time; and rooms follow their players to where all are better served (see
`placement.py`). Where a room goes is decided here, not whether it may run.

Units: seconds (monotonic); loads are shares of a tick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bulletins
from cluster import RETRY_S, Cluster
from db.store import Card, Claim, Lease
from effects import Effect, PassLease, Report
from game import Game
from live_race import LiveRace
from lobby import Room
from placement import Looks, Times, begin_at
from race import Phase

AT_ONCE = 2
"""Rooms that a draining node hands over at the same time."""
DRAIN_S = 30.0
"""A node that is to stop hands rooms over for so long at most."""
OVERLOADED = 0.7
"""A node with so much to do sheds a room ..."""
LIGHTER_BY = 0.3
"""... to one that has so much less, so that no room goes back and forth ..."""
SHED_EVERY_S = 15.0
"""... and then waits until the loads tell what came of it."""
BUSY = 0.5
"""Players are not followed to a node that has so much to do: it would shed soon."""


@dataclass(slots=True)
class Move:
    """A room that is being handed over, and stands still until that is known."""

    act: PassLease
    retry_at: float | None = None
    """When to ask again; None while an answer is due."""
    paused: bool = False
    """Whether the room's deadline passed meanwhile."""


class Moves:
    """All rooms of a node that are on their way."""

    def __init__(
        self,
        game: Game,
        cluster: Cluster,
        take: Callable[[list[Effect]], None],
        lose: Callable[[str, float], None],
    ) -> None:
        """Args:
        take: passes effects on.
        lose: told of a room that is another's now.
        """
        self._game = game
        self._cluster = cluster
        self._take = take
        self._lose = lose
        self._moves: dict[str, Move] = {}
        self._drain_by: float | None = None
        self._shed_at = 0.0
        self._times: dict[str, Times] = {}
        """How far each node is from each player here."""
        self._looks = Looks()

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._moves

    def __len__(self) -> int:
        return len(self._moves)

    # One room

    def begin(self, room_id: str, to: Card, now: float) -> bool:
        """Hand a room over to another node; return whether that has begun."""
        room = self._game.lobby.rooms.get(room_id)
        if room is None or not self._may_move(room, now):
            return False
        save = self._game.steward.hand_over(room, to.boot)
        act = PassLease(save, Claim(to.node, to.boot, to.address))
        self._moves[room_id] = Move(act)
        report = f"room {room_id}: handed over to {to.node} at tick {save.tick}"
        self._take([act, Report(report)])
        return True

    def _may_move(self, room: Room, now: float) -> bool:
        room_id = room.room_id
        able = room_id in self._cluster.held and self._cluster.may_run(room_id, now)
        return able and room_id not in self._moves and self._game.steward.may_move(room)

    def answered(self, room_id: str, lease: Lease | None, now: float) -> None:
        """Take in whose a room is, or that nobody can say."""
        move = self._moves.get(room_id)
        if move is None:
            return
        if lease is None:
            move.retry_at = now + RETRY_S
        elif lease.boot != self._cluster.claim.boot:
            self._cluster.passed(lease)
            self._lose(room_id, now)
        else:
            del self._moves[room_id]
            if self._cluster.may_run(room_id, now):
                self._take(self._game.unpause(room_id, now, at_once=not move.paused))

    def note_pause(self, room_id: str) -> None:
        """The deadline of a room has passed; if it is on its way, it needs a countdown after."""
        if room_id in self._moves:
            self._moves[room_id].paused = True

    def forget(self, room_id: str) -> None:
        """A room is closed, or another's."""
        self._moves.pop(room_id, None)

    # Many rooms

    def tick(self, now: float) -> None:
        """Ask again, and hand over what is to go."""
        for move in self._moves.values():
            if move.retry_at is not None and now >= move.retry_at:
                move.retry_at = None
                self._take([move.act])
        if self._drain_by is not None:
            self._hand_over_all(now)

    def relieve(self, load: float, now: float) -> None:
        """Hand one room over if there is too much to do here, and far less elsewhere."""
        if load < OVERLOADED or now < self._shed_at or self._moves or self._drain_by is not None:
            return
        lighter = [card for card in self.targets(now) if card.load <= load - LIGHTER_BY]
        if not lighter:
            return
        # The one that costs most: it moves the load, and the others are spared.
        rooms = sorted(self._game.lobby.rooms.values(), key=lambda room: -len(room.seats))
        if any(self.begin(room.room_id, lighter[0], now) for room in rooms):
            self._shed_at = now + SHED_EVERY_S

    # Near the players

    def note_times(self, player_id: str, times: Times) -> None:
        """Take in how far each node is from a player who is here."""
        self._times[player_id] = times

    def begin_at(self, player_id: str, now: float) -> Card | None:
        """Return the node where a player's new room should begin, if that is not here."""
        near = self._near(now)
        found = begin_at(self._here, list(near), [self._times.get(player_id, {})])
        return near.get(found)

    def arrived(self, room_id: str, now: float) -> None:
        """A room has come here, and stays for a while."""
        self._looks.keep(room_id, now)

    def follow_players(self, now: float) -> None:
        """Hand one room over if another node serves its players clearly better."""
        lobby = self._game.lobby
        due = [room for room_id, room in lobby.rooms.items() if self._looks.due(room_id, now)]
        if not due or self._moves or self._drain_by is not None:
            return
        self._looks.only(lobby.rooms)
        self._times = {one: told for one, told in self._times.items() if one in lobby.sessions}
        near = self._near(now)
        for room in due:
            players = [self._times.get(seat.player_id, {}) for seat in room.players]
            to = self._looks.look(room.room_id, self._here, list(near), players, now)
            live = self._game.steward.live.get(room.room_id)
            if to and _is_calm(live) and self.begin(room.room_id, near[to], now):
                self._looks.keep(room.room_id, now)
                return

    @property
    def _here(self) -> str:
        return self._cluster.claim.node

    def _near(self, now: float) -> dict[str, Card]:
        return {card.node: card for card in self.targets(now) if card.load < BUSY}

    def targets(self, now: float) -> list[Card]:
        """Return the nodes that may take rooms, the least loaded first."""
        able = [card for card in self._cluster.others(now) if not card.draining]
        return sorted(able, key=lambda card: (card.load, len(card.rooms), card.node))

    def drain(self, now: float) -> None:
        """Begin to hand over all rooms, and take no more."""
        if self._drain_by is None:
            self._drain_by = now + DRAIN_S
            self._cluster.draining = True
            self._cluster.look_now()

    def drained(self, now: float) -> bool:
        """Whether nothing is left that another node could have."""
        if self._drain_by is None:
            return False
        alone = not self.targets(now) and not self._moves
        empty = not self._game.lobby.rooms and not self._game.lobby.sessions
        return now >= self._drain_by or alone or empty

    def _hand_over_all(self, now: float) -> None:
        targets = self.targets(now)
        if not targets:
            return
        rooms = list(self._game.lobby.rooms)
        for number, room_id in enumerate(rooms):
            if len(self._moves) >= AT_ONCE:
                return
            self.begin(room_id, targets[number % len(targets)], now)
        if rooms:
            return
        # Who sits nowhere follows last, when all rooms are safe.
        for session in list(self._game.lobby.sessions.values()):
            way = bulletins.redirect(targets[0].address, "", "", "")
            self._take(self._game.send_on(session, way))


def _is_calm(live: LiveRace | None) -> bool:
    """Whether nobody minds a stutter: no countdown, and not the last lap of anybody."""
    if live is None:
        return True
    race = live.race
    if race.phase is not Phase.RACING:
        return race.phase is Phase.FINISHED
    return all(race.laps_of(one) < race.laps - 1 for one in race.racers.values() if not one.gone)
