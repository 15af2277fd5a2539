"""The server: options in, parts wired together, sixty ticks a second.

Composition root; nothing imports it. The tick thread is the main thread and
the sole owner of `Game`. Reader threads (one a client) fill the inbox, the
store thread carries out what is durable, and effects leave through bounded
outboxes.

The first and only line on standard output is `ready HOST:PORT`, printed when
players can join; everything else goes to standard error.

Units: seconds.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from config import ServerOptions, server_options
from db.backlog import Backlog
from db.memory import MemoryStore
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import Store
from effects import Close, Effect, Send, SendSnapshot
from errors import BadFile, BadOption, BadSave, SlipstreamError, StoreUnavailable
from game import Game
from network import Connected, Inbox, Lost, NetworkServer, Received
from protocol import Channel, encode_message
from storekeeper import StoreKeeper
from tally import Tally
from track import TRACKS, Track, load_track, track_names

log = logging.getLogger("slipstream")

TICK_S = 1.0 / 60.0
BEHIND_S_MAX = 0.25
"""A server that is further behind gives up the lost ticks instead of racing after them."""
SESSIONS_SPARE = 64
"""Sessions beyond the connections: players whose seats are being kept."""
CHAT_RECALLED = 50
STORE_WAIT_S = 60.0
LAST_WORDS_S = 0.3


class Server:
    """One node, from its first line to its last."""

    def __init__(self, options: ServerOptions, stack: ExitStack) -> None:
        self._options = options
        self._stopping = False
        tracks = _load_tracks()
        self._inbox = Inbox()
        # The port first: a second server on it should fail before it touches
        # the database of the first.
        self._network = NetworkServer(options.host, options.port, self._inbox, options.clients_max)
        stack.callback(self._network.stop)
        store = _open_store(options, stack)
        owner = f"{options.name}/{os.urandom(6).hex()}"
        path = options.data / "backlog.sqlite" if store.durable else None
        backlog = Backlog(path)
        stack.callback(backlog.close)
        self._keeper = StoreKeeper(store, backlog, owner)
        if len(backlog):
            log.info("%d entries of the last run wait for the database", len(backlog))
        self._game = Game(
            node=options.name,
            tracks=tracks,
            entropy=os.urandom,
            sessions_max=options.clients_max + SESSIONS_SPARE,
            wall_offset_s=time.time() - time.monotonic(),
            durable=store.durable,
        )
        self._keeper.deliver_waiting()
        self._restore(store, owner)
        self._tally = Tally()

    def _restore(self, store: Store, owner: str) -> None:
        """Take up the live races that the last run left."""
        now = time.monotonic()
        self._game.recall_chat(store.recent_chat(int(Channel.LOBBY), "", CHAT_RECALLED))
        for save in store.saves():
            try:
                epoch = store.claim_room(save.room_id, owner)
                chat = store.recent_chat(int(Channel.ROOM), save.room_id, CHAT_RECALLED)
                self._carry_out(self._game.restore(save, epoch, chat, now))
                log.info("room %s: its race goes on from tick %d", save.room_id, save.tick)
            except BadSave as error:
                log.error("room %s: %s; its save is kept", save.room_id, error)

    def run(self) -> None:
        """Serve until a signal says otherwise, then save and say goodbye."""
        for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)
        self._keeper.start()
        self._network.start()
        print(f"ready {self._network.host}:{self._network.port}", flush=True)
        due = time.monotonic()
        while not self._stopping:
            due += TICK_S
            wait = due - time.monotonic()
            if wait > 0.0:
                time.sleep(wait)
            now = time.monotonic()
            late = now - due
            if late > BEHIND_S_MAX:
                due = now
            self._tick(now)
            self._tally.note(late, time.monotonic() - now)
            if self._options.stats and self._tally.full:
                self._print_stats()
        log.info("stopping: races are saved, players are told")
        self._carry_out(self._game.stop(time.monotonic()))
        self._keeper.stop()

    def _tick(self, now: float) -> None:
        for arrival in self._inbox.drain():
            match arrival:
                case Received(link_id, message):
                    self._carry_out(self._game.handle(link_id, message, now))
                case Lost(link_id, reason):
                    self._network.forget(link_id)
                    self._carry_out(self._game.disconnect(link_id, reason, now))
                case Connected(link_id, address):
                    log.debug("= link %d from %s", link_id, address)
        while not self._keeper.outcomes.empty():
            self._carry_out(self._game.settle(self._keeper.outcomes.get(), now))
        self._carry_out(self._game.tick(now))
        self._network.flush()

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendSnapshot(link_ids, message):
                    encoded = encode_message(message)
                    self._tally.snapshots += len(link_ids)
                    for link_id in link_ids:
                        self._network.send_snapshot(link_id, encoded)
                case Send(link_ids, message):
                    encoded = encode_message(message)
                    log.debug("> %s %s", link_ids, message)
                    for link_id in link_ids:
                        self._network.send(link_id, encoded)
                case Close(link_id, message):
                    self._network.close_link(link_id, message)
                case _:
                    self._keeper.submit(effect)

    def _print_stats(self) -> None:
        received, sent = self._network.bytes_total()
        print(
            "stats " + json.dumps(self._tally.report(received, sent)), file=sys.stderr, flush=True
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True


def _load_tracks() -> dict[str, Track]:
    tracks = {}
    for name in track_names():
        try:
            tracks[name] = load_track(TRACKS / f"{name}.toml")
        except BadFile as error:
            log.error("%s: this track is left out", error)
    if not tracks:
        raise BadFile(TRACKS, "no track can be raced on", "restore the files of the game")
    return tracks


def _open_store(options: ServerOptions, stack: ExitStack) -> Store:
    if options.db == "memory":
        log.warning("--db memory: nothing is kept; results are gone when the server stops")
        return MemoryStore()
    try:
        options.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOption(f"--data: {options.data} cannot be made ({error.strerror}).") from error
    uri = options.db
    if options.db == "local":
        replicas = LocalReplicas(options.data)
        stack.callback(replicas.stop)
        uri = replicas.start(log.info)
    store = _connect(uri)
    stack.callback(store.close)
    return store


def _connect(uri: str) -> MongoStore:
    """Connect, waiting out an election."""
    start = time.monotonic()
    while True:
        try:
            return MongoStore(uri)
        except StoreUnavailable as error:
            waited = time.monotonic() - start
            if waited > STORE_WAIT_S:
                raise
            log.info("waiting for the database (%d s): %s", waited, error)
            time.sleep(0.5)


def main() -> int:
    """Run the server; return the exit code."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # The driver tells each step of an election; our own lines say what matters.
    logging.getLogger("pymongo").setLevel(logging.CRITICAL)
    try:
        options = server_options()
        if options.verbose:
            logging.getLogger().setLevel(logging.DEBUG)
        with ExitStack() as stack:
            Server(options, stack).run()
            # Goodbyes are on their way: give the kernel a moment to send them.
            time.sleep(LAST_WORDS_S)
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.path.insert(0, str(Path(__file__).parent))
        raise SystemExit(main())
