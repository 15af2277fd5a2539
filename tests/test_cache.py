"""The cache: late perhaps, wrong never; told events first, then a real replica set."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pymongo import MongoClient

from db.cache import ENTRY_LIVES_S, SILENT_S, Cache, Fill, Key
from db.cached_store import LAPS_KEPT, CachedStore
from db.memory import MemoryStore
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import BestLap, PlayerRecord, Profile, ResultLine, ResultRecord
from effects import BestLapsFound, FindBestLaps, FindProfile, ProfileFound
from errors import StoreUnavailable
from storekeeper import BEST_LAPS_SHOWN
from tests.test_storekeeper import Database, expect, keeping
from tests.waiting import wait_until

MEADOW: Key = ("laps", "meadow")
HARBOUR: Key = ("laps", "harbour")
ANN: Key = ("profile", "ann")
NEVER_S = 1e-9
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def warm() -> Cache[str]:
    """Return a cache whose stream has told everything before second 100."""
    cache: Cache[str] = Cache()
    cache.open()
    cache.told(100.0)
    return cache


def fill(cache: Cache[str], key: Key, value: str, now: float = 100.0) -> None:
    """Ask for an answer that comes at once."""
    cache.end(cache.begin(key, now), value)


def found(cache: Cache[str], key: Key, now: float = 100.0) -> str | None:
    """Return an answer from memory, if there is one."""
    entry = cache.find(key, now)
    return entry.value if entry is not None else None


# What is told


def test_answer_is_kept_until_a_change_touches_it() -> None:
    """A change forgets its own track and no other."""
    cache = warm()
    fill(cache, MEADOW, "m")
    fill(cache, HARBOUR, "h")

    cache.forget([MEADOW])

    assert (found(cache, MEADOW), found(cache, HARBOUR)) == (None, "h")
    assert (cache.hits, cache.misses) == (1, 2)


def test_nothing_is_answered_before_the_stream_is_open() -> None:
    """What was asked before may have changed without word."""
    cache: Cache[str] = Cache()
    before = cache.begin(MEADOW, 99.0)
    cache.told(99.0)
    fill(cache, ANN, "a", 99.0)
    assert found(cache, ANN, 99.0) is None
    cache.open()
    cache.end(before, "old")
    fill(cache, HARBOUR, "h")

    assert (found(cache, MEADOW), found(cache, HARBOUR)) == (None, None)
    cache.told(100.0)
    assert (found(cache, MEADOW), found(cache, HARBOUR)) == (None, "h")


def test_change_during_a_question_spoils_its_answer() -> None:
    """The database may have answered before the change: the next one asks again."""
    cache = warm()
    asked = [cache.begin(key, 100.0) for key in (MEADOW, HARBOUR, ANN)]
    cache.forget([MEADOW])
    cache.forget_kind("profile")
    for one in asked:
        cache.end(one, "old")

    assert [found(cache, key) for key in (MEADOW, HARBOUR, ANN)] == [None, "old", None]


def test_change_of_a_kind_forgets_all_of_it() -> None:
    """Nobody knows whose track it was; players are not touched."""
    cache = warm()
    for key in (MEADOW, HARBOUR, ANN):
        fill(cache, key, "x")

    cache.forget_kind("laps")

    assert [found(cache, key) for key in (MEADOW, HARBOUR, ANN)] == [None, None, "x"]


def test_silent_stream_answers_nothing_until_it_is_heard_again() -> None:
    """Then all that it did not touch is true still."""
    cache = warm()
    fill(cache, MEADOW, "m")

    assert found(cache, MEADOW, 100.0 + SILENT_S) == "m"
    assert found(cache, MEADOW, 100.1 + SILENT_S) is None
    cache.told(110.0)
    assert found(cache, MEADOW, 110.0) == "m"


def test_cut_stream_that_is_resumed_keeps_what_it_does_not_touch() -> None:
    """What was missed is told before anything is believed."""
    cache = warm()
    fill(cache, MEADOW, "m")
    fill(cache, HARBOUR, "h")
    cache.cut()
    assert found(cache, MEADOW) is None
    cache.forget([MEADOW])
    cache.told(101.0)

    assert (found(cache, MEADOW, 101.0), found(cache, HARBOUR, 101.0)) == (None, "h")


def test_stream_that_begins_anew_or_ends_forgets_everything() -> None:
    """Nobody told what happened between the two."""
    for end in (Cache.open, Cache.close):
        cache = warm()
        fill(cache, MEADOW, "m")
        on_its_way = cache.begin(HARBOUR, 100.0)
        end(cache)
        cache.end(on_its_way, "old")
        cache.told(101.0)
        assert (found(cache, MEADOW, 101.0), found(cache, HARBOUR, 101.0)) == (None, None)


def test_later_question_wins_and_a_failed_one_changes_nothing() -> None:
    """Two threads may ask at once and be answered in any order."""
    cache = warm()
    first, second = cache.begin(MEADOW, 100.0), cache.begin(MEADOW, 101.0)
    cache.end(second, "new")
    cache.end(first, "old")
    cache.end(cache.begin(MEADOW, 102.0), None)

    assert found(cache, MEADOW) == "new"


def test_answers_are_bounded_in_number_and_age() -> None:
    """Who was asked for longest ago goes first."""
    cache: Cache[str] = Cache(entries_max=2)
    cache.open()
    cache.told(100.0)
    fill(cache, MEADOW, "m")
    fill(cache, HARBOUR, "h")
    assert found(cache, MEADOW) == "m"
    fill(cache, ANN, "a")
    assert [found(cache, key) for key in (MEADOW, HARBOUR, ANN)] == ["m", None, "a"]

    late = 101.0 + ENTRY_LIVES_S
    cache.told(late)
    assert found(cache, MEADOW, late) is None


class Model:
    """A cache, the database, and the stream between the two, in simulated time."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.cache: Cache[int] = Cache()
        self.now = 0.0
        self.written_at = [0.0]
        """Of each value that the database had; the last one is what it has."""
        self.confirmed = 0
        self.untold: int = 0
        self.open = False
        self.asked: list[tuple[Fill, int]] = []
        self.answered = 0

    def write(self, *, here: bool) -> None:
        """Change the value, by this process or by another."""
        self.written_at.append(self.now)
        self.untold += 1
        if here:
            self.cache.forget([MEADOW])
            self.confirmed = len(self.written_at) - 1

    def tell(self) -> None:
        """Let the stream tell some changes, or all, if it is there."""
        if self.open:
            count = self.rng.randint(0, self.untold)
            self.cache.forget([MEADOW] * count)
            self.untold -= count
            if not self.untold:
                self.cache.told(self.now)

    def turn(self) -> None:
        """Cut the stream, end it, or begin it anew."""
        if not self.open:
            self.cache.open()
            self.open, self.untold = True, 0
        elif self.rng.random() < 0.5:
            self.cache.cut()
        else:
            self.cache.close()
            self.open = False

    def ask(self) -> None:
        """Begin a question; the database answers as of now, and late."""
        self.asked.append((self.cache.begin(MEADOW, self.now), len(self.written_at) - 1))

    def hear(self) -> None:
        """Let any of the answers come."""
        if self.asked:
            self.cache.end(*self.asked.pop(self.rng.randrange(len(self.asked))))

    def look(self) -> None:
        """Demand that what is known by heart is true enough."""
        entry = self.cache.find(MEADOW, self.now)
        if entry is not None:
            self.answered += 1
            assert entry.value >= self.confirmed
            later = self.written_at[entry.value + 1 :]
            assert not later or later[0] >= self.now - SILENT_S - NEVER_S

    def run(self, steps: int) -> None:
        """Live through moods in which some things happen often and others hardly."""
        doings: list[Callable[[], None]] = [
            lambda: self.write(here=False), lambda: self.write(here=True),
            self.tell, self.turn, self.ask, self.hear,
        ]  # fmt: skip
        weights = [1.0]
        for step in range(steps):
            if step % 20 == 0:
                weights = [self.rng.choice((0.01, 0.2, 1.0)) for _ in doings]
            self.now += self.rng.random() / 4
            self.rng.choices(doings, weights)[0]()
            self.look()


@pytest.mark.parametrize("seed", range(100))
def test_no_order_of_events_gives_an_answer_that_is_too_old(seed: int) -> None:
    """Writers, askers and a stream that lags, is cut, or begins anew, in any order."""
    Model(seed).run(1500)


def test_model_answers_by_heart_often_enough_to_be_wrong() -> None:
    """The test above would see nothing in a cache that is always cold."""
    models = [Model(seed) for seed in range(20)]
    for model in models:
        model.run(1500)

    assert sum(model.answered for model in models) > 200


def test_what_is_known_does_not_wait_behind_other_calls() -> None:
    """It is answered from memory while the store thread hangs in an election."""

    class Remembering(Database):
        def known_best_laps(self, track: str, limit: int) -> list[BestLap] | None:
            return [] if track == "meadow" else None

        def known_profile(self, player_id: str) -> Profile | None:
            return Profile(player_id, 3, 1, 1.0)

    store = Remembering()
    with keeping(store) as keeper:
        store.go_on.clear()
        keeper.submit(FindBestLaps(1, "harbour"))
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(FindBestLaps(2, "meadow"))

        keeper.submit(FindProfile(2, "ann"))

        assert keeper.outcomes.get(timeout=5.0) == BestLapsFound(2, "meadow", ())
        assert keeper.outcomes.get(timeout=5.0) == ProfileFound(2, Profile("ann", 3, 1, 1.0))
        store.go_on.set()
        assert expect(keeper, 1) == [BestLapsFound(1, "harbour", ())]


def test_memory_knows_players_too() -> None:
    """The same question, without a database."""
    store = MemoryStore()
    store.put_player(PlayerRecord("ann", "Ann", 1.0))

    assert store.player("ann") == PlayerRecord("ann", "Ann", 1.0)
    assert store.player("bob") is None
    assert store.known_best_laps("meadow", BEST_LAPS_SHOWN) is None


# The real change stream


@pytest.fixture
def cached(mongo: MongoStore, mongo_uri: str) -> Iterator[CachedStore]:
    """Yield a store that remembers, beside one that writes to the same database."""
    store = CachedStore(mongo_uri, mongo.database)
    yield store
    store.close()


def lap(race_id: str, lap_ms: int, player_id: str = "ann") -> ResultRecord:
    """Return the end of a race of one car."""
    row = ResultLine(player_id, player_id.title(), 0, 1, 90_000, lap_ms, 25)
    return ResultRecord(race_id, "r1", "Evening", "meadow", 2, 1000.0, (row,))


def known_ms(store: CachedStore) -> list[int] | None:
    """Return the leaderboard if it is known by heart."""
    laps = store.known_best_laps("meadow", BEST_LAPS_SHOWN)
    return [one.lap_ms for one in laps] if laps is not None else None


def know(store: CachedStore) -> None:
    """Ask until the leaderboard is known by heart."""

    def asked() -> bool:
        store.best_laps("meadow", BEST_LAPS_SHOWN)
        return known_ms(store) is not None

    wait_until(asked, "know the leaderboard by heart", 30.0)


def show(store: CachedStore, wanted: list[int]) -> None:
    """Wait until a question is answered with these laps, and then by heart."""

    def shown() -> bool:
        try:
            return [one.lap_ms for one in store.best_laps("meadow", 20)] == wanted
        except StoreUnavailable:
            return False

    wait_until(shown, f"show {wanted}", 30.0)
    know(store)
    assert known_ms(store) == wanted


def test_result_of_another_node_shows_up(mongo: MongoStore, cached: CachedStore) -> None:
    """A leaderboard and a record known by heart follow what others write."""
    mongo.put_result(lap("race1", 42_000))
    know(cached)
    assert known_ms(cached) == [42_000]

    mongo.put_result(lap("race2", 41_000))

    show(cached, [41_000])
    assert [one.race_id for one in cached.best_laps("meadow", 1)] == ["race2"]


def test_own_result_is_never_missing_once_it_is_confirmed(cached: CachedStore) -> None:
    """The very next question knows it, however late the stream is."""
    know(cached)
    for number in range(30):
        cached.put_result(lap(f"race{number}", 50_000 - number))
        found = cached.known_best_laps("meadow", 5) or cached.best_laps("meadow", 5)
        assert found[0].lap_ms == 50_000 - number


def test_name_that_changes_shows_on_the_leaderboard(mongo: MongoStore, cached: CachedStore) -> None:
    """Whoever changes it: this node at once, another one by the stream."""
    ann = PlayerRecord("ann", "Ann", 1.0)
    cached.put_player(ann)
    mongo.put_result(lap("race1", 42_000))
    show(cached, [42_000])

    cached.put_player(replace(ann, name="Anna"))
    assert [one.name for one in cached.best_laps("meadow", 5)] == ["Anna"]

    know(cached)
    mongo.put_player(replace(ann, name="Annabel"))
    wait_until(lambda: [one.name for one in cached.best_laps("meadow", 5)] == ["Annabel"], "show")


def test_leaderboard_longer_than_what_is_kept_is_asked_for(cached: CachedStore) -> None:
    """Memory never answers with a part of what was wanted."""
    know(cached)

    assert cached.known_best_laps("meadow", LAPS_KEPT) == []
    assert cached.known_best_laps("meadow", LAPS_KEPT + 1) is None
    assert cached.best_laps("meadow", LAPS_KEPT + 1) == []


def test_dropped_collection_is_noticed(
    mongo: MongoStore, cached: CachedStore, mongo_uri: str
) -> None:
    """Nobody tells row by row what went: everything is asked for again."""
    mongo.put_result(lap("race1", 42_000))
    show(cached, [42_000])

    with MongoClient[dict[str, object]](mongo_uri) as client:
        client[mongo.database].best_laps.drop()

    show(cached, [])


def test_killed_stream_goes_on_where_it_was_cut(
    mongo: MongoStore, cached: CachedStore, mongo_uri: str
) -> None:
    """What happened meanwhile is told; nothing in between is answered wrongly."""
    mongo.put_result(lap("race0", 50_000))
    show(cached, [50_000])
    with MongoClient[dict[str, object]](mongo_uri) as client:
        for number in range(1, 6):
            streams = client.admin.aggregate(
                [
                    {"$currentOp": {"idleCursors": True}},
                    {"$match": {"ns": {"$regex": f"^{mongo.database}\\."}}},
                ]
            )
            for one in streams:
                if "opid" in one:
                    client.admin.command("killOp", op=one["opid"])
            mongo.put_result(lap(f"race{number}", 50_000 - number))
            show(cached, [50_000 - number])


@posix
def test_killed_primary_makes_the_cache_late_and_never_wrong(
    replica_set: LocalReplicas, mongo: MongoStore, cached: CachedStore
) -> None:
    """While it is asked all the time, no answer is older than what was confirmed here."""
    wait_until(
        lambda: sorted(one.state for one in replica_set.status()).count("SECONDARY") == 2,
        "have two secondaries",
        30.0,
    )
    cached.put_result(lap("race0", 90_000))
    know(cached)
    confirmed = [90_000]
    wrong: list[str] = []
    ending = threading.Event()

    def ask() -> None:
        while not ending.wait(0.001):
            expected = confirmed[0]
            laps = known_ms(cached)
            if laps is not None and laps[0] > expected:
                wrong.append(f"{laps[0]} though {expected} was confirmed")

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        numbers = itertools.count(1)

        def write() -> None:
            number = next(numbers)
            while True:
                try:
                    cached.put_result(lap(f"race{number}", 90_000 - number))
                    break
                except StoreUnavailable:
                    continue
            confirmed[0] = 90_000 - number
            show(cached, [90_000 - number])

        for _ in range(5):
            write()
        (primary,) = [one.pid for one in replica_set.status() if one.state == "PRIMARY"]
        assert primary is not None
        os.kill(primary, signal.SIGKILL)
        for _ in range(5):
            write()
        mongo.put_result(lap("elsewhere", 10_000))
        show(cached, [10_000])
    finally:
        ending.set()
        asker.join()
        replica_set.start()
    assert not wrong
