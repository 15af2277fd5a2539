"""The server as a process: real sockets, hostile peers, orderly ends, crashes."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from client_link import LinkKind
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from protocol import (
    VERSION,
    CarFlag,
    Channel,
    Connection,
    CreateRoom,
    Hello,
    JoinRoom,
    Message,
    Ready,
    Refused,
    Role,
    SavedState,
    Say,
    encode_message,
)
from race import Phase
from tests.processes import ROOT, ServerProcess, server
from tests.waiting import wait_until

numbers = itertools.count()
"""For names: who has just left may still be leaving when the next test begins."""


@pytest.fixture(scope="module")
def memory_server() -> Iterator[ServerProcess]:
    """One server without a database, for the tests of this module."""
    with server("--db", "memory", "--port", "0", "--max-clients", "12") as running:
        yield running


def drive(agents: list[Agent]) -> Callable[[Callable[[], object]], bool]:
    """Return a predicate maker that keeps agents going while it is asked."""

    def until(condition: Callable[[], object]) -> bool:
        now = time.monotonic()
        for agent in agents:
            agent.update(now)
        return bool(condition())

    return until


def answer(link: socket.socket) -> list[Message]:
    """Return all messages until the server closes the link."""
    connection = Connection(Role.CLIENT)
    connection.send(Hello(VERSION, "x", "", "test"))
    messages: list[Message] = []
    link.settimeout(10)
    while data := link.recv(65536):
        messages += connection.receive_data(data)
    return messages


def test_first_line_is_ready_and_the_only_one(memory_server: ServerProcess) -> None:
    """Programs that start a server read exactly this."""
    assert memory_server.ready == f"ready 127.0.0.1:{memory_server.port}\n"


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x03\x80\x04N",
        b"\xff\xff\xff\xff",
        encode_message(Ready(True)),
        b"\x00\x00\x00\x19\x80\x04cos\nsystem\n(S'true'\ntR.",
    ],
)
def test_hostile_bytes_close_one_connection_only(memory_server: ServerProcess, junk: bytes) -> None:
    """The peer is told, and another player notices nothing."""
    name = f"Friend {next(numbers)}"
    friend = Agent(memory_server.host, memory_server.port, name, 1)
    going = drive([friend])
    wait_until(lambda: going(lambda: friend.link.online), "connect the friend")
    with socket.create_connection((memory_server.host, memory_server.port)) as link:
        link.sendall(junk)
        link.settimeout(10)
        heard = b""
        try:
            while data := link.recv(4096):
                heard += data
        except ConnectionResetError:
            pass
    lines = len(friend.link.view.talks[Channel.LOBBY].lines)
    friend.link.send(Say(0, f"still here {junk[:2].hex()}"))
    wait_until(
        lambda: going(lambda: len(friend.link.view.talks[Channel.LOBBY].lines) > lines),
        "hear the friend",
    )
    friend.close()


def test_other_version_is_refused_by_name(memory_server: ServerProcess) -> None:
    """The sentence says who is older."""
    with socket.create_connection((memory_server.host, memory_server.port)) as link:
        link.sendall(encode_message(Hello(VERSION + 7, "Future", "", "client")))
        messages = answer(link)

    assert isinstance(messages[-1], Refused)
    assert messages[-1].reason == "version"
    assert str(VERSION + 7) in messages[-1].text


@pytest.mark.parametrize(("name", "word"), [("", "needed"), ("Holder", "taken")])
def test_empty_or_taken_name_is_refused(memory_server: ServerProcess, name: str, word: str) -> None:
    """One sentence, and the connection closes."""
    holder = Agent(memory_server.host, memory_server.port, name or "Other", 1)
    going = drive([holder])
    wait_until(lambda: going(lambda: holder.link.online), "connect the holder")
    second = Agent(memory_server.host, memory_server.port, name, 2)
    both = drive([holder, second])
    wait_until(
        lambda: both(lambda: second.link.status.kind is LinkKind.REFUSED), "refuse the second"
    )

    assert word in second.link.status.text
    holder.close()


def test_full_server_says_so() -> None:
    """Who comes too many is told, and the others play on."""
    with server("--db", "memory", "--port", "0", "--max-clients", "1") as running:
        first = Agent(running.host, running.port, "First", 1)
        going = drive([first])
        wait_until(lambda: going(lambda: first.link.online), "connect")
        second = Agent(running.host, running.port, "Second", 2)
        both = drive([first, second])
        wait_until(
            lambda: both(lambda: second.link.status.kind is LinkKind.REFUSED), "refuse the second"
        )
        assert "full" in second.link.status.text
        assert first.link.online
        first.close()


def test_signal_says_goodbye_and_exits_with_zero() -> None:
    """SIGTERM is an orderly end."""
    with server("--db", "memory", "--port", "0") as running:
        agent = Agent(running.host, running.port, "Agent", 1)
        going = drive([agent])
        wait_until(lambda: going(lambda: agent.link.online), "connect")
        assert running.stop() == 0
        wait_until(lambda: going(lambda: agent.link.status.kind is LinkKind.RECONNECTING), "notice")
        agent.close()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "99999"], "--port"),
        (["--db", "sqlite"], "--db"),
        (["--warp"], "--warp"),
    ],
)
def test_bad_option_is_one_sentence(arguments: list[str], word: str) -> None:
    """No traceback."""
    told = subprocess.run(
        [sys.executable, str(ROOT / "server.py"), *arguments],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert told.returncode != 0
    assert told.stdout == ""
    assert word in told.stderr
    assert "Traceback" not in told.stderr


def test_port_in_use_is_one_sentence(memory_server: ServerProcess) -> None:
    """It names the port and the way out."""
    told = subprocess.run(
        [sys.executable, str(ROOT / "server.py"), "--db", "memory", "--host", "127.0.0.1",
         "--port", str(memory_server.port)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert told.returncode == 1
    assert f"Port {memory_server.port} is in use" in told.stderr
    assert "Traceback" not in told.stderr


def test_lost_player_is_driven_by_a_caretaker_and_resumes(memory_server: ServerProcess) -> None:
    """Cut in mid-race, the seat is kept; the wheel comes back with car and lap."""
    watcher = Agent(memory_server.host, memory_server.port, "Watcher", 1)
    driver = Agent(memory_server.host, memory_server.port, "Driver", 2)
    crew = Crew([watcher, driver], time.monotonic() + 100)
    crew.gather("Caretaker", "bowl", 1)
    race = driver.link.view.race
    assert race is not None
    slot = race.slot
    crew.until(lambda: race.mine is not None and race.mine.car.speed > 15, "the start")
    assert driver.link._dial is not None
    driver.link._dial.close()
    driver.link._dial.join()

    def caretaker() -> bool:
        seen = watcher.link.view.race
        return seen is not None and bool(seen.records[slot].flags & CarFlag.CARETAKER)

    going = drive([watcher])
    wait_until(lambda: going(caretaker), "see the caretaker")
    crew.until(lambda: driver.link.online and driver.link.view.resumed is not None, "the return")
    crew.until(lambda: not caretaker(), "taking the wheel back")

    assert driver.link.view.race is not None
    assert driver.link.view.race.slot == slot
    crew.finish()
    row = next(one for one in driver.link.view.results.rows if one.slot == slot)  # type: ignore[union-attr]
    assert row.name == "Driver"
    assert row.total_ms > 0
    watcher.close()
    driver.close()


def test_chat_reaches_the_room(memory_server: ServerProcess) -> None:
    """What one says in a room, the other hears, cleaned."""
    one = Agent(memory_server.host, memory_server.port, "One", 1)
    two = Agent(memory_server.host, memory_server.port, "Two", 2)
    crew = Crew([one, two], time.monotonic() + 30)
    crew.until(lambda: one.link.online and two.link.online, "connecting")
    one.link.send(CreateRoom("Talk", "meadow", 1, 0))
    crew.until(lambda: one.link.view.room is not None, "the room")
    two.link.send(JoinRoom(one.link.view.room.room_id))  # type: ignore[union-attr]
    crew.until(lambda: two.link.view.room is not None, "joining")
    two.link.send(Say(1, "  hello\tthere\u202e "))
    talk = one.link.view.talks[Channel.ROOM]
    crew.until(lambda: any(line.text == "hello there" for line in talk.lines), "the line")
    one.close()
    two.close()


@pytest.mark.database
@pytest.mark.timeout(240)
def test_killed_server_resumes_its_live_race(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """SIGKILL in mid-race, started again: the race goes on and its result is saved."""
    arguments = ("--db", empty_set.uri, "--data", str(tmp_path))
    with server(*arguments, "--port", "0") as first:
        port = first.port
        agents = [Agent("127.0.0.1", port, f"Survivor {n}", n) for n in range(2)]
        crew = Crew(agents, time.monotonic() + 200)
        crew.gather("Survivors", "bowl", 1)
        race = agents[0].link.view.race
        assert race is not None
        race_id = race.race_id
        crew.until(
            lambda: agents[0].link.view.race.tick > 900,  # type: ignore[union-attr]
            "the race to be well on its way",
        )
        tick = agents[0].link.view.race.tick  # type: ignore[union-attr]
        first.kill()
    with server(*arguments, "--port", str(port)):
        crew.until(
            lambda: all(
                one.link.online
                and one.link.view.race is not None
                and one.link.view.race.phase is Phase.RACING
                and one.link.view.race.epoch >= 2
                for one in agents
            ),
            "the race to go on",
        )
        resumed = agents[0].link.view.race
        assert resumed is not None
        assert resumed.race_id == race_id
        # At most a second and a half of driving before the kill is lost.
        assert resumed.tick > tick - 90
        crew.finish()
        assert agents[0].link.view.results is not None
        assert agents[0].link.view.results.saved == SavedState.SAVED
        for agent in agents:
            agent.close()
    store = MongoStore(empty_set.uri)
    found = [one for one in store.results(100) if one.race_id == race_id]
    store.close()
    assert len(found) == 1
    assert sorted(row.name for row in found[0].rows) == ["Survivor 0", "Survivor 1"]
