"""What one tick of a full server costs, part by part, without its sockets.

    python -m benchmarks.tick --rooms 64 --json

A node in this process with rooms of eight players in mid-race, as `server.py`
runs it: inputs come in, ticks are run, messages are encoded, saves answered a
tick later. The inputs are those of one race that is driven beforehand by hands
that move ten times a second, so all rooms drive the same race.

What the parts cost is measured beside it, on the same races, and told for the
mean tick: `inputs` is all that players say, `simulation` the races alone,
`snapshots` packing them, `saves` writing them down, `messages` encoding what is
told; `rest` is what the tick takes beyond those.

Units: microseconds of processor time a tick, unless a name says otherwise.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import bulletins
import room_save
from benchmarks import tell
from bots import BotDriver, BotLevel
from car import CarInput
from cluster import LEASE_S
from db.memory import MemoryStore
from db.store import Claim
from effects import (
    Announce,
    Announced,
    Effect,
    LeaseAnswered,
    LeasesRenewed,
    LookAround,
    Outcome,
    RenewLeases,
    RoomSaved,
    SaveRoom,
    Seen,
    Send,
    SendSnapshot,
    TakeLease,
)
from lobby import ROOMS_MAX
from node import Node
from personalities import PERSONALITIES
from protocol import (
    VERSION,
    Button,
    CreateRoom,
    Drive,
    Hello,
    JoinRoom,
    Message,
    Ping,
    Pong,
    Ready,
    RoomState,
    encode_message,
)
from race import COUNTDOWN_TICKS, TICKS_A_SECOND, Race
from saver import SAVE_EVERY_S
from sight import Sight
from steward import SNAPSHOT_EVERY_TICKS
from track import Track, track_of

TICK_S = 1.0 / TICKS_A_SECOND
CARS = 8
LAPS = 20
HANDS_EVERY_TICKS = 6
"""Hands move ten times a second."""
SPEAK_EVERY_TICKS = 24
"""What does not change is said again after so long."""
LEAD_TICKS = 3
SETTLE_TICKS = COUNTDOWN_TICKS + 60
PARTS_EVERY_TICKS = 15
"""So often the parts are measured by themselves."""
NOON = 1e9


def drives_of(track: Track, ticks: int) -> list[list[tuple[int, Drive]]]:
    """Return what eight players say before each tick of a race, with their slots.

    The steps of sequences and ticks are those of a race that begins at tick 0.
    """
    race = Race(track, LAPS, range(CARS))
    bots = [BotDriver(track, slot, BotLevel.NORMAL, PERSONALITIES[slot]) for slot in range(CARS)]
    wishes = {slot: CarInput() for slot in range(CARS)}
    spoken: dict[int, tuple[int, CarInput]] = {}
    counts = Counter[int]()
    said: list[list[tuple[int, Drive]]] = [[] for _ in range(ticks + LEAD_TICKS)]
    for tick in range(1, ticks + 1):
        for slot in range(CARS):
            if (tick + slot) % HANDS_EVERY_TICKS == 0:
                wishes[slot] = bots[slot].wishes(Sight.of(race, slot)).quantised()
            at, last = spoken.get(slot, (-SPEAK_EVERY_TICKS, None))
            if last != wishes[slot] or tick - at >= SPEAK_EVERY_TICKS:
                spoken[slot] = tick, wishes[slot]
                counts[slot] += 1
                order = _order(wishes[slot], counts[slot], tick)
                said[max(0, tick - LEAD_TICKS)].append((slot, order))
        race.step(wishes)
    return said


def _order(wishes: CarInput, sequence: int, tick: int) -> Drive:
    buttons = Button.ENGINE * wishes.engine | Button.HANDBRAKE * wishes.handbrake
    buttons |= Button.RESPAWN * wishes.respawn | Button.NITRO * wishes.nitro
    pedals = round(wishes.throttle * 255), round(wishes.brake * 255)
    return Drive(sequence, tick, *pedals, round(wishes.steering * 127), buttons)


class Bench:
    """A node, and a shell that counts what it does."""

    def __init__(self, track: str, rooms: int) -> None:
        numbers = itertools.count(1)
        claim = Claim("bench", "bench-1", "127.0.0.1:7777")
        self.node = Node(
            claim=claim,
            secret=b"secret",
            tracks={track: track_of(track)},
            entropy=lambda size: next(numbers).to_bytes(size, "big"),
            sessions_max=rooms * CARS,
            wall_offset_s=NOON,
            durable=True,
        )
        self.now = 1000.0
        self.store = MemoryStore(lambda: self.now)
        self.claim = claim
        self.sent: Counter[str] = Counter()
        """Bytes on all links together, by kind of message."""
        self.messages_s = 0.0
        """Spent in encoding them."""
        self._outcomes: list[Outcome] = []
        self._pings: list[tuple[int, int]] = []
        self._room_ids: dict[int, str] = {}
        self.links = [list(range(room * CARS + 1, room * CARS + 9)) for room in range(rooms)]
        for room, links in enumerate(self.links):
            for link_id in links:
                self.hear(link_id, Hello(VERSION, f"Player {link_id}", "", "client"))
            self.hear(links[0], CreateRoom(f"Room {room}", track, LAPS, 0))
            for link_id in links[1:]:
                self.hear(link_id, JoinRoom(self._room_ids[links[0]]))
            # Nobody says so much at once.
            self.tick()
        for _ in range(TICKS_A_SECOND):
            self.tick()
        for link_id in itertools.chain(*self.links):
            self.hear(link_id, Ready(True))

    def hear(self, link_id: int, message: Message) -> None:
        """Let a player say something."""
        self.carry_out(self.node.handle(link_id, message, self.now))

    def tick(self) -> None:
        """Run one tick."""
        self.now += TICK_S
        outcomes, self._outcomes = self._outcomes, []
        for outcome in outcomes:
            self.carry_out(self.node.settle(outcome, self.now))
        self.carry_out(self.node.tick(self.now))

    def pongs(self) -> list[tuple[int, Message]]:
        """Return the answers to the pings of late."""
        pings, self._pings = self._pings, []
        return [(link_id, Pong(nonce)) for link_id, nonce in pings]

    def carry_out(self, effects: list[Effect]) -> None:
        """Do what `Carrier` does, but for the sockets and the threads."""
        for effect in effects:
            match effect:
                case SendSnapshot():
                    pass
                case Send(link_ids, message):
                    started = time.thread_time()
                    encoded = encode_message(message)
                    self.messages_s += time.thread_time() - started
                    self.sent[type(message).__name__] += len(encoded) * len(link_ids)
                    if isinstance(message, RoomState):
                        self._room_ids.update(dict.fromkeys(link_ids, message.room_id))
                    elif isinstance(message, Ping):
                        self._pings.extend((link_id, message.nonce) for link_id in link_ids)
                case SaveRoom(save):
                    self._outcomes.append(RoomSaved(save.room_id, save.seq, kept=True))
                case TakeLease(room_id, over):
                    lease = self.store.take_lease(room_id, self.claim, LEASE_S, over)
                    self._outcomes.append(LeaseAnswered(room_id, lease))
                case RenewLeases(room_ids):
                    kept = self.store.renew_leases(room_ids, self.claim, LEASE_S)
                    self._outcomes.append(LeasesRenewed(tuple(kept)))
                case Announce(card):
                    self.store.announce(card)
                    self._outcomes.append(Announced(""))
                case LookAround():
                    seen = Seen(tuple(self.store.cards()), tuple(self.store.leases()))
                    self._outcomes.append(seen)


def timed(what: Callable[[], object]) -> float:
    """Return the microseconds that something takes."""
    started = time.thread_time()
    what()
    return (time.thread_time() - started) * 1e6


def measure(track: str, rooms: int, ticks: int) -> dict[str, Any]:
    """Return the figures."""
    said = drives_of(track_of(track), SETTLE_TICKS + ticks)
    bench = Bench(track, rooms)
    node = bench.node
    races = [Race(track_of(track), LAPS, range(CARS)) for _ in range(rooms)]
    costs: dict[str, list[float]] = {
        name: [] for name in ("inputs", "tick", "simulation", "messages", "snapshots", "saves")
    }

    def take_inputs(arrived: list[tuple[int, Message]]) -> None:
        for link_id, message in arrived:
            bench.carry_out(node.handle(link_id, message, bench.now))

    def step_races() -> None:
        for race, live in zip(races, lives, strict=True):
            race.step({slot: one.wishes for slot, one in live.race.racers.items()})

    def pack() -> None:
        for room, live in zip(playing, lives, strict=True):
            bulletins.snapshot(room, live)

    def save() -> None:
        for room, live in zip(playing, lives, strict=True):
            room_save.encode(room, live, digest=live.track.digest)

    playing = list(node.game.lobby.rooms.values())
    lives = [node.game.steward.live[room.room_id] for room in playing]
    for tick in range(SETTLE_TICKS + ticks):
        if tick == SETTLE_TICKS:
            bench.sent.clear()
            for values in costs.values():
                values.clear()
        arrived = bench.pongs()
        arrived += [(links[slot], one) for slot, one in said[tick] for links in bench.links]
        costs["inputs"].append(timed(partial(take_inputs, arrived)))
        bench.messages_s = 0.0
        costs["tick"].append(timed(bench.tick))
        costs["messages"].append(bench.messages_s * 1e6)
        costs["simulation"].append(timed(step_races))
        if tick >= SETTLE_TICKS and tick % PARTS_EVERY_TICKS == 0:
            costs["snapshots"].append(timed(pack) / SNAPSHOT_EVERY_TICKS)
            costs["saves"].append(timed(save) * TICK_S / SAVE_EVERY_S)
    for race, live in zip(races, lives, strict=True):
        assert race.tick == live.race.tick, "a race stood still"
        for slot, racer in race.racers.items():
            assert racer.car == live.race.racers[slot].car, "the two races went apart"
    mean = {name: statistics.mean(values) for name, values in costs.items()}
    # The messages are part of the tick too.
    known = mean["simulation"] + mean["messages"] + mean["snapshots"] + mean["saves"]
    ordered = sorted(costs["tick"])
    return {
        "track": track,
        "rooms": rooms,
        "players": rooms * CARS,
        "ticks": ticks,
        "inputs_us": round(mean["inputs"], 1),
        "tick_us": round(mean["tick"], 1),
        "tick_us_p50": round(statistics.median(ordered), 1),
        "tick_us_p99": round(ordered[int(len(ordered) * 0.99)], 1),
        "simulation_us": round(mean["simulation"], 1),
        "snapshots_us": round(mean["snapshots"], 1),
        "saves_us": round(mean["saves"], 1),
        "messages_us": round(mean["messages"], 1),
        "rest_us": round(mean["tick"] - known, 1),
        "cores": round((mean["inputs"] + mean["tick"]) * TICKS_A_SECOND / 1e6, 3),
        "cores_beside_simulation": round(
            (mean["inputs"] + mean["tick"] - mean["simulation"]) * TICKS_A_SECOND / 1e6, 3
        ),
        "inputs_a_second": round(sum(map(len, said[SETTLE_TICKS:])) / (ticks * TICK_S) / CARS, 1),
        "told_bytes_per_player_s": {
            name: round(count / (ticks * TICK_S) / (rooms * CARS), 1)
            for name, count in bench.sent.most_common()
        },
    }


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tick", description=__doc__)
    parser.add_argument("--rooms", type=int, default=64, metavar="N")
    parser.add_argument("--ticks", type=int, default=600, metavar="N")
    parser.add_argument("--track", default="meadow", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if not 1 <= chosen.rooms <= ROOMS_MAX or not 60 <= chosen.ticks <= 100_000:
        print(f"--rooms goes from 1 to {ROOMS_MAX} and --ticks from 60 to 100000.", file=sys.stderr)
        return 2
    tell(measure(chosen.track, chosen.rooms, chosen.ticks), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
