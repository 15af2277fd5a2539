"""The store thread: carries out what is durable, so that no tick ever waits.

It takes effects from the tick thread and gives back outcomes. Results, and
the news that a race is over, go to the durable backlog on disk *before* the
database is asked, so a crash or a long election loses neither; they are
repeated until a majority holds them. Everything else is worth trying once:
a save that fails is followed by a newer one, a line of chat is lost.

It decides nothing about the game.

Units: seconds (monotonic).
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from dataclasses import asdict

from db.backlog import Backlog
from db.store import ResultLine, ResultRecord, Store
from effects import (
    BestLapsFound,
    ClaimRoom,
    Effect,
    EndRoom,
    FindBestLaps,
    Outcome,
    ResultSaved,
    RoomClaimed,
    RoomLost,
    RoomSaved,
    SaveChat,
    SavePlayer,
    SaveResult,
    SaveRoom,
)
from errors import SlipstreamError, StoreBroken, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

WAITING_MAX = 4096
"""Effects that may wait for the store thread; beyond it chat is dropped."""
RETRY_S = 0.5
"""Pause after a write that the database could not take."""
BEST_LAPS_SHOWN = 20
CHAT_LINES_AT_ONCE = 32
STOP_S = 3.0
"""A stopping server waits so long for the last saves."""

RESULT = "result"
END_ROOM = "end_room"


class StoreKeeper:
    """Owns the store and its thread; made, started and stopped by the server."""

    def __init__(self, store: Store, backlog: Backlog, owner: str) -> None:
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._store = store
        self._backlog = backlog
        self._owner = owner
        self._waiting: queue.Queue[Effect] = queue.Queue(WAITING_MAX)
        self._claims: list[ClaimRoom] = []
        self._retry_at = 0.0
        self._away = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def deliver_waiting(self) -> None:
        """Deliver what an earlier run left, before its saves are read.

        Called before `start`, from the thread that makes the keeper.
        """
        self._flush_backlog()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, effect: Effect) -> None:
        """Take an effect from the tick thread; never blocks.

        When the queue is full, saves and chat are dropped; results wait in
        memory no longer than the queue is, so its size bounds both.
        """
        try:
            self._waiting.put_nowait(effect)
        except queue.Full:
            if isinstance(effect, SaveRoom):
                save = effect.save
                self.outcomes.put(RoomSaved(save.room_id, save.seq, kept=False))
            log.warning("the database is far behind: %s was dropped", type(effect).__name__)

    def stop(self) -> None:
        """Finish what waits, as far as a few seconds allow, and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    # The thread

    def _run(self) -> None:
        deadline: float | None = None
        while True:
            if self._stopping.is_set():
                deadline = deadline or time.monotonic() + STOP_S
                if self._waiting.empty() or time.monotonic() > deadline:
                    self._flush_backlog()
                    return
            try:
                effect = self._waiting.get(timeout=0.1)
            except queue.Empty:
                effect = None
            try:
                if effect is not None:
                    self._carry_out(effect)
                if time.monotonic() >= self._retry_at:
                    self._flush_backlog()
                    self._retry_claims()
            except Exception:
                # The outermost line of the thread: one effect is lost, not the race.
                log.exception("the store thread stumbled over %s", type(effect).__name__)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case SaveResult(record):
                self._backlog.put(RESULT, json.dumps(asdict(record)).encode())
            case EndRoom(room_id, epoch):
                if epoch:
                    self._backlog.put(END_ROOM, json.dumps([room_id, epoch]).encode())
            case SaveRoom():
                self._save_room(effect)
            case ClaimRoom():
                self._claims.append(effect)
            case FindBestLaps(link_id, track):
                self._find(link_id, track)
            case SaveChat():
                self._save_chat(effect)
            case SavePlayer(record):
                self._try(lambda: self._store.put_player(record))

    def _try(self, write: object) -> bool:
        """Run one write; return whether the database took it."""
        assert callable(write)
        try:
            write()
        except StoreUnavailable as error:
            self._miss(error)
            return False
        if self._away:
            self._away = False
            log.info("the database answers again")
        return True

    def _miss(self, error: SlipstreamError) -> None:
        self._retry_at = time.monotonic() + RETRY_S
        if not self._away:
            self._away = True
            log.warning("the database does not answer; races go on, results wait: %s", error)

    def _save_room(self, effect: SaveRoom) -> None:
        save = effect.save
        try:
            kept = self._try(lambda: self._store.put_save(save, self._owner))
        except StoreRefused as error:
            log.warning("room %s: %s", save.room_id, error)
            self.outcomes.put(RoomLost(save.room_id))
            return
        self.outcomes.put(RoomSaved(save.room_id, save.seq, kept))

    def _find(self, link_id: int, track: str) -> None:
        try:
            laps = tuple(self._store.best_laps(track, BEST_LAPS_SHOWN))
        except (StoreUnavailable, StoreBroken) as error:
            self._miss(error)
            self.outcomes.put(BestLapsFound(link_id, track, None))
            return
        self.outcomes.put(BestLapsFound(link_id, track, laps))

    def _save_chat(self, effect: SaveChat) -> None:
        records = [effect.record]
        while len(records) < CHAT_LINES_AT_ONCE:
            with self._waiting.mutex:
                following = self._waiting.queue[0] if self._waiting.queue else None
                if not isinstance(following, SaveChat):
                    break
                self._waiting.queue.popleft()
            records.append(following.record)
        self._try(lambda: self._store.put_chat(records))

    def _retry_claims(self) -> None:
        while self._claims:
            room_id = self._claims[0].room_id
            try:
                epoch = self._store.claim_room(room_id, self._owner)
            except StoreUnavailable as error:
                self._miss(error)
                return
            self._claims.pop(0)
            self.outcomes.put(RoomClaimed(room_id, epoch))

    def _flush_backlog(self) -> None:
        """Repeat what waits on disk, oldest first, until one is not taken."""
        while (entry := self._backlog.peek()) is not None:
            if not self._deliver(entry.kind, entry.payload):
                return
            self._backlog.done(entry.number)

    def _deliver(self, kind: str, payload: bytes) -> bool:
        try:
            content = json.loads(payload)
            if kind == RESULT:
                rows = tuple(ResultLine(**row) for row in content.pop("rows"))
                record = ResultRecord(**content, rows=rows)
                if not self._try(lambda: self._store.put_result(record)):
                    return False
                self.outcomes.put(ResultSaved(record.race_id))
            elif kind == END_ROOM:
                room_id, epoch = content
                return self._try(lambda: self._store.end_room(room_id, epoch))
        except StoreRefused:
            return True
        except (ValueError, TypeError, KeyError) as error:
            log.error("a waiting %s of an older version cannot be read: %s", kind, error)
        return True
