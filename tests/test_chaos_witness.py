"""The witness of the chaos tests: documents rebuilt from changes, and what it notes of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import ChatRecord, Claim, ResultLine, ResultRecord, RoomSave
from tests.chaos.history import History, LineKept, ResultKept, RoomGone, RoomKept
from tests.chaos.witness import Rebuilt, Witness
from tests.waiting import wait_until


def update(path: str, value: Any) -> dict[str, Any]:
    """Return a change that sets a field, or with None removes it."""
    told = {"removedFields": [path]} if value is None else {"updatedFields": {path: value}}
    return {"operationType": "update", "documentKey": {"_id": "r"}, "updateDescription": told}


def test_documents_are_rebuilt_from_changes() -> None:
    """Whole, in part, deep inside, removed, gone."""
    rebuilt = Rebuilt()
    rebuilt.take(
        {"operationType": "insert", "documentKey": {"_id": "r"}, "fullDocument": {"_id": "r"}}
    )
    rebuilt.take(update("save", {"seq": 1, "blob": b"a"}))
    rebuilt.take(update("save.seq", 2))

    assert rebuilt.take(update("finished.x", {})) == {
        "_id": "r",
        "save": {"seq": 2, "blob": b"a"},
        "finished": {"x": {}},
    }
    assert rebuilt.take(update("save", None)) == {"_id": "r", "finished": {"x": {}}}
    assert rebuilt.take({"operationType": "delete", "documentKey": {"_id": "r"}}) is None
    assert rebuilt.documents == {}


@pytest.fixture
def history(empty_set: LocalReplicas) -> Iterator[tuple[History, Witness, MongoStore]]:
    """Yield a history that fills itself, its witness, and a store to write with."""
    store = MongoStore(empty_set.uri)
    history = History()
    witness = Witness(empty_set.uri, {}, history)
    witness.start()
    wait_until(witness.watching.is_set, "watch the database")
    yield history, witness, store
    witness.close()
    store.close()


def test_witness_sees_what_the_real_store_writes(
    history: tuple[History, Witness, MongoStore],
) -> None:
    """Owners, saves, results and lines come in order; the last read finds the same."""
    told, witness, store = history
    first, second = Claim("node-1", "boot1", "a:1"), Claim("node-2", "boot2", "b:2")
    row = ResultLine("ann", "Ann", 0, 1, 90_000, 60_000, 25)
    record = ResultRecord("race1", "room", "Evening", "meadow", 1, 1000.0, (row,))
    line = ChatRecord("l1", 1, "room", "Ann", "hello", 0, 5.0, 7)
    store.take_lease("room", first, 5.0)
    store.put_save(RoomSave("room", 1, 1, 60, b"unreadable"), first.boot, 5.0)
    store.take_lease("room", second, 5.0, over=1)
    store.put_chat([line])
    store.put_result(record, 2)
    store.drop_lease("room", 2)
    wait_until(lambda: told.all(RoomGone), "see the room let go")
    witness.stop()
    witness.read_all()

    kept = [(one.epoch, one.owner, one.seq, one.save_epoch) for one in told.all(RoomKept)]
    assert kept == [
        (1, "node-1/boot1", -1, 0),
        (1, "node-1/boot1", 1, 1),
        (2, "node-2/boot2", 1, 1),
        (2, "node-2/boot2", -1, 0),
    ]
    rows = (("ann", "Ann", 1, 90_000, 60_000),)
    results = [(one.final, one.race_id, one.rows) for one in told.all(ResultKept)]
    assert results == [(False, "race1", rows), (True, "race1", rows)]
    lines = [(one.final, one.line) for one in told.all(LineKept)]
    heard = (7, "Ann", "hello", 5.0)
    assert lines == [(False, heard), (True, heard)]


def test_history_takes_entries_of_many_threads() -> None:
    """None is lost."""
    history = History()
    entries = [RoomGone(float(number), "room") for number in range(1000)]

    def add(share: list[RoomGone]) -> None:
        for entry in share:
            history.add(entry)

    threads = [threading.Thread(target=add, args=(entries[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(history.all(RoomGone), key=lambda one: one.at) == entries
