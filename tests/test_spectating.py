"""Watching a race, races that wait, and nodes, as a player sees and steers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from client_link import LinkKind
from lobby import SeatKind
from personalities import PERSONALITIES
from protocol import (
    Channel,
    ChatHistory,
    Dismissed,
    LeaveRoom,
    LineRow,
    RaceStart,
    Redirect,
    Resumed,
    Watch,
)
from screens.overlay import link_sentence
from screens.racing import Racing
from tests.scenes import SCENES
from tests.test_screens import words, written
from tests.theatre import NAMES, Theatre

KEYS = {pygame.K_LEFT: pygame.KSCAN_LEFT, pygame.K_RIGHT: pygame.KSCAN_RIGHT}


def opened(name: str, folder: Path) -> Theatre:
    """Return a theatre that shows a scene."""
    theatre = Theatre(folder)
    SCENES[name](theatre)
    return theatre


def followed(theatre: Theatre) -> str:
    """Return whose car who watches looks at, as the panel says."""
    lines = [line.string for line in written(theatre, (1280, 720))]
    return lines[lines.index("WATCHING") + 1]


def order(theatre: Theatre) -> list[str]:
    """Return the names of the drivers by place."""
    race = theatre.link.view.race
    assert race is not None
    return [NAMES[one.slot] for one in race.standings()]


def test_watch_button_asks_to_watch_its_room(tmp_path: Path) -> None:
    """One press is one message, however impatient the finger."""
    theatre = opened("nodes", tmp_path)
    theatre.screen.focus.set(
        next(one for one in theatre.screen.focus.widgets if one.label == "WATCH")
    )
    theatre.press(pygame.K_RETURN)
    theatre.press(pygame.K_RETURN)

    assert [one for one in theatre.dial.sent if isinstance(one, Watch)] == [Watch("r0")]


def test_node_of_a_room_is_told_where_there_are_several(tmp_path: Path) -> None:
    """A single server needs no name beside each room."""
    assert "node-2" in words(written(opened("nodes", tmp_path), (1280, 720)))
    assert "node-2" not in words(written(opened("some rooms", tmp_path), (1280, 720)))


def test_left_and_right_choose_whom_to_follow(tmp_path: Path) -> None:
    """The leader at first; then down and up the order, and round."""
    theatre = opened("watching", tmp_path)
    names = order(theatre)
    seen = [followed(theatre)]
    for key in (pygame.K_RIGHT, pygame.K_RIGHT, pygame.K_LEFT, pygame.K_LEFT, pygame.K_LEFT):
        theatre.press(key, scancode=KEYS[key])
        seen.append(followed(theatre))

    assert [name[:6] for name in seen] == [
        names[place][:6] for place in (0, 1, 2, 1, 0, len(names) - 1)
    ]


def test_gamepad_chooses_whom_to_follow(tmp_path: Path) -> None:
    """The cross, as everywhere in the interface."""
    theatre = opened("watching", tmp_path)
    theatre.push(pygame.CONTROLLER_BUTTON_DPAD_RIGHT)

    assert followed(theatre)[:6] == order(theatre)[1][:6]


def test_driver_is_not_asked_whom_to_follow(tmp_path: Path) -> None:
    """Left and right steer."""
    theatre = opened("racing", tmp_path)
    event = pygame.event.Event(
        pygame.KEYDOWN, key=pygame.K_LEFT, mod=0, scancode=pygame.KSCAN_LEFT, unicode=""
    )
    theatre.screen.handle(event)

    assert theatre.screen.wishes().steering < 0.0
    assert "look at another car" not in words(written(theatre, (1280, 720)))


def test_keys_write_while_the_chat_is_open(tmp_path: Path) -> None:
    """Who watches can talk; the cursor keys move in the line then."""
    theatre = opened("watching", tmp_path)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("go")
    theatre.press(pygame.K_LEFT, scancode=pygame.KSCAN_LEFT)
    theatre.type("!")
    screen = theatre.screen
    assert isinstance(screen, Racing)

    assert screen.chat.entry.text == "g!o"


def test_car_that_is_gone_is_followed_no_longer(tmp_path: Path) -> None:
    """The picture goes back to the leader."""
    theatre = opened("watching", tmp_path)
    theatre.press(pygame.K_RIGHT, scancode=pygame.KSCAN_RIGHT)
    race = theatre.link.view.race
    assert race is not None
    slot = next(one.slot for one in race.standings() if one.place == 2)
    del race.records[slot]

    assert followed(theatre)[:6] == order(theatre)[0][:6]


def test_watcher_stops_from_the_menu(tmp_path: Path) -> None:
    """Escape, and the button says what it does."""
    theatre = opened("watching", tmp_path)
    theatre.press(pygame.K_ESCAPE)
    assert "STOP WATCHING" in words(written(theatre, (1280, 720)))
    theatre.press(pygame.K_DOWN)
    theatre.press(pygame.K_RETURN)

    assert [one for one in theatre.dial.sent if isinstance(one, LeaveRoom)]
    assert theatre.screen.name == "rooms"


def test_watcher_of_a_waiting_room_can_only_go(tmp_path: Path) -> None:
    """Who has no seat is never ready."""
    theatre = opened("watching the wait", tmp_path)

    assert [one.label for one in theatre.screen.focus.widgets] == ["STOP WATCHING"]
    assert "You watch this room." in words(written(theatre, (1280, 720)))


def test_watcher_who_is_dismissed_stands_in_the_lobby(tmp_path: Path) -> None:
    """And reads why."""
    theatre = opened("watching the wait", tmp_path)
    theatre.hears(Dismissed("room", "The room is closed: nobody is left."))
    theatre.play(2)

    assert theatre.screen.name == "rooms"
    assert "nobody is left" in words(written(theatre, (1280, 720)))


def test_reason_of_a_pause_stays_until_the_race_goes_on(tmp_path: Path) -> None:
    """In the words of the server, over the race."""
    theatre = opened("held", tmp_path)
    text = "The database does not answer; the race waits."
    assert text in words(written(theatre, (1280, 720)))
    race = theatre.link.view.race
    assert race is not None
    theatre.hears(RaceStart("room", race.race_id, 1, "meadow", 3, race.tick + 180, 3, race.tick))

    assert text not in words(written(theatre, (1280, 720)))


@pytest.mark.parametrize("text", ["", "This room is on node-2."])
def test_move_is_told_only_where_it_has_something_to_say(text: str, tmp_path: Path) -> None:
    """A race that moves is nothing that a player must know of."""
    theatre = opened("racing", tmp_path)
    theatre.status(LinkKind.MOVING, text)

    assert link_sentence(theatre.link) == text
    theatre.hears(Redirect("10.0.0.2:7777", "room", "ticket", text))
    assert theatre.screen.name == "racing"


@pytest.mark.parametrize(("scene", "kept"), [("racing", True), ("watching", False)])
def test_seat_is_called_kept_where_there_is_one(scene: str, kept: bool, tmp_path: Path) -> None:
    """Who watches has none."""
    theatre = opened(scene, tmp_path)
    theatre.status(LinkKind.RECONNECTING, "Lost node-1; trying node-2 now (attempt 2)")

    assert link_sentence(theatre.link).endswith("Your seat is kept.") is kept


def test_missed_lines_are_counted_where_they_begin(tmp_path: Path) -> None:
    """Who comes back sees at a glance what was said meanwhile."""
    theatre = opened("waiting", tmp_path)
    lines = tuple(LineRow(n, 0, "Mika", f"line {n}", 1.7e9) for n in range(10, 24))
    away = replace(lines[0], number=30, text="said meanwhile")
    theatre.hears(ChatHistory(int(Channel.ROOM), lines))
    theatre.hears(ChatHistory(int(Channel.ROOM), (*lines, away)))
    theatre.hears(Resumed("room", 9.0, 0, 0, "Resumed in Test.", 7))
    shown = [line.text for line in theatre.link.view.talks[Channel.ROOM].lines]

    assert shown[-3:] == ["line 23", "7 missed", "said meanwhile"]
    assert "7 missed" in words(written(theatre, (1280, 720)))


def test_watcher_is_told_what_kind_of_driver_a_bot_is(tmp_path: Path) -> None:
    """The line of its character, and none for people."""
    theatre = opened("watching", tmp_path)
    race, room = theatre.link.view.race, theatre.link.view.room
    assert race is not None
    assert room is not None
    who = PERSONALITIES[0]

    def told(kind: SeatKind) -> bool:
        seats = tuple(replace(one, name=who.name, kind=int(kind)) for one in room.seats)
        theatre.hears(replace(room, seats=seats))
        return who.character in words(written(theatre, (1280, 720)))

    assert told(SeatKind.BOT)
    assert not told(SeatKind.HUMAN)
