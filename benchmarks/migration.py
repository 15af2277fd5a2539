"""How long a race freezes when it moves to another node.

    python -m benchmarks.migration --runs 5 --json

Each run: three nodes over a local replica set, four drivers and two spectators
in one race; its owner is told to stop (SIGTERM), hands the race over and ends.
The race is driven to its end, and the database is read.

`freeze_ms` is the longest time that anybody saw no new tick, from the signal
on; without a move it is that of two snapshots, 33 ms. `exit_s` is when the
node had ended. `ticks_back` is how far anybody saw the race go back.

Units: as the names say, ticks of 1/60 s.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.failover import DRIVEN_TICKS, RUN_S, Race
from tests.chaos.checker import check
from tests.chaos.history import RoomKept, Seen
from tests.chaos.stage import Stage
from tests.waiting import wait_until

LOOKED_AT_S = 6.0
"""What a move may show to players, it shows within so long."""


def move(stage: Stage, number: int) -> dict[str, Any]:
    """Run one race, and stop its owner; return the figures."""
    race = Race(stage, number)
    race.begin(DRIVEN_TICKS + 7 * number)
    owner = race.owner
    told_at = time.monotonic()
    owner.signal(signal.SIGTERM)
    wait_until(lambda: not owner.running, f"end {owner.name}", RUN_S)
    ended_at = time.monotonic()
    race.end()
    owner.start()
    stage.await_ready(owner)
    gaps = {
        one.name: max(
            (
                then - at
                for at, then in one.recording.gaps()
                if told_at < then < told_at + LOOKED_AT_S
            ),
            default=0.0,
        )
        for one in race.crowd.regulars
    }
    drivers = [gap for name, gap in gaps.items() if name.startswith("Driver")]
    watchers = [gap for name, gap in gaps.items() if name.startswith("Watcher")]
    back = [
        before[2] - after[2]
        for one in race.crowd.regulars
        for before, after in pairwise(one.recording.steps)
        if before[1] == after[1]
    ]
    passed = [one for one in race.history.all(RoomKept) if one.at >= told_at]
    epochs = {one.epoch for one in race.history.all(Seen)}
    return {
        "freeze_ms": round(1000 * max(drivers)),
        "freeze_ms_spectators": round(1000 * max(watchers, default=0.0)),
        "ticks_back": max(0, *back),
        "passed_ms": round(1000 * (passed[0].at - told_at)) if passed else None,
        "exit_s": round(ended_at - told_at, 2),
        "moved": len(epochs) > 1,
        "results_lost": race.results_lost(),
        "violations": [f"{one.rule}: {one.text}" for one in check(race.history.entries)],
    }


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.migration", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    # Whoever ends this early ends what it started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="migration-") as folder:
        stage = Stage(Path(folder), lines=False)
        try:
            stage.start()
            for number in range(chosen.runs):
                runs.append(move(stage, number))
                if not chosen.json:
                    print(json.dumps(runs[-1]), flush=True)
        finally:
            stage.close()
    freezes = [one["freeze_ms"] for one in runs]
    summary = {
        "freeze_ms_median": statistics.median(freezes),
        "freeze_ms_max": max(freezes),
        "ticks_back_max": max(one["ticks_back"] for one in runs),
        "results_lost": sum(one["results_lost"] for one in runs),
    }
    print(json.dumps({**summary, "runs": runs} if chosen.json else summary))
    return 1 if any(one["results_lost"] or one["violations"] for one in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
