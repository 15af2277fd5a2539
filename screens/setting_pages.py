"""What can be set, in four pages: game, sound, picture, keys.

A page has widgets, lays them out and draws what stands beside them; it
changes the preferences at once. Which page is on show is `settings.py`'s.

Units: logical pixels; percent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pygame

from chat import NAME_CHARS_MAX, clean_name
from errors import BadFile
from preferences import TEXT_SIZES
from protocol import NoticeKind
from screens import theme
from screens.audio import SAMPLES
from screens.binding_cell import BindingCell, Device
from screens.bindings import TITLES, Action
from screens.car_choice import CarChoice
from screens.room_options import LEVELS, OFF_ON
from screens.screen import Screen, Stage
from screens.slider import Slider
from screens.text_entry import TextEntry
from screens.widgets import Button, Choice, Widget
from synth.catalogue import SoundKind

WINDOWS = ((960, 540), (1280, 720), (1600, 900), (1920, 1080), (2560, 1440))
VOLUMES = {
    "volume_master": "All sound",
    "volume_engine": "Engines",
    "volume_effects": "Tyres, hits, signals",
    "volume_crowd": "Crowd",
    "volume_music": "Music",
    "volume_interface": "Interface",
}
LEFT, TOP, WIDTH, ROW, GAP = 84, 220, 540, 50, 6
ASIDE = 668
"""Where the second column begins."""
CELL_ROW = 46
CELLS_A_COLUMN = 7
SAMPLE = "Turbo_Tess overtook you by 0.3 s"


class Page:
    """Some settings that belong together."""

    title = ""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.widgets: list[Widget] = []

    def layout(self, screen: Screen) -> None:
        """Put the widgets below each other."""
        for number, one in enumerate(self.widgets):
            one.rect = screen.box(LEFT, TOP + number * (ROW + GAP), WIDTH, ROW)

    def draw(self, screen: Screen, surface: pygame.Surface) -> None:
        """Draw what stands beside the widgets."""

    def update(self) -> None:
        """Follow what may have been changed elsewhere, such as by a key."""

    def take(self, event: pygame.event.Event) -> bool:
        """Take an event before everybody else; return whether it was used up."""
        return False

    def leave(self) -> None:
        """Stop being shown."""

    def _set(self, name: str, value: object) -> None:
        setattr(self.stage.preferences, name, value)


class GamePage(Page):
    """Who drives what."""

    title = "GAME"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        self._name = TextEntry(
            "Name", stage.identity.name, NAME_CHARS_MAX, self._rename, "what the others call you"
        )
        self._car = CarChoice(have.car_class, partial(self._set, "car_class"))
        self._car.safe = have.safe_colours
        self.widgets = [
            self._name,
            Choice("Bots", LEVELS, have.level, partial(self._set, "level")),
            Choice("Damage", OFF_ON, int(have.damage), self._damage),
            self._car,
        ]

    def _damage(self, index: int) -> None:
        self.stage.preferences.damage = bool(index)

    def _rename(self, text: str) -> None:
        name = clean_name(text)
        self._name.replace(name or self.stage.identity.name)
        if not name or name == self.stage.identity.name:
            return
        self.stage.identity.name = name
        try:
            self.stage.identity.write()
        except BadFile as error:
            self.stage.toast(str(error), NoticeKind.WARNING)

    def update(self) -> None:
        """Another page may have changed the colours."""
        self._car.safe = self.stage.preferences.safe_colours

    def layout(self, screen: Screen) -> None:
        """The car beside the rest, with its picture."""
        super().layout(screen)
        self._car.rect = screen.box(ASIDE, TOP, 520, 224)

    def draw(self, screen: Screen, surface: pygame.Surface) -> None:
        """Say what the choices are for."""
        told = (
            "The name is seen by others in rooms, races and chat.",
            "Bots and damage are those of the rooms that you open.",
            "The car is yours wherever you sit down; each room lets you change it.",
        )
        for number, line in enumerate(told):
            y = TOP + 260 + number * 38
            screen.text(surface, line, 19, theme.MUTED, (LEFT + 2, y), "midleft", width=1100)

    def leave(self) -> None:
        """Keep a name that was typed and not confirmed."""
        self._rename(self._name.text)


class SoundPage(Page):
    """How loud what is."""

    title = "SOUND"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        self._mute = Choice("Mute", OFF_ON, int(have.mute), self._silence)
        self.widgets = [
            *(Slider(label, getattr(have, name), partial(self._set_volume, name))
              for name, label in VOLUMES.items()),
            self._mute,
        ]  # fmt: skip

    def _set_volume(self, name: str, value: int) -> None:
        self._set(name, value)
        kind = name.removeprefix("volume_")
        if kind in SAMPLES:
            self.stage.audio.try_out(SoundKind(kind))

    def _silence(self, index: int) -> None:
        self.stage.preferences.mute = bool(index)

    def update(self) -> None:
        """The key for it may have been pressed."""
        self._mute.index = int(self.stage.preferences.mute)

    def draw(self, screen: Screen, surface: pygame.Surface) -> None:
        """Tell the key."""
        key = self.stage.bindings.key_words(Action.MUTE)
        y = TOP + ROW / 2 + len(VOLUMES) * (ROW + GAP)
        screen.text(surface, f"{key}  mutes anywhere", 19, theme.MUTED, (ASIDE, y), "midleft")


class PicturePage(Page):
    """How it looks."""

    title = "PICTURE"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        now = (have.width, have.height)
        self._sizes = sorted({*WINDOWS, now})
        sizes = [f"{width} x {height}" for width, height in self._sizes]
        self._full = Choice("Fullscreen", OFF_ON, int(have.fullscreen), self._fullscreen)
        texts = [f"{percent} %" for percent in TEXT_SIZES]
        self.widgets = [
            Choice("Window", sizes, self._sizes.index(now), self._resize),
            self._full,
            Choice("Size of text", texts, TEXT_SIZES.index(have.text_size), self._letters),
            Choice("Colour-blind palette", OFF_ON, int(have.safe_colours), self._colours),
            Choice("Reduced motion", OFF_ON, int(have.reduced_motion), self._motion),
        ]

    def _resize(self, index: int) -> None:
        have = self.stage.preferences
        have.width, have.height = self._sizes[index]
        if not have.fullscreen:
            self.stage.resize()

    def _fullscreen(self, index: int) -> None:
        self.stage.preferences.fullscreen = bool(index)
        self.stage.resize()

    def _letters(self, index: int) -> None:
        self.stage.preferences.text_size = TEXT_SIZES[index]
        theme.set_text_size(TEXT_SIZES[index])

    def _motion(self, index: int) -> None:
        self.stage.preferences.reduced_motion = bool(index)

    def _colours(self, index: int) -> None:
        self.stage.preferences.safe_colours = bool(index)

    def update(self) -> None:
        """F11 may have been pressed."""
        self._full.index = int(self.stage.preferences.fullscreen)

    def draw(self, screen: Screen, surface: pygame.Surface) -> None:
        """Show text and colours as they are with these settings."""
        middles = [TOP + ROW / 2 + number * (ROW + GAP) for number in range(5)]
        told = {
            1: "F11  fills the screen anywhere",
            2: SAMPLE,
            4: "No shaking, no smoke; a still picture behind the menus",
        }
        for number, line in told.items():
            tone = theme.TEXT_SOFT if number == 2 else theme.MUTED
            place = (ASIDE, middles[number])
            screen.text(surface, line, 19, tone, place, "midleft", width=520)
        for slot in range(8):
            rect = screen.box(ASIDE + slot * 48, middles[3] - 11, 40, 22)
            colour = theme.car_colour(slot, self.stage.preferences.safe_colours)
            pygame.draw.rect(surface, colour, rect, border_radius=screen.px(4))


class KeysPage(Page):
    """Which key and which button do what."""

    title = "KEYS"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._sentence = ""
        self._cells = [
            BindingCell(action, device, stage.bindings, self._tell)
            for action in Action
            for device in Device
        ]
        self._reset = Button("RESET ALL", self._as_shipped)
        self.widgets = [*self._cells, self._reset]

    def _tell(self, sentence: str) -> None:
        self._sentence = sentence

    def _as_shipped(self) -> None:
        self.stage.bindings.reset()
        self._sentence = "All keys and buttons are as they ship."

    def take(self, event: pygame.event.Event) -> bool:
        """A cell that waits takes all there is."""
        return any(one.take(event) for one in self._cells)

    @property
    def waiting(self) -> bool:
        """Whether the next key is taken, whatever it is."""
        return any(one.waiting for one in self._cells)

    def leave(self) -> None:
        """Wait no longer."""
        for one in self._cells:
            one.waiting = False
        self._sentence = ""

    @staticmethod
    def _place(number: int) -> tuple[float, float]:
        """Return where the line of an action begins."""
        column, row = divmod(number, CELLS_A_COLUMN)
        return LEFT + column * 572, 240 + row * CELL_ROW

    def layout(self, screen: Screen) -> None:
        """Two columns of actions, each with a key and a button."""
        for number in range(len(Action)):
            x, y = self._place(number)
            key, button = self._cells[2 * number : 2 * number + 2]
            key.rect = screen.box(x + 164, y, 186, CELL_ROW - 6)
            button.rect = screen.box(x + 358, y, 182, CELL_ROW - 6)
        self._reset.rect = screen.box(LEFT, 572, 230, 46)

    def draw(self, screen: Screen, surface: pygame.Surface) -> None:
        """Draw the actions, and the last sentence."""
        for number, action in enumerate(Action):
            x, y = self._place(number)
            middle = y + (CELL_ROW - 6) / 2
            tone = theme.TEXT_SOFT
            screen.text(surface, TITLES[action], 19, tone, (x, middle), "midleft", width=156)
            if number % CELLS_A_COLUMN == 0:
                for name, along in (("KEYBOARD", 257), ("GAMEPAD", 449)):
                    screen.text(surface, name, 15, theme.MUTED, (x + along, 236), "midbottom")
        screen.text(
            surface, self._sentence, 20, theme.WARN, (LEFT + 254, 593), "midleft", width=850
        )


PAGES: tuple[Callable[[Stage], Page], ...] = (GamePage, SoundPage, PicturePage, KeysPage)
