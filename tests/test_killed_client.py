"""A real client is killed in mid-race, started again, and sits in the same car."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from protocol import CarFlag, CarRecord, CreateRoom, Ready
from tests.processes import client, screen, server

TITLE = "Kill test"


@pytest.mark.display
@pytest.mark.timeout(200)
def test_killed_client_resumes_its_own_car(tmp_path: Path) -> None:
    """SIGKILL at speed: a caretaker drives, and the player gets slot, lap and wheel back."""
    with (
        server("--db", "memory", "--port", "0") as host,
        screen() as display,
    ):
        folder = tmp_path / "client"
        where = ("--server", f"127.0.0.1:{host.port}")
        witness = Agent("127.0.0.1", host.port, "Witness", 1)
        crew = Crew([witness], time.monotonic() + 180.0)
        crew.until(lambda: witness.link.online, "connecting")
        witness.link.send(CreateRoom(TITLE, "meadow", 2, 0))
        crew.until(lambda: witness.view.room is not None, "the room")

        with client(display, folder, *where) as game:
            game.join("Phoenix", crew.until)
            crew.until(lambda: game.has(TITLE), "seeing the room")
            game.click(TITLE)
            crew.until(lambda: game.shows("waiting"), "sitting down")
            witness.link.send(Ready(True))
            game.click("READY")
            crew.until(lambda: game.now.get("phase") == "RACING", "GO")
            race = witness.view.race
            assert race is not None
            slot = game.now["slot"]

            def seen() -> CarRecord:
                return race.records[slot]

            def caretaker() -> bool:
                return bool(seen().flags & CarFlag.CARETAKER)

            game.hold("Up")
            crew.until(lambda: game.now["speed"] > 12.0, "gaining speed")
            assert not caretaker()
            before = (seen().lap, seen().next_gate)
            game.kill()
        crew.until(caretaker, "the caretaker taking over")

        with client(display, folder, *where) as game:
            game.join("Phoenix", crew.until)
            crew.until(lambda: game.has("RESUME"), "offering to resume")
            game.shot(tmp_path / "offer.png")
            assert caretaker()
            game.click("RESUME")
            crew.until(lambda: game.shows("racing") and "slot" in game.now, "racing again")
            assert game.now["slot"] == slot
            assert game.now["race"] == race.race_id
            crew.until(
                lambda: any("esumed" in one for one in game.now["notices"]),
                "telling what was saved",
            )
            crew.until(lambda: not caretaker(), "handing the wheel back")
            assert (seen().lap, seen().next_gate) >= before
            assert game.now["lap"] == seen().lap
            game.hold("Down")
            crew.until(lambda: game.now["speed"] < 3.0, "obeying the brake")
            game.hold()
            game.xdotool("key", "Escape")
            crew.until(lambda: game.has("LEAVE THE RACE"), "asking")
            game.click("LEAVE THE RACE")
            crew.until(lambda: game.shows("rooms"), "leaving")
        witness.close()
