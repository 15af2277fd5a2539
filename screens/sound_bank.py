"""The sounds in memory, ready for the mixer, read by a thread of its own.

Nobody waits for a sound: until it is there it is not heard. A file that is
missing or damaged is silence, and one sentence. What turns at revs between
two files is made of the nearer one, by sampling it anew; that and the change
to the mixer's rate go through the spectrum, so that loops stay seamless.

Units: samples from -1 to 1; semitones.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pygame
from numpy.typing import NDArray

from synth.catalogue import SOUNDS
from synth.tones import Wave
from synth.wav_file import FOLDER, FULL, read_wav

MIXER_RATE = 44100
ASKED_MAX = 1024


class Pitch(NamedTuple):
    """A sound of the files, so many semitones higher."""

    name: str
    semitones: int = 0


class SoundBank:
    """Every sound that was asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._sounds: dict[Pitch, pygame.mixer.Sound] = {}
        self._asked: set[Pitch] = set()
        self._waves: dict[str, tuple[Wave, int]] = {}
        self._queue: queue.Queue[Pitch | None] = queue.Queue(ASKED_MAX)
        self.faults: dict[str, str] = {}
        """By sound, why it cannot be heard."""
        # A daemon: a game that is killed or stumbles does not wait for it.
        self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
        self._thread.start()

    def want(self, pitches: Iterable[Pitch]) -> None:
        """Have sounds read soon, in this order; those that were asked for count once."""
        for pitch in pitches:
            if pitch not in self._asked and not self._queue.full():
                self._asked.add(pitch)
                self._queue.put_nowait(pitch)

    def get(self, pitch: Pitch) -> pygame.mixer.Sound | None:
        """Return a sound, or None until it is there; from now on it is wanted."""
        found = self._sounds.get(pitch)
        if found is None and pitch not in self._asked:
            self.want([pitch])
        return found

    @property
    def idle(self) -> bool:
        """Whether all that was asked for has been read, or could not be."""
        return self._queue.unfinished_tasks == 0

    def path_of(self, name: str) -> Path:
        """Return where a sound lies."""
        return self._folder / f"{name}.wav"

    def complaint(self) -> str | None:
        """Return one sentence about all that could not be read, once it is known."""
        if not self.faults or not self.idle:
            return None
        name, why = next(iter(self.faults.items()))
        more = f" and {len(self.faults) - 1} more" if len(self.faults) > 1 else ""
        return (
            f"The sound {name}{more} cannot be heard ({why}): run python -m synth to make it anew."
        )

    def close(self) -> None:
        """Stop reading; sounds must not be made while the mixer ends."""
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (pitch := self._queue.get()) is not None:
            try:
                self._sounds[pitch] = self._made(pitch)
            except (OSError, ValueError, pygame.error) as error:
                why = error.strerror if isinstance(error, OSError) else str(error)
                self.faults[pitch.name] = why or "it cannot be read"
            finally:
                self._queue.task_done()

    def _made(self, pitch: Pitch) -> pygame.mixer.Sound:
        if pitch.name not in SOUNDS:
            raise ValueError("no sound has this name")
        found = self._waves.get(pitch.name)
        if found is None:
            found = read_wav(self.path_of(pitch.name))
            if SOUNDS[pitch.name].kind == "engine":
                # Its neighbours are made of the same file.
                self._waves[pitch.name] = found
        wave, rate = found
        longer = MIXER_RATE / rate / 2.0 ** (pitch.semitones / 12)
        return pygame.mixer.Sound(buffer=as_stereo(sampled_anew(wave, round(len(wave) * longer))))


def sampled_anew(wave: Wave, count: int) -> Wave:
    """Return a sound with another number of samples; its end still meets its beginning."""
    if count == len(wave):
        return wave
    spectrum = np.fft.rfft(wave)
    kept = np.zeros(count // 2 + 1, np.complex128)
    common = min(len(spectrum), len(kept))
    kept[:common] = spectrum[:common]
    return np.asarray(np.fft.irfft(kept, count) * (count / len(wave)), np.float64)


def as_stereo(wave: Wave) -> bytes:
    """Return what the mixer takes: two channels alike, 16 bits."""
    one: NDArray[np.int16] = np.round(np.clip(wave, -1.0, 1.0) * FULL).astype(np.int16)
    return np.repeat(one, 2).tobytes()
