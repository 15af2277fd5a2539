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
from typing import NoReturn

from errors import BadOption

PORT_DEFAULT = 7777
CLIENTS_MAX_DEFAULT = 640
"""64 full rooms, and who watches them; a slower machine refuses newcomers earlier."""
CLIENTS_MAX_LIMIT = 1024
NODE_NAME_CHARS_MAX = 32
NODES_MAX = 16
ADDRESS_CHARS_MAX = 64

EPILOG = """\
environment:
  SLIPSTREAM_HOST, SLIPSTREAM_PORT, SLIPSTREAM_DATA, SLIPSTREAM_DB,
  SLIPSTREAM_MAX_CLIENTS, SLIPSTREAM_NAME, SLIPSTREAM_ADVERTISE and
  SLIPSTREAM_NODES stand for the flags of the same name; a flag wins.
  MONGOD names the database program for --db local.

examples:
  python server.py                            play on this machine and its LAN
  python server.py --port 0 --db memory       a throw-away server on any port
  python server.py --db mongodb://db1,db2,db3/?replicaSet=rs0
  python server.py --nodes 3                  three processes, one game
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print below its usage."""
        raise BadOption(f"{message}; see python server.py --help.")


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
    """How players see this node; unique among all that share a database."""
    advertise: str
    """HOST:PORT under which clients reach this node; empty: found out."""
    nodes: int
    """Processes on this machine that form one game, 1 to 16."""
    allow_faults: bool
    """Whether this node takes orders to fail, for demonstrations and tests."""
    stats: bool
    """Whether a line of measurements goes to the log each second."""
    verbose: bool
    """Whether every message is logged."""
    stop_with_stdin: bool
    """Whether to stop when nobody holds our standard input any more."""


def server_options(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> ServerOptions:
    """Return the options of this run; `--help` prints and exits.

    Raises:
        BadOption: a value cannot be used; the sentence names flag and remedy.
    """
    parser = _Parser(
        prog="server.py",
        description="Slipstream server: holds the races, relays chat, saves results.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        help="address to listen on (default: every network, 0.0.0.0)",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        help=f"TCP port; 0 picks a free one (default: {PORT_DEFAULT})",
    )
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="where everything durable lives (default: ./data)",
    )
    parser.add_argument(
        "--db",
        metavar="WHICH",
        help="local: a three-member replica set of its own (default); "
        "memory: nothing survives; or a mongodb:// URI",
    )
    parser.add_argument(
        "--max-clients",
        metavar="N",
        help=f"connections at once (default: {CLIENTS_MAX_DEFAULT}, at most {CLIENTS_MAX_LIMIT})",
    )
    parser.add_argument(
        "--name",
        metavar="NAME",
        help=f"how players see this server, at most {NODE_NAME_CHARS_MAX} characters; "
        "each node of a game needs its own (default: the machine's name)",
    )
    parser.add_argument(
        "--advertise",
        metavar="HOST:PORT",
        help="where clients reach this server, if it cannot know (default: found out)",
    )
    parser.add_argument(
        "--nodes",
        metavar="N",
        help="run so many server processes, on ports from --port on, as one game "
        f"(default: 1, at most {NODES_MAX})",
    )
    parser.add_argument(
        "--allow-faults",
        action="store_true",
        help="let python -m cluster, and every player by F9, kill, pause, cut and slow this node",
    )
    parser.add_argument(
        "--stats", action="store_true", help="log a line of measurements each second, as JSON"
    )
    parser.add_argument("--verbose", action="store_true", help="log every message")
    # For who starts a server and may be killed: its end closes our input.
    parser.add_argument("--stop-with-stdin", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)

    def given(flag: str, otherwise: str) -> tuple[str, str]:
        """Return where a value stands, for complaints, and the value."""
        name = flag.removeprefix("--").replace("-", "_")
        variable = f"SLIPSTREAM_{name.upper()}"
        if getattr(chosen, name) is not None:
            return flag, getattr(chosen, name)
        return variable, environment.get(variable) or otherwise

    _, host = given("--host", "0.0.0.0")
    nodes = _whole(*given("--nodes", "1"), 1, NODES_MAX)
    # The nodes of one machine have a number behind their name.
    name_chars = NODE_NAME_CHARS_MAX - (len(f"-{NODES_MAX}") if nodes > 1 else 0)
    db = _database(*given("--db", "local"))
    if nodes > 1 and db == "memory":
        raise BadOption("--nodes: nodes share a database: leave --db memory out.")
    if chosen.allow_faults and db == "memory":
        raise BadOption("--allow-faults: orders come by the database: leave --db memory out.")
    return ServerOptions(
        host=host,
        port=_whole(*given("--port", str(PORT_DEFAULT)), 0, 65536 - nodes),
        data=_folder(*given("--data", "data")),
        db=db,
        clients_max=_whole(*given("--max-clients", str(CLIENTS_MAX_DEFAULT)), 1, CLIENTS_MAX_LIMIT),
        # A machine's name is nobody's choice here, and is shortened.
        name=_node_name(*given("--name", socket.gethostname()[:name_chars]), name_chars),
        advertise=_address(*given("--advertise", "")),
        nodes=nodes,
        allow_faults=chosen.allow_faults,
        stats=chosen.stats,
        verbose=chosen.verbose,
        stop_with_stdin=chosen.stop_with_stdin,
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


def address_of(host: str, port: int) -> str:
    """Return "HOST:PORT", in brackets where the host has colons of its own."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _address(flag: str, text: str) -> str:
    if not text:
        return ""
    address = address_of(*host_and_port(text, flag))
    if len(address) > ADDRESS_CHARS_MAX:
        raise BadOption(f"{flag}: an address has at most {ADDRESS_CHARS_MAX} characters.")
    return address


def _whole(flag: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise BadOption(f'{flag}: "{text}" is not a whole number from {low} to {high}.')
    return value


def _database(flag: str, text: str) -> str:
    if text in ("local", "memory") or text.startswith(("mongodb://", "mongodb+srv://")):
        return text
    raise BadOption(f'{flag}: "{text}" is neither local, memory nor a mongodb:// URI.')


def _folder(flag: str, text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except (RuntimeError, OSError, ValueError) as error:
        raise BadOption(f'{flag}: "{text}" cannot be a folder ({error}).') from error


def _node_name(flag: str, text: str, chars_max: int) -> str:
    name = "".join(char for char in text if char.isprintable()).strip()
    if not name:
        raise BadOption(f"{flag}: a server needs a name that can be shown.")
    if len(name) > chars_max:
        raise BadOption(
            f'{flag}: "{name[:chars_max]}..." has {len(name)} characters: '
            f"choose a name of at most {chars_max}."
        )
    return name
