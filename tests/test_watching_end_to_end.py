"""A spectator's visit under Xvfb: into a race that is on, from car to car, chat, and out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autopilot import Agent, Crew
from protocol import Channel, Say
from tests.processes import client, screen, server

VISIT_S = 150.0
SPECTATOR = "Eve"


@pytest.mark.display
@pytest.mark.timeout(200)
def test_spectator_joins_in_mid_race(tmp_path: Path) -> None:
    """Real processes: the cars move, left and right change whose, both sides read the chat."""
    with (
        server("--db", "memory", "--data", str(tmp_path / "server"), "--port", "0") as host,
        screen() as display,
        client(display, tmp_path / "client", "--server", f"127.0.0.1:{host.port}") as game,
    ):
        mika, tess = (Agent("127.0.0.1", host.port, name, 1) for name in ("Mika", "Tess"))
        crew = Crew([mika, tess], time.monotonic() + VISIT_S)

        def heard(text: str) -> bool:
            lines = tess.view.talks[Channel.ROOM].lines
            return any((line.author, line.text) == (SPECTATOR, text) for line in lines)

        game.join(SPECTATOR, crew.until)
        crew.gather("Sunday", "meadow", 20)
        race = mika.view.race
        assert race is not None
        crew.until(lambda: race.mine is not None and race.mine.car.speed > 15.0, "driving")

        # In, while it is on.
        crew.until(lambda: game.has("WATCH"), "the room in the lobby")
        game.click("WATCH")
        crew.until(lambda: game.shows("racing"), "the race on the screen")
        crew.until(lambda: game.now.get("watching"), "watching")
        tick = game.now["tick"]
        crew.until(lambda: game.now["tick"] > tick + 120, "two seconds of the race")
        game.shot(tmp_path / "watching.png")

        # From car to car, and back.
        game.xdotool("key", "Right")
        crew.until(lambda: game.now["follow"] is not None, "choosing a car")
        first = game.now["follow"]
        game.xdotool("key", "Right")
        crew.until(lambda: game.now["follow"] not in (None, first), "choosing the other car")

        # Chat, both ways.
        game.xdotool("key", "t")
        crew.until(lambda: game.now["chat_open"], "opening the chat box")
        game.type("faster Mika")
        game.xdotool("key", "Return")
        crew.until(lambda: heard("faster Mika"), "the drivers to read it")
        mika.link.send(Say(int(Channel.ROOM), "as fast as I can"))
        crew.until(lambda: "Mika: as fast as I can" in game.now["chat"]["lines"], "the answer")
        assert not mika.view.notices
        assert mika.view.room is not None
        assert len(mika.view.room.seats) == 2

        # Out again; nobody in the race has noticed.
        game.xdotool("key", "Escape")
        crew.until(lambda: game.has("STOP WATCHING"), "the menu")
        game.click("STOP WATCHING")
        crew.until(lambda: game.shows("rooms"), "the lobby")
        assert mika.view.results is None
        for agent in (mika, tess):
            agent.close()
