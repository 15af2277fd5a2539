"""Which faults strike when: a pure plan from a seed.

`plan` decides; `runner.py` carries out. A plan leaves at least one node whole
at any time and at most one fault on the database, for what is proved is that
the game comes through faults, not that it works without machines. All faults
are over when the plan is.

Units: seconds from the beginning.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What is done to a node or to the database."""

    KILL_NODE = "kill"
    """SIGKILL; started again at the end of the fault."""
    STOP_NODE = "stop"
    """SIGSTOP, and SIGCONT at the end: a zombie, if that is later than its lease."""
    DRAIN_NODE = "drain"
    """SIGTERM: it hands its races over; started again at the end."""
    CUT_CLIENTS = "cut clients of"
    SLOW_CLIENTS = "slow clients of"
    CUT_DATABASE = "cut database of"
    SLOW_DATABASE = "slow database of"
    FILL_DISK = "fill disk of"
    """No file of the node may grow."""
    STEP_CLOCK = "step clock of"
    """The node's time of day jumps, and back at the end."""
    KILL_PRIMARY = "kill primary"
    """SIGKILL; started again at the end."""
    PAUSE_PRIMARY = "pause primary"
    """SIGSTOP, and SIGCONT at the end."""
    STEP_DOWN = "step down primary"
    CUT_MEMBER = "cut primary off"
    """Nobody reaches it; it reaches the others."""

    @property
    def at_database(self) -> bool:
        """Whether it strikes the replica set and no node."""
        return self in DATABASE

    @property
    def takes_node(self) -> bool:
        """Whether the node can serve nobody meanwhile."""
        return self in (Kind.KILL_NODE, Kind.STOP_NODE, Kind.DRAIN_NODE, Kind.CUT_DATABASE)


DATABASE = (Kind.KILL_PRIMARY, Kind.PAUSE_PRIMARY, Kind.STEP_DOWN, Kind.CUT_MEMBER)
LASTS: dict[Kind, tuple[float, float]] = {
    Kind.KILL_NODE: (1.0, 8.0),
    # Shorter than a lease, and longer.
    Kind.STOP_NODE: (1.0, 9.0),
    Kind.DRAIN_NODE: (2.0, 6.0),
    Kind.CUT_CLIENTS: (0.5, 5.0),
    Kind.SLOW_CLIENTS: (2.0, 6.0),
    Kind.CUT_DATABASE: (1.0, 9.0),
    Kind.SLOW_DATABASE: (2.0, 6.0),
    Kind.FILL_DISK: (2.0, 6.0),
    Kind.STEP_CLOCK: (3.0, 8.0),
    Kind.KILL_PRIMARY: (1.0, 4.0),
    Kind.PAUSE_PRIMARY: (1.0, 5.0),
    Kind.STEP_DOWN: (0.0, 0.0),
    Kind.CUT_MEMBER: (1.0, 4.0),
}
"""How long a fault of each kind lasts, at least and at most."""
OFTEN = {Kind.KILL_NODE: 4, Kind.STOP_NODE: 4, Kind.CUT_DATABASE: 3, Kind.DRAIN_NODE: 2,
         Kind.KILL_PRIMARY: 2, Kind.PAUSE_PRIMARY: 2}  # fmt: skip
"""How much more often than others a kind is chosen: these move rooms."""
OWNER_SHARE = 0.6
"""Of the faults at nodes, those at the one that runs the race."""
PAUSE = (0.5, 3.0)
"""Between the beginnings of two faults."""
WARM_UP = 5.0
"""A race should be on before the first."""
DELAYS = (0.02, 0.1)
CLOCK_STEPS = (-3600.0, -30.0, 30.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks, and is mended."""

    at: float
    until: float
    kind: Kind
    node: int = -1
    """0 the one that runs the race, if it is whole; others look on; -1 for the database."""
    amount: float = 0.0
    """Delay each way, or step of the clock."""

    def __str__(self) -> str:
        """Return it as a person would say it."""
        whom = ("", " owner", f" bystander {self.node}")[min(self.node, 1) + 1]
        return f"{self.kind.value}{whom} for {self.until - self.at:.1f} s"


def plan(
    seed: int,
    seconds: float,
    *,
    nodes: int = 3,
    kinds: tuple[Kind, ...] = tuple(Kind),
    warm_up: float = WARM_UP,
) -> list[Fault]:
    """Return the faults of a seed, in the order in which they begin."""
    rng = random.Random(seed)
    faults: list[Fault] = []
    at = warm_up
    while at < seconds:
        kind = rng.choices(kinds, [OFTEN.get(one, 1) for one in kinds])[0]
        until = at + rng.uniform(*LASTS[kind])
        node = -1
        if not kind.at_database:
            others = nodes > 1 and rng.random() >= OWNER_SHARE
            node = rng.randrange(1, nodes) if others else 0
        amount = 0.0
        if kind in (Kind.SLOW_CLIENTS, Kind.SLOW_DATABASE):
            amount = rng.uniform(*DELAYS)
        elif kind is Kind.STEP_CLOCK:
            amount = rng.choice(CLOCK_STEPS)
        fault = Fault(at, until, kind, node, amount)
        if until <= seconds and may_join(fault, faults, nodes):
            faults.append(fault)
        at += rng.uniform(*PAUSE)
    return faults


def may_join(fault: Fault, others: list[Fault], nodes: int) -> bool:
    """Whether a fault leaves something to play with, beside those that it meets."""
    met = [one for one in others if one.until > fault.at and one.at < fault.until]
    if fault.kind.at_database:
        return not any(one.kind.at_database for one in met)
    if any(one.node == fault.node for one in met):
        return False
    taken = {one.node for one in met if one.kind.takes_node}
    return not fault.kind.takes_node or len(taken) + 1 < nodes
