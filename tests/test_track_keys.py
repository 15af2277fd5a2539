"""Faults in what a track lends and looks like: each with its line and a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import BadTrackFile
from track import TRACKS, load_track

EIGHT = (TRACKS / "eight.toml").read_text(encoding="utf-8")
TIMBER = (TRACKS / "timber.toml").read_text(encoding="utf-8")
CANISTER = "[[canister]]\ndistance = 160.0\noffset = 4.0\n"
PIT = '[[pit]]\ndistance = 32.0\nside = "right"\n'
CROSSING = "[[crossing]]\nat = [200.0, 150.0]\n"
POND = 'kind = "pond"\nat = [374.0, 146.0]\n'


def refused(tmp_path: Path, text: str) -> BadTrackFile:
    """Load a file that is expected to be refused; return the error."""
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadTrackFile) as caught:
        load_track(path)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("distance = 160.0", "distance = 9999.0", "distance = 9999.0", "beyond the track"),
        ("distance = 160.0", "distance = -1.0", "distance = -1.0", "distance is missing or out"),
        ("offset = 4.0", "offset = 7.5", "offset = 7.5", "off the road"),
        (CANISTER, CANISTER * 17, None, "more than 16 of canister"),
        (CANISTER, CANISTER * 2, None, "two canisters lie in one place"),
        (CANISTER, CANISTER + "weight = 3\n", "weight = 3", "no key 'weight'"),
        ("distance = 32.0", "distance = 130.0", "distance = 130.0", "a pit lies in a bend"),
        ("distance = 32.0", "distance = 5000.0", "distance = 5000.0", "beyond the track"),
        (PIT, PIT.replace("32.0", "285.0"), "distance = 285.0", "onto another part of the road"),
        (PIT, PIT * 2, None, "two pits lie in one place"),
        ('side = "right"\n\n[[scenery]]', 'side = "up"\n\n[[scenery]]', 'side = "up"', "no side"),
        (CROSSING, "", None, "crosses or touches itself"),
        ("at = [200.0, 150.0]", "at = [34.0, 150.0]", "at = [34.0, 150.0]", "does not cross"),
        ("at = [200.0, 150.0]", "at = 7", "at = 7", "a crossing has no place"),
        (POND, POND.replace("374.0", "350.0"), "at = [350.0, 146.0]", "a pond reaches onto"),
        ('landscape = "autumn"', 'landscape = "moon"', "landscape = ", "no such landscape"),
        ("targets = [", "targets = [40.0, ", "targets = ", "not three"),
        ("targets = [", "targets = [1.0, 2.0, 3.0]\nold = [", "targets = ", "out of range"),
        ("gates = 14", "gates = 14\nnight = 1", "night = 1", "neither true nor false"),
        ("[surfaces]", '[palette]\nsky = "#fff"\n[surfaces]', "sky = ", "no key 'sky'"),
        ("[surfaces]", '[palette]\ngrass = "red"\n[surfaces]', "grass = ", "no colour"),
        ("[surfaces]", '[surfaces]\nroad = "ice"', "road = ", "no such road"),
        ('about = "', f'about = "{"x" * 90}', "about = ", "about is missing, empty or too long"),
    ],
)
def test_fault_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, at: str | None, reason: str
) -> None:
    """Each fault once, in an otherwise good file."""
    text = EIGHT.replace(old, new, 1)
    assert text != EIGHT
    if "old = [" in text:
        text = text.replace("old = [", "# [")
    error = refused(tmp_path, text)

    assert reason in error.reason
    assert error.remedy
    if at is not None:
        assert error.line == text[: text.index(at)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('surface = "asphalt"', 'surface = "ice"', "a stretch has no such surface"),
        ("to = 70.0\nsurface", "to = -170.0\nsurface", "a stretch ends before it begins"),
        ("to = 70.0\nsurface", "to = 9000.0\nsurface", "a stretch goes beyond the track"),
        ("height = 14.0", "height = 900.0", "height is missing or out of range"),
    ],
)
def test_fault_in_a_stretch_or_hill_is_named(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    """What is under the wheels, and what only looks like it."""
    text = TIMBER.replace(old, new, 1)
    assert text != TIMBER

    assert reason in refused(tmp_path, text).reason


def narrow_cross(x_reach: float) -> str:
    """Return a figure of eight whose branches meet the more flatly, the longer it is."""
    top, bottom, middle = 150.0 - 60.0, 150.0 + 60.0, 200.0
    left, right = middle - x_reach, middle + x_reach
    rows = [
        (left - 22, 165), (left - 22, 120), (left - 10, top + 8), (left + 15, top + 2),
        (middle - 20, 143), (middle + 20, 157), (right - 15, bottom - 2), (right + 10, bottom - 8),
        (right + 22, 170), (right + 22, 120), (right + 10, top + 8), (right - 15, top + 2),
        (middle + 20, 143), (middle - 20, 157), (left + 15, bottom - 2), (left - 10, bottom - 8),
        (left - 22, 195), (left - 22, 180),
    ]  # fmt: skip
    control = "".join(f"  [{x:.1f}, {y:.1f}, 12.0],\n" for x, y in rows)
    head = 'title = "Flat"\nworld = [400, 300]\ngates = 8\nscenery_seed = 1\n'
    return f"{head}control = [\n{control}]\n\n[[crossing]]\nat = [200.0, 150.0]\n"


def test_crossing_that_is_too_flat_is_refused(tmp_path: Path) -> None:
    """At forty degrees nobody knows which road is which."""
    error = refused(tmp_path, narrow_cross(150.0))

    assert "too flatly" in error.reason
    assert "45 degrees or more" in error.remedy


def test_crossing_on_the_grid_is_refused(tmp_path: Path) -> None:
    """Cars would stand in the way of those who come round."""
    start = EIGHT.index("control = [\n") + len("control = [\n")
    end = EIGHT.index("\n]\n", start) + 1
    rows = EIGHT[start:end].splitlines(keepends=True)
    # The lap begins some way behind the crossing now.
    shift = next(number for number, row in enumerate(rows) if row.startswith("  [215.5"))
    text = EIGHT[:start] + "".join(rows[shift:] + rows[:shift]) + EIGHT[end:]
    error = refused(tmp_path, text)

    assert "on the grid or the start line" in error.reason
