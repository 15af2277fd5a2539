"""How far each node of a game is from this player, measured aside.

A `Survey` connects to each node for a moment in a thread of its own, says a
`Hello` of version 0 (which a server answers by refusing it, and forgets) and
takes the time until the answer. It decides nothing, opens one connection at a
time, and rests between two rounds; its owner says when not to measure.

Units: seconds (monotonic); milliseconds for round trips.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence

from config import host_and_port
from dialling import Through, direct
from errors import BadOption
from nodes import Node
from protocol import Hello, encode_message

EVERY_S = 30.0
TRIES = 2
"""The better of so many counts: a slow one is chance."""
ANSWER_S = 1.0
"""Whoever answers later serves no race."""
UNREACHABLE_MS = 9999
NODES_MAX = 24
"""As many as are measured in a round, and told."""

Measure = Callable[[str, int], int]


class Survey:
    """Measures in rounds; the newest whole round can be taken once."""

    def __init__(self, measure: Measure | None = None) -> None:
        """Args:
        measure: returns the round trip to a host and port.
        """
        self.times: dict[str, int] = {}
        """The newest whole round: milliseconds by name."""
        self._measure = measure if measure is not None else round_trip_ms
        self._thread: threading.Thread | None = None
        self._found: dict[str, int] = {}
        self._stop = threading.Event()
        self._due_at = 0.0

    def update(self, nodes: Sequence[Node], now: float, *, quiet: bool) -> bool:
        """Begin a round when it is due; return whether one has been completed.

        Args:
            quiet: whether nothing should be measured now; a round ends early.
        """
        if quiet:
            self._stop.set()
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._thread = None
            if not self._stop.is_set():
                self.times = self._found
                return True
        if not quiet and len(nodes) > 1 and now >= self._due_at:
            self._due_at = now + EVERY_S
            self._stop.clear()
            self._found = {}
            self._thread = threading.Thread(
                target=self._run, args=(tuple(nodes)[:NODES_MAX],), name="survey", daemon=True
            )
            self._thread.start()
        return False

    def join(self) -> None:
        """Wait for a round to end."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            if self._stop.is_set():
                return
            try:
                told = self._measure(*host_and_port(node.address))
            except (BadOption, OSError, UnicodeError):
                told = UNREACHABLE_MS
            self._found[node.name] = min(max(told, 0), UNREACHABLE_MS)


def round_trip_ms(host: str, port: int, through: Through = direct) -> int:
    """Return the time from a question to a server's answer, milliseconds.

    Raises:
        OSError: nothing answers there.
    """
    question = encode_message(Hello(0, "", "", "measure"))
    found = float(UNREACHABLE_MS)
    for _ in range(TRIES):
        with through(socket.create_connection((host, port), timeout=ANSWER_S)) as link:
            link.settimeout(ANSWER_S)
            with contextlib.suppress(OSError):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = time.perf_counter()
            link.sendall(question)
            if link.recv(1):
                found = min(found, (time.perf_counter() - asked) * 1000)
    return round(found)
