"""Paint tracks: `python -m paint [NAME | FILE.toml ...]`.

A name, or none for every track, bakes what ships with the game. A file is
somebody's own track: it is checked, and painted into a picture beside it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from errors import BadFile
from paint.bake import CANOPIES, GROUNDS, bake, save
from paint.trees import canopies, save_sheet
from track import load_track, track_names, track_of

BAR_WIDTH = 32
LOOK_WIDTH_PX = 1600


def main() -> int:
    """Paint and say how far it is; return the exit status."""
    wanted = sys.argv[1:]
    for name in wanted or track_names():
        try:
            _paint(name)
        except BadFile as error:
            print(error)
            return 1
    if not wanted:
        save_sheet(GROUNDS / CANOPIES, canopies())
    return 0


def _paint(name: str) -> None:
    started = time.monotonic()
    own = Path(name) if name.endswith(".toml") else None
    track = load_track(own) if own is not None else track_of(name)

    def show(share: float) -> None:
        done = round(share * BAR_WIDTH)
        bar = "#" * done + "." * (BAR_WIDTH - done)
        print(f"\r{track.name:12} [{bar}] {share:4.0%}", end="", flush=True)

    baked = bake(track, coarse=own is not None, progress=show)
    print(f"  {time.monotonic() - started:.1f} s")
    if own is None:
        save(baked, GROUNDS, track.name)
        return
    wide, high = baked.ground.get_size()
    size = LOOK_WIDTH_PX, round(LOOK_WIDTH_PX * high / wide)
    picture = own.with_suffix(".png")
    pygame.image.save(pygame.transform.smoothscale(baked.ground, size), picture)
    print(f"{track.title}: {track.length:.0f} m, {len(track.gates)} gates; see {picture}")


if __name__ == "__main__":
    sys.exit(main())
