"""Painted grounds: shipped, painted in a hurry, marked and wiped."""

from __future__ import annotations

import json
from pathlib import Path

import pygame
import pytest

from paint.bake import CANOPIES, GROUNDS, bake, look_digest, save
from paint.ground import paint_ground
from paint.trees import KINDS, load_sheet
from screens.camera import Frame
from screens.ground import Ground, load_ground
from track import TRACKS, Track, load_track, track_names

SMALL = """
title = "Tiny"
world = [200, 110]
gates = 6
scenery_seed = 3
control = [
  [130.0, 90.0, 11.5], [150.0, 90.0, 11.5], [172.0, 80.0, 11.5], [182.0, 55.0, 11.5],
  [172.0, 30.0, 11.5], [150.0, 20.0, 11.5], [100.0, 20.0, 11.5], [50.0, 20.0, 11.5],
  [28.0, 30.0, 11.5], [18.0, 55.0, 11.5], [28.0, 80.0, 11.5], [50.0, 90.0, 11.5],
  [70.0, 90.0, 11.5], [90.0, 90.0, 11.5], [110.0, 90.0, 11.5],
]
[[scenery]]
kind = "pond"
at = [100.0, 55.0]
size = 8.0
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """Return a track that is baked in no time."""
    path = tmp_path_factory.mktemp("tracks") / "tiny.toml"
    path.write_text(SMALL, encoding="utf-8")
    return load_track(path)


@pytest.fixture(scope="module")
def ground(tiny: Track) -> Ground:
    """Return its ground, baked coarsely."""
    baked = bake(tiny, coarse=True)
    return Ground(baked.ground, [], list(baked.trees))


@pytest.mark.parametrize("name", track_names())
def test_shipped_ground_fits_its_track(name: str) -> None:
    """Nobody changed a track and forgot to bake it."""
    track = load_track(TRACKS / f"{name}.toml")
    sidecar = json.loads((GROUNDS / f"{name}.json").read_text(encoding="utf-8"))

    assert sidecar["digest"] == look_digest(track)


def test_ground_is_as_large_as_the_world(ground: Ground) -> None:
    """Ten pixels are a metre, also in a coarse bake."""
    assert ground.size == (2000, 1100)


def test_road_is_grey_and_meadow_green(tiny: Track, ground: Ground) -> None:
    """The picture shows the road where the track has it."""
    x, y = tiny.points[tiny.count // 2] + tiny.normals[tiny.count // 2] * 2.5
    red, green, blue, _ = ground.picture.get_at((round(x * 10), round(y * 10)))
    assert max(red, green, blue) - min(red, green, blue) < 30

    red, green, blue, _ = paint_ground(tiny, 4.0).get_at((40, 40))
    assert green > red > blue


def test_same_track_bakes_the_same(tiny: Track) -> None:
    """A bake holds no chance: it can be done again anywhere."""
    first, second = paint_ground(tiny, 2.0), paint_ground(tiny, 2.0)

    assert pygame.image.tobytes(first, "RGB") == pygame.image.tobytes(second, "RGB")


def test_missing_ground_is_painted_and_kept(tiny: Track, tmp_path: Path) -> None:
    """A track that does not ship is painted once, with progress, then loaded."""
    shares: list[float] = []
    load_ground(tiny, shares.append, shipped=tmp_path / "none", cache=tmp_path)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 3

    shares.clear()
    load_ground(tiny, shares.append, shipped=tmp_path / "none", cache=tmp_path)
    assert shares == [1.0]


def test_ground_of_another_track_is_not_used(tiny: Track, tmp_path: Path) -> None:
    """A changed track file is painted anew."""
    baked = bake(tiny, coarse=True)
    save(baked, tmp_path, tiny.name)
    sidecar = tmp_path / f"{tiny.name}.json"
    sidecar.write_text(sidecar.read_text().replace(baked.digest, "0" * 16))
    shares: list[float] = []
    load_ground(tiny, shares.append, shipped=tmp_path, cache=tmp_path / "cache")

    assert len(shares) > 3


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"digest": 3}'])
def test_broken_sidecar_is_painted_over(tiny: Track, tmp_path: Path, rubbish: str) -> None:
    """A cache cut short by a full disk does no harm."""
    (tmp_path / f"{tiny.name}.json").write_text(rubbish)
    told: list[str] = []
    found = load_ground(tiny, shipped=tmp_path / "none", cache=tmp_path, tell=told.append)

    assert found.size == (2000, 1100)
    assert told == ["There is no picture of Tiny; it is painted now, this once."]


def test_damaged_picture_is_told_and_painted_anew(tiny: Track, tmp_path: Path) -> None:
    """One sentence, and the race goes on."""
    save(bake(tiny, coarse=True), tmp_path, tiny.name)
    (tmp_path / "tiny.jpg").write_bytes(b"no picture")
    told: list[str] = []
    found = load_ground(tiny, shipped=tmp_path, cache=tmp_path / "cache", tell=told.append)

    assert found.size == (2000, 1100)
    assert len(told) == 1
    assert "damaged or of another version" in told[0]


def test_canopies_are_drawn_where_their_sheet_is_damaged(tmp_path: Path) -> None:
    """All kinds, as many as the sheet has, with or without it."""
    (tmp_path / "cut.png").write_bytes(b"\x89PNG")
    drawn = load_sheet(tmp_path / "cut.png")
    read = load_sheet(GROUNDS / CANOPIES)

    assert len(drawn) == len(read) == KINDS
    assert [one.get_size() for one in drawn] == [one.get_size() for one in read]


def test_marks_stay(ground: Ground) -> None:
    """Rubber on the road stays there."""
    clean = ground.picture.get_at((300, 300))
    mark = pygame.Surface((20, 20), pygame.SRCALPHA)
    mark.fill((0, 0, 0, 200))
    ground.mark([(mark, (290, 290))])

    assert ground.picture.get_at((300, 300)) != clean


def test_canopy_is_drawn_over_a_car_beneath(tiny: Track) -> None:
    """Who drives under a tree is hidden; who drives on the road is not."""
    baked = bake(tiny, coarse=True)
    tree = baked.trees[0]
    ground = Ground(baked.ground, [], list(baked.trees))
    frame = Frame(0, 0, 2000, 1100, (2000, 1100))

    assert ground.above(frame, [(tree.x, tree.y)])
    assert ground.is_shaded(tree.x, tree.y)
    assert not ground.above(frame, [tuple(tiny.points[0].tolist())])


def test_leaves_over_the_car_that_is_followed_are_thin(tiny: Track) -> None:
    """Nobody loses sight of their own car below a tree."""
    baked = bake(tiny, coarse=True)
    tree = baked.trees[0]
    ground = Ground(baked.ground, [], list(baked.trees))
    frame, place = Frame(0, 0, 2000, 1100, (2000, 1100)), (tree.x, tree.y)
    leaves, thin = (
        max(
            int(pygame.surfarray.array_alpha(picture).max())
            for picture, _ in ground.above(frame, [place], watched)
        )
        for watched in (None, place)
    )

    assert thin < 0.6 * leaves
