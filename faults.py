"""Faults on purpose: how a node is told to fail, and for how long it then does.

An order is checked where it is written and again where it is read. `Hindrance`
says, at a time that is told, whether the node is cut off and by how much its
messages are late; it carries nothing out.

Units: seconds; milliseconds where a name ends in `_ms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import BadOption

KILL, PAUSE, CUT, SLOW = "kill", "pause", "cut", "slow"
FAULTS = (KILL, PAUSE, CUT, SLOW)
SECONDS_DEFAULT = 10.0
SECONDS_MAX = 120.0
DELAY_DEFAULT_MS = 150
DELAY_MAX_MS = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """What a node shall do to itself."""

    kind: str
    seconds: float = SECONDS_DEFAULT
    """How long; a killed node stays dead."""
    delay_ms: int = DELAY_DEFAULT_MS
    """How late a slow node's messages leave."""


def fault_of(kind: str, seconds: float, delay_ms: int) -> Fault:
    """Return a fault that makes sense.

    Raises:
        BadOption: it does not; the sentence says what does.
    """
    if kind not in FAULTS:
        raise BadOption(f'"{kind[:20]}" is no fault: choose {", ".join(FAULTS)}.')
    if not 0.0 < seconds <= SECONDS_MAX:
        raise BadOption(f"--seconds: a fault lasts more than 0 and at most {SECONDS_MAX:.0f}.")
    if not 0 < delay_ms <= DELAY_MAX_MS:
        raise BadOption(f"--delay-ms: a delay is from 1 to {DELAY_MAX_MS}.")
    return Fault(kind, seconds, delay_ms)


def check_target(
    node: str, names: Sequence[str], willing: Sequence[str], silent: Sequence[str] = ()
) -> None:
    """See that a node is there and lets itself be harmed.

    Args:
        names: the nodes that are alive.
        willing: those that were started with --allow-faults.
        silent: those that were not heard of lately.

    Raises:
        BadOption: it is not there, or not willing.
    """
    if node in silent:
        raise BadOption(
            f'"{node}" is silent: it has ended, or is paused or cut off, '
            "and takes no orders before it is heard of again."
        )
    if node not in names:
        here = ", ".join(sorted(names)) or "none"
        raise BadOption(f'there is no node "{node}"; these are there: {here}.')
    if node not in willing:
        raise BadOption(f'"{node}" was not started with --allow-faults: it takes no faults.')


class Hindrance:
    """How a node is hindered at some time; only ever extended by later orders."""

    def __init__(self) -> None:
        self._cut_until = float("-inf")
        self._slow_until = float("-inf")
        self._delay_s = 0.0

    def begin(self, fault: Fault, now: float) -> None:
        """Be cut off, or slow, from now on."""
        if fault.kind == CUT:
            self._cut_until = now + fault.seconds
        elif fault.kind == SLOW:
            # The delay first: another thread must not see the time without it.
            self._delay_s = fault.delay_ms / 1000.0
            self._slow_until = now + fault.seconds

    def is_cut(self, now: float) -> bool:
        """Whether nothing reaches the node, and nothing leaves it."""
        return now < self._cut_until

    def cut_left_s(self, now: float) -> float:
        """Return how long that lasts still; 0 where the node is not cut off."""
        return max(0.0, self._cut_until - now)

    def leaves_at(self, now: float) -> float:
        """Return when what is sent now leaves the node."""
        late = self._delay_s if now < self._slow_until else 0.0
        return max(now, self._cut_until) + late
