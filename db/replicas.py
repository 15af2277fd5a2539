"""A replica set of three members on this machine, for play and for tests.

`LocalReplicas.start` finds or makes everything below one data folder: key
file, password, ports, members; what already runs there is used again, and
`stop` leaves running what another server uses. The members bind the loopback
only and require the password; they outlive a server that is killed, and the
next one takes them over. For the open internet, run a current MongoDB of
your own.

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
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from db.mongod import (
    FileLock,
    command_of,
    find_mongod,
    free_port,
    is_free,
    kill,
    reap,
    runnable,
    spawn,
    write_secret,
)
from errors import BadFile, NoMongod, SlipstreamError, StoreUnavailable

MEMBERS = 3
SET_NAME = "slipstream"
USER = "slipstream"
STATE_FILE = "replicas.json"
PRIMARY_S = 60.0
"""A cold machine elects in 4 s; a loaded one may take a while longer."""
MEMBER_UP_S = 40.0
STOP_S = 2.0
"""Members that linger longer are killed; their journals make that harmless."""
ADMIN_S = 2.0
POLL_S = 0.05
LOG_BYTES_MAX = 8 << 20
ELECTION_TIMEOUT_MS = 1000
HEARTBEAT_MS = 250
MEMBER_OPTIONS = (
    "--bind_ip", "127.0.0.1", "--replSet", SET_NAME, "--oplogSize", "64",
    "--wiredTigerCacheSizeGB", "0.25", "--networkMessageCompressors", "disabled",
    "--setParameter", "diagnosticDataCollectionEnabled=false",
    "--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=8MB)",
)  # fmt: skip
"""Small on disk (a journal of 8 MB instead of 300) and in memory; no
compressors: 6.0.5 leaks in its zlib."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Member:
    """One mongod of the set, as `status` sees it."""

    port: int
    pid: int | None
    """None when it does not run."""
    state: str
    """"PRIMARY", "SECONDARY", ..., or "down"."""


class LocalReplicas:
    """The replica set below one data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = (data / "db").resolve()
        self._state: dict[str, Any] = {}
        # Held while this object uses the members; ends with the process.
        self._use = FileLock(self.folder / f"used-{os.getpid()}-{id(self):x}")

    # Starting

    def start(self, progress: Progress = lambda line: None, *, keep: bool = False) -> str:
        """Start what does not run yet; return the URI to connect with.

        With `keep` the members run until they are stopped by force.

        Raises:
            NoMongod: there is no database program, or it does not run here.
            BadFile: the data folder holds something else, or is damaged.
            StoreUnavailable: no primary was elected in time.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            program = runnable(find_mongod(), self.folder)
            with self._locked(PRIMARY_S):
                self._start(program, progress)
                self._use.take()
                if keep:
                    self._save(kept=True)
        except OSError as error:
            raise BadFile(
                self.folder,
                f"the database cannot be kept here ({error.strerror or error})",
                "see that this user may write there, or choose another --data folder",
            ) from error
        return self.uri

    def _start(self, program: Path, progress: Progress) -> None:
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
        elif self._state.get("moved"):
            progress("moving database members to free ports")
            self._reconfigure()
        self._await_primary(progress)
        if not self._state.get("user"):
            self._create_user()

    @property
    def uri(self) -> str:
        """The URI to connect with, password included."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._state["ports"])
        password = quote_plus(self._state["password"])
        return f"mongodb://{USER}:{password}@{hosts}/?replicaSet={SET_NAME}&authSource=admin"

    def _load(self, create: bool = False) -> None:
        path = self.folder / STATE_FILE
        if not path.exists():
            if not create:
                raise BadFile(self.folder, "there is no database here", "start it first")
            if any(self.folder.glob("member*")):
                raise BadFile(
                    self.folder,
                    f"it holds members but no {STATE_FILE}",
                    "restore that file, or choose another --data folder",
                )
            self._state = {
                "version": 1,
                "ports": [],
                "password": secrets.token_urlsafe(24),
            }
            key = base64.b64encode(secrets.token_bytes(512)).decode()
            write_secret(self.folder / "key", key)
            self._save()
            return
        try:
            state = json.loads(path.read_text())
            if state["version"] != 1 or not isinstance(state["password"], str):
                raise ValueError("another version")
            ports = state["ports"]
            if len(ports) not in (0, MEMBERS) or not all(type(one) is int for one in ports):
                raise ValueError(f"it does not name {MEMBERS} ports")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadFile(
                path, f"it is damaged ({error})", "restore it, or choose another --data folder"
            ) from error
        if not (self.folder / "key").exists():
            raise BadFile(
                self.folder / "key", "it is missing", "restore it, or choose another --data folder"
            )
        there = sum((self.folder / f"member{n}" / "WiredTiger").exists() for n in range(MEMBERS))
        if state.get("user") and there <= MEMBERS // 2:
            raise BadFile(
                self.folder,
                f"the data of {MEMBERS - there} of {MEMBERS} members is missing",
                "restore it, or choose another --data folder",
            )
        self._state = state

    def _save(self, **changes: object) -> None:
        self._state.update(changes)
        write_secret(self.folder / STATE_FILE, json.dumps(self._state, indent=1))

    def _choose_ports(self) -> None:
        """Give a port to each member that has none, or whose port others took."""
        ports = list(self._state["ports"]) or [0] * MEMBERS
        for number in range(MEMBERS):
            if self._pid(number) is None and not is_free(ports[number]):
                ports[number] = free_port(taken=ports)
        if ports != self._state["ports"]:
            self._save(ports=ports, moved=bool(self._state.get("initiated")))

    def _launch(self, program: Path, number: int) -> None:
        member = self.folder / f"member{number}"
        member.mkdir(exist_ok=True)
        written = member / "mongod.log"
        if written.exists() and written.stat().st_size > LOG_BYTES_MAX:
            written.replace(member / "mongod.log.old")
        pid = spawn(
            [
                str(program), "--port", str(self._state["ports"][number]),
                "--dbpath", str(member), "--keyFile", str(self.folder / "key"),
                "--logpath", str(written), "--logappend", *MEMBER_OPTIONS,
            ],
            member / "output.txt",
        )  # fmt: skip
        (member / "pid").write_text(str(pid))

    def _await_member(self, number: int) -> None:
        deadline = time.monotonic() + MEMBER_UP_S
        while time.monotonic() < deadline:
            if self._pid(number) is None:
                raise self._early_end(number)
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._state["ports"][number]), 1.0).close()
                return
            time.sleep(POLL_S)
        raise StoreUnavailable(f"database member {number} did not answer in {MEMBER_UP_S:.0f} s")

    def _early_end(self, number: int) -> SlipstreamError:
        """Return why a member ended as soon as it was started."""
        member = self.folder / f"member{number}"
        output = (member / "output.txt").read_text(errors="replace").split("\n")
        if not (member / "mongod.log").exists():
            said = next((one for one in output if one.strip()), "no word")
            return NoMongod(
                f"The database program does not run on this machine ({said[:200]}): "
                "install MongoDB, or start with --db memory."
            )
        return StoreUnavailable(
            f"database member {number} ended at once; {member / 'mongod.log'} says why"
        )

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
        self._save(initiated=True)

    def _reconfigure(self) -> None:
        """Tell the set the new ports; any member may be told, by force."""
        deadline = time.monotonic() + PRIMARY_S
        fault: PyMongoError | None = None
        while time.monotonic() < deadline:
            for number in range(MEMBERS):
                try:
                    with self._direct(number, user=True) as client:
                        config = client.admin.command("replSetGetConfig")["config"]
                        for member in config["members"]:
                            member["host"] = f"127.0.0.1:{self._state['ports'][member['_id']]}"
                        client.admin.command("replSetReconfig", config, force=True)
                    self._save(moved=False)
                    return
                except PyMongoError as error:
                    fault = error
            time.sleep(POLL_S)
        raise StoreUnavailable(f"the members could not be moved to other ports ({fault})")

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
        self._save(user=True)

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

    def stop(self, *, by_force: bool = False) -> bool:
        """Shut the members down; return whether they were.

        They run on while another server uses them, or where they were started
        to be kept, unless `by_force`.
        """
        self._use.release()
        try:
            with self._locked(STOP_S):
                self._load()
                if not by_force and (self._state.get("kept") or self._is_used()):
                    return False
                self._shut_down()
                self._save(kept=False)
        except OSError:
            # The folder is gone or read-only: what it described cannot be told.
            return False
        except BadFile:
            # Nothing was started here, or another start is going on.
            if by_force and (self.folder / STATE_FILE).exists():
                raise
            return False
        return True

    def _is_used(self) -> bool:
        """Whether any process holds a mark of use; marks of ended ones go."""
        for path in self.folder.glob("used-*"):
            mark = FileLock(path)
            if not mark.take():
                return True
            mark.release()
        return False

    def _shut_down(self) -> None:
        running = {n: pid for n in range(MEMBERS) if (pid := self._pid(n)) is not None}
        # All at once: a primary that is told alone first waits to step down.
        for number in running:
            threading.Thread(target=self._ask_to_end, args=(number,), daemon=True).start()
        deadline = time.monotonic() + STOP_S
        while any(self._pid(number) for number in running) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        for number, pid in running.items():
            if self._pid(number) is not None:
                kill(pid)
            reap(pid, STOP_S)
            (self.folder / f"member{number}" / "pid").unlink(missing_ok=True)

    def _ask_to_end(self, number: int) -> None:
        with contextlib.suppress(PyMongoError), self._direct(number, user=True) as client:
            client.admin.command("shutdown", force=True, timeoutSecs=0)

    # Small things

    def _pid(self, number: int) -> int | None:
        """Return the process of a member of this folder, if it runs."""
        member = self.folder / f"member{number}"
        # `mongod.lock` is MongoDB's own: it helps where a start was interrupted.
        for name in ("pid", "mongod.lock"):
            with contextlib.suppress(OSError, ValueError):
                pid = int((member / name).read_text())
                # A copied folder names the processes of the original.
                mine = "mongod" if sys.platform == "win32" else f" {member} "
                if mine in command_of(pid):
                    return pid
        return None

    @contextlib.contextmanager
    def _direct(self, number: int, user: bool = False) -> Iterator[MongoClient[Any]]:
        port = self._state["ports"][number]
        login = f"{USER}:{quote_plus(self._state['password'])}@" if user else ""
        client: MongoClient[Any] = MongoClient(
            f"mongodb://{login}127.0.0.1:{port}/?directConnection=true",
            serverSelectionTimeoutMS=int(ADMIN_S * 1000), socketTimeoutMS=5000,
        )  # fmt: skip
        try:
            yield client
        finally:
            client.close()

    @contextlib.contextmanager
    def _locked(self, wait_s: float) -> Iterator[None]:
        """Hold the folder, so that two servers do not start its members twice."""
        lock = FileLock(self.folder / "starting")
        deadline = time.monotonic() + wait_s
        while not lock.take():
            if time.monotonic() > deadline:
                raise BadFile(
                    self.folder, "another server is starting this database", "try again later"
                )
            time.sleep(POLL_S)
        try:
            yield
        finally:
            lock.release(remove=False)


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
            print(replicas.start(lambda line: print(line, file=sys.stderr), keep=True))
        elif chosen.action == "stop":
            replicas.stop(by_force=True)
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
