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
from db.store import BestLap, PlayerRecord, ResultRecord, RoomSave, best_laps_of
from db.watch import LAPS, PLAYER, Watch

LAPS_KEPT = 50
"""Of each track; who asks for more asks the database."""

Answer = tuple[BestLap, ...] | PlayerRecord
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
        return list(laps or ())[:limit]

    def player(self, player_id: str) -> PlayerRecord | None:
        """Return what is known of a player."""
        key = (PLAYER, player_id)
        found = self.cache.find(key, time.monotonic())
        if found is not None and isinstance(found.value, PlayerRecord):
            return found.value
        ask = super().player
        return self._ask(key, lambda: ask(player_id))

    def _ask(self, key: Key, question: Callable[[], T | None]) -> T | None:
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
        with self._changing([(LAPS, record.track)] if best_laps_of(record) else []):
            super().put_result(record, epoch, save)

    def publish(self, room_id: str) -> None:
        """Bring results that an owner left in a room to where all results are."""
        try:
            super().publish(room_id)
        finally:
            # Of whichever track they are; it happens at a takeover only.
            self.cache.forget_kind(LAPS)

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""
        with self._changing([(PLAYER, record.player_id)]):
            super().put_player(record)

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
