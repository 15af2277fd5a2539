"""A relay between two node processes, over real links."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from db.replicas import LocalReplicas
from protocol import Channel, Say, Watch
from tests.processes import ServerProcess
from tests.test_failover import nodes, owner, racing, tick_of
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

SPECTATORS = 5


def said(agent: Agent, authors: set[str]) -> list[tuple[int, str, str]]:
    """Return the lines of some authors in an agent's room, in order."""
    lines = agent.view.talks[Channel.ROOM].lines
    return [(one.number, one.author, one.text) for one in lines if one.author in authors]


def greetings(node: ServerProcess, word: str) -> list[str]:
    """Return what a node has logged of those who greeted it and are called so."""
    return [line for line in node.log if " Hello(" in line and word in line]


@pytest.mark.timeout(200)
def test_five_spectators_cost_the_owner_one_link(empty_set: LocalReplicas, tmp_path: Path) -> None:
    """They see the race at their own node, and talk in one order with the drivers."""
    with (
        nodes(empty_set, tmp_path, 2, "--verbose") as running,
        racing(running, "Crowd", "meadow", 120, laps=3) as crew,
    ):
        here = running.pop(owner(crew))
        [there] = running
        room = crew.agents[0].view.room
        assert room is not None
        names = [f"Eve {number}" for number in range(SPECTATORS)]
        eves = [Agent(there.host, there.port, name, number) for number, name in enumerate(names)]
        everyone = Crew([*crew.agents, *eves], crew._deadline)
        try:
            everyone.until(lambda: all(one.link.online for one in eves), "connecting")
            for one in eves:
                one.link.send(Watch(room.room_id))
            everyone.until(lambda: all(tick_of(one) > 240 for one in eves), "seeing the race")
            for number in range(3):
                for one in (*eves, crew.agents[0]):
                    one.link.send(Say(int(Channel.ROOM), f"line {number}"))
            authors = {*names, crew.agents[0].name}
            count = 3 * len(authors)
            everyone.until(
                lambda: all(len(said(one, authors)) == count for one in everyone.agents),
                "hearing all lines",
            )
            [order] = {tuple(said(one, authors)) for one in everyone.agents}
            assert [line[0] for line in order] == sorted(line[0] for line in order)
            # What the owner prints comes through a pipe of its own.
            wait_until(lambda: greetings(here, "agent='node'"), "log the relay's greeting")
            assert len(greetings(here, "agent='node'")) == 1
            assert not greetings(here, "Eve")
        finally:
            for one in eves:
                one.close()
