"""What the sound of a race costs a picture, with all lines in use.

    python -m benchmarks.sound --json

Eight cars of all classes in the first corners, on the dummy device unless
SDL_AUDIODRIVER says otherwise: arithmetic, and the calls to the mixer, whose
own thread mixes meanwhile. The goal is a median under 0.3 ms.

Units: milliseconds, of this thread's processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame

from benchmarks.staging import StagedRace
from car import CarClass
from preferences import Preferences
from screens.audio import Audio
from screens.race_sounds import RaceSounds

WARM_FRAMES = 60
INTO_THE_RACE_TICKS = 11 * 60
LOADED_WITHIN_S = 30.0


def measure(track: str, frames: int) -> dict[str, float]:
    """Return figures of a race."""
    audio = Audio()
    started = time.perf_counter()
    audio.start()
    opened = (time.perf_counter() - started) * 1000
    staged = StagedRace(track)
    for slot, racer in staged.live.race.racers.items():
        racer.car.car_class = CarClass(slot % len(CarClass))
    sounds = RaceSounds(audio, staged.view.track)
    for _ in range(INTO_THE_RACE_TICKS):
        staged.step()
    _sound(staged, sounds, audio)
    loaded_at = time.perf_counter()
    while not audio.idle and time.perf_counter() - loaded_at < LOADED_WITHIN_S:
        time.sleep(0.01)
    loaded = (time.perf_counter() - loaded_at) * 1000
    times: list[float] = []
    lines: list[int] = []
    for number in range(WARM_FRAMES + frames):
        staged.step()
        begun = time.thread_time()
        _sound(staged, sounds, audio)
        elapsed = (time.thread_time() - begun) * 1000
        # As in the game there is a picture to draw before the next one.
        pygame.time.wait(4)
        if number >= WARM_FRAMES:
            times.append(elapsed)
            lines.append(audio.lines_sounding)
    audio.close()
    return {
        "frames": frames,
        "median_ms": round(statistics.median(times), 3),
        "p99_ms": round(sorted(times)[int(len(times) * 0.99)], 3),
        "lines_median": round(statistics.median(lines)),
        "lines_most": max(lines),
        "device_opened_ms": round(opened, 1),
        "sounds_ready_ms": round(loaded, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _sound(staged: StagedRace, sounds: RaceSounds, audio: Audio) -> None:
    view = staged.view
    while view.events:
        sounds.hear(view.events.popleft())
    cars = view.cars(staged.now)
    audio.update(Preferences(), staged.now)
    sounds.update(view, cars, cars[0], staged.now, 1 / 60)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what the sound of a race costs.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=int, default=600, help="pictures measured")
    parser.add_argument("--track", default="meadow", help="track driven on")
    options = parser.parse_args()
    figures = measure(options.track, options.frames)
    if options.json:
        print(json.dumps({"track": options.track, **figures}))
        return
    print(
        f"median {figures['median_ms']} ms, 99th percentile {figures['p99_ms']} ms "
        f"with {figures['lines_median']} lines; ready after {figures['sounds_ready_ms']} ms"
    )


if __name__ == "__main__":
    main()
