"""The loudspeakers: opens the device, plays sounds, obeys the volumes.

Where there is no device, or none that opens, everything here does nothing and
the game goes on. What is played, and why, is decided by screens and by
`race_sounds.py`; how loud it arrives, in `hearing.py`.

A voice is one sound at a time. Lines are voices that someone keeps, such as a
loop of an engine; the others are handed out, and when all sound, the
quietest makes way for a louder one. So who is kept is always heard.

Units: gains from 0 to 1, pan from -1 (left) to 1 (right), seconds.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pygame

from screens.hearing import Volumes, eased, gain_of, quietest, settings_of, sides
from screens.sound_bank import MIXER_RATE, Pitch, SoundBank
from synth.catalogue import SOUNDS, SoundKind
from synth.wav_file import FOLDER

LINES_MAX = 32
SINGLES_MAX = 10
"""Sounds that are heard once sound together so many at a time."""
VOICES_MAX = LINES_MAX + SINGLES_MAX + 1
TRIAL = VOICES_MAX - 1
"""The voice on which a volume is tried out."""
SAMPLES = {
    SoundKind.ENGINE: "engine-start",
    SoundKind.EFFECTS: "hit-car",
    SoundKind.CROWD: "cheer",
    SoundKind.INTERFACE: "press",
}
"""What is heard of a kind as its volume changes; music is heard anyway."""
BUFFER = 512
"""Samples that are mixed ahead: 12 ms."""
GAIN_STEP = 1 / 256
"""The mixer tells no smaller difference."""
FADE_S = 0.45
"""Two thirds of the music are gone, or back, after this."""
HUSH_MS = 80
SILENT = 0.004
MUSIC_GAIN = 0.8

_log = logging.getLogger(__name__)


class Audio:
    """What sounds."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._bank: SoundBank | None = None
        self._gains: dict[SoundKind, float] = {kind: 0.0 for kind in SoundKind}
        self._settings: tuple[int, ...] = ()
        self._lines: dict[str, _Line] = {}
        self._free = list(range(TRIAL - 1, SINGLES_MAX - 1, -1))
        self._singles = [0.0] * SINGLES_MAX
        """How loud what each voice sounded was when it began."""
        self._wanted = self._playing = ""
        self._music_gain = 0.0
        self._tried: SoundKind | None = None
        self._complained = False
        self._updated_at: float | None = None

    @property
    def on(self) -> bool:
        """Whether there is a device."""
        return self._bank is not None

    @property
    def idle(self) -> bool:
        """Whether no sound is still being read."""
        return self._bank is None or self._bank.idle

    def start(self) -> None:
        """Open the device, if there is one, and begin to read the sounds."""
        try:
            with _stderr_closed():
                pygame.mixer.init(MIXER_RATE, -16, 2, BUFFER, allowedchanges=0)
            pygame.mixer.set_num_channels(VOICES_MAX)
        # Without its library, pygame has a mixer that is not implemented.
        except (pygame.error, NotImplementedError) as error:
            _log.debug("No sound: %s", error)
            return
        self._bank = SoundBank(self._folder)
        by_need = sorted(SOUNDS, key=lambda name: SOUNDS[name].kind is not SoundKind.INTERFACE)
        at_once = (SoundKind.ENGINE, SoundKind.MUSIC)
        self._bank.want(Pitch(name) for name in by_need if SOUNDS[name].kind not in at_once)

    def close(self) -> None:
        """Fall silent, and give the device back."""
        if self._bank is not None:
            self._bank.close()
            self._bank = None
            pygame.mixer.quit()

    def want(self, pitches: Iterable[Pitch]) -> None:
        """Have sounds ready soon."""
        if self._bank is not None:
            self._bank.want(pitches)

    # What is heard once

    def play(self, name: str, *, volume: float = 1.0, pan: float = 0.0) -> None:
        """Play a sound once."""
        gain = volume * self._gains[SOUNDS[name].kind]
        if self._bank is None or gain < SILENT:
            return
        sound = self._bank.get(Pitch(name))
        if sound is None:
            return
        channels = [pygame.mixer.Channel(number) for number in range(SINGLES_MAX)]
        idle = next((n for n, one in enumerate(channels) if not one.get_busy()), None)
        voice = quietest(enumerate(self._singles), gain) if idle is None else idle
        if voice is not None:
            self._singles[voice] = gain
            _begin(channels[voice], sound, 0, *sides(gain, pan))

    def try_out(self, kind: SoundKind) -> None:
        """Let a kind be heard at the volume that is being set, with the next update."""
        self._tried = kind

    # What goes on

    def line(self, key: str, pitch: Pitch | None, volume: float = 0.0, pan: float = 0.0) -> None:
        """Let a loop sound on a line from now on, so loud; none, or no volume, ends it."""
        bank = self._bank
        if bank is None:
            return
        gain = volume * self._gains[SOUNDS[pitch.name].kind] if pitch is not None else 0.0
        line = self._lines.get(key)
        if pitch is None or gain < SILENT:
            if line is not None:
                line.stop()
            return
        sound = bank.get(pitch)
        if line is None and self._free:
            line = self._lines[key] = _Line(self._free.pop())
        if line is not None and sound is not None:
            line.sound(pitch, sound, *sides(gain, pan))

    def hush(self) -> None:
        """End all lines, as a race ends, too fast to be heard and too slow to click."""
        for line in self._lines.values():
            line.fade()
            self._free.append(line.number)
        self._lines.clear()

    @property
    def lines_sounding(self) -> int:
        """How many lines are heard now."""
        return sum(line.sounding for line in self._lines.values())

    # Music, and what the player has set

    def music(self, name: str) -> None:
        """Change to a piece of music, or none for an empty name; it fades."""
        self._wanted = name

    def update(self, volumes: Volumes, now: float) -> str | None:
        """Obey the volumes and let music fade; return a sentence that is to be told."""
        elapsed = now - self._updated_at if self._updated_at is not None else 0.0
        self._updated_at = now
        if self._bank is None:
            return None
        silenced = volumes.mute and self._gains[SoundKind.INTERFACE] > 0.0
        settings = settings_of(volumes)
        if settings != self._settings:
            self._settings = settings
            self._gains = {kind: gain_of(volumes, kind) for kind in SoundKind}
        if silenced:
            for number in range(VOICES_MAX):
                pygame.mixer.Channel(number).stop()
            for line in self._lines.values():
                line.stop()
        self._fade(elapsed)
        self._sample()
        if self._complained:
            return None
        sentence = self._bank.complaint()
        self._complained = sentence is not None
        return sentence

    def _sample(self) -> None:
        kind, self._tried = self._tried, None
        if kind is None or kind not in SAMPLES or self._bank is None:
            return
        channel = pygame.mixer.Channel(TRIAL)
        sound, gain = self._bank.get(Pitch(SAMPLES[kind])), self._gains[kind]
        if sound is not None and channel.get_sound() is sound:
            # While a slider is dragged the sound goes on, and follows.
            channel.set_volume(*sides(gain, 0.0))
        elif sound is not None:
            _begin(channel, sound, 0, *sides(gain, 0.0))

    def _fade(self, elapsed: float) -> None:
        goal = MUSIC_GAIN if self._playing == self._wanted and self._playing else 0.0
        self._music_gain = eased(self._music_gain, goal, min(elapsed, 0.1), FADE_S)
        if self._playing != self._wanted and (self._music_gain < 0.02 or not self._playing):
            self._change_music()
        if self._playing:
            pygame.mixer.music.set_volume(self._music_gain * self._gains[SoundKind.MUSIC])

    def _change_music(self) -> None:
        assert self._bank is not None
        if self._playing:
            pygame.mixer.music.stop()
            pygame.mixer.music.unload()
        self._playing, self._music_gain = self._wanted, 0.0
        if not self._playing:
            return
        try:
            pygame.mixer.music.load(self._bank.path_of(self._playing))
            pygame.mixer.music.set_volume(0.0)
            pygame.mixer.music.play(-1)
        except (pygame.error, OSError) as error:
            # It counts as playing, or it would be tried again at every picture.
            self._bank.faults[self._playing] = str(error)


class _Line:
    """A voice that somebody keeps."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._channel = pygame.mixer.Channel(number)
        self._pitch: Pitch | None = None
        self._sides = (0.0, 0.0)

    @property
    def sounding(self) -> bool:
        """Whether it is heard."""
        return self._pitch is not None

    def sound(self, pitch: Pitch, sound: pygame.mixer.Sound, left: float, right: float) -> None:
        """Sound a loop at gains left and right."""
        if pitch != self._pitch:
            self._pitch = pitch
            _begin(self._channel, sound, -1, left, right)
        elif max(abs(left - self._sides[0]), abs(right - self._sides[1])) < GAIN_STEP:
            return
        else:
            self._channel.set_volume(left, right)
        self._sides = left, right

    def stop(self) -> None:
        """Fall silent."""
        if self._pitch is not None:
            self._pitch = None
            self._channel.stop()

    def fade(self) -> None:
        """Fall silent in a moment."""
        if self._pitch is not None:
            self._pitch = None
            self._channel.fadeout(HUSH_MS)


def _begin(
    channel: pygame.mixer.Channel, sound: pygame.mixer.Sound, loops: int, left: float, right: float
) -> None:
    """Begin a sound on a channel: silent first, for a new sound has lost its gains."""
    channel.set_volume(0.0)
    channel.play(sound, loops)
    channel.set_volume(left, right)


@contextlib.contextmanager
def _stderr_closed() -> Iterator[None]:
    """Keep quiet what the libraries of the system write where there is no device."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
