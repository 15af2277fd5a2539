"""A server of one's own for practice: a child process that keeps nothing.

Practice is the real game with the real server, on the loopback and with
`--db memory`; nothing is simulated specially for it.

Units: seconds.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

SERVER = Path(__file__).parent / "server.py"
STOP_S = 3.0


class PracticeServer:
    """Starts in the background; `address` appears when players can join."""

    def __init__(self, program: Path = SERVER) -> None:
        self.address: str | None = None
        self.fault: str | None = None
        self._stopping = False
        self._process: subprocess.Popen[str] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, str(program), "--db", "memory", "--host", "127.0.0.1",
                 "--port", "0", "--name", "Practice"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
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
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
