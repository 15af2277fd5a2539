"""Buttons, text entries and choices, with one focus for all devices.

A widget is told events and draws itself; a `Focus` passes keyboard, mouse and
gamepad on to the right one. Text goes through TEXTINPUT and TEXTEDITING, so
that input methods work. No widget knows what its screen is for.

Units: pixels of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pygame

from screens import theme

CURSOR_BLINK_MS = 530


class Widget:
    """Something that can have the focus."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.rect = pygame.Rect(0, 0, 0, 0)
        self.enabled = True
        self.focused = False

    def handle(self, event: pygame.event.Event) -> bool:
        """Take an event; return whether it was used up."""
        return False

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw into the rectangle."""

    @property
    def content(self) -> str:
        """What the widget shows, for a trace of the interface."""
        return self.label


class Button(Widget):
    """Does something when it is pressed."""

    def __init__(self, label: str, action: Callable[[], None], caption: str = "") -> None:
        super().__init__(label)
        self.caption = caption
        self._action = action

    def handle(self, event: pygame.event.Event) -> bool:
        """Press on click, Enter, Space or the gamepad's A."""
        if not self.enabled or not is_press(event, self.rect):
            return False
        self._action()
        return True

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the slanted body and the label."""
        look = theme.ButtonLook.DISABLED
        if self.enabled:
            look = theme.ButtonLook.FOCUSED if self.focused else theme.ButtonLook.IDLE
        theme.button(surface, self.rect, self.label, look, self.caption)


class Choice(Widget):
    """One of several values, changed by left and right."""

    def __init__(
        self, label: str, options: Sequence[str], index: int, changed: Callable[[int], None]
    ) -> None:
        super().__init__(label)
        self.options = list(options)
        self.index = index
        self._changed = changed

    def handle(self, event: pygame.event.Event) -> bool:
        """Step on arrow keys, the pad's cross, or a click on either half."""
        step = 0
        if event.type == pygame.KEYDOWN and event.key in (pygame.K_LEFT, pygame.K_RIGHT):
            step = 1 if event.key == pygame.K_RIGHT else -1
        elif event.type == pygame.JOYHATMOTION and event.value[0]:
            step = event.value[0]
        elif event.type == pygame.MOUSEBUTTONDOWN and self.rect.collidepoint(event.pos):
            step = 1 if event.pos[0] > self.rect.centerx else -1
        elif is_press(event, pygame.Rect(0, 0, 0, 0)):
            step = 1
        if not step or not self.options:
            return False
        self.index = (self.index + step) % len(self.options)
        self._changed(self.index)
        return True

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw label and value between two arrows."""
        theme.input_box(surface, self.rect, self.focused)
        size = round(20 * scale)
        mid = self.rect.centery
        colour = theme.ACCENT if self.focused else theme.MUTED
        theme.text(
            surface, self.label, size, theme.MUTED, (self.rect.left + 14, mid), anchor="midleft"
        )
        theme.text(
            surface,
            f"<  {self.value}  >",
            size,
            colour if self.focused else theme.TEXT,
            (self.rect.right - 14, mid),
            anchor="midright",
        )

    @property
    def value(self) -> str:
        """The option that is chosen."""
        return self.options[self.index] if self.options else ""

    @property
    def content(self) -> str:
        """Label and value."""
        return f"{self.label}: {self.value}"


@dataclass(slots=True)
class Caret:
    """Where the next letter goes, and where a selection began."""

    at: int = 0
    anchor: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """The selected part."""
        return min(self.at, self.anchor), max(self.at, self.anchor)


class TextEntry(Widget):
    """One line of text: selection, clipboard, composition."""

    def __init__(
        self,
        label: str,
        text: str,
        chars_max: int,
        submitted: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__(label)
        self.text = text
        self.composition = ""
        self._chars_max = chars_max
        self._submitted = submitted
        self._caret = Caret(len(text), len(text))

    def insert(self, letters: str) -> None:
        """Put letters in place of the selection, as far as there is room."""
        low, high = self._caret.span
        letters = "".join(char for char in letters if char.isprintable())
        letters = letters[: self._chars_max - len(self.text) + high - low]
        self.text = self.text[:low] + letters + self.text[high:]
        self._caret.at = self._caret.anchor = low + len(letters)

    def clear(self) -> None:
        """Empty the entry."""
        self.text = self.composition = ""
        self._caret = Caret()

    def handle(self, event: pygame.event.Event) -> bool:
        """Edit."""
        if event.type == pygame.TEXTINPUT:
            self.composition = ""
            self.insert(event.text)
            return True
        if event.type == pygame.TEXTEDITING:
            self.composition = event.text
            return True
        if event.type == pygame.MOUSEBUTTONDOWN and self.rect.collidepoint(event.pos):
            self._caret.at = self._caret.anchor = len(self.text)
            return True
        return event.type == pygame.KEYDOWN and self._key(event)

    def _key(self, event: pygame.event.Event) -> bool:
        command = event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META)
        if command:
            return self._command(event.key)
        low, high = self._caret.span
        if event.key == pygame.K_BACKSPACE:
            if low == high:
                low = max(0, low - 1)
            self._cut(low, high)
        elif event.key == pygame.K_DELETE:
            self._cut(low, high if high > low else high + 1)
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            self._submitted(self.text)
        elif event.key in (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_HOME, pygame.K_END):
            goal = {
                pygame.K_LEFT: max(0, self._caret.at - 1),
                pygame.K_RIGHT: min(len(self.text), self._caret.at + 1),
                pygame.K_HOME: 0,
                pygame.K_END: len(self.text),
            }[event.key]
            self._caret.at = goal
            if not event.mod & pygame.KMOD_SHIFT:
                self._caret.anchor = goal
        else:
            # Letters arrive as TEXTINPUT; their keys must not reach anybody else.
            return event.key not in (
                pygame.K_TAB,
                pygame.K_UP,
                pygame.K_DOWN,
                pygame.K_ESCAPE,
                pygame.K_F11,
            )
        return True

    def _command(self, key: int) -> bool:
        low, high = self._caret.span
        if key == pygame.K_a:
            self._caret = Caret(len(self.text), 0)
        elif key in (pygame.K_c, pygame.K_x):
            pygame.scrap.put_text(self.text[low:high])
            if key == pygame.K_x:
                self._cut(low, high)
        elif key == pygame.K_v:
            self.insert(pygame.scrap.get_text().replace("\n", " "))
        else:
            return False
        return True

    def _cut(self, low: int, high: int) -> None:
        self.text = self.text[:low] + self.text[high:]
        self._caret.at = self._caret.anchor = low

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw box, text, selection and caret."""
        theme.input_box(surface, self.rect, self.focused)
        size = round(20 * scale)
        left = self.rect.left + 14
        if self.label:
            left = (
                theme.text(
                    surface,
                    self.label,
                    size,
                    theme.MUTED,
                    (left, self.rect.centery),
                    anchor="midleft",
                ).right
                + 12
            )
        low, high = self._caret.span
        if self.focused and high > low:
            start = left + theme.text_width(self.text[:low], size)
            width = theme.text_width(self.text[low:high], size)
            pygame.draw.rect(
                surface, "#6a3a12", (start, self.rect.top + 6, width, self.rect.height - 12)
            )
        shown = self.text[: self._caret.at] + self.composition + self.text[self._caret.at :]
        theme.text(surface, shown, size, theme.TEXT, (left, self.rect.centery), anchor="midleft")
        if self.focused and pygame.time.get_ticks() // CURSOR_BLINK_MS % 2 == 0:
            before = self.text[: self._caret.at] + self.composition
            x = left + theme.text_width(before, size)
            pygame.draw.line(
                surface, theme.ACCENT, (x, self.rect.top + 8), (x, self.rect.bottom - 8), 2
            )

    @property
    def content(self) -> str:
        """Label and text."""
        return f"{self.label}: {self.text}"


def is_press(event: pygame.event.Event, rect: pygame.Rect) -> bool:
    """Whether an event presses what has the focus, or lies under the mouse."""
    if event.type == pygame.KEYDOWN:
        return event.key in (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)
    if event.type == pygame.JOYBUTTONDOWN:
        return bool(event.button == 0)
    return (
        event.type == pygame.MOUSEBUTTONDOWN
        and event.button == 1
        and bool(rect.collidepoint(event.pos))
    )


class Focus:
    """Which of a screen's widgets has the focus, and how it moves."""

    def __init__(self, widgets: Sequence[Widget] = ()) -> None:
        self.widgets: list[Widget] = []
        self.replace(widgets)

    def replace(self, widgets: Sequence[Widget], first: int = 0) -> None:
        """Take another set of widgets; keep the focus where it was, if it is there."""
        held = self.current
        self.widgets = list(widgets)
        if held is not None and held in self.widgets:
            return
        if held is not None:
            held.focused = False
        self.set(self.widgets[min(first, len(self.widgets) - 1)] if self.widgets else None)

    @property
    def current(self) -> Widget | None:
        """The widget with the focus."""
        return next((one for one in self.widgets if one.focused), None)

    def set(self, widget: Widget | None) -> None:
        """Give the focus to a widget, or take it from all."""
        for one in self.widgets:
            one.focused = one is widget
        if isinstance(widget, TextEntry):
            pygame.key.start_text_input()
            pygame.key.set_text_input_rect(widget.rect)
        else:
            pygame.key.stop_text_input()

    def handle(self, event: pygame.event.Event) -> bool:
        """Pass an event on; return whether it was used up."""
        if event.type == pygame.MOUSEMOTION:
            over = self._under(event.pos)
            if over is not None and not isinstance(self.current, TextEntry):
                self.set(over)
            return False
        if event.type == pygame.MOUSEBUTTONDOWN:
            over = self._under(event.pos)
            if over is None:
                return False
            self.set(over)
            return over.handle(event)
        current = self.current
        if current is not None and current.handle(event):
            return True
        step = _step(event)
        if step and self.widgets:
            usable = [one for one in self.widgets if one.enabled]
            at = usable.index(current) if current in usable else -step
            self.set(usable[(at + step) % len(usable)])
            return True
        return False

    def _under(self, pos: tuple[int, int]) -> Widget | None:
        return next(
            (one for one in self.widgets if one.enabled and one.rect.collidepoint(pos)), None
        )

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw every widget."""
        for one in self.widgets:
            one.draw(surface, scale)


def _step(event: pygame.event.Event) -> int:
    if event.type == pygame.KEYDOWN:
        if event.key == pygame.K_TAB:
            return -1 if event.mod & pygame.KMOD_SHIFT else 1
        return {pygame.K_DOWN: 1, pygame.K_UP: -1}.get(event.key, 0)
    if event.type == pygame.JOYHATMOTION:
        return -int(event.value[1])
    return 0
