"""`python -m paint`: bake every track of the game into `assets/grounds/`.

A track becomes a ground (JPEG, ten pixels to the metre), a preview for the
menus, and the digest of the track file that it was baked from.

Units: pixels.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from paint.bake import bake
from track import TRACKS, load_track, track_names

GROUNDS = Path(__file__).parent.parent / "assets" / "grounds"


def main() -> int:
    """Bake the tracks named on the command line, or all; return the exit code."""
    pygame.init()
    pygame.display.set_mode((64, 64))
    for name in sys.argv[1:] or track_names():
        track = load_track(TRACKS / f"{name}.toml")
        bake(track, GROUNDS, lambda share, name=name: show(name, share))  # type: ignore[misc]
        print()
    return 0


def show(name: str, share: float) -> None:
    """Draw a bar of progress in the terminal."""
    done = round(share * 30)
    print(f"\r{name:12} [{'#' * done}{'.' * (30 - done)}] {share:4.0%}", end="", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
