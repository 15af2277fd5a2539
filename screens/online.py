"""Screens that live on a link to a server: which one fits, their chat, their panel.

The server decides where a player is; `fitting` reads it off the view, and
every screen here goes along. The chat box and the panel of the servers are the
link's, not the screen's.

Units: seconds.
"""

from __future__ import annotations

import time

import pygame

from chat import LineKind
from client_link import LinkKind
from lobby import RoomMode
from protocol import Channel, LeaveRoom, LineRow, NoticeKind
from screens.bindings import Action
from screens.chat_box import ChatBox
from screens.cluster_panel import ClusterPanel
from screens.screen import Screen, Stage
from screens.widgets import Widget
from view import View


def fitting(view: View) -> str:
    """Return the name of the screen that fits what the server says."""
    if view.results is not None:
        return "results"
    if view.race is not None:
        return "racing"
    return "waiting" if view.room is not None else "rooms"


class OnlineScreen(Screen):
    """A screen that shows what a server says."""

    channels: tuple[Channel, ...] = (Channel.ROOM, Channel.LOBBY)
    opens_chat: tuple[int, ...] = ()
    """Keys that open the chat besides its own.

    Enter presses the button that has the focus, so it does only where none has.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        self.link = stage.link
        self.view = stage.link.view
        if stage.chat is None:
            stage.chat = ChatBox(stage.link)
        self.chat: ChatBox = stage.chat
        if stage.panel is None:
            stage.panel = ClusterPanel(stage.link)
            stage.panel.focus.sound = stage.audio.play
        self.panel: ClusterPanel = stage.panel
        self._heard: dict[Channel, tuple[LineRow | None, float]] = {}
        """The newest line of each channel in the last picture, and when that was."""

    def enter(self) -> None:
        """Begin to be shown, with the chat as it was left."""
        super().enter()
        self.chat.offer(self.channels)
        if self.chat.open:
            self.chat.show()

    def handle(self, event: pygame.event.Event) -> bool:
        """The panel first, then the chat box, when they are open or asked for."""
        if self.panel_takes(event):
            return True
        asked = self._asks_for_chat(event)
        if self.chat.open or self.chat.is_opened_by(event, asked=asked):
            was_open = self.chat.open
            used = self.chat.handle(event, asked=asked)
            if was_open and not self.chat.open:
                self.focus.aim()
            if used:
                return True
        return super().handle(event)

    def _asks_for_chat(self, event: pygame.event.Event) -> bool:
        also = event.type == pygame.KEYDOWN and event.key in self.opens_chat
        return also or self.stage.bindings.asked(event) is Action.CHAT

    @property
    def takes_keys(self) -> bool:
        """Whether letters are for something that is written."""
        return self.chat.open or super().takes_keys

    def panel_takes(self, event: pygame.event.Event) -> bool:
        """Whether an event was for the panel of the servers."""
        was_open = self.panel.open
        asked = self.panel.is_asked_for(event)
        if asked and was_open:
            self.panel.hide()
        elif asked:
            self.chat.hide()
            self.panel.show()
        used = asked or (was_open and self.panel.handle(event))
        if was_open and not self.panel.open:
            self.focus.aim()
        return used

    def update(self, now: float) -> None:
        """Go along with what the server says."""
        self.panel.update(now)
        if self.link.status.kind in (LinkKind.CLOSED, LinkKind.REFUSED):
            self.stage.toast(self.link.status.text, NoticeKind.ERROR)
            self.stage.go("menu")
            return
        room = self.view.room
        if room is not None and room.room_id == self.stage.left_room:
            # It was on its way when we left.
            self.view.leave()
        self.remember_seat()
        self._hear_chat(now)
        goal = self.goal()
        if goal != self.name:
            self.stage.go(goal)

    def goal(self) -> str:
        """Return the name of the screen to go on to, or of this one."""
        return fitting(self.view)

    def _hear_chat(self, now: float) -> None:
        """Sound a line that somebody else has said since the last picture."""
        for channel in self.channels:
            talk = self.view.talks[channel]
            line = talk.lines[-1] if talk.lines else None
            before, at = self._heard.get(channel, (line, now))
            self._heard[channel] = line, now
            if line is None or line is before or talk.newest_at < at:
                continue
            if line.kind == LineKind.SAID and line.author != self.stage.identity.name:
                self.stage.audio.play("chat")

    def remember_seat(self) -> None:
        """Note on disk where the player sits, so that a crash can be mended."""
        if self.view.offered:
            return
        have, room = self.stage.preferences, self.view.room
        title = room.title if room is not None and self.stage.practice is None else ""
        if title != have.seat_title:
            have.seat_title = title
            have.seat_server = self.stage.server if title else ""
            have.seat_at = time.time()
            self.stage.keep()

    def leave_room(self) -> None:
        """Leave the room; after practice, its server too; after a trial, to the next one."""
        room = self.view.room
        trial = room is not None and room.mode == RoomMode.TRIAL and not self.view.spectating
        if room is not None:
            self.stage.left_room = room.room_id
        self.link.send(LeaveRoom())
        self.view.leave()
        self.remember_seat()
        goal = "trial" if trial else "rooms"
        self.stage.go("menu" if self.stage.practice is not None else goal)

    def draw_chat(self, surface: pygame.Surface, now: float, *, idle: bool = False) -> None:
        """Draw the chat box into its rectangle."""
        seats = self.view.room.seats if self.view.room is not None else ()
        colours = tuple((seat.name, seat.colour) for seat in seats)
        safe = self.stage.preferences.safe_colours
        self.chat.key = self.stage.bindings.key_words(Action.CHAT)
        self.chat.draw(surface, now, self.scale, colours=colours, safe=safe, fades=idle)

    @property
    def title_of(self) -> dict[str, str]:
        """The titles of the server's tracks, by name."""
        welcome = self.view.welcome
        return {row.name: row.title for row in welcome.tracks} if welcome is not None else {}

    @property
    def widgets(self) -> list[Widget]:
        """The widgets on show, and the chat's entry while it is open."""
        if self.panel.open:
            return self.panel.focus.widgets
        return [*self.focus.widgets, self.chat.entry] if self.chat.open else self.focus.widgets

    def state(self) -> dict[str, object]:
        """Tell how the chat and the panel stand."""
        talk = self.view.talks[self.chat.channel]
        return {
            "panel": self.panel.state() if self.panel.open else None,
            "chat": {
                "open": self.chat.open,
                "channel": self.chat.channel.name.lower(),
                "draft": self.chat.entry.text,
                "phrase": self.chat.quick.phrase if self.chat.quick.open else "",
                "rect": list(self.chat.rect),
                "lines": [f"{one.author}: {one.text}".removeprefix(": ")
                          for one in list(talk.lines)[-8:]],
            },
            "chat_open": self.chat.open,
        }  # fmt: skip
