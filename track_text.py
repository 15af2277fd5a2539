"""The text of one track file: TOML values, and the line where each was written.

Here is how a fault is told, with file, line and remedy; which keys there are
and what they mean is `track_file.py`.

Units: lines count from 1.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from pathlib import Path
from typing import Any

from errors import BadTrackFile

FILE_BYTES_MAX = 65_536
NAME_CHARS_MAX = 32
"""The wire carries no longer one."""
TABLES_MAX = 200


class TrackText:
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
            raise self.at_line(None, reason, "check that the file is there") from error
        if len(raw) > FILE_BYTES_MAX:
            raise self.at_line(None, "it is too long for a track", "see meadow.toml")
        if not re.fullmatch(rf"[a-z0-9_-]{{1,{NAME_CHARS_MAX}}}", self.name):
            remedy = f"use up to {NAME_CHARS_MAX} small letters, digits, - and _"
            raise self.at_line(None, "its name is not fit for a track", remedy)
        self.digest = hashlib.sha256(raw).hexdigest()[:16]
        try:
            self._text = raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise self.at_line(line, "it is not UTF-8 text", "save it as UTF-8") from error
        self._lines = self._text.splitlines()
        try:
            self.data: dict[str, Any] = tomllib.loads(self._text)
        except (ValueError, RecursionError) as error:
            found = re.search(r"line (\d+)", str(error))
            at_end = len(self._lines) if "end of document" in str(error) else None
            line_or_none = int(found.group(1)) if found else at_end
            what = str(error) if isinstance(error, ValueError) else "too deeply nested"
            raise self.at_line(line_or_none, f"it is not TOML ({what})", "mend the line") from error

    # Values

    def table(self, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """Return a single table; an empty one where it is missing."""
        table = self.data.get(name, {})
        if not isinstance(table, dict):
            raise self.bad(name, f"{name} is no table", f"write [{name}]")
        self.known(table, keys, 1)
        return table

    def tables(
        self, name: str, keys: tuple[str, ...], most: int = TABLES_MAX
    ) -> list[tuple[dict[str, Any], int]]:
        """Return the tables of a name, each with the line where it begins."""
        tables = self.data.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self.bad(name, f"{name} is no list of tables", f"write [[{name}]]")
        if len(tables) > most:
            line = self.table_line(name, most)
            raise self.at_line(line, f"more than {most} of {name}", "remove some")
        found = [(table, self.table_line(name, number)) for number, table in enumerate(tables)]
        for table, line in found:
            self.known(table, keys, line)
        return found

    def known(self, table: dict[str, Any], keys: tuple[str, ...], line: int) -> None:
        """Refuse keys that nobody reads."""
        for key in table:
            if key not in keys:
                reason, remedy = f"there is no key {key!r:.40}", f"use {', '.join(keys)}"
                raise self.bad(key, reason, remedy, line)

    def number(self, value: object, key: str, low: float, high: float, line: int = 1) -> float:
        """Return a value that must be a number in a range."""
        if not is_number(value) or not low <= value <= high:  # type: ignore[operator]
            remedy = f"give a number from {low:g} to {high:g}"
            raise self.bad(key, f"{key} is missing or out of range", remedy, line)
        return float(value)  # type: ignore[arg-type]

    def words(self, key: str, most: int, default: str | None = None) -> str:
        """Return a line of plain text at the top of the file."""
        value = self.data.get(key, default)
        if default is not None and value == default:
            return default
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= len(value) <= most:
            remedy = f"give one of 1 to {most} characters"
            raise self.bad(key, f"the {key} is missing, empty or too long", remedy)
        if not value.isprintable():
            raise self.bad(key, f"the {key} cannot be shown", "write plain text")
        return value

    def choice(
        self, value: object, key: str, choices: tuple[str, ...], reason: str, line: int = 1
    ) -> str:
        """Return a value that must be one of a few words."""
        if value not in choices:
            words = " or ".join(f'"{one}"' for one in choices)
            raise self.bad(key, reason, f"write {key} = {words}", line)
        return str(value)

    # Lines

    def table_line(self, name: str, number: int) -> int:
        """Return the line where the so-manieth table of a name begins."""
        heads = [
            line
            for line, text in enumerate(self._lines, 1)
            if re.match(rf"\s*\[\[\s*{name}\s*\]\]", text)
        ]
        return heads[number] if number < len(heads) else 1

    def row_line(self, key: str, number: int) -> int | None:
        """Return the line of the so-manieth row of a list of lists."""
        first = next(
            (
                line
                for line, text in enumerate(self._lines, 1)
                if re.match(rf"\s*{re.escape(key)}\b", text)
            ),
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
        return rows[number] if len(rows) == len(self.data[key]) else first

    def bad(self, key: str, reason: str, remedy: str, first: int = 1) -> BadTrackFile:
        """Return an error at a key, looked for from a line on."""
        for line, text in enumerate(self._lines[first - 1 :], first):
            if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", text):
                return self.at_line(line, reason, remedy)
            if line > first > 1 and text.lstrip().startswith("["):
                break
        return self.at_line(first if first > 1 else None, reason, remedy)

    def at_line(self, line: int | None, reason: str, remedy: str) -> BadTrackFile:
        """Return an error at a line."""
        return BadTrackFile(self._path, reason, remedy, line)


def is_number(value: object) -> bool:
    """Whether a value of TOML is a number that arithmetic can take."""
    if type(value) is int:
        return abs(value) < 2**53
    return type(value) is float and math.isfinite(value)
