"""One line of text that can be edited: selection, clipboard, composition.

Letters come by TEXTINPUT and TEXTEDITING, so that input methods and every
keyboard work; KEYDOWN is for editing only. Text longer than the box scrolls.

Units: pixels of the window; carets count characters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pygame

from screens import theme
from screens.widgets import Widget

CURSOR_BLINK_MS = 530
SELECTION = pygame.Color("#8a4512")
LETTERS = 20
INSET = 14
ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)


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
    """An editable line with a label in front."""

    takes_text = True

    def __init__(
        self,
        label: str,
        text: str,
        chars_max: int,
        submitted: Callable[[str], None] = lambda text: None,
        hint: str = "",
    ) -> None:
        super().__init__(label)
        self.text = text
        self.hint = hint
        """Shown while there is no text."""
        self.composition = ""
        """What an input method is still putting together."""
        self.label_width = 0
        """Keeps room for the label, so that entries below each other line up."""
        self._chars_max = chars_max
        self._submitted = submitted
        self._caret = Caret(len(text), len(text))
        self._text_left = 0
        self._size = LETTERS
        self._dragging = False

    @property
    def selected(self) -> str:
        """The selected letters."""
        low, high = self._caret.span
        return self.text[low:high]

    def insert(self, letters: str) -> None:
        """Put letters in place of the selection, as far as there is room."""
        low, high = self._caret.span
        letters = "".join(char for char in letters if char.isprintable())
        letters = letters[: max(0, self._chars_max - len(self.text) + high - low)]
        self.text = self.text[:low] + letters + self.text[high:]
        self._caret = Caret(low + len(letters), low + len(letters))

    def replace(self, text: str) -> None:
        """Take another text, with the caret at its end."""
        self.text, self.composition = text[: self._chars_max], ""
        self._caret = Caret(len(self.text), len(self.text))

    def handle(self, event: pygame.event.Event) -> bool:
        """Edit; return whether the event was used up."""
        if event.type == pygame.TEXTINPUT:
            self.composition = ""
            self.insert(event.text)
            return True
        if event.type == pygame.TEXTEDITING:
            self.composition = event.text
            return True
        if event.type == pygame.KEYDOWN:
            # While a word is composed, the keys are the input method's.
            return bool(self.composition) or self._key(event)
        return self._mouse(event)

    def _mouse(self, event: pygame.event.Event) -> bool:
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            if self.rect.collidepoint(event.pos):
                at = self._letter_at(event.pos[0])
                self._caret = Caret(at, at)
                self._dragging = True
                return True
        elif event.type == pygame.MOUSEMOTION and self._dragging:
            self._caret.at = self._letter_at(event.pos[0])
            return True
        elif event.type == pygame.MOUSEBUTTONUP:
            self._dragging = False
        return False

    def _letter_at(self, x: int) -> int:
        """Return the gap between letters that is nearest to a place."""
        widths = [theme.text_width(self.text[:n], self._size) for n in range(len(self.text) + 1)]
        return min(range(len(widths)), key=lambda n: abs(self._text_left + widths[n] - x))

    def _key(self, event: pygame.event.Event) -> bool:
        low, high = self._caret.span
        by_word = bool(event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT))
        goal = self._goal(event.key, by_word)
        if goal is not None:
            self._caret.at = goal
            if not event.mod & pygame.KMOD_SHIFT:
                self._caret.anchor = goal
        elif event.key in (pygame.K_BACKSPACE, pygame.K_DELETE):
            if low == high:
                key = pygame.K_LEFT if event.key == pygame.K_BACKSPACE else pygame.K_RIGHT
                other = self._goal(key, by_word)
                assert other is not None
                low, high = min(low, other), max(high, other)
            self._cut(low, high)
        elif event.key in ENTER:
            self._submitted(self.text)
        elif event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
            return self._command(event.key)
        else:
            # Letters arrive as TEXTINPUT; their keys must not reach anybody else.
            return bool(32 <= event.key < 0x40000000)
        return True

    def _goal(self, key: int, by_word: bool) -> int | None:
        """Return where a key moves the caret to, or None."""
        at, end = self._caret.at, len(self.text)
        if key == pygame.K_HOME:
            return 0
        if key == pygame.K_END:
            return end
        if key not in (pygame.K_LEFT, pygame.K_RIGHT):
            return None
        step = -1 if key == pygame.K_LEFT else 1
        goal = min(max(at + step, 0), end)
        # By word: on until a word begins.
        while (
            by_word
            and 0 < goal < end
            and not (self.text[goal - 1] == " " and self.text[goal] != " ")
        ):
            goal += step
        return goal

    def _command(self, key: int) -> bool:
        low, high = self._caret.span
        if key == pygame.K_a:
            self._caret = Caret(len(self.text), 0)
        elif key in (pygame.K_c, pygame.K_x):
            if high > low:
                to_clipboard(self.text[low:high])
            if key == pygame.K_x:
                self._cut(low, high)
        elif key == pygame.K_v:
            self.insert(" ".join(from_clipboard().split()))
        else:
            return False
        return True

    def _cut(self, low: int, high: int) -> None:
        self.text = self.text[:low] + self.text[high:]
        self._caret = Caret(low, low)

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw box, label, text, selection and caret."""
        theme.input_box(surface, self.rect, self.focused)
        size = self._size = theme.letters(LETTERS, scale)
        left, middle = self.rect.left + round(INSET * scale), self.rect.centery
        if self.label:
            colour = theme.ACCENT if self.focused else theme.MUTED
            place = theme.text(surface, self.label, size, colour, (left, middle), anchor="midleft")
            left = max(place.right + round(12 * scale), left + round(self.label_width * scale))
        room = pygame.Rect(left, self.rect.top, self.rect.right - left - 8, self.rect.height)
        room = room.clip(surface.get_rect())
        if room.width <= 0 or room.height <= 0:
            return
        before = self.text[: self._caret.at] + self.composition
        caret = theme.text_width(before, size)
        # Scroll so far that the caret is always seen.
        self._text_left = left - max(0, caret - room.width + 4)
        clip = surface.get_clip()
        surface.set_clip(room)
        self._draw_text(surface, before, size, caret)
        surface.set_clip(clip)

    def _draw_text(self, surface: pygame.Surface, before: str, size: int, caret_px: int) -> None:
        left, middle = self._text_left, self.rect.centery
        low, high = self._caret.span
        top, height = self.rect.top + 6, max(2, self.rect.height - 12)
        if self.focused and high > low:
            start = left + theme.text_width(self.text[:low], size)
            width = theme.text_width(self.text[low:high], size)
            pygame.draw.rect(surface, SELECTION, (start, top, width, height))
        shown = before + self.text[self._caret.at :]
        if not shown and self.hint:
            theme.text(surface, self.hint, size, theme.MUTED, (left, middle), anchor="midleft")
        theme.text(surface, shown, size, theme.TEXT, (left, middle), anchor="midleft")
        if self.composition:
            start = left + theme.text_width(self.text[: self._caret.at], size)
            ends = (start, top + height - 2), (left + caret_px, top + height - 2)
            pygame.draw.line(surface, theme.WARN, *ends)
        if self.focused and pygame.time.get_ticks() // CURSOR_BLINK_MS % 2 == 0:
            x = left + caret_px
            pygame.draw.line(surface, theme.ACCENT, (x, top), (x, top + height), 2)

    @property
    def content(self) -> str:
        """Label and text."""
        return f"{self.label}: {self.text}"


def to_clipboard(text: str) -> None:
    """Put text on the clipboard, where there is one."""
    try:
        pygame.scrap.put_text(text)
    except pygame.error:
        return


def from_clipboard() -> str:
    """Return the text on the clipboard, or nothing."""
    try:
        return str(pygame.scrap.get_text())
    except pygame.error:
        return ""
