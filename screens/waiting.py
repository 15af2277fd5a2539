"""The waiting room: seats, cars, ready marks, round-trip times, chat.

Units: logical pixels, seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pygame

from car import TUNINGS
from lobby import SEATS_MAX, SeatKind
from protocol import ChooseCar, Ready, SeatRow
from screens import theme
from screens.backdrop import preview
from screens.car_choice import CarChoice
from screens.hud_parts import ink_on
from screens.online import OnlineScreen
from screens.practising import track_words
from screens.race_loading import load_scene
from screens.room_options import rules_of
from screens.screen import Stage
from screens.widgets import Button

ROW = 62
ANSWER_S = 1.0
"""A car that was asked for and is not in the seat by then is asked for again."""


class Waiting(OnlineScreen):
    """Before a race, among those who will drive it."""

    name = "waiting"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._ready = Button("READY", self._toggle, "The race starts when everybody is")
        self._leave = Button("LEAVE ROOM", self.leave_room)
        self._car = CarChoice(stage.preferences.car_class, self._choose_car)
        self._asked_at = -ANSWER_S
        self._offer_what_fits()

    def _offer_what_fits(self) -> None:
        """Who has no seat can only go."""
        watches = self.view.spectating
        self._leave.label = "STOP WATCHING" if watches else "LEAVE ROOM"
        self.focus.replace([self._leave] if watches else [self._ready, self._leave, self._car])

    def _toggle(self) -> None:
        seat = self.view.my_seat
        self.link.send(Ready(not (seat is not None and seat.ready)))

    def _choose_car(self, index: int) -> None:
        self.stage.preferences.car_class = index
        self._asked_at = -ANSWER_S

    def _ask_for_car(self, seat: SeatRow, now: float) -> None:
        """Have the car in the seat that the player drove last, or has just chosen."""
        if seat.car_class != self._car.index and now - self._asked_at > ANSWER_S:
            self._asked_at = now
            self.link.send(ChooseCar(self._car.index))

    def leave(self) -> None:
        """Keep the choice of the car."""
        super().leave()
        self.stage.keep()

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
            if seat is not None:
                self._ask_for_car(seat, now)

    def layout(self, size: tuple[int, int]) -> None:
        """Seats at the left; the track, the car and chat at the right."""
        super().layout(size)
        self._car.rect = self.box(1056, 50, 160, 250)
        self._car.safe = self.stage.preferences.safe_colours
        self._ready.rect = self.box(64, 618, 380, 72)
        self._leave.rect = self.box(460, 624, 244, 60)
        self.chat.rect = self.box(738, 352, 484, 336)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the room."""
        self.draw_backdrop(surface)
        room = self.view.room
        if room is None:
            return
        title = self.title_of.get(room.track, room.track)
        left_s = self.view.starts_in_s(now)
        self.heading(surface, room.title.upper(), f"{title}  ·  {rules_of(room)}", 650)
        if left_s:
            clock = f"STARTS IN {left_s // 60:.0f}:{left_s % 60:02.0f}"
            place = self.at(704, 40)
            theme.chip(surface, clock, theme.WARN, place, self.size(20), "bottomright")
        seats = {seat.slot: seat for seat in room.seats}
        bots_to_come = set(_bot_slots(set(seats), room.bots))
        for slot in range(SEATS_MAX):
            self._draw_seat(surface, slot, seats.get(slot), slot in bots_to_come)
        seat = self.view.my_seat
        self._car.slot = seat.colour if seat is not None else 0
        box = self.box(744, 50, 472 if seat is None else 300, 250)
        theme.panel(surface, box.inflate(self.px(12), self.px(12)))
        picture = preview(room.track, box.size)
        if picture is not None:
            surface.blit(picture, box)
        _, about = track_words(room.track)
        self.text(surface, about, 18, theme.TEXT_SOFT, (742, 314), width=476)
        self._ready.caption = (
            "Who is not ready then watches" if left_s else "The race starts when everybody is"
        )
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
        theme.text(
            surface, str(seat.slot + 1), self.size(19), ink_on(colour), dot.center,
            theme.Weight.BOLD, "center",
        )  # fmt: skip
        name = self.text(surface, seat.name, 26, theme.TEXT, (124, middle), "midleft", width=290)
        notes: dict[int, str] = {SeatKind.BOT: "bot", SeatKind.CARETAKER: "away, a bot drives"}
        note = notes.get(seat.kind, "you" if own else "")
        if note:
            at = (name.right + self.px(12), box.centery)
            room = round(self.at(580 - self.size(18) / self.scale * 3.6, 0)[0]) - at[0]
            note = theme.shortened(note, self.size(18), room)
            theme.text(surface, note, self.size(18), theme.MUTED, at, anchor="midleft")
        lines = [(TUNINGS[seat.car_class].title, 18, theme.TEXT_SOFT)]
        if seat.kind != SeatKind.BOT:
            lines.append((f"{seat.rtt_ms} ms", 16, theme.MUTED))
        for row, (words, size, tone) in enumerate(lines):
            place = (580, middle + 22 * (row - (len(lines) - 1) / 2))
            self.text(surface, words, size, tone, place, "midright")
        if seat.ready:
            corner = self.at(690, middle)
            theme.chip(surface, "READY", theme.GOOD, corner, self.size(18), "midright")
        else:
            self.text(surface, "not ready", 18, theme.MUTED, (686, middle), "midright")

    def state(self) -> dict[str, object]:
        """Tell who sits here."""
        room = self.view.room
        seats = room.seats if room is not None else ()
        return {
            **super().state(),
            "seats": [
                {"slot": one.slot, "name": one.name, "kind": one.kind, "ready": one.ready,
                 "car_class": one.car_class}
                for one in seats
            ],
        }  # fmt: skip


def _bot_slots(taken: set[int], bots: int) -> Iterator[int]:
    """Yield the free slots that bots will sit in."""
    free = (slot for slot in range(SEATS_MAX) if slot not in taken)
    for slot, _ in zip(free, range(bots), strict=False):
        yield slot
