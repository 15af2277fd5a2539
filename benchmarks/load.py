"""Many players in one process: they sit down in rooms, drive, look on.

A `Load` plays any number of clients over real sockets with one loop. It sends
what a `Plan` says when it is due by the clock of each race, and knows when it
is itself too slow. It starts no server and judges no figures.

Units: seconds; milliseconds and ticks where the name says so.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Sequence

from benchmarks.drivers import Plan
from benchmarks.group import Group, feed_of
from benchmarks.player import Player
from benchmarks.serving import NotMeasured
from config import host_and_port
from protocol import (
    VERSION,
    WATCHING,
    Hello,
    Redirect,
    Resume,
    Watch,
)
from race import COUNTDOWN_TICKS, TICKS_A_SECOND
from server_link import tune

ROOM = 8
STEP_S = 0.004
"""The loop looks so often at what is due."""
SLOW_STEP_S = 0.1
"""And so often at who is to sit down, and to ping."""
ARRIVALS = 100.0
"""Players come one after the other, so many a second."""
CALL_S = 5.0
DEADLINE_S = 90.0
CPU_SHARE_MAX, LATE_MS_MAX = 0.85, 16.7
"""A load that works more than this, or is later, is itself what is measured."""
STRAYED_M = 1.0
"""A car so far from where the plan has it was not driven as planned."""


class Load:
    """All clients, driven by one loop."""

    def __init__(
        self,
        nodes: Sequence[tuple[str, int]],
        plan: Plan,
        *,
        arrivals: float = ARRIVALS,
        deltas: bool = True,
    ) -> None:
        """Take where to call, and what everybody drives.

        Args:
            nodes: host and port of each node; rooms are spread over them.
            arrivals: how many players come a second.
            deltas: whether players ask for snapshots by what has changed.
        """
        self.players: list[Player] = []
        self.groups: list[Group] = []
        self.refused: list[str] = []
        """What those were told who were not let in."""
        self.selector = selectors.DefaultSelector()
        self._plan = plan
        self._feed = feed_of(plan)
        self._nodes = list(nodes)
        self._deltas = deltas
        self._arrivals = arrivals
        self._free: list[list[Player]] = [[] for _ in self._nodes]
        """Welcomed, and sitting nowhere, by node."""
        self._greeting: list[Player] = []
        self._cpu_s = time.process_time()
        self._since = time.perf_counter()
        self._slow_at = 0.0

    def close(self) -> None:
        """Hang up, all of us."""
        for one in self.players:
            one.socket.close()
        self.selector.close()

    # Coming

    def call(self) -> Player | None:
        """Let one more player connect and greet; None where the server does not even answer."""
        number = len(self.players)
        node = number // ROOM % len(self._nodes)
        try:
            link = socket.create_connection(self._nodes[node], CALL_S)
        except OSError as error:
            self.refused.append(f"no connection ({error})")
            return None
        tune(link)
        link.setblocking(False)
        name = f"Load {number}"
        player = Player(number, link, Hello(VERSION, name, "", "bot", deltas=self._deltas))
        player.name, player.node = name, node
        self.players.append(player)
        self._greeting.append(player)
        self.selector.register(link, selectors.EVENT_READ, player)
        return player

    def enlist(self, count: int, *, room_id: str = "") -> None:
        """Let so many players come, and sit down eight by eight as they are let in.

        It returns when each of them races, sits in the lobby for want of a
        room, or was refused.

        Args:
            room_id: where they all sit down; without, they open rooms.

        Raises:
            NotMeasured: some are neither let in nor refused.
        """
        self._come(count, 0 if room_id else ROOM)
        if room_id:
            self.groups.append(Group(len(self.groups), self._take_free(), self._feed, room_id))
        else:
            self._group(1)
        self.until(lambda: all(one.settled for one in self.groups), "race")

    def watch(self, count: int) -> None:
        """Let so many come who only look on, spread over the rooms that race.

        Raises:
            NotMeasured: some see nothing.
        """
        self._come(count, 0)
        self.look_on(self._take_free())

    def look_on(self, crowd: Sequence[Player]) -> None:
        """Let these players look on, spread over the rooms that race.

        Raises:
            NotMeasured: some see nothing.
        """
        for number, one in enumerate(crowd):
            rooms = [group.room_id for group in self.groups if group.races_at(one.node)]
            one.mark()
            if rooms:
                one.send(Watch(rooms[number % len(rooms)]))
        self.until(
            lambda: all(one.snapshots or one.refusals or one.out for one in crowd), "look on"
        )

    def _come(self, count: int, seats: int) -> None:
        due = time.perf_counter()
        for _ in range(count):
            self.call()
            due += 1.0 / self._arrivals
            self.turn(due)
            if seats:
                self._group(seats)
        self.until(lambda: not self._greeting, "be welcomed or refused")

    def _group(self, least: int) -> None:
        for free in self._free:
            while len(free) >= least and free:
                self.groups.append(Group(len(self.groups), free[:ROOM], self._feed))
                del free[:ROOM]

    def _take_free(self) -> list[Player]:
        taken = [one for free in self._free for one in free]
        for free in self._free:
            free.clear()
        return taken

    def leave(self, count: int) -> None:
        """Let so many of those who are there go, room by room, the newest first."""
        there = [one for one in reversed(self.players) if not one.out]
        for one in there[:count]:
            one.leave()

    # The loop

    def turn(self, until: float) -> None:
        """Do what is due until a moment."""
        while (now := time.perf_counter()) < until:
            for group in self.groups:
                if group.racing:
                    group.drive(now)
            if now >= self._slow_at:
                self._slow_at = now + SLOW_STEP_S
                self._attend(now)
            wait = min(until, now + STEP_S) - time.perf_counter()
            for key, _ in self.selector.select(max(0.0, wait)):
                self.take(key.data, time.perf_counter())

    def take(self, player: Player, now: float) -> None:
        """Let a player read what has come; forget who is out."""
        link = player.socket
        player.read(now)
        if player.out or player.sent_to is not None:
            self.selector.unregister(link)
            link.close()
        if player.sent_to is not None and not player.out:
            self._send_on(player, player.sent_to)

    def _send_on(self, player: Player, way: Redirect) -> None:
        """Let a player follow its room to another node, as a client does."""
        try:
            link = socket.create_connection(host_and_port(way.address), CALL_S)
        except OSError as error:
            player.lose(f"no connection ({error})")
            return
        tune(link)
        link.setblocking(False)
        hello = Hello(
            VERSION, player.name, player.token, "bot",
            room_id=way.room_id, ticket=way.ticket, deltas=self._deltas,
        )  # fmt: skip
        watches = player.slot == WATCHING
        player.follow(link, hello, Watch(way.room_id) if watches else Resume())
        self.selector.register(link, selectors.EVENT_READ, player)

    def _attend(self, now: float) -> None:
        """See to who comes, who sits down, and whose ping is due."""
        for one in [one for one in self._greeting if one.welcomed or one.out]:
            self._greeting.remove(one)
            if one.welcomed:
                self._free[one.node].append(one)
            else:
                self.refused.append(one.last_words)
        for group in self.groups:
            group.attend()
        for one in self.players:
            one.ping(now)

    def until(self, done: Callable[[], object], what: str) -> None:
        """Go on until a condition holds.

        Raises:
            NotMeasured: it does not come to hold.
        """
        deadline = time.perf_counter() + DEADLINE_S
        while not done():
            if time.perf_counter() > deadline:
                raise NotMeasured(f"The load did not come to {what} within {DEADLINE_S:.0f} s.")
            self.turn(time.perf_counter() + 0.02)

    def until_racing(self, settle_s: float) -> None:
        """Go on until all races are so long past GO."""
        settled = COUNTDOWN_TICKS + settle_s * TICKS_A_SECOND
        self.until(
            lambda: all(one.tick > settled for one in self.groups if one.racing),
            "see all races start",
        )

    def run(self, seconds: float) -> float:
        """Go on for a while; return the seconds that it took."""
        start = time.perf_counter()
        self.turn(start + seconds)
        return time.perf_counter() - start

    # Counting

    @property
    def lost(self) -> list[Player]:
        """Who was let in, and is not there any more though nobody let it go."""
        return [one for one in self.players if one.welcomed and one.out and not one.left]

    @property
    def spectators(self) -> list[Player]:
        """Who looks on, and is still there."""
        return [one for one in self.players if one.slot == WATCHING and not one.out]

    @property
    def drivers(self) -> list[Player]:
        """Who races, and is still there."""
        return [
            one for group in self.groups if group.racing for one in group.players if not one.out
        ]

    def mark(self) -> None:
        """Count from here on."""
        self._cpu_s = time.process_time()
        self._since = time.perf_counter()
        for player in self.players:
            player.mark()
        for group in self.groups:
            group.late_ticks.clear()

    @property
    def cpu_share(self) -> float:
        """How much of a core we have used since the mark."""
        return (time.process_time() - self._cpu_s) / (time.perf_counter() - self._since)

    @property
    def late_ms(self) -> list[float]:
        """How late our inputs left since the mark, sorted."""
        ticks = sorted(late for group in self.groups for late in group.late_ticks)
        return [one / TICKS_A_SECOND * 1000 for one in ticks]

    def complaint(self) -> str:
        """Return why these figures are the load's and not the server's; empty when they are not."""
        late = self.late_ms
        worst = late[int(len(late) * 0.99)] if late else 0.0
        if any(group.exhausted for group in self.groups):
            return "The plan of the drivers was too short."
        if self.cpu_share > CPU_SHARE_MAX:
            return f"The load used {self.cpu_share:.2f} of a core: it is what was measured."
        if worst > LATE_MS_MAX:
            return f"One input in a hundred left {worst:.0f} ms late: the load was held up."
        return ""

    def away(self) -> int:
        """Return how many cars caretakers drive, of the rooms that are looked into."""
        return sum(player.away for group in self.groups for player in group.players)

    def strayed(self) -> float:
        """Return the share of cars that are not where the plan has them; 0 where none is known.

        Inputs that came too late, or not at all, lead elsewhere.
        """
        pairs = [
            (player.places[slot], place)
            for group in self.groups
            for player in group.players
            if player.reads and player.places
            for slot, place in enumerate(self._plan.truth_at(player.tick))
            if slot in player.places
        ]
        far = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) > STRAYED_M for a, b in pairs)
        return far / len(pairs) if pairs else 0.0
