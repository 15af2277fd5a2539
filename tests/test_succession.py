"""An owner that alone lost the database: its heir tells it, and its players follow."""

from __future__ import annotations

import pytest

from lobby import player_id_of
from node import PAUSED
from protocol import VERSION, Goodbye, Hello, RacePaused, Redirect, Refused
from tests.node_process import WorldNode
from tests.node_world import World, quick_races
from tests.test_node import Hand
from tests.test_node_world import fault, heal, judge_the_end
from ticket import AGENT, Office, Purpose

__all__ = ["quick_races"]

FOLLOWS_S = 1.5
"""So long after the heir has the race nobody is still with the former owner."""


def long_race(world: World, *watchers: str) -> tuple[str, WorldNode]:
    """Let three begin a race that takes a while; return their room and its owner."""
    world.party("Derby", "mika", "tess", "aiko", watchers=watchers, laps=20)
    world.until(lambda: all(player.race is not None for player in world.players))
    world.run(1.0)
    room_id = world.players[0].room_id
    [owner] = world.owners(room_id)
    return room_id, owner


@pytest.mark.parametrize("seed", range(5))
def test_owner_without_the_database_sends_its_players_to_the_heir(seed: int) -> None:
    """They are told why they wait, and are sent on once, in the moment there is an heir."""
    world = World(seed)
    room_id, owner = long_race(world)
    for player in world.players:
        player.heard.clear()
    owner.cut = True

    world.until(lambda: [node for node in world.owners(room_id) if node is not owner], 6.0)
    [heir] = world.owners(room_id)
    took = world.until(lambda: all(player.node is heir for player in world.players))

    assert took < 0.5
    for player in world.players:
        assert player.all(RacePaused)[0].text == PAUSED
        assert [way.address for way in player.all(Redirect)] == [heir.address]
    assert room_id not in owner.node.game.lobby.rooms


def test_spectators_of_such_an_owner_follow_as_well() -> None:
    """Whom it serves itself, and who watches by way of a third node."""
    world = World(1)
    room_id, owner = long_race(world, "eve")
    near = Hand(world, "ivy")
    near.greet(owner)
    owner.node.game.door.watch(
        owner.node.game.lobby.sessions[player_id_of(near.token)],
        owner.node.game.lobby.rooms[room_id],
        world.now,
    )
    owner.cut = True
    world.until(lambda: [node for node in world.owners(room_id) if node is not owner], 6.0)
    [heir] = world.owners(room_id)
    world.run(1.0)
    eve = next(player for player in world.players if player.name == "eve")
    tick = eve.tick
    world.run(3.0)

    assert near.all(Redirect)[-1].address == heir.address
    assert eve.tick > tick


def test_nobody_is_sent_anywhere_while_all_nodes_are_without_the_database() -> None:
    """The race waits where it is, with its players, and goes on under the same epoch."""
    world = World(1)
    room_id, owner = long_race(world)
    epoch = owner.node.game.lobby.rooms[room_id].epoch
    world.archive.away = True
    world.run(30.0)
    waiting = [(player.node, player.paused) for player in world.players]
    world.archive.away = False
    world.until(lambda: world.owners(room_id))
    world.run(2.0)

    assert waiting == [(owner, PAUSED)] * 3
    assert world.owners(room_id) == [owner]
    assert owner.node.game.lobby.rooms[room_id].epoch == epoch
    assert not any(player.paused for player in world.players)
    assert not any(node.calls.calls for node in world.nodes)


def test_dead_owner_is_called_for_a_while_only() -> None:
    """Nobody answers there, and nobody minds."""
    world = World(1)
    room_id, owner = long_race(world)
    owner.die()
    world.until(lambda: world.owners(room_id))
    [heir] = world.owners(room_id)
    world.run(35.0)
    called = len(heir.calls.calls)
    world.run(5.0)

    assert called > 1
    assert len(heir.calls.calls) == called


def say_as_heir(world: World, owner: WorldNode, room_id: str, epoch: int, secret: bytes) -> Hand:
    """Call an owner as an heir would, with a ticket of this secret."""
    hand = Hand(world, "b")
    hand.node, hand.link = world.connect(hand, owner.address)
    office = Office(secret, "b-1", lambda size: bytes(size))
    player_id = player_id_of(hand.token)
    ticket = office.write(player_id, room_id, owner.boot, epoch, Purpose.HEIR)
    hand.say(Hello(VERSION, hand.name, hand.token, AGENT, room_id, ticket))
    world.run(0.2)
    return hand


def test_word_of_an_epoch_that_is_over_changes_nothing() -> None:
    """It was true once: the room has come back since."""
    world = World(1)
    room_id, owner = long_race(world)
    epoch = owner.node.game.lobby.rooms[room_id].epoch
    hand = say_as_heir(world, owner, room_id, epoch, b"secret")

    assert hand.all(Goodbye)
    assert world.owners(room_id) == [owner]


def test_word_of_who_is_no_node_is_refused() -> None:
    """Only who knows the secret of the game can take its players away."""
    world = World(1)
    room_id, owner = long_race(world)
    hand = say_as_heir(world, owner, room_id, 99, b"guessed")

    assert hand.all(Refused)
    assert world.owners(room_id) == [owner]


def test_heir_that_was_never_seen_is_waited_for() -> None:
    """It began while the owner saw nothing: its players stay until that sees again."""
    world = World(1)
    room_id, owner = long_race(world)
    for node in world.nodes:
        if node is not owner:
            node.die()
    world.run(15.0)
    owner.cut = True
    late = world.start("d")
    world.until(lambda: world.owners(room_id) == [late])
    world.run(1.0)
    waiting = [player.node for player in world.players]
    owner.cut = False
    world.run(2.0)

    assert waiting == [owner] * 3
    assert [player.node for player in world.players] == [late] * 3


# Many evenings


LONELY = (
    "deaf", "deaf", "hear", "kill", "start", "cut", "move", "stop", "continue", "away", "back",
)  # fmt: skip


def lonely_evening(seed: int) -> None:
    """Cut nodes off from the database, and more; nobody stays with who lost the race."""
    world = World(seed)
    draw = world.random
    world.party("Derby", "mika", "tess", laps=20)
    world.party("Night", "rafa", watchers=("eve",) if draw.random() < 0.5 else (), laps=20)
    world.run(4.0)
    since: dict[str, float] = {}
    for _ in range(draw.randint(2, 8)):
        fault(world, draw.choice(LONELY), jumps=False)
        end = world.now + draw.choice((0.1, 1.0, 4.0, 8.0))
        while world.now < end:
            world.step()
            note_who_is_left(world, since)
    heal(world)
    world.run(25.0)
    judge_the_end(world)


def note_who_is_left(world: World, since: dict[str, float]) -> None:
    """Object where a player stays long with a node that stands still while another races."""
    for player in world.players:
        here, room_id = player.node, player.room_id
        left = (
            here is not None
            and here.able
            and room_id in here.node.game.lobby.rooms
            and here.node.game.steward.is_paused(room_id)
            and [node for node in world.owners(room_id) if node is not here]
        )
        if not left:
            since.pop(player.name, None)
            continue
        begin = since.setdefault(player.name, world.now)
        assert world.now - begin < FOLLOWS_S, f"{player.name} is left behind"


@pytest.mark.parametrize("seed", range(60))
def test_nobody_is_left_with_an_owner_that_was_replaced(seed: int) -> None:
    """Whatever else fails: an heir that lives finds who waits."""
    lonely_evening(seed)
