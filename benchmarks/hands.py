"""What a player's hands cost on the wire: keys, or a stick that trembles.

    python -m benchmarks.hands --hands gamepad --seconds 20 --json

One client as players have it, link and helm and all, races seven bots on a
server of its own (`--db memory`, loopback). A bot of ours says where to drive;
its wishes are turned into keys that are down or up, ten decisions a second, or
into a stick that follows them with the noise of a worn one. The system counts
the segments (`wire_cost.py`), acknowledgements without a byte included. The
goal is 16 kbit/s up, headers of TCP/IP counted.

Units: kbit/s, and the others as their names say.
"""

from __future__ import annotations

import argparse
import random
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autopilot import Agent, Crew
from benchmarks import tell
from benchmarks.serving import Measured, NotMeasured
from benchmarks.wire_cost import WireCost, wire_cost
from bots import BotLevel
from car import CarInput
from client_link import Link
from dialling import Dial
from errors import SlipstreamError
from identity import Identity
from protocol import CreateRoom, Ready
from track import track_of

DECIDES_S = 0.1
PRESSES = 0.5
"""So much of the wheel, added up over decisions, is one tap of a key."""
GOES_AFTER = 0.18
"""The share of its way that a thumb moves a stick in a picture."""
NOISE = 0.008
"""Of a worn stick: standard deviation, as a share of its way."""
UNDER_WAY_S = 3.0
PATIENCE_S = 60.0


class Player(Agent):
    """An agent with hands: what it wants goes through keys, or through a stick."""

    def __init__(self, host: str, port: int, hands: str) -> None:
        super().__init__(host, port, "Hands", 1, BotLevel.NORMAL)
        self.socket: socket.socket | None = None
        self.link = Link(
            host, port, Identity(None, "Hands"), track_of, agent="bot",
            dial=lambda at, number: Dial(at, number, self._through),
        )  # fmt: skip
        self._hands: Callable[[CarInput, float], CarInput] = (
            self._keys if hands == "keyboard" else self._stick
        )
        self._luck = random.Random(3)
        self._held, self._decided_at = CarInput(), 0.0
        self._owed = self._thumb = 0.0

    def _through(self, link: socket.socket) -> socket.socket:
        self.socket = link
        return link

    def wishes(self, now: float) -> CarInput:
        """Return what the hands do of what the driver wants."""
        return self._hands(super().wishes(now), now)

    def _keys(self, wanted: CarInput, now: float) -> CarInput:
        if now - self._decided_at >= DECIDES_S:
            self._decided_at = now
            self._owed = min(1.0, max(-1.0, self._owed + wanted.steering))
            tap = 0.0 if abs(self._owed) < PRESSES else 1.0 if self._owed > 0 else -1.0
            self._owed -= tap
            self._held = replace(
                wanted, steering=tap, throttle=float(wanted.throttle > 0.4),
                brake=float(wanted.brake > 0.3),
            )  # fmt: skip
        return self._held

    def _stick(self, wanted: CarInput, now: float) -> CarInput:
        self._thumb += (wanted.steering - self._thumb) * GOES_AFTER
        shown = self._thumb + self._luck.gauss(0.0, NOISE)
        return replace(wanted, steering=min(1.0, max(-1.0, shown)))

    def cost(self) -> WireCost:
        """Return what the link has cost so far.

        Raises:
            NotMeasured: this system does not count.
        """
        counted = wire_cost(self.socket) if self.socket is not None else None
        if counted is None:
            raise NotMeasured("This system does not count segments: run it on Linux.")
        return counted


def measure(hands: str, seconds: float) -> dict[str, Any]:
    """Return the figures of one race.

    Raises:
        NotMeasured, RaceFailed: it did not come to that.
    """
    with Measured("--db", "memory", clients_max=8) as server:
        player = Player(server.host, server.port, hands)
        crew = Crew([player], time.monotonic() + PATIENCE_S + seconds)
        try:
            crew.until(lambda: player.link.online, "connecting")
            player.link.send(CreateRoom("Hands", "meadow", 5, 7))
            crew.until(lambda: player.view.room is not None, "sitting down")
            player.link.send(Ready(True))
            crew.until(lambda: _is_under_way(player), "the start of the race")
            before, read, began = player.cost(), player.view.readings, time.monotonic()
            crew.until(lambda: time.monotonic() - began >= seconds, "driving")
            took = time.monotonic() - began
            spent = player.cost().since(before)
            messages = read.up_messages(time.monotonic())
        finally:
            player.close()
    return {
        "hands": hands,
        "seconds": round(took, 1),
        "up_kbit_s": round(spent.up_kbit_s(took), 2),
        "down_kbit_s": round(spent.down_kbit_s(took), 2),
        "segments_up_per_s": round(spent.segments_out / took, 1),
        "with_bytes_per_s": round(messages, 1),
        "bytes_up_per_s": round(spent.bytes_out / took),
    }


def _is_under_way(player: Player) -> bool:
    race = player.view.race
    if race is None or race.mine is None:
        return False
    return race.seconds_to_go(time.monotonic()) < -UNDER_WAY_S


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.hands", description=__doc__)
    parser.add_argument("--hands", choices=("keyboard", "gamepad"), default="keyboard")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    try:
        tell(measure(chosen.hands, chosen.seconds), as_json=chosen.json)
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
