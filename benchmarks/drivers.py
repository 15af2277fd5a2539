"""What drivers with keyboards send: the inputs of a load, worked out ahead.

A `Hands` is one person at a keyboard: it looks at the road ten times a
second, answers a fifth of a second later, and its keys are down or up. Eight
of them race over the shared race and its physics, and their wishes go through
the client's own `Helm`. So a `Plan` holds what eight clients would have sent,
tick by tick. A server that gets it in time drives exactly that race, for the
same inputs give the same cars.

It is pure: its only luck is a seed, and it sends nothing.

Units: metres, seconds, radians; ticks of 1/60 s where the name says so.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

from car import Car, CarInput
from helm import Helm
from pace import pace_of
from protocol import Drive
from race import TICKS_A_SECOND, Phase, Race
from racer import Racer
from track import Track

LOOK_TICKS = 6
"""A person looks and decides ten times a second."""
REACTION_TICKS = (9, 15)
"""From what is seen to the key: 150 to 250 ms, each person its own."""
SKILL = (0.80, 0.93)
"""Of the speed that the racing line allows, each person its own."""
AIM_M, AIM_S = 8.0, 0.42
"""How far ahead the eyes are: so many metres, and so many seconds."""
DEAD_BAND = 0.045
"""An angle so small moves no finger."""
RELEASED = 0.018
"""A key that is down goes up below this angle."""
SPEED_SPARE = 3.0
"""Faster than wanted by less than this, the car rolls; by more, it is braked."""
NITRO_TICKS, NITRO_FREE_M = 70, 90.0
"""The bottle is opened with so much in it, and so much straight road ahead."""
HANDBRAKE_BEND, HANDBRAKE_SPEED = 1.0 / 24.0, 15.0
"""In a bend so tight, and faster than this, some tap the handbrake."""
PASSING_M, PASSING_ASIDE = 16.0, 2.6
"""Who is so close behind another aims so far beside it."""
STUCK_TICKS, STUCK_SPEED = 150, 1.5
GO_TICKS = (8, 20)
"""From GO to the first key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are down."""

    up: bool = False
    down: bool = False
    side: int = 0
    """-1 left, 1 right."""
    handbrake: bool = False
    nitro: bool = False
    respawn: bool = False

    def wishes(self) -> CarInput:
        """Return what the client makes of them."""
        return CarInput(
            throttle=float(self.up),
            brake=float(self.down),
            steering=float(self.side),
            handbrake=self.handbrake,
            respawn=self.respawn,
            nitro=self.nitro,
        )


class Hands:
    """One person at a keyboard; ask it once a tick."""

    def __init__(self, track: Track, seed: int) -> None:
        """Take the seed of who it is, and of its luck."""
        luck = random.Random(seed)
        self._track = track
        self._pace = pace_of(track)
        self._luck = luck
        self._reaction = luck.randint(*REACTION_TICKS)
        self._skill = luck.uniform(*SKILL)
        self._go = luck.randint(*GO_TICKS)
        self._offbeat = luck.randrange(LOOK_TICKS)
        self._side = 1.0 if luck.random() < 0.5 else -1.0
        self._slides = luck.random()
        self._down = Keys()
        self._deciding: deque[tuple[int, Keys]] = deque()
        """Keys that are decided, and the tick at which the fingers follow."""
        self._moved_tick = 0

    def wishes(self, race: Race, slot: int) -> CarInput:
        """Return what the keys ask for at the tick after `race.tick`."""
        tick = race.tick + 1
        if (tick + self._offbeat) % LOOK_TICKS == 0:
            keys = self._look(race, race.racers[slot])
            # No two answers of a person take equally long.
            self._deciding.append((tick + self._reaction + self._luck.randint(-2, 2), keys))
        while self._deciding and self._deciding[0][0] <= tick:
            self._down = self._deciding.popleft()[1]
        return self._down.wishes()

    def _look(self, race: Race, racer: Racer) -> Keys:
        if race.phase is Phase.FINISHED or race.tick < race.go_tick - self._reaction + self._go:
            self._moved_tick = race.tick
            return Keys()
        car = racer.car
        if car.speed > STUCK_SPEED:
            self._moved_tick = race.tick
        if racer.missed_gate or race.tick - self._moved_tick > STUCK_TICKS:
            # A key that is held is pressed once only: let go of it between.
            self._moved_tick = race.tick
            return Keys(respawn=not self._down.respawn)
        # A person steers for where the car will be when the fingers move.
        delay = self._reaction / TICKS_A_SECOND
        x, y = car.x + car.vx * delay, car.y + car.vy * delay
        heading = car.heading + 0.8 * car.yaw_rate * delay
        here = self._track.locate(x, y, racer.hint)
        pace, speed = self._pace, car.speed
        ahead = here.distance + AIM_M + speed * AIM_S
        sample = int(ahead / pace.spacing) % pace.count
        offset = self._aside(race, racer, pace.line[sample])
        half = pace.halves[sample] - 1.5
        goal_x, goal_y, _ = self._track.point_at(ahead, min(max(offset, -half), half))
        error = math.remainder(math.atan2(goal_y - y, goal_x - x) - heading, math.tau)
        at = (here.sample + int(0.15 * speed / pace.spacing)) % pace.count
        wanted = pace.limits[at] * self._skill
        bend = abs(pace.bends[here.sample])
        slides = bend > HANDBRAKE_BEND and speed > HANDBRAKE_SPEED
        straight = abs(error) < 2 * DEAD_BAND and abs(car.slide) < 1.0
        opens = NITRO_TICKS if not self._down.nitro else 0
        return Keys(
            up=speed < wanted,
            down=speed > wanted + SPEED_SPARE,
            side=self._finger(error),
            handbrake=slides and self._luck.random() < 0.3 * self._slides,
            nitro=(
                straight
                and car.nitro_ticks > opens
                and pace.free[here.sample] > NITRO_FREE_M
                and speed < wanted
            ),
        )

    def _finger(self, error: float) -> int:
        """Return which key of left and right is down for an angle to the goal."""
        held = self._deciding[-1][1].side if self._deciding else self._down.side
        if held and error * held > RELEASED:
            return held
        return 0 if abs(error) < DEAD_BAND else 1 if error > 0.0 else -1

    def _aside(self, race: Race, racer: Racer, line: float) -> float:
        """Return the offset to aim at: the line, or beside who is in the way."""
        car = racer.car
        cos, sin = math.cos(car.heading), math.sin(car.heading)
        for other in race.racers.values():
            if other is racer or other.gone or other.ghost:
                continue
            dx, dy = other.car.x - car.x, other.car.y - car.y
            along, across = dx * cos + dy * sin, dy * cos - dx * sin
            if 0.0 < along < PASSING_M and abs(across) < 2.2:
                return line - math.copysign(PASSING_ASIDE, across or self._side)
        return line


@dataclass(frozen=True, slots=True)
class Plan:
    """What the clients of one race send, and where that leads."""

    drives: tuple[tuple[Drive, ...], ...]
    """For each slot, in order of ticks; as many as there are players."""
    ticks: int
    """How far it goes."""
    truth: tuple[tuple[tuple[float, float], ...], ...]
    """Where each car is, by tick from 1 on and slot; empty where nothing was driven."""

    @property
    def messages_a_second(self) -> float:
        """How often one player says something, on average."""
        count = sum(map(len, self.drives)) / len(self.drives)
        return count / self.ticks * TICKS_A_SECOND

    def truth_at(self, tick: int) -> tuple[tuple[float, float], ...]:
        """Return where the cars are at a tick, by slot; empty where that is not known."""
        return self.truth[tick - 1] if 0 < tick <= len(self.truth) else ()


def plan_of(track: Track, *, players: int, laps: int, seconds: float, seed: int = 1) -> Plan:
    """Return what people at keyboards send in a race, from its first tick on."""
    race = Race(track, laps, range(players))
    hands = [Hands(track, 1000 * seed + slot) for slot in range(players)]
    helms = [Helm() for _ in range(players)]
    drives: list[list[Drive]] = [[] for _ in range(players)]
    truth: list[tuple[tuple[float, float], ...]] = []
    ticks = round(seconds * TICKS_A_SECOND)
    for tick in range(1, ticks + 1):
        inputs: dict[int, CarInput] = {}
        for slot in range(players):
            order = helms[slot].turn(tick, hands[slot].wishes(race, slot).quantised())
            if order is not None:
                drives[slot].append(order)
            inputs[slot] = helms[slot].in_force
        race.step(inputs)
        truth.append(tuple(_place(race.racers[slot].car) for slot in range(players)))
    return Plan(tuple(map(tuple, drives)), ticks, tuple(truth))


def _place(car: Car) -> tuple[float, float]:
    return car.x, car.y


def constant_plan(*, players: int, seconds: float, every_ticks: int = 2) -> Plan:
    """Return inputs that come as fast as a client may send, each unlike the last.

    It is the hardest case, and what is usually measured of game servers; no
    person drives like this, and the cars soon stand at a wall.
    """
    ticks = round(seconds * TICKS_A_SECOND)
    drives = tuple(
        tuple(
            Drive(
                sequence=number + 1,
                tick=tick,
                throttle=120 + (number * 7 + slot) % 120,
                brake=0,
                steering=(number // 15 * 31 + slot * 17) % 81 - 40,
                buttons=2,
            )
            for number, tick in enumerate(range(1, ticks + 1, every_ticks))
        )
        for slot in range(players)
    )
    return Plan(drives, ticks, ())
