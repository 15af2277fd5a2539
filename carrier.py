"""Carries out what the node asks: to the links, to the threads at the store.

It belongs to the tick thread and never blocks; outcomes come back through
queues, which the tick thread empties once a tick.

Units: as in the parts it joins.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import partial

from db.backlog import Backlog
from db.store import Claim, Store
from effects import (
    Announce,
    CallOwner,
    Close,
    CloseRoom,
    Effect,
    HangUp,
    LookAround,
    OpenRoom,
    Outcome,
    PlaceFault,
    Probe,
    ReadDesk,
    RenewLeases,
    Report,
    Send,
    SendSnapshot,
    TakeLease,
    TellOwner,
)
from fault_desk import FaultDesk
from faults import Hindrance
from hindered import HinderedRelayLinks, hindered_knock
from leasekeeper import LeaseKeeper, refuses
from listener import Listener
from network import NetworkServer
from protocol import WHOLE, Ping, Streams, encode_message
from relay_links import RelayLinks
from storekeeper import StoreKeeper
from tally import Tally

log = logging.getLogger("slipstream")

STREAMS_MAX = 256
"""Races of which the last snapshots are at hand: more than rooms and relays have."""


class Carrier:
    """Owns the threads at the store; made, started and stopped by the server."""

    def __init__(
        self,
        network: NetworkServer,
        store: Store,
        backlog: Backlog,
        claim: Claim,
        ttl_s: float,
        desk: FaultDesk | None = None,
        hindrance: Hindrance | None = None,
    ) -> None:
        """Args:
        desk: takes orders to fail, where nodes share a database.
        hindrance: what hinders this node, where it takes orders to fail.
        """
        self.tally = Tally()
        self._streams = Streams(STREAMS_MAX)
        self._network = network
        self._keeper = StoreKeeper(store, backlog, claim, ttl_s)
        knock = partial(hindered_knock, hindrance) if hindrance is not None else refuses
        self._leases = LeaseKeeper(store, claim, ttl_s, knock)
        self._listener = Listener(store, self._leases.outcomes)
        self._desk = desk
        self._relays = RelayLinks() if hindrance is None else HinderedRelayLinks(hindrance)

    def deliver_waiting(self) -> None:
        """Deliver what an earlier run left; called before `start`.

        Raises:
            StoreUnavailable: the database has not taken all of it.
        """
        self._keeper.deliver_waiting()

    def start(self) -> None:
        """Start the threads."""
        self._keeper.start()
        self._leases.start()
        self._listener.start()
        if self._desk is not None:
            self._desk.start()

    def save_all(self) -> bool:
        """End the store thread; return whether the last saves arrived in time."""
        return self._keeper.stop()

    def stop(self) -> None:
        """End all threads, the last saves first: they prolong leases."""
        self._relays.stop()
        self._listener.stop()
        if self._desk is not None:
            self._desk.stop()
        self._keeper.stop()
        self._leases.stop()

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what has come back from the threads."""
        desk = [self._desk.outcomes] if self._desk is not None else []
        for queue in (self._leases.outcomes, self._keeper.outcomes, *desk):
            while not queue.empty():
                yield queue.get()
        yield from self._relays.outcomes()

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Pass each effect to whoever does it."""
        shown: list[SendSnapshot] = []
        for effect in effects:
            match effect:
                case SendSnapshot():
                    shown.append(effect)
                case Send(link_ids, Ping() as ping):
                    encoded = encode_message(ping)
                    for link_id in link_ids:
                        self._network.send_ping(link_id, encoded)
                case Send(link_ids, message):
                    encoded = encode_message(message)
                    log.debug("> %s %s", link_ids, message)
                    for link_id in link_ids:
                        self._network.send(link_id, encoded)
                case Close(link_id, message):
                    self._network.close_link(link_id, message)
                case Announce() | LookAround() | TakeLease() | RenewLeases() | Probe():
                    self._leases.submit(effect)
                case ReadDesk() | PlaceFault():
                    assert self._desk is not None, "only asked where nodes share a database"
                    self._desk.submit(effect)
                case CallOwner() | TellOwner() | HangUp():
                    self._relays.carry_out(effect)
                case Report(text):
                    log.info("%s", text)
                case OpenRoom() | CloseRoom():
                    raise AssertionError("the node keeps these to itself")
                case _:
                    self._keeper.submit(effect)
        self._show(shown)

    def _show(self, shown: list[SendSnapshot]) -> None:
        """Offer the links their snapshots, step by step for all races together.

        Each step is a piece of code that stays in the processor's cache so long.
        """
        packed = [self._streams.pack(one.stream, one.message) for one in shown]
        for one, snapshot in zip(shown, packed, strict=True):
            self.tally.snapshots += len(one.link_ids)
            whose = one.slots or (WHOLE,) * len(one.link_ids)
            self._network.send_snapshots(one.link_ids, snapshot, whose)
