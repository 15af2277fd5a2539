"""The store on a MongoDB replica set; the only module that knows BSON.

Every promise about durability is made here, once: writes wait for a journaled
majority, reads see what a majority holds, and each call ends within a few
seconds. A write whose outcome is unknown may simply be repeated: every one
is idempotent.

Units: milliseconds where a name ends in `_MS`, as in `store.py` otherwise.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from bson.errors import InvalidDocument
from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    MongoClient,
    ReadPreference,
    ReturnDocument,
    UpdateOne,
)
from pymongo.errors import (
    ConfigurationError,
    DuplicateKeyError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri
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
from errors import BadOption, SlipstreamError, StoreBroken, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

DATABASE = "slipstream"
SELECT_MS = 3000
"""How long a call waits for a primary before it gives up."""
SOCKET_MS = 5000
PROBE_MS = 1000
MAJORITY_MS = 4000
CLOSE_S = 0.5
CHAT_KEPT_S = 14 * 24 * 3600
"""Chat is forgotten after two weeks, by the database itself."""
IDLE_ROOM_KEPT_S = 30 * 24 * 3600
"""The owner and epoch of a room without a race outlive it by so long."""
REFUSED_CODES = (13, 18)
"""Unauthorized, AuthenticationFailed."""
CONFLICT_CODES = (85, 86)
"""Another index of that name or key is there."""

INDEXES: dict[str, list[IndexModel]] = {
    "results": [
        IndexModel([("finished_at", DESCENDING)]),
        IndexModel([("rows.player_id", ASCENDING), ("finished_at", DESCENDING)]),
    ],
    "best_laps": [
        IndexModel([("track", ASCENDING), ("lap_ms", ASCENDING), ("set_at", ASCENDING)]),
        IndexModel("player_id"),
    ],
    "rooms": [IndexModel("idle_since", expireAfterSeconds=IDLE_ROOM_KEPT_S)],
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

    def __init__(self, uri: str, database: str = DATABASE) -> None:
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
        self.database = database
        self._db = self._client.get_database(
            database,
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=MAJORITY_MS),
            read_concern=ReadConcern("majority"),
        )
        try:
            self._prepare()
        except (PyMongoError, BadOption) as error:
            fault = self._fault_of_start(error, uri)
            self._client.close()
            raise fault from error

    def _prepare(self) -> None:
        if not self._client.admin.command("hello").get("setName"):
            raise BadOption(
                "--db: the URI leads to a single MongoDB, not to a replica set; "
                "start it with --replSet and name the set in the URI."
            )
        for name, models in INDEXES.items():
            self._db[name].create_indexes(models)

    def _fault_of_start(self, error: Exception, uri: str) -> SlipstreamError:
        """Return what to tell: a mistake in the URI, or a database that is away."""
        if isinstance(error, BadOption):
            return error
        if isinstance(error, ConfigurationError):
            return BadOption(f"--db: the URI cannot be used ({_brief(error)}).")
        if isinstance(error, OperationFailure):
            if error.code in REFUSED_CODES:
                return BadOption("--db: the database refuses the user or the password.")
            if error.code in CONFLICT_CODES:
                return StoreBroken(f"the database holds other indexes than ours ({_brief(error)})")
        if isinstance(error, ServerSelectionTimeoutError):
            wrong = _other_set(uri)
            if wrong is not None:
                return BadOption(f"--db: {wrong}; correct replicaSet= in the URI.")
        where = uri.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return StoreUnavailable(
            f"the database at {where} does not answer: start it, or correct --db ({_brief(error)})"
        )

    def claim_room(self, room_id: str, owner: str) -> int:
        """Make `owner` the owner of a room; return the epoch."""
        # A literal: a node's name may begin with "$".
        claimant = {"$literal": owner}
        changed = {"$ne": ["$owner", claimant]}
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
                    "owner": claimant,
                    "idle_since": {"$cond": ["$save", "$$REMOVE", "$$NOW"]},
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
                {"$set": {"save": new}, "$unset": {"idle_since": ""}},
            )
        )
        if found.matched_count == 0:
            raise StoreRefused(f"room {save.room_id} is not ours under epoch {save.epoch}")

    def saves(self) -> list[RoomSave]:
        """Return the saves of all live races."""
        found = self._call(lambda: list(self._db["rooms"].find({"save": {"$exists": True}})))
        return _readable(
            found,
            lambda one: RoomSave(
                one["_id"],
                int(one["epoch"]),
                int(one["save"]["seq"]),
                int(one["save"]["tick"]),
                bytes(one["save"]["blob"]),
            ),
        )

    def end_room(self, room_id: str, epoch: int) -> None:
        """Forget the save of a room, unless another owner has it by now."""
        # Owner and epoch stay: the next race in the room is fenced by them,
        # and an epoch never goes down.
        self._call(
            lambda: self._db["rooms"].update_one(
                {"_id": room_id, "epoch": {"$lte": epoch}},
                {"$unset": {"save": ""}, "$currentDate": {"idle_since": True}},
            )
        )

    def put_result(self, record: ResultRecord) -> None:
        """Keep a result, then the best laps in it."""
        document = asdict(record)
        document["_id"] = document.pop("race_id")
        document["rows"] = list(document["rows"])
        self._call(lambda: self._insert_once(document))
        laps = [_keep_best(lap) for lap in best_laps_of(record)]
        if laps:
            self._call(lambda: self._db["best_laps"].bulk_write(laps, ordered=False))

    def _insert_once(self, document: Document) -> None:
        try:
            self._db["results"].insert_one(document)
        except DuplicateKeyError:
            # Written before, perhaps only to a primary that is lost by now: it
            # is done when a majority is seen to hold it. The laps may still be
            # missing, so the caller goes on.
            if self._db["results"].find_one({"_id": document["_id"]}, {"_id": True}) is None:
                raise StoreUnavailable("a result is not held by a majority yet") from None

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""
        found = self._call(
            lambda: list(self._db["results"].find().sort("finished_at", DESCENDING).limit(limit))
        )
        return _readable(found, _result)

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best laps on a track, fastest first."""
        found = self._call(
            lambda: list(
                self._db["best_laps"]
                .find({"track": track})
                .sort([("lap_ms", ASCENDING), ("set_at", ASCENDING)])
                .limit(limit)
            )
        )
        return _readable(found, lambda one: BestLap(**_without_id(one)))

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""
        self._call(
            lambda: self._db["players"].update_one(
                {"_id": record.player_id},
                {"$set": {"name": record.name}, "$max": {"seen_at": record.seen_at}},
                upsert=True,
            )
        )
        self._call(
            lambda: self._db["best_laps"].update_many(
                {"player_id": record.player_id, "name": {"$ne": record.name}},
                {"$set": {"name": record.name}},
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
        return _readable(
            reversed(found), lambda one: ChatRecord(line_id=one["_id"], **_without_id(one))
        )

    def close(self) -> None:
        """Close all connections, without waiting for a database that hangs."""
        # The driver asks the database to end its sessions, however long that takes.
        closing = threading.Thread(target=self._client.close, name="close store", daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    @staticmethod
    def _call(operation: Callable[[], T]) -> T:
        """Run one operation; its faults become ours."""
        try:
            return operation()
        except (InvalidDocument, OverflowError) as error:
            raise StoreBroken(f"a record cannot be kept ({error})") from error
        except PyMongoError as error:
            # Also two upserts of one key that met: the second finds it there.
            raise StoreUnavailable(_brief(error)) from error


def _other_set(uri: str) -> str | None:
    """Ask the named hosts why they were not taken: they may be of no set, or of another."""
    if not uri.startswith("mongodb://"):
        return None
    parsed = parse_uri(uri)
    wanted = parsed["options"].get("replicaSet")
    tls = bool(parsed["options"].get("tls"))
    for host, port in parsed["nodelist"] if wanted else ():
        with (
            contextlib.suppress(PyMongoError),
            MongoClient[Document](
                host, port, directConnection=True, tls=tls, serverSelectionTimeoutMS=PROBE_MS
            ) as probe,
        ):
            found = probe.admin.command("hello").get("setName")
            if found == wanted:
                return None
            of = f'the replica set "{found}"' if found else "no replica set"
            return f'{host}:{port} belongs to {of}, not to "{wanted}"'
    return None


def _readable(documents: Iterable[Document], make: Callable[[Document], T]) -> list[T]:
    """Return the records; one that cannot be read must not hide the others."""
    records = []
    for document in documents:
        try:
            records.append(make(document))
        except (KeyError, TypeError, ValueError) as error:
            log.error("document %s is left out: it cannot be read (%r)", document["_id"], error)
    return records


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


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
    content = _without_id(document)
    content["race_id"] = document["_id"]
    content["rows"] = tuple(ResultLine(**row) for row in content["rows"])
    return ResultRecord(**content)


def _brief(error: Exception) -> str:
    return str(error).split(", Timeout:")[0].split(" (configured timeouts")[0][:300]
