"""What must reach the database some day: a bounded queue on disk.

Entries are kept in SQLite with full synchronisation before the database is
asked at all, so neither a crash nor a long election loses them. A damaged
file is moved aside, never deleted. It knows nothing of what it keeps.

Units: entries, bytes.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from errors import StoreUnavailable

log = logging.getLogger(__name__)

ENTRIES_MAX = 10_000
"""About a week of races while the database is away."""


class Entry(NamedTuple):
    """One thing that waits."""

    number: int
    kind: str
    payload: bytes


class Backlog:
    """A durable queue in one file; any thread may call it."""

    def __init__(self, path: Path | None, entries_max: int = ENTRIES_MAX) -> None:
        """Open or make the file; None keeps the queue in memory."""
        self._entries_max = entries_max
        # One connection for all threads, one statement at a time.
        self._lock = threading.Lock()
        self._db = _open(path)

    def put(self, kind: str, payload: bytes) -> None:
        """Add an entry; it is on disk when this returns.

        Raises:
            StoreUnavailable: the queue is full, or the disk is.
        """
        with self._lock:
            try:
                (count,) = self._db.execute("select count(*) from entry").fetchone()
                if count >= self._entries_max:
                    raise StoreUnavailable(
                        f"{count} results wait for the database; no more can be kept"
                    )
                with self._db:
                    self._db.execute(
                        "insert into entry (kind, payload) values (?, ?)", (kind, payload)
                    )
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the waiting results cannot be kept ({error})") from error

    def peek(self) -> Entry | None:
        """Return the oldest entry, or None."""
        with self._lock:
            row = self._db.execute(
                "select number, kind, payload from entry order by number limit 1"
            ).fetchone()
        return Entry(*row) if row is not None else None

    def done(self, number: int) -> None:
        """Remove an entry that has arrived."""
        with self._lock, self._db:
            self._db.execute("delete from entry where number = ?", (number,))

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._db.execute("select count(*) from entry").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _open(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _prepare(sqlite3.connect(":memory:", check_same_thread=False))
    try:
        return _prepare(sqlite3.connect(path, check_same_thread=False))
    except sqlite3.DatabaseError as error:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        log.error("%s was damaged (%s); it was moved to %s", path.name, error, aside.name)
        return _prepare(sqlite3.connect(path, check_same_thread=False))


def _prepare(db: sqlite3.Connection) -> sqlite3.Connection:
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute(
        "create table if not exists entry"
        " (number integer primary key autoincrement, kind text not null, payload blob not null)"
    )
    db.commit()
    return db
