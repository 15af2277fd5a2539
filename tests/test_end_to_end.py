"""A player's evening under Xvfb: menu, lobby, chat, a race by keyboard, the saved result."""

from __future__ import annotations

import functools
import time
from pathlib import Path

import pygame
import pytest

from autopilot import Agent, Crew
from db.mongo import MongoStore
from db.replicas import LocalReplicas
from protocol import Channel, JoinRoom, Ready
from tests.keyboard_driver import KeyboardDriver
from tests.processes import client, screen, server
from track import track_of

EVENING_S = 240.0
PLAYER = "Mika"


def colours(path: Path) -> dict[str, float]:
    """Return which share of a picture is green, grey, orange, and how many colours it has."""
    picture = pygame.image.load(str(path))
    counts = {"green": 0, "grey": 0, "orange": 0}
    seen = set()
    spots = [(x, y) for x in range(0, picture.get_width(), 4)
             for y in range(0, picture.get_height(), 4)]  # fmt: skip
    for spot in spots:
        red, green, blue, _ = picture.get_at(spot)
        seen.add((red, green, blue))
        counts["green"] += green > red + 12 and green > blue + 12
        counts["grey"] += max(red, green, blue) - min(red, green, blue) < 24
        counts["orange"] += red > 180 and 60 < green < 170 and blue < 80
    return {name: count / len(spots) for name, count in counts.items()} | {"seen": len(seen)}


@pytest.mark.display
@pytest.mark.timeout(300)
def test_player_races_from_the_menu_to_a_saved_result(
    empty_set: LocalReplicas, tmp_path: Path
) -> None:
    """Everything by mouse and keyboard; a friend on the network sees and hears it."""
    with (
        server("--db", empty_set.uri, "--data", str(tmp_path / "server"), "--port", "0") as host,
        screen() as display,
        client(display, tmp_path / "client", "--server", f"127.0.0.1:{host.port}") as game,
    ):
        friend = Agent("127.0.0.1", host.port, "Friend", 1)
        crew = Crew([friend], time.monotonic() + EVENING_S)

        def heard(text: str) -> bool:
            # Looked up each time: entering a room begins a new conversation.
            lines = friend.view.talks[Channel.ROOM].lines
            return any((line.author, line.text) == (PLAYER, text) for line in lines)

        # The lobby: a room on Thunder Bowl, one lap, one bot.
        game.join(PLAYER, crew.until)
        crew.until(lambda: friend.link.online and game.has("Track"), "showing the form")
        while not game.has("Track: Thunder"):
            shown = game.text_of("Track: ")
            game.click("Track: ", across=0.9)
            crew.until(functools.partial(lambda old: not game.has(old), shown), "another track")
        game.click("Laps", across=0.1)
        game.click("Laps", across=0.1)
        game.click("Bots", across=0.1)
        game.click("Bots", across=0.1)
        crew.until(
            lambda: game.has("Track: Thunder") and game.has("Laps: 1") and game.has("Bots: 1"),
            "choosing",
        )
        game.click("CREATE ROOM")
        crew.until(lambda: game.shows("waiting"), "sitting in the room")
        friend.link.send(JoinRoom(""))
        crew.until(lambda: friend.view.room is not None, "the friend's seat")

        # Chat before the race.
        game.xdotool("key", "t")
        crew.until(lambda: game.now["chat_open"], "opening the chat box in the room")
        game.type("ready when you are")
        game.xdotool("key", "Return")
        crew.until(lambda: heard("ready when you are"), "the friend to read it")
        friend.link.send(Ready(True))
        game.click("READY")

        # The race, by keyboard.
        crew.until(lambda: game.shows("racing"), "the race screen")
        crew.until(lambda: game.now.get("phase") == "RACING", "GO")
        start = (game.now["x"], game.now["y"])
        hands = KeyboardDriver(game, track_of("bowl"))

        def driving_until(screen_name: str, speed: float = 0.0) -> bool:
            if game.shows("racing"):
                hands.update()
            return game.shows(screen_name) and game.now.get("speed", 0.0) >= speed

        crew.until(lambda: driving_until("racing", 15.0), "gaining speed")
        assert (game.now["x"], game.now["y"]) != start
        picture = tmp_path / "race.png"
        game.shot(picture)
        seen = colours(picture)
        assert seen["seen"] > 500
        assert seen["green"] > 0.15
        assert seen["grey"] > 0.1
        assert seen["orange"] > 0.0001

        # Chat during the race: the throttle stays down, the wheel is not lost.
        game.hold("Up")
        game.xdotool("key", "t")
        crew.until(lambda: game.now["chat_open"], "opening the chat box")
        speed = game.now["speed"]
        game.type("what a car")
        game.xdotool("key", "Return")
        crew.until(lambda: heard("what a car"), "the line")
        crew.until(lambda: not game.now["chat_open"], "closing the chat box")
        assert game.now["speed"] >= 0.5 * speed
        crew.until(lambda: driving_until("results"), "the result")
        game.hold()

        # The result: everybody is in it, and a majority holds it.
        crew.until(lambda: game.now.get("saved") == "SAVED", "saving")
        game.shot(tmp_path / "results.png")
        # The friend hears the same a little earlier or later.
        crew.until(lambda: friend.view.results is not None, "the friend's result")
        results = friend.view.results
        assert results is not None
        row = next(one for one in results.rows if one.name == PLAYER)
        assert row.total_ms > 0
        assert row.best_lap_ms > 0
        assert len(results.rows) == 3
        game.click("LEAVE")
        crew.until(lambda: game.shows("rooms"), "going back to the lobby")
        game.click("MAIN MENU")
        crew.until(lambda: game.shows("menu"), "the menu")
        game.click("QUIT")
        assert game.process.wait(20) == 0
        friend.close()
    store = MongoStore(empty_set.uri)
    saved = [one for one in store.results(50) if one.race_id == results.race_id]
    store.close()
    assert {one.name for one in saved[0].rows} == {one.name for one in results.rows}
