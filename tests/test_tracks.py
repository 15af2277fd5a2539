"""The tracks of the game, driven: every one by bots of all levels, round the lap.

Units: ticks of 1/60 s; metres.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from bots import BotDriver, BotLevel
from car import CarInput, Surface
from pace import pace_of
from personalities import PERSONALITIES
from race import EventKind, Phase, Race
from sight import Sight
from track import Track, load_track, track_names, track_of
from track_file import KEYS, LANDSCAPES, PALETTE, SCENERY
from tuning import CarClass

DOCUMENT = Path(__file__).parent.parent / "docs" / "tracks.md"
LOADED = {name: track_of(name) for name in track_names()}
EIGHT = LOADED["eight"]
STILL_TICKS_MAX = 90
RESPAWNS_MAX = 1
"""A lap of three cars may see so many put back on the road."""

tracks = pytest.mark.parametrize("track", LOADED.values(), ids=LOADED.keys())


@tracks
def test_bots_of_all_levels_get_round(track: Track) -> None:
    """An easy, a normal and a hard one, each in another class, finish a lap unaided."""
    race = Race(track, 1, range(3), classes={slot: CarClass(slot) for slot in range(3)})
    bots = {
        slot: BotDriver(track, 7 + slot, level, PERSONALITIES[slot])
        for slot, level in enumerate(BotLevel)
    }
    still = dict.fromkeys(bots, 0)
    longest = 0
    events: Counter[EventKind] = Counter()
    while race.phase is not Phase.FINISHED:
        inputs = {slot: bot.wishes(Sight.of(race, slot)) for slot, bot in bots.items()}
        events.update(event.kind for event in race.step(inputs))
        for slot, racer in race.racers.items():
            stands = race.phase is Phase.RACING and racer.finish_tick is None
            still[slot] = still[slot] + 1 if stands and racer.car.speed < 1.0 else 0
        longest = max(longest, *still.values())

    assert events[EventKind.FINISH] == 3
    assert events[EventKind.RESPAWN] <= RESPAWNS_MAX
    assert events[EventKind.WRONG_WAY] == 0
    assert longest < STILL_TICKS_MAX


@tracks
def test_tracks_lend_what_a_race_needs(track: Track) -> None:
    """Canisters to fight for, and a pit to be mended in."""
    assert 4 <= len(track.canisters) <= 16
    assert 1 <= len(track.pits) <= 4


@tracks
def test_medals_are_worth_something_and_can_be_won(track: Track) -> None:
    """Gold is a lap of the touring car with next to no fault, bronze one with some."""
    bronze, silver, gold = (target / pace_of(track).lap_s for target in track.targets_s)

    assert 0.98 < gold < 1.03 < silver < 1.10 < bronze < 1.22


@tracks
def test_pit_is_out_of_the_way_of_who_races_on(track: Track) -> None:
    """The racing line passes it by more than a car is wide."""
    for pit in track.pits:
        index = track.locate(pit.x, pit.y).sample
        line = track.points[index] + track.normals[index] * track.racing_line[index]

        assert math.dist((pit.x, pit.y), line.tolist()) > pit.width / 2 + 1.3


def test_characters_differ() -> None:
    """An oval bends one way, the rally is gravel, the city dark, the pass hilly."""
    assert LOADED["bowl"].curvature.max() < 1.0 / 250.0
    assert (LOADED["timber"].road == Surface.GRAVEL).mean() > 0.8
    assert [track.name for track in LOADED.values() if track.night] == ["city"]
    assert len(LOADED["highland"].hills) > 8
    assert [track.name for track in LOADED.values() if track.crossings] == ["eight"]


def test_example_of_the_document_is_a_track(tmp_path: Path) -> None:
    """What a reader copies can be raced, and every key is told."""
    text = DOCUMENT.read_text(encoding="utf-8")
    example = text[text.index("```toml\n") + 8 :]
    (tmp_path / "little.toml").write_text(example[: example.index("```")], encoding="utf-8")

    assert load_track(tmp_path / "little.toml").title == "Little Ring"
    for key in (*KEYS, *PALETTE, *SCENERY, *LANDSCAPES):
        assert key in text


# The crossing at grade


def test_heading_tells_the_branch_on_a_crossing() -> None:
    """Where two branches share the ground, the car's own is the one it drives along."""
    (crossing,) = EIGHT.crossings
    for sample in (crossing.first, crossing.second):
        tx, ty = EIGHT.tangents_at(sample)
        place = EIGHT.locate(crossing.x + 2.0, crossing.y + 1.0, heading=math.atan2(ty, tx))

        assert abs(place.sample - sample) < 8


def test_who_was_on_a_branch_stays_on_it_over_a_crossing() -> None:
    """Asked again and again on the way, the road never jumps to the other branch."""
    (crossing,) = EIGHT.crossings
    for middle in (crossing.first, crossing.second):
        hint = middle - 60
        for step in range(-60, 61):
            for offset in (-5.0, 0.0, 5.0):
                x, y, _ = EIGHT.point_at((middle + step) * EIGHT.spacing, offset)
                assert abs(EIGHT.relocate(x, y, hint).sample - middle - step) <= 2
            hint = middle + step


def test_who_turns_off_at_a_crossing_is_found_on_the_other_branch() -> None:
    """Beyond the corner it is no longer the same road."""
    (crossing,) = EIGHT.crossings
    x, y, _ = EIGHT.point_at((crossing.second + 45) * EIGHT.spacing)

    assert abs(EIGHT.relocate(x, y, crossing.first).sample - crossing.second - 45) <= 1


def test_respawn_on_a_crossing_is_on_the_own_branch() -> None:
    """Or the next gate would be half a lap away."""
    for middle in (EIGHT.crossings[0].first, EIGHT.crossings[0].second):
        race = Race(EIGHT, 1, [0])
        while race.phase is not Phase.RACING:
            race.step({})
        racer = race.racers[0]
        racer.progress = middle * EIGHT.spacing
        racer.gates_passed = int(racer.progress / EIGHT.length * len(EIGHT.gates)) + 1
        racer.hint = middle
        race.step({0: CarInput(respawn=True)})

        assert abs(racer.hint - middle) <= 12
        assert not racer.missed_gate


def test_crossing_is_bare_asphalt() -> None:
    """No kerb, sand or wall is in the way where the branches meet."""
    (crossing,) = EIGHT.crossings
    for middle, other in (
        (crossing.first, crossing.second),
        (crossing.second, crossing.first),
    ):
        for step in range(-14, 15):
            x, y, _ = EIGHT.point_at((middle + step) * EIGHT.spacing, 6.0)
            assert EIGHT.surface_at(x, y) == Surface.ASPHALT
            assert not EIGHT.near_walls(x, y)
        assert not EIGHT.kerb_left[other]
        assert not EIGHT.sand_right[middle]
