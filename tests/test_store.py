"""One contract, two stores: in memory, and on a real replica set."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import pytest
from pymongo import MongoClient

from db.mongo import INDEXES, MongoStore
from db.store import (
    ChatRecord,
    PlayerRecord,
    Profile,
    ResultLine,
    ResultRecord,
    Store,
)
from errors import BadOption, StoreBroken, StoreUnavailable
from tests.waiting import wait_until


def line(player_id: str, best_lap_ms: int, name: str = "", place: int = 1) -> ResultLine:
    """Return one car of a result."""
    return ResultLine(player_id, name or player_id, 0, place, 90_000, best_lap_ms, 25)


def result(race_id: str, *rows: ResultLine, at: float = 1000.0) -> ResultRecord:
    """Return the end of one race on the meadow."""
    return ResultRecord(race_id, "room", "Evening", "meadow", 2, at, rows)


def said(line_id: str, at: float, channel: int = 0, room_id: str = "") -> ChatRecord:
    """Return one line of chat."""
    return ChatRecord(line_id, channel, room_id, "Ann", f"text of {line_id}", 0, at)


# Results and best laps


def test_result_is_kept_once_however_often_it_is_written(store: Store) -> None:
    """Repeating a write changes nothing."""
    record = result("race1", line("ann", 41_000), line("", 40_000, "Bot 1", place=2))
    for _ in range(3):
        store.put_result(record)

    assert store.results(10) == [record]
    assert [lap.lap_ms for lap in store.best_laps("meadow", 10)] == [41_000]


def test_results_come_newest_first(store: Store) -> None:
    """The limit cuts off the oldest."""
    for number in range(4):
        store.put_result(result(f"race{number}", line("ann", 41_000), at=1000.0 + number))

    assert [one.race_id for one in store.results(3)] == ["race3", "race2", "race1"]


def test_best_laps_rank_each_player_once(store: Store) -> None:
    """A leaderboard holds the fastest lap of each player, fastest first."""
    store.put_result(result("race1", line("ann", 41_000), line("bob", 43_000), at=1.0))
    store.put_result(result("race2", line("ann", 42_000), line("bob", 40_000), at=2.0))
    store.put_result(result("race3", line("ann", 0), line("", 30_000, "Bot 1"), at=3.0))

    laps = store.best_laps("meadow", 10)

    assert [(lap.player_id, lap.lap_ms, lap.race_id, lap.set_at) for lap in laps] == [
        ("bob", 40_000, "race2", 2.0),
        ("ann", 41_000, "race1", 1.0),
    ]
    assert store.best_laps("meadow", 1) == laps[:1]
    assert store.best_laps("harbour", 10) == []


def test_equal_lap_stays_with_who_drove_it_first(store: Store) -> None:
    """A tie is ranked by date, and does not renew it."""
    store.put_result(result("race1", line("bob", 41_000), at=1.0))
    store.put_result(result("race2", line("ann", 41_000), line("bob", 41_000), at=2.0))

    laps = store.best_laps("meadow", 10)

    assert [(lap.player_id, lap.set_at) for lap in laps] == [("bob", 1.0), ("ann", 2.0)]


def test_leaderboard_follows_a_player_who_takes_another_name(store: Store) -> None:
    """Laps belong to the player, not to the name."""
    store.put_result(result("race1", line("id1", 41_000, "Ann"), line("id2", 42_000, "$Bob")))
    store.put_player(PlayerRecord("id1", "Anna", 2.0))

    assert [lap.name for lap in store.best_laps("meadow", 10)] == ["Anna", "$Bob"]


def test_profile_counts_the_finished_races_of_a_player(store: Store) -> None:
    """Each race once, however often it was written; not those of others, nor of bots."""
    won = result("race1", line("ann", 41_000), line("bob", 43_000), at=1.0)
    second = replace(line("ann", 40_000), place=2)
    gave_up = replace(line("ann", 40_000), total_ms=0)
    store.put_result(won)
    store.put_result(won)
    store.put_result(result("race2", replace(line("bob", 0), place=1), second, at=3.0))
    store.put_result(result("race3", gave_up, at=9.0))
    store.put_result(result("race4", line("", 30_000, "Bot 1"), at=9.0))

    assert store.profile("ann") == Profile("ann", 2, 1, 3.0)
    assert store.profile("bob") == Profile("bob", 2, 2, 3.0)
    assert store.profile("$nobody") == Profile("$nobody")
    assert store.known_profile("ann") is None


# Chat


def test_chat_is_recalled_oldest_first_and_each_line_once(store: Store) -> None:
    """The newest lines of one channel of one room, in the order they were said."""
    lines = [said(f"l{number}", 100.0 + number) for number in range(5)]
    store.put_chat(lines)
    store.put_chat(lines[2:])
    store.put_chat([said("other", 101.0, channel=1, room_id="r1")])
    store.put_chat([])

    assert store.recent_chat(0, "", 3) == lines[2:]
    assert [one.line_id for one in store.recent_chat(1, "r1", 50)] == ["other"]


def test_lines_of_a_room_come_by_their_numbers(store: Store) -> None:
    """Clocks of nodes differ; the owner's count does not."""
    lines = [
        replace(said(f"l{number}", 100.0 - number, channel=1, room_id="r1"), number=number)
        for number in range(1, 5)
    ]
    store.put_chat(lines)

    assert store.recent_chat(1, "r1", 3) == lines[1:]


def test_lines_of_the_lobby_are_heard_by_all_nodes(store: Store) -> None:
    """Whoever listens is told each line that anybody keeps from then on."""
    store.put_chat([said("before", 1.0)])
    heard: list[ChatRecord] = []
    done = threading.Event()
    listener = threading.Thread(
        target=store.hear_chat, args=(0, heard.append, done.is_set), daemon=True
    )
    listener.start()

    def deaf() -> bool:
        store.put_chat([said(f"knock{next(knocks)}", 2.0)])
        return not heard

    knocks = itertools.count()
    wait_until(lambda: not deaf(), "listen")
    store.put_chat([said("elsewhere", 3.0, channel=1, room_id="r1")])
    line = replace(said("hello", 4.0), number=7)
    store.put_chat([line])
    wait_until(lambda: heard[-1].line_id == "hello", "hear the line")
    done.set()
    listener.join(5.0)

    assert heard[-1] == line
    assert not {"before", "elsewhere"} & {one.line_id for one in heard}
    assert not listener.is_alive()


def test_secret_is_the_same_for_all_who_ask(store: Store) -> None:
    """The first one makes it; it is long enough."""
    assert store.secret() == store.secret()
    assert len(store.secret()) == 32


# What only a database can show


def test_two_nodes_that_ask_first_agree_on_the_secret(mongo: MongoStore, mongo_uri: str) -> None:
    """One of them makes it, both have it."""
    other = MongoStore(mongo_uri, mongo.database)

    assert other.secret() == mongo.secret()
    other.close()


def test_listener_goes_on_behind_the_last_line_it_told(mongo: MongoStore) -> None:
    """What is said while nobody listens is told as soon as somebody does again."""
    heard: list[str] = []
    waiting = iter([False] * 3)
    mongo.hear_chat(0, lambda one: heard.append(one.line_id), lambda: next(waiting, True))
    mongo.put_chat([said("meanwhile", 1.0)])

    mongo.hear_chat(0, lambda one: heard.append(one.line_id), lambda: bool(heard))

    assert heard == ["meanwhile"]


def test_result_half_written_is_completed_by_a_repetition(
    mongo: MongoStore, mongo_uri: str
) -> None:
    """A crash between the result and its laps costs neither."""
    record = result("race1", line("ann", 41_000), line("bob", 42_000))
    mongo.put_result(record)
    with MongoClient[dict[str, object]](mongo_uri) as client:
        client[mongo.database].best_laps.delete_one({"player_id": "bob"})

    mongo.put_result(record)

    assert [lap.player_id for lap in mongo.best_laps("meadow", 10)] == ["ann", "bob"]
    assert mongo.results(10) == [record]


def test_indexes_are_those_of_the_table(mongo: MongoStore, mongo_uri: str) -> None:
    """Every declared index is there, and chat is forgotten by the database."""
    with MongoClient[dict[str, object]](mongo_uri) as client:
        database = client[mongo.database]
        for collection, models in INDEXES.items():
            made = database[collection].index_information()
            assert {model.document["name"] for model in models} <= set(made)
        assert "expireAfterSeconds" in database["chat"].index_information()["kept_since_1"]


def test_document_that_cannot_be_read_does_not_hide_the_others(
    mongo: MongoStore, mongo_uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One damaged result is named in the log and left out."""
    mongo.put_result(result("race1", line("ann", 41_000)))
    with MongoClient[dict[str, object]](mongo_uri) as client:
        client[mongo.database].results.insert_one({"_id": "odd", "finished_at": 1})

    assert [one.race_id for one in mongo.results(10)] == ["race1"]
    assert "odd" in caplog.text


def test_record_that_no_database_takes_is_broken(mongo: MongoStore) -> None:
    """What can never be written is told apart from what may be tried again."""
    with pytest.raises(StoreBroken):
        mongo.put_result(result("race1", replace(line("ann", 41_000), points=1 << 70)))


# Addresses that lead nowhere


@pytest.mark.parametrize(
    "uri",
    ["mongodb://", "mongodb://host:0/", "mongodb://a:b:c@host", "mongodb://host/?w"],
)
def test_uri_that_cannot_be_parsed_is_a_bad_option(uri: str) -> None:
    """A mistyped URI is told in one sentence."""
    with pytest.raises(BadOption, match=r"^--db: "):
        MongoStore(uri)


def test_wrong_password_is_a_bad_option(mongo_uri: str) -> None:
    """The password itself is not told."""
    wrong = mongo_uri.replace("@", "x@", 1)

    with pytest.raises(BadOption, match="refuses the user or the password") as caught:
        MongoStore(wrong)
    assert wrong.split(":")[2].split("@")[0] not in str(caught.value)


def test_missing_password_is_a_bad_option(mongo_uri: str) -> None:
    """A set that wants a password is told apart from one that is away."""
    with pytest.raises(BadOption, match="refuses the user or the password"):
        MongoStore("mongodb://" + mongo_uri.split("@")[1])


def test_other_set_than_the_named_one_is_a_bad_option(
    mongo_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong replicaSet= is named with the one that was found."""
    monkeypatch.setattr("db.mongo.SELECT_MS", 500)

    with pytest.raises(BadOption, match='belongs to the replica set "slipstream"'):
        MongoStore(mongo_uri.replace("replicaSet=slipstream", "replicaSet=other"))


def test_database_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at the address: try again later, and within a bounded time."""
    monkeypatch.setattr("db.mongo.SELECT_MS", 300)

    with pytest.raises(StoreUnavailable):
        MongoStore("mongodb://127.0.0.1:9/?replicaSet=slipstream")
