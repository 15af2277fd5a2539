"""Links from node to node in the world of nodes, as `relay_links.py` makes them.

Units: none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from effects import CallOwner, Effect, HangUp, OwnerLost, OwnerSaid, TellOwner
from protocol import Goodbye, Message, Redirect, Refused
from tests.node_player import SimPlayer

if TYPE_CHECKING:
    from tests.node_process import WorldNode


class SimCall(SimPlayer):
    """The calling end of one such link."""

    def __init__(self, at: WorldNode, call: int) -> None:
        super().__init__(at.world, f"{at.name} calls {call}", title="")
        self.at = at
        self.call = call

    def hear(self, message: Message) -> None:
        """Pass a message on to the node that called, if it lives."""
        if self.at.dead:
            self.world.hang_up(self)
            self.link = None
            return
        self.at.tell(OwnerSaid(self.call, message))
        if isinstance(message, Redirect | Goodbye | Refused):
            self.lost()

    def lost(self) -> None:
        """The link is gone."""
        if self.link is not None:
            self.world.hang_up(self)
        self.link = None
        self.at.tell(OwnerLost(self.call))


class SimCalls:
    """All calls of one node."""

    def __init__(self, at: WorldNode) -> None:
        self.at = at
        self.calls: dict[int, SimCall] = {}
        self.deaf = False
        """Whether no owner can be reached from here."""

    def carry_out(self, effect: Effect) -> bool:
        """Call, tell or hang up; return whether it was one of these."""
        match effect:
            case CallOwner(call, address, hello):
                one = self.calls[call] = SimCall(self.at, call)
                if not self.deaf:
                    one.node, one.link = self.at.world.connect(one, address)
                if one.link is None:
                    one.lost()
                else:
                    one.say(hello)
            case TellOwner(call, message):
                self.calls[call].say(message)
            case HangUp(call):
                self.calls[call].say(Goodbye("quit", ""))
                self.calls[call].link = None
            case _:
                return False
        return True
