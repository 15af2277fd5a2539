"""A world of real nodes: `Node`, with a simulated clock, network and database.

Processes are killed, stopped, continued, drained and started again; links and
the database go away and come back. Everything follows from one seed. Cars are
quick here: a lap takes two seconds and no physics, so that a minute of many
nodes takes a fraction of one. A `Judge` sees all that was accepted, confirmed
and shown.

Units: seconds; a tick of a race is one step of the world.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections import deque
from collections.abc import Callable, Mapping

import pytest

import race as race_module
import steward
from bots import BotDriver
from car import CarInput
from db.store import RoomSave
from protocol import Goodbye, Message, Redirect, Refused
from race import Phase, Race, RaceEvent
from tests.node_archive import Archive, Judge
from tests.node_player import SimPlayer
from tests.node_process import STEP_S, WorldNode

GATE_TICKS = 3
FULL = CarInput(throttle=1.0)


def quick_step(self: Race, inputs: Mapping[int, CarInput]) -> list[RaceEvent]:
    """As `Race.step`, without physics: who gives throttle passes gates."""
    if self.phase is Phase.FINISHED:
        return []
    self.tick += 1
    events: list[RaceEvent] = []
    if self.phase is not Phase.RACING:
        self.phase = Phase.RACING if self.tick >= self.go_tick else Phase.COUNTDOWN
    for racer in self.racers.values():
        racer.wishes = inputs.get(racer.slot, CarInput())
        if racer.gone or racer.finish_tick is not None or self.phase is not Phase.RACING:
            continue
        if racer.wishes.throttle > 0.0:
            racer.progress = max(0.0, racer.progress) + 1.0
            if racer.progress >= (racer.gates_passed + 1) * GATE_TICKS:
                racer.gates_passed += 1
                self._passed(racer, events)
    self.rank()
    self._end_if_due(events)
    return events


@pytest.fixture(autouse=True)
def quick_races(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let races be quick, and countdowns short."""
    monkeypatch.setattr(Race, "step", quick_step)
    monkeypatch.setattr(BotDriver, "wishes", lambda self, sight: FULL)
    monkeypatch.setattr(race_module, "COUNTDOWN_TICKS", 20)
    monkeypatch.setattr(steward, "RESUME_COUNTDOWN_TICKS", 20)


class World:
    """All of it, and the time."""

    def __init__(self, seed: int, names: tuple[str, ...] = ("a", "b", "c")) -> None:
        self.random = random.Random(seed)
        self.now = 1000.0
        self.numbers = itertools.count(1)
        self.archive = Archive()
        self.judge = Judge(self)
        self.watched = True
        """Whether two owners of one room at one moment are a fault."""
        self.lost_answers = 0.0
        """The share of answers to handing over that are lost."""
        self.players: list[SimPlayer] = []
        self.nodes: list[WorldNode] = []
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._known_laps: dict[tuple[str, int], int] = {}
        for name in names:
            self.start(name)

    def start(self, name: str) -> WorldNode:
        """Start a process, in the folder that the last one of its name has left."""
        last = next((one for one in reversed(self.nodes) if one.name == name), None)
        backlog = last.backlog if last is not None else deque()
        node = WorldNode(self, name, backlog, last.boot if last is not None else "")
        self.nodes.append(node)
        node.carry_out([])
        return node

    def node(self, name: str) -> WorldNode:
        """Return the newest process of a name."""
        return next(one for one in reversed(self.nodes) if one.name == name)

    def party(
        self, title: str, *names: str, watchers: tuple[str, ...] = (), laps: int = 2
    ) -> list[SimPlayer]:
        """Return players who meet in one room, the first of them its host."""
        added = [
            SimPlayer(self, name, title=title, host=number == 0, laps=laps)
            for number, name in enumerate(names)
        ]
        added += [SimPlayer(self, name, title=title, watches=True) for name in watchers]
        self.players += added
        return added

    def owners(self, room_id: str) -> list[WorldNode]:
        """Return the processes that run a room at this moment."""
        return [node for node in self.nodes if node.runs(room_id)]

    def kept_rooms(self) -> list[str]:
        """Return the rooms that the database knows."""
        return list(self.archive.rooms)

    # What a player may have lost

    def restored(self, save: RoomSave | None) -> None:
        """A node takes up a save: what is in it is confirmed."""
        if save is not None and (live := json.loads(save.blob)["live"]) is not None:
            for racer in live["race"]["racers"]:
                self._known_laps[live["race_id"], racer["slot"]] = racer["gates_passed"]

    def laps_before(self, race_id: str, slot: int) -> int:
        """Return the gates of a car in the save that its race was last restored from."""
        return self._known_laps.get((race_id, slot), 0)

    # Time

    def after(self, delay: float, call: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._later, (self.now + delay, next(self.numbers), call))

    def step(self) -> None:
        """One step of the time."""
        self.now += STEP_S
        while self._later and self._later[0][0] <= self.now:
            heapq.heappop(self._later)[2]()
        for node in self.nodes:
            if node.able:
                node.tick(self.now)
        for player in self.players:
            player.tick_once()
        if self.watched:
            for room_id in self.archive.rooms:
                assert len(self.owners(room_id)) <= 1, f"{room_id} is run twice"

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.step()

    def until(self, condition: Callable[[], object], seconds_max: float = 60.0) -> float:
        """Let time pass until a condition holds; return how long it took."""
        begin = self.now
        while not condition():
            assert self.now - begin < seconds_max, "It didn't ever happen"
            self.step()
        return self.now - begin

    # The network

    def connect(self, player: SimPlayer, address: str) -> tuple[WorldNode | None, int | None]:
        """Open a link; a node that is dead refuses."""
        node = next((one for one in reversed(self.nodes) if one.address == address), None)
        if node is None or node.dead:
            return None, None
        link_id = next(self.numbers)
        node.links[link_id] = player
        return node, link_id

    def hang_up(self, player: SimPlayer) -> None:
        """A player closes the link, or gives it up."""
        node, link_id = player.node, player.link
        if node is None or link_id is None:
            return
        node.links.pop(link_id, None)

        def lose() -> None:
            node.carry_out(node.node.disconnect(link_id, "connection lost", self.now))

        self.after(0.02, lambda: node.inbox.append(lose))

    def to_node(self, player: SimPlayer, message: Message) -> None:
        """Carry a message to the node of a player."""
        node, link_id = player.node, player.link
        if node is None or link_id is None:
            return

        def say() -> None:
            if link_id in node.links:
                node.carry_out(node.node.handle(link_id, message, self.now))

        self.after(0.02, lambda: node.inbox.append(say))

    def to_player(self, node: WorldNode, link_id: int, message: Message) -> None:
        """Carry a message to a player, unless the link is gone by then."""
        player = node.links.get(link_id)
        if player is None:
            return
        last = isinstance(message, Redirect | Goodbye | Refused)

        def hear() -> None:
            if player.link == link_id and not (node.dead and not last):
                player.hear(message)

        self.after(0.02, hear)
