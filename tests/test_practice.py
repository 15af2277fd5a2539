"""The practice server comes, and goes with the game, however that ends."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from config import host_and_port
from practice import PracticeServer
from tests.processes import ROOT
from tests.waiting import wait_until

GAME = """
import sys
from practice import PracticeServer
from tests.waiting import wait_until
server = PracticeServer()
wait_until(lambda: server.address or server.fault, "start the practice server", 30)
print(server.address or server.fault, flush=True)
sys.stdin.read()
"""


def answers(address: str) -> bool:
    """Return whether somebody takes calls at an address."""
    try:
        socket.create_connection(host_and_port(address), 1.0).close()
    except OSError:
        return False
    return True


def test_practice_server_comes_and_goes() -> None:
    """It tells its address, and is gone after `stop`."""
    server = PracticeServer()
    wait_until(lambda: server.address or server.fault, "start the practice server", 30)
    assert server.address is not None
    assert answers(server.address)
    server.stop()

    assert not server.running
    assert not answers(server.address)


def test_practice_server_does_not_outlive_a_killed_game() -> None:
    """SIGKILL of the game leaves no server behind."""
    game = subprocess.Popen(
        [sys.executable, "-c", GAME], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert game.stdout is not None
    address = game.stdout.readline().strip()
    assert answers(address)
    game.kill()
    game.wait(10)

    wait_until(lambda: not answers(address), "end the practice server", 15)


def test_server_that_cannot_start_is_told(tmp_path: Path) -> None:
    """One sentence, no wait without end."""
    program = tmp_path / "broken.py"
    program.write_text("raise SystemExit(3)", encoding="utf-8")
    server = PracticeServer(program)
    wait_until(lambda: server.fault, "notice that it did not start", 15)
    server.stop()

    assert server.fault == "The practice server did not start: run server.py to see why."
