"""A store that forgets: the same contract in dictionaries, for play and tests.

Nothing survives the process, and `durable` says so; players are told that
their results are not kept.

Units: as in `store.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from db.store import BestLap, ChatRecord, PlayerRecord, ResultRecord, RoomSave, best_laps_of
from errors import StoreRefused

ROOMS_MAX = 4096
RESULTS_MAX = 1000
PLAYERS_MAX = 10_000
CHAT_LINES_MAX = 1000


class MemoryStore:
    """A `Store` in memory."""

    durable = False

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, int]] = {}
        self._saves: dict[str, RoomSave] = {}
        self._results: dict[str, ResultRecord] = {}
        self._best: dict[tuple[str, str], BestLap] = {}
        self._players: dict[str, PlayerRecord] = {}
        self._chat: dict[str, ChatRecord] = {}

    def claim_room(self, room_id: str, owner: str) -> int:
        """Make `owner` the owner of a room; return the epoch."""
        had, epoch = self._owners.get(room_id, ("", 0))
        if had != owner:
            epoch += 1
        self._owners[room_id] = (owner, epoch)
        if len(self._owners) > ROOMS_MAX:
            idle = (one for one in self._owners if one not in self._saves and one != room_id)
            oldest = next(idle, None)
            if oldest is not None:
                del self._owners[oldest]
        return epoch

    def put_save(self, save: RoomSave, owner: str) -> None:
        """Keep the newest save of a room."""
        held = self._owners.get(save.room_id)
        newest = self._saves.get(save.room_id)
        if held != (owner, save.epoch) or (newest is not None and newest.seq > save.seq):
            raise StoreRefused(f"room {save.room_id} is not ours under epoch {save.epoch}")
        self._saves[save.room_id] = save

    def saves(self) -> list[RoomSave]:
        """Return the saves of all live races."""
        return list(self._saves.values())

    def end_room(self, room_id: str, epoch: int) -> None:
        """Forget the save of a room, unless another owner has it by now."""
        if self._owners.get(room_id, ("", 0))[1] <= epoch:
            self._saves.pop(room_id, None)

    def put_result(self, record: ResultRecord) -> None:
        """Keep a result and its best laps."""
        self._results.setdefault(record.race_id, record)
        while len(self._results) > RESULTS_MAX:
            del self._results[next(iter(self._results))]
        for lap in best_laps_of(record):
            key = (lap.track, lap.player_id)
            if key not in self._best or lap.lap_ms < self._best[key].lap_ms:
                self._best[key] = lap

    def results(self, limit: int) -> list[ResultRecord]:
        """Return the newest results, newest first."""
        return sorted(self._results.values(), key=lambda one: -one.finished_at)[:limit]

    def best_laps(self, track: str, limit: int) -> list[BestLap]:
        """Return the best laps on a track, fastest first."""
        laps = [lap for lap in self._best.values() if lap.track == track]
        return sorted(laps, key=lambda lap: (lap.lap_ms, lap.set_at))[:limit]

    def put_player(self, record: PlayerRecord) -> None:
        """Remember a player's name, and show it on the leaderboards."""
        self._players[record.player_id] = record
        while len(self._players) > PLAYERS_MAX:
            del self._players[next(iter(self._players))]
        for key, lap in self._best.items():
            if lap.player_id == record.player_id and lap.name != record.name:
                self._best[key] = replace(lap, name=record.name)

    def put_chat(self, records: Sequence[ChatRecord]) -> None:
        """Keep lines of chat."""
        for record in records:
            self._chat.setdefault(record.line_id, record)
        while len(self._chat) > CHAT_LINES_MAX:
            del self._chat[next(iter(self._chat))]

    def recent_chat(self, channel: int, room_id: str, limit: int) -> list[ChatRecord]:
        """Return the newest lines, oldest first."""
        lines = [
            one for one in self._chat.values() if (one.channel, one.room_id) == (channel, room_id)
        ]
        return sorted(lines, key=lambda one: one.sent_at)[-limit:]

    def close(self) -> None:
        """Do nothing: there is nothing to let go."""
