"""A server of one's own for practice: a child process that keeps nothing.

Practice is the real game with the real server, on the loopback and with
`--db memory`; nothing is simulated specially for it. Between the game and the
server stands a keeper, this file run as a program: it ends the server when the
game is gone, however the game ended.

Units: seconds.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

KEEPER = Path(__file__)
SERVER = KEEPER.parent / "server.py"
STOP_S = 4.0


class PracticeServer:
    """Starts in the background; `address` appears when players can join."""

    def __init__(self, program: Path = SERVER) -> None:
        self.address: str | None = None
        self.fault: str | None = None
        self._stopping = False
        self._process: subprocess.Popen[str] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, str(KEEPER), str(program), "--db", "memory",
                 "--host", "127.0.0.1", "--port", "0", "--name", "Practice"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # The system closes this pipe when the game dies: the keeper's sign.
                stdin=subprocess.PIPE,
                text=True,
            )  # fmt: skip
        except OSError as error:
            self.fault = f"The practice server could not be started ({error.strerror})."
            return
        threading.Thread(target=self._listen, name="practice", daemon=True).start()

    def _listen(self) -> None:
        """Read the one line that the server prints; runs in a thread of its own."""
        assert self._process is not None
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        if len(words) == 2 and words[0] == "ready":
            self.address = words[1]
        elif not self._stopping:
            self.fault = "The practice server did not start: run server.py to see why."

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process, and wait until it is gone."""
        if self._process is None:
            return
        self._stopping = True
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            # The keeper has the same patience with the server.
            self._process.wait(STOP_S + 1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def keep(command: list[str]) -> int:
    """Run a server until it ends, or until nobody holds our standard input."""
    server = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL)

    def watch() -> None:
        sys.stdin.buffer.read()
        server.terminate()
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()

    threading.Thread(target=watch, name="keeper", daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    raise SystemExit(keep(sys.argv[1:]))
