"""The nodes of each game that this client has joined, on disk.

One small JSON file: for each address that was joined, the nodes that the game
told of last. Whoever finds that address dead can try the others, also after a
new start. What cannot be read counts as nothing: the next game tells it anew.

Units: none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config import host_and_port
from errors import BadFile, BadOption
from kept_file import write_whole

FILE = "nodes.json"
GAMES_MAX = 16
"""Games that are remembered; the one joined longest ago goes first."""
NODES_MAX = 64
CHARS_MAX = 200_000
NAME_CHARS_MAX, ADDRESS_CHARS_MAX = 32, 64


@dataclass(frozen=True, slots=True)
class Node:
    """One server process of a game, as a client knows it."""

    name: str
    address: str
    """HOST:PORT."""


def dialable(node: Node) -> bool:
    """Whether the address of a node is one."""
    try:
        host_and_port(node.address)
    except BadOption:
        return False
    return True


class NodeList:
    """The nodes of each game, by the address that was joined."""

    def __init__(self, folder: Path | None) -> None:
        """Read what is kept in `folder`; None keeps nothing on disk."""
        self._path = folder / FILE if folder is not None else None
        self._games: dict[str, tuple[Node, ...]] = {}
        if self._path is not None:
            self._games = _read(self._path)

    def of(self, joined: str) -> tuple[Node, ...]:
        """Return the nodes of the game that was joined at an address."""
        return self._games.get(joined, ())

    def remember(self, joined: str, nodes: Iterable[Node]) -> None:
        """Keep the nodes of a game, if they are news.

        Raises:
            BadFile: the folder cannot be written.
        """
        told = tuple(nodes)[:NODES_MAX]
        if told == self._games.get(joined):
            return
        self._games.pop(joined, None)
        self._games[joined] = told
        while len(self._games) > GAMES_MAX:
            del self._games[next(iter(self._games))]
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        data = {
            joined: [[node.name, node.address] for node in nodes]
            for joined, nodes in self._games.items()
        }
        try:
            write_whole(self._path, json.dumps(data))
        except OSError as error:
            reason = error.strerror or "it cannot be written"
            raise BadFile(self._path, reason, "choose another --data folder") from error


def _read(path: Path) -> dict[str, tuple[Node, ...]]:
    try:
        with path.open(encoding="utf-8") as file:
            data = json.loads(file.read(CHARS_MAX))
        games = list(data.items())[-GAMES_MAX:]
        return {
            joined: tuple(filter(dialable, map(_node, rows[:NODES_MAX]))) for joined, rows in games
        }
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return {}


def _node(row: object) -> Node:
    name, address = row if isinstance(row, list) else ("", None)
    if not isinstance(name, str) or not isinstance(address, str):
        raise ValueError("this is no node")
    return Node(name[:NAME_CHARS_MAX], address[:ADDRESS_CHARS_MAX])
