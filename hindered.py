"""What a node's cable carries while the node is hindered on order.

The parts that speak to others, for a node that was started with
`--allow-faults`: they ask one `Hindrance`. Cut off, such a node reads nothing
and writes nothing, not even the end of a link, as if its cable were pulled:
neither to players nor to relays and surveys, nor to owners whose rooms it
relays. Only its operating system goes on taking connections and bytes, which
it cannot help; they are read when the cut is over. Slow, what the node says
leaves late and in order.

The database is cut off in `db/mongo_rooms.py`, by the same `Hindrance`.

Units: seconds (monotonic).
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from effects import CallOwner, HangUp, OwnerLost, OwnerSaid, TellOwner
from faults import Hindrance
from inbox import Inbox
from leasekeeper import refuses
from network import NetworkServer
from protocol import Message, PackedSnapshot
from relay_links import RelayLinks
from server_link import Link

HELD_MAX = 50_000
"""What a hindered node keeps of what it would have sent; the rest is lost."""


class Held:
    """What is said by a hindered node, until it may leave; in order."""

    def __init__(self, hindrance: Hindrance) -> None:
        self._hindrance = hindrance
        self._acts: deque[tuple[float, Callable[[], None]]] = deque()

    def add(self, act: Callable[[], None]) -> None:
        """Do it when it may leave: at once, if nothing hinders."""
        now = time.monotonic()
        at = self._hindrance.leaves_at(now)
        if at <= now and not self._acts:
            act()
        elif len(self._acts) < HELD_MAX:
            # Never before what was said earlier.
            self._acts.append((max(at, self._acts[-1][0]) if self._acts else at, act))

    def let_go(self, now: float) -> None:
        """Do what is due."""
        while self._acts and self._acts[0][0] <= now:
            self._acts.popleft()[1]()


class HinderedLink(Link):
    """A link whose reader stands still while its node is cut off."""

    def __init__(
        self,
        link_id: int,
        link: socket.socket,
        address: str,
        inbox: Inbox,
        stir: Callable[[Link], None],
        hindrance: Hindrance,
    ) -> None:
        super().__init__(link_id, link, address, inbox, stir)
        self._hindrance = hindrance

    def _receive(self, wait_s: float) -> bytes | None:
        came = super()._receive(wait_s)
        # Afterwards: what came while it waited has come by the same cable. An
        # end of the stream as well, or the peer would hear our answer to it.
        while left := self._hindrance.cut_left_s(time.monotonic()):
            if self._cut.wait(left):
                return b""
        return came


class HinderedNetwork(NetworkServer):
    """A network whose messages leave late, or when a cut is over; in order."""

    def __init__(
        self, host: str, port: int, inbox: Inbox, links_max: int, hindrance: Hindrance
    ) -> None:
        super().__init__(host, port, inbox, links_max)
        self._hindrance = hindrance
        self._held = Held(hindrance)

    def send(self, link_id: int, message: bytes) -> None:
        """Send what must arrive."""
        act = super().send
        self._held.add(lambda: act(link_id, message))

    def send_ping(self, link_id: int, message: bytes) -> None:
        """Ask a link for a sign of life."""
        act = super().send_ping
        self._held.add(lambda: act(link_id, message))

    def send_snapshots(
        self, link_ids: Sequence[int], snapshot: PackedSnapshot, slots: Sequence[int]
    ) -> None:
        """Offer links the newest snapshot; while cut off, a newer one comes in time."""
        if not self._hindrance.is_cut(time.monotonic()):
            offer = super().send_snapshots
            self._held.add(lambda: offer(link_ids, snapshot, slots))

    def close_link(self, link_id: int, message: Message | None) -> None:
        """Close a link after its last message."""
        act = super().close_link
        self._held.add(lambda: act(link_id, message))

    def flush(self) -> None:
        """Let go what is due, and write what waits in outboxes."""
        now = time.monotonic()
        self._held.let_go(now)
        if not self._hindrance.is_cut(now):
            super().flush()

    def stop(self) -> None:
        """Let everything go, then stop."""
        self._held.let_go(float("inf"))
        super().stop()

    def _take(self, link: socket.socket, address: str) -> None:
        # Not even that the server is full is said by one that is cut off.
        while left := self._hindrance.cut_left_s(time.monotonic()):
            if self._stopping.wait(left):
                link.close()
                return
        super()._take(link, address)

    def _link(self, link_id: int, link: socket.socket, address: str) -> Link:
        stir = self._stirred.add
        return HinderedLink(link_id, link, address, self._inbox, stir, self._hindrance)


class HinderedRelayLinks(RelayLinks):
    """A node's links to owners, for a node that is hindered as such."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__()
        self._hindrance = hindrance
        self._held = Held(hindrance)

    def carry_out(self, effect: CallOwner | TellOwner | HangUp) -> None:
        """Call, tell or hang up, when it may leave."""
        act = super().carry_out
        self._held.add(lambda: act(effect))

    def outcomes(self) -> Iterator[OwnerSaid | OwnerLost]:
        """Yield what has come since the last time; nothing while cut off."""
        now = time.monotonic()
        self._held.let_go(now)
        if not self._hindrance.is_cut(now):
            yield from super().outcomes()

    def stop(self) -> None:
        """Let everything go, and hang up everywhere."""
        self._held.let_go(float("inf"))
        for call in list(self._dials):
            super().carry_out(HangUp(call))


def hindered_knock(hindrance: Hindrance, address: str) -> bool:
    """Whether a port refuses connections, as far as a node that may be cut off can tell."""
    if hindrance.is_cut(time.monotonic()):
        return False
    refused = refuses(address)
    return refused and not hindrance.is_cut(time.monotonic())
