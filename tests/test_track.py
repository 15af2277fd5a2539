"""Tracks: where a car is, what it stands on, and files that cannot be raced."""

from __future__ import annotations

import hashlib
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from car import CAR_LENGTH, CAR_WIDTH, Surface
from errors import BadTrackFile
from track import EDGE, ROADS_APART, TRACKS, WALL_REACH, Track, Wall, load_track, track_names
from track_shape import LINE_MARGIN, racing_line

LOADED = {name: load_track(TRACKS / f"{name}.toml") for name in track_names()}
MEADOW = (TRACKS / "meadow.toml").read_text()

tracks = pytest.mark.parametrize("track", LOADED.values(), ids=LOADED.keys())
any_track = st.sampled_from(list(LOADED.values()))


def brute_force(track: Track, x: float, y: float) -> float:
    """Distance to the nearest sample, found the slow way."""
    return float(np.hypot(*(track.points - (x, y)).T).min())


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


# The tracks of the game


def test_game_has_two_tracks() -> None:
    """By name, sorted."""
    assert track_names() == ["harbour", "meadow"]


@tracks
def test_lap_is_about_a_kilometre_or_more(track: Track) -> None:
    """Long enough to race on, and the samples add up to it."""
    steps = np.hypot(*(np.roll(track.points, -1, 0) - track.points).T)

    assert 1000.0 < track.length < 1700.0
    assert steps.sum() == pytest.approx(track.length, rel=0.01)
    assert steps.max() < 1.1 * track.spacing


@tracks
def test_every_corner_can_be_driven(track: Track) -> None:
    """The inside of the tightest bend leaves room to turn in."""
    assert 1.0 / float(np.abs(track.curvature).max()) > 17.0


@tracks
def test_curvature_is_positive_where_the_road_turns_right(track: Track) -> None:
    """Once round is one full turn: to the left on Meadow, to the right on Harbour."""
    turned = float(track.curvature.sum()) * track.spacing

    assert turned == pytest.approx(2 * math.pi * (1 if track.name == "harbour" else -1), abs=0.05)


@tracks
def test_normals_point_to_the_right(track: Track) -> None:
    """With y downwards, right of east is south."""
    tx, ty = track.tangents.T

    assert np.allclose(track.normals, np.column_stack([-ty, tx]))
    assert np.allclose(np.hypot(tx, ty), 1.0)


@tracks
def test_road_and_sand_stay_in_the_world_and_apart(track: Track) -> None:
    """Sand ends before the edge, and before the next part of the road."""
    for side, sand in ((-1.0, track.sand_left), (1.0, track.sand_right)):
        there = sand > 0.0
        reach = (track.half_widths + sand + 1.5)[there]
        far = track.points[there] + side * track.normals[there] * reach[:, None]

        assert (far > EDGE).all()
        assert (far < np.array([track.width, track.height]) - EDGE).all()
        for x, y in far.tolist():
            place = track.locate(x, y)
            assert abs(place.offset) - track.half_widths[place.sample] > 1.0


@tracks
def test_sand_lies_outside_of_corners_only(track: Track) -> None:
    """Never on both sides at once."""
    assert not ((track.sand_left > 0.0) & (track.sand_right > 0.0)).any()
    assert track.sand_left.max() > 3.0 or track.sand_right.max() > 3.0


@tracks
def test_grid_has_eight_boxes_on_asphalt_behind_the_line(track: Track) -> None:
    """Staggered, apart, facing the line, the first one nearest to it."""
    behind = []
    for x, y, heading in track.grid:
        place = track.locate(x, y)
        tx, ty = track.tangents_at(place.sample)
        behind.append(track.length - place.distance)
        assert track.surface_at(x, y) == Surface.ASPHALT
        assert abs(place.offset) + CAR_WIDTH / 2 < track.half_widths[place.sample]
        assert math.cos(heading) * tx + math.sin(heading) * ty > 0.99

    assert len(behind) == 8
    assert behind == sorted(behind)
    assert behind[0] > CAR_LENGTH / 2
    boxes = [(x, y) for x, y, _ in track.grid]
    assert all(
        math.dist(one, other) > CAR_LENGTH + 0.4 for one in boxes for other in boxes if one != other
    )


@tracks
def test_gates_cross_the_road_in_order(track: Track) -> None:
    """Gate 0 is the start line; each reaches beyond both edges."""
    distances = [gate.distance for gate in track.gates]

    assert distances[0] == 0.0
    assert distances == sorted(distances)
    for gate in track.gates:
        left, right = track.locate(gate.ax, gate.ay), track.locate(gate.bx, gate.by)
        half = track.half_widths[left.sample]
        assert left.offset < -half
        assert right.offset > half


@tracks
def test_gates_reach_across_the_sand(track: Track) -> None:
    """Who runs wide there has not missed one: its ends are behind the tyres."""
    deepest = 0.0
    for gate in track.gates:
        x, y, _ = track.point_at(gate.distance)
        index = track.locate(x, y).sample
        for end, sand in (
            ((gate.ax, gate.ay), track.sand_left[index]),
            ((gate.bx, gate.by), track.sand_right[index]),
        ):
            assert math.dist(end, (x, y)) > track.half_widths[index] + sand + 1.0
            deepest = max(deepest, float(sand))

    assert deepest > 4.0


@tracks
def test_racing_line_stays_on_the_road_and_bends_less(track: Track) -> None:
    """It keeps its margin, and is smoother than the middle of the road."""

    def bend(line: np.ndarray) -> float:
        second = np.roll(line, -8, 0) - 2 * line + np.roll(line, 8, 0)
        return float((second**2).sum())

    line = track.points + track.normals * track.racing_line[:, None]

    assert (np.abs(track.racing_line) < track.half_widths - LINE_MARGIN + 0.2).all()
    assert bend(line) < 0.75 * bend(track.points)


def test_racing_line_hugs_the_inside_of_a_ring() -> None:
    """On a circle, whose normals point outwards here, it is the shortest way round."""
    angle = np.linspace(0.0, 2 * np.pi, 480, endpoint=False)
    out = np.column_stack([np.cos(angle), np.sin(angle)])
    offset = racing_line(60.0 * out, out, np.full(480, 8.0))

    # Squared second differences over a fixed angle shrink with the radius.
    assert np.allclose(offset, -(8.0 - LINE_MARGIN), atol=0.01)


@tracks
def test_walls_leave_the_road_free(track: Track) -> None:
    """No wall stands within three metres of the asphalt."""
    for wall in track.walls:
        for share in (0.0, 0.5, 1.0):
            x, y = wall.ax + share * (wall.bx - wall.ax), wall.ay + share * (wall.by - wall.ay)
            place = track.locate(x, y)
            assert abs(place.offset) - track.half_widths[place.sample] > 3.0


@tracks
def test_scenery_stands_in_the_world(track: Track) -> None:
    """And beside the road."""
    for one in track.scenery:
        place = track.locate(one.x, one.y)
        assert 0.0 <= one.x <= track.width
        assert 0.0 <= one.y <= track.height
        assert abs(place.offset) > track.half_widths[place.sample]


@tracks
def test_loaded_track_cannot_be_written_to(track: Track) -> None:
    """What all rooms share, nobody changes."""
    with pytest.raises(ValueError, match="read-only"):
        track.points[0, 0] = 1.0


def test_digest_is_of_the_file() -> None:
    """Client and server compare it."""
    raw = (TRACKS / "meadow.toml").read_bytes()

    assert LOADED["meadow"].digest == hashlib.sha256(raw).hexdigest()[:16]


# Where a car is


@given(any_track, st.floats(0, 1), st.floats(-16, 16))
@settings(max_examples=300)
def test_locate_agrees_with_brute_force(track: Track, lap: float, offset: float) -> None:
    """On and about the road the coarse map loses nothing."""
    x, y, _ = track.point_at(lap * track.length * 0.9999, offset)
    place = track.locate(x, y)
    found = math.dist((x, y), track.points[place.sample].tolist())

    assert found == pytest.approx(brute_force(track, x, y), abs=1e-9)
    assert 0.0 <= place.distance < track.length


@given(any_track, st.floats(0, 1), st.floats(-7, 7))
def test_locate_undoes_point_at(track: Track, lap: float, offset: float) -> None:
    """Distance and offset come back, on the road."""
    distance = lap * track.length * 0.9999
    x, y, _ = track.point_at(distance, offset)
    place = track.locate(x, y)

    assert abs(math.remainder(place.distance - distance, track.length)) < 0.6
    assert place.offset == pytest.approx(offset, abs=0.15)


@tracks
def test_hint_follows_a_car_round_the_lap(track: Track) -> None:
    """At top speed, weaving from edge to edge, the next sample is always found."""
    hint = 0
    for tick in range(int(track.length / 1.1)):
        offset = 9.0 * math.sin(tick / 25)
        x, y, _ = track.point_at(tick * 1.1, offset)
        place = track.locate(x, y, hint)
        hint = place.sample
        assert abs(math.remainder(place.distance - tick * 1.1, track.length)) < 1.0


@tracks
def test_hint_keeps_a_car_on_its_part_of_the_road(track: Track) -> None:
    """Cutting across to another part is no progress."""
    x, y = track.points[track.count // 2].tolist()

    assert track.locate(x, y).sample == track.count // 2
    assert abs(math.remainder(track.locate(x, y, 0).sample, track.count)) <= 4


@given(any_track, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_far_outside_there_is_grass_and_no_error(track: Track, x: float, y: float) -> None:
    """Any place has an answer."""
    track.locate(x, y)
    track.near_walls(x, y)
    if not (0.0 <= x <= track.width and 0.0 <= y <= track.height) and min(x, y) < -1.0:
        assert track.surface_at(x, y) == Surface.GRASS


@given(any_track, st.floats(0, 1), st.floats(-1, 1))
def test_inner_road_is_asphalt(track: Track, lap: float, share: float) -> None:
    """Up to the kerbs."""
    distance = lap * track.length * 0.9999
    index = int(distance / track.spacing)
    x, y, _ = track.point_at(distance, share * (float(track.half_widths[index]) - 1.5))

    assert track.surface_at(x, y) == Surface.ASPHALT


@tracks
def test_surfaces_follow_the_kerb_and_sand_arrays(track: Track) -> None:
    """What is drawn from the arrays is what the car feels."""
    for index in range(0, track.count, 5):
        for side, kerb, sand in (
            (-1.0, track.kerb_left, track.sand_left),
            (1.0, track.kerb_right, track.sand_right),
        ):
            half = track.half_widths[index]
            at_edge, beyond = (
                track.points[index] + side * track.normals[index] * (half + out)
                for out in (0.5, 1.3 + 0.5 * (sand[index] - 1.3))
            )
            around = (np.arange(-4, 5) + index) % track.count
            if kerb[around].all():
                assert track.surface_at(*at_edge.tolist()) == Surface.KERB
            if sand[around].min() > 3.0:
                assert track.surface_at(*beyond.tolist()) == Surface.SAND


@tracks
def test_near_walls_misses_none(track: Track) -> None:
    """Whatever is within reach is in the cell."""
    rng = random.Random(5)
    for wall in track.walls:
        share, angle = rng.random(), rng.uniform(0.0, 2 * math.pi)
        reach = rng.uniform(0.0, WALL_REACH - 0.01)
        x = wall.ax + share * (wall.bx - wall.ax) + reach * math.cos(angle)
        y = wall.ay + share * (wall.by - wall.ay) + reach * math.sin(angle)

        assert wall in track.near_walls(x, y)


# Files that cannot be raced


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


# Canisters, pits, crossings


@tracks
def test_canisters_lie_on_the_road_and_pits_beside_it(track: Track) -> None:
    """Both can be driven over, and a pit is out of the way of the racing line."""
    for canister in track.canisters:
        place = track.locate(*canister)
        assert abs(place.offset) < track.half_widths[place.sample] - 1.0
    for pit in track.pits:
        cos, sin = math.cos(pit.heading), math.sin(pit.heading)
        for along in (-0.5, 0.0, 0.5):
            for across in (-0.5, 0.5):
                x = pit.x + along * pit.length * cos - across * pit.width * sin
                y = pit.y + along * pit.length * sin + across * pit.width * cos
                place = track.locate(x, y)
                assert track.surface_at(x, y) == Surface.ASPHALT
                assert abs(place.offset) > track.half_widths[place.sample] + 0.5
                assert not [one for one in track.near_walls(x, y) if wall_is_near(one, x, y)]
        assert pit.holds(pit.x, pit.y)
        assert not pit.holds(*track.point_at(track.locate(pit.x, pit.y).distance)[:2])


def wall_is_near(wall: Wall, x: float, y: float) -> bool:
    """Whether a wall is within a metre of a place."""
    wx, wy = wall.bx - wall.ax, wall.by - wall.ay
    share = ((x - wall.ax) * wx + (y - wall.ay) * wy) / (wx * wx + wy * wy)
    share = min(max(share, 0.0), 1.0)
    return math.dist((x, y), (wall.ax + share * wx, wall.ay + share * wy)) < 1.0


@tracks
def test_ponds_are_water(track: Track) -> None:
    """What looks wet is wet."""
    for one in track.scenery:
        if one.kind == "pond":
            assert track.surface_at(one.x, one.y) == Surface.WATER
