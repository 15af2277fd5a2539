"""Leases, takeover and zombies, in a world that is told the time."""

from __future__ import annotations

import pytest

from cluster import LEASE_S, MARGIN_S
from orders import Lost, Pause, TakenOver, Unpause
from tests.cluster_world import World

ROOM = "r1"


def world_with_room(seed: int = 1) -> World:
    """Return three nodes, the first of which has run a room for some seconds."""
    world = World(seed)
    world.node("a").open(ROOM)
    world.run(3.0)
    assert world.owners(ROOM) == [world.node("a")]
    return world


def test_room_opened_here_gets_its_lease() -> None:
    """Epoch 1, for the node that opened it."""
    world = world_with_room()

    assert world.node("a").cluster.held[ROOM].epoch == 1
    assert world.database.accepted


def test_killed_owner_is_followed_by_one_node() -> None:
    """A refused port and a stale card make it quick; the epoch is raised."""
    world = world_with_room()
    world.node("a").dead = True

    took = world.until(lambda: world.owners(ROOM))

    [owner] = world.owners(ROOM)
    assert owner.running[ROOM].epoch == 2
    assert took < LEASE_S


def test_stopped_owner_keeps_its_room_until_the_lease_ends() -> None:
    """Its port still answers: nobody takes the room on a mere suspicion."""
    world = world_with_room()
    world.node("a").stopped = True

    took = world.until(lambda: world.owners(ROOM))

    assert took > LEASE_S - 1.5


def test_zombie_stands_still_and_lets_go() -> None:
    """Continued after its lease, it runs nothing, writes nothing and learns of it."""
    world = world_with_room()
    zombie = world.node("a")
    zombie.stopped = True
    world.until(lambda: world.owners(ROOM))
    before = len([write for write in world.database.accepted if write.boot == zombie.boot])

    zombie.stopped = False
    world.step()
    assert not zombie.runs(ROOM, world.now)
    world.run(3.0)

    assert ROOM not in zombie.running
    after = len([write for write in world.database.accepted if write.boot == zombie.boot])
    assert after == before


def test_lost_database_pauses_and_returns_the_same_room() -> None:
    """Past its deadline a room stands still; it goes on under the same epoch."""
    world = world_with_room()
    node = world.node("a")
    world.database.away = True
    lasted = world.until(lambda: not world.owners(ROOM))
    assert lasted <= LEASE_S - MARGIN_S + 0.1
    world.run(20.0)

    world.database.away = False
    world.until(lambda: world.owners(ROOM))

    assert world.owners(ROOM) == [node]
    assert node.running[ROOM].epoch == 1
    assert [type(order) for order in node.orders[1:]] == [Pause, Unpause]


def test_restarted_node_takes_up_its_own_room_at_once() -> None:
    """Its data folder proves that the earlier life is over."""
    world = world_with_room()
    world.node("a").dead = True
    again = world.start("a")

    took = world.until(lambda: world.owners(ROOM))

    assert world.owners(ROOM) == [again]
    assert took < 1.5


def test_room_without_lease_runs_while_nobody_knows_it() -> None:
    """A room opened while the database is away starts at once, and is owned later."""
    world = World(1)
    world.database.away = True
    world.node("a").open(ROOM)
    world.run(5.0)
    assert world.owners(ROOM) == [world.node("a")]

    world.database.away = False

    world.until(lambda: ROOM in world.node("a").cluster.held)


@pytest.mark.parametrize("seed", range(2000))
def test_faults_never_make_two_owners_write(seed: int) -> None:
    """Kills, stops, lost databases and jumping clocks: epochs keep the saves apart.

    Where no clock jumps, no two processes run a room at the same moment, either.
    """
    jumps = seed % 2 == 0
    world = World(seed, watched=not jumps)
    rooms = [f"r{number}" for number in range(3)]
    for room_id in rooms:
        world.random.choice(world.nodes).open(room_id)
    world.run(2.0)
    draw = world.random

    for _ in range(draw.randint(1, 12)):
        names = sorted({node.name for node in world.nodes})
        node = world.node(draw.choice(names))
        match draw.choice(("kill", "stop", "continue", "away", "back", "skew", "start")):
            case "kill":
                node.dead = True
            case "stop":
                node.stopped = True
            case "continue":
                node.stopped = False
            case "away":
                world.database.away = True
            case "back":
                world.database.away = False
            case "skew":
                world.database.skew += draw.uniform(-2.0, 2.0) if jumps else 0.0
            case "start" if node.dead:
                world.start(node.name)
        world.run(draw.choice((0.1, 1.0, 3.0, 7.0)))
    world.database.away = False
    for node in world.nodes:
        node.stopped = False
    if all(node.dead for node in world.nodes):
        world.start("a")
    saved = [room_id for room_id, row in world.database.rooms.items() if row.save is not None]
    world.until(lambda: all(world.owners(room_id) for room_id in saved), 30.0)
    world.run(8.0)

    for room_id in saved:
        assert len(world.owners(room_id)) == 1
    for room_id in rooms:
        writes = [write for write in world.database.accepted if write.room_id == room_id]
        assert [write.epoch for write in writes] == sorted(write.epoch for write in writes)
        assert [write.seq for write in writes] == sorted({write.seq for write in writes})
        assert len({(write.boot, write.epoch) for write in writes}) == len(
            {write.epoch for write in writes}
        )


def test_losers_are_told() -> None:
    """Who had the room is ordered to drop it; who has it was given the save."""
    world = world_with_room()
    zombie = world.node("a")
    zombie.stopped = True
    world.until(lambda: world.owners(ROOM))
    [owner] = world.owners(ROOM)
    zombie.stopped = False
    world.run(3.0)

    assert any(isinstance(order, TakenOver) for order in owner.orders)
    assert ROOM not in zombie.running or any(isinstance(one, Lost) for one in zombie.orders)
