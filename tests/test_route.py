"""Where a client dials next: rounds, pauses, circles."""

from __future__ import annotations

import pytest

from nodes import Node
from route import (
    ATTEMPTS_MAX,
    FORMER_MAX,
    NEXT_PAUSE_S,
    PAUSES_S,
    REDIRECTS_MAX,
    REDIRECTS_S,
    Route,
)

ONE, TWO, THREE = "a:1", "b:2", "c:3"
NODES = (Node("node-1", "10.0.0.1:1"), Node("node-2", TWO), Node("node-3", THREE))


def among_three() -> Route:
    """Return the route of who has reached the first of three nodes."""
    route = Route(ONE)
    route.arrived()
    route.learn(NODES, "node-1")
    return route


def tried(route: Route, times: int, *, shun: bool = False) -> list[tuple[str, object]]:
    """Lose so many times; return each address that is next, and the pause before it."""
    found: list[tuple[str, object]] = []
    now = 0.0
    for _ in range(times):
        assert route.lost(now, shun=shun)
        found.append((route.at, pytest.approx(route.due_at - now)))
        now = route.due_at
    return found


def test_lost_node_is_tried_once_and_then_the_others() -> None:
    """Round after round, with growing pauses between the rounds."""
    first = [(ONE, PAUSES_S[0]), (TWO, NEXT_PAUSE_S), (THREE, NEXT_PAUSE_S)]
    second = [(ONE, PAUSES_S[1]), (TWO, NEXT_PAUSE_S), (THREE, NEXT_PAUSE_S)]

    assert tried(among_three(), 6) == first + second


def test_node_that_is_silent_is_tried_last() -> None:
    """It takes calls and lets them wait: the others can help sooner."""
    assert tried(among_three(), 3, shun=True) == [
        (TWO, NEXT_PAUSE_S),
        (THREE, NEXT_PAUSE_S),
        (ONE, NEXT_PAUSE_S),
    ]


def test_address_that_reached_a_node_serves_better_than_the_one_it_gives() -> None:
    """A node behind a router knows its inner address only."""
    assert among_three().nodes[0] == Node("node-1", ONE)


def test_node_that_was_away_is_still_known() -> None:
    """It was down when the others were told of, and is back when the last of them goes."""
    route = among_three()
    route.learn(NODES[:1], "node-1")
    assert [one.name for one in route.nodes] == ["node-1"]
    assert [one.name for one in route.known] == ["node-1", "node-2", "node-3"]
    assert [at for at, _ in tried(route, 3)] == [ONE, TWO, THREE]


def test_nodes_of_long_ago_are_forgotten() -> None:
    """Names that come and go, such as those of containers, must not fill a round."""
    route = among_three()
    for number in range(3 * FORMER_MAX):
        route.learn([NODES[0], Node(f"other-{number}", f"d:{number}")], "node-1")

    assert len(route.known) == 2 + FORMER_MAX
    assert route.known[2].name == f"other-{3 * FORMER_MAX - 2}"


def test_arrival_begins_the_count_again() -> None:
    """The next loss is a new story."""
    route = among_three()
    tried(route, 2)
    route.arrived()

    assert route.attempt == 0
    assert tried(route, 2) == [(TWO, PAUSES_S[0]), (ONE, NEXT_PAUSE_S)]


def test_first_attempt_goes_once_through_what_is_known() -> None:
    """A dead address is no end when the disk knows others of the same game."""
    route = Route(ONE, NODES[1:])
    found = []
    while route.lost(0.0, patient=False):
        found.append(route.at)

    assert found == [TWO, THREE]
    assert not Route(ONE).lost(0.0, patient=False)


@pytest.mark.parametrize(("each_s", "circle"), [(0.1, True), (REDIRECTS_S, False)])
def test_redirects_in_a_circle_are_noticed(each_s: float, circle: bool) -> None:
    """Many in a short time; as many in a long one are a long evening."""
    route = among_three()
    followed = [
        route.redirected((TWO, THREE)[number % 2], number * each_s)
        for number in range(REDIRECTS_MAX + 1)
    ]

    assert all(followed[:-1])
    assert followed[-1] is not circle


def test_living_node_that_points_to_a_dead_one_is_asked_again_and_again() -> None:
    """Until a lease has run out, it knows no better; that is no circle."""
    route = among_three()
    now = 0.0
    for _ in range(20):
        assert route.redirected(TWO, now)
        while route.at != ONE:
            assert route.lost(now)
            now = route.due_at

    assert now < 20 * 3.0


def test_even_that_has_an_end() -> None:
    """Nobody dials for ever."""
    route = among_three()
    attempts = 0
    while route.redirected(TWO, 0.0) and route.lost(0.0):
        attempts += 1

    assert attempts == ATTEMPTS_MAX
