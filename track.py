"""One track: surface, walls, gates, and the progress along its centreline.

A `Track` does not change once loaded and answers in constant time what a
race asks sixty times a second for each car. `load_track` reads a TOML file
(`assets/tracks/meadow.toml` explains the keys) and refuses a track that
cannot be raced, naming file, line and remedy. No rules of racing are here.

Units: metres, radians; x grows right, y grows down; offsets from the
centreline are positive to the right of the direction of travel.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import track_shape as shape
from car import CAR_LENGTH, Surface
from errors import BadTrackFile

TRACKS = Path(__file__).parent / "assets" / "tracks"
"""Where the tracks of the game lie."""
FILE_BYTES_MAX = 65_536
CONTROL_MIN, CONTROL_MAX = 6, 200
WIDTH_MIN, WIDTH_MAX = 9.0, 30.0
WORLD_MIN, WORLD_MAX = 100.0, 800.0
GATES_MIN, GATES_MAX = 4, 64
GRID_BOXES = 8
GRID_FIRST = 6.0
"""The first box lies so far before the line."""
GRID_STEP = 6.2
GRID_ASIDE = 3.6
GATE_REACH = 7.0
"""A gate reaches so far beyond each edge of the road."""
EDGE = 2.0
"""The world ends with a wall so far from its border."""
ROADS_APART = 3.0
"""Least strip between two parts of the road."""
WALL_CELL = 8.0
WALL_REACH = 4.0
"""`near_walls` misses nothing within this distance."""
TYRES_BEYOND = 1.5
"""Tyre walls stand so far beyond the sand."""
SCENERY = ("paddock", "stand", "pond", "tent")


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


class Scenery(NamedTuple):
    """Something that stands beside the road, for the eye only."""

    kind: str
    x: float
    y: float
    angle: float
    size: float


@dataclass(frozen=True, slots=True)
class TrackFile:
    """What a track file says, checked for type and range."""

    title: str
    world: tuple[float, float]
    gates: int
    control: list[tuple[float, float, float]]
    kerb_radius: float
    sand_radius: float
    sand_width: float
    barriers: list[tuple[str, float, float, float]]
    scenery: tuple[Scenery, ...]
    scenery_seed: int


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
        self._xs: list[float] = self.points[:, 0].tolist()
        self._ys: list[float] = self.points[:, 1].tolist()
        self._txs: list[float] = self.tangents[:, 0].tolist()
        self._tys: list[float] = self.tangents[:, 1].tolist()
        self.gates = tuple(self._gate(number, content.gates) for number in range(content.gates))
        self.grid = tuple(self._box(number) for number in range(GRID_BOXES))
        self.walls = tuple(self._tyre_walls() + self._barriers(content.barriers))
        self._wall_cells = self._sorted_walls()

    # What a race asks

    def locate(self, x: float, y: float, hint: int | None = None) -> Place:
        """Return where a point is on the track.

        Args:
            hint: the index of a moment ago; without it, a coarse map is asked,
                which may be a few samples off far away from the road.
        """
        reach = 4
        if hint is None:
            row = min(max(int(y / shape.COARSE_CELL), 0), self.nearest.shape[0] - 1)
            column = min(max(int(x / shape.COARSE_CELL), 0), self.nearest.shape[1] - 1)
            hint = int(self.nearest[row, column])
            reach = 9
        xs, ys, count = self._xs, self._ys, self.count
        best, least = hint, math.inf
        for index in range(hint - reach, hint + reach + 1):
            index %= count
            dx, dy = xs[index] - x, ys[index] - y
            square = dx * dx + dy * dy
            if square < least:
                best, least = index, square
        dx, dy = x - xs[best], y - ys[best]
        tx, ty = self._txs[best], self._tys[best]
        along = (best * self.spacing + dx * tx + dy * ty) % self.length
        return Place(best, along, dy * tx - dx * ty)

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
        index = int(distance / self.spacing) % self.count
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
        reach = float(self.half_widths[index]) + GATE_REACH
        return Gate(
            distance, x + ty * reach, y - tx * reach, x - ty * reach, y + tx * reach, tx, ty
        )

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


def load_track(path: Path) -> Track:
    """Return the track of a file.

    Raises:
        BadTrackFile: it cannot be read, a value is missing or out of range,
            or nobody could race on what it describes.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise BadTrackFile(path, reason, "check that the file is there") from error
    reader = _Reader(path, raw)
    content = reader.content()
    track = Track(path.stem, content, hashlib.sha256(raw).hexdigest()[:16])
    reader.judge(track, content)
    return track


class _Reader:
    """Reads one track file and says what is wrong, with the line."""

    def __init__(self, path: Path, raw: bytes) -> None:
        self._path = path
        if len(raw) > FILE_BYTES_MAX:
            raise BadTrackFile(path, "it is too long for a track", "see meadow.toml")
        try:
            self._text = raw.decode()
            self._data: dict[str, Any] = tomllib.loads(self._text)
        except UnicodeDecodeError as error:
            raise BadTrackFile(path, "it is not UTF-8 text", "save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found.group(1)) if found else None
            reason = f"it is not TOML ({error})"
            raise BadTrackFile(path, reason, "mend the line", line) from error

    def content(self) -> TrackFile:
        """Return the values of the file."""
        data = self._data
        title = data.get("title")
        if not isinstance(title, str) or not 1 <= len(title) <= 32:
            raise self._bad("title", "no title", "give one of 1 to 32 characters")
        world = data.get("world")
        if not isinstance(world, list) or len(world) != 2:
            raise self._bad("world", "no world", "write world = [width, height]")
        width, height = (self._number(one, "world", WORLD_MIN, WORLD_MAX) for one in world)
        surfaces = data.get("surfaces", {})
        if not isinstance(surfaces, dict):
            raise self._bad("surfaces", "surfaces is no table", "write [surfaces]")
        gates = data.get("gates")
        if type(gates) is not int or not GATES_MIN <= gates <= GATES_MAX:
            remedy = f"write gates = a whole number from {GATES_MIN} to {GATES_MAX}"
            raise self._bad("gates", "the number of gates is missing or out of range", remedy)
        return TrackFile(
            title=title,
            world=(width, height),
            gates=gates,
            control=self._control(width, height),
            kerb_radius=self._number(surfaces.get("kerb_radius", 60.0), "kerb_radius", 1, 500),
            sand_radius=self._number(surfaces.get("sand_radius", 48.0), "sand_radius", 1, 500),
            sand_width=self._number(surfaces.get("sand_width", 12.0), "sand_width", 0, 40),
            barriers=[self._barrier(one) for one in self._tables("barrier")],
            scenery=tuple(self._scenery(one, width, height) for one in self._tables("scenery")),
            scenery_seed=int(self._number(data.get("scenery_seed", 1), "scenery_seed", 0, 1e9)),
        )

    def _control(self, width: float, height: float) -> list[tuple[float, float, float]]:
        rows = self._data.get("control")
        if not isinstance(rows, list) or not CONTROL_MIN <= len(rows) <= CONTROL_MAX:
            remedy = f"give {CONTROL_MIN} to {CONTROL_MAX} rows of [x, y, width]"
            raise self._bad("control", "too few or too many control points", remedy)
        points: list[tuple[float, float, float]] = []
        for number, row in enumerate(rows):
            line = self._control_line(number)
            if not isinstance(row, list) or len(row) != 3 or not all(map(_is_number, row)):
                raise self._at(line, "a control point is not [x, y, width]", "write three numbers")
            x, y, road = (float(one) for one in row)
            margin = road / 2 + EDGE + 2
            if not (margin <= x <= width - margin and margin <= y <= height - margin):
                raise self._at(line, "the road leaves the world here", "move the point inwards")
            if not WIDTH_MIN <= road <= WIDTH_MAX:
                remedy = f"make it {WIDTH_MIN:g} to {WIDTH_MAX:g} m wide"
                raise self._at(line, f"the road is {road:g} m wide here", remedy)
            if points and math.hypot(x - points[-1][0], y - points[-1][1]) < 1.0:
                raise self._at(line, "this point repeats the one before", "remove one of them")
            points.append((x, y, road))
        return points

    def judge(self, track: Track, content: TrackFile) -> None:
        """Refuse a track that nobody could race on."""
        radius = 1.0 / max(1e-9, float(np.abs(track.curvature).max()))
        if radius < float(track.half_widths.max()) * 0.9:
            worst = int(np.abs(track.curvature).argmax())
            raise self._at(
                self._nearest_line(track, content, worst),
                f"the road bends with a radius of {radius:.0f} m, tighter than it is wide",
                "move its neighbours apart",
            )
        step = 4
        index = np.arange(0, track.count, step)
        points, halves = track.points[index], track.half_widths[index]
        for number, at in enumerate(index):
            gap = np.hypot(*(points - points[number]).T) - halves - halves[number]
            along = np.abs(index - at) * track.spacing
            along = np.minimum(along, track.length - along)
            close = np.flatnonzero((gap < ROADS_APART) & (along > 4.0 * halves + 12.0))
            if len(close):
                raise self._at(
                    self._nearest_line(track, content, int(at)),
                    "the road crosses or touches itself near this point",
                    f"leave {ROADS_APART:g} m between its parts",
                )
        back = GRID_FIRST + GRID_BOXES * GRID_STEP + CAR_LENGTH
        bend = np.abs(track.curvature[-int(back / track.spacing) :]).max()
        if track.length < 4 * back or bend > 1 / 40:
            raise self._at(
                self._control_line(0),
                "there is no room for the grid before the start line",
                f"begin on a straight with {back:.0f} m before the first point",
            )

    def _barrier(self, table: dict[str, Any]) -> tuple[str, float, float, float]:
        side = table.get("side")
        if side not in ("left", "right"):
            raise self._bad("side", "a barrier is on no side", 'write side = "left" or "right"')
        start = self._number(table.get("from"), "from", -2000, 20000)
        end = self._number(table.get("to"), "to", -2000, 20000)
        if end <= start:
            raise self._bad("from", "a barrier ends before it begins", "make to larger than from")
        return side, start, end, self._number(table.get("distance"), "distance", 2, 60)

    def _scenery(self, table: dict[str, Any], width: float, height: float) -> Scenery:
        kind, at = table.get("kind"), table.get("at")
        if kind not in SCENERY:
            raise self._bad("kind", f"no scenery of kind {kind}", f"use {', '.join(SCENERY)}")
        if not isinstance(at, list) or len(at) != 2:
            raise self._bad("at", "scenery has no place", "write at = [x, y]")
        x, y = self._number(at[0], "at", 0, width), self._number(at[1], "at", 0, height)
        angle = math.radians(self._number(table.get("angle", 0), "angle", -360, 360))
        return Scenery(kind, x, y, angle, self._number(table.get("size", 10), "size", 1, 200))

    def _tables(self, key: str) -> list[dict[str, Any]]:
        tables = self._data.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self._bad(key, f"{key} is no list of tables", f"write [[{key}]]")
        if len(tables) > 200:
            raise self._bad(key, f"more than 200 of {key}", "remove some")
        return tables

    def _number(self, value: object, key: str, low: float, high: float) -> float:
        if not _is_number(value) or not low <= float(value) <= high:  # type: ignore[arg-type]
            remedy = f"give a number from {low:g} to {high:g}"
            raise self._bad(key, f"{key} is missing or out of range", remedy)
        return float(value)  # type: ignore[arg-type]

    def _nearest_line(self, track: Track, content: TrackFile, index: int) -> int | None:
        x, y = track.points[index]
        away = [math.hypot(px - x, py - y) for px, py, _ in content.control]
        return self._control_line(away.index(min(away)))

    def _control_line(self, number: int) -> int | None:
        rows = 0
        inside = False
        for line, text in enumerate(self._text.splitlines(), 1):
            inside = inside or text.lstrip().startswith("control")
            if inside and re.match(r"\s*\[\s*[-\d.]", text):
                if rows == number:
                    return line
                rows += 1
        return None

    def _bad(self, key: str, reason: str, remedy: str) -> BadTrackFile:
        for line, text in enumerate(self._text.splitlines(), 1):
            if re.match(rf"\s*\[*\s*{re.escape(key)}\b", text):
                return self._at(line, reason, remedy)
        return self._at(None, reason, remedy)

    def _at(self, line: int | None, reason: str, remedy: str) -> BadTrackFile:
        return BadTrackFile(self._path, reason, remedy, line)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(float(value))  # type: ignore[arg-type]
