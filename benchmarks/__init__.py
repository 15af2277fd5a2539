"""Benchmarks: each measures one thing and prints what it found.

They measure the compiled core, which they make where it lacks (`compiled.py`),
and the interpreter with SLIPSTREAM_INTERPRETED=1.

Units: as the names of the figures say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

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
