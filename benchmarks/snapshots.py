"""What a snapshot is made of, and what it costs to make and to read one.

    python -m benchmarks.snapshots --json

Eight bots of all classes race on a few tracks. Each snapshot is written to a
player in every car, and to who only watches; each reads it and compares it with
the truth. Told are the bytes of a message, with the length in front, and what
goes over the wire for it when each is a segment of its own; the same for whole
snapshots; and how far the other cars are off, where the own one is not at all.

Costs are processor time: packing is once a race, writing and reading once a
player.

Units: bytes; kbit/s of 1000 bits; microseconds; millimetres, m/s, rad/s.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from itertools import count

import bulletins
from benchmarks import quantile, tell
from benchmarks.wire_cost import HEADERS_BYTES
from bots import BotDriver, BotLevel
from car import CarClass
from live_race import LiveRace
from lobby import Room
from personalities import PERSONALITIES
from protocol import (
    WATCHING,
    Known,
    ReadSnapshot,
    Role,
    Snapshot,
    SnapshotDelta,
    SnapshotReader,
    decode_message,
    encode_message,
    read_whole,
)
from protocol.stream import Stream
from race import COUNTDOWN_TICKS, Race
from track import track_of

CARS = 8
LAPS = 20
SNAPSHOTS_A_SECOND = 30
HEARD_EVERY_TICKS = 9
"""Real drivers' clients say something 6.4 times a second."""
TRACKS = ("meadow", "city", "harbour", "timber")


def new_race(track: str) -> LiveRace:
    """Return a race of eight bots of all classes, levels and characters."""
    there = track_of(track)
    classes = {slot: CarClass(slot % len(CarClass)) for slot in range(CARS)}
    live = LiveRace("race", there, Race(there, LAPS, range(CARS), classes=classes))
    for slot, driver in live.drivers.items():
        who = PERSONALITIES[slot % len(PERSONALITIES)]
        driver.bot = BotDriver(there, slot, BotLevel(slot % len(BotLevel)), who)
    return live


class Eye:
    """One link, and what its client makes of what it is written."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.known: Known | None = None
        self.reader = SnapshotReader()
        self.sizes: list[int] = []
        self.read: ReadSnapshot | None = None

    def take(self, data: bytes) -> None:
        """Read what was written."""
        told = decode_message(data[4:], Role.SERVER)
        assert isinstance(told, Snapshot | SnapshotDelta)
        self.read = self.reader.read(told)


class Figures:
    """What was seen on all tracks."""

    def __init__(self) -> None:
        self.player: list[int] = []
        self.watcher: list[int] = []
        self.whole: list[int] = []
        self.off_mm: list[float] = []
        self.velocity_off: list[float] = []
        self.yaw_off: list[float] = []
        self.pack_us: list[float] = []
        self.write_us: list[float] = []
        self.read_us: list[float] = []

    def run(self, track: str, seconds: float) -> None:
        """Race on one track, and note what its snapshots are."""
        live, stream = new_race(track), Stream()
        room = Room("room", "Room", track, LAPS, 0, epoch=1)
        eyes = [Eye(slot) for slot in (*range(CARS), WATCHING)]
        for tick in count(1):
            live.step()
            for slot, driver in live.drivers.items():
                if (tick + slot) % HEARD_EVERY_TICKS == 0:
                    driver.sequence += 1
                    driver.lead = 2 + (tick + slot) % 3
            if tick % 2:
                continue
            racing = tick > COUNTDOWN_TICKS
            started = time.thread_time()
            packed = stream.pack(bulletins.snapshot(room, live))
            done = time.thread_time()
            written = [packed.message_for(eye.slot, eye.known) for eye in eyes]
            for eye in eyes:
                eye.known = packed.known_by(eye.slot, eye.known)
            sent = time.thread_time()
            for eye, data in zip(eyes, written, strict=True):
                eye.take(data)
            read = time.thread_time()
            if racing:
                sizes = [len(data) for data in written]
                self.player += sizes[:-1]
                self.watcher.append(sizes[-1])
                self.whole.append(len(encode_message(packed.message)))
                self.pack_us.append((done - started) * 1e6)
                self.write_us.append((sent - done) / len(eyes) * 1e6)
                self.read_us.append((read - sent) / len(eyes) * 1e6)
                self._compare(eyes[0], packed.message)
            if tick >= COUNTDOWN_TICKS + seconds * 60.0:
                break

    def _compare(self, eye: Eye, truth: Snapshot) -> None:
        """Note how far what an eye sees is from the truth."""
        assert eye.read is not None
        for seen, real in zip(eye.read.records, read_whole(truth).records, strict=True):
            if real.slot == eye.slot:
                assert seen == real, "the own car is exact"
                continue
            a, b = seen.car, real.car
            self.off_mm.append(math.hypot(a.x - b.x, a.y - b.y) * 1000.0)
            self.velocity_off.append(math.hypot(a.vx - b.vx, a.vy - b.vy))
            self.yaw_off.append(abs(a.yaw_rate - b.yaw_rate))

    def told(self) -> dict[str, object]:
        """Return all figures."""
        figures: dict[str, object] = {"snapshots": len(self.whole)}
        for name, sizes in (
            ("player", self.player), ("watcher", self.watcher), ("whole", self.whole),
        ):  # fmt: skip
            mean = sum(sizes) / len(sizes)
            figures[f"{name}_bytes_mean"] = round(mean, 1)
            figures[f"{name}_bytes_p99"] = quantile(sizes, 0.99)
            figures[f"{name}_bytes_most"] = max(sizes)
            on_the_wire = (mean + HEADERS_BYTES) * SNAPSHOTS_A_SECOND * 8.0 / 1000.0
            figures[f"{name}_kbit_s"] = round(on_the_wire, 1)
        for name, values in (
            ("place_off_mm", self.off_mm), ("velocity_off", self.velocity_off),
            ("yaw_rate_off", self.yaw_off),
        ):  # fmt: skip
            figures[f"{name}_p50"] = round(quantile(values, 0.5), 3)
            figures[f"{name}_p99"] = round(quantile(values, 0.99), 3)
        for name, costs in (
            ("pack_race_us", self.pack_us), ("write_us", self.write_us), ("read_us", self.read_us),
        ):  # fmt: skip
            figures[f"{name}_p50"] = round(quantile(costs, 0.5), 1)
        return figures


def main(argv: Sequence[str]) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots", description=__doc__)
    parser.add_argument("--tracks", default=",".join(TRACKS), help="names, with commas")
    parser.add_argument("--seconds", type=float, default=30.0, help="of racing on each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(argv)
    figures = Figures()
    for track in options.tracks.split(","):
        figures.run(track, options.seconds)
    tell(figures.told(), as_json=options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
