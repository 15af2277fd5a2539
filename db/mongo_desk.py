"""Faults on order and recoveries told, as MongoDB keeps them.

An order is taken by the node that it names, once, while it is fresh; what is
left over the database forgets by itself. A node that takes orders says so in
`willing`. Nothing here is needed to play.

Units: seconds; milliseconds where a name ends in `_MS`.
"""

from __future__ import annotations

from dataclasses import asdict, fields

from pymongo import DESCENDING, IndexModel

from db.mongo_rooms import LOOK_CALL_S, Document, MongoRooms, readable
from faults import Fault, fault_of
from recovery import Recovery

ORDER_KEPT_S = 60
ORDER_FRESH_MS = 20_000
"""An order that its node did not see for so long is carried out no more."""
WILLING_KEPT_S = 15
RECOVERY_KEPT_S = 24 * 3600
DESK_INDEXES: dict[str, list[IndexModel]] = {
    "faults": [IndexModel("at", expireAfterSeconds=ORDER_KEPT_S)],
    "willing": [IndexModel("at", expireAfterSeconds=ORDER_KEPT_S)],
    "recoveries": [IndexModel([("at", DESCENDING)], expireAfterSeconds=RECOVERY_KEPT_S)],
}
"""Made with the others on start."""
STEPS = {field.name for field in fields(Recovery)} - {"ago_s"}


class MongoDesk(MongoRooms):
    """The part of the store that demonstrations go by."""

    def order_fault(self, node: str, fault: Fault) -> None:
        """Order a node to fail; the newest order to a node counts."""
        content = asdict(fault)
        self._call(
            lambda: self._db["faults"].update_one(
                {"_id": node},
                [{"$replaceWith": {"$mergeObjects": [{"$literal": content}, {"at": "$$NOW"}]}}],
                upsert=True,
            ),
            LOOK_CALL_S,
        )

    def take_order(self, node: str) -> Fault | None:
        """Take the order to this node away, and say that it takes orders."""
        self._call(
            lambda: self._db["willing"].update_one(
                {"_id": node}, [{"$set": {"at": "$$NOW"}}], upsert=True
            ),
            LOOK_CALL_S,
        )
        fresh = {"$gt": ["$at", {"$subtract": ["$$NOW", ORDER_FRESH_MS]}]}
        found = self._call(
            lambda: self._db["faults"].find_one_and_delete({"_id": node, "$expr": fresh}),
            LOOK_CALL_S,
        )
        return next(iter(readable([found], _fault)), None) if found is not None else None

    def willing(self) -> list[str]:
        """Return the names of the nodes that took orders lately."""
        lately = {"$gt": ["$at", {"$subtract": ["$$NOW", WILLING_KEPT_S * 1000]}]}
        found = self._call(
            lambda: list(self._db["willing"].find({"$expr": lately})), LOOK_CALL_S
        )  # fmt: skip
        return [str(one["_id"]) for one in found]

    def tell_recovery(self, recovery: Recovery) -> None:
        """Keep a recovery for who asks; repeating it changes nothing."""
        content = asdict(recovery)
        del content["ago_s"]
        self._call(
            lambda: self._db["recoveries"].update_one(
                {"_id": f"{recovery.room_id}.{recovery.epoch}"},
                [{"$replaceWith": {"$mergeObjects": [{"$literal": content}, {"at": "$$NOW"}]}}],
                upsert=True,
            ),
            LOOK_CALL_S,
        )

    def recoveries(self, limit: int) -> list[Recovery]:
        """Return the newest recoveries, newest first."""
        aged = {"$set": {"age_ms": {"$subtract": ["$$NOW", "$at"]}}}
        newest: list[Document] = [{"$sort": {"at": -1}}, {"$limit": limit}, aged]
        found = self._call(lambda: list(self._db["recoveries"].aggregate(newest)), LOOK_CALL_S)
        return readable(found, _recovery)


def _fault(document: Document) -> Fault:
    return fault_of(
        str(document["kind"]), float(document["seconds"]), int(document["delay_ms"])
    )  # fmt: skip


def _recovery(document: Document) -> Recovery:
    steps = {name: document[name] for name in STEPS}
    return Recovery(**steps, ago_s=float(document["age_ms"]) / 1000.0)
