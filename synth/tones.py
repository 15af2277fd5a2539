"""What all sounds are made of: tones, noise, envelopes, filters, levels.

Filters and noise work on the spectrum of the whole sound, so that they go
round its end into its beginning: what is a loop before stays one.

Units: seconds, hertz; samples from -1 to 1, `RATE` a second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE = 22050
"""Samples a second: nothing of ours lies above 11 kHz, and files stay small."""
PEAK_MAX = 0.89
"""No sample goes beyond: a decibel below full scale."""
KNEE = 0.6
"""Up to here a sample is left as it is."""
ROUNDING_S = 0.002
"""No sound begins or ends harder than this: a jump would click."""
DC_BELOW = 25.0
"""Nothing deeper than this is kept; no loudspeaker would sound it."""

Wave = NDArray[np.float64]
Curve = Callable[[Wave], Wave]
"""A gain for each frequency."""


def count_of(length: float) -> int:
    """Return how many samples a length has."""
    return round(length * RATE)


def times(length: float) -> Wave:
    """Return when each sample of a length sounds."""
    return np.arange(count_of(length)) / RATE


def frequencies(count: int, rate: float = RATE) -> Wave:
    """Return the frequencies in the spectrum of so many samples."""
    return np.asarray(np.fft.rfftfreq(count, 1 / rate), np.float64)


def band(low: float, high: float, steep: float = 2.0) -> Curve:
    """Return a curve that lets through what lies between two frequencies."""

    def gains(hz: Wave) -> Wave:
        safe = np.maximum(hz, 1e-6)
        rising = 1.0 / (1.0 + (low / safe) ** (2 * steep))
        return np.sqrt(rising / (1.0 + (safe / high) ** (2 * steep)))

    return gains


def peaks(*formants: tuple[float, float, float], floor: float = 0.0) -> Curve:
    """Return a curve of resonances, each with its frequency, width and gain."""

    def gains(hz: Wave) -> Wave:
        total = np.full(hz.shape, floor)
        for centre, width, gain in formants:
            total += gain / (1.0 + ((hz - centre) / (width / 2)) ** 2)
        return total

    return gains


def sounded(spectrum: NDArray[np.inexact], count: int) -> Wave:
    """Return the sound of a spectrum."""
    return np.asarray(np.fft.irfft(spectrum, count), np.float64)


def filtered(wave: Wave, curve: Curve) -> Wave:
    """Return a sound with each frequency at the gain of a curve."""
    hz = frequencies(len(wave))
    return sounded(np.fft.rfft(wave) * curve(hz), len(wave))


def noise(length: float, seed: int, curve: Curve) -> Wave:
    """Return noise with a spectrum, of mean power 1; its end runs on into its beginning."""
    count = count_of(length)
    hz = frequencies(count)
    phases = np.random.default_rng(seed).uniform(0.0, 2 * np.pi, len(hz))
    spectrum = curve(hz) * np.exp(1j * phases)
    spectrum[0] = 0.0
    return unit(sounded(spectrum, count))


def drift(length: float, seed: int, up_to: float) -> Wave:
    """Return a slow wandering round 0 of mean power 1, not faster than a frequency; it loops."""
    return noise(length, seed, lambda hz: ((hz > 0) & (hz <= up_to)).astype(float))


def unit(wave: Wave) -> Wave:
    """Return a sound scaled to mean power 1."""
    power = float(np.sqrt(np.mean(wave * wave)))
    return wave / power if power > 0 else wave


def whole(hz: float, length: float) -> float:
    """Return the frequency next to one that fits a loop in whole cycles."""
    return max(1, round(hz * length)) / length


def tone(hz: float | Wave, length: float, partials: tuple[float, ...] = (1.0,)) -> Wave:
    """Return a tone of harmonics that begins at 0; `hz` may change from sample to sample."""
    if isinstance(hz, np.ndarray):
        turns = np.cumsum(hz) / RATE
        highest = float(hz.max())
    else:
        turns, highest = times(length) * hz, hz
    total = np.zeros(len(turns))
    for number, gain in enumerate(partials, 1):
        if number * highest < RATE / 2:
            total += gain * np.sin(2 * np.pi * number * turns)
    return total


def struck(length: float, *partials: tuple[float, float, float]) -> Wave:
    """Return something struck: partials, each with frequency, gain and time of decay."""
    t = times(length)
    total = np.zeros(len(t))
    for hz, gain, decay in partials:
        total += gain * np.sin(2 * np.pi * hz * t) * np.exp(-t / decay)
    # What still rings at the end is let go, not cut off.
    return total * np.minimum(1.0, (length - t) / (0.2 * length))


def decaying(length: float, decay: float, attack: float = 0.002) -> Wave:
    """Return an envelope that rises at once and dies away."""
    t = times(length)
    return np.minimum(t / attack, 1.0) * np.exp(-t / decay)


def swell(length: float, *points: tuple[float, float]) -> Wave:
    """Return an envelope through points of time and gain."""
    at, gains = zip(*points, strict=True)
    return np.asarray(np.interp(times(length), at, gains))


def placed(length: float, *parts: tuple[float, Wave]) -> Wave:
    """Return sounds together, each from its own time on; what is too long is cut."""
    total = np.zeros(count_of(length))
    for at, part in parts:
        start = count_of(at)
        part = part[: max(0, len(total) - start)]
        total[start : start + len(part)] += part
    return total


def scattered(length: float, seed: int, a_second: float, grain: Wave) -> Wave:
    """Return many copies of a grain at random times and strengths; it loops."""
    count = count_of(length)
    luck = np.random.default_rng(seed)
    hits = np.zeros(count)
    number = round(a_second * length)
    np.add.at(hits, luck.integers(0, count, number), luck.exponential(1.0, number))
    short = np.zeros(count)
    short[: len(grain)] = grain[:count]
    return sounded(np.fft.rfft(hits) * np.fft.rfft(short), count)


def warm(wave: Wave, drive: float) -> Wave:
    """Return a sound pressed together, as by an amplifier at its limit."""
    return np.asarray(np.tanh(wave * drive) / np.tanh(drive))


def once(wave: Wave, level: float) -> Wave:
    """Return a sound that is heard once, levelled: no click at either end, no DC."""
    rounding = count_of(ROUNDING_S)
    wave = filtered(np.concatenate([wave, np.zeros(rounding)]), band(DC_BELOW, RATE))
    ramp = np.linspace(0.0, 1.0, rounding)
    wave[:rounding] *= ramp
    wave[-rounding:] *= ramp[::-1]
    return levelled(wave, level)


def loop(wave: Wave, level: float) -> Wave:
    """Return a sound that goes round, levelled, without DC."""
    return levelled(filtered(wave, band(DC_BELOW, RATE)), level)


def levelled(wave: Wave, level: float) -> Wave:
    """Return a sound at a level of loudness; the few samples beyond the knee are bent in."""
    wave = wave * (level / max(1e-9, loudness(wave)))
    over = np.abs(wave) > KNEE
    room = PEAK_MAX - KNEE
    bent = KNEE + room * np.tanh((np.abs(wave) - KNEE) / room)
    return np.asarray(np.where(over, np.sign(wave) * bent, wave))


def loudness(wave: Wave) -> float:
    """Return the mean level of a sound as an ear weighs it: deep tones count for less.

    The curve is the B-weighting (IEC 651), which is meant for moderate levels.
    """

    def ear(hz: Wave) -> Wave:
        square = hz * hz
        below = (square + 20.6**2) * np.sqrt(square + 158.5**2)
        return np.asarray(1.0198 * 12194.0**2 * hz * square / (below * (square + 12194.0**2)))

    heard = filtered(wave, ear)
    return float(np.sqrt(np.mean(heard * heard)))
