"""Files that cannot be raced on: each is refused with file, line and remedy."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import BadTrackFile
from track import ROADS_APART, TRACKS, load_track

MEADOW = (TRACKS / "meadow.toml").read_text()


def refused(tmp_path: Path, text: str | bytes, name: str = "broken.toml") -> BadTrackFile:
    """Load a file that is expected to be refused; return the error."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadTrackFile) as caught:
        load_track(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    return caught.value


def line_of(text: str, found: str) -> int:
    """Return the number of the line that holds a piece of text."""
    return text[: text.index(found)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ('title = "Meadow Ring"', "title = ", "title = ", "not TOML"),
        ('title = "Meadow Ring"', 'title = ""', "title = ", "title is missing"),
        ('title = "Meadow Ring"', 'title = "a\\u0007"', "title = ", "cannot be shown"),
        ("world = [400, 300]", "world = [400]", "world = ", "size of the world"),
        ("world = [400, 300]", "world = [400, 9000]", "world = ", "world is missing or out"),
        ("world = [400, 300]", "world = [368, 300]", "control =", "leaves the world"),
        ("gates = 16", "gates = 2", "gates = ", "number of gates"),
        ("gates = 16", "gates = 16.5", "gates = ", "number of gates"),
        ("scenery_seed = 7", "scenery_seed = -7", "scenery_seed = ", "no seed"),
        ("sand_width = 14.0", "sand_widht = 14.0", "sand_widht", "no key 'sand_widht'"),
        ("sand_width = 14.0", "sand_width = nan", "sand_width = ", "sand_width is missing"),
        ("sand_width = 14.0", f"sand_width = 1{'0' * 400}", "sand_width = ", "sand_width is"),
        ('side = "left"', 'side = "inside"', 'side = "inside"', "on no side"),
        ('kind = "paddock"', 'kind = "volcano"', 'kind = "volcano"', "kind 'volcano'"),
        ("at = [306.0, 136.0]", "at = [306.0, 1360.0]", "at = [306.0, 1360.0]", "at is missing"),
        ("at = [306.0, 136.0]", "at = [248.0, 262.0]", "at = [248.0, 262.0]", "on the road"),
        ("\n[surfaces]", "\n[[surfaces]]", "[[surfaces]]", "surfaces is no table"),
        ("gates = 16", 'gates = "16"', "gates = ", "number of gates"),
        ("gates = 16", "gates = 16\ngates = 15", "gates = 15", "not TOML"),
        ("to = 40.0", "to = 1600.0", "from = ", "beyond the track"),
        ("from = -105.0", "from = 105.0", "from = ", "ends before it begins"),
    ],
)
def test_fault_in_a_file_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, at: str, reason: str
) -> None:
    """Each fault once, in an otherwise good file."""
    text = MEADOW.replace(old, new, 1)
    assert text != MEADOW
    error = refused(tmp_path, text)

    assert reason in error.reason
    if at == "control =":
        assert error.line is not None
        assert error.line > line_of(text, "\n" + at)
    else:
        assert error.line == line_of(text, "\n" + at) + 1


def with_control(rows: list[tuple[float, float, float]]) -> str:
    """Return the meadow's file with another centreline."""
    start, end = MEADOW.index("\ncontrol = [") + 1, MEADOW.index("\n[surfaces]") + 1
    written = "".join(f"  [{x}, {y}, {width}],\n" for x, y, width in rows)
    return (
        f"{MEADOW[:start]}control = [\n{written}]\n\n{MEADOW[end : MEADOW.index(chr(10) + '[[')]}"
    )


def oval(width: float = 16.0, r: float = 60.0) -> list[tuple[float, float, float]]:
    """A plain good track of two straights and two half circles."""
    turn = np.linspace(0, math.pi, 7)
    right = [(280 + r * math.sin(a), 150 + r * math.cos(a)) for a in turn]
    left = [(120 - r * math.sin(a), 150 - r * math.cos(a)) for a in turn]
    return [(x, y, width) for x, y in [(230.0, 150.0 + r), *right, *left, (170.0, 150.0 + r)]]


def test_oval_can_be_raced(tmp_path: Path) -> None:
    """The helper of the tests below makes a good file."""
    path = tmp_path / "oval.toml"
    path.write_text(with_control(oval()))

    assert load_track(path).length == pytest.approx(2 * 160 + 2 * math.pi * 60, rel=0.02)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (oval()[:5], "has 5 control points"),
        (oval() * 20, "has 320 control points"),
        (oval(16.0, 10.0), "reaches over this part of the road too"),
        (oval(4.0), "4 m wide"),
        (oval(60.0), "60 m wide"),
        ([*oval()[:5], (340.2, 150.3, 16.0), *oval()[5:]], "repeats"),
        ([(x, 3 * y - 320, w) for x, y, w in oval()], "leaves the world"),
        ([(x, y if x > 200 else 300 - y, w) for x, y, w in oval()], "crosses or touches"),
        ([(x, 75 + y / 2, w) for x, y, w in oval()[5:] + oval()[:5]], "no room for the grid"),
        (oval(9.0), "too narrow for the grid"),
        ([*oval()[:4], (220.0, 148.0, 16.0), *oval()[4:]], "tighter than it is wide"),
    ],
)
def test_road_that_nobody_could_race_on_is_refused(
    tmp_path: Path, rows: list[tuple[float, float, float]], reason: str
) -> None:
    """With a sentence that says where, and what to do."""
    error = refused(tmp_path, with_control(rows))

    assert reason in error.reason
    assert error.line is not None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe title", "not UTF-8"),
        (b"", "title is missing"),
        (b"#" * 70_000, "too long"),
        (b"a = " + b"[" * 20_000, "not TOML"),
        (b"a = " + b"9" * 5000, "not TOML"),
        (b"title = 'x'\ncontrol = [", "not TOML"),
    ],
    ids=["bytes", "empty", "long", "deep", "digits", "cut"],
)
def test_file_that_is_no_track_is_refused(tmp_path: Path, raw: bytes, reason: str) -> None:
    """Never a traceback, whatever the bytes."""
    assert reason in refused(tmp_path, raw).reason


@given(cut=st.integers(0, len(MEADOW) - 1), new=st.text(max_size=3))
@settings(max_examples=40, deadline=None)
def test_damaged_file_is_refused_or_loads(
    tmp_path_factory: pytest.TempPathFactory, cut: int, new: str
) -> None:
    """A slip of the keyboard anywhere ends in a track or in one kind of error."""
    path = tmp_path_factory.mktemp("damaged") / "meadow.toml"
    path.write_bytes((MEADOW[:cut] + new + MEADOW[cut + 1 :]).encode("utf-8", "surrogatepass"))
    try:
        load_track(path)
    except BadTrackFile as error:
        refusal = error
    else:
        return
    assert refusal.remedy


@pytest.mark.parametrize("key", ["title", "world", "gates", "control"])
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    """In the reason or the remedy, for whoever has to write it."""
    start = MEADOW.index(f"\n{key} = ")
    end = MEADOW.index("\n]\n" if key == "control" else "\n", start + 1)
    error = refused(tmp_path, MEADOW[:start] + MEADOW[end:].removeprefix("\n]"))

    assert key in str(error).replace(str(tmp_path), "")
    assert "\n" not in str(error)


def test_rows_that_share_a_line_are_named_together(tmp_path: Path) -> None:
    """The line where the road begins, instead of a wrong one."""
    rows = ", ".join(f"[{x}, {y}, {width}]" for x, y, width in [*oval()[:9], (100.0, 100.0, 99.0)])
    text = f'title = "One line"\nworld = [400, 300]\ngates = 8\ncontrol = [{rows}]\n'

    assert refused(tmp_path, text).line == 4


def test_missing_file_and_bad_name_are_refused(tmp_path: Path) -> None:
    """The file is named, as is what to do."""
    with pytest.raises(BadTrackFile, match="No such file"):
        load_track(tmp_path / "nowhere.toml")
    assert "name is not fit" in refused(tmp_path, MEADOW, "A b.toml").reason


def test_parts_of_the_road_keep_apart() -> None:
    """The limit of the judge leaves room for two kerbs."""
    assert ROADS_APART > 2 * 1.3
