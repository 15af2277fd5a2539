"""What several tests share: one real replica set for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from db.replicas import LocalReplicas

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
    items.sort(key=lambda item: item.path not in long)


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
def mongo_uri(replica_set: LocalReplicas) -> str:
    """Return the URI of the session's replica set."""
    return replica_set.uri
