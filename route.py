"""Where a client dials next, and when: its way through the nodes of a game.

A `Route` knows the address that was joined, the nodes that were told of, and
what has failed. It dials nothing and reads no clock: `now` is an argument.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from nodes import Node

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 5.0)
"""Before the first, second, ... round through all nodes; the last repeats."""
NEXT_PAUSE_S = 0.1
"""From one node to the next: in a round, each is asked once."""
ROUNDS_MAX = 60
"""Five minutes; who is still here then may press a button."""
ATTEMPTS_MAX = 600
"""However often a living node sends us to a dead one."""
FORMER_MAX = 8
"""Nodes that were told of once are tried after the others: they may be back."""
REDIRECTS_MAX = 4
REDIRECTS_S = 10.0
"""More redirects in so short a time, each by a node that answers, lead in a circle."""


class Route:
    """The next address, from one loss to the next arrival."""

    def __init__(self, joined: str, known: Iterable[Node] = ()) -> None:
        self.at = joined
        """The address that is dialled, or will be at `due_at`."""
        self.due_at = 0.0
        self.attempt = 0
        """Attempts since the last arrival, from 1."""
        self._joined = joined
        self._nodes = tuple(known)
        self._former: tuple[Node, ...] = ()
        self._names = {node.address: node.name for node in self._nodes}
        self._home = joined
        """The address that was lost."""
        self._ahead: list[str] = []
        self._rounds = 0
        self._shunned = False
        self._redirects: deque[float] = deque(maxlen=REDIRECTS_MAX + 1)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes that were told of last."""
        return self._nodes

    @property
    def known(self) -> tuple[Node, ...]:
        """All nodes worth a call, those that were told of last first."""
        return self._nodes + self._former

    @property
    def home_name(self) -> str:
        """How to call what was lost; where there is only one, it needs no name."""
        return self._names.get(self._home, "the server") if self.others else "the server"

    @property
    def next_name(self) -> str:
        """How to call what is dialled."""
        return self._names.get(self.at, self.at)

    @property
    def returns(self) -> bool:
        """Whether what is dialled is what was lost."""
        return self.at == self._home

    @property
    def others(self) -> list[str]:
        """The addresses of the game besides the one that was lost or is in use."""
        found = [node.address for node in self.known if node.address != self._home]
        if self._joined != self._home and self._joined not in found:
            found.append(self._joined)
        return found

    def learn(self, nodes: Iterable[Node], here: str) -> None:
        """Take the list of the node called `here`, to which we are connected.

        The address at which we reached it serves better than the one it gives.
        """
        before = self.known
        self._nodes = tuple(Node(here, self.at) if node.name == here else node for node in nodes)
        told = {node.name for node in self._nodes} | {node.address for node in self._nodes}
        former = (one for one in before if one.name not in told and one.address not in told)
        # A node that was down for a moment must be found when this one goes.
        self._former = tuple(former)[:FORMER_MAX]
        self._names = {node.address: node.name for node in self.known}

    def arrived(self) -> None:
        """The node has welcomed us."""
        self._home = self.at
        self.attempt = 0
        self._start_again()

    def again(self, now: float) -> None:
        """Begin from where we were, at once: the player wants it."""
        self.at = self._home
        self.attempt = 0
        self._start_again()
        self.due_at = now

    def _start_again(self) -> None:
        self._rounds = 0
        self._shunned = False
        self._ahead = []

    def redirected(self, address: str, now: float) -> bool:
        """Go to this address next; return False if that leads in a circle."""
        self._redirects.append(now)
        recent = sum(1 for at in self._redirects if now - at < REDIRECTS_S)
        self.at = self._home = address
        self._start_again()
        self.due_at = now
        return recent <= REDIRECTS_MAX

    def lost(self, now: float, *, shun: bool = False, patient: bool = True) -> bool:
        """Choose the next address and its time; return False when all was tried.

        Args:
            shun: try what was lost last, for it takes calls and does not answer.
            patient: go round again and again, not only once through the others.
        """
        self._shunned = self._shunned or shun
        self._redirects.clear()
        if self.attempt >= ATTEMPTS_MAX:
            return False
        if self._ahead:
            self.due_at = now + NEXT_PAUSE_S
        elif not self._begin_round(now, patient):
            return False
        self.at = self._ahead.pop(0)
        self.attempt += 1
        return True

    def _begin_round(self, now: float, patient: bool) -> bool:
        others = self.others
        if not patient:
            self._ahead = others if self._rounds == 0 else []
            self.due_at = now
        elif self._rounds < ROUNDS_MAX:
            self._ahead = [*others, self._home] if self._shunned else [self._home, *others]
            hurry = self._shunned and others and self._rounds == 0
            pause = PAUSES_S[min(self._rounds, len(PAUSES_S) - 1)]
            self.due_at = now + (NEXT_PAUSE_S if hurry else pause)
        self._rounds += 1
        return bool(self._ahead)
