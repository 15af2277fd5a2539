"""What is heard once on the track: blows, cans, engines that start, a cheer.

Units: seconds, hertz.
"""

from __future__ import annotations

import numpy as np

from synth.engines import VOICES, engine_wave
from synth.roads import breathing, crowd
from synth.tones import (
    Wave,
    band,
    count_of,
    decaying,
    noise,
    once,
    peaks,
    placed,
    scattered,
    struck,
    swell,
    times,
    tone,
    unit,
    warm,
)


def hit_wall() -> Wave:
    """Return a car against tyres or a barrier: heavy, with something that breaks."""
    length = 0.75
    thump = tone(58.0 + 70.0 * np.exp(-times(length) / 0.04), length) * decaying(length, 0.13)
    crunch = noise(length, 401, band(180.0, 3800.0, 1.0)) * decaying(length, 0.07)
    shards = scattered(length, 402, 70.0, struck(0.02, (3300, 1.0, 0.004), (4700, 0.6, 0.003)))
    sheet = struck(length, (214, 0.5, 0.11), (377, 0.4, 0.08), (905, 0.25, 0.05))
    parts = 1.5 * thump + 0.62 * crunch + 0.16 * unit(shards) * decaying(length, 0.16) + sheet
    return once(warm(parts, 1.3), 0.15)


def hit_car() -> Wave:
    """Return two bodies of sheet metal that meet."""
    length = 0.5
    thump = tone(95.0 + 60.0 * np.exp(-times(length) / 0.03), length) * decaying(length, 0.07)
    sheet = struck(
        length, (286, 0.7, 0.07), (455, 0.6, 0.055), (794, 0.5, 0.04), (1315, 0.35, 0.028),
        (2140, 0.2, 0.02),
    )  # fmt: skip
    knock = noise(length, 411, band(500.0, 5200.0, 1.0)) * decaying(length, 0.022)
    return once(warm(1.2 * thump + sheet + 0.5 * knock, 1.2), 0.15)


def pickup() -> Wave:
    """Return a canister that is taken: three bright notes and the clink of the bottle."""
    length = 0.62
    notes = [
        (n * 0.062, _chime(hz, 0.4, 0.11)) for n, hz in enumerate((880.0, 1318.5, 1760.0, 2637.0))
    ]
    clink = struck(0.2, (3120, 0.35, 0.03), (4560, 0.25, 0.02), (2210, 0.3, 0.04))
    return once(placed(length, (0.0, clink), *notes), 0.13)


def nitro_start() -> Wave:
    """Return the whoosh with which nitro catches fire."""
    length = 0.9
    t = times(length)
    dark = noise(length, 421, band(90.0, 500.0, 1.0)) * decaying(length, 0.25, 0.02)
    air = noise(length, 422, band(900.0, 8000.0, 1.0)) * swell(
        length, (0.0, 0.0), (0.14, 1.0), (0.3, 0.6), (0.9, 0.0)
    )
    rise = tone(170.0 + 620.0 * (1.0 - np.exp(-t / 0.16)), length, (1.0, 0.5, 0.3, 0.2))
    boom = tone(46.0 + 60.0 * np.exp(-t / 0.06), length) * decaying(length, 0.16)
    return once(warm(dark + 0.8 * air + 0.3 * rise * decaying(length, 0.3) + boom, 1.0), 0.16)


def repaired() -> Wave:
    """Return a job well done: the last click of the wrench and two notes."""
    click = noise(0.04, 431, band(1200.0, 6500.0)) * decaying(0.04, 0.006)
    return once(
        placed(
            0.75,
            (0.0, 0.6 * click), (0.07, 0.6 * click),
            (0.16, _chime(784.0, 0.5, 0.14)), (0.27, _chime(1174.7, 0.48, 0.2)),
        ),
        0.11,
    )  # fmt: skip


def respawn() -> Wave:
    """Return a car that is set down on the road."""
    length = 0.6
    t = times(length)
    lift = noise(length, 441, band(400.0, 4200.0, 1.0)) * swell(
        length, (0.0, 0.0), (0.34, 0.8), (0.38, 0.1), (0.6, 0.0)
    )
    slide = tone(330.0 + 700.0 * np.minimum(t / 0.36, 1.0), length, (1.0, 0.3))
    down = placed(length, (0.37, struck(0.2, (96, 1.0, 0.05), (210, 0.5, 0.03))))
    return once(
        0.5 * lift + 0.22 * slide * swell(length, (0, 0), (0.3, 1), (0.4, 0), (0.6, 0)) + down, 0.12
    )


def splash() -> Wave:
    """Return a car that goes into a pond."""
    length = 0.9
    spray = noise(length, 451, band(500.0, 8000.0, 1.0)) * swell(
        length, (0.0, 0.0), (0.03, 1.0), (0.2, 0.5), (0.9, 0.0)
    )
    body = tone(140.0 - 70.0 * times(length) / length, length) * decaying(length, 0.12)
    drops = scattered(length, 452, 34.0, tone(np.linspace(500, 1300, count_of(0.03)), 0.03))
    return once(spray + 0.9 * body + 0.18 * unit(drops) * decaying(length, 0.3, 0.1), 0.14)


def engine_start() -> Wave:
    """Return a starter motor and the first turns of an engine."""
    cranking, caught = 0.5, 0.75
    t = times(cranking)
    chug = 0.55 + 0.45 * np.sin(2 * np.pi * 11.0 * t)
    whine = tone(310.0 + 60.0 * np.sin(2 * np.pi * 11.0 * t), cranking, (1.0, 0.7, 0.5, 0.3))
    starter = unit(whine * chug + 0.4 * noise(cranking, 461, band(500.0, 4000.0)) * chug)
    fast = engine_wave(VOICES["touring"], 2300.0, pulling=True, seed=462)
    idle = engine_wave(VOICES["touring"], 1100.0, pulling=False, seed=463)
    roar = _fit(fast, caught) * swell(caught, (0, 0), (0.05, 1), (0.25, 0.8), (0.6, 0), (0.75, 0))
    after = _fit(idle, caught) * swell(caught, (0, 0), (0.2, 0), (0.5, 0.7), (0.75, 0))
    return once(placed(1.2, (0.0, 0.55 * starter), (0.45, 4.0 * roar), (0.45, 4.0 * after)), 0.14)


def engine_stop() -> Wave:
    """Return an engine that dies: a last shudder and a sigh."""
    length = 0.6
    slow = tone(np.linspace(62.0, 18.0, count_of(length)), length, (1.0, 0.8, 0.6, 0.45, 0.3, 0.2))
    sigh = noise(length, 471, band(300.0, 2200.0)) * decaying(length, 0.09)
    return once(slow * decaying(length, 0.2) + 0.4 * sigh, 0.10)


def shift() -> Wave:
    """Return a gear that goes in."""
    thud = struck(0.16, (118, 1.0, 0.025), (265, 0.5, 0.014), (1480, 0.25, 0.006))
    click = noise(0.16, 481, band(1200.0, 6000.0)) * decaying(0.16, 0.006)
    return once(thud + 0.35 * click, 0.09)


def pop() -> Wave:
    """Return unburnt fuel that bangs in the exhaust as the pedal is lifted."""
    length = 0.42
    total = np.zeros(count_of(length))
    for seed, at, gain in ((491, 0.0, 1.0), (492, 0.075, 0.6), (493, 0.19, 0.75)):
        bang = noise(0.12, seed, peaks((180, 160, 1.0), (620, 500, 0.8), (1900, 2200, 0.35)))
        start = count_of(at)
        total[start : start + len(bang)] += gain * bang * decaying(0.12, 0.016)
    return once(warm(total, 1.4), 0.11)


def cheer() -> Wave:
    """Return a stand that rises: voices, whistles and hands."""
    length = 3.4
    talk = crowd()[: count_of(length)]
    call = noise(length, 501, peaks((640, 260, 1.0), (1150, 380, 0.9), (2700, 700, 0.35)))
    call *= breathing(length, 502, 7.0, 0.25)
    hands = scattered(length, 503, 130.0, noise(0.02, 504, band(900, 5200)) * decaying(0.02, 0.005))
    rise = swell(length, (0, 0), (0.25, 0.7), (0.8, 1.0), (1.6, 0.85), (2.6, 0.35), (length, 0))
    total = unit(call) + 0.7 * unit(talk) + 0.5 * unit(hands)
    whistle = tone(np.linspace(1900.0, 2900.0, count_of(0.45)), 0.45)
    whistle *= np.sin(np.linspace(0.0, np.pi, len(whistle))) * 0.5
    return once(placed(length, (0.0, total), (0.7, whistle), (1.5, 0.7 * whistle)) * rise, 0.14)


def _chime(hz: float, length: float, decay: float) -> Wave:
    """Return one clear note, as of a small bell."""
    return struck(length, (hz, 1.0, decay), (2 * hz, 0.35, decay * 0.6), (3 * hz, 0.12, decay / 3))


def _fit(part: Wave, length: float) -> Wave:
    """Return a loop, repeated to a length."""
    return np.resize(part, count_of(length))
