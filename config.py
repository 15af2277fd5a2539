"""What a deployment chooses: options of the server, from flags and environment.

Each option can be given as a flag or as an environment variable; the flag
wins. Anything that physics or the wire fixes is not here.

Units: as each option says.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import BadOption

PORT_DEFAULT = 7777
CLIENTS_MAX_DEFAULT = 128
CLIENTS_MAX_LIMIT = 1024
NODE_NAME_CHARS_MAX = 32

EPILOG = """\
environment:
  SLIPSTREAM_HOST, SLIPSTREAM_PORT, SLIPSTREAM_DATA, SLIPSTREAM_DB,
  SLIPSTREAM_MAX_CLIENTS and SLIPSTREAM_NAME stand for the flags of the same
  name; a flag wins. MONGOD names the database program for --db local.

examples:
  python server.py                            play on this machine and its LAN
  python server.py --port 0 --db memory       a throw-away server on any port
  python server.py --db mongodb://db1,db2,db3/?replicaSet=rs0
"""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How one server process runs."""

    host: str
    """Address to listen on; 0.0.0.0 is every network of this machine."""
    port: int
    """TCP port, 0 to 65535; 0 picks a free one."""
    data: Path
    """Folder for the local database, the durable queue and the node's name."""
    db: str
    """"local", "memory", or a mongodb:// URI of a replica set."""
    clients_max: int
    """Connections at once, 1 to 1024."""
    name: str
    """How players see this node."""
    stats: bool
    """Whether a line of measurements goes to the log each second."""
    verbose: bool
    """Whether every message is logged."""


def server_options(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> ServerOptions:
    """Return the options of this run; `--help` prints and exits.

    Raises:
        BadOption: a value cannot be used; the sentence names flag and remedy.
    """
    parser = argparse.ArgumentParser(
        prog="server.py",
        description="Slipstream server: holds the races, relays chat, saves results.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    def env(name: str, default: str) -> str:
        return environment.get(f"SLIPSTREAM_{name}", default)

    parser.add_argument(
        "--host",
        default=env("HOST", "0.0.0.0"),
        metavar="ADDRESS",
        help="address to listen on (default: every network, 0.0.0.0)",
    )
    parser.add_argument(
        "--port",
        default=env("PORT", str(PORT_DEFAULT)),
        metavar="N",
        help=f"TCP port; 0 picks a free one (default: {PORT_DEFAULT})",
    )
    parser.add_argument(
        "--data",
        default=env("DATA", "data"),
        metavar="FOLDER",
        help="where everything durable lives (default: ./data)",
    )
    parser.add_argument(
        "--db",
        default=env("DB", "local"),
        metavar="WHICH",
        help="local: a three-member replica set of its own (default); "
        "memory: nothing survives; or a mongodb:// URI",
    )
    parser.add_argument(
        "--max-clients",
        default=env("MAX_CLIENTS", str(CLIENTS_MAX_DEFAULT)),
        metavar="N",
        help=f"connections at once (default: {CLIENTS_MAX_DEFAULT}, at most {CLIENTS_MAX_LIMIT})",
    )
    parser.add_argument(
        "--name",
        default=env("NAME", ""),
        metavar="NAME",
        help="how players see this server (default: the machine's name)",
    )
    parser.add_argument(
        "--stats", action="store_true", help="log a line of measurements each second, as JSON"
    )
    parser.add_argument("--verbose", action="store_true", help="log every message")
    chosen = parser.parse_args(arguments)

    return ServerOptions(
        host=chosen.host,
        port=_whole("--port", chosen.port, 0, 65535),
        data=Path(chosen.data).expanduser().resolve(),
        db=_database(chosen.db),
        clients_max=_whole("--max-clients", chosen.max_clients, 1, CLIENTS_MAX_LIMIT),
        name=_node_name(chosen.name or socket.gethostname()),
        stats=chosen.stats,
        verbose=chosen.verbose,
    )


def host_and_port(text: str, flag: str = "--server") -> tuple[str, int]:
    """Return the parts of "HOST:PORT"; the port may be left out.

    Raises:
        BadOption: it is not an address.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        host, port = text.strip(), str(PORT_DEFAULT)
    host = host.strip("[]")
    if not host or re.search(r"\s", host):
        raise BadOption(f'{flag}: "{text}" is no address; write HOST:PORT, such as 10.0.0.5:7777.')
    return host, _whole(flag, port, 1, 65535)


def _whole(flag: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise BadOption(f'{flag}: "{text}" is not a whole number from {low} to {high}.')
    return value


def _database(text: str) -> str:
    if text in ("local", "memory") or text.startswith(("mongodb://", "mongodb+srv://")):
        return text
    raise BadOption(f'--db: "{text}" is neither local, memory nor a mongodb:// URI.')


def _node_name(text: str) -> str:
    name = "".join(char for char in text if char.isprintable()).strip()[:NODE_NAME_CHARS_MAX]
    if not name:
        raise BadOption("--name: a server needs a name that can be shown.")
    return name
