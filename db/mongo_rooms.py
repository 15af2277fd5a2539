"""Rooms and nodes as MongoDB keeps them: leases, saves, cards.

Each rule is one update of one document, judged by the database and by its own
clock, so that two nodes that ask at once get one answer. Whoever is refused
learns who has the room.

A room: `{_id, owner, boot, address, epoch, lease_until, save, finished}`. One
that was let go keeps nothing but its epoch, which never goes down, and is
forgotten after a while. `finished` holds results that are on their way to
`results`, by race.

Units: milliseconds where a name ends in `_MS`, as in `store.py` otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import pymongo
from bson.errors import InvalidDocument
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import PyMongoError

from db.store import (
    Card,
    Claim,
    Lease,
    PersonCard,
    ResultLine,
    ResultRecord,
    RoomCard,
    RoomSave,
)
from errors import StoreBroken, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

CARD_LIVES_MS = 3000
"""A name is its bearer's for so long after the last announcement."""
CALL_S = 3.0
"""A call that takes longer has failed; its repetition may find another primary."""
LEASE_CALL_S = 1.5
"""A call about leases: a primary that hangs must not cost more than one of three tries."""
LOOK_CALL_S = 1.0

T = TypeVar("T")
Document = dict[str, Any]


class MongoRooms:
    """The half of the store that nodes agree by."""

    _db: Database[Document]
    is_cut: Callable[[], bool] | None = None
    """Set where faults are allowed: whether to behave as if the database were away."""

    # Nodes

    def announce(self, card: Card, previous: str = "") -> None:
        """Write the card of this node."""
        content = asdict(card)
        del content["age_s"]
        content["_id"] = content.pop("node")
        mine = {"$in": ["$boot", [{"$literal": card.boot}, {"$literal": previous}]]}
        lives = {"$gt": ["$written_at", {"$subtract": ["$$NOW", CARD_LIVES_MS]}]}
        new = {"$mergeObjects": [{"$literal": content}, {"written_at": "$$NOW"}]}
        pipeline = [
            {"$replaceWith": {"$cond": [{"$and": [lives, {"$not": [mine]}]}, "$$ROOT", new]}}
        ]
        found = self._call(
            lambda: self._db["nodes"].find_one_and_update(
                {"_id": card.node},
                pipeline,
                projection={"boot": True, "address": True},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            ),
            LOOK_CALL_S,
        )
        assert found is not None, "an upsert that returns the document after it"
        if found["boot"] != card.boot:
            raise StoreRefused(
                f'another server at {found["address"]} bears the name "{card.node}" already: '
                "give this one a --name of its own"
            )

    def cards(self) -> list[Card]:
        """Return the cards of all nodes, with their ages."""
        aged = {"$subtract": ["$$NOW", "$written_at"]}
        found = self._call(
            lambda: list(self._db["nodes"].aggregate([{"$set": {"age_ms": aged}}])), LOOK_CALL_S
        )
        return readable(found, _card)

    def withdraw(self, claim: Claim) -> None:
        """Take the card of this process away, and end its leases."""
        self._call(
            lambda: self._db["rooms"].update_many(
                {"boot": claim.boot, "lease_until": {"$exists": True}},
                [{"$set": {"lease_until": "$$NOW"}}],
            ),
            LOOK_CALL_S,
        )
        self._call(
            lambda: self._db["nodes"].delete_one({"_id": claim.node, "boot": claim.boot}),
            LOOK_CALL_S,
        )

    # Leases

    def take_lease(
        self, room_id: str, claim: Claim, ttl_s: float, over: int | None = None
    ) -> Lease:
        """Take the lease of a room where it is free; return it as it is then."""
        # Literals: a node's name may begin with "$".
        node, boot = {"$literal": claim.node}, {"$literal": claim.boot}
        free = [
            {"$eq": [{"$type": "$boot"}, "missing"]},
            {"$eq": ["$boot", boot]},
            {"$eq": ["$owner", node]},
            {"$lte": ["$lease_until", "$$NOW"]},
        ]
        if over is not None:
            free.append({"$eq": ["$epoch", over]})

        def where_free(value: object, name: str) -> Document:
            return {"$cond": ["$free", value, f"${name}"]}

        epoch = {"$ifNull": ["$epoch", 0]}
        pipeline: list[Document] = [
            {"$set": {"free": {"$or": free}, "mine": {"$eq": ["$boot", boot]}}},
            {
                "$set": {
                    "epoch": {
                        "$cond": [
                            {"$and": ["$free", {"$not": ["$mine"]}]},
                            {"$add": [epoch, 1]},
                            epoch,
                        ]
                    },
                    "owner": where_free(node, "owner"),
                    "boot": where_free(boot, "boot"),
                    "address": where_free({"$literal": claim.address}, "address"),
                    "lease_until": where_free(_until(ttl_s), "lease_until"),
                }
            },
            {"$unset": ["free", "mine", "idle_since"]},
        ]
        found = self._call(
            lambda: self._db["rooms"].find_one_and_update(
                {"_id": room_id},
                pipeline,
                projection=_lease_fields(),
                upsert=True,
                return_document=ReturnDocument.AFTER,
            ),
            LEASE_CALL_S,
        )
        assert found is not None, "an upsert that returns the document after it"
        return _lease(found)

    def renew_leases(self, room_ids: Sequence[str], claim: Claim, ttl_s: float) -> list[str]:
        """Prolong the leases of this process; return which of the rooms it holds."""
        mine = {"_id": {"$in": list(room_ids)}, "boot": claim.boot}

        def renew() -> list[str]:
            rooms = self._db["rooms"]
            done = rooms.update_many(mine, [{"$set": {"lease_until": _until(ttl_s)}}])
            if done.matched_count == len(room_ids):
                return list(room_ids)
            return [one["_id"] for one in rooms.find(mine, {"_id": True})]

        return self._call(renew, LEASE_CALL_S)

    def pass_lease(self, save: RoomSave, claim: Claim, to: Claim, ttl_s: float) -> Lease:
        """Write the last save of a room and give the room away, in one step."""
        new = {
            "owner": to.node,
            "boot": to.boot,
            "address": to.address,
            "epoch": save.epoch + 1,
            "save": _save_fields(save),
        }
        pipeline: list[Document] = [
            {"$set": {name: {"$literal": value} for name, value in new.items()}},
            {"$set": {"lease_until": _until(ttl_s)}},
        ]

        def change() -> Document | None:
            rooms = self._db["rooms"]
            found = rooms.find_one_and_update(
                {"_id": save.room_id, "boot": claim.boot, "epoch": save.epoch},
                pipeline,
                projection=_lease_fields(),
                return_document=ReturnDocument.AFTER,
            )
            return found or rooms.find_one({"_id": save.room_id}, _lease_fields())

        found = self._call(change, LEASE_CALL_S)
        return _lease(found if found is not None else {"_id": save.room_id})

    def drop_lease(self, room_id: str, epoch: int) -> None:
        """Let a room go for good, unless it has a later owner by now."""
        # The epoch stays: what is still on its way to the room is refused by it.
        gone = ("owner", "boot", "address", "lease_until", "save", "finished")
        self._call(
            lambda: self._db["rooms"].update_one(
                {"_id": room_id, "epoch": {"$lte": epoch}, "lease_until": {"$exists": True}},
                {"$unset": dict.fromkeys(gone, ""), "$currentDate": {"idle_since": True}},
            )
        )

    def leases(self) -> list[Lease]:
        """Return the leases of all rooms that are not let go."""
        kept = {"lease_until": {"$exists": True}}
        found = self._call(
            lambda: list(
                self._db["rooms"].aggregate([{"$match": kept}, {"$project": _lease_fields()}])
            ),
            LOOK_CALL_S,
        )
        return readable(found, _lease)

    # Saves

    def put_save(self, save: RoomSave, boot: str, ttl_s: float) -> None:
        """Keep the newest save of a room, and prolong its lease."""
        pipeline = [
            {"$set": {"save": {"$literal": _save_fields(save)}, "lease_until": _until(ttl_s)}}
        ]
        found = self._call(
            lambda: self._db["rooms"].update_one(
                {
                    "_id": save.room_id,
                    "boot": boot,
                    "epoch": save.epoch,
                    "$or": [{"save": {"$exists": False}}, {"save.seq": {"$lte": save.seq}}],
                },
                pipeline,
            )
        )
        if found.matched_count == 0 and not self._is_owned(save, boot):
            raise StoreRefused(f"room {save.room_id} is not ours under epoch {save.epoch}")

    def _is_owned(self, save: RoomSave, boot: str) -> bool:
        """Whether a save was not taken only because a newer one is there."""
        query = {"_id": save.room_id, "boot": boot, "epoch": save.epoch}
        return self._call(lambda: self._db["rooms"].find_one(query, {"_id": True})) is not None

    def read_save(self, room_id: str) -> RoomSave | None:
        """Return the newest save of a room."""
        found = self._call(
            lambda: self._db["rooms"].find_one(
                {"_id": room_id, "save": {"$exists": True}}, {"save": True, "epoch": True}
            ),
            LEASE_CALL_S,
        )
        return next(iter(readable([found] if found else [], _save)), None)

    # Results on their way

    def _finish(self, record: ResultRecord, epoch: int, save: RoomSave | None = None) -> None:
        """Let a room hold a result, and replace the save of its race, in one step.

        Raises:
            StoreRefused: the epoch is not the room's.
        """
        name = f"finished.{record.race_id}"
        # A repetition finds the result there and leaves the save alone: it
        # may be that of the next race.
        there = {"$ne": [{"$type": f"${name}"}, "missing"]}
        after: object = "$$REMOVE" if save is None else {"$literal": _save_fields(save)}
        pipeline: list[Document] = [
            {"$set": {"save": {"$cond": [there, "$save", after]}}},
            {"$set": {name: {"$literal": result_fields(record)}}},
        ]
        found = self._call(
            lambda: self._db["rooms"].update_one({"_id": record.room_id, "epoch": epoch}, pipeline)
        )
        if found.matched_count == 0:
            raise StoreRefused(f"room {record.room_id} has another epoch than {epoch}")

    def _finished(self, room_id: str) -> list[ResultRecord]:
        """Return the results that a room holds."""
        found = self._call(lambda: self._db["rooms"].find_one({"_id": room_id}, {"finished": True}))
        held = found.get("finished", {}) if found else {}
        return readable(({**one, "_id": race_id} for race_id, one in held.items()), result_of)

    def _forget_finished(self, room_id: str, race_id: str) -> None:
        self._call(
            lambda: self._db["rooms"].update_one(
                {"_id": room_id}, {"$unset": {f"finished.{race_id}": ""}}
            )
        )

    def _call(self, operation: Callable[[], T], within_s: float = CALL_S) -> T:
        """Run one operation, the driver's own repetitions included; its faults become ours."""
        self.check_line()
        try:
            with pymongo.timeout(within_s):
                answer = operation()
        except (InvalidDocument, OverflowError) as error:
            raise StoreBroken(f"a record cannot be kept ({error})") from error
        except PyMongoError as error:
            # Also two upserts of one key that met: the second finds it there.
            raise StoreUnavailable(brief(error)) from error
        # Written or not: who is cut off meanwhile does not hear it.
        self.check_line()
        return answer

    def check_line(self) -> None:
        """Behave as if the database were away while this node is cut off on order.

        Raises:
            StoreUnavailable: it is.
        """
        if self.is_cut is not None and self.is_cut():
            raise StoreUnavailable("this node is cut off on order")


def readable(documents: Iterable[Document], make: Callable[[Document], T]) -> list[T]:
    """Return the records; one that cannot be read must not hide the others."""
    records = []
    for document in documents:
        try:
            records.append(make(document))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.error("document %s is left out: it cannot be read (%r)", document["_id"], error)
    return records


def result_fields(record: ResultRecord) -> Document:
    """Return the document of a result, without its `_id`."""
    content = asdict(record)
    del content["race_id"]
    content["rows"] = list(content["rows"])
    return content


def result_of(document: Document) -> ResultRecord:
    """Return the result that a document holds."""
    content = {name: value for name, value in document.items() if name != "_id"}
    content["race_id"] = document["_id"]
    content["rows"] = tuple(ResultLine(**row) for row in content["rows"])
    return ResultRecord(**content)


def brief(error: Exception) -> str:
    """Return the part of a driver's words that a person can use."""
    return str(error).split(", Timeout:")[0].split(" (configured timeouts")[0][:300]


def _until(ttl_s: float) -> Document:
    return {"$add": ["$$NOW", round(1000 * ttl_s)]}


def _lease_fields() -> Document:
    """Return the projection that leaves of a room what a lease tells."""
    there = [{"$ne": [{"$type": "$save"}, "missing"]}, {"$gt": [_held(), 0]}]
    return {
        "owner": True,
        "boot": True,
        "address": True,
        "epoch": True,
        "left_ms": {"$subtract": ["$lease_until", "$$NOW"]},
        "saved": {"$or": there},
    }


def _held() -> Document:
    return {"$size": {"$objectToArray": {"$ifNull": ["$finished", {}]}}}


def _lease(room: Document) -> Lease:
    return Lease(
        room["_id"],
        str(room.get("owner", "")),
        str(room.get("boot", "")),
        str(room.get("address", "")),
        int(room.get("epoch", 0)),
        float(room.get("left_ms") or 0.0) / 1000.0,
        bool(room.get("saved")),
    )


def _save_fields(save: RoomSave) -> Document:
    return {"seq": save.seq, "tick": save.tick, "blob": save.blob, "epoch": save.epoch}


def _save(room: Document) -> RoomSave:
    save = room["save"]
    epoch = int(save.get("epoch", room["epoch"]))
    return RoomSave(room["_id"], epoch, int(save["seq"]), int(save["tick"]), bytes(save["blob"]))


def _card(document: Document) -> Card:
    return Card(
        node=document["_id"],
        boot=document["boot"],
        address=document["address"],
        draining=bool(document["draining"]),
        load=float(document["load"]),
        rooms=tuple(RoomCard(**one) for one in document["rooms"]),
        people=tuple(PersonCard(**one) for one in document["people"]),
        age_s=float(document["age_ms"]) / 1000.0,
        full=bool(document.get("full")),
    )
