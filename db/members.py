"""What is said to the members of a local replica set, one by one.

Administration only: who is primary, make the set, move it, make its user,
shut a member down. Besides `mongo.py` the only module that talks to MongoDB;
it reads no document and starts no process.

Units: seconds, unless a name says otherwise.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from errors import StoreUnavailable

SET_NAME = "slipstream"
USER = "slipstream"
ADMIN_S = 2.0
PRIMARY_S = 60.0
"""A cold machine elects in 4 s; a loaded one may take a while longer."""
POLL_S = 0.05
ELECTION_TIMEOUT_MS = 1000
HEARTBEAT_MS = 250
INITIATED = 23
HAS_USER = (13, 51003)
"""Codes of MongoDB for a step that an interrupted start had taken."""
WRONG_LOGIN = 18


class Members:
    """The members of one set, by their number, on ports of this machine."""

    def __init__(self, ports: Sequence[int], password: str) -> None:
        self._ports = list(ports)
        self._password = password

    @property
    def uri(self) -> str:
        """The URI to connect with, password included."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        login = f"{USER}:{quote_plus(self._password)}"
        return f"mongodb://{login}@{hosts}/?replicaSet={SET_NAME}&authSource=admin"

    def state(self, number: int) -> str:
        """Return what a member is: "PRIMARY", "SECONDARY", ..."""
        try:
            with self._direct(number) as client:
                hello = client.admin.command("hello")
        except PyMongoError:
            return "does not answer"
        if hello.get("isWritablePrimary"):
            return "PRIMARY"
        return "SECONDARY" if hello.get("secondary") else "STARTING"

    def primary(self) -> int | None:
        """Return the number of the primary, if there is one."""
        states = (number for number in range(len(self._ports)) if self.state(number) == "PRIMARY")
        return next(states, None)

    def initiate(self) -> None:
        """Make a set of members that were never one."""
        config = {
            "_id": SET_NAME,
            "members": [
                {"_id": number, "host": f"127.0.0.1:{port}"}
                for number, port in enumerate(self._ports)
            ],
            "settings": {
                # A new member that asks another new one finds its history too
                # short, and avoids it for a minute: were that one primary by
                # then, no write would have a majority for as long.
                "chainingAllowed": False,
                "electionTimeoutMillis": ELECTION_TIMEOUT_MS,
                "heartbeatIntervalMillis": HEARTBEAT_MS,
            },
        }
        with self._direct(0) as client:
            try:
                client.admin.command("replSetInitiate", config)
            except PyMongoError as error:
                if getattr(error, "code", None) != INITIATED:
                    raise StoreUnavailable(
                        f"the replica set was not made ({_brief(error)})"
                    ) from error

    def move(self) -> None:
        """Tell the set its new ports; any member may be told, by force."""
        deadline = time.monotonic() + PRIMARY_S
        fault: PyMongoError | None = None
        while time.monotonic() < deadline:
            for number in range(len(self._ports)):
                try:
                    with self._direct(number, user=True) as client:
                        config = client.admin.command("replSetGetConfig")["config"]
                        for member in config["members"]:
                            member["host"] = f"127.0.0.1:{self._ports[member['_id']]}"
                        client.admin.command("replSetReconfig", config, force=True)
                    return
                except PyMongoError as error:
                    fault = error
            time.sleep(POLL_S)
        raise StoreUnavailable(f"the members could not be moved to other ports ({_brief(fault)})")

    def create_user(self) -> None:
        """Make the one user; the set wants a password from then on."""
        primary = self.primary()
        if primary is None:
            raise StoreUnavailable("the primary was lost while the user was made")
        # The first user may be made without a password, from this machine only.
        with self._direct(primary) as client:
            try:
                client.admin.command(
                    "createUser", USER, pwd=self._password,
                    roles=["root"], writeConcern={"w": "majority"},
                )  # fmt: skip
            except PyMongoError as error:
                if getattr(error, "code", None) not in HAS_USER:
                    raise StoreUnavailable(f"the user was not made ({_brief(error)})") from error

    def lets_us_in(self) -> bool:
        """Whether the password is that of this set; True where nobody can say."""
        for number in range(len(self._ports)):
            try:
                with self._direct(number, user=True) as client:
                    client.admin.command("ping")
                return True
            except OperationFailure as error:
                if error.code == WRONG_LOGIN:
                    return False
            except PyMongoError:
                continue
        return True

    def ask_to_end(self, number: int) -> None:
        """Ask a member to shut down; it may be gone before it answers."""
        with contextlib.suppress(PyMongoError), self._direct(number, user=True) as client:
            client.admin.command("shutdown", force=True, timeoutSecs=0)

    @contextlib.contextmanager
    def _direct(self, number: int, user: bool = False) -> Iterator[MongoClient[Any]]:
        login = f"{USER}:{quote_plus(self._password)}@" if user else ""
        client: MongoClient[Any] = MongoClient(
            f"mongodb://{login}127.0.0.1:{self._ports[number]}/?directConnection=true",
            serverSelectionTimeoutMS=int(ADMIN_S * 1000), socketTimeoutMS=5000,
        )  # fmt: skip
        try:
            yield client
        finally:
            client.close()


def _brief(error: PyMongoError | None) -> str:
    """Return what went wrong, without the driver's picture of the set."""
    return str(error).split(", Timeout:")[0].split(" (configured timeouts")[0][:200]
