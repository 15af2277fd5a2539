"""The store thread: carries out what is durable, so that no tick ever waits.

It takes effects from the tick thread and gives back outcomes. Results, and
the news that a room is closed, go by the shelf to the disk *before* the
database is asked, so a crash or a long election loses neither; they are
repeated until a majority holds them. Chat is repeated from memory. Everything
else is worth trying once: a save that fails is followed by a newer one.

What belongs to a room stays in order: a save, and the last one with which a
room is passed to another node, goes behind the results before it, which the
database would refuse once the room has another owner.

It decides nothing about the game.

Units: seconds (monotonic).
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import logging
import queue
import threading
import time
from collections import deque
from dataclasses import asdict

from db.backlog import Backlog, Entry
from db.shelf import Shelf
from db.store import (
    ChatRecord,
    Claim,
    GhostRecord,
    ResultLine,
    ResultRecord,
    RoomSave,
    Store,
)
from effects import (
    BestLapsFound,
    DropLease,
    FindBestLaps,
    FindGhosts,
    FindProfile,
    GhostSaved,
    GhostsFound,
    LeasePassed,
    Outcome,
    PassLease,
    ProfileFound,
    ResultSaved,
    RoomLost,
    RoomSaved,
    SaveChat,
    SaveGhost,
    SavePlayer,
    SaveResult,
    SaveRoom,
)
from errors import StoreBroken, StoreError, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

WAITING_MAX = 4096
"""Saves, chat and questions that may wait for the store thread."""
RETRY_S = 0.5
"""Pause after a call that the database did not answer."""
POLL_S = 0.1
BEST_LAPS_SHOWN = 20
CHAT_LINES_AT_ONCE = 32
CHAT_WAITING_MAX = 1024
"""Lines that wait for the database; the oldest are lost."""
STOP_S = 1.5
"""A stopping server waits so long for the last saves; results are on disk."""

RESULT = "result"
DROP_ROOM = "drop_room"
GHOST = "ghost"

StoreEffect = (
    SaveRoom
    | PassLease
    | SaveResult
    | SaveGhost
    | DropLease
    | SaveChat
    | SavePlayer
    | FindBestLaps
    | FindGhosts
    | FindProfile
)


class StoreKeeper:
    """Owns the store and its thread; made, started and stopped by the server."""

    def __init__(self, store: Store, backlog: Backlog, claim: Claim, ttl_s: float) -> None:
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._store = store
        self._backlog = backlog
        self._claim = claim
        self._ttl_s = ttl_s
        self._shelf = Shelf(backlog)
        self._waiting: queue.Queue[StoreEffect] = queue.Queue(WAITING_MAX)
        self._chat: deque[ChatRecord] = deque(maxlen=CHAT_WAITING_MAX)
        self._retry_at = 0.0
        self._away = False
        self._dropped = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def deliver_waiting(self) -> None:
        """Deliver what an earlier run left, before its saves are read.

        Called before `start`, from the thread that makes the keeper.

        Raises:
            StoreUnavailable: the database has not taken all of it.
        """
        if not self._flush() or len(self._backlog):
            raise StoreUnavailable("the results of the last run could not be delivered yet")

    def start(self) -> None:
        """Begin to work."""
        self._shelf.start()
        self._thread.start()

    def submit(self, effect: StoreEffect) -> None:
        """Take an effect from the tick thread; never blocks.

        Results, recorded laps and ends of rooms go to the disk; a leaderboard or a profile
        that the store knows by heart is answered at once, past all that waits;
        when the queue of all else is full, saves and chat are dropped.
        """
        match effect:
            case SaveResult(record, epoch, save):
                content = asdict(record) | {"epoch": epoch}
                if save is not None:
                    content["save"] = asdict(save) | {"blob": save.blob.decode()}
                self._shelf.put(RESULT, json.dumps(content).encode())
            case SaveGhost(ghost):
                lap = base64.b64encode(ghost.lap).decode()
                self._shelf.put(GHOST, json.dumps(asdict(ghost) | {"lap": lap}).encode())
            case FindBestLaps(link_id, track) if (
                laps := self._store.known_best_laps(track, BEST_LAPS_SHOWN)
            ) is not None:
                self.outcomes.put(BestLapsFound(link_id, track, tuple(laps)))
            case FindProfile(link_id, player_id) if (
                profile := self._store.known_profile(player_id)
            ) is not None:
                self.outcomes.put(ProfileFound(link_id, profile))
            case DropLease(room_id, epoch):
                self._shelf.put(DROP_ROOM, json.dumps([room_id, epoch]).encode())
            case _:
                try:
                    self._waiting.put_nowait(effect)
                except queue.Full:
                    self._answer_no(effect)
                    if self._dropped % WAITING_MAX == 0:
                        log.warning("the database is far behind: saves and chat are dropped")
                    self._dropped += 1

    def stop(self) -> bool:
        """End the threads; return whether the last saves arrived in time.

        Results that the database did not take are on disk when this returns;
        the last outcomes wait to be read.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        kept = not self._thread.is_alive()
        self._shelf.stop()
        for _ in range(self.outcomes.qsize()):
            outcome = self.outcomes.get()
            self.outcomes.put(outcome)
            match outcome:
                case RoomSaved(kept=False) | RoomLost():
                    kept = False
        return kept

    # The thread

    def _run(self) -> None:
        deadline: float | None = None
        while True:
            if self._stopping.is_set():
                deadline = deadline or time.monotonic() + STOP_S
                # What was said in a short outage has one more try.
                talk = self._chat and time.monotonic() < deadline - RETRY_S
                done = self._waiting.empty() and self._shelf.settled and not talk
                if done or time.monotonic() > deadline:
                    if self._may_ask:
                        self._flush()
                    return
            effect: StoreEffect | None = None
            try:
                with contextlib.suppress(queue.Empty):
                    effect = self._waiting.get(timeout=POLL_S)
                if self._may_ask and self._flush():
                    self._keep_chat()
                if effect is not None:
                    self._carry_out(effect)
            except Exception:
                # The outermost line of the thread: one effect is lost, not the race.
                log.exception("the store thread stumbled over %s", type(effect).__name__)

    @property
    def _may_ask(self) -> bool:
        """Whether the database may be asked: not in the pause after a miss.

        While it is away one call a pause finds out: a queue of calls that
        each wait in vain would hold up all that comes after.
        """
        return time.monotonic() >= self._retry_at

    def _miss(self, error: StoreUnavailable) -> None:
        self._retry_at = time.monotonic() + RETRY_S
        if not self._away:
            self._away = True
            log.warning("the database does not answer; races go on, results wait: %s", error)

    def _hit(self) -> None:
        if self._away:
            self._away = False
            log.info("the database answers again")

    # What is tried once

    def _carry_out(self, effect: StoreEffect) -> None:
        # Behind the result of the room's last race, which would take the save
        # away, and which nobody would take once the room is passed.
        is_save = isinstance(effect, SaveRoom | PassLease)
        if isinstance(effect, SaveChat):
            self._chat.extend(self._chat_from(effect))
            if self._may_ask:
                self._keep_chat()
            return
        if isinstance(effect, PassLease) and self._chat:
            # The next owner reads the talk of the room only once.
            self._keep_chat()
        if not self._may_ask or (is_save and not (self._shelf.settled and self._flush())):
            self._answer_no(effect)
            return
        try:
            self._ask(effect)
            self._hit()
        except StoreUnavailable as error:
            self._miss(error)
            self._answer_no(effect)
        except StoreBroken as error:
            log.error("the database cannot do this (%s): %s", type(effect).__name__, error)
            self._answer_no(effect)

    def _ask(self, effect: StoreEffect) -> None:
        match effect:
            case SaveRoom(save):
                try:
                    self._store.put_save(save, self._claim.boot, self._ttl_s)
                    self.outcomes.put(RoomSaved(save.room_id, save.seq, kept=True))
                except StoreRefused as error:
                    log.warning("room %s: %s", save.room_id, error)
                    self.outcomes.put(RoomLost(save.room_id, save.epoch))
            case PassLease(save, to):
                lease = self._store.pass_lease(save, self._claim, to, self._ttl_s)
                self.outcomes.put(LeasePassed(save.room_id, lease))
            case FindBestLaps(link_id, track):
                laps = tuple(self._store.best_laps(track, BEST_LAPS_SHOWN))
                self.outcomes.put(BestLapsFound(link_id, track, laps))
            case FindGhosts(link_id, player_id, track, digest, car_class):
                both = self._store.ghosts(digest, car_class, player_id)
                self.outcomes.put(GhostsFound(link_id, track, digest, car_class, *both))
            case FindProfile(link_id, player_id):
                self.outcomes.put(ProfileFound(link_id, self._store.profile(player_id)))
            case SavePlayer(record):
                self._store.put_player(record)

    def _answer_no(self, effect: StoreEffect) -> None:
        """Tell the game that an effect was not carried out, if it waits for word."""
        match effect:
            case SaveRoom(save):
                self.outcomes.put(RoomSaved(save.room_id, save.seq, kept=False))
            case PassLease(save):
                self.outcomes.put(LeasePassed(save.room_id, None))
            case FindBestLaps(link_id, track):
                self.outcomes.put(BestLapsFound(link_id, track, None))
            case FindGhosts(link_id, _, track, digest, car_class):
                none = GhostsFound(link_id, track, digest, car_class, None, None, available=False)
                self.outcomes.put(none)
            case FindProfile(link_id):
                self.outcomes.put(ProfileFound(link_id, None))

    def _chat_from(self, first: SaveChat) -> list[ChatRecord]:
        """Return a line with those that follow it directly in the queue."""
        records = [first.record]
        while len(records) < CHAT_LINES_AT_ONCE:
            with self._waiting.mutex:
                following = self._waiting.queue[0] if self._waiting.queue else None
                if not isinstance(following, SaveChat):
                    break
                self._waiting.queue.popleft()
            records.append(following.record)
        return records

    def _keep_chat(self) -> None:
        """Keep the lines that wait, as long as the database takes them."""
        while self._chat:
            lines = list(itertools.islice(self._chat, CHAT_LINES_AT_ONCE))
            try:
                self._store.put_chat(lines)
            except StoreUnavailable as error:
                self._miss(error)
                return
            except StoreBroken as error:
                log.error("the database cannot keep lines of chat: %s", error)
            for _ in lines:
                self._chat.popleft()
            self._hit()

    # What is repeated until it is done

    def _flush(self) -> bool:
        """Deliver what waits on disk, oldest first; return whether all has arrived."""
        while (entry := self._shelf.peek()) is not None:
            try:
                outcome = self._deliver(entry)
            except StoreUnavailable as error:
                self._miss(error)
                return False
            except StoreRefused as error:
                self._shelf.put_aside(entry, f"its race went on elsewhere ({error})")
                continue
            except StoreError as error:
                self._shelf.put_aside(entry, f"the database refuses it ({error})")
                continue
            except (ValueError, TypeError, KeyError) as error:
                self._shelf.put_aside(entry, f"it cannot be read ({error})")
                continue
            self._hit()
            self._shelf.done(entry)
            if outcome is not None:
                self.outcomes.put(outcome)
        return True

    def _deliver(self, entry: Entry) -> Outcome | None:
        """Write an entry; return what to tell the game."""
        content = json.loads(entry.payload)
        if entry.kind == RESULT:
            epoch = content.pop("epoch", 0)
            held = content.pop("save", None)
            save = RoomSave(**held | {"blob": held["blob"].encode()}) if held else None
            rows = tuple(ResultLine(**row) for row in content.pop("rows"))
            record = ResultRecord(**content, rows=rows)
            self._store.put_result(record, epoch, save)
            # "Saved" means that a majority holds it, never that memory does.
            return ResultSaved(record.race_id) if self._store.durable else None
        if entry.kind == GHOST:
            lap = base64.b64decode(content.pop("lap"), validate=True)
            ghost = GhostRecord(**content, lap=lap)
            self._store.put_ghost(ghost)
            return GhostSaved(ghost.player_id, ghost.track, ghost.digest, ghost.car_class)
        if entry.kind == DROP_ROOM:
            room_id, epoch = content
            self._store.drop_lease(room_id, epoch)
            return None
        raise ValueError(f"unknown kind {entry.kind}")
