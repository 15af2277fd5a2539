"""What spectators cost the racers: the same race with none and with many, in one run.

    python -m benchmarks.watching --watchers 64 --seconds 8 --json

A server of its own (`--db memory`, loopback), one room of eight that drive,
measured first alone and then with the spectators, who read all and say
nothing. A snapshot is packed once for all spectators; what is left is a write
for each. The numbers to look at: how late ticks begin (16.7 ms would be a
tick lost) and, on a busy machine, the processor's time a tick.

Units: seconds and milliseconds as the names say.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks import tell
from benchmarks.capacity import SETTLE_S, SPARE, length_of, observe, plan_for
from benchmarks.load import ROOM, Load
from benchmarks.serving import Measured, apart
from lobby import WATCHERS_MAX

WORTH_TELLING = (
    "cpu_cores", "tick_work_ms", "tick_late_ms_p50", "tick_late_ms_p99", "ticks_per_s",
    "snapshot_gap_ms_p99",
)  # fmt: skip


def measure(watchers: int, seconds: float) -> dict[str, Any]:
    """Return the figures without and with spectators.

    Raises:
        NotMeasured: it did not come to that.
    """
    plan = plan_for("real", length_of(ROOM + watchers, 2 * seconds + SETTLE_S))
    with (
        apart(True),
        Measured("--db", "memory", clients_max=ROOM + watchers + SPARE) as server,
    ):
        load = Load(server.nodes(), plan)
        try:
            load.enlist(ROOM)
            load.until_racing(SETTLE_S)
            alone = observe(load, server, seconds)
            load.watch(watchers)
            watched = observe(load, server, seconds)
            crowd = load.spectators
            snapshots = min((one.snapshots for one in crowd), default=0) / watched["seconds"]
        finally:
            load.close()
    extra = watched["cpu_cores"] - alone["cpu_cores"]
    return {
        "watchers": len(crowd),
        **{f"alone_{name}": alone[name] for name in WORTH_TELLING},
        **{f"watched_{name}": watched[name] for name in WORTH_TELLING},
        "watcher_snapshots_per_s_least": round(snapshots, 2),
        "cpu_ms_a_player": alone["cpu_ms_a_player"],
        "cpu_ms_a_watcher": round(extra / max(1, len(crowd)) * 1000, 3),
        "load_says": watched["load_says"],
    }


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--watchers", type=int, default=WATCHERS_MAX, metavar="N")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if not 1 <= chosen.watchers <= WATCHERS_MAX or not 4 <= chosen.seconds <= 600:
        words = f"--watchers goes from 1 to {WATCHERS_MAX} and --seconds from 4 to 600."
        print(words, file=sys.stderr)
        return 2
    figures = measure(chosen.watchers, chosen.seconds)
    tell(figures, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
