"""Who makes which sound: a function for every name of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from synth import hits, music, roads, signals
from synth.catalogue import ENGINES, LOADS, LOOPS_OF_ENGINE, engine_loop, rpm_of_loop
from synth.engines import VOICES, engine_wave
from synth.tones import Wave


def _engine(engine: str, load: str, number: int) -> Wave:
    seed = 1000 + 100 * ENGINES.index(engine) + 50 * LOADS.index(load) + number
    return engine_wave(VOICES[engine], rpm_of_loop(number), pulling=load == "pull", seed=seed)


def _named(*makers: Callable[[], Wave]) -> dict[str, Callable[[], Wave]]:
    """Return functions by the names of the sounds that they make."""
    return {make.__name__.replace("_", "-"): make for make in makers}


MAKERS: dict[str, Callable[[], Wave]] = {
    **{
        engine_loop(engine, load, number): partial(_engine, engine, load, number)
        for engine in ENGINES
        for load in LOADS
        for number in range(LOOPS_OF_ENGINE)
    },
    **_named(
        roads.squeal, roads.skid, roads.grass, roads.sand, roads.gravel, roads.kerb, roads.water,
        roads.wind, roads.rush, roads.nitro, roads.scrape, roads.repair, roads.crowd,
    ),
    **_named(
        hits.hit_wall, hits.hit_car, hits.pickup, hits.nitro_start, hits.repaired, hits.respawn,
        hits.splash, hits.engine_start, hits.engine_stop, hits.shift, hits.pop, hits.cheer,
    ),
    **_named(
        signals.lamp, signals.go, signals.bell, signals.fanfare, signals.buzzer, signals.lap,
        signals.best, signals.reward, signals.missed,
    ),
    **_named(
        signals.move, signals.press, signals.turn, signals.back, signals.error, signals.chat
    ),
    "music-menu": music.menu_music,
    "music-result": music.result_music,
}  # fmt: skip
"""Every sound of the catalogue, ready to be made."""
