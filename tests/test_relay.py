"""Relays: spectators of another node's room, fed over one link, and their chat."""

from __future__ import annotations

import pytest

import relay
from effects import OwnerLost, OwnerSaid
from node import Node
from protocol import (
    VERSION,
    WATCHING,
    WHOLE,
    Channel,
    ChatHistory,
    ChatLine,
    Dismissed,
    Goodbye,
    Hello,
    LeaveRoom,
    Message,
    Notice,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    RoomState,
    Say,
    SayFor,
    Snapshot,
    Watch,
)
from tests.node_process import WorldNode
from tests.node_world import World, quick_races
from tests.test_node import Hand, other_than, party
from ticket import Purpose

__all__ = ["quick_races"]


class Watcher(Hand):
    """A spectator, who counts snapshots too."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.seen: list[Snapshot] = []

    def hear(self, message: Message) -> None:
        """Take a message in, and follow nothing."""
        super().hear(message)
        if isinstance(message, Snapshot):
            self.seen.append(message)


def crowd(world: World, room_id: str, node: WorldNode, size: int = 5) -> list[Watcher]:
    """Let some watch a room from one node."""
    watchers = [Watcher(world, f"eve{number}") for number in range(size)]
    for one in watchers:
        one.greet(node)
        one.say(Watch(room_id))
    world.run(1.0)
    return watchers


def watchers_at(owner: WorldNode, room_id: str) -> int:
    """Return how many links the owner of a room feeds besides its players'."""
    return len(owner.node.game.lobby.rooms[room_id].watchers)


def relays_of(node: Node) -> dict[str, relay.Relay]:
    """Return what a node relays."""
    return node._relays.relays


def room_lines(hand: Hand) -> list[tuple[int, str, str]]:
    """Return the lines of the room that somebody heard, in order."""
    return [
        (line.number, line.author, line.text) for line in hand.lines if line.channel == Channel.ROOM
    ]


def test_crowd_costs_the_owner_one_link() -> None:
    """Five spectators see the race at their own node, one of them later than the others."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    watchers = crowd(world, room_id, there)
    late = Watcher(world, "late")
    late.greet(there)
    late.say(Watch(room_id))
    world.run(0.5)

    assert watchers_at(owner, room_id) == 1
    for one in (*watchers, late):
        assert not one.all(Redirect)
        assert one.all(RoomState)[0].room_id == room_id
        assert one.all(RaceStart)[0].slot == 255
        assert one.seen[-1].tick > one.all(RaceStart)[0].tick
        assert [history.channel for history in one.all(ChatHistory)] == [0, 1]
    assert late.all(RaceStart)[0].tick > watchers[0].all(RaceStart)[0].tick
    assert {one.seen[-1].tick for one in (*watchers, late)} == {late.seen[-1].tick}


def test_relay_packs_for_its_own_spectators() -> None:
    """The owner sends it whole snapshots; who reads differences there gets them."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    crowd(world, room_id, there, 2)
    relayed = relays_of(there.node)[room_id]
    relayed.audience[0].deltas = True
    (link,) = owner.node.game.lobby.rooms[room_id].watchers.values()

    assert not link.deltas
    assert relayed.slots == (WATCHING, WHOLE)


def test_race_that_broke_is_not_shown_to_who_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended without a result; the room waits for the next one."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    crowd(world, room_id, there, 1)

    def fail() -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(owner.node.game.steward.live[room_id], "step", fail)
    for player in world.players:
        player.gone = True
    world.run(1.0)
    late = Watcher(world, "late")
    late.greet(there)
    late.say(Watch(room_id))
    world.run(0.5)

    assert late.all(RoomState)[0].phase == 0
    assert not late.all(RaceStart)


def test_relay_is_nobody_in_the_lobby() -> None:
    """It is in no list, and no line tells of it."""
    world = World(1)
    room_id, owner = party(world)
    crowd(world, room_id, other_than(world, owner), 1)

    assert {one.name for one in owner.node.card().people} == {"mika", "tess"}
    told = [line.text for line in owner.node.game.lobby.conversation.history]
    assert not [text for text in told if other_than(world, owner).name + " " in text]


def test_chat_of_a_room_has_one_order_on_all_nodes() -> None:
    """Spectators of two nodes and a player talk at once; the owner numbers all lines."""
    world = World(1)
    room_id, owner = party(world)
    nodes = [node for node in world.nodes if node is not owner]
    eve, ivy = (Watcher(world, name) for name in ("eve", "ivy"))
    for hand, node in ((eve, nodes[0]), (ivy, nodes[1])):
        hand.greet(node)
        hand.say(Watch(room_id))
    world.run(1.0)
    for number in range(4):
        for speaker in (eve, ivy, world.players[0]):
            speaker.say(Say(int(Channel.ROOM), f"{speaker.name} {number}"))
        world.run(0.05)
    world.run(0.5)
    said = [line for line in room_lines(eve) if line[1] in ("eve", "ivy", "mika")]

    assert len(said) == 12
    assert said == [line for line in room_lines(ivy) if line in said]
    players = [
        (line.number, line.author, line.text)
        for line in world.players[1].heard
        if isinstance(line, ChatLine) and line.author in ("eve", "ivy", "mika")
    ]
    assert players == said
    assert [line[0] for line in said] == sorted({line[0] for line in said})


def test_spectator_who_writes_too_fast_is_told_so() -> None:
    """The limit is the speaker's own; another spectator may go on."""
    world = World(1)
    room_id, owner = party(world)
    loud, calm = crowd(world, room_id, other_than(world, owner), 2)
    for number in range(9):
        loud.say(Say(int(Channel.ROOM), f"line {number}"))
    world.run(0.2)
    calm.say(Say(int(Channel.ROOM), "calm"))
    world.run(0.5)

    assert len([line for line in room_lines(calm) if line[1] == loud.name]) == 5
    assert "too fast" in loud.all(Notice)[-1].text
    assert room_lines(loud)[-1][2] == "calm"


@pytest.mark.parametrize("watching", [False, True])
def test_only_nodes_speak_for_others(watching: bool) -> None:
    """A client that says so is told no, and nothing is said."""
    world = World(1)
    room_id, owner = party(world)
    thief = Hand(world, "thief")
    thief.greet(owner)
    if watching:
        thief.say(Watch(room_id))
    thief.say(SayFor(room_id, "x" * 12, "Mika", "I give up"))
    world.run(0.5)

    assert "Only nodes" in thief.all(Notice)[-1].text
    lines = owner.node.game.lobby.rooms[room_id].conversation.history
    assert "I give up" not in [line.text for line in lines]


def test_agent_node_without_a_ticket_of_one_is_refused() -> None:
    """No ticket, one of a player, and one that was used."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    crowd(world, room_id, there, 1)
    office = there.node._office
    [epoch] = {owner.node.game.lobby.rooms[room_id].epoch}
    for number, purpose in enumerate((None, Purpose.WATCH, Purpose.BACK)):
        for node in (owner, there):
            thief = Hand(world, f"thief{number}")
            thief.greet(node)
            ticket = ""
            if purpose is not None:
                ticket = office.write(thief.player_id, room_id, owner.boot, epoch, purpose)
            thief.node, thief.link = world.connect(thief, node.address)
            thief.say(Hello(VERSION, "thief", thief.token, "node", room_id, ticket))
            world.run(0.3)
            assert [one.reason for one in thief.all(Refused)] == ["node"]
            assert not thief.all(Redirect)


def test_killed_owner_costs_spectators_a_banner() -> None:
    """They stay where they are, read why it waits, and see the race go on."""
    world = World(1)
    room_id, owner = party(world)
    watchers = crowd(world, room_id, other_than(world, owner))
    owner.die()
    world.until(lambda: any(node.runs(room_id) for node in world.nodes))
    world.run(6.0)

    for one in watchers:
        assert not one.all(Redirect)
        assert relay.AWAY in [pause.text for pause in one.all(RacePaused)]
        first, second = one.all(RaceStart)[:2]
        assert second.race_id == first.race_id
        assert second.epoch > first.epoch
        assert one.seen[-1].epoch == second.epoch


def test_drained_owner_costs_spectators_nothing() -> None:
    """The relay goes along with the room, or the room comes to it."""
    world = World(1)
    room_id, owner = party(world)
    nodes = [node for node in world.nodes if node is not owner]
    watchers = [one for node in nodes for one in crowd(world, room_id, node, 2)]
    owner.node.drain(world.now)
    world.until(lambda: any(node.runs(room_id) for node in nodes))
    world.run(2.0)
    [heir] = world.owners(room_id)

    assert watchers_at(heir, room_id) == 3
    for one in watchers:
        assert not one.all(Redirect)
        assert not one.all(RacePaused)
        assert one.seen[-1].epoch == heir.node.game.lobby.rooms[room_id].epoch


def test_spectator_of_a_later_race_is_not_shown_the_one_before() -> None:
    """What a relay knew of an owner that is gone counts for nothing."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    crowd(world, room_id, there, 1)
    known = relays_of(there.node)[room_id]
    assert known.start is not None
    world.until(lambda: known.start is None)
    late = Watcher(world, "late")
    late.greet(there)
    late.say(Watch(room_id))
    world.run(0.1)

    assert late.all(RoomState)
    assert known.start is not None or not late.all(RaceStart)


def test_spectators_are_told_that_their_room_is_closed() -> None:
    """And the relay ends."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    watchers = crowd(world, room_id, there)
    for player in world.players:
        player.say(Goodbye("quit", ""))
        player.gone = True
    world.run(1.0)

    assert [one.all(Dismissed)[-1].room_id for one in watchers] == [room_id] * 5
    assert not relays_of(there.node)


def test_link_to_the_owner_ends_with_the_last_spectator() -> None:
    """However they go: out of the room, or out of the game."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    first, second = crowd(world, room_id, there, 2)
    first.say(LeaveRoom())
    world.run(0.5)
    seen = len(first.seen)
    assert watchers_at(owner, room_id) == 1
    world.hang_up(second)
    world.run(0.5)

    assert watchers_at(owner, room_id) == 0
    assert len(first.seen) == seen
    assert not relays_of(there.node)


@pytest.mark.parametrize("limit", ["RELAYS_MAX", "SPECTATORS_MAX"])
def test_crowd_beyond_the_limits_is_sent_to_the_owner(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a ticket, as without relays."""
    monkeypatch.setattr(relay, limit, 0)
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    eve = Watcher(world, "eve")
    eve.greet(there)
    if limit == "SPECTATORS_MAX":
        there.node._relays.relays[room_id] = relay.Relay(room_id, world.now)
    eve.say(Watch(room_id))
    world.run(0.1)

    assert eve.all(Redirect)[-1].address == owner.address


def test_relay_that_cannot_reach_the_owner_sends_its_spectators_there() -> None:
    """After some seconds: perhaps they can."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    there.calls.deaf = True
    [eve] = crowd(world, room_id, there, 1)
    assert not eve.all(Redirect)
    world.run(relay.PATIENCE_S)
    way = eve.all(Redirect)[-1]
    eve.greet(owner, way.room_id, way.ticket)

    assert eve.all(RoomState)[-1].room_id == room_id
    assert not relays_of(there.node)


def test_word_of_a_link_that_was_given_up_counts_for_nothing() -> None:
    """It may come late, and of an owner that was replaced."""
    world = World(1)
    room_id, owner = party(world)
    there = other_than(world, owner)
    [eve] = crowd(world, room_id, there, 1)
    before = relays_of(there.node)[room_id].call
    there.tell(OwnerSaid(before + 7, Dismissed(room_id, "closed")))
    there.tell(OwnerLost(before + 7))
    world.run(0.5)

    assert not eve.all(Dismissed)
    assert relays_of(there.node)[room_id].call == before
