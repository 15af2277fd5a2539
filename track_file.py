"""One track file: what it may say, and what is wrong with it, by line.

A track is a TOML file; `assets/tracks/meadow.toml` explains the keys. Here
every value is checked for type and range; whether cars can race on the road
is judged in `track.py`, which sees its shape.

Units: metres; angles are degrees in the file and radians here.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from errors import BadTrackFile

FILE_BYTES_MAX = 65_536
NAME_CHARS_MAX = 32
"""The wire carries no longer one."""
TITLE_CHARS_MAX = 32
CONTROL_MIN, CONTROL_MAX = 6, 200
WIDTH_MIN, WIDTH_MAX = 9.0, 30.0
WORLD_MIN, WORLD_MAX = 100.0, 800.0
GATES_MIN, GATES_MAX = 4, 64
TABLES_MAX = 200
BARRIER_MAX = 2000.0
"""Longest single barrier."""
SCENERY = ("paddock", "stand", "pond", "tent")

KEYS = ("title", "world", "gates", "control", "scenery_seed", "surfaces", "barrier", "scenery")
SURFACE_KEYS = ("kerb_radius", "sand_radius", "sand_width")
BARRIER_KEYS = ("side", "from", "to", "distance")
SCENERY_KEYS = ("kind", "at", "angle", "size")


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
    """Side, from, to, distance from the edge of the road."""
    scenery: tuple[Scenery, ...]
    scenery_seed: int


class TrackReader:
    """Reads one track file and names file, line and remedy of any fault."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            BadTrackFile: it cannot be read, or is no TOML.
        """
        self._path = path
        self.name = path.stem
        try:
            with path.open("rb") as file:
                raw = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise self._at(None, reason, "check that the file is there") from error
        if len(raw) > FILE_BYTES_MAX:
            raise self._at(None, "it is too long for a track", "see meadow.toml")
        if not re.fullmatch(rf"[a-z0-9_-]{{1,{NAME_CHARS_MAX}}}", self.name):
            remedy = f"use up to {NAME_CHARS_MAX} small letters, digits, - and _"
            raise self._at(None, "its name is not fit for a track", remedy)
        self.digest = hashlib.sha256(raw).hexdigest()[:16]
        try:
            self._text = raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise self._at(line, "it is not UTF-8 text", "save it as UTF-8") from error
        self._lines = self._text.splitlines()
        try:
            self._data: dict[str, Any] = tomllib.loads(self._text)
        except (ValueError, RecursionError) as error:
            found = re.search(r"line (\d+)", str(error))
            at_end = len(self._lines) if "end of document" in str(error) else None
            line_or_none = int(found.group(1)) if found else at_end
            what = str(error) if isinstance(error, ValueError) else "too deeply nested"
            raise self._at(line_or_none, f"it is not TOML ({what})", "mend the line") from error

    def content(self) -> TrackFile:
        """Return the values of the file.

        Raises:
            BadTrackFile: one is missing, unknown or out of range.
        """
        data = self._data
        self._known(data, KEYS, 1)
        title = data.get("title")
        if not isinstance(title, str) or not 1 <= len(title.strip()) <= len(title) <= (
            TITLE_CHARS_MAX
        ):  # fmt: skip
            remedy = f"give one of 1 to {TITLE_CHARS_MAX} characters"
            raise self._bad("title", "the title is missing, empty or too long", remedy)
        if not title.isprintable():
            raise self._bad("title", "a title that cannot be shown", "write plain text")
        world = data.get("world")
        if not isinstance(world, list) or len(world) != 2:
            remedy = "write world = [width, height]"
            raise self._bad("world", "the size of the world is missing or wrong", remedy)
        width, height = (self._number(one, "world", WORLD_MIN, WORLD_MAX) for one in world)
        surfaces = data.get("surfaces", {})
        if not isinstance(surfaces, dict):
            raise self._bad("surfaces", "surfaces is no table", "write [surfaces]")
        self._known(surfaces, SURFACE_KEYS, 1)
        gates = data.get("gates")
        if type(gates) is not int or not GATES_MIN <= gates <= GATES_MAX:
            remedy = f"write gates = a whole number from {GATES_MIN} to {GATES_MAX}"
            raise self._bad("gates", "the number of gates is missing or out of range", remedy)
        seed = data.get("scenery_seed", 1)
        if type(seed) is not int or not 0 <= seed < 2**31:
            remedy = "write a whole number, not negative"
            raise self._bad("scenery_seed", "scenery_seed is no seed", remedy)
        return TrackFile(
            title=title,
            world=(width, height),
            gates=gates,
            control=self._control(width, height),
            kerb_radius=self._number(surfaces.get("kerb_radius", 60.0), "kerb_radius", 1, 500),
            sand_radius=self._number(surfaces.get("sand_radius", 48.0), "sand_radius", 1, 500),
            sand_width=self._number(surfaces.get("sand_width", 12.0), "sand_width", 0, 40),
            barriers=[self._barrier(*one) for one in self._tables("barrier", BARRIER_KEYS)],
            scenery=tuple(
                self._scenery(*one, width, height) for one in self._tables("scenery", SCENERY_KEYS)
            ),
            scenery_seed=seed,
        )

    def at_point(self, point: Iterable[float], reason: str, remedy: str) -> BadTrackFile:
        """Return an error at the control point nearest to a place."""
        x, y = point
        away = [math.hypot(row[0] - x, row[1] - y) for row in self._data["control"]]
        return self._at(self._control_line(away.index(min(away))), reason, remedy)

    def at_scenery(self, number: int, reason: str, remedy: str) -> BadTrackFile:
        """Return an error at a piece of scenery, counted from 0."""
        return self._bad("at", reason, remedy, self._table_line("scenery", number))

    def at_barrier(self, number: int, reason: str, remedy: str) -> BadTrackFile:
        """Return an error at a barrier, counted from 0."""
        return self._bad("from", reason, remedy, self._table_line("barrier", number))

    # Parts

    def _control(self, width: float, height: float) -> list[tuple[float, float, float]]:
        rows = self._data.get("control")
        if not isinstance(rows, list) or not CONTROL_MIN <= len(rows) <= CONTROL_MAX:
            remedy = f"give {CONTROL_MIN} to {CONTROL_MAX} rows of [x, y, width]"
            count = len(rows) if isinstance(rows, list) else "no"
            raise self._bad("control", f"the road has {count} control points", remedy)
        points: list[tuple[float, float, float]] = []
        for number, row in enumerate(rows):
            line = self._control_line(number)
            if not isinstance(row, list) or len(row) != 3 or not all(map(_is_number, row)):
                raise self._at(line, "a control point is not [x, y, width]", "write three numbers")
            x, y, road = (float(one) for one in row)
            if not (0.0 <= x <= width and 0.0 <= y <= height):
                raise self._at(line, "the road leaves the world here", "move the point inwards")
            if not WIDTH_MIN <= road <= WIDTH_MAX:
                remedy = f"make it {WIDTH_MIN:g} to {WIDTH_MAX:g} m wide"
                raise self._at(line, f"the road is {road:g} m wide here", remedy)
            points.append((x, y, road))
        for number, (x, y, _) in enumerate(points):
            if math.hypot(x - points[number - 1][0], y - points[number - 1][1]) < 1.0:
                line = self._control_line(number)
                raise self._at(line, "this point repeats the one before", "remove one of them")
        return points

    def _barrier(self, table: dict[str, Any], line: int) -> tuple[str, float, float, float]:
        side = table.get("side")
        if side not in ("left", "right"):
            remedy = 'write side = "left" or "right"'
            raise self._bad("side", "a barrier is on no side", remedy, line)
        start = self._number(table.get("from"), "from", -BARRIER_MAX, 20000, line)
        end = self._number(table.get("to"), "to", -BARRIER_MAX, 20000, line)
        if not 0.0 < end - start <= BARRIER_MAX:
            remedy = f"make to larger than from, by {BARRIER_MAX:g} at most"
            raise self._bad("from", "a barrier ends before it begins, or never", remedy, line)
        return side, start, end, self._number(table.get("distance"), "distance", 2, 60, line)

    def _scenery(self, table: dict[str, Any], line: int, width: float, height: float) -> Scenery:
        kind, at = table.get("kind"), table.get("at")
        if kind not in SCENERY:
            reason = f"no scenery of kind {kind!r:.40}" if kind else "scenery without a kind"
            raise self._bad("kind", reason, f"use {', '.join(SCENERY)}", line)
        if not isinstance(at, list) or len(at) != 2:
            raise self._bad("at", "scenery has no place", "write at = [x, y]", line)
        x = self._number(at[0], "at", 0, width, line)
        y = self._number(at[1], "at", 0, height, line)
        angle = math.radians(self._number(table.get("angle", 0), "angle", -360, 360, line))
        size = self._number(table.get("size", 10), "size", 1, 200, line)
        return Scenery(str(kind), x, y, angle, size)

    def _tables(self, name: str, keys: tuple[str, ...]) -> list[tuple[dict[str, Any], int]]:
        """Return the tables of a name, each with the line where it begins."""
        tables = self._data.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self._bad(name, f"{name} is no list of tables", f"write [[{name}]]")
        if len(tables) > TABLES_MAX:
            raise self._bad(name, f"more than {TABLES_MAX} of {name}", "remove some")
        found = [(table, self._table_line(name, number)) for number, table in enumerate(tables)]
        for table, line in found:
            self._known(table, keys, line)
        return found

    def _known(self, table: dict[str, Any], keys: tuple[str, ...], line: int) -> None:
        for key in table:
            if key not in keys:
                reason, remedy = f"there is no key {key!r:.40}", f"use {', '.join(keys)}"
                raise self._bad(key, reason, remedy, line)

    def _number(self, value: object, key: str, low: float, high: float, line: int = 1) -> float:
        if not _is_number(value) or not low <= value <= high:  # type: ignore[operator]
            remedy = f"give a number from {low:g} to {high:g}"
            raise self._bad(key, f"{key} is missing or out of range", remedy, line)
        return float(value)  # type: ignore[arg-type]

    # Lines

    def _table_line(self, name: str, number: int) -> int:
        """Return the line where the so-manieth table of a name begins."""
        heads = [
            line
            for line, text in enumerate(self._lines, 1)
            if re.match(rf"\s*\[\[\s*{name}\s*\]\]", text)
        ]
        return heads[number] if number < len(heads) else 1

    def _control_line(self, number: int) -> int | None:
        first = next(
            (line for line, text in enumerate(self._lines, 1) if re.match(r"\s*control\b", text)),
            None,
        )
        if first is None:
            return None
        rows = []
        for line, text in enumerate(self._lines[first:], first + 1):
            if re.match(r"\s*\]", text):
                break
            if re.match(r"\s*\[", text):
                rows.append(line)
        # Rows that do not begin a line each cannot be told apart.
        return rows[number] if len(rows) == len(self._data["control"]) else first

    def _bad(self, key: str, reason: str, remedy: str, first: int = 1) -> BadTrackFile:
        """Return an error at a key, looked for from a line on."""
        for line, text in enumerate(self._lines[first - 1 :], first):
            if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", text):
                return self._at(line, reason, remedy)
            if line > first > 1 and text.lstrip().startswith("["):
                break
        return self._at(first if first > 1 else None, reason, remedy)

    def _at(self, line: int | None, reason: str, remedy: str) -> BadTrackFile:
        return BadTrackFile(self._path, reason, remedy, line)


def _is_number(value: object) -> bool:
    """Whether a value of TOML is a number that arithmetic can take."""
    if type(value) is int:
        return abs(value) < 2**53
    return type(value) is float and math.isfinite(value)
