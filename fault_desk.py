"""A node's desk for demonstrations: takes orders to fail, tells of recoveries.

A thread of its own, so that neither can delay a renewal. It does to its own
process what an order says, and only where that was allowed at the start:
kill and stop it by signals, cut it off, make it slow. What hinders a node's
cable stands in `hindered.py`; a cut takes the database away as well, so that
a node which is cut off takes no order before the cut is over.

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

from db.mongo_desk import MongoDesk
from errors import BadOption, StoreError
from faults import KILL, PAUSE, Fault, Hindrance
from recovery import Recovery

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
TOLD_MAX = 64
STOP_S = 1.5
WAKE = (
    "import os, signal, sys, time; time.sleep(float(sys.argv[2])); "
    "os.kill(int(sys.argv[1]), signal.SIGCONT)"
)


class FaultDesk:
    """The thread; made, started and stopped by the server."""

    def __init__(self, store: MongoDesk, node: str, hindrance: Hindrance | None) -> None:
        """Args:
        hindrance: what orders to fail end in; None where none are taken.
        """
        self._store = store
        self._node = node
        self._hindrance = hindrance
        self._told: queue.Queue[Recovery] = queue.Queue(TOLD_MAX)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        if hindrance is not None:
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
                if self._hindrance is not None:
                    self._obey(self._store.take_order(self._node), self._hindrance)
                while untold is not None or not self._told.empty():
                    untold = untold or self._told.get()
                    self._store.tell_recovery(untold)
                    untold = None
            except (StoreError, BadOption) as error:
                log.debug("the desk was not answered: %s", error)

    def _obey(self, fault: Fault | None, hindrance: Hindrance) -> None:
        if fault is None:
            return
        lasts = f" for {fault.seconds:g} s" if fault.kind != KILL else ""
        log.warning("a fault was ordered: %s%s", fault.kind, lasts)
        if fault.kind == KILL:
            # Where there is no SIGKILL, ending a process is as sudden.
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        elif fault.kind == PAUSE:
            _pause(fault.seconds)
        else:
            hindrance.begin(fault, time.monotonic())


def _pause(seconds: float) -> None:
    """Stop this process; a small one continues it."""
    if sys.platform == "win32":
        log.warning("this system cannot stop a process for a while: the order is left out")
        return
    waker = subprocess.Popen([sys.executable, "-c", WAKE, str(os.getpid()), str(seconds)])
    os.kill(os.getpid(), signal.SIGSTOP)
    waker.wait()
