"""The witness at the database: every version that a majority came to hold.

A change stream tells each write once and in order, through elections and
restarts of the whole set; `Rebuilt` turns its differences into whole
documents again. At the end `read_all` reads what is there. The witness writes
nothing, and reads with a client of its own.

Units: as in the history.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from db.mongo import DATABASE
from errors import BadSave
from protocol import Channel
from room_save import decode
from tests.chaos.history import (
    Heard,
    History,
    Laps,
    LineKept,
    ResultKept,
    RoomGone,
    RoomKept,
    Row,
    Struck,
)
from track import Track

Document = dict[str, Any]
AGAIN_S = 0.2
AWAIT_MS = 200
ASK_MS = 3000
READ_S = 60.0


class Rebuilt:
    """Documents as they were, from the changes that a stream tells."""

    def __init__(self) -> None:
        self.documents: dict[Any, Document] = {}

    def take(self, change: Mapping[str, Any]) -> Document | None:
        """Apply a change; return the document after it, or None when it is gone."""
        key = change["documentKey"]["_id"]
        kind = change["operationType"]
        if kind == "delete":
            self.documents.pop(key, None)
            return None
        if kind in ("insert", "replace"):
            self.documents[key] = change["fullDocument"]
        else:
            document = self.documents.setdefault(key, {"_id": key})
            told = change["updateDescription"]
            for path in told.get("removedFields", ()):
                _put(document, path.split("."), None)
            for path, value in told.get("updatedFields", {}).items():
                _put(document, path.split("."), value)
        return self.documents[key]


def _put(document: Document, path: list[str], value: Any) -> None:
    """Set or, with None, remove the field at a path."""
    for step in path[:-1]:
        document = document.setdefault(step, {})
    if value is None:
        document.pop(path[-1], None)
    else:
        document[path[-1]] = value


class Witness:
    """Writes what the database came to hold into a history."""

    def __init__(self, uri: str, tracks: Mapping[str, Track], history: History) -> None:
        self._client: MongoClient[Document] = MongoClient(
            uri, serverSelectionTimeoutMS=ASK_MS, socketTimeoutMS=2 * ASK_MS
        )
        self._db = self._client.get_database(DATABASE, read_concern=ReadConcern("majority"))
        self._tracks = tracks
        self._history = history
        self._rooms = Rebuilt()
        self._last: dict[str, tuple[Any, ...]] = {}
        self._ending = threading.Event()
        self.watching = threading.Event()
        """Set once nothing is missed any more."""
        self._token: Mapping[str, Any] | None = None
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)

    def start(self) -> None:
        """Begin to watch; `watching` tells when."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._ending.set()
        self._thread.join(2 * ASK_MS / 1000)

    def close(self) -> None:
        """Let go of the database."""
        self.stop()
        self._client.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                # The token goes on where an election ended the last stream.
                with self._db.watch(
                    resume_after=self._token, max_await_time_ms=AWAIT_MS
                ) as changes:
                    self._token = changes.resume_token
                    self.watching.set()
                    while not self._ending.is_set():
                        change = changes.try_next()
                        if change is not None:
                            self._take(change)
                        self._token = changes.resume_token
            except PyMongoError as error:
                self._history.add(Struck(time.monotonic(), f"the witness waits ({error})"[:200]))
                self._ending.wait(AGAIN_S)

    def _take(self, change: Mapping[str, Any]) -> None:
        collection = change.get("ns", {}).get("coll", "")
        if "documentKey" not in change:
            return
        if collection == "rooms":
            self.note_room(change["documentKey"]["_id"], self._rooms.take(change))
        elif collection == "results" and change["operationType"] == "insert":
            self._history.add(_result(change["fullDocument"], final=False))
        elif collection == "chat" and change["operationType"] in ("insert", "replace"):
            self._note_line(change["fullDocument"], final=False)

    def note_room(self, room_id: str, room: Document | None) -> None:
        """Add a version of a room, if it says anything new."""
        if room is None or "boot" not in room:
            if self._last.pop(room_id, None) is not None:
                self._history.add(RoomGone(time.monotonic(), room_id))
            return
        owner = f"{room['owner']}/{room['boot']}"
        save = room.get("save")
        epoch, seq = int(room["epoch"]), int(save["seq"]) if save is not None else -1
        save_epoch = int(save.get("epoch", epoch)) if save is not None else 0
        version = (epoch, owner, seq, save_epoch)
        if self._last.get(room_id) == version:
            return
        self._last[room_id] = version
        race_id, tick, laps = self._race_of(bytes(save["blob"])) if save else ("", 0, ())
        self._history.add(
            RoomKept(time.monotonic(), room_id, epoch, owner, seq, save_epoch, race_id, tick, laps)
        )

    def _race_of(self, blob: bytes) -> tuple[str, int, Laps]:
        """Return the race in a save: its id, tick and completed laps."""
        try:
            live = decode(blob, self._tracks).live
        except BadSave as error:
            self._history.add(Struck(time.monotonic(), f"a save cannot be read: {error}"))
            return "", 0, ()
        if live is None:
            return "", 0, ()
        laps = tuple((slot, live.race.lap_of(slot)) for slot in sorted(live.race.racers))
        return live.race_id, live.race.tick, laps

    def _note_line(self, document: Document, *, final: bool) -> None:
        if int(document["channel"]) == Channel.ROOM:
            line: Heard = (
                int(document.get("number", 0)), document["author"], document["text"],
                float(document["sent_at"]),
            )  # fmt: skip
            self._history.add(
                LineKept(time.monotonic(), final, document["_id"], document["room_id"], line)
            )

    # The end

    def read_all(self) -> None:
        """Add what a majority holds now.

        Raises:
            PyMongoError: the database does not answer for a long time.
        """
        deadline = time.monotonic() + READ_S
        while True:
            try:
                results = list(self._db["results"].find())
                lines = list(self._db["chat"].find())
                break
            except PyMongoError:
                if time.monotonic() > deadline:
                    raise
                self._ending.wait(AGAIN_S)
        for document in results:
            self._history.add(_result(document, final=True))
        for document in lines:
            self._note_line(document, final=True)

    def live_rooms(self) -> list[str]:
        """Return the rooms that hold a result which is still on its way."""
        found = self._db["rooms"].find({"finished": {"$nin": [None, {}]}}, {"_id": True})
        return [one["_id"] for one in found]


def _result(document: Document, *, final: bool) -> ResultKept:
    rows: tuple[Row, ...] = tuple(
        (row["player_id"], row["name"], row["place"], row["total_ms"], row["best_lap_ms"])
        for row in document["rows"]
    )
    return ResultKept(time.monotonic(), final, document["_id"], document["room_id"], rows)
