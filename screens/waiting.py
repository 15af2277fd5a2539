"""The waiting room: seats, ready marks, round-trip times, chat.

Units: logical pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import pygame

from protocol import Ready, SeatRow
from screens import theme
from screens.backdrop import preview
from screens.online import OnlineScreen
from screens.race_loading import load_scene
from screens.screen import Stage
from screens.widgets import Button

SEATS = 8
PERSON, BOT, CARETAKER = range(3)
ROW = 62


class Waiting(OnlineScreen):
    """Before a race, among those who will drive it."""

    name = "waiting"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._ready = Button("READY", self._toggle, "The race starts when everybody is")
        self._leave = Button("LEAVE ROOM", self.leave_room)
        self._offer_what_fits()

    def _offer_what_fits(self) -> None:
        """Who has no seat can only go."""
        watches = self.view.spectating
        self._leave.label = "STOP WATCHING" if watches else "LEAVE ROOM"
        self.focus.replace([self._leave] if watches else [self._ready, self._leave])

    def _toggle(self) -> None:
        seat = self.view.my_seat
        self.link.send(Ready(not (seat is not None and seat.ready)))

    def back(self) -> None:
        """Leave the room."""
        self.leave_room()

    def update(self, now: float) -> None:
        """Go on when the race starts; load its track before that."""
        super().update(now)
        seat = self.view.my_seat
        self._offer_what_fits()
        self._ready.label = "NOT READY" if seat is not None and seat.ready else "READY"
        room = self.view.room
        if self.stage.screen is self and room is not None:
            load_scene(self.stage, room.track)

    def layout(self, size: tuple[int, int]) -> None:
        """Seats at the left; the track, buttons and chat at the right."""
        super().layout(size)
        self._ready.rect = self.box(64, 618, 380, 72)
        self._leave.rect = self.box(460, 624, 244, 60)
        self.chat.rect = self.box(738, 420, 484, 268)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the room."""
        self.draw_backdrop(surface)
        room = self.view.room
        if room is None:
            return
        title = self.title_of.get(room.track, room.track)
        laps = "1 lap" if room.laps == 1 else f"{room.laps} laps"
        bots = "no bots" if not room.bots else f"up to {room.bots} bot{'s' * (room.bots > 1)}"
        self.heading(surface, room.title.upper(), f"{title}  ·  {laps}  ·  {bots}", 650)
        seats = {seat.slot: seat for seat in room.seats}
        bots_to_come = set(_bot_slots(set(seats), room.bots))
        for slot in range(SEATS):
            self._draw_seat(surface, slot, seats.get(slot), slot in bots_to_come)
        box = self.box(744, 50, 472, 354)
        theme.panel(surface, box.inflate(self.px(12), self.px(12)))
        picture = preview(room.track, box.size)
        if picture is not None:
            surface.blit(picture, box)
        if self.view.spectating:
            self.text(surface, "You watch this room.", 24, theme.TEXT_SOFT, (68, 654), "midleft")
        self.focus.draw(surface, self.scale)
        self.draw_chat(surface, now)

    def _draw_seat(
        self, surface: pygame.Surface, slot: int, seat: SeatRow | None, bot: bool
    ) -> None:
        y = 142 + slot * (ROW - 4)
        me = self.view.my_seat
        own = seat is not None and me is not None and seat.slot == me.slot
        box = self.box(64, y, 640, ROW - 10)
        middle = y + (ROW - 10) / 2
        if seat is None:
            theme.panel(surface, box, alpha=120)
            word = "a bot takes this seat" if bot else "free"
            self.text(surface, word, 20, theme.MUTED, (124, middle), "midleft")
            return
        theme.panel(surface, box, theme.ACCENT if own else None, 225 if own else 188)
        colour = theme.car_colour(seat.colour, self.stage.preferences.safe_colours)
        dot = pygame.Rect(0, 0, self.px(30), self.px(22))
        dot.center = round(self.at(92, 0)[0]), box.centery
        pygame.draw.rect(surface, colour, dot, border_radius=self.px(5))
        bright = colour.r * 0.3 + colour.g * 0.59 + colour.b * 0.11
        number = theme.INK if bright > 130 else theme.TEXT
        theme.text(
            surface, str(seat.slot + 1), self.size(19), number, dot.center, theme.Weight.BOLD,
            "center",
        )  # fmt: skip
        name = self.text(surface, seat.name, 26, theme.TEXT, (124, middle), "midleft", width=290)
        note = {BOT: "bot", CARETAKER: "away, a bot drives"}.get(seat.kind, "you" if own else "")
        if note:
            at = (name.right + self.px(12), box.centery)
            room = round(self.at(580 - self.size(18) / self.scale * 3.6, 0)[0]) - at[0]
            note = theme.shortened(note, self.size(18), room)
            theme.text(surface, note, self.size(18), theme.MUTED, at, anchor="midleft")
        if seat.kind != BOT:
            self.text(surface, f"{seat.rtt_ms} ms", 18, theme.MUTED, (580, middle), "midright")
        if seat.ready:
            place = self.at(690, middle)
            theme.chip(surface, "READY", theme.GOOD, place, self.size(18), "midright")
        else:
            self.text(surface, "not ready", 18, theme.MUTED, (686, middle), "midright")

    def state(self) -> dict[str, object]:
        """Tell who sits here."""
        room = self.view.room
        seats = room.seats if room is not None else ()
        return {
            **super().state(),
            "seats": [
                {"slot": one.slot, "name": one.name, "kind": one.kind, "ready": one.ready}
                for one in seats
            ],
        }


def _bot_slots(taken: set[int], bots: int) -> Iterator[int]:
    """Yield the free slots that bots will sit in."""
    free = (slot for slot in range(SEATS) if slot not in taken)
    for slot, _ in zip(free, range(bots), strict=False):
        yield slot
