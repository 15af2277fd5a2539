"""What a player has set: window, motion, colours. One JSON file.

It lies where the platform keeps settings. A file that cannot be read is moved
aside with one sentence, and the defaults serve.

Units: pixels.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from platformdirs import user_config_path

FILE = "settings.json"


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


def folder() -> Path:
    """Return where the platform keeps settings."""
    return user_config_path("slipstream")


def load(path: Path) -> tuple[Preferences, str | None]:
    """Return the settings of a file, and one sentence if it was damaged."""
    if not path.exists():
        return Preferences(), None
    try:
        data = json.loads(path.read_text())
        known = {one.name: type(one.default) for one in fields(Preferences)}
        for name, value in data.items():
            if name in known and type(value) is not known[name]:
                raise ValueError(f"{name} is {value!r}")
        loaded = Preferences(**{name: value for name, value in data.items() if name in known})
        if not (200 <= loaded.width <= 16384 and 100 <= loaded.height <= 16384):
            raise ValueError("the window cannot have that size")
        return loaded, None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        sentence = f"The settings were damaged ({error}); they start anew, the old are in {aside}."
        return Preferences(), sentence


def save(preferences: Preferences, path: Path) -> str | None:
    """Write the settings; return one sentence if that was not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(preferences), indent=1))
        new.replace(path)
    except OSError as error:
        return f"The settings could not be kept ({error.strerror})."
    return None
