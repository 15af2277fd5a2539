"""What answering from memory saves, and how true it is.

    python -m benchmarks.cache --questions 4000 --json

One local replica set, one evening: leaderboards, records of tracks and
profiles are asked for, some tracks and players more often than others, and
after every so many questions a race ends, here or on another node, or a
player comes back under another name. Each question is put twice in turn, to a
store that remembers and to one that does not, so the ratio is of one run on
one machine.

`hit_rate` is the share that the memory answered. `asked` and `answered` are
the response times without and with it, misses included; `hit` is that of the
hits alone. `ratio` is asked by answered, of medians. `shown_ms` is how long
after another node's confirmed write the new answer came. `wrong` counts answers
older than a write of this process, and must be 0; so must `late`, answers
that were still old `SILENT_S` after another node's write.

Units: milliseconds, unless a name says otherwise.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import tell
from db.cache import SILENT_S
from db.cached_store import CachedStore
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import PlayerRecord, ResultLine, ResultRecord, Store

TRACKS = tuple(f"track-{number}" for number in range(8))
PLAYERS = 200
SHOWN = 20
RACERS = 8
START_S = 30.0
KINDS = ("leaderboard", "record", "profile")


@dataclass(slots=True)
class Times:
    """Response times of one kind of question."""

    asked: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    hits: list[float] = field(default_factory=list)

    def report(self) -> dict[str, float]:
        """Return the figures."""
        asked, answered = statistics.median(self.asked), statistics.median(self.answered)
        return {
            "hit_rate": round(len(self.hits) / len(self.answered), 3),
            "asked_p50": round(asked, 3),
            "asked_p99": round(_p99(self.asked), 3),
            "answered_p50": round(answered, 4),
            "answered_p99": round(_p99(self.answered), 3),
            "hit_p50": round(statistics.median(self.hits), 4) if self.hits else 0.0,
            "ratio": round(asked / answered, 1),
        }


class Evening:
    """Questions and writes from one seed."""

    def __init__(self, cached: CachedStore, other: MongoStore, seed: int) -> None:
        self._cached = cached
        self._other = other
        self._rng = random.Random(seed)
        self._best_ms = 90_000
        self._writes = 0
        self.times = {kind: Times() for kind in KINDS}
        self.shown: list[float] = []
        self.wrong = 0
        self.late = 0

    def prepare(self) -> None:
        """Fill the leaderboards, and wait until the memory may answer."""
        for number in range(PLAYERS):
            self._other.put_player(_player(number))
        for track in TRACKS:
            for start in range(0, PLAYERS, RACERS):
                self._other.put_result(self._race(track, range(start, start + RACERS)))
        deadline = time.monotonic() + START_S
        while not self._cached.cache.warm(time.monotonic()):
            if time.monotonic() > deadline:
                raise SystemExit("the change stream was never heard")
            time.sleep(0.05)

    def _race(self, track: str, racers: range) -> ResultRecord:
        self._writes += 1
        self._best_ms -= 1
        rows = tuple(
            ResultLine(_player(one).player_id, _player(one).name, 0, place, 300_000,
                       self._best_ms + 10 * (place - 1), 1)
            for place, one in enumerate(racers, 1)
        )  # fmt: skip
        return ResultRecord(f"race{self._writes}", "room", "Evening", track, 3, time.time(), rows)

    def ask(self) -> None:
        """Put one question to both stores."""
        kind = self._rng.choices(KINDS, (5, 3, 2))[0]
        # Some are asked for far more often than others.
        track = TRACKS[min(int(self._rng.expovariate(0.5)), len(TRACKS) - 1)]
        player_id = _player(min(int(self._rng.expovariate(0.05)), PLAYERS - 1)).player_id
        questions: dict[str, Callable[[Store], object]] = {
            "leaderboard": lambda store: store.best_laps(track, SHOWN),
            "record": lambda store: store.best_laps(track, 1),
            "profile": lambda store: store.profile(player_id),
        }
        times, hits = self.times[kind], self._cached.cache.hits
        times.asked.append(_timed(questions[kind], self._other))
        times.answered.append(_timed(questions[kind], self._cached))
        if self._cached.cache.hits > hits:
            times.hits.append(times.answered[-1])

    def write(self) -> None:
        """End a race, here or elsewhere, or rename a player."""
        match self._rng.randrange(5):
            case 0 | 1:
                race = self._race(self._rng.choice(TRACKS), self._racers())
                player_id = race.rows[0].player_id
                before = self._other.profile(player_id).races
                self._cached.put_result(race)
                self.wrong += self._record(race.track) != race.race_id
                self.wrong += self._cached.profile(player_id).races != before + 1
            case 2 | 3:
                race = self._race(self._rng.choice(TRACKS), self._racers())
                self._other.put_result(race)
                self._await(lambda: self._record(race.track) == race.race_id)
            case _:
                self._writes += 1
                renamed = PlayerRecord(
                    _player(self._rng.randrange(PLAYERS)).player_id,
                    f"Player {self._writes}", time.time(),
                )  # fmt: skip
                self._cached.put_player(renamed)
                self.wrong += any(
                    lap.player_id == renamed.player_id and lap.name != renamed.name
                    for track in TRACKS
                    for lap in self._cached.best_laps(track, SHOWN)
                )

    def _racers(self) -> range:
        start = self._rng.randrange(PLAYERS - RACERS)
        return range(start, start + RACERS)

    def _record(self, track: str) -> str:
        return self._cached.best_laps(track, 1)[0].race_id

    def _await(self, shown: Callable[[], bool]) -> None:
        start = time.monotonic()
        while not shown():
            if time.monotonic() > start + SILENT_S:
                self.late += 1
                return
            time.sleep(0.001)
        self.shown.append(1000 * (time.monotonic() - start))


def _player(number: int) -> PlayerRecord:
    return PlayerRecord(f"player{number:04}", f"Player {number}", 1000.0)


def _timed(question: Callable[[Store], object], store: Store) -> float:
    start = time.perf_counter()
    question(store)
    return 1000 * (time.perf_counter() - start)


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def measure(uri: str, questions: int, between: int, seed: int) -> dict[str, Any]:
    """Run one evening; return the figures."""
    other = MongoStore(uri, "cache_benchmark")
    cached = CachedStore(uri, "cache_benchmark")
    try:
        evening = Evening(cached, other, seed)
        evening.prepare()
        for number in range(1, questions + 1):
            evening.ask()
            if number % between == 0:
                evening.write()
        hits = sum(len(one.hits) for one in evening.times.values())
        asked = [value for one in evening.times.values() for value in one.asked]
        answered = [value for one in evening.times.values() for value in one.answered]
        return {
            "questions": questions,
            "questions_a_write": between,
            "hit_rate": round(hits / questions, 3),
            "ratio": round(statistics.median(asked) / statistics.median(answered), 1),
            "ratio_of_means": round(statistics.fmean(asked) / statistics.fmean(answered), 1),
            "shown_ms_p50": round(statistics.median(evening.shown), 1) if evening.shown else None,
            "shown_ms_max": round(max(evening.shown), 1) if evening.shown else None,
            "wrong": evening.wrong,
            "late": evening.late,
            **{kind: times.report() for kind, times in evening.times.items() if times.asked},
        }
    finally:
        cached.close()
        other.close()


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cache", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--questions", type=int, default=4000)
    parser.add_argument("--between", type=int, default=20, help="questions from write to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cache-") as folder:
        replicas = LocalReplicas(Path(folder))
        try:
            uri = replicas.start()
            figures = measure(uri, chosen.questions, chosen.between, chosen.seed)
        finally:
            replicas.stop(by_force=True)
    tell(figures, as_json=chosen.json)
    return 1 if figures["wrong"] or figures["late"] else 0


if __name__ == "__main__":
    sys.exit(main())
