"""What is kept of tracks on disk: used when it fits, made again when it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from track import TRACKS, load_track
from track_cache import KEPT_MAX, TrackCache

HARBOUR = TRACKS / "harbour.toml"


def test_kept_track_is_the_same_track(tmp_path: Path) -> None:
    """Loaded from what was kept, every array is equal."""
    made = load_track(HARBOUR, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    again = load_track(HARBOUR, tmp_path)

    for name in ("racing_line", "nearest", "points", "half_widths"):
        assert np.array_equal(getattr(made, name), getattr(again, name))
    assert np.array_equal(made.geometry.surfaces, again.geometry.surfaces)
    assert again.walls == made.walls
    assert not again.racing_line.flags.writeable


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "rubbish"])
def test_damaged_file_is_made_again(tmp_path: Path, damage: str) -> None:
    """A disk that was full, or a bit that fell over, does no harm."""
    made = load_track(HARBOUR, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "bit": whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
            "empty": b"",
            "rubbish": b"no such thing" * 9,
        }[damage]
    )
    again = load_track(HARBOUR, tmp_path)

    assert np.array_equal(made.racing_line, again.racing_line)
    assert file.read_bytes() == whole


def test_other_file_has_other_pieces(tmp_path: Path) -> None:
    """A track that was changed is not driven on the map of the old one."""
    TrackCache(tmp_path, "one").write({"racing_line": np.zeros(3)})

    assert TrackCache(tmp_path, "other").read() is None
    assert TrackCache(tmp_path, "one").read() is not None


def test_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    """A track loads all the same."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    assert load_track(HARBOUR, blocked).title == "Harbour Loop"


def test_folder_stays_small(tmp_path: Path) -> None:
    """The oldest go."""
    for number in range(KEPT_MAX + 5):
        TrackCache(tmp_path, str(number)).write({"one": np.zeros(1)})

    assert len(list(tmp_path.iterdir())) == KEPT_MAX
