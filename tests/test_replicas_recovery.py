"""A local set that was interrupted, moved, copied, damaged, or run by hand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from db.mongo import MongoStore
from db.replicas import STATE_FILE, LocalReplicas
from db.store import ResultLine, ResultRecord
from db.warden import Warden
from errors import BadFile
from tests.processes import ROOT
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]
RESULT = ResultRecord(
    "race1", "room", "Evening", "meadow", 2, 1000.0,
    (ResultLine("ann", "Ann", 0, 1, 90_000, 41_000, 25),),
)  # fmt: skip


class Interrupted(BaseException):
    """Stands for the end of a process in the middle of a start."""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Yield a data folder; whatever runs below it is ended."""
    yield tmp_path / "data"
    for folder in tmp_path.iterdir():
        LocalReplicas(folder).stop(by_force=True)


def kept(uri: str) -> list[ResultRecord]:
    """Return what a set holds."""
    store = MongoStore(uri)
    found = store.results(10)
    store.close()
    return found


def keep(uri: str) -> None:
    """Save a result in a set."""
    store = MongoStore(uri)
    store.put_result(RESULT)
    store.close()


def pids(data: Path) -> list[int]:
    """Return the processes of the members that run."""
    return [one.pid for one in LocalReplicas(data).status() if one.pid is not None]


@pytest.mark.parametrize("power_cut", [False, True])
@pytest.mark.parametrize("step", ["starting", "setting up"])
def test_interrupted_first_start_is_taken_up(data: Path, step: str, power_cut: bool) -> None:
    """A server killed while it made the set leaves what the next one completes."""

    def interrupt(line: str) -> None:
        if line.startswith(step):
            raise Interrupted

    killed = LocalReplicas(data)
    with pytest.raises(Interrupted):
        killed.start(interrupt)
    killed._use.release()
    for pid in pids(data) if power_cut else []:
        os.kill(pid, signal.SIGKILL)
    if power_cut:
        wait_until(lambda: pids(data) == [], "end the members")

    uri = LocalReplicas(data).start()
    keep(uri)
    assert kept(uri) == [RESULT]


def test_set_with_a_damaged_member_goes_on_with_two(data: Path) -> None:
    """A majority is enough; what is lost is told."""
    replicas = LocalReplicas(data)
    keep(replicas.start())
    replicas.stop(by_force=True)
    (replicas.folder / "member1" / "WiredTiger.turtle").write_bytes(b"garbage")
    said: list[str] = []

    uri = replicas.start(said.append)
    assert kept(uri) == [RESULT]
    (told,) = [line for line in said if "member 1" in line]
    assert "ended at once" in told
    assert "mongod.log says why" in told
    assert "going on with the other two" in told


def test_password_of_another_set_is_told(data: Path) -> None:
    """The file is named; the members that were started are of no use to anyone."""
    replicas = LocalReplicas(data)
    replicas.start()
    replicas.stop(by_force=True)
    path = replicas.folder / STATE_FILE
    right = path.read_text()
    path.write_text(json.dumps(json.loads(right) | {"password": "of another run"}))

    with pytest.raises(BadFile, match="its password is not that of the database"):
        LocalReplicas(data).start()
    path.write_text(right)


def test_moved_folder_keeps_its_data(data: Path) -> None:
    """Nothing in it knows where it is."""
    replicas = LocalReplicas(data)
    keep(replicas.start())
    replicas.stop(by_force=True)
    data.rename(data.with_name("moved"))

    assert kept(LocalReplicas(data.with_name("moved")).start()) == [RESULT]


def test_folder_that_was_moved_under_its_members_is_told(data: Path) -> None:
    """Two programs on the same files would destroy them."""
    replicas = LocalReplicas(data)
    keep(replicas.start())
    running = pids(data)
    moved = data.with_name("moved")
    data.rename(moved)

    with pytest.raises(BadFile, match="another database program uses it"):
        LocalReplicas(moved).start()
    for pid in running:
        # It may have noticed by itself that its files are gone.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(_is_alive(pid) for pid in running), "end the members")
    assert kept(LocalReplicas(moved).start()) == [RESULT]


def _is_alive(pid: int) -> bool:
    path = Path(f"/proc/{pid}/stat")
    try:
        # Z: it has ended, and its parent, this test, has not asked yet.
        return ") Z" not in path.read_text()
    except OSError:
        return False


def test_copied_folder_becomes_a_set_of_its_own(data: Path) -> None:
    """The copy runs beside the original, and what one saves the other does not see."""
    replicas = LocalReplicas(data)
    first = replicas.start()
    replicas.stop(by_force=True)
    copy = data.with_name("copy")
    shutil.copytree(data, copy)
    assert replicas.start() == first

    second = LocalReplicas(copy).start()
    keep(second)
    assert not set(pids(data)) & set(pids(copy))
    assert kept(second) == [RESULT]
    assert kept(first) == []


def test_member_that_ended_is_started_again(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A set that lost one is whole again before it can lose the second."""
    monkeypatch.setattr("db.warden.LOOK_EVERY_S", 0.05)
    replicas = LocalReplicas(data)
    keep(replicas.start())
    warden = Warden(replicas)
    warden.start()
    (primary,) = [one.pid for one in replicas.status() if one.state == "PRIMARY"]
    assert primary is not None
    os.kill(primary, signal.SIGKILL)

    wait_until(
        lambda: (
            sorted(one.state for one in LocalReplicas(data).status())
            == ["PRIMARY", "SECONDARY", "SECONDARY"]
            and primary not in pids(data)
        ),
        "have three members again",
        30.0,
    )
    assert "had ended; it is started again" in caplog.text
    assert kept(replicas.uri) == [RESULT]
    warden.stop()


def test_set_that_was_stopped_stays_stopped(data: Path) -> None:
    """Whoever looks after it does not know better than who stopped it."""
    replicas = LocalReplicas(data)
    replicas.start()
    LocalReplicas(data).stop(by_force=True)

    assert not replicas.mend(print)
    assert pids(data) == []


# By hand


def run(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", "db.replicas", *words, "--data", str(data)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def test_command_line_starts_shows_and_stops_a_set(data: Path) -> None:
    """What was started by hand runs until it is stopped by hand."""
    started = run(data, "start")
    uri = started.stdout.strip()
    assert started.returncode == 0, started.stderr
    assert "starting 3 database members" in started.stderr
    shown = run(data, "status")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[-1] == uri
    assert shown.stdout.count("PRIMARY") == 1

    stopped = run(data, "stop")

    assert (stopped.returncode, stopped.stderr) == (0, "stopped 3 members\n")
    shown = run(data, "status")
    assert shown.returncode == 1
    assert shown.stdout.count("down") == 3
    assert run(data, "stop").stderr == "nothing was running\n"


def test_command_line_does_not_stop_what_a_server_uses(data: Path) -> None:
    """Unless it is told to; and what was started by hand outlives the server."""
    run(data, "start")
    server = LocalReplicas(data)
    server.start()

    refused = run(data, "stop")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert not server.stop()
    assert len(pids(data)) == 3
    server.start()
    assert run(data, "stop", "--force").returncode == 0
    assert pids(data) == []


@pytest.mark.parametrize("action", ["status", "stop"])
def test_command_line_on_an_empty_folder_says_so(data: Path, action: str) -> None:
    """Nothing is made by asking."""
    told = run(data, action)

    assert told.returncode == 1
    assert "there is no database here; start it first" in told.stderr
    assert told.stdout == ""
    assert not data.exists()
