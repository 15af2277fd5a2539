"""What the painter makes of a track: its kind of country, day and night, pits and crossings.

Units: pixels at four a metre, as a coarse bake has them, unless a name says otherwise.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pygame
import pytest

from paint.__main__ import main
from paint.bake import bake
from paint.ground import paint_ground
from paint.landscapes import LANDSCAPES, Palette, palette_of
from paint.scenery import PAINTERS
from paint.spots import Spot, Taken
from paint.trees import TONES
from tests.test_ground import SMALL
from track import TRACKS, Track, load_track
from track_file import LANDSCAPES as NAMES
from track_file import PALETTE, SCENERY

PX = 4


def small(tmp_path: Path, keys: str) -> Track:
    """Return a track that is painted in no time, with more keys at its top."""
    path = tmp_path / "small.toml"
    path.write_text(keys + SMALL, encoding="utf-8")
    return load_track(path)


def colour(ground: pygame.Surface, x: float, y: float, px: int = PX) -> np.ndarray:
    """Return the mean colour of a square metre."""
    part = pygame.Rect(0, 0, px, px)
    part.center = round(x * px), round(y * px)
    mean: np.ndarray = pygame.surfarray.array3d(ground.subsurface(part)).reshape(-1, 3).mean(0)
    return mean


def test_painter_knows_what_track_files_may_say() -> None:
    """Each landscape, colour and kind of scenery of the format, and no others."""
    assert set(LANDSCAPES) == set(NAMES)
    assert Palette.__slots__ == PALETTE
    assert {*PAINTERS, "pond", "field"} == set(SCENERY)
    for landscape in LANDSCAPES.values():
        assert len(landscape.tones) == len(TONES)
        assert sum(landscape.tones) == pytest.approx(1.0)


def test_painters_find_surfarray_whole() -> None:
    """pygame-ce would load it at its first use: two threads at once then see half of it."""
    told = subprocess.run(
        [sys.executable, "-c", "import paint, pygame; print(type(pygame.surfarray).__name__)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60.0,
    )

    assert told.stdout.split()[-1] == "module"


def test_colours_of_the_file_win(tmp_path: Path) -> None:
    """The rest stays that of the landscape."""
    track = small(tmp_path, 'landscape = "bowl"\npalette.asphalt = "#102030"\n')

    assert palette_of(track).asphalt == "#102030"
    assert palette_of(track).grass == LANDSCAPES["bowl"].palette.grass


@pytest.fixture(scope="module")
def eight() -> pygame.Surface:
    """Return the bare ground of the figure of eight."""
    return paint_ground(load_track(TRACKS / "eight.toml"), PX)


def test_crossing_is_netted_in_yellow(eight: pygame.Surface) -> None:
    """On the net more red and green than blue; beside it the road is grey."""
    red, green, blue = colour(eight, 200.0, 150.0)
    assert min(red, green) > blue + 20

    grey = colour(eight, 200.0 + 22.0 + 2.5, 150.0 - 22.0 + 2.5)
    assert max(grey) - min(grey) < 25


def test_pit_lies_on_pavement(eight: pygame.Surface) -> None:
    """The strip beside the road is as grey as the car finds it."""
    track = load_track(TRACKS / "eight.toml")
    red, green, blue = colour(eight, track.pits[0].x, track.pits[0].y)

    assert max(red, green, blue) - min(red, green, blue) < 20


def test_field_is_no_meadow_and_gives_way_to_the_road(eight: pygame.Surface) -> None:
    """Wheat is yellow, and asphalt grey where a field lies under it."""
    red, green, blue = colour(eight, 285.0, 150.0)

    assert red > green > blue + 40


def test_gravel_is_brown_and_has_no_lines() -> None:
    """On the road from edge to edge, far from the asphalt of the start."""
    track = load_track(TRACKS / "timber.toml")
    ground = paint_ground(track, PX)
    for offset in (-4.6, -2.0, 0.0, 2.0, 4.6):
        red, green, blue = colour(ground, *track.point_at(700.0, offset)[:2])
        assert red > green > blue + 15


def test_night_is_dark_but_under_lamps(tmp_path: Path) -> None:
    """Away from the road little is seen; on it most is."""
    track = small(tmp_path, "")
    day = bake(track, coarse=True).ground
    night = bake(small(tmp_path, "night = true\n"), coarse=True).ground
    field = 60.0, 50.0
    line = track.point_at(3.0, 3.0)[:2]

    assert colour(night, *field, 10).mean() < 0.5 * colour(day, *field, 10).mean()
    assert colour(night, *line, 10).mean() > 0.5 * colour(day, *line, 10).mean()


def test_own_track_that_is_no_good_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who draws a track sees file, line and remedy, and no traceback."""
    path = tmp_path / "mine.toml"
    path.write_text((TRACKS / "bowl.toml").read_text().replace("gates = 12", "gates = 2"))
    monkeypatch.setattr(sys, "argv", ["paint", str(path)])

    assert main() == 1
    assert f"{path}, line 7: the number of gates" in capsys.readouterr().out


def test_taken_ground_is_found_wherever_it_is() -> None:
    """Over the borders of cells and for circles of any size."""
    taken = Taken([Spot(11.0, 11.0, 2.0), Spot(-30.0, 5.0, 20.0)])

    assert taken.touches(13.5, 12.5, 1.5)
    assert not taken.touches(15.0, 15.0, 1.0)
    assert taken.touches(-12.0, 5.0, 3.0)
    assert not taken.touches(40.0, 40.0, 10.0)
