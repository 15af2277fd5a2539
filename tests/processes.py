"""Servers and clients as real processes, started and ended by tests.

Units: seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
READY_S = 90.0
STOP_S = 20.0

Until = Callable[[Callable[[], object], str], None]
"""Waits until something is so; the text says what."""


class ServerProcess:
    """One `server.py`, with what it printed."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(ROOT / "server.py"), "--host", "127.0.0.1", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.log: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True).start()
        watchdog = threading.Timer(READY_S, self.process.kill)
        watchdog.start()
        self.ready = self.process.stdout.readline()
        watchdog.cancel()
        if not self.ready.startswith("ready "):
            self.process.kill()
            self.process.wait(STOP_S)
            raise AssertionError(f"the server said {self.ready!r}:\n" + "".join(self.log))
        host, _, port = self.ready.split()[1].rpartition(":")
        self.host, self.port = host, int(port)

    def _read(self, stream: Any) -> None:
        for line in stream:
            self.log.append(line)

    def kill(self) -> None:
        """SIGKILL, and nothing else."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self) -> int:
        """Ask it to end; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@contextmanager
def server(*arguments: str) -> Iterator[ServerProcess]:
    """Run a server for the time of a test."""
    running = ServerProcess(arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(STOP_S)


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Run an Xvfb on a free display; yield the environment for its clients."""
    for program in ("Xvfb", "xdotool", "import"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt install xvfb xdotool imagemagick")
    read, write = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            display = told.readline().strip()
        yield os.environ | {
            "DISPLAY": f":{display}",
            "SDL_VIDEODRIVER": "x11",
            "SDL_FRAMEBUFFER_ACCELERATION": "0",
            "SDL_AUDIODRIVER": "dummy",
        }
    finally:
        xvfb.terminate()
        xvfb.wait(STOP_S)


class ClientProcess:
    """One `client.py` under a virtual screen, played with xdotool."""

    def __init__(self, environment: dict[str, str], folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._environment = environment
        self._trace = folder / "trace.jsonl"
        self._trace.unlink(missing_ok=True)
        self._read_to = 0
        self._state: dict[str, Any] = {}
        self.held: set[str] = set()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "client.py"), "--data", str(folder),
             "--ui-trace", str(self._trace), "--window", "1280x720", *arguments],
            env=environment,
            cwd=ROOT,
        )  # fmt: skip

    @property
    def now(self) -> dict[str, Any]:
        """What is on the screen, by the trace; empty before the first line."""
        with suppress(OSError), self._trace.open("rb") as file:
            file.seek(self._read_to)
            whole, newline, _ = file.read().rpartition(b"\n")
            if newline:
                self._read_to += len(whole) + 1
                self._state = json.loads(whole.rpartition(b"\n")[2])
        return self._state

    def shows(self, screen_name: str) -> bool:
        """Whether a screen is on show."""
        assert self.process.poll() is None, "the client has ended"
        return bool(self.now.get("screen") == screen_name)

    def has(self, text: str) -> bool:
        """Whether a widget begins with a text."""
        return any(one["text"].startswith(text) for one in self.now.get("widgets", []))

    def text_of(self, start: str) -> str:
        """Return the whole text of the widget that begins with a text."""
        return str(
            next(one["text"] for one in self.now["widgets"] if one["text"].startswith(start))
        )

    def click(self, text: str, *, across: float = 0.5) -> None:
        """Click the widget that begins with a text, in its middle or elsewhere."""
        left, top, width, height = next(
            one["rect"] for one in self.now["widgets"] if one["text"].startswith(text)
        )
        x, y = left + round(width * across), top + height // 2
        self.xdotool("mousemove", str(x), str(y), "click", "1")

    def type(self, text: str) -> None:
        """Type as a person does, a little faster."""
        self.xdotool("type", "--delay", "30", text)

    def join(self, name: str, until: Until) -> None:
        """Go from the menu to the lobby of the server it was started with.

        On a busy machine this takes longer than a server bears silence:
        `until` keeps the others at the server talking meanwhile.
        """
        until(lambda: self.shows("menu"), "showing the menu")
        self.click("JOIN GAME")
        until(lambda: self.has("CONNECT"), "asking for a name")
        if not self.has(f"Name: {name}"):
            self.type(name)
            until(lambda: self.has(f"Name: {name}"), "taking the name")
        self.click("CONNECT")
        until(lambda: self.shows("rooms"), "entering the lobby")

    def xdotool(self, *arguments: str) -> None:
        """Move the mouse, press keys."""
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, timeout=30)

    def shot(self, path: Path) -> None:
        """Take a picture of the screen."""
        subprocess.run(
            ["import", "-window", "root", str(path)], env=self._environment, check=True, timeout=30
        )

    def hold(self, *keys: str) -> None:
        """Hold these keys down, and let go of all others."""
        wanted = set(keys)
        for key in self.held - wanted:
            self.xdotool("keyup", key)
        for key in wanted - self.held:
            self.xdotool("keydown", key)
        self.held = wanted

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(STOP_S)


@contextmanager
def client(environment: dict[str, str], folder: Path, *arguments: str) -> Iterator[ClientProcess]:
    """Run a game for the time of a test."""
    running = ClientProcess(environment, folder, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()
