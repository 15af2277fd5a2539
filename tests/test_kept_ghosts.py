"""Recorded laps that are kept: in both stores, on the disk, and never lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from db.cached_store import CachedStore
from db.memory import MemoryStore
from db.mongo import MongoStore
from db.store import GhostRecord, PlayerRecord, Profile, ResultLine, ResultRecord, Store
from effects import FindGhosts, GhostSaved, GhostsFound, SaveGhost
from errors import StoreBroken, StoreUnavailable
from tests.test_storekeeper import expect, keeping
from tests.waiting import wait_until

ANN = GhostRecord("meadow", "d" * 16, 1, "ann", "Ann", 41_000, b"\x00\x01\xfflap", "r-1", 10.0)
SAVED = GhostSaved("ann", "meadow", ANN.digest, 1)
ASK = FindGhosts(7, "ann", "meadow", ANN.digest, 1)


# In the stores


def test_lap_is_kept_once_however_often_it_is_written(store: Store) -> None:
    """It comes back to the byte, for its driver and as the record; and ranks as a best lap."""
    for _ in range(3):
        store.put_ghost(ANN)

    assert store.ghosts(ANN.digest, 1, "ann") == (ANN, ANN)
    assert store.ghosts(ANN.digest, 1, "$bob") == (None, ANN)
    assert [lap.lap_ms for lap in store.best_laps("meadow", 10)] == [41_000]


def test_slower_lap_never_replaces_a_faster_one(store: Store) -> None:
    """In whatever order they come; an equal one stays with the first."""
    faster = replace(ANN, lap_ms=40_000, lap=b"faster", race_id="r-2", set_at=20.0)
    store.put_ghost(ANN)
    store.put_ghost(faster)
    store.put_ghost(ANN)
    store.put_ghost(replace(faster, lap=b"as fast", set_at=30.0))

    assert store.ghosts(ANN.digest, 1, "ann") == (faster, faster)
    assert store.best_laps("meadow", 10)[0].lap_ms == 40_000


def test_record_is_the_fastest_of_all_in_the_same_car_on_the_same_track(store: Store) -> None:
    """Other cars, and the track before it was changed, are other contests."""
    bob = replace(ANN, player_id="$bob", name="$Bob", lap_ms=39_000, set_at=11.0)
    store.put_ghost(ANN)
    store.put_ghost(bob)
    store.put_ghost(replace(bob, player_id="eve", set_at=12.0))
    store.put_ghost(replace(bob, car_class=0, lap_ms=1_000))
    store.put_ghost(replace(bob, digest="e" * 16, lap_ms=1_000))

    assert store.ghosts(ANN.digest, 1, "ann") == (ANN, bob)
    assert store.ghosts("f" * 16, 1, "ann") == (None, None)


def test_ghost_follows_a_player_who_takes_another_name(store: Store) -> None:
    """As leaderboards do."""
    store.put_ghost(ANN)
    store.put_player(PlayerRecord("ann", "Anna", 2.0))

    assert store.ghosts(ANN.digest, 1, "ann")[1] == replace(ANN, name="Anna")


def test_trial_counts_in_no_profile(store: Store) -> None:
    """Who drives alone wins nothing."""
    row = ResultLine("ann", "Ann", 0, 1, 90_000, 41_000, 0)
    race = ResultRecord("race1", "room", "Evening", "meadow", 2, 1.0, (row,))
    store.put_result(race)
    store.put_result(replace(race, race_id="race2", finished_at=2.0, mode=1))

    assert store.profile("ann") == Profile("ann", 1, 1, 1.0)
    assert [one.mode for one in store.results(2)] == [1, 0]


@pytest.mark.database
def test_ghost_that_cannot_be_read_is_left_out(mongo: MongoStore) -> None:
    """Somebody else wrote into our collection: no ghost, no fault."""
    mongo.put_ghost(ANN)
    mongo._db["ghosts"].update_one({"player_id": "ann"}, {"$set": {"lap": 5, "surplus": 1}})

    assert mongo.ghosts(ANN.digest, 1, "ann") == (None, None)


@pytest.mark.database
def test_leaderboard_in_memory_hears_of_a_recorded_lap(mongo_uri: str) -> None:
    """What this process has written is never older in its answers."""
    store = CachedStore(mongo_uri, "ghosts_cached")
    try:
        assert store.best_laps("meadow", 10) == []
        store.put_ghost(ANN)

        assert [lap.lap_ms for lap in store.best_laps("meadow", 10)] == [41_000]
    finally:
        store._client.drop_database("ghosts_cached")
        store.close()


# On the way there


class Database(MemoryStore):
    """A durable store in memory that can be away, or refuse a ghost."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.away = threading.Event()
        self.refuses = False

    def put_ghost(self, record: GhostRecord) -> None:
        if self.refuses:
            raise StoreBroken("a number is too large")
        if self.away.is_set():
            raise StoreUnavailable("no primary")
        super().put_ghost(record)

    def ghosts(
        self, digest: str, car_class: int, player_id: str
    ) -> tuple[GhostRecord | None, GhostRecord | None]:
        if self.away.is_set():
            raise StoreUnavailable("no primary")
        return super().ghosts(digest, car_class, player_id)


def test_lap_is_told_saved_when_the_database_has_it() -> None:
    """And is found from then on."""
    store = Database()
    with keeping(store) as keeper:
        keeper.submit(SaveGhost(ANN))
        assert expect(keeper, 1) == [SAVED]
        keeper.submit(ASK)

        assert expect(keeper, 1) == [GhostsFound(7, "meadow", ANN.digest, 1, ANN, ANN)]


def test_lap_waits_on_disk_for_a_database_that_is_away(tmp_path: Path) -> None:
    """Also for the next run of the server; who asks meanwhile is told that nobody can say."""
    store = Database()
    store.away.set()
    with keeping(store, tmp_path / "backlog") as keeper:
        keeper.submit(SaveGhost(ANN))
        wait_until(lambda: keeper._shelf.settled, "write the lap to disk")
        keeper.submit(ASK)
        none = GhostsFound(7, "meadow", ANN.digest, 1, None, None, available=False)
        assert expect(keeper, 1) == [none]
    store.away.clear()
    with keeping(store, tmp_path / "backlog") as keeper:
        assert expect(keeper, 1) == [SAVED]

    assert store.ghosts(ANN.digest, 1, "ann") == (ANN, ANN)


def test_lap_that_no_database_takes_is_put_aside(tmp_path: Path) -> None:
    """What comes behind it is not held up."""
    store = Database()
    store.refuses = True
    with keeping(store, tmp_path / "backlog") as keeper:
        keeper.submit(SaveGhost(ANN))
        wait_until(lambda: keeper._shelf.settled and keeper._shelf.peek() is None, "put it aside")
        store.refuses = False
        keeper.submit(SaveGhost(replace(ANN, player_id="bob")))

        assert expect(keeper, 1) == [replace(SAVED, player_id="bob")]
