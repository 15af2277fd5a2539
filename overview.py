"""What a node tells players of all nodes: how they are, and what was taken over.

Cards and leases are those that the node reads for its own sake. Who takes
faults, and the recoveries, are asked of the desk at most once a second,
however many players ask; each of them is answered by what it then says. A
fault that a player orders goes to the desk too, which knows who takes it.
Nothing is decided here, and no room touched.

Units: seconds (monotonic); milliseconds where a name ends in `_ms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import bulletins
from db.store import Card
from effects import (
    DeskRead,
    Effect,
    FaultPlaced,
    Outcome,
    PlaceFault,
    ReadDesk,
    Report,
    Seen,
    Send,
)
from errors import BadOption
from faults import fault_of
from lobby import ROOMS_MAX, SEATS_MAX, RoomPhase, Session
from protocol import (
    AskCluster,
    ClusterNews,
    ClusterRow,
    ClusterState,
    NoticeKind,
    OrderFault,
    RecoveryRow,
)

READ_EVERY_S = 1.0
NODES_MAX = 64
AGE_MS_MAX = 2**31 - 1
TOO_MUCH = "That was too much at once: wait a moment."
ALONE = "This server is alone, and no fault can be ordered: start it with --nodes and a database."


class Overview:
    """One node's view of all, for whoever asks."""

    def __init__(
        self,
        describe: Callable[[], Card],
        session_at: Callable[[int], Session | None],
        *,
        durable: bool,
    ) -> None:
        """Args:
        describe: returns the card of this node, as it is now.
        session_at: returns whose link it is.
        durable: whether there is a database that others may share.
        """
        self._describe = describe
        self._session_at = session_at
        self._durable = durable
        self._cards: tuple[Card, ...] = ()
        self._owners: dict[str, str] = {}
        """The node that holds each room, alive or not."""
        self._seen_at = 0.0
        self._blind = False
        self._desk = DeskRead(())
        self._read_at = float("-inf")
        self._reading = False
        self._asking: set[int] = set()
        """Links that wait for what the desk says."""

    def handle(
        self, session: Session, message: AskCluster | OrderFault, now: float
    ) -> list[Effect]:
        """Answer a player, or ask the desk first."""
        link_id = session.link_id
        if link_id is None or session.is_node:
            return []
        if session.commands.spend(now) > 0.0:
            return [_notice(link_id, NoticeKind.WARNING, TOO_MUCH)]
        if isinstance(message, OrderFault):
            return self._order(session, link_id, message)
        if not self._durable or now - self._read_at < READ_EVERY_S:
            return [Send((link_id,), self._news(session, now))]
        self._asking.add(link_id)
        if self._reading:
            return []
        self._reading = True
        return [ReadDesk()]

    def settle(self, outcome: Outcome, now: float) -> list[Effect]:
        """Take in what the node has read, and what the desk said for who waits for it."""
        match outcome:
            case Seen():
                self._see(outcome, now)
            case DeskRead():
                return self._read(outcome, now)
            case FaultPlaced(link_id, text, done) if self._session_at(link_id) is not None:
                return [_notice(link_id, NoticeKind.INFO if done else NoticeKind.WARNING, text)]
        return []

    def _read(self, outcome: DeskRead, now: float) -> list[Effect]:
        self._reading = False
        # A desk that reached nobody keeps what it said before.
        self._desk = outcome if outcome.willing is not None else replace(self._desk, willing=None)
        if outcome.willing is not None:
            self._read_at = now
        asking, self._asking = self._asking, set()
        sessions = ((link_id, self._session_at(link_id)) for link_id in sorted(asking))
        return [Send((at,), self._news(one, now)) for at, one in sessions if one is not None]

    def _see(self, seen: Seen, now: float) -> None:
        self._blind = seen.cards is None
        if seen.cards is not None:
            self._cards, self._seen_at = seen.cards, now
            self._owners = {lease.room_id: lease.node for lease in seen.leases}

    def _order(self, session: Session, link_id: int, order: OrderFault) -> list[Effect]:
        try:
            fault_of(order.kind, order.seconds, order.delay_ms)
        except BadOption as error:
            return [_notice(link_id, NoticeKind.WARNING, str(error))]
        if not self._durable:
            return [_notice(link_id, NoticeKind.WARNING, ALONE)]
        report = Report(f"{session.name} orders: {order.kind} {order.node}")
        return [report, PlaceFault(link_id, order)]

    def _news(self, session: Session, now: float) -> ClusterNews:
        own, passed_s = self._describe(), now - self._seen_at
        others = [replace(card, age_s=card.age_s + passed_s)
                  for card in self._cards if card.node != own.node]  # fmt: skip
        cards = [own, *others][:NODES_MAX]
        state = ClusterState.KNOWN
        if not self._durable:
            state = ClusterState.ALONE
        elif self._blind or self._desk.willing is None:
            state = ClusterState.BLIND
        willing = self._desk.willing or ()
        titles = {room.room_id: room.title for card in cards for room in card.rooms}
        since_ms = _ms(now - self._read_at) if self._desk.recoveries else 0
        return ClusterNews(
            int(state),
            self._owners.get(session.room_id or session.watching, ""),
            tuple(
                _row(one, one.node in willing) for one in sorted(cards, key=lambda one: one.node)
            ),
            tuple(_aged(one, since_ms, titles) for one in self._desk.recoveries),
        )


def _row(card: Card, takes_faults: bool) -> ClusterRow:
    cars = sum(room.seats for room in card.rooms if room.phase == RoomPhase.RACING)
    return ClusterRow(
        card.node,
        card.address,
        _ms(card.age_s),
        card.draining,
        takes_faults,
        max(0, min(1000, round(card.load * 1000))),
        min(len(card.rooms), ROOMS_MAX),
        min(cars, ROOMS_MAX * SEATS_MAX),
        min(sum(one.here for one in card.people), bulletins.PEOPLE_MAX),
    )


def _aged(row: RecoveryRow, since_ms: int, titles: dict[str, str]) -> RecoveryRow:
    ago_ms = min(AGE_MS_MAX, row.ago_ms + since_ms)
    return replace(row, ago_ms=ago_ms, title=titles.get(row.room_id, ""))


def _ms(seconds: float) -> int:
    return max(0, min(AGE_MS_MAX, round(seconds * 1000)))


def _notice(link_id: int, kind: NoticeKind, text: str) -> Send:
    return Send((link_id,), bulletins.notice(kind, text))
