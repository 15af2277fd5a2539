"""What must reach the database some day: a bounded queue on disk.

Entries are kept in SQLite with full synchronisation before the database is
asked at all, so neither a crash nor a long election loses them. A damaged
file is moved aside, never deleted; so is an entry that no database takes.
It knows nothing of what it keeps.

Units: entries, bytes.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from errors import BadFile, StoreUnavailable

log = logging.getLogger(__name__)

ENTRIES_MAX = 10_000
"""About a week of races while the database is away."""
REFUSED_MAX = 1000
"""Entries put aside for a person to look at; beyond it the oldest go."""
ENTRY_BYTES_MAX = 1 << 20
TABLES = (
    "entry (number integer primary key autoincrement, kind text not null, payload blob not null)",
    "refused (number integer primary key autoincrement,"
    " kind text not null, payload blob not null, reason text not null)",
)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What SQLite calls a file that is none of its own, or no longer whole."""


class Entry(NamedTuple):
    """One thing that waits."""

    number: int
    kind: str
    payload: bytes


class Backlog:
    """A durable queue in one file; any thread may call it.

    Every method may raise `StoreUnavailable`: the disk does not take or give
    what was asked.
    """

    def __init__(self, path: Path | None, entries_max: int = ENTRIES_MAX) -> None:
        """Open or make the file; None keeps the queue in memory.

        Raises:
            BadFile: the file cannot be opened, or another program holds it.
        """
        self._entries_max = entries_max
        # One connection for all threads, one statement at a time.
        self._lock = threading.Lock()
        self._db = _open(path)

    def put(self, kind: str, payload: bytes) -> None:
        """Add an entry; it is on disk when this returns.

        Raises:
            StoreUnavailable: the queue is full, or the disk is.
        """
        if len(payload) > ENTRY_BYTES_MAX:
            raise StoreUnavailable(
                f"an entry of {len(payload)} bytes cannot wait; the limit is {ENTRY_BYTES_MAX}"
            )
        with self._disk() as db:
            (count,) = db.execute("select count(*) from entry").fetchone()
            if count >= self._entries_max:
                raise StoreUnavailable(
                    f"{count} entries wait for the database; no more can be kept"
                )
            db.execute("insert into entry (kind, payload) values (?, ?)", (kind, payload))

    def peek(self, after: int = 0) -> Entry | None:
        """Return the oldest entry with a number above `after`, or None."""
        with self._disk() as db:
            row = db.execute(
                "select number, kind, payload from entry where number > ? order by number limit 1",
                (after,),
            ).fetchone()
        return Entry(*row) if row is not None else None

    def done(self, number: int) -> None:
        """Remove an entry that has arrived, and those before it."""
        with self._disk() as db:
            db.execute("delete from entry where number <= ?", (number,))

    def put_aside(self, entry: Entry, reason: str) -> None:
        """Move an entry that can never arrive to the table of the refused."""
        with self._disk() as db:
            db.execute(
                "insert into refused (kind, payload, reason) values (?, ?, ?)",
                (entry.kind, entry.payload, reason),
            )
            db.execute(
                "delete from refused where number <= (select max(number) from refused) - ?",
                (REFUSED_MAX,),
            )
            db.execute("delete from entry where number = ?", (entry.number,))

    def refused(self) -> list[tuple[str, bytes, str]]:
        """Return kind, payload and reason of what was put aside, oldest first."""
        with self._disk() as db:
            return db.execute(
                "select kind, payload, reason from refused order by number"
            ).fetchall()

    def __len__(self) -> int:
        with self._disk() as db:
            (count,) = db.execute("select count(*) from entry").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def _disk(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for one transaction; its faults become ours."""
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the waiting results cannot be kept ({error})") from error


def _open(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _prepared(":memory:")
    try:
        try:
            return _prepared(str(path))
        except sqlite3.DatabaseError as error:
            # Only what is damaged is moved: a file that is locked, or on a
            # full disk, is whole and holds results.
            if error.sqlite_errorcode & 0xFF not in DAMAGED:
                raise
            aside = _move_aside(path)
            log.error("%s was damaged (%s); it was moved to %s", path.name, error, aside.name)
            return _prepared(str(path))
    except (sqlite3.Error, OSError) as error:
        raise BadFile(
            path,
            f"the queue of waiting results cannot be opened ({error})",
            "see that it is a file which this user may write and no other server uses",
        ) from error


def _prepared(name: str) -> sqlite3.Connection:
    db = sqlite3.connect(name, check_same_thread=False)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        (verdict,) = db.execute("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            damage = sqlite3.DatabaseError(verdict)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        for table in TABLES:
            db.execute(f"create table if not exists {table}")
        db.commit()
    except BaseException:
        # An open file could not be moved aside everywhere.
        db.close()
        raise
    return db


def _move_aside(path: Path) -> Path:
    """Rename a damaged file and what SQLite keeps beside it; return its new name."""
    tries = (path.with_name(f"{path.name}.damaged{number or ''}") for number in itertools.count())
    aside = next(one for one in tries if not one.exists())
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        # Left behind, they would be read into the new file.
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    return aside
