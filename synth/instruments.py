"""The instruments of the music: drums, bass, pads, plucks, a lead.

A note is a sound from its beginning to where it has died away; where it goes
in a piece is the business of `music.py`.

Units: seconds, hertz; MIDI numbers for pitches, 69 is 440 Hz.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synth.tones import (
    RATE,
    Wave,
    band,
    count_of,
    decaying,
    drift,
    filtered,
    noise,
    swell,
    times,
    tone,
    unit,
    warm,
)

PARTIALS_MAX = 48


def hertz(pitch: float) -> float:
    """Return the frequency of a pitch."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def saw(hz: float, length: float, phase: float = 0.0, softness: float = 1.0) -> Wave:
    """Return a saw-tooth without anything above half the rate; softer is duller."""
    turns = times(length) * hz + phase
    total = np.zeros(len(turns))
    for number in range(1, min(PARTIALS_MAX, int(RATE / 2 / hz)) + 1):
        total += np.sin(2 * np.pi * number * turns) / number**softness
    return total


@lru_cache(maxsize=256)
def bass(pitch: int, length: float) -> Wave:
    """Return a plucked bass: a saw that closes, over its own octave."""
    hz = hertz(pitch)
    bright, dull = saw(hz, length, softness=1.0), saw(hz, length, softness=2.2)
    closing = np.exp(-times(length) / 0.09)
    sub = tone(hz, length)
    shape = swell(length, (0.0, 0.0), (0.004, 1.0), (length * 0.8, 0.75), (length, 0.0))
    return warm((bright * closing * 0.55 + dull * 0.7 + 0.5 * sub) * 0.6, 1.1) * shape


@lru_cache(maxsize=256)
def pluck(pitch: int, length: float) -> Wave:
    """Return a short bright note for arpeggios."""
    hz = hertz(pitch)
    body = saw(hz * 1.003, length) - saw(hz * 0.997, length, 0.5)
    dull = tone(hz, length, (1.0, 0.0, 0.33, 0.0, 0.1))
    fast = np.exp(-times(length) / 0.05)
    return (0.35 * body * fast + dull) * decaying(length, length / 3.2, 0.003)


@lru_cache(maxsize=64)
def pad(pitch: int, length: float) -> Wave:
    """Return a slow wide note of three saws that are not quite in tune."""
    hz = hertz(pitch)
    total = np.zeros(count_of(length))
    for cents, phase in ((-9.0, 0.1), (0.0, 0.45), (8.0, 0.8)):
        total += saw(hz * 2.0 ** (cents / 1200.0), length, phase, 1.35)
    shape = swell(length, (0.0, 0.0), (0.35, 1.0), (length - 0.4, 0.9), (length, 0.0))
    return filtered(total, band(120.0, 1700.0, 1.0)) * shape


@lru_cache(maxsize=64)
def lead(pitch: int, length: float) -> Wave:
    """Return a singing note: it comes in a little late with its vibrato."""
    hz = hertz(pitch)
    t = times(length)
    sway = 0.0045 * np.sin(2 * np.pi * 5.4 * t) * np.clip((t - 0.18) / 0.25, 0.0, 1.0)
    partials = tuple(1.0 / n**1.15 for n in range(1, 13))
    one = tone(hz * (1.0 + sway), length, partials)
    two = tone(hz * 1.006 * (1.0 + sway), length, partials)
    shape = swell(length, (0.0, 0.0), (0.03, 1.0), (length * 0.7, 0.8), (length, 0.0))
    return filtered(0.5 * (one + two), band(180.0, 3600.0, 1.0)) * shape


@lru_cache(maxsize=1)
def kick() -> Wave:
    """Return a bass drum."""
    length = 0.34
    fall = tone(46.0 + 130.0 * np.exp(-times(length) / 0.028), length)
    knock = noise(length, 701, band(900.0, 6000.0)) * decaying(length, 0.004)
    return warm(fall * decaying(length, 0.13) + 0.22 * knock, 1.4)


@lru_cache(maxsize=1)
def snare() -> Wave:
    """Return a snare drum in a large room whose sound is cut off."""
    length = 0.36
    body = tone(182.0, length) * decaying(length, 0.06)
    wires = noise(length, 711, band(700.0, 8200.0, 1.0))
    room = swell(length, (0.0, 1.0), (0.05, 0.55), (0.2, 0.4), (0.24, 0.05), (length, 0.0))
    return 0.8 * body + 0.5 * wires * room


@lru_cache(maxsize=2)
def hat(open_: bool) -> Wave:
    """Return a hi-hat, closed or open."""
    length = 0.3 if open_ else 0.08
    metal = noise(length, 721, band(5200.0, 10800.0, 3.0))
    return metal * decaying(length, 0.11 if open_ else 0.02)


@lru_cache(maxsize=1)
def crash() -> Wave:
    """Return a cymbal."""
    return noise(1.8, 731, band(2600.0, 10800.0)) * decaying(1.8, 0.5)


def room(length: float) -> Wave:
    """Return how a hall answers to a click, for a piece of this length."""
    tail = decaying(length, 0.5) * noise(length, 741, band(250.0, 5200.0, 1.0))
    tail[: count_of(0.018)] = 0.0
    return unit(tail) * 0.02


def slow_sway(length: float, seed: int) -> Wave:
    """Return a gain that wanders slowly round 1; it loops."""
    return np.asarray(1.0 + 0.12 * drift(length, seed, 0.4))
