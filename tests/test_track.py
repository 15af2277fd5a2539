"""Tracks: where a car is, and what it stands on."""

from __future__ import annotations

import hashlib
import math
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from car import CAR_LENGTH, CAR_WIDTH, Surface
from track import CANISTER_REACH, EDGE, TRACKS, WALL_REACH, Track, Wall, load_track, track_names
from track_line import LINE_MARGIN, racing_line

LOADED = {name: load_track(TRACKS / f"{name}.toml") for name in track_names()}

tracks = pytest.mark.parametrize("track", LOADED.values(), ids=LOADED.keys())
any_track = st.sampled_from(list(LOADED.values()))


def brute_force(track: Track, x: float, y: float) -> float:
    """Distance to the nearest sample, found the slow way."""
    return float(np.hypot(*(track.points - (x, y)).T).min())


# The tracks of the game


def test_game_has_seven_tracks() -> None:
    """By name, sorted, each with a title of its own and a line for menus."""
    assert track_names() == [
        "bowl", "city", "eight", "harbour", "highland", "meadow", "timber",
    ]  # fmt: skip
    assert len({track.title for track in LOADED.values()}) == len(LOADED)
    assert all(track.about for track in LOADED.values())


@tracks
def test_lap_is_about_a_kilometre_or_more(track: Track) -> None:
    """Long enough to race on, and the samples add up to it."""
    steps = np.hypot(*(np.roll(track.points, -1, 0) - track.points).T)

    assert 900.0 < track.length < 1700.0
    assert steps.sum() == pytest.approx(track.length, rel=0.01)
    assert steps.max() < 1.1 * track.spacing


@tracks
def test_every_corner_can_be_driven(track: Track) -> None:
    """The inside of the tightest bend leaves room to turn in."""
    assert 1.0 / float(np.abs(track.curvature).max()) > 17.0


@tracks
def test_curvature_is_positive_where_the_road_turns_right(track: Track) -> None:
    """Once round is one full turn, left or right; a figure of eight undoes its own."""
    turned = float(track.curvature.sum()) * track.spacing
    turns = {"harbour": 1, "city": 1, "eight": 0}.get(track.name, -1)

    assert turned == pytest.approx(2 * math.pi * turns, abs=0.05)


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
    """On both sides only for a moment, where one bend follows another."""
    assert ((track.sand_left > 0.0) & (track.sand_right > 0.0)).mean() < 0.02
    if track.name in ("harbour", "meadow", "highland", "eight"):
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

    if max(track.sand_left.max(), track.sand_right.max()) > 4.0:
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
@example(LOADED["city"], 0.09375, -16.0)
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
    x, y, heading = track.point_at(distance, offset)
    place = track.locate(x, y, heading=heading)

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
def test_inner_road_is_asphalt_or_gravel(track: Track, lap: float, share: float) -> None:
    """As the file says, up to the kerbs."""
    distance = lap * track.length * 0.9999
    index = int(distance / track.spacing)
    x, y, _ = track.point_at(distance, share * (float(track.half_widths[index]) - 1.5))
    around = {int(track.road[(index + shift) % track.count]) for shift in (-1, 0, 1)}

    assert track.surface_at(x, y) in around
    assert around <= {Surface.ASPHALT, Surface.GRAVEL}


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


@tracks
def test_near_canisters_misses_none(track: Track) -> None:
    """Whatever is within reach is in the cell."""
    rng = random.Random(6)
    for number, canister in enumerate(track.canisters):
        for _ in range(20):
            angle, reach = rng.uniform(0.0, 2 * math.pi), rng.uniform(0.0, CANISTER_REACH - 0.01)
            x, y = canister.x + reach * math.cos(angle), canister.y + reach * math.sin(angle)

            assert number in track.near_canisters(x, y)


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
