"""Keeps a cache true by a change stream, in a thread of its own.

It hears of every write to best laps and results, by whichever node or client,
and goes on behind the last one when the stream was cut. The cache is told how
far the stream has come only on proof: a reply that the database gave *after*
a question of ours, from a member that is not behind the others.

Units: seconds (monotonic), milliseconds where a name ends in `_MS`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.change_stream import ChangeStream
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from db.cache import Cache
from db.mongo_rooms import Document, brief
from errors import StoreUnavailable

log = logging.getLogger(__name__)

LAPS = "laps"
PROFILE = "profile"
LISTEN_MS = 500
"""The database answers at least so often, though nothing has changed."""
BEHIND_S_MAX = 1
"""By whole seconds of the database: a member further behind proves nothing."""
RETRY_S = 0.2
STOP_S = 1.0
FORGOTTEN_CODES = (136, 280, 286)
"""The place where the stream was cut is not in the oplog any more."""
WATCHED: list[Mapping[str, Any]] = [
    {
        "$match": {
            "$or": [
                {"ns.coll": {"$in": ["best_laps", "results"]}},
                {"operationType": {"$in": ["drop", "rename", "dropDatabase", "invalidate"]}},
            ]
        }
    },
    {
        "$project": {
            "operationType": True,
            "ns": True,
            "documentKey": True,
            "clusterTime": True,
            "fullDocument.rows.player_id": True,
        }
    },
]


class Watch:
    """A thread that listens; made, started and stopped by the store it serves."""

    def __init__(
        self,
        client: MongoClient[Document],
        db: Database[Document],
        cache: Cache[Any],
        check_line: Callable[[], None] = lambda: None,
    ) -> None:
        """Args:
        check_line: raises `StoreUnavailable` while this node is cut off on order.
        """
        self._client = client
        self._db = db
        self._cache = cache
        self._check_line = check_line
        self._place: Mapping[str, Any] | None = None
        """Where the stream goes on when it is cut."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; a question on its way ends within moments."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (PyMongoError, StoreUnavailable) as error:
                if isinstance(error, OperationFailure) and error.code in FORGOTTEN_CODES:
                    self._place = None
                log.debug("changes are not heard: %s", brief(error))
            except Exception:
                # The outermost line of the thread: without it every question is asked.
                self._place = None
                log.exception("the watch stumbled")
            self._cache.cut()
            self._stopping.wait(RETRY_S)

    def _listen(self) -> None:
        self._check_line()
        with (
            self._client.start_session(causal_consistency=False) as session,
            self._db.watch(
                WATCHED,
                resume_after=self._place,
                max_await_time_ms=LISTEN_MS,
                session=session,
            ) as stream,
        ):
            if self._place is None:
                self._cache.open()
            self._follow(stream, session)

    def _follow(self, stream: ChangeStream[Document], session: ClientSession) -> None:
        # The driver may have opened the stream again inside a call, and the
        # first reply of a new one is empty whatever was missed. So an empty
        # reply proves only what was so when the one before it was asked for.
        proved: float | None = None
        while not self._stopping.is_set():
            asked_at = time.monotonic()
            change = stream.try_next()
            # Before the place is noted: it is heard after the cut.
            self._check_line()
            self._place = stream.resume_token
            if change is None:
                if proved is not None and _behind(session, session.operation_time) <= BEHIND_S_MAX:
                    self._cache.told(proved)
                proved = asked_at
                continue
            proved = None
            if not self._note(change):
                self._place = None
                self._cache.close()
                return
            if _behind(session, change["clusterTime"]) == 0:
                self._cache.told(asked_at - BEHIND_S_MAX)

    def _note(self, change: Document) -> bool:
        """Forget what a change touches; return whether the stream goes on."""
        key = change.get("documentKey")
        if key is None:
            # A collection was dropped or renamed: nobody knows what is true now.
            return False
        if change["ns"]["coll"] == "results":
            self._note_result(change)
        else:
            track, _, _ = str(key["_id"]).rpartition("/")
            self._cache.forget([(LAPS, track)])
        return True

    def _note_result(self, change: Document) -> None:
        if change["operationType"] != "insert":
            # Not by us: whose profile it was is not told.
            self._cache.forget_kind(PROFILE)
            return
        rows = change["fullDocument"]["rows"]
        self._cache.forget([(PROFILE, row["player_id"]) for row in rows if row["player_id"]])


def _behind(session: ClientSession, time_of_member: Any) -> int:
    """Return how many seconds behind the newest write known here a reply is.

    The driver tells each member the newest time that it heard from any, and
    the member tells it back: one that was cut off from the others shows it.
    """
    newest = session.cluster_time
    if newest is None or time_of_member is None:
        return BEHIND_S_MAX + 1
    return int(newest["clusterTime"].time - time_of_member.time)
