"""Practice: which track and how many bots, then a server of one's own.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import tomllib

import pygame

from client_link import Link, LinkKind
from config import host_and_port
from identity import Identity
from practice import PracticeServer
from protocol import CreateRoom, NoticeKind, Ready
from screens import theme
from screens.backdrop import preview
from screens.screen import Screen, Stage
from screens.widgets import Button, Choice
from track import TRACKS, track_names, track_of

LAPS = ("1", "2", "3", "5", "8", "12", "20")
BOTS_MAX = 7


class Practising(Screen):
    """Starts a server of one's own, a room with bots, and the race."""

    name = "practice"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._names = list(track_names(TRACKS))
        have = stage.preferences
        at = self._names.index(have.track) if have.track in self._names else 0
        laps = LAPS.index(str(have.laps)) if str(have.laps) in LAPS else 2
        bots = min(max(have.bots, 0), BOTS_MAX)
        titles = [_title(name) for name in self._names]
        self._track = Choice("Track", titles, at)
        self._laps = Choice("Laps", LAPS, laps)
        self._bots = Choice("Bots", [str(n) for n in range(BOTS_MAX + 1)], bots)
        self._start = Button("START", self._begin, "Nothing is kept of a practice race")
        self._back = Button("BACK", self.back)
        self._asked = False
        self.focus.replace([self._track, self._laps, self._bots, self._start, self._back], 3)
        self.focus.set(self._start)

    def layout(self, size: tuple[int, int]) -> None:
        """The choices at the left, the track at the right."""
        super().layout(size)
        for number, one in enumerate((self._track, self._laps, self._bots)):
            one.rect = self.box(64, 170 + number * 64, 520, 54)
        self._start.rect, self._back.rect = self.box(64, 386, 400, 74), self.box(64, 472, 360, 56)

    def _begin(self) -> None:
        stage = self.stage
        if stage.practice is not None:
            return
        have = stage.preferences
        have.track = self._names[self._track.index]
        have.laps, have.bots = int(self._laps.value), self._bots.index
        stage.keep()
        self.focus.replace([self._back])
        stage.practice = PracticeServer()

    def update(self, now: float) -> None:
        """Connect, open a room, be ready, drive."""
        practice, link = self.stage.practice, self.stage.link
        self._back.label = "BACK" if practice is None else "CANCEL"
        if practice is None:
            return
        if practice.fault:
            self._fail(practice.fault)
        elif link is None:
            if practice.address is not None:
                host, port = host_and_port(practice.address)
                identity = self.stage.identity
                identity.name = identity.name or "Driver"
                # Its token is worth nothing later, and must not replace a real one.
                visitor = Identity(None, identity.name)
                self.stage.link = Link(host, port, visitor, track_of)
        elif link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            self._fail(link.status.text)
        elif link.online and not self._asked:
            self._asked = True
            have = self.stage.preferences
            link.send(CreateRoom("Practice", have.track, have.laps, have.bots))
            link.send(Ready(True))
        elif link.view.race is not None:
            self.stage.go("racing")

    def _fail(self, sentence: str) -> None:
        self.stage.toast(sentence, NoticeKind.ERROR)
        self.stage.go("menu")

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the choices, or say what is going on."""
        self.draw_backdrop(surface)
        going = self.stage.practice is not None
        self.heading(surface, "PRACTICE", "" if going else "You against bots, on this machine")
        box = self.box(720, 150, 496, 372)
        theme.panel(surface, box.inflate(14, 14))
        picture = preview(self._names[self._track.index], box.size)
        if picture is not None:
            surface.blit(picture, box)
        self.focus.draw(surface, self.scale)
        if going:
            dots = "." * (1 + int(now * 2.5) % 3)
            words = "Starting a server of your own" if self.stage.link is None else "To the grid"
            self.text(surface, f"{words} {dots}", 28, theme.TEXT, (68, 200))
        self.keys(surface, "Arrows  choose     Enter  start     Escape  back")

    def back(self) -> None:
        """Return to the menu, which ends the server."""
        self.stage.go("menu")


def _title(name: str) -> str:
    """Return a track's title without loading the whole of it."""
    try:
        data = tomllib.loads((TRACKS / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return name
    return str(data.get("title", name))
