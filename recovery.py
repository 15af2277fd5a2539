"""What became of each room that was taken over: its steps, and what they took.

`Chronicle` watches a node from outside: what it asks, what it is answered,
what it sends. It changes nothing. Steps are counted from the moment at which
the taker noticed that the owner was gone.

Units: seconds (monotonic, of the taker).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from db.store import Claim, Lease
from effects import Effect, LeaseAnswered, Outcome, Seen, SendSnapshot, TakeLease
from protocol import RecoveryRow, Snapshot

GIVEN_UP_S = 20.0
"""A recovery that nobody came back to is told as far as it went."""
UNKNOWN = -1.0
STEP_MS_MAX = 3_600_000


@dataclass(slots=True)
class Recovery:
    """One takeover; a step that was not reached is negative."""

    room_id: str
    node: str
    """Who took the room over."""
    previous: str
    """Who had it."""
    epoch: int = 0
    silent_s: float = UNKNOWN
    """How old the owner's last word was when its absence was noticed."""
    asked_s: float = UNKNOWN
    lease_s: float = UNKNOWN
    restored_s: float = UNKNOWN
    snapshot_s: float = UNKNOWN
    driving_s: float = UNKNOWN
    tick: int = 0
    """The tick of the save that was restored."""
    ago_s: float = 0.0
    """Set when read: how long ago it was written."""

    @property
    def pause_s(self) -> float:
        """From the owner's last word until the cars drove; negative if they never did."""
        if self.driving_s < 0.0:
            return UNKNOWN
        return max(self.silent_s, 0.0) + self.driving_s


def timeline(recovery: Recovery) -> str:
    """Return the steps of a recovery as one line."""
    steps = (
        ("lease asked", recovery.asked_s),
        ("lease taken", recovery.lease_s),
        ("restored", recovery.restored_s),
        ("first snapshot", recovery.snapshot_s),
        ("driving", recovery.driving_s),
    )
    told = ["noticed 0.00" if recovery.silent_s < 0.0 else _noticed(recovery)]
    told += [f"{name} {at:.2f}" if at >= 0.0 else f"{name} -" for name, at in steps]
    whole = f"; still for {recovery.pause_s:.1f} s" if recovery.pause_s >= 0.0 else ""
    return ", ".join(told) + whole


def row_of(recovery: Recovery) -> RecoveryRow:
    """Return a recovery as players are told of it: since the owner's last word."""
    before_s = max(recovery.silent_s, 0.0)

    def step(at: float) -> int:
        return min(STEP_MS_MAX, round((before_s + at) * 1000)) if at >= 0.0 else -1

    return RecoveryRow(
        room_id=recovery.room_id,
        title="",
        node=recovery.node,
        previous=recovery.previous,
        epoch=recovery.epoch,
        ago_ms=max(0, round(recovery.ago_s * 1000)),
        noticed_ms=step(0.0),
        lease_ms=step(recovery.lease_s),
        restored_ms=step(recovery.restored_s),
        snapshot_ms=step(recovery.snapshot_s),
        driving_ms=step(recovery.driving_s),
    )


def _noticed(recovery: Recovery) -> str:
    return f"noticed 0.00 (silent for {recovery.silent_s:.2f})"


class Chronicle:
    """Writes down the takeovers of one node."""

    def __init__(
        self,
        claim: Claim,
        noticed_at: Callable[[str], float | None],
        room_of: Callable[[int], str],
    ) -> None:
        """Args:
        claim: who the node is.
        noticed_at: when the node noticed that a room is without its owner, if it did.
        room_of: the room that a link drives in or watches.
        """
        self._claim = claim
        self._noticed_at = noticed_at
        self._room_of = room_of
        self._open: dict[str, tuple[float, Recovery]] = {}
        self._owners: dict[str, Lease] = {}
        self._heard: dict[str, float] = {}
        """When each other node wrote its newest card."""
        self._closed: list[Recovery] = []

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in an answer, after the node did."""
        if isinstance(outcome, Seen) and outcome.cards is not None:
            self._owners = {lease.room_id: lease for lease in outcome.leases}
            self._heard = {card.node: now - card.age_s for card in outcome.cards}
        elif isinstance(outcome, LeaseAnswered) and outcome.room_id in self._open:
            since, recovery = self._open[outcome.room_id]
            lease = outcome.lease
            if lease is not None and (lease.node != self._claim.node or outcome.save is None):
                del self._open[outcome.room_id]
            elif lease is not None and outcome.save is not None and recovery.lease_s < 0.0:
                recovery.epoch, recovery.tick = lease.epoch, outcome.save.tick
                recovery.lease_s = recovery.restored_s = now - since

    def restored(self, room_id: str, now: float) -> None:
        """Note that a room was taken up, with how long that took."""
        if room_id in self._open:
            since, recovery = self._open[room_id]
            recovery.restored_s = now - since

    def watch(self, effects: Iterable[Effect], now: float) -> None:
        """Take in what the node asks and sends."""
        for effect in effects:
            if isinstance(effect, TakeLease):
                self._asked(effect, now)
            elif self._open and isinstance(effect, SendSnapshot):
                for link_id in effect.link_ids[:1]:
                    if isinstance(effect.message, Snapshot):
                        self._sent(self._room_of(link_id), effect.message, now)
        for room_id, (since, recovery) in list(self._open.items()):
            if now - since > GIVEN_UP_S:
                self._close(room_id, recovery)

    def closed(self) -> list[Recovery]:
        """Return the recoveries that came to an end, once."""
        closed, self._closed = self._closed, []
        return closed

    def _asked(self, effect: TakeLease, now: float) -> None:
        since = self._noticed_at(effect.room_id)
        if not effect.restore or since is None or effect.room_id in self._open:
            return
        lease = self._owners.get(effect.room_id)
        if lease is not None and lease.boot == self._claim.boot:
            # It was handed to us, in order: nobody was lost.
            return
        owner = lease.node if lease is not None else ""
        heard = self._heard.get(owner)
        recovery = Recovery(effect.room_id, self._claim.node, owner, asked_s=now - since)
        if heard is not None:
            recovery.silent_s = max(since - heard, 0.0)
        self._open[effect.room_id] = since, recovery

    def _sent(self, room_id: str, snapshot: Snapshot, now: float) -> None:
        if room_id not in self._open:
            return
        since, recovery = self._open[room_id]
        if recovery.lease_s < 0.0:
            return
        if recovery.snapshot_s < 0.0:
            # The time of a tick is told before what it does: never before that was done.
            recovery.snapshot_s = max(now - since, recovery.restored_s)
        elif recovery.tick < snapshot.go_tick <= snapshot.tick:
            # By the new countdown: driving once more what players send again is not it.
            recovery.driving_s = now - since
            self._close(room_id, recovery)

    def _close(self, room_id: str, recovery: Recovery) -> None:
        del self._open[room_id]
        if recovery.lease_s >= 0.0:
            self._closed.append(recovery)
