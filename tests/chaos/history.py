"""What was confirmed to anyone, in the order in which it was seen.

Two kinds of witnesses write into one `History`: the clients, with what they
were told and believed, and one reader of the database, with each version of each
room that a majority came to hold. The checker reads it afterwards; nothing is
judged here. One entry is one line of JSON on disk.

Units: seconds (monotonic) for `at`, ticks of 1/60 s.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

Laps = tuple[tuple[int, int], ...]
"""Slots and the laps that their cars have completed."""
Row = tuple[str, str, int, int, int]
"""Of a result: player, name, place, time in all and best lap in milliseconds."""
Heard = tuple[int, str, str, float]
"""A line of chat: number, author, text, and when it was sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A client took in a snapshot; only those with news, and the last of each epoch."""

    at: float
    client: str
    room_id: str
    race_id: str
    epoch: int
    tick: int
    laps: Laps
    go_tick: int = 0
    """When the cars may drive, or might: a later one is a new countdown."""


@dataclass(frozen=True, slots=True)
class ResultTold:
    """A client was told a result; `saved`: that a majority holds it."""

    at: float
    client: str
    room_id: str
    race_id: str
    epoch: int
    saved: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class LineHeard:
    """A client heard a line of its room."""

    at: float
    client: str
    room_id: str
    line: Heard


@dataclass(frozen=True, slots=True)
class TalkReplaced:
    """A client came in, or back, and was told the newest lines of its room."""

    at: float
    client: str
    room_id: str
    epoch: int
    """Of the owner that told them."""
    lines: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A client said a line; no two lines of a run are alike."""

    at: float
    client: str
    room_id: str
    text: str


@dataclass(frozen=True, slots=True)
class RoomKept:
    """A majority holds this version of a room."""

    at: float
    room_id: str
    epoch: int
    owner: str
    """Node and process, so that a node of the same name is another owner."""
    seq: int
    """Of its save; -1 without one."""
    save_epoch: int
    """Under which the save was written."""
    race_id: str
    """Empty without a race."""
    tick: int
    laps: Laps


@dataclass(frozen=True, slots=True)
class RoomGone:
    """A majority holds that there is no such room any more."""

    at: float
    room_id: str


@dataclass(frozen=True, slots=True)
class ResultKept:
    """A majority holds this result; `final`: when everything was over."""

    at: float
    final: bool
    race_id: str
    room_id: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class LineKept:
    """A majority holds this line of a room; `final`: when everything was over."""

    at: float
    final: bool
    line_id: str
    room_id: str
    line: Heard


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A client read how it stands with the game; for who reads the history."""

    at: float
    client: str
    text: str


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault began or ended; for who reads the history, not for the checker."""

    at: float
    what: str


Entry = (
    Seen | ResultTold | LineHeard | TalkReplaced | Said | RoomKept | RoomGone | ResultKept
    | LineKept | LinkChanged | Struck
)  # fmt: skip
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Seen, ResultTold, LineHeard, TalkReplaced, Said, RoomKept, RoomGone, ResultKept, LineKept,
        LinkChanged, Struck,
    )
}  # fmt: skip
E = TypeVar("E")


class History:
    """All entries of a run; any thread may add to it."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: list[Entry] = list(entries)
        self._adding = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Add what was just witnessed."""
        with self._adding:
            self.entries.append(entry)

    def all(self, kind: type[E]) -> list[E]:
        """Return the entries of one kind, oldest first."""
        with self._adding:
            return [entry for entry in self.entries if isinstance(entry, kind)]

    def write(self, path: Path) -> None:
        """Write one entry a line."""
        path.write_text("".join(f"{line}\n" for line in self.lines()))

    def lines(self) -> Iterator[str]:
        """Yield each entry as a line of JSON."""
        with self._adding:
            entries = list(self.entries)
        for entry in entries:
            yield json.dumps({"kind": type(entry).__name__, **asdict(entry)})


def read(lines: Iterable[str]) -> History:
    """Return a history that was written as lines."""
    return History(_entry(json.loads(line)) for line in lines if line.strip())


def _entry(data: dict[str, Any]) -> Entry:
    kind = KINDS[data.pop("kind")]
    entry: Entry = kind(**{name: _frozen(value) for name, value in data.items()})
    return entry


def _frozen(value: Any) -> Any:
    """Return lists as the tuples that they were."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
