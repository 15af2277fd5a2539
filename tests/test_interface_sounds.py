"""What is heard of menus, of the chat and of a race that is on show."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

from chat import LineKind
from protocol import Channel, ChatLine, EventRow, NoticeKind, RaceEvents
from race import EventKind
from tests.ears import Ears
from tests.scenes import SCENES
from tests.theatre import LONG, NAMES, Theatre


@pytest.fixture
def theatre(tmp_path: Path) -> Theatre:
    """A stage in front of ears."""
    theatre = Theatre(tmp_path)
    theatre.stage.audio = Ears()
    return theatre


def heard(theatre: Theatre) -> list[str]:
    """Return what was heard since the last time."""
    ears = theatre.stage.audio
    assert isinstance(ears, Ears)
    names = ears.names
    ears.played.clear()
    return names


def test_focus_clicks_as_it_moves(theatre: Theatre) -> None:
    """A step to another widget clicks; a key that moves nothing is silent."""
    theatre.go("menu")
    theatre.press(pygame.K_DOWN)
    moved = heard(theatre)
    theatre.press(pygame.K_x)

    assert moved == ["move"]
    assert heard(theatre) == []


def test_button_and_choice_sound_different(theatre: Theatre) -> None:
    """To press something, to change a value and to go back are three things."""
    theatre.go("practice")
    theatre.screen.focus.set(theatre.screen.focus.widgets[0])
    theatre.press(pygame.K_RIGHT)
    turned = heard(theatre)
    theatre.press(pygame.K_ESCAPE)
    left = heard(theatre)
    theatre.press(pygame.K_RETURN)

    assert turned == ["turn"]
    assert left == ["back"]
    assert "press" in heard(theatre)


def test_mouse_is_heard_like_keys(theatre: Theatre) -> None:
    """To point at a button clicks once, however long the mouse stays there."""
    theatre.go("menu")
    goal = theatre.screen.focus.widgets[-2].rect
    for offset in (0, 1, 2):
        at = goal.centerx + offset, goal.centery
        event = pygame.event.Event(
            pygame.MOUSEMOTION, pos=at, rel=(1, 0), buttons=(0, 0, 0), touch=False
        )
        theatre.screen.handle(event)

    assert heard(theatre) == ["move"]


def test_trouble_is_heard(theatre: Theatre) -> None:
    """A warning sounds, news that are not bad do not."""
    theatre.stage.toast("All is well.")
    well = heard(theatre)
    theatre.stage.toast("Something is wrong.", NoticeKind.WARNING)

    assert well == []
    assert heard(theatre) == ["error"]


def test_line_of_chat_is_heard_unless_it_is_ones_own(theatre: Theatre) -> None:
    """Somebody else speaks; the game itself, and the player, make no sound."""
    SCENES["waiting"](theatre)
    theatre.play(2)
    heard(theatre)
    said = []
    for number, (kind, author) in enumerate(
        ((LineKind.SAID, NAMES[1]), (LineKind.SYSTEM, ""), (LineKind.SAID, LONG))
    ):
        theatre.hears(ChatLine(int(Channel.ROOM), 100 + number, int(kind), author, "hello", 1.8e9))
        theatre.play(2)
        said.append(heard(theatre))

    assert said == [["chat"], [], []]


def test_menus_have_music_and_the_result_a_tune(theatre: Theatre) -> None:
    """Each screen names its piece."""
    ears = theatre.stage.audio
    assert isinstance(ears, Ears)
    pieces = []
    for scene in ("menu", "results"):
        SCENES[scene](theatre)
        pieces.append(ears.piece)

    assert pieces == ["music-menu", "music-result"]


def test_race_on_show_is_heard_until_it_is_left(theatre: Theatre) -> None:
    """Engines instead of music, each event is heard once, and leaving ends all of it."""
    SCENES["racing"](theatre)
    theatre.play(3)
    ears = theatre.stage.audio
    assert isinstance(ears, Ears)
    engines = [key for key in ears.sounding if key.startswith("own-")]
    piece = ears.piece
    heard(theatre)
    view = theatre.link.view.race
    assert view is not None
    row = EventRow(int(EventKind.JUMP_START), view.slot, view.tick, 300)
    theatre.hears(RaceEvents((row,), view.epoch))
    theatre.play(3)
    told = heard(theatre)
    theatre.stage.go("menu")

    assert engines
    assert piece == ""
    assert told.count("missed") == 1
    assert not ears.sounding
