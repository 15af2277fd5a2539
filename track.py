"""One track: surface, walls, gates, and the progress along its centreline.

A `Track` does not change once loaded and answers in constant time what a
race asks sixty times a second for each car. `load_track` reads a file (see
`track_file.py`) and refuses a track that cannot be raced (`track_judge.py`),
naming file, line and remedy. No rules of racing are here.

Units: metres, radians; x grows right, y grows down; offsets from the
centreline are positive to the right of the direction of travel.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from mypy_extensions import i64

import track_shape as shape
from car import Surface
from track_cache import TrackCache, cache_folder
from track_crossing import ROADS_APART as ROADS_APART
from track_file import TRACKS as TRACKS
from track_file import Scenery as Scenery
from track_file import TrackFile, TrackReader
from track_geometry import Arrays, Geometry
from track_judge import EDGE as EDGE
from track_judge import GRID_ASIDE, GRID_BOXES, GRID_FIRST, GRID_STEP, judge
from track_parts import Canister as Canister
from track_parts import Gate as Gate
from track_parts import Pit as Pit
from track_parts import Place as Place
from track_parts import Sample
from track_parts import Wall as Wall

GATE_REACH: Final = 7.0
"""A gate reaches so far beyond each edge of the road, or across sand and pit."""
CELLS_A_METRE: Final = 1.0 / shape.CELL
SURFACES: Final[tuple[Surface, ...]] = tuple(Surface)
"""By number: to make one anew for each car and tick takes longer than to look it up."""
WALK_STEPS: Final = 4
"""A car that was somewhere a moment ago is no more samples away than this."""
COARSE_REACH: Final = 24
"""Samples each way that are searched about what the coarse map says: on the inside
of a bend the nearest one changes fast from place to place."""
CROSSING_EDGE: Final = 12.0
"""Beyond a crossing's reach, metres: from here on the coarse map alone is right."""
CELL: Final = 8.0
"""What lies about is kept by cells of this size."""
WALL_REACH: Final = 4.0
"""`near_walls` misses nothing within this distance."""
CANISTER_REACH: Final = 4.2
"""Nor does `near_canisters`: a car that touches one is no further away."""
APRON_WALL: Final = 1.2
"""A barrier stands so far beyond the asphalt of a pit."""
TARGET_SPEEDS: Final[tuple[float, ...]] = (24.0, 27.0, 30.0)
"""Mean speeds for bronze, silver and gold, where a file gives no times; m/s."""
TYRES_BEYOND: Final = 1.5
"""Tyre walls stand so far beyond the sand."""


class Track:
    """A track ready to be raced on; made by `load_track`."""

    def __init__(
        self, name: str, content: TrackFile, digest: str, made: Arrays | None = None
    ) -> None:
        self.name = name
        self.title = content.title
        self.about = content.about
        """A line for menus; may be empty."""
        self.digest = digest
        self.look = content.look()
        """What its picture is made of; a bake of another look is done again."""
        self.night = content.night
        self.landscape, self.palette = content.landscape, content.palette
        self.hills = content.hills
        self.scenery = content.scenery
        self.scenery_seed = content.scenery_seed
        road = Geometry(content, made)
        self.geometry = road
        self.width, self.height = road.width, road.height
        self.points, self.tangents, self.normals = road.points, road.tangents, road.normals
        self.length, self.count, self.spacing = road.length, road.count, road.spacing
        self.half_widths, self.curvature = road.half_widths, road.curvature
        self.road = road.road
        self.kerb_left, self.kerb_right = road.kerb_left, road.kerb_right
        self.sand_left, self.sand_right = road.sand_left, road.sand_right
        self.apron_left, self.apron_right = road.apron_left, road.apron_right
        self.crossings = road.crossings
        self.racing_line, self.nearest = road.racing_line, road.nearest
        self.targets_s = content.targets_s or _targets(self.length)
        """Lap times for a medal: bronze, silver, gold."""
        self._rows: i64 = road.surfaces.shape[0]
        self._columns: i64 = road.surfaces.shape[1]
        self._surfaces: bytes = road.surfaces.tobytes()
        # Plain lists: reading one number from an array takes longer than
        # the arithmetic done with it.
        self._coarse: list[list[int]] = self.nearest.tolist()
        self._coarse_rows, self._coarse_columns = self.nearest.shape
        rows = np.column_stack([self.points, self.tangents, self.half_widths]).tolist()
        self._samples = [Sample(*row) for row in rows]
        self.gate_step = self.length / content.gates
        """From one gate to the next."""
        self.gates = tuple(self._gate(number, content.gates) for number in range(content.gates))
        self.grid = tuple(self._box(number) for number in range(GRID_BOXES))
        self.canisters = tuple(
            Canister(*self.point_at(distance, offset)[:2]) for distance, offset in content.canisters
        )
        self.pits = tuple(self._pit(*one) for one in content.pits)
        self.walls = tuple(self._tyre_walls() + self._barriers(content.barriers))
        self._cell_columns: i64 = int(self.width / CELL) + 2
        self._cell_rows: i64 = int(self.height / CELL) + 2
        # One more than the world has: nothing lies in the last.
        cells = self._cell_columns * self._cell_rows + 1
        self._wall_cells: list[tuple[Wall, ...]] = [()] * cells
        for wall in self.walls:
            for cell in self._cells_about(wall.ax, wall.ay, wall.bx, wall.by, WALL_REACH):
                self._wall_cells[cell] += (wall,)
        self._canister_cells: list[tuple[int, ...]] = [()] * cells
        for number, (x, y) in enumerate(self.canisters):
            for cell in self._cells_about(x, y, x, y, CANISTER_REACH):
                self._canister_cells[cell] += (number,)

    # What a race asks

    def locate(
        self, x: float, y: float, hint: int | None = None, *, heading: float | None = None
    ) -> Place:
        """Return where a point is on the track.

        Args:
            hint: the sample of a moment ago. It keeps a car on its part of
                the road: who cuts across to another part must come back for
                the gates. Without it a coarse map is asked, which is exact
                on and about the road.
            heading: which way the car points, where there is no hint: at a
                crossing it decides which branch the car is on.
        """
        if hint is not None:
            return self._place_at(x, y, self.nearest_sample(x, y, hint))
        for crossing in self.crossings:
            if math.dist((x, y), crossing[:2]) < crossing.reach:
                return self._on_branch(x, y, heading, (crossing.first, crossing.second))
        row = min(max(int(y / shape.COARSE_CELL), 0), self._coarse_rows - 1)
        column = min(max(int(x / shape.COARSE_CELL), 0), self._coarse_columns - 1)
        place = self._search(x, y, self._coarse[row][column], COARSE_REACH)
        for crossing in self.crossings:
            # Beside a crossing one cell of the map can lie between both roads.
            if math.dist((x, y), crossing[:2]) < crossing.reach + CROSSING_EDGE:
                places = [place, *self._branches(x, y, (crossing.first, crossing.second))]
                return min(places, key=lambda one: self._distance_to(x, y, one.sample))
        return place

    def distance_at(self, x: float, y: float, sample: int) -> float:
        """Return how far along the track a point is, by the sample nearest to it."""
        at = self._samples[sample]
        return float(sample) * self.spacing + (x - at.x) * at.tx + (y - at.y) * at.ty

    def speed_along(self, vx: float, vy: float, sample: int) -> float:
        """Return how fast a velocity leads along the track at a sample; negative against it."""
        at = self._samples[sample]
        return vx * at.tx + vy * at.ty

    def is_beside(self, x: float, y: float, sample: int) -> bool:
        """Whether a point is off the road, by the sample nearest to it."""
        at = self._samples[sample]
        return abs((y - at.y) * at.tx - (x - at.x) * at.ty) > at.half_width

    def relocate(self, x: float, y: float, hint: int) -> Place:
        """Return where a point is on the track, wherever it was a moment ago.

        At a crossing, who is still on the branch of the hint stays on it.
        """
        for crossing in self.crossings:
            if math.dist((x, y), crossing[:2]) < crossing.reach:
                same = self.locate(x, y, hint)
                if abs(same.offset) < float(self.half_widths[same.sample]):
                    return same
        return self.locate(x, y)

    def _on_branch(
        self, x: float, y: float, heading: float | None, branches: tuple[int, int]
    ) -> Place:
        """Return the place on the branch that a car drives on, of two that meet."""
        places = self._branches(x, y, branches)
        on_road = [one for one in places if abs(one.offset) < self.half_widths[one.sample]]

        def along(place: Place) -> float:
            tx, ty = self.tangents_at(place.sample)
            return abs(math.cos(heading or 0.0) * tx + math.sin(heading or 0.0) * ty)

        if len(on_road) == 2 and heading is not None:
            return max(places, key=along)
        return min(places, key=lambda one: abs(one.offset))

    def _branches(self, x: float, y: float, branches: tuple[int, int]) -> list[Place]:
        """Return the place on each of two branches that meet."""
        reach = round(40.0 / self.spacing)
        return [self._search(x, y, middle, reach) for middle in branches]

    def _distance_to(self, x: float, y: float, sample: int) -> float:
        at = self._samples[sample]
        return math.hypot(at.x - x, at.y - y)

    def nearest_sample(self, x: float, y: float, hint: int) -> int:
        """Return the sample nearest to a point, a few steps from that of a moment ago."""
        samples = self._samples
        count: i64 = self.count
        best: i64 = hint % self.count
        at = samples[best]
        dx, dy = x - at.x, y - at.y
        step: i64 = 1 if dx * at.tx + dy * at.ty > 0.0 else -1
        least = dx * dx + dy * dy
        for _walked in range(WALK_STEPS):
            index = best + step
            # Over the line: to take a remainder at each step takes longer than the walk.
            if index == count:
                index = 0
            elif index < 0:
                index = count - 1
            at = samples[index]
            dx, dy = x - at.x, y - at.y
            square = dx * dx + dy * dy
            if square >= least:
                break
            best, least = index, square
        return best

    def _place_at(self, x: float, y: float, sample: int) -> Place:
        """Return where a point is, by the sample nearest to it."""
        at = self._samples[sample]
        dx, dy = x - at.x, y - at.y
        tx, ty = at.tx, at.ty
        along = (sample * self.spacing + dx * tx + dy * ty) % self.length
        # The remainder of a hair before the line rounds up to a whole lap.
        return Place(sample, along if along < self.length else 0.0, dy * tx - dx * ty)

    def _search(self, x: float, y: float, middle: int, reach: int) -> Place:
        samples, count = self._samples, self.count
        best, least = middle, math.inf
        for index in range(middle - reach, middle + reach + 1):
            index %= count
            at = samples[index]
            away_x, away_y = at.x - x, at.y - y
            square = away_x * away_x + away_y * away_y
            if square < least:
                best, least = index, square
        return self._place_at(x, y, best)

    def surface_at(self, x: float, y: float) -> Surface:
        """Return what lies at a point; beyond the world it is grass."""
        column: i64 = int(x * CELLS_A_METRE)
        row: i64 = int(y * CELLS_A_METRE)
        columns, rows = self._columns, self._rows
        if 0 <= column < columns and 0 <= row < rows:
            return SURFACES[self._surfaces[row * columns + column]]
        return Surface.GRASS

    def near_walls(self, x: float, y: float) -> tuple[Wall, ...]:
        """Return the walls that may be within `WALL_REACH` of a point; beyond the world none."""
        return self._wall_cells[self._cell_of(x, y)]

    def near_canisters(self, x: float, y: float) -> tuple[int, ...]:
        """Return the numbers of the canisters that may be within `CANISTER_REACH` of a point."""
        return self._canister_cells[self._cell_of(x, y)]

    def _cell_of(self, x: float, y: float) -> i64:
        """Return the number of the cell that a point lies in; beyond the world it is the last."""
        column: i64 = int(x / CELL)
        row: i64 = int(y / CELL)
        columns, rows = self._cell_columns, self._cell_rows
        if 0 <= column < columns and 0 <= row < rows:
            return row * columns + column
        return rows * columns

    def point_at(self, distance: float, offset: float = 0.0) -> tuple[float, float, float]:
        """Return x, y and the heading of travel at a place along the track."""
        index = math.floor(distance / self.spacing) % self.count
        at = self._samples[index]
        tx, ty = at.tx, at.ty
        rest = distance - math.floor(distance / self.spacing) * self.spacing
        x = at.x + tx * rest - ty * offset
        y = at.y + ty * rest + tx * offset
        return x, y, math.atan2(ty, tx)

    def tangents_at(self, index: int) -> tuple[float, float]:
        """Return the direction of travel at a sample, of length 1."""
        at = self._samples[index]
        return at.tx, at.ty

    # Making

    def _gate(self, number: int, gates: int) -> Gate:
        distance = number * self.length / gates
        x, y, heading = self.point_at(distance)
        tx, ty = math.cos(heading), math.sin(heading)
        index = int(distance / self.spacing) % self.count
        half = float(self.half_widths[index])
        # Who runs wide through deep sand has lost enough time already.
        left, right = (
            half + max(GATE_REACH, float(max(sand[index], apron[index])) + TYRES_BEYOND)
            for sand, apron in (
                (self.sand_left, self.apron_left), (self.sand_right, self.apron_right)
            )
        )  # fmt: skip
        return Gate(distance, x + ty * left, y - tx * left, x - ty * right, y + tx * right, tx, ty)

    def _box(self, number: int) -> tuple[float, float, float]:
        aside = -GRID_ASIDE if number % 2 == 0 else GRID_ASIDE
        return self.point_at(self.length - GRID_FIRST - number * GRID_STEP, aside)

    def _pit(self, distance: float, side: str) -> Pit:
        half = float(self.half_widths[round(distance / self.spacing) % self.count])
        aside = half + shape.PIT_GAP + shape.PIT_WIDTH / 2
        place = self.point_at(distance, aside if side == "right" else -aside)
        return Pit(*place, shape.PIT_LENGTH, shape.PIT_WIDTH)

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
            apron = self.apron_right if side == "right" else self.apron_left
            # The wall stands back where there is a pit.
            aside = self.half_widths + np.maximum(
                beyond, np.where(apron > 0.0, apron + APRON_WALL, 0.0)
            )
            first, last = round(start / self.spacing), round(end / self.spacing)
            for index in range(first, last, step):
                ends = [
                    (at % self.count, sign * float(aside[at % self.count]))
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

    def _cells_about(self, ax: float, ay: float, bx: float, by: float, reach: float) -> list[int]:
        """Return the cells of the world within reach of the box of two corners."""
        low_x, high_x = int((min(ax, bx) - reach) / CELL), int((max(ax, bx) + reach) / CELL)
        low_y, high_y = int((min(ay, by) - reach) / CELL), int((max(ay, by) + reach) / CELL)
        return [
            row * self._cell_columns + column
            for row in range(max(low_y, 0), min(high_y, self._cell_rows - 1) + 1)
            for column in range(max(low_x, 0), min(high_x, self._cell_columns - 1) + 1)
        ]


# Loading


def track_names(folder: Path = TRACKS) -> list[str]:
    """Return the names of the tracks in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


@lru_cache(maxsize=16)
def track_of(name: str) -> Track:
    """Return a track of the game, loaded once; raises as `load_track` does."""
    return load_track(TRACKS / f"{name}.toml", cache_folder())


def load_track(path: Path, cache: Path | None = None) -> Track:
    """Return the track of a file.

    Args:
        cache: where what takes long to work out is kept; nowhere by default.

    Raises:
        BadTrackFile: it cannot be read, a value is missing or out of range,
            or nobody could race on what it describes.
    """
    reader = TrackReader(path)
    content = reader.content()
    kept = TrackCache(cache, reader.digest) if cache is not None else None
    made = kept.read() if kept is not None else None
    track = Track(reader.name, content, reader.digest, made)
    gates = [((gate.ax, gate.ay), (gate.bx, gate.by)) for gate in track.gates]
    judge(track.geometry, gates, content, reader)
    if kept is not None and made is None:
        kept.write(track.geometry.slow_parts())
    return track


def _targets(length: float) -> tuple[float, float, float]:
    bronze, silver, gold = (round(length / speed, 1) for speed in TARGET_SPEEDS)
    return bronze, silver, gold
