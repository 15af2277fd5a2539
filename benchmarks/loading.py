"""How long a track takes to load: geometry and ground, new and from the cache.

    python -m benchmarks.loading --json

For each track, three times are told: the geometry worked out from its file
(`track_s`) and read from the cache (`track_kept_s`), and the picture of its
ground with all that hangs above the cars (`ground_s`). The canopies of trees
are read once for all tracks (`canopies_s`). Goals: all together under 1.5 s,
from the cache under 0.3 s. Wall time counts, and the time of the processor
beside it (`..._cpu_s`): on a busy machine only that says something.

Units: seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from paint.bake import CANOPIES, GROUNDS
from paint.trees import load_sheet
from screens.ground import load_ground
from track import TRACKS, load_track, track_names

ROUNDS = 3
"""The best of so many counts."""


def best(act: Callable[[], object]) -> tuple[float, float]:
    """Return the least wall and processor time of some rounds."""
    walls, processors = [], []
    for _ in range(ROUNDS):
        wall, processor = time.perf_counter(), time.thread_time()
        act()
        walls.append(time.perf_counter() - wall)
        processors.append(time.thread_time() - processor)
    return min(walls), min(processors)


def measure(name: str, cache: Path) -> dict[str, object]:
    """Return the figures of one track."""
    path = TRACKS / f"{name}.toml"
    track = load_track(path, cache)
    told: list[str] = []
    figures: dict[str, object] = {"track": name}
    for key, act in (
        ("track", lambda: load_track(path)),
        ("track_kept", lambda: load_track(path, cache)),
        ("ground", lambda: load_ground(track, tell=told.append)),
    ):
        wall, processor = best(act)
        figures[f"{key}_s"], figures[f"{key}_cpu_s"] = round(wall, 3), round(processor, 3)
    figures["painted"] = bool(told)
    return figures


def main() -> None:
    """Print figures for every track."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object, for machines")
    wants = parser.parse_args()
    pygame.display.init()
    pygame.display.set_mode((1280, 720))
    wall, processor = best(lambda: load_sheet(GROUNDS / CANOPIES))
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(name, Path(folder)) for name in track_names()]
    told = {"canopies_s": round(wall, 3), "canopies_cpu_s": round(processor, 3), "tracks": rows}
    if wants.json:
        print(json.dumps(told))
        return
    print(f"canopies {wall:.3f} s")
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
