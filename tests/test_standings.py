"""The order and its gaps, as the screen shows them."""

from __future__ import annotations

from dataclasses import replace

import bulletins
from car import Car, CarInput
from protocol import CarFlag, CarRecord
from screens.tower import gap_words
from standings import Standing, standings, trial_standings
from tests.remote_race import RemoteRace
from track import Track, track_of


def record(track: Track, slot: int, metres: float, speed: float) -> CarRecord:
    """Return a car so far along its first lap, with its place by slot."""
    sample = round(metres / track.spacing)
    (x, y), gates = track.points[sample], track.gates
    passed = sum(1 for gate in gates if gate.distance <= metres)
    return CarRecord(
        slot=slot, flags=CarFlag.ENGINE, car=Car(x=float(x), y=float(y), vx=speed), lap=0,
        next_gate=passed % len(gates), place=slot + 1, lap_started_tick=1, acked_sequence=0,
        input_lead=0, throttle=0, best_lap_ticks=0,
    )  # fmt: skip


def order(*cars: tuple[float, float]) -> list[Standing]:
    """Return the order of cars given as metres and speed, leader first."""
    track = track_of("meadow")
    records = [record(track, slot, *one) for slot, one in enumerate(cars)]
    return standings(track, records, (), {}, race_ticks=600)


def test_gaps_grow_from_place_to_place() -> None:
    """A car that brakes is not shown farther away than the faster one behind it."""
    lines = order((200.0, 40.0), (150.0, 12.0), (140.0, 40.0))

    assert lines[0].gap_s == 0.0
    assert lines[1].gap_s < lines[2].gap_s


def test_restored_race_before_the_line_has_the_gaps_of_a_grid() -> None:
    """Who had crossed the line when the server died may stand before it again."""
    there = RemoteRace(0.0, 3)
    for slot in (1, 2):
        there.live.seat_bot(slot, seed=slot)
    while not there.live.race.racers[0].gates_passed:
        there.step(CarInput(throttle=1.0))
    before = bulletins.snapshot(there.room, there.live)
    there.run(6 * 60, lambda tick: CarInput(throttle=1.0))
    there.view.receive(replace(before, epoch=2), there.now, 0.0)

    lines = there.view.standings()
    assert 0.0 < lines[1].gap_s <= lines[2].gap_s < 10.0


def test_order_of_a_time_trial_is_that_of_best_laps() -> None:
    """Gaps are between them, wherever the cars are; who has no lap is behind by nothing."""
    track = track_of("meadow")
    records = [
        replace(record(track, slot, metres, 30.0), place=place, best_lap_ticks=best)
        for slot, metres, place, best in ((0, 300.0, 3, 0), (1, 10.0, 1, 3000), (2, 200.0, 2, 3090))
    ]
    lines = trial_standings(records)

    assert lines == [Standing(1, 1, 0.0, 0), Standing(2, 2, 1.5, 0), Standing(0, 3, 0.0, 0)]
    assert trial_standings([]) == []


def test_nobody_has_no_order() -> None:
    """Before the first snapshot there is nothing to show."""
    assert order() == []


def test_tower_of_a_time_trial_says_who_has_no_lap() -> None:
    """Its places are those of laps, so a car without one is behind nobody."""
    there = RemoteRace(0.0, 2, solid=False)
    there.run_to_racing(1.0)

    assert [gap_words(there.view, one) for one in there.view.standings()] == ["NO LAP", "NO LAP"]
    there.live.race.racers[1].best_lap_ticks = 3000
    there.run(4)
    assert [gap_words(there.view, one) for one in there.view.standings()] == ["LEADER", "NO LAP"]
