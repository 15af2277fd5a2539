"""Splits, laps and the finish of the own car, before the server can tell them.

`Milestones` follows the predicted car over the gates and says at once what the
server is going to say a round trip later. When that word comes it is compared:
mostly it is the same and nothing is to be told again; otherwise the difference
is. What the server never says was not so, and that is told too.

It judges nobody else, predicts nothing and draws nothing.

Units: ticks of 1/60 s, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from judge import crosses_gate, split_at
from protocol import CarFlag, CarRecord, EventRow
from race import JUMP_PENALTY_TICKS, EventKind
from track import Track

PATIENCE_TICKS = 6
"""A crossing that the server has so much later is still the same one."""
SETTLED_KEPT_TICKS = 600
"""For so long the server's word is taken for an answer to ours."""
LAP_CORRECTED, FINISH_CORRECTED, NOT_OVER_LINE = 201, 202, 203
"""Events that only the client tells itself: a time that was told is another, or
the own car was not over the line after all."""
MINE = 0
"""Stands for the slot of the own car in what is returned."""
CORRECTED_KINDS: dict[int, int] = {
    EventKind.LAP: LAP_CORRECTED,
    EventKind.FINISH: FINISH_CORRECTED,
}


class Verdict(Enum):
    """What the server's word of an event means to who has told it already."""

    NEWS = auto()
    """Nothing of it was told."""
    CONFIRMED = auto()
    CORRECTED = auto()
    """It was told with another time."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the newest snapshot says of the own car."""

    tick: int
    gates: int
    """Gates crossed, the start line at the start included."""
    lap_started_tick: int
    start_tick: int
    """When the clock of the race began."""
    penalty: bool = False

    @classmethod
    def of(cls, mine: CarRecord, tick: int, gates: int, start_tick: int) -> Told:
        """Return what a record of the own car says."""
        penalty = bool(mine.flags & CarFlag.PENALTY)
        return cls(tick, gates, mine.lap_started_tick, start_tick, penalty)


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A gate that the predicted car has crossed, and the server's not yet."""

    gates: int
    tick: int


class Milestones:
    """What one client has told of its own race ahead of the server."""

    def __init__(self, track: Track, laps: int) -> None:
        self._track, self._laps = track, laps
        self._open: list[_Crossing] = []
        self._awaited: dict[int, EventRow] = {}
        """By kind, what was told and is not confirmed."""
        self._place: tuple[float, float] | None = None
        """Where the predicted car was last."""
        self._told = Told(0, 0, 0, 0)
        self._lap_started_tick: int | None = None
        """Of the lap that only the prediction has begun."""

    def reset(self) -> list[EventRow]:
        """Forget all, as the race goes on from another moment; return what was told in vain."""
        gone = list(self._awaited.values())
        self._open.clear()
        self._awaited.clear()
        self._place = self._lap_started_tick = None
        return gone

    @property
    def gates(self) -> int:
        """Gates that the predicted car has crossed."""
        return self._open[-1].gates if self._open else self._told.gates

    @property
    def laps_done(self) -> int:
        """Laps that the predicted car has completed."""
        return max(0, self.gates - 1) // len(self._track.gates)

    @property
    def lap_started_tick(self) -> int:
        """When the lap began that the predicted car is on."""
        ahead = self._lap_started_tick
        return self._told.lap_started_tick if ahead is None else ahead

    def hear(self, told: Told) -> list[EventRow]:
        """Take in a snapshot; return what was told and is not so."""
        self._told = told
        late = [
            one
            for one in self._open
            if one.gates > told.gates and one.tick + PATIENCE_TICKS <= told.tick
        ]
        if late:
            # The car was not where it seemed: it is followed from here again.
            self._open.clear()
            self._lap_started_tick = None
        self._open = [one for one in self._open if one.gates > told.gates]
        if not self._open:
            self._lap_started_tick = None
        gone = [one for one in self._awaited.values() if late and one.tick >= late[0].tick]
        for kind, row in list(self._awaited.items()):
            if row in gone or row.tick + SETTLED_KEPT_TICKS < told.tick:
                del self._awaited[kind]
        return gone

    def follow(self, tick: int, x: float, y: float, *, judged: bool) -> list[EventRow]:
        """Take in where the predicted car is at a tick; return what has happened to it.

        Args:
            judged: whether the race is on, and the own hands drive the car.
        """
        place, self._place = self._place, (x, y) if judged else None
        gates = self._track.gates
        if place is None or not judged or self.laps_done >= self._laps:
            return []
        if not crosses_gate(*place, x, y, gates[self.gates % len(gates)]):
            return []
        crossed = self.gates + 1
        self._open.append(_Crossing(crossed, tick))
        number = (crossed - 1) % len(gates)
        began = self.lap_started_tick
        rows: list[EventRow] = []
        split = split_at(self._track, number)
        if split is not None:
            rows.append(EventRow(int(split), MINE, tick, tick - began))
        if number == 0 and crossed > 1:
            self._lap_started_tick = tick
            rows.append(EventRow(int(EventKind.LAP), MINE, tick, tick - began))
            if self.laps_done >= self._laps:
                total = tick - self._told.start_tick + JUMP_PENALTY_TICKS * self._told.penalty
                rows.append(EventRow(int(EventKind.FINISH), MINE, tick, total))
        for row in rows:
            self._awaited[row.kind] = row
        return rows

    def settle(self, event: EventRow) -> Verdict:
        """Compare the server's word on the own car with what was told."""
        row = self._awaited.pop(event.kind, None)
        if row is None:
            return Verdict.NEWS
        return Verdict.CONFIRMED if row.value == event.value else Verdict.CORRECTED
