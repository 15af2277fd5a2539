"""The lobby: rooms and who is in them, a room of one's own, chat, the offer to resume.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from client_link import LinkKind
from protocol import Channel, CreateRoom, JoinRoom, RoomRow, Say
from screens import theme
from screens.backdrop import backdrop, preview
from screens.chat_box import ChatBox
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button, Choice, Widget

PHASES = ("WAITING", "RACING", "RESULTS")
LAPS = ("1", "2", "3", "5", "8", "12", "20")
SHOWN_ROOMS = 5


class Rooms(Screen):
    """Choose a room, or open one."""

    name = "rooms"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        self._link = stage.link
        welcome = self._link.view.welcome
        self._tracks = list(welcome.tracks) if welcome is not None else []
        self._track = Choice("Track", [one.title for one in self._tracks], 0, lambda index: None)
        self._laps = Choice("Laps", LAPS, 2, lambda index: None)
        self._bots = Choice("Bots", [str(n) for n in range(8)], 3, lambda index: None)
        self._create = Button("CREATE ROOM", self._open_room)
        self._leave = Button("MAIN MENU", self.back)
        self._resume = Button("RESUME", self._link.resume)
        self._forfeit = Button("LEAVE IT", self._link.forfeit)
        self._rows: dict[str, Button] = {}
        self.chat = ChatBox(Channel.LOBBY, self._say)
        self._previews: dict[str, pygame.Surface | None] = {}
        self.focus.replace([self._create])

    def _say(self, channel: Channel, text: str) -> None:
        self._link.send(Say(int(channel), text[:200]))

    def _open_room(self) -> None:
        if not self._tracks:
            return
        track = self._tracks[self._track.index].name
        self._link.send(CreateRoom("", track, int(self._laps.value), int(self._bots.value)))

    def _join(self, room: RoomRow) -> None:
        self._link.send(JoinRoom(room.room_id))

    def handle(self, event: pygame.event.Event) -> bool:
        """The chat box first, when it is open."""
        if self.chat.open and self.chat.handle(event):
            return True
        if event.type == pygame.KEYDOWN and event.key == pygame.K_t and self.chat.handle(event):
            return True
        return super().handle(event)

    def update(self, now: float) -> None:
        """Follow the lobby; go on into a room or a race."""
        if self._link.status.kind in (LinkKind.CLOSED, LinkKind.REFUSED):
            self.stage.toast(self._link.status.text)
            self.back()
            return
        view = self._link.view
        if view.race is not None and view.room is not None:
            from screens.racing import Racing

            self.stage.show(Racing(self.stage))
            return
        if view.room is not None:
            from screens.waiting import Waiting

            self.stage.show(Waiting(self.stage))
            return
        if view.offered:
            self.focus.replace([self._resume, self._forfeit])
            return
        rooms = view.lobby.rooms[:SHOWN_ROOMS]
        for room in rooms:
            self._rows.setdefault(
                room.room_id,
                Button(room.title, lambda room=room: self._join(room)),  # type: ignore[misc]
            )
        rows: list[Widget] = [self._rows[room.room_id] for room in rooms]
        form = [self._track, self._laps, self._bots, self._create, self._leave]
        self.focus.replace([*rows, *form], len(rows) + 3)

    def layout(self, size: tuple[int, int]) -> None:
        """Rooms at the left, the form at the right, chat below."""
        super().layout(size)
        for number, row in enumerate(self.focus.widgets[:SHOWN_ROOMS]):
            if row in self._rows.values():
                row.rect = self.box(64, 150 + number * 66, 600, 60)
        for number, one in enumerate((self._track, self._laps, self._bots)):
            one.rect = self.box(720, 350 + number * 52, 496, 46)
        self._create.rect = self.box(720, 512, 496, 62)
        self._leave.rect = self.box(720, 584, 300, 50)
        self._resume.rect, self._forfeit.rect = (
            self.box(420, 360, 440, 66),
            self.box(420, 436, 440, 56),
        )
        self.chat.rect = self.box(64, 500, 600, 190)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the lobby."""
        view = self._link.view
        surface.blit(backdrop(surface.get_size()), (0, 0))
        node = view.welcome.node if view.welcome is not None else ""
        self.title(surface, "ROOMS", f"on {node}, {len(view.lobby.people)} here")
        if view.offered:
            self._draw_offer(surface)
            return
        if not view.lobby.rooms:
            theme.text(
                surface,
                "Nobody has opened a room yet: open the first.",
                self.size(22),
                theme.MUTED,
                self.at(68, 160),
            )
        self._draw_preview(surface)
        self.focus.draw(surface, self.scale)
        for room in view.lobby.rooms[:SHOWN_ROOMS]:
            rect = self._rows[room.room_id].rect if room.room_id in self._rows else None
            if rect is None:
                continue
            dark = theme.ON_ACCENT if self._rows[room.room_id].focused else theme.MUTED
            note = f"{room.track}, {room.laps} laps   {room.seats}/8   {PHASES[room.phase]}"
            theme.text(
                surface,
                note,
                self.size(18),
                dark,
                (rect.right - 40 * self.scale, rect.centery),
                anchor="midright",
            )
        people = "   ".join(f"{one.name} {one.rtt_ms} ms" for one in view.lobby.people[:9])
        theme.text(
            surface,
            theme.shortened(people, self.size(17), self.box(0, 0, 1150, 1).width),
            self.size(17),
            theme.TEXT_SOFT,
            self.at(64, 694),
            anchor="bottomleft",
        )
        self.chat.rect = self.box(64, 490, 600, 180)
        self.chat.draw(surface, view.talks[Channel.LOBBY], now, self.scale, idle=False)

    def _draw_preview(self, surface: pygame.Surface) -> None:
        if not self._tracks:
            return
        name = self._tracks[self._track.index].name
        if name not in self._previews:
            self._previews[name] = preview(name)
        picture = self._previews[name]
        box = self.box(848, 60, 368, 276)
        theme.panel(surface, box.inflate(12, 12))
        if picture is not None:
            surface.blit(pygame.transform.smoothscale(picture, box.size), box)

    def _draw_offer(self, surface: pygame.Surface) -> None:
        welcome = self._link.view.welcome
        assert welcome is not None
        theme.panel(surface, self.box(360, 220, 560, 300), theme.ACCENT)
        where = f"on lap {welcome.seat_lap}" if welcome.seat_lap else "in the waiting room"
        theme.text(
            surface,
            f'You left "{welcome.seat_title}" {where}.',
            self.size(28),
            theme.TEXT,
            self.at(640, 262),
            anchor="center",
        )
        theme.text(
            surface,
            f"Your seat is kept for {welcome.seat_seconds_left:.0f} s more.",
            self.size(20),
            theme.MUTED,
            self.at(640, 304),
            anchor="center",
        )
        self.focus.draw(surface, self.scale)

    def back(self) -> None:
        """Leave the server."""
        self.stage.show(Menu(self.stage))
