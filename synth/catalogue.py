"""Which sounds there are, which volume each obeys, and which go round and round.

The one list for who makes them (`__main__.py`) and who plays them
(`screens/audio.py`). It makes and plays nothing itself.

Units: revolutions a minute.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class SoundKind(StrEnum):
    """What a player sets one volume for."""

    ENGINE = "engine"
    EFFECTS = "effects"
    CROWD = "crowd"
    MUSIC = "music"
    INTERFACE = "interface"


class Entry(NamedTuple):
    """What is known of a sound without hearing it."""

    kind: SoundKind
    loops: bool = False
    """Whether its end runs on into its beginning."""


ENGINES = ("light", "touring", "muscle")
"""By number of the car's class."""
LOADS = ("pull", "coast")
"""Throttle open, and closed."""
RPM_FIRST = 900.0
LOOP_STEP = 2.0 ** (3 / 12)
"""From one loop to the next the revs grow by this: three semitones."""
LOOPS_OF_ENGINE = 13
"""The last one turns at 7200 rpm."""

_ROAD = (
    "squeal", "skid", "grass", "sand", "gravel", "kerb", "water", "wind", "rush", "nitro", "scrape",
    "repair",
)  # fmt: skip
_RACE = (
    "hit-wall", "hit-car", "pickup", "nitro-start", "repaired", "respawn", "splash", "engine-start",
    "engine-stop", "shift", "pop", "lamp", "go", "bell", "fanfare", "buzzer", "lap", "best",
    "reward", "missed",
)  # fmt: skip
_INTERFACE = ("move", "press", "turn", "back", "error", "chat")


def engine_loop(engine: str, load: str, number: int) -> str:
    """Return the name of one loop of an engine."""
    return f"engine-{engine}-{load}-{number:02}"


def rpm_of_loop(number: int) -> float:
    """Return how fast the engine of a loop turns."""
    return RPM_FIRST * LOOP_STEP**number


SOUNDS: dict[str, Entry] = {
    **{
        engine_loop(engine, load, number): Entry(SoundKind.ENGINE, True)
        for engine in ENGINES
        for load in LOADS
        for number in range(LOOPS_OF_ENGINE)
    },
    **{name: Entry(SoundKind.EFFECTS, True) for name in _ROAD},
    **{name: Entry(SoundKind.EFFECTS) for name in _RACE},
    "crowd": Entry(SoundKind.CROWD, True),
    "cheer": Entry(SoundKind.CROWD),
    **{name: Entry(SoundKind.INTERFACE) for name in _INTERFACE},
    "music-menu": Entry(SoundKind.MUSIC, True),
    "music-result": Entry(SoundKind.MUSIC, True),
}
"""Every sound by its name; it lies in `assets/sounds/NAME.wav`."""
