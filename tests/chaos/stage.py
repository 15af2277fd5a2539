"""The machines of a chaos run: nodes, database members, and the links between.

A `Stage` starts one local replica set and some `server.py` processes on the
loopback, puts a line of the switchboard before each, and does to them what a
fault says. It ends, by process id, everything that it started, in whatever
state that is.

Units: seconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from db.replicas import LocalReplicas
from dialling import Dial
from tests.chaos.proxy import Callers, Line, Switchboard
from tests.waiting import wait_until

if sys.platform != "win32":
    import resource

ROOT = Path(__file__).parent.parent.parent
TRACKS = Path(__file__).parent / "tracks"
READY_S = 60.0
STOP_S = 15.0
WHOLE_S = 30.0
ASK_MS = 2000
SKEWS = (0.0, 600.0, -45.0)
"""No two nodes agree on the time of day: nothing may rest on it."""


class Node:
    """One `server.py`, over all its lives."""

    def __init__(
        self, number: int, folder: Path, uri: str, options: tuple[str, ...], skew: float
    ) -> None:
        """Take how far its time of day is always ahead."""
        self.number = number
        self.name = f"node-{number + 1}"
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.log: list[str] = []
        """What it printed, all its lives together."""
        self.ready = threading.Event()
        self._folder = folder / self.name
        self._folder.mkdir(parents=True)
        self._clock = self._folder / "clock"
        self._clock.write_bytes(struct.pack("<d", skew))
        self._skew = skew
        self._uri = uri
        self._options = options

    def start(self) -> None:
        """Start a life of it; `ready` tells when players can join."""
        self.ready.clear()
        self.process = subprocess.Popen(
            [
                sys.executable, "-u", str(Path(__file__).parent / "clocked.py"),
                str(self._clock), str(TRACKS), str(ROOT / "server.py"), "--host", "127.0.0.1",
                "--port", str(self.port), "--db", self._uri, "--data", str(self._folder),
                "--name", self.name, *self._options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        for stream in (self.process.stdout, self.process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            self.log.append(line)
            if line.startswith("ready "):
                self.port = int(line.split()[1].rpartition(":")[2])
                self.ready.set()

    @property
    def running(self) -> bool:
        """Whether a life of it is under way."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process, if it runs."""
        return self.process.pid if self.process is not None and self.running else None

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.running:
            self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and nothing else."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_S)

    def step_clock(self, offset: float) -> None:
        """Move its time of day on, from where it always is."""
        with self._clock.open("r+b") as file:
            file.write(struct.pack("<d", self._skew + offset))

    def fill_disk(self, *, full: bool) -> None:
        """Let no file of it grow, or let files grow again (Linux only)."""
        if self.pid is not None and sys.platform == "linux":
            _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
            # SQLite rewrites pages in place: even these are beyond the first byte.
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1 if full else hard, hard))


class Stage:
    """All machines of a run, behind a switchboard."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 3,
        options: tuple[str, ...] = (),
        lines: bool = True,
    ) -> None:
        """Take whether links to the database are to be cut and slowed: that costs time."""
        self.folder = folder
        self.replicas = LocalReplicas(folder / "set")
        self.nodes: list[Node] = []
        self.board = Switchboard(Callers(self._pids))
        self.members: list[Line] = []
        """To each database member, in the order of the set."""
        self.doors: list[Line] = []
        """To each node, for clients."""
        self.uri = ""
        """Of the database, by way of the switchboard."""
        self._count = nodes
        self._options = options
        self._lines = lines

    def _pids(self) -> list[int]:
        return [node.pid for node in self.nodes if node.pid is not None]

    def start(self) -> None:
        """Start everything, and wait until players can join."""
        self.folder.mkdir(parents=True, exist_ok=True)
        direct = self.replicas.start()
        self.uri = self._behind_lines(direct) if self._lines else direct
        self.nodes = [
            Node(number, self.folder, self.uri, self._options, SKEWS[number % len(SKEWS)])
            for number in range(self._count)
        ]
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            self.await_ready(node)
            self.doors.append(self.board.line(node.name, "127.0.0.1", node.port))

    def _behind_lines(self, direct: str) -> str:
        """Have the set reach its members, and be reached, by the switchboard."""
        self.members = [
            self.board.line(f"member {number}", "127.0.0.1", member.port)
            for number, member in enumerate(self.replicas.status())
        ]
        with self._primary(direct) as client:
            config = client.admin.command("replSetGetConfig")["config"]
            for member in config["members"]:
                member["host"] = f"127.0.0.1:{self.members[member['_id']].port}"
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
        self.await_whole_set()
        hosts = ",".join(f"127.0.0.1:{line.port}" for line in self.members)
        parts = urlsplit(direct)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@{hosts}"))

    @contextlib.contextmanager
    def _primary(self, uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
        with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=ASK_MS) as client:
            yield client

    def await_ready(self, node: Node) -> None:
        """Wait until a node takes players.

        Raises:
            AssertionError: it ended instead; its log says why.
        """

        def settled() -> bool:
            return node.ready.is_set() or not node.running

        wait_until(settled, f"start {node.name}", READY_S)
        assert node.ready.is_set(), f"{node.name} ended:\n" + "".join(node.log[-20:])

    def await_whole_set(self) -> None:
        """Wait until all members are there, one of them primary."""

        def whole() -> bool:
            states = sorted(one.state for one in self.replicas.status())
            return states == ["PRIMARY", "SECONDARY", "SECONDARY"]

        wait_until(whole, "have a primary and two secondaries", WHOLE_S)

    def dial(self) -> Callable[[str, int], Dial]:
        """Return how clients call: by the line of the node whose address they were told."""

        def call(host: str, port: int) -> Dial:
            for node, door in zip(self.nodes, self.doors, strict=True):
                if port == node.port:
                    return Dial("127.0.0.1", door.port)
            return Dial(host, port)

        return call

    # The database

    def primary(self) -> int | None:
        """Return the number of the primary."""
        states = [one.state for one in self.replicas.status()]
        return states.index("PRIMARY") if "PRIMARY" in states else None

    def signal_member(self, number: int, signal_number: int) -> None:
        """Send a member a signal, if it runs."""
        pid = self.replicas.status()[number].pid
        if pid is not None:
            os.kill(pid, signal_number)

    def step_down(self) -> None:
        """Ask the primary to give way."""
        with contextlib.suppress(PyMongoError), self._primary(self.replicas.uri) as client:
            client.admin.command("replSetStepDown", 5, secondaryCatchUpPeriodSecs=1, force=True)

    def mend_members(self) -> None:
        """Start members again that were killed."""
        self.replicas.mend(lambda line: None)

    # The end

    def heal(self) -> None:
        """End whatever fault there is: links, clocks, disks, stopped and killed processes."""
        for line in [*self.members, *self.doors]:
            for caller in list(line.faults):
                self.board.heal(line, caller)
        for member in self.replicas.status():
            if member.pid is not None:
                os.kill(member.pid, signal.SIGCONT)
        self.mend_members()
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.step_clock(0.0)
            node.fill_disk(full=False)
            if not node.running:
                node.start()
        for node in self.nodes:
            self.await_ready(node)
        self.await_whole_set()

    def close(self) -> None:
        """End everything, by force; what each node said is left in the folder."""
        for node in self.nodes:
            node.kill()
            (self.folder / f"{node.name}.log").write_text("".join(node.log))
        with contextlib.suppress(Exception):
            for member in self.replicas.status():
                if member.pid is not None:
                    os.kill(member.pid, signal.SIGCONT)
        self.replicas.stop(by_force=True)
        self.board.close()
