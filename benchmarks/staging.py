"""A race without a network, for pictures and for measuring: eight bots, one view.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from bots import BotDriver, BotLevel
from live_race import LiveRace
from personalities import PERSONALITIES
from protocol import CarFlag, CarRecord, EventRow, RaceStart
from race import TICKS_A_SECOND, Race
from race_state import RaceView, SeenCar
from track import track_of

NAMES = ("You", "Mika", "Turbo_Tess", "Jonas", "zephyr", "Aiko", "Rascal", "Ghost88")
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

    def forget_order(self) -> None:
        """Let the order be worked out again, as a snapshot does."""
        self._standings = None


class StagedRace:
    """Eight bots on a track, seen from the first seat."""

    def __init__(self, track_name: str, laps: int = 3) -> None:
        track = track_of(track_name)
        race = Race(track, laps, list(range(8)))
        self.live = LiveRace("staged", track, race)
        for slot in range(8):
            self.live.drivers[slot].bot = BotDriver(track, slot, BotLevel.HARD, PERSONALITIES[slot])
        start = RaceStart("staged", "staged", 1, track.name, laps, race.go_tick, 0, 0)
        self.view = StagedView(start, track)
        self.flags: dict[int, CarFlag] = {}
        """More flags for some slots, to show what they look like."""

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
        view.records = {slot: self._record(slot) for slot in race.racers}
        view.seen = tuple(
            SeenCar(
                slot, record.car, record.flags, record.throttle / 255, record.lap, record.place,
                slot == view.slot,
            )
            for slot, record in view.records.items()
        )  # fmt: skip

    def _record(self, slot: int) -> CarRecord:
        race = self.live.race
        racer = race.racers[slot]
        flags = self.flags.get(slot, CarFlag(0)) | CarFlag.ENGINE
        for flag, present in (
            (CarFlag.BRAKING, racer.wishes.brake > 0.0),
            (CarFlag.HANDBRAKE, racer.wishes.handbrake),
            (CarFlag.FINISHED, racer.finish_tick is not None),
        ):
            flags |= flag if present else CarFlag(0)
        return CarRecord(
            slot=slot, flags=flags, car=racer.car, lap=race.lap_of(slot),
            next_gate=racer.gates_passed % len(race.track.gates), place=racer.place,
            lap_started_tick=max(0, racer.lap_started_tick), acked_sequence=1, input_lead=0,
            throttle=round(racer.wishes.throttle * 255), best_lap_ticks=racer.best_lap_ticks or 0,
        )  # fmt: skip
