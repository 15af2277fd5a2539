"""How long one picture of a race takes to draw, in software.

    python -m benchmarks.frame --json

Eight cars, smoke, skid marks, names, HUD and a panel of chat; the goal is a
median under 8 ms at 1280x720. SDL's dummy driver is used unless
SDL_VIDEODRIVER says otherwise. Showing the picture is not counted.

Units: milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")

import pygame

from benchmarks.staging import StagedRace
from screens import theme
from screens.hud import chat_rect
from screens.particles import SMOKE
from screens.race_scene import RaceScene

SIZES = ((1280, 720), (1920, 1080))
WARM_FRAMES = 60
PARTICLES = 100
CHAT = (
    ("Mika", "gl hf everyone!"),
    ("Jonas", "watch out for the fourth corner, the sand is slippery"),
    ("Turbo_Tess", "nice drift :D"),
    ("Aiko", "who wants a rematch on Harbour after this?"),
)


def measure(track: str, size: tuple[int, int], frames: int) -> dict[str, float]:
    """Return figures for one size of window."""
    surface = pygame.display.set_mode(size)
    staged = StagedRace(track)
    scene = RaceScene(staged.view.track)
    for _ in scene.warm_up(size):
        pass
    # Into the race: a field of cars in the first corners.
    for _ in range(11 * 60):
        staged.step()
    times: list[float] = []
    for number in range(WARM_FRAMES + frames):
        staged.step()
        _fill_with_smoke(scene, staged)
        started = time.perf_counter()
        scene.draw(surface, staged.view, staged.names, staged.rtts, staged.now, 1 / 60)
        _draw_chat(surface)
        elapsed = (time.perf_counter() - started) * 1000
        if number >= WARM_FRAMES:
            times.append(elapsed)
    return {
        "width": size[0],
        "height": size[1],
        "frames": frames,
        "median_ms": round(statistics.median(times), 2),
        "p99_ms": round(sorted(times)[int(len(times) * 0.99)], 2),
        "particles": scene.particles,
    }


def _fill_with_smoke(scene: RaceScene, staged: StagedRace) -> None:
    car = staged.view.seen[0].car
    while scene.particles < PARTICLES:
        turn = scene.particles * 2.4
        scene.puff(SMOKE, car.x + turn % 30 - 15, car.y + turn % 17 - 8)


def _draw_chat(surface: pygame.Surface) -> None:
    rect = chat_rect(surface.get_size())
    theme.panel(surface, rect, alpha=150)
    y = rect.top + 8
    for number, (name, line) in enumerate(CHAT):
        name_at = theme.text(
            surface, name, 18, theme.car_colour(number + 1), (rect.left + 12, y), theme.Weight.BOLD
        )
        theme.text(surface, line, 18, theme.TEXT_SOFT, (name_at.right + 8, y))
        y += 24


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how long a race's picture takes.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=int, default=600, help="pictures measured a size")
    parser.add_argument("--track", default="meadow", help="track driven on")
    options = parser.parse_args()
    pygame.display.init()
    pygame.font.init()
    figures = [measure(options.track, size, options.frames) for size in SIZES]
    if options.json:
        driver = pygame.display.get_driver()
        print(json.dumps({"track": options.track, "driver": driver, "sizes": figures}))
        return
    for one in figures:
        print(
            f"{one['width']}x{one['height']}: median {one['median_ms']} ms, "
            f"99th percentile {one['p99_ms']} ms, {one['particles']} particles"
        )


if __name__ == "__main__":
    main()
