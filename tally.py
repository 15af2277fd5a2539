"""What the server measures of itself: lateness of ticks, work, memory.

Plain counting; a report a second. It reads the process's own usage and
nothing else.

Units: seconds inside, milliseconds and megabytes where a report says so.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

TICKS_A_REPORT = 60


class Tally:
    """Counts what happens between two reports."""

    def __init__(self) -> None:
        self.snapshots = 0
        self._late_s: list[float] = []
        self._work_s: list[float] = []
        self._since = time.monotonic()
        self._cpu_s = time.process_time()
        self._bytes = (0, 0)
        self._refused = 0

    @property
    def full(self) -> bool:
        """Whether a report is due."""
        return len(self._late_s) >= TICKS_A_REPORT

    def note(self, late_s: float, work_s: float) -> None:
        """Count one tick: how late it began, how long it took."""
        self._late_s.append(max(0.0, late_s))
        self._work_s.append(work_s)
        if len(self._late_s) > 10 * TICKS_A_REPORT:
            self._restart((0, 0))

    def report(
        self, received: int, sent: int, rates: Mapping[int, int], refused: int, load: float
    ) -> dict[str, Any]:
        """Return the figures since the last report, and begin anew.

        Args:
            received, sent: bytes of all links, ever.
            rates: how many links are given so many snapshots a second, for each rate.
            refused: newcomers who heard that there is no room, ever.
            load: the share of a tick that its work takes.
        """
        now, cpu_s = time.monotonic(), time.process_time()
        span = now - self._since
        late = sorted(self._late_s)
        report = {
            "ticks_per_s": round(len(late) / span, 2),
            "tick_late_ms": [round(one * 1000, 3) for one in late],
            "tick_work_ms_mean": round(sum(self._work_s) / len(late) * 1000, 3),
            "snapshots": self.snapshots,
            "seconds": round(span, 4),
            "cpu_s": round(cpu_s - self._cpu_s, 4),
            "rss_mb": round(rss_mb(), 1),
            "bytes_in": max(0, received - self._bytes[0]),
            "bytes_out": max(0, sent - self._bytes[1]),
            "load": round(load, 3),
            "links": sum(rates.values()),
            "rates": {str(rate): links for rate, links in rates.items()},
            "behind": sum(rates.values()) - rates[max(rates)],
            "refused": refused - self._refused,
        }
        self._refused = refused
        self._cpu_s = cpu_s
        self._restart((received, sent))
        return report

    def _restart(self, counted: tuple[int, int]) -> None:
        self._since = time.monotonic()
        self._late_s.clear()
        self._work_s.clear()
        self.snapshots = 0
        self._bytes = counted


def rss_mb() -> float:
    """Return the memory that this process holds, in MB; 0 where it is not told."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
