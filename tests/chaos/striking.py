"""Faults as deeds: what each kind does to the stage, and how it is mended.

Units: seconds.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from tests.chaos.faults import Fault, Kind
from tests.chaos.stage import Node, Stage


class Striker:
    """Carries out the faults of a plan on a stage."""

    def __init__(self, stage: Stage, owner: Callable[[], str]) -> None:
        """Take what tells the name of the node that runs the race."""
        self._stage = stage
        self._owner = owner
        self._struck: dict[Fault, Node] = {}
        """Which node each fault under way has struck."""
        self._member: dict[Fault, int] = {}
        """Which member of the database."""

    def strike(self, fault: Fault) -> str:
        """Begin a fault; return whom it strikes, to be added to its name."""
        if fault.kind.at_database:
            primary = self._stage.primary()
            if primary is None:
                return ", but there is no primary"
            self._member[fault] = primary
            self._strike_member(fault, primary)
            return f" (member {primary})"
        node = self._struck[fault] = self._choose(fault)
        self._strike_node(fault, node)
        return f" ({node.name})"

    def mend(self, fault: Fault) -> str:
        """End a fault; return what to add to its name."""
        if fault in self._member:
            self._mend_member(fault, self._member.pop(fault))
        elif fault in self._struck:
            return self._mend_node(fault, self._struck.pop(fault))
        return ""

    def _choose(self, fault: Fault) -> Node:
        """Return the node that a fault means; one that no other fault has."""
        owner = self._owner()
        free = [node for node in self._stage.nodes if node not in self._struck.values()]
        owners = [node for node in free if node.name == owner]
        others = [node for node in free if node.name != owner]
        if fault.node == 0:
            return (owners + others)[0]
        return (others[fault.node - 1 :] + others + owners)[0]

    def _strike_node(self, fault: Fault, node: Node) -> None:
        stage = self._stage
        match fault.kind:
            case Kind.KILL_NODE:
                node.kill()
            case Kind.STOP_NODE:
                node.signal(signal.SIGSTOP)
            case Kind.DRAIN_NODE:
                node.signal(signal.SIGTERM)
            case Kind.CUT_CLIENTS:
                stage.board.cut(stage.doors[node.number])
            case Kind.SLOW_CLIENTS:
                stage.board.slow(stage.doors[node.number], fault.amount)
            case Kind.CUT_DATABASE:
                for line in stage.members:
                    stage.board.cut(line, node.pid)
            case Kind.SLOW_DATABASE:
                for line in stage.members:
                    stage.board.slow(line, fault.amount, node.pid)
            case Kind.FILL_DISK:
                node.fill_disk(full=True)
            case Kind.STEP_CLOCK:
                node.step_clock(fault.amount)

    def _mend_node(self, fault: Fault, node: Node) -> str:
        stage = self._stage
        match fault.kind:
            case Kind.KILL_NODE:
                node.start()
            case Kind.STOP_NODE:
                node.signal(signal.SIGCONT)
            case Kind.DRAIN_NODE:
                late = node.running
                if late:
                    node.kill()
                node.start()
                return ", which had not drained in time and was killed" if late else ""
            case Kind.CUT_CLIENTS | Kind.SLOW_CLIENTS:
                stage.board.heal(stage.doors[node.number])
            case Kind.CUT_DATABASE | Kind.SLOW_DATABASE:
                for line in stage.members:
                    stage.board.heal(line, node.pid)
            case Kind.FILL_DISK:
                node.fill_disk(full=False)
            case Kind.STEP_CLOCK:
                node.step_clock(0.0)
        return ""

    def _strike_member(self, fault: Fault, number: int) -> None:
        stage = self._stage
        match fault.kind:
            case Kind.KILL_PRIMARY:
                stage.signal_member(number, signal.SIGKILL)
            case Kind.PAUSE_PRIMARY:
                stage.signal_member(number, signal.SIGSTOP)
            case Kind.STEP_DOWN:
                stage.step_down()
            case Kind.CUT_MEMBER:
                stage.board.cut(stage.members[number])

    def _mend_member(self, fault: Fault, number: int) -> None:
        stage = self._stage
        match fault.kind:
            case Kind.KILL_PRIMARY:
                stage.mend_members()
            case Kind.PAUSE_PRIMARY:
                stage.signal_member(number, signal.SIGCONT)
            case Kind.CUT_MEMBER:
                stage.board.heal(stage.members[number])
