"""Hits of the own car are told when they are seen, and only once."""

from __future__ import annotations

import pytest

import bulletins
import knocks
from car import CarInput
from knocks import SAME_TICKS, Knocks
from protocol import EventRow
from race import EventKind
from tests.racing import put
from tests.remote_race import RemoteRace

WALL, CONTACT = EventKind.WALL, EventKind.CONTACT


def test_soft_touch_is_not_told() -> None:
    """What the server would not tell, the client does not either."""
    assert knocks.SHOWN_IMPULSE_MIN == bulletins.SHOWN_IMPULSE_MIN
    assert Knocks().foretell(10, [(WALL, 0, 0.9)]) == []


@pytest.mark.parametrize("kind", [WALL, CONTACT])
def test_server_s_word_of_the_same_hit_is_known(kind: EventKind) -> None:
    """A little sooner or later it is still the same; long after it is another."""
    told = Knocks()
    rows = told.foretell(100, [(kind, 2, 3.5)])
    same = SAME_TICKS[kind]

    assert rows == [EventRow(kind, 2, 100, 350)]
    assert told.is_told(EventRow(kind, 2, 100 + same, 340))
    assert told.is_told(EventRow(kind, 2, 100 - same, 340))
    assert not told.is_told(EventRow(kind, 2, 101 + same, 340))


def test_other_cars_and_other_news_are_not_kept_back() -> None:
    """Only what was told for that car, of that kind."""
    told = Knocks()
    told.foretell(100, [(CONTACT, 2, 3.5)])

    assert not told.is_told(EventRow(CONTACT, 3, 100, 350))
    assert not told.is_told(EventRow(WALL, 2, 100, 350))
    assert not told.is_told(EventRow(EventKind.LAP, 2, 100, 350))


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
def test_wall_is_heard_when_it_is_hit(delay_s: float) -> None:
    """Before the server has got there, and not again when it has."""
    there = RemoteRace(delay_s, track="harbour")
    there.run_to_racing(0.5)
    put(there.live.race, 0, 80.0, speed=25.0)
    heard: list[int] = []
    there.view.events.clear()

    def watch() -> None:
        hits = [one for one in there.view.events if one.kind == WALL]
        heard.extend(there.live.race.tick for _ in hits[len(heard) :])

    there.run(240, lambda tick: CarInput(throttle=1.0, steering=0.3), watch)
    hits = [one for one in there.view.events if one.kind == WALL]

    assert hits
    assert all(hit.tick > tick for hit, tick in zip(hits, heard, strict=True))
    assert len({hit.tick for hit in hits}) == len(hits)
