"""One race: grid, countdown, laps, rules, ranking, results.

`Race.step` takes one input a car and runs one tick; the same inputs give the
same race, always. It reads no clock and no random source; who drives, and
what is sent or saved, is decided elsewhere.

The rules. Cars are held on the grid until the last lamp, one second before
GO; who drives off before GO has jumped the start: five seconds are
added. Gates count in order only; who has driven past one is told at once, and
is put back before it on asking. Driving against the race is told within a
third of a second and makes the car a ghost that touches nobody. The race
ends when all have finished, or a minute after the winner. In a time trial
all are ghosts, nothing is shared, and the best lap decides the places.

Units: ticks of 1/60 s unless a name says otherwise; metres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from car import Car, CarClass, CarInput
from contact import advance_car, near_pairs, overlapping, push_apart
from judge import crosses_gate, judge_direction, judge_gates, measure, split_at
from racer import COAST, NOBODY, RESPAWN_EVERY_TICKS, Racer, Result
from racer import TICKS_A_SECOND as TICKS_A_SECOND
from racer import EventKind as EventKind
from racer import RaceEvent as RaceEvent
from resources import START_NITRO_TICKS, PitStop, lying, may_be_mended, pick_up, serve
from slipstream import draft_behind, draft_follows, eased_draft
from track import Track

COUNTDOWN_TICKS: Final = 240
RELEASE_TICKS: Final = 60
"""The brakes of the grid let go so long before GO."""
JUMP_SPEED: Final = 0.6
"""A car faster than this before GO has jumped the start, m/s."""
JUMP_PENALTY_TICKS: Final = 5 * TICKS_A_SECOND
RESPAWN_GHOST_TICKS: Final = 2 * TICKS_A_SECOND
RESPAWN_BEFORE_GATE: Final = 4.0
AFTER_WINNER_TICKS: Final = 60 * TICKS_A_SECOND
LAP_TICKS_MAX: Final = 150 * TICKS_A_SECOND
"""A race may last so long a lap, and a minute more."""
POINTS: Final[tuple[int, ...]] = (25, 18, 15, 12, 10, 8, 6, 4)


class Phase(IntEnum):
    """How far a race has come."""

    GRID = 0
    COUNTDOWN = 1
    RACING = 2
    FINISHED = 3


def is_held(tick: int, go_tick: int) -> bool:
    """Whether the cars are held still at a tick; client and server agree on it.

    At the start the grid lets go a second before GO; after a pause, at GO.
    """
    return tick < (go_tick - RELEASE_TICKS if go_tick == COUNTDOWN_TICKS else go_tick)


class Race:
    """The state of one race, and its rules."""

    def __init__(
        self,
        track: Track,
        laps: int,
        slots: Sequence[int],
        *,
        classes: Mapping[int, CarClass] | None = None,
        damage: bool = True,
        solid: bool = True,
    ) -> None:
        """Put the cars on the grid.

        Args:
            classes: what each slot drives; a touring car where it says nothing.
            damage: whether impacts leave damage, for pits to mend.
            solid: whether cars touch each other. Where they do not, in a time
                trial, there are neither canisters nor damage, and the best
                lap decides.
        """
        self.track = track
        self.laps = laps
        self.damage = damage and solid
        self.solid = solid
        self.canisters_back = [0] * (len(track.canisters) if solid else 0)
        """When each canister lies there again; in the past while it does."""
        self.pit_stops = [PitStop() for _ in (track.pits if self.damage else ())]
        self.tick = 0
        self.go_tick = COUNTDOWN_TICKS
        self.start_tick = COUNTDOWN_TICKS
        """When the clock of the race began; moved on by what pauses took."""
        self.phase = Phase.GRID
        self.winner_tick: int | None = None
        self.best_lap_ticks: int | None = None
        self.racers: dict[int, Racer] = {}
        self._field: list[Racer] = []
        """The same, by slot; and from first to last, as of the newest tick."""
        self._order: list[Racer] = []
        for box, slot in enumerate(sorted(slots)):
            x, y, heading = track.grid[box]
            car = Car(x=x, y=y, heading=heading, nitro_ticks=START_NITRO_TICKS if solid else 0)
            car.car_class = (classes or {}).get(slot, CarClass.TOURING)
            hint = track.locate(x, y).sample
            self.racers[slot] = Racer(slot, car, hint, lap_started_tick=self.start_tick)
        for racer in self.racers.values():
            measure(self.track, racer)
        self.rank()

    # One tick

    def step(self, inputs: dict[int, CarInput]) -> list[RaceEvent]:
        """Run one tick; a car without an input coasts."""
        if self.phase is Phase.FINISHED:
            return []
        self.tick += 1
        events: list[RaceEvent] = []
        racing = self.phase is Phase.RACING
        if not racing:
            racing = self.tick >= self.go_tick
            self.phase = Phase.RACING if racing else Phase.COUNTDOWN
            if racing:
                events.append(RaceEvent(EventKind.GO, NOBODY, self.tick, 0))
        held = is_held(self.tick, self.go_tick)
        active = self._active()
        for racer in active:
            car = racer.car
            racer.from_x, racer.from_y = car.x, car.y
            racer.wishes = wishes = inputs.get(racer.slot, COAST)
            if held:
                car.engine_on = wishes.engine
            elif wishes.respawn and racing and self._may_respawn(racer):
                self._respawn(racer, events)
            else:
                self._drive(racer, wishes, events)
        self._touch(active, events)
        self._haunt(active)
        solid = _solid(active)
        self._thin_air(active, solid)
        if racing:
            self._share(solid, events)
            for racer in active:
                self._judge(racer, events)
        else:
            for racer in active:
                if self._jumps(racer):
                    racer.penalty_ticks = JUMP_PENALTY_TICKS
                    events.append(
                        RaceEvent(EventKind.JUMP_START, racer.slot, self.tick, JUMP_PENALTY_TICKS)
                    )
        self.rank()
        self._end_if_due(events)
        return events

    def _by_slot(self) -> list[Racer]:
        """Return all racers: a list is walked through in a third of the time of a dict."""
        if len(self._field) != len(self.racers):
            self._field = list(self.racers.values())
            self._order = self._field.copy()
        return self._field

    def _active(self) -> list[Racer]:
        """Return who has not left, by slot; not to be changed."""
        everyone = self._by_slot()
        for racer in everyone:
            if racer.gone:
                return [one for one in everyone if not one.gone]
        return everyone

    @staticmethod
    def _jumps(racer: Racer) -> bool:
        """Whether a car drives off; who is pushed, or holds the brake, gains nothing."""
        drives = racer.wishes.throttle > 0.0 and racer.car.forward_speed > JUMP_SPEED
        return drives and not racer.penalty_ticks

    def _drive(self, racer: Racer, wishes: CarInput, events: list[RaceEvent]) -> None:
        racer.hint, impulse = advance_car(
            racer.car, racer.hint, wishes, self.track, fragile=self.damage
        )
        if impulse > 0.5:
            events.append(RaceEvent(EventKind.WALL, racer.slot, self.tick, round(impulse * 100)))

    def _may_respawn(self, racer: Racer) -> bool:
        return self.tick - racer.respawned_tick >= RESPAWN_EVERY_TICKS

    def _respawn(self, racer: Racer, events: list[RaceEvent]) -> None:
        """Put a car back on the road where it has got to, standing, as a ghost."""
        # Before the gate that is still to be crossed, or it never would be.
        before = racer.gates_passed * self.track.gate_step - RESPAWN_BEFORE_GATE
        distance = min(racer.progress, before) % self.track.length
        x, y, heading = self.track.point_at(distance)
        was = racer.car
        racer.car = Car(
            x=x, y=y, heading=heading, engine_on=was.engine_on, car_class=was.car_class,
            nitro_ticks=was.nitro_ticks, damage=was.damage,
        )  # fmt: skip
        racer.hint = self.track.locate(x, y, heading=heading).sample
        racer.respawned_tick = self.tick
        racer.ghost = True
        racer.wrong_way = False
        racer.turned_ticks = 0
        events.append(RaceEvent(EventKind.RESPAWN, racer.slot, self.tick, 0))

    def _touch(self, active: list[Racer], events: list[RaceEvent]) -> None:
        solid = _solid(active)
        for a, b in near_pairs([racer.car for racer in solid]):
            one, other = solid[a], solid[b]
            impulse = push_apart(one.car, other.car, fragile=self.damage)
            if impulse > 0.5:
                value = round(impulse * 100)
                events.append(RaceEvent(EventKind.CONTACT, one.slot, self.tick, value))
                events.append(RaceEvent(EventKind.CONTACT, other.slot, self.tick, value))

    def _haunt(self, active: list[Racer]) -> None:
        """Decide who is a ghost from now on."""
        for racer in active:
            racer.ghost = (
                not self.solid
                or racer.wrong_way
                or racer.finish_tick is not None
                or self.tick - racer.respawned_tick < RESPAWN_GHOST_TICKS
                # Nobody turns solid inside another car.
                or (racer.ghost and self._is_inside(racer, active))
            )

    @staticmethod
    def _is_inside(racer: Racer, active: list[Racer]) -> bool:
        return any(overlapping(racer.car, other.car) for other in active if other is not racer)

    def _thin_air(self, active: list[Racer], solid: list[Racer]) -> None:
        """Let the air thin for those who follow others, a third of them each tick."""
        cars = [racer.car for racer in solid]
        for racer in active:
            if draft_follows(self.tick, racer.slot):
                target = 0 if racer.ghost else draft_behind(racer.car, cars)
                racer.car.draft = eased_draft(racer.car.draft, target)

    def _share(self, solid: list[Racer], events: list[RaceEvent]) -> None:
        """Give canisters and the hands of the pits to those who are entitled to them."""
        # At nearly every tick nobody is near either, and eight cars ask.
        if self.canisters_back:
            entries = [
                (racer.slot, racer.car)
                for racer in solid
                if self.track.near_canisters(racer.car.x, racer.car.y)
            ]
            if entries:
                for got in pick_up(self.track, entries, self.canisters_back, self.tick):
                    events.append(RaceEvent(EventKind.PICKUP, got.slot, self.tick, got.number))
        if self.pit_stops and self._pits_are_wanted(solid):
            entries = [(racer.slot, racer.car) for racer in solid]
            for done in serve(self.track.pits, entries, self.pit_stops, self.tick):
                events.append(RaceEvent(EventKind.REPAIRED, done.slot, self.tick, done.points))

    def _pits_are_wanted(self, solid: list[Racer]) -> bool:
        """Whether anybody may be mended, or has been a tick ago."""
        for racer in solid:
            if may_be_mended(racer.car):
                return True
        return any(stop.holder is not None for stop in self.pit_stops)

    # Rules

    def _judge(self, racer: Racer, events: list[RaceEvent]) -> None:
        turned = judge_direction(self.track, racer, self.tick)
        if turned is not None:
            events.append(RaceEvent(turned, racer.slot, self.tick, 0))
        gates, car = self.track.gates, racer.car
        gate = gates[racer.gates_passed % len(gates)]
        if racer.finish_tick is None and crosses_gate(
            racer.from_x, racer.from_y, car.x, car.y, gate
        ):
            racer.gates_passed += 1
            self._passed(racer, events)
        if racer.finish_tick is not None:
            racer.missed_gate = False
        elif judge_gates(self.track, racer):
            number = racer.gates_passed % len(gates)
            events.append(RaceEvent(EventKind.MISSED_GATE, racer.slot, self.tick, number))

    def _passed(self, racer: Racer, events: list[RaceEvent]) -> None:
        number = (racer.gates_passed - 1) % len(self.track.gates)
        events.append(RaceEvent(EventKind.GATE, racer.slot, self.tick, number))
        lap_ticks = self.tick - racer.lap_started_tick
        split = split_at(self.track, number)
        if split is not None:
            events.append(RaceEvent(split, racer.slot, self.tick, lap_ticks))
        if number != 0 or racer.gates_passed == 1:
            return
        racer.lap_started_tick = self.tick
        events.append(RaceEvent(EventKind.LAP, racer.slot, self.tick, lap_ticks))
        if racer.best_lap_ticks is None or lap_ticks < racer.best_lap_ticks:
            racer.best_lap_ticks = lap_ticks
        if self.best_lap_ticks is None or lap_ticks < self.best_lap_ticks:
            self.best_lap_ticks = lap_ticks
            events.append(RaceEvent(EventKind.BEST_LAP, racer.slot, self.tick, lap_ticks))
        if self.laps_of(racer) >= self.laps:
            racer.finish_tick = self.tick
            self.winner_tick = self.winner_tick or self.tick
            total = self.tick - self.start_tick + racer.penalty_ticks
            events.append(RaceEvent(EventKind.FINISH, racer.slot, self.tick, total))

    def rank(self) -> None:
        """Give every car its place."""
        for number, racer in enumerate(self._ranked()):
            racer.place = number + 1

    def _ranked(self) -> list[Racer]:
        """Return the racers from first to last.

        The order of a tick ago nearly always holds still, so it is looked at pair by
        pair, and who is out of order moved up (an insertion sort).
        """
        self._by_slot()
        order = self._order
        for number in range(1, len(order)):
            racer, place = order[number], number
            while place > 0 and self._leads(racer, order[place - 1]):
                order[place] = order[place - 1]
                place -= 1
            if place != number:
                order[place] = racer
        return order

    def _leads(self, one: Racer, other: Racer) -> bool:
        """Whether a car is ranked before another: finished, still driving, gone."""
        if self.solid and one.finish_tick is None and other.finish_tick is None:
            # Nearly always so; what follows says the same.
            if one.gone != other.gone:
                return other.gone
        else:
            total, other_total = self._counted(one), self._counted(other)
            if total is not None and other_total is not None:
                return (total, one.slot) < (other_total, other.slot)
            if total is not None or other_total is not None:
                return total is not None
            if one.gone != other.gone:
                return other.gone
        if one.progress != other.progress:
            return one.progress > other.progress
        return one.slot < other.slot

    def _counted(self, racer: Racer) -> int | None:
        """Return the time that decides a place: the whole race, or in a trial the best lap."""
        return self.total_of(racer) if self.solid else racer.best_lap_ticks

    def _end_if_due(self, events: list[RaceEvent]) -> None:
        clock = self.tick - self.start_tick
        late = (
            self.winner_tick is not None and self.tick - self.winner_tick >= AFTER_WINNER_TICKS
        ) or clock > self.laps * LAP_TICKS_MAX + AFTER_WINNER_TICKS
        for racer in self._by_slot():
            if racer.finish_tick is None and not racer.gone:
                if not late:
                    return
                events.append(RaceEvent(EventKind.TIME_OUT, racer.slot, self.tick, 0))
        self.phase = Phase.FINISHED
        events.append(RaceEvent(EventKind.RACE_OVER, NOBODY, self.tick, 0))

    # Questions and orders

    @property
    def canisters(self) -> int:
        """The canisters that lie there, as bits."""
        return lying(self.canisters_back, self.tick)

    def is_mended(self, slot: int) -> bool:
        """Whether a pit mends a car just now."""
        return any(stop.holder == slot for stop in self.pit_stops)

    def lap_of(self, slot: int) -> int:
        """Return the laps that a car has completed."""
        return self.laps_of(self.racers[slot])

    def laps_of(self, racer: Racer) -> int:
        """Return the laps that a racer has completed."""
        return max(0, racer.gates_passed - 1) // len(self.track.gates)

    def total_of(self, racer: Racer) -> int | None:
        """Return the time of a finished car, penalties included."""
        if racer.finish_tick is None:
            return None
        return racer.finish_tick - self.start_tick + racer.penalty_ticks

    def ranking(self) -> list[int]:
        """Return the slots from first to last."""
        return [racer.slot for racer in self._ranked()]

    def results(self) -> list[Result]:
        """Return how it ended, from first to last; points for finishers only."""
        results = []
        for place, slot in enumerate(self.ranking(), 1):
            racer = self.racers[slot]
            total = self.total_of(racer)
            points = POINTS[place - 1] if total is not None and self.solid else 0
            results.append(Result(slot, place, total, racer.best_lap_ticks, points))
        return results

    def retire(self, slot: int) -> None:
        """Take a car off the track for good; what it finished stays."""
        self.racers[slot].gone = True

    def hold(self, ticks: int) -> None:
        """Stand all cars still for a new countdown; the clock of the race waits too.

        A countdown that has longer to go anyway stays as it is.
        """
        delay = self.tick + ticks - max(self.go_tick, self.tick)
        if self.phase is Phase.FINISHED or delay <= 0:
            return
        self.go_tick = self.tick + ticks
        self.start_tick += delay
        if self.winner_tick is not None:
            self.winner_tick += delay
        self.phase = Phase.COUNTDOWN
        for racer in self.racers.values():
            racer.lap_started_tick += delay
            if racer.finish_tick is not None:
                racer.finish_tick += delay
            car = racer.car
            car.vx = car.vy = car.yaw_rate = car.steer_angle = car.pitch = 0.0
            car.charge_ticks = car.draft = 0


def _solid(active: list[Racer]) -> list[Racer]:
    """Return who is no ghost, in the same order; not to be changed."""
    for racer in active:
        if racer.ghost:
            return [one for one in active if not one.ghost]
    return active
