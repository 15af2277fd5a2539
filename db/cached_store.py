"""The store on a replica set that remembers what it was asked.

Profiles, leaderboards and the records of tracks come from memory while the
change stream tells what others write. The promise: an answer is never older
than a write that this process confirmed, and never more than `SILENT_S` older
than one of another; when that cannot be known, the database is asked.

Units: as in `store.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from db.cache import Cache, Key
from db.mongo import DATABASE, MongoStore
from db.store import (
    BestLap,
    GhostRecord,
    PlayerRecord,
    Profile,
    ResultRecord,
    RoomSave,
    best_laps_of,
)
from db.watch import LAPS, PROFILE, Watch

LAPS_KEPT = 50
"""Of each track; who asks for more asks the database."""

Answer = tuple[BestLap, ...] | Profile
T = TypeVar("T", bound=Answer)


class CachedStore(MongoStore):
    """A `MongoStore` with a memory."""

    def __init__(self, uri: str, database: str = DATABASE) -> None:
        """Connect, and begin to listen; see `MongoStore`."""
        super().__init__(uri, database)
        self.cache: Cache[Answer] = Cache()
        self.watch = Watch(self._client, self._db, self.cache, self.check_line)
        self.watch.start()

    def known_best_laps(self, track: str, limit: int) -> list[BestLap] | None:
        """Return the best laps from memory, at once; None: ask."""
        if limit > LAPS_KEPT:
            return None
        found = self.cache.find((LAPS, track), time.monotonic())
        if found is None or not isinstance(found.value, tuple):
            return None
        return list(found.value[:limit])

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best laps on a track, fastest first."""
        known = self.known_best_laps(track, limit)
        if known is not None:
            return known
        if limit > LAPS_KEPT:
            return super().best_laps(track, limit)
        ask = super().best_laps
        laps = self._ask((LAPS, track), lambda: tuple(ask(track, LAPS_KEPT)))
        return list(laps[:limit])

    def known_profile(self, player_id: str) -> Profile | None:
        """Return what a player has done from memory, at once; None: ask."""
        found = self.cache.find((PROFILE, player_id), time.monotonic())
        return found.value if found is not None and isinstance(found.value, Profile) else None

    def profile(self, player_id: str) -> Profile:
        """Return what a player has done."""
        known = self.known_profile(player_id)
        if known is not None:
            return known
        ask = super().profile
        return self._ask((PROFILE, player_id), lambda: ask(player_id))

    def _ask(self, key: Key, question: Callable[[], T]) -> T:
        fill = self.cache.begin(key, time.monotonic())
        answer: T | None = None
        try:
            answer = question()
        finally:
            self.cache.end(fill, answer)
        return answer

    # What this process writes is forgotten before it is confirmed: the stream
    # tells it too, but a moment later.

    def put_result(
        self, record: ResultRecord, epoch: int = 0, save: RoomSave | None = None
    ) -> None:
        """Keep a result and the best laps in it."""
        keys = [(PROFILE, row.player_id) for row in record.rows if row.player_id]
        if best_laps_of(record):
            keys.append((LAPS, record.track))
        with self._changing(keys):
            super().put_result(record, epoch, save)

    def put_ghost(self, record: GhostRecord) -> None:
        """Keep a recorded lap, and its time as a best lap."""
        with self._changing([(LAPS, record.track)]):
            super().put_ghost(record)

    def publish(self, room_id: str) -> None:
        """Bring results that an owner left in a room to where all results are."""
        try:
            super().publish(room_id)
        finally:
            # Of whichever track and players they are; it happens at a takeover only.
            self.cache.forget_kind(LAPS)
            self.cache.forget_kind(PROFILE)

    def _rename(self, record: PlayerRecord) -> bool:
        changed = True
        try:
            changed = super()._rename(record)
        finally:
            if changed:
                self.cache.forget_kind(LAPS)
        return changed

    @contextmanager
    def _changing(self, keys: Sequence[Key]) -> Iterator[None]:
        try:
            yield
        finally:
            # Also when the outcome is unknown.
            self.cache.forget(keys)

    def close(self) -> None:
        """Stop listening, and close all connections."""
        self.watch.stop()
        super().close()
