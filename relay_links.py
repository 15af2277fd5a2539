"""The links of a node to the owners of rooms that it relays.

Each is a `Dial`, as a client's; it belongs to the tick thread and never
blocks. Whom to call, and what to say, is decided in `relay.py`.

Units: none.
"""

from __future__ import annotations

from collections.abc import Iterator

from config import host_and_port
from dialling import Dial
from effects import CallOwner, HangUp, OwnerLost, OwnerSaid, TellOwner
from errors import BadOption
from protocol import Goodbye


class RelayLinks:
    """All of them, by the number of the call."""

    def __init__(self) -> None:
        self._dials: dict[int, Dial] = {}
        self._failed: list[int] = []

    def carry_out(self, effect: CallOwner | TellOwner | HangUp) -> None:
        """Call, tell or hang up; a call that is over is told nothing."""
        match effect:
            case CallOwner(call, address, hello):
                try:
                    dial = Dial(*host_and_port(address))
                    dial.start()
                except (BadOption, OSError, RuntimeError):
                    # No address, no descriptor, no thread.
                    self._failed.append(call)
                    return
                dial.send(hello)
                self._dials[call] = dial
            case TellOwner(call, message):
                told = self._dials.get(call)
                if told is not None:
                    told.send(message)
            case HangUp(call):
                over = self._dials.pop(call, None)
                if over is not None:
                    over.send(Goodbye("quit", ""))
                    over.close()

    def outcomes(self) -> Iterator[OwnerSaid | OwnerLost]:
        """Yield what has come since the last time."""
        failed, self._failed = self._failed, []
        yield from map(OwnerLost, failed)
        for call, dial in list(self._dials.items()):
            # Asked first: what was said before the fault is heard before it.
            lost = dial.fault is not None
            for message in dial.messages():
                yield OwnerSaid(call, message)
            if lost and self._dials.pop(call, None) is not None:
                yield OwnerLost(call)

    def stop(self) -> None:
        """Hang up everywhere."""
        for call in list(self._dials):
            self.carry_out(HangUp(call))
