"""How a race over a bad link feels: a real client core against a real server.

    python -m benchmarks.feel --link 100ms,20ms,1% --seconds 60 --json
    python -m benchmarks.feel --table

Starts a server of its own (`--db memory`, loopback, a grid of bots) and races
there over a simulated link, sixty pictures a second, as the game does; only
nothing is painted. A witness on a direct link writes down where the cars really
were. Pictures are begun by a clock, and those that the machine began late are
counted, so that its noise is not taken for the link's.

Units: as the names of the figures say; seconds (monotonic).
"""

from __future__ import annotations

import argparse
import functools
import math
import sys
import time
from collections.abc import Callable

from benchmarks import tell
from benchmarks.feel_driver import Driver
from benchmarks.feel_figures import Drawn, Picture, Run, figures, share
from benchmarks.feel_rows import TABLE_HEAD, table_row
from benchmarks.feel_truth import Witness
from benchmarks.serving import Measured, NotMeasured
from car import Car, CarInput
from client_link import Link
from contact import advance_car
from dialling import Dial
from errors import BadOption
from identity import Identity
from interpolation import blend, roll_on
from link_model import EXAMPLE, LinkSpec, link_spec
from link_simulator import LinkSimulator
from protocol import CarFlag, CreateRoom, LeaveRoom, Ready
from race import Phase
from race_state import RaceView
from track import track_names, track_of
from warps import WarpWatch

PICTURE_S = 1.0 / 60.0
DEADLINE_S = 30.0
SETTLE_S = 3.0
"""After GO, before anything counts: the clock has to learn the link."""
LAPS = 20
BOTS = 7
AHEAD_TICKS = 12
ANSWER_MAX = 6
"""A key without an answer in so many pictures had nothing to move."""
ANSWER_M, ANSWER_RAD = 0.0003, 0.0000015
"""What is drawn differs by so much from what it would be without the key."""
FADES = CarFlag.CARETAKER | CarFlag.FINISHED | CarFlag.GONE
TABLE_RTTS = (0, 30, 100, 200)
TABLE_LOSSES = (0, 1, 3)
JITTER_SHARE = 0.2
"""Of the round trip, in the table."""
RUN_S, TABLE_S = 60.0, 30.0


class Key:
    """A key that was just pressed or let go, until the car answers."""

    def __init__(self, race: RaceView, before: CarInput) -> None:
        """Work out where the car would be drawn from now on without it."""
        prediction = race.prediction
        assert prediction.tick is not None
        self.pictures = 0
        self._places = {prediction.tick - 1: prediction.before, prediction.tick: prediction.car}
        car, hint = prediction.car.copy(), prediction.hint
        for tick in range(prediction.tick + 1, prediction.tick + AHEAD_TICKS):
            hint, _ = advance_car(car, hint, before, race.track)
            self._places[tick] = car.copy()

    def answered(self, race: RaceView, now: float) -> bool:
        """Whether the car in this picture moves otherwise than without the key."""
        self.pictures += 1
        prediction = race.prediction
        tick = prediction.tick
        if tick not in self._places or tick - 1 not in self._places:
            return False
        own_tick = race.own_tick(now)
        if own_tick is None:
            return False
        passed = own_tick - tick
        is_now = _between(prediction.before, prediction.car, passed)
        was = _between(self._places[tick - 1], self._places[tick], passed)
        turned = abs(math.remainder(is_now.heading - was.heading, math.tau))
        return _apart(is_now, was) > ANSWER_M or turned > ANSWER_RAD


def _between(before: Car, car: Car, passed: float) -> Car:
    """Return a car a little before or after the newest tick, as it is drawn."""
    return blend(before, car, 1.0 + passed) if passed < 0.0 else roll_on(car, passed)


def _apart(a: Car, b: Car) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


class Seat:
    """One client that races over a simulated link and notes what it shows."""

    def __init__(self, server: Measured, spec: LinkSpec, seed: int) -> None:
        self._server = server
        self._simulator = LinkSimulator(spec, seed)
        dial = functools.partial(Dial, through=self._simulator.through)
        identity = Identity(None, f"Feel {seed}")
        self.link = Link(server.host, server.port, identity, track_of, dial=dial)
        self._driver = Driver()
        self._watch = WarpWatch()
        self._wishes = CarInput()
        self._key: Key | None = None
        self.run = Run(slot=0)
        self._due = time.monotonic()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Play on until something is so.

        Raises:
            NotMeasured: it never was.
        """
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > deadline:
                raise NotMeasured(f"{what} did not happen ({self.link.status.text}).")
            self.picture()

    def sit_down(self, track: str) -> str:
        """Open a room with bots and be ready; return its id when the race is there."""
        view = self.link.view
        self.until(lambda: self.link.online, "Connecting")
        self.link.send(CreateRoom("Feel", track, LAPS, BOTS, level=0))
        self.until(lambda: view.room is not None, "Opening a room")
        self.link.send(Ready(True))
        self.until(lambda: view.race is not None and view.race.mine is not None, "The race")
        assert view.room is not None
        assert view.race is not None
        self.run.slot = view.race.slot
        return view.room.room_id

    def picture(self) -> None:
        """Wait for the next picture, and do what the game does for one."""
        self._due += PICTURE_S
        rest = self._due - time.monotonic()
        if rest > 0.0:
            time.sleep(rest)
        elif rest < -0.25:
            # What was missed is not made up for, as a screen would not.
            self._due -= rest
        now = time.monotonic()
        race = self.link.view.race
        before = race.tick if race is not None else -1
        pressed = race is not None and self._press(race, now)
        self.link.update(now, self._wishes)
        race = self.link.view.race
        if race is not None and race.mine is not None and race.prediction.tick is not None:
            self._look(race, now, max(0.0, now - self._due), before, pressed=pressed)

    def _press(self, race: RaceView, now: float) -> bool:
        """Let the driver look at the last picture; return whether a key changed."""
        wishes = self._driver.wishes(race, race.cars(now), now)
        changed, held = wishes != self._wishes, self._wishes
        self._wishes = wishes
        if changed and race.prediction.tick is not None and self._key is None:
            self._key = Key(race, held.quantised())
        return changed

    def _look(self, race: RaceView, now: float, late: float, before: int, *, pressed: bool) -> None:
        """Note what this picture shows."""
        mine, own_tick = race.mine, race.own_tick(now)
        assert mine is not None
        seen = race.cars(now)
        jumps = self._watch.look(seen, race.records, race.tick, now)
        driving = race.phase is Phase.RACING and not mine.flags & FADES and not race.paused
        news = race.tick != before
        if news:
            self.run.arrivals.append(now)
        if self._key is not None:
            self._await_answer(self._key, race, now, countable=driving and late < PICTURE_S / 4)
        self.run.pictures.append(
            Picture(
                now=now,
                late=late,
                tick=race.tick,
                own_tick=own_tick if own_tick is not None else race.tick,
                shown_tick=race.clock.shown_tick(now),
                corrected=race.prediction.corrected if news else None,
                driving=driving,
                cars=[Drawn(one.slot, one.car.x, one.car.y, jumps.get(one.slot)) for one in seen],
            )
        )

    def _await_answer(self, key: Key, race: RaceView, now: float, *, countable: bool) -> None:
        if key.answered(race, now):
            if countable:
                self.run.answers.append(key.pictures)
            self._key = None
        elif key.pictures >= ANSWER_MAX:
            self._key = None

    def begin(self) -> None:
        """Forget what was seen so far."""
        self.run = Run(self.run.slot)

    def close(self) -> None:
        """Leave."""
        self.link.send(LeaveRoom())
        self.link.close()
        self._simulator.close()


def measure(
    server: Measured, spec: LinkSpec, seconds: float, seed: int, track: str
) -> dict[str, object]:
    """Return the figures of one race over one link."""
    seat = Seat(server, spec, seed)
    witness = Witness(server.host, server.port, f"Witness {seed}")
    first_report = len(server.reports)
    try:
        witness.watch(seat.sit_down(track))
        race = seat.link.view.race
        assert race is not None
        seat.until(lambda: race.phase is Phase.RACING, "GO")
        for wait, counts in ((SETTLE_S, False), (seconds, True)):
            if counts:
                seat.begin()
            end = time.monotonic() + wait
            while time.monotonic() < end:
                seat.picture()
                witness.read(time.monotonic())
        clock, rtt_s = race.clock, seat.link.view.rtt_s
        # The last pictures want a truth that is newer than they are.
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            time.sleep(0.05)
            witness.read(time.monotonic())
        found = figures(seat.run, witness.truth)
    finally:
        seat.close()
        witness.close()
    late = [ms for one in server.reports[first_report:] for ms in one["tick_late_ms"]]
    return {
        **found,
        "rtt_ms": round(rtt_s * 1000, 1),
        "jitter_ms": round(clock.jitter_ticks * 1000 / 60, 1),
        "delay_ms": round(clock.delay_ticks * 1000 / 60, 1),
        "server_late_ms_p99": share(late, 0.99),
    }


def table(server: Measured, seconds: float, seed: int, track: str) -> None:
    """Measure all links of the table and print it, a line as soon as it is known."""
    print(TABLE_HEAD, flush=True)
    for rtt_ms in TABLE_RTTS:
        for loss in TABLE_LOSSES:
            spec = LinkSpec(rtt_ms / 1000, JITTER_SHARE * rtt_ms / 1000, loss / 100)
            print(table_row(rtt_ms, loss, measure(server, spec, seconds, seed, track)), flush=True)


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feel",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--link", default=EXAMPLE, metavar="RTT,JITTER,LOSS[,RATE]",
        help=f"(default {EXAMPLE})".replace("%", "%%"),
    )  # fmt: skip
    parser.add_argument("--seconds", type=float, metavar="S", help="5 to 600 (default 60; 30)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--track", default="meadow", metavar="NAME")
    parser.add_argument("--table", action="store_true", help="the table of docs/netcode.md")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    seconds = chosen.seconds or (TABLE_S if chosen.table else RUN_S)
    try:
        spec = link_spec(chosen.link, "--link")
    except BadOption as error:
        print(error, file=sys.stderr)
        return 2
    if not 5 <= seconds <= 600 or chosen.track not in track_names():
        print("--seconds goes from 5 to 600, and --track is one of the game's.", file=sys.stderr)
        return 2
    server = Measured("--db", "memory", clients_max=8)
    try:
        if chosen.table:
            table(server, seconds, chosen.seed, chosen.track)
        else:
            found = measure(server, spec, seconds, chosen.seed, chosen.track)
            tell({"link": chosen.link, **found}, as_json=chosen.json)
    finally:
        server.end()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
