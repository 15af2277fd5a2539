"""Links that can be cut, slowed and healed: TCP proxies on the loopback.

A `Switchboard` serves any number of `Line`s with one thread. A line listens on
a port of its own and carries each connection to its target. What a fault does
is decided for each connection by who called: a line may be cut for one process
and whole for another, which is how one node loses the database while the
others keep it.

Cut means silence, as of a cable: nothing passes, nothing is refused, and what
was on its way passes after the healing. A connection that the other end gives
up meanwhile is closed.

Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path

CHUNK_BYTES = 65_536
WAITING_BYTES_MAX = 4 << 20
"""In one direction of one connection; beyond it the proxy reads no more."""
LISTEN_BACKLOG = 128
IDLE_S = 0.5
Caller = int | None
"""The process that called, if it is known."""


class Pipe:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source, self.sink = source, sink
        self.waiting: deque[tuple[float, bytes]] = deque()
        """Bytes, and when they may pass."""
        self.size = 0
        self.ended = False
        """The source has said all; b"" among the waiting tells the sink."""


class Line:
    """One port that leads to one target."""

    def __init__(self, name: str, target: tuple[str, int]) -> None:
        self.name, self.target = name, target
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(LISTEN_BACKLOG)
        self.listener.setblocking(False)
        self.port: int = self.listener.getsockname()[1]
        self.faults: dict[Caller, tuple[bool, float]] = {}
        """For each caller, or for None everybody: whether cut, and the delay each way."""

    def fault_of(self, call: Call) -> tuple[bool, float]:
        """Return whether the line is cut for a call, and its delay."""
        faults = self.faults
        if not faults:
            return False, 0.0
        cut, delay = faults.get(None, (False, 0.0))
        own_cut, own_delay = faults.get(call.caller, (False, 0.0))
        return cut or own_cut, max(delay, own_delay)


class Call:
    """One connection over a line."""

    def __init__(
        self, line: Line, near: socket.socket, far: socket.socket, who: Callable[[], Caller]
    ) -> None:
        self.line = line
        self.ends = (near, far)
        self.pipes = (Pipe(near, far), Pipe(far, near))
        self._who = who

    @cached_property
    def caller(self) -> Caller:
        """Who called; looked up only where a fault asks, for it takes a while."""
        return self._who()

    def pipes_of(self, end: object) -> tuple[Pipe, Pipe]:
        """Return the pipe that an end fills, and the one that it empties."""
        near, far = self.pipes
        return (near, far) if end is self.ends[0] else (far, near)

    def close(self) -> None:
        """Close both ends."""
        for end in self.ends:
            end.close()


class Switchboard:
    """All lines of a run, and the thread that serves them."""

    def __init__(self, who: Callable[[int], Caller] = lambda port: None) -> None:
        """Take a function that tells which process owns a local port."""
        self._who = who
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        # Guards the faults and the table of new lines; all else is the thread's.
        self._lock = threading.Lock()
        self._new: list[Line] = []
        self._calls: set[Call] = set()
        self._busy: set[Call] = set()
        """Calls with something to look after: the others need no thought."""
        self._changed = False
        """Whether a fault has begun or ended, so that all calls need thought."""
        self._closing = False
        self.faults: list[str] = []
        """What went wrong in the thread; empty in a good run."""
        self._thread = threading.Thread(target=self._run, name="switchboard", daemon=True)
        self._thread.start()

    def line(self, name: str, host: str, port: int) -> Line:
        """Open a line to a target."""
        line = Line(name, (host, port))
        with self._lock:
            self._new.append(line)
        self._rouse()
        return line

    def cut(self, line: Line, caller: Caller = None) -> None:
        """Let nothing pass, for one caller or for everybody."""
        self._set(line, caller, (True, 0.0))

    def slow(self, line: Line, delay: float, caller: Caller = None) -> None:
        """Let everything take so much longer, each way."""
        self._set(line, caller, (False, delay))

    def heal(self, line: Line, caller: Caller = None) -> None:
        """Let everything pass again at once."""
        self._set(line, caller, None)

    def _set(self, line: Line, caller: Caller, fault: tuple[bool, float] | None) -> None:
        with self._lock:
            if fault is None:
                line.faults.pop(caller, None)
            else:
                line.faults[caller] = fault
            self._changed = True
        self._rouse()

    def close(self) -> None:
        """Close all lines and all connections."""
        self._closing = True
        self._rouse()
        self._thread.join(2.0)

    def _rouse(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    # The thread

    def _run(self) -> None:
        listeners: list[Line] = []
        try:
            while not self._closing:
                with self._lock:
                    new, self._new = self._new, []
                for line in new:
                    listeners.append(line)
                    self._selector.register(line.listener, selectors.EVENT_READ, line)
                wait = self._mind_the_calls(time.monotonic())
                for key, events in self._selector.select(wait):
                    self._serve(key.fileobj, key.data, events)
        except Exception as error:
            self.faults.append(repr(error))
        finally:
            for call in list(self._calls):
                call.close()
            for line in listeners:
                line.listener.close()
            self._selector.close()
            self._wake.close()
            self._woken.close()

    def _serve(self, found: object, data: Line | Call | None, events: int) -> None:
        if data is None:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(4096)
        elif isinstance(data, Line):
            self._accept(data)
        elif data in self._calls:
            self._move(data, found, events)

    def _accept(self, line: Line) -> None:
        try:
            near, (_, port) = line.listener.accept()
        except OSError:
            return
        far = socket.socket()
        for end in (near, far):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        far.connect_ex(line.target)
        call = Call(line, near, far, partial(self._who, port))
        self._calls.add(call)
        for end in call.ends:
            self._selector.register(end, selectors.EVENT_READ, call)

    def _mind_the_calls(self, now: float) -> float:
        """Ask for what each call may do now; return how long nothing else is due."""
        with self._lock:
            if self._changed:
                self._busy |= self._calls
                self._changed = False
        wait = IDLE_S
        for call in list(self._busy):
            with self._lock:
                cut, _ = call.line.fault_of(call)
            idle = True
            for end in call.ends:
                out, into = call.pipes_of(end)
                asks = 0
                if not out.ended and out.size < WAITING_BYTES_MAX:
                    asks |= selectors.EVENT_READ
                if into.waiting and not cut:
                    due = into.waiting[0][0] - now
                    if due <= 0.0:
                        asks |= selectors.EVENT_WRITE
                    else:
                        idle = False
                        wait = min(wait, due)
                self._ask(end, call, asks)
            if idle:
                self._busy.discard(call)
        return wait

    def _ask(self, end: socket.socket, call: Call, asks: int) -> None:
        registered = self._selector.get_map().get(end)
        if registered is None:
            if asks:
                self._selector.register(end, asks, call)
        elif not asks:
            self._selector.unregister(end)
        elif registered.events != asks:
            self._selector.modify(end, asks, call)

    def _move(self, call: Call, end: object, events: int) -> None:
        """Read from an end what comes, write to it what is due."""
        out, into = call.pipes_of(end)
        now = time.monotonic()
        with self._lock:
            cut, delay = call.line.fault_of(call)
        self._busy.add(call)
        try:
            if events & selectors.EVENT_READ:
                data = out.source.recv(CHUNK_BYTES)
                first = not out.waiting
                out.waiting.append((now + delay, data))
                out.size += len(data)
                out.ended = not data
                if first and not cut:
                    # Most often it can go on at once.
                    self._write(out, now)
            if events & selectors.EVENT_WRITE and not cut:
                self._write(into, now)
        except BlockingIOError:
            return
        except OSError:
            self._hang_up(call)
            return
        if all(pipe.ended and not pipe.waiting for pipe in call.pipes):
            self._hang_up(call)

    @staticmethod
    def _write(pipe: Pipe, now: float) -> None:
        while pipe.waiting and pipe.waiting[0][0] <= now:
            due, data = pipe.waiting[0]
            if not data:
                pipe.sink.shutdown(socket.SHUT_WR)
                pipe.waiting.popleft()
                return
            sent = pipe.sink.send(data)
            pipe.size -= sent
            if sent < len(data):
                pipe.waiting[0] = (due, data[sent:])
                return
            pipe.waiting.popleft()

    def _hang_up(self, call: Call) -> None:
        self._calls.discard(call)
        self._busy.discard(call)
        for end in call.ends:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(end)
        call.close()


# Who called


class Callers:
    """Tells by a local port which of our processes opened a connection (Linux only)."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids

    def __call__(self, port: int) -> Caller:
        """Return the process behind a local port, or None."""
        inode = _inode_of(port)
        return next((pid for pid in self._pids() if inode and _holds(pid, inode)), None)


def _inode_of(port: int) -> str:
    local = f"0100007F:{port:04X}"
    with contextlib.suppress(OSError):
        for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            cells = row.split()
            if cells[1] == local and cells[9] != "0":
                return cells[9]
    return ""


def _holds(pid: int, inode: str) -> bool:
    with contextlib.suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(handle.readlink()) == f"socket:[{inode}]":
                    return True
    return False
