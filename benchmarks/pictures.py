"""Pictures of races for the README and for a look at one's work.

    python -m benchmarks.pictures docs/pictures

Bots drive a staged race on each track; the picture is taken at its moment.
No window and no server is needed.

Units: pixels, seconds after the lamps begin.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from benchmarks.staging import StagedRace
from screens.race_scene import RaceScene

SIZE = (1280, 720)


class Moment(NamedTuple):
    """What is to be seen."""

    name: str
    track: str
    at_s: float
    follow: int = 0
    overview: bool = False


MOMENTS = (
    Moment("start", "meadow", 2.5),
    Moment("corner", "highland", 17.2),
    Moment("night", "city", 12.2, 3),
    Moment("rally", "timber", 14.0, 3),
    Moment("oval", "bowl", 16.6, 2),
    Moment("crossing", "eight", 16.0, 4),
    Moment("harbour", "harbour", 18.0, 4),
    Moment("whole-track", "highland", 30.0, 0, True),
)


def take(moment: Moment, size: tuple[int, int] = SIZE) -> pygame.Surface:
    """Return the picture of a moment."""
    surface = pygame.display.set_mode(size)
    staged = StagedRace(moment.track)
    scene = RaceScene(staged.view.track)
    while staged.now < moment.at_s:
        staged.step()
        scene.draw(
            surface, staged.view, staged.names, staged.rtts, staged.now, 1 / 60,
            follow=moment.follow, overview=moment.overview,
        )  # fmt: skip
    return surface


def main() -> None:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(description="Take pictures of races.")
    parser.add_argument("folder", type=Path, help="where to put them")
    parser.add_argument(
        "names", nargs="*", default=[one.name for one in MOMENTS],
        help="which of them: " + ", ".join(one.name for one in MOMENTS),
    )  # fmt: skip
    options = parser.parse_args()
    pygame.display.init()
    pygame.font.init()
    options.folder.mkdir(parents=True, exist_ok=True)
    for moment in MOMENTS:
        if moment.name in options.names:
            pygame.image.save(take(moment), options.folder / f"{moment.name}.jpg")


if __name__ == "__main__":
    main()
