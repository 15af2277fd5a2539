"""What one tick of a race costs the server: a room of eight cars.

    python -m benchmarks.simulation --json

Eight bots, two of each class and more, race on a track. Their inputs are
recorded while they drive ("with bots": seeing, deciding, stepping), and given
again to a second race that is the same tick for tick (the simulation alone:
what eight players cost). In between one snapshot of that race is pickled and
framed as it would be sent; machines differ, so the cost of a tick is also told
as a multiple of that. The goal is under 150 microseconds a tick.

Each figure is the median over short bursts of processor time, so that a
neighbour on the machine who takes the processor for a while does not count.

Units: microseconds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import bulletins
import compiled
from benchmarks import tell
from bots import BotLevel
from car import CarClass, CarInput
from live_race import LiveRace
from lobby import Room
from personalities import PERSONALITIES
from protocol import encode_message
from race import COUNTDOWN_TICKS, Race
from track import track_names, track_of

CARS = 8
LAPS = 20
SETTLE_TICKS = COUNTDOWN_TICKS + 120
"""Not measured: the cars stand, or have not met a corner yet."""
BURST = 10
"""Ticks, and pickled snapshots, from one look at the clock to the next."""


def new_race(track: str) -> Race:
    """Return a race of eight cars of all classes."""
    classes = {slot: CarClass(slot % len(CarClass)) for slot in range(CARS)}
    return Race(track_of(track), LAPS, range(CARS), classes=classes)


def timed(what: Callable[[], object], count: int) -> float:
    """Return the microseconds that one call takes, of so many."""
    started = time.thread_time()
    for _ in range(count):
        what()
    return (time.thread_time() - started) / count * 1e6


def step_next(race: Race, inputs: Iterator[dict[int, CarInput]]) -> None:
    """Run one tick with the next of the inputs."""
    race.step(next(inputs))


def measure(track: str, ticks: int) -> dict[str, Any]:
    """Return the figures for one track."""
    with_bots = LiveRace("bots", track_of(track), new_race(track))
    for slot in range(CARS):
        who = PERSONALITIES[slot]
        with_bots.seat_bot(slot, seed=slot, level=BotLevel.HARD, personality=who)
    replayed = LiveRace("players", with_bots.track, new_race(track))
    room = Room("bench", "Bench", track, LAPS, CARS)
    recorded: list[dict[int, CarInput]] = []

    def drive() -> None:
        with_bots.step()
        recorded.append({slot: one.wishes for slot, one in with_bots.race.racers.items()})

    costs: dict[str, list[float]] = {"bots": [], "alone": [], "pickle": []}
    for _ in range(SETTLE_TICKS):
        drive()
    for wishes in recorded:
        replayed.race.step(wishes)
    for _ in range(ticks // BURST):
        recorded.clear()
        costs["bots"].append(timed(drive, BURST))
        inputs = iter(recorded)
        costs["alone"].append(timed(partial(step_next, replayed.race, inputs), BURST))
        snapshot = bulletins.snapshot(room, replayed)
        costs["pickle"].append(timed(partial(encode_message, snapshot), BURST))
    for slot, racer in with_bots.race.racers.items():
        assert replayed.race.racers[slot].car == racer.car, "the two races went apart"
    median = {name: statistics.median(values) for name, values in costs.items()}
    return {
        "compiled": compiled.in_use(),
        "track": track,
        "ticks": ticks,
        "tick_us": round(median["alone"], 1),
        "tick_with_bots_us": round(median["bots"], 1),
        "pickle_us": round(median["pickle"], 1),
        "tick_in_pickles": round(median["alone"] / median["pickle"], 2),
        "tick_with_bots_in_pickles": round(median["bots"] / median["pickle"], 2),
    }


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--ticks", type=int, default=3000, metavar="N")
    parser.add_argument("--track", default="meadow", choices=track_names())
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if not BURST <= chosen.ticks <= 100_000:
        print(f"--ticks goes from {BURST} to 100000.", file=sys.stderr)
        return 2
    figures = measure(chosen.track, chosen.ticks)
    tell(figures, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
