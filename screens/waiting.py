"""The waiting room: seats, ready marks, round-trip times, chat.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from client_link import LinkKind
from protocol import Channel, LeaveRoom, Ready, Say
from screens import theme
from screens.backdrop import backdrop
from screens.chat_box import ChatBox
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button

KINDS = ("", "bot", "away")


class Waiting(Screen):
    """Before a race, among those who will drive it."""

    name = "waiting"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        self._link = stage.link
        self._ready = Button("READY", self._toggle, "The race starts when all are")
        self.chat = ChatBox(Channel.ROOM, self._say)
        self.focus.replace([self._ready, Button("LEAVE ROOM", self.back)])

    def _say(self, channel: Channel, text: str) -> None:
        self._link.send(Say(int(channel), text[:200]))

    def _toggle(self) -> None:
        seat = self._link.view.my_seat
        self._link.send(Ready(not (seat is not None and seat.ready)))

    def handle(self, event: pygame.event.Event) -> bool:
        """The chat box first, when it is open."""
        if self.chat.open and self.chat.handle(event):
            return True
        if event.type == pygame.KEYDOWN and event.key == pygame.K_t and self.chat.handle(event):
            return True
        return super().handle(event)

    def update(self, now: float) -> None:
        """Go on when the race starts."""
        view = self._link.view
        if self._link.status.kind in (LinkKind.CLOSED, LinkKind.REFUSED):
            self.stage.toast(self._link.status.text)
            self.stage.show(Menu(self.stage))
        elif view.race is not None and view.results is None:
            from screens.racing import Racing

            self.stage.show(Racing(self.stage))
        elif view.room is None:
            from screens.rooms import Rooms

            self.stage.show(Rooms(self.stage))
        else:
            seat = view.my_seat
            self._ready.label = "NOT READY" if seat is not None and seat.ready else "READY"

    def layout(self, size: tuple[int, int]) -> None:
        """Seats at the left, buttons at the right."""
        super().layout(size)
        ready, leave = self.focus.widgets
        ready.rect, leave.rect = self.box(800, 160, 416, 74), self.box(800, 250, 416, 58)
        self.chat.rect = self.box(800, 340, 416, 340)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the room."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        room = self._link.view.room
        if room is None:
            return
        bots = f", {room.bots} bots" if room.bots else ""
        self.title(surface, room.title.upper(), f"{room.track}, {room.laps} laps{bots}")
        safe = self.stage.preferences.safe_colours
        seats = {seat.slot: seat for seat in room.seats}
        for slot in range(8):
            box = self.box(64, 150 + slot * 66, 690, 58)
            theme.panel(surface, box)
            seat = seats.get(slot)
            if seat is None:
                theme.text(
                    surface,
                    "free",
                    self.size(20),
                    theme.MUTED,
                    (box.left + 60 * self.scale, box.centery),
                    anchor="midleft",
                )
                continue
            dot = (box.left + 30 * self.scale, box.centery)
            pygame.draw.circle(surface, theme.car_colour(seat.colour, safe), dot, 11 * self.scale)
            name = f"{seat.name}  {KINDS[seat.kind]}"
            theme.text(
                surface,
                name,
                self.size(26),
                theme.TEXT,
                (box.left + 60 * self.scale, box.centery),
                anchor="midleft",
            )
            theme.text(
                surface,
                f"{seat.rtt_ms} ms",
                self.size(18),
                theme.MUTED,
                (box.right - 150 * self.scale, box.centery),
                anchor="midright",
            )
            word, tone = ("READY", theme.GOOD) if seat.ready else ("waiting", theme.MUTED)
            theme.text(
                surface,
                word,
                self.size(22),
                tone,
                (box.right - 24 * self.scale, box.centery),
                anchor="midright",
            )
        self.focus.draw(surface, self.scale)
        talk = self._link.view.talks[Channel.ROOM]
        self.chat.draw(surface, talk, now, self.scale, idle=False)

    def back(self) -> None:
        """Leave the room."""
        self._link.send(LeaveRoom())
        self._link.view.leave()
