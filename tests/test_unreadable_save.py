"""A room whose save no node here can read: its players, its save, and the nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster import LEASE_S
from protocol import CreateRoom, LobbyState, Notice, RoomState, Welcome
from reception import UNREADABLE
from tests.node_world import World
from tests.test_node import party, quick_races

__all__ = ["quick_races"]


@pytest.mark.parametrize(
    "blob", [b'{"version":99,"live":null}', b'{"live":null}'], ids=["newer", "damaged"]
)
def test_player_of_a_room_that_cannot_be_read_is_let_in(blob: bytes) -> None:
    """Without the seat, and free to open another room; the save is kept for who can read it."""
    world = World(1)
    room_id, owner = party(world)
    owner.die()
    world.run(0.4)
    row = world.archive.rooms[room_id]
    assert row.save is not None
    row.save = replace(row.save, blob=blob)
    mika = world.players[0]
    mika.heard.clear()
    world.until(lambda: mika.all(Welcome) and mika.all(LobbyState), 4.0 * LEASE_S)
    assert mika.all(Welcome)[-1].seat_room == ""
    assert UNREADABLE in [one.text for one in mika.all(Notice)]
    mika.say(CreateRoom("Anew", "meadow", 1, 0))
    world.until(lambda: mika.all(RoomState), 5.0)

    assert world.archive.rooms[room_id].save == row.save
