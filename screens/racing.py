"""The race: the scene, the chat box, hands on the wheel.

There is no pause: the menu that Escape opens lets the race go on. In practice
and in a time trial one key begins anew; where the eyes go is in `watching.py`.

Units: logical pixels for the menu, pixels of the window elsewhere.
"""

from __future__ import annotations

import pygame

from car import CarInput
from lobby import SeatKind
from personalities import PERSONALITIES
from protocol import CarFlag, Restart
from race_state import TRIAL, RaceView
from screens import theme
from screens.asks import Ask, ask_of
from screens.bindings import Action
from screens.camera import Frame
from screens.controls import Controls
from screens.hud import chat_rect, is_tiny
from screens.hud_parts import room_beside
from screens.online import OnlineScreen
from screens.overlay import overlay_bottom
from screens.race_loading import take_scene
from screens.race_scene import RaceScene
from screens.race_sounds import RaceSounds
from screens.screen import Stage
from screens.truth import Truth
from screens.watching import Eyes
from screens.widgets import Button
from warps import WarpWatch

RESTART_EVERY_S = 1.0
CHARACTERS = {one.name: one.character for one in PERSONALITIES}
"""What there is to say of a driver, by name."""


class Racing(OnlineScreen):
    """Driving, or watching, one race."""

    name = "racing"
    music = ""
    opens_chat = (pygame.K_RETURN, pygame.K_KP_ENTER)

    def __init__(self, stage: Stage, scene: RaceScene | None = None) -> None:
        """Take the pictures of an earlier race on the same track, or load them."""
        super().__init__(stage)
        race = self.view.race
        assert race is not None
        self._race_id = race.race_id
        self.scene = scene if scene is not None else take_scene(stage, race.track)
        self._sounds = RaceSounds(stage.audio, race.track)
        self.scene.told = self._sounds.hear
        self._controls = Controls(stage.pads, stage.bindings)
        self._asking = False
        stay = "KEEP WATCHING" if race.watching else "KEEP DRIVING"
        self._stay = Button(stay, self._hide_menu)
        self._eyes = Eyes(stage.bindings)
        leave = "END PRACTICE" if stage.practice is not None else "LEAVE THE RACE"
        if self.view.spectating:
            leave = "STOP WATCHING"
        self._go = Button(leave, self.leave_room)
        self._again = Button("BEGIN ANEW", self._restart)
        self._eye = WarpWatch()
        """Looks at all pictures, for the trace."""
        self._truth = Truth()
        self._drawn_at: float | None = None
        self._restarted_at = -RESTART_EVERY_S

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
        again = [self._again] if self.may_restart else []
        self.focus.replace([self._stay, *again, self._go])
        self.layout_menu()
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
        """Whether an event was for the eyes, shows the truth, or begins the race anew."""
        race = self.view.race
        if race is None:
            return False
        asked = self.stage.bindings.asked(event)
        if asked is Action.TRUTH:
            self.stage.truth = not self.stage.truth
            return True
        if asked is Action.RESTART:
            if self.may_restart:
                self._restart()
            return self.may_restart
        return self._eyes.handle(event, race)

    def _restart(self) -> None:
        self._hide_menu()
        now = self._drawn_at if self._drawn_at is not None else 0.0
        # A key that is held down repeats itself.
        if now - self._restarted_at >= RESTART_EVERY_S:
            self._restarted_at = now
            self.link.send(Restart())

    @property
    def may_restart(self) -> bool:
        """Whether one key begins the race anew: nobody else is in it."""
        race = self.view.race
        alone = self.stage.practice is not None or (race is not None and race.mode == TRIAL)
        return alone and race is not None and not race.watching

    def _drives(self, event: pygame.event.Event) -> bool:
        """Whether an event, though it means something to menus, drives the car here."""
        if event.type != pygame.CONTROLLERBUTTONDOWN:
            return False
        if event.button == pygame.CONTROLLER_BUTTON_START:
            self._show_menu()
        return self.stage.bindings.asked(event) is not Action.CHAT

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
            if race.track is not self.scene.track:
                self.stage.go("racing")
                return
            # Begun anew: nobody waits for pictures that are there already.
            self.scene.begin_again()
            self.stage.show(Racing(self.stage, self.scene))

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
        self.layout_menu()

    def layout_menu(self) -> None:
        """Lay out the buttons of the menu, one below the other."""
        y = 320
        for button in (self._stay, self._again, self._go):
            if button is not self._again or self.may_restart:
                button.rect = self.box(430, y, 420, 66)
                y += 78

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
            below=overlay_bottom(self.stage, now, size, low=True), follow=self._eyes.follow,
            overview=self._eyes.overview, covered=self._covered(size[1]),
            over=self._draw_outlines if self.stage.truth else None,
            mapless=self.stage.truth and self._truth.is_high(size, self.stage.simulated),
        )  # fmt: skip
        if self.stage.truth:
            self._draw_truth(surface, race, now, elapsed)
        self._eye.look(self.scene.seen, race.records, race.tick, now)
        self._sounds.update(
            race, self.scene.seen, self.scene.followed, now, elapsed, self._controls.wishes()
        )
        if self.chat.open or not is_tiny(size):
            self.draw_chat(surface, now, idle=True)
        if not is_tiny(size) and not self.panel.open:
            hint = self._hint(race)
            self._draw_hint(surface, hint, 678)
            self._draw_hint(surface, self._character() if hint else "", 642)
        if self._asking:
            high = 318 if self.may_restart else 240
            theme.panel(surface, self.box(396, 244, 488, high), theme.ACCENT, 236)
            self.text(
                surface, "THE RACE GOES ON", 30, theme.TEXT, (640, 282), "center",
                weight=theme.Weight.ITALIC,
            )  # fmt: skip
            self.focus.draw(surface, self.scale)

    def _draw_outlines(self, surface: pygame.Surface, frame: Frame) -> None:
        race = self.view.race
        if race is not None:
            safe = self.stage.preferences.safe_colours
            self._truth.draw_world(surface, frame, race, self.scene.seen, safe)

    def _draw_truth(
        self, surface: pygame.Surface, race: RaceView, now: float, elapsed: float
    ) -> None:
        """Draw the figures of the link beside the instruments at the right."""
        self._truth.watch(race, self.scene.seen, now, elapsed, self.stage.work_s)
        hud = self.scene.hud
        top, bottom = room_beside(hud.covered, surface.get_size())
        place = self._truth.draw_panel(
            surface, self.view, race, now, top=top, bottom=bottom, simulated=self.stage.simulated
        )
        # Names keep out of it.
        hud.covered.append(place)

    def _covered(self, height: int) -> int:
        """Return how much of the lower window a panel covers: the car is shown above it."""
        return max(0, height - self.box(0, self.panel.top, 4, 6).top) if self.panel.open else 0

    def _hint(self, race: RaceView) -> str:
        """Return what keys can do now besides driving."""
        words = self._eyes.hint(race)
        if words and self.may_restart:
            words += f"     {self.stage.bindings.key_words(Action.RESTART)}  begin anew"
        return words

    def _character(self) -> str:
        """Return what kind of driver is looked at, where it is one of the server's bots."""
        followed = self.scene.followed
        seat = self.view.seat_of(followed.slot) if followed is not None else None
        if seat is None or seat.kind != SeatKind.BOT or seat.name not in CHARACTERS:
            return ""
        return f"{seat.name}: {CHARACTERS[seat.name]}"

    def _draw_hint(self, surface: pygame.Surface, hint: str, top: float) -> None:
        """Tell something to who has no car to drive."""
        if not hint:
            return
        size = self.size(17)
        width = theme.text_width(hint, size) / self.scale
        theme.panel(surface, self.box(640 - width / 2 - 16, top, width + 32, 30), alpha=150)
        self.text(surface, hint, 17, theme.TEXT_SOFT, (640, top + 15), "center")

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
            said |= {"race": race.race_id, "watching": True, "follow": self._eyes.follow}
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
            "warps": self._eye.warps,
            "late": self._eye.late,
            "jump": round(self._eye.worst, 3),
            "overview": self._eyes.overview,
        }
