"""What a server carries: real processes, real sockets, full rooms, real drivers.

    python -m benchmarks.capacity --clients 8,64,256,512 --json

Starts a server of its own for each number (`--db memory`, loopback), fills
rooms of eight, and lets everybody race: by default with what eight people at
keyboards send (`drivers.py`), or with thirty inputs a second, each unlike the
last (`--inputs constant`). One process plays all clients and keeps to cores
that the server has not got. It prints what the server cost, how punctual it
was, and what a player's line carried; a run in which the load itself was too
slow says so.

With `--saturate`, more clients come than there is room for, and then some go:
newcomers are refused in words, ticks keep, and who comes later is let in.

Units: seconds and milliseconds as the names say, bytes, megabytes, kbit/s;
cores are seconds of processor time a second.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import compiled
from benchmarks import quantile, tell
from benchmarks.drivers import Plan, constant_plan, plan_of
from benchmarks.group import LAPS, TRACK
from benchmarks.load import ARRIVALS, ROOM, Load
from benchmarks.serving import Measured, apart
from race import COUNTDOWN_TICKS, TICKS_A_SECOND
from track import track_of

CLIENTS = (8, 64, 256, 512)
CLIENTS_MAX = 1000
SPARE = 16
SETTLE_S = 2.0
SEATING_S = 14.0
"""What coming and sitting down may take beyond the connecting itself."""
TICK_MS = 1000.0 / TICKS_A_SECOND
PEERS = {
    "c_floor": {64: 0.04, 256: 0.16, 512: 0.29},
    "colyseus": {64: 0.28, 256: 0.59, 512: 0.93},
}
"""Cores that others used on the same work (60 ticks, 30 snapshots, 30 inputs
a second, 8 cars a room) on a machine like ours: an epoll server in C that does
nothing else, and a plain room server of Colyseus 0.18 (at 512 by then at 25
snapshots a second)."""


def share(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of all lies, to a thousandth; 0 of none."""
    return round(quantile(values, part), 3)


def plan_for(inputs: str, seconds: float) -> Plan:
    """Return what the players of every room send."""
    if inputs == "constant":
        return constant_plan(players=ROOM, seconds=seconds)
    return plan_of(track_of(TRACK), players=ROOM, laps=LAPS, seconds=seconds)


def length_of(clients: int, seconds: float, arrivals: float = ARRIVALS) -> float:
    """Return for how long the first race of a run goes on."""
    return clients / arrivals + SEATING_S + COUNTDOWN_TICKS / TICKS_A_SECOND + seconds


def measure(clients: int, seconds: float, inputs: str, *, pinned: bool) -> dict[str, Any]:
    """Return the figures of one run.

    Raises:
        NotMeasured: it did not come to that.
    """
    plan = plan_for(inputs, length_of(clients, seconds + SETTLE_S))
    with apart(pinned) as alone, Measured("--db", "memory", clients_max=clients + SPARE) as server:
        load = Load(server.nodes(), plan)
        try:
            load.enlist(clients)
            load.until_racing(SETTLE_S)
            figures = observe(load, server, seconds)
        finally:
            load.close()
    figures |= peers(len(load.drivers), figures["cpu_cores"])
    return {"clients": clients, "inputs": inputs, "own_core": alone} | figures


def observe(load: Load, server: Measured, seconds: float) -> dict[str, Any]:
    """Drive for a while; return what it cost and how it was, from both sides."""
    first, cpu_s = len(server.reports), server.cpu_s()
    load.mark()
    took = load.run(seconds)
    cores = (server.cpu_s() - cpu_s) / took
    # The first report began before the mark.
    return {
        "seconds": round(took, 2),
        "racing": len(load.drivers),
        "compiled": compiled.in_use(),
        "rooms": sum(group.racing for group in load.groups),
        "refused": len(load.refused),
        "lost": len(load.lost),
        "cpu_cores": round(cores, 3),
        "cpu_ms_a_player": round(cores / max(1, len(load.drivers)) * 1000, 3),
        "memory_mb": round(server.memory_mb(), 1),
        **punctuality(server.reports[first + 1 :]),
        **seen(load, took),
        **bandwidth(load, took),
        "load_cpu_cores": round(load.cpu_share, 3),
        "load_late_ms_p99": share(load.late_ms, 0.99),
        "strayed": round(load.strayed(), 3),
        "caretakers": load.away(),
        "load_says": load.complaint(),
    }


def punctuality(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how the ticks were, by the server's own reports."""
    late = sorted(ms for one in reports for ms in one["tick_late_ms"])
    rate = statistics.mean(one["ticks_per_s"] for one in reports) if reports else 0.0
    work = statistics.mean(one["tick_work_ms_mean"] for one in reports) if reports else 0.0
    return {
        "ticks_per_s": round(rate, 2),
        "tick_late_ms_p50": share(late, 0.5),
        "tick_late_ms_p99": share(late, 0.99),
        "tick_late_ticks_p99": round(share(late, 0.99) / TICK_MS, 3),
        "tick_work_ms": round(work, 3),
    }


def seen(load: Load, took: float) -> dict[str, Any]:
    """Return what came to the players, and when."""
    drivers = load.drivers
    gaps = sorted(gap for one in drivers for gap in one.gaps_ms())
    leads = sorted(lead for one in drivers for lead in one.leads)
    snapshots = [one.snapshots / took for one in drivers]
    return {
        "snapshots_per_s": round(statistics.mean(snapshots), 2) if snapshots else 0.0,
        "snapshots_per_s_least": round(min(snapshots, default=0.0), 2),
        "snapshot_gap_ms_p50": share(gaps, 0.5),
        "snapshot_gap_ms_p99": share(gaps, 0.99),
        "inputs_per_s": round(sum(one.sent for one in drivers) / max(1, len(drivers)) / took, 2),
        "input_lead_ticks_p1": share(leads, 0.01),
        "late_inputs": round(sum(lead < 0 for lead in leads) / max(1, len(leads)), 4),
    }


def bandwidth(load: Load, took: float) -> dict[str, Any]:
    """Return what a player's line carried, headers of TCP/IP counted; nulls where nobody counts."""
    costs = [cost for one in load.drivers if (cost := one.cost()) is not None]
    if not costs:
        return dict.fromkeys(("down_kbit_s", "up_kbit_s", "snapshot_bytes", "segments_up_per_s"))
    snapshots = sum(one.snapshots for one in load.drivers)
    return {
        "down_kbit_s": round(statistics.mean(one.down_kbit_s(took) for one in costs), 2),
        "down_kbit_s_most": round(max(one.down_kbit_s(took) for one in costs), 2),
        "up_kbit_s": round(statistics.mean(one.up_kbit_s(took) for one in costs), 2),
        "up_kbit_s_most": round(max(one.up_kbit_s(took) for one in costs), 2),
        "bytes_a_snapshot": round(sum(one.bytes_in for one in costs) / max(1, snapshots), 1),
        "segments_up_per_s": round(statistics.mean(one.segments_out for one in costs) / took, 2),
    }


def peers(racing: int, cores: float) -> dict[str, float | None]:
    """Return our cores as a share of those of others, at the sizes at which they were measured."""
    return {
        f"of_{name}": round(cores / table[racing], 2) if racing in table else None
        for name, table in PEERS.items()
    }


# Past what there is room for

CROWD_ARRIVALS = 25.0
"""So many come a second where more come than fit: a crowd, and each sits down at once."""


def saturate(clients: int, seconds: float, inputs: str, *, pinned: bool) -> dict[str, Any]:
    """Return how a server takes more than it can carry, and how it is when they have gone.

    Raises:
        NotMeasured: it did not come to that.
    """
    calm = max(4.0, seconds / 2)
    plan = plan_for(inputs, length_of(clients, 2 * seconds, CROWD_ARRIVALS) + 30.0)
    with apart(pinned) as alone, Measured("--db", "memory", clients_max=CLIENTS_MAX) as server:
        load = Load(server.nodes(), plan, arrivals=CROWD_ARRIVALS)
        try:
            load.enlist(clients)
            load.until_racing(SETTLE_S)
            idle = [one for one in load.players if one.slot is None and not one.out]
            # Who found no seat looks on, which costs a server as much.
            load.look_on(idle)
            full = observe(load, server, seconds)
            refused = Counter(load.refused)
            told = refused.most_common(1)
            lost = Counter(one.last_words for one in load.lost)
            load.leave(len(load.players) // 2)
            load.run(calm)
            after = observe(load, server, calm)
            before = len(load.refused)
            load.enlist(SPARE)
            late = len(load.refused) - before
        finally:
            load.close()
    return {
        "clients": clients,
        "inputs": inputs,
        "own_core": alone,
        "looking_on": len(idle),
        "refused": sum(refused.values()),
        "refused_in_words": told[0][0] if told else "",
        "lost": sum(lost.values()),
        "lost_in_words": lost.most_common(1)[0][0] if lost else "",
        **{f"full_{name}": full[name] for name in WHILE_FULL},
        **{f"after_{name}": after[name] for name in WHILE_FULL},
        "newcomers_let_in_after": SPARE - late,
        "load_says": full["load_says"],
    }


WHILE_FULL = (
    "racing", "cpu_cores", "memory_mb", "ticks_per_s", "tick_late_ms_p50", "tick_late_ms_p99",
    "snapshots_per_s", "snapshots_per_s_least", "snapshot_gap_ms_p99",
)  # fmt: skip


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of "8,64,256"; none where it is something else."""
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError:
        return ()


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    sizes = ",".join(map(str, CLIENTS))
    parser.add_argument("--clients", default=sizes, metavar="N,N...", help=f"(default {sizes})")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S")
    parser.add_argument("--inputs", choices=("real", "constant"), default="real")
    parser.add_argument(
        "--saturate", action="store_true", help="let more come than fit, and half of them go"
    )
    parser.add_argument(
        "--pin", action=argparse.BooleanOptionalAction, default=True,
        help="give the server a core of its own (default)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    chosen = parser.parse_args()
    counts = whole_numbers(chosen.clients)
    fits = bool(counts) and all(1 <= one <= CLIENTS_MAX for one in counts)
    if not fits or not 2 <= chosen.seconds <= 600:
        words = f"--clients is whole numbers from 1 to {CLIENTS_MAX} with commas between them,"
        print(f"{words} and --seconds goes from 2 to 600.", file=sys.stderr)
        return 2
    run = saturate if chosen.saturate else measure
    for clients in counts:
        figures = run(clients, chosen.seconds, chosen.inputs, pinned=chosen.pin)
        tell(figures, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
