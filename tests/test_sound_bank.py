"""The sounds in memory: read once, seamless at any rate, and missed in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pygame
import pytest

from preferences import Preferences
from screens.audio import Audio
from screens.sound_bank import Pitch, SoundBank, as_stereo, sampled_anew
from synth.catalogue import engine_loop
from synth.tones import RATE, tone, whole
from synth.wav_file import FOLDER
from tests.waiting import wait_until

IDLE = Pitch(engine_loop("touring", "coast", 1))


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that takes sound and lets it fall."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")


def test_missing_sound_is_one_sentence_and_silence(driver: None, tmp_path: Path) -> None:
    """Two files are gone and one is damaged: the rest sounds, and it is told once."""
    folder = tmp_path / "sounds"
    shutil.copytree(FOLDER, folder)
    (folder / "press.wav").unlink()
    (folder / "music-menu.wav").unlink()
    (folder / "squeal.wav").write_bytes(b"RIFF nothing")
    audio = Audio(folder)
    audio.start()
    try:
        audio.music("music-menu")
        wait_until(lambda: audio.idle, "read all sounds")
        told = [audio.update(Preferences(), now / 10) for now in range(30)]
        audio.play("press")
        audio.line("a", Pitch("squeal"), 1.0)
        silent = pygame.mixer.get_busy()
        audio.play("back")

        sentences = [sentence for sentence in told if sentence]
        assert len(sentences) == 1
        assert "2 more" in sentences[0]
        assert "python -m synth" in sentences[0]
        assert not silent
        assert pygame.mixer.get_busy()
    finally:
        audio.close()


@pytest.mark.parametrize("semitones", [-1, 0, 1])
def test_loop_stays_seamless_at_another_rate(semitones: int) -> None:
    """A loop that is sampled anew goes on over its end, and is as loud."""
    hz = whole(220.0, 0.3)
    wave = tone(hz, 0.3, (1.0, 0.5, 0.2))
    anew = sampled_anew(wave, round(len(wave) * 44100 / RATE / 2 ** (semitones / 12)))

    assert abs(anew[0] - anew[-1]) <= 1.01 * np.abs(np.diff(anew)).max()
    assert anew.std() == pytest.approx(wave.std(), rel=0.01)


def test_mixer_gets_two_channels_alike() -> None:
    """Samples are doubled, and what lies beyond full scale is held there."""
    data = np.frombuffer(as_stereo(np.array([0.0, 0.5, -2.0])), np.int16).reshape(-1, 2)

    assert (data[:, 0] == data[:, 1]).all()
    assert data[:, 0].tolist() == [0, 16384, -32767]


def test_bank_reads_a_sound_once(driver: None) -> None:
    """Who asks again gets the same sound; who asks for none is told which."""
    pygame.mixer.init(44100, -16, 2, 512)
    bank = SoundBank()
    try:
        assert bank.get(IDLE) is None
        wait_until(lambda: bank.idle, "read the sound")
        found = bank.get(IDLE)
        bank.want([IDLE, IDLE, Pitch("no such sound")])
        wait_until(lambda: bank.idle, "look for the other sound")

        assert found is not None
        assert bank.get(IDLE) is found
        assert "no such sound" in (bank.complaint() or "")
    finally:
        bank.close()
        pygame.mixer.quit()
