"""A server is killed in mid-race and started again on the same data folder.

The whole road, with the database that the game starts by itself: what stands
in the replica set is read after everything was stopped.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from protocol import CreateRoom, JoinRoom, Ready, SavedState
from tests.processes import client, screen, server
from tests.waiting import wait_until

TITLE = "Second life"


@pytest.mark.database
@pytest.mark.display
@pytest.mark.timeout(300)
def test_killed_server_goes_on_with_everyone(tmp_path: Path) -> None:
    """Agents and a player come back by themselves; the result survives a full stop."""
    data = tmp_path / "data"
    local = ("--db", "local", "--data", str(data))
    try:
        with screen() as display, server(*local, "--port", "0") as first:
            port = first.port
            agents = [Agent("127.0.0.1", port, f"Cat {n}", n) for n in range(2)]
            crew = Crew(agents, time.monotonic() + 270.0)
            leader = agents[0]
            crew.until(lambda: all(one.link.online for one in agents), "connecting")
            leader.link.send(CreateRoom(TITLE, "bowl", 1, 0))
            crew.until(lambda: leader.view.room is not None, "the room")
            agents[1].link.send(JoinRoom(""))
            with client(display, tmp_path / "client", "--server", f"127.0.0.1:{port}") as game:
                game.join("Guest", crew.until)
                crew.until(lambda: game.has(TITLE), "seeing the room")
                game.click(TITLE)
                crew.until(
                    lambda: (
                        game.shows("waiting") and all(one.view.room is not None for one in agents)
                    ),
                    "sitting down",
                )
                for agent in agents:
                    agent.link.send(Ready(True))
                game.click("READY")
                crew.until(lambda: game.now.get("phase") == "RACING", "GO")
                game.hold("Up")
                crew.until(lambda: game.now["tick"] > 420, "some seconds of racing")
                game.hold()
                before = game.now
                first.kill()
                crew.until(lambda: game.now["link"] == "reconnecting", "noticing the loss")
                assert "trying again" in game.now["status"]
                game.shot(tmp_path / "lost.png")

                with server(*local, "--port", str(port)) as second:
                    crew.until(
                        lambda: game.now["link"] == "online" and game.shows("racing"),
                        "the player's return",
                    )
                    crew.until(
                        lambda: game.now.get("tick", 0) > before["tick"], "the race to go on"
                    )
                    assert game.now["race"] == before["race"]
                    assert game.now["slot"] == before["slot"]
                    # The player leaves for good, so that the agents decide the race.
                    game.xdotool("key", "Escape")
                    crew.until(lambda: game.has("LEAVE THE RACE"), "asking")
                    game.click("LEAVE THE RACE")
                    crew.until(lambda: game.shows("rooms"), "leaving")
                    results = crew.finish()
                    assert results.saved == SavedState.SAVED
                    for agent in agents:
                        agent.close()
                    assert second.stop() == 0

        replicas = LocalReplicas(data)
        store = MongoStore(replicas.start())
        found = [one for one in store.results(10) if one.race_id == results.race_id]
        store.close()
        assert len(found) == 1
        times = {row.name: row.total_ms for row in found[0].rows}
        assert times["Cat 0"] > 0
        assert times["Cat 1"] > 0
        assert times == {row.name: row.total_ms for row in results.rows}
    finally:
        # By force: where the test fails, somebody may still use the members.
        LocalReplicas(data).stop(by_force=True)
        wait_until(lambda: not any(one.pid for one in LocalReplicas(data).status()), "stop")
