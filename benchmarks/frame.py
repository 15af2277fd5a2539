"""How long one picture of a race takes to draw, in software, and what it holds.

    python -m benchmarks.frame --json

Eight cars of all classes, a hundred puffs of smoke, skid marks, names, every
instrument, a race chat that is open and told a line now and then; by day and
by night. Goals: at 1280x720 a median under 7 ms and a 99th percentile under
14 ms, at 1920x1080 a median under 14 ms; less than 350 MB in all. SDL's dummy
driver is used unless SDL_VIDEODRIVER says otherwise. Showing the picture is
not counted; running the race is not either. Where other programs keep the
machine busy, the time of the processor says more than that of the clock.

Units: milliseconds, megabytes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")

import pygame

from benchmarks.staging import StagedRace, StagedTalk
from protocol import CarFlag
from screens import theme
from screens.chat_box import ChatBox
from screens.hud import chat_rect
from screens.particles import SMOKE
from screens.race_scene import RaceScene

SIZES = ((1280, 720), (1920, 1080))
WARM_FRAMES = 60
PARTICLES = 100
LINE_EVERY_FRAMES = 90
RUN_UP_TICKS = 11 * 60
"""Into the race: a field of cars in the first corners."""


def measure(track: str, size: tuple[int, int], frames: int) -> dict[str, object]:
    """Return figures for one size of window on one track."""
    pygame.display.init()
    pygame.font.init()
    surface = pygame.display.set_mode(size)
    staged, talk = StagedRace(track), StagedTalk()
    started = time.perf_counter()
    scene = RaceScene(staged.view.track)
    for _ in scene.warm_up(size):
        pass
    loaded_s = time.perf_counter() - started
    chat = ChatBox(talk)
    chat.rect = chat_rect(size)
    chat.show()
    staged.worn[1] = {"damage": 80}
    staged.worn[0] = {"draft": 200, "charge_ticks": 120}
    staged.flags[0] = CarFlag.NITRO
    times: list[float] = []
    own: list[float] = []
    for _ in range(RUN_UP_TICKS):
        staged.step()
        scene.draw(surface, staged.view, staged.names, staged.rtts, staged.now, 1 / 60)
    for number in range(WARM_FRAMES + frames):
        staged.step()
        _fill_with_smoke(scene, staged)
        if number % LINE_EVERY_FRAMES == 0:
            talk.tell(number, staged.now)
        started, started_cpu = time.perf_counter(), time.thread_time()
        scene.draw(surface, staged.view, staged.names, staged.rtts, staged.now, 1 / 60)
        chat.draw(surface, staged.now, theme.scale_for(size), fades=True)
        if number >= WARM_FRAMES:
            times.append((time.perf_counter() - started) * 1000)
            own.append((time.thread_time() - started_cpu) * 1000)
    return {
        "track": track,
        "night": staged.view.track.night,
        "width": size[0],
        "height": size[1],
        "frames": frames,
        "median_ms": round(statistics.median(times), 2),
        "p99_ms": round(sorted(times)[int(len(times) * 0.99)], 2),
        "cpu_median_ms": round(statistics.median(own), 2),
        "cpu_p99_ms": round(sorted(own)[int(len(own) * 0.99)], 2),
        "longest_ms": round(max(times), 2),
        "load_s": round(loaded_s, 2),
        "particles": scene.particles,
        "resident_mb": resident_mb(),
    }


def resident_mb() -> int:
    """Return what this process holds in memory; 0 where that is not told."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _fill_with_smoke(scene: RaceScene, staged: StagedRace) -> None:
    car = staged.view.seen[0].car
    while scene.particles < PARTICLES:
        turn = scene.particles * 2.4
        scene.puff(SMOKE, car.x + turn % 30 - 15, car.y + turn % 17 - 8)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how long a race's picture takes.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=int, default=600, help="pictures measured a size")
    parser.add_argument("--tracks", nargs="+", default=["meadow", "city"], help="driven on")
    options = parser.parse_args()
    # Each in a process of its own: what one holds does not count for the next.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(measure, track, size, options.frames)
            for track in options.tracks
            for size in SIZES
        ]
        figures = [job.result() for job in jobs]
    if options.json:
        print(json.dumps({"driver": os.environ["SDL_VIDEODRIVER"], "sizes": figures}))
        return
    for one in figures:
        print(
            f"{one['track']:>9} {one['width']}x{one['height']}: median {one['median_ms']} ms, "
            f"99th percentile {one['p99_ms']} ms, longest {one['longest_ms']} ms "
            f"(of the processor {one['cpu_median_ms']} and {one['cpu_p99_ms']} ms), "
            f"{one['resident_mb']} MB, loaded in {one['load_s']} s"
        )


if __name__ == "__main__":
    main()
