"""What one bad client costs the others: quiet and disturbed, in turn, in one run.

    python -m benchmarks.isolation --clients 64 --seconds 6 --json

One server (`--db memory`, loopback), full rooms of people at keyboards. Four
kinds of guests behave badly one after the other, three of them in seats among
the others: one stops reading, one has a line of 64 kbit/s, one sends a
thousand inputs a second, and two hundred connect and say nothing (see
`guests.py`). Between them it is quiet. Told is the 99th percentile of the
time between two snapshots, over all who behave, and what it is of the quiet
before and after: near 1, nobody notices.

Units: milliseconds where the name says so; cores are seconds of processor
time a second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import tell
from benchmarks.capacity import SETTLE_S, SPARE, length_of, plan_for, share
from benchmarks.guests import CROWD, KINDS
from benchmarks.load import ROOM, Load
from benchmarks.serving import Measured, NotMeasured, apart

PAUSE_S = 1.0
"""After a guest has gone, before it counts as quiet."""
END_S = 5.0
GOAL = 1.2
ROOMS_MIN = 3
CLIENTS_MAX = 512


class GuestProcess:
    """One kind of guest, in its own process."""

    def __init__(self, kind: str, server: Measured) -> None:
        """Let it come.

        Raises:
            NotMeasured: it did not.
        """
        self.kind = kind
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.guests", kind, f"{server.host}:{server.port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        word, _, self.room_id = self._process.stdout.readline().strip().partition(" ")
        if word != "room":
            self.end()
            raise NotMeasured(f"The guest that is {kind} was not let in.")

    def begin(self) -> None:
        """Let it behave badly."""
        assert self._process.stdin is not None
        self._process.stdin.write("begin\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Let it go; kill it if it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def measure(clients: int, seconds: float, *, pinned: bool) -> dict[str, Any]:
    """Return the figures of one run.

    Raises:
        NotMeasured: it did not come to that.
    """
    phases = 2 * len(KINDS) + 1
    plan = plan_for("real", length_of(clients, SETTLE_S + phases * (seconds + PAUSE_S)))
    guests: list[GuestProcess] = []
    with (
        apart(pinned) as alone,
        Measured("--db", "memory", clients_max=clients + CROWD + SPARE) as server,
    ):
        load = Load(server.nodes(), plan)
        try:
            for kind in KINDS:
                guests.append(GuestProcess(kind, server))
            seats = [one.room_id for one in guests if one.room_id != "-"]
            for room_id in seats:
                load.enlist(ROOM - 1, room_id=room_id)
            load.enlist(clients - len(load.players) - len(seats))
            load.until_racing(SETTLE_S)
            phase_of = [phase(load, server, seconds)]
            for guest in guests:
                guest.begin()
                phase_of.append(phase(load, server, seconds, guest.room_id))
                guest.end()
                load.run(PAUSE_S)
                phase_of.append(phase(load, server, seconds))
            lost = len(load.lost)
            complaint = load.complaint()
        finally:
            for guest in guests:
                guest.end()
            load.close()
    figures = dict(zip(KINDS, compared(phase_of), strict=True))
    return {
        "clients": clients,
        "own_core": alone,
        "quiet_gap_ms_p99": [one["gap_ms_p99"] for one in phase_of[::2]],
        "quiet_cpu_cores": [one["cpu_cores"] for one in phase_of[::2]],
        **{
            f"{kind}_{name}": value
            for kind, told in figures.items()
            for name, value in told.items()
        },
        "within_goal": all(one["of_quiet"] <= GOAL for one in figures.values()),
        "lost": lost,
        "load_says": complaint,
    }


def phase(load: Load, server: Measured, seconds: float, room_id: str = "") -> dict[str, Any]:
    """Return how it was for those who behave, for a while; and for those in one room."""
    load.mark()
    cpu_s = server.cpu_s()
    took = load.run(seconds)
    gaps = sorted(gap for one in load.drivers for gap in one.gaps_ms())
    near = [one for one in load.drivers if one.room_id == room_id]
    return {
        "gap_ms_p99": share(gaps, 0.99),
        "gap_ms_most": share(gaps, 1.0),
        "room_gap_ms_p99": share(sorted(gap for one in near for gap in one.gaps_ms()), 0.99),
        "snapshots_per_s_least": round(min(one.snapshots for one in load.drivers) / took, 2),
        "cpu_cores": round((server.cpu_s() - cpu_s) / took, 3),
    }


def compared(phase_of: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each disturbed phase, beside the quiet ones before and after it.

    Args:
        phase_of: quiet and disturbed in turn; quiet first and last.
    """
    told = []
    for before, disturbed, after in zip(
        phase_of[::2], phase_of[1::2], phase_of[2::2], strict=False
    ):
        quiet = 0.5 * (before["gap_ms_p99"] + after["gap_ms_p99"])
        of_quiet = round(disturbed["gap_ms_p99"] / quiet, 3) if quiet else 0.0
        told.append({"of_quiet": of_quiet, **disturbed})
    return told


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--clients", type=int, default=64, metavar="N")
    parser.add_argument("--seconds", type=float, default=6.0, metavar="S", help="of each part")
    parser.add_argument(
        "--pin", action=argparse.BooleanOptionalAction, default=True,
        help="give the server a core of its own (default)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    least = ROOMS_MIN * ROOM
    if not least <= chosen.clients <= CLIENTS_MAX or not 2 <= chosen.seconds <= 60:
        words = f"--clients goes from {least} to {CLIENTS_MAX} and --seconds from 2 to 60."
        print(words, file=sys.stderr)
        return 2
    tell(measure(chosen.clients, chosen.seconds, pinned=chosen.pin), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
