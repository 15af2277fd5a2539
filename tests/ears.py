"""Ears where the loudspeakers would be: they note what they are told.

Units: gains from 0 to 1, pan from -1 to 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from screens.audio import SILENT, Audio
from screens.sound_bank import Pitch
from synth.catalogue import SOUNDS


class Played(NamedTuple):
    """A sound that was heard once."""

    name: str
    volume: float
    pan: float


class Ears(Audio):
    """Loudspeakers that only take notes."""

    def __init__(self) -> None:
        super().__init__()
        self.played: list[Played] = []
        self.sounding: dict[str, tuple[Pitch, float, float]] = {}
        """By line, what it sounds, how loud, from where."""
        self.wanted: list[Pitch] = []
        self.piece = ""
        """The music that is asked for."""

    @property
    def on(self) -> bool:
        """Somebody listens."""
        return True

    def want(self, pitches: Iterable[Pitch]) -> None:
        """Note what is to be read."""
        self.wanted += pitches

    def play(self, name: str, *, volume: float = 1.0, pan: float = 0.0) -> None:
        """Note a single sound that can be heard."""
        assert name in SOUNDS
        if volume >= SILENT:
            self.played.append(Played(name, volume, pan))

    def line(self, key: str, pitch: Pitch | None, volume: float = 0.0, pan: float = 0.0) -> None:
        """Note a line, or that it ends."""
        if pitch is None or volume < SILENT:
            self.sounding.pop(key, None)
        else:
            assert SOUNDS[pitch.name].loops
            assert volume <= 1.0
            self.sounding[key] = pitch, volume, pan

    def hush(self) -> None:
        """Note that all lines end."""
        self.sounding.clear()

    def loud(self, key: str) -> float:
        """Return how loud a line is."""
        return self.sounding[key][1] if key in self.sounding else 0.0

    def music(self, name: str) -> None:
        """Note the music."""
        assert not name or SOUNDS[name].kind == "music"
        self.piece = name

    @property
    def names(self) -> list[str]:
        """The single sounds, in order."""
        return [one.name for one in self.played]
