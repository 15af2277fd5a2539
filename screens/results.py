"""How the race ended: places, times, points, and whether it is saved.

Units: logical pixels.
"""

from __future__ import annotations

import pygame

from protocol import Channel, LeaveRoom, SavedState, Say
from screens import theme
from screens.backdrop import backdrop
from screens.chat_box import ChatBox
from screens.menu import Menu
from screens.screen import Screen, Stage
from screens.widgets import Button

SAVED_WORDS = {
    SavedState.SAVING: ("saving ...", theme.WARN),
    SavedState.SAVED: ("saved", theme.GOOD),
    SavedState.NOT_KEPT: ("not kept on this server", theme.MUTED),
}


class ResultsScreen(Screen):
    """After a race."""

    name = "results"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        assert stage.link is not None
        self._link = stage.link
        self.chat = ChatBox(Channel.ROOM, self._say)
        self.focus.replace([Button("AGAIN", self._again), Button("LEAVE", self.back)])

    def _say(self, channel: Channel, text: str) -> None:
        self._link.send(Say(int(channel), text[:200]))

    def _again(self) -> None:
        from screens.waiting import Waiting

        self._link.view.race = None
        self.stage.show(Waiting(self.stage))

    def handle(self, event: pygame.event.Event) -> bool:
        """The chat box first, when it is open."""
        if self.chat.open and self.chat.handle(event):
            return True
        if event.type == pygame.KEYDOWN and event.key == pygame.K_t and self.chat.handle(event):
            return True
        return super().handle(event)

    def update(self, now: float) -> None:
        """Go along when the next race starts."""
        view = self._link.view
        if view.race is not None and view.results is None:
            from screens.racing import Racing

            self.stage.show(Racing(self.stage))

    def layout(self, size: tuple[int, int]) -> None:
        """The table at the left, buttons and chat at the right."""
        super().layout(size)
        again, leave = self.focus.widgets
        again.rect, leave.rect = self.box(880, 150, 336, 66), self.box(880, 228, 336, 58)
        self.chat.rect = self.box(880, 310, 336, 370)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the table."""
        surface.blit(backdrop(surface.get_size()), (0, 0))
        results = self._link.view.results
        if results is None:
            return
        self.title(surface, "RESULT")
        word, tone = SAVED_WORDS[SavedState(results.saved)]
        theme.text(surface, word, self.size(24), tone, self.at(840, 118), anchor="bottomright")
        welcome = self._link.view.welcome
        me = welcome.player_id if welcome is not None else ""
        safe = self.stage.preferences.safe_colours
        for number, row in enumerate(results.rows):
            box = self.box(64, 130 + number * 68, 776, 60)
            theme.panel(surface, box, theme.ACCENT if row.player_id == me else None)
            mid = box.centery

            def column(
                text: str, x: float, tone: pygame.Color, size: int = 24, mid: int = mid
            ) -> None:
                theme.text(
                    surface, text, self.size(size), tone, (self.at(x, 0)[0], mid), anchor="midright"
                )

            column(str(row.place), 116, theme.ACCENT if number == 0 else theme.TEXT, 34)
            colour = theme.car_colour(row.slot, safe)
            pygame.draw.circle(surface, colour, (self.at(142, 0)[0], mid), 10 * self.scale)
            theme.text(
                surface,
                row.name,
                self.size(26),
                theme.TEXT,
                (self.at(166, 0)[0], mid),
                anchor="midleft",
            )
            total = theme.format_time(row.total_ms / 1000) if row.total_ms else "did not finish"
            best = theme.format_time(row.best_lap_ms / 1000) if row.best_lap_ms else "-"
            column(total, 590, theme.TEXT)
            column(best, 720, theme.BEST, 20)
            column(f"+{row.points}", 820, theme.MUTED, 22)
        self.focus.draw(surface, self.scale)
        self.chat.draw(surface, self._link.view.talks[Channel.ROOM], now, self.scale, idle=False)

    def state(self) -> dict[str, object]:
        """Tell whether the result is saved."""
        results = self._link.view.results
        return {"saved": None if results is None else SavedState(results.saved).name}

    def back(self) -> None:
        """Leave the room; after practice, the server too."""
        self._link.send(LeaveRoom())
        self._link.view.leave()
        if self.stage.practice is not None:
            self.stage.show(Menu(self.stage))
            return
        from screens.rooms import Rooms

        self.stage.show(Rooms(self.stage))
