"""A server under measurement: started, watched from outside, ended.

It runs the real `server.py` as a process of its own, on a core of its own
where the system can do that, and ends it whatever happens. What the server
measures of itself comes as its `--stats` lines; its processor time and memory
are read from the system.

Units: seconds, megabytes; milliseconds where the name says so.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from config import host_and_port
from protocol import VERSION, Connection, Hello, Nodes, Role

SERVER = Path(__file__).parent.parent / "server.py"
READY_S = 60.0
STOP_S = 15.0
ASK_S = 10.0
RECEIVE_BYTES = 65_536
WORDS_KEPT = 5


class NotMeasured(SystemExit):
    """A run that has no figures; the sentence says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


def cores() -> list[int]:
    """Return the cores that this process may use; empty where that is not told."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return []


def pin(mine: Iterable[int]) -> None:
    """Stay on these cores from now on, where the system can do that."""
    chosen = set(mine)
    if chosen and sys.platform == "linux":
        os.sched_setaffinity(0, chosen)


@contextmanager
def apart(wanted: bool, server_cores: int = 1) -> Iterator[bool]:
    """Keep the servers that are started within on cores of their own.

    Args:
        wanted: whether to, if there are cores enough.
        server_cores: how many are theirs; the rest is the load's.

    Yields:
        Whether they are.
    """
    ours = cores()
    apart_now = wanted and len(ours) > server_cores
    Measured.own_cores = ours[:server_cores] if apart_now else []
    try:
        if apart_now:
            pin(ours[server_cores:])
        yield apart_now
    finally:
        Measured.own_cores = []
        pin(ours)


class Measured:
    """One server process (or a fleet of nodes), and what it tells of itself."""

    own_cores: Sequence[int] = ()
    """Where servers are started; empty: anywhere."""

    def __init__(self, *options: str, clients_max: int) -> None:
        """Start `server.py` with these options; wait until players can join.

        Raises:
            NotMeasured: it did not come to that.
        """
        self.reports: list[dict[str, Any]] = []
        """The `--stats` lines, each as its JSON says."""
        self._words: deque[str] = deque(maxlen=WORDS_KEPT)
        loads_on = cores()
        # A child is where its parent is, and so are its threads.
        pin(self.own_cores)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-u", str(SERVER), "--host", "127.0.0.1", "--port", "0",
                 "--stats", "--max-clients", str(clients_max), "--stop-with-stdin", *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        finally:
            pin(loads_on)
        self.host, self.port = "127.0.0.1", 0
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._await_ready()
        except BaseException:
            self.end()
            raise

    def _await_ready(self) -> None:
        assert self._process.stdout is not None
        # Who never gets ready is ended, and that ends the reading of this line.
        bell = threading.Timer(READY_S, self._process.kill)
        bell.start()
        line = self._process.stdout.readline()
        bell.cancel()
        word, _, address = line.strip().partition(" ")
        if word != "ready":
            self._process.wait(STOP_S)
            why = self._words[-1] if self._words else "it said nothing"
            raise NotMeasured(f"The server did not start: {why}")
        self.port = int(address.rpartition(":")[2])

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.startswith("stats "):
                with suppress(ValueError):
                    self.reports.append(json.loads(line.removeprefix("stats ")))
            elif line.strip():
                self._words.append(line.strip())

    def __enter__(self) -> Measured:
        """Return itself, to be ended with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server, whatever happened."""
        self.end()

    def end(self) -> None:
        """End the server and its nodes; kill what does not go."""
        nodes = self.pids()
        self._process.terminate()
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in nodes[1:]:
            # A fleet that was killed leaves its nodes, which end with their input.
            _await_end(pid, STOP_S)

    def nodes(self, count: int = 1) -> list[tuple[str, int]]:
        """Return where the nodes answer, once so many are known; one is known at once.

        Raises:
            NotMeasured: they do not tell in time.
        """
        if count == 1:
            return [(self.host, self.port)]
        until = time.monotonic() + READY_S
        connection = Connection(Role.CLIENT)
        with socket.create_connection((self.host, self.port), ASK_S) as link:
            link.sendall(connection.send(Hello(VERSION, "Who asks", "", "bot")))
            while time.monotonic() < until:
                for message in connection.receive_data(link.recv(RECEIVE_BYTES)):
                    if isinstance(message, Nodes) and len(message.rows) >= count:
                        return [host_and_port(row.address) for row in message.rows]
        raise NotMeasured(f"Not all {count} nodes were there within {READY_S:.0f} s.")

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def pids(self) -> list[int]:
        """Return the server's process, then its nodes where it is a fleet."""
        return [self.pid, *_children(self.pid, "server.py")]

    def cpu_s(self) -> float:
        """Return the processor time of all nodes so far, user and system."""
        return sum(map(_cpu_s, self.pids()))

    def database_cpu_s(self, folder: Path) -> float:
        """Return the processor time so far of the database members whose data lies in a folder."""
        return sum(map(_cpu_s, _running("mongod", str(folder))))

    def memory_mb(self) -> float:
        """Return the memory that the nodes hold."""
        return sum(map(_memory_mb, self.pids()))


def _stat(pid: int) -> list[str]:
    """Return what Linux tells of a process, from its state on; empty when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The name before it stands in brackets, and may hold anything.
    return text.rpartition(")")[2].split()


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _memory_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _children(pid: int, program: str) -> list[int]:
    """Return the children of a process that run a program of ours."""
    return [one for one in _running(program) if int((_stat(one) or "00")[1]) == pid]


def _running(*words: str) -> list[int]:
    """Return the processes whose command line holds all these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (path / "cmdline").read_text(errors="replace")
            if all(word in line for word in words):
                found.append(int(path.name))
    return sorted(found)


def _await_end(pid: int, within_s: float) -> None:
    until = time.monotonic() + within_s
    while _stat(pid) and time.monotonic() < until:
        time.sleep(0.1)
