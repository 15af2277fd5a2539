"""The ears of a node: what is said in the lobbies of the others."""

from __future__ import annotations

import queue
from collections.abc import Callable

from db.memory import MemoryStore
from db.store import ChatRecord
from effects import ChatHeard, Outcome
from errors import StoreUnavailable
from listener import Listener
from tests.waiting import wait_until


class Database(MemoryStore):
    """A store that does not answer the first few times."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures
        self.hearing = False

    def hear_chat(
        self, channel: int, heard: Callable[[ChatRecord], None], done: Callable[[], bool]
    ) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("no primary")
        assert channel == 0

        def noted() -> bool:
            self.hearing = True
            return done()

        super().hear_chat(channel, heard, noted)
        self.hearing = False


def test_lines_of_the_lobby_come_as_outcomes_after_an_outage() -> None:
    """A database that is away is asked again; nothing else is told."""
    store = Database(failures=2)
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    listener = Listener(store, outcomes)
    listener.start()
    wait_until(lambda: store.hearing, "listen")
    line = ChatRecord("l1", 0, "", "Ann", "hello", 0, 1.0)
    store.put_chat([ChatRecord("l0", 1, "r1", "Ann", "psst", 0, 1.0), line])

    assert outcomes.get(timeout=10.0) == ChatHeard((line,))
    listener.stop()
    wait_until(lambda: not store.hearing, "stop listening")
    assert outcomes.empty()
