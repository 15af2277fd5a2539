"""One track: surface, walls, gates, and the progress along its centreline.

A `Track` does not change once loaded and answers in constant time what a
race asks sixty times a second for each car. `load_track` reads a file (see
`track_file.py`) and refuses a track that cannot be raced, naming file, line
and remedy. No rules of racing are here.

Units: metres, radians; x grows right, y grows down; offsets from the
centreline are positive to the right of the direction of travel.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import track_shape as shape
from car import CAR_LENGTH, CAR_WIDTH, Surface
from track_file import Scenery as Scenery
from track_file import TrackFile, TrackReader

TRACKS = Path(__file__).parent / "assets" / "tracks"
"""Where the tracks of the game lie."""
GRID_BOXES = 8
GRID_FIRST = 6.0
"""The first box lies so far before the line."""
GRID_STEP = 6.2
GRID_ASIDE = 3.6
GATE_REACH = 7.0
"""A gate reaches so far beyond each edge of the road, or across the sand."""
EDGE = 2.0
"""The world ends with a wall so far from its border."""
ROADS_APART = 3.0
"""Least strip between two parts of the road."""
GRID_RADIUS_MIN = 40.0
"""The grid stands on a road that bends no more than this."""
WALL_CELL = 8.0
WALL_REACH = 4.0
"""`near_walls` misses nothing within this distance."""
TYRES_BEYOND = 1.5
"""Tyre walls stand so far beyond the sand."""


class Place(NamedTuple):
    """Where something is, as the track sees it."""

    sample: int
    """Nearest sample of the centreline."""
    distance: float
    """Along the centreline from the start line, from 0 to the track's length."""
    offset: float
    """From the centreline, positive to the right."""


class Wall(NamedTuple):
    """A straight piece of wall."""

    ax: float
    ay: float
    bx: float
    by: float
    kind: str
    """"tyres" or "barrier"."""


class Gate(NamedTuple):
    """A line across the track; crossing it forwards counts."""

    distance: float
    ax: float
    ay: float
    bx: float
    by: float
    tx: float
    """Direction of travel, of length 1."""
    ty: float


class Track:
    """A track ready to be raced on; made by `load_track`."""

    def __init__(self, name: str, content: TrackFile, digest: str) -> None:
        self.name = name
        self.title = content.title
        self.digest = digest
        self.width, self.height = content.world
        self.scenery = content.scenery
        self.scenery_seed = content.scenery_seed
        self.points, widths, self.length = shape.centreline(np.array(content.control, float))
        self.count = len(self.points)
        self.spacing = self.length / self.count
        self.half_widths = widths / 2
        self.tangents, self.normals = shape.directions(self.points)
        self.curvature = shape.curvature(self.points, self.spacing)
        self.kerb_left, self.kerb_right = shape.kerbs(
            self.curvature, self.spacing, content.kerb_radius
        )
        self.sand_left, self.sand_right = shape.sand(
            self.curvature, self.spacing, content.sand_radius, content.sand_width
        )
        self.racing_line = shape.racing_line(self.points, self.normals, self.half_widths)
        self.nearest = shape.nearest_map(self.points, self.width, self.height)
        cells = shape.surface_map(self, self.width, self.height)
        self._columns = cells.shape[1]
        self._rows = cells.shape[0]
        self._surfaces = cells.tobytes()
        # Plain lists: reading one number from an array takes longer than
        # the arithmetic done with it.
        self._coarse: list[list[int]] = self.nearest.tolist()
        self._coarse_rows, self._coarse_columns = self.nearest.shape
        self._xs: list[float] = self.points[:, 0].tolist()
        self._ys: list[float] = self.points[:, 1].tolist()
        self._txs: list[float] = self.tangents[:, 0].tolist()
        self._tys: list[float] = self.tangents[:, 1].tolist()
        self.gates = tuple(self._gate(number, content.gates) for number in range(content.gates))
        self.grid = tuple(self._box(number) for number in range(GRID_BOXES))
        self.walls = tuple(self._tyre_walls() + self._barriers(content.barriers))
        self._wall_cells = self._sorted_walls()
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    # What a race asks

    def locate(self, x: float, y: float, hint: int | None = None) -> Place:
        """Return where a point is on the track.

        Args:
            hint: the sample of a moment ago. It keeps a car on its part of
                the road: who cuts across to another part must come back for
                the gates. Without it a coarse map is asked, which is exact
                on and about the road.
        """
        reach = 4
        if hint is None:
            row = min(max(int(y / shape.COARSE_CELL), 0), self._coarse_rows - 1)
            column = min(max(int(x / shape.COARSE_CELL), 0), self._coarse_columns - 1)
            hint = self._coarse[row][column]
            reach = 9
        xs, ys, count = self._xs, self._ys, self.count
        best, least = hint, math.inf
        for index in range(hint - reach, hint + reach + 1):
            index %= count
            away_x, away_y = xs[index] - x, ys[index] - y
            square = away_x * away_x + away_y * away_y
            if square < least:
                best, least = index, square
        dx, dy = x - self._xs[best], y - self._ys[best]
        tx, ty = self._txs[best], self._tys[best]
        along = (best * self.spacing + dx * tx + dy * ty) % self.length
        # The remainder of a hair before the line rounds up to a whole lap.
        return Place(best, along if along < self.length else 0.0, dy * tx - dx * ty)

    def surface_at(self, x: float, y: float) -> Surface:
        """Return what lies at a point; beyond the world it is grass."""
        column, row = int(x / shape.CELL), int(y / shape.CELL)
        if 0 <= column < self._columns and 0 <= row < self._rows:
            return Surface(self._surfaces[row * self._columns + column])
        return Surface.GRASS

    def near_walls(self, x: float, y: float) -> tuple[Wall, ...]:
        """Return the walls that may be within `WALL_REACH` of a point."""
        return self._wall_cells.get((int(x / WALL_CELL), int(y / WALL_CELL)), ())

    def point_at(self, distance: float, offset: float = 0.0) -> tuple[float, float, float]:
        """Return x, y and the heading of travel at a place along the track."""
        index = math.floor(distance / self.spacing) % self.count
        tx, ty = self._txs[index], self._tys[index]
        rest = distance - math.floor(distance / self.spacing) * self.spacing
        x = self._xs[index] + tx * rest - ty * offset
        y = self._ys[index] + ty * rest + tx * offset
        return x, y, math.atan2(ty, tx)

    def tangents_at(self, index: int) -> tuple[float, float]:
        """Return the direction of travel at a sample, of length 1."""
        return self._txs[index], self._tys[index]

    # Making

    def _gate(self, number: int, gates: int) -> Gate:
        distance = number * self.length / gates
        x, y, heading = self.point_at(distance)
        tx, ty = math.cos(heading), math.sin(heading)
        index = int(distance / self.spacing) % self.count
        half = float(self.half_widths[index])
        # Who runs wide through deep sand has lost enough time already.
        left = half + max(GATE_REACH, float(self.sand_left[index]) + TYRES_BEYOND)
        right = half + max(GATE_REACH, float(self.sand_right[index]) + TYRES_BEYOND)
        return Gate(distance, x + ty * left, y - tx * left, x - ty * right, y + tx * right, tx, ty)

    def _box(self, number: int) -> tuple[float, float, float]:
        aside = -GRID_ASIDE if number % 2 == 0 else GRID_ASIDE
        return self.point_at(self.length - GRID_FIRST - number * GRID_STEP, aside)

    def _tyre_walls(self) -> list[Wall]:
        walls: list[Wall] = []
        step = 4
        for side, widths in ((-1.0, self.sand_left), (1.0, self.sand_right)):
            for index in range(0, self.count, step):
                ahead = (index + step) % self.count
                if widths[index] > 4.0 and widths[ahead] > 4.0:
                    ends = [
                        (at, side * (self.half_widths[at] + widths[at] + TYRES_BEYOND))
                        for at in (index, ahead)
                    ]
                    self._add_wall(walls, ends, "tyres")
        return walls

    def _barriers(self, barriers: list[tuple[str, float, float, float]]) -> list[Wall]:
        walls: list[Wall] = []
        step = 5
        for side, start, end, beyond in barriers:
            sign = 1.0 if side == "right" else -1.0
            first, last = round(start / self.spacing), round(end / self.spacing)
            for index in range(first, last, step):
                ends = [
                    (at % self.count, sign * (self.half_widths[at % self.count] + beyond))
                    for at in (index, min(index + step, last))
                ]
                self._add_wall(walls, ends, "barrier")
        return walls

    def _add_wall(self, walls: list[Wall], ends: list[tuple[int, float]], kind: str) -> None:
        corners: list[float] = []
        for index, offset in ends:
            corners.extend((self.points[index] + self.normals[index] * offset).tolist())
        # A wall is dropped where another part of the road passes.
        for x, y in ((corners[0], corners[1]), (corners[2], corners[3])):
            near = self.locate(x, y)
            if abs(near.offset) < float(self.half_widths[near.sample]) + 2.0:
                return
        ax, ay, bx, by = corners
        walls.append(Wall(ax, ay, bx, by, kind))

    def _sorted_walls(self) -> dict[tuple[int, int], tuple[Wall, ...]]:
        cells: dict[tuple[int, int], list[Wall]] = {}
        for wall in self.walls:
            low_x = int((min(wall.ax, wall.bx) - WALL_REACH) / WALL_CELL)
            high_x = int((max(wall.ax, wall.bx) + WALL_REACH) / WALL_CELL)
            low_y = int((min(wall.ay, wall.by) - WALL_REACH) / WALL_CELL)
            high_y = int((max(wall.ay, wall.by) + WALL_REACH) / WALL_CELL)
            for column in range(low_x, high_x + 1):
                for row in range(low_y, high_y + 1):
                    cells.setdefault((column, row), []).append(wall)
        return {cell: tuple(walls) for cell, walls in cells.items()}


# Loading


def track_names(folder: Path = TRACKS) -> list[str]:
    """Return the names of the tracks in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


@lru_cache(maxsize=16)
def track_of(name: str) -> Track:
    """Return a track of the game, loaded once; raises as `load_track` does."""
    return load_track(TRACKS / f"{name}.toml")


def load_track(path: Path) -> Track:
    """Return the track of a file.

    Raises:
        BadTrackFile: it cannot be read, a value is missing or out of range,
            or nobody could race on what it describes.
    """
    reader = TrackReader(path)
    content = reader.content()
    track = Track(reader.name, content, reader.digest)
    _judge_road(track, reader)
    _judge_grid(track, reader)
    _judge_beside(track, reader, content)
    return track


def _judge_road(track: Track, reader: TrackReader) -> None:
    """Refuse a road that leaves the world, bends too much or meets itself."""
    edges = np.hstack([track.points + side * track.half_widths[:, None] * track.normals
                       for side in (-1.0, 1.0)])  # fmt: skip
    room = np.minimum(edges, np.array([track.width, track.height] * 2) - edges).min(1)
    if room.min() < EDGE + 2.0:
        raise reader.at_point(
            track.points[int(room.argmin())],
            "the road leaves the world near this point",
            "move it inwards",
        )
    bends = np.abs(track.curvature)
    radius = 1.0 / max(1e-9, float(bends.max()))
    if radius < float(track.half_widths.max()) * 0.9:
        raise reader.at_point(
            track.points[int(bends.argmax())],
            f"the road bends with a radius of {radius:.0f} m, tighter than it is wide",
            "move its neighbours apart",
        )
    crossing = _crossing(track)
    if crossing is not None:
        raise reader.at_point(
            track.points[crossing],
            "the road crosses or touches itself near this point",
            f"leave {ROADS_APART:g} m between its parts",
        )


def _judge_grid(track: Track, reader: TrackReader) -> None:
    """Refuse a track without a straight to start from."""
    bends = np.abs(track.curvature)
    back = GRID_FIRST + GRID_BOXES * GRID_STEP + CAR_LENGTH
    grid_bend = float(bends[-int(back / track.spacing) :].max())
    grid_half = float(track.half_widths[-int(back / track.spacing) :].min())
    if track.length < 4 * back or grid_bend > 1.0 / GRID_RADIUS_MIN:
        raise reader.at_point(
            track.points[0],
            "there is no room for the grid before the start line",
            f"begin on a straight with {back:.0f} m before the first point",
        )
    if grid_half < GRID_ASIDE + CAR_WIDTH / 2 + 0.5:
        raise reader.at_point(
            track.points[0],
            "the road is too narrow for the grid before the start line",
            f"make it {2 * GRID_ASIDE + CAR_WIDTH + 1:g} m wide there",
        )


def _judge_beside(track: Track, reader: TrackReader, content: TrackFile) -> None:
    """Refuse gates, barriers and scenery that are in the way."""
    for number, gate in enumerate(track.gates):
        for x, y in ((gate.ax, gate.ay), (gate.bx, gate.by)):
            end = track.locate(x, y)
            if abs(end.offset) < track.half_widths[end.sample]:
                raise reader.at_point(
                    (x, y),
                    f"gate {number} reaches over this part of the road too",
                    "move the parts apart, or change the number of gates",
                )
    for number, (_, start, end_at, _) in enumerate(content.barriers):
        if end_at - start > track.length or not -track.length <= start <= track.length:
            raise reader.at_barrier(
                number,
                f"a barrier goes beyond the track, which is {track.length:.0f} m long",
                "count its metres from the start line, once round at most",
            )
    for number, one in enumerate(track.scenery):
        place = track.locate(one.x, one.y)
        if abs(place.offset) < track.half_widths[place.sample] + 2.0:
            raise reader.at_scenery(number, f"a {one.kind} stands on the road", "move it aside")


def _crossing(track: Track) -> int | None:
    """Return a sample where the road comes too close to another part of itself."""
    index = np.arange(0, track.count, 4)
    points, halves = track.points[index], track.half_widths[index]
    for number, at in enumerate(index):
        gap = np.hypot(*(points - points[number]).T) - halves - halves[number]
        along = np.abs(index - at) * track.spacing
        along = np.minimum(along, track.length - along)
        if ((gap < ROADS_APART) & (along > 4.0 * halves + 12.0)).any():
            return int(at)
    return None
