"""What several tests share: one real replica set for the whole session."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pymongo import MongoClient

import compiled

if os.environ.get("SLIPSTREAM_TESTS") == "compiled":
    compiled.use_or_make(print)
# First of the core, so that these tests run interpreted (see `compiled.use`):
# they reach into it. The servers and clients that they start are free.
import car as car
from db.memory import MemoryStore
from db.mongo import DATABASE, MongoStore
from db.replicas import LocalReplicas
from db.store import Store

_numbers = itertools.count()

# A deadline would be a claim of speed, which no test makes.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses a real replica set; begin with what takes longest."""
    for item in items:
        if {"replica_set", "mongo_uri"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
    # Whole races have a longer time-out. Begun last, one would run alone.
    long = {item.path for item in items if item.get_closest_marker("timeout")}
    real = {item.path for item in items if item.get_closest_marker("database")}
    items.sort(key=lambda item: (item.path not in long, item.path not in real))


@pytest.fixture(scope="session")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalReplicas]:
    """Yield a running replica set of three members; a test that kills one restarts it."""
    replicas = LocalReplicas(tmp_path_factory.mktemp("replicas"))
    try:
        replicas.start()
        yield replicas
    finally:
        replicas.stop(by_force=True)


@pytest.fixture
def empty_set(replica_set: LocalReplicas) -> LocalReplicas:
    """Return the session's replica set, rid of what the servers of other tests kept.

    A server would take their rooms over, race on in them, and seat people there.
    """
    with MongoClient[dict[str, Any]](replica_set.uri) as client:
        client.drop_database(DATABASE)
    return replica_set


@pytest.fixture
def mongo_uri(replica_set: LocalReplicas) -> str:
    """Return the URI of the session's replica set."""
    return replica_set.uri


@pytest.fixture
def mongo(mongo_uri: str) -> Iterator[MongoStore]:
    """Yield a store on an empty database of its own; it goes with the whole set."""
    store = MongoStore(mongo_uri, f"test_{os.getpid()}_{next(_numbers)}")
    yield store
    store.close()


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.database)])
def store(request: pytest.FixtureRequest) -> Store:
    """Return an empty store of either kind."""
    if request.param == "memory":
        return MemoryStore()
    found: MongoStore = request.getfixturevalue("mongo")
    return found
