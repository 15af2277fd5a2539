"""The way into a time trial and out of it, and the choice of a car in a room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from car import TUNINGS, CarClass
from lobby import LAPS_MAX, RoomMode
from protocol import (
    AskGhosts,
    ChooseCar,
    CreateRoom,
    LeaveRoom,
    Message,
    NoticeKind,
    RaceStart,
    Ready,
    Restart,
    RoomState,
    SeatRow,
)
from screens.car_choice import TRAITS, share_of
from screens.room_options import rules_of
from screens.trial import ANSWER_S, PATIENCE_S
from tests.scenes import SCENES
from tests.theatre import ME, Theatre

TRIAL = int(RoomMode.TRIAL)
SEAT = SeatRow(0, ME, "Me", 0, False, 0, 20, int(CarClass.TOURING))
ROOM = RoomState("mine", "My trial", "meadow", LAPS_MAX, 0, 0, (SEAT,), 1, mode=TRIAL)
START = RaceStart("mine", "race-1", 1, "meadow", LAPS_MAX, 240, 0, 0, mode=TRIAL)


def opened(folder: Path, name: str = "trial") -> Theatre:
    """Return a theatre that shows a scene, with nothing said yet."""
    theatre = Theatre(folder)
    SCENES[name](theatre)
    theatre.dial.sent.clear()
    return theatre


def pass_time(theatre: Theatre, seconds: float) -> None:
    """Let so long go by on the stage."""
    theatre.now += seconds
    theatre.play()


def said(theatre: Theatre, *kinds: type[Message]) -> list[Message]:
    """Return what was sent to the server of some kinds."""
    return [one for one in theatre.dial.sent if isinstance(one, kinds)]


def test_trial_asks_for_the_ghosts_of_what_is_chosen(tmp_path: Path) -> None:
    """Of the track and the car; what is known of them is shown."""
    theatre = opened(tmp_path)
    assert theatre.screen.state()["ghosts"] == {"OWN": 40_000, "RECORD": 33_333}
    theatre.press(pygame.K_UP)
    theatre.press(pygame.K_RIGHT)
    pass_time(theatre, ANSWER_S)

    assert said(theatre, AskGhosts) == [AskGhosts("meadow", int(CarClass.MUSCLE))]
    assert theatre.screen.state()["ghosts"] == {}


def test_start_of_a_trial_leads_to_the_grid(tmp_path: Path) -> None:
    """A room of one's own, the chosen car, ready at once; no waiting room is seen."""
    theatre = opened(tmp_path)
    theatre.press(pygame.K_UP)
    theatre.press(pygame.K_LEFT)
    theatre.press(pygame.K_DOWN)
    theatre.press(pygame.K_RETURN)
    theatre.press(pygame.K_RETURN)
    [room] = said(theatre, CreateRoom)
    theatre.hears(ROOM)
    pass_time(theatre, ANSWER_S)

    assert isinstance(room, CreateRoom)
    assert (room.track, room.bots, room.mode) == ("meadow", 0, RoomMode.TRIAL)
    assert said(theatre, ChooseCar, Ready) == [ChooseCar(int(CarClass.LIGHT)), Ready(True)]
    assert theatre.screen.name == "trial"
    theatre.hears(START)
    theatre.play()
    assert theatre.screen.name == "racing"
    assert theatre.stage.preferences.car_class == CarClass.LIGHT


def test_one_key_begins_a_trial_anew_and_escape_leads_to_the_next(tmp_path: Path) -> None:
    """Back where track and car are chosen, not in the lobby."""
    theatre = opened(tmp_path)
    theatre.hears(ROOM, START)
    theatre.play()
    theatre.press(pygame.K_BACKSPACE, scancode=pygame.KSCAN_BACKSPACE)
    again = replace(START, race_id="race-2")
    theatre.hears(again)
    theatre.play(2)

    assert said(theatre, Restart) == [Restart()]
    assert theatre.link.view.race is not None
    assert theatre.link.view.race.race_id == "race-2"
    theatre.press(pygame.K_ESCAPE)
    for _ in theatre.screen.focus.widgets[1:]:
        theatre.press(pygame.K_DOWN)
    theatre.press(pygame.K_RETURN)
    assert said(theatre, LeaveRoom) == [LeaveRoom()]
    assert theatre.screen.name == "trial"


def test_start_that_comes_to_nothing_can_be_tried_again(tmp_path: Path) -> None:
    """The server said no, and why."""
    theatre = opened(tmp_path)
    theatre.press(pygame.K_RETURN)
    theatre.warn("All rooms are taken: join one that is there.")
    pass_time(theatre, PATIENCE_S + 0.1)
    theatre.press(pygame.K_RETURN)

    assert len(said(theatre, CreateRoom)) == 2
    assert theatre.link.view.notices[-1].kind is NoticeKind.WARNING


def test_waiting_room_asks_for_the_car_of_the_player(tmp_path: Path) -> None:
    """The one driven last, at sitting down; then whatever is chosen there."""
    theatre = Theatre(tmp_path)
    theatre.stage.preferences.car_class = int(CarClass.MUSCLE)
    theatre.connect()
    seat = replace(SEAT, car_class=int(CarClass.TOURING))
    room = replace(ROOM, mode=0, starts_in=42, seats=(seat,))
    theatre.hears(room)
    theatre.go("waiting")
    pass_time(theatre, 1.5)
    assert said(theatre, ChooseCar)[-1] == ChooseCar(int(CarClass.MUSCLE))
    theatre.hears(replace(room, seats=(replace(seat, car_class=int(CarClass.MUSCLE)),)))
    theatre.dial.sent.clear()
    pass_time(theatre, 1.5)
    assert said(theatre, ChooseCar) == []
    theatre.press(pygame.K_TAB)
    theatre.press(pygame.K_TAB)
    theatre.press(pygame.K_RIGHT)

    assert said(theatre, ChooseCar) == [ChooseCar(int(CarClass.LIGHT))]
    assert theatre.stage.preferences.car_class == CarClass.LIGHT
    assert 38 <= theatre.link.view.starts_in_s(theatre.now) <= 42


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": TRIAL}, "time trial"),
        ({"mode": 0, "laps": 1, "bots": 0}, "1 lap  ·  no bots"),
        (
            {"mode": 0, "laps": 3, "bots": 1, "level": 2, "damage": False},
            "3 laps  ·  1 bot, hard  ·  no damage",
        ),
    ],
)
def test_rules_of_a_room_are_a_few_words(options: dict[str, int], words: str) -> None:
    """As the lobby and the waiting room tell them."""
    assert rules_of(replace(ROOM, **options)) == words  # type: ignore[arg-type]


def test_bars_compare_the_cars_with_each_other() -> None:
    """No class is best at everything, and none is without a bar."""
    best = {
        name: max(CarClass, key=lambda one, trait=trait: share_of(trait, one))  # type: ignore[misc]
        for name, trait in TRAITS
    }

    assert len(set(best.values())) > 1
    assert all(0.0 < share_of(trait, one) <= 1.0 for _, trait in TRAITS for one in CarClass)
    assert len(TUNINGS) == len(CarClass)
