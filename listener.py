"""Hears what is said in the lobbies of all nodes, in a thread of its own.

It tells the tick thread each line that any node keeps, its own among them,
and goes on where it stopped when the database was away.

Units: seconds.
"""

from __future__ import annotations

import logging
import queue
import threading

from db.store import ChatRecord, Store
from effects import ChatHeard, Outcome
from errors import StoreError

log = logging.getLogger(__name__)

LOBBY_CHANNEL = 0
RETRY_S = 0.5


class Listener:
    """A thread at the store; made, started and stopped by the server."""

    def __init__(self, store: Store, outcomes: queue.SimpleQueue[Outcome]) -> None:
        self._store = store
        self._outcomes = outcomes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; lets a call that is under way end by itself."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._store.hear_chat(LOBBY_CHANNEL, self._heard, self._stopping.is_set)
            except StoreError as error:
                log.debug("the lobby is not heard: %s", error)
                self._stopping.wait(RETRY_S)
            except Exception:
                # The outermost line of the thread.
                log.exception("the listener stumbled")
                self._stopping.wait(RETRY_S)

    def _heard(self, record: ChatRecord) -> None:
        self._outcomes.put(ChatHeard((record,)))
