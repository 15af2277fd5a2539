"""Lines that were relayed are kept, whatever the database does meanwhile."""

from __future__ import annotations

from protocol import Channel, Say
from tests.node_world import World, quick_races
from tests.test_node import party
from tests.test_storekeeper import Database, keeping, line
from tests.waiting import wait_until

__all__ = ["quick_races"]


def test_chat_of_an_outage_is_kept_by_a_server_that_stops() -> None:
    """The database is back by then, and would have been asked in a moment."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        keeper.submit(line(1))
        wait_until(lambda: keeper._retry_at > 0.0, "be asked in vain")
        store.away = False

    assert len(store.recent_chat(0, "", 100)) == 1


def test_line_of_a_short_election_outlives_its_owner() -> None:
    """Who was away then, and the next owner, have it; nobody died in the election itself."""
    world = World(1)
    room_id, owner = party(world)
    world.archive.away = True
    world.players[0].say(Say(Channel.ROOM, "close one!"))
    world.run(1.0)
    heard = [line.text for line in world.players[1].lines]
    world.archive.away = False
    world.run(1.0)
    owner.die()
    world.until(lambda: world.owners(room_id))
    [heir] = world.owners(room_id)
    lines = heir.node.game.lobby.rooms[room_id].conversation.history

    assert "close one!" in heard
    assert [line.text for line in lines].count("close one!") == 1
