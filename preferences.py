"""What a player has set: window, motion, colours. One JSON file.

It lies where the platform keeps settings. A file that cannot be read is moved
aside with one sentence, never overwritten, and the defaults serve.

Units: pixels; seconds since 1970 for `seat_at`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from platformdirs import user_config_path

from kept_file import move_aside, write_whole

FILE = "settings.json"
CHARS_MAX = 16384
"""No file of ours is nearly so long."""
SIZE_MIN, SIZE_MAX = (200, 100), (16384, 16384)


@dataclass(slots=True)
class Preferences:
    """The settings, with their defaults."""

    width: int = 1280
    height: int = 720
    fullscreen: bool = False
    reduced_motion: bool = False
    safe_colours: bool = False
    """Car colours that red-green blindness keeps apart."""
    server: str = "127.0.0.1:7777"
    """The address that Join Game proposes."""
    track: str = "meadow"
    laps: int = 3
    bots: int = 3
    """What a new room was last opened with."""
    seat_server: str = ""
    seat_title: str = ""
    """Where the player sits, while they do: left behind only by a crash."""
    seat_at: float = 0.0
    """When the player sat down there."""


def folder() -> Path:
    """Return where the platform keeps settings."""
    return user_config_path("slipstream", appauthor=False)


def load(path: Path) -> tuple[Preferences, str | None]:
    """Return the settings of a file, and one sentence if it was damaged."""
    try:
        with path.open(encoding="utf-8") as file:
            return _checked(json.loads(file.read(CHARS_MAX))), None
    except (FileNotFoundError, NotADirectoryError):
        return Preferences(), None
    except (OSError, ValueError, RecursionError) as error:
        return Preferences(), _move_aside(path, error)


def _checked(data: object) -> Preferences:
    if not isinstance(data, dict):
        raise ValueError("there are no settings in it")
    known = {one.name: type(one.default) for one in fields(Preferences)}
    # A newer release may have written more than is known here.
    values = {name: value for name, value in data.items() if name in known}
    for name, value in values.items():
        if type(value) is not known[name]:
            raise ValueError(f"{name} is not of its kind")
    loaded = Preferences(**values)
    if not (
        SIZE_MIN[0] <= loaded.width <= SIZE_MAX[0] and SIZE_MIN[1] <= loaded.height <= SIZE_MAX[1]
    ):
        raise ValueError("the window cannot have that size")
    return loaded


def _move_aside(path: Path, error: Exception) -> str:
    try:
        aside = move_aside(path)
    except OSError:
        return f"{path} cannot be read ({error}): the defaults serve."
    return f"{path.name} was damaged ({error}); it was moved to {aside.name}, the defaults serve."


def save(preferences: Preferences, path: Path) -> str | None:
    """Write the settings, whole or not at all; return one sentence if that failed."""
    try:
        write_whole(path, json.dumps(asdict(preferences), indent=1))
    except OSError as error:
        return f"The settings could not be kept ({error.strerror}): choose another --data folder."
    return None
