"""The lease thread: asks the database who runs what, beside all that is saved.

It takes effects of the cluster from the tick thread and gives back outcomes.
A thread of its own, so that a slow save or a long delivery never delays a
renewal; what is most urgent goes first, and each call is tried once within a
time that leaves room for another before a lease ends. Probes of other nodes'
ports have short-lived threads, for a dead host answers nothing at all.

It decides nothing: when to ask, and what to make of an answer, is the cluster's.

Units: seconds.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import socket
import threading
from collections.abc import Callable

from config import host_and_port
from db.store import Claim, Store
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
from errors import BadOption, StoreError, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

LeaseEffect = Announce | LookAround | TakeLease | RenewLeases | Probe

WAITING_MAX = 1024
ROOM_CHANNEL = 1
CHAT_RECALLED = 50
PROBE_S = 0.5
"""A port that refuses does so within one round trip."""
PROBES_MAX = 8
STOP_S = 1.5
URGENCY: tuple[type[LeaseEffect], ...] = (RenewLeases, TakeLease, Announce, LookAround)
"""Whose turn is first: races stand still that are not renewed."""


class LeaseKeeper:
    """A thread at the store, for one node; made, started and stopped by the server."""

    def __init__(
        self,
        store: Store,
        claim: Claim,
        ttl_s: float,
        knock: Callable[[str], bool],
    ) -> None:
        """Args:
        knock: whether the port of an address refuses, as `refuses` tells.
        """
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._store = store
        self._claim = claim
        self._ttl_s = ttl_s
        self._knock = knock
        self._waiting: queue.PriorityQueue[tuple[int, int, LeaseEffect | None]]
        self._waiting = queue.PriorityQueue(WAITING_MAX)
        self._numbers = itertools.count()
        self._probes = threading.BoundedSemaphore(PROBES_MAX)
        self._away = False
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, effect: LeaseEffect) -> None:
        """Take an effect from the tick thread; never blocks."""
        if isinstance(effect, Probe):
            self._start_probe(effect)
            return
        try:
            rank = URGENCY.index(type(effect))
            self._waiting.put_nowait((rank, next(self._numbers), effect))
        except queue.Full:
            self._answer_no(effect)

    def stop(self) -> None:
        """End the thread, and let other nodes have at once what this one held.

        The last saves must have arrived: they would prolong the leases.
        """
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((-1, next(self._numbers), None))
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while True:
            _, _, effect = self._waiting.get()
            try:
                if effect is None:
                    self._withdraw()
                    return
                self._carry_out(effect)
            except Exception:
                # The outermost line of the thread: the cluster asks again.
                log.exception("the lease thread stumbled over %s", type(effect).__name__)
                if effect is not None:
                    self._answer_no(effect)

    def _withdraw(self) -> None:
        try:
            self._store.withdraw(self._claim)
        except StoreError as error:
            log.warning("the other nodes could not be told of the end: %s", error)

    def _carry_out(self, effect: LeaseEffect) -> None:
        try:
            self.outcomes.put(self._ask(effect))
            if self._away:
                self._away = False
                log.info("the database answers about leases again")
        except StoreUnavailable as error:
            if not self._away:
                self._away = True
                log.warning("the database does not answer about leases: %s", error)
            self._answer_no(effect)

    def _ask(self, effect: LeaseEffect) -> Outcome:
        match effect:
            case RenewLeases(room_ids):
                kept = self._store.renew_leases(room_ids, self._claim, self._ttl_s)
                return LeasesRenewed(tuple(kept))
            case TakeLease():
                return self._take(effect)
            case Announce(card, previous):
                try:
                    self._store.announce(card, previous)
                except StoreRefused as error:
                    return Announced(str(error))
                return Announced("")
            case LookAround():
                return Seen(tuple(self._store.cards()), tuple(self._store.leases()))
            case Probe():
                raise AssertionError("probes have threads of their own")

    def _take(self, effect: TakeLease) -> LeaseAnswered:
        room_id = effect.room_id
        lease = self._store.take_lease(room_id, self._claim, self._ttl_s, effect.over)
        if lease.boot != self._claim.boot or not effect.restore:
            return LeaseAnswered(room_id, lease)
        # Only now nobody else writes to the room any more.
        self._store.publish(room_id)
        save = self._store.read_save(room_id)
        chat = self._store.recent_chat(ROOM_CHANNEL, room_id, CHAT_RECALLED)
        return LeaseAnswered(room_id, lease, save, tuple(chat))

    def _answer_no(self, effect: LeaseEffect) -> None:
        match effect:
            case Announce():
                self.outcomes.put(Announced("", kept=False))
            case LookAround():
                self.outcomes.put(Seen(None, ()))
            case TakeLease(room_id):
                self.outcomes.put(LeaseAnswered(room_id, None))
            case RenewLeases():
                self.outcomes.put(LeasesRenewed(None))
            case Probe(node):
                self.outcomes.put(Probed(node, refused=False))

    # Probes

    def _start_probe(self, effect: Probe) -> None:
        if not self._probes.acquire(blocking=False):
            self._answer_no(effect)
            return

        def probe() -> None:
            try:
                self.outcomes.put(Probed(effect.node, self._knock(effect.address)))
            finally:
                self._probes.release()

        threading.Thread(target=probe, name=f"probe {effect.node}", daemon=True).start()


def refuses(address: str, connect: Callable[..., socket.socket] = socket.create_connection) -> bool:
    """Whether a port refuses connections: its host lives, and nobody listens there.

    A host that says nothing may be cut off from here only, and proves nothing.
    """
    try:
        connect(host_and_port(address), timeout=PROBE_S).close()
    except ConnectionRefusedError:
        return True
    except (OSError, BadOption, ValueError):
        return False
    return False
