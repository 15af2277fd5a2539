"""The thread that keeps the cache true, on streams that play a part."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from bson.timestamp import Timestamp
from pymongo.errors import OperationFailure, PyMongoError

from db.cache import Cache, Key
from db.watch import FORGOTTEN_CODES, Watch
from tests.waiting import wait_until

MEADOW: Key = ("laps", "meadow")
ANN: Key = ("profile", "ann")
NOW_S = 1000


def change(kind: str, identity: str, at_s: int = NOW_S) -> dict[str, Any]:
    """Return a change of one document, as the driver tells it."""
    return {
        "operationType": "update", "ns": {"coll": kind}, "documentKey": {"_id": identity},
        "clusterTime": Timestamp(at_s, 1),
    }  # fmt: skip


def result(player_id: str, at_s: int = NOW_S) -> dict[str, Any]:
    """Return the insertion of a result of a player and a bot, as the driver tells it."""
    rows = [{"player_id": player_id}, {"player_id": ""}]
    new = {"operationType": "insert", "fullDocument": {"rows": rows}}
    return change("results", "race", at_s) | new


class Heard(Cache[str]):
    """A cache that writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[object] = []

    def forget(self, keys: Any) -> None:
        self.log.append(tuple(keys))

    def forget_kind(self, kind: str) -> None:
        self.log.append(kind)

    def told(self, at: float) -> None:
        self.log.append("told")

    def open(self) -> None:
        self.log.append("open")

    def cut(self) -> None:
        self.log.append("cut")

    def close(self) -> None:
        self.log.append("close")


class Deployment:
    """A database whose streams say what the test wants, one list each."""

    def __init__(self, *streams: list[Any], behind_s: int = 0) -> None:
        self._streams = iter(streams)
        self._number = 0
        self._behind_s = behind_s
        self.resumed: list[object] = []
        self.ended = threading.Event()

    @contextmanager
    def start_session(self, causal_consistency: bool) -> Iterator[Any]:
        yield SimpleNamespace(
            cluster_time={"clusterTime": Timestamp(NOW_S, 9)},
            operation_time=Timestamp(NOW_S - self._behind_s, 9),
        )

    @contextmanager
    def watch(self, pipeline: object, resume_after: object, **options: object) -> Iterator[Any]:
        said = next(self._streams, None)
        if said is None:
            self.ended.set()
            raise PyMongoError("nobody answers")
        self.resumed.append(resume_after)
        lines = iter(said)
        stream = SimpleNamespace(resume_token=None)

        def try_next() -> object:
            line = next(lines, PyMongoError("cut"))
            if isinstance(line, Exception):
                raise line
            self._number += 1
            stream.resume_token = {"_data": self._number}
            return line

        stream.try_next = try_next
        yield stream


def heard(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let a watch listen until the streams are over; return what the cache was told."""
    monkeypatch.setattr("db.watch.RETRY_S", 0.001)
    cache = Heard()
    parts = cast(Callable[..., Watch], Watch)
    watch = parts(deployment, deployment, cache)
    watch.start()
    wait_until(deployment.ended.is_set, "come to the end of the streams")
    watch.stop()
    while cache.log[-2:] == ["cut", "cut"]:
        del cache.log[-1]
    return cache.log


def test_changes_are_told_and_an_empty_reply_proves_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first empty reply may be that of a stream which was opened again."""
    script = [
        None,
        None,
        change("best_laps", "meadow/ann", NOW_S - 1),
        None,
        result("ann"),
    ]

    log = heard(Deployment(script), monkeypatch)

    assert log == ["open", "told", (MEADOW,), (ANN,), "told", "cut"]


def test_cut_stream_goes_on_behind_the_last_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not opened anew, so what is kept stays good."""
    deployment = Deployment([result("ann")], [result("ann")], [None])

    log = heard(deployment, monkeypatch)

    assert log == ["open", (ANN,), "told", "cut", (ANN,), "told", "cut"]
    assert deployment.resumed == [None, {"_data": 1}, {"_data": 2}]


@pytest.mark.parametrize("code", FORGOTTEN_CODES)
def test_stream_that_cannot_go_on_begins_anew(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was missed is not in the oplog any more: nothing that is kept counts."""
    deployment = Deployment([None, OperationFailure("gone", code)], [None])

    log = heard(deployment, monkeypatch)

    assert log == ["open", "cut", "open", "cut"]
    assert deployment.resumed == [None, None]


def test_member_that_is_behind_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A former primary that was cut off tells old news, and no new ones."""
    script = [None, None, None, result("ann", NOW_S - 5)]

    log = heard(Deployment(script, behind_s=5), monkeypatch)

    assert log == ["open", (ANN,), "cut"]


def test_change_of_a_result_forgets_all_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a new one tells whose it is; the others are by nobody of ours."""
    log = heard(Deployment([change("results", "race")]), monkeypatch)

    assert log == ["open", "profile", "told", "cut"]


def test_dropped_collection_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is kept counts; the next stream begins anew."""
    drop = change("best_laps", "x") | {"operationType": "drop"}
    del drop["documentKey"]
    deployment = Deployment([None, drop, None], [None])

    log = heard(deployment, monkeypatch)

    assert log == ["open", "close", "cut", "open", "cut"]
    assert deployment.resumed == [None, None]


def test_watch_outlives_what_it_does_not_understand(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It begins anew instead of leaving the cache to its memories."""
    deployment = Deployment([None, {"documentKey": {}}], [None])

    log = heard(deployment, monkeypatch)

    assert log == ["open", "cut", "open", "cut"]
    assert "the watch stumbled" in caplog.text
