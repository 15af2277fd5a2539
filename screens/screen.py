"""What every screen is, and what all of them share: the `Stage`.

Screens are objects that swap: `stage.show(NextScreen(stage))`. A screen lays
itself out on 1280x720 logical pixels; `box` maps that to the window.

Units: logical pixels in `box`, pixels of the window elsewhere; seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from car import CarInput
from client_link import Link, LinkKind
from identity import Identity
from preferences import Preferences
from protocol import NoticeKind
from screens import theme
from screens.widgets import Focus, Widget

if TYPE_CHECKING:
    from practice import PracticeServer

WIDTH, HEIGHT = 1280, 720
NOTICE_S = 6.0


@dataclass
class Stage:
    """The window, the player, the link, and the screen on show."""

    window: pygame.Surface
    preferences: Preferences
    identity: Identity
    data: Path
    server: str
    link: Link | None = None
    practice: PracticeServer | None = None
    screen: Screen | None = None
    running: bool = True
    toasts: list[tuple[NoticeKind, str, float]] = field(default_factory=list)

    def show(self, screen: Screen) -> None:
        """Swap to another screen."""
        if self.screen is not None:
            self.screen.leave()
        self.screen = screen
        screen.enter()

    def toast(self, text: str, kind: NoticeKind = NoticeKind.INFO) -> None:
        """Show a sentence for a few seconds, on whatever screen."""
        self.toasts.append((kind, text, time.monotonic()))
        del self.toasts[:-4]

    def hang_up(self) -> None:
        """Leave the server, and stop the practice one."""
        if self.link is not None:
            self.link.close()
            self.link = None
        if self.practice is not None:
            self.practice.stop()
            self.practice = None


class Screen:
    """One thing that the player sees."""

    name = "screen"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.focus = Focus()
        self.scale = 1.0
        self._left = self._top = 0.0

    def enter(self) -> None:
        """Begin to be shown."""

    def leave(self) -> None:
        """Stop being shown."""
        pygame.key.stop_text_input()

    def layout(self, size: tuple[int, int]) -> None:
        """Fit 1280x720 logical pixels into the window."""
        self.scale = max(0.15, min(size[0] / WIDTH, size[1] / HEIGHT))
        self._left = (size[0] - WIDTH * self.scale) / 2
        self._top = (size[1] - HEIGHT * self.scale) / 2

    def box(self, x: float, y: float, width: float, height: float) -> pygame.Rect:
        """Return a logical rectangle in pixels of the window."""
        return pygame.Rect(
            round(self._left + x * self.scale),
            round(self._top + y * self.scale),
            max(1, round(width * self.scale)),
            max(1, round(height * self.scale)),
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a logical point in pixels of the window."""
        return self._left + x * self.scale, self._top + y * self.scale

    def size(self, logical: int) -> int:
        """Return a size of type for the window."""
        return max(7, round(logical * self.scale))

    def handle(self, event: pygame.event.Event) -> bool:
        """Take an event; return whether it was used up."""
        if self.focus.handle(event):
            return True
        if is_back(event):
            self.back()
            return True
        return False

    def back(self) -> None:
        """Go where Escape leads."""

    def wishes(self) -> CarInput:
        """Return what the driver wants; only the race has something to say."""
        return CarInput()

    def update(self, now: float) -> None:
        """Move on to now."""

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw everything."""

    def title(self, surface: pygame.Surface, text: str, hint: str = "") -> None:
        """Draw the heading of a screen."""
        theme.text(surface, text, self.size(58), theme.TEXT, self.at(64, 40), theme.Weight.HEAVY)
        if hint:
            theme.text(surface, hint, self.size(20), theme.MUTED, self.at(68, 108))

    def state(self) -> dict[str, object]:
        """Return what a trace of the interface says of this screen."""
        return {}

    @property
    def widgets(self) -> list[Widget]:
        """The widgets on show."""
        return self.focus.widgets


def is_back(event: pygame.event.Event) -> bool:
    """Whether an event asks to go back."""
    if event.type == pygame.KEYDOWN:
        return bool(event.key == pygame.K_ESCAPE)
    return bool(event.type == pygame.JOYBUTTONDOWN and event.button == 1)


def draw_toasts(surface: pygame.Surface, stage: Stage, now: float) -> None:
    """Draw notices of the game and the link above everything else."""
    width, height = surface.get_size()
    scale = max(0.5, min(width / WIDTH, height / HEIGHT))
    size = round(20 * scale)
    y = round(96 * scale)
    stage.toasts = [one for one in stage.toasts if now - one[2] < NOTICE_S]
    shown = [(kind, text) for kind, text, _ in stage.toasts]
    link = stage.link
    if link is not None:
        if link.status.kind is LinkKind.RECONNECTING:
            shown.insert(0, (NoticeKind.ERROR, link.status.text))
        shown += [(one.kind, one.text) for one in link.view.notices if now - one.at < NOTICE_S]
    tones = {
        NoticeKind.INFO: theme.GOOD,
        NoticeKind.WARNING: theme.WARN,
        NoticeKind.ERROR: theme.BAD,
    }
    for kind, text in shown[-4:]:
        text = theme.shortened(text, size, width - 60)
        box = pygame.Rect(0, y, theme.text_width(text, size) + 40, round(38 * scale))
        box.centerx = width // 2
        theme.panel(surface, box, tones[kind])
        theme.text(surface, text, size, theme.TEXT, box.center, anchor="center")
        y += box.height + 6
