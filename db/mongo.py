"""The store on a MongoDB replica set; the only module that knows BSON.

Every promise about durability is made here, once: writes wait for a journaled
majority, reads see what a majority holds, and each call ends within a few
seconds. A write whose outcome is unknown may simply be repeated: every one
is idempotent.

Units: milliseconds for timeouts, as in `store.py` otherwise.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient, ReturnDocument, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from db.store import (
    BestLap,
    ChatRecord,
    PlayerRecord,
    ResultLine,
    ResultRecord,
    RoomSave,
    best_laps_of,
)
from errors import BadOption, StoreBroken, StoreRefused, StoreUnavailable

DATABASE = "slipstream"
SELECT_MS = 3000
"""How long a call waits for a primary before it gives up."""
SOCKET_MS = 5000
MAJORITY_MS = 4000
CHAT_KEPT_S = 14 * 24 * 3600
"""Chat is forgotten after two weeks, by the database itself."""
DUPLICATE_KEY = 11000

INDEXES: dict[str, list[IndexModel]] = {
    "results": [
        IndexModel([("finished_at", DESCENDING)]),
        IndexModel([("rows.player_id", ASCENDING), ("finished_at", DESCENDING)]),
    ],
    "best_laps": [IndexModel([("track", ASCENDING), ("lap_ms", ASCENDING)])],
    "chat": [
        IndexModel([("channel", ASCENDING), ("room_id", ASCENDING), ("sent_at", DESCENDING)]),
        IndexModel("kept_since", expireAfterSeconds=CHAT_KEPT_S),
    ],
}
"""All indexes, by collection; made on start."""

T = TypeVar("T")
Document = dict[str, Any]


class MongoStore:
    """A `Store` on a replica set."""

    durable = True

    def __init__(self, uri: str) -> None:
        """Connect and make the indexes.

        Raises:
            BadOption: the URI is unusable, or leads to no replica set.
            StoreUnavailable: nobody answers, or there is no primary.
        """
        try:
            self._client: MongoClient[Document] = MongoClient(
                uri,
                appname="slipstream",
                serverSelectionTimeoutMS=SELECT_MS,
                connectTimeoutMS=SELECT_MS,
                socketTimeoutMS=SOCKET_MS,
                retryWrites=True,
                retryReads=True,
                tz_aware=True,
            )
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise BadOption(f"--db: the URI cannot be used ({error}).") from error
        self._db = self._client.get_database(
            DATABASE,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=MAJORITY_MS),
            read_concern=ReadConcern("majority"),
        )
        try:
            hello = self._client.admin.command("hello")
            if not hello.get("setName"):
                raise BadOption(
                    "--db: the URI leads to a single MongoDB, not to a replica set; "
                    "start it with --replSet and name the set in the URI."
                )
            for name, models in INDEXES.items():
                self._db[name].create_indexes(models)
        except OperationFailure as error:
            self._client.close()
            if error.code in (13, 18):
                raise BadOption("--db: the database refuses the user or the password.") from error
            raise StoreUnavailable(f"the database cannot be used yet ({error})") from error
        except BadOption:
            self._client.close()
            raise
        except PyMongoError as error:
            self._client.close()
            raise StoreUnavailable(_brief(error)) from error

    def claim_room(self, room_id: str, owner: str) -> int:
        """Make `owner` the owner of a room; return the epoch."""
        changed = {"$ne": ["$owner", owner]}
        pipeline = [
            {
                "$set": {
                    "epoch": {
                        "$cond": [
                            changed,
                            {"$add": [{"$ifNull": ["$epoch", 0]}, 1]},
                            "$epoch",
                        ]
                    },
                    "owner": owner,
                    "claimed_at": "$$NOW",
                }
            }
        ]
        room = self._call(
            lambda: self._db["rooms"].find_one_and_update(
                {"_id": room_id}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
            )
        )
        assert room is not None, "an upsert that returns the document after it"
        return int(room["epoch"])

    def put_save(self, save: RoomSave, owner: str) -> None:
        """Keep the newest save of a room."""
        new = {"seq": save.seq, "tick": save.tick, "blob": save.blob}
        found = self._call(
            lambda: self._db["rooms"].update_one(
                {
                    "_id": save.room_id,
                    "owner": owner,
                    "epoch": save.epoch,
                    "$or": [{"save": {"$exists": False}}, {"save.seq": {"$lte": save.seq}}],
                },
                {"$set": {"save": new}},
            )
        )
        if found.matched_count == 0:
            raise StoreRefused(f"room {save.room_id} is not ours under epoch {save.epoch}")

    def saves(self) -> list[RoomSave]:
        """Return the saves of all live races."""
        found = self._call(lambda: list(self._db["rooms"].find({"save": {"$exists": True}})))
        return [
            self._read(
                lambda one=one: RoomSave(  # type: ignore[misc]
                    one["_id"],
                    int(one["epoch"]),
                    int(one["save"]["seq"]),
                    int(one["save"]["tick"]),
                    bytes(one["save"]["blob"]),
                )
            )
            for one in found
        ]

    def end_room(self, room_id: str, epoch: int) -> None:
        """Forget a room, unless another owner has it by now."""
        self._call(lambda: self._db["rooms"].delete_one({"_id": room_id, "epoch": {"$lte": epoch}}))

    def put_result(self, record: ResultRecord) -> None:
        """Keep a result, then the best laps in it."""
        document = asdict(record)
        document["_id"] = document.pop("race_id")
        document["rows"] = list(document["rows"])
        try:
            self._call(lambda: self._db["results"].insert_one(document))
        except DuplicateKeyError:
            # Written before; the laps may still be missing, so go on.
            pass
        laps = [_keep_best(lap) for lap in best_laps_of(record)]
        if laps:
            self._call(lambda: self._db["best_laps"].bulk_write(laps, ordered=False))

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""
        found = self._call(
            lambda: list(self._db["results"].find().sort("finished_at", DESCENDING).limit(limit))
        )
        return [self._read(lambda one=one: _result(one)) for one in found]  # type: ignore[misc]

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best laps on a track, fastest first."""
        found = self._call(
            lambda: list(
                self._db["best_laps"]
                .find({"track": track}, {"_id": False})
                .sort([("lap_ms", ASCENDING), ("set_at", ASCENDING)])
                .limit(limit)
            )
        )
        return [self._read(lambda one=one: BestLap(**one)) for one in found]  # type: ignore[misc]

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name."""
        self._call(
            lambda: self._db["players"].update_one(
                {"_id": record.player_id},
                {"$set": {"name": record.name}, "$max": {"seen_at": record.seen_at}},
                upsert=True,
            )
        )

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        """Keep lines of chat."""
        writes = []
        for record in records:
            document = asdict(record)
            document["_id"] = document.pop("line_id")
            document["kept_since"] = datetime.datetime.fromtimestamp(record.sent_at, datetime.UTC)
            writes.append(
                UpdateOne({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
            )
        if writes:
            self._call(lambda: self._db["chat"].bulk_write(writes, ordered=False))

    def recent_chat(self, channel: int, room_id: str, limit: int) -> list[ChatRecord]:
        """Return the newest lines, oldest first."""
        found = self._call(
            lambda: list(
                self._db["chat"]
                .find({"channel": channel, "room_id": room_id}, {"kept_since": False})
                .sort("sent_at", DESCENDING)
                .limit(limit)
            )
        )
        return [
            self._read(lambda one=one: ChatRecord(line_id=one.pop("_id"), **one))  # type: ignore[misc]
            for one in reversed(found)
        ]

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @staticmethod
    def _call(operation: Callable[[], T]) -> T:
        try:
            return operation()
        except DuplicateKeyError:
            raise
        except (
            ConnectionFailure,
            ExecutionTimeout,
            WTimeoutError,
            WriteConcernError,
        ) as error:
            raise StoreUnavailable(_brief(error)) from error
        except BulkWriteError as error:
            if any(one.get("code") != DUPLICATE_KEY for one in error.details["writeErrors"]):
                raise StoreUnavailable(_brief(error)) from error
            raise StoreUnavailable("a write raced another of the same key") from error
        except PyMongoError as error:
            raise StoreUnavailable(_brief(error)) from error

    @staticmethod
    def _read(make: Callable[[], T]) -> T:
        try:
            return make()
        except (KeyError, TypeError, ValueError) as error:
            raise StoreBroken(f"a document cannot be read ({error!r})") from error


def _keep_best(lap: BestLap) -> UpdateOne:
    """Return a write that replaces a lap only by a faster one, in one step."""
    new = asdict(lap)
    faster = {"$lt": [lap.lap_ms, {"$ifNull": ["$lap_ms", lap.lap_ms + 1]}]}
    chosen = {
        # Literals, or a name that begins with "$" would be taken for a field.
        name: {"$cond": [faster, {"$literal": value}, f"${name}"]}
        for name, value in new.items()
    }
    return UpdateOne({"_id": f"{lap.track}/{lap.player_id}"}, [{"$set": chosen}], upsert=True)


def _result(document: Document) -> ResultRecord:
    content = dict(document)
    content["race_id"] = content.pop("_id")
    content["rows"] = tuple(ResultLine(**row) for row in content["rows"])
    return ResultRecord(**content)


def _brief(error: PyMongoError) -> str:
    return str(error).split(", Timeout:")[0][:300]
