"""One race: grid, countdown, laps, rules, ranking, results.

`Race.step` takes one input a car and runs one tick; the same inputs give the
same race, always. It reads no clock and no random source; who drives, and
what is sent or saved, is decided elsewhere.

The rules. Cars are held on the grid until the last lamp, one second before
GO; who drives off before GO has jumped the start: five seconds are
added. Gates count in order only; who has driven past one is told at once, and
is put back before it on asking. Driving against the race is told within a
third of a second and makes the car a ghost that touches nobody. The race
ends when all have finished, or a minute after the winner.

Units: ticks of 1/60 s unless a name says otherwise; metres.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from car import Car, CarInput, Surface
from contact import advance_car, overlapping, push_apart
from track import Gate, Track

TICKS_A_SECOND = 60
COUNTDOWN_TICKS = 240
RELEASE_TICKS = 60
"""The brakes of the grid let go so long before GO."""
JUMP_SPEED = 0.6
"""A car faster than this before GO has jumped the start, m/s."""
JUMP_PENALTY_TICKS = 5 * TICKS_A_SECOND
WRONG_WAY_TICKS = 20
RIGHT_WAY_TICKS = 15
WRONG_WAY_SPEED = 3.0
MISSED_BY = 8.0
"""A car so far beyond a gate that it did not cross has missed it."""
STRAYED_LAPS = 0.25
"""So is a car so far behind its last gate: it has cut across to another part."""
RELOCATE_EVERY_TICKS = 6
RESPAWN_GHOST_TICKS = 2 * TICKS_A_SECOND
RESPAWN_BEFORE_GATE = 4.0
RESPAWN_EVERY_TICKS = 3 * TICKS_A_SECOND
AFTER_WINNER_TICKS = 60 * TICKS_A_SECOND
LAP_TICKS_MAX = 150 * TICKS_A_SECOND
"""A race may last so long a lap, and a minute more."""
POINTS = (25, 18, 15, 12, 10, 8, 6, 4)

COAST = CarInput()


class Phase(IntEnum):
    """How far a race has come."""

    GRID = 0
    COUNTDOWN = 1
    RACING = 2
    FINISHED = 3


class EventKind(IntEnum):
    """What can happen in a race; the meaning of an event's value follows."""

    GO = 0
    GATE = 1
    """The gate's number."""
    LAP = 2
    """Ticks of the lap."""
    BEST_LAP = 3
    """Ticks of the lap: the race's best so far."""
    FINISH = 4
    """Ticks of the whole race, penalties included."""
    JUMP_START = 5
    """Ticks of penalty."""
    WRONG_WAY = 6
    RIGHT_WAY = 7
    RESPAWN = 8
    CONTACT = 9
    """Impulse, cm/s."""
    WALL = 10
    """Impulse, cm/s."""
    TIME_OUT = 11
    RACE_OVER = 12
    MISSED_GATE = 13
    """The number of the gate; until it is crossed nothing counts."""


NOBODY = 255
"""The slot of events that concern everyone."""


class RaceEvent(NamedTuple):
    """Something that happened at a tick."""

    kind: EventKind
    slot: int
    tick: int
    value: int


class Result(NamedTuple):
    """How one car ended."""

    slot: int
    place: int
    total_ticks: int | None
    """With penalties; None for who did not finish."""
    best_lap_ticks: int | None
    points: int


@dataclass(slots=True)
class Racer:
    """One car and what the rules know of it."""

    slot: int
    car: Car
    hint: int
    """Nearest sample of the centreline."""
    gates_passed: int = 0
    """Gates crossed in order, the start line at the start included."""
    lap_started_tick: int = 0
    best_lap_ticks: int | None = None
    finish_tick: int | None = None
    penalty_ticks: int = 0
    wrong_way: bool = False
    missed_gate: bool = False
    ghost: bool = False
    """Touches no other car."""
    gone: bool = False
    """Left for good."""
    progress: float = 0.0
    """Metres driven towards the finish; negative before the line."""
    place: int = 0
    turned_ticks: int = 0
    """How long the car has driven the other way than `wrong_way` says."""
    respawned_tick: int = -RESPAWN_EVERY_TICKS
    wishes: CarInput = field(default=COAST, compare=False)
    """What was applied last, for the eye and ear of others."""


def is_held(tick: int, go_tick: int) -> bool:
    """Whether the cars are held still at a tick; client and server agree on it.

    At the start the grid lets go a second before GO; after a pause, at GO.
    """
    return tick < (go_tick - RELEASE_TICKS if go_tick == COUNTDOWN_TICKS else go_tick)


class Race:
    """The state of one race, and its rules."""

    def __init__(self, track: Track, laps: int, slots: Sequence[int]) -> None:
        self.track = track
        self.laps = laps
        self.tick = 0
        self.go_tick = COUNTDOWN_TICKS
        self.start_tick = COUNTDOWN_TICKS
        """When the clock of the race began; moved on by what pauses took."""
        self.phase = Phase.GRID
        self.winner_tick: int | None = None
        self.best_lap_ticks: int | None = None
        self.racers: dict[int, Racer] = {}
        for box, slot in enumerate(sorted(slots)):
            x, y, heading = track.grid[box]
            car = Car(x=x, y=y, heading=heading)
            hint = track.locate(x, y).sample
            self.racers[slot] = Racer(slot, car, hint, lap_started_tick=self.start_tick)
        for racer in self.racers.values():
            self._measure(racer)
        self.rank()

    # One tick

    def step(self, inputs: Mapping[int, CarInput]) -> list[RaceEvent]:
        """Run one tick; a car without an input coasts."""
        if self.phase is Phase.FINISHED:
            return []
        self.tick += 1
        events: list[RaceEvent] = []
        if self.phase is not Phase.RACING:
            self.phase = Phase.RACING if self.tick >= self.go_tick else Phase.COUNTDOWN
            if self.phase is Phase.RACING:
                events.append(RaceEvent(EventKind.GO, NOBODY, self.tick, 0))
        active = [racer for racer in self.racers.values() if not racer.gone]
        before = [(racer.car.x, racer.car.y) for racer in active]
        for racer in active:
            self._drive(racer, inputs.get(racer.slot, COAST), events)
        self._touch(active, events)
        for racer, (x, y) in zip(active, before, strict=True):
            if self.phase is Phase.RACING:
                self._judge(racer, x, y, events)
            elif self._jumps(racer):
                racer.penalty_ticks = JUMP_PENALTY_TICKS
                events.append(
                    RaceEvent(EventKind.JUMP_START, racer.slot, self.tick, JUMP_PENALTY_TICKS)
                )
        self.rank()
        self._end_if_due(events)
        return events

    @staticmethod
    def _jumps(racer: Racer) -> bool:
        """Whether a car drives off; who is pushed, or holds the brake, gains nothing."""
        drives = racer.wishes.throttle > 0.0 and racer.car.forward_speed > JUMP_SPEED
        return drives and not racer.penalty_ticks

    def _drive(self, racer: Racer, wishes: CarInput, events: list[RaceEvent]) -> None:
        racer.wishes = wishes
        car = racer.car
        if is_held(self.tick, self.go_tick):
            car.engine_on = wishes.engine
            return
        if (
            wishes.respawn
            and self.phase is Phase.RACING
            and self.tick - racer.respawned_tick >= RESPAWN_EVERY_TICKS
        ):
            self._respawn(racer, events)
            return
        racer.hint, impulse = advance_car(car, racer.hint, wishes, self.track)
        if impulse > 0.5:
            events.append(RaceEvent(EventKind.WALL, racer.slot, self.tick, round(impulse * 100)))

    def _respawn(self, racer: Racer, events: list[RaceEvent]) -> None:
        """Put a car back on the road where it has got to, standing, as a ghost."""
        # Before the gate that is still to be crossed, or it never would be.
        step = self.track.length / len(self.track.gates)
        before = racer.gates_passed * step - RESPAWN_BEFORE_GATE
        distance = min(racer.progress, before) % self.track.length
        x, y, heading = self.track.point_at(distance)
        racer.car = Car(x=x, y=y, heading=heading, engine_on=racer.car.engine_on)
        racer.hint = self.track.locate(x, y).sample
        racer.respawned_tick = self.tick
        racer.ghost = True
        racer.wrong_way = False
        racer.turned_ticks = 0
        events.append(RaceEvent(EventKind.RESPAWN, racer.slot, self.tick, 0))

    def _touch(self, active: list[Racer], events: list[RaceEvent]) -> None:
        solid = [racer for racer in active if not racer.ghost]
        for number, one in enumerate(solid):
            for other in solid[number + 1 :]:
                impulse = push_apart(one.car, other.car)
                if impulse > 0.5:
                    value = round(impulse * 100)
                    events.append(RaceEvent(EventKind.CONTACT, one.slot, self.tick, value))
                    events.append(RaceEvent(EventKind.CONTACT, other.slot, self.tick, value))
        for racer in active:
            may_touch = not (
                racer.wrong_way
                or racer.finish_tick is not None
                or self.tick - racer.respawned_tick < RESPAWN_GHOST_TICKS
            )
            # Nobody turns solid inside another car.
            racer.ghost = not may_touch or (
                racer.ghost
                and any(overlapping(racer.car, other.car) for other in active if other is not racer)
            )

    # Rules

    def _judge(self, racer: Racer, x: float, y: float, events: list[RaceEvent]) -> None:
        self._judge_direction(racer, events)
        gates = self.track.gates
        gate = gates[racer.gates_passed % len(gates)]
        if racer.finish_tick is None and crosses_gate(x, y, racer.car.x, racer.car.y, gate):
            racer.gates_passed += 1
            self._passed(racer, events)
        if racer.finish_tick is None:
            self._judge_gates(racer, events)
        else:
            racer.missed_gate = False

    def _passed(self, racer: Racer, events: list[RaceEvent]) -> None:
        number = (racer.gates_passed - 1) % len(self.track.gates)
        events.append(RaceEvent(EventKind.GATE, racer.slot, self.tick, number))
        if number != 0 or racer.gates_passed == 1:
            return
        lap_ticks = self.tick - racer.lap_started_tick
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

    def _judge_direction(self, racer: Racer, events: list[RaceEvent]) -> None:
        car = racer.car
        # Who cuts across to another part of the road is judged by that part.
        if (self.tick + racer.slot) % RELOCATE_EVERY_TICKS == 0 and (
            self.track.surface_at(car.x, car.y) in (Surface.ASPHALT, Surface.KERB)
        ):
            racer.hint = self.track.locate(car.x, car.y).sample
        tx, ty = self.track.tangents_at(racer.hint)
        ahead = car.vx * tx + car.vy * ty
        against = ahead < -0.5 * car.speed and car.speed > WRONG_WAY_SPEED
        right = ahead > 0.5 * car.speed and car.speed > 1.0
        turned = right if racer.wrong_way else against
        racer.turned_ticks = racer.turned_ticks + 1 if turned else 0
        limit = RIGHT_WAY_TICKS if racer.wrong_way else WRONG_WAY_TICKS
        if racer.turned_ticks >= limit:
            racer.wrong_way = not racer.wrong_way
            racer.turned_ticks = 0
            kind = EventKind.WRONG_WAY if racer.wrong_way else EventKind.RIGHT_WAY
            events.append(RaceEvent(kind, racer.slot, self.tick, 0))

    def _judge_gates(self, racer: Racer, events: list[RaceEvent]) -> None:
        """Tell who has driven past the gate that is due."""
        length, gates = self.track.length, self.track.gates
        step = length / len(gates)
        beyond = self._measure(racer)
        limit = step if racer.missed_gate else step + MISSED_BY
        missed = not -STRAYED_LAPS * length < beyond < limit
        if missed and not racer.missed_gate:
            number = racer.gates_passed % len(gates)
            events.append(RaceEvent(EventKind.MISSED_GATE, racer.slot, self.tick, number))
        racer.missed_gate = missed

    def _measure(self, racer: Racer) -> float:
        """Work out the progress; return the metres from the last gate to the car."""
        track = self.track
        gates = track.gates
        step = track.length / len(gates)
        along = track.locate(racer.car.x, racer.car.y, racer.hint).distance
        last = gates[(racer.gates_passed - 1) % len(gates)].distance
        beyond = math.remainder(along - last, track.length)
        if racer.gates_passed == 0:
            racer.progress = min(0.0, math.remainder(along, track.length))
        else:
            racer.progress = (racer.gates_passed - 1) * step + min(max(beyond, 0.0), step)
        return beyond

    def rank(self) -> None:
        """Give every car its place."""
        for place, slot in enumerate(self.ranking(), 1):
            self.racers[slot].place = place

    def _end_if_due(self, events: list[RaceEvent]) -> None:
        waiting = [
            racer for racer in self.racers.values() if racer.finish_tick is None and not racer.gone
        ]
        clock = self.tick - self.start_tick
        late = (
            self.winner_tick is not None and self.tick - self.winner_tick >= AFTER_WINNER_TICKS
        ) or clock > self.laps * LAP_TICKS_MAX + AFTER_WINNER_TICKS
        if waiting and not late:
            return
        for racer in waiting:
            events.append(RaceEvent(EventKind.TIME_OUT, racer.slot, self.tick, 0))
        self.phase = Phase.FINISHED
        events.append(RaceEvent(EventKind.RACE_OVER, NOBODY, self.tick, 0))

    # Questions and orders

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

        def order(racer: Racer) -> tuple[int, float, int]:
            total = self.total_of(racer)
            if total is not None:
                return (0, float(total), racer.slot)
            return (2 if racer.gone else 1, -racer.progress, racer.slot)

        return [racer.slot for racer in sorted(self.racers.values(), key=order)]

    def results(self) -> list[Result]:
        """Return how it ended, from first to last; points for finishers only."""
        results = []
        for place, slot in enumerate(self.ranking(), 1):
            racer = self.racers[slot]
            total = self.total_of(racer)
            points = POINTS[place - 1] if total is not None else 0
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
            car.vx = car.vy = car.yaw_rate = car.steer_angle = 0.0


def crosses_gate(x: float, y: float, new_x: float, new_y: float, gate: Gate) -> bool:
    """Whether a move from (x, y) to (new_x, new_y) crosses a gate forwards."""
    behind = (x - gate.ax) * gate.tx + (y - gate.ay) * gate.ty
    ahead = (new_x - gate.ax) * gate.tx + (new_y - gate.ay) * gate.ty
    if not behind < 0.0 <= ahead:
        return False
    share = behind / (behind - ahead)
    cx, cy = x + (new_x - x) * share, y + (new_y - y) * share
    wx, wy = gate.bx - gate.ax, gate.by - gate.ay
    across = ((cx - gate.ax) * wx + (cy - gate.ay) * wy) / (wx * wx + wy * wy)
    return 0.0 <= across <= 1.0
