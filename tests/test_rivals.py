"""Other cars: near ones in the present, far ones in the past, and none ever jumps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from car import CAR_LENGTH, Car, CarInput
from guess import steer_along
from link_model import link_spec
from protocol import EventRow
from race import EventKind, Race
from race_state import TRIAL
from tests.racing import put
from tests.remote_race import TICK_S, RemoteRace

SPEED = 25.0
CRUISE = CarInput(throttle=0.2)


def started(cars: int = 2, link: str = "100ms", *, seed: int = 1, solid: bool = True) -> RemoteRace:
    """Return a race of which a client has seen the start."""
    there = RemoteRace(slots=cars, track="bowl", link=link_spec(link), seed=seed, solid=solid)
    there.run_to_racing(0.5)
    return there


def hold(race: Race, slot: int, there: RemoteRace, wishes: CarInput) -> None:
    """Let the driver of another car do something, without any link between."""
    sequence = there.live.drivers[slot].sequence + 1
    there.live.drive(slot, sequence=sequence, tick=race.tick + 1, wishes=wishes)


def with_the_road(there: RemoteRace, car: Car, wishes: CarInput) -> CarInput:
    """Return the same pedals, with the wheel held the way of the road."""
    hint = there.live.track.locate(car.x, car.y, heading=car.heading).sample
    return replace(wishes, steering=steer_along(there.live.track, car, hint))


def roll(
    there: RemoteRace,
    ticks: int,
    *,
    own: CarInput | None = None,
    others: CarInput | None = None,
    watch: Callable[[], None] | None = None,
) -> None:
    """Let all cars drive, the own one by the client's hands."""
    race = there.live.race
    for _ in range(ticks):
        for slot, racer in list(race.racers.items())[1:]:
            hold(race, slot, there, with_the_road(there, racer.car, others or CRUISE))
        there.step(with_the_road(there, there.view.own_car(there.now), own or CRUISE))
        if watch is not None:
            watch()


def abreast(there: RemoteRace, *places: tuple[float, float], speed: float = SPEED) -> None:
    """Put the cars at these distances and offsets of the first straight."""
    for slot, (distance, offset) in enumerate(places):
        put(there.live.race, slot, 60.0 + distance, offset, speed)


def told(there: RemoteRace) -> list[EventRow]:
    """Return the touches that were told to the screen."""
    return [one for one in there.view.events if one.kind == EventKind.CONTACT]


def gap(there: RemoteRace, slot: int = 1) -> float:
    """Return how far along the road another car is drawn from where it is in the present."""
    seen = {one.slot: one.car for one in there.view.cars(there.now)}
    truth = there.live.race.racers
    drawn = math.dist((seen[0].x, seen[0].y), (seen[slot].x, seen[slot].y))
    real = math.dist(
        (truth[0].car.x, truth[0].car.y), (truth[slot].car.x, truth[slot].car.y)
    )  # fmt: skip
    return drawn - real


@pytest.mark.parametrize("link", ["0ms", "100ms", "200ms"])
def test_near_car_is_drawn_in_the_present(link: str) -> None:
    """At whatever distance the server is: beside me is beside me."""
    there = started(2, link)
    abreast(there, (0.0, -2.0), (8.0, 2.0))
    roll(there, 120)

    assert there.view.foreseen == 1
    assert abs(gap(there)) < 0.15


def test_far_car_is_drawn_in_the_past() -> None:
    """Where nothing can be touched, what was seen is better than what is guessed."""
    there = started(2)
    abreast(there, (0.0, 0.0), (90.0, 0.0))
    roll(there, 60)
    seen = {one.slot: one.car for one in there.view.cars(there.now)}
    truth = there.live.race.racers[1].car
    late = math.dist((seen[1].x, seen[1].y), (truth.x, truth.y)) / truth.speed / TICK_S

    assert there.view.foreseen == 0
    # Half the round trip and the delay.
    assert late == pytest.approx(3 + there.view.clock.delay_ticks, abs=2.0)


@pytest.mark.parametrize("link", ["100ms,20ms", "200ms,40ms"])
def test_car_passes_between_past_and_present_without_a_jump(link: str) -> None:
    """I drive up to a slower car and fall behind again; it only looks a little slower or faster."""
    there = started(2, link)
    abreast(there, (0.0, -3.0), (45.0, 3.0), speed=20.0)
    paces: list[float] = []
    foreseen: list[int] = []
    last: Car | None = None

    def watch() -> None:
        nonlocal last
        seen = next(one.car for one in there.view.cars(there.now) if one.slot == 1)
        if last is not None:
            ahead_x, ahead_y = math.cos(seen.heading), math.sin(seen.heading)
            moved = (seen.x - last.x) * ahead_x + (seen.y - last.y) * ahead_y
            paces.append(moved / TICK_S / max(seen.speed, 1.0))
        last = seen
        foreseen.append(there.view.foreseen)

    roll(there, 30)
    last = None
    paces.clear()
    roll(there, 180, own=CarInput(throttle=1.0), watch=watch)
    roll(there, 240, own=CarInput(brake=0.2), others=CarInput(throttle=0.5), watch=watch)

    assert (max(foreseen), foreseen[-1]) == (1, 0)
    assert min(paces) > 0.6
    assert max(paces) < 1.4


def test_four_cars_at_most_are_driven_on() -> None:
    """In a crowd the nearest count: the client's time is bounded."""
    there = started(8)
    abreast(there, *((7.0 * slot, (-1) ** slot * 2.0) for slot in range(8)))
    roll(there, 40)

    assert there.view.foreseen == 4


def test_cars_of_a_time_trial_stay_in_the_past() -> None:
    """All are ghosts there: nobody can be touched."""
    there = started(2, solid=False)
    abreast(there, (0.0, -2.0), (8.0, 2.0))
    roll(there, 40)

    assert there.view.mode == TRIAL
    assert there.view.foreseen == 0


@pytest.mark.parametrize("link", ["0ms", "100ms", "100ms,20ms,1%", "200ms,40ms"])
def test_touch_is_felt_at_once_and_hardly_corrected(link: str) -> None:
    """I run into the car ahead: what I see then is what the server decides later."""
    there = started(2, link)
    abreast(there, (0.0, 0.4), (14.0, -0.4), speed=25.0)
    corrections: list[float] = []
    apart: list[float] = []
    heard: list[int] = []

    def watch() -> None:
        corrections.append(there.view.prediction.corrected)
        one, other = (seen.car for seen in there.view.cars(there.now))
        apart.append(math.dist((one.x, one.y), (other.x, other.y)))
        if told(there):
            heard.append(there.live.race.tick)

    roll(there, 40)
    roll(there, 120, own=CarInput(throttle=1.0), watch=watch)

    # It was told before the server knew of it, and by both not twice.
    assert told(there)[0].tick > heard[0]
    assert len({(one.slot, one.tick // 15) for one in told(there)}) == len(told(there))
    assert max(corrections) < 0.15
    assert min(apart) > CAR_LENGTH - 0.35


def test_ghost_is_driven_through() -> None:
    """Who was put back a moment ago touches nobody, here as there."""
    there = started(2)
    abreast(there, (0.0, 0.0), (14.0, 0.0), speed=20.0)
    racer = there.live.race.racers[1]
    racer.respawned_tick = there.live.race.tick
    racer.ghost = True
    corrections: list[float] = []
    roll(there, 20)
    roll(
        there,
        60,
        own=CarInput(throttle=1.0),
        others=CarInput(brake=1.0),
        watch=lambda: corrections.append(there.view.prediction.corrected),
    )

    assert told(there) == []
    assert max(corrections) < 0.02


def test_the_same_news_give_the_same_picture() -> None:
    """Nothing of it hangs on luck: two clients that hear the same believe the same."""

    def play() -> list[tuple[float, float]]:
        there = started(3, "100ms,20ms,1%", seed=5)
        abreast(there, (0.0, 0.5), (7.0, -0.5), (14.0, 0.5))
        drawn: list[tuple[float, float]] = []
        roll(
            there,
            90,
            own=CarInput(throttle=1.0),
            watch=lambda: drawn.extend(
                (one.car.x, one.car.y) for one in there.view.cars(there.now)
            ),
        )
        return drawn

    assert play() == play()


@pytest.mark.parametrize("near", [True, False])
def test_stall_lets_others_roll_on_and_leads_them_back(near: bool) -> None:
    """Nothing is heard for 300 ms: cars go on, slow down, and never dart or turn back."""
    there = started(2)
    abreast(there, (0.0, -2.0), (8.0 if near else 60.0, 2.0))
    roll(there, 90)
    paces: list[float] = []
    last: Car | None = None

    def watch() -> None:
        nonlocal last
        seen = next(one.car for one in there.view.cars(there.now) if one.slot == 1)
        if last is not None:
            paces.append(math.dist((seen.x, seen.y), (last.x, last.y)) / TICK_S / SPEED)
        last = seen

    there.stall(0.3)
    roll(there, 18, others=CarInput(brake=0.6), watch=watch)
    stalled = list(paces)
    roll(there, 60, watch=watch)

    assert there.view.foreseen == near
    assert min(stalled) > 0.5
    assert min(paces) > 0.1
    assert max(paces) < 1.4
    assert there.view.prediction.corrected < 0.01
