"""A race and a chat without a network, for pictures and for measuring.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from dataclasses import replace

import bulletins
from bots import BotDriver, BotLevel
from car import CarClass
from live_race import LiveRace
from lobby import Room
from personalities import PERSONALITIES
from protocol import (
    CarFlag,
    CarRecord,
    Channel,
    ChatLine,
    EventRow,
    Message,
    RaceStart,
    unpack_cars,
)
from race import TICKS_A_SECOND, Race
from race_state import RaceView, SeenCar
from track import track_of
from view import View

NAMES = ("You", "Mika", "Turbo_Tess", "Jonas", "zephyr", "Aiko", "Rascal", "Ghost88")
SAYINGS = (
    ("Mika", "gl hf everyone!"),
    ("Jonas", "watch out for the fourth corner, the sand is slippery"),
    ("Turbo_Tess", "nice drift :D"),
    ("Aiko", "who wants a rematch on Harbour after this?"),
)
CLASSES = tuple(CarClass(one) for one in (1, 0, 2, 1, 2, 0, 1, 2))
RTTS_MS = (0, 24, 61, 33, 0, 118, 45, 0)


class StagedView(RaceView):
    """A view that is told the truth, with no delay and nothing to predict."""

    seen: tuple[SeenCar, ...] = ()

    def cars(self, now: float) -> list[SeenCar]:
        """Return the cars of the race itself."""
        return list(self.seen)

    def stalled(self, now: float) -> bool:
        """Return that news never fail to come."""
        return False

    def take(self, canisters: int) -> None:
        """Take in which canisters lie there, as bits."""
        self._lying = canisters

    def forget_order(self) -> None:
        """Let the order be worked out again, as a snapshot does."""
        self._standings = None


class StagedRace:
    """Eight bots on a track, seen from the first seat."""

    def __init__(self, track_name: str, laps: int = 3, *, mixed: bool = True) -> None:
        """Put eight bots on the grid; of all classes when `mixed`."""
        track = track_of(track_name)
        classes = {slot: CLASSES[slot] for slot in range(8)} if mixed else {}
        race = Race(track, laps, list(range(8)), classes=classes)
        self.live = LiveRace("staged", track, race)
        for slot in range(8):
            self.live.drivers[slot].bot = BotDriver(track, slot, BotLevel.HARD, PERSONALITIES[slot])
        start = RaceStart("staged", "staged", 1, track.name, laps, race.go_tick, 0, 0)
        self.view = StagedView(start, track)
        self._room = Room("staged", "Staged", track.name, laps, 8, epoch=1)
        self.flags: dict[int, CarFlag] = {}
        """More flags for some slots, to show what they look like."""
        self.worn: dict[int, dict[str, int]] = {}
        """What else some cars shall have: damage, draft..., for the same reason."""

    @property
    def now(self) -> float:
        """The time of the race in seconds."""
        return self.live.race.tick / TICKS_A_SECOND

    def names(self, slot: int) -> str:
        """Return a name for a slot."""
        return NAMES[slot]

    def rtts(self, slot: int) -> int:
        """Return a round-trip time for a slot."""
        return RTTS_MS[slot]

    def step(self, ticks: int = 1) -> None:
        """Run some ticks and tell the view."""
        race, view = self.live.race, self.view
        for _ in range(ticks):
            for one in self.live.step():
                row = EventRow(int(one.kind), one.slot, one.tick, one.value)
                view.note_event(row)
        view.tick, view.phase = race.tick, race.phase
        view.go_tick, view.start_tick = race.go_tick, race.start_tick
        view.forget_order()
        told = bulletins.snapshot(self._room, self.live)
        view.take(told.canisters)
        view.records = {one.slot: self._shown(one) for one in unpack_cars(told.cars)}
        view.seen = tuple(
            SeenCar(
                slot, record.car, record.flags, record.throttle / 255, record.lap, record.place,
                slot == view.slot,
            )
            for slot, record in view.records.items()
        )  # fmt: skip

    def _shown(self, record: CarRecord) -> CarRecord:
        car = record.car.copy()
        for name, value in self.worn.get(record.slot, {}).items():
            setattr(car, name, value)
        return replace(
            record, car=car, flags=record.flags | self.flags.get(record.slot, CarFlag(0))
        )


class StagedTalk:
    """A link whose chat is told lines by hand."""

    def __init__(self) -> None:
        self.view = View(track_of)
        self._told = 1
        for number in range(len(SAYINGS)):
            self.tell(number, 0.0)

    def tell(self, number: int, now: float) -> None:
        """Let somebody say something."""
        name, text = SAYINGS[number % len(SAYINGS)]
        line = ChatLine(int(Channel.LOBBY), self._told, 0, name, f"{text} {number}", 1.7e9)
        self._told += 1
        self.view.receive(line, now)

    def send(self, message: Message) -> bool:
        """Send nothing."""
        return True
