"""`--db` that leads to a real MongoDB of no use, or nowhere: what a person reads."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from db.mongo import MongoStore
from db.mongod import find_mongod, free_port, kill, reap, runnable, spawn
from errors import BadOption
from tests.processes import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a single MongoDB, of no replica set."""
    folder = tmp_path_factory.mktemp("alone")
    port = free_port([])
    pid = spawn(
        [str(runnable(find_mongod(), folder)), "--dbpath", str(folder), "--port", str(port),
         "--bind_ip", "127.0.0.1"],
        folder / "log",
    )  # fmt: skip

    def listens() -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return True
        return False

    try:
        wait_until(listens, "start a single MongoDB", 60.0)
        yield f"127.0.0.1:{port}"
    finally:
        kill(pid)
        reap(pid, 10.0)


def told(program: list[str], uri: str, folder: Path) -> tuple[int, str]:
    """Run a program as a person would; return its exit code and the one line it says."""
    done = subprocess.run(
        [sys.executable, *program, "--db", uri, "--data", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    return done.returncode, line


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("", "leads to a single MongoDB, not to a replica set; start it with --replSet"),
        ("?directConnection=true", "leads to a single MongoDB, not to a replica set"),
        ("?replicaSet=rs0", "belongs to no replica set; start it with --replSet rs0"),
    ],
)
def test_single_database_is_a_bad_option(
    alone: str, options: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the URI speaks of it; the sentence says how it becomes of use."""
    monkeypatch.setattr("db.mongo.SELECT_MS", 500)

    with pytest.raises(BadOption, match=rf"^--db: .*{sentence}.*\.$"):
        MongoStore(f"mongodb://{alone}/{options}")


@pytest.mark.parametrize(
    "program",
    [["server.py", "--port", "0"], ["-m", "cluster", "status"]],
    ids=["server", "cluster"],
)
@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("mongodb://{alone}/", "not to a replica set; start it with --replSet"),
        ("mongodb://mika:x%@{alone}/", "write mongodb://USER:PASSWORD@HOST,HOST,HOST/?replicaSet="),
    ],
)
def test_program_ends_with_one_sentence(
    alone: str, tmp_path: Path, program: list[str], uri: str, sentence: str
) -> None:
    """On its last line and the only one, with the code of an option that is wrong."""
    code, line = told(program, uri.format(alone=alone), tmp_path)

    assert code == 2
    assert line.startswith("--db: ")
    assert sentence in line


def test_host_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The cluster command does not wait for it as a server does."""
    code, line = told(
        ["-m", "cluster", "status"], "mongodb://no-such-host.invalid/?replicaSet=rs0", tmp_path
    )

    assert code == 1
    assert line.startswith("the database at no-such-host.invalid does not answer: start it, or")


def test_folder_without_a_database_is_told_with_both_remedies(tmp_path: Path) -> None:
    """Who forgot --db reads of it."""
    done = subprocess.run(
        [sys.executable, "-m", "cluster", "status", "--data", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.strip().endswith(
        "there is no database here; start it first, or name another with --db."
    )
