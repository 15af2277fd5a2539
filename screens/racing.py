"""The race: world, dashboard, chat box, hands on the wheel.

Units: logical pixels for the leave dialog, pixels of the window elsewhere.
"""

from __future__ import annotations

import pygame

from car import CarInput
from client_link import LinkKind
from protocol import Channel, LeaveRoom, Say
from screens import theme
from screens.chat_box import ChatBox
from screens.controls import Controls
from screens.dashboard import Dashboard
from screens.menu import Menu
from screens.screen import Screen, Stage, is_back
from screens.track_view import TrackView
from screens.widgets import Button


class Racing(Screen):
    """Driving, or watching, one race."""

    name = "racing"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        assert stage.link.view.race is not None
        self._link = stage.link
        race = stage.link.view.race
        self._race_id = race.race_id
        self._world = TrackView(race.track)
        self._dashboard = Dashboard(race.track)
        self._controls = Controls()
        self.chat = ChatBox(Channel.ROOM, self._say)
        self._asking = False
        self._stay = Button("KEEP DRIVING", self._hide_question)
        self._go = Button("LEAVE THE RACE", self._leave)
        self._drawn_at: float | None = None

    def _say(self, channel: Channel, text: str) -> None:
        self._link.send(Say(int(channel), text[:200]))

    def _hide_question(self) -> None:
        self._asking = False
        self.focus.replace([])

    def _leave(self) -> None:
        self._link.send(LeaveRoom())
        self._link.view.leave()
        if self.stage.practice is not None:
            self.stage.show(Menu(self.stage))
            return
        from screens.rooms import Rooms

        self.stage.show(Rooms(self.stage))

    def handle(self, event: pygame.event.Event) -> bool:
        """Chat first, then the question, then the car."""
        if event.type in (pygame.KEYUP, pygame.WINDOWFOCUSLOST):
            self._controls.handle(event)
        if self.chat.handle(event):
            self._controls.muted = self.chat.open
            return True
        self._controls.muted = self.chat.open
        if self._asking:
            if is_back(event):
                self._hide_question()
                return True
            if self.focus.handle(event):
                return True
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self._asking = True
            self.focus.replace([self._stay, self._go])
            return True
        if event.type != pygame.KEYUP:
            self._controls.handle(event)
        return False

    def wishes(self) -> CarInput:
        """Return what the hands ask for."""
        return self._controls.wishes()

    def update(self, now: float) -> None:
        """Go on to the result, or wherever the server sends us."""
        view = self._link.view
        if self._link.status.kind in (LinkKind.CLOSED, LinkKind.REFUSED):
            self.stage.toast(self._link.status.text)
            self.stage.show(Menu(self.stage))
        elif view.results is not None:
            from screens.results import ResultsScreen

            self.stage.show(ResultsScreen(self.stage))
        elif view.race is None:
            from screens.rooms import Rooms

            self.stage.show(Rooms(self.stage))
        elif view.race.race_id != self._race_id:
            self.stage.show(Racing(self.stage))

    def _name(self, slot: int) -> str:
        seat = self._link.view.seat_of(slot)
        return seat.name if seat is not None else f"Car {slot + 1}"

    def _rtt(self, slot: int) -> int:
        seat = self._link.view.seat_of(slot)
        return seat.rtt_ms if seat is not None and seat.player_id else 0

    def layout(self, size: tuple[int, int]) -> None:
        """Chat at the lower left; the question in the middle."""
        super().layout(size)
        scale = max(0.5, min(size[0] / 1280, size[1] / 720))
        self.chat.rect = pygame.Rect(0, 0, round(400 * scale), round(176 * scale))
        self.chat.rect.bottomleft = (round(16 * scale), size[1] - round(16 * scale))
        self._stay.rect, self._go.rect = self.box(420, 300, 440, 66), self.box(420, 380, 440, 66)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the race."""
        race = self._link.view.race
        if race is None:
            return
        elapsed = now - self._drawn_at if self._drawn_at is not None else 0.0
        self._drawn_at = now
        have = self.stage.preferences
        self._world.draw(
            surface,
            race,
            self._name,
            now,
            elapsed,
            safe=have.safe_colours,
            calm=have.reduced_motion,
        )
        race.events.clear()
        self._dashboard.draw(surface, race, self._name, self._rtt, now, safe=have.safe_colours)
        self.chat.draw(
            surface,
            self._link.view.talks[Channel.ROOM],
            now,
            max(0.5, min(surface.get_width() / 1280, surface.get_height() / 720)),
        )
        if self._asking:
            theme.panel(surface, self.box(390, 270, 500, 206), theme.ACCENT)
            self.focus.draw(surface, self.scale)

    def state(self) -> dict[str, object]:
        """Tell where the car is and how fast."""
        race = self._link.view.race
        mine = race.mine if race is not None else None
        if race is None or mine is None:
            return {}
        return {
            "race": race.race_id,
            "phase": race.phase.name,
            "slot": race.slot,
            "lap": mine.lap,
            "place": mine.place,
            "speed": round(race.prediction.car.speed, 1),
            "x": round(mine.car.x, 1),
            "y": round(mine.car.y, 1),
            "caretaker": bool(mine.flags & 32),
            "tick": race.tick,
            "chat_open": self.chat.open,
        }
