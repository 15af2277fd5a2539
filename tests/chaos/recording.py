"""A client's view that takes notes: what a player was told and believed.

It believes exactly what any client believes; the news of it go into a history.

Units: seconds (monotonic), ticks of 1/60 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from protocol import (
    Channel,
    ChatHistory,
    ChatLine,
    Message,
    Results,
    RoomState,
    Saved,
    SavedState,
    Snapshot,
)
from tests.chaos.history import Heard, History, Laps, LineHeard, ResultTold, Row, Seen, TalkReplaced
from track import Track
from view import View

SEEN_EVERY_S = 0.5
STUTTER_S = 0.1
GLIMPSE_S = 0.3


class RecordingView(View):
    """A client's view that notes what it believes."""

    def __init__(self, load: Callable[[str], Track], who: str, history: History) -> None:
        super().__init__(load)
        self.steps: list[tuple[float, str, int]] = []
        """When each new tick of a race was seen in which cars might drive."""
        self._who = who
        self._history = history
        self._seen: Seen | None = None
        self._noted_at = 0.0
        self._told: dict[str, Results] = {}
        """The result of each race, as it was told first."""
        self._early: list[ChatLine | ChatHistory] = []
        """Chat of a room that is not known yet: its lines come before its state."""

    def receive(self, message: Message, now: float) -> list[Message]:
        """Take in a message as any view does, and note what it changed."""
        answers = super().receive(message, now)
        match message:
            case Snapshot():
                self._note_race(now)
            case Results(race_id=race_id):
                self._told[race_id] = message
                self._note_result(message, now)
            case Saved(race_id) if race_id in self._told:
                # Also of a race before this one, which the screen no longer shows;
                # but not where another owner may have it driven again.
                told = self._told[race_id]
                if told.epoch >= self._epochs.get(told.room_id, 0):
                    self._note_result(replace(told, saved=int(SavedState.SAVED)), now)
                elif self.results is not None and self.results.race_id == race_id:
                    self._note_result(self.results, now)
            case ChatLine(channel=Channel.ROOM) | ChatHistory(channel=Channel.ROOM):
                self._early.append(message)
                self._note_chat(now)
            case RoomState():
                self._note_chat(now)
        return answers

    def leave(self) -> None:
        """Forget room and race, as any view does."""
        super().leave()
        self._early.clear()

    def _note_chat(self, now: float) -> None:
        if self.room is None:
            return
        room_id = self.room.room_id
        for message in self._early:
            if isinstance(message, ChatLine):
                line = (message.number, message.author, message.text, message.sent_at)
                self._history.add(LineHeard(now, self._who, room_id, line))
            else:
                told: tuple[Heard, ...] = tuple(
                    (one.number, one.author, one.text, one.sent_at) for one in message.lines
                )
                epoch = self.room.epoch
                self._history.add(TalkReplaced(now, self._who, room_id, epoch, told))
        self._early.clear()

    def _note_race(self, now: float) -> None:
        race = self.race
        if race is None or not race.records:
            return
        if race.tick >= race.go_tick:
            newest = self.steps[-1] if self.steps else None
            if newest is None or newest[1:] != (race.race_id, race.tick):
                self.steps.append((now, race.race_id, race.tick))
        laps: Laps = tuple((slot, one.lap) for slot, one in sorted(race.records.items()))
        seen = Seen(
            now, self._who, race.room_id, race.race_id, race.epoch, race.tick, laps, race.go_tick
        )
        last, self._seen = self._seen, seen
        if last is None or (last.race_id, last.epoch, last.laps, last.go_tick) != (
            seen.race_id, seen.epoch, seen.laps, seen.go_tick,
        ):  # fmt: skip
            # The last of the old story, then the first of the new one.
            for one in (last, seen):
                if one is not None:
                    self._history.add(one)
        elif now - self._noted_at >= SEEN_EVERY_S:
            self._history.add(seen)
        else:
            return
        self._noted_at = now

    def gaps(self) -> list[tuple[float, float]]:
        """Return from when to when nothing new of a race was seen, however short."""
        return [
            (at, then)
            for (at, race_id, _), (then, next_id, _) in pairwise(self.steps)
            if race_id == next_id
        ]

    def pauses(self) -> list[tuple[float, float]]:
        """Return from when to when a race stood before the eyes of this one.

        A race that waits for its players shows where it stands: that ends no pause.
        """
        found: list[tuple[float, float]] = []
        for at, then in self.gaps():
            if then - at < STUTTER_S:
                continue
            if found and at - found[-1][1] < GLIMPSE_S:
                found[-1] = (found[-1][0], then)
            else:
                found.append((at, then))
        return found

    def _note_result(self, results: Results, now: float) -> None:
        rows: tuple[Row, ...] = tuple(
            (row.player_id, row.name, row.place, row.total_ms, row.best_lap_ms)
            for row in results.rows
        )
        saved = results.saved == SavedState.SAVED
        self._history.add(
            ResultTold(now, self._who, results.room_id, results.race_id, results.epoch, saved, rows)
        )
