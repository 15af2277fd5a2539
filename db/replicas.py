"""A replica set of three members on this machine, for play and for tests.

`LocalReplicas.start` finds or makes everything below one data folder: key
file, password, ports, members; what already runs there is used again, and
`stop` leaves running what another server uses. The members bind the loopback
only and require the password; they outlive a server that is killed, and the
next one takes them over. For the open internet, run a current MongoDB of
your own.

    python -m db.replicas start|status|stop --data FOLDER

It starts and ends processes and keeps the folder; what is said to the members
is in `members.py`.

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.members import POLL_S, PRIMARY_S, SET_NAME, Members
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
)
from errors import BadFile, NoMongod, SlipstreamError, StoreUnavailable
from kept_file import write_whole

MEMBERS = 3
STATE_FILE = "replicas.json"
MEMBER_UP_S = 40.0
STOP_S = 2.0
"""Members that linger longer are killed; their journals make that harmless."""
LOG_BYTES_MAX = 8 << 20
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
        self._log_from: dict[int, int] = {}
        """Where the log of each member began that was started here."""
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

    def mend(self, progress: Progress) -> bool:
        """Start members again that ended by themselves; return whether any had to be.

        Raises:
            BadFile, NoMongod: as `start`, which may be going on elsewhere.
        """
        with self._locked(0.0):
            self._load()
            ended = [number for number in range(MEMBERS) if self._pid(number) is None]
            if not ended or self._state.get("stopped"):
                return False
            self._start_again(runnable(find_mongod(), self.folder), ended, progress)
        return True

    def _start_again(self, program: Path, ended: list[int], progress: Progress) -> None:
        for number in ended:
            progress(f"database member {number} had ended; it is started again")
            self._launch(program, number)

    def _start(self, program: Path, progress: Progress) -> None:
        self._load(create=True)
        self._choose_ports()
        self._save(stopped=False)
        missing = [n for n in range(MEMBERS) if self._pid(n) is None]
        if missing:
            progress(f"starting {len(missing)} database members")
        for number in missing:
            self._launch(program, number)
        self._await_members(missing, progress)
        if not self._state.get("initiated"):
            progress("setting up the replica set")
            self._members.initiate()
            self._save(initiated=True)
        elif self._state.get("moved"):
            progress("moving database members to free ports")
            self._members.move()
            self._save(moved=False)
        there = [n for n in range(MEMBERS) if n not in missing]
        self._await_primary(program, there, progress)
        if not self._state.get("user"):
            self._members.create_user()
            self._save(user=True)
        if not self._members.lets_us_in():
            raise BadFile(
                self.folder / STATE_FILE,
                "its password is not that of the database beside it",
                "restore that file, or choose another --data folder",
            )

    def known_uri(self) -> str:
        """Return the URI of a set that was started before; nothing is started.

        Raises:
            BadFile: there is none, or its file is damaged.
        """
        self._load()
        return self.uri

    @property
    def uri(self) -> str:
        """The URI to connect with, password included."""
        return self._members.uri

    @property
    def _members(self) -> Members:
        return Members(self._state["ports"], self._state["password"])

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
            write_whole(self.folder / "key", key, mode=0o600)
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
        write_whole(self.folder / STATE_FILE, json.dumps(self._state, indent=1), mode=0o600)

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
        self._log_from[number] = written.stat().st_size if written.exists() else 0
        pid = spawn(
            [
                str(program), "--port", str(self._state["ports"][number]),
                "--dbpath", str(member), "--keyFile", str(self.folder / "key"),
                "--logpath", str(written), "--logappend", *MEMBER_OPTIONS,
            ],
            member / "output.txt",
        )  # fmt: skip
        (member / "pid").write_text(str(pid))

    def _await_members(self, missing: Sequence[int], progress: Progress) -> None:
        """Wait for those that were started; a set that was made goes on with two."""
        lost = False
        for number in missing:
            try:
                self._await_member(number)
            except StoreUnavailable as error:
                if lost or not self._state.get("user"):
                    raise
                lost = True
                progress(f"{error}; going on with the other two")

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
        if b"DBPathInUse" in (member / "mongod.log").read_bytes()[self._log_from[number] :]:
            return BadFile(
                member,
                "another database program uses it, perhaps from before the folder was moved",
                "end that one, or choose another --data folder",
            )
        return StoreUnavailable(
            f"database member {number} ended at once; {member / 'mongod.log'} says why"
        )

    def _await_primary(self, program: Path, there: list[int], progress: Progress) -> None:
        """Wait for an election; start members again that were there, and were just ending."""
        start = time.monotonic()
        told = 0
        while (waited := time.monotonic() - start) < PRIMARY_S:
            if self._members.primary() is not None:
                return
            ended = [one for one in there if self._pid(one) is None]
            self._start_again(program, ended, progress)
            there = [one for one in there if one not in ended]
            if int(waited) > told:
                told = int(waited)
                progress(f"waiting for a primary to be elected ({told} s)")
            time.sleep(POLL_S)
        raise StoreUnavailable(f"no primary was elected in {PRIMARY_S:.0f} s")

    # Looking and stopping

    def status(self) -> list[Member]:
        """Return what runs.

        Raises:
            BadFile: there is no database in this folder.
        """
        self._load()
        return [
            Member(port, pid, self._members.state(number) if pid is not None else "down")
            for number, port in enumerate(self._state["ports"])
            for pid in [self._pid(number)]
        ]

    def stop(self, *, by_force: bool = False) -> bool:
        """Shut the members down; return whether they were.

        They run on while another server uses them, or where they were started
        to be kept, unless `by_force`.
        """
        self._use.release()
        try:
            with self._locked(STOP_S):
                self._load()
                if not by_force and (self._state.get("kept") or self.in_use()):
                    return False
                # First the word, so that no warden starts them again.
                self._save(kept=False, stopped=True)
                self._shut_down()
        except OSError:
            # The folder is gone or read-only: what it described cannot be told.
            return False
        except BadFile:
            # Nothing was started here, or another start is going on.
            if by_force and (self.folder / STATE_FILE).exists():
                raise
            return False
        return True

    def in_use(self) -> bool:
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
            threading.Thread(target=self._members.ask_to_end, args=(number,), daemon=True).start()
        deadline = time.monotonic() + STOP_S
        while any(self._pid(number) for number in running) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        for number, pid in running.items():
            if self._pid(number) is not None:
                kill(pid)
            reap(pid, STOP_S)
            (self.folder / f"member{number}" / "pid").unlink(missing_ok=True)

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


ABOUT = """\
The local replica set of a data folder: three MongoDB members on this machine.

  start    start what does not run, and print the URI to connect with
  status   show each member, then the URI; exit code 1 without a primary
  stop     shut all members down, unless a server uses them
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, show or stop the replica set of a data folder; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m db.replicas", description=ABOUT, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("action", choices=("start", "status", "stop"))
    parser.add_argument(
        "--data", default="data", metavar="FOLDER", help="as of the server (default: ./data)"
    )
    parser.add_argument("--force", action="store_true", help="stop even what a server uses")
    chosen = parser.parse_args(arguments)
    replicas = LocalReplicas(Path(chosen.data).expanduser().resolve())
    try:
        if chosen.action == "start":
            print(replicas.start(lambda line: print(line, file=sys.stderr), keep=True))
            return 0
        members = replicas.status()
        if chosen.action == "status":
            for member in members:
                pid = f"pid {member.pid}" if member.pid else "-"
                print(f"127.0.0.1:{member.port:<6} {member.state:<16} {pid}")
            print(replicas.uri)
            return 0 if any(member.state == "PRIMARY" for member in members) else 1
        if replicas.in_use() and not chosen.force:
            print("A server uses it: stop that one first, or add --force.", file=sys.stderr)
            return 1
        running = sum(member.pid is not None for member in members)
        replicas.stop(by_force=True)
        print(f"stopped {running} members" if running else "nothing was running", file=sys.stderr)
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
