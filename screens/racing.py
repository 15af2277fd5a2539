"""The race: the scene, the chat box, hands on the wheel.

There is no pause: the menu that Escape opens lets the race go on.

Units: logical pixels for the menu, pixels of the window elsewhere.
"""

from __future__ import annotations

import pygame

from car import CarInput
from protocol import CarFlag
from race_state import RaceView
from screens import theme
from screens.asks import Ask, ask_of
from screens.controls import Controls
from screens.hud import chat_rect, is_tiny
from screens.online import OnlineScreen
from screens.overlay import overlay_bottom
from screens.race_loading import take_scene
from screens.race_sounds import RaceSounds
from screens.screen import Stage
from screens.widgets import Button

WATCH_HINT = "Left, Right  look at another car"


class Racing(OnlineScreen):
    """Driving, or watching, one race."""

    name = "racing"
    music = ""
    opens_chat = (pygame.K_t, pygame.K_RETURN, pygame.K_KP_ENTER)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        race = self.view.race
        assert race is not None
        self._race_id = race.race_id
        self.scene = take_scene(stage, race.track)
        self._sounds = RaceSounds(stage.audio, race.track)
        self.scene.told = self._sounds.hear
        self._controls = Controls(stage.pads, stage.bindings)
        self._asking = False
        stay = "KEEP WATCHING" if race.watching else "KEEP DRIVING"
        self._stay = Button(stay, self._hide_menu)
        self._follow: int | None = None
        """The slot that who watches has chosen to look at; None: the leader's."""
        leave = "END PRACTICE" if stage.practice is not None else "LEAVE THE RACE"
        if self.view.spectating:
            leave = "STOP WATCHING"
        self._go = Button(leave, self.leave_room)
        self._drawn_at: float | None = None

    def enter(self) -> None:
        """Begin to be shown; a chat box that is open keeps the keyboard."""
        super().enter()
        self._controls.mute(self.chat.open)

    def leave(self) -> None:
        """Stop being shown, and heard."""
        super().leave()
        self._sounds.close()

    def _show_menu(self) -> None:
        self._asking = True
        self.focus.replace([self._stay, self._go])
        self._controls.mute(True)

    def _hide_menu(self) -> None:
        self._asking = False
        self.focus.replace([])
        self._controls.mute(False)

    def handle(self, event: pygame.event.Event) -> bool:
        """The panel first, then chat, then the menu, then the car; but the wheel always."""
        race = self.view.race
        at_wheel = race is not None and not race.watching and not self._asking
        if self.panel.open and at_wheel and self._controls.drives(event):
            self._controls.handle(event)
            return True
        if self.panel_takes(event):
            self._controls.mute(self._asking or self.chat.open)
            return True
        if self._asking and not self.chat.open:
            self._controls.handle(event)
            if ask_of(event) is Ask.BACK:
                self._hide_menu()
                return True
            return self.focus.handle(event)
        if not self.chat.open and self._chooses(event):
            return True
        was_open = self.chat.open
        used = super().handle(event) if was_open or not self._drives(event) else False
        if self.chat.open != was_open:
            self._controls.mute(self.chat.open)
        # Also what was typed: the controls must know which keys are held.
        if event.type in (pygame.KEYUP, pygame.WINDOWFOCUSLOST) or self.chat.open or not used:
            self._controls.handle(event)
        return used

    def _chooses(self, event: pygame.event.Event) -> bool:
        """Whether who watches looks at another car from now on: left and right."""
        race = self.view.race
        step = {Ask.LEFT: -1, Ask.RIGHT: 1}.get(ask_of(event) or Ask.BACK, 0)
        if race is None or not race.watching or not step:
            return False
        slots = [one.slot for one in race.standings() if not _is_gone(race, one.slot)]
        if slots:
            at = slots.index(self._follow) if self._follow in slots else 0
            self._follow = slots[(at + step) % len(slots)]
        return True

    def _drives(self, event: pygame.event.Event) -> bool:
        """Whether an event, though it means something to menus, drives the car here."""
        if event.type != pygame.CONTROLLERBUTTONDOWN:
            return False
        if event.button == pygame.CONTROLLER_BUTTON_START:
            self._show_menu()
        return bool(event.button != pygame.CONTROLLER_BUTTON_BACK)

    def back(self) -> None:
        """Open the menu."""
        self._show_menu()

    def wishes(self) -> CarInput:
        """Return what the hands ask for."""
        return self._controls.wishes()

    def update(self, now: float) -> None:
        """Go on to the result, or wherever the server sends us."""
        super().update(now)
        race = self.view.race
        if self.stage.screen is self and race is not None and race.race_id != self._race_id:
            self.stage.go("racing")

    def _name(self, slot: int) -> str:
        seat = self.view.seat_of(slot)
        return seat.name if seat is not None else f"Car {slot + 1}"

    def _rtt(self, slot: int) -> int:
        seat = self.view.seat_of(slot)
        return seat.rtt_ms if seat is not None and seat.player_id else 0

    def layout(self, size: tuple[int, int]) -> None:
        """Chat at the lower left; the menu in the middle."""
        super().layout(size)
        self.chat.rect = chat_rect(size)
        self._stay.rect, self._go.rect = self.box(430, 320, 420, 68), self.box(430, 398, 420, 62)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the race."""
        race = self.view.race
        if race is None:
            return
        elapsed = now - self._drawn_at if self._drawn_at is not None else 0.0
        self._drawn_at = now
        size = surface.get_size()
        self.scene.draw(
            surface, race, self._name, self._rtt, now, elapsed, banner=self._banner(now),
            below=overlay_bottom(self.stage, now, size, low=True), follow=self._follow,
        )  # fmt: skip
        self._sounds.update(
            race, self.scene.seen, self.scene.followed, now, elapsed, self._controls.wishes()
        )
        if self.chat.open or not is_tiny(size):
            self.draw_chat(surface, now, idle=True)
        if race.watching and not is_tiny(size):
            self._draw_hint(surface)
        if self._asking:
            theme.panel(surface, self.box(396, 244, 488, 240), theme.ACCENT, 236)
            self.text(
                surface, "THE RACE GOES ON", 30, theme.TEXT, (640, 282), "center",
                weight=theme.Weight.ITALIC,
            )  # fmt: skip
            self.focus.draw(surface, self.scale)

    def _draw_hint(self, surface: pygame.Surface) -> None:
        """Tell who watches how to look at another car."""
        size = self.size(17)
        width = theme.text_width(WATCH_HINT, size) / self.scale
        theme.panel(surface, self.box(640 - width / 2 - 16, 672, width + 32, 32), alpha=150)
        self.text(surface, WATCH_HINT, 17, theme.TEXT_SOFT, (640, 688), "center")

    def _banner(self, now: float) -> str:
        """Return what of the race itself stays to be read."""
        race = self.view.race
        if race is None:
            return ""
        if race.paused:
            return race.held or "The race is on hold: players are coming back."
        # Who is off line is told so above everything.
        return "No news from the server." if race.stalled(now) and self.link.online else ""

    def state(self) -> dict[str, object]:
        """Tell where the car is and how fast."""
        said = super().state()
        race = self.view.race
        mine = race.mine if race is not None else None
        if race is not None and mine is None:
            said |= {"race": race.race_id, "watching": True, "follow": self._follow}
            said |= {"tick": race.tick, "epoch": race.epoch, "held": race.held}
        if race is None or mine is None:
            return said
        car = race.prediction.car
        return {
            **said,
            "race": race.race_id,
            "track": race.track.name,
            "phase": race.phase.name,
            "slot": race.slot,
            "lap": mine.lap,
            "laps": race.laps,
            "place": mine.place,
            "cars": len(race.records),
            "speed": round(car.speed, 1),
            "x": round(mine.car.x, 1),
            "y": round(mine.car.y, 1),
            "engine": mine.car.engine_on,
            "caretaker": bool(mine.flags & CarFlag.CARETAKER),
            "missed_gate": bool(mine.flags & CarFlag.MISSED_GATE),
            "finished": bool(mine.flags & CarFlag.FINISHED),
            "tick": race.tick,
            "epoch": race.epoch,
            "held": race.held,
            "menu": self._asking,
        }


def _is_gone(race: RaceView, slot: int) -> bool:
    record = race.records.get(slot)
    return record is None or bool(record.flags & CarFlag.GONE)
