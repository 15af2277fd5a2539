"""A node's desk for demonstrations: takes orders to fail, tells of recoveries.

A thread of its own, so that neither can delay a renewal. It does to its own
process what an order says, and only where that was allowed at the start:
kill and stop it by signals, cut it off, make it slow. A cut takes the links
to players and all calls to the database; what the database pushes by itself
(chat of the lobby, changes) still comes.

Units: seconds (monotonic).
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from db.mongo_desk import MongoDesk
from errors import BadOption, StoreError
from faults import KILL, PAUSE, Fault, Hindrance
from inbox import Arrival, Inbox
from network import NetworkServer
from protocol import Message
from recovery import Recovery

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
TOLD_MAX = 64
STOP_S = 1.5
HELD_MAX = 50_000
"""What a hindered node keeps of what it would have sent; the rest is lost with its links."""
WAKE = (
    "import os, signal, sys, time; time.sleep(float(sys.argv[2])); "
    "os.kill(int(sys.argv[1]), signal.SIGCONT)"
)


class FaultDesk:
    """The thread; made, started and stopped by the server."""

    def __init__(self, store: MongoDesk, node: str, hindrance: Hindrance, allowed: bool) -> None:
        self._store = store
        self._node = node
        self._hindrance = hindrance
        self._allowed = allowed
        self._told: queue.Queue[Recovery] = queue.Queue(TOLD_MAX)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        if allowed:
            store.is_cut = lambda: hindrance.is_cut(time.monotonic())

    def start(self) -> None:
        """Begin to take orders."""
        self._thread.start()

    def tell(self, recovery: Recovery) -> None:
        """Take a recovery from the tick thread; never blocks."""
        try:
            self._told.put_nowait(recovery)
        except queue.Full:
            log.warning("a recovery of room %s is not told", recovery.room_id)

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        untold: Recovery | None = None
        while not self._ending.wait(LOOK_EVERY_S):
            try:
                if self._allowed:
                    self._obey(self._store.take_order(self._node))
                while untold is not None or not self._told.empty():
                    untold = untold or self._told.get()
                    self._store.tell_recovery(untold)
                    untold = None
            except (StoreError, BadOption) as error:
                log.debug("the desk was not answered: %s", error)

    def _obey(self, fault: Fault | None) -> None:
        if fault is None:
            return
        log.warning("a fault was ordered: %s for %.1f s", fault.kind, fault.seconds)
        if fault.kind == KILL:
            # Where there is no SIGKILL, ending a process is as sudden.
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        elif fault.kind == PAUSE:
            _pause(fault.seconds)
        else:
            self._hindrance.begin(fault, time.monotonic())


def _pause(seconds: float) -> None:
    """Stop this process; a small one continues it."""
    if sys.platform == "win32":
        log.warning("this system cannot stop a process for a while: the order is left out")
        return
    waker = subprocess.Popen([sys.executable, "-c", WAKE, str(os.getpid()), str(seconds)])
    os.kill(os.getpid(), signal.SIGSTOP)
    waker.wait()


class HinderedInbox(Inbox):
    """An inbox into which nothing falls while its node is cut off."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__()
        self._hindrance = hindrance

    def drain(self) -> list[Arrival]:
        """Return all that is there; nothing while cut off, so that senders wait."""
        return [] if self._hindrance.is_cut(time.monotonic()) else super().drain()


class HinderedNetwork(NetworkServer):
    """A network whose messages leave late, or when a cut is over; in order."""

    def __init__(
        self, host: str, port: int, inbox: Inbox, links_max: int, hindrance: Hindrance
    ) -> None:
        super().__init__(host, port, inbox, links_max)
        self._hindrance = hindrance
        self._held: deque[tuple[float, Callable[[], None]]] = deque()

    def send(self, link_id: int, message: bytes) -> None:
        """Send what must arrive."""
        self._hold(lambda: super(HinderedNetwork, self).send(link_id, message))

    def send_snapshot(self, link_id: int, message: bytes) -> None:
        """Offer a link the newest snapshot."""
        self._hold(lambda: super(HinderedNetwork, self).send_snapshot(link_id, message))

    def close_link(self, link_id: int, message: Message | None) -> None:
        """Close a link after its last message."""
        self._hold(lambda: super(HinderedNetwork, self).close_link(link_id, message))

    def flush(self) -> None:
        """Let go what is due, and write what waits in outboxes."""
        now = time.monotonic()
        while self._held and self._held[0][0] <= now:
            self._held.popleft()[1]()
        if not self._hindrance.is_cut(now):
            super().flush()

    def stop(self) -> None:
        """Let everything go, then stop."""
        while self._held:
            self._held.popleft()[1]()
        super().stop()

    def _hold(self, act: Callable[[], None]) -> None:
        now = time.monotonic()
        at = self._hindrance.leaves_at(now)
        if at <= now and not self._held:
            act()
        elif len(self._held) < HELD_MAX:
            # Never before what was said earlier.
            self._held.append((max(at, self._held[-1][0]) if self._held else at, act))
