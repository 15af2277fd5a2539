"""What goes on for a while: tyres, ground, air, nitro, tools, a crowd.

All of it loops: noise is periodic by its making, tones have whole cycles.

Units: seconds, hertz.
"""

from __future__ import annotations

import numpy as np

from synth.tones import (
    Curve,
    Wave,
    band,
    count_of,
    decaying,
    drift,
    loop,
    noise,
    peaks,
    scattered,
    sounded,
    struck,
    times,
    tone,
    unit,
    warm,
    whole,
)


def breathing(length: float, seed: int, up_to: float, depth: float) -> Wave:
    """Return a gain round 1 that wanders, never below 0; it loops."""
    return np.maximum(0.0, 1.0 + depth * drift(length, seed, up_to))


def squeal() -> Wave:
    """Return tyres that slide on asphalt: rubber that sticks and slips, off key."""
    length = 2.4
    total = np.zeros(count_of(length))
    for seed, hz, gain in ((31, 690.0, 0.7), (32, 905.0, 1.0), (33, 1130.0, 0.6)):
        # The pitch wanders, and is back where it began after one round.
        bend = drift(length, seed, 7.0) * 0.022
        steps = whole(hz, length) * (1.0 + bend - bend.mean())
        cry = tone(steps, length, (1.0, 0.55, 0.32, 0.16, 0.08))
        total += gain * cry * breathing(length, seed + 10, 11.0, 0.45)
    rubber = noise(length, 34, peaks((1000, 600, 1.0), (2300, 900, 0.6), (4200, 2600, 0.16)))
    return loop(warm(unit(total) * 0.8 + rubber * 0.55, 0.8), 0.17)


def skid() -> Wave:
    """Return tyres that slide on loose ground: a rush of stones."""
    length = 2.0
    stones = scattered(length, 41, 900.0, _stone(2600.0, 0.0022))
    rush = noise(length, 42, band(350.0, 4200.0, 1.0))
    return loop(unit(stones) * breathing(length, 43, 9.0, 0.3) + 0.8 * rush, 0.16)


def grass() -> Wave:
    """Return turf and earth under the wheels."""
    length = 2.2
    earth = noise(length, 51, band(55.0, 260.0, 1.5)) * breathing(length, 52, 14.0, 0.35)
    blades = noise(length, 53, band(900.0, 4800.0, 1.0)) * breathing(length, 54, 10.0, 0.35)
    return loop(earth + 0.5 * blades, 0.15)


def sand() -> Wave:
    """Return deep sand: soft and heavy."""
    length = 2.2
    heavy = noise(length, 61, band(45.0, 420.0, 1.2)) * breathing(length, 62, 8.0, 0.25)
    grains = noise(length, 63, band(2200.0, 9000.0, 1.0)) * breathing(length, 64, 13.0, 0.3)
    return loop(heavy + 0.55 * grains, 0.15)


def gravel() -> Wave:
    """Return a rally road: stones thrown against the floor."""
    length = 2.4
    small = scattered(length, 71, 420.0, _stone(3300.0, 0.0016))
    large = scattered(length, 72, 46.0, _stone(760.0, 0.007))
    rumble = noise(length, 73, band(50.0, 230.0, 1.5)) * breathing(length, 74, 15.0, 0.4)
    return loop(unit(small) + 0.8 * unit(large) + 0.9 * rumble, 0.15)


def kerb() -> Wave:
    """Return the rattle of a kerb: a bump for every stripe, and the car that shakes."""
    bumps, a_second = 36, 24.0
    length = bumps / a_second
    luck = np.random.default_rng(81)
    hits = np.zeros(count_of(length))
    for number in range(bumps):
        at = round(number / a_second * (len(hits) / length))
        hits[at % len(hits)] = 1.0 + 0.18 * luck.normal()
    bump = struck(0.12, (92, 1.0, 0.03), (187, 0.7, 0.018), (430, 0.35, 0.01), (1240, 0.18, 0.006))
    body = _round(hits, bump * decaying(0.12, 0.06))
    chatter = _round(hits, noise(0.05, 82, band(900.0, 5200.0)) * decaying(0.05, 0.007))
    return loop(warm(unit(body) + 0.28 * unit(chatter), 0.9), 0.19)


def water() -> Wave:
    """Return wheels in a pond: spray and gurgling."""
    length = 2.4
    spray = noise(length, 91, band(700.0, 7000.0, 1.0)) * breathing(length, 92, 9.0, 0.5)
    drops = scattered(length, 93, 55.0, tone(np.linspace(420.0, 980.0, count_of(0.03)), 0.03)
                      * decaying(0.03, 0.01))  # fmt: skip
    wash = noise(length, 94, band(120.0, 600.0)) * breathing(length, 95, 4.0, 0.4)
    return loop(spray + 0.5 * unit(drops) + 0.6 * wash, 0.16)


def wind() -> Wave:
    """Return the slipstream of another car: hollow air that buffets."""
    length = 2.4
    hollow = noise(length, 101, peaks((210, 130, 1.0), (470, 180, 0.75), (980, 300, 0.25)))
    beat = 1.0 + 0.4 * np.sin(2 * np.pi * whole(8.6, length) * times(length))
    whistle = noise(length, 102, peaks((1650, 70, 1.0))) * breathing(length, 103, 3.0, 0.6)
    return loop(hollow * beat * breathing(length, 104, 5.0, 0.16) + 0.16 * whistle, 0.16)


def rush() -> Wave:
    """Return the air at speed."""
    length = 2.4
    air = noise(length, 111, lambda hz: band(140.0, 2600.0)(hz) / np.sqrt(np.maximum(hz, 60.0)))
    return loop(air * breathing(length, 112, 4.0, 0.18), 0.14)


def nitro() -> Wave:
    """Return nitro that burns: a jet with a throat."""
    length = 2.0
    jet = noise(length, 121, band(1400.0, 9500.0, 1.0)) * breathing(length, 122, 16.0, 0.16)
    throat = noise(length, 123, peaks((120, 90, 1.0), (300, 140, 0.6)))
    sing = tone(whole(1980.0, length), length, (1.0, 0.4)) * breathing(length, 124, 9.0, 0.5)
    return loop(jet + 0.85 * throat * breathing(length, 125, 21.0, 0.3) + 0.09 * sing, 0.16)


def scrape() -> Wave:
    """Return bodywork along a wall: metal that sings while it is ground away."""
    length = 2.0
    sheet: Curve = peaks(
        (640, 60, 0.8), (1230, 80, 1.0), (2310, 120, 0.9), (3720, 180, 0.6), (5140, 260, 0.4),
        floor=0.05,
    )  # fmt: skip
    metal = noise(length, 131, sheet) * breathing(length, 132, 34.0, 0.55)
    grit = scattered(length, 133, 240.0, _stone(1900.0, 0.003))
    return loop(warm(metal + 0.6 * unit(grit), 1.1), 0.17)


def repair() -> Wave:
    """Return the wrench of a pit: two bursts of blows, and the motor between."""
    length = 1.6
    blow = struck(0.05, (830, 1.0, 0.012), (1970, 0.8, 0.008), (3350, 0.5, 0.006))
    blow += 0.5 * noise(0.05, 141, band(600.0, 5000.0)) * decaying(0.05, 0.008)
    hits = np.zeros(count_of(length))
    for start, number in ((0.1, 14), (0.9, 11)):
        for at in range(number):
            hits[count_of(start + at / 26.0)] = 1.0 - 0.25 * (at % 2)
    motor = tone(whole(186.0, length), length, (1.0, 0.6, 0.5, 0.3, 0.2))
    motion = np.maximum(0.0, np.sin(2 * np.pi * 2 * times(length) / length))
    return loop(unit(_round(hits, blow)) + 0.4 * unit(motor) * motion, 0.15)


def crowd() -> Wave:
    """Return a stand full of people who talk, call and whistle."""
    length = 4.8
    total = np.zeros(count_of(length))
    luck = np.random.default_rng(151)
    for voice in range(26):
        pitch = float(luck.uniform(0.8, 1.5))
        vowel = peaks((520 * pitch, 170, 1.0), (1250 * pitch, 260, 0.6), (2500 * pitch, 420, 0.28))
        speech = np.maximum(0.0, drift(length, 200 + voice, float(luck.uniform(2.5, 5.5))))
        total += noise(length, 300 + voice, vowel) * speech
    hall = noise(length, 152, band(250.0, 1800.0, 1.0)) * breathing(length, 153, 1.2, 0.3)
    total = unit(total) + 0.5 * hall
    for at, hz in ((1.3, 1850.0), (3.6, 2150.0)):
        bend = np.linspace(hz, hz * 1.25, count_of(0.5))
        call = tone(bend, 0.5) * np.sin(np.linspace(0.0, np.pi, len(bend))) * 0.3
        start = count_of(at)
        total[start : start + len(call)] += call
    return loop(total, 0.15)


def _stone(hz: float, decay: float) -> Wave:
    """Return one stone that hits: a click with a pitch."""
    return struck(decay * 8, (hz, 1.0, decay), (hz * 1.73, 0.6, decay * 0.6))


def _round(hits: Wave, blow: Wave) -> Wave:
    """Return a blow at every hit; what rings on at the end goes on at the beginning."""
    short = np.zeros(len(hits))
    short[: len(blow)] = blow
    return sounded(np.fft.rfft(hits) * np.fft.rfft(short), len(hits))
