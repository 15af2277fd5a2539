"""Where the eyes go in a race: the whole track, other cars, a race begun anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from car import CarInput
from protocol import CarFlag, RaceStart, Restart
from screens.racing import Racing
from tests.test_screens import words, written
from tests.test_spectating import KEYS, followed, opened, order
from tests.theatre import Theatre


def racing_of(theatre: Theatre) -> Racing:
    """Return the screen of the race."""
    screen = theatre.screen
    assert isinstance(screen, Racing)
    return screen


def key(theatre: Theatre, kind: int, scancode: int) -> None:
    """Press or let go of a key at the wheel."""
    event = pygame.event.Event(kind, key=0, mod=0, scancode=scancode, unicode="")
    theatre.screen.handle(event)


def finish(theatre: Theatre) -> None:
    """Let the own car have finished."""
    race = theatre.link.view.race
    assert race is not None
    assert race.mine is not None
    race.records[race.slot] = replace(race.mine, flags=race.mine.flags | CarFlag.FINISHED)


def test_driver_sees_the_whole_track_while_the_key_is_held(tmp_path: Path) -> None:
    """And goes on driving meanwhile."""
    theatre = opened("racing", tmp_path)
    key(theatre, pygame.KEYDOWN, pygame.KSCAN_UP)
    key(theatre, pygame.KEYDOWN, pygame.KSCAN_TAB)
    theatre.play()
    shown = racing_of(theatre).state()["overview"]
    wishes = theatre.screen.wishes()
    key(theatre, pygame.KEYUP, pygame.KSCAN_TAB)

    assert shown
    assert wishes == CarInput(throttle=1.0)
    assert not racing_of(theatre).state()["overview"]


def test_watcher_sees_the_whole_track_until_the_next_press(tmp_path: Path) -> None:
    """With everyone's name and gap on it."""
    theatre = opened("watching", tmp_path)
    theatre.press(pygame.K_TAB, scancode=pygame.KSCAN_TAB)
    shown = words(written(theatre, (1280, 720)))
    theatre.press(pygame.K_TAB, scancode=pygame.KSCAN_TAB)

    assert "LEADER" in shown
    assert "(away)" in shown
    assert "the whole track" in shown
    assert not racing_of(theatre).state()["follow"]


def test_who_has_finished_looks_at_others(tmp_path: Path) -> None:
    """The own car first; then up and down the order, and this is told."""
    theatre = opened("racing", tmp_path)
    finish(theatre)
    told = words(written(theatre, (1280, 720)))
    names = order(theatre)
    race = theatre.link.view.race
    assert race is not None
    own = next(number for number, one in enumerate(race.standings()) if one.slot == race.slot)
    theatre.press(pygame.K_RIGHT, scancode=KEYS[pygame.K_RIGHT])

    assert "look at another car" in told
    assert followed(theatre)[:6] == names[(own + 1) % len(names)][:6]


@pytest.mark.parametrize("mode", [0, 1])
def test_one_key_begins_a_trial_anew(mode: int, tmp_path: Path) -> None:
    """In a race against others it does nothing."""
    theatre = opened("racing", tmp_path)
    race = theatre.link.view.race
    assert race is not None
    race.mode = mode
    theatre.press(pygame.K_BACKSPACE, scancode=pygame.KSCAN_BACKSPACE)

    assert len([one for one in theatre.dial.sent if isinstance(one, Restart)]) == mode


def test_race_begun_anew_keeps_its_pictures(tmp_path: Path) -> None:
    """Nobody waits for what is there already."""
    theatre = opened("racing", tmp_path)
    before = racing_of(theatre).scene
    theatre.hears(RaceStart("room", "again", 1, "meadow", 3, 240, 3, 0))
    theatre.hears(replace(theatre.snapshot(), tick=1, go_tick=240, start_tick=240))
    theatre.play(2)

    assert racing_of(theatre).state()["race"] == "again"
    assert racing_of(theatre).scene is before


def test_panel_moves_the_car_up(tmp_path: Path) -> None:
    """What covers the lower window does not cover the car that is driven."""
    theatre = opened("servers in race", tmp_path)
    theatre.play(2)
    screen = racing_of(theatre)
    car = screen.scene.followed
    assert car is not None
    top = screen.box(0, screen.panel.top, 4, 6).top

    assert screen.scene.place_of(car)[1] < top


def test_menu_of_a_trial_begins_anew_too(tmp_path: Path) -> None:
    """For hands that are at a gamepad or a mouse."""
    theatre = opened("racing", tmp_path)
    race = theatre.link.view.race
    assert race is not None
    race.mode = 1
    theatre.press(pygame.K_ESCAPE)
    theatre.press(pygame.K_DOWN)
    focused = theatre.focused
    theatre.press(pygame.K_RETURN)

    assert focused == "BEGIN ANEW"
    assert [one for one in theatre.dial.sent if isinstance(one, Restart)]
    assert not racing_of(theatre).state()["menu"]
