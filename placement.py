"""Which node should run a room: the one that answers its worst-off player best.

Players tell how long each node takes to answer them. A new room begins where
that is best; a room moves only where all are clearly better served, seen
several times in a row, and seldom. Players who told nothing have no say.
Nothing here moves a room or knows what a race is doing.

Units: milliseconds for round trips, seconds (monotonic) for `now`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

UNREACHABLE_MS = 9999
"""What is told of a node that did not answer."""
SAME_MS = 20
"""Nobody is sent elsewhere to open a room for less: servers answer by ticks of 17 ms."""
GAIN_MS = 30
"""A room moves for so much less for its worst player ..."""
GAIN_SHARE = 0.3
"""... and for so much of what it is now ..."""
LOOKS = 3
"""... seen so often in a row ..."""
LOOK_EVERY_S = 5.0
STAYS_S = 60.0
"""... and not again for so long."""

Times = Mapping[str, int]
"""What one player told: the round trip to each node, by name."""


def response_ms(node: str, players: Iterable[Times]) -> int:
    """Return how long the worst-off player waits for a node."""
    told = [times.get(node, UNREACHABLE_MS) for times in players if times]
    return max(told, default=0)


def best(nodes: Sequence[str], players: Sequence[Times]) -> str:
    """Return the node with the best worst response, the first of equals."""
    return min(nodes, key=lambda node: response_ms(node, players))


def begin_at(here: str, others: Sequence[str], players: Sequence[Times]) -> str:
    """Return where a new room begins: here, unless another answers better."""
    found = best((here, *others), players)
    gain = response_ms(here, players) - response_ms(found, players)
    return found if gain > SAME_MS else here


def better(here: str, others: Sequence[str], players: Sequence[Times]) -> str:
    """Return the node that would clearly serve all better, or ""."""
    found = best((here, *others), players)
    now_ms = response_ms(here, players)
    gain = now_ms - response_ms(found, players)
    return found if gain >= max(GAIN_MS, GAIN_SHARE * now_ms) else ""


@dataclass(slots=True)
class Look:
    """What was seen of one room."""

    node: str = ""
    """The better one, when last looked at ..."""
    times: int = 0
    """... and how often in a row it was that one."""
    next_at: float = 0.0


class Looks:
    """What was seen of all rooms of a node."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def keep(self, room_id: str, now: float) -> None:
        """A room has come here, or is about to go: it stays where it is for a while."""
        self._looks[room_id] = Look(next_at=now + STAYS_S)

    def only(self, room_ids: Iterable[str]) -> None:
        """Forget all rooms but these."""
        kept = set(room_ids)
        self._looks = {one: look for one, look in self._looks.items() if one in kept}

    def due(self, room_id: str, now: float) -> bool:
        """Whether a room is to be looked at."""
        look = self._looks.get(room_id)
        return look is None or now >= look.next_at

    def look(
        self, room_id: str, here: str, others: Sequence[str], players: Sequence[Times], now: float
    ) -> str:
        """Look at a room that is due; return the node that it should move to, or ""."""
        look = self._looks.setdefault(room_id, Look())
        look.next_at = now + LOOK_EVERY_S
        found = better(here, others, players)
        look.times = look.times + 1 if found and found == look.node else bool(found)
        look.node = found
        return found if look.times >= LOOKS else ""
