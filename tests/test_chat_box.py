"""The chat box: phrases by gamepad, the key that opens it, and news that are old."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

from chat import LineKind
from protocol import Channel, LineRow, Say
from screens.bindings import Action
from screens.chat_box import ChatBox
from screens.chat_lines import settled
from screens.quick_chat import PHRASES
from tests.scenes import SCENES
from tests.theatre import Theatre

UP, DOWN = pygame.CONTROLLER_BUTTON_DPAD_UP, pygame.CONTROLLER_BUTTON_DPAD_DOWN
A, B, BACK = (
    pygame.CONTROLLER_BUTTON_A, pygame.CONTROLLER_BUTTON_B, pygame.CONTROLLER_BUTTON_BACK,
)  # fmt: skip
PLACES = ["some rooms", "waiting", "racing", "results"]


def opened(name: str, folder: Path) -> tuple[Theatre, ChatBox]:
    """Return a theatre that shows a scene, and its chat."""
    theatre = Theatre(folder)
    SCENES[name](theatre)
    assert theatre.stage.chat is not None
    return theatre, theatre.stage.chat


def said(theatre: Theatre) -> list[str]:
    """Return what was sent to the chat."""
    return [one.text for one in theatre.dial.sent if isinstance(one, Say)]


@pytest.mark.parametrize("place", PLACES)
def test_gamepad_sends_a_phrase(place: str, tmp_path: Path) -> None:
    """Back opens the box, down chooses, A sends, B closes: wherever there is a chat."""
    theatre, chat = opened(place, tmp_path)
    for button in (BACK, DOWN, DOWN, UP, A):
        theatre.push(button)
    still_open = chat.open
    theatre.push(B)

    assert said(theatre) == [PHRASES[1]]
    assert still_open
    assert not chat.open
    assert theatre.screen.name == {"some rooms": "rooms"}.get(place, place)


def test_phrase_leaves_a_half_typed_line_alone(tmp_path: Path) -> None:
    """The line is still there to be gone on with."""
    theatre, chat = opened("waiting", tmp_path)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("half a li")
    for button in (B, BACK, A):
        theatre.push(button)

    assert said(theatre) == [PHRASES[0]]
    assert chat.entry.text == "half a li"


def test_keyboard_finds_the_phrases_too(tmp_path: Path) -> None:
    """Down in an empty line shows them; whoever writes a letter instead sees none."""
    theatre, chat = opened("waiting", tmp_path)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.press(pygame.K_DOWN)
    shown = chat.quick.open
    theatre.type("a")
    written = chat.quick.open
    theatre.press(pygame.K_BACKSPACE)
    theatre.press(pygame.K_DOWN)
    theatre.press(pygame.K_ESCAPE)

    assert (shown, written, chat.quick.open) == (True, False, False)
    assert chat.open


def test_phrase_is_sent_by_a_click(tmp_path: Path) -> None:
    """The mouse points at what it wants."""
    theatre, chat = opened("waiting", tmp_path)
    theatre.push(BACK)
    rect = chat.quick._rows[3]
    theatre.screen.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=rect.center, button=1))

    assert said(theatre) == [PHRASES[3]]


def test_buttons_that_pick_a_phrase_do_not_drive(tmp_path: Path) -> None:
    """A is the handbrake otherwise."""
    theatre, _ = opened("racing", tmp_path)
    held: set[int] = {A}
    theatre.stage.pads.held = lambda button: button in held  # type: ignore[method-assign]
    before = theatre.screen.wishes().handbrake
    theatre.push(BACK)

    assert before
    assert not theatre.screen.wishes().handbrake


def test_chat_opens_by_the_key_that_is_bound(tmp_path: Path) -> None:
    """Another key, another name in the hint, and the former one does nothing."""
    theatre, chat = opened("waiting", tmp_path)
    theatre.stage.bindings.bind_key(Action.CHAT, pygame.KSCAN_Y)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    former = chat.open
    theatre.press(pygame.K_y, scancode=pygame.KSCAN_Y)
    theatre.type("y")
    theatre.type("es")

    assert not former
    assert chat.open
    assert chat.key == "Y"
    assert chat.entry.text in ("es", "yes")


# Old news


def told(*texts: str) -> list[LineRow]:
    """Return lines: those of players have an author before a colon."""
    rows = []
    for number, text in enumerate(texts):
        author, _, line = text.rpartition(": ") if text.startswith("<") else ("", "", text)
        kind = LineKind.SAID if author else LineKind.SYSTEM
        rows.append(LineRow(number, kind, author.strip("<>"), line, 0.0))
    return rows


def test_newest_news_of_a_player_is_enough() -> None:
    """Who is back at the wheel is also back, and not away any more."""
    lines = told(
        "Mika is away (connection lost); a caretaker drives; the seat is kept for 60 s",
        "Tess is away (connection lost); the seat is kept for 60 s",
        "Mika is back", "Tess is back", "Mika is back at the wheel", "Tess is back at the wheel",
    )  # fmt: skip

    assert [one.text for one in settled(lines)] == [
        "Mika is back at the wheel", "Tess is back at the wheel",
    ]  # fmt: skip


def test_what_was_said_between_stays_in_its_place() -> None:
    """Nothing that a player said is lost, nor what it answers to, nor other news."""
    lines = told("Mika joined", "<Tess>: hello Mika is back", "Mika is back", "Mika won the race",
                 "Mika is back")  # fmt: skip

    assert settled(lines) == lines


def test_shoulders_turn_to_the_other_channel(tmp_path: Path) -> None:
    """As Tab does on a keyboard."""
    theatre, chat = opened("waiting", tmp_path)
    theatre.push(BACK)
    before = chat.channel
    theatre.push(pygame.CONTROLLER_BUTTON_RIGHTSHOULDER)

    assert before is Channel.ROOM
    assert chat.channel is Channel.LOBBY
