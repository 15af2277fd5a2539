"""Time trial: which track and which car, what there is to beat, then alone against it.

Track and car are chosen on a server, which keeps the ghosts: the player's own
best lap and the best of all. A room of one's own is opened for each trial.

Units: logical pixels, seconds, milliseconds where the name says so.
"""

from __future__ import annotations

import functools

import pygame

from car import CarClass
from errors import BadFile
from lobby import LAPS_MAX, TITLE_CHARS_MAX, RoomMode
from protocol import AskGhosts, Channel, ChooseCar, CreateRoom, GhostKind, GhostRow, Ready
from screens import theme
from screens.backdrop import preview
from screens.bindings import Action
from screens.car_choice import CarChoice
from screens.online import OnlineScreen, fitting
from screens.practising import track_words
from screens.screen import Stage
from screens.widgets import Button, Choice
from track import track_of

ANSWER_S = 1.0
"""What was asked for and is not there by then is asked for again."""
PATIENCE_S = 6.0
"""A start that has come to nothing by then may be tried again."""
MEDALS = (
    ("Gold", pygame.Color("#ffd54a")),
    ("Silver", pygame.Color("#cfd7e0")),
    ("Bronze", pygame.Color("#d08a52")),
)


class Trial(OnlineScreen):
    """Chooses, opens a room of one's own, and drives."""

    name = "trial"
    channels = (Channel.LOBBY,)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        welcome = self.view.welcome
        self._tracks = list(welcome.tracks) if welcome is not None else []
        names = [row.name for row in self._tracks]
        at = names.index(have.track) if have.track in names else 0
        self._track = Choice("Track", [row.title for row in self._tracks], at)
        self._car = CarChoice(have.car_class)
        self._start = Button("START", self._begin, "Alone, against the ghosts of the best laps")
        self._start.enabled = bool(self._tracks)
        self._back = Button("MAIN MENU", self.back)
        self._began_at: float | None = None
        self._asked_at = -ANSWER_S
        self._asked_for: tuple[str, int] | None = None
        self._now = 0.0
        self.focus.replace([self._track, self._car, self._start, self._back], 2)

    @property
    def _track_name(self) -> str:
        return self._tracks[self._track.index].name if self._tracks else ""

    # What the player does

    def _begin(self) -> None:
        if self._began_at is not None:
            return
        have = self.stage.preferences
        have.track, have.car_class = self._track_name, self._car.index
        self.stage.keep()
        self._began_at, self._asked_at = self._now, -ANSWER_S
        self.stage.left_room = ""
        title = f"{self.stage.identity.name}'s trial"[:TITLE_CHARS_MAX]
        self.link.send(CreateRoom(title, self._track_name, LAPS_MAX, 0, mode=int(RoomMode.TRIAL)))

    def back(self) -> None:
        """Return to the menu."""
        self.stage.go("menu")

    # Following the server

    def update(self, now: float) -> None:
        """Ask for the ghosts of what is chosen; once a room is ours, drive."""
        self._now = now
        super().update(now)
        if self.stage.screen is not self:
            return
        self._start.label = "START" if self._began_at is None else "TO THE GRID ..."
        if self._began_at is not None:
            self._go_on(now)
        elif self._tracks and self._asked_for != (self._track_name, self._car.index):
            self._ask_for_ghosts(now)

    def goal(self) -> str:
        """Stay here, also in the waiting room of a trial, until the race begins."""
        name = fitting(self.view)
        waits = self._began_at is not None and self._now - self._began_at < PATIENCE_S
        return self.name if name == "rooms" or (name == "waiting" and waits) else name

    def _ask_for_ghosts(self, now: float) -> None:
        # Not at every step of a hand that looks for its track.
        if now - self._asked_at > ANSWER_S / 4:
            self._asked_at = now
            self._asked_for = (self._track_name, self._car.index)
            self.link.send(AskGhosts(*self._asked_for))

    def _go_on(self, now: float) -> None:
        seat = self.view.my_seat
        if self._began_at is not None and now - self._began_at > PATIENCE_S:
            self._began_at = None
        elif seat is not None and now - self._asked_at > ANSWER_S:
            self._asked_at = now
            if seat.car_class != self._car.index:
                self.link.send(ChooseCar(self._car.index))
            self.link.send(Ready(True))

    # Drawing

    def layout(self, size: tuple[int, int]) -> None:
        """The choices at the left; the track and its times at the right."""
        super().layout(size)
        self._track.rect = self.box(64, 150, 540, 50)
        self._car.rect = self.box(64, 210, 540, 230)
        self._car.safe = self.stage.preferences.safe_colours
        self._start.rect, self._back.rect = self.box(64, 462, 420, 78), self.box(64, 552, 320, 56)
        self.chat.rect = self.box(64, 614, 640, 76)

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the choices, the track, and what there is to beat."""
        self.draw_backdrop(surface)
        node = self.view.welcome.node if self.view.welcome is not None else ""
        self.heading(surface, "TIME TRIAL", f"You against the clock, on {node}")
        name = self._track_name
        box = self.box(744, 50, 472, 354)
        theme.panel(surface, box.inflate(self.px(12), self.px(12)))
        picture = preview(name, box.size) if name else None
        if picture is not None:
            surface.blit(picture, box)
        _, about = track_words(name) if name else ("", "")
        self.text(surface, about, 18, theme.TEXT_SOFT, (742, 414), width=476)
        self._draw_times(surface, name)
        self.focus.draw(surface, self.scale)
        if self.chat.open:
            self.draw_chat(surface, now)
        again = self.stage.bindings.key_words(Action.RESTART)
        self.keys(
            surface,
            f"Arrows  choose     Enter  start     Escape  main menu     {again}  begin anew",
        )

    def _draw_times(self, surface: pygame.Surface, name: str) -> None:
        """Draw the target times, and whose laps are to be beaten."""
        theme.panel(surface, self.box(744, 450, 472, 218), alpha=205)
        known = self.view.ghosts.get((name, self._car.index))
        own = known.get(GhostKind.OWN) if known is not None else None
        record = known.get(GhostKind.RECORD) if known is not None else None
        best_s = own.lap_ms / 1000 if own is not None else None
        targets = target_times(name)
        for number, ((medal, tone), target_s) in enumerate(zip(MEDALS, targets, strict=False)):
            x = 764 + number * 152
            won = best_s is not None and best_s <= target_s
            if won:
                theme.panel(surface, self.box(x - 10, 462, 146, 70), tone, 235)
            self.text(surface, medal, 18, tone, (x, 468), weight=theme.Weight.BOLD)
            colour = theme.TEXT if won else theme.MUTED
            self.text(surface, theme.format_time(target_s), 24, colour, (x, 494))
        asking = known is None and self._asked_for == (name, self._car.index)
        none = "asking ..." if asking else "nobody yet"
        self._draw_lap(surface, "Your best", own, "none yet" if known is not None else none, 556)
        self._draw_lap(surface, "Record", record, none, 606)

    def _draw_lap(
        self, surface: pygame.Surface, what: str, row: GhostRow | None, none: str, y: float
    ) -> None:
        label = self.text(surface, what, 20, theme.MUTED, (764, y + 14), "midleft")
        if row is None:
            self.text(surface, none, 20, theme.MUTED, (1196, y + 14), "midright")
            return
        time = theme.format_time(row.lap_ms / 1000)
        tone = theme.BEST if row.kind == GhostKind.RECORD else theme.TEXT
        place = self.text(
            surface, time, 30, tone, (1196, y + 14), "midright", weight=theme.Weight.BOLD
        )
        if row.kind == GhostKind.RECORD:
            left = label.right + self.px(14)
            name = theme.shortened(row.name, self.size(20), place.left - self.px(14) - left)
            at = (left, label.centery)
            theme.text(surface, name, self.size(20), theme.TEXT_SOFT, at, anchor="midleft")

    def state(self) -> dict[str, object]:
        """Tell what is chosen, and what is known of it."""
        known = self.view.ghosts.get((self._track_name, self._car.index), {})
        return {
            **super().state(),
            "track": self._track_name,
            "car": CarClass(self._car.index).name,
            "ghosts": {GhostKind(kind).name: row.lap_ms for kind, row in known.items()},
        }


@functools.lru_cache(maxsize=64)
def target_times(name: str) -> tuple[float, ...]:
    """Return the lap times for gold, silver and bronze, s; nothing for an unknown track."""
    try:
        bronze, silver, gold = track_of(name).targets_s
    except BadFile:
        return ()
    return gold, silver, bronze
