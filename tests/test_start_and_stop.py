"""How a server process begins and ends: one line, one sentence, in time."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autopilot import Agent
from db.replicas import STATE_FILE, LocalReplicas
from protocol import VERSION, Channel, Goodbye, Hello, Message, Role, encode_message
from protocol import Connection as Wire
from tests.processes import ROOT, server
from tests.waiting import wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")


def refused(*arguments: str, **environment: str) -> str:
    """Run a server that must not start; return its one sentence."""
    told = subprocess.run(
        [sys.executable, str(ROOT / "server.py"), "--host", "127.0.0.1", "--port", "0", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=os.environ | environment,
    )  # fmt: skip
    assert told.returncode in (1, 2), told.stderr
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    lines = [line for line in told.stderr.splitlines() if " INFO " not in line]
    assert len(lines) == 1, told.stderr
    return lines[0]


# What cannot start


def test_data_folder_in_use_is_one_sentence(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """Two servers in a folder would take the races from each other."""
    arguments = ("--db", empty_set.uri, "--data", str(tmp_path))
    with server(*arguments, "--port", "0") as first:
        sentence = refused(*arguments)

        assert f"is used by the server at 127.0.0.1:{first.port}" in sentence
        assert first.stop() == 0
    assert not (tmp_path / "server.address").exists()


def test_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file where a folder is wanted."""
    (tmp_path / "file").touch()

    assert "cannot be written" in refused("--data", str(tmp_path / "file"))


@posix
def test_machine_without_mongod_is_one_sentence(tmp_path: Path) -> None:
    """PATH is empty and no wheel is installed: the remedies are named."""
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "from importlib import metadata\n"
        "def none(name):\n    raise metadata.PackageNotFoundError(name)\n"
        "metadata.files = none\n"
    )
    sentence = refused(
        "--data", str(tmp_path / "data"),
        PATH=str(tmp_path), MONGOD="", PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert "No mongod was found" in sentence
    assert "--db memory" in sentence


def test_uri_with_a_wrong_password_is_one_sentence(
    replica_set: LocalReplicas, tmp_path: Path
) -> None:
    """It is told at once, without waiting for the password to become right."""
    wrong = replica_set.uri.replace("@", "x@", 1)

    sentence = refused("--db", wrong, "--data", str(tmp_path))
    assert sentence == "--db: the database refuses the user or the password."


def test_damaged_folder_of_another_run_is_one_sentence(tmp_path: Path) -> None:
    """The file is named, and left as it is."""
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / STATE_FILE).write_text(json.dumps({"version": 7}))

    assert f"{STATE_FILE}: it is damaged" in refused("--data", str(tmp_path))


# How it ends


def farewell(link: socket.socket, wire: Wire) -> Goodbye:
    """Return the last message of a connection that the server closes."""
    heard: list[Message] = []
    link.settimeout(30.0)
    while data := link.recv(65_536):
        heard += wire.receive_data(data)
    assert isinstance(heard[-1], Goodbye), heard
    return heard[-1]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_is_a_farewell_to_everyone(number: signal.Signals) -> None:
    """64 clients, 8 of which read nothing, hear goodbye and do not hold up the end."""
    with server("--db", "memory", "--port", "0") as running:
        agents = [Agent(running.host, running.port, f"Agent {n}", n) for n in range(55)]
        deaf = []
        for n in range(8):
            link = socket.socket()
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            link.connect((running.host, running.port))
            link.sendall(encode_message(Hello(VERSION, f"Deaf {n}", "", "test")))
            deaf.append(link)
        wire = Wire(Role.CLIENT)
        friend = socket.create_connection((running.host, running.port))
        friend.sendall(wire.send(Hello(VERSION, "Friend", "", "test")))

        def all_online() -> bool:
            for agent in agents:
                agent.update(time.monotonic())
            return all(agent.link.online for agent in agents)

        wait_until(all_online, "connect everyone", 30.0)
        lines = agents[0].link.view.talks[Channel.LOBBY].lines
        assert "This server keeps nothing" in lines[0].text
        running.process.send_signal(number)

        assert farewell(friend, wire) == Goodbye(
            "stopping", "The server is stopping; it keeps neither races nor results."
        )
        assert running.process.wait(20.0) == 0
        for agent in agents:
            agent.close()
        for link in (*deaf, friend):
            link.close()
    assert "Traceback" not in "".join(running.log)


@posix
@pytest.mark.database
def test_signal_during_the_first_start_stops_what_was_started(tmp_path: Path) -> None:
    """Ctrl-C while the members are set up leaves no member behind."""
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "server.py"), "--host", "127.0.0.1", "--port", "0",
         "--data", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert running.stderr is not None
        for line in running.stderr:
            if "setting up" in line:
                break
        running.send_signal(signal.SIGTERM)
        stdout, stderr = running.communicate(timeout=60)

        assert (running.returncode, stdout) == (0, "")
        assert "Traceback" not in stderr
        assert [one.pid for one in LocalReplicas(tmp_path).status()] == [None] * 3
    finally:
        running.kill()
        LocalReplicas(tmp_path).stop(by_force=True)


@posix
@pytest.mark.database
def test_server_ends_well_when_its_whole_database_is_dead(tmp_path: Path) -> None:
    """All members killed: players hear goodbye, and the next start has it all back."""
    local = ("--db", "local", "--data", str(tmp_path), "--port", "0")
    try:
        with server(*local) as running:
            wire = Wire(Role.CLIENT)
            friend = socket.create_connection((running.host, running.port))
            friend.sendall(wire.send(Hello(VERSION, "Friend", "", "test")))
            wait_until(lambda: friend.recv(1), "be welcome")
            for member in LocalReplicas(tmp_path).status():
                assert member.pid is not None
                os.kill(member.pid, signal.SIGKILL)

            assert running.stop() == 0
            assert "Traceback" not in "".join(running.log)
            friend.close()
        with server(*local) as running:
            assert running.stop() == 0
    finally:
        LocalReplicas(tmp_path).stop(by_force=True)


def test_node_ends_well_while_its_fleet_holds_its_input() -> None:
    """Who waits for the end of the input does not abort a process that ends by itself."""
    program = "import threading, fleet; fleet.when_input_ends(print); threading.Event().wait(0.3)"
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, cwd=ROOT)
    try:
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.communicate()
