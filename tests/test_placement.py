"""Where rooms begin and move to: the rule by itself, and a node that follows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import race
import steward
from placement import (
    GAIN_MS,
    LOOK_EVERY_S,
    LOOKS,
    SAME_MS,
    STAYS_S,
    UNREACHABLE_MS,
    Looks,
    Times,
    begin_at,
    best,
    better,
    response_ms,
)
from protocol import CreateRoom, NodeTime, NodeTimes, Ready, Redirect, RoomState
from tests.node_process import WorldNode
from tests.node_world import World, quick_races
from tests.test_node import Hand

__all__ = ["quick_races"]

NODES = ("a", "b", "c")
PLAYERS = st.lists(
    st.dictionaries(st.sampled_from(NODES), st.integers(0, UNREACHABLE_MS)), max_size=8
)


def others(here: str) -> list[str]:
    """Return the nodes besides one."""
    return [node for node in NODES if node != here]


# The rule


@given(PLAYERS)
def test_best_is_the_minimax(players: list[Times]) -> None:
    """No node answers the worst-off player of all sooner."""
    found = response_ms(best(NODES, players), players)

    assert all(found <= response_ms(node, players) for node in NODES)


@given(PLAYERS, st.sampled_from(NODES))
def test_new_room_begins_at_the_minimax_or_as_good(players: list[Times], here: str) -> None:
    """Some milliseconds are not worth a way."""
    least = min(response_ms(node, players) for node in NODES)
    found = begin_at(here, others(here), players)

    assert response_ms(found, players) <= least + (SAME_MS if found == here else 0)


@given(PLAYERS, st.sampled_from(NODES))
def test_constant_measurements_move_a_room_once_at_most(players: list[Times], here: str) -> None:
    """Each node looks afresh at what has come to it; none sends it on, or back."""
    moves, now = 0, 0.0
    looks = Looks()
    for _ in range(200):
        now += 1.0
        if not looks.due("room", now):
            continue
        if to := looks.look("room", here, others(here), players, now):
            here, moves, looks = to, moves + 1, Looks()

    assert moves <= 1
    assert not better(here, others(here), players)


def test_room_moves_after_looks_in_a_row_only() -> None:
    """One good measurement is chance."""
    looks, far, near = Looks(), [{"a": 100, "b": 20}], [{"a": 40, "b": 20}]
    seen = [far, far, near, far, far, far]
    told = [looks.look("room", "a", ["b"], one, at * LOOK_EVERY_S) for at, one in enumerate(seen)]

    assert told == [""] * (2 + 1 + LOOKS - 1) + ["b"]


def test_room_that_came_stays_a_while() -> None:
    """At most one move a minute."""
    looks = Looks()
    looks.keep("room", 10.0)

    assert not looks.due("room", 10.0 + STAYS_S - 0.1)
    assert looks.due("room", 10.0 + STAYS_S)


@pytest.mark.parametrize(("there_ms", "moves"), [(71, False), (70, True)])
def test_gain_must_be_clear(there_ms: int, moves: bool) -> None:
    """Both in milliseconds and in share: 100 must fall to 70."""
    assert bool(better("a", ["b"], [{"a": 100, "b": there_ms}])) == moves
    assert not better("a", ["b"], [{"a": GAIN_MS - 1, "b": 0}])


def test_who_told_nothing_has_no_say() -> None:
    """Bots and new players measure nothing."""
    assert better("a", ["b"], [{}, {"a": 100, "b": 20}]) == "b"
    assert not better("a", ["b"], [{}, {}])


# A node


def tell(hand: Hand, times: dict[str, int]) -> None:
    """Say how far each node is."""
    hand.say(NodeTimes(tuple(NodeTime(node, ms) for node, ms in times.items())))


def opened(world: World, times: dict[str, int], laps: int = 3) -> tuple[Hand, WorldNode]:
    """Return a player at the first node who told times and opens a room."""
    world.run(2.0)
    node = world.nodes[0]
    hand = Hand(world, "mika")
    hand.greet(node)
    tell(hand, times)
    hand.say(CreateRoom("Derby", "meadow", laps, 0))
    world.run(0.5)
    return hand, node


def test_room_is_opened_where_its_creator_is_best_served() -> None:
    """The redirect has no ticket: the client says again what it wants."""
    world = World(1)
    hand, _ = opened(world, {"a": 90, "b": 20, "c": 60})
    way = hand.all(Redirect)[-1]

    assert (way.address, way.room_id, way.ticket) == (world.node("b").address, "", "")
    assert not hand.all(RoomState)


def test_room_is_opened_here_where_nobody_is_nearer() -> None:
    """Also by who has told nothing."""
    for times in ({}, {"a": 20, "b": 19, "c": 60}):
        hand, _ = opened(World(1), times)
        assert hand.all(RoomState)
        assert not hand.all(Redirect)


def test_waiting_room_moves_to_where_all_are_better_served() -> None:
    """After some looks, with its players."""
    world = World(1)
    hand, _ = opened(world, {"a": 10, "b": 10, "c": 10})
    room_id = hand.all(RoomState)[-1].room_id
    tell(hand, {"a": 90, "b": 80, "c": 20})
    world.until(lambda: hand.all(Redirect))

    assert hand.all(Redirect)[-1].address == world.node("c").address
    world.run(1.0)
    assert world.owners(room_id) == [world.node("c")]


def test_room_moves_to_no_node_with_too_much_to_do() -> None:
    """Placement and relief never want the opposite."""
    world = World(1)
    world.node("c").node.load = 0.6
    hand, node = opened(world, {"a": 10, "b": 10, "c": 10})
    tell(hand, {"a": 90, "b": 80, "c": 20})
    world.run(30.0)

    assert not hand.all(Redirect)
    assert node.node.game.lobby.rooms


@pytest.mark.parametrize(("laps", "moves"), [(1, False), (2, True)])
def test_race_in_a_last_lap_does_not_move(
    laps: int, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wants a stutter there; in any other lap it is worth it."""
    monkeypatch.setattr(steward, "STALLED_TICKS", 10_000)
    world = World(1)
    hand, _ = opened(world, {"a": 10, "b": 10, "c": 10}, laps)
    hand.say(Ready(True))
    world.run(2.0)
    tell(hand, {"a": 90, "b": 80, "c": 20})
    world.run(30.0)

    assert bool(hand.all(Redirect)) == moves


def test_race_in_its_countdown_does_not_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start is the same for all."""
    monkeypatch.setattr(race, "COUNTDOWN_TICKS", 800)
    world = World(1)
    hand, _ = opened(world, {"a": 10, "b": 10, "c": 10})
    hand.say(Ready(True))
    world.run(1.0)
    tell(hand, {"a": 90, "b": 80, "c": 20})
    world.run(30.0)
    still = not hand.all(Redirect)
    world.until(lambda: hand.all(Redirect))

    assert still
