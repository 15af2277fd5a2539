"""Nodes: who is sent where, what is told meanwhile, and what is refused."""

from __future__ import annotations

from dataclasses import replace

from cluster import LEASE_S
from effects import ChatHeard
from node import PAUSED
from protocol import (
    VERSION,
    CreateRoom,
    Hello,
    JoinRoom,
    LeaveRoom,
    LobbyState,
    Message,
    Nodes,
    Notice,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    RoomState,
    Say,
    Welcome,
)
from reception import HOLD_S
from tests.node_player import SimPlayer
from tests.node_process import WorldNode
from tests.node_world import World, quick_races

__all__ = ["quick_races"]


class Hand(SimPlayer):
    """A link whose every message is said by the test."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name, title="")

    def tick_once(self) -> None:
        """Do nothing by itself."""

    def hear(self, message: Message) -> None:
        """Take a message in, and follow nothing."""
        self.heard.append(message)

    def greet(self, node: WorldNode, room_id: str = "", ticket: str = "", token: str = "") -> None:
        """Connect to a node, and say hello."""
        self.node, self.link = self.world.connect(self, node.address)
        token = token or self.token
        self.say(Hello(VERSION, self.name, token, "client", room_id, ticket))
        self.world.run(0.2)


def party(world: World) -> tuple[str, WorldNode]:
    """Let two race; return their room and its owner."""
    world.party("Derby", "mika", "tess")
    world.until(lambda: all(player.race is not None for player in world.players))
    world.run(1.0)
    room_id = world.players[0].room_id
    [owner] = world.owners(room_id)
    return room_id, owner


def other_than(world: World, owner: WorldNode) -> WorldNode:
    """Return a node that is not the owner."""
    return next(node for node in world.nodes if node is not owner)


# The lobby


def test_lobby_of_each_node_shows_all_rooms_and_people() -> None:
    """With the node that has each room, and the list of nodes."""
    world = World(1)
    room_id, owner = party(world)
    eve = Hand(world, "eve")
    eve.greet(other_than(world, owner))
    world.run(1.0)
    state = eve.all(LobbyState)[-1]

    assert [(row.room_id, row.node, row.phase) for row in state.rooms] == [(room_id, owner.name, 1)]
    assert {person.name for person in state.people} == {"mika", "tess", "eve"}
    assert [row.node for row in eve.all(Nodes)[-1].rows if not row.here] != []


def test_name_of_somebody_on_another_node_is_taken() -> None:
    """One game, one of each name; whoever comes back from there is no stranger."""
    world = World(1)
    _, owner = party(world)
    other = other_than(world, owner)
    stranger = Hand(world, "MIKA")
    stranger.greet(other, token="x" * 43)

    assert "is taken here" in stranger.all(Refused)[-1].text


def test_chat_of_the_lobby_is_heard_everywhere_once() -> None:
    """The change stream tells every node, also the one where it was said."""
    world = World(1)
    world.run(1.0)
    here, there = Hand(world, "mika"), Hand(world, "tess")
    here.greet(world.nodes[0])
    there.greet(world.nodes[1])
    here.say(Say(0, "hello"))
    world.run(0.5)
    records = tuple(world.archive.chat.values())
    for node in world.nodes:
        for _ in range(2):
            node.tell(ChatHeard(records))
    world.run(0.5)

    assert [line.text for line in here.lines].count("hello") == 1
    assert [line.text for line in there.lines].count("hello") == 1


# To the right node


def test_room_of_another_node_is_joined_with_a_ticket() -> None:
    """The ticket seats its owner there at once; a second time it does not."""
    world = World(1)
    room_id, owner = party(world)
    eve = Hand(world, "eve")
    eve.greet(other_than(world, owner))
    eve.say(JoinRoom(room_id))
    world.run(0.2)
    way = eve.all(Redirect)[-1]
    eve.greet(owner, way.room_id, way.ticket)
    assert (way.address, way.room_id) == (owner.address, room_id)
    assert eve.all(RoomState)[-1].room_id == room_id
    thief = Hand(world, "thief")
    thief.greet(owner, way.room_id, way.ticket)
    again = Hand(world, "late")
    again.greet(owner, way.room_id, way.ticket, token=eve.token[:-1] + "A")

    for one in (thief, again):
        assert one.all(RoomState) == []
        assert "ticket is not good here" in one.all(Notice)[-1].text


def test_player_at_the_wrong_node_is_sent_to_the_seat() -> None:
    """Knowing the room or not: the cards tell where somebody sits."""
    world = World(1)
    room_id, owner = party(world)
    for known in (room_id, ""):
        mika = Hand(world, "mika")
        mika.greet(other_than(world, owner), known, token=world.players[0].token)
        world.run(0.5)

        assert mika.all(Redirect)[-1].address == owner.address
        assert mika.all(Welcome) == []


def test_player_of_a_silent_owner_is_let_in_told_and_sent_on() -> None:
    """Stopped, its port is open: nobody takes the room before the lease ends."""
    world = World(1)
    room_id, owner = party(world)
    owner.stopped = True
    mika = Hand(world, "mika")
    world.run(2.2)
    mika.greet(other_than(world, owner), room_id, token=world.players[0].token)
    assert mika.all(Welcome) == []
    world.run(HOLD_S)
    assert mika.all(Welcome)[-1].seat_room == ""
    assert "does not answer" in mika.all(RacePaused)[-1].text
    world.run(LEASE_S + 2.0)

    assert mika.all(Redirect)[-1].room_id == room_id


# The database


def test_room_past_its_deadline_stands_still_and_says_why() -> None:
    """Nothing in it can be changed; it goes on under its epoch with a countdown."""
    world = World(1)
    room_id, owner = party(world)
    mika = world.players[0]
    epoch = mika.epochs[room_id]
    world.archive.away = True
    world.until(lambda: mika.paused, LEASE_S + 1.0)
    tick = owner.node.game.steward.live[room_id].race.tick
    mika.say(Say(1, "hello?"))
    world.run(3.0)
    assert owner.node.game.steward.live[room_id].race.tick == tick
    assert mika.all(RacePaused)[-1].text == PAUSED
    assert "stands still" in mika.all(Notice)[-1].text
    starts = len(mika.all(RaceStart))
    world.archive.away = False
    world.until(lambda: len(mika.all(RaceStart)) > starts, 5.0)

    assert mika.all(RaceStart)[-1].epoch == epoch
    assert mika.all(RaceStart)[-1].go_tick >= tick + 20


def test_save_that_cannot_be_used_is_left_alone_and_reported_once() -> None:
    """Each node says so; the save stays for a server that can read it."""
    world = World(1)
    room_id, owner = party(world)
    owner.die()
    world.run(0.4)
    row = world.archive.rooms[room_id]
    assert row.save is not None
    row.save = replace(row.save, blob=b'{"version":99,"live":null}')
    world.run(25.0)
    reports = [sum("newer server" in one for one in node.reports) for node in world.nodes]

    assert sorted(reports) == [0, 1, 1]
    assert world.archive.rooms[room_id].save == row.save


# Names


def test_second_node_of_one_name_must_go() -> None:
    """The first is not disturbed; a restart in the same folder is no second."""
    world = World(1)
    _, owner = party(world)
    twin = WorldNode(world, owner.name, owner.backlog, previous="")
    world.nodes.append(twin)
    world.until(lambda: twin.dead, 6.0)

    assert "is called" in twin.node.unwelcome
    assert not owner.node.unwelcome
    assert world.owners(world.players[0].room_id) == [owner]


# Draining


def test_draining_node_takes_no_new_rooms() -> None:
    """One sentence; alone it is drained at once, for nobody could take anything."""
    world = World(1, ("a",))
    mika = Hand(world, "mika")
    world.run(1.0)
    mika.greet(world.nodes[0])
    node = world.nodes[0].node
    node.drain(world.now)
    mika.say(CreateRoom("", "meadow", 1, 0))
    node.cluster.draining = True
    world.nodes[0].carry_out(node.handle(mika.link or 0, CreateRoom("", "meadow", 1, 0), world.now))
    world.run(0.1)

    assert node.drained(world.now)
    assert "about to stop" in mika.all(Notice)[-1].text


def test_node_with_too_much_to_do_sheds_one_room() -> None:
    """To one that has far less, and then waits for what the loads tell."""
    world = World(1)
    room_id, owner = party(world)
    busy, idle = [node for node in world.nodes if node is not owner]
    owner.node.load, busy.node.load, idle.node.load = 0.9, 0.8, 0.1
    world.until(lambda: world.owners(room_id) == [idle])
    idle.node.load, owner.node.load = 0.9, 0.7
    world.run(20.0)

    assert world.owners(room_id) == [idle]
    assert {player.node for player in world.players} == {idle}


def test_who_wants_any_room_is_not_sent_into_a_trial_of_another_node() -> None:
    """It is driven alone; a room for races is another matter."""
    world = World(2)
    mika, tess = Hand(world, "mika"), Hand(world, "tess")
    mika.greet(world.nodes[0])
    tess.greet(world.nodes[1])
    mika.say(CreateRoom("", "meadow", 3, 0, mode=1))
    world.run(2.0)
    tess.say(JoinRoom(""))
    world.run(0.2)
    assert [one.text for one in tess.heard if isinstance(one, Notice)] == [
        "No room has a free seat: create one."
    ]
    mika.say(LeaveRoom())
    mika.say(CreateRoom("", "meadow", 3, 0))
    world.run(2.0)
    tess.say(JoinRoom(""))
    world.run(0.2)

    assert any(isinstance(one, Redirect) for one in tess.heard)


# Where there is no room


def crowd(*nodes: WorldNode) -> None:
    """Let nodes take nobody any more."""
    for node in nodes:
        node.node.game.door.admission.people_max = -1


def test_newcomer_is_sent_to_the_node_that_has_room() -> None:
    """Of two, to the one with less to do; whoever knows only one address gets in."""
    world = World(1)
    here, busy, idle = world.nodes
    busy.node.load = 0.4
    crowd(here)
    world.run(2.0)
    mika = Hand(world, "mika")
    mika.greet(here)
    way = mika.all(Redirect)[-1]
    mika.greet(idle)

    assert (way.address, way.room_id, way.ticket) == (idle.address, "", "")
    assert mika.all(Refused) == []
    assert mika.all(Welcome) != []


def test_newcomer_is_refused_in_words_where_no_node_has_room() -> None:
    """Nobody is sent in a circle."""
    world = World(1)
    crowd(*world.nodes)
    world.run(2.0)
    mika = Hand(world, "mika")
    mika.greet(world.nodes[0])

    assert mika.all(Redirect) == []
    assert [one.reason for one in mika.all(Refused)] == ["full"]


def test_newcomer_is_not_sent_to_a_node_that_stops() -> None:
    """It has room, and not for long."""
    world = World(1)
    here, full, stopping = world.nodes
    crowd(here, full)
    world.run(2.0)
    stopping.node.drain(world.now)
    world.archive.cards[stopping.name] = stopping.node.card(), world.now
    world.until(lambda: here.node.cluster.others(world.now)[-1].draining)
    mika = Hand(world, "mika")
    mika.greet(here)

    assert mika.all(Redirect) == []
    assert mika.all(Refused) != []
