"""Opens what a server keeps its races in: the data folder, then the database.

It waits out an election and tells what it waits for; once the server runs,
waiting is the store thread's.

Units: seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

from db.memory import MemoryStore
from db.mongo import MongoStore
from db.mongod import FileLock
from db.replicas import LocalReplicas
from db.store import Store
from db.warden import Warden
from errors import BadOption, StoreUnavailable

log = logging.getLogger(__name__)

STORE_WAIT_S = 30.0
"""How long a start waits for the database: an election takes less."""
STORE_TOLD_S = 5.0
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
    uri = db
    if db == "local":
        replicas = LocalReplicas(data)
        stack.callback(replicas.stop)
        uri = replicas.start(log.info)
        warden = Warden(replicas)
        stack.callback(warden.stop)
        warden.start()
    store = patiently(lambda: MongoStore(uri))
    stack.callback(store.close)
    return store


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
