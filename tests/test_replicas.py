"""The local replica set: real members, started, killed, restarted, misled."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest

from db.mongo import MongoStore
from db.mongod import FileLock, command_of, find_mongod, runnable
from db.replicas import STATE_FILE, LocalReplicas
from db.store import ResultLine, ResultRecord
from errors import BadFile, NoMongod, StoreUnavailable
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")


def result(race_id: str, lap_ms: int) -> ResultRecord:
    """Return the end of a race of one car."""
    row = ResultLine("ann", "Ann", 0, 1, 90_000, lap_ms, 25)
    return ResultRecord(race_id, "room", "Evening", "meadow", 2, 1000.0, (row,))


def pids(replicas: LocalReplicas) -> list[int | None]:
    """Return the processes of the members."""
    return [member.pid for member in replicas.status()]


def states(replicas: LocalReplicas) -> list[str]:
    """Return what the members are, in alphabetical order."""
    return sorted(member.state for member in replicas.status())


@contextmanager
def used_port(port: int) -> Iterator[None]:
    """Hold a port as another program would: it hangs up on who connects."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()

        def hang_up() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield
        if sys.platform != "win32":
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


# A set that runs


def test_set_has_a_primary_and_two_secondaries(replica_set: LocalReplicas) -> None:
    """Three members, one of which takes writes."""
    wait_until(
        lambda: states(replica_set) == ["PRIMARY", "SECONDARY", "SECONDARY"],
        "have a primary and two secondaries",
    )


@posix
def test_secrets_are_for_their_owner_only(replica_set: LocalReplicas) -> None:
    """Neither key file nor password is readable by others."""
    folder = replica_set.folder

    assert [stat.S_IMODE((folder / name).stat().st_mode) for name in ("key", STATE_FILE)] == [
        0o600,
        0o600,
    ]


@posix
def test_members_are_out_of_reach_of_the_terminal(replica_set: LocalReplicas) -> None:
    """Ctrl-C in the server's terminal does not end its database."""
    for pid in pids(replica_set):
        assert pid is not None
        assert os.getsid(pid) != os.getsid(0)


def test_second_user_shares_the_set_and_keeps_it_running(replica_set: LocalReplicas) -> None:
    """What runs is used again; who leaves first does not stop it for the other."""
    before = pids(replica_set)
    second = LocalReplicas(replica_set.folder.parent)
    uri = second.start()

    assert uri == replica_set.uri
    assert pids(second) == before
    assert not second.stop()
    assert pids(replica_set) == before


def test_copied_folder_does_not_claim_the_members_of_the_original(
    replica_set: LocalReplicas, tmp_path: Path
) -> None:
    """The pids in a copy are those of other processes."""
    copy = tmp_path / "db"
    copy.mkdir()
    for name in ("key", STATE_FILE):
        shutil.copy(replica_set.folder / name, copy / name)
    for number in range(3):
        (copy / f"member{number}").mkdir()
        (copy / f"member{number}" / "WiredTiger").touch()
        shutil.copy(replica_set.folder / f"member{number}" / "pid", copy / f"member{number}")

    assert [member.pid for member in LocalReplicas(tmp_path).status()] == [None] * 3


def test_restart_of_the_whole_set_keeps_its_data(replica_set: LocalReplicas) -> None:
    """What was saved before all members ended is there when they are back."""
    store = MongoStore(replica_set.uri, "test_restart")
    store.put_result(result("before", 41_000))
    store.close()
    uri = replica_set.uri
    assert replica_set.stop(by_force=True)
    assert states(replica_set) == ["down"] * 3
    said: list[str] = []

    assert replica_set.start(said.append) == uri

    store = MongoStore(uri, "test_restart")
    assert store.results(10) == [result("before", 41_000)]
    store.close()
    assert said[0] == "starting 3 database members"


def test_member_moves_when_its_port_was_taken(replica_set: LocalReplicas) -> None:
    """Another program on a port costs neither the start nor the data."""
    store = MongoStore(replica_set.uri, "test_move")
    store.put_result(result("before", 41_000))
    store.close()
    old = [member.port for member in replica_set.status()]
    assert replica_set.stop(by_force=True)

    with used_port(old[1]):
        uri = replica_set.start()

    new = [member.port for member in replica_set.status()]
    assert (new[0], new[2]) == (old[0], old[2])
    assert new[1] != old[1]
    store = MongoStore(uri, "test_move")
    assert store.results(10) == [result("before", 41_000)]
    store.close()
    wait_until(
        lambda: states(replica_set) == ["PRIMARY", "SECONDARY", "SECONDARY"],
        "take the moved member in",
        timeout_s=30.0,
    )


@posix
def test_killed_primary_costs_no_acknowledged_result(replica_set: LocalReplicas) -> None:
    """Every result confirmed before, during and after an election is there once."""
    wait_until(lambda: states(replica_set).count("SECONDARY") == 2, "have two secondaries", 30.0)
    store = MongoStore(replica_set.uri, "test_killed_primary")
    acknowledged: list[str] = []
    ending = threading.Event()

    def write() -> None:
        number = 0
        while not ending.is_set():
            try:
                store.put_result(result(f"race{number}", 60_000 - number))
            except StoreUnavailable:
                # The outcome is unknown: the same write again, as the server does.
                continue
            acknowledged.append(f"race{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(acknowledged) >= 20, "save results before the kill")
        (primary,) = [one.pid for one in replica_set.status() if one.state == "PRIMARY"]
        assert primary is not None
        os.kill(primary, signal.SIGKILL)
        so_far = len(acknowledged)
        wait_until(lambda: len(acknowledged) >= so_far + 20, "save results again", 30.0)
    finally:
        ending.set()
        writer.join()
        replica_set.start()

    found = [one.race_id for one in store.results(100_000)]
    assert sorted(found) == sorted(set(found))
    assert set(acknowledged) <= set(found)
    (best,) = store.best_laps("meadow", 10)
    assert best.lap_ms == 60_000 - (len(acknowledged) - 1)
    store.close()


# What cannot be started


def refused_start(data: Path) -> str:
    """Return the sentence of a start that must fail, and see that nothing runs."""
    with pytest.raises((BadFile, NoMongod)) as caught:
        LocalReplicas(data).start()
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_named_program_that_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MONGOD comes first, and is not silently passed over."""
    monkeypatch.setenv("MONGOD", str(tmp_path / "nowhere"))

    assert "correct or unset it" in refused_start(tmp_path)


def test_machine_without_a_program_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mongod at all: the remedy is in the sentence."""

    def none_such(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.delenv("MONGOD", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(metadata, "files", none_such)

    with pytest.raises(NoMongod, match=r"install MongoDB .* or start with --db memory"):
        find_mongod()


@posix
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\x7fELF is not enough", "does not run on this machine"),
        ("#!/bin/sh\necho libcrypto.so.3 is missing >&2\nexit 127\n", "libcrypto.so.3 is missing"),
    ],
)
def test_program_that_does_not_run_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, told: str
) -> None:
    """A program of another machine is named with its own complaint."""
    program = tmp_path / "mongod"
    program.write_text(content)
    program.chmod(0o755)
    monkeypatch.setenv("MONGOD", str(program))

    assert told in refused_start(tmp_path / "data")


@posix
@pytest.mark.parametrize("writable", [True, False])
def test_program_without_its_run_bit_is_made_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    """The bit is set, or a copy has it where the original cannot be changed."""
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    if not writable:
        chmod = Path.chmod

        def refuse(path: Path, mode: int) -> None:
            if path == program:
                raise PermissionError
            chmod(path, mode)

        monkeypatch.setattr(Path, "chmod", refuse)

    ready = runnable(program, folder)

    assert os.access(ready, os.X_OK)
    assert ready == (program if writable else folder / "mongod")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return the folder of a set that was made once and does not run."""
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "key").write_text("key")
    for number in range(3):
        (folder / f"member{number}").mkdir()
        (folder / f"member{number}" / "WiredTiger").touch()
    state = {"version": 1, "ports": [1, 2, 3], "password": "x", "initiated": True, "user": True}
    (folder / STATE_FILE).write_text(json.dumps(state))
    return folder


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 2}', '{"version": 1, "ports": [5], "password": "x"}']
)
def test_damaged_state_file_is_named(made: Path, content: str) -> None:
    """It is neither used nor overwritten."""
    (made / STATE_FILE).write_text(content)

    assert f"{STATE_FILE}: it is damaged" in refused_start(made.parent)
    assert (made / STATE_FILE).read_text() == content


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ([STATE_FILE], "holds members but no"),
        (["key"], "it is missing"),
        (["member0", "member2"], "the data of 2 of 3 members is missing"),
    ],
)
def test_folder_that_lost_a_part_is_told(made: Path, lost: list[str], told: str) -> None:
    """Members are not started on what cannot become a set again."""
    for name in lost:
        path = made / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    assert told in refused_start(made.parent)


def test_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    """A path that cannot be a folder is one sentence."""
    (tmp_path / "data").write_text("not a folder")

    assert "cannot be kept here" in refused_start(tmp_path / "data")


def test_stale_pid_is_not_taken_for_a_member(made: Path) -> None:
    """After a reboot its number may belong to anything, such as this test."""
    (made / "member0" / "pid").write_text(str(os.getpid()))
    (made / "member1" / "pid").write_text("not a number")

    assert command_of(os.getpid())
    assert [member.pid for member in LocalReplicas(made.parent).status()] == [None] * 3


def test_folder_without_a_set_has_nothing_to_show_or_stop(tmp_path: Path) -> None:
    """Nothing was started here, and nothing is made by asking."""
    with pytest.raises(BadFile, match="there is no database here"):
        LocalReplicas(tmp_path).status()

    assert not LocalReplicas(tmp_path).stop()
    assert list(tmp_path.iterdir()) == []


def test_lock_has_one_holder(tmp_path: Path) -> None:
    """The second waits until the first lets go."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert first.take()
    assert not second.take()
    first.release(remove=False)
    assert second.take()
    second.release()
