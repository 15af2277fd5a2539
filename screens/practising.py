"""Practice: which track, car and bots, then a server of one's own.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import functools
import tomllib

import pygame

from client_link import Link, LinkKind
from config import host_and_port
from identity import Identity
from practice import PracticeServer
from protocol import ChooseCar, NoticeKind, Ready
from screens import theme
from screens.backdrop import preview
from screens.bindings import Action
from screens.car_choice import CarChoice
from screens.room_options import RoomOptions
from screens.screen import Screen, Stage
from screens.widgets import Button
from track import TRACKS, track_names, track_of


class Practising(Screen):
    """Starts a server of one's own, a room with bots, and the race."""

    name = "practice"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._words = {name: track_words(name) for name in track_names(TRACKS)}
        have = stage.preferences
        titles = [(name, title) for name, (title, _) in self._words.items()]
        self._options = RoomOptions(have, titles)
        self._car = CarChoice(have.car_class)
        self._start = Button("START", self._begin, "Nothing is kept of a practice race")
        self._back = Button("BACK", self.back)
        self._asked = False
        choices = [self._options.track, *self._options.rules, self._car]
        self.focus.replace([*choices, self._start, self._back])
        self.focus.set(self._start)

    def layout(self, size: tuple[int, int]) -> None:
        """The choices at the left, the track at the right."""
        super().layout(size)
        self._options.track.rect = self.box(64, 146, 540, 48)
        for number, one in enumerate(self._options.rules):
            one.rect = self.box(64 + 276 * (number % 2), 202 + 56 * (number // 2), 264, 48)
        self._car.rect = self.box(64, 314, 540, 176)
        self._car.safe = self.stage.preferences.safe_colours
        self._start.rect, self._back.rect = self.box(64, 508, 400, 74), self.box(64, 592, 360, 56)

    def _begin(self) -> None:
        stage = self.stage
        if stage.practice is not None:
            return
        self._options.keep(stage.preferences)
        stage.preferences.car_class = self._car.index
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
                self.stage.link = Link(host, port, visitor, track_of, dial=self.stage.dial)
        elif link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            self._fail(link.status.text)
        elif link.online and not self._asked:
            self._asked = True
            link.send(self._options.order("Practice"))
            link.send(ChooseCar(self._car.index))
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
        name = self._options.track_name
        picture = preview(name, box.size)
        if picture is not None:
            surface.blit(picture, box)
        _, about = self._words.get(name, ("", ""))
        self.text(surface, about, 18, theme.TEXT_SOFT, (718, 538), width=504)
        self.focus.draw(surface, self.scale)
        if going:
            words = "Starting a server of your own" if self.stage.link is None else "To the grid"
            self.text(surface, f"{words} {self.dots(now)}", 28, theme.TEXT, (68, 200))
        again = self.stage.bindings.key_words(Action.RESTART)
        keys = (
            f"Arrows  choose     Enter  start     Escape  back     {again}  begin anew in the race"
        )
        self.keys(surface, keys)

    def back(self) -> None:
        """Return to the menu, which ends the server."""
        self.stage.go("menu")


@functools.lru_cache(maxsize=64)
def track_words(name: str) -> tuple[str, str]:
    """Return a track's title, and a line about it, without loading the whole of it."""
    try:
        data = tomllib.loads((TRACKS / f"{name}.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return name, ""
    return str(data.get("title", name)), str(data.get("about", ""))
