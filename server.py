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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import FrameType

from chat import LineKind
from config import ServerOptions, server_options
from db.backlog import Backlog
from db.opening import hold_folder, open_store, patiently
from db.store import ChatRecord, Store
from effects import Close, Effect, Send, SendSnapshot
from errors import BadFile, BadOption, BadSave, SlipstreamError
from game import Game
from network import Connected, Inbox, Lost, NetworkServer, Received
from protocol import Channel, Goodbye, encode_message
from storekeeper import StoreKeeper
from tally import Tally
from track import TRACKS, Track, track_names, track_of

log = logging.getLogger("slipstream")

TICK_S = 1.0 / 60.0
BEHIND_S_MAX = 0.25
"""A server that is further behind gives up the lost ticks instead of racing after them."""
SESSIONS_SPARE = 64
"""Sessions beyond the connections: players whose seats are being kept."""
CHAT_RECALLED = 50
NOT_KEPT = "This server keeps nothing: results are gone when it stops"
NOT_SAVED = Goodbye(
    "stopping", "The server is stopping; the last seconds of a race may not be saved."
)
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


class Server:
    """One node, from its first line to its last."""

    def __init__(self, options: ServerOptions, stack: ExitStack) -> None:
        self._options = options
        self._stopping = False
        # A second of arithmetic, while the database starts.
        tracks = stack.enter_context(ThreadPoolExecutor(1)).submit(_load_tracks)
        self._inbox = Inbox()
        # The port first: a second server on it should fail before it touches
        # the database of the first.
        self._network = NetworkServer(options.host, options.port, self._inbox, options.clients_max)
        stack.callback(self._network.stop)
        # Set where a folder is ours: it tells a second server who has it.
        self._address: Path | None = None
        if options.db != "memory":
            self._address = hold_folder(options.data, stack)
        store = open_store(options.db, options.data, stack)
        owner = f"{options.name}/{os.urandom(6).hex()}"
        path = options.data / "backlog.sqlite" if store.durable else None
        backlog = Backlog(path)
        stack.callback(backlog.close)
        self._keeper = StoreKeeper(store, backlog, owner)
        # Also when the server stumbles: what is on its way must reach the disk.
        stack.callback(self._keeper.stop)
        self._game = Game(
            node=options.name,
            tracks=tracks.result(),
            entropy=os.urandom,
            sessions_max=options.clients_max + SESSIONS_SPARE,
            wall_offset_s=time.time() - time.monotonic(),
            durable=store.durable,
        )
        if not store.durable:
            line = ChatRecord("", 0, "", "", NOT_KEPT, int(LineKind.SYSTEM), time.time())
            self._game.recall_chat([line])
        if len(backlog):
            log.info("delivering %d results and race ends of the last run", len(backlog))
        patiently(self._keeper.deliver_waiting)
        self._restore(store, owner)
        self._tally = Tally()

    def _restore(self, store: Store, owner: str) -> None:
        """Take up the live races that the last run left."""
        now = time.monotonic()

        def chat_of(channel: Channel, room_id: str) -> list[ChatRecord]:
            return patiently(lambda: store.recent_chat(int(channel), room_id, CHAT_RECALLED))

        self._game.recall_chat(chat_of(Channel.LOBBY, ""))
        for save in patiently(store.saves):
            try:
                epoch = patiently(partial(store.claim_room, save.room_id, owner))
                chat = chat_of(Channel.ROOM, save.room_id)
                self._carry_out(self._game.restore(save, epoch, chat, now))
                log.info("room %s: its race goes on from tick %d", save.room_id, save.tick)
            except BadSave as error:
                log.error("room %s: %s; its save is kept", save.room_id, error)

    def run(self) -> None:
        """Serve until a signal says otherwise, then save and say goodbye."""
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        self._keeper.start()
        self._network.start()
        address = f"{self._network.host}:{self._network.port}"
        if self._address is not None:
            self._address.write_text(address)
        print(f"ready {address}", flush=True)
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
        self._stop()

    def _stop(self) -> None:
        """Save every race, then say goodbye: "saved" is said of what is."""
        log.info("stopping: saving races, telling players")
        last = self._game.stop(time.monotonic())
        self._carry_out([effect for effect in last if not isinstance(effect, Close)])
        kept = self._keeper.stop()
        self._settle(time.monotonic())
        for effect in last:
            if isinstance(effect, Close):
                words = effect if kept else Close(effect.link_id, NOT_SAVED)
                self._carry_out([words])
        if not kept:
            log.warning("the last save of a race did not arrive; it goes on from the one before")
        self._network.stop()

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
        self._settle(now)
        self._carry_out(self._game.tick(now))
        self._network.flush()

    def _settle(self, now: float) -> None:
        while not self._keeper.outcomes.empty():
            self._carry_out(self._game.settle(self._keeper.outcomes.get(), now))

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
            tracks[name] = track_of(name)
        except BadFile as error:
            log.error("%s: this track is left out", error)
    if not tracks:
        raise BadFile(TRACKS, "no track can be raced on", "restore the files of the game")
    return tracks


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
    try:
        options = server_options()
        if options.verbose:
            logging.getLogger().setLevel(logging.DEBUG)
        with ExitStack() as stack:
            Server(options, stack).run()
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
