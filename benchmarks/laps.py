"""How fast the bots are: lap times by track, level and class, and a recorded lap.

    python -m benchmarks.laps --json
    python -m benchmarks.laps --track harbour --record FOLDER

Each bot drives alone, a lap from the grid and a flying one. `band` is how
much slower a level is than the hard one, in percent, over both laps; `ideal`
is the quasi-static lap of `pace.py`, without nitro. With --record a FOLDER
gets, for each track and level, the flying lap as CSV (a row a tick) and as a
picture of the driven line, coloured by speed: blue is slow, red is fast.

Units: seconds, metres, m/s, unless a name says otherwise.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from bots import BotDriver, BotLevel
from car import CarClass
from errors import SlipstreamError
from pace import pace_of
from personalities import PLAIN
from race import TICKS_A_SECOND, EventKind, Phase, Race
from sight import Sight
from track import Track, track_names, track_of

LAPS = 2
SEED = 1
PICTURE_SCALE = 2.5
"""Pixels to the metre."""
GROUNDS = Path(__file__).parent.parent / "assets" / "grounds"
DIM, GRASS, ROAD = (110, 110, 110), (38, 54, 40), (78, 80, 84)
COLUMNS = (
    "tick", "x", "y", "heading", "speed", "offset", "throttle", "brake", "steering", "handbrake",
    "nitro", "nitro_ticks", "damage",
)  # fmt: skip


@dataclass(slots=True)
class Drive:
    """What one bot did."""

    lap_s: list[float] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)
    """Of its last lap, by `COLUMNS`."""
    walls: int = 0
    respawns: int = 0


def drive(track: Track, level: BotLevel, car_class: CarClass) -> Drive:
    """Let a bot drive alone, from the grid; return what it did."""
    race = Race(track, LAPS, [0], classes={0: car_class})
    bot = BotDriver(track, SEED, level, PLAIN)
    done, racer = Drive(), race.racers[0]
    while race.phase is not Phase.FINISHED:
        wishes = bot.wishes(Sight.of(race, 0)).quantised()
        for event in race.step({0: wishes}):
            done.walls += event.kind is EventKind.WALL
            done.respawns += event.kind is EventKind.RESPAWN
            if event.kind is EventKind.LAP:
                done.lap_s.append(event.value / TICKS_A_SECOND)
        if len(done.lap_s) == LAPS - 1:
            car = racer.car
            offset = track.locate(car.x, car.y, racer.hint).offset
            done.rows.append((
                race.tick, car.x, car.y, car.heading, car.speed, offset, wishes.throttle,
                wishes.brake, wishes.steering, wishes.handbrake, wishes.nitro, car.nitro_ticks,
                car.damage,
            ))  # fmt: skip
    return done


def measure(
    tracks: list[str], levels: list[BotLevel], classes: list[CarClass], folder: Path | None
) -> list[dict[str, object]]:
    """Return a row of figures for each track, class and level."""
    found: list[dict[str, object]] = []
    for name in tracks:
        track = track_of(name)
        for car_class in classes:
            hard = drive(track, BotLevel.HARD, car_class)
            for level in levels:
                done = hard if level is BotLevel.HARD else drive(track, level, car_class)
                found.append({
                    "track": name,
                    "class": car_class.name.lower(),
                    "level": level.name.lower(),
                    "first_s": round(done.lap_s[0], 2),
                    "flying_s": round(done.lap_s[1], 2),
                    "ideal_s": round(pace_of(track, car_class).lap_s, 2),
                    "band": round(100.0 * (sum(done.lap_s) / sum(hard.lap_s) - 1.0), 1),
                    "walls": done.walls,
                    "respawns": done.respawns,
                })  # fmt: skip
                if folder is not None:
                    stem = f"{name}-{car_class.name.lower()}-{level.name.lower()}"
                    write_rows(folder / f"{stem}.csv", done)
                    picture = paint(track, done)
                    pygame.image.save(picture, str(folder / f"{stem}.png"))
    return found


def write_rows(path: Path, done: Drive) -> None:
    """Write a recorded lap, a row a tick."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for tick, *rest in done.rows:
            writer.writerow([tick, *(round(float(one), 3) for one in rest)])


def paint(track: Track, done: Drive) -> pygame.Surface:
    """Return a picture of a recorded lap over the road that it was driven on."""
    scale = PICTURE_SCALE
    size = (round(track.width * scale), round(track.height * scale))
    picture = pygame.Surface(size)
    preview = GROUNDS / f"{track.name}-preview.jpg"
    if preview.is_file():
        picture.blit(pygame.transform.smoothscale(pygame.image.load(str(preview)), size), (0, 0))
        picture.fill(DIM, special_flags=pygame.BLEND_RGB_MULT)
    else:
        picture.fill(GRASS)
        for (x, y), half in zip(track.points.tolist(), track.half_widths.tolist(), strict=True):
            pygame.draw.circle(picture, ROAD, (x * scale, y * scale), half * scale)
    for one in track.canisters:
        pygame.draw.circle(picture, (250, 230, 90), (one.x * scale, one.y * scale), 4)
    for pit in track.pits:
        pygame.draw.circle(picture, (120, 200, 250), (pit.x * scale, pit.y * scale), 6)
    speeds = [row[4] for row in done.rows]
    slow, fast = min(speeds), max(speeds)
    at = [(row[1] * scale, row[2] * scale) for row in done.rows]
    for number in range(1, len(at)):
        share = (speeds[number] - slow) / max(fast - slow, 1e-6)
        colour = pygame.Color(0)
        colour.hsva = (240.0 * (1.0 - share), 85.0, 100.0, 100.0)
        row = done.rows[number]
        pygame.draw.line(picture, colour, at[number - 1], at[number], 7 if row[10] else 4)
    return picture


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.laps", allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--track", metavar="NAME", help="one track (default: all)")
    parser.add_argument("--level", choices=[one.name.lower() for one in BotLevel])
    parser.add_argument(
        "--class",
        dest="car_class",
        choices=[*(one.name.lower() for one in CarClass), "all"],
        default="touring",
        help="class of the car (default touring)",
    )
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="keep CSV and pictures here")
    chosen = parser.parse_args()
    levels = [BotLevel[chosen.level.upper()]] if chosen.level else list(reversed(BotLevel))
    every = chosen.car_class == "all"
    classes = list(CarClass) if every else [CarClass[chosen.car_class.upper()]]
    try:
        if chosen.record is not None:
            chosen.record.mkdir(parents=True, exist_ok=True)
        tracks = [chosen.track] if chosen.track else track_names()
        rows = measure(tracks, levels, classes, chosen.record)
    except (SlipstreamError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.json:
        print(json.dumps({"laps": rows}))
        return 0
    for row in rows:
        print(
            f"{row['track']:10} {row['class']:8} {row['level']:7} first {row['first_s']:6.2f} s"
            f"  flying {row['flying_s']:6.2f} s  ideal {row['ideal_s']:6.2f} s"
            f"  +{row['band']:4.1f} %"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
