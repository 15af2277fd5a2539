"""Players of a chaos run: they race, talk, come back, and note what they are told.

A `Regular` is an `autopilot.Agent` that needs no direction: it sits down where
the others sit, is ready again after each race, and says lines that nobody else
says. Its view is a `RecordingView`, which believes what any client believes and
writes the news of it into a history. One thread plays the whole crowd.

Units: seconds (monotonic).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from autopilot import Agent
from client_link import Link, LinkKind
from dialling import Dial
from identity import Identity
from lobby import RoomPhase
from protocol import (
    Channel,
    ChatHistory,
    ChatLine,
    CreateRoom,
    JoinRoom,
    Message,
    Ready,
    Results,
    RoomState,
    Saved,
    SavedState,
    Say,
    Snapshot,
    Watch,
)
from tests.chaos.history import (
    Heard,
    History,
    Laps,
    LineHeard,
    ResultTold,
    Row,
    Said,
    Seen,
    TalkReplaced,
)
from track import Track
from view import View

PACE_S = 1.0 / 60.0
ASK_EVERY_S = 1.0
SAY_EVERY = (1.0, 4.0)
SEEN_EVERY_S = 0.5
PATIENT_S = 8.0
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
                # Also of a race before this one, which the screen no longer shows.
                confirmed = replace(self._told[race_id], saved=int(SavedState.SAVED))
                self._note_result(confirmed, now)
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


class Regular:
    """One player, or spectator, who stays all evening."""

    def __init__(
        self,
        name: str,
        seed: int,
        history: History,
        host: str,
        port: int,
        load: Callable[[str], Track],
        *,
        dial: Callable[[str, int], Dial] = Dial,
        host_of: str = "",
        track: str = "harbour",
        laps: int = 1,
        party: int = 1,
        watches: bool = False,
    ) -> None:
        """Take where to call first; `host_of` titles the room that this one opens.

        Nobody is ready before `party` players sit there, unless it takes too long.
        """
        self.agent = Agent(host, port, name, seed, skill=0.95 - 0.02 * (seed % 5))
        link = Link(host, port, Identity(None, name), load, agent="bot", dial=dial)
        link.view = self.recording = RecordingView(load, name, history)
        self.agent.link = link
        self.name = name
        self.races = 0
        """Results heard of."""
        self._history = history
        self._rng = random.Random(seed)
        self._title, self._track, self._laps = host_of, track, laps
        self._party = party
        self._patient_until: float | None = None
        self._watches = watches
        self._ask_at = 0.0
        self._say_at = 0.0
        self._lines = 0
        self._last_race = ""
        self.racing = True
        """Cleared when the evening ends: no further race is begun."""

    def update(self, now: float, room_id: str) -> None:
        """Do what is due; `room_id` is where the others are, if anywhere."""
        self.agent.update(now)
        view, link = self.agent.view, self.agent.link
        if not link.online:
            return
        if view.results is not None and view.results.race_id != self._last_race:
            self._last_race = view.results.race_id
            self.races += 1
        if now >= self._ask_at:
            self._ask_at = now + ASK_EVERY_S
            self._ask(room_id, now)
        if view.room is not None and not self._watches and now >= self._say_at:
            self._say_at = now + self._rng.uniform(*SAY_EVERY)
            self._lines += 1
            text = f"{self.name} says {self._lines}"
            if link.send(Say(int(Channel.ROOM), text)):
                self._history.add(Said(now, self.name, view.room.room_id, text))

    def _ask(self, room_id: str, now: float) -> None:
        """Sit down, watch, or be ready, as far as that is not so already."""
        view, link = self.agent.view, self.agent.link
        if view.offered:
            link.resume()
        elif view.room is None:
            if self._watches:
                if room_id:
                    link.send(Watch(room_id))
            elif room_id:
                link.send(JoinRoom(room_id))
            elif self._title:
                link.send(CreateRoom(self._title, self._track, self._laps, 0))
        elif view.room.phase != RoomPhase.RACING and self.racing and not self._watches:
            seat = view.my_seat
            if self._patient_until is None:
                self._patient_until = now + PATIENT_S
            all_here = len(view.room.seats) >= self._party or now >= self._patient_until
            if seat is not None and not seat.ready and all_here:
                link.send(Ready(True))

    @property
    def room_id(self) -> str:
        """The room in which this one sits, or is looked on."""
        room = self.agent.view.room
        return room.room_id if room is not None else ""

    @property
    def pause_max(self) -> float:
        """The longest time for which a race stood before the eyes of this one."""
        return max((until - since for since, until in self.recording.pauses()), default=0.0)

    @property
    def state(self) -> str:
        """Where this one stands, for who looks for what went wrong."""
        view = self.agent.view
        room = f"in room {view.room.room_id}, phase {view.room.phase}" if view.room else "nowhere"
        race = view.race
        where = f", race {race.race_id} epoch {race.epoch} tick {race.tick}" if race else ""
        return f"{self.agent.link.status.text!r} {room}{where}"

    @property
    def settled(self) -> bool:
        """Whether nothing is under way for this one."""
        view = self.agent.view
        saving = view.results is not None and view.results.saved == SavedState.SAVING
        racing = view.room is not None and view.room.phase == RoomPhase.RACING
        return self.agent.link.online and not saving and not racing

    @property
    def gave_up(self) -> str:
        """Why this one will never come back, or ""."""
        status = self.agent.link.status
        return status.text if status.kind in (LinkKind.REFUSED, LinkKind.CLOSED) else ""


class Crowd:
    """All regulars, played by one thread so that the faults have a thread of their own."""

    def __init__(self, regulars: list[Regular]) -> None:
        self.regulars = regulars
        self.fault = ""
        """What ended the thread, if anything did."""
        self.behind_s = 0.0
        """How late the thread has ever been: a loaded machine explains odd figures."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def finish(self) -> None:
        """Begin no further race."""
        for regular in self.regulars:
            regular.racing = False

    def close(self) -> None:
        """Stop playing, and leave."""
        self._ending.set()
        self._thread.join(5.0)
        for regular in self.regulars:
            regular.agent.close()

    def _run(self) -> None:
        due = time.monotonic()
        try:
            while not self._ending.is_set():
                now = time.monotonic()
                room_id = self.room_id
                for regular in self.regulars:
                    regular.update(now, room_id)
                due = max(due + PACE_S, now)
                self.behind_s = max(self.behind_s, time.monotonic() - due)
                self._ending.wait(max(0.0, due - time.monotonic()))
        except Exception as error:
            self.fault = repr(error)
            raise

    @property
    def room_id(self) -> str:
        """The room in which the others are: that of most who sit anywhere."""
        rooms = [one.room_id for one in self.regulars if one.room_id]
        return max(rooms, key=rooms.count) if rooms else ""
