"""How long a race stands, and what it loses, when a machine dies.

    python -m benchmarks.failover --kill node --runs 5 --json
    python -m benchmarks.failover --kill primary --runs 5 --json
    python -m benchmarks.failover --kill both --runs 5 --json

Each run: three nodes over a local replica set, four drivers and two spectators
in one race; SIGKILL of the node that owns it, of the MongoDB primary, or of
both at once; the race is driven to its end, and the database is read.

`pause_s` is the longest time for which anybody saw no car drive; 0 is less than
0.1 s. `countdown_s` of it is the countdown
that all get; `lease_s` is when the database had a new owner, from the kill on,
and `shown_s` when the last player saw the race again. `ticks_lost` is what the
race went back, behind what the luckiest player had seen.

Units: seconds, ticks of 1/60 s, as the names say.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lobby import RoomPhase
from race import TICKS_A_SECOND
from steward import RESUME_COUNTDOWN_TICKS
from tests.chaos.checker import check
from tests.chaos.crowd import Crowd, Regular
from tests.chaos.history import History, ResultKept, ResultTold, RoomKept, Seen
from tests.chaos.stage import TRACKS, Node, Stage
from tests.chaos.witness import Witness
from tests.waiting import wait_until
from track import load_track

PLAYERS, SPECTATORS = 4, 2
DRIVEN_TICKS = 8 * TICKS_A_SECOND
"""The kill comes so long after GO, and a little later in each run."""
SHOWS_S = 10.0
"""What a death does to a race, it has begun to do within so long."""
RUN_S = 120.0
SOON_S = 30.0


class Race:
    """One race with its crowd and its witness, on a stage that stands."""

    def __init__(self, stage: Stage, number: int, *, spectators: int = SPECTATORS) -> None:
        track = load_track(TRACKS / "oval.toml")
        self.history = History()
        self.witness = Witness(stage.uri, {"oval": track}, self.history)
        count = PLAYERS + spectators
        self.crowd = Crowd(
            [
                Regular(
                    f"{'Watcher' if one >= PLAYERS else 'Driver'} {number}-{one}",
                    100 * number + one,
                    self.history,
                    "127.0.0.1",
                    stage.nodes[one % len(stage.nodes)].port,
                    lambda name: track,
                    host_of=f"Failover {number}" if one == 0 else "",
                    track="oval",
                    laps=2,
                    party=PLAYERS,
                    watches=one >= PLAYERS,
                )
                for one in range(count)
            ]
        )
        self._stage = stage

    def begin(self, driven_ticks: int) -> None:
        """Let everybody sit down and drive for a while."""
        self.witness.start()
        wait_until(self.witness.watching.is_set, "watch the database", SOON_S)
        self.crowd.start()
        wait_until(lambda: self._driven() > driven_ticks, "race", RUN_S)
        # One race is enough.
        self.crowd.finish()

    def _driven(self) -> int:
        """Return for how many ticks the one who is last has been racing."""
        driven = []
        for one in self.crowd.regulars:
            race, room = one.agent.view.race, one.agent.view.room
            racing = race is not None and room is not None and room.phase == RoomPhase.RACING
            driven.append(race.tick - race.go_tick if race is not None and racing else -1)
        return min(driven)

    @property
    def owner(self) -> Node:
        """The node that runs the race, as the database says."""
        newest = self.history.all(RoomKept)[-1]
        return next(one for one in self._stage.nodes if newest.owner.startswith(f"{one.name}/"))

    def end(self) -> None:
        """Drive to the finish, wait until the result is saved, and leave."""
        try:
            wait_until(self._over, "finish, and hear that the result is saved", RUN_S)
        except AssertionError as error:
            states = "; ".join(f"{one.name} is {one.state}" for one in self.crowd.regulars)
            raise AssertionError(f"{error}: {states}") from error
        finally:
            self.crowd.close()
            self.witness.stop()
            self.witness.read_all()
            self.witness.close()

    def _over(self) -> bool:
        return all(one.settled for one in self.crowd.regulars) and any(
            told.saved for told in self.history.all(ResultTold)
        )

    def stood(self, since: float) -> float:
        """Return the longest pause that began soon after a moment."""
        return max(
            (
                until - begun
                for one in self.crowd.regulars
                for begun, until in one.recording.pauses()
                if until > since and begun < since + SHOWS_S
            ),
            default=0.0,
        )

    def results_lost(self) -> int:
        """Return how many results were told to be saved and are not there."""
        told = {one.race_id for one in self.history.all(ResultTold) if one.saved}
        kept = {one.race_id for one in self.history.all(ResultKept) if one.final}
        return len(told - kept)


def kill(stage: Stage, what: str, number: int) -> dict[str, Any]:
    """Run one race, and kill a machine under it; return the figures."""
    race = Race(stage, number)
    # Not always at the same distance from the last save.
    race.begin(DRIVEN_TICKS + 7 * number)
    owner, primary = race.owner, stage.primary()
    assert primary is not None
    killed_at = time.monotonic()
    if what in ("node", "both"):
        owner.kill()
    if what in ("primary", "both"):
        stage.signal_member(primary, signal.SIGKILL)
    race.end()
    # Whole again before the next run.
    stage.heal()
    return _figures(race, killed_at)


def _figures(race: Race, killed_at: float) -> dict[str, Any]:
    seen = race.history.all(Seen)
    before = [one for one in seen if one.at <= killed_at + 0.05]
    epoch = max(one.epoch for one in before)
    after = [one for one in seen if one.epoch > epoch]
    figures: dict[str, Any] = {
        "pause_s": round(race.stood(killed_at), 2),
        "ticks_lost": 0,
        "results_lost": race.results_lost(),
        "violations": [f"{one.rule}: {one.text}" for one in check(race.history.entries)],
    }
    taken = [one.at for one in race.history.all(RoomKept) if one.epoch > epoch]
    if after and taken:
        first = {one.client: one.at for one in reversed(after)}
        counted = max(one.go_tick for one in after)
        last_tick = max(one.tick for one in seen if one.epoch == epoch)
        figures |= {
            "ticks_lost": max(0, last_tick - (counted - RESUME_COUNTDOWN_TICKS)),
            "lease_s": round(min(taken) - killed_at, 2),
            "shown_s": round(max(first.values()) - killed_at, 2),
            "countdown_s": round(RESUME_COUNTDOWN_TICKS / TICKS_A_SECOND, 2),
        }
    saved = [one.at for one in race.history.all(ResultTold) if one.saved]
    finished = [one.at for one in race.history.all(ResultTold)]
    if saved and finished:
        figures["saved_after_finish_s"] = round(min(saved) - min(finished), 2)
    return figures


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.failover", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--kill", choices=("node", "primary", "both"), default="node")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--keep", metavar="FOLDER", help="where the logs of all machines stay")
    chosen = parser.parse_args()
    # Whoever ends this early ends what it started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = chosen.keep or stack.enter_context(TemporaryDirectory(prefix="failover-"))
        stage = Stage(Path(folder).resolve(), lines=False)
        try:
            stage.start()
            for number in range(chosen.runs):
                runs.append(kill(stage, chosen.kill, number))
                if not chosen.json:
                    print(json.dumps(runs[-1]), flush=True)
        finally:
            stage.close()
    pauses = [one["pause_s"] for one in runs]
    ticks = [one["ticks_lost"] for one in runs]
    summary = {
        "kill": chosen.kill,
        "pause_s_median": statistics.median(pauses),
        "pause_s_max": max(pauses),
        "ticks_lost_max": max(ticks),
        "results_lost": sum(one["results_lost"] for one in runs),
    }
    print(json.dumps({**summary, "runs": runs} if chosen.json else summary))
    return 1 if any(one["results_lost"] or one["violations"] for one in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
