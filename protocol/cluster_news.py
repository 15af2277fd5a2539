"""What a server says of all nodes and of the rooms that were taken over.

Declared as in `news.py`: each message and row once. Nothing here reads bytes
or keeps state.

Units: milliseconds where the name ends in `_ms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from protocol.fields import Flag, Many, Whole
from protocol.ranges import (
    ADDRESS,
    MILLISECONDS,
    NODE,
    NODES_MAX,
    PEOPLE_MAX,
    RECOVERIES_MAX,
    ROOM_ID,
    ROOMS_MAX,
    SEATS_MAX,
    STEP,
    TITLE,
    U32,
)


class ClusterState(IntEnum):
    """How well a node knows the others."""

    KNOWN = 0
    BLIND = 1
    """The database does not answer: what is told is what it knew last."""
    ALONE = 2
    """The server was told to keep nothing, and has no others."""


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """How one node is."""

    node: Annotated[str, NODE]
    address: Annotated[str, ADDRESS]
    heard_ms: Annotated[int, MILLISECONDS]
    """How long ago it was last heard of."""
    draining: Annotated[bool, Flag()]
    takes_faults: Annotated[bool, Flag()]
    """Whether it was started so that `OrderFault` may let it fail."""
    load: Annotated[int, Whole(0, 1000)]
    """In thousandths of what it can bear."""
    rooms: Annotated[int, Whole(0, ROOMS_MAX)]
    cars: Annotated[int, Whole(0, ROOMS_MAX * SEATS_MAX)]
    """In races that are on."""
    people: Annotated[int, Whole(0, PEOPLE_MAX)]


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """A room that was taken over; its steps count from the owner's last word."""

    room_id: Annotated[str, ROOM_ID]
    title: Annotated[str, TITLE]
    """Empty where the room is closed by now."""
    node: Annotated[str, NODE]
    """Who took it over."""
    previous: Annotated[str, NODE]
    """Who had it; empty if that is not known."""
    epoch: Annotated[int, U32]
    ago_ms: Annotated[int, MILLISECONDS]
    noticed_ms: Annotated[int, STEP]
    """When the taker noticed that the owner was gone."""
    lease_ms: Annotated[int, STEP]
    restored_ms: Annotated[int, STEP]
    snapshot_ms: Annotated[int, STEP]
    """When the first player saw the race again."""
    driving_ms: Annotated[int, STEP]
    """When the cars drove again; -1 if nobody came back for that."""


@dataclass(frozen=True, slots=True)
class ClusterNews:
    """How all nodes are, and the newest recoveries: the answer to `AskCluster`."""

    state: Annotated[int, Whole(0, 2)]
    """A `ClusterState`."""
    owner: Annotated[str, NODE]
    """Who holds the room that you drive in or watch; empty for none."""
    rows: Annotated[tuple[ClusterRow, ...], Many(ClusterRow, NODES_MAX)]
    recoveries: Annotated[tuple[RecoveryRow, ...], Many(RecoveryRow, RECOVERIES_MAX)]
    """Newest first."""
