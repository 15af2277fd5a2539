"""The order and its gaps, as the screen shows them."""

from __future__ import annotations

from dataclasses import replace

import bulletins
from car import Car, CarInput
from protocol import CarFlag, CarRecord
from standings import Standing, standings
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


def test_nobody_has_no_order() -> None:
    """Before the first snapshot there is nothing to show."""
    assert order() == []
