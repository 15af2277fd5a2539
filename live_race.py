"""A race as the server runs it: the pure race, and who drives each car.

Each car is driven by a *driver*: a player whose inputs arrive stamped with
ticks, a bot, or a caretaker bot while the player is away. After the finish
every car is driven on gently, so that none parks in the way. This module takes
inputs at their tick, hands the wheel over and back, and says how early each
input came. It reads no clock, sends nothing and saves nothing.

Units: ticks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median_low
from typing import Final

import race_save
from bots import BotDriver, BotLevel, Sight
from car import CarInput
from errors import BadSave
from personalities import PLAIN, Personality
from race import Phase, Race, RaceEvent
from racer import COAST, Racer
from track import Track

COAST_AFTER_TICKS: Final = 60
"""A player unheard of for so long no longer repeats the last input but coasts.

Clients speak at least every 0.4 s; a second forgives a stall of the link.
"""
AHEAD_TICKS_MAX: Final = 60
"""Inputs further in the future than this are refused: a clock gone astray."""
COAST_SILENTLY: Final = replace(COAST, engine=False)
PENDING_MAX: Final = 176
"""Inputs waiting for their tick, for one car: all that is driven once more, at thirty a second."""
TAKE_WHEEL_TICKS: Final = 300
"""A caretaker lets go at the first touch of a control, or after so long."""
REPLAY_TICKS_MAX: Final = 330
"""What is driven once more after a takeover, at most.

An owner that alone lost the database goes on for as long as its lease, five
seconds, and its last save was half a second old.
"""
HOME_SPEED: Final = 16.0
"""Who has finished is driven on no faster than this, m/s."""
SEQUENCE_MAX: Final = 2**32 - 1
BOT_THINKS_EVERY_TICKS: Final = 2
"""Bots hold what they wish for so long; half of them think in each tick."""
LEAD_MAX: Final = 127
"""The wire has one signed byte for how early an input came."""


@dataclass(slots=True)
class Driver:
    """The hands on one wheel."""

    slot: int
    bot: BotDriver | None = None
    """Drives while it is set: a filler, or a caretaker."""
    caretaker: bool = False
    home: BotDriver | None = None
    """Drives a player's car on after the finish, out of the way."""
    thought: CarInput | None = None
    """What the bot wishes, held until it thinks again."""
    returning_since: int | None = None
    """The tick at which the player came back, while the caretaker still drives."""
    pending: dict[int, CarInput] = field(default_factory=dict)
    last: CarInput = COAST
    in_force: CarInput | None = None
    """What was driven at the tick of the save, as its player says, once the race is replayed."""
    heard_at: int = 0
    sequence: int = 0
    """The highest input sequence applied or dropped: the acknowledgement."""
    lead: int = 0
    """How many ticks early (+) or late (-) the newest input came."""


class LiveRace:
    """One race, its drivers, and the loop that joins them."""

    def __init__(self, race_id: str, track: Track, race: Race) -> None:
        self.race_id = race_id
        self.track = track
        self.race = race
        self.drivers = {slot: Driver(slot) for slot in race.racers}
        self.entrants: dict[int, tuple[str, str, int]] = {}
        """Name, player id and seat kind of who started, by slot: they may leave."""
        self.handed_back: list[int] = []
        """Slots whose player took the wheel back in the newest tick."""
        self._frozen = False
        self._replay_end: int | None = None

    @property
    def frozen(self) -> bool:
        """Whether the race stands still."""
        return self._frozen and not self.replay_left

    @property
    def replay_left(self) -> int:
        """How many ticks are still to be driven once more."""
        return max(0, self._replay_end - self.race.tick) if self._replay_end is not None else 0

    @property
    def over(self) -> bool:
        """Whether the race has its final result."""
        return self.race.phase is Phase.FINISHED

    def seat_bot(
        self,
        slot: int,
        *,
        seed: int,
        level: BotLevel = BotLevel.NORMAL,
        personality: Personality = PLAIN,
        caretaker: bool = False,
    ) -> None:
        """Let a bot drive this car: for good, or as the caretaker of a player."""
        driver = self.drivers[slot]
        driver.bot = BotDriver(self.track, seed, level, personality, BOT_THINKS_EVERY_TICKS)
        driver.thought = None
        driver.caretaker = caretaker
        driver.returning_since = None
        driver.pending.clear()

    def welcome_back(self, slot: int) -> None:
        """Let the player take the wheel back at the first touch of a control."""
        driver = self.drivers[slot]
        if driver.caretaker:
            driver.returning_since = self.race.tick
            driver.last = COAST
            driver.pending.clear()
        # A client that was started again counts its inputs from zero.
        driver.sequence = 0

    def is_of(self, slot: int, player_id: str) -> bool:
        """Whether the car of a slot is a player's, who started in it and has not left."""
        entrant = self.entrants.get(slot)
        return entrant is not None and entrant[1] == player_id and not self.race.racers[slot].gone

    def is_stalled(self, slot: int, ticks: int) -> bool:
        """Whether a player has said nothing for so long while the race goes on."""
        driver, racer = self.drivers[slot], self.race.racers[slot]
        silent = driver.bot is None and self.race.tick - driver.heard_at > ticks
        return silent and racer.finish_tick is None and not self._frozen

    def retire(self, slot: int) -> None:
        """Take a car out of the race for good."""
        self.drivers[slot].bot = None
        self.race.retire(slot)

    # Standing still

    def freeze(self) -> None:
        """Stop stepping until `thaw` or `go_on`."""
        self._frozen, self._replay_end = True, None
        for driver in self.drivers.values():
            driver.in_force = None

    def replay(self, slots: Iterable[int]) -> None:
        """Drive the last moments of a frozen race once more; `thaw` when none is left.

        The players of these slots are back at their wheels, and have sent again
        what they drove after the save. It goes as far as most of them vouch
        for: one clock gone astray drags nobody along.
        """
        for slot in slots:
            driver = self.drivers[slot]
            driver.bot, driver.caretaker, driver.returning_since = None, False, None
            if driver.in_force is not None:
                # Hands that do not move say nothing: it holds until the first that do.
                driver.last, driver.in_force = driver.in_force, None
        ends = [max(one.pending) for one in self.drivers.values() if not one.bot and one.pending]
        end = median_low(ends) if ends else self.race.tick
        self._replay_end = min(end, self.race.tick + REPLAY_TICKS_MAX)
        for driver in self.drivers.values():
            driver.heard_at = self.race.tick

    def thaw(self, countdown_ticks: int) -> None:
        """Go on, from where the cars stand, after a new countdown."""
        if self._frozen:
            self.go_on()
            self.race.hold(countdown_ticks)
            for driver in self.drivers.values():
                driver.pending.clear()

    def go_on(self) -> None:
        """Go on at once, as if nothing had been."""
        self._frozen, self._replay_end = False, None
        for driver in self.drivers.values():
            driver.heard_at = self.race.tick

    # Driving

    def drive(self, slot: int, *, sequence: int, tick: int, wishes: CarInput) -> None:
        """Take a player's input for `tick`.

        One that is late counts from now on, never for the past; one too far
        ahead, or older than what was heard already, is dropped.
        """
        driver = self.drivers.get(slot)
        if driver is None or sequence <= driver.sequence:
            return
        due = self.race.tick + 1
        driver.sequence = sequence
        driver.lead = max(-LEAD_MAX, min(LEAD_MAX, tick - due))
        driver.heard_at = self.race.tick
        if self._frozen:
            self._take_again(driver, tick, wishes)
            return
        if driver.returning_since is not None and tick < driver.returning_since:
            # Said before the link was lost: no hand touches a control now.
            return
        if tick <= due + AHEAD_TICKS_MAX and len(driver.pending) < PENDING_MAX:
            driver.pending[max(tick, due)] = wishes

    def _take_again(self, driver: Driver, tick: int, wishes: CarInput) -> None:
        """Take what was driven around the save, and is sent again, while the race is frozen."""
        due = self.race.tick + 1
        if tick < due:
            if not driver.pending:
                driver.in_force = wishes
            return
        # Only what goes on from what was sent again already; what is said
        # while the race stands still is no part of it.
        newest = max(driver.pending, default=self.race.tick)
        if newest < tick <= due + REPLAY_TICKS_MAX and len(driver.pending) < PENDING_MAX:
            driver.pending[tick] = wishes

    def step(self) -> list[RaceEvent]:
        """Run one tick; a frozen race does nothing."""
        if self._frozen and not self.replay_left:
            return []
        due = self.race.tick + 1
        self.handed_back.clear()
        inputs: dict[int, CarInput] = {}
        racers = self.race.racers
        for slot, driver in self.drivers.items():
            wishes = self._from_hands(driver, due)
            racer = racers[slot]
            if racer.finish_tick is not None and not racer.gone:
                wishes = self._homewards(driver, racer, wishes, due)
            inputs[slot] = wishes
        return self.race.step(inputs)

    def _from_bot(self, bot: BotDriver, driver: Driver, due: int) -> CarInput:
        if driver.thought is None or (due + driver.slot) % BOT_THINKS_EVERY_TICKS == 0:
            driver.thought = bot.wishes(Sight.of(self.race, driver.slot))
        return driver.thought

    def _homewards(self, driver: Driver, racer: Racer, wishes: CarInput, due: int) -> CarInput:
        """Return what drives a car on gently that has finished."""
        if driver.bot is None:
            if driver.home is None:
                every = BOT_THINKS_EVERY_TICKS
                driver.home = BotDriver(self.track, driver.slot, every_ticks=every)
            wishes = self._from_bot(driver.home, driver, due)
        throttle = wishes.throttle if racer.car.forward_speed < HOME_SPEED else 0.0
        return replace(wishes, throttle=throttle, nitro=False)

    def _from_hands(self, driver: Driver, due: int) -> CarInput:
        if driver.pending:
            heard = driver.pending.pop(due, None)
            if heard is not None:
                driver.last = heard
                driver.heard_at = max(driver.heard_at, due)
        if driver.bot is not None:
            if driver.returning_since is None or not self._takes_wheel(driver, due):
                return self._from_bot(driver.bot, driver, due)
            driver.bot, driver.caretaker, driver.returning_since = None, False, None
            self.handed_back.append(driver.slot)
        if due - driver.heard_at > COAST_AFTER_TICKS:
            return COAST if driver.last.engine else COAST_SILENTLY
        return driver.last

    @staticmethod
    def _takes_wheel(driver: Driver, due: int) -> bool:
        last, since = driver.last, driver.returning_since
        if since is None or driver.sequence == 0:
            return False
        touched = last.throttle > 0 or last.brake > 0 or last.steering != 0
        touched = touched or last.handbrake or last.nitro
        return touched or due - since > TAKE_WHEEL_TICKS

    # Saves

    def to_save(self) -> dict[str, object]:
        """Return what a save needs beyond the room: plain data."""
        entrants = [[slot, *entrant] for slot, entrant in self.entrants.items()]
        hands = [
            [
                one.slot,
                one.sequence,
                _wheel_out(one.last),
                [[tick, _wheel_out(wishes)] for tick, wishes in sorted(one.pending.items())],
            ]
            for one in self.drivers.values()
        ]
        race = race_save.dump(self.race)
        return {"race_id": self.race_id, "race": race, "entrants": entrants, "hands": hands}

    @classmethod
    def from_save(cls, track: Track, data: dict[str, object]) -> LiveRace:
        """Return the race of a save, frozen, with nobody at the wheels.

        Raises:
            BadSave: the data is not what `to_save` made.
        """
        race_id, race, entrants = data.get("race_id"), data.get("race"), data.get("entrants")
        if not isinstance(race_id, str) or not race_id or not isinstance(race, dict):
            raise BadSave("it holds no race")
        live = cls(race_id, track, race_save.load(track, race))
        if not isinstance(entrants, list):
            raise BadSave("it does not say who started")
        for one in entrants:
            if not isinstance(one, list) or [type(value) for value in one] != [int, str, str, int]:
                raise BadSave("an entrant is missing or wrong")
            slot, *entrant = one
            live.entrants[slot] = (entrant[0], entrant[1], entrant[2])
        if live.entrants.keys() != live.race.racers.keys():
            raise BadSave("cars and entrants differ")
        hands = data.get("hands")
        if not isinstance(hands, list) or len(hands) != len(live.drivers):
            raise BadSave("it does not say what the drivers did")
        for one in hands:
            live._take_hands(one)
        live.freeze()
        return live

    def _take_hands(self, data: object) -> None:
        if not isinstance(data, list) or len(data) != 4:
            raise BadSave("what a driver did is missing or wrong")
        slot, sequence, last, pending = data
        driver = self.drivers.get(slot) if type(slot) is int else None
        if driver is None or type(sequence) is not int or not 0 <= sequence <= SEQUENCE_MAX:
            raise BadSave("what a driver did is missing or wrong")
        if not isinstance(pending, list) or len(pending) > PENDING_MAX:
            raise BadSave("what a driver did is missing or wrong")
        driver.sequence, driver.last = sequence, _wheel_in(last)
        driver.heard_at = self.race.tick
        for one in pending:
            if not isinstance(one, list) or len(one) != 2 or type(one[0]) is not int:
                raise BadSave("what a driver did is missing or wrong")
            if self.race.tick < one[0] <= self.race.tick + AHEAD_TICKS_MAX + 1:
                driver.pending[one[0]] = _wheel_in(one[1])


def _wheel_out(wishes: CarInput) -> list[float | bool]:
    return [
        wishes.throttle, wishes.brake, wishes.steering, wishes.handbrake, wishes.engine,
        wishes.respawn, wishes.nitro,
    ]  # fmt: skip


def _wheel_in(data: object) -> CarInput:
    if not isinstance(data, list) or len(data) != 7:
        raise BadSave("what a driver did is missing or wrong")
    if any(type(one) not in (int, float) or not -1.0 <= one <= 1.0 for one in data[:3]):
        raise BadSave("what a driver did is out of range")
    if any(type(one) is not bool for one in data[3:]):
        raise BadSave("what a driver did is missing or wrong")
    throttle, brake, steering = (float(one) for one in data[:3])
    return CarInput(max(throttle, 0.0), max(brake, 0.0), steering, *data[3:])
