"""A node's desk for demonstrations: takes orders to fail, tells of recoveries.

A thread of its own, so that none of it can delay a renewal; it also answers
what players ask of both, and places the orders that they give. It does to its own
process what an order says, and only where that was allowed at the start:
kill and stop it by signals, cut it off, make it slow. What hinders a node's
cable stands in `hindered.py`; a cut takes the database away as well, so that
a node which is cut off takes no order before the cut is over.

Units: seconds (monotonic).
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import assert_never

from db.mongo_desk import MongoDesk
from effects import DeskRead, FaultPlaced, Outcome, PlaceFault, ReadDesk
from errors import BadOption, StoreError
from faults import CUT, KILL, PAUSE, SLOW, Fault, Hindrance, check_target, fault_of
from protocol import RECOVERIES_MAX
from recovery import Recovery, row_of

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
TOLD_MAX = 64
ASKED_MAX = 64
ALIVE_S = 4.0
"""A card that is older is that of a node that is gone, or cannot tell."""
NOT_NOW = "The database does not answer: no fault can be ordered now."
STOP_S = 1.5
WAKE = (
    "import os, signal, sys, time; time.sleep(float(sys.argv[2])); "
    "os.kill(int(sys.argv[1]), signal.SIGCONT)"
)


DeskEffect = ReadDesk | PlaceFault


class FaultDesk:
    """The thread; made, started and stopped by the server."""

    def __init__(self, store: MongoDesk, node: str, hindrance: Hindrance | None) -> None:
        """Args:
        hindrance: what orders to fail end in; None where none are taken.
        """
        self._store = store
        self._node = node
        self._hindrance = hindrance
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._told: queue.Queue[Recovery] = queue.Queue(TOLD_MAX)
        self._asked: queue.Queue[DeskEffect | None] = queue.Queue(ASKED_MAX)
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

    def submit(self, effect: DeskEffect) -> None:
        """Take a question or an order of a player from the tick thread; never blocks."""
        try:
            self._asked.put_nowait(effect)
        except queue.Full:
            self._answer_no(effect, NOT_NOW)

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        with contextlib.suppress(queue.Full):
            self._asked.put_nowait(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        untold: Recovery | None = None
        look_at = 0.0
        while not self._ending.is_set():
            asked: DeskEffect | None = None
            with contextlib.suppress(queue.Empty):
                asked = self._asked.get(timeout=max(0.0, look_at - time.monotonic()))
            if asked is not None:
                self._answer(asked)
            if self._ending.is_set() or time.monotonic() < look_at:
                continue
            look_at = time.monotonic() + LOOK_EVERY_S
            try:
                if self._hindrance is not None:
                    self._obey(self._store.take_order(self._node), self._hindrance)
                while untold is not None or not self._told.empty():
                    untold = untold or self._told.get()
                    self._store.tell_recovery(untold)
                    untold = None
            except (StoreError, BadOption) as error:
                log.debug("the desk was not answered: %s", error)

    def _answer(self, effect: DeskEffect) -> None:
        try:
            match effect:
                case ReadDesk():
                    willing = tuple(self._store.willing())
                    recoveries = self._store.recoveries(RECOVERIES_MAX)
                    self.outcomes.put(DeskRead(willing, tuple(map(row_of, recoveries))))
                case PlaceFault(link_id, order):
                    fault = fault_of(order.kind, order.seconds, order.delay_ms)
                    text = place_order(self._store, order.node, fault)
                    self.outcomes.put(FaultPlaced(link_id, text, done=True))
                case _:
                    assert_never(effect)
        except StoreError as error:
            log.debug("the desk was not answered: %s", error)
            self._answer_no(effect, NOT_NOW)
        except BadOption as error:
            self._answer_no(effect, str(error))
        except Exception:
            # The outermost line of the thread: players ask again.
            log.exception("the desk stumbled over %s", type(effect).__name__)
            self._answer_no(effect, NOT_NOW)

    def _answer_no(self, effect: DeskEffect, text: str) -> None:
        if isinstance(effect, PlaceFault):
            self.outcomes.put(FaultPlaced(effect.link_id, text, done=False))
        else:
            self.outcomes.put(DeskRead(None))

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


def place_order(store: MongoDesk, node: str, fault: Fault) -> str:
    """Order a fault; return what to tell.

    Raises:
        BadOption: there is no such node, or it takes no faults.
        StoreUnavailable: the database does not answer.
    """
    cards = store.cards()
    alive = [card.node for card in cards if card.age_s < ALIVE_S]
    silent = [card.node for card in cards if card.age_s >= ALIVE_S]
    check_target(node, alive, store.willing(), silent)
    store.order_fault(node, fault)
    if fault.kind == KILL:
        return f"{node} kills itself within a second."
    if fault.kind == SLOW:
        return f"{node} sends {fault.delay_ms} ms late for {fault.seconds:g} s."
    if fault.kind == CUT:
        return f"{node} is cut off for {fault.seconds:g} s."
    return f"{node} stands still for {fault.seconds:g} s."


def _pause(seconds: float) -> None:
    """Stop this process; a small one continues it."""
    if sys.platform == "win32":
        log.warning("this system cannot stop a process for a while: the order is left out")
        return
    waker = subprocess.Popen([sys.executable, "-c", WAKE, str(os.getpid()), str(seconds)])
    os.kill(os.getpid(), signal.SIGSTOP)
    waker.wait()
