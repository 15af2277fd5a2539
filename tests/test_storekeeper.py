"""The store thread: what is kept, repeated, tried once, put aside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.backlog import Backlog
from db.memory import MemoryStore
from db.store import (
    BestLap,
    ChatRecord,
    Claim,
    Lease,
    ResultLine,
    ResultRecord,
    RoomSave,
    Store,
)
from effects import (
    BestLapsFound,
    DropLease,
    FindBestLaps,
    LeasePassed,
    Outcome,
    PassLease,
    ResultSaved,
    RoomLost,
    RoomSaved,
    SaveChat,
    SaveResult,
    SaveRoom,
)
from errors import StoreBroken, StoreUnavailable
from storekeeper import StoreKeeper
from tests.waiting import wait_until

ME = Claim("me", "me-1", "10.0.0.1:7777")
OTHER = Claim("other", "other-1", "10.0.0.2:7777")
TTL_S = 60.0


class Database(MemoryStore):
    """A durable store in memory that can be away, hang, or refuse a result."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.away = False
        self.refuses = ""
        """The id of a result that can never be written."""
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def _arrive(self, call: str) -> None:
        self.hanging.set()
        self.go_on.wait(20.0)
        if self.away:
            raise StoreUnavailable("no primary")
        self.calls.append(call)

    def put_save(self, save: RoomSave, boot: str, ttl_s: float) -> None:
        self._arrive(f"save {save.room_id} {save.seq}")
        super().put_save(save, boot, ttl_s)

    def pass_lease(self, save: RoomSave, claim: Claim, to: Claim, ttl_s: float) -> Lease:
        self._arrive(f"pass {save.room_id}")
        return super().pass_lease(save, claim, to, ttl_s)

    def drop_lease(self, room_id: str, epoch: int) -> None:
        self._arrive(f"drop {room_id}")
        super().drop_lease(room_id, epoch)

    def put_result(
        self, record: ResultRecord, epoch: int = 0, save: RoomSave | None = None
    ) -> None:
        if record.race_id == self.refuses:
            raise StoreBroken("a number is too large")
        self._arrive(f"result {record.race_id}")
        super().put_result(record, epoch, save)

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        self._arrive(f"laps {track}")
        return super().best_laps(track, limit)

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        self._arrive(f"chat {len(records)}")
        super().put_chat(records)


def result(race_id: str, epoch: int = 0) -> SaveResult:
    """Return the wish to keep the end of a race."""
    row = ResultLine("ann", "Ann", 0, 1, 90_000, 41_000, 25)
    return SaveResult(ResultRecord(race_id, "r1", "Evening", "meadow", 2, 1000.0, (row,)), epoch)


def save(seq: int, room_id: str = "r1") -> SaveRoom:
    """Return the wish to keep a save of a live race."""
    return SaveRoom(RoomSave(room_id, 1, seq, seq * 30, b"blob"))


def line(number: int) -> SaveChat:
    """Return the wish to keep a line of chat."""
    return SaveChat(ChatRecord(f"l{number}", 0, "", "Ann", "hello", 0, float(number)))


@contextmanager
def keeping(store: Store, path: Path | None = None) -> Iterator[StoreKeeper]:
    """Run a keeper for the time of a test."""
    backlog = Backlog(path)
    keeper = StoreKeeper(store, backlog, ME, TTL_S)
    keeper.start()
    try:
        yield keeper
    finally:
        if isinstance(store, Database):
            store.go_on.set()
        keeper.stop()
        backlog.close()


def expect(keeper: StoreKeeper, count: int) -> list[Outcome]:
    """Return the next outcomes, as soon as there are so many."""
    found: list[Outcome] = []

    def enough() -> bool:
        while not keeper.outcomes.empty():
            found.append(keeper.outcomes.get())
        return len(found) >= count

    wait_until(enough, f"tell {count} outcomes")
    return found


# What may be called saved


def test_result_is_told_saved_when_the_database_has_it() -> None:
    """The word comes after the write, once."""
    store = Database()
    with keeping(store) as keeper:
        keeper.submit(result("race1"))

        assert expect(keeper, 1) == [ResultSaved("race1")]
        assert store.calls == ["result race1"]


def test_store_that_forgets_never_says_saved() -> None:
    """Memory has the result, and nobody is told that it is kept."""
    store = MemoryStore()
    with keeping(store) as keeper:
        keeper.submit(result("race1"))
        keeper.submit(FindBestLaps(1, "meadow"))
        wait_until(lambda: store.results(1), "take the result")

        assert keeper._shelf.settled
        assert not any(isinstance(one, ResultSaved) for one in expect(keeper, 1))


# Results are not lost


def test_result_is_on_disk_while_the_store_thread_hangs(tmp_path: Path) -> None:
    """A call that waits for an election does not hold a result up."""
    store = Database()
    with keeping(store, tmp_path / "backlog") as keeper:
        store.go_on.clear()
        keeper.submit(FindBestLaps(1, "meadow"))
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(result("race1"))
        look = Backlog(tmp_path / "backlog")

        wait_until(lambda: len(look) == 1, "write the result to disk")
        assert not store.results(1)
        look.close()


def test_results_wait_while_the_database_is_away_and_arrive_once(tmp_path: Path) -> None:
    """In the order of the races, each before its room is closed."""
    store = Database()
    store.away = True
    with keeping(store, tmp_path / "backlog") as keeper:
        for effect in (result("race1"), DropLease("r1", 1), result("race2"), DropLease("r2", 4)):
            keeper.submit(effect)
        wait_until(store.hanging.is_set, "be asked in vain")
        store.away = False

        assert expect(keeper, 2) == [ResultSaved("race1"), ResultSaved("race2")]
        wait_until(lambda: len(store.calls) >= 4, "close the second room")
        assert store.calls == ["result race1", "drop r1", "result race2", "drop r2"]


def test_results_outlive_a_server_that_stops_while_the_database_is_away(tmp_path: Path) -> None:
    """The next run delivers them before it reads the saves of its races."""
    away = Database()
    away.away = True
    with keeping(away, tmp_path / "backlog") as keeper:
        keeper.submit(result("race1"))
        keeper.submit(DropLease("r1", 1))
        wait_until(lambda: keeper._shelf.settled, "write them down")

    store = Database()
    backlog = Backlog(tmp_path / "backlog")
    later = StoreKeeper(store, backlog, ME, TTL_S)
    later.deliver_waiting()

    assert store.calls == ["result race1", "drop r1"]
    assert len(backlog) == 0
    later.deliver_waiting()
    assert store.calls == ["result race1", "drop r1"]
    backlog.close()


def test_start_is_told_when_the_results_of_the_last_run_do_not_arrive(tmp_path: Path) -> None:
    """Else a race that is over would be restored from its save."""
    store = Database()
    store.away = True
    backlog = Backlog(tmp_path / "backlog")
    backlog.put("drop_room", b'["r1", 1]')

    with pytest.raises(StoreUnavailable, match="last run"):
        StoreKeeper(store, backlog, ME, TTL_S).deliver_waiting()

    assert len(backlog) == 1
    backlog.close()


@pytest.mark.parametrize("kind", ["refused", "unreadable", "unknown"])
def test_entry_that_can_never_arrive_is_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """It stays on disk, a person is told, and what is behind it goes on."""
    store = Database()
    store.refuses = "bad"
    backlog = Backlog(tmp_path / "backlog")
    if kind == "unreadable":
        backlog.put("result", b'{"from": "the future"}')
    if kind == "unknown":
        backlog.put("portrait", b"[]")
    keeper = StoreKeeper(store, backlog, ME, TTL_S)
    keeper.start()
    if kind == "refused":
        keeper.submit(result("bad"))
    keeper.submit(result("good"))

    assert expect(keeper, 1) == [ResultSaved("good")]
    keeper.stop()
    assert len(backlog) == 0
    assert len(backlog.refused()) == 1
    assert caplog.text.count("was put aside") == 1
    assert "Traceback" not in caplog.text
    backlog.close()


def test_full_disk_costs_no_result(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the disk does not take goes from memory to the database, in order."""
    store = Database()
    store.away = True
    path = tmp_path / "backlog"
    with keeping(store, path) as keeper:
        # SQLite's own words for a full disk, without filling one.
        with keeper._backlog._disk() as db:
            db.execute("pragma max_page_count = 1")
        names = [f"race{number}" for number in range(20)]
        for name in names:
            keeper.submit(result(name))
        wait_until(lambda: keeper._shelf.settled, "find the disk full")
        store.away = False

        assert expect(keeper, 20) == [ResultSaved(name) for name in names]
        assert caplog.text.count("database or disk is full") == 1


def test_results_go_to_disk_when_it_has_room_again(tmp_path: Path) -> None:
    """Memory is the last resort, not the new home."""
    store = Database()
    store.away = True
    path = tmp_path / "backlog"
    with keeping(store, path) as keeper:
        with keeper._backlog._disk() as db:
            db.execute("pragma max_page_count = 1")
        for number in range(20):
            keeper.submit(result(f"race{number}"))
        wait_until(lambda: keeper._shelf.settled and keeper._shelf._held, "find the disk full")
        with keeper._backlog._disk() as db:
            db.execute("pragma max_page_count = 100000")
        wait_until(lambda: not keeper._shelf._held, "write them down")

    later = Backlog(path)
    assert len(later) == 20
    later.close()


def test_result_that_no_place_takes_is_written_into_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Database away, disk full, server stopped: a person can still find it."""
    store = Database()
    store.away = True
    with keeping(store, tmp_path / "backlog") as keeper:
        with keeper._backlog._disk() as db:
            db.execute("pragma max_page_count = 1")
        for number in range(20):
            keeper.submit(result(f"race{number}"))

    assert "could not be kept" in caplog.text
    assert '"race19"' in caplog.text


def test_full_queue_drops_chat_and_saves_but_no_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who waits for word of a save gets it at once."""
    monkeypatch.setattr("storekeeper.WAITING_MAX", 2)
    store = Database()
    with keeping(store) as keeper:
        store.go_on.clear()
        keeper.submit(FindBestLaps(1, "meadow"))
        wait_until(store.hanging.is_set, "hang")
        for number in range(4):
            keeper.submit(line(number))
        keeper.submit(save(1))
        assert keeper.outcomes.get() == RoomSaved("r1", 1, kept=False)
        keeper.submit(PassLease(save(2).save, OTHER))
        assert keeper.outcomes.get() == LeasePassed("r1", None)
        keeper.submit(result("race1"))
        keeper.submit(DropLease("r1", 1))
        wait_until(lambda: keeper._shelf.settled, "write the result down")
        store.go_on.set()

        outcomes = expect(keeper, 2)
        wait_until(lambda: "chat 2" in store.calls, "keep the chat that had room")
        assert "drop r1" in store.calls
    assert outcomes == [BestLapsFound(1, "meadow", ()), ResultSaved("race1")]


# Rooms


def test_next_race_in_a_room_is_saved_behind_the_result_of_the_last() -> None:
    """While the result waits, which takes the save of its race away, none is sent."""
    store = Database()
    store.take_lease("r1", ME, TTL_S)
    with keeping(store) as keeper:
        keeper.submit(save(40))
        assert expect(keeper, 1) == [RoomSaved("r1", 40, kept=True)]
        store.away = True
        keeper.submit(result("race1", epoch=1))
        keeper.submit(save(41))
        assert expect(keeper, 1) == [RoomSaved("r1", 41, kept=False)]
        store.away = False
        wait_until(lambda: "result race1" in store.calls, "keep the result")
        keeper.submit(save(42))

        told = [one for one in expect(keeper, 2) if not isinstance(one, ResultSaved)]
        assert told == [RoomSaved("r1", 42, kept=True)]
        left = store.read_save("r1")
        assert left is not None
        assert left.seq == 42


def test_save_of_a_room_that_another_server_owns_is_told_lost() -> None:
    """The epoch fences it."""
    store = Database()
    store.take_lease("r1", OTHER, TTL_S)
    with keeping(store) as keeper:
        keeper.submit(save(1))

        assert expect(keeper, 1) == [RoomLost("r1", 1)]


def test_room_is_passed_behind_its_saves_and_its_result() -> None:
    """Under the next owner the database would refuse all three."""
    store = Database()
    store.take_lease("r1", ME, TTL_S)
    with keeping(store) as keeper:
        store.go_on.clear()
        keeper.submit(save(1))
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(PassLease(save(2).save, OTHER))
        keeper.submit(result("race1", epoch=1))
        wait_until(lambda: keeper._shelf.settled, "write the result down")
        store.go_on.set()

        first, second, third = expect(keeper, 3)
    assert first == RoomSaved("r1", 1, kept=True)
    assert second == ResultSaved("race1")
    assert isinstance(third, LeasePassed)
    assert third.lease is not None
    assert (third.lease.boot, third.lease.epoch) == (OTHER.boot, 2)
    assert store.calls == ["save r1 1", "result race1", "pass r1"]


def test_pass_that_finds_no_database_is_answered() -> None:
    """Nobody can say; whoever asks tries again."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        keeper.submit(PassLease(save(2).save, OTHER))

        assert expect(keeper, 1) == [LeasePassed("r1", None)]


def test_result_of_a_race_that_went_on_elsewhere_is_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It was never confirmed; nobody is told that it is saved."""
    store = Database()
    store.take_lease("r1", ME, 0.0)
    store.take_lease("r1", OTHER, TTL_S)
    with keeping(store, tmp_path / "backlog") as keeper:
        keeper.submit(result("race1", epoch=1))
        keeper.submit(result("race2", epoch=2))

        assert expect(keeper, 1) == [ResultSaved("race2")]
        assert [one.race_id for one in store.results(10)] == ["race2"]
        ((_, payload, reason),) = keeper._backlog.refused()
        assert b"race1" in payload
        assert "went on elsewhere" in reason
    assert "Traceback" not in caplog.text


def test_leaderboard_while_the_database_is_away_is_answered() -> None:
    """Who asks is told that it cannot be had, instead of waiting."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        for link_id in range(3):
            keeper.submit(FindBestLaps(link_id, "meadow"))

        assert expect(keeper, 3) == [BestLapsFound(n, "meadow", None) for n in range(3)]


def test_chat_of_an_outage_is_kept_when_it_ends() -> None:
    """Everybody in the room has read it: who comes later should, too."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        keeper.submit(line(1))
        wait_until(store.hanging.is_set, "be asked in vain")
        for number in range(2, 50):
            keeper.submit(line(number))
        store.away = False

        wait_until(lambda: len(store.recent_chat(0, "", 100)) == 49, "keep the chat")


def test_room_is_passed_behind_its_talk() -> None:
    """The next owner reads it once, when it takes the room."""
    store = Database()
    store.take_lease("r1", ME, TTL_S)
    store.away = True
    with keeping(store) as keeper:
        keeper.submit(line(1))
        wait_until(store.hanging.is_set, "be asked in vain")
        wait_until(lambda: keeper._chat, "hold the line")
        keeper._retry_at = 0.0
        store.away = False
        keeper.submit(PassLease(save(2).save, OTHER))

        assert isinstance(expect(keeper, 1)[0], LeasePassed)
    assert store.calls.index("chat 1") < store.calls.index("pass r1")


# The end


@pytest.mark.parametrize("away", [False, True])
def test_stop_tells_whether_the_last_saves_arrived(away: bool) -> None:
    """Players are told "saved" only when it is so."""
    store = Database()
    store.take_lease("r1", ME, TTL_S)
    with keeping(store) as keeper:
        store.away = away
        keeper.submit(save(1))

        assert keeper.stop() is not away


def test_stop_does_not_wait_for_a_database_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had to keep is on disk."""
    monkeypatch.setattr("storekeeper.STOP_S", 0.05)
    store = Database()
    with keeping(store, tmp_path / "backlog") as keeper:
        store.go_on.clear()
        keeper.submit(save(1))
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(result("race1"))

        assert not keeper.stop()
        assert len(keeper._backlog) == 1
