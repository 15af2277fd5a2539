"""What this client believes about one race, and how it is to be drawn.

Snapshots and events go in; the own car (predicted), the others
(interpolated), the order and the times come out. It sends nothing itself:
`inputs` says what to send.

Units: ticks of 1/60 s, seconds where the name says so, metres, radians.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from car import Car, CarInput
from prediction import Interpolation, Prediction, SharedClock
from protocol import (
    WATCHING,
    Button,
    CarFlag,
    CarRecord,
    Drive,
    EventRow,
    RaceStart,
    Snapshot,
    unpack_cars,
)
from race import TICKS_A_SECOND, Phase
from track import Track

SEND_EVERY_TICKS = 2
"""At most thirty messages a second."""
KEEP_ALIVE_TICKS = 12
EVENTS_MAX = 256
STALLED_S = 1.0


@dataclass(frozen=True, slots=True)
class SeenCar:
    """A car as it is to be drawn now."""

    slot: int
    car: Car
    flags: CarFlag
    throttle: float
    lap: int
    """Laps completed."""
    place: int
    is_me: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the order."""

    slot: int
    place: int
    gap_s: float
    """Behind the leader, about; 0 for the leader."""
    laps_behind: int


class RaceView:
    """One race, seen from one seat."""

    def __init__(self, start: RaceStart, track: Track) -> None:
        self.race_id = start.race_id
        self.room_id = start.room_id
        self.epoch = start.epoch
        self.track = track
        self.laps = start.laps
        self.slot = start.slot
        self.go_tick = start.go_tick
        self.start_tick = start.go_tick
        self.tick = start.tick
        """Of the newest snapshot."""
        self.phase = Phase.GRID
        self.clock = SharedClock()
        self.prediction = Prediction(track)
        self.records: dict[int, CarRecord] = {}
        self.events: deque[EventRow] = deque(maxlen=EVENTS_MAX)
        """What happened and was not drawn yet; the screen takes them out."""
        self.last_lap_ticks: int | None = None
        self.fastest_lap_ticks: int | None = None
        self.finish_ticks: dict[int, int] = {}
        self._others: dict[int, Interpolation] = {}
        self._sequence = 0
        self._sent: CarInput | None = None
        self._sent_tick = 0
        self._advanced_at: float | None = None

    @property
    def watching(self) -> bool:
        """Whether this client has no car in the race."""
        return self.slot == WATCHING

    @property
    def mine(self) -> CarRecord | None:
        """The newest record of the own car."""
        return self.records.get(self.slot)

    # In

    def receive(self, snapshot: Snapshot, now: float, rtt_s: float) -> None:
        """Take in a snapshot; one of an older epoch or tick is ignored."""
        if snapshot.epoch < self.epoch or (
            snapshot.tick <= self.tick and self.records and snapshot.epoch == self.epoch
        ):
            return
        self.epoch = snapshot.epoch
        self.tick = snapshot.tick
        self.phase = Phase(snapshot.phase)
        self.go_tick, self.start_tick = snapshot.go_tick, snapshot.start_tick
        self.records = {record.slot: record for record in unpack_cars(snapshot.cars)}
        mine = self.records.get(self.slot)
        lead = mine.input_lead if mine is not None and mine.acked_sequence else None
        self.clock.heard(snapshot.tick, now, rtt_s, lead)
        if mine is not None:
            self.prediction.reconcile(snapshot.tick, mine.car, self.go_tick)
        for slot, record in self.records.items():
            self._others.setdefault(slot, Interpolation()).add(snapshot.tick, record)

    def note_event(self, event: EventRow, lap: int, best_lap: int, finish: int) -> None:
        """Take in an event; the last three name the kinds that change the times."""
        self.events.append(event)
        if event.kind == lap and event.slot == self.slot:
            self.last_lap_ticks = event.value
        elif event.kind == best_lap:
            self.fastest_lap_ticks = event.value
        elif event.kind == finish:
            self.finish_ticks[event.slot] = event.value

    # Out

    def advance(self, now: float, wishes: CarInput) -> list[Drive]:
        """Move the own car on to now; return the inputs to send."""
        elapsed = now - self._advanced_at if self._advanced_at is not None else 0.0
        self._advanced_at = now
        self.prediction.fade(elapsed)
        if self.watching or not self.clock.ready:
            return []
        orders: list[Drive] = []
        target = int(self.clock.input_tick(now))
        wishes = wishes.quantised()
        for tick, used in self.prediction.run_to(target, wishes, self.go_tick):
            changed = used != self._sent and tick - self._sent_tick >= SEND_EVERY_TICKS
            if changed or tick - self._sent_tick >= KEEP_ALIVE_TICKS:
                orders.append(self._order(tick, used))
        return orders

    def resend(self) -> list[Drive]:
        """Return the inputs of the last moments again, after a reconnection."""
        self._sequence = 0
        since = self.tick
        return [self._order(tick, one) for tick, one in self.prediction.unacknowledged(since)][
            -2 * TICKS_A_SECOND :
        ]

    def _order(self, tick: int, wishes: CarInput) -> Drive:
        self._sequence += 1
        self._sent, self._sent_tick = wishes, tick
        buttons = Button.HANDBRAKE * wishes.handbrake
        buttons += Button.ENGINE * wishes.engine + Button.RESPAWN * wishes.respawn
        return Drive(
            sequence=self._sequence,
            tick=max(0, tick),
            throttle=round(wishes.throttle * 255),
            brake=round(wishes.brake * 255),
            steering=round(wishes.steering * 127),
            buttons=int(buttons),
        )

    def own_car(self, now: float) -> Car:
        """Return the own car as it is to be drawn now."""
        mine = self.mine
        if mine is not None and mine.flags & CarFlag.CARETAKER:
            return self._others[self.slot].at(self.clock.shown_tick(now))
        share = self.clock.input_tick(now) % 1.0
        return self.prediction.shown(share)

    def cars(self, now: float) -> list[SeenCar]:
        """Return all cars as they are to be drawn now, by slot."""
        shown = self.clock.shown_tick(now)
        seen = []
        for slot, record in sorted(self.records.items()):
            if record.flags & CarFlag.GONE:
                continue
            is_me = slot == self.slot
            car = self.own_car(now) if is_me else self._others[slot].at(shown)
            throttle = record.throttle / 255
            seen.append(SeenCar(slot, car, record.flags, throttle, record.lap, record.place, is_me))
        return seen

    def standings(self) -> list[Standing]:
        """Return the order, with gaps from the distance driven."""
        length = self.track.length
        driven = {slot: self._driven(record) for slot, record in self.records.items()}
        order = sorted(self.records.values(), key=lambda one: one.place)
        if not order:
            return []
        leader = order[0]
        lines = []
        for record in order:
            behind = driven[leader.slot] - driven[record.slot]
            if record.slot in self.finish_ticks and leader.slot in self.finish_ticks:
                ticks = self.finish_ticks[record.slot] - self.finish_ticks[leader.slot]
                gap_s = ticks / TICKS_A_SECOND
            else:
                gap_s = max(0.0, behind) / max(12.0, record.car.speed)
            laps_behind = max(0, int(behind // length)) if behind > 0 else 0
            lines.append(Standing(record.slot, record.place, gap_s, laps_behind))
        return lines

    def _driven(self, record: CarRecord) -> float:
        """Return the metres that a car has driven, negative behind the line."""
        length = self.track.length
        along = self.track.locate(record.car.x, record.car.y).distance
        on_grid = record.next_gate == 0 and record.lap == 0 and record.lap_started_tick == 0
        if record.next_gate == 1 and along > length / 2:
            along -= length
        elif record.next_gate == 0 and along < length / 2 and not on_grid:
            along += length
        if on_grid or (record.next_gate == 0 and record.lap == 0 and self._starting):
            along -= length if along > length / 2 else 0.0
        return record.lap * length + along

    @property
    def _starting(self) -> bool:
        return self.tick < self.start_tick + 5 * TICKS_A_SECOND

    # Times

    def seconds_to_go(self, now: float) -> float:
        """Return the seconds until GO, negative afterwards."""
        return (self.go_tick - self._tick_now(now)) / TICKS_A_SECOND

    def total_s(self, now: float) -> float:
        """Return the time of the race so far."""
        if self.slot in self.finish_ticks:
            return self.finish_ticks[self.slot] / TICKS_A_SECOND
        return max(0.0, self._tick_now(now) - self.start_tick) / TICKS_A_SECOND

    def lap_s(self, now: float) -> float:
        """Return the time of the current lap so far."""
        mine = self.mine
        if mine is None or mine.lap_started_tick == 0:
            return 0.0
        return max(0.0, self._tick_now(now) - mine.lap_started_tick) / TICKS_A_SECOND

    def stalled(self, now: float) -> bool:
        """Whether nothing has been heard of the race for a while."""
        return self.clock.silent_s(now) > STALLED_S

    def _tick_now(self, now: float) -> float:
        if not self.clock.ready:
            return float(self.tick)
        return self.clock.shown_tick(now) if self.watching else self.clock.input_tick(now)
