"""Shows a cluster, and makes its nodes fail on order: `python -m cluster`.

It reads and writes the database and speaks to no node. A fault reaches a node
that was started with `--allow-faults`, within a second.

    python -m cluster status|kill|pause|cut|slow [NODE] --db URI | --data FOLDER

Units: seconds; milliseconds where a name ends in `_ms`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from db.mongo import MongoStore
from db.replicas import LocalReplicas
from db.store import Card, Lease
from errors import BadFile, BadOption, SlipstreamError
from fault_desk import ALIVE_S, place_order
from faults import (
    DELAY_DEFAULT_MS,
    DELAY_MAX_MS,
    FAULTS,
    SECONDS_DEFAULT,
    SECONDS_MAX,
    fault_of,
)
from recovery import Recovery, timeline

STATUS = "status"
EPILOG = """\
what a node can be told to do, if it was started with --allow-faults:
  kill    end at once, as by SIGKILL
  pause   stand still, as by SIGSTOP, and then go on as if nothing had been
  cut     be as if its cable were pulled: hear and answer nobody, neither
          players nor other nodes nor the database, until the time is over
  slow    send everything to players and other nodes late

examples:
  python -m cluster status                         of the local database in ./data
  python -m cluster status --db mongodb://db1,db2,db3/?replicaSet=rs0
  python -m cluster cut node-1 --seconds 20
"""
RECOVERIES_SHOWN = 5


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print below its usage."""
        raise BadOption(f"{message}; see python -m cluster --help.")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return the exit code."""
    # The driver tells each step of an election; our own lines say what matters.
    logging.getLogger("pymongo").setLevel(logging.CRITICAL)
    try:
        chosen = _chosen(arguments)
        fault = None
        if chosen.action != STATUS:
            fault = fault_of(chosen.action, chosen.seconds, chosen.delay_ms)
        store = MongoStore(_uri(chosen))
        try:
            if fault is None:
                lines = status(store.cards(), store.leases(), store.recoveries(RECOVERIES_SHOWN))
                willing = store.willing()
                lines += ["", "faults: " + (", ".join(sorted(willing)) or "no node takes any")]
            else:
                lines = [place_order(store, chosen.node, fault)]
        finally:
            store.close()
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, BadOption) else 1
    with suppress(BrokenPipeError):
        print("\n".join(lines), flush=True)
    return 0


def status(
    cards: Sequence[Card], leases: Sequence[Lease], recoveries: Sequence[Recovery]
) -> list[str]:
    """Return the lines that tell how a cluster is."""
    lines = [_row(("node", 20), ("address", 22), ("heard", 8), ("load", 6), ("rooms", 6), ("", 0))]
    for card in sorted(cards, key=lambda one: one.node):
        state = "silent" if card.age_s >= ALIVE_S else "draining" if card.draining else ""
        people = f"{len(card.people)} people"
        lines.append(
            _row(
                (card.node, 20),
                (card.address, 22),
                (f"{card.age_s:.1f} s", 8),
                (f"{card.load:.0%}", 6),
                (str(len(card.rooms)), 6),
                (people + (f", {state}" if state else ""), 0),
            )
        )
    if not cards:
        lines.append("no node")
    titles = {room.room_id: room.title for card in cards for room in card.rooms}
    lines += ["", _row(("room", 20), ("owner", 22), ("epoch", 8), ("lease", 0))]
    for lease in sorted(leases, key=lambda one: one.room_id):
        left = f"{lease.left_s:.1f} s left" if lease.left_s > 0.0 else "has run out"
        title = titles.get(lease.room_id, lease.room_id)
        lines.append(_row((title, 20), (lease.node, 22), (str(lease.epoch), 8), (left, 0)))
    if not leases:
        lines.append("no room")
    lines += ["", "newest recoveries, in seconds since noticed"]
    for one in recoveries:
        title = titles.get(one.room_id, one.room_id)
        way = f"{one.previous or 'nobody'} -> {one.node}, epoch {one.epoch}, tick {one.tick}"
        lines += [f"{title}: {way}, {_ago(one.ago_s)} ago", f"    {timeline(one)}"]
    if not recoveries:
        lines.append("none")
    return lines


def _row(*cells: tuple[str, int]) -> str:
    return " ".join(text.ljust(width) for text, width in cells).rstrip()


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120.0 else f"{seconds / 60.0:.0f} min"


def _chosen(arguments: Iterable[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m cluster",
        description="Shows all nodes, rooms and recoveries; makes a node fail on order.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("action", choices=(STATUS, *FAULTS), help="what to show, or to do")
    parser.add_argument("node", nargs="?", default="", help="its name, for a fault")
    parser.add_argument("--db", metavar="URI", help="the database (or SLIPSTREAM_DB)")
    parser.add_argument("--data", metavar="FOLDER", help="the folder of a local database")
    parser.add_argument(
        "--seconds",
        metavar="S",
        type=float,
        default=SECONDS_DEFAULT,
        help=f"how long (default: {SECONDS_DEFAULT:g}, at most {SECONDS_MAX:g})",
    )
    parser.add_argument(
        "--delay-ms",
        metavar="MS",
        type=int,
        default=DELAY_DEFAULT_MS,
        help=f"how late a slow node sends (default: {DELAY_DEFAULT_MS}, at most {DELAY_MAX_MS})",
    )
    chosen = parser.parse_args(list(arguments))
    if chosen.action != STATUS and not chosen.node:
        raise BadOption(f"{chosen.action}: say which node; status shows their names.")
    return chosen


def _uri(chosen: argparse.Namespace) -> str:
    uri = chosen.db or ("" if chosen.data else os.environ.get("SLIPSTREAM_DB", ""))
    if uri.startswith(("mongodb://", "mongodb+srv://")):
        return str(uri)
    if uri not in ("", "local"):
        raise BadOption(f'--db: "{uri}" is no mongodb:// URI.')
    folder = Path(chosen.data or "data")
    try:
        return LocalReplicas(folder).known_uri()
    except BadFile as error:
        raise BadOption(f"--data: {error}, or name another with --db.") from error
