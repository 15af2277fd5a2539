"""How well contact with other cars is foreseen over a bad link, without sockets.

    python -m benchmarks.bumping --link 100ms,20ms,1% --json

A client core and a race are joined by a wire with delay, jitter and losses, all
in one process and with a clock of their own, so that every run gives the same
figures. All drive the same line without seeing each other, and lean on who is
beside them: they bump all the time. Told are corrections (by how much a snapshot
moved the own car) with and without a touch shortly before, how long and how deep
others are drawn inside the own car, and how much the picture of it is pushed
beside what its speed explains.

Units: metres, m/s, seconds, ticks of 1/60 s, as the names say.
"""

from __future__ import annotations

import argparse
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import quantile, tell
from bots import BotDriver, BotLevel
from car import CAR_LENGTH, Car, CarInput
from contact import ARMS, RADIUS
from link_model import link_spec
from sight import Sight
from tests.racing import put
from tests.remote_race import RemoteRace
from track import Track

NEAR_TICKS = 45
"""A correction so long after a touch may come from it."""
TOUCHES_M = 0.02
"""Cars that have just been pushed apart are no further from each other."""
SPREAD_M = 7.0
INSIDE_M = 0.1
"""Cars drawn so deep in each other are seen to be."""
LEAN = 0.3
GATHER_TICKS = 600
"""The field is gathered round the own car so often."""


class Blind:
    """A driver who sees no other car, and leans on those beside it."""

    def __init__(self, track: Track, seed: int, level: BotLevel) -> None:
        self._track = track
        self._bot = BotDriver(track, seed, level)

    def wishes(self, car: Car, others: Sequence[Car], ticks_to_go: int) -> CarInput:
        """Return what the driver does with a car, and with those round it."""
        hint = self._track.locate(car.x, car.y, heading=car.heading).sample
        wishes = self._bot.wishes(Sight(car, hint, (), ticks_to_go=ticks_to_go))
        for other in others:
            dx, dy = other.x - car.x, other.y - car.y
            along = dx * math.cos(car.heading) + dy * math.sin(car.heading)
            aside = dy * math.cos(car.heading) - dx * math.sin(car.heading)
            if abs(along) < CAR_LENGTH and abs(aside) < 6.0:
                steering = wishes.steering + math.copysign(LEAN, aside)
                wishes = replace(wishes, steering=min(max(steering, -1.0), 1.0))
        return wishes


def deep(a: Car, b: Car) -> float:
    """Return by how much two cars are inside each other, negative where they are not."""
    if math.hypot(a.x - b.x, a.y - b.y) > CAR_LENGTH:
        return -CAR_LENGTH
    nearest = min(math.hypot(bx - ax, by - ay) for ax, ay in discs(a) for bx, by in discs(b))
    return 2 * RADIUS - nearest


def discs(car: Car) -> list[tuple[float, float]]:
    """Return the middles of what a car touches with."""
    cos, sin = math.cos(car.heading), math.sin(car.heading)
    return [(car.x + arm * cos, car.y + arm * sin) for arm in ARMS]


def measure(link: str, seconds: float, cars: int, seed: int, track: str) -> dict[str, object]:
    """Drive for a while; return the figures."""
    there = RemoteRace(slots=cars, track=track, link=link_spec(link), seed=seed)
    live, race, view = there.live, there.live.race, there.view
    others = {slot: Blind(live.track, slot, BotLevel.NORMAL) for slot in range(1, cars)}
    driver = Blind(live.track, 0, BotLevel.HARD)
    there.run_to_racing(0.5)
    touches: list[int] = []
    corrections: list[tuple[int, float]] = []
    depths: list[float] = []
    pushes: list[float] = []
    last: Car | None = None
    warps, newest = 0, view.tick
    view.events.clear()
    for step in range(round(seconds * 60)):
        if step % GATHER_TICKS == 0:
            along = race.racers[0].progress
            for slot in others:
                put(race, slot, along + SPREAD_M * slot, offset=2.0 * (-1) ** slot, speed=30.0)
        settled = step % GATHER_TICKS > 60
        seen = view.cars(there.now)
        mine = next(one.car for one in seen if one.is_me)
        hands = driver.wishes(mine, [one.car for one in seen if not one.is_me], -100)
        for slot, other in others.items():
            rest = [one.car for one in race.racers.values() if one.slot != slot]
            wishes = other.wishes(race.racers[slot].car, rest, -100).quantised()
            live.drive(slot, sequence=step + 1, tick=race.tick + 1, wishes=wishes)
        there.step(hands)
        view.events.clear()
        own = race.racers[0].car
        if any(deep(own, race.racers[slot].car) > -TOUCHES_M for slot in others):
            touches.append(race.tick)
        seen = view.cars(there.now)
        if view.tick != newest:
            newest = view.tick
            corrections.append((view.prediction.tick or 0, view.prediction.corrected))
        mine = next(one.car for one in seen if one.is_me)
        if last is not None and settled:
            moved_x, moved_y = mine.x - last.x, mine.y - last.y
            warps += math.hypot(moved_x, moved_y) > CAR_LENGTH
            aside = math.hypot(
                moved_x - (mine.vx + last.vx) / 120, moved_y - (mine.vy + last.vy) / 120
            )
            pushes.append(aside * 60)
        last = mine
        if settled:
            depths += [deep(mine, one.car) for one in seen if not one.is_me]
    with_touch: list[float] = []
    without: list[float] = []
    for tick, metres in corrections:
        at = bisect_left(touches, tick - NEAR_TICKS)
        near = at < len(touches) and touches[at] <= tick
        (with_touch if near else without).append(metres)
    inside = [one for one in depths if one > INSIDE_M]
    return {
        "link": link,
        "touching_seconds": round(len(touches) / 60, 2),
        "corrections_with_touch": len(with_touch),
        "with_touch_mean_m": round(sum(with_touch) / max(1, len(with_touch)), 4),
        "with_touch_p90_m": round(quantile(with_touch, 0.9), 3),
        "with_touch_p99_m": round(quantile(with_touch, 0.99), 3),
        "corrections_without": len(without),
        "without_p99_m": round(quantile(without, 0.99), 4),
        "own_warps": warps,
        "screen_push_p99_m_s": round(quantile(pushes, 0.99), 2),
        "screen_push_max_m_s": round(max(pushes), 2),
        "drawn_inside_seconds": round(len(inside) / 60, 2),
        "drawn_inside_p90_m": round(quantile(inside, 0.9), 2),
        "delay_ticks": round(view.clock.delay_ticks, 1),
        "lead_ticks": (view.prediction.tick or 0) - view.tick,
    }


def main() -> None:
    """Measure what the options say, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--link", default="100ms,20ms,1%", help="round trip, jitter, loss")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cars", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--track", default="meadow")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.link, options.seconds, options.cars, options.seed, options.track)
    tell(figures, as_json=options.json)


if __name__ == "__main__":
    main()
