"""The store on a MongoDB replica set; it and `mongo_rooms.py` alone know BSON.

Every promise about durability is made here, once: writes wait for a journaled
majority, reads see what a majority holds, and each call ends within a few
seconds. A write whose outcome is unknown may simply be repeated: every one
is idempotent.

Units: milliseconds where a name ends in `_MS`, as in `store.py` otherwise.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    MongoClient,
    ReadPreference,
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

from db.mongo_desk import DESK_INDEXES, MongoDesk
from db.mongo_ghosts import GHOST_INDEXES, MongoGhosts, keep_best
from db.mongo_rooms import Document, brief, readable, result_fields, result_of
from db.store import (
    TRIAL,
    BestLap,
    ChatRecord,
    PlayerRecord,
    Profile,
    ResultRecord,
    RoomSave,
    best_laps_of,
)
from errors import BadOption, SlipstreamError, StoreBroken, StoreUnavailable

DATABASE = "slipstream"
URI_FORM = "mongodb://USER:PASSWORD@HOST,HOST,HOST/?replicaSet=NAME"
SELECT_MS = 3000
"""How long a call waits for a primary before it gives up."""
SOCKET_MS = 5000
PROBE_MS = 1000
MAJORITY_MS = 4000
CLOSE_S = 0.5
CHAT_KEPT_S = 14 * 24 * 3600
"""Chat is forgotten after two weeks, by the database itself."""
IDLE_ROOM_KEPT_S = 30 * 24 * 3600
"""The epoch of a room outlives it by so long; no write is on its way longer."""
DEAD_NODE_KEPT_S = 600
"""The card of a node that was killed tells so long who was with it."""
SECRET_BYTES = 32
LISTEN_MS = 500
"""Who listens looks up so often whether it may stop."""
FORGOTTEN_CODES = (136, 280, 286)
"""The place where a listener stopped is not in the oplog any more."""
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
    "rooms": [
        IndexModel("idle_since", expireAfterSeconds=IDLE_ROOM_KEPT_S),
        IndexModel("lease_until", sparse=True),
    ],
    "nodes": [IndexModel("written_at", expireAfterSeconds=DEAD_NODE_KEPT_S)],
    "chat": [
        IndexModel(
            [
                ("channel", ASCENDING),
                ("room_id", ASCENDING),
                ("number", DESCENDING),
                ("sent_at", DESCENDING),
            ]
        ),
        IndexModel("kept_since", expireAfterSeconds=CHAT_KEPT_S),
    ],
    **GHOST_INDEXES,
    **DESK_INDEXES,
}
"""All indexes, by collection; made on start."""


class MongoStore(MongoGhosts, MongoDesk):
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
            raise _unusable(error) from error
        self.database = database
        self._heard_to: Mapping[str, Any] | None = None
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
            return _unusable(error)
        if isinstance(error, OperationFailure):
            if error.code in REFUSED_CODES:
                return BadOption("--db: the database refuses the user or the password.")
            if error.code in CONFLICT_CODES:
                return StoreBroken(f"the database holds other indexes than ours ({brief(error)})")
        if isinstance(error, ServerSelectionTimeoutError):
            wrong = _other_set(uri)
            if wrong is not None:
                return BadOption(f"--db: {wrong}.")
        where = uri.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return StoreUnavailable(
            f"the database at {where} does not answer: start it, or correct --db ({brief(error)})"
        )

    def secret(self) -> bytes:
        """Return what all nodes share; the first one to ask makes it."""
        self._call(
            lambda: self._db["secrets"].update_one(
                {"_id": "tickets"}, {"$setOnInsert": {"key": os.urandom(SECRET_BYTES)}}, upsert=True
            )
        )
        found = self._call(lambda: self._db["secrets"].find_one({"_id": "tickets"}))
        if found is None:
            raise StoreUnavailable("the secret of the nodes is not held by a majority yet")
        return bytes(found["key"])

    def put_result(
        self, record: ResultRecord, epoch: int = 0, save: RoomSave | None = None
    ) -> None:
        """Keep a result: in its room, where it is judged, then where all are."""
        # A result that is there was judged before. To judge it again would
        # refuse what is saved, or take the save of the next race away.
        known = self._call(
            lambda: self._db["results"].find_one({"_id": record.race_id}, {"_id": True})
        )
        if epoch and known is None:
            self._finish(record, epoch, save)
        self._publish(record)
        if epoch:
            self._forget_finished(record.room_id, record.race_id)

    def publish(self, room_id: str) -> None:
        """Bring results that an owner left in a room to where all results are."""
        for record in self._finished(room_id):
            self._publish(record)
            self._forget_finished(room_id, record.race_id)

    def _publish(self, record: ResultRecord) -> None:
        document = {"_id": record.race_id, **result_fields(record)}
        self._call(lambda: self._insert_once(document))
        laps = [keep_best(lap) for lap in best_laps_of(record)]
        if laps:
            self._call(lambda: self._db["best_laps"].bulk_write(laps, ordered=False))

    def _insert_once(self, document: Document) -> None:
        try:
            self._db["results"].insert_one(document)
        except DuplicateKeyError:
            # Written before, perhaps only to a primary that is lost by now: it
            # is done when a majority is seen to hold it. The laps may still be
            # missing, so the caller goes on.
            if not self._is_there(document["_id"]):
                raise StoreUnavailable("a result is not held by a majority yet") from None

    def _is_there(self, race_id: str) -> bool:
        return self._db["results"].find_one({"_id": race_id}, {"_id": True}) is not None

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""
        found = self._call(
            lambda: list(self._db["results"].find().sort("finished_at", DESCENDING).limit(limit))
        )
        return readable(found, result_of)

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
        return readable(found, lambda one: BestLap(**_without_id(one)))

    def known_best_laps(self, track: str, limit: int) -> list[BestLap] | None:
        """Return nothing: this store remembers nothing."""
        return None

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""
        self._call(
            lambda: self._db["players"].update_one(
                {"_id": record.player_id},
                {"$set": {"name": record.name}, "$max": {"seen_at": record.seen_at}},
                upsert=True,
            )
        )
        self._rename(record)

    def _rename(self, record: PlayerRecord) -> bool:
        """Show a player's name on the leaderboards; return whether it was another."""
        done = self._call(
            lambda: self._db["best_laps"].update_many(
                {"player_id": record.player_id, "name": {"$ne": record.name}},
                {"$set": {"name": record.name}},
            )
        )
        self._rename_ghosts(record)
        return done.modified_count > 0

    def player(self, player_id: str) -> PlayerRecord | None:
        """Return what is known of a player."""
        found = self._call(lambda: self._db["players"].find_one({"_id": player_id}))
        players = readable(
            [found] if found else [],
            lambda one: PlayerRecord(one["_id"], str(one["name"]), float(one["seen_at"])),
        )
        return players[0] if players else None

    def profile(self, player_id: str) -> Profile:
        """Return what a player has done, counted by the database."""
        # The index on players of results leads to theirs; what is no number is left out.
        finished = {"player_id": player_id, "total_ms": {"$gt": 0}}
        races = {"finished_at": {"$gt": 0}, "mode": {"$ne": TRIAL}}
        steps: list[Mapping[str, Any]] = [
            {"$match": {"rows": {"$elemMatch": finished}, **races}},
            {"$unwind": "$rows"},
            {"$match": {"rows.player_id": player_id}},
            {
                "$group": {
                    "_id": None,
                    "races": {"$sum": 1},
                    "wins": {"$sum": {"$cond": [{"$eq": ["$rows.place", 1]}, 1, 0]}},
                    "raced_at": {"$max": "$finished_at"},
                }
            },
        ]
        found = self._call(lambda: list(self._db["results"].aggregate(steps)))
        for one in found:
            return Profile(player_id, int(one["races"]), int(one["wins"]), float(one["raced_at"]))
        return Profile(player_id)

    def known_profile(self, player_id: str) -> Profile | None:
        """Return nothing: this store remembers nothing."""
        return None

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
                .sort([("number", DESCENDING), ("sent_at", DESCENDING)])
                .limit(limit)
            )
        )
        return readable(reversed(found), _line)

    def hear_chat(
        self, channel: int, heard: Callable[[ChatRecord], None], done: Callable[[], bool]
    ) -> None:
        """Tell each line of a channel that any node keeps, by a change stream."""
        only = [{"$match": {"operationType": "insert", "fullDocument.channel": channel}}]
        self.check_line()
        try:
            with self._db["chat"].watch(
                only, resume_after=self._heard_to, max_await_time_ms=LISTEN_MS
            ) as stream:
                while not done():
                    change = stream.try_next()
                    # Before the place is noted: it is heard after the cut.
                    self.check_line()
                    self._heard_to = stream.resume_token
                    if change is not None:
                        for record in readable([change["fullDocument"]], _line):
                            heard(record)
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code in FORGOTTEN_CODES:
                self._heard_to = None
            raise StoreUnavailable(brief(error)) from error

    def close(self) -> None:
        """Close all connections, without waiting for a database that hangs."""
        # The driver asks the database to end its sessions, however long that takes.
        closing = threading.Thread(target=self._client.close, name="close store", daemon=True)
        closing.start()
        closing.join(CLOSE_S)


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
            if not found:
                return (
                    f"{host}:{port} belongs to no replica set; "
                    f"start it with --replSet {wanted}, and initiate the set"
                )
            return (
                f'{host}:{port} belongs to the replica set "{found}", not to "{wanted}"; '
                "correct replicaSet= in the URI"
            )
    return None


def _unusable(error: Exception) -> BadOption:
    return BadOption(
        f"--db: the URI cannot be used ({brief(error).rstrip('.')}): write {URI_FORM}."
    )


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


def _line(document: Document) -> ChatRecord:
    content = {name: value for name, value in document.items() if name not in ("_id", "kept_since")}
    return ChatRecord(line_id=document["_id"], **content)
