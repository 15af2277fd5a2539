"""Who races in one room of a load: they sit down, start, and drive by the plan.

A `Group` does the next step once the last was answered, and sends what is due
by the clock of its race. It opens no socket and waits for nothing.

Units: seconds; ticks where the name says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.drivers import Plan
from benchmarks.player import Player
from live_race import AHEAD_TICKS_MAX
from protocol import CreateRoom, JoinRoom, Ready, encode_message
from shared_clock import SharedClock

TRACK, LAPS = "meadow", 20
READERS = 4
"""In so many rooms one player decodes all, and tells when its inputs came."""
PHASES = 16
"""Players do not press in step: each is late by a share of a tick of its own."""
AHEAD_TICKS = 8.0
"""So much earlier than a client with a steady link an input leaves: a load that is
held up for a moment, with five hundred clients to serve, still drives as planned."""

Order = tuple[float, int, bytes]
"""When an input is due (in ticks), whose it is, and its bytes."""


def feed_of(plan: Plan) -> list[Order]:
    """Return the inputs of a race in the order in which they are sent, encoded."""
    return sorted(
        (order.tick + slot * 5 % PHASES / PHASES, slot, encode_message(order))
        for slot, orders in enumerate(plan.drives)
        for order in orders
    )


class Group:
    """Who races in one room: they sit down, start, and drive by the plan."""

    def __init__(
        self, number: int, players: Sequence[Player], feed: Sequence[Order], room_id: str = ""
    ) -> None:
        """Take players who were welcomed, and what all of them will send.

        Args:
            room_id: where they sit down; without, they open a room.
        """
        self.number = number
        self.players = list(players)
        self.refused = False
        """Whether the server had no room for them."""
        self.clock = SharedClock()
        self.late_ticks: list[float] = []
        """How late we were with what was due."""
        self._feed = feed
        self._next = 0
        self._stage = 0
        self._invited_to = room_id
        self._phase = number % PHASES / PHASES / 8
        self._by_slot: dict[int, Player] = {}
        # Before the first snapshot comes: what follows builds on it.
        self.players[0].reads = number < READERS
        self._follow()

    @property
    def racing(self) -> bool:
        """Whether their race has begun, and somebody is still in it."""
        return not all(one.out for one in self._by_slot.values())

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be awaited before their race."""
        return self.refused or bool(self._by_slot)

    def races_at(self, node: int) -> bool:
        """Whether their race is on, at a node."""
        return self.racing and any(one.node == node for one in self.players)

    @property
    def tick(self) -> int:
        """Of the newest snapshot that came to this room."""
        return max((one.tick for one in self.players), default=0)

    @property
    def room_id(self) -> str:
        """Where they sit; empty before."""
        return next((one.room_id for one in self.players if one.room_id), "")

    def attend(self) -> None:
        """Do the next step on the way to the race, once the last was answered."""
        if self.racing:
            self._follow()
        if self.settled:
            return
        self.players = [one for one in self.players if not one.out]
        if not self.players:
            self.refused = True
            return
        self._follow()
        first, *others = self.players
        if self._stage == 0 and self._invited_to:
            self._stage = 2
            for one in self.players:
                one.send(JoinRoom(self._invited_to))
        elif self._stage == 0:
            self._stage = 1
            first.send(CreateRoom(f"Load {self.number}", TRACK, LAPS, 0))
        elif self._stage == 1 and first.room_id:
            self._stage = 2
            for one in others:
                one.send(JoinRoom(first.room_id))
        elif self._stage == 1 and first.refusals:
            self.refused = True
        elif self._stage == 2 and all(one.room_id or one.refusals for one in self.players):
            self._stage = 3
            self.players = [one for one in self.players if one.room_id]
            for one in self.players:
                one.send(Ready(True))
        elif self._stage == 3 and all(one.race is not None for one in self.players):
            self._by_slot = {one.slot: one for one in self.players if one.slot is not None}

    def _follow(self) -> None:
        """Let somebody who is there keep the clock of the race."""
        one = next((one for one in self.players if not one.out), None)
        if one is not None and one.follows is None:
            one.tick, one.follows = self.tick, self._hear

    def _hear(self, tick: int, now: float) -> None:
        self.clock.heard(tick, now, 0.0, None)

    def drive(self, now: float) -> None:
        """Send what is due."""
        if not self.clock.ready:
            return
        target = self.clock.input_tick(now) + AHEAD_TICKS - self._phase
        # Where ticks are lost, the clock is ahead of them for a while.
        target = min(target, self.tick + AHEAD_TICKS_MAX)
        feed, at = self._feed, self._next
        while at < len(feed) and feed[at][0] <= target:
            due, slot, message = feed[at]
            player = self._by_slot.get(slot)
            if player is not None:
                player.drive(message)
                self.late_ticks.append(target - due)
            at += 1
        self._next = at

    @property
    def exhausted(self) -> bool:
        """Whether the plan has come to its end."""
        return self._next >= len(self._feed)
