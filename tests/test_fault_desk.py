"""A node's desk: what players ask of it is answered, whatever the database does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from db.mongo_desk import MongoDesk
from db.store import Card
from effects import DeskRead, FaultPlaced, Outcome, PlaceFault, ReadDesk
from errors import StoreUnavailable
from fault_desk import ASKED_MAX, NOT_NOW, FaultDesk
from faults import Fault
from protocol import OrderFault
from recovery import Recovery, row_of

LOST = Recovery("room-9", "one", "two", 4, 1.6, 0.05, 0.1, 0.11, 0.8, 3.8, 600, 2.0)


class Database(MongoDesk):
    """Cards, orders and recoveries in memory; it can be away, or broken."""

    def __init__(self) -> None:
        self.away = self.broken = False
        self.ordered: list[tuple[str, Fault]] = []

    def cards(self) -> list[Card]:
        if self.broken:
            raise ZeroDivisionError
        if self.away:
            raise StoreUnavailable("no primary")
        return [Card(name, f"{name}-1", "", False, 0.0, (), (), age)
                for name, age in (("one", 0.1), ("two", 0.4), ("late", 9.0))]  # fmt: skip

    def willing(self) -> list[str]:
        self.cards()
        return ["two", "late"]

    def recoveries(self, limit: int) -> list[Recovery]:
        return [LOST][:limit]

    def order_fault(self, node: str, fault: Fault) -> None:
        self.ordered.append((node, fault))


@contextmanager
def desk() -> Iterator[tuple[FaultDesk, Database]]:
    """Return a desk of a node that takes no faults, at work."""
    store = Database()
    at_work = FaultDesk(store, "one", None)
    at_work.start()
    yield at_work, store
    at_work.stop()


def answer(at: FaultDesk, effect: ReadDesk | PlaceFault) -> Outcome:
    """Ask, and wait for the answer."""
    at.submit(effect)
    return at.outcomes.get(timeout=10.0)


def kill(node: str) -> PlaceFault:
    """Return a player's order."""
    return PlaceFault(7, OrderFault(node, "kill", 10, 150))


def test_desk_tells_who_takes_faults_and_what_was_taken_over() -> None:
    """As the database has it, now."""
    with desk() as (at, _):
        assert answer(at, ReadDesk()) == DeskRead(("two", "late"), (row_of(LOST),))


def test_order_of_a_player_is_written_for_its_node() -> None:
    """The node takes it from there, as it takes one of `python -m cluster`."""
    with desk() as (at, store):
        told = answer(at, PlaceFault(7, OrderFault("two", "slow", 5, 200)))

        assert told == FaultPlaced(7, "two sends 200 ms late for 5 s.", True)
        assert store.ordered == [("two", Fault("slow", 5, 200))]


def test_unwilling_or_silent_nodes_are_not_harmed() -> None:
    """Why is told to who asked."""
    with desk() as (at, store):
        unwilling, silent = answer(at, kill("one")), answer(at, kill("late"))

    assert unwilling == FaultPlaced(
        7, '"one" was not started with --allow-faults: it takes no faults.', False
    )
    assert isinstance(silent, FaultPlaced)
    assert silent.text.startswith('"late" is silent: it has ended, or is paused or cut off')
    assert not store.ordered


def test_everybody_is_answered_while_the_database_is_away() -> None:
    """And as soon as it is back, with what it has; not even a mistake ends that."""
    with desk() as (at, store):
        store.away = True
        assert answer(at, ReadDesk()) == DeskRead(None)
        assert answer(at, kill("two")) == FaultPlaced(7, NOT_NOW, False)
        store.away, store.broken = False, True
        assert answer(at, ReadDesk()) == DeskRead(None)
        store.broken = False
        assert answer(at, kill("two")) == FaultPlaced(7, "two kills itself within a second.", True)


def test_desk_that_is_asked_too_much_says_no_at_once() -> None:
    """The tick thread never waits for it."""
    at = FaultDesk(Database(), "one", None)
    for _ in range(ASKED_MAX + 1):
        at.submit(kill("two"))

    assert at.outcomes.get_nowait() == FaultPlaced(7, NOT_NOW, False)
    assert at.outcomes.empty()
