"""Benchmarks: each measures one thing and prints what it found.

They measure the compiled core, which they make where it lacks (`compiled.py`),
and the interpreter with SLIPSTREAM_INTERPRETED=1.

Units: as the names of the figures say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

import compiled

compiled.use_or_make(lambda line: print(line, file=sys.stderr))


def tell(figures: Mapping[str, object], *, as_json: bool) -> None:
    """Print the figures of one run: a line each, or one JSON object."""
    if as_json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:{width}} {value}")


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of all values lies; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0
