"""`python -m cluster` over real nodes: one is killed by command, status tells the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from db.replicas import LocalReplicas
from tests.processes import ROOT
from tests.test_failover import epochs, name_of, nodes, racing, tick_of
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


@pytest.mark.timeout(280)
def test_node_killed_by_command_is_told_of(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """Two nodes, a race, an order: the other takes over and the timeline is there."""
    uri = empty_set.uri
    with (
        nodes(empty_set, tmp_path, 2, "--allow-faults") as running,
        racing(running, "Ordered", "harbour", 200) as crew,
    ):
        victim, heir = name_of(0, tmp_path), name_of(1, tmp_path)
        tick = tick_of(crew.agents[0])
        crew.until(lambda: f"faults: {victim}" in command(uri, "status").stdout, "an open ear")
        killed = command(uri, "kill", victim)
        assert killed.returncode == 0, killed.stderr
        assert "kills itself" in killed.stdout
        running[0].process.wait(20.0)
        crew.until(
            lambda: min(epochs(crew)) >= 2 and all(tick_of(one) > tick + 60 for one in crew.agents),
            "the race to go on elsewhere",
        )
        told = ""

        def tells() -> bool:
            nonlocal told
            told = command(uri, "status").stdout
            return f"{victim} -> {heir}" in told

        crew.until(tells, "the recovery to be told")
        assert "lease taken" in told
        assert "still for" in told
        crew.until(lambda: silent(uri, victim), "its card to fall silent")
        refused = command(uri, "cut", victim)
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
        racing(running, "Cable", "harbour", 200) as crew,
    ):
        victim = name_of(0, tmp_path)
        tick = tick_of(crew.agents[0])
        crew.until(lambda: f"faults: {victim}" in command(uri, "status").stdout, "an open ear")
        cut = command(uri, "cut", victim, "--seconds", "15")
        assert cut.returncode == 0, cut.stderr
        crew.until(lambda: silent(uri, victim), "its card to fall silent")
        refused = command(uri, "kill", victim)
        assert refused.returncode == 2
        assert "is silent" in refused.stderr
        crew.until(
            lambda: min(epochs(crew)) >= 2 and all(tick_of(one) > tick + 60 for one in crew.agents),
            "the race to go on elsewhere",
        )
        crew.until(lambda: not silent(uri, victim), "its card to be written again")

        assert [one.stop() for one in running] == [0, 0]


def silent(uri: str, node: str) -> bool:
    """Return whether status shows a node as silent."""
    lines = command(uri, "status").stdout.splitlines()
    return any(line.startswith(node) and "silent" in line for line in lines)
