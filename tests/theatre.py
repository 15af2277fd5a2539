"""Every screen of the game without a window or a server, as full as it can be.

A `Theatre` is a stage whose link speaks to a dial of the test; its scenes are
the situations that a player can be in, with the longest names there are. It
also notes each line of text that a screen draws, and on which surface.

Units: pixels, seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from track import track_of

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame
import pytest

import bulletins
from car import CarInput
from client import SCREENS
from client_link import Link, LinkKind, LinkStatus
from identity import Identity
from preferences import Preferences
from protocol import (
    Channel,
    ChatHistory,
    Leaderboard,
    LeaderRow,
    LineRow,
    LobbyState,
    Message,
    NodeRow,
    Nodes,
    Notice,
    NoticeKind,
    PersonRow,
    Profile,
    RaceStart,
    ResultRow,
    Results,
    RoomRow,
    RoomState,
    SavedState,
    SeatRow,
    Snapshot,
    TrackRow,
    Welcome,
)
from screens import theme
from screens.hud import Hud
from screens.overlay import draw_overlay
from screens.racing import Racing
from screens.screen import Screen, Stage
from screens.tags import forget_tags
from tests.remote_race import RemoteRace
from tests.test_client_link import FakeDial

ME, TOKEN = "a" * 12, "t" * 43
LONG = "Wilhelmina Montgomery-Wu"
NAMES = (
    LONG,
    "Mika",
    "張偉さくら김철수",
    "Иван Ґанна",
    "Turbo_Tess",
    "Aiko",
    "MMMMMMMMMMMMMMMMMMMMMMMM",
    "x",
)
ROOM_TITLE = "The very long Friday night cup 26"[:32]


class Written(NamedTuple):
    """A line of text: what, where, and on which surface."""

    string: str
    rect: pygame.Rect
    surface: pygame.Surface
    clip: pygame.Rect
    """What of the surface could be drawn on."""

    @property
    def scrolls(self) -> bool:
        """Whether only a part is meant to be seen, as in an entry."""
        return self.clip != self.surface.get_rect()

    def __repr__(self) -> str:
        return f"{self.string!r} at {tuple(self.rect)} of {self.surface.get_size()}"

    @property
    def ink(self) -> pygame.Rect:
        """The part of the line where letters without tails are."""
        height = self.rect.height
        letters = pygame.Rect(
            self.rect.left, self.rect.top + round(height * 0.28),
            self.rect.width, max(1, round(height * 0.45)),
        )  # fmt: skip
        return letters.clip(self.clip) if self.scrolls else letters


class Theatre:
    """A stage, a window, and a server that says what the test wants."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 720)) -> None:
        pygame.display.init()
        pygame.font.init()
        self.now = time.monotonic()
        self.window = pygame.display.set_mode(size)
        identity = Identity(None, LONG)
        self.stage = Stage(Preferences(), identity, folder, "127.0.0.1:7777", SCREENS)
        self.dial = FakeDial("127.0.0.1", 7777)
        self.remote = RemoteRace(0.02, 8)

    @property
    def screen(self) -> Screen:
        """The screen on show."""
        assert self.stage.screen is not None
        return self.stage.screen

    @property
    def link(self) -> Link:
        """The link to the server."""
        assert self.stage.link is not None
        return self.stage.link

    def connect(self, *, seat: bool = False) -> None:
        """Be welcomed, with a seat that was kept or without one."""
        identity = self.stage.identity
        self.stage.link = Link(
            "127.0.0.1", 7777, identity, track_of, dial=lambda host, port: self.dial
        )
        tracks = tuple(
            TrackRow(name, track_of(name).title, track_of(name).digest)
            for name in ("harbour", "meadow")
        )
        room = ("room", ROOM_TITLE, 2, 42.0) if seat else ("", "", 0, 0.0)
        self.stage.link.update(self.now, CarInput())
        self.hears(Welcome(1, ME, TOKEN, "Mika's garage", 60, *room, tracks))
        lines = tuple(
            LineRow(number, number % 3 == 0, "" if number % 3 == 0 else NAMES[number % 8],
                    "who wants a rematch on Harbour after this? " * (1 + number % 2), 1.7e9)
            for number in range(20)
        )  # fmt: skip
        self.hears(Profile(1234, 234, 365))
        for channel in Channel:
            self.hears(ChatHistory(int(channel), lines))

    def hears(self, *messages: Message) -> None:
        """Let the server say something."""
        self.dial.coming.extend(messages)
        self.link.update(self.now, CarInput())

    def go(self, name: str) -> None:
        """Show a screen."""
        self.stage.go(name)
        self.play(3)

    def play(self, pictures: int = 1) -> None:
        """Show some pictures, as the loop of the client does."""
        for _ in range(pictures):
            # Loading reads the clock of the machine, so this one keeps up with it.
            self.now = max(self.now + 1 / 60, time.monotonic())
            self.screen.layout(self.window.get_size())
            if self.stage.link is not None:
                self.stage.link.update(self.now, self.screen.wishes())
            self.screen.update(self.now)
            self.screen.layout(self.window.get_size())
            self.screen.draw(self.window, self.now)
            draw_overlay(self.window, self.stage, self.now, low=self.screen.name == "racing")

    def press(self, key: int, mod: int = 0, scancode: int = 0) -> bool:
        """Press a key, and let it go; return whether the press was used up."""
        event = pygame.event.Event(
            pygame.KEYDOWN, key=key, mod=mod, scancode=scancode, unicode=""
        )  # fmt: skip
        used = self.screen.handle(event)
        self.screen.handle(pygame.event.Event(pygame.KEYUP, key=key, mod=mod, scancode=scancode))
        self.play()
        return used

    def push(self, button: int) -> bool:
        """Push a button of a gamepad."""
        used = self.screen.handle(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=button))
        self.play()
        return used

    def type(self, text: str) -> None:
        """Write as an input method does."""
        self.screen.handle(pygame.event.Event(pygame.TEXTINPUT, text=text))
        self.play()

    @property
    def focused(self) -> str:
        """The label of what has the focus, empty for nothing."""
        current = self.screen.focus.current
        return current.label if current is not None else ""

    def forget(self) -> None:
        """Let everything that is kept as a picture be drawn again."""
        theme.forget()
        forget_tags()
        screen = self.screen
        if isinstance(screen, Racing):
            screen.scene.hud = Hud(screen.scene.track)
        if self.stage.chat is not None:
            self.stage.chat.forget()

    # Situations

    def lobby(self, rooms: int = 8) -> None:
        """Tell of rooms and people."""
        rows = tuple(
            RoomRow(
                f"r{n}",
                ROOM_TITLE,
                ("meadow", "harbour")[n % 2],
                20,
                n % 3,
                8,
                0,
                8,
                f"node-{n % 3 + 1}",
            )
            for n in range(rooms)
        )
        people = tuple(
            PersonRow(f"{n:012d}", NAMES[n % 8], f"r{n % 3}" if n % 2 else "", 1234 * (n % 7))
            for n in range(24)
        )
        self.hears(LobbyState(rows, people))

    def nodes(self) -> None:
        """Tell of three nodes."""
        rows = (NodeRow(f"node-{n + 1}", f"10.0.0.{n + 1}:7777", n == 0, False, 0)
                for n in range(3))  # fmt: skip
        self.hears(Nodes(tuple(rows)))

    def seats(self, phase: int = 0, *, mine: bool = True) -> None:
        """Sit down in a full room, or watch it."""
        rows = tuple(
            SeatRow(n, ME if n == 3 and mine else f"{n:012d}", NAMES[n],
                    (0, 1, 2)[n % 3] if n != 3 else 0, n % 2 == 0, n, 9999)
            for n in range(8)
        )  # fmt: skip
        self.hears(RoomState("room", ROOM_TITLE, "meadow", 20, 7, phase, rows, 1))

    def race(self, seconds: float = 12.0, slot: int = 3) -> None:
        """Drive among eight, so long after GO; or watch them."""
        self.seats(phase=1, mine=slot == 3)
        live = self.remote.live
        start = RaceStart("room", "race", 1, "meadow", 3, live.race.go_tick, slot, 0)
        self.hears(start)
        for number in range(1, 8):
            # All but the first have bots; two of them stand in for players.
            live.seat_bot(number, seed=number, caretaker=number in (2, 5))
        for _ in range(live.race.go_tick + round(seconds * 60)):
            self.remote.step(CarInput())
        self.hears(self.snapshot())

    def snapshot(self) -> Snapshot:
        """Return the state of the race."""
        return bulletins.snapshot(self.remote.room, self.remote.live)

    def results(self, saved: SavedState = SavedState.SAVED) -> None:
        """End the race."""
        rows = tuple(
            ResultRow(n, ME if n == 3 else f"{n:012d}", NAMES[n], (0, 1, 2)[n % 3] if n != 3 else 0,
                      n + 1, 0 if n > 5 else 3599999 - n, 0 if n == 7 else 599999, 25 - n)
            for n in range(8)
        )  # fmt: skip
        self.hears(Results("room", "race", rows, int(saved), 1))

    def leaders(self, rows: int = 10, available: bool = True) -> None:
        """Tell the best laps."""
        laps = tuple(LeaderRow(NAMES[n % 8], 599999, 1.8e9) for n in range(rows))
        self.hears(Leaderboard("harbour", laps, available))

    def warn(self, text: str) -> None:
        """Let the server refuse something."""
        self.hears(Notice(int(NoticeKind.WARNING), text))

    def status(self, kind: LinkKind, text: str) -> None:
        """Let the link be in another state."""
        self.link.status = LinkStatus(kind, text)


@contextmanager
def noting(patch: pytest.MonkeyPatch) -> Iterator[list[Written]]:
    """Note every line of text that is drawn."""
    found: list[Written] = []
    draw = theme.text

    def text(surface: pygame.Surface, string: str, *rest: Any, **named: Any) -> pygame.Rect:
        rect = draw(surface, string, *rest, **named)
        if string.strip():
            found.append(Written(string, rect, surface, surface.get_clip()))
        return rect

    patch.setattr(theme, "text", text)
    yield found
    patch.setattr(theme, "text", draw)
