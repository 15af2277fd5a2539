"""The loudspeakers: with a device that nobody hears, and without any."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pygame
import pytest

from preferences import Preferences
from screens.audio import LINES_MAX, SINGLES_MAX, TRIAL, VOICES_MAX, Audio
from screens.sound_bank import Pitch
from synth.catalogue import SoundKind, engine_loop
from synth.wav_file import FOLDER
from tests.waiting import wait_until

LOUD = Preferences(
    volume_master=100, volume_engine=100, volume_effects=100, volume_crowd=100, volume_music=100,
    volume_interface=100,
)  # fmt: skip
IDLE = Pitch(engine_loop("touring", "coast", 1))


@pytest.fixture(scope="module")
def opened() -> Iterator[Audio]:
    """Open loudspeakers, every sound read that is read at first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDL_AUDIODRIVER", "dummy")
        audio = Audio()
        audio.start()
    assert audio.on
    audio.want([IDLE])
    wait_until(lambda: audio.idle, "read all sounds")
    yield audio
    audio.close()


@pytest.fixture
def audio(opened: Audio) -> Audio:
    """Open loudspeakers, silent, every volume at full."""
    opened.hush()
    opened.update(LOUD, 0.0)
    pygame.mixer.stop()
    return opened


def sounding(first: int = 0, last: int = VOICES_MAX) -> list[int]:
    """Return the voices of the mixer that sound."""
    return [n for n in range(first, last) if pygame.mixer.Channel(n).get_busy()]


def test_single_sound_is_played(audio: Audio) -> None:
    """A click of the interface takes one voice."""
    audio.play("press")

    assert len(sounding(0, SINGLES_MAX)) == 1


def test_side_reaches_the_mixer(audio: Audio) -> None:
    """A line to the left is there for the left ear, and moves when it is told."""
    audio.line("a", IDLE, 0.8, -0.9)
    audio.line("a", IDLE, 0.8, 0.9)

    assert audio.lines_sounding == 1
    assert len(sounding(SINGLES_MAX)) == 1


def test_voices_have_a_limit(audio: Audio) -> None:
    """However much happens, only so many sounds are heard together."""
    for _ in range(3 * SINGLES_MAX):
        audio.play("fanfare", volume=0.9)
    for number in range(3 * LINES_MAX):
        audio.line(f"line-{number}", IDLE, 0.5)

    assert len(sounding(0, SINGLES_MAX)) == SINGLES_MAX
    assert audio.lines_sounding == LINES_MAX


def test_lines_are_not_taken_by_single_sounds(audio: Audio) -> None:
    """The own engine is heard whatever bangs."""
    audio.line("own", IDLE, 0.5)
    for _ in range(3 * SINGLES_MAX):
        audio.play("fanfare")

    assert audio.lines_sounding == 1
    assert len(sounding(SINGLES_MAX)) == 1


def test_line_without_volume_is_given_back(audio: Audio) -> None:
    """What cannot be heard is not mixed, and comes again when it can."""
    audio.line("a", IDLE, 0.5)
    audio.line("a", IDLE, 0.0)
    silent = sounding(SINGLES_MAX)
    audio.line("a", IDLE, 0.5)

    assert not silent
    assert sounding(SINGLES_MAX)


def test_hush_ends_every_line(audio: Audio) -> None:
    """After a race nothing of it goes on, and all lines are free again."""
    for _ in range(3):
        for number in range(LINES_MAX):
            audio.line(f"line-{number}", IDLE, 0.5)
        assert audio.lines_sounding == LINES_MAX
        audio.hush()

    assert audio.lines_sounding == 0
    wait_until(lambda: not sounding(SINGLES_MAX), "fall silent")


def test_mute_silences_what_sounds(audio: Audio) -> None:
    """Nothing goes on, nothing begins, and all comes back afterwards."""
    audio.play("fanfare")
    audio.line("a", IDLE, 0.5)
    audio.update(Preferences(mute=True), 1.0)
    audio.play("fanfare")
    audio.line("a", IDLE, 0.5)
    muted = sounding()
    audio.update(LOUD, 2.0)
    audio.line("a", IDLE, 0.5)

    assert not muted
    assert len(sounding()) == 1


def test_volume_of_one_kind_at_zero_is_silence(audio: Audio) -> None:
    """Who turns the interface off hears no clicks, but the engine."""
    audio.update(Preferences(volume_interface=0), 1.0)
    audio.play("press")
    audio.line("a", IDLE, 0.5)

    assert not sounding(0, SINGLES_MAX)
    assert sounding(SINGLES_MAX)


def test_volume_is_tried_out_while_it_is_set(audio: Audio) -> None:
    """A slider that is dragged starts one sound, and no second one while it lasts."""
    for volume in (20, 40, 60):
        audio.try_out(SoundKind.CROWD)
        audio.update(Preferences(volume_crowd=volume), volume / 10)
    crowd = sounding(TRIAL)
    audio.try_out(SoundKind.MUSIC)
    audio.update(LOUD, 10.0)

    assert crowd == [TRIAL]
    assert not sounding(0, TRIAL)


def test_music_fades_and_changes(audio: Audio) -> None:
    """A piece comes in softly, makes way for another, and ends for a race."""

    def after(seconds: float, start: float) -> None:
        for step in range(round(seconds * 60)):
            audio.update(LOUD, start + step / 60)

    audio.music("music-menu")
    after(0.2, 10.0)
    soft = pygame.mixer.music.get_volume()
    after(3.0, 11.0)
    full = pygame.mixer.music.get_volume()
    audio.music("")
    after(0.5, 15.0)
    fading = pygame.mixer.music.get_volume()
    after(4.0, 16.0)

    assert 0.0 < soft < full
    assert 0.0 < fading < full
    assert not pygame.mixer.music.get_busy()


PROGRAM = """
import logging
logging.basicConfig(level=logging.DEBUG, format="%(message)s")
from preferences import Preferences
from screens.audio import Audio
from screens.sound_bank import Pitch
audio = Audio()
audio.start()
audio.music("music-menu")
assert audio.update(Preferences(), 0.0) is None
audio.play("press")
audio.line("a", Pitch("squeal"), 1.0)
audio.want([Pitch("squeal")])
audio.hush()
audio.close()
print("on" if audio.on else "off")
"""


@pytest.mark.parametrize("name", ["nonsense", "alsa"])
def test_game_goes_on_without_a_device(name: str) -> None:
    """A device that cannot be opened: silence, and one line for who looks for it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=FOLDER.parent.parent,
        env={"SDL_AUDIODRIVER": name, "AUDIODEV": "none-such", "PYGAME_HIDE_SUPPORT_PROMPT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "off"
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
    assert "No sound" in done.stderr


def test_sound_that_nobody_started_is_silent() -> None:
    """Screens may play before there is a device, and after."""
    audio = Audio()
    audio.play("press")
    audio.line("a", IDLE, 1.0)
    audio.music("music-menu")

    assert audio.update(LOUD, 0.0) is None
    assert not audio.on
    assert audio.lines_sounding == 0
