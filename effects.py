"""What `Game` asks of its shell, and what the shell answers: plain values.

An *effect* is something for the shell to do: send, close, save. An *outcome*
is how a durable effect ended; the shell hands it back to `Game.settle`.
Nothing here does anything.

Units: ticks, seconds since 1970 inside records.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.store import (
    BestLap,
    Card,
    ChatRecord,
    Claim,
    GhostRecord,
    Lease,
    PlayerRecord,
    Profile,
    ResultRecord,
    RoomSave,
)
from protocol import Hello, Message, OrderFault, RecoveryRow, Snapshot


@dataclass(frozen=True, slots=True)
class Send:
    """Deliver a message, in order, to each of these links."""

    link_ids: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class SendSnapshot:
    """Offer the newest snapshot: a link that is behind may skip it."""

    link_ids: tuple[int, ...]
    message: Snapshot
    stream: str = ""
    """The race on this node that it is one of."""
    slots: tuple[int, ...] = ()
    """The own car of each link, as `PackedSnapshot` takes it; empty: all `WHOLE`."""


@dataclass(frozen=True, slots=True)
class Close:
    """Send the last message, if there is one, and close the link."""

    link_id: int
    message: Message | None


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room was opened here: this node wants its lease; never reaches the shell."""

    room_id: str


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """A room is closed for good: its lease may go; never reaches the shell."""

    room_id: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Write this node's card; answered by `Announced`."""

    card: Card
    previous: str = ""
    """The boot whose card may be replaced though it is fresh: our own last life."""


@dataclass(frozen=True, slots=True)
class LookAround:
    """Read all cards and leases; answered by `Seen`."""


@dataclass(frozen=True, slots=True)
class TakeLease:
    """Ask for the lease of a room; answered by `LeaseAnswered`."""

    room_id: str
    over: int | None
    """Take it even before it runs out, if this is still its epoch."""
    restore: bool
    """Whether the save and the chat are wanted as well."""


@dataclass(frozen=True, slots=True)
class RenewLeases:
    """Prolong the leases of these rooms; answered by `LeasesRenewed`."""

    room_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DropLease:
    """A room is closed for good: forget its lease and its save at once; not answered.

    Repeated until it is done: what is left of a closed room would be taken over.
    """

    room_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class PassLease:
    """Write the last save of a room and give the lease away, in one update.

    Compare-and-set: where the lease is this process's and of the save's epoch,
    the owner becomes `to` and the epoch is raised. Answered by `LeasePassed`;
    repeating it changes nothing.
    """

    save: RoomSave
    to: Claim


@dataclass(frozen=True, slots=True)
class Probe:
    """Find out whether a node's port refuses connections; answered by `Probed`."""

    node: str
    address: str


@dataclass(frozen=True, slots=True)
class SaveRoom:
    """Save a live race; answered by `RoomSaved` or `RoomLost`."""

    save: RoomSave


@dataclass(frozen=True, slots=True)
class SaveResult:
    """Keep a result for good; answered by `ResultSaved`, however late.

    Fenced: the room takes it, and forgets the save of the race, only under
    this epoch; a result that the room refuses is dropped, for the race went on
    elsewhere. Epoch 0 is a room that never had a lease, and is not fenced.
    """

    record: ResultRecord
    epoch: int
    save: RoomSave | None = None
    """Of the room without that race: it takes the place of the last save in the
    same write, so that an older one that is still on its way comes too late."""


@dataclass(frozen=True, slots=True)
class SaveGhost:
    """Keep a recorded lap if it is its driver's best; answered by `GhostSaved`, however late.

    Not fenced: whoever had the room then, the lap was driven.
    """

    record: GhostRecord


@dataclass(frozen=True, slots=True)
class SavePlayer:
    """Remember a player's name; not answered."""

    record: PlayerRecord


@dataclass(frozen=True, slots=True)
class SaveChat:
    """Keep a line of chat, if the database keeps up; not answered."""

    record: ChatRecord


@dataclass(frozen=True, slots=True)
class FindBestLaps:
    """Look up a leaderboard; answered by `BestLapsFound`."""

    link_id: int
    track: str


@dataclass(frozen=True, slots=True)
class FindGhosts:
    """Look up a player's best recorded lap, and the best of all; answered by `GhostsFound`."""

    link_id: int
    player_id: str
    track: str
    digest: str
    car_class: int


@dataclass(frozen=True, slots=True)
class FindProfile:
    """Look up what a player has done; answered by `ProfileFound`."""

    link_id: int
    player_id: str


@dataclass(frozen=True, slots=True)
class ReadDesk:
    """Read who takes faults, and the newest recoveries; answered by `DeskRead`."""


@dataclass(frozen=True, slots=True)
class PlaceFault:
    """Order a fault, as a player asked; answered by `FaultPlaced`."""

    link_id: int
    order: OrderFault


@dataclass(frozen=True, slots=True)
class CallOwner:
    """Open a link to another node, for spectators here; answered by what comes over it."""

    call: int
    address: str
    hello: Hello


@dataclass(frozen=True, slots=True)
class TellOwner:
    """Say something over such a link."""

    call: int
    message: Message


@dataclass(frozen=True, slots=True)
class HangUp:
    """End such a link; nothing more is heard of it."""

    call: int


@dataclass(frozen=True, slots=True)
class Report:
    """Write a line for who runs this node; not answered."""

    text: str


Effect = (
    Send
    | SendSnapshot
    | Close
    | OpenRoom
    | CloseRoom
    | Announce
    | LookAround
    | TakeLease
    | RenewLeases
    | DropLease
    | PassLease
    | Probe
    | SaveRoom
    | SaveResult
    | SaveGhost
    | SavePlayer
    | SaveChat
    | FindBestLaps
    | FindGhosts
    | FindProfile
    | ReadDesk
    | PlaceFault
    | CallOwner
    | TellOwner
    | HangUp
    | Report
)


@dataclass(frozen=True, slots=True)
class Announced:
    """The card is written, or was not."""

    refusal: str
    """Empty unless another living process bears our name."""
    kept: bool = True
    """False while the database cannot be asked."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database holds of all nodes; None while it cannot be asked."""

    cards: tuple[Card, ...] | None
    leases: tuple[Lease, ...]


@dataclass(frozen=True, slots=True)
class LeaseAnswered:
    """The lease as it is now, ours or another's; None while nobody can say."""

    room_id: str
    lease: Lease | None
    save: RoomSave | None = None
    """The newest save, read after the lease was taken, if it was asked for."""
    chat: tuple[ChatRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class LeasesRenewed:
    """The rooms that are still ours; None while nobody can say."""

    room_ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class LeasePassed:
    """The lease as it is now, another's if it was passed; None while nobody can say."""

    room_id: str
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class Probed:
    """Whether the port of a node refused us: nobody listens there any more."""

    node: str
    refused: bool


@dataclass(frozen=True, slots=True)
class RoomSaved:
    """A majority holds this save, or it was skipped (`kept` is then False)."""

    room_id: str
    seq: int
    kept: bool


@dataclass(frozen=True, slots=True)
class RoomLost:
    """The database refused the epoch: another node owns the room."""

    room_id: str
    epoch: int = 0
    """Of the save that was refused; 0: unknown."""


@dataclass(frozen=True, slots=True)
class ResultSaved:
    """A majority holds this result."""

    race_id: str


@dataclass(frozen=True, slots=True)
class GhostSaved:
    """The database holds this lap, or a better one of the same player."""

    player_id: str
    track: str
    digest: str
    car_class: int


@dataclass(frozen=True, slots=True)
class GhostsFound:
    """Recorded laps; none, and not available, while the database cannot be asked."""

    link_id: int
    track: str
    digest: str
    car_class: int
    own: GhostRecord | None
    record: GhostRecord | None
    available: bool = True


@dataclass(frozen=True, slots=True)
class BestLapsFound:
    """A leaderboard; `laps` is None while the database cannot be asked."""

    link_id: int
    track: str
    laps: tuple[BestLap, ...] | None


@dataclass(frozen=True, slots=True)
class ProfileFound:
    """What a player has done; `profile` is None while the database cannot be asked."""

    link_id: int
    profile: Profile | None


@dataclass(frozen=True, slots=True)
class DeskRead:
    """Who takes faults, and the newest recoveries, as told without their titles."""

    willing: tuple[str, ...] | None
    """None while the database cannot be asked."""
    recoveries: tuple[RecoveryRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultPlaced:
    """What became of an order, in a sentence for who gave it."""

    link_id: int
    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class ChatHeard:
    """Lines of the lobby, said on any node; those of this node are among them."""

    records: tuple[ChatRecord, ...]


@dataclass(frozen=True, slots=True)
class OwnerSaid:
    """A message of another node, over a link of ours to it."""

    call: int
    message: Message


@dataclass(frozen=True, slots=True)
class OwnerLost:
    """Such a link is gone, or could not be made."""

    call: int


Outcome = (
    Announced
    | Seen
    | LeaseAnswered
    | LeasesRenewed
    | LeasePassed
    | Probed
    | RoomSaved
    | RoomLost
    | ResultSaved
    | GhostSaved
    | GhostsFound
    | BestLapsFound
    | ProfileFound
    | DeskRead
    | FaultPlaced
    | ChatHeard
    | OwnerSaid
    | OwnerLost
)
