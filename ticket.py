"""The ticket: one node's word that another may let a player in at a room.

A node that sends a player to another gives a ticket along; the other node,
which shares the secret, knows by it that the player was sent, and why, without
asking anybody. A ticket names the player, the room, the process that it is
for and the room's epoch, and is good once; there is no clock in it, for nodes
need not agree on the time. It keeps nothing secret and opens nothing but a
seat.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import Enum

from lobby import Entropy

AGENT = "node"
"""What a node's hello says that it is; only the ticket makes it true."""
MAC_CHARS = 32
"""128 bits: nobody guesses that in the life of a room."""
NONCE_BYTES = 8
USED_MAX = 4096
"""Tickets of one room that are remembered as used; nobody is sent so often."""


class Purpose(Enum):
    """Why a player is sent."""

    BACK = "back"
    """To the seat that is theirs."""
    SIT = "sit"
    """To a free seat."""
    WATCH = "watch"
    RELAY = "relay"
    """A node, for its own spectators."""
    HEIR = "heir"
    """A node that has the room by now, to tell its former owner so."""


class Office:
    """Writes tickets for other nodes, and takes in those that are for this one."""

    def __init__(self, secret: bytes, boot: str, entropy: Entropy) -> None:
        self._secret = secret
        self._boot = boot
        self._entropy = entropy
        self._used: dict[str, set[str]] = {}
        """Of each room here, the nonces that came."""

    def write(self, player_id: str, room_id: str, boot: str, epoch: int, purpose: Purpose) -> str:
        """Return a ticket for the process `boot`, which owns the room under this epoch."""
        head = f"{purpose.value}.{epoch}.{self._entropy(NONCE_BYTES).hex()}"
        return f"{head}.{self._seal(head, player_id, room_id, boot)}"

    def read(self, ticket: str, player_id: str, room_id: str) -> tuple[Purpose, int] | None:
        """Return purpose and epoch of a good ticket, whether used or not, or None."""
        head, _, seal = ticket.rpartition(".")
        purpose, _, rest = head.partition(".")
        epoch, _, _ = rest.partition(".")
        good = self._seal(head, player_id, room_id, self._boot)
        if not hmac.compare_digest(seal.encode(), good.encode()):
            return None
        return Purpose(purpose), int(epoch)

    def use(self, ticket: str, player_id: str, room_id: str, epoch: int) -> Purpose | None:
        """Take a ticket in; return its purpose, or None where it is not good (any more)."""
        read = self.read(ticket, player_id, room_id)
        if read is None or read[1] != epoch:
            return None
        used = self._used.setdefault(room_id, set())
        nonce = ticket.split(".")[2]
        if nonce in used or len(used) >= USED_MAX:
            return None
        used.add(nonce)
        return read[0]

    def forget(self, room_id: str) -> None:
        """Forget the tickets of a room that is not here any more."""
        self._used.pop(room_id, None)

    def _seal(self, head: str, player_id: str, room_id: str, boot: str) -> str:
        text = "\n".join((head, player_id, room_id, boot)).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:MAC_CHARS]
