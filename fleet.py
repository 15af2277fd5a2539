"""Several nodes on one machine: server processes over one replica set.

One process runs one core's worth of races; `--nodes N` runs N of them as one
game. Each has a folder of its own below the data folder, a port and a name of
its own, and is started again when it ends by itself. It prints `ready
HOST:PORT`, the first node's, when players can join all of them.

It runs no race and opens no port.

Units: seconds.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from config import ServerOptions, address_of, host_and_port
from db.opening import hold_folder, open_local_set
from errors import SlipstreamError

log = logging.getLogger("slipstream")

SERVER = Path(__file__).parent / "server.py"
POLL_S = 0.1
STOP_S = 4.0
"""A node that takes longer is killed; what it had to keep is on disk."""
PAUSE_S = 1.0
PAUSE_S_MAX = 30.0
STEADY_S = 60.0
"""Who ran so long is started again without a growing pause."""


def when_input_ends(call: Callable[[], None]) -> None:
    """Call once nobody holds our standard input: who started us has ended, however.

    The call comes from another thread.
    """

    def watch() -> None:
        # Past the buffer of `sys.stdin`: its lock, held at our end, would abort the process.
        while os.read(0, 1024):
            pass
        call()

    threading.Thread(target=watch, name="input", daemon=True).start()


class FleetFailed(SlipstreamError):
    """A node did not start; its own words are above."""


class NodeProcess:
    """One node, in all its lives."""

    def __init__(self, options: ServerOptions, number: int, db: str) -> None:
        """Args:
        number: from 1.
        """
        self.name = f"{options.name}-{number}"
        self.address = ""
        """HOST:PORT, once it can be joined."""
        self._host = options.host
        self._port = options.port + number - 1 if options.port else 0
        self._arguments = [
            "--host", options.host, "--data", str(options.data / f"node-{number}"),
            "--name", self.name, "--max-clients", str(options.clients_max), "--nodes", "1",
            "--stop-with-stdin",
        ]  # fmt: skip
        if options.advertise:
            host, port = host_and_port(options.advertise)
            self._arguments += ["--advertise", address_of(host, port + number - 1)]
        self._arguments += ["--allow-faults"] * options.allow_faults
        self._arguments += ["--stats"] * options.stats + ["--verbose"] * options.verbose
        # The URI has a password in it, and command lines are for all to see.
        self._environment = os.environ | {"SLIPSTREAM_DB": db}
        self._process: subprocess.Popen[str] | None = None
        self._started_at = 0.0
        self._pause = PAUSE_S

    @property
    def code(self) -> int | None:
        """How its newest life ended; None while it lives."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Begin a life."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(SERVER), "--port", str(self._port), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            text=True,
            # Ctrl-C is for the fleet, which tells its nodes.
            start_new_session=sys.platform != "win32",
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            word, _, address = line.strip().partition(" ")
            if word == "ready":
                # The next life is where clients know it.
                self._port = int(address.rpartition(":")[2])
                self.address = address

    def look_after(self, now: float) -> None:
        """Start it again where it has ended, less and less often."""
        if self.code is None or now < self._started_at + self._pause:
            return
        log.warning("node %s has ended (exit code %s): starting it again", self.name, self.code)
        steady = now - self._started_at > STEADY_S
        self._pause = PAUSE_S if steady else min(2.0 * self._pause, PAUSE_S_MAX)
        self.start()

    def tell_to_stop(self) -> None:
        """Ask it to end at once, without handing over to the others, who end too."""
        if self._process is not None and self.code is None:
            if sys.platform == "win32":
                self._process.terminate()
            else:
                self._process.send_signal(signal.SIGINT)

    def end(self, deadline: float) -> None:
        """Wait for its end; kill it at the deadline."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("node %s did not stop in time", self.name)
            self._process.kill()
            self._process.wait()


class Fleet:
    """All nodes of this machine, from the first line to the last."""

    def __init__(self, options: ServerOptions, stack: ExitStack) -> None:
        self._stopping = False
        self._address = hold_folder(options.data, stack)
        db = open_local_set(options.data, stack) if options.db == "local" else options.db
        self._nodes = [NodeProcess(options, number, db) for number in range(1, options.nodes + 1)]
        stack.callback(self._stop)

    def run(self) -> None:
        """Run all nodes until a signal says otherwise.

        Raises:
            FleetFailed: a node did not start.
        """
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        for node in self._nodes:
            node.start()
        while not self._stopping and not all(node.address for node in self._nodes):
            for node in self._nodes:
                if node.code is not None:
                    raise FleetFailed(f"Node {node.name} did not start: its words are above.")
            time.sleep(POLL_S)
        if self._stopping:
            return
        self._address.write_text(self._nodes[0].address)
        print(f"ready {self._nodes[0].address}", flush=True)
        while not self._stopping:
            for node in self._nodes:
                node.look_after(time.monotonic())
            time.sleep(POLL_S)

    def _stop(self) -> None:
        log.info("stopping all nodes")
        for node in self._nodes:
            node.tell_to_stop()
        deadline = time.monotonic() + STOP_S
        for node in self._nodes:
            node.end(deadline)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
