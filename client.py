"""The game: options in, a window, sixty pictures a second.

Composition root; nothing imports it. It owns the window and the loop; what
is shown is the screens', what is believed of the server the view's.

Units: pixels, seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_IME_SHOW_UI", "1")

import pygame

import preferences
from chat import clean_name
from config import host_and_port
from errors import BadOption, SlipstreamError
from identity import Identity
from protocol import NoticeKind
from screens.menu import Menu
from screens.screen import Screen, Stage, draw_toasts

PICTURES_A_SECOND = 60
WINDOW_MIN = (200, 100)
TRACE_EVERY_S = 0.1


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of this run; `--help` prints and exits.

    Raises:
        BadOption: a value cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="client.py", description="Slipstream, the game.", allow_abbrev=False
    )
    parser.add_argument("--server", metavar="HOST:PORT", help="what Join Game proposes")
    parser.add_argument("--name", metavar="NAME", help="your name, 1 to 24 characters")
    parser.add_argument("--data", metavar="FOLDER", help="where settings and identity are kept")
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")
    parser.add_argument("--window", metavar="WxH", help="size of the window, such as 1280x720")
    parser.add_argument(
        "--ui-trace", metavar="FILE", help="write what is on the screen as JSON lines, for tests"
    )
    chosen = parser.parse_args(arguments)
    if chosen.server is not None:
        host_and_port(chosen.server)
    if chosen.name is not None and not clean_name(chosen.name):
        raise BadOption("--name: a name needs 1 to 24 characters that can be shown.")
    if chosen.window is not None:
        width, _, height = chosen.window.lower().partition("x")
        if not (width.isdigit() and height.isdigit()) or (
            int(width) < WINDOW_MIN[0] or int(height) < WINDOW_MIN[1]
        ):
            raise BadOption(f'--window: "{chosen.window}" is no size; write 1280x720.')
        chosen.window = (int(width), int(height))
    return chosen


def open_window(settings: preferences.Preferences) -> pygame.Surface:
    """Return the window that the settings ask for."""
    if settings.fullscreen:
        return pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
    return pygame.display.set_mode((settings.width, settings.height), pygame.RESIZABLE)


class Client:
    """The loop."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        folder = Path(chosen.data).expanduser() if chosen.data else preferences.folder()
        self._path = folder / preferences.FILE
        settings, complaint = preferences.load(self._path)
        if chosen.window is not None:
            settings.width, settings.height = chosen.window
        settings.fullscreen = settings.fullscreen or chosen.fullscreen
        identity = Identity(folder, clean_name(chosen.name or ""))
        pygame.display.set_caption("Slipstream")
        window = open_window(settings)
        self._stage = Stage(window, settings, identity, folder, chosen.server or settings.server)
        for sentence in (complaint, identity.complaint):
            if sentence:
                self._stage.toast(sentence, NoticeKind.WARNING)
        self._trace: IO[str] | None = open(chosen.ui_trace, "w") if chosen.ui_trace else None  # noqa: SIM115
        self._traced = ""
        self._traced_at = 0.0

    def run(self) -> None:
        """Show screens until the player quits."""
        stage = self._stage
        clock = pygame.time.Clock()
        stage.show(Menu(stage))
        while stage.running:
            now = time.monotonic()
            window = pygame.display.get_surface()
            assert window is not None
            self._showing.layout(window.get_size())
            for event in pygame.event.get():
                self._handle(event)
            showing = self._showing
            if stage.link is not None:
                stage.link.update(now, showing.wishes())
            showing.update(now)
            showing = self._showing
            showing.layout(window.get_size())
            showing.draw(window, now)
            draw_toasts(window, stage, now)
            pygame.display.flip()
            self._write_trace(now)
            clock.tick(PICTURES_A_SECOND)

    @property
    def _showing(self) -> Screen:
        """The screen on show: it may change with every event."""
        assert self._stage.screen is not None
        return self._stage.screen

    def _handle(self, event: pygame.event.Event) -> None:
        stage = self._stage
        if event.type == pygame.QUIT:
            stage.running = False
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_F11:
            stage.preferences.fullscreen = not stage.preferences.fullscreen
            stage.window = open_window(stage.preferences)
        else:
            self._showing.handle(event)

    def _write_trace(self, now: float) -> None:
        if self._trace is None or now - self._traced_at < TRACE_EVERY_S:
            return
        stage = self._stage
        screen = self._showing
        link = stage.link
        line = json.dumps(
            {
                "screen": screen.name,
                "link": link.status.kind.value if link is not None else "none",
                "status": link.status.text if link is not None else "",
                "widgets": [
                    {"text": one.content, "rect": list(one.rect), "focused": one.focused}
                    for one in screen.widgets
                ],
                "notices": [one.text for one in link.view.notices] if link is not None else [],
                **screen.state(),
            }
        )
        if line != self._traced:
            self._traced, self._traced_at = line, now
            self._trace.write(line + "\n")
            self._trace.flush()

    def close(self) -> None:
        """Leave the server and keep the settings."""
        self._stage.hang_up()
        sentence = preferences.save(self._stage.preferences, self._path)
        if sentence:
            print(sentence, file=sys.stderr)
        if self._trace is not None:
            self._trace.close()


def main() -> int:
    """Run the game; return the exit code."""
    try:
        chosen = options()
        pygame.display.init()
        pygame.font.init()
        pygame.joystick.init()
        pygame.key.set_repeat(400, 40)
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
