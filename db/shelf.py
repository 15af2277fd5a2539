"""The way of what must not be lost: to the disk at once, then to the database.

The tick thread puts entries in and never waits. A thread of its own writes
them to the backlog, so that a result is on disk within milliseconds even
while the store thread waits for a database that does not answer. What the
disk does not take is held in memory, in the same order, until it does or
until the database has it.

It does not talk to the database: `storekeeper.py` takes entries out.

Units: entries, seconds.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import deque

from db.backlog import Backlog, Entry
from errors import StoreUnavailable

log = logging.getLogger(__name__)

COMING_MAX = 4096
"""Entries on their way to the disk."""
HELD_MAX = 4096
"""Entries that the disk did not take."""
IN_MEMORY = 0
"""Stands for the number of an entry that the disk did not take."""
STOP_S = 1.0


class Shelf:
    """A backlog, and the thread that fills it."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._coming: queue.Queue[Entry | None] = queue.Queue(COMING_MAX)
        self._held: deque[Entry] = deque()
        # Between looking whether entries are held and writing one: an entry
        # must not overtake those before it.
        self._order = threading.Lock()
        self._arrived = 0
        """Number of the newest entry that has arrived; the disk may not know yet."""
        self._complained = False
        self._thread = threading.Thread(target=self._run, name="shelf", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, kind: str, payload: bytes) -> None:
        """Take an entry from the tick thread; never blocks."""
        try:
            self._coming.put_nowait(Entry(IN_MEMORY, kind, payload))
        except queue.Full:
            self._lose(Entry(IN_MEMORY, kind, payload))

    @property
    def settled(self) -> bool:
        """Whether every entry that was put can be peeked at."""
        return self._coming.unfinished_tasks == 0

    def stop(self) -> None:
        """Write what is coming, tell what could not be written, end the thread."""
        if self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._coming.put(None, timeout=STOP_S)
                self._thread.join(STOP_S)
        with self._order:
            self._write_held()
            for entry in self._held:
                self._lose(entry)
            self._held.clear()
            # A store thread that is still in a call finds the backlog closed.
            self._complained = True

    # For the store thread

    def peek(self) -> Entry | None:
        """Return the oldest entry that has not arrived, or None."""
        with self._order:
            self._write_held()
            try:
                entry = self._backlog.peek(self._arrived)
            except StoreUnavailable as error:
                self._complain(error)
                entry = None
            return entry or (self._held[0] if self._held else None)

    def done(self, entry: Entry) -> None:
        """Forget an entry that has arrived."""
        if entry.number == IN_MEMORY:
            with self._order:
                self._held.popleft()
            return
        self._arrived = entry.number
        try:
            self._backlog.done(entry.number)
        except StoreUnavailable as error:
            # A full disk deletes nothing either. A repetition after a restart
            # changes nothing, and the next `done` includes this one.
            self._complain(error)

    def put_aside(self, entry: Entry, reason: str) -> None:
        """Take an entry that no database takes out of the way; it stays on disk."""
        try:
            self._backlog.put_aside(entry, reason)
            log.error("a waiting %s was put aside in the backlog: %s", entry.kind, reason)
        except StoreUnavailable as error:
            self._complain(error)
            self._lose(entry)
        if entry.number == IN_MEMORY:
            with self._order:
                self._held.popleft()
        else:
            self._arrived = entry.number

    # The disk

    def _run(self) -> None:
        while True:
            entry = self._coming.get()
            try:
                if entry is None:
                    return
                with self._order:
                    self._keep(entry)
            except Exception:
                # The outermost line of the thread.
                log.exception("the shelf stumbled")
            finally:
                self._coming.task_done()

    def _keep(self, entry: Entry) -> None:
        if not self._held and self._write(entry):
            return
        if len(self._held) < HELD_MAX:
            self._held.append(entry)
        else:
            self._lose(entry)

    def _write_held(self) -> None:
        while self._held and self._write(self._held[0]):
            self._held.popleft()
            if not self._held:
                self._complained = False

    def _write(self, entry: Entry) -> bool:
        try:
            self._backlog.put(entry.kind, entry.payload)
        except StoreUnavailable as error:
            self._complain(error)
            return False
        return True

    def _complain(self, error: StoreUnavailable) -> None:
        if not self._complained:
            self._complained = True
            log.error("%s; results wait in memory until the disk or the database has them", error)

    @staticmethod
    def _lose(entry: Entry) -> None:
        """Write into the log what no other place took: a person may save it yet."""
        log.critical("a %s could not be kept: %s", entry.kind, entry.payload.decode())
