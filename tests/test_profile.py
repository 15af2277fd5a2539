"""What a player has done: counted, kept true in memory, told, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

import bulletins
from db import store as records
from db.cached_store import CachedStore
from db.mongo import MongoStore
from db.store import Claim
from effects import FindProfile, ProfileFound, ResultSaved
from protocol import Profile, Results
from tests.evening import NOON, Evening
from tests.test_cache import know, lap
from tests.test_screens import words, written
from tests.theatre import Theatre
from tests.waiting import wait_until

DAY_S = 86_400.0


@pytest.fixture
def cached(mongo: MongoStore, mongo_uri: str) -> Iterator[CachedStore]:
    """Yield a store that remembers, beside one that writes to the same database."""
    store = CachedStore(mongo_uri, mongo.database)
    yield store
    store.close()


# In the database and in memory


def test_profile_follows_what_others_write(mongo: MongoStore, cached: CachedStore) -> None:
    """Own results count at once, those of other nodes by the stream; both are known by heart."""

    def by_heart(races: int) -> None:
        def known() -> bool:
            cached.profile("ann")
            return cached.known_profile("ann") == records.Profile("ann", races, races, 1000.0)

        wait_until(known, f"know {races} races by heart", 30.0)

    mongo.put_result(lap("race1", 42_000))
    by_heart(1)
    mongo.put_result(lap("other", 42_000, "bob"))
    mongo.put_result(lap("race2", 43_000))
    by_heart(2)
    for number in range(3, 20):
        cached.put_result(lap(f"race{number}", 50_000))
        assert cached.profile("ann").races == number


def test_result_that_another_owner_left_counts_once_it_is_brought_over(
    mongo: MongoStore, cached: CachedStore
) -> None:
    """A takeover tells nobody whose results they were."""
    claim = Claim("node-1", "boot", "a:1")
    epoch = mongo.take_lease("r1", claim, 5.0).epoch
    mongo._finish(lap("race1", 42_000), epoch)
    know(cached)
    assert cached.profile("ann") == records.Profile("ann")

    cached.publish("r1")

    assert cached.profile("ann") == records.Profile("ann", 1, 1, 1000.0)


def test_result_that_is_taken_away_by_hand_is_noticed(
    mongo: MongoStore, cached: CachedStore, mongo_uri: str
) -> None:
    """Nobody tells whose it was: every profile is asked for again."""
    mongo.put_result(lap("race1", 42_000))
    know(cached)
    assert cached.profile("ann").races == 1

    with MongoClient[dict[str, object]](mongo_uri) as client:
        client[mongo.database].results.delete_one({})

    wait_until(lambda: cached.profile("ann") == records.Profile("ann"), "notice", 30.0)


def test_profile_is_served_by_an_index(mongo: MongoStore, mongo_uri: str) -> None:
    """A player's own races are read, and no others."""
    for number in range(20):
        mongo.put_result(lap(f"race{number}", 50_000, f"player{number % 10}"))
    with MongoClient[dict[str, object]](mongo_uri) as client:
        database = client[mongo.database]
        database.command("profile", 2)
        mongo.profile("player3")
        database.command("profile", 0)
        asked = database["system.profile"].find_one({"command.aggregate": "results"})

    assert asked is not None
    assert asked["docsExamined"] == 2


# In the game


def test_player_who_comes_is_told_what_was_done() -> None:
    """Once the database has answered, and nothing while it cannot be asked."""
    evening = Evening()
    mika, tess = evening.connect("Mika"), evening.connect("Tess")
    asked = evening.asked(FindProfile)
    assert mika.welcome is not None
    me = mika.welcome.player_id
    assert [one.link_id for one in asked] == [mika.link_id, tess.link_id]
    assert asked[0].player_id == me
    evening.settle(ProfileFound(mika.link_id, None))
    assert mika.all(Profile) == []

    found = records.Profile(me, 12, 3, NOON - 2.5 * DAY_S)
    for link_id in (mika.link_id, 99):
        evening.settle(ProfileFound(link_id, found))

    assert mika.all(Profile) == [Profile(12, 3, 2)]
    assert tess.all(Profile) == []


def test_profile_is_told_again_when_a_result_is_saved() -> None:
    """To those who raced and are here still, not to who only watches the lobby."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    evening.connect("Robin")
    mika.end_race()
    tess.lose()
    before = len(evening.asked(FindProfile))

    evening.settle(ResultSaved("another"))
    assert len(evening.asked(FindProfile)) == before
    evening.settle(ResultSaved(mika.last(Results).race_id))

    assert [one.link_id for one in evening.asked(FindProfile)[before:]] == [mika.link_id]


@pytest.mark.parametrize(
    ("raced_at", "days"),
    [(0.0, 0), (NOON + 9.0, 0), (NOON - DAY_S + 1, 0), (NOON - DAY_S, 1), (1e-300, 11574)],
)
def test_days_are_whole_and_never_negative(raced_at: float, days: int) -> None:
    """Clocks of nodes differ; a race that ended in the future ended today."""
    assert bulletins.profile(records.Profile("p", 1, 1, raced_at), NOON) == Profile(1, 1, days)


# On the screen


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile(0, 0, 0), "Welcome: your first race is to come"),
        (Profile(1, 0, 0), "Welcome back  ·  1 race |"),
        (Profile(12, 1, 1), "Welcome back  ·  12 races, 1 win  ·  last race yesterday |"),
        (Profile(12, 3, 9), "Welcome back  ·  12 races, 3 wins  ·  last race 9 days ago |"),
    ],
)
def test_screen_of_rooms_tells_it(profile: Profile, told: str, tmp_path: Path) -> None:
    """In one line, without what there is none of."""
    theatre = Theatre(tmp_path)
    theatre.connect()
    theatre.hears(profile)
    theatre.lobby(3)
    theatre.go("rooms")

    assert told in words(written(theatre, (1280, 720)))
    theatre.stage.hang_up()
