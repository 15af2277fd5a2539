"""What this client believes about one race, and how it is to be drawn.

Snapshots and events go in; the own car (predicted), the others (interpolated,
or driven on to the present when they are near) and the order come out; what
happens, and the times that follow from it, are its commentary's. It sends
nothing itself: `advance` says what to send.

Units: ticks of 1/60 s, seconds where the name says so, metres, radians.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from car import Car, CarClass, CarInput
from chase import Chase
from commentary import Commentary
from guess import guess_wishes
from helm import Helm
from prediction import Around, Prediction
from protocol import (
    WATCHING,
    CarFlag,
    CarRecord,
    Drive,
    EventRow,
    GhostKind,
    Ghosts,
    RaceStart,
    ReadSnapshot,
    Snapshot,
    read_whole,
)
from race import TICKS_A_SECOND, Phase
from rivals import Rivals
from shared_clock import SNAP_TICKS, SharedClock
from standings import Standing, standings, trial_standings
from track import Track

STANDS_AFTER = 8
"""Who has gone to another node sees the tick of the move several times."""
AHEAD_TICKS_MAX = 60
"""Beyond the newest snapshot nothing is predicted, nor would the server listen."""
STALLED_S = 1.0
TRIAL = 1
"""The mode of a race in which the best lap decides."""
START_TICKS = 10 * TICKS_A_SECOND
"""Who sees a race from its first seconds sees who is still on the grid."""


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


class RaceView:
    """One race, seen from one seat."""

    def __init__(self, start: RaceStart, track: Track) -> None:
        self.race_id = start.race_id
        self.track = track
        self.laps = start.laps
        self.damage_on = start.damage
        """Whether impacts leave damage."""
        self.mode = start.mode
        """0 a race, 1 a time trial."""
        self.start_tick = start.go_tick
        self.phase = Phase.GRID
        self.held: str | None = None
        """Why the server holds the race, until it starts again; None while it does not."""
        self.clock = SharedClock()
        self.prediction = Prediction(track)
        self.records: dict[int, CarRecord] = {}
        self.commentary = Commentary(track, start.laps, start.slot)
        """What happens, and the times that follow from it."""
        self.chase = Chase(track)
        """The ghosts of a time trial."""
        self._lying = 0
        """Canisters that lie there by the newest snapshot, as bits."""
        self._rivals = Rivals(track)
        self._unsettled = False
        """Whether news came that the own car was not compared with yet."""
        self._on_grid: set[int] = set()
        """Slots that have not crossed the line yet."""
        self._acked = 0
        self._helm = Helm()
        self._advanced_at: float | None = None
        self._standings: list[Standing] | None = None
        self.slot = start.slot
        self.go_tick = start.go_tick
        self.tick = start.tick
        """Of the newest snapshot."""
        self._stands = False
        """Whether snapshots come, and the race does not step."""
        self._forgiven = 0
        """Snapshots of the same tick that do not mean a race on hold."""
        self._estranged = True
        """Whether the next snapshot begins a new story: nothing of ours leads to it."""
        self.rejoin(start)

    def rejoin(self, start: RaceStart) -> None:
        """Take the seat that the server names, anew; what was seen so far stays.

        Where the race only moved on a little meanwhile, or to another node, the
        prediction goes on as well and nothing is to be seen.
        """
        goes_on = bool(self.records) and not self.paused and start.slot == self.slot
        goes_on = goes_on and start.go_tick == self.go_tick
        goes_on = goes_on and self.tick <= start.tick <= self.tick + AHEAD_TICKS_MAX
        self.room_id = start.room_id
        self.epoch = start.epoch
        self.slot = self.commentary.slot = start.slot
        self.held = None
        self._forgiven = STANDS_AFTER if goes_on else 0
        if goes_on:
            return
        self._stands, self._estranged = False, True
        self.go_tick, self.tick = start.go_tick, start.tick

    @property
    def events(self) -> deque[EventRow]:
        """What happened and was not drawn yet; the screen takes them out."""
        return self.commentary.events

    @property
    def paused(self) -> bool:
        """Whether the server holds the race."""
        return self._stands or self.held is not None

    @property
    def watching(self) -> bool:
        """Whether this client has no car in the race."""
        return self.slot == WATCHING

    @property
    def mine(self) -> CarRecord | None:
        """The newest record of the own car."""
        return self.records.get(self.slot)

    # In

    def receive(self, told: Snapshot | ReadSnapshot, now: float, rtt_s: float) -> None:
        """Take in a snapshot, as it came or as it was read; an old one is ignored.

        Raises:
            InvalidMessage: its records cannot be.
        """
        snapshot = read_whole(told) if isinstance(told, Snapshot) else told
        if snapshot.epoch < self.epoch:
            return
        if not self._estranged and snapshot.epoch == self.epoch:
            if snapshot.tick <= self.tick:
                # Races step between two snapshots, unless they are on hold.
                if snapshot.tick == self.tick:
                    self._forgiven -= 1
                    self._stands = self._stands or self._forgiven < 0
                return
        elif self._estranged and snapshot.epoch == self.epoch and snapshot.tick < self.tick:
            return
        records = {record.slot: record for record in snapshot.records}
        if self._estranged or self._stands or snapshot.epoch > self.epoch:
            self._begin_again(snapshot, records)
        self.epoch = snapshot.epoch
        self._forgiven = 0
        self.tick = snapshot.tick
        self.phase = Phase(snapshot.phase)
        self.go_tick, self.start_tick = snapshot.go_tick, snapshot.start_tick
        self.records = records
        self._lying = snapshot.canisters
        self._on_grid = {
            slot
            for slot in self._on_grid
            if slot in records and not (records[slot].next_gate or records[slot].lap)
        }
        self._hear_of_mine(snapshot.tick, now, rtt_s)
        self._rivals.hear(snapshot.tick, records, self.slot, self.go_tick, fragile=self.damage_on)
        self._unsettled = True
        if self.prediction.tick is None:
            self._settle()
        self._standings = None

    def _begin_again(self, snapshot: ReadSnapshot, records: dict[int, CarRecord]) -> None:
        if snapshot.tick < snapshot.start_tick + START_TICKS:
            # A race that was restored may stand before the line again.
            self._on_grid = set(records)
        self._estranged = self._stands = False
        self._acked = 0
        self._helm.speak_at(0)
        self.clock = SharedClock()
        self.prediction.reset()
        self.commentary.break_off()
        self._rivals = Rivals(self.track)

    def _hear_of_mine(self, tick: int, now: float, rtt_s: float) -> None:
        mine = self.mine
        lead: int | None = None
        if mine is not None:
            self.commentary.hear(mine, tick, self.start_tick)
            if mine.acked_sequence > self._acked:
                self._acked, lead = mine.acked_sequence, mine.input_lead
        self.clock.heard(tick, now, rtt_s, lead, self._acked)

    def _settle(self) -> None:
        """Compare the own car with the newest snapshot, and drive it and those near it on.

        Once for all snapshots that came at the same time: after a stall they
        come by the dozen, and each would cost a replay.
        """
        if not self._unsettled:
            return
        self._unsettled = False
        mine, prediction = self.mine, self.prediction
        if mine is None:
            self._rivals.leave_all()
        else:
            # Caretakers drive for who is away, and home who has finished.
            away = bool(mine.flags & (CarFlag.CARETAKER | CarFlag.FINISHED))
            prediction.stand_in = guess_wishes(mine) if away else None
            present = self.tick if prediction.tick is None else prediction.tick
            own = mine.car if prediction.tick is None else prediction.car
            near = [] if self.mode == TRIAL else self._rivals.choose(own, present - self.tick)
            around = Around.of(mine, self.records.values(), self._lying, fragile=self.damage_on)
            prediction.reconcile(self.tick, mine.car, self.go_tick, around, near)
            self.commentary.claim(prediction.taken)
            self.commentary.miss(self.tick, self._lying, prediction.taken)
        self._rivals.settle()

    def note_event(self, event: EventRow) -> None:
        """Take in something that happened, by the server's word."""
        self.commentary.note(event)

    def hold(self, why: str) -> None:
        """The race stands still from here on, until it starts again."""
        self.held = why

    # Out

    def advance(self, now: float, wishes: CarInput) -> list[Drive]:
        """Move the own car on to now; return the inputs to send."""
        self._settle()
        elapsed = now - self._advanced_at if self._advanced_at is not None else 0.0
        self._advanced_at = now
        self.prediction.fade(elapsed)
        orders = self._steer(now, wishes)
        self._rivals.pass_on(elapsed, self.own_tick(now), self.clock.shown_tick(now))
        return orders

    def _steer(self, now: float, wishes: CarInput) -> list[Drive]:
        """Predict the own car up to now; return the inputs to send."""
        if self.watching or self.paused or self.prediction.tick is None:
            return []
        wishes = wishes.quantised()
        orders: list[Drive] = []
        target = min(self.clock.due_tick(now, self.prediction.tick), self.tick + AHEAD_TICKS_MAX)
        if self.prediction.tick - target > SNAP_TICKS:
            # The clock has jumped back: the next snapshot places the car anew.
            self.prediction.reset()
            self._rivals.leave_all()
            self._helm.speak_at(target)
            return []
        for tick in range(self.prediction.tick + 1, target + 1):
            order = self._helm.turn(tick, wishes)
            if order is not None:
                orders.append(order)
                self.clock.sent(order.sequence, tick, now)
            # What could not be said yet is not predicted either: the server
            # goes on with the last input that it was sent.
            self.prediction.step(self._helm.in_force, self.go_tick)
            self._foretell(tick)
        self.commentary.claim(self.prediction.taken)
        return orders

    def _foretell(self, tick: int) -> None:
        """Tell what the predicted car has just reached, if it is driven by the own hands."""
        driven = self.prediction.stand_in is None
        hits, judged = self.prediction.hits if driven else (), driven and tick >= self.go_tick
        self.commentary.foretell(tick, self.prediction.car, hits, judged=judged)

    def send_again(self, tick: int) -> list[Drive]:
        """Return again what was in force after a tick, for who owns the race now."""
        return self._helm.send_again(tick)

    def own_car(self, now: float) -> Car:
        """Return the own car as it is to be drawn now, whoever drives it."""
        self._settle()
        return self.prediction.shown(self._share(now))

    def _share(self, now: float) -> float:
        """Return how much of a tick has passed since the newest predicted one, from -1 to 1."""
        ahead = self.prediction.tick
        if ahead is None:
            return 0.0
        return min(max(self.clock.input_tick(now) - ahead, -1.0), 1.0)

    def own_tick(self, now: float) -> float | None:
        """Return the tick at which the own car is drawn; None where it is not predicted."""
        ahead = self.prediction.tick
        if ahead is None or self.watching or self.paused:
            return None
        return ahead + self._share(now)

    def cars(self, now: float) -> list[SeenCar]:
        """Return all cars as they are to be drawn now, by slot."""
        self._settle()
        present, past = self.own_tick(now), self.clock.shown_tick(now)
        seen = []
        for slot, record in sorted(self.records.items()):
            if record.flags & CarFlag.GONE:
                continue
            is_me = slot == self.slot
            flags = record.flags
            if self.mode == TRIAL and (is_me or self.watching):
                # All are ghosts to each other there, and solid to themselves.
                flags &= ~CarFlag.GHOST
            car = self.own_car(now) if is_me else self._rivals.shown(slot, present, past)
            throttle, lap = record.throttle / 255, self.laps_done if is_me else record.lap
            seen.append(SeenCar(slot, car, flags, throttle, lap, record.place, is_me))
        return seen

    def ghosts(self, now: float) -> list[tuple[str, Car]]:
        """Return the ghosts of recorded laps to be drawn now, with names; the own best first.

        They start with each lap of the own car, and are gone at their end.
        """
        mine = self.mine
        tick = self._tick_now(now)
        if mine is None or self.phase is Phase.FINISHED or self.paused or tick < self.go_tick:
            return []
        lap_tick = tick - self.commentary.milestones.lap_started_tick
        return self.chase.cars(mine.car.car_class, lap_tick)

    def chase_on(self, told: Ghosts, me: str) -> None:
        """Take in recorded laps of this track; their times are to be beaten from now on.

        Raises:
            BadGhost: one cannot be read.
        """
        self.chase.take(told, me)
        car_class = CarClass(told.car_class)
        own = self.chase.times(car_class, GhostKind.OWN)
        record = self.chase.times(car_class, GhostKind.RECORD)
        self.commentary.splits.begin_with(self.slot, own, record)

    def standings(self) -> list[Standing]:
        """Return the order, with gaps from the distance driven, or of a trial's best laps."""
        if self.mode == TRIAL:
            return trial_standings(self.records.values())
        if self._standings is None:
            self._standings = standings(
                self.track,
                self.records.values(),
                self._on_grid,
                self.commentary.finish_ticks,
                self.tick - self.start_tick,
            )
        return self._standings

    # Times

    @property
    def laps_done(self) -> int:
        """Laps that the own car has completed, as it is shown: ahead of the server."""
        told = self.mine.lap if self.mine is not None else 0
        return max(told, self.commentary.milestones.laps_done)

    @property
    def canisters(self) -> int:
        """The canisters that lie there, as bits; what the own car takes is gone at once."""
        predicted = self.mine is not None and self.prediction.tick is not None
        return self.prediction.canisters if predicted else self._lying

    def seconds_to_go(self, now: float) -> float:
        """Return the seconds until GO, negative afterwards."""
        return (self.go_tick - self._tick_now(now)) / TICKS_A_SECOND

    def total_s(self, now: float) -> float:
        """Return the time of the race so far."""
        finish_ticks = self.commentary.finish_ticks.get(self.slot)
        if finish_ticks is not None:
            return finish_ticks / TICKS_A_SECOND
        return max(0.0, self._tick_now(now) - self.start_tick) / TICKS_A_SECOND

    @property
    def foreseen(self) -> int:
        """How many other cars are driven on to the present, to be touched there."""
        return self._rivals.foreseen

    def stalled(self, now: float) -> bool:
        """Whether nothing has been heard of the race for a while."""
        return not self.paused and self.clock.silent_s(now) > STALLED_S

    def _tick_now(self, now: float) -> float:
        if self.paused or not self.clock.ready:
            return float(self.tick)
        return self.clock.shown_tick(now) if self.watching else self.clock.input_tick(now)
