"""One race as plain data, and back again, number by number.

`dump` and `load` are each other's inverse. What `load` is given may have come
from a damaged disk: it checks every field for type and range, so that a race
that loads can also be driven, sent and saved again. It reads no file.

Units: as in the fields of `Race`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from car import (
    CHARGE_TICKS_MAX,
    DAMAGE_MAX,
    DRAFT_MAX,
    HEADING_SCALE,
    NITRO_TICKS_MAX,
    PITCH_SCALE,
    POSITION_SCALE,
    STEER_SCALE,
    VELOCITY_SCALE,
    YAW_SCALE,
    Car,
    CarClass,
)
from errors import BadSave
from race import Phase, Race
from racer import RESPAWN_EVERY_TICKS, Racer
from resources import BACK_AFTER_TICKS
from save_fields import flag, in_range, whole
from track import Track

TICK_MAX = 10_000_000
"""Nearly two days: a race of so many ticks is none of ours."""
LAPS_MAX = 255
SPEED_MAX = 300.0
"""No car was ever faster, m/s."""
TURN_MAX = 100.0
"""Nor turned faster, rad/s."""
PITCH_MAX = 127.0
"""Nor braked harder, m/s2."""
MARGIN = 10.0
"""Metres beyond the world that nobody gets to."""

NUMBERS: dict[str, tuple[int, int]] = {
    "lap_started_tick": (0, TICK_MAX),
    "penalty_ticks": (0, TICK_MAX),
    "turned_ticks": (0, TICK_MAX),
    "respawned_tick": (-RESPAWN_EVERY_TICKS, TICK_MAX),
}
TIMES = ("best_lap_ticks", "finish_tick")
"""Whole numbers, or None."""
FLAGS = ("wrong_way", "missed_gate", "ghost", "gone")


def dump(race: Race) -> dict[str, Any]:
    """Return the whole state as plain data, exactly."""
    return {
        "laps": race.laps,
        "tick": race.tick,
        "go_tick": race.go_tick,
        "start_tick": race.start_tick,
        "phase": int(race.phase),
        "winner_tick": race.winner_tick,
        "best_lap_ticks": race.best_lap_ticks,
        "damage": race.damage,
        "solid": race.solid,
        "canisters_back": list(race.canisters_back),
        "pit_stops": [[stop.holder, stop.points] for stop in race.pit_stops],
        "racers": [_dump_racer(racer) for racer in race.racers.values()],
    }


def _dump_racer(racer: Racer) -> dict[str, Any]:
    # Written out: it is done twice a second for every car of a node.
    car = racer.car
    return {
        "slot": racer.slot,
        "hint": racer.hint,
        "gates_passed": racer.gates_passed,
        "progress": racer.progress,
        "lap_started_tick": racer.lap_started_tick,
        "penalty_ticks": racer.penalty_ticks,
        "turned_ticks": racer.turned_ticks,
        "respawned_tick": racer.respawned_tick,
        "best_lap_ticks": racer.best_lap_ticks,
        "finish_tick": racer.finish_tick,
        "wrong_way": racer.wrong_way,
        "missed_gate": racer.missed_gate,
        "ghost": racer.ghost,
        "gone": racer.gone,
        "car": [
            _quanta(car.x, POSITION_SCALE), _quanta(car.y, POSITION_SCALE),
            _quanta(car.heading, HEADING_SCALE), _quanta(car.vx, VELOCITY_SCALE),
            _quanta(car.vy, VELOCITY_SCALE), _quanta(car.yaw_rate, YAW_SCALE),
            _quanta(car.steer_angle, STEER_SCALE), car.engine_on, int(car.car_class),
            _quanta(car.pitch, PITCH_SCALE), car.nitro_ticks, car.charge_ticks, car.draft,
            car.damage,
        ],
    }  # fmt: skip


def _quanta(value: float, scale: float) -> int | float:
    """Return a number of a car in whole quanta; one that is between them, as it is.

    The shortest text of a real number takes twenty times as long to find.
    """
    scaled = value * scale
    quanta = int(scaled)
    return quanta if quanta == scaled else value


def load(track: Track, data: Mapping[str, Any]) -> Race:
    """Return the race that `dump` described.

    Raises:
        BadSave: something is missing, or is not what it should be.
    """
    race = Race(
        track,
        whole(data, "laps", 1, LAPS_MAX),
        [],
        damage=flag(data, "damage"),
        solid=flag(data, "solid"),
    )
    race.tick = whole(data, "tick", 0, TICK_MAX)
    race.go_tick = whole(data, "go_tick", 0, TICK_MAX)
    race.start_tick = whole(data, "start_tick", 0, TICK_MAX)
    race.phase = Phase(whole(data, "phase", 0, len(Phase) - 1))
    race.winner_tick = _time(data, "winner_tick")
    race.best_lap_ticks = _time(data, "best_lap_ticks")
    rows = data.get("racers")
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise BadSave("it has no list of cars")
    for one in rows:
        racer = _load_racer(race, one)
        if racer.slot in race.racers:
            raise BadSave(f"it has the car {racer.slot} twice")
        race.racers[racer.slot] = racer
    ends = [one.finish_tick for one in race.racers.values() if one.finish_tick is not None]
    if race.start_tick > min([race.go_tick, *ends]):
        raise BadSave("its clock begins after a car has driven off, or finished")
    _load_resources(race, data)
    race.rank()
    return race


def _load_resources(race: Race, data: Mapping[str, Any]) -> None:
    back, stops = data.get("canisters_back"), data.get("pit_stops")
    if not isinstance(back, list) or len(back) != len(race.canisters_back):
        raise BadSave("canisters_back is missing or wrong")
    latest = race.tick + BACK_AFTER_TICKS
    race.canisters_back = [in_range(one, "canisters_back", 0, latest) for one in back]
    if not isinstance(stops, list) or len(stops) != len(race.pit_stops):
        raise BadSave("pit_stops is missing or wrong")
    holders = []
    for one, stop in zip(stops, race.pit_stops, strict=True):
        if not isinstance(one, list) or len(one) != 2:
            raise BadSave("pit_stops is missing or wrong")
        if one[0] is not None:
            stop.holder = in_range(one[0], "pit_stops", 0, len(race.track.grid) - 1)
            holders.append(stop.holder)
        stop.points = in_range(one[1], "pit_stops", 0, DAMAGE_MAX)
    if len(set(holders)) < len(holders) or not race.racers.keys() >= set(holders):
        raise BadSave("a car is in two pits, or a pit holds no car")


def _load_racer(race: Race, data: Mapping[str, Any]) -> Racer:
    track = race.track
    racer = Racer(
        slot=whole(data, "slot", 0, len(track.grid) - 1),
        car=_load_car(track, data.get("car")),
        hint=whole(data, "hint", 0, track.count - 1),
        gates_passed=whole(data, "gates_passed", 0, race.laps * len(track.gates) + 1),
        progress=_real(data.get("progress"), "progress", -track.length, TICK_MAX),
    )
    for name, (low, high) in NUMBERS.items():
        setattr(racer, name, whole(data, name, low, high))
    for name in TIMES:
        setattr(racer, name, _time(data, name))
    for name in FLAGS:
        setattr(racer, name, flag(data, name))
    if (racer.finish_tick is not None) != (race.laps_of(racer) >= race.laps):
        raise BadSave("a car has finished without its laps, or not with them")
    return racer


def _load_car(track: Track, values: object) -> Car:
    if not isinstance(values, list) or len(values) != len(fields(Car)):
        raise BadSave("a car is missing or wrong")
    x, y, heading, vx, vy, yaw_rate, steer_angle, engine_on, *rest = values
    car_class, pitch, nitro_ticks, charge_ticks, draft, damage = rest
    if type(engine_on) is not bool:
        raise BadSave("engine_on is missing or wrong")
    return Car(
        _real(x, "x", -MARGIN, track.width + MARGIN, POSITION_SCALE),
        _real(y, "y", -MARGIN, track.height + MARGIN, POSITION_SCALE),
        _real(heading, "heading", -3.15, 3.15, HEADING_SCALE),
        _real(vx, "vx", -SPEED_MAX, SPEED_MAX, VELOCITY_SCALE),
        _real(vy, "vy", -SPEED_MAX, SPEED_MAX, VELOCITY_SCALE),
        _real(yaw_rate, "yaw_rate", -TURN_MAX, TURN_MAX, YAW_SCALE),
        _real(steer_angle, "steer_angle", -1.5, 1.5, STEER_SCALE),
        engine_on,
        CarClass(in_range(car_class, "car_class", 0, len(CarClass) - 1)),
        _real(pitch, "pitch", -PITCH_MAX, PITCH_MAX, PITCH_SCALE),
        in_range(nitro_ticks, "nitro_ticks", 0, NITRO_TICKS_MAX),
        in_range(charge_ticks, "charge_ticks", 0, CHARGE_TICKS_MAX),
        in_range(draft, "draft", 0, DRAFT_MAX),
        in_range(damage, "damage", 0, DAMAGE_MAX),
    )


def _time(data: Mapping[str, Any], name: str) -> int | None:
    if name in data and data[name] is None:
        return None
    return whole(data, name, 0, TICK_MAX)


def _real(value: object, name: str, low: float, high: float, scale: float = 1.0) -> float:
    """Return a real number, or so many quanta, of which `scale` make 1."""
    if type(value) is int:
        # The range first: a number of many digits is no double.
        if not low * scale <= value <= high * scale:
            raise BadSave(f"{name} is out of range")
        return value / scale
    # Python's JSON reads NaN and infinities too.
    if type(value) is not float or not math.isfinite(value):
        raise BadSave(f"{name} is missing or wrong")
    if not low <= value <= high:
        raise BadSave(f"{name} is out of range")
    return value
