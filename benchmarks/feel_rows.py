"""The table of links in `docs/netcode.md`, a line for each run of `benchmarks.feel`.

Units: as the headings say; metres where they say nothing, median and 99th percentile.
"""

from __future__ import annotations

from collections.abc import Mapping


def table_row(rtt_ms: int, loss: int, found: Mapping[str, object]) -> str:
    """Return one line of the table in `docs/netcode.md`."""

    def metres(name: str) -> str:
        value = found.get(name)
        return f"{value:.2f}" if isinstance(value, float) else "-"

    def whole(name: str, per: float = 1.0) -> str:
        value = found.get(name)
        return f"{value * per:.0f}" if isinstance(value, int | float) else "-"

    seconds = found.get("seconds")
    minute = 60.0 / seconds if isinstance(seconds, float) else 1.0
    cells = (
        f"{rtt_ms} ms, {loss} %",
        f"{whole('key_frames_p50')} ({whole('key_first_share', 100)} %)",
        f"{metres('correction_m_p50')}, {metres('correction_m_p99')}",
        f"{metres('contact_correction_m_p50')}, {metres('contact_correction_m_p99')}",
        f"{metres('near_error_m_p50')}, {metres('near_error_m_p99')}",
        f"{metres('far_error_m_p50')}, {metres('far_error_m_p99')}",
        f"{metres('path_error_m_p50')}, {metres('path_error_m_p99')}",
        f"{metres('present_error_m_p50')}",
        whole("warps_a_minute"),
        whole("warps_after_stalls", minute),
        whole("stalls", minute),
        whole("delay_ms"),
        f"{whole('late_share', 100)} %",
    )
    return f"| {' | '.join(cells)} |"


TABLE_HEAD = (
    "| round trip, loss | key to picture (in the first) | own correction, alone | with contact |"
    " near cars | far cars | all, off their path | all, against the present | warps |"
    " after stalls | stalls |"
    " delay, ms | late pictures |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)
