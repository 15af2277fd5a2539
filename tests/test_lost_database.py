"""Real members are killed under the store thread and under a server: no result is lost."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from db.backlog import Backlog
from db.memory import MemoryStore
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import Claim, ResultLine, ResultRecord
from effects import DropLease, Outcome, ResultSaved, SaveResult
from protocol import SavedState
from storekeeper import StoreKeeper
from tests.processes import server
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

ME = Claim("me", "me-1", "127.0.0.1:7777")
TTL_S = 60.0


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[LocalReplicas]:
    """Yield a set of its own: others must not lose theirs."""
    own = LocalReplicas(tmp_path / "set")
    try:
        own.start()
        yield own
    finally:
        own.stop(by_force=True)


def result(number: int) -> SaveResult:
    """Return the wish to keep the end of a race."""
    row = ResultLine("ann", "Ann", 0, 1, 90_000, 60_000 - number, 25)
    record = ResultRecord(f"race{number}", "r1", "Evening", "meadow", 2, 1000.0 + number, (row,))
    return SaveResult(record, 1)


def kill(replicas: LocalReplicas, state: str = "") -> None:
    """SIGKILL the members in a state, or all."""
    for member in replicas.status():
        if member.pid is not None and state in ("", member.state):
            os.kill(member.pid, signal.SIGKILL)


def told(keeper: StoreKeeper, outcomes: list[Outcome], count: int) -> bool:
    """Whether so many outcomes have come, ever."""
    while not keeper.outcomes.empty():
        outcomes.append(keeper.outcomes.get())
    return len(outcomes) >= count


@pytest.mark.timeout(120)
def test_killed_primary_costs_the_store_thread_nothing(
    replicas: LocalReplicas, tmp_path: Path
) -> None:
    """Each result is told saved once, in order, and is there once."""
    wait_until(
        lambda: [one.state for one in replicas.status()].count("SECONDARY") == 2,
        "have two secondaries",
        30.0,
    )
    store = MongoStore(replicas.uri)
    store.take_lease("r1", ME, TTL_S)
    backlog = Backlog(tmp_path / "backlog.sqlite")
    keeper = StoreKeeper(store, backlog, ME, TTL_S)
    keeper.start()
    outcomes: list[Outcome] = []
    for number in range(60):
        keeper.submit(result(number))
        if number == 30:
            wait_until(lambda: told(keeper, outcomes, 10), "save ten results")
            kill(replicas, "PRIMARY")
    wait_until(lambda: told(keeper, outcomes, 60), "save all results", 60.0)

    saved = [one.race_id for one in outcomes if isinstance(one, ResultSaved)]
    assert saved == [f"race{number}" for number in range(60)]
    assert Counter(one.race_id for one in store.results(1000)) == Counter(saved)
    keeper.stop()
    assert len(backlog) == 0
    backlog.close()
    store.close()


@pytest.mark.timeout(120)
def test_members_that_were_just_ending_are_started_again(
    replicas: LocalReplicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process is there for a moment more: it must not be counted on."""
    kill(replicas)
    wait_until(lambda: all(one.pid is None for one in replicas.status()), "end")
    real, looks = replicas._pid, Counter[int]()

    def pid(number: int) -> int | None:
        looks[number] += 1
        return os.getpid() if looks[number] <= 2 else real(number)

    monkeypatch.setattr(replicas, "_pid", pid)
    replicas.start()

    assert all(one.pid is not None for one in replicas.status())


@pytest.mark.timeout(120)
def test_results_of_an_outage_arrive_once_after_both_were_restarted(
    replicas: LocalReplicas, tmp_path: Path
) -> None:
    """Database gone, then the server; a delivery repeated half-way changes nothing."""
    path = tmp_path / "backlog.sqlite"
    before = MongoStore(replicas.uri)
    before.take_lease("r1", ME, TTL_S)
    before.close()
    kill(replicas)
    killed = Backlog(path)
    # Its store thread never comes to act, and nobody stops it in an orderly way.
    keeper = StoreKeeper(MemoryStore(), killed, ME, TTL_S)
    keeper._shelf.start()
    for number in range(5):
        keeper.submit(result(number))
    keeper.submit(DropLease("r1", 1))
    wait_until(lambda: len(killed) == 6, "write all to disk")

    store = MongoStore(replicas.start())
    store.put_result(result(0).record, 1)
    backlog = Backlog(path)
    StoreKeeper(store, backlog, ME, TTL_S).deliver_waiting()

    assert len(backlog) == 0
    assert sorted(one.race_id for one in store.results(100)) == [f"race{n}" for n in range(5)]
    assert store.leases() == []
    assert [lap.lap_ms for lap in store.best_laps("meadow", 10)] == [59_996]
    keeper.stop()
    for one in (killed, backlog):
        one.close()
    store.close()


@pytest.mark.timeout(280)
def test_race_in_an_outage_is_in_the_books_after_a_restart(
    replicas: LocalReplicas, tmp_path: Path
) -> None:
    """Nobody else knows of a room without a lease: its race is driven, its result kept."""
    arguments = ("--db", replicas.uri, "--data", str(tmp_path / "data"), "--port", "0")
    with server(*arguments) as first:
        kill(replicas)
        agents = [Agent(first.host, first.port, f"Cat {n}", n) for n in range(2)]
        crew = Crew(agents, time.monotonic() + 200.0)
        crew.gather("Outage", "bowl", 1)
        view = agents[0].link.view
        crew.until(lambda: view.results is not None, "the finish")
        results = view.results
        assert results is not None
        assert results.saved == SavedState.SAVING
        look = Backlog(tmp_path / "data" / "backlog.sqlite")
        wait_until(lambda: len(look) == 1, "write the result to disk")
        look.close()
        first.kill()
        assert sum("races go on, results wait" in line for line in first.log) == 1
        for agent in agents:
            agent.close()

    replicas.start()
    with server(*arguments) as second:
        assert second.stop() == 0
    store = MongoStore(replicas.uri)
    (found,) = store.results(10)
    assert found.race_id == results.race_id
    assert {row.name: row.total_ms for row in found.rows} == {
        row.name: row.total_ms for row in results.rows
    }
    store.close()


@pytest.mark.timeout(200)
def test_race_stands_while_its_lease_cannot_be_renewed(
    replicas: LocalReplicas, tmp_path: Path
) -> None:
    """All members die in mid-race: it waits, says so, and goes on under the same owner."""
    arguments = ("--db", replicas.uri, "--data", str(tmp_path / "data"), "--port", "0")
    with server(*arguments) as running:
        agents = [Agent(running.host, running.port, f"Cat {n}", n) for n in range(2)]
        crew = Crew(agents, time.monotonic() + 150.0)
        crew.gather("Pause", "harbour", 2)
        view = agents[0].link.view
        crew.until(lambda: view.race is not None and view.race.tick > 300, "the race")
        race = view.race
        assert race is not None
        epoch = race.epoch
        kill(replicas)
        crew.until(lambda: view.race is not None and view.race.paused, "the pause")
        stood = view.race.tick if view.race is not None else 0
        replicas.start()
        crew.until(
            lambda: view.race is not None and not view.race.paused and view.race.tick > stood + 60,
            "the race to go on",
        )

        assert view.race is not None
        assert (view.race.race_id, view.race.epoch) == (race.race_id, epoch)
        for agent in agents:
            agent.close()
