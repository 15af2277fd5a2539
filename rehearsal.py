"""A short race of bots, told as one number: are two cores the same?

Eight bots of all levels and classes leave the grid, touch, draft, slide and
meet walls. What becomes of each car, and all that happens, goes into a digest:
a core that differs in one bit of one car gives another. `compiled.py` holds it
for both kinds of core before it trusts a build; no clock, no luck.

    python rehearsal.py [BUILD]     the kind of core, and the digest

Units: ticks.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import compiled

if __name__ == "__main__" and len(sys.argv) > 1:
    compiled.use(Path(sys.argv[1]))

from bots import BotDriver, BotLevel
from car import CarClass
from live_race import LiveRace
from personalities import PERSONALITIES
from race import Race
from track import track_of

TRACK = "eight"
CARS = 8
LAPS = 3
TICKS = 1500
"""Twenty seconds of racing: the whole field has met corners, and each other."""
LOOK_EVERY_TICKS = 5


def outcome(ticks: int = TICKS) -> str:
    """Return the digest of the rehearsed race after so many ticks."""
    track = track_of(TRACK)
    classes = {slot: CarClass(slot % len(CarClass)) for slot in range(CARS)}
    live = LiveRace("rehearsal", track, Race(track, LAPS, range(CARS), classes=classes))
    for slot in range(CARS):
        level = BotLevel(slot % len(BotLevel))
        live.drivers[slot].bot = BotDriver(track, slot, level, PERSONALITIES[slot])
    told = hashlib.sha256()
    for tick in range(ticks):
        for event in live.step():
            told.update(repr(tuple(map(int, event))).encode())
        if tick % LOOK_EVERY_TICKS == 0:
            told.update(state_of(live.race).encode())
    return told.hexdigest()


def state_of(race: Race) -> str:
    """Return all cars of a race as text, in which no bit is lost."""
    cars = [(racer.car, racer.progress, racer.hint) for racer in race.racers.values()]
    return repr(
        [
            (
                car.x, car.y, car.heading, car.vx, car.vy, car.yaw_rate, car.steer_angle,
                car.pitch, car.nitro_ticks, car.charge_ticks, car.draft, car.damage,
                progress, hint,
            )
            for car, progress, hint in cars
        ]
    )  # fmt: skip


if __name__ == "__main__":
    print("compiled" if compiled.in_use() else "interpreted", outcome())
