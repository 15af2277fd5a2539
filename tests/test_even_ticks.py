"""What many rooms ask for is spread over the ticks, so that none of them is long."""

from __future__ import annotations

from effects import Effect, SendSnapshot
from steward import SNAPSHOT_EVERY_TICKS
from tests.evening import TICK_S, Evening

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
