"""The options of a room: chosen in the lobby and for practice, told wherever a room is.

Units: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from lobby import RoomMode
from preferences import Preferences
from protocol import CreateRoom, RoomRow, RoomState
from screens.widgets import Choice, Widget

LAPS = ("1", "2", "3", "5", "8", "12", "20")
LAPS_AT = 2
BOTS_MAX = 7
MODES = ("race", "time trial")
LEVELS = ("easy", "normal", "hard")
"""By `bots.BotLevel`."""
OFF_ON = ("off", "on")


class RoomOptions:
    """The choices of a form that opens a room, as they were made last time."""

    def __init__(self, have: Preferences, tracks: Sequence[tuple[str, str]]) -> None:
        """Take names and titles of the tracks that there are."""
        self._names = [name for name, _ in tracks]
        at = self._names.index(have.track) if have.track in self._names else 0
        laps = LAPS.index(str(have.laps)) if str(have.laps) in LAPS else LAPS_AT
        bots = [str(number) for number in range(BOTS_MAX + 1)]
        self.track = Choice("Track", [title for _, title in tracks], at)
        self.mode = Choice("Mode", MODES)
        self.laps = Choice("Laps", LAPS, laps)
        self.bots = Choice("Bots", bots, min(max(have.bots, 0), BOTS_MAX))
        self.level = Choice("Level", LEVELS, have.level)
        self.damage = Choice("Damage", OFF_ON, int(have.damage))

    @property
    def track_name(self) -> str:
        """The track that is chosen; empty where there is none."""
        return self._names[self.track.index] if self._names else ""

    @property
    def is_trial(self) -> bool:
        """Whether the races shall be against the clock."""
        return self.mode.index == RoomMode.TRIAL

    @property
    def rules(self) -> list[Widget]:
        """What else there is to choose in this mode, in reading order."""
        return [] if self.is_trial else [self.laps, self.bots, self.level, self.damage]

    def keep(self, have: Preferences) -> None:
        """Note the choices among the settings, for the next time."""
        have.track = self.track_name or have.track
        have.laps, have.bots = int(self.laps.value), self.bots.index
        have.level, have.damage = self.level.index, bool(self.damage.index)

    def order(self, title: str) -> CreateRoom:
        """Return the wish for such a room."""
        return CreateRoom(
            title, self.track_name, int(self.laps.value), self.bots.index,
            bool(self.damage.index), self.level.index, self.mode.index,
        )  # fmt: skip


def rules_of(room: RoomState | RoomRow) -> str:
    """Return the rules of a room in a few words."""
    if room.mode == RoomMode.TRIAL:
        return "time trial"
    parts = ["1 lap" if room.laps == 1 else f"{room.laps} laps"]
    if room.bots:
        bots = "1 bot" if room.bots == 1 else f"up to {room.bots} bots"
        parts.append(f"{bots}, {LEVELS[room.level]}")
    else:
        parts.append("no bots")
    if not room.damage:
        parts.append("no damage")
    return "  ·  ".join(parts)
