"""What a driver is told: flags, split times, the order, gauges, names."""

from __future__ import annotations

from dataclasses import replace

import pygame
import pytest

from benchmarks.staging import StagedRace
from car import Car
from protocol import CarFlag
from race import Phase
from race_state import SeenCar
from screens.camera import Camera
from screens.flags import Flag, judge
from screens.gauges import gauges_of
from screens.tags import free_place, tag_blits
from screens.times_panel import signed, split_words
from screens.tower import Tower, near
from splits import Split
from standings import Standing

RACING = -20.0
"""Seconds to GO: well under way."""


@pytest.fixture
def staged() -> StagedRace:
    """Return a race whose cars stand on the grid, said to be under way."""
    pygame.font.init()
    race = StagedRace("meadow")
    race.step(10)
    race.view.phase = Phase.RACING
    return race


def seen(
    staged: StagedRace, slot: int, metres: float, *, speed: float = 30.0, lap: int = 0,
    flags: CarFlag = CarFlag.ENGINE,
) -> SeenCar:  # fmt: skip
    """Return a car so far along the track."""
    x, y, heading = staged.view.track.point_at(metres)
    car = Car(x=x, y=y, heading=heading, vx=speed)
    return SeenCar(slot, car, flags, 1.0, lap, slot + 1, slot == 0)


@pytest.mark.parametrize(
    ("metres", "speed", "flags", "shown"),
    [
        (160.0, 0.0, CarFlag.ENGINE, Flag.YELLOW),
        (160.0, 30.0, CarFlag.ENGINE, Flag.NONE),
        (160.0, 30.0, CarFlag.WRONG_WAY, Flag.YELLOW),
        (160.0, 0.0, CarFlag.REPAIRING, Flag.NONE),
        (60.0, 0.0, CarFlag.ENGINE, Flag.NONE),
        (400.0, 0.0, CarFlag.ENGINE, Flag.NONE),
    ],
)
def test_yellow_warns_of_what_lies_ahead(
    staged: StagedRace, metres: float, speed: float, flags: CarFlag, shown: Flag
) -> None:
    """Who stands or comes the wrong way, near and ahead; not behind, nor in a pit."""
    cars = [seen(staged, 0, 100.0), seen(staged, 1, metres, speed=speed, flags=flags)]

    assert judge(staged.view, cars, cars[0], RACING) is shown


@pytest.mark.parametrize(("laps", "shown"), [(0, Flag.NONE), (1, Flag.BLUE)])
def test_blue_is_for_who_is_about_to_be_lapped(staged: StagedRace, laps: int, shown: Flag) -> None:
    """Whoever fights for the place is not to be let past."""
    cars = [seen(staged, 0, 100.0), seen(staged, 1, 80.0, lap=laps)]

    assert judge(staged.view, cars, cars[0], RACING) is shown


def test_car_just_ahead_over_the_line_does_not_lap(staged: StagedRace) -> None:
    """A leader who has crossed the line a moment before is one lap up on paper only."""
    length = staged.view.track.length
    cars = [seen(staged, 0, length - 10.0), seen(staged, 1, 5.0, lap=1)]

    assert judge(staged.view, cars, cars[0], RACING) is Flag.NONE


def test_other_flags_follow_the_race(staged: StagedRace) -> None:
    """Green at GO, white on the last lap, chequered at the end."""
    mine = seen(staged, 0, 100.0)
    last = replace(mine, lap=staged.view.laps - 1)
    ended = replace(mine, flags=CarFlag.FINISHED)

    assert judge(staged.view, [mine], mine, -1.0) is Flag.GREEN
    assert judge(staged.view, [mine], mine, RACING) is Flag.NONE
    assert judge(staged.view, [last], last, RACING) is Flag.WHITE
    assert judge(staged.view, [ended], ended, RACING) is Flag.CHEQUERED


@pytest.mark.parametrize(
    ("own", "fastest", "gap_s", "words"),
    [
        (None, None, 0.0, ["SPLIT 1", "0:10.00", "LEADER"]),
        (-30, 12, 1.26, ["SPLIT 1", "0:10.00", "-0.50", "P1 +1.3"]),
        (None, 12, None, ["SPLIT 1", "0:10.00", "+0.20"]),
    ],
)
def test_split_is_told_with_its_difference(
    own: int | None, fastest: int | None, gap_s: float | None, words: list[str]
) -> None:
    """Against the own best where there is one, else against the fastest of all."""
    parts = split_words(Split(1, 600, 700, own, fastest), gap_s)

    assert [part for part, _ in parts] == words


@pytest.mark.parametrize(("ticks", "shown"), [(0, "0.00"), (6, "+0.10"), (-90, "-1.50")])
def test_differences_bear_their_sign(ticks: int, shown: str) -> None:
    """Green and red are not all that tells faster from slower."""
    assert signed(ticks) == shown


def test_order_shrinks_to_who_is_near(staged: StagedRace) -> None:
    """The leader, and those about the driver; at the ends of the order too."""
    lines = [Standing(slot, slot + 1, slot * 1.0, 0) for slot in range(8)]

    assert [one.slot for one in near(lines, 4, 3)] == [3, 4, 5]
    assert [one.slot for one in near(lines, 0, 3)] == [0, 1, 2]
    assert [one.slot for one in near(lines, 7, 3)] == [5, 6, 7]


def test_order_is_whole_while_it_changes(staged: StagedRace) -> None:
    """A row of the tower is dropped only when nothing has changed for a while."""
    staged.step(30 * 60)
    tower, surface = Tower(), pygame.Surface((1280, 720))

    def height(now: float) -> int:
        order = list(staged.view.standings())
        rect = tower.draw(
            surface, staged.view, order, staged.names, staged.rtts, (14, 98), 1.0,
            now=now, marked=0, safe=False,
        )  # fmt: skip
        return rect.height

    whole, settled = height(staged.now), height(staged.now + 8.0)
    staged.view.slot = 255

    assert settled < whole
    assert height(staged.now + 9.0) == whole


def test_gauges_show_what_there_is() -> None:
    """Nitro always; the others while they matter, damage only where there is any."""
    idle = Car(nitro_ticks=255)
    busy = Car(draft=200, charge_ticks=90, damage=40)

    assert [(one.name, one.share) for one in gauges_of(idle, damage=True)] == [("NITRO", 1.0)]
    assert [one.name for one in gauges_of(busy, damage=True)] == [
        "DRAFT", "DRIFT", "DAMAGE", "NITRO",
    ]  # fmt: skip
    assert "DAMAGE" not in [one.name for one in gauges_of(busy, damage=False)]


def test_names_never_lie_on_each_other(staged: StagedRace) -> None:
    """On a full grid, and in a heap of cars."""
    camera = Camera((400.0, 300.0), (1280, 720))
    cars = [seen(staged, slot, 100.0 + slot * 2.0) for slot in range(8)]
    camera.follow(cars[0].car.x, cars[0].car.y, 0.0, 0.0, 0.1)
    tags = tag_blits(camera.frame(), cars, cars[0], staged.names, safe=False)
    rects = [picture.get_rect(topleft=at) for picture, at in tags]

    assert len(rects) >= 4
    assert not any(
        one.colliderect(other) for number, one in enumerate(rects) for other in rects[number + 1 :]
    )


def test_name_without_room_is_left_out() -> None:
    """Better none than one over another."""
    everywhere = [pygame.Rect(0, 0, 1000, 1000)]

    assert free_place((80, 20), (500, 500), everywhere) is None
    assert free_place((80, 20), (500, 500), []) is not None
