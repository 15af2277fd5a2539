"""How fast bots are: each level in its band on every track, whoever else is there.

Units: seconds; percent where a name says so.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import pytest

from benchmarks import laps
from bots import BotDriver, BotLevel
from car import Car, CarInput
from live_race import BOT_THINKS_EVERY_TICKS
from pace import pace_of
from personalities import PERSONALITIES, PLAIN, Personality
from race import COUNTDOWN_TICKS, TICKS_A_SECOND, EventKind, Phase, Race
from sight import Sight
from tests.racing import Hands
from track import track_names, track_of
from tuning import CarClass

BANDS_PERCENT = {BotLevel.EASY: (8.0, 14.0), BotLevel.NORMAL: (3.0, 6.0)}
"""So much slower than a hard bot, over a lap from the grid."""
IDEAL_PERCENT = 2.5
"""A hard bot's flying lap is within so much of the quasi-static one."""
CLASSES_PERCENT = 3.0
"""Between the slowest class of car and the fastest, on one track."""
PERSONS_PERCENT = 6.0


@cache
def lap_s(
    name: str,
    level: BotLevel,
    car_class: CarClass = CarClass.TOURING,
    who: Personality = PLAIN,
    laps: int = 1,
) -> float:
    """Return the time of a bot's last lap, alone on a track; nothing may go wrong."""
    race = Race(track_of(name), laps, [0], classes={0: car_class})
    hands = Hands({0: BotDriver(race.track, 1, level, who, BOT_THINKS_EVERY_TICKS)})
    last = 0.0
    while race.phase is not Phase.FINISHED:
        for event in race.step(hands.wishes(race)):
            assert event.kind not in (EventKind.WALL, EventKind.RESPAWN, EventKind.JUMP_START)
            if event.kind is EventKind.LAP:
                last = event.value / TICKS_A_SECOND
    return last


@pytest.mark.parametrize("name", track_names())
def test_level_keeps_to_its_band(name: str) -> None:
    """On every track a level is slower than the hardest by a share that players can rely on."""
    hard = lap_s(name, BotLevel.HARD)
    slower = {level: 100.0 * (lap_s(name, level) / hard - 1.0) for level in BANDS_PERCENT}

    for level, (least, most) in BANDS_PERCENT.items():
        assert least <= slower[level] <= most, slower


@pytest.mark.parametrize("name", ["bowl", "harbour"])
def test_hard_bot_is_near_the_limit(name: str) -> None:
    """Its flying lap is the one that the road and the tyres allow, give or take a bottle."""
    flying = lap_s(name, BotLevel.HARD, laps=2)
    ideal = pace_of(track_of(name)).lap_s

    assert abs(flying / ideal - 1.0) < IDEAL_PERCENT / 100.0


def test_bots_know_each_class_of_car() -> None:
    """No class is a bad choice for a bot: all are driven near what they can do."""
    times = [lap_s("harbour", BotLevel.NORMAL, car_class) for car_class in CarClass]

    assert max(times) / min(times) < 1.0 + CLASSES_PERCENT / 100.0


def test_personality_is_manner_not_pace() -> None:
    """The whole cast, on one level, laps within a few percent, mistakes included."""
    cast = [one for one in PERSONALITIES if one.mistakes > 1.2 or one.talent > 0.9]
    times = [lap_s("harbour", BotLevel.NORMAL, who=who) for who in cast]

    assert len(cast) >= 5
    assert max(times) / min(times) < 1.0 + PERSONS_PERCENT / 100.0


def test_pace_hangs_on_nobodys_place() -> None:
    """Alone, leading by five laps, or last by as many: a bot does the very same things."""
    driven = [_inputs(gates) for gates in (None, 0, 90)]

    assert driven[0] == driven[1] == driven[2]


def _inputs(gates: int | None) -> list[CarInput]:
    """Return what a bot does in 30 s while a car far from the road has passed so many gates."""
    race = Race(track_of("harbour"), 9, [0] if gates is None else [0, 1])
    if gates is not None:
        race.racers[1].car = Car(12.0, 290.0)
        race.racers[1].gates_passed = gates
    bot = BotDriver(race.track, 3, BotLevel.NORMAL, PERSONALITIES[6])
    driven = []
    for _ in range(COUNTDOWN_TICKS + 30 * TICKS_A_SECOND):
        wishes = bot.wishes(Sight.of(race, 0)).quantised()
        driven.append(wishes)
        race.step({0: wishes})
    if gates:
        assert race.racers[1].place == 1
    elif gates == 0:
        assert race.racers[0].place == 1
    return driven


def test_same_seed_drives_the_same_lap() -> None:
    """Nothing but the seed decides what a bot does."""
    first, second, third = (
        [bot.wishes(sight) for sight in _sights()]
        for bot in (BotDriver(track_of("harbour"), seed) for seed in (5, 5, 6))
    )

    assert first == second
    assert first != third


@cache
def _sights() -> list[Sight]:
    """Return what one sees in the first ten seconds behind the wheel of somebody else."""
    race = Race(track_of("harbour"), 1, [0])
    bot = BotDriver(race.track, 1)
    seen = []
    for _ in range(COUNTDOWN_TICKS + 10 * TICKS_A_SECOND):
        sight = Sight.of(race, 0)
        race.step({0: bot.wishes(sight)})
        seen.append(Sight(race.racers[0].car.copy(), race.racers[0].hint, (), -99))
    return seen


def test_benchmark_records_a_lap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`benchmarks.laps` prints the figures, and keeps the lap as rows and as a picture."""
    options = ["--track", "harbour", "--level", "hard", "--json", "--record", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["laps", *options])

    assert laps._main() == 0
    (row,) = json.loads(capsys.readouterr().out)["laps"]
    assert row["level"] == "hard"
    assert row["walls"] == row["respawns"] == 0
    rows = (tmp_path / "harbour-touring-hard.csv").read_text().splitlines()
    assert rows[0].startswith("tick,x,y")
    assert abs(len(rows) / TICKS_A_SECOND - row["flying_s"]) < 0.1
    assert (tmp_path / "harbour-touring-hard.png").stat().st_size > 1000
