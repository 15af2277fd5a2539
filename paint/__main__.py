"""Bake every track, or those named: `python -m paint [NAME ...]`."""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from paint.bake import GROUNDS, bake, save
from track import track_names, track_of

BAR_WIDTH = 32


def main() -> int:
    """Bake and say how far it is; return the exit status."""
    for name in sys.argv[1:] or track_names():
        started = time.monotonic()
        track = track_of(name)

        def show(share: float, name: str = name) -> None:
            done = round(share * BAR_WIDTH)
            bar = "#" * done + "." * (BAR_WIDTH - done)
            print(f"\r{name:12} [{bar}] {share:4.0%}", end="", flush=True)

        save(bake(track, progress=show), GROUNDS, name)
        print(f"  {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
