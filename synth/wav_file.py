"""Sounds on disk: WAV, one channel, 16 bits.

Written so that the same sound is the same file, byte for byte.

Units: samples from -1 to 1.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from synth.tones import RATE, Wave

FOLDER = Path(__file__).parent.parent / "assets" / "sounds"
"""Where the sounds of the game lie."""
FULL = 32767
"""A sample of 1."""
SAMPLES_MAX = 120 * 48000
"""No sound of ours is nearly so long; more than that is not read."""


def write_wav(path: Path, samples: Wave) -> None:
    """Write a sound."""
    data = np.round(samples * FULL).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data)


def read_wav(path: Path) -> tuple[Wave, int]:
    """Return a sound, and its samples a second.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it is no sound of this kind.
    """
    try:
        with wave.open(str(path), "rb") as file:
            if file.getnchannels() != 1 or file.getsampwidth() != 2:
                raise ValueError("it is not of one channel with 16 bits")
            rate = file.getframerate()
            data = file.readframes(min(file.getnframes(), SAMPLES_MAX))
    except (wave.Error, EOFError) as error:
        raise ValueError(f"it is no WAV file ({error or 'it ends too soon'})") from error
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2") / FULL
    if not 4000 <= rate <= 192000 or not len(samples):
        raise ValueError("there is nothing to hear in it")
    return samples, rate
