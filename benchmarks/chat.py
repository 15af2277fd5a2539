"""How long a picture takes in which a line of chat arrives, and one in which none does.

    python -m benchmarks.chat --json

The chat box with a hundred lines of history, open, at both sizes of window;
the goal is no picture over 14 ms. In the same run pygame_gui's text box does
the same, where that library is installed (it is none of ours). The box alone
is drawn, over a plain window; showing the picture is not counted. The time of
the processor is told too: on a busy machine it is what the picture itself needs.

Units: milliseconds.
"""

from __future__ import annotations

import argparse
import html
import importlib
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")

import pygame

from protocol import Channel, ChatHistory, ChatLine, LineRow, Message
from screens.chat_box import ChatBox
from track import track_of
from view import View

SIZES = ((1280, 720), (1920, 1080))
HISTORY = 100
FRAMES_BETWEEN = 3
"""Pictures without a line between two with one."""
AUTHORS = ("Mika", "Turbo_Tess", "Jonas", "Aiko")
SENTENCES = (
    "gl hf everyone!",
    "watch out for the fourth corner, the sand is slippery",
    "who wants a rematch on Harbour after this? I could do one more before it gets late",
    "nice drift :D",
)
Frame = Callable[[str], None]
"""Draws one picture; the text, where there is one, arrives in it."""


class Silence:
    """A link that only hears."""

    def __init__(self) -> None:
        self.view = View(track_of)

    def send(self, message: Message) -> bool:
        """Say nothing."""
        return False


def ours(surface: pygame.Surface) -> Frame:
    """Return a picture of the game's own chat box."""
    link = Silence()
    rows = tuple(
        LineRow(number + 1, 0, AUTHORS[number % 4], SENTENCES[number % 4], 1.7e9)
        for number in range(HISTORY // 2)
    )
    link.view.receive(ChatHistory(int(Channel.LOBBY), rows), 0.0)
    box = ChatBox(link)
    box.show()
    scale = surface.get_height() / 720
    box.rect = _box(scale)
    number = len(rows)
    colours = tuple((name, slot) for slot, name in enumerate(AUTHORS))

    def frame(text: str) -> None:
        nonlocal number
        if text:
            number += 1
            author = AUTHORS[number % 4]
            line = ChatLine(int(Channel.LOBBY), number, 0, author, text, 1.7e9)
            link.view.receive(line, number * 0.1)
        surface.fill("#16321c")
        box.draw(surface, number * 0.1, scale, colours=colours)

    for text in _texts(HISTORY - len(rows)):
        frame(text)
    return frame


def theirs(surface: pygame.Surface) -> Frame | None:
    """Return a picture of pygame_gui's text box, or None where the library is not installed."""
    try:
        gui: Any = importlib.import_module("pygame_gui")
    except ImportError:
        return None
    manager = gui.UIManager(surface.get_size())
    lines = [f"<b>{AUTHORS[n % 4]}</b> {html.escape(SENTENCES[n % 4])}" for n in range(HISTORY)]
    box = gui.elements.UITextBox("<br>".join(lines), _box(surface.get_height() / 720), manager)
    gui.elements.UITextEntryLine(pygame.Rect(0, 0, 300, 40), manager)

    def frame(text: str) -> None:
        if text:
            box.append_html_text(f"<br><b>Mika</b> {html.escape(text)}")
        manager.update(1 / 60)
        surface.fill("#16321c")
        manager.draw_ui(surface)

    return frame


def _box(scale: float) -> pygame.Rect:
    return pygame.Rect(
        round(20 * scale), round(300 * scale), round(480 * scale), round(388 * scale)
    )


def _texts(count: int) -> list[str]:
    return [f"{SENTENCES[n % 4]} {n}" for n in range(count)]


def measure(frame: Frame, lines: int) -> dict[str, float]:
    """Return figures for so many lines, and for the pictures between them."""
    arriving: list[float] = []
    idle: list[float] = []
    work: list[float] = []
    for text in _texts(lines):
        for one in (text, *[""] * FRAMES_BETWEEN):
            started, worked = time.perf_counter(), time.thread_time()
            frame(one)
            elapsed = (time.perf_counter() - started) * 1000
            (arriving if one else idle).append(elapsed)
            if one:
                work.append((time.thread_time() - worked) * 1000)
    arriving.sort()
    work.sort()
    return {
        "line_median_ms": round(statistics.median(arriving), 2),
        "line_p99_ms": round(arriving[len(arriving) * 99 // 100], 2),
        "line_worst_ms": round(arriving[-1], 2),
        "line_cpu_median_ms": round(statistics.median(work), 2),
        "line_cpu_worst_ms": round(work[-1], 2),
        "idle_median_ms": round(statistics.median(idle), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what a line of chat costs a picture.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--lines", type=int, default=200, help="lines that arrive at each size")
    options = parser.parse_args()
    pygame.display.init()
    pygame.font.init()
    figures = []
    for size in SIZES:
        surface = pygame.display.set_mode(size)
        other = theirs(surface)
        figures.append(
            {
                "width": size[0],
                "height": size[1],
                "slipstream": measure(ours(surface), options.lines),
                "pygame_gui": measure(other, min(options.lines, 40)) if other else None,
            }
        )
    if options.json:
        print(json.dumps({"history": HISTORY, "sizes": figures}))
        return
    for one in figures:
        print(f"{one['width']}x{one['height']}: ours {one['slipstream']}")
        print(f"    pygame_gui {one['pygame_gui'] or 'is not installed'}")


if __name__ == "__main__":
    main()
