"""One run: a stage, a crowd, a witness, the faults of a seed, and the verdict.

A run ends well when nothing that was confirmed is lost *and* the game is whole
again once all faults are over: whoever stays is in a room, every race that was
under way is over, every result is saved.

Units: seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import SlipstreamError
from tests.chaos.checker import Violation, check, taken_back
from tests.chaos.crowd import Crowd, Regular
from tests.chaos.faults import Fault, Kind, plan
from tests.chaos.history import History, ResultTold, RoomKept, Seen, Struck
from tests.chaos.stage import TRACKS, Stage
from tests.chaos.striking import Striker
from tests.chaos.witness import Witness
from tests.waiting import wait_until
from track import load_track

PLAYERS = 4
WATCHERS = 1
SETTLE_S = 90.0
"""Once all faults are over, all must be well within so long."""
ROOM = "Chaos"
PATIENCE_S = 60.0


@dataclass(slots=True)
class Report:
    """How a run ended."""

    seed: int
    faults: list[Fault]
    violations: list[Violation]
    unsettled: list[str]
    """What was not well again after the faults."""
    races: int
    results_saved: int
    epochs: int
    """How often a room had a new owner."""
    pause_max: float
    """The longest time in which a driver saw no step of a race that was on."""
    taken_back: dict[str, int] = field(default_factory=dict)
    behind: float = 0.0

    @property
    def well(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations and not self.unsettled

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "seed": self.seed,
            "well": self.well,
            "faults": [str(fault) for fault in self.faults],
            "violations": [f"{one.rule}: {one.text}" for one in self.violations],
            "unsettled": self.unsettled,
            "races": self.races,
            "results_saved": self.results_saved,
            "epochs": self.epochs,
            "pause_max_s": round(self.pause_max, 2),
            "shown_and_taken_back": self.taken_back,
            "crowd_behind_max_s": round(self.behind, 2),
        }


class Run:
    """One seed on a stage that stands already."""

    def __init__(
        self,
        stage: Stage,
        seed: int,
        seconds: float,
        *,
        kinds: tuple[Kind, ...] = tuple(Kind),
        laps: int = 2,
        warm_up: float = 5.0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.history = History()
        self.faults = plan(seed, seconds, nodes=len(stage.nodes), kinds=kinds, warm_up=warm_up)
        self._stage, self._seed, self._seconds = stage, seed, seconds
        self._say = say
        self._started_at = 0.0
        tracks = {"oval": load_track(TRACKS / "oval.toml")}
        self._striker = Striker(stage, self._owner)
        self._witness = Witness(stage.uri, tracks, self.history)
        self.crowd = Crowd(
            [
                Regular(
                    f"{'Watcher' if number >= PLAYERS else 'Driver'} {seed}-{number}",
                    seed * 100 + number,
                    self.history,
                    "127.0.0.1",
                    stage.nodes[number % len(stage.nodes)].port,
                    tracks.__getitem__,
                    dial=stage.dial(),
                    host_of=f"{ROOM} {seed}" if number == 0 else "",
                    track="oval",
                    laps=laps,
                    party=PLAYERS,
                    watches=number >= PLAYERS,
                )
                for number in range(PLAYERS + WATCHERS)
            ]
        )

    def play(self) -> Report:
        """Let it all happen; return how it ended."""
        unsettled: list[str] = []
        self._witness.start()
        try:
            wait_until(self._witness.watching.is_set, "watch the database", PATIENCE_S)
            self.crowd.start()
            self._strike_all()
            self._mark("all faults are over")
            self._stage.heal()
            self.crowd.finish()
            unsettled = self._await_peace()
            for room_id in self._witness.live_rooms():
                unsettled.append(f"a result of room {room_id} is still on its way")
        except AssertionError as error:
            unsettled.append(str(error))
        finally:
            self.crowd.close()
            # What the leaving of the crowd writes may come after the last read.
            self._witness.stop()
            try:
                self._witness.read_all()
            finally:
                self._witness.close()
        return self._report(unsettled)

    # Striking

    def _strike_all(self) -> None:
        """Begin and end each fault at its time."""
        moments = [(one.at, True, one) for one in self.faults]
        moments += [(one.until, False, one) for one in self.faults]
        moments.sort(key=lambda moment: moment[0])
        self._started_at = time.monotonic()
        ending = threading.Event()
        for at, begins, fault in [*moments, (self._seconds, False, None)]:
            ending.wait(max(0.0, self._started_at + at - time.monotonic()))
            if self.crowd.fault:
                raise AssertionError(f"the crowd stumbled: {self.crowd.fault}")
            if fault is not None:
                try:
                    whom = self._striker.strike(fault) if begins else self._striker.mend(fault)
                    self._mark(f"{'' if begins else 'end of '}{fault}{whom}")
                except (OSError, SlipstreamError) as error:
                    self._mark(f"{fault}: {error}")

    def _owner(self) -> str:
        """Return the name of the node that has the room, or ""."""
        kept = self.history.all(RoomKept)
        return kept[-1].owner.partition("/")[0] if kept else ""

    def _mark(self, what: str) -> None:
        now = time.monotonic()
        self.history.add(Struck(now, what))
        self._say(f"{now - self._started_at:6.1f} s  {what}")

    # Afterwards

    def _await_peace(self) -> list[str]:
        """Wait until all is well; return what is not."""

        def at_peace() -> bool:
            return not self._troubles()

        try:
            wait_until(at_peace, "be well again", SETTLE_S)
        except AssertionError:
            return self._troubles() or ["it took too long"]
        return []

    def _troubles(self) -> list[str]:
        troubles = [f"the crowd stumbled: {self.crowd.fault}"] if self.crowd.fault else []
        for one in self.crowd.regulars:
            if one.gave_up:
                troubles.append(f"{one.name} gave up: {one.gave_up}")
            elif not one.settled:
                troubles.append(f"{one.name} is {one.state}")
        for node in self._stage.nodes:
            if not node.running:
                troubles.append(f"{node.name} has ended: {''.join(node.log[-3:])}")
        troubles += [f"the switchboard stumbled: {one}" for one in self._stage.board.faults]
        return troubles

    def _report(self, unsettled: list[str]) -> Report:
        entries = self.history.entries
        told = [one for one in entries if isinstance(one, ResultTold)]
        return Report(
            seed=self._seed,
            faults=self.faults,
            violations=check(entries),
            unsettled=unsettled,
            races=len({one.race_id for one in told}),
            results_saved=len({one.race_id for one in told if one.saved}),
            epochs=len({(one.room_id, one.epoch) for one in entries if isinstance(one, Seen)}),
            pause_max=max(one.pause_max for one in self.crowd.regulars),
            taken_back=taken_back(entries),
            behind=self.crowd.behind_s,
        )


def play(
    folder: Path,
    seeds: list[int],
    seconds: float,
    *,
    nodes: int = 3,
    kinds: tuple[Kind, ...] = tuple(Kind),
    warm_up: float = 5.0,
    laps: int = 2,
    say: Callable[[str], None] = lambda line: None,
    done: Callable[[Report, History], None] = lambda report, history: None,
) -> list[Report]:
    """Play each seed on one stage, one after the other; return how they ended."""
    reports = []
    stage = Stage(folder, nodes=nodes)
    try:
        stage.start()
        for seed in seeds:
            say(f"seed {seed}")
            run = Run(stage, seed, seconds, kinds=kinds, warm_up=warm_up, laps=laps, say=say)
            report = run.play()
            reports.append(report)
            done(report, run.history)
    finally:
        stage.close()
    return reports
