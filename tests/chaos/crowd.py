"""Players of a chaos run: they race, talk, come back, and note what they are told.

A `Regular` is an `autopilot.Agent` that needs no direction: it sits down where
the others sit, is ready again after each race, and says lines that nobody else
says. Its view notes what it is told (`recording.py`). One thread plays all.

Units: seconds (monotonic).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from autopilot import Agent
from client_link import Link, LinkKind
from dialling import Dial
from identity import Identity
from lobby import RoomPhase
from personalities import PERSONALITIES
from protocol import Channel, CreateRoom, JoinRoom, Ready, SavedState, Say, Watch
from tests.chaos.history import History, LinkChanged, Said
from tests.chaos.recording import RecordingView
from track import Track

PACE_S = 1.0 / 60.0
ASK_EVERY_S = 1.0
SAY_EVERY = (1.0, 4.0)
PATIENT_S = 8.0


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
        self.agent = Agent(host, port, name, seed, personality=PERSONALITIES[seed % 5])
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
        self._link_text = ""
        self.racing = True
        """Cleared when the evening ends: no further race is begun."""

    def update(self, now: float, room_id: str) -> None:
        """Do what is due; `room_id` is where the others are, if anywhere."""
        self.agent.update(now)
        view, link = self.agent.view, self.agent.link
        self._note_link(now)
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

    def _note_link(self, now: float) -> None:
        status, race = self.agent.link.status, self.agent.view.race
        stands = race is not None and race.paused
        text = f"{status.kind.name.lower()}: {status.text}{' The race stands.' if stands else ''}"
        if text != self._link_text:
            self._link_text = text
            self._history.add(LinkChanged(now, self.name, text))

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
