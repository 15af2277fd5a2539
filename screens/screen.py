"""What every screen is, and what all of them share: the `Stage`.

Screens are objects that swap: `stage.go("menu")` makes the next one. A screen
lays itself out on 1280x720 logical pixels; `box` maps that to the window.

Units: logical pixels in `box` and `at`, pixels of the window elsewhere; seconds.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

import preferences
from car import CarInput
from dialling import Dial, Through, direct
from identity import Identity
from preferences import Preferences
from protocol import NoticeKind
from screens import theme
from screens.asks import Ask, ask_of
from screens.audio import Audio
from screens.backdrop import backdrop
from screens.bindings import Bindings
from screens.pads import Pads
from screens.widgets import Focus, Widget
from survey import Survey, round_trip_ms

if TYPE_CHECKING:
    from client_link import Link
    from practice import PracticeServer
    from screens.attract import Attract
    from screens.chat_box import ChatBox
    from screens.cluster_panel import ClusterPanel
    from screens.race_loading import SceneLoader

WIDTH, HEIGHT = 1280, 720
SCALE_MIN = 0.15
TOASTS_MAX = 4


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence of the game's own, and when it was told."""

    kind: NoticeKind
    text: str
    at: float


@dataclass
class Stage:
    """The player, the link, and the screen on show."""

    preferences: Preferences
    identity: Identity
    folder: Path
    """Where settings and identity are kept."""
    server: str
    """The address that Join Game proposes."""
    screens: Mapping[str, Callable[[Stage], Screen]]
    """How each screen is made, by name."""
    resize: Callable[[], None] = lambda: None
    """Makes the window as the preferences say."""
    pads: Pads = field(default_factory=Pads)
    audio: Audio = field(default_factory=Audio)
    through: Through = direct
    """What every link to a server is led through: a simulated one, where asked for."""
    link: Link | None = None
    chat: ChatBox | None = None
    """One for each link, so that a half-typed line outlives every screen."""
    panel: ClusterPanel | None = None
    """One for each link too: it stays open while screens change below it."""
    practice: PracticeServer | None = None
    loader: SceneLoader | None = None
    """Makes the pictures of the next race, ahead, in its waiting room."""
    attract: Attract | None = None
    """The live race behind the menus; without it a still serves."""
    truth: bool = False
    """Whether the truth overlay is shown in races."""
    simulated: str = ""
    """What is simulated of every link, empty for nothing."""
    work_s: float = 0.0
    """How long the making of the last picture took."""
    left_room: str = ""
    """The room that the player has left; what still comes from it is stale."""
    screen: Screen | None = None
    running: bool = True
    toasts: list[Toast] = field(default_factory=list)
    complained: str = ""
    """Why the settings could not be kept: it is told once, not at every change."""
    bindings: Bindings = field(init=False)
    """Which key does what, as the preferences have it."""

    def __post_init__(self) -> None:
        self.bindings = Bindings(self.preferences)

    def dial(self, host: str, port: int) -> Dial:
        """Return one attempt to reach a server; `Link` begins it."""
        return Dial(host, port, self.through)

    def survey(self) -> Survey:
        """Return what measures how far servers are, over the links that are played on."""
        return Survey(functools.partial(round_trip_ms, through=self.through))

    def go(self, name: str) -> None:
        """Swap to another screen."""
        self.show(self.screens[name](self))

    def show(self, screen: Screen) -> None:
        """Swap to a screen that is made already."""
        if self.screen is not None:
            self.screen.leave()
        self.screen = screen
        self.audio.music(screen.music)
        screen.enter()

    def toast(self, text: str, kind: NoticeKind = NoticeKind.INFO) -> None:
        """Show a sentence for a few seconds, on whatever screen."""
        if kind is not NoticeKind.INFO:
            self.audio.play("error")
        self.toasts.append(Toast(kind, text, time.monotonic()))
        del self.toasts[:-TOASTS_MAX]

    def keep(self) -> None:
        """Write the settings now: a program may be killed at any time."""
        sentence = preferences.save(self.preferences, self.folder / preferences.FILE)
        if sentence and sentence != self.complained:
            self.complained = sentence
            self.toast(sentence, NoticeKind.WARNING)

    def hang_up(self) -> None:
        """Leave the server, and stop the practice one."""
        if self.link is not None:
            self.link.close()
            self.link = None
        self.chat = self.panel = None
        self.left_room = ""
        if self.practice is not None:
            self.practice.stop()
            self.practice = None


class Screen:
    """One thing that the player sees."""

    name = "screen"
    music = "music-menu"
    """The piece that is played here; empty for none."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.focus = Focus(sound=stage.audio.play)
        self.scale = 1.0
        self._left = self._top = 0.0

    def enter(self) -> None:
        """Begin to be shown."""
        self.focus.aim()

    def leave(self) -> None:
        """Stop being shown."""
        pygame.key.stop_text_input()

    def layout(self, size: tuple[int, int]) -> None:
        """Fit 1280x720 logical pixels into the window."""
        self.scale = max(SCALE_MIN, min(size[0] / WIDTH, size[1] / HEIGHT))
        self._left = (size[0] - WIDTH * self.scale) / 2
        self._top = (size[1] - HEIGHT * self.scale) / 2

    def box(self, x: float, y: float, width: float, height: float) -> pygame.Rect:
        """Return a logical rectangle in pixels of the window."""
        return pygame.Rect(
            round(self._left + x * self.scale),
            round(self._top + y * self.scale),
            max(4, round(width * self.scale)),
            max(6, round(height * self.scale)),
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a logical point in pixels of the window."""
        return self._left + x * self.scale, self._top + y * self.scale

    def px(self, logical: float) -> int:
        """Return a length in pixels of the window."""
        return max(1, round(logical * self.scale))

    def size(self, logical: float) -> int:
        """Return a size of type for the window, as large as the player likes it."""
        return theme.letters(logical, self.scale)

    def handle(self, event: pygame.event.Event) -> bool:
        """Take an event; return whether it was used up."""
        if self.focus.handle(event):
            return True
        if ask_of(event) is Ask.BACK:
            self.stage.audio.play("back")
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

    def draw_backdrop(self, surface: pygame.Surface) -> None:
        """Draw what lies behind every menu: the live race, where there is one."""
        if self.stage.attract is not None:
            self.stage.attract.draw(surface)
        else:
            surface.blit(backdrop(surface.get_size()), (0, 0))

    def text(
        self,
        surface: pygame.Surface,
        string: str,
        logical: float,
        colour: pygame.Color,
        pos: tuple[float, float],
        anchor: str = "topleft",
        weight: theme.Weight = theme.Weight.SEMIBOLD,
        width: float = 0.0,
        shadow: bool = False,
    ) -> pygame.Rect:
        """Draw a line at a logical place; with a width, shortened to that."""
        size = self.size(logical)
        if width:
            string = theme.shortened(string, size, round(width * self.scale), weight)
        return theme.text(surface, string, size, colour, self.at(*pos), weight, anchor, shadow)

    def heading(
        self, surface: pygame.Surface, title: str, hint: str = "", width: float = 1150
    ) -> None:
        """Draw the heading of a screen, shortened to a width."""
        self.text(surface, title, 58, theme.TEXT, (64, 34), weight=theme.Weight.HEAVY, width=width)
        self.text(surface, hint, 20, theme.MUTED, (66, 102), width=width, shadow=True)

    def keys(self, surface: pygame.Surface, hints: str, left: float = 64) -> None:
        """Draw which keys do what, at the lower edge."""
        place = (left, 704)
        tone, width = theme.TEXT_SOFT, 1216 - left
        self.text(surface, hints, 17, tone, place, "bottomleft", width=width, shadow=True)

    @staticmethod
    def dots(now: float) -> str:
        """Return one to three dots, for what is going on."""
        return "." * (1 + int(now * 2.5) % 3)

    @property
    def takes_keys(self) -> bool:
        """Whether letters are for something that is written."""
        current = self.focus.current
        return current is not None and current.takes_text

    def state(self) -> dict[str, object]:
        """Return what a trace of the interface says of this screen."""
        return {}

    @property
    def widgets(self) -> list[Widget]:
        """The widgets on show."""
        return self.focus.widgets
