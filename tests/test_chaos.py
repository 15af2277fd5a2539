"""Evenings of faults on real machines: nothing that was confirmed is lost.

`python tests/chaos` plays longer ones by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.chaos.faults import Kind
from tests.chaos.runner import play

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform != "linux", reason="signals, limits and /proc of Linux"),
]

SEEDS = [10, 31]
"""The owner cut off while the primary dies; the owner killed, and the next one too."""
SECONDS = 11.0
WARM_UP = 6.0
"""Four cars are on their way by then."""


@pytest.mark.timeout(240)
def test_short_evenings_of_faults_break_no_promise(tmp_path: Path) -> None:
    """Two seeds, one race each; afterwards the game is whole, and all results are saved."""
    reports = play(tmp_path, SEEDS, SECONDS, warm_up=WARM_UP, laps=1, kinds=tuple(Kind))

    told = json.dumps([report.as_json() for report in reports], indent=1)
    assert all(report.well for report in reports), told
    assert all(report.results_saved for report in reports), told
