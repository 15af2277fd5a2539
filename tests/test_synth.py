"""The sounds: the same every time, no clicks, no clipping, and higher with the revs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synth.catalogue import (
    ENGINES,
    LOADS,
    LOOPS_OF_ENGINE,
    SOUNDS,
    SoundKind,
    engine_loop,
    rpm_of_loop,
)
from synth.making import MAKERS
from synth.tones import PEAK_MAX, RATE, Wave, band, filtered, loudness, noise, once, tone
from synth.wav_file import FOLDER, read_wav, write_wav

SIZE_BYTES_MAX = 6_600_000
QUANTA_APART = 2 / 32767
"""Another processor may round the last bit differently."""
QUICK = sorted(name for name in SOUNDS if not name.startswith("music"))


def shipped(name: str) -> Wave:
    """Return a sound of the game."""
    samples, rate = read_wav(FOLDER / f"{name}.wav")
    assert rate == RATE
    return samples


def centroid(wave: Wave) -> float:
    """Return the middle of a sound's spectrum, Hz."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float((power * np.fft.rfftfreq(len(wave), 1 / RATE)).sum() / power.sum())


def power_near(wave: Wave, goal: float) -> float:
    """Return what a sound has about a frequency."""
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float(power[np.abs(hz - goal) < 0.08 * goal].sum())


def test_every_sound_of_the_catalogue_is_made_and_shipped() -> None:
    """Names, makers and files are the same set."""
    files = {path.stem for path in FOLDER.glob("*.wav")}

    assert set(MAKERS) == set(SOUNDS) == files


def test_files_are_small_and_say_whose_they_are() -> None:
    """All sounds together stay small, and their licence lies beside them."""
    assert sum(path.stat().st_size for path in FOLDER.glob("*.wav")) < SIZE_BYTES_MAX
    assert "python -m synth" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*QUICK[::7], "crowd", "squeal", "fanfare", "hit-wall"])
def test_script_makes_what_is_shipped(name: str) -> None:
    """Who runs the script again finds the files as they were."""
    made = MAKERS[name]()

    assert np.abs(made - shipped(name)).max() <= QUANTA_APART
    assert np.array_equal(made, MAKERS[name]())


@pytest.mark.parametrize("name", sorted(SOUNDS))
def test_sound_is_clean(name: str) -> None:
    """No sample clips, nothing hangs to one side, and it can be heard."""
    wave = shipped(name)

    assert np.abs(wave).max() <= PEAK_MAX + QUANTA_APART
    assert abs(wave.mean()) < 0.003
    assert 0.03 < loudness(wave[: 8 * RATE]) < 0.3


@pytest.mark.parametrize("name", sorted(name for name, one in SOUNDS.items() if one.loops))
def test_loop_has_no_seam(name: str) -> None:
    """From the last sample to the first the wave goes on as it goes everywhere else."""
    wave = shipped(name)
    steps = np.abs(np.diff(wave))
    bends = np.abs(np.diff(wave, 2))
    round_the_end = np.concatenate([wave[-2:], wave[:2]])

    assert abs(wave[0] - wave[-1]) <= steps.max()
    assert np.abs(np.diff(round_the_end, 2)).max() <= bends.max() * 1.05


@pytest.mark.parametrize("name", sorted(name for name, one in SOUNDS.items() if not one.loops))
def test_single_sound_begins_and_ends_at_rest(name: str) -> None:
    """A sound that is heard once clicks at neither end."""
    wave = shipped(name)

    assert abs(wave[0]) <= QUANTA_APART
    assert abs(wave[-1]) <= QUANTA_APART


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("engine", ENGINES)
def test_engine_rises_with_its_revs(engine: str, load: str) -> None:
    """The firing order, the strongest below a few hundred hertz, follows the revs."""
    pulses = {"light": 4, "touring": 6, "muscle": 8}[engine]
    for number in range(LOOPS_OF_ENGINE):
        wave = shipped(engine_loop(engine, load, number))
        firing = rpm_of_loop(number) / 120 * pulses
        cycles = len(wave) / RATE * rpm_of_loop(number) / 120

        # Beside an order of the firing there is less than on it.
        assert power_near(wave, firing) > 2 * power_near(wave, firing * 1.27)
        assert cycles == pytest.approx(round(cycles), abs=0.01)


@pytest.mark.parametrize("engine", ENGINES)
def test_engine_is_brighter_higher_and_under_load(engine: str) -> None:
    """The spectrum climbs over the range of the revs, and with the throttle."""
    low, high = (shipped(engine_loop(engine, "pull", n)) for n in (2, 12))
    coast = shipped(engine_loop(engine, "coast", 8))
    pull = shipped(engine_loop(engine, "pull", 8))

    assert centroid(high) > centroid(low)
    assert centroid(pull) > centroid(coast)


def test_classes_sound_different() -> None:
    """At the same revs the light car is the brightest and the V8 by far the darkest."""
    light, touring, muscle = (centroid(shipped(engine_loop(e, "pull", 7))) for e in ENGINES)

    assert light > 1.3 * touring > 1.3 * muscle


def test_v8_burbles() -> None:
    """Uneven firing: the V8 has power at half its firing order, the others hardly any."""
    shares = {}
    for engine, pulses in zip(ENGINES, (4, 6, 8), strict=True):
        wave = shipped(engine_loop(engine, "pull", 4))
        power = np.abs(np.fft.rfft(wave)) ** 2
        hz = np.fft.rfftfreq(len(wave), 1 / RATE)
        cycle = rpm_of_loop(4) / 120
        below = power[(hz > 1.5 * cycle) & (hz < (pulses - 0.5) * cycle)].sum()
        shares[engine] = float(below / power.sum())

    assert shares["muscle"] > 3 * max(shares["light"], shares["touring"])


def test_music_is_long_enough_and_of_even_level() -> None:
    """The menu's piece lasts most of a minute and never falls silent."""
    wave = shipped("music-menu")
    seconds = wave[: len(wave) // RATE * RATE].reshape(-1, RATE)
    levels = np.sqrt((seconds**2).mean(axis=1))

    assert 30 <= len(wave) / RATE <= 60
    assert levels.min() > 0.25 * levels.max()


def test_interface_is_short() -> None:
    """What is heard at every step of the focus is over in a third of a second."""
    names = [name for name, one in SOUNDS.items() if one.kind is SoundKind.INTERFACE]

    assert max(len(shipped(name)) for name in names) / RATE < 0.35


def test_noise_of_another_seed_is_another() -> None:
    """A seed decides what the noise is, and nothing else does."""
    first, again, other = (noise(0.1, seed, band(100.0, 2000.0)) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_filter_keeps_what_lies_in_its_band() -> None:
    """A tone in the band passes, one far outside does not."""
    inside, outside = tone(1000.0, 0.5), tone(60.0, 0.5)
    curve = band(500.0, 2000.0)

    assert filtered(inside, curve).std() > 0.8 * inside.std()
    assert filtered(outside, curve).std() < 0.05 * outside.std()


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A sound comes back from disk to within a rounding."""
    wave = once(tone(440.0, 0.05), 0.1)
    write_wav(tmp_path / "a.wav", wave)
    back, rate = read_wav(tmp_path / "a.wav")

    assert rate == RATE
    assert np.abs(back - wave).max() <= QUANTA_APART


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 10])
def test_file_that_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged file is one error with a sentence."""
    path = tmp_path / "broken.wav"
    path.write_bytes(content)

    with pytest.raises(ValueError, match="WAV"):
        read_wav(path)
