"""Opens what a server keeps its races in: the data folder, then the database.

It waits out an election and tells what it waits for; once the server runs,
waiting is the store thread's. The folder also knows the last process that
used it, so that a new one need not wait for that to be declared dead.

Units: seconds.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

from db.cached_store import CachedStore
from db.memory import MemoryStore
from db.mongod import FileLock
from db.replicas import LocalReplicas
from db.store import Card, Store
from db.warden import Warden
from errors import BadOption, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

STORE_WAIT_S = 30.0
"""How long a start waits for the database: an election takes less."""
STORE_TOLD_S = 5.0
NAME_WAIT_S = 5.0
"""A name may still be that of a process that was killed a moment ago."""
BOOT_BYTES = 6
BOOT_CHARS_MAX = 64
POLL_S = 0.5

T = TypeVar("T")


def hold_folder(data: Path, stack: ExitStack) -> Path:
    """Take a data folder for this server alone; return where its address belongs.

    Two servers in one folder would deliver the same results and take the
    live races from each other.

    Raises:
        BadOption: another server has it, or it cannot be written.
    """
    address = data / "server.address"
    lock = FileLock(data / "server.lock")
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not lock.take():
            with suppress(OSError):
                raise BadOption(
                    f"--data: {data} is used by the server at {address.read_text()[:80]}: "
                    "join that one, stop it, or choose another folder."
                )
            raise BadOption(
                f"--data: {data} is used by a server that is starting: "
                "stop it, or choose another folder."
            )
        stack.callback(lock.release, remove=False)
        address.unlink(missing_ok=True)
    except OSError as error:
        raise BadOption(
            f"--data: {data} cannot be written ({error.strerror}): choose another folder."
        ) from error
    stack.callback(address.unlink, missing_ok=True)
    return address


def open_store(db: str, data: Path, stack: ExitStack) -> Store:
    """Return the database of a `--db` option; it is closed with the stack.

    Raises:
        BadOption: the option leads to no database that can be used.
        NoMongod, BadFile: the local replica set cannot be started.
        StoreUnavailable: nobody answers.
    """
    if db == "memory":
        log.warning("--db memory: nothing is kept; results are gone when the server stops")
        return MemoryStore()
    uri = open_local_set(data, stack) if db == "local" else db
    store = patiently(lambda: CachedStore(uri))
    stack.callback(store.close)
    return store


def open_local_set(data: Path, stack: ExitStack) -> str:
    """Start the replica set of a folder for the time of the stack; return its URI.

    Raises:
        NoMongod, BadFile, StoreUnavailable: it cannot be started.
    """
    replicas = LocalReplicas(data)
    stack.callback(replicas.stop)
    uri = replicas.start(log.info)
    warden = Warden(replicas)
    stack.callback(warden.stop)
    warden.start()
    return uri


def next_boot(data: Path | None) -> tuple[str, str]:
    """Return the names of this process and of the last one in its folder, if known."""
    boot, previous = os.urandom(BOOT_BYTES).hex(), ""
    if data is not None:
        path = data / "boot"
        # Without it the node waits a little until its last life is forgotten.
        with suppress(OSError, ValueError):
            previous = path.read_text()[:BOOT_CHARS_MAX]
        with suppress(OSError):
            path.write_text(boot)
    return boot, previous


def take_name(store: Store, card: Card, previous: str) -> None:
    """Announce a node before it does anything under its name.

    Raises:
        BadOption: another process bears the name, and lives.
        StoreUnavailable: the database does not answer.
    """
    deadline = time.monotonic() + NAME_WAIT_S
    while True:
        try:
            return patiently(lambda: store.announce(card, previous))
        except StoreRefused as error:
            if time.monotonic() > deadline:
                raise BadOption(f"--name: {error}.") from error
            time.sleep(POLL_S)


def patiently(call: Callable[[], T]) -> T:
    """Repeat a call of the database as long as an election may take.

    Raises:
        StoreUnavailable: it takes longer.
    """
    start = time.monotonic()
    told = -STORE_TOLD_S
    while True:
        try:
            return call()
        except StoreUnavailable as error:
            waited = time.monotonic() - start
            if waited > STORE_WAIT_S:
                raise
            if waited >= told + STORE_TOLD_S:
                told = waited
                log.info("waiting for the database (%d of %d s): %s", waited, STORE_WAIT_S, error)
            time.sleep(POLL_S)
