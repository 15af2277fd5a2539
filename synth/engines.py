"""The three engines: each a train of exhaust pulses through its own pipes.

A four-stroke engine fires every cylinder once in two turns. What tells one
engine from another is how many pulses that makes, how evenly they come and
what resonates: the even four buzzes, the even six sings, and the V8, whose
banks fire unevenly (left right left left right left right right), burbles at
half the order. After R. Stone, "Introduction to Internal Combustion Engines",
ch. 3, for the firing orders; the resonances are tuned to sound different.

Every loop has whole cycles of the engine, so that its end runs on into its
beginning. Nothing knows how fast a car drives.

Units: revolutions a minute, hertz, seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synth.tones import RATE, Curve, Wave, band, frequencies, loop, peaks, sounded, unit

LENGTH = 0.28
"""A loop is about so long; whole cycles decide."""
CYCLES_MIN = 4
FINE = 8
"""Pulses are placed this much finer than samples."""
OVERSAMPLED = 4
"""The pressing happens at so many times the rate, so that nothing folds back."""
LEVELS = {"pull": 0.18, "coast": 0.15}


@dataclass(frozen=True, slots=True)
class EngineVoice:
    """What tells one engine from another."""

    pulses: tuple[tuple[float, float], ...]
    """Of one cycle: when, as a share of the two turns, and how strong."""
    pipes: Curve
    """What resonates, whatever the revs."""
    edge: float
    """How short a pulse is at full load, s: the shorter, the brighter."""
    drive: float
    """How hard it is pressed at full load."""
    hiss: float
    """Share of intake noise."""
    roughness: float
    """How much one pulse differs from the next."""


def _even(cylinders: int, uneven: float = 0.0) -> tuple[tuple[float, float], ...]:
    return tuple((n / cylinders, 1.0 + (uneven if n % 2 else -uneven)) for n in range(cylinders))


VOICES: dict[str, EngineVoice] = {
    "light": EngineVoice(
        pulses=_even(4, 0.1),
        pipes=peaks((330, 260, 0.8), (1150, 500, 1.3), (2900, 1300, 1.5), floor=0.2),
        edge=0.00016,
        drive=2.6,
        hiss=0.10,
        roughness=0.05,
    ),
    "touring": EngineVoice(
        pulses=_even(6, 0.06),
        pipes=peaks((170, 140, 0.9), (520, 300, 1.4), (1500, 700, 0.9), floor=0.22),
        edge=0.00026,
        drive=1.9,
        hiss=0.07,
        roughness=0.05,
    ),
    # The first bank speaks through the nearer pipe.
    "muscle": EngineVoice(
        pulses=tuple(
            (n / 8 + shift, strength)
            for n, (shift, strength) in enumerate(
                ((0.0, 1.25), (0.012, 0.55), (0.0, 1.15), (-0.02, 1.2),
                 (0.012, 0.6), (0.0, 1.3), (0.015, 0.5), (-0.01, 0.65))
            )
        ),
        pipes=peaks((85, 90, 1.7), (230, 150, 1.3), (640, 360, 0.7), (2100, 1500, 0.2), floor=0.2),
        edge=0.00036,
        drive=2.3,
        hiss=0.05,
        roughness=0.12,
    ),
}  # fmt: skip


def engine_wave(voice: EngineVoice, rpm: float, *, pulling: bool, seed: int) -> Wave:
    """Return a loop of an engine at constant revs, under load or without."""
    cycles = max(CYCLES_MIN, round(LENGTH * rpm / 120))
    count = round(cycles * 120 / rpm * RATE)
    luck = np.random.default_rng(seed)
    blows = _blows(voice, cycles, count, luck, pulling)

    fine = np.fft.rfft(blows)[: count * OVERSAMPLED // 2 + 1]
    hz = np.arange(len(fine)) * RATE / count
    # With the throttle closed pulses are longer and duller.
    edge = voice.edge * (1.0 if pulling else 2.6)
    pulse = 1.0 / (1.0 + 1j * 2 * np.pi * hz * edge) ** 2
    shaped = fine * pulse * voice.pipes(hz) * band(38.0, 9000.0)(hz)
    rough = unit(sounded(shaped, count * OVERSAMPLED))

    drive = voice.drive * (1.0 if pulling else 0.55)
    pressed = unit(np.tanh(rough * drive * 0.6))
    hiss = _hiss(pressed, luck) * voice.hiss * (1.0 if pulling else 0.6)
    spectrum = np.fft.rfft(pressed + hiss)[: count // 2 + 1]
    spectrum[-1] = 0.0
    return loop(sounded(spectrum, count), LEVELS["pull" if pulling else "coast"])


def _blows(
    voice: EngineVoice, cycles: int, count: int, luck: np.random.Generator, pulling: bool
) -> Wave:
    """Return when the cylinders fire, as peaks on a fine grid."""
    blows = np.zeros(count * FINE)
    rough = voice.roughness * (1.0 if pulling else 1.8)
    for cycle in range(cycles):
        for share, strength in voice.pulses:
            at = (cycle + share + luck.normal(0.0, 0.0015)) / cycles
            strong = strength * (1.0 + luck.normal(0.0, rough))
            blows[round(at * len(blows)) % len(blows)] += strong
    return blows


def _hiss(firing: Wave, luck: np.random.Generator) -> Wave:
    """Return intake noise that breathes with the pulses."""
    hz = frequencies(len(firing), RATE * OVERSAMPLED)
    phases = np.exp(1j * luck.uniform(0.0, 2 * np.pi, len(hz)))
    rustle = unit(sounded(band(700.0, 5200.0)(hz) * phases, len(firing)))
    return unit(rustle * (0.4 + np.abs(firing)))
