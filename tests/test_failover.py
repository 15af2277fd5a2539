"""Nodes as processes over one replica set: killed, drained, doubled, run as a fleet."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from client_link import LinkKind
from config import NODE_NAME_CHARS_MAX
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from protocol import SavedState
from tests.processes import ROOT, ServerProcess, server
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

AGENTS = 4


@contextmanager
def nodes(
    replicas: LocalReplicas, folder: Path, count: int, *names: str
) -> Iterator[list[ServerProcess]]:
    """Run some nodes over one database for the time of a test."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                server(
                    "--db", replicas.uri, "--port", "0", "--data", str(folder / str(number)),
                    "--name", name_of(number, folder), *names,
                )
            )
            for number in range(count)
        ]  # fmt: skip


def name_of(number: int, folder: Path) -> str:
    """Return the name of a node of `nodes`, as long as names may be."""
    return f"{number}-{folder.name}"[:NODE_NAME_CHARS_MAX]


@contextmanager
def racing(
    running: list[ServerProcess], name: str, track: str, ticks: int, *, laps: int = 1
) -> Iterator[Crew]:
    """Race agents from all nodes, in a room of the first, until some tick.

    Each test has names of its own: seats are kept, by whatever node runs next.
    """
    agents = [
        Agent(at.host, at.port, f"{name} {number}", number)
        for number in range(AGENTS)
        for at in [running[number % len(running)]]
    ]
    crew = Crew(agents, time.monotonic() + 200.0)
    try:
        crew.gather("Relay", track, laps)
        crew.until(lambda: tick_of(agents[-1]) > ticks, "the race to be well on its way")
        yield crew
    finally:
        for agent in agents:
            agent.close()


def owner(crew: Crew) -> int:
    """Return which of the nodes runs the crew's race.

    Not always the first: a node that has too much to do passes rooms on, and
    on a busy machine each one may.
    """
    welcome = crew.agents[0].view.welcome
    assert welcome is not None
    return int(welcome.node.partition("-")[0])


def tick_of(agent: Agent) -> int:
    """Return how far an agent's race is; 0 where it has none."""
    return agent.view.race.tick if agent.view.race is not None else 0


def epochs(crew: Crew) -> set[int]:
    """Return under which owners the agents believe to race; 0 where they do not."""
    return {one.view.race.epoch if one.view.race is not None else 0 for one in crew.agents}


@pytest.mark.timeout(280)
def test_killed_owner_costs_no_race(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """SIGKILL in mid-race: another node goes on with everybody; the result is there once."""
    with (
        nodes(empty_set, tmp_path, 3) as running,
        racing(running, "Outlived", "bowl", 600) as crew,
    ):
        race = crew.agents[0].view.race
        assert race is not None
        race_id, tick, epoch = race.race_id, race.tick, race.epoch
        running.pop(owner(crew)).kill()
        crew.until(
            lambda: min(epochs(crew)) > epoch and all(tick_of(one) > tick for one in crew.agents),
            "the race to go on elsewhere",
        )
        assert {one.view.race.race_id for one in crew.agents if one.view.race} == {race_id}
        results = crew.finish()

        assert results.saved == SavedState.SAVED
        for node in running:
            assert node.stop() == 0
    store = MongoStore(empty_set.uri)
    found = [one for one in store.results(100) if one.race_id == race_id]
    store.close()
    assert len(found) == 1
    assert {row.name: row.total_ms for row in found[0].rows} == {
        row.name: row.total_ms for row in results.rows
    }


@pytest.mark.timeout(200)
def test_drained_node_hands_its_race_over(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """SIGTERM in mid-race: nobody is told anything, nobody loses the wheel."""
    with (
        nodes(empty_set, tmp_path, 2) as running,
        racing(running, "Mover", "meadow", 420, laps=2) as crew,
    ):
        tick = max(tick_of(one) for one in crew.agents)
        told = [len(one.view.notices) for one in crew.agents]
        epoch = max(epochs(crew))
        leaving = running[owner(crew)].process
        leaving.send_signal(signal.SIGTERM)
        states: set[LinkKind] = set()

        def gone_on() -> bool:
            states.update(one.link.status.kind for one in crew.agents)
            return min(epochs(crew)) > epoch and all(
                tick_of(one) > tick + 120 for one in crew.agents
            )

        crew.until(gone_on, "the race to go on elsewhere")
        crew.until(lambda: leaving.poll() is not None, "the end of the node")

        assert leaving.returncode == 0
        assert states <= {LinkKind.ONLINE, LinkKind.MOVING}
        assert [len(one.view.notices) for one in crew.agents] == told


@pytest.mark.timeout(120)
def test_second_node_of_a_name_is_refused(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """One sentence with the remedy; the first one goes on."""
    with nodes(empty_set, tmp_path, 1, "--advertise", "race.example:7000") as (first,):
        told = subprocess.run(
            [sys.executable, str(ROOT / "server.py"), "--host", "127.0.0.1", "--port", "0",
             "--db", empty_set.uri, "--data", str(tmp_path / "other"),
             "--name", name_of(0, tmp_path)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

        assert told.returncode == 2
        assert told.stdout == ""
        sentence = f'server at race.example:7000 bears the name "{name_of(0, tmp_path)}"'
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr
        assert first.process.poll() is None


@pytest.mark.timeout(200)
def test_fleet_starts_a_killed_node_again(
    empty_set: LocalReplicas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was; and all nodes end with the fleet, soon."""
    monkeypatch.setenv("SLIPSTREAM_DB", empty_set.uri)
    with server("--nodes", "2", "--port", "0", "--data", str(tmp_path), "--name", "n") as fleet:
        addresses = [tmp_path / f"node-{number}" / "server.address" for number in (1, 2)]
        ports = [path.read_text() for path in addresses]
        assert fleet.ready == f"ready {ports[0]}\n"
        assert ports[0] != ports[1]
        agent = Agent(fleet.host, fleet.port, "Sailor", 1)
        victim = pids(tmp_path / "node-2")
        assert len(victim) == 1
        subprocess.run(["kill", "-KILL", str(victim[0])], check=True)
        wait_until(
            lambda: (
                pids(tmp_path / "node-2") not in ([], victim)
                and addresses[1].exists()
                and addresses[1].read_text() == ports[1]
            ),
            "start the node again",
            40.0,
        )
        crew = Crew([agent], time.monotonic() + 30.0)
        crew.until(lambda: agent.link.online, "connecting")
        agent.close()

        assert fleet.stop() == 0
    assert pids(tmp_path / "node-1") == pids(tmp_path / "node-2") == []
    assert any(re.search(r"node n-2 has ended .*again", line) for line in fleet.log)


@pytest.mark.timeout(120)
def test_nodes_end_with_a_fleet_that_is_killed(
    empty_set: LocalReplicas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would look after them, and their ports would stay taken."""
    monkeypatch.setenv("SLIPSTREAM_DB", empty_set.uri)
    with server("--nodes", "2", "--port", "0", "--data", str(tmp_path), "--name", "k") as fleet:
        fleet.kill()

        wait_until(
            lambda: pids(tmp_path / "node-1") == pids(tmp_path / "node-2") == [], "end the nodes"
        )


def pids(data: Path) -> list[int]:
    """Return the server processes that use a data folder."""
    told = subprocess.run(
        ["pgrep", "-f", f"server.py .*--data {data}( |$)"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [int(one) for one in told.stdout.split()]
