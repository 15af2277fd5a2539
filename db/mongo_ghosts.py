"""Recorded laps as MongoDB keeps them: one document for each best.

Which lap is the better one is judged by the database, in the write itself: a
write that is repeated, or comes late, never replaces a faster lap.

A ghost: `{_id, track, digest, car_class, player_id, name, lap_ms, lap,
race_id, set_at}`, the `_id` made of digest, class and player.

Units: as in `store.py`.
"""

from __future__ import annotations

from dataclasses import asdict

from pymongo import ASCENDING, IndexModel, UpdateOne

from db.mongo_rooms import Document, MongoRooms, readable
from db.store import BestLap, GhostRecord, PlayerRecord, best_lap_of

GHOST_INDEXES: dict[str, list[IndexModel]] = {
    "ghosts": [
        IndexModel(
            [
                ("digest", ASCENDING),
                ("car_class", ASCENDING),
                ("lap_ms", ASCENDING),
                ("set_at", ASCENDING),
            ]
        ),
        IndexModel("player_id"),
    ]
}


class MongoGhosts(MongoRooms):
    """The part of the store that time trials are kept in."""

    def put_ghost(self, record: GhostRecord) -> None:
        """Keep a recorded lap, and its time as a best lap, unless there is a faster one."""
        ghost = keep_faster(_id_of(record.digest, record.car_class, record.player_id),
                            asdict(record))  # fmt: skip
        best = keep_best(best_lap_of(record))
        self._call(lambda: self._db["ghosts"].bulk_write([ghost]))
        self._call(lambda: self._db["best_laps"].bulk_write([best]))

    def ghosts(
        self, digest: str, car_class: int, player_id: str
    ) -> tuple[GhostRecord | None, GhostRecord | None]:
        """Return a player's best recorded lap on a track, and the best of all."""
        own = self._call(
            lambda: self._db["ghosts"].find_one({"_id": _id_of(digest, car_class, player_id)})
        )
        best = self._call(
            lambda: self._db["ghosts"].find_one(
                {"digest": digest, "car_class": car_class},
                sort=[("lap_ms", ASCENDING), ("set_at", ASCENDING)],
            )
        )
        return _ghost(own), _ghost(best)

    def _rename_ghosts(self, record: PlayerRecord) -> None:
        self._call(
            lambda: self._db["ghosts"].update_many(
                {"player_id": record.player_id, "name": {"$ne": record.name}},
                {"$set": {"name": record.name}},
            )
        )


def keep_best(lap: BestLap) -> UpdateOne:
    """Return the write of a player's best lap on a track."""
    return keep_faster(f"{lap.track}/{lap.player_id}", asdict(lap))


def keep_faster(_id: str, new: Document) -> UpdateOne:
    """Return a write that replaces a lap only by a faster one, in one step."""
    lap_ms = new["lap_ms"]
    faster = {"$lt": [lap_ms, {"$ifNull": ["$lap_ms", lap_ms + 1]}]}
    chosen = {
        # Literals, or a name that begins with "$" would be taken for a field.
        name: {"$cond": [faster, {"$literal": value}, f"${name}"]}
        for name, value in new.items()
    }
    return UpdateOne({"_id": _id}, [{"$set": chosen}], upsert=True)


def _id_of(digest: str, car_class: int, player_id: str) -> str:
    return f"{digest}/{car_class}/{player_id}"


def _ghost(found: Document | None) -> GhostRecord | None:
    def made(document: Document) -> GhostRecord:
        content = {name: value for name, value in document.items() if name != "_id"}
        return GhostRecord(**content | {"lap": bytes(document["lap"])})

    ghosts = readable([found] if found else [], made)
    return ghosts[0] if ghosts else None
