"""Bots over the network: the drivers of `bots.py` behind the real protocol.

Each `Agent` is a client like any other: it sees its own predicted car and the
others as a player would, and answers with inputs. `main` is the command line
of `python bots.py`: it races a few of them and prints one JSON object.

Units: seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence

from bots import BotDriver, BotLevel, Sight
from car import CarInput
from client_link import Link, LinkKind
from config import host_and_port
from errors import BadOption, SlipstreamError
from identity import Identity
from lobby import RoomPhase
from personalities import PERSONALITIES, PLAIN, Personality
from protocol import CarFlag, CreateRoom, JoinRoom, Ready, Results, SavedState
from track import track_of
from view import View

PACE_S = 1.0 / 60.0
COUNT_MAX = 8


class RaceFailed(SlipstreamError):
    """The agents could not finish their race."""


class Agent:
    """One autonomous driver on the network."""

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        seed: int,
        level: BotLevel = BotLevel.NORMAL,
        personality: Personality = PLAIN,
    ) -> None:
        """Take where to call; nothing is dialled before the first `update`."""
        self.link = Link(host, port, Identity(None, name), track_of, agent="bot")
        self.name = name
        self._seed, self._level, self._personality = seed, level, personality
        self._driver: BotDriver | None = None
        self._race_id = ""

    @property
    def view(self) -> View:
        """What the agent believes."""
        return self.link.view

    def update(self, now: float) -> None:
        """Do what is due, driving included."""
        self.link.update(now, self.wishes(now))

    def wishes(self, now: float) -> CarInput:
        """Return what the driver wants, from what its screen would show."""
        race = self.link.view.race
        if race is None or race.mine is None or race.watching or not race.clock.ready:
            return CarInput()
        if race.race_id != self._race_id or self._driver is None:
            self._driver = BotDriver(race.track, self._seed, self._level, self._personality)
            self._race_id = race.race_id
        ghost = CarFlag.GHOST | CarFlag.GONE | CarFlag.FINISHED
        others = tuple(one.car for one in race.cars(now) if not one.is_me and not one.flags & ghost)
        tick = race.prediction.tick or race.tick
        sight = Sight(
            car=race.prediction.car,
            hint=race.prediction.hint,
            others=others,
            ticks_to_go=race.go_tick - tick,
            missed_gate=bool(race.mine.flags & CarFlag.MISSED_GATE),
            canisters=race.canisters,
            laps_left=race.laps - race.mine.lap,
        )
        return self._driver.wishes(sight)

    def close(self) -> None:
        """Leave the server."""
        self.link.close()


class Crew:
    """Some agents that race one race together."""

    def __init__(self, agents: Sequence[Agent], deadline: float) -> None:
        self.agents = list(agents)
        self._deadline = deadline

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Keep everybody driving until a condition holds.

        Raises:
            RaceFailed: it did not in time, or an agent lost the server for good.
        """
        while not condition():
            now = time.monotonic()
            if now > self._deadline:
                away = next((one for one in self.agents if not one.link.online), None)
                why = f" ({away.name}: {away.link.status.text})" if away is not None else ""
                raise RaceFailed(f"Time is up: {what} did not happen{why}.")
            for agent in self.agents:
                agent.update(now)
                if agent.link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
                    raise RaceFailed(f"{agent.name}: {agent.link.status.text}")
            time.sleep(max(0.0, PACE_S - (time.monotonic() - now)))

    def gather(self, title: str, track: str, laps: int) -> str:
        """Open a room, sit everybody down, be ready; return the room's id."""
        first, others = self.agents[0], self.agents[1:]
        self.until(lambda: all(one.link.online for one in self.agents), "connecting")
        first.link.send(CreateRoom(title, track, laps, 0))
        self._seat([first], "opening a room")
        assert first.view.room is not None
        room_id = first.view.room.room_id
        # Of a room of another node one hears a little later.
        self.until(
            lambda: all(room_id in {row.room_id for row in one.view.lobby.rooms} for one in others),
            "seeing the room",
        )
        for agent in others:
            agent.link.send(JoinRoom(room_id))
        self._seat(others, "joining the room")
        for agent in self.agents:
            agent.link.send(Ready(True))
        self.until(
            lambda: first.view.room is not None and first.view.room.phase == RoomPhase.RACING,
            "the start of the race",
        )
        return room_id

    def _seat(self, agents: Sequence[Agent], what: str) -> None:
        """Wait until these agents sit in a room, or one is told why it may not."""
        self.until(
            lambda: all(one.view.room is not None or one.view.notices for one in agents), what
        )
        for agent in agents:
            if agent.view.room is None:
                raise RaceFailed(f"{agent.name}: {agent.view.notices[-1].text}")

    def _settled(self, agent: Agent) -> bool:
        """Whether an agent has its result.

        Raises:
            RaceFailed: it never will, for its seat is gone.
        """
        view = agent.view
        if view.results is None and view.room is None:
            why = view.notices[-1].text if view.notices else "The seat is gone."
            raise RaceFailed(f"{agent.name}: {why}")
        return view.results is not None

    def finish(self) -> Results:
        """Drive until everybody has the result, and it is saved if it will be; return it."""
        first = self.agents[0]
        self.until(lambda: all([self._settled(one) for one in self.agents]), "the finish")
        self.until(
            lambda: first.view.results is None or first.view.results.saved != SavedState.SAVING,
            "saving the result",
        )
        if first.view.results is None:
            raise RaceFailed("The result was lost: the server forgot the room.")
        return first.view.results


def main(arguments: Sequence[str] | None = None) -> int:
    """Race network bots; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="bots.py",
        description="Race bots against each other on a server, as network clients.",
        epilog="Exits with 0 when the results are confirmed saved (or need not be), 1 when they"
        " are not or the race failed, 2 when an option cannot be used.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--server",
        required=True,
        metavar="HOST:PORT[,HOST:PORT...]",
        help="one or more nodes of a game; the bots begin at them in turn",
    )
    parser.add_argument("--count", type=int, default=4, metavar="N", help="1 to 8 (default 4)")
    parser.add_argument("--laps", type=int, default=1, metavar="N", help="1 to 20 (default 1)")
    parser.add_argument("--track", default="meadow", metavar="NAME", help="(default meadow)")
    parser.add_argument("--name", default="Agent", metavar="NAME", help="first part of the names")
    parser.add_argument(
        "--level",
        choices=[level.name.lower() for level in BotLevel],
        default="normal",
        help="how well they drive (default normal)",
    )
    parser.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS")
    parser.add_argument(
        "--allow-unsaved",
        action="store_true",
        help="a server that keeps nothing (--db memory) is good enough",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.count <= COUNT_MAX or not 1 <= chosen.laps <= 20:
        print("--count goes from 1 to 8 and --laps from 1 to 20.", file=sys.stderr)
        return 2
    if not chosen.timeout > 0.0:
        print("--timeout is a number of seconds above 0.", file=sys.stderr)
        return 2
    agents: list[Agent] = []
    try:
        nodes = [host_and_port(one) for one in chosen.server.split(",")]
        # Of the clock, two crews that start together would draw the same names.
        stamp = int.from_bytes(os.urandom(3), "big") % 100_000
        agents = [
            Agent(
                *nodes[number % len(nodes)],
                f"{chosen.name} {stamp}-{number + 1}"[-24:],
                number,
                BotLevel[chosen.level.upper()],
                PERSONALITIES[number],
            )
            for number in range(chosen.count)
        ]
        crew = Crew(agents, time.monotonic() + chosen.timeout)
        room_id = crew.gather("Autonomous agents", chosen.track, chosen.laps)
        results = crew.finish()
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    except KeyboardInterrupt:
        return 130
    finally:
        for agent in agents:
            agent.close()
    saved = results.saved == SavedState.SAVED
    print_results(room_id, results, saved, as_json=chosen.json)
    if saved or chosen.allow_unsaved:
        return 0
    print("The server keeps nothing (--db memory): the result is not saved.", file=sys.stderr)
    return 1


def print_results(room_id: str, results: Results, saved: bool, *, as_json: bool) -> None:
    """Print a result, as JSON or as a table."""
    if as_json:
        rows = [
            {
                "name": row.name,
                "place": row.place,
                "time": row.total_ms / 1000 if row.total_ms else None,
                "best_lap": row.best_lap_ms / 1000 if row.best_lap_ms else None,
                "saved": saved,
            }
            for row in results.rows
        ]
        print(json.dumps({"room": room_id, "results": rows}))
        return
    for row in results.rows:
        total = f"{row.total_ms / 1000:8.3f} s" if row.total_ms else "did not finish"
        best = f"  best lap {row.best_lap_ms / 1000:.3f} s" if row.best_lap_ms else ""
        print(f"{row.place:2}  {row.name:24} {total}{best}")
