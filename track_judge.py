"""Whether anybody could race on a track: each fault with file, line and remedy.

`track_file.py` has checked the values one by one; here they are looked at
together. Nothing is mended: a track is raced as it was drawn, or refused.

Units: metres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

import track_shape as shape
from car import CAR_LENGTH, CAR_WIDTH
from track_crossing import ANGLE_MIN, ROADS_APART, find_crossing, first_touch
from track_file import TrackFile, TrackReader
from track_geometry import Geometry

EDGE = 2.0
"""The world ends with a wall so far from its border."""
GRID_BOXES = 8
GRID_FIRST = 6.0
"""The first box lies so far before the line."""
GRID_STEP = 6.2
GRID_ASIDE = 3.6
GRID_RADIUS_MIN = 40.0
"""The grid stands on a road that bends no more than this."""
PIT_RADIUS_MIN = 80.0
"""So does a pit."""
PITS_APART = 3.0
CANISTER_MARGIN = 1.5
"""A canister lies so far inside the road's edge."""
CANISTERS_APART = 4.0
SHORE = 1.0
"""A pond keeps so far from the road."""

Ends = tuple[tuple[float, float], tuple[float, float]]


def judge(road: Geometry, gates: Sequence[Ends], content: TrackFile, reader: TrackReader) -> None:
    """Refuse a track that cannot be raced.

    Args:
        gates: both ends of each.

    Raises:
        BadTrackFile: with the first fault found.
    """
    _judge_road(road, reader)
    _judge_crossings(road, content, reader)
    _judge_grid(road, reader)
    _judge_gates(road, gates, reader)
    _judge_walls(road, content, reader)
    _judge_pits(road, content, reader)
    _judge_canisters(road, content, reader)
    _judge_scenery(road, content, reader)


def _judge_road(road: Geometry, reader: TrackReader) -> None:
    """Refuse a road that leaves the world or bends too much."""
    edges = np.hstack([road.points + side * road.half_widths[:, None] * road.normals
                       for side in (-1.0, 1.0)])  # fmt: skip
    room = np.minimum(edges, np.array([road.width, road.height] * 2) - edges).min(1)
    if room.min() < EDGE + 2.0:
        raise reader.at_point(
            road.points[int(room.argmin())],
            "the road leaves the world near this point",
            "move it inwards",
        )
    bends = np.abs(road.curvature)
    radius = 1.0 / max(1e-9, float(bends.max()))
    if radius < float(road.half_widths.max()) * 0.9:
        raise reader.at_point(
            road.points[int(bends.argmax())],
            f"the road bends with a radius of {radius:.0f} m, tighter than it is wide",
            "move its neighbours apart",
        )


def _judge_crossings(road: Geometry, content: TrackFile, reader: TrackReader) -> None:
    """Refuse a road that meets itself elsewhere than it says, or too flatly."""
    for number, at in enumerate(content.crossings):
        found = find_crossing(road.points, road.tangents, road.half_widths, at)
        if found is None:
            raise reader.at_table(
                "crossing", number, "at",
                "the road does not cross itself here",
                "give the place where it does, or remove the crossing",
            )  # fmt: skip
        if found.angle < ANGLE_MIN:
            raise reader.at_table(
                "crossing", number, "at",
                f"the road crosses itself at {math.degrees(found.angle):.0f} degrees, too flatly",
                f"turn one branch until it is {math.degrees(ANGLE_MIN):.0f} degrees or more",
            )  # fmt: skip
        back = GRID_FIRST + GRID_BOXES * GRID_STEP + CAR_LENGTH + found.reach
        for sample in (found.first, found.second):
            along = sample * road.spacing
            if along < found.reach or road.length - along < back:
                raise reader.at_table(
                    "crossing", number, "at",
                    "the road crosses itself on the grid or the start line",
                    f"move it {back:.0f} m away from the line",
                )  # fmt: skip
    touch = first_touch(road.points, road.half_widths, road.spacing, road.crossings)
    if touch is not None:
        raise reader.at_point(
            road.points[touch],
            "the road crosses or touches itself near this point",
            f"leave {ROADS_APART:g} m between its parts, or declare a [[crossing]]",
        )


def _judge_grid(road: Geometry, reader: TrackReader) -> None:
    """Refuse a track without a straight to start from."""
    bends = np.abs(road.curvature)
    back = GRID_FIRST + GRID_BOXES * GRID_STEP + CAR_LENGTH
    grid_bend = float(bends[-int(back / road.spacing) :].max())
    grid_half = float(road.half_widths[-int(back / road.spacing) :].min())
    if road.length < 4 * back or grid_bend > 1.0 / GRID_RADIUS_MIN:
        raise reader.at_point(
            road.points[0],
            "there is no room for the grid before the start line",
            f"begin on a straight with {back:.0f} m before the first point",
        )
    if grid_half < GRID_ASIDE + CAR_WIDTH / 2 + 0.5:
        raise reader.at_point(
            road.points[0],
            "the road is too narrow for the grid before the start line",
            f"make it {2 * GRID_ASIDE + CAR_WIDTH + 1:g} m wide there",
        )


def _judge_gates(road: Geometry, gates: Sequence[Ends], reader: TrackReader) -> None:
    """Refuse gates that could be crossed in another order, or on another part."""
    for number, ends in enumerate(gates):
        for x, y in ends:
            if road.beyond(x, y) < 0.0:
                raise reader.at_point(
                    (x, y),
                    f"gate {number} reaches over this part of the road too",
                    "move the parts apart, or change the number of gates",
                )


def _judge_walls(road: Geometry, content: TrackFile, reader: TrackReader) -> None:
    """Refuse barriers and stretches that go on for more than a lap."""
    along = [("barrier", start, end) for _, start, end, _ in content.barriers]
    along += [("stretch", one.start, one.end) for one in content.stretches]
    for number, (name, start, end) in enumerate(along):
        if end - start > road.length or not -road.length <= start <= road.length:
            raise reader.at_table(
                name, number - (len(content.barriers) if name == "stretch" else 0), "from",
                f"a {name} goes beyond the track, which is {road.length:.0f} m long",
                "count its metres from the start line, once round at most",
            )  # fmt: skip


def _judge_pits(road: Geometry, content: TrackFile, reader: TrackReader) -> None:
    """Refuse pits in a bend, in the way of each other or without room beside the road."""
    reach = shape.PIT_LENGTH / 2 + shape.APRON_FLAT + shape.APRON_TAPER
    for number, (distance, side) in enumerate(content.pits):

        def refuse(reason: str, remedy: str, number: int = number) -> Exception:
            return reader.at_table("pit", number, "distance", reason, remedy)

        if distance >= road.length:
            reason = f"a pit lies beyond the track, which is {road.length:.0f} m long"
            raise refuse(reason, "count its metres from the start line")
        around = round(shape.PIT_LENGTH / road.spacing)
        index = round(distance / road.spacing) + np.arange(-around, around + 1)
        bend = float(np.abs(road.curvature[index % road.count]).max())
        if bend > 1.0 / PIT_RADIUS_MIN:
            reason = f"a pit lies in a bend with a radius of {1.0 / bend:.0f} m"
            raise refuse(reason, "move it along the road to a straight")
        sign = 1.0 if side == "right" else -1.0
        outside = shape.PIT_GAP + shape.PIT_WIDTH + shape.APRON_BEYOND
        for along in np.linspace(-reach, reach, 9).tolist():
            full = min(1.0, (reach - abs(along)) / shape.APRON_TAPER)
            at = round((distance + along) / road.spacing) % road.count
            half = float(road.half_widths[at])
            x, y, _ = road.point_at(distance + along, sign * (half + outside * full))
            if not (EDGE < x < road.width - EDGE and EDGE < y < road.height - EDGE):
                raise refuse("there is no room for a pit before the end of the world", "move it")
            if full > 0.2 and road.beyond(x, y) < outside * full - 0.7:
                reason = "a pit reaches onto another part of the road"
                raise refuse(reason, "move it along the road, or to the other side")
        for other, other_side in content.pits[:number]:
            gap = abs(math.remainder(distance - other, road.length))
            if side == other_side and gap < 2 * reach + PITS_APART:
                raise refuse("two pits lie in one place", f"leave {2 * reach:.0f} m between them")


def _judge_canisters(road: Geometry, content: TrackFile, reader: TrackReader) -> None:
    """Refuse canisters that nobody could fetch from the road."""
    places: list[tuple[float, float]] = []
    for number, (distance, offset) in enumerate(content.canisters):
        if distance >= road.length:
            raise reader.at_table(
                "canister", number, "distance",
                f"a canister lies beyond the track, which is {road.length:.0f} m long",
                "count its metres from the start line",
            )  # fmt: skip
        room = float(road.half_widths[int(distance / road.spacing)]) - CANISTER_MARGIN
        if abs(offset) > room:
            raise reader.at_table(
                "canister", number, "offset",
                "a canister lies off the road",
                f"put it at most {room:.1f} m from the middle",
            )  # fmt: skip
        x, y, _ = road.point_at(distance, offset)
        if any(math.dist((x, y), one) < CANISTERS_APART for one in places):
            raise reader.at_table(
                "canister", number, "distance",
                "two canisters lie in one place",
                f"leave {CANISTERS_APART:g} m between them",
            )  # fmt: skip
        places.append((x, y))


def _judge_scenery(road: Geometry, content: TrackFile, reader: TrackReader) -> None:
    """Refuse scenery that stands on the road, and water that runs over it."""
    rim = np.linspace(0.0, 2 * math.pi, 96, endpoint=False)
    for number, one in enumerate(content.scenery):
        if road.beyond(one.x, one.y) < 2.0:
            raise reader.at_table(
                "scenery", number, "at", f"a {one.kind} stands on the road", "move it aside"
            )
        if one.kind == "pond":
            shares = np.linspace(0.1, 1.3, 40)[:, None] * one.size
            xs, ys = one.x + shares * np.cos(rim), one.y + shares * np.sin(rim)
            wet = shape.pond_depth(one, content.scenery_seed, xs, ys) < 0.0
            index, _ = shape.located(road, xs[wet], ys[wet])
            away = np.hypot(xs[wet] - road.points[index, 0], ys[wet] - road.points[index, 1])
            if (away - road.half_widths[index]).min() < SHORE:
                raise reader.at_table(
                    "scenery", number, "at", "a pond reaches onto the road",
                    "move it away, or make it smaller",
                )  # fmt: skip
