"""A link that is worse than the one at hand, on purpose.

`LinkSimulator.through` takes a connected socket and returns another that leads
to the same peer over a longer, unsteadier, thinner line. One thread carries the
bytes of all of them; what arrives when is told by `link_model.py`. Whoever
sends too much has to wait: nothing is kept beyond a limit.

Units: seconds (monotonic), bytes.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import sys
import threading
import time

from link_model import LinkSpec, OneWay

RECEIVE_BYTES = 65_536
LINKS_MAX = 64
"""At once; more are refused."""
DESCRIPTOR_MAX = 1023
"""`select` knows no higher ones (on Windows it knows all)."""


class _Pipe:
    """A direction of a link, and the sockets at its ends."""

    def __init__(self, source: socket.socket, sink: socket.socket, way: OneWay) -> None:
        self.source, self.sink, self.way = source, sink, way
        self.unwritten = bytearray()
        """What has arrived, and the sink has not taken."""
        self.closes = False
        """Whether the stream ends behind that."""
        self.done = False


class _Line:
    """One simulated link: both its directions."""

    def __init__(self, near: socket.socket, far: socket.socket, up: OneWay, down: OneWay) -> None:
        self.pipes = (_Pipe(near, far, up), _Pipe(far, near, down))

    def close(self) -> None:
        """Close both ends."""
        for pipe in self.pipes:
            pipe.source.close()


class LinkSimulator:
    """Makes links worse; its thread carries what goes over them."""

    def __init__(self, spec: LinkSpec, seed: int = 1) -> None:
        self.spec = spec
        self._rng = random.Random(seed)
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        # Guards the lines that are new; all others are the thread's.
        self._lock = threading.Lock()
        self._new: list[_Line] = []
        self.count = 0
        """Links that are open; guarded too."""
        self._closing = threading.Event()
        self._lines: list[_Line] = []
        self._thread = threading.Thread(target=self._run, name="link simulator", daemon=True)
        self._thread.start()

    def through(self, link: socket.socket) -> socket.socket:
        """Return a socket that leads where a connected one leads, over the simulated link.

        Takes one round trip, as connecting over it would. The socket that was
        given is the simulator's from now on.

        Raises:
            OSError: too many links are open.
        """
        time.sleep(self.spec.round_trip)
        near, ours = socket.socketpair()
        for end in (ours, link):
            end.setblocking(False)
            # What waits, waits in here, where the limit is known.
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.spec.room_bytes)
        with self._lock:
            high = sys.platform != "win32" and max(map(socket.socket.fileno, (ours, link)))
            if self.count >= LINKS_MAX or high > DESCRIPTOR_MAX or self._closing.is_set():
                for end in (near, ours, link):
                    end.close()
                raise OSError(f"no more than {LINKS_MAX} links are simulated at once")
            self.count += 1
            up, down = (OneWay(self.spec, random.Random(self._rng.random())) for _ in range(2))
            self._new.append(_Line(ours, link, up, down))
        self._rouse()
        return near

    def close(self) -> None:
        """Cut all links and end the thread."""
        self._closing.set()
        self._rouse()
        self._thread.join(2.0)

    def _rouse(self) -> None:
        # Full, it wakes the thread as well; closed, there is nothing to wake.
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    # The thread

    def _run(self) -> None:
        # Of all selectors, this one alone waits for less than a millisecond.
        with selectors.SelectSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._closing.is_set():
                with self._lock:
                    self._lines += self._new
                    self._new.clear()
                wait = self._ask(selector, time.monotonic())
                ready = {key.fd: events for key, events in selector.select(wait)}
                if self._woken.fileno() in ready:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                self._carry(selector, ready)
        with self._lock:
            for line in [*self._lines, *self._new]:
                line.close()
        self._wake.close()
        self._woken.close()

    def _ask(self, selector: selectors.BaseSelector, now: float) -> float | None:
        """Tell the selector what each socket may do; return how long nothing is due."""
        dues = []
        for line in self._lines:
            there, back = line.pipes
            for reads, writes in ((there, back), (back, there)):
                asks = 0
                if not reads.done and not reads.way.ended and not reads.way.full:
                    asks |= selectors.EVENT_READ
                if writes.unwritten:
                    asks |= selectors.EVENT_WRITE
                elif not writes.done and writes.way.due_at is not None:
                    dues.append(writes.way.due_at)
                _register(selector, reads.source, asks)
        return max(0.0, min(dues) - now) if dues else None

    def _carry(self, selector: selectors.BaseSelector, ready: dict[int, int]) -> None:
        """Read what came, write what is due."""
        for line in list(self._lines):
            for pipe in line.pipes:
                if ready.get(pipe.source.fileno(), 0) & selectors.EVENT_READ:
                    _read(pipe, time.monotonic())
                if not pipe.done:
                    _write(pipe, time.monotonic())
            if all(pipe.done for pipe in line.pipes):
                self._drop(selector, line)

    def _drop(self, selector: selectors.BaseSelector, line: _Line) -> None:
        for pipe in line.pipes:
            _register(selector, pipe.source, 0)
        line.close()
        self._lines.remove(line)
        with self._lock:
            self.count -= 1


def _register(selector: selectors.BaseSelector, end: socket.socket, asks: int) -> None:
    registered = selector.get_map().get(end)
    if registered is None:
        if asks:
            selector.register(end, asks)
    elif not asks:
        selector.unregister(end)
    elif registered.events != asks:
        selector.modify(end, asks)


def _read(pipe: _Pipe, now: float) -> None:
    try:
        data = pipe.source.recv(RECEIVE_BYTES)
    except BlockingIOError:
        return
    except OSError:
        # Whoever broke off has said all: what is on its way still arrives.
        data = b""
    if data:
        pipe.way.send(data, now)
    else:
        pipe.way.end(now)


def _write(pipe: _Pipe, now: float) -> None:
    """Write what has arrived; while some of it waits, nothing more is taken out."""
    if not pipe.unwritten:
        for segment in pipe.way.arrived(now):
            pipe.unwritten += segment
            pipe.closes = not segment
    try:
        while pipe.unwritten:
            del pipe.unwritten[: pipe.sink.send(pipe.unwritten)]
        if pipe.closes:
            pipe.done = True
            pipe.sink.shutdown(socket.SHUT_WR)
    except BlockingIOError:
        return
    except OSError:
        # Nobody is there to take it; the other direction goes on.
        pipe.done = True
        pipe.unwritten.clear()
