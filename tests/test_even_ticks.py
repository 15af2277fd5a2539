"""What many rooms ask for is spread over the ticks, so that none of them is long."""

from __future__ import annotations

import itertools

from effects import Effect, SaveRoom, Send, SendSnapshot
from game import ROSTER_EVERY_S
from live_race import LiveRace
from lobby import Room
from protocol import Message, Ping, RoomState
from saver import SPREAD_TICKS, Saver
from steward import SNAPSHOT_EVERY_TICKS
from tests.evening import TICK_S, Evening
from tests.racing import MEADOW, started

ROOMS = 8


def crowded(rooms: int = ROOMS) -> Evening:
    """Return an evening with so many rooms, whose races began in the same tick."""
    evening = Evening(sessions_max=2 * rooms)
    for room in range(rooms):
        evening.race(f"Mika {room}", f"Tess {room}", laps=5, go=False)
    return evening


def next_ticks(evening: Evening, count: int) -> list[list[Effect]]:
    """Return what each of the next ticks asks for."""
    asked = []
    for _ in range(count):
        evening.now += TICK_S
        asked.append(evening.game.tick(evening.now))
        evening.carry_out(asked[-1])
    return asked


def test_half_of_the_races_are_shown_in_each_tick() -> None:
    """Each of them thirty times a second all the same."""
    evening = crowded()
    ticks = next_ticks(evening, 2 * SNAPSHOT_EVERY_TICKS)
    shown = [[one.stream for one in tick if isinstance(one, SendSnapshot)] for tick in ticks]

    assert [len(streams) for streams in shown] == [ROOMS // SNAPSHOT_EVERY_TICKS] * len(ticks)
    assert shown[0] == shown[2]
    assert len({*shown[0], *shown[1]}) == ROOMS


class Saving:
    """A saver with many rooms in which one race goes on, and a store that answers at once."""

    def __init__(self) -> None:
        live = LiveRace("race", MEADOW, started(cars=2))
        self.rooms = [Room(f"r{number}", "Room", "meadow", 3, 0) for number in range(60)]
        self.asked: list[Effect] = []
        self.saver = Saver({"meadow": MEADOW}, self.asked.append)
        self._live = live
        for room in self.rooms:
            room.epoch = 1
            self.saver.begin(room.room_id, 0.0)

    def tick(self, now: float) -> list[str]:
        """Return the rooms that are saved in a tick."""
        self.asked.clear()
        for room in self.rooms:
            self.saver.save_if_due(room, self._live, now)
        saved = [one.save.room_id for one in self.asked if isinstance(one, SaveRoom)]
        for room_id in saved:
            self.saver.saved(room_id, kept=True)
        return saved


def test_rooms_that_began_together_are_saved_one_after_the_other() -> None:
    """A few in each tick, and each of them twice a second."""
    saving = Saving()
    ticks = [saving.tick(number * TICK_S) for number in range(90)]
    second_half = list(itertools.chain(*ticks[-31:]))

    assert max(map(len, ticks)) <= 1 + len(saving.rooms) // SPREAD_TICKS
    assert {second_half.count(room.room_id) for room in saving.rooms} <= {1, 2}


def test_lap_is_saved_before_what_can_wait() -> None:
    """However many rooms are due before it."""
    saving = Saving()
    saving.saver.hurry("r59")
    saved = saving.tick(0.0)

    assert "r59" in saved
    assert len(saved) < len(saving.rooms)


def links_told(ticks: list[list[Effect]], kind: type[Message]) -> list[int]:
    """Return how many links are sent a kind of message in each of these ticks."""
    sent = [[one for one in tick if isinstance(one, Send)] for tick in ticks]
    return [
        sum(len(one.link_ids) for one in tick if isinstance(one.message, kind)) for tick in sent
    ]


def test_links_and_rooms_take_turns() -> None:
    """Within two seconds each is asked for a sign of life, and told of: one at a time."""
    evening = crowded(2 * ROOMS)
    turns = round(ROSTER_EVERY_S / TICK_S)
    # Nobody answers here, so nobody is asked twice.
    asked = links_told(next_ticks(evening, turns + 3), Ping)
    told = links_told(next_ticks(evening, turns), RoomState)

    assert (sum(asked), max(asked)) == (4 * ROOMS, 1)
    assert (sum(told), max(told)) == (4 * ROOMS, 2)
