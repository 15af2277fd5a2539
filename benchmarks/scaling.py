"""What more nodes carry: one and two server processes on one machine.

    python -m benchmarks.scaling --nodes 1,2 --clients 8,64,128,256,512 --json

Runs `server.py --nodes N` over a local replica set in a folder of its own,
fills rooms of eight on all nodes alike, and lets everybody race as people at
keyboards do (`drivers.py`). It prints for each number of players what they
cost and how punctual the ticks were, and at the end how many players each
number of nodes carried with one tick in a hundred late by less than a tick.
Where there is room, spectators come too: as many as players, up to
`--watchers`.

Nodes, database and load share the machine. On two cores, two nodes never have
a core each: what they cost is told apart (`cpu_ms_a_player` of the nodes
alone), and how long they are punctual depends on the rest.

Units: seconds and milliseconds as the names say; cores are seconds of
processor time a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import tell
from benchmarks.capacity import (
    CLIENTS_MAX,
    SETTLE_S,
    SPARE,
    TICK_MS,
    length_of,
    observe,
    plan_for,
    whole_numbers,
)
from benchmarks.load import Load
from benchmarks.serving import Measured

CLIENTS = (8, 64, 128, 256, 512)
NODES = (1, 2)
NODES_MAX = 4
WATCHERS = 64
WATCHED_MAX = 256
"""Beyond so many players no spectators come: they would only tell that it is full."""
TOLD = (
    "racing", "refused", "lost", "cpu_cores", "cpu_ms_a_player", "memory_mb", "ticks_per_s",
    "tick_late_ms_p50", "tick_late_ms_p99", "snapshots_per_s", "snapshot_gap_ms_p99",
    "load_cpu_cores", "load_says",
)  # fmt: skip


def measure(nodes: int, clients: int, seconds: float, watchers: int) -> dict[str, Any]:
    """Return the figures of one run.

    Raises:
        NotMeasured: it did not come to that.
    """
    watchers = min(watchers, clients) if clients <= WATCHED_MAX else 0
    plan = plan_for("real", length_of(clients + watchers, 2 * seconds + SETTLE_S))
    # The database may still tidy up when the server has ended.
    with tempfile.TemporaryDirectory(prefix="slipstream-", ignore_cleanup_errors=True) as folder:
        options = ("--nodes", str(nodes), "--data", folder, "--name", "scaling")
        with Measured(*options, clients_max=clients + watchers + SPARE) as server:
            load = Load(server.nodes(nodes), plan)
            try:
                load.enlist(clients)
                load.until_racing(SETTLE_S)
                database = server.database_cpu_s(Path(folder))
                figures = observe(load, server, seconds)
                database = server.database_cpu_s(Path(folder)) - database
                watched = look_on(load, server, seconds, watchers)
            finally:
                load.close()
    late = figures["tick_late_ms_p99"]
    return {
        "nodes": nodes,
        "clients": clients,
        **{name: figures[name] for name in TOLD},
        "moved": sum(one.moves for one in load.players),
        "database_cpu_cores": round(database / figures["seconds"], 3),
        "carried": figures["racing"] == clients and late < TICK_MS,
        **(cost_of_watching(figures, watched) if watched else {}),
    }


def look_on(load: Load, server: Measured, seconds: float, watchers: int) -> dict[str, Any]:
    """Return the figures with spectators; none where none shall come."""
    if not watchers:
        return {}
    load.watch(watchers)
    return {"watchers": len(load.spectators)} | observe(load, server, seconds)


def cost_of_watching(alone: dict[str, Any], watched: dict[str, Any]) -> dict[str, Any]:
    """Return what a spectator costs, beside a player."""
    extra = watched["cpu_cores"] - alone["cpu_cores"]
    a_watcher = extra / max(1, watched["watchers"]) * 1000
    return {
        "watchers": watched["watchers"],
        "cpu_ms_a_watcher": round(a_watcher, 3),
        "watcher_of_player": round(a_watcher / alone["cpu_ms_a_player"], 3),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many players each number of nodes carried, and the ratio to the first."""
    carried: dict[int, int] = {}
    for row in rows:
        most = carried.setdefault(row["nodes"], 0)
        if row["carried"]:
            carried[row["nodes"]] = max(most, row["clients"])
    first = next(iter(carried.values()))
    figures: dict[str, Any] = {f"carried_by_{nodes}": most for nodes, most in carried.items()}
    return figures | {
        f"{nodes}_of_first": round(most / first, 2) if first else None
        for nodes, most in carried.items()
    }


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--nodes", default=",".join(map(str, NODES)), metavar="N,N...")
    parser.add_argument("--clients", default=",".join(map(str, CLIENTS)), metavar="N,N...")
    parser.add_argument("--watchers", type=int, default=WATCHERS, metavar="N", help="at most")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    chosen = parser.parse_args()
    nodes, counts = whole_numbers(chosen.nodes), whole_numbers(chosen.clients)
    if not nodes or not all(1 <= one <= NODES_MAX for one in nodes):
        words = f"--nodes is whole numbers from 1 to {NODES_MAX} with commas between them."
    elif not counts or not all(1 <= one <= CLIENTS_MAX for one in counts):
        words = f"--clients is whole numbers from 1 to {CLIENTS_MAX} with commas between them."
    elif not 0 <= chosen.watchers <= WATCHED_MAX or not 2 <= chosen.seconds <= 60:
        words = f"--watchers goes from 0 to {WATCHED_MAX} and --seconds from 2 to 60."
    else:
        words = ""
    if words:
        print(words, file=sys.stderr)
        return 2
    rows = []
    for count in nodes:
        for clients in counts:
            rows.append(measure(count, clients, chosen.seconds, chosen.watchers))
            tell(rows[-1], as_json=chosen.json)
    tell(summary(rows), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
