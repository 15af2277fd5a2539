"""What spectators cost the racers: the same race with none and with many, in one run.

    python -m benchmarks.watching --watchers 64 --seconds 8 --json

A server of its own (`--db memory`, loopback), one room of eight that drive,
measured first alone and then with the spectators, who read all and say
nothing. A snapshot is encoded once for all; what is left is a write for each
spectator. The numbers to look at: how late ticks begin (16.7 ms would be a
tick lost) and, on a busy machine, the processor's time a tick.

Units: seconds and milliseconds as the names say.
"""

from __future__ import annotations

import argparse
import selectors
import statistics
import sys
from typing import Any

from benchmarks import tell
from benchmarks.capacity import ROOM, SETTLE_S, Load, LoadClient, measured_server
from lobby import WATCHERS_MAX
from protocol import Watch
from race import COUNTDOWN_TICKS


def watch(load: Load, host: str, port: int, count: int) -> list[LoadClient]:
    """Let so many spectators look on in the room of the load."""
    crowd = [LoadClient(1000 + number, host, port) for number in range(count)]
    for one in crowd:
        load.selector.register(one.socket, selectors.EVENT_READ, one)
    load.until(lambda: all(one.welcomed for one in crowd), "be welcomed")
    for one in crowd:
        one.send(Watch(load.clients[0].room_id))
    load.until(lambda: all(one.snapshots for one in crowd), "see the race")
    return crowd


def part(load: Load, reports: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    """Drive for a while; return what the server measured meanwhile."""
    first = len(reports)
    for client in load.clients:
        client.latencies_ms.clear()
    load.drive(seconds)
    told = reports[first + 1 :]
    late = sorted(ms for one in told for ms in one["tick_late_ms"])
    latencies = sorted(ms for one in load.clients for ms in one.latencies_ms)
    return {
        "tick_work_ms": round(statistics.median(one["tick_work_ms_mean"] for one in told), 3),
        "tick_late_ms_p50": late[len(late) // 2],
        "tick_late_ms_p99": late[len(late) * 99 // 100],
        "cpu_ms_a_tick": round(sum(one["cpu_s"] for one in told) / len(late) * 1000, 3),
        "ticks_per_s": round(len(late) / sum(one["seconds"] for one in told), 2),
        "input_to_snapshot_ms_p50": round(latencies[len(latencies) // 2], 1),
    }


def measure(watchers: int, seconds: float) -> dict[str, Any]:
    """Return the figures without and with spectators."""
    with measured_server(ROOM + watchers + 8) as (host, port, reports):
        load = Load(host, port, ROOM)
        load.seat()
        load.drive(COUNTDOWN_TICKS / 60 + SETTLE_S)
        alone = part(load, reports, seconds)
        crowd = watch(load, host, port, watchers)
        watched = part(load, reports, seconds)
        return {
            "watchers": len(crowd),
            **{f"alone_{name}": value for name, value in alone.items()},
            **{f"watched_{name}": value for name, value in watched.items()},
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
