"""One track file: what it may say, every value checked for type and range.

A track is a TOML file; `assets/tracks/meadow.toml` explains the keys. Whether
cars can race on the road is judged in `track_judge.py`, which sees its shape.

Units: metres; angles are degrees in the file and radians here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from errors import BadTrackFile
from track_text import NAME_CHARS_MAX as NAME_CHARS_MAX
from track_text import TrackText, is_number

TRACKS = Path(__file__).parent / "assets" / "tracks"
"""Where the tracks of the game lie."""
TITLE_CHARS_MAX = 32
ABOUT_CHARS_MAX = 90
CONTROL_MIN, CONTROL_MAX = 6, 200
WIDTH_MIN, WIDTH_MAX = 9.0, 30.0
WORLD_MIN, WORLD_MAX = 100.0, 800.0
GATES_MIN, GATES_MAX = 4, 64
ALONG_MAX = 20_000.0
BARRIER_MAX = 2000.0
"""Longest single barrier."""
CANISTERS_MAX, PITS_MAX, CROSSINGS_MAX, HILLS_MAX = 16, 4, 4, 40
TARGET_MIN_S, TARGET_MAX_S = 10.0, 600.0
SIDES = ("left", "right")
ROADS = ("asphalt", "gravel")
SCENERY = ("paddock", "stand", "pond", "tent", "house", "rocks", "field")
LANDSCAPES = ("meadow", "coast", "hills", "forest", "city", "autumn", "bowl")
PALETTE = (
    "grass", "grass_band", "grass_dark", "grass_dry", "worn", "sand", "sand_raked", "asphalt",
    "rubber", "concrete", "line", "dash", "kerb", "kerb_light", "gravel", "gravel_rut", "dust",
)  # fmt: skip
"""What of a landscape can have a colour of its own."""

KEYS = (
    "title", "about", "world", "gates", "control", "targets", "night", "landscape", "palette",
    "scenery_seed", "surfaces", "stretch", "crossing", "barrier", "canister", "pit", "hill",
    "scenery",
)  # fmt: skip
SURFACE_KEYS = ("road", "kerb_radius", "sand_radius", "sand_width")
STRETCH_KEYS = ("from", "to", "surface")
CROSSING_KEYS = ("at",)
BARRIER_KEYS = ("side", "from", "to", "distance")
CANISTER_KEYS = ("distance", "offset")
PIT_KEYS = ("distance", "side")
HILL_KEYS = ("at", "size", "height")
SCENERY_KEYS = ("kind", "at", "angle", "size")


class Scenery(NamedTuple):
    """Something that stands beside the road; but for water, for the eye only."""

    kind: str
    x: float
    y: float
    angle: float
    size: float


class Hill(NamedTuple):
    """A rise of the ground, for the eye only."""

    x: float
    y: float
    size: float
    """Radius."""
    height: float
    """Negative for a hollow."""


class Stretch(NamedTuple):
    """A part of the road with a surface of its own."""

    start: float
    end: float
    surface: str


@dataclass(frozen=True, slots=True)
class TrackFile:
    """What a track file says, checked for type and range."""

    title: str
    about: str
    """A line for menus; may be empty."""
    world: tuple[float, float]
    gates: int
    control: list[tuple[float, float, float]]
    targets_s: tuple[float, float, float] | None
    """Bronze, silver and gold lap."""
    night: bool
    landscape: str
    palette: dict[str, str]
    """Colours that differ from the landscape's own."""
    road: str
    kerb_radius: float
    sand_radius: float
    sand_width: float
    stretches: tuple[Stretch, ...]
    crossings: tuple[tuple[float, float], ...]
    barriers: list[tuple[str, float, float, float]]
    """Side, from, to, distance from the edge of the road."""
    canisters: tuple[tuple[float, float], ...]
    """Distance from the start line, offset from the middle."""
    pits: tuple[tuple[float, str], ...]
    """Distance from the start line, side."""
    hills: tuple[Hill, ...]
    scenery: tuple[Scenery, ...]
    scenery_seed: int

    def look(self) -> str:
        """Return all that a picture of the track depends on, as text."""
        unseen = ("title", "about", "gates", "targets_s", "canisters")
        return repr([getattr(self, name) for name in self.__slots__ if name not in unseen])


class TrackReader(TrackText):
    """Reads one track file; see `TrackText` for how it tells of faults."""

    def content(self) -> TrackFile:
        """Return the values of the file.

        Raises:
            BadTrackFile: one is missing, unknown or out of range.
        """
        data = self.data
        self.known(data, KEYS, 1)
        title, about = (
            self.words("title", TITLE_CHARS_MAX),
            self.words("about", ABOUT_CHARS_MAX, ""),
        )
        world = data.get("world")
        if not isinstance(world, list) or len(world) != 2:
            remedy = "write world = [width, height]"
            raise self.bad("world", "the size of the world is missing or wrong", remedy)
        width, height = (self.number(one, "world", WORLD_MIN, WORLD_MAX) for one in world)
        surfaces = self.table("surfaces", SURFACE_KEYS)
        gates = data.get("gates")
        if type(gates) is not int or not GATES_MIN <= gates <= GATES_MAX:
            remedy = f"write gates = a whole number from {GATES_MIN} to {GATES_MAX}"
            raise self.bad("gates", "the number of gates is missing or out of range", remedy)
        seed = data.get("scenery_seed", 1)
        if type(seed) is not int or not 0 <= seed < 2**31:
            remedy = "write a whole number, not negative"
            raise self.bad("scenery_seed", "scenery_seed is no seed", remedy)
        night = data.get("night", False)
        if not isinstance(night, bool):
            raise self.bad("night", "night is neither true nor false", "write night = true")
        return TrackFile(
            title=title,
            about=about,
            world=(width, height),
            gates=gates,
            control=self._control(width, height),
            targets_s=self._targets(),
            night=night,
            landscape=self.choice(
                data.get("landscape", "meadow"), "landscape", LANDSCAPES, "no such landscape"
            ),
            palette=self._palette(),
            road=self.choice(surfaces.get("road", "asphalt"), "road", ROADS, "no such road"),
            kerb_radius=self.number(surfaces.get("kerb_radius", 60.0), "kerb_radius", 1, 500),
            sand_radius=self.number(surfaces.get("sand_radius", 48.0), "sand_radius", 1, 500),
            sand_width=self.number(surfaces.get("sand_width", 12.0), "sand_width", 0, 40),
            stretches=tuple(self._stretch(*one) for one in self.tables("stretch", STRETCH_KEYS)),
            crossings=tuple(
                self._at(table, line, "a crossing", width, height)
                for table, line in self.tables("crossing", CROSSING_KEYS, CROSSINGS_MAX)
            ),
            barriers=[self._barrier(*one) for one in self.tables("barrier", BARRIER_KEYS)],
            canisters=tuple(
                self._canister(*one)
                for one in self.tables("canister", CANISTER_KEYS, CANISTERS_MAX)
            ),
            pits=tuple(self._pit(*one) for one in self.tables("pit", PIT_KEYS, PITS_MAX)),
            hills=tuple(
                self._hill(*one, width, height) for one in self.tables("hill", HILL_KEYS, HILLS_MAX)
            ),
            scenery=tuple(
                self._scenery(*one, width, height) for one in self.tables("scenery", SCENERY_KEYS)
            ),
            scenery_seed=seed,
        )

    def at_point(self, point: Iterable[float], reason: str, remedy: str) -> BadTrackFile:
        """Return an error at the control point nearest to a place."""
        x, y = point
        away = [math.hypot(row[0] - x, row[1] - y) for row in self.data["control"]]
        line = self.row_line("control", away.index(min(away)))
        return self.at_line(line, reason, remedy)

    def at_table(self, name: str, number: int, key: str, reason: str, remedy: str) -> BadTrackFile:
        """Return an error at a key of the so-manieth table of a name, from 0."""
        return self.bad(key, reason, remedy, self.table_line(name, number))

    # Parts

    def _control(self, width: float, height: float) -> list[tuple[float, float, float]]:
        rows = self.data.get("control")
        if not isinstance(rows, list) or not CONTROL_MIN <= len(rows) <= CONTROL_MAX:
            remedy = f"give {CONTROL_MIN} to {CONTROL_MAX} rows of [x, y, width]"
            count = len(rows) if isinstance(rows, list) else "no"
            raise self.bad("control", f"the road has {count} control points", remedy)
        points: list[tuple[float, float, float]] = []
        for number, row in enumerate(rows):

            def refuse(reason: str, remedy: str, number: int = number) -> BadTrackFile:
                return self.at_line(self.row_line("control", number), reason, remedy)

            if not isinstance(row, list) or len(row) != 3 or not all(map(is_number, row)):
                reason = "a control point is not [x, y, width]"
                raise refuse(reason, "write three numbers")
            x, y, road = (float(one) for one in row)
            if not (0.0 <= x <= width and 0.0 <= y <= height):
                reason = "the road leaves the world here"
                raise refuse(reason, "move the point inwards")
            if not WIDTH_MIN <= road <= WIDTH_MAX:
                remedy = f"make it {WIDTH_MIN:g} to {WIDTH_MAX:g} m wide"
                raise refuse(f"the road is {road:g} m wide here", remedy)
            points.append((x, y, road))
        for number, (x, y, _) in enumerate(points):
            if math.hypot(x - points[number - 1][0], y - points[number - 1][1]) < 1.0:
                line = self.row_line("control", number)
                raise self.at_line(line, "this point repeats the one before", "remove one of them")
        return points

    def _targets(self) -> tuple[float, float, float] | None:
        targets = self.data.get("targets")
        if targets is None:
            return None
        remedy = "write targets = [bronze, silver, gold] in seconds, each less than the one before"
        if not isinstance(targets, list) or len(targets) != 3:
            raise self.bad("targets", "the target times are not three", remedy)
        bronze, silver, gold = (
            self.number(one, "targets", TARGET_MIN_S, TARGET_MAX_S) for one in targets
        )
        if not bronze > silver > gold:
            raise self.bad("targets", "the target times are out of order", remedy)
        return bronze, silver, gold

    def _palette(self) -> dict[str, str]:
        table = self.table("palette", PALETTE)
        for key, value in table.items():
            if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
                reason, remedy = f"{key} is no colour", f'write {key} = "#rrggbb"'
                raise self.bad(key, reason, remedy)
        return dict(table)

    def _at(
        self, table: dict[str, Any], line: int, what: str, width: float, height: float
    ) -> tuple[float, float]:
        at = table.get("at")
        if not isinstance(at, list) or len(at) != 2:
            raise self.bad("at", f"{what} has no place", "write at = [x, y]", line)
        x = self.number(at[0], "at", 0, width, line)
        return x, self.number(at[1], "at", 0, height, line)

    def _stretch(self, table: dict[str, Any], line: int) -> Stretch:
        start = self.number(table.get("from"), "from", -ALONG_MAX, ALONG_MAX, line)
        end = self.number(table.get("to"), "to", -ALONG_MAX, ALONG_MAX, line)
        if end <= start:
            remedy = "make to larger than from"
            raise self.bad("to", "a stretch ends before it begins", remedy, line)
        reason = "a stretch has no such surface"
        return Stretch(
            start, end, self.choice(table.get("surface"), "surface", ROADS, reason, line)
        )

    def _barrier(self, table: dict[str, Any], line: int) -> tuple[str, float, float, float]:
        side = self.choice(table.get("side"), "side", SIDES, "a barrier is on no side", line)
        start = self.number(table.get("from"), "from", -BARRIER_MAX, ALONG_MAX, line)
        end = self.number(table.get("to"), "to", -BARRIER_MAX, ALONG_MAX, line)
        if not 0.0 < end - start <= BARRIER_MAX:
            remedy = f"make to larger than from, by {BARRIER_MAX:g} at most"
            raise self.bad("from", "a barrier ends before it begins, or never", remedy, line)
        return side, start, end, self.number(table.get("distance"), "distance", 2, 60, line)

    def _canister(self, table: dict[str, Any], line: int) -> tuple[float, float]:
        distance = self.number(table.get("distance"), "distance", 0, ALONG_MAX, line)
        half = WIDTH_MAX / 2
        return distance, self.number(table.get("offset", 0.0), "offset", -half, half, line)

    def _pit(self, table: dict[str, Any], line: int) -> tuple[float, str]:
        distance = self.number(table.get("distance"), "distance", 0, ALONG_MAX, line)
        side = self.choice(table.get("side"), "side", SIDES, "a pit is on no side", line)
        return distance, side

    def _hill(self, table: dict[str, Any], line: int, width: float, height: float) -> Hill:
        x, y = self._at(table, line, "a hill", width, height)
        size = self.number(table.get("size"), "size", 5, 400, line)
        return Hill(x, y, size, self.number(table.get("height"), "height", -60, 60, line))

    def _scenery(self, table: dict[str, Any], line: int, width: float, height: float) -> Scenery:
        kind = table.get("kind")
        if kind not in SCENERY:
            reason = f"no scenery of kind {kind!r:.40}" if kind else "scenery without a kind"
            raise self.bad("kind", reason, f"use {', '.join(SCENERY)}", line)
        x, y = self._at(table, line, "scenery", width, height)
        angle = math.radians(self.number(table.get("angle", 0), "angle", -360, 360, line))
        size = self.number(table.get("size", 10), "size", 1, 200, line)
        return Scenery(str(kind), x, y, angle, size)
