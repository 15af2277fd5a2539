"""Measuring the nodes: with a fake, at a real socket, and told by the link."""

from __future__ import annotations

import socket
import threading

from nodes import Node
from protocol import Connection, NodeTime, NodeTimes, Refused, Role
from survey import EVERY_S, UNREACHABLE_MS, Survey, round_trip_ms
from tests.test_client_link import Player, online, racing
from tests.test_moving import NODES
from tests.test_view import welcome

TWO = (Node("node-1", "one:1"), Node("node-2", "two:2"))


def fake(host: str, port: int) -> int:
    """One node answers, one does not."""
    if host == "two":
        raise ConnectionRefusedError
    return 7


def test_round_measures_every_node_once_in_a_while() -> None:
    """Whoever does not answer is told as unreachable; then the survey rests."""
    survey = Survey(fake)
    assert not survey.update(TWO, 0.0, quiet=False)
    survey.join()
    assert survey.update(TWO, 1.0, quiet=False)
    assert survey.times == {"node-1": 7, "node-2": UNREACHABLE_MS}
    assert not survey.update(TWO, EVERY_S - 1.0, quiet=False)
    survey.join()

    assert not survey.update(TWO, EVERY_S - 0.5, quiet=False)


def test_nothing_is_measured_while_quiet_or_alone() -> None:
    """A race should not feel it; one node needs no choice."""
    asked: list[str] = []
    survey = Survey(lambda host, port: asked.append(host) or 0)  # type: ignore[func-returns-value]
    survey.update(TWO, 0.0, quiet=True)
    survey.update(TWO[:1], 0.0, quiet=False)
    survey.join()

    assert asked == []


def test_round_that_is_cut_short_counts_nothing() -> None:
    """A race began amid the round."""
    let_go = threading.Event()
    survey = Survey(lambda host, port: int(let_go.wait(5.0)))
    survey.update(TWO, 0.0, quiet=False)
    survey.update(TWO, 0.1, quiet=True)
    let_go.set()
    survey.join()

    assert not survey.update(TWO, 0.2, quiet=True)
    assert survey.times == {}


def test_real_socket_answers() -> None:
    """A server refuses version 0 and the time until then counts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)

        def serve() -> None:
            for _ in range(2):
                link, _ = server.accept()
                with link:
                    connection = Connection(Role.SERVER)
                    connection.receive_data(link.recv(4096))
                    link.sendall(connection.send(Refused("version", "no")))

        thread = threading.Thread(target=serve)
        thread.start()
        told = round_trip_ms("127.0.0.1", server.getsockname()[1])
        thread.join()

    assert 0 <= told < UNREACHABLE_MS


def surveyed(player: Player) -> Survey:
    """Give a player a survey of fakes."""
    survey = player.link.survey = Survey(lambda host, port: 2 if host == "10.0.0.2" else 1)
    return survey


def test_link_tells_what_was_measured_and_again_to_the_next_node() -> None:
    """Soon after Welcome; a node that is new to the player knows it at once."""
    player = online()
    survey = surveyed(player)
    player.hears(NODES)
    survey.join()
    player.update()
    [told] = player.said(NodeTimes)
    assert NodeTime("node-2", 2) in told.rows
    player.loses()
    dials = len(player.dials)
    for _ in range(200):
        player.update(0.05)
        if len(player.dials) > dials:
            break
    player.update()
    player.hears(welcome())

    assert player.said(NodeTimes) == [told]


def test_link_measures_nothing_while_its_player_drives() -> None:
    """The race comes first."""
    player = racing()
    survey = surveyed(player)
    player.hears(NODES)
    player.update(EVERY_S)
    survey.join()

    assert not player.said(NodeTimes)
