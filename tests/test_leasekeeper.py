"""The lease thread: what is asked, in which order, and what is told when nobody answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from db.memory import MemoryStore
from db.store import Card, ChatRecord, Claim, RoomSave
from effects import (
    Announce,
    Announced,
    LeaseAnswered,
    LeasesRenewed,
    LookAround,
    Outcome,
    Probe,
    Probed,
    RenewLeases,
    Seen,
    TakeLease,
)
from errors import StoreUnavailable
from leasekeeper import LeaseKeeper, refuses
from tests.waiting import wait_until

ME = Claim("me", "me-1", "127.0.0.1:7777")
OTHER = Claim("other", "other-1", "127.0.0.1:7778")
CARD = Card("me", "me-1", "127.0.0.1:7777", False, 0.0, (), ())
TTL_S = 60.0


class Database(MemoryStore):
    """A store that can be away or hang, and notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.away = False
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def _arrive(self, call: str) -> None:
        self.hanging.set()
        self.go_on.wait(20.0)
        self.calls.append(call)
        if self.away:
            raise StoreUnavailable("no primary")

    def announce(self, card: Card, previous: str = "") -> None:
        self._arrive("announce")
        super().announce(card, previous)

    def cards(self) -> list[Card]:
        self._arrive("look")
        return super().cards()

    def renew_leases(self, room_ids: Sequence[str], claim: Claim, ttl_s: float) -> list[str]:
        self._arrive("renew")
        return super().renew_leases(room_ids, claim, ttl_s)

    def read_save(self, room_id: str) -> RoomSave | None:
        self._arrive("read")
        return super().read_save(room_id)


@contextmanager
def keeping(store: Database) -> Iterator[LeaseKeeper]:
    """Run a keeper for the time of a test."""
    keeper = LeaseKeeper(store, ME, TTL_S, refuses)
    keeper.start()
    try:
        yield keeper
    finally:
        store.go_on.set()
        keeper.stop()


def next_outcome(keeper: LeaseKeeper) -> Outcome:
    """Return the next outcome, as soon as there is one."""
    return keeper.outcomes.get(timeout=10.0)


def test_each_question_has_its_answer() -> None:
    """As the store tells it."""
    store = Database()
    with keeping(store) as keeper:
        keeper.submit(TakeLease("r1", None, restore=False))
        taken = next_outcome(keeper)
        keeper.submit(RenewLeases(("r1", "r2")))
        renewed = next_outcome(keeper)
        keeper.submit(Announce(CARD))
        announced = next_outcome(keeper)
        keeper.submit(LookAround())
        seen = next_outcome(keeper)

    assert isinstance(taken, LeaseAnswered)
    assert taken.lease is not None
    assert (taken.lease.boot, taken.lease.epoch, taken.save) == ("me-1", 1, None)
    assert renewed == LeasesRenewed(("r1",))
    assert announced == Announced("")
    assert isinstance(seen, Seen)
    assert [one.node for one in seen.cards or ()] == ["me"]
    assert [one.room_id for one in seen.leases] == ["r1"]


def test_room_that_is_taken_over_comes_with_save_and_chat() -> None:
    """Read behind the lease, when nobody else writes any more."""
    store = Database()
    save = RoomSave("r1", 1, 4, 120, b"blob")
    store.take_lease("r1", OTHER, TTL_S)
    store.put_save(save, OTHER.boot, 0.0)
    line = ChatRecord("l1", 1, "r1", "Ann", "hello", 0, 1.0, 1)
    store.put_chat([line])
    with keeping(store) as keeper:
        keeper.submit(TakeLease("r1", None, restore=True))
        taken = next_outcome(keeper)

    assert isinstance(taken, LeaseAnswered)
    assert taken.lease is not None
    assert taken.lease.epoch == 2
    assert (taken.save, taken.chat) == (save, (line,))


def test_room_of_another_is_not_read() -> None:
    """The answer says whose it is."""
    store = Database()
    store.take_lease("r1", OTHER, TTL_S)
    with keeping(store) as keeper:
        keeper.submit(TakeLease("r1", None, restore=True))
        taken = next_outcome(keeper)

    assert isinstance(taken, LeaseAnswered)
    assert taken.lease is not None
    assert taken.lease.boot == "other-1"
    assert "read" not in store.calls


def test_name_of_another_process_is_refused_in_one_sentence() -> None:
    """Not a failure of the database: it answered."""
    store = Database()
    store.announce(Card("me", "twin", "10.0.0.9:7777", False, 0.0, (), ()))
    with keeping(store) as keeper:
        keeper.submit(Announce(CARD))
        told = next_outcome(keeper)
        keeper.submit(Announce(CARD, previous="twin"))

        assert isinstance(told, Announced)
        assert "10.0.0.9:7777" in told.refusal
        assert next_outcome(keeper) == Announced("")


def test_renewal_goes_before_all_that_waits() -> None:
    """Races stand still that are not renewed."""
    store = Database()
    with keeping(store) as keeper:
        store.go_on.clear()
        keeper.submit(Announce(CARD))
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(LookAround())
        keeper.submit(Announce(CARD))
        keeper.submit(RenewLeases(("r1",)))
        store.go_on.set()
        wait_until(lambda: len(store.calls) == 4, "ask for all")

    assert store.calls == ["announce", "renew", "announce", "look"]


def test_database_that_is_away_is_told_once_a_question(caplog: pytest.LogCaptureFixture) -> None:
    """Each asker is answered that nobody can say; the log is not filled."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        answers: list[Outcome] = []
        for effect in (LookAround(), Announce(CARD), RenewLeases(("r1",))):
            keeper.submit(effect)
            answers.append(next_outcome(keeper))
        keeper.submit(TakeLease("r1", None, restore=True))
        answers.append(next_outcome(keeper))
        store.away = False

    assert answers == [
        Seen(None, ()),
        Announced("", kept=False),
        LeasesRenewed(None),
        LeaseAnswered("r1", None),
    ]
    assert caplog.text.count("does not answer") == 1


def test_too_many_questions_are_answered_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """No queue grows without an end."""
    monkeypatch.setattr("leasekeeper.WAITING_MAX", 1)
    store = Database()
    with keeping(store) as keeper:
        store.go_on.clear()
        keeper.submit(LookAround())
        wait_until(store.hanging.is_set, "hang")
        keeper.submit(LookAround())
        keeper.submit(RenewLeases(("r1",)))

        assert next_outcome(keeper) == LeasesRenewed(None)


def test_stop_lets_others_have_the_rooms() -> None:
    """The card is gone, the leases end, the saves stay."""
    store = Database()
    with keeping(store) as keeper:
        keeper.submit(Announce(CARD))
        keeper.submit(TakeLease("r1", None, restore=False))
        for _ in range(2):
            next_outcome(keeper)

    assert store.cards() == []
    assert store.take_lease("r1", OTHER, TTL_S).boot == OTHER.boot


# Probes


def test_port_where_nobody_listens_refuses() -> None:
    """And one where somebody listens does not."""
    store = Database()
    with socket.create_server(("127.0.0.1", 0)) as listening, keeping(store) as keeper:
        port = listening.getsockname()[1]
        keeper.submit(Probe("other", f"127.0.0.1:{port}"))
        assert next_outcome(keeper) == Probed("other", refused=False)
        listening.close()
        keeper.submit(Probe("other", f"127.0.0.1:{port}"))
        assert next_outcome(keeper) == Probed("other", refused=True)


@pytest.mark.parametrize("fault", [TimeoutError(), OSError("no route"), ValueError()])
def test_host_that_says_nothing_proves_nothing(fault: Exception) -> None:
    """It may be cut off from here only."""

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        raise fault

    assert not refuses("10.0.0.1:7777", connect)


def test_address_that_is_none_proves_nothing() -> None:
    """What another node wrote is not trusted."""
    assert not refuses("nowhere at all")
    assert not refuses("")
