"""`python -m cluster` over real nodes: one is killed by command, status tells the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autopilot import Crew
from db.replicas import LocalReplicas
from tests.processes import ROOT
from tests.test_failover import epochs, name_of, nodes, owner, racing, tick_of
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]


def command(uri: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m cluster` as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "cluster", *words, "--db", uri],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def ask(crew: Crew, uri: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command while the crew drives on: on a busy machine it takes seconds."""
    with ThreadPoolExecutor(1) as aside:
        told = aside.submit(command, uri, *words)
        crew.until(told.done, f"an answer to {words[0]}")
    return told.result()


def status(crew: Crew, uri: str, tells: Callable[[str], bool]) -> str:
    """Look at the status until it tells something, or the crew's time is up; return it."""
    while not tells(told := ask(crew, uri, "status").stdout):
        # Where the test fails, this is what it saw.
        print(told)
    return told


@pytest.mark.timeout(280)
def test_node_killed_by_command_is_told_of(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """Two nodes, a race, an order: the other takes over and the timeline is there."""
    uri = empty_set.uri
    with (
        nodes(empty_set, tmp_path, 2, "--allow-faults") as running,
        racing(running, "Ordered", "harbour", 200, laps=5) as crew,
    ):
        both = ", ".join(name_of(number, tmp_path) for number in range(2))
        status(crew, uri, lambda told: f"faults: {both}" in told)
        # Looked up last: on a busy machine the race may have been passed on.
        number = owner(crew)
        victim, heir = name_of(number, tmp_path), name_of(1 - number, tmp_path)
        tick, epoch = tick_of(crew.agents[0]), max(epochs(crew))
        killed = ask(crew, uri, "kill", victim)
        assert killed.returncode == 0, killed.stderr
        assert "kills itself" in killed.stdout
        running[number].process.wait(20.0)
        crew.until(
            lambda: (
                min(epochs(crew)) > epoch and all(tick_of(one) > tick + 60 for one in crew.agents)
            ),
            "the race to go on elsewhere",
        )
        told = status(crew, uri, lambda told: f"{victim} -> {heir}" in told)
        assert "lease taken" in told
        assert "still for" in told
        status(crew, uri, lambda told: silent(told, victim))
        refused = ask(crew, uri, "cut", victim)
        assert refused.returncode == 2
        assert "is silent" in refused.stderr


@pytest.mark.timeout(120)
def test_unwilling_node_takes_no_fault(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """Without --allow-faults the answer is one clear sentence, and the node lives."""
    with nodes(empty_set, tmp_path, 1) as running:
        name = name_of(0, tmp_path)
        wait_until(lambda: name in command(empty_set.uri, "status").stdout, "be seen", 30.0)
        refused = command(empty_set.uri, "kill", name)

        assert refused.returncode == 2
        assert refused.stderr.strip() == (
            f'"{name}" was not started with --allow-faults: it takes no faults.'
        )
        assert running[0].process.poll() is None


@pytest.mark.timeout(280)
def test_node_cut_off_by_command_loses_its_race_and_comes_back(
    empty_set: LocalReplicas, tmp_path: Path
) -> None:
    """Its players go on elsewhere; its card falls silent; then it is a node like others."""
    uri = empty_set.uri
    with (
        nodes(empty_set, tmp_path, 2, "--allow-faults") as running,
        racing(running, "Cable", "harbour", 200, laps=5) as crew,
    ):
        both = ", ".join(name_of(number, tmp_path) for number in range(2))
        status(crew, uri, lambda told: f"faults: {both}" in told)
        victim = name_of(owner(crew), tmp_path)
        tick, epoch = tick_of(crew.agents[0]), max(epochs(crew))
        cut = ask(crew, uri, "cut", victim, "--seconds", "25")
        assert cut.returncode == 0, cut.stderr
        status(crew, uri, lambda told: silent(told, victim))
        refused = ask(crew, uri, "kill", victim)
        assert refused.returncode == 2
        assert "is silent" in refused.stderr
        crew.until(
            lambda: (
                min(epochs(crew)) > epoch and all(tick_of(one) > tick + 60 for one in crew.agents)
            ),
            "the race to go on elsewhere",
        )
        status(crew, uri, lambda told: not silent(told, victim))

        assert [one.stop() for one in running] == [0, 0]


def silent(told: str, node: str) -> bool:
    """Return whether a status shows a node as silent."""
    return any(line.startswith(node) and "silent" in line for line in told.splitlines())
