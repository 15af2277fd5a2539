"""Telling a former owner that its room is ours now.

An owner that alone lost the database does not know who took its room over,
nor that anybody did: it stands still, with its players. The heir calls it, as
a node, and shows a ticket that names the new epoch; who sees an epoch above its
own knows that its lease is over, sends its players after the room at once, and
says goodbye. A former owner that is dead refuses the call, which harms nobody.

Nothing rests on it: the database judges as ever, and whoever reaches that
learns the same from it. It does no I/O and reads no clock.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from db.store import Claim, Lease
from effects import CallOwner, Effect, HangUp, OwnerLost, OwnerSaid
from lobby import Entropy, new_token, player_id_of
from protocol import VERSION, Goodbye, Hello, Redirect, Refused
from ticket import AGENT, Office, Purpose

AGAIN_S = 0.5
"""After a call that failed."""
TELL_S = 30.0
"""A former owner that is not reached in so long is not told by us."""


@dataclass(slots=True)
class Word:
    """What a former owner is to be told."""

    former: Lease
    epoch: int
    until: float
    retry_at: float
    call: int = 0
    """The link to the former owner; 0: none."""


class Succession:
    """All words of one node to former owners, by room."""

    def __init__(
        self,
        claim: Claim,
        office: Office,
        entropy: Entropy,
        calls: Iterator[int],
        take: Callable[[list[Effect]], None],
    ) -> None:
        """Args:
        calls: numbers for links to other nodes.
        take: passes effects on.
        """
        self._claim = claim
        self._office = office
        self._entropy = entropy
        self._calls = calls
        self._take = take
        self._words: dict[str, Word] = {}

    def tell(self, former: Lease, epoch: int, now: float) -> None:
        """Tell the former owner of a room that it is ours under this epoch."""
        if former.node != self._claim.node:
            self._words[former.room_id] = Word(former, epoch, now + TELL_S, now)

    def tick(self, now: float) -> None:
        """Call who is still to be told."""
        for room_id, word in list(self._words.items()):
            if now >= word.until:
                self._hang_up(word)
                del self._words[room_id]
            elif not word.call and now >= word.retry_at:
                self._call(word)

    def settle(self, outcome: OwnerSaid | OwnerLost, now: float) -> None:
        """Take in what came of a call."""
        word = next((one for one in self._words.values() if one.call == outcome.call), None)
        if word is None:
            return
        if isinstance(outcome, OwnerLost):
            word.call, word.retry_at = 0, now + AGAIN_S
            return
        if not isinstance(outcome.message, Goodbye | Refused | Redirect):
            self._hang_up(word)
        # Whatever it was: it has heard us.
        del self._words[word.former.room_id]

    def _call(self, word: Word) -> None:
        former, token = word.former, new_token(self._entropy)
        ticket = self._office.write(
            player_id_of(token), former.room_id, former.boot, word.epoch, Purpose.HEIR
        )
        word.call = next(self._calls)
        hello = Hello(VERSION, self._claim.node[:24], token, AGENT, former.room_id, ticket)
        self._take([CallOwner(word.call, former.address, hello)])

    def _hang_up(self, word: Word) -> None:
        if word.call:
            self._take([HangUp(word.call)])
