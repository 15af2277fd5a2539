"""What happens in a race, as this client tells it: each thing once, and in time.

What the own car does is told as soon as the prediction has it: laps and splits,
hits, canisters. When the server's word comes it is compared; what was told and
is not so is taken back, and said to be. What others do is told by that word
alone. It keeps the times that follow from all that; it predicts nothing, draws
nothing and sends nothing.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from car import Car
from claims import Claims
from knocks import Knocks
from milestones import CORRECTED_KINDS, NOT_OVER_LINE, Milestones, Told, Verdict
from protocol import CarRecord, EventRow
from race import EventKind
from splits import PARTS, Splits
from track import Track

EVENTS_MAX = 256
CANISTER_LOST = 200
"""An event that only the client tells itself: a canister that it had shown as
taken was not. The slot is that of who was first, or the own where nobody was;
the value is the number of the canister."""


class Commentary:
    """All that has happened in one race, seen from one seat."""

    def __init__(self, track: Track, laps: int, slot: int) -> None:
        """Take the track, how many laps the race has, and the own slot."""
        self.slot = slot
        """Of the own car; `WATCHING` without one."""
        self.events: deque[EventRow] = deque(maxlen=EVENTS_MAX)
        """What happened and was not drawn yet; the screen takes them out."""
        self.splits = Splits()
        self.milestones = Milestones(track, laps)
        """What of the own race is told ahead of the server."""
        self.last_lap_ticks: int | None = None
        self.finish_ticks: dict[int, int] = {}
        """The race times of who has finished, by slot."""
        self.gates_crossed = 0
        """Gates that the own car has crossed, the start line at the start included."""
        self._gates_of_lap = len(track.gates)
        self._claims = Claims()
        self._knocks = Knocks()

    def break_off(self) -> None:
        """The race goes on from another moment: what was told and not confirmed is taken back."""
        self.splits.break_off()
        for row in self.milestones.reset():
            self._untell(row)
        self._claims = Claims()

    # What the server says

    def hear(self, mine: CarRecord, tick: int, start_tick: int) -> None:
        """Compare what was told of the own race with the newest snapshot.

        Args:
            mine: the record of the own car in it.
            tick: that of the snapshot.
            start_tick: when the clock of the race began.
        """
        # Gate 0 is due before the first lap begins, and at the end of each.
        laps = mine.lap + (mine.next_gate == 0 and self.gates_crossed > 0)
        self.gates_crossed = laps * self._gates_of_lap + mine.next_gate
        for row in self.milestones.hear(Told.of(mine, tick, self.gates_crossed, start_tick)):
            self._untell(row)

    def note(self, event: EventRow) -> None:
        """Take in something that happened, by the server's word."""
        if self._knocks.is_told(event):
            return
        mine = event.slot == self.slot
        verdict = self.milestones.settle(event) if mine else Verdict.NEWS
        if verdict is Verdict.NEWS:
            self._tell(event)
        elif verdict is Verdict.CORRECTED:
            if event.kind in PARTS:
                self.splits.take_back(self.slot)
            self._tell(event)
            if event.kind in CORRECTED_KINDS:
                self.events[-1] = replace(event, kind=CORRECTED_KINDS[event.kind])

    # What the prediction says

    def foretell(
        self, tick: int, car: Car, hits: Iterable[tuple[EventKind, int, float]], *, judged: bool
    ) -> None:
        """Tell what the predicted car has just reached; the server does a round trip later.

        Args:
            hits: kind, slot and impulse in m/s of each.
            judged: whether the race is on, and the own hands drive the car.
        """
        self.events.extend(self._knocks.foretell(tick, hits))
        for row in self.milestones.follow(tick, car.x, car.y, judged=judged):
            self._tell(replace(row, slot=self.slot))

    def claim(self, taken: Mapping[int, int]) -> None:
        """Note which canisters the predicted car takes, and when."""
        self._claims.claim(taken)

    def miss(self, tick: int, canisters: int, taken: Mapping[int, int]) -> None:
        """Tell which canisters that were shown as taken were not, and went to nobody.

        Args:
            tick: that of the newest snapshot.
            canisters: those that lie there by it, as bits.
            taken: what the own car still takes beyond it.
        """
        for number in self._claims.missed(tick, canisters, taken):
            self.events.append(EventRow(CANISTER_LOST, self.slot, tick, number))

    # Telling, and taking back

    def _tell(self, event: EventRow) -> None:
        """Let something that happened be seen and heard."""
        self.events.append(event)
        if event.kind == EventKind.LAP and event.slot == self.slot:
            self.last_lap_ticks = event.value
        elif event.kind == EventKind.FINISH:
            self.finish_ticks[event.slot] = event.value
        elif event.kind == EventKind.PICKUP:
            mine = event.slot == self.slot
            if self._claims.settle(event.value, event.tick, mine=mine):
                self.events.append(replace(event, kind=CANISTER_LOST))
        self.splits.note(event.kind, event.slot, event.tick, event.value)

    def _untell(self, row: EventRow) -> None:
        """Take back what was told of the own race, and say so."""
        if row.kind in PARTS:
            self.splits.take_back(self.slot)
        if row.kind == EventKind.LAP:
            self.last_lap_ticks = None
            self.events.append(replace(row, kind=NOT_OVER_LINE))
        elif row.kind == EventKind.FINISH:
            self.finish_ticks.pop(self.slot, None)
