"""The cars of a race as a snapshot shows them: the bytes of `Snapshot.cars`.

It is asked thirty times a second for every race, so it is one loop over plain
numbers. It decides nothing and keeps nothing.

Units: as in `protocol/snapshot.py`.
"""

from __future__ import annotations

from librt.strings import BytesWriter

from car import is_burning
from live_race import LiveRace
from protocol import CarFlag
from protocol.snapshot import put_car

# As plain numbers: sets of flags are slow to put together.
ENGINE, BRAKING = int(CarFlag.ENGINE), int(CarFlag.BRAKING)
HANDBRAKE, WRONG_WAY = int(CarFlag.HANDBRAKE), int(CarFlag.WRONG_WAY)
GHOST, CARETAKER = int(CarFlag.GHOST), int(CarFlag.CARETAKER)
FINISHED, GONE = int(CarFlag.FINISHED), int(CarFlag.GONE)
PENALTY, MISSED_GATE = int(CarFlag.PENALTY), int(CarFlag.MISSED_GATE)
NITRO, REPAIRING = int(CarFlag.NITRO), int(CarFlag.REPAIRING)


def shown_cars(live: LiveRace) -> bytes:
    """Return the records of all cars of a race, by slot."""
    race = live.race
    gates = len(race.track.gates)
    mended = [stop.holder for stop in race.pit_stops]
    out = BytesWriter()
    for slot, racer in race.racers.items():
        driver, car, wishes = live.drivers[slot], racer.car, racer.wishes
        flags = ENGINE if car.engine_on else 0
        if wishes.brake > 0.0:
            flags |= BRAKING
        if wishes.handbrake:
            flags |= HANDBRAKE
        if racer.wrong_way:
            flags |= WRONG_WAY
        if racer.ghost:
            flags |= GHOST
        if driver.caretaker:
            flags |= CARETAKER
        if racer.finish_tick is not None:
            flags |= FINISHED
        if racer.gone:
            flags |= GONE
        if racer.penalty_ticks > 0:
            flags |= PENALTY
        if racer.missed_gate:
            flags |= MISSED_GATE
        if wishes.nitro and is_burning(car, wishes):
            flags |= NITRO
        if slot in mended:
            flags |= REPAIRING
        passed, started, best = racer.gates_passed, racer.lap_started_tick, racer.best_lap_ticks
        put_car(
            out,
            slot,
            flags,
            car,
            (passed - 1) // gates if passed else 0,
            passed % gates,
            racer.place,
            started if started > 0 else 0,
            driver.sequence,
            driver.lead,
            int(wishes.throttle * 255.0 + 0.5),
            best if best is not None else 0,
        )
    return out.getvalue()
