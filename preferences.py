"""What a player has set: window, sound, colours, keys. One JSON file.

It lies where the platform keeps settings. A file that cannot be read is moved
aside with one sentence, never overwritten, and the defaults serve. What a key
or a colour means is the business of the screens.

Units: pixels; percent for volumes and the size of text; seconds since 1970
for `seat_at`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from platformdirs import user_config_path

from kept_file import move_aside, write_whole

FILE = "settings.json"
CHARS_MAX = 16384
"""No file of ours is nearly so long."""
SIZE_MIN, SIZE_MAX = (200, 100), (16384, 16384)
TEXT_SIZES = (85, 100, 115, 130)
"""Percent; what a player may choose from."""
RANGES: dict[str, tuple[int, int]] = {
    "width": (SIZE_MIN[0], SIZE_MAX[0]),
    "height": (SIZE_MIN[1], SIZE_MAX[1]),
    "volume_master": (0, 100),
    "volume_engine": (0, 100),
    "volume_effects": (0, 100),
    "volume_crowd": (0, 100),
    "volume_music": (0, 100),
    "volume_interface": (0, 100),
    "laps": (1, 99),
    "bots": (0, 7),
    "car_class": (0, 2),
    "level": (0, 2),
}
"""The lowest and the highest value of each number."""
TEXTS_CHARS_MAX = 128
ACTIONS_MAX, ACTION_CHARS_MAX = 32, 24
KEYS_MAX, SCANCODE_MAX = 4, 511
"""So many keys may do one thing; SDL numbers the keys of a keyboard up to this."""
BUTTON_NONE, BUTTON_MAX = -1, 20


@dataclass(slots=True)
class Preferences:
    """The settings, with their defaults."""

    width: int = 1280
    height: int = 720
    fullscreen: bool = False
    reduced_motion: bool = False
    safe_colours: bool = False
    """Car colours that red-green blindness keeps apart."""
    text_size: int = 100
    """One of `TEXT_SIZES`."""
    volume_master: int = 80
    volume_engine: int = 70
    volume_effects: int = 80
    volume_crowd: int = 60
    volume_music: int = 50
    volume_interface: int = 60
    mute: bool = False
    keys: dict[str, list[int]] = field(default_factory=dict)
    """By action, the places of its keys (scancodes); what is missing is as it ships."""
    buttons: dict[str, int] = field(default_factory=dict)
    """By action, its button of a gamepad, `BUTTON_NONE` for none."""
    server: str = "127.0.0.1:7777"
    """The address that Join Game proposes."""
    track: str = "meadow"
    laps: int = 3
    bots: int = 3
    car_class: int = 1
    """A `car.CarClass`."""
    damage: bool = True
    level: int = 1
    """A `bots.BotLevel`. All this is what a new room was last opened with."""
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
    known = asdict(Preferences())
    # A newer release may have written more than is known here.
    values = {name: value for name, value in data.items() if name in known}
    for name, value in values.items():
        if type(value) is not type(known[name]):
            raise ValueError(f"{name} is not of its kind")
        if name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
            low, high = RANGES[name]
            raise ValueError(f"{name} is not from {low} to {high}")
        if isinstance(value, str) and len(value) > TEXTS_CHARS_MAX:
            raise ValueError(f"{name} is too long")
    loaded = Preferences(**values)
    if loaded.text_size not in TEXT_SIZES:
        raise ValueError("text cannot have that size")
    if not math.isfinite(loaded.seat_at):
        raise ValueError("seat_at is no time")
    _check_actions(loaded.keys, "keys")
    _check_actions(loaded.buttons, "buttons")
    for places in loaded.keys.values():
        if not (isinstance(places, list) and len(places) <= KEYS_MAX):
            raise ValueError("keys has something other than lists of few keys")
        if not all(type(one) is int and 0 < one <= SCANCODE_MAX for one in places):
            raise ValueError("keys names a key that no keyboard has")
    for button in loaded.buttons.values():
        if type(button) is not int or not BUTTON_NONE <= button <= BUTTON_MAX:
            raise ValueError("buttons names one that no gamepad has")
    return loaded


def _check_actions(bound: Mapping[str, object], name: str) -> None:
    """Check what may be asked of any table of actions; JSON has only strings as names."""
    if len(bound) > ACTIONS_MAX or any(len(str(one)) > ACTION_CHARS_MAX for one in bound):
        raise ValueError(f"{name} has more than there is to bind")


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
