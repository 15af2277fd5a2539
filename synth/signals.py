"""What tells something: lamps, laps, the bell, and the clicks of the interface.

Tuned to A minor and C major, as the music is, so that nothing jars with it.

Units: seconds, hertz.
"""

from __future__ import annotations

import numpy as np

from synth.tones import (
    Wave,
    band,
    count_of,
    decaying,
    noise,
    once,
    placed,
    struck,
    swell,
    times,
    tone,
    unit,
    warm,
)

SOFT = (1.0, 0.25, 0.12, 0.05)
BRASS = (1.0, 0.85, 0.7, 0.52, 0.4, 0.28, 0.2, 0.14, 0.1)
NOTES = {
    "G4": 392.0, "A4": 440.0, "C5": 523.25, "D5": 587.33, "E5": 659.26, "G5": 783.99, "A5": 880.0,
    "B5": 987.77, "C6": 1046.5, "E6": 1318.5, "G6": 1568.0, "A6": 1760.0,
}  # fmt: skip


def note(name: str, length: float, partials: tuple[float, ...], held: float) -> Wave:
    """Return a note that is held for a while and let go."""
    shape = swell(length, (0.0, 0.0), (0.008, 1.0), (held, 0.8), (length, 0.0))
    return tone(NOTES[name], length, partials) * shape


def lamp() -> Wave:
    """Return the beep of one red lamp."""
    return once(note("A4", 0.3, (1.0, 0.4, 0.3, 0.15), 0.2), 0.14)


def go() -> Wave:
    """Return the beep of green, an octave higher and longer."""
    return once(note("A5", 0.85, (1.0, 0.4, 0.3, 0.15), 0.55), 0.15)


def bell() -> Wave:
    """Return the bell of the last lap, struck three times.

    The partials of a bell stand in the ratios hum 0.5, prime 1, tierce 1.2,
    quint 1.5, nominal 2 (T. D. Rossing, "Science of Percussion Instruments").
    """
    hz = 880.0
    strike = struck(
        1.2, (hz * 0.5, 0.3, 0.6), (hz, 0.8, 0.4), (hz * 1.2, 0.6, 0.32), (hz * 1.5, 0.35, 0.22),
        (hz * 2.0, 0.9, 0.3), (hz * 2.67, 0.4, 0.12), (hz * 4.1, 0.25, 0.06),
    )  # fmt: skip
    return once(placed(1.9, (0.0, strike), (0.3, strike), (0.6, strike)), 0.12)


def fanfare() -> Wave:
    """Return the finish: brass that climbs to a chord."""
    parts: list[tuple[float, Wave]] = []
    for at, name, long in (
        (0.0, "G4", 0.16), (0.16, "C5", 0.16), (0.32, "E5", 0.16), (0.48, "G5", 0.34),
        (0.82, "E5", 0.16),
    ):  # fmt: skip
        parts.append((at, _brass(name, long + 0.1, long)))
    for name in ("C5", "E5", "G5", "C6"):
        parts.append((0.98, 0.7 * _brass(name, 1.7, 1.1)))
    cymbal = noise(1.6, 601, band(3200.0, 10500.0)) * decaying(1.6, 0.4)
    return once(warm(placed(2.75, *parts, (0.98, 0.25 * cymbal)) * 0.5, 0.8), 0.15)


def buzzer() -> Wave:
    """Return the horn that says: wrong way."""
    length = 0.26
    shape = swell(length, (0.0, 0.0), (0.01, 1.0), (length - 0.03, 1.0), (length, 0.0))
    rough = tone(185.0, length, BRASS) + tone(196.0, length, BRASS)
    honk = warm(unit(rough), 1.2) * shape
    return once(placed(0.72, (0.0, honk), (0.36, honk)), 0.13)


def lap() -> Wave:
    """Return a lap that is done: two notes."""
    return once(
        placed(0.6, (0.0, note("E5", 0.2, SOFT, 0.08)), (0.1, note("A5", 0.5, SOFT, 0.14))), 0.11
    )


def best() -> Wave:
    """Return the fastest lap: three notes and a shimmer."""
    shimmer = struck(0.9, (3520, 0.25, 0.2), (4186, 0.2, 0.24), (5274, 0.15, 0.18))
    parts = [
        (n * 0.09, note(name, 0.6, SOFT, 0.16)) for n, name in enumerate(("A5", "C6", "E6", "A6"))
    ]
    return once(placed(1.15, *parts, (0.27, shimmer)), 0.11)


def reward() -> Wave:
    """Return a clean drift that pays: a glide upwards."""
    length = 0.42
    rise = 660.0 * 2.0 ** (np.minimum(times(length) / 0.2, 1.0))
    return once(tone(rise, length, SOFT) * decaying(length, 0.13, 0.01), 0.10)


def missed() -> Wave:
    """Return a gate that was missed, or a penalty: two notes down."""
    return once(
        placed(0.7, (0.0, note("E5", 0.24, BRASS, 0.16)), (0.22, note("A4", 0.46, BRASS, 0.26))),
        0.10,
    )


# The interface: short and soft, for it is heard a hundred times.


def move() -> Wave:
    """Return the focus that steps on."""
    return once(struck(0.05, (1320, 1.0, 0.009), (2640, 0.3, 0.005)), 0.05)


def press() -> Wave:
    """Return a button that is pressed."""
    tick = noise(0.03, 611, band(1500.0, 7000.0)) * decaying(0.03, 0.003)
    return once(
        placed(0.2, (0.0, 0.25 * tick), (0.0, _blip(660.0, 0.1)), (0.055, _blip(990.0, 0.14))), 0.09
    )


def turn() -> Wave:
    """Return a value that changes."""
    return once(struck(0.06, (880, 1.0, 0.012), (1760, 0.4, 0.007)), 0.055)


def back() -> Wave:
    """Return a step back."""
    return once(placed(0.2, (0.0, _blip(740.0, 0.1)), (0.055, _blip(494.0, 0.14))), 0.085)


def error() -> Wave:
    """Return something that did not work: low, twice, not shrill."""
    low = tone(196.0, 0.11, (1.0, 0.5, 0.4, 0.2, 0.15)) * decaying(0.11, 0.06, 0.006)
    return once(placed(0.32, (0.0, low), (0.13, low)), 0.10)


def chat() -> Wave:
    """Return a line of chat that came: a drop of water."""
    length = 0.13
    rise = np.linspace(880.0, 1480.0, count_of(length))
    return once(tone(rise, length, (1.0, 0.2)) * decaying(length, 0.035, 0.004), 0.075)


def _blip(hz: float, length: float) -> Wave:
    return tone(hz, length, SOFT) * decaying(length, 0.035, 0.003)


def _brass(name: str, length: float, held: float) -> Wave:
    """Return a note of brass, which grows brighter as it swells."""
    dull = note(name, length, (1.0, 0.5, 0.2, 0.08), held)
    bright = note(name, length, BRASS, held)
    growth = np.minimum(times(length) / 0.06, 1.0)
    return dull * (1.0 - growth) + bright * growth
