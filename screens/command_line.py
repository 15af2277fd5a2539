"""What can be said on the command line of the game.

Every fault is one sentence; nothing is opened here but the trace.

Units: pixels.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import preferences
from chat import clean_name
from config import host_and_port
from errors import BadOption
from link_model import EXAMPLE, link_spec
from screens.trace import Trace

EPILOGUE = """
Drive with the arrow keys or W A S D; Space is the handbrake, Shift burns
nitro, R puts the car back on the road, E starts and stops the engine, Tab
shows the whole track, T opens the chat, M mutes, Escape opens the menu, F9
shows the servers, F11 fills the screen. Keys can be changed in the settings;
a gamepad works everywhere.
"""


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
        "--simulate-link", metavar="RTT,JITTER,LOSS[,RATE]",
        help=f"play as over a worse link: round trip, jitter, lost segments and bandwidth,"
        f" such as {EXAMPLE} or 200ms,40ms,3%,64kbit".replace("%", "%%"),
    )  # fmt: skip
    parser.add_argument(
        "--ui-trace", metavar="FILE", help="write what is on the screen as JSON lines, for tests"
    )
    chosen = parser.parse_args(arguments)
    if chosen.server is not None:
        host_and_port(chosen.server, "--server")
    if chosen.name is not None and not clean_name(chosen.name):
        raise BadOption("--name: a name needs 1 to 24 characters that can be shown.")
    if chosen.simulate_link is not None:
        link_spec(chosen.simulate_link)
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
