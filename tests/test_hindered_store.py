"""A node that is cut off on order, as far as the database goes: calls and streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from db.cached_store import CachedStore
from db.mongo import MongoStore
from db.store import ChatRecord, PlayerRecord, ResultLine, ResultRecord
from errors import StoreUnavailable
from tests.waiting import wait_until

ANN = PlayerRecord("ann", "Ann", 1.0)
pytestmark = pytest.mark.database


class Line:
    """The line of a node to its database, cut and healed by the test."""

    def __init__(self) -> None:
        self.cut = False
        self.asked = 0
        """How often somebody found it cut."""

    def is_cut(self) -> bool:
        """Return whether it is cut, and count that somebody met it."""
        self.asked += self.cut
        return self.cut

    def until_met(self) -> None:
        """Wait until somebody has met the cut from now on."""
        met = self.asked
        wait_until(lambda: self.asked > met, "meet the cut")


@pytest.fixture
def line() -> Line:
    """Return a line that is whole."""
    return Line()


@pytest.fixture
def hindered(mongo: MongoStore, mongo_uri: str, line: Line) -> Iterator[CachedStore]:
    """Yield the store of a node that can be cut off, beside one that cannot."""
    store = CachedStore(mongo_uri, mongo.database)
    store.is_cut = line.is_cut
    yield store
    store.close()


def test_cut_node_reads_and_writes_nothing(
    mongo: MongoStore, hindered: CachedStore, line: Line
) -> None:
    """As if the database were away."""
    line.cut = True

    with pytest.raises(StoreUnavailable, match="cut off on order"):
        hindered.put_player(ANN)
    with pytest.raises(StoreUnavailable):
        hindered.cards()
    assert mongo.player("ann") is None


def test_answer_that_is_under_way_is_lost_by_a_cut(
    mongo: MongoStore, hindered: CachedStore, line: Line
) -> None:
    """The write is done and its writer does not know: what happens to real ones."""
    answers = iter([False])
    hindered.is_cut = lambda: next(answers, True)

    with pytest.raises(StoreUnavailable):
        hindered.put_player(ANN)
    assert mongo.player("ann") == ANN
    hindered.is_cut = line.is_cut
    hindered.put_player(ANN)


def test_lines_of_the_lobby_come_after_a_cut_and_once(
    mongo: MongoStore, hindered: CachedStore, line: Line
) -> None:
    """What the database pushes comes by the same cable."""
    heard: list[str] = []
    done = threading.Event()

    def said(line_id: str) -> ChatRecord:
        return ChatRecord(line_id, 0, "", "Ann", "hello", 0, 1.0)

    def hear() -> None:
        while not done.is_set():
            try:
                hindered.hear_chat(0, lambda one: heard.append(one.line_id), done.is_set)
            except StoreUnavailable:
                done.wait(0.01)

    listener = threading.Thread(target=hear, daemon=True)
    listener.start()
    numbers = iter(range(1000))

    def knocked() -> bool:
        mongo.put_chat([said(f"knock{next(numbers)}")])
        return bool(heard)

    wait_until(knocked, "listen")
    mongo.put_chat([said("before")])
    wait_until(lambda: "before" in heard, "hear the line before")
    line.cut = True
    line.until_met()
    mongo.put_chat([said("during")])
    line.until_met()
    assert heard[-1] == "before"
    line.cut = False
    wait_until(lambda: heard[-1] == "during", "hear what was said during the cut")
    done.set()
    listener.join(5.0)

    assert len(heard) == len(set(heard))


def test_cut_node_knows_nothing_by_heart_and_catches_up(
    mongo: MongoStore, hindered: CachedStore, line: Line
) -> None:
    """Its memory is kept true by a stream, which is cut as well."""

    def race(race_id: str) -> ResultRecord:
        row = ResultLine("ann", "Ann", 0, 1, 90_000, 42_000, 25)
        return ResultRecord(race_id, "r1", "Evening", "meadow", 2, 1.0, (row,))

    hindered.put_result(race("race1"))
    wait_until(
        lambda: hindered.profile("ann").races == 1 and hindered.cache.hits > 0,
        "know by heart",
        30.0,
    )
    line.cut = True
    mongo.put_result(race("race2"))

    def refused() -> bool:
        try:
            return hindered.profile("ann").races != 1
        except StoreUnavailable:
            return True

    wait_until(refused, "answer no more", 30.0)
    line.cut = False
    wait_until(lambda: hindered.profile("ann").races == 2, "catch up", 30.0)
