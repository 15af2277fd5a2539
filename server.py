"""The server: options in, parts wired together, sixty ticks a second.

Composition root; nothing imports it. The tick thread is the main thread and
the sole owner of `Node`. Reader threads (one a client) fill the inbox, the
threads at the store do what takes time, and effects leave through bounded
outboxes.

The first and only line on standard output is `ready HOST:PORT`, printed when
players can join; everything else goes to standard error. SIGTERM hands all
races over to other nodes, where there are any, and then ends; SIGINT, or a
second signal, ends at once: others take over what was saved.

Units: seconds.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

import compiled

compiled.use()

from admission import COST_INTERPRETED
from carrier import Carrier
from chat import LineKind
from cluster import LEASE_S
from config import ServerOptions, address_of, server_options
from db.backlog import Backlog
from db.mongo_desk import MongoDesk
from db.opening import hold_folder, next_boot, open_store, patiently, take_name
from db.store import ChatRecord, Claim
from effects import Close, Effect, LeaseAnswered
from errors import BadFile, BadOption, SlipstreamError
from fault_desk import FaultDesk
from faults import Hindrance
from fleet import Fleet, when_input_ends
from hindered import HinderedNetwork
from inbox import Connected, Inbox, Lost, Received
from network import NetworkServer, reachable_host
from node import Node
from protocol import Channel, Goodbye
from recovery import Chronicle, timeline
from track import TRACKS, Track, track_names, track_of

log = logging.getLogger("slipstream")

TICK_S = 1.0 / 60.0
BEHIND_S_MAX = 0.25
"""A server that is further behind gives up the lost ticks instead of racing after them."""
SESSIONS_SPARE = 64
"""Sessions and links beyond the players: seats that are being kept, and who comes back."""
FILES_MAX = 4096
"""Descriptors, where the system lets us have them: each link takes one."""
CPU_EVERY_S = 0.2
"""What we use of a core is asked so often: the system adds it up over all threads."""
COLLECT_AFTER = (10_000, 20, 20)
"""Containers made and not freed, then collections of the generation below."""
THREAD_STACK_BYTES = 1_048_576
"""There is a reader for each link, and none of them goes deep."""
CHAT_RECALLED = 50
NOT_KEPT = "This server keeps nothing: results are gone when it stops"
NOT_SAVED = Goodbye(
    "stopping", "The server is stopping; the last seconds of a race may not be saved."
)
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


def clock() -> float:
    """Return the time by a clock that never jumps, and goes on while the machine sleeps.

    A lease runs out while this process is suspended with its machine; the
    usual monotonic clock of Linux would not tell.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Server:
    """One node, from its first line to its last."""

    def __init__(self, options: ServerOptions, stack: ExitStack) -> None:
        self._options = options
        self._signals = 0
        self._stopping = False
        # A second of arithmetic, while the database starts.
        tracks = stack.enter_context(ThreadPoolExecutor(1)).submit(_load_tracks)
        hindrance = Hindrance() if options.allow_faults else None
        self._inbox = Inbox()
        # The port first: a second server on it should fail before it touches
        # the database of the first.
        links_max = options.clients_max + SESSIONS_SPARE
        where = (options.host, options.port, self._inbox, links_max)
        self._network = (
            NetworkServer(*where) if hindrance is None else HinderedNetwork(*where, hindrance)
        )
        stack.callback(self._network.stop)
        # Set where a folder is ours: it tells a second server who has it.
        self._address: Path | None = None
        if options.db != "memory":
            self._address = hold_folder(options.data, stack)
        store = open_store(options.db, options.data, stack)
        boot, previous = next_boot(options.data if self._address else None)
        here = address_of(reachable_host(options.host), self._network.port)
        claim = Claim(options.name, boot, options.advertise or here)
        backlog = Backlog(options.data / "backlog.sqlite" if store.durable else None)
        stack.callback(backlog.close)
        self._desk: FaultDesk | None = None
        if isinstance(store, MongoDesk):
            self._desk = FaultDesk(store, options.name, hindrance)
        self._carrier = Carrier(
            self._network, store, backlog, claim, LEASE_S, self._desk, hindrance
        )
        # Also when the server stumbles: what is on its way must reach the disk.
        stack.callback(self._carrier.stop)
        self._node = Node(
            claim=claim,
            secret=patiently(store.secret),
            tracks=tracks.result(),
            entropy=os.urandom,
            sessions_max=options.clients_max + SESSIONS_SPARE,
            wall_offset_s=time.time() - clock(),
            durable=store.durable,
            previous=previous,
        )
        self._admission = self._node.game.door.admission
        self._admission.people_max = options.clients_max
        if not compiled.in_use():
            self._admission.cost_guessed = COST_INTERPRETED
        self._noted_at = self._cpu_at = clock()
        self._cpu_s, self._cpu = time.process_time(), 0.0
        self._chronicle = Chronicle(claim, self._node.cluster.noticed_at, self._node.room_at)
        take_name(store, self._node.card(), previous)
        if len(backlog):
            log.info("delivering %d results and ends of rooms of the last run", len(backlog))
        patiently(self._carrier.deliver_waiting)
        lines = patiently(lambda: store.recent_chat(int(Channel.LOBBY), "", CHAT_RECALLED))
        if not store.durable:
            lines = [ChatRecord("", 0, "", "", NOT_KEPT, int(LineKind.SYSTEM), time.time())]
        self._node.game.recall_chat(lines)

    def run(self) -> None:
        """Serve until a signal says otherwise, then save and say goodbye.

        Raises:
            BadOption: another process has taken our name.
        """
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        if self._options.stop_with_stdin:
            when_input_ends(lambda: self._on_signal(0, None))
        self._carrier.start()
        self._network.start()
        address = f"{self._network.host}:{self._network.port}"
        if self._address is not None:
            self._address.write_text(address)
        claim = self._node.cluster.claim
        log.info("%s: players join at %s", claim.node, claim.address)
        print(f"ready {address}", flush=True)
        # What is here by now stays: no collection need look at it again. The
        # rest of a tick's rubbish has no cycles, so few collections are enough.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        due = clock()
        while not (self._stopping or self._node.unwelcome):
            due += TICK_S
            wait = due - clock()
            if wait > 0.0:
                time.sleep(wait)
            now = clock()
            late = now - due
            if late > BEHIND_S_MAX:
                due = now
            self._tick(now)
            self._note(late, now)
        self._stop()
        if self._node.unwelcome:
            raise BadOption(f"--name: {self._node.unwelcome}.")

    def _stop(self) -> None:
        """Save every race, then say goodbye: "saved" is said of what is."""
        log.info("stopping: saving races, telling players")
        last = self._node.stop(clock())
        self._carrier.carry_out(effect for effect in last if not isinstance(effect, Close))
        kept = self._carrier.save_all()
        self._settle(clock())
        for effect in last:
            if isinstance(effect, Close):
                words = effect if kept else Close(effect.link_id, NOT_SAVED)
                self._carrier.carry_out([words])
        if not kept:
            log.warning("the last save of a race did not arrive; it goes on from the one before")
        self._carrier.stop()
        self._network.stop()

    def _tick(self, now: float) -> None:
        node, carry_out = self._node, self._carrier.carry_out
        for arrival in self._inbox.drain():
            match arrival:
                case Received(link_id, message):
                    carry_out(node.handle(link_id, message, now))
                case Lost(link_id, reason):
                    self._network.forget(link_id)
                    carry_out(node.disconnect(link_id, reason, now))
                case Connected(link_id, address):
                    log.debug("= link %d from %s", link_id, address)
        self._settle(now)
        effects = node.tick(now)
        carry_out(effects)
        self._tell(effects, now)
        self._network.flush()
        if self._signals:
            node.drain(now)
            self._stopping = self._stopping or node.drained(now)

    def _settle(self, now: float) -> None:
        for outcome in self._carrier.outcomes():
            self._carrier.carry_out(self._node.settle(outcome, now))
            self._chronicle.settle(outcome, now)
            if isinstance(outcome, LeaseAnswered):
                self._chronicle.restored(outcome.room_id, clock())

    def _tell(self, effects: list[Effect], now: float) -> None:
        """Have the recoveries written down that came to an end."""
        self._chronicle.watch(effects, now)
        for recovery in self._chronicle.closed():
            log.info("room %s: %s", recovery.room_id, timeline(recovery))
            if self._desk is not None:
                self._desk.tell(recovery)

    def _note(self, late: float, began: float) -> None:
        now = clock()
        if now - self._cpu_at >= CPU_EVERY_S:
            cpu_s = time.process_time()
            self._cpu = (cpu_s - self._cpu_s) / (now - self._cpu_at)
            self._cpu_at, self._cpu_s = now, cpu_s
        work = now - began
        self._admission.note(work / TICK_S, late / TICK_S, self._cpu, now - self._noted_at)
        self._noted_at = now
        self._node.load = self._admission.load
        tally = self._carrier.tally
        tally.note(late, work)
        if self._options.stats and tally.full:
            bytes_in, bytes_out = self._network.bytes_total()
            rates, refused = self._network.rates(), self._admission.refused
            report = tally.report(bytes_in, bytes_out, rates, refused, self._admission.load)
            print(f"stats {json.dumps(report)}", file=sys.stderr, flush=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        self._stopping = self._stopping or number != signal.SIGTERM or self._signals > 1


def _load_tracks() -> dict[str, Track]:
    tracks = {}
    for name in track_names():
        try:
            tracks[name] = track_of(name)
        except BadFile as error:
            log.error("%s: this track is left out", error)
    if not tracks:
        raise BadFile(TRACKS, "no track can be raced on", "restore the files of the game")
    return tracks


def _allow_links() -> None:
    """Ask the system for as many descriptors as there may be links."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MAX if hard == resource.RLIM_INFINITY else min(FILES_MAX, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End a start that is under way; once, so that what was begun is stopped in peace."""
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Run the server; return the exit code."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # The driver tells each step of an election; our own lines say what matters.
    logging.getLogger("pymongo").setLevel(logging.CRITICAL)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    threading.stack_size(THREAD_STACK_BYTES)
    _allow_links()
    try:
        options = server_options()
        if options.verbose:
            logging.getLogger().setLevel(logging.DEBUG)
        if compiled.could_be():
            log.info("interpreted; after `python compiled.py` it carries several times as many")
        log.debug("the core is %s", "compiled" if compiled.in_use() else "interpreted")
        with ExitStack() as stack:
            (Fleet if options.nodes > 1 else Server)(options, stack).run()
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    except KeyboardInterrupt:
        log.info("stopped before players could join")
    return 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.path.insert(0, str(Path(__file__).parent))
        raise SystemExit(main())
