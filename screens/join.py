"""On the way to a server: name and address, then what the link is doing.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import pygame

from chat import NAME_CHARS_MAX, clean_name
from client_link import Link, LinkKind
from config import host_and_port
from errors import BadFile, BadOption
from nodes import NodeList
from protocol import NoticeKind
from screens import theme
from screens.screen import Screen, Stage
from screens.text_entry import TextEntry
from screens.widgets import Button
from track import track_of

ADDRESS_CHARS_MAX = 64
TRY_EVERY_S = 10.0
"""Who waits for a place on a busy server asks for it so often."""
TITLES = {
    "rooms": "JOIN GAME",
    "trial": "TIME TRIAL",
    "leaderboard": "LEADERBOARD",
    "resume": "RESUME",
}
HINTS = {
    "rooms": "The server's address is shown where it was started, such as 192.168.0.12:7777",
    "trial": "Ghosts and best laps are kept by a server: which one?",
    "leaderboard": "The best laps are kept by a server: which one?",
    "resume": "Back to the seat that you left",
}


class Join(Screen):
    """Asks for a name and a server, and connects."""

    name = "join"

    def __init__(self, stage: Stage, then: str = "rooms") -> None:
        super().__init__(stage)
        self._then = then
        self._fault = ""
        self._full = False
        """Whether the server had no room for us: it may be asked again."""
        self._keeps_trying = False
        self._try_at: float | None = None
        self._who = TextEntry(
            "Name", stage.identity.name, NAME_CHARS_MAX, self._submit, "what the others call you"
        )
        self._where = TextEntry(
            "Server", stage.server, ADDRESS_CHARS_MAX, self._submit, "host:port"
        )
        self._who.label_width = self._where.label_width = 76
        self._connect = Button("CONNECT", self._connect_or_wait)
        self._back = Button("BACK", self.back)
        self.focus.replace([self._who, self._where, self._connect, self._back])
        if stage.identity.name:
            self.focus.set(self._connect)

    def enter(self) -> None:
        """Begin to be shown; who resumes has said enough already."""
        super().enter()
        if self._then == "resume":
            self._go()

    def _submit(self, text: str) -> None:
        # Another name or server is another question.
        self._full = self._keeps_trying = False
        self._go()

    def layout(self, size: tuple[int, int]) -> None:
        """Two entries above two buttons."""
        super().layout(size)
        self._who.rect, self._where.rect = self.box(64, 180, 560, 54), self.box(64, 248, 560, 54)
        self._connect.rect, self._back.rect = (
            self.box(64, 330, 360, 66), self.box(64, 406, 360, 56),
        )  # fmt: skip

    def _go(self) -> None:
        if self.stage.link is not None:
            return
        name = clean_name(self._who.text)
        if not name:
            self._fault = "A name is needed: give one of 1 to 24 characters."
            self.focus.set(self._who)
            return
        stage = self.stage
        try:
            host, port = host_and_port(self._where.text, "Server")
        except BadOption as error:
            self._fault = str(error)
            self.focus.set(self._where)
            return
        stage.identity.name = name
        try:
            stage.identity.write()
        except BadFile as error:
            # Who cannot be remembered can still drive today.
            stage.toast(str(error), NoticeKind.WARNING)
        stage.server = stage.preferences.server = self._where.text.strip()
        stage.keep()
        self._fault = ""
        self._try_at = None
        nodes = NodeList(stage.folder)
        stage.link = Link(
            host, port, stage.identity, track_of,
            dial=stage.dial, nodes=nodes, survey=stage.survey(),
        )  # fmt: skip

    def update(self, now: float) -> None:
        """Go on as soon as the server has welcomed us."""
        link = self.stage.link
        self._say_what_buttons_do(link, now)
        if link is None:
            if self._keeps_trying and self._try_at is None:
                self._try_at = now + TRY_EVERY_S
            elif self._try_at is not None and now >= self._try_at:
                self._go()
            return
        if link.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            self._fault = link.status.text
            self._full = link.status.no_room
            self._keeps_trying = self._keeps_trying and self._full
            taken = link.status.kind is LinkKind.REFUSED and "name" in self._fault
            self.stage.hang_up()
            self.focus.set(self._connect if self._full else self._who if taken else self._where)
        elif link.online:
            self._arrive(link)

    def _say_what_buttons_do(self, link: Link | None, now: float) -> None:
        self._connect.caption = ""
        self._connect.label = "CONNECT" if link is None else "CONNECTING ..."
        if link is None and self._keeps_trying:
            self._connect.label = "TRY NOW"
            wait_s = max(0.0, (self._try_at or now) - now)
            self._connect.caption = f"by itself in {wait_s:.0f} s"
        elif link is None and self._full:
            self._connect.label = "KEEP TRYING"
            self._connect.caption = f"every {TRY_EVERY_S:.0f} s, until there is room"
        self._connect.enabled = link is None
        waits = link is not None or self._keeps_trying
        self._back.label = "CANCEL" if waits else "BACK"

    def _connect_or_wait(self) -> None:
        """Connect; once the server had no room, go on asking for it."""
        self._keeps_trying = self._keeps_trying or self._full
        self._go()

    def _arrive(self, link: Link) -> None:
        if self._then == "leaderboard" or (self._then == "trial" and not link.view.offered):
            self.stage.go(self._then)
            return
        if self._then == "resume":
            if link.view.offered:
                link.resume()
            else:
                title = self.stage.preferences.seat_title
                self.stage.toast(f'Your seat in "{title}" is not kept any more.')
        self.stage.go("rooms")

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the form, and what is going on."""
        self.draw_backdrop(surface)
        self.heading(surface, TITLES[self._then], HINTS[self._then])
        self.focus.draw(surface, self.scale)
        link = self.stage.link
        if link is not None:
            words = f"{link.status.text} {self.dots(now)}"
            self.text(surface, words, 22, theme.TEXT, (68, 486), width=1140)
        elif self._fault:
            size = self.size(22)
            width = theme.text_width(self._fault, size) / self.scale
            box = self.box(64, 484, min(1152, width + 48), 52)
            theme.panel(surface, box, theme.BAD)
            self.text(surface, self._fault, 22, theme.TEXT, (86, 510), "midleft", width=1110)
        self.keys(surface, "Tab  next     Enter  connect     Escape  back")

    def back(self) -> None:
        """Stop connecting, or return to the menu."""
        if self.stage.link is not None or self._keeps_trying:
            self.stage.hang_up()
            self._keeps_trying, self._try_at = False, None
            self.focus.set(self._where)
            return
        self.stage.go("menu")

    def state(self) -> dict[str, object]:
        """Tell the fault."""
        return {"fault": self._fault}
