"""On the way to a server: name and address, then what the link is doing.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import pygame

from autopilot import track_of
from chat import NAME_CHARS_MAX, clean_name
from client_link import Link, LinkKind
from config import host_and_port
from errors import BadFile, BadOption
from practice import PracticeServer
from protocol import CreateRoom, NoticeKind, Ready
from screens import theme
from screens.backdrop import backdrop
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button, TextEntry


class Join(Screen):
    """Asks for a name and a server, and connects."""

    name = "join"

    def __init__(self, stage: Stage, then: str = "rooms") -> None:
        super().__init__(stage)
        self._then = then
        self._fault = ""
        self._who = TextEntry("Name", stage.identity.name, NAME_CHARS_MAX, self._submit)
        self._where = TextEntry("Server", stage.server, 64, self._submit)
        self._connect = Button("CONNECT", self._go)
        self._retry_text = ""
        self.focus.replace([self._who, self._where, self._connect, Button("BACK", self.back)])
        if stage.identity.name:
            self.focus.set(self._connect)

    def _submit(self, text: str) -> None:
        self._go()

    def layout(self, size: tuple[int, int]) -> None:
        """Two entries above two buttons."""
        super().layout(size)
        who, where, connect, back = self.focus.widgets
        who.rect, where.rect = self.box(64, 190, 520, 54), self.box(64, 260, 520, 54)
        connect.rect, back.rect = self.box(64, 340, 360, 62), self.box(64, 414, 360, 54)

    def _go(self) -> None:
        name = clean_name(self._who.text)
        if not name:
            self._fault = "A name is needed: give one of 1 to 24 characters."
            self.focus.set(self._who)
            return
        try:
            host, port = host_and_port(self._where.text, "Server")
            self.stage.identity.name = name
            self.stage.identity.write()
        except (BadOption, BadFile) as error:
            self._fault = str(error)
            return
        self.stage.server = self._where.text.strip()
        self.stage.preferences.server = self.stage.server
        self._fault = ""
        if self.stage.link is not None:
            self.stage.link.close()
        self.stage.link = Link(host, port, self.stage.identity, track_of)

    def update(self, now: float) -> None:
        """Go on as soon as the server has welcomed us."""
        link = self.stage.link
        if link is None:
            return
        if link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            self._fault = link.status.text
            self.stage.hang_up()
        elif link.online:
            if self._then == "leaderboard":
                from screens.leaderboard import Leaders

                self.stage.show(Leaders(self.stage))
                return
            from screens.rooms import Rooms

            self.stage.show(Rooms(self.stage))

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the form, and what is going on."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        heading = "JOIN GAME" if self._then == "rooms" else "LEADERBOARD"
        self.title(surface, heading, "The server's address is shown where it was started")
        self.focus.draw(surface, self.scale)
        link = self.stage.link
        text, tone = self._fault, theme.BAD
        if link is not None:
            text, tone = link.status.text + " ...", theme.TEXT
        theme.text(surface, text, self.size(20), tone, self.at(68, 500))

    def back(self) -> None:
        """Return to the menu."""
        self.stage.show(Menu(self.stage))

    def state(self) -> dict[str, object]:
        """Tell the fault."""
        return {"fault": self._fault}


class Practising(Screen):
    """Starts a server of one's own, a room with bots, and the race."""

    name = "practising"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._fault = ""
        self._asked = False

    def enter(self) -> None:
        """Start the server."""
        self.stage.practice = PracticeServer()

    def update(self, now: float) -> None:
        """Connect, open a room, be ready, drive."""
        practice, link = self.stage.practice, self.stage.link
        if practice is None:
            return
        if practice.fault:
            self.stage.toast(practice.fault, NoticeKind.ERROR)
            self.back()
            return
        if link is None:
            if practice.address is not None:
                host, port = host_and_port(practice.address)
                identity = self.stage.identity
                identity.name = identity.name or "Driver"
                self.stage.link = Link(host, port, identity, track_of)
            return
        if link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            self.stage.toast(link.status.text, NoticeKind.ERROR)
            self.back()
        elif link.online and not self._asked:
            self._asked = True
            link.send(CreateRoom("Practice", "meadow", 3, 7))
            link.send(Ready(True))
        elif link.view.race is not None:
            from screens.racing import Racing

            self.stage.show(Racing(self.stage))

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Say what is going on."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        self.title(surface, "PRACTICE", "Starting a server of your own ...")

    def back(self) -> None:
        """Return to the menu."""
        self.stage.show(Menu(self.stage))
