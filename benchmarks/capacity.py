"""What a server carries: real processes, real sockets, full rooms.

    python -m benchmarks.capacity --clients 64 --seconds 10 --json

Starts a server of its own (`--db memory`, loopback), fills rooms of eight with
clients that each send thirty inputs a second, and prints what the server
measured of itself and what the clients saw. One process plays all clients,
so on two cores one is the server's and one the load's.

Units: seconds and milliseconds as the names say, bytes, megabytes.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import tell
from protocol import (
    VERSION,
    Connection,
    CreateRoom,
    Drive,
    Goodbye,
    Hello,
    JoinRoom,
    LobbyState,
    Message,
    Ping,
    Pong,
    RaceStart,
    Ready,
    Refused,
    Role,
    RoomState,
    Snapshot,
    Welcome,
    unpack_cars,
)
from race import COUNTDOWN_TICKS
from server_link import tune

SERVER = Path(__file__).parent.parent / "server.py"
ROOM = 8
INPUTS_A_SECOND = 30
SETTLE_S = 2.0
LEAD_TICKS = 4
DEADLINE_S = 60.0


class LoadClient:
    """One player of the load: greets, sits down, drives, and counts."""

    def __init__(self, number: int, host: str, port: int) -> None:
        self.number = number
        self.room_id = ""
        self.slot: int | None = None
        self.snapshots = 0
        self.latencies_ms: list[float] = []
        self.arrivals: list[float] = []
        self.welcomed = False
        self._connection = Connection(Role.CLIENT)
        self._sent_at: dict[int, float] = {}
        self._sequence = 0
        self._tick = 0
        self._tick_at = 0.0
        self.socket = socket.create_connection((host, port))
        tune(self.socket)
        self.send(Hello(VERSION, f"Load {number}", "", "bot"))

    def send(self, message: Any) -> None:
        """Send a message; the load never lets its sockets fill."""
        self.socket.sendall(self._connection.send(message))

    def read(self, now: float) -> None:
        """Take what has arrived."""
        data = self.socket.recv(262_144)
        if not data:
            raise SystemExit(f"client {self.number} was cut off")
        messages = self._connection.receive_data(data)
        for last in messages[-1:]:
            if isinstance(last, Goodbye | Refused):
                raise SystemExit(f"client {self.number} was sent away: {last.text}")
        for message in messages:
            self._take(message, now)

    def _take(self, message: Message, now: float) -> None:
        match message:
            case Snapshot():
                self.snapshots += 1
                self.arrivals.append(now)
                self._tick, self._tick_at = message.tick, now
                for record in unpack_cars(message.cars):
                    if record.slot == self.slot:
                        self._acknowledged(record.acked_sequence, now)
            case Ping(nonce):
                self.send(Pong(nonce))
            case Welcome():
                self.welcomed = True
            case RoomState():
                self.room_id = message.room_id
            case RaceStart():
                self.slot = message.slot
            case LobbyState():
                pass

    def _acknowledged(self, sequence: int, now: float) -> None:
        for one in [one for one in self._sent_at if one <= sequence]:
            self.latencies_ms.append((now - self._sent_at.pop(one)) * 1000)

    def drive(self, now: float) -> None:
        """Send one input, different from the last, so that none can be saved."""
        if self.slot is None:
            return
        self._sequence += 1
        self._sent_at[self._sequence] = now
        tick = self._tick + int((now - self._tick_at) * 60) + LEAD_TICKS
        throttle = 120 + (self._sequence * 7 + self.number) % 120
        steering = (self._sequence // 15 * 31 + self.number * 17) % 81 - 40
        self.send(Drive(self._sequence, tick, throttle, 0, steering, 2))


class Load:
    """All clients, driven by one loop."""

    def __init__(self, host: str, port: int, count: int) -> None:
        self.clients = [LoadClient(number, host, port) for number in range(count)]
        self.selector = selectors.DefaultSelector()
        for client in self.clients:
            self.selector.register(client.socket, selectors.EVENT_READ, client)

    def turn(self, until: float) -> None:
        """Read what arrives until a moment."""
        while (wait := until - time.perf_counter()) > 0:
            for key, _ in self.selector.select(wait):
                key.data.read(time.perf_counter())

    def until(self, done: Any, what: str) -> None:
        """Read until a condition holds."""
        deadline = time.perf_counter() + DEADLINE_S
        while not done():
            if time.perf_counter() > deadline:
                raise SystemExit(f"the load did not come to {what}")
            self.turn(time.perf_counter() + 0.02)

    def seat(self) -> None:
        """Fill rooms of eight and start their races."""
        self.until(lambda: all(one.welcomed for one in self.clients), "be welcomed")
        for start in range(0, len(self.clients), ROOM):
            first, *others = self.clients[start : start + ROOM]
            first.send(CreateRoom(f"Load {start // ROOM}", "meadow", 20, 0))
            self.until(lambda first=first: first.room_id, "open a room")
            for one in others:
                one.send(JoinRoom(first.room_id))
            self.until(lambda others=others: all(one.room_id for one in others), "sit down")
        for one in self.clients:
            one.send(Ready(True))
        self.until(lambda: all(one.slot is not None for one in self.clients), "race")

    def drive(self, seconds: float) -> float:
        """Send thirty inputs a second from everyone; return the seconds it took."""
        start = time.perf_counter()
        step = 1.0 / INPUTS_A_SECOND / len(self.clients)
        due, number = start, 0
        # Spread over the tick: real players do not press in step.
        while time.perf_counter() < start + seconds:
            self.clients[number % len(self.clients)].drive(time.perf_counter())
            number += 1
            due += step
            self.turn(due)
        return time.perf_counter() - start


@contextmanager
def measured_server(clients_max: int) -> Iterator[tuple[str, int, list[dict[str, Any]]]]:
    """Run a server for a while; yield host, port, and the reports that it makes of itself."""
    server = subprocess.Popen(
        [sys.executable, "-u", str(SERVER), "--db", "memory", "--host", "127.0.0.1",
         "--port", "0", "--stats", "--max-clients", str(clients_max)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        host, _, port = server.stdout.readline().split()[1].rpartition(":")
        reports: list[dict[str, Any]] = []

        def listen(stream: Any) -> None:
            for line in stream:
                if line.startswith("stats "):
                    reports.append(json.loads(line.removeprefix("stats ")))

        threading.Thread(target=listen, args=(server.stderr,), daemon=True).start()
        yield host, int(port), reports
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def measure(count: int, seconds: float) -> dict[str, Any]:
    """Return the figures of one run."""
    with measured_server(count + 8) as (host, port, reports):
        load = Load(host, port, count)
        load.seat()
        load.drive(COUNTDOWN_TICKS / 60 + SETTLE_S)
        for client in load.clients:
            client.snapshots = 0
            client.latencies_ms.clear()
            client.arrivals.clear()
        first = len(reports)
        took = load.drive(seconds)
        return summary(load, reports[first + 1 :], took)


def summary(load: Load, reports: list[dict[str, Any]], took: float) -> dict[str, Any]:
    """Return the figures, from the server's reports and the clients' counts."""
    span = float(sum(one["seconds"] for one in reports))
    late = sorted(ms for one in reports for ms in one["tick_late_ms"])
    latencies = sorted(ms for one in load.clients for ms in one.latencies_ms)
    gaps = sorted(
        (b - a) * 1000
        for one in load.clients
        for a, b in zip(one.arrivals, one.arrivals[1:], strict=False)
    )
    snapshots = statistics.median(one.snapshots for one in load.clients) / took

    def share(values: list[float], part: float) -> float:
        return round(float(values[min(len(values) - 1, int(len(values) * part))]), 3)

    def per_second(name: str) -> float:
        return round(float(sum(one[name] for one in reports)) / span, 3)

    return {
        "clients": len(load.clients),
        "rooms": (len(load.clients) + ROOM - 1) // ROOM,
        "seconds": round(took, 2),
        "ticks_per_s": round(len(late) / span, 2),
        "tick_late_ms_p50": share(late, 0.5),
        "tick_late_ms_p99": share(late, 0.99),
        "tick_work_ms": round(statistics.mean(one["tick_work_ms_mean"] for one in reports), 3),
        "snapshots_per_s": round(snapshots, 2),
        "snapshot_gap_ms_p99": share(gaps, 0.99),
        "cpu_s_per_s": per_second("cpu_s"),
        "rss_mb": max(one["rss_mb"] for one in reports),
        "down_bytes_per_s": per_second("bytes_out"),
        "up_bytes_per_s": per_second("bytes_in"),
        "input_to_snapshot_ms_p50": share(latencies, 0.5),
        "input_to_snapshot_ms_p99": share(latencies, 0.99),
    }


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--clients", type=int, default=64, metavar="N")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    if not 1 <= chosen.clients <= 1000 or not 2 <= chosen.seconds <= 600:
        print("--clients goes from 1 to 1000 and --seconds from 2 to 600.", file=sys.stderr)
        return 2
    figures = measure(chosen.clients, chosen.seconds)
    tell(figures, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
