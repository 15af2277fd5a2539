"""The game: options in, a window, sixty pictures a second.

Composition root; nothing imports it. It owns the window and the loop; what
is shown is the screens', what is believed of the server the view's.

Units: pixels, seconds.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# SDL reads these once, when it starts.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_IME_SHOW_UI", "1")
os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")

import pygame

import preferences
from chat import clean_name
from config import host_and_port
from errors import BadOption, SlipstreamError
from identity import Identity
from protocol import NoticeKind
from screens import bindings, theme
from screens.attract import Attract
from screens.bindings import Action
from screens.join import Join
from screens.leaderboard import Leaders
from screens.menu import Menu
from screens.overlay import draw_overlay
from screens.practising import Practising
from screens.racing import Racing
from screens.results import ResultsScreen
from screens.rooms import Rooms
from screens.screen import Screen, Stage
from screens.settings import Settings
from screens.trace import Trace
from screens.waiting import Waiting

PICTURES_A_SECOND = 60
SEEDS = 10_000
"""So many races can be behind the menus."""
KEY_REPEAT_MS = (400, 40)
EPILOGUE = """
Drive with the arrow keys or W A S D; Space is the handbrake, R puts the car
back on the road, E starts and stops the engine, T opens the chat, Escape the
menu, F9 shows the servers, F11 fills the screen. A gamepad works everywhere.
"""
SCREENS: Mapping[str, Callable[[Stage], Screen]] = {
    "menu": Menu,
    "join": Join,
    "join-leaderboard": functools.partial(Join, then="leaderboard"),
    "join-resume": functools.partial(Join, then="resume"),
    "practice": Practising,
    "rooms": Rooms,
    "waiting": Waiting,
    "racing": Racing,
    "results": ResultsScreen,
    "leaderboard": Leaders,
    "settings": Settings,
}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of this run; `--help` prints and exits.

    Raises:
        BadOption: a value cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="client.py",
        description="Slipstream: race your friends, from above.",
        epilog=EPILOGUE,
        allow_abbrev=False,
    )
    parser.add_argument("--server", metavar="HOST:PORT", help="the address that Join Game proposes")
    parser.add_argument("--name", metavar="NAME", help="your name, 1 to 24 characters")
    parser.add_argument(
        "--data", metavar="DIR", help="where settings and identity are kept (default: the "
        "platform's place for them)"
    )  # fmt: skip
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")
    parser.add_argument(
        "--window", metavar="WxH", help="size of the window, 200x100 or more (default 1280x720)"
    )
    parser.add_argument(
        "--ui-trace", metavar="FILE", help="write what is on the screen as JSON lines, for tests"
    )
    chosen = parser.parse_args(arguments)
    if chosen.server is not None:
        host_and_port(chosen.server, "--server")
    if chosen.name is not None and not clean_name(chosen.name):
        raise BadOption("--name: a name needs 1 to 24 characters that can be shown.")
    if chosen.window is not None:
        chosen.window = window_size(chosen.window)
    return chosen


def window_size(text: str) -> tuple[int, int]:
    """Return the size that a text such as 1280x720 names.

    Raises:
        BadOption: it names none, or one that no window has.
    """
    width, _, height = text.lower().partition("x")
    if width.isdecimal() and height.isdecimal():
        size = int(width), int(height)
        low, high = preferences.SIZE_MIN, preferences.SIZE_MAX
        if low[0] <= size[0] <= high[0] and low[1] <= size[1] <= high[1]:
            return size
    raise BadOption(f'--window: "{text[:40]}" is no size of 200x100 or more: write 1280x720.')


def open_trace(path: str | None) -> Trace | None:
    """Return the trace that was asked for.

    Raises:
        BadOption: the file cannot be written.
    """
    try:
        return Trace(Path(path)) if path else None
    except OSError as error:
        raise BadOption(f"--ui-trace: {path} cannot be written ({error.strerror}).") from error


class Client:
    """The loop."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        folder = Path(chosen.data).expanduser() if chosen.data else preferences.folder()
        settings, complaint = preferences.load(folder / preferences.FILE)
        if chosen.window is not None:
            settings.width, settings.height = chosen.window
        settings.fullscreen = settings.fullscreen or chosen.fullscreen
        identity = Identity(folder, clean_name(chosen.name or ""))
        server = chosen.server or settings.server
        self._trace = open_trace(chosen.ui_trace)
        self._stage = Stage(settings, identity, folder, server, SCREENS, self.open_window)
        theme.set_text_size(settings.text_size)
        pygame.display.set_caption("Slipstream")
        self.open_window()
        self._stage.attract = Attract(
            seed=int(time.time()) % SEEDS,
            safe=settings.safe_colours,
            calm=settings.reduced_motion,
        )
        self._stage.pads.start()
        self._stage.audio.start()
        for sentence in (complaint, identity.complaint):
            if sentence:
                self._stage.toast(sentence, NoticeKind.WARNING)

    def open_window(self) -> None:
        """Make the window as the settings ask."""
        settings = self._stage.preferences
        if settings.fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            pygame.display.set_mode((settings.width, settings.height), pygame.RESIZABLE)

    def run(self) -> None:
        """Show screens until the player quits."""
        stage = self._stage
        clock = pygame.time.Clock()
        stage.go("menu")
        while stage.running:
            now = time.monotonic()
            self._showing.layout(self._window.get_size())
            for event in pygame.event.get():
                self._handle(event)
            if stage.link is not None:
                stage.link.update(now, self._showing.wishes())
            self._showing.update(now)
            sentence = stage.audio.update(stage.preferences, now)
            if sentence:
                stage.toast(sentence, NoticeKind.WARNING)
            window = self._window
            self._race_behind(now)
            self._showing.layout(window.get_size())
            self._showing.draw(window, now)
            draw_overlay(window, stage, now, low=self._showing.name == "racing")
            pygame.display.flip()
            if self._trace is not None:
                self._trace.write(stage, window.get_size(), now)
            clock.tick(PICTURES_A_SECOND)

    def _race_behind(self, now: float) -> None:
        """Let the race behind the menus go on; while a real one is on, there is none."""
        stage, have = self._stage, self._stage.preferences
        if stage.attract is not None:
            stage.attract.update(
                now, self._window.get_size(), wanted=self._showing.name != "racing",
                safe=have.safe_colours, calm=have.reduced_motion,
            )  # fmt: skip

    @property
    def _window(self) -> pygame.Surface:
        """The window: it may be made anew with every event."""
        window = pygame.display.get_surface()
        assert window is not None
        return window

    @property
    def _showing(self) -> Screen:
        """The screen on show: it may change with every event."""
        assert self._stage.screen is not None
        return self._stage.screen

    def _handle(self, event: pygame.event.Event) -> None:
        stage = self._stage
        bindings.learn(event)
        pressed = stage.pads.handle(event)
        if pressed is not None:
            self._showing.handle(pressed)
        elif event.type == pygame.QUIT:
            stage.running = False
        elif stage.bindings.asked(event) is Action.MUTE and not self._showing.takes_keys:
            stage.preferences.mute = not stage.preferences.mute
            stage.toast("The sound is off." if stage.preferences.mute else "The sound is on.")
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_F11:
            stage.preferences.fullscreen = not stage.preferences.fullscreen
            self.open_window()
        else:
            if event.type == pygame.VIDEORESIZE and not stage.preferences.fullscreen:
                low = preferences.SIZE_MIN
                stage.preferences.width = max(low[0], event.w)
                stage.preferences.height = max(low[1], event.h)
            self._showing.handle(event)

    def close(self) -> None:
        """Leave the server and keep the settings."""
        if self._stage.loader is not None:
            self._stage.loader.cancel()
        if self._stage.attract is not None:
            self._stage.attract.rest()
        self._stage.audio.close()
        self._stage.hang_up()
        self._stage.preferences.seat_title = ""
        self._stage.keep()
        if self._trace is not None:
            self._trace.close()


def main() -> int:
    """Run the game; return the exit code."""
    try:
        chosen = options()
        pygame.display.init()
        pygame.font.init()
        pygame.key.set_repeat(*KEY_REPEAT_MS)
        client = Client(chosen)
        try:
            client.run()
        finally:
            client.close()
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2
    except pygame.error as error:
        print(f"No window can be opened here ({error}): is there a display?", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        pygame.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
