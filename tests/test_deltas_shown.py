"""Deltas through a client's view: read in order, whoever looks at the race."""

from __future__ import annotations

import pytest

import bulletins
from errors import InvalidMessage
from live_race import LiveRace
from lobby import Room
from protocol import Known, RaceStart, Role, Snapshot, SnapshotDelta, Welcome, decode_message
from protocol.stream import Stream
from race import Race
from track import track_of
from view import View

SLOT = 1


class Owner:
    """A race of three cars, and the link of one of its players."""

    def __init__(self) -> None:
        there = track_of("meadow")
        self.room = Room("room", "Test", "meadow", 3, 0, epoch=1)
        self.live = LiveRace("race", there, Race(there, 3, range(3)))
        self.live.race.go_tick = self.live.race.start_tick = 30
        self.known: Known | None = None
        self._stream = Stream()

    @property
    def start(self) -> RaceStart:
        """What the player is told first."""
        return bulletins.race_start(self.room, self.live, SLOT)

    def next(self) -> Snapshot | SnapshotDelta:
        """Step twice; return what the link is written."""
        for _ in range(2):
            self.live.step()
        packed = self._stream.pack(bulletins.snapshot(self.room, self.live))
        data = packed.message_for(SLOT, self.known)
        self.known = packed.known_by(SLOT, self.known)
        message = decode_message(data[4:], Role.SERVER)
        assert isinstance(message, Snapshot | SnapshotDelta)
        return message


def welcome() -> Welcome:
    """Return what opens every link."""
    return Welcome(4, "a" * 12, "t" * 43, "node", 60, "", "", 0, 0.0, ())


def test_view_shows_what_deltas_tell() -> None:
    """The own car to the last digit, and nobody's record missing."""
    there, view = Owner(), View(track_of)
    view.receive(welcome(), 0.0)
    view.receive(there.start, 0.0)
    told = [there.next() for _ in range(40)]
    for number, message in enumerate(told):
        view.receive(message, number / 30)
    race = view.race
    assert race is not None
    assert race.mine is not None

    assert sum(isinstance(one, SnapshotDelta) for one in told) > 30
    assert race.tick == there.live.race.tick
    assert race.mine.car == there.live.race.racers[SLOT].car
    assert len(race.records) == 3


def test_snapshot_that_nobody_looks_at_is_read_all_the_same() -> None:
    """A race may be told before its start is; the next delta builds on it."""
    there, view = Owner(), View(track_of)
    view.receive(welcome(), 0.0)
    for number in range(5):
        view.receive(there.next(), number / 30)
    view.receive(there.start, 1.0)
    message = there.next()
    view.receive(message, 1.1)

    assert isinstance(message, SnapshotDelta)
    assert view.race is not None
    assert view.race.tick == there.live.race.tick


def test_another_link_begins_anew() -> None:
    """A delta of the last one means nothing on it."""
    there, view = Owner(), View(track_of)
    view.receive(welcome(), 0.0)
    view.receive(there.next(), 0.0)
    view.receive(welcome(), 1.0)
    with pytest.raises(InvalidMessage):
        view.receive(there.next(), 1.0)
    there.known = None

    view.receive(there.next(), 2.0)
