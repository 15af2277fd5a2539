"""One line of text that can be edited: selection, clipboard, composition.

Letters come by TEXTINPUT and TEXTEDITING, so that input methods and every
keyboard work; KEYDOWN is for editing only. Text longer than the box scrolls.
How a line changes is the business of `line_editor.py`.

Units: pixels of the window; milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable

import pygame

from screens import theme
from screens.asks import Ask, ask_of
from screens.line_editor import LineEditor
from screens.widgets import Widget

CURSOR_BLINK_MS = 530
CLICKS_WITHIN_MS = 400
CLICKS_WITHIN_PX = 6
"""Clicks so near to each other in time and place are a double, then a triple click."""
SELECTION = pygame.Color("#8a4512")
LETTERS = 20
INSET = 14
CARET_MARGIN = 4
ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)
KEYPAD = range(pygame.K_KP_1, pygame.K_KP_PERIOD + 1)
BY_WORD = pygame.KMOD_CTRL | pygame.KMOD_ALT
COMMAND = pygame.KMOD_CTRL | pygame.KMOD_META


class TextEntry(Widget):
    """An editable line with a label in front."""

    takes_text = True
    steps_aside = True

    def __init__(
        self,
        label: str,
        text: str,
        chars_max: int,
        submitted: Callable[[str], None] = lambda text: None,
        hint: str = "",
    ) -> None:
        super().__init__(label)
        self.hint = hint
        """Shown while there is no text."""
        self.composition = ""
        """What an input method is still putting together."""
        self.label_width = 0
        """Keeps room for the label, so that entries below each other line up."""
        self._composed_at = 0
        """The caret within the composition."""
        self._line = LineEditor(text, chars_max)
        self._submitted = submitted
        self._text_left = 0
        self._scrolled = 0
        """So many pixels of the text lie left of the box."""
        self._size = LETTERS
        self._dragging = False
        self._clicks = 0
        self._clicked = (0, 0)
        """When and where the mouse was pressed last."""
        self._told_rect: pygame.Rect | None = None

    @property
    def text(self) -> str:
        """What is written."""
        return self._line.text

    @property
    def selected(self) -> str:
        """The selected letters."""
        return self._line.selected

    def insert(self, letters: str) -> None:
        """Put letters in place of the selection, as far as there is room."""
        self._line.insert(letters)

    def replace(self, text: str) -> None:
        """Take another text, with the caret at its end."""
        self._line.replace(text)
        self.composition = ""

    def handle(self, event: pygame.event.Event) -> bool:
        """Edit; return whether the event was used up."""
        if event.type == pygame.TEXTINPUT:
            self.composition = ""
            self.insert(event.text)
            return True
        if event.type == pygame.TEXTEDITING:
            self.composition = event.text
            start = getattr(event, "start", len(event.text))
            self._composed_at = min(max(start, 0), len(event.text))
            return True
        if event.type == pygame.KEYDOWN:
            # While a word is composed, the keys are the input method's.
            return bool(self.composition) or self._key(event)
        if event.type == pygame.CONTROLLERBUTTONDOWN and ask_of(event) is Ask.PRESS:
            self._submitted(self.text)
            return True
        return self._mouse(event)

    def _mouse(self, event: pygame.event.Event) -> bool:
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            if self.rect.collidepoint(event.pos):
                self._click(event.pos[0])
                return True
        elif event.type == pygame.MOUSEMOTION and self._dragging:
            self._line.move(self._letter_at(event.pos[0]), selects=True)
            return True
        elif event.type == pygame.MOUSEBUTTONUP:
            self._dragging = False
        return False

    def _click(self, x: int) -> None:
        """Place the caret; twice selects the word, three times the line."""
        now, at = pygame.time.get_ticks(), self._letter_at(x)
        since, moved = now - self._clicked[0], abs(x - self._clicked[1])
        again = since <= CLICKS_WITHIN_MS and moved <= CLICKS_WITHIN_PX
        self._clicks = self._clicks % 3 + 1 if again else 1
        self._clicked = now, x
        self._dragging = self._clicks == 1
        if self._clicks == 1:
            held = bool(pygame.key.get_mods() & pygame.KMOD_SHIFT)
            self._line.move(at, selects=held)
        elif self._clicks == 2:
            self._line.select_word(at)
        else:
            self._line.select_all()

    def _letter_at(self, x: int) -> int:
        """Return the gap between letters that is nearest to a place."""
        gaps, at = [0], 0
        while at < len(self.text):
            at = self._line.next_from(at, 1)
            gaps.append(at)
        return min(gaps, key=lambda at: abs(self._text_left + self._width(self.text[:at]) - x))

    def _width(self, text: str) -> int:
        return theme.text_width(text, self._size)

    # Keys

    def _key(self, event: pygame.event.Event) -> bool:
        line, key, mod = self._line, event.key, event.mod
        shift, by_word = bool(mod & pygame.KMOD_SHIFT), bool(mod & BY_WORD)
        if key in (pygame.K_LEFT, pygame.K_RIGHT):
            step = -1 if key == pygame.K_LEFT else 1
            line.step(step, by_word=by_word, selects=shift)
        elif key in (pygame.K_HOME, pygame.K_END):
            line.move(0 if key == pygame.K_HOME else len(line.text), selects=shift)
        elif key == pygame.K_DELETE and shift:
            self._cut()
        elif key in (pygame.K_BACKSPACE, pygame.K_DELETE):
            line.erase(-1 if key == pygame.K_BACKSPACE else 1, by_word=by_word)
        elif key == pygame.K_INSERT and (shift or mod & COMMAND):
            self._paste() if shift else self._copy()
        elif key in ENTER:
            self._submitted(self.text)
        elif mod & COMMAND and not mod & pygame.KMOD_ALT:
            return self._command(key, shift)
        else:
            # Letters arrive as TEXTINPUT; their keys must not reach anybody else.
            return bool(32 <= key < 0x40000000) or key in KEYPAD
        return True

    def _command(self, key: int, shift: bool) -> bool:
        line = self._line
        again = (pygame.K_y,) if not shift else (pygame.K_y, pygame.K_z)
        if key == pygame.K_a:
            line.select_all()
        elif key == pygame.K_c:
            self._copy()
        elif key == pygame.K_x:
            self._cut()
        elif key == pygame.K_v:
            self._paste()
        elif key in again:
            line.redo()
        elif key == pygame.K_z:
            line.undo()
        else:
            return False
        return True

    def _copy(self) -> None:
        if self.selected:
            to_clipboard(self.selected)

    def _cut(self) -> None:
        self._copy()
        self._line.cut()

    def _paste(self) -> None:
        # Lines become one line; what is not there does not take the selection away.
        self.insert(" ".join(from_clipboard().split()))

    # Drawing

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw box, label, text, selection and caret."""
        theme.input_box(surface, self.rect, self.focused)
        size = self._size = theme.letters(LETTERS, scale)
        left, middle = self.rect.left + round(INSET * scale), self.rect.centery
        if self.label:
            colour = theme.ACCENT if self.focused else theme.MUTED
            place = theme.text(surface, self.label, size, colour, (left, middle), anchor="midleft")
            share = size / max(1, LETTERS * scale)
            kept = round(self.label_width * scale * share)
            left = max(place.right + round(12 * scale), left + kept)
        room = pygame.Rect(left, self.rect.top, self.rect.right - left - 8, self.rect.height)
        room = room.clip(surface.get_rect())
        if room.width <= 0 or room.height <= 0:
            return
        caret = self._scroll(room)
        clip = surface.get_clip()
        surface.set_clip(room)
        self._draw_text(surface, caret)
        surface.set_clip(clip)

    def _scroll(self, room: pygame.Rect) -> int:
        """Scroll no more than it takes to see the caret; return where it is drawn."""
        at = self._line.at
        before = self.text[:at] + self.composition[: self._composed_at]
        caret = self._width(before)
        whole = self._width(self.text[:at] + self.composition + self.text[at:])
        seen = room.width - CARET_MARGIN
        self._scrolled = min(max(self._scrolled, caret - seen), caret)
        self._scrolled = min(self._scrolled, max(0, whole - seen))
        self._text_left = room.left - self._scrolled
        return self._text_left + caret

    def _draw_text(self, surface: pygame.Surface, caret: int) -> None:
        left, middle, size = self._text_left, self.rect.centery, self._size
        low, high = self._line.span
        inset = min(6, self.rect.height // 6)
        top, height = self.rect.top + inset, max(2, self.rect.height - 2 * inset)
        if self.focused and high > low and not self.composition:
            start, end = self._width(self.text[:low]), self._width(self.text[:high])
            pygame.draw.rect(surface, SELECTION, (left + start, top, end - start, height))
        at = self._line.at
        shown = self.text[:at] + self.composition + self.text[at:]
        if not shown and self.hint:
            theme.text(surface, self.hint, size, theme.MUTED, (left, middle), anchor="midleft")
        theme.text(surface, shown, size, theme.TEXT, (left, middle), anchor="midleft")
        if self.composition:
            start = left + self._width(self.text[:at])
            end = left + self._width(self.text[:at] + self.composition)
            y = middle + size // 2 + 1
            pygame.draw.line(surface, theme.WARN, (start, y), (end, y), 2)
        if not self.focused:
            self._told_rect = None
            return
        self._tell_place(pygame.Rect(caret, top, 2, height))
        if pygame.time.get_ticks() // CURSOR_BLINK_MS % 2 == 0:
            pygame.draw.line(surface, theme.ACCENT, (caret, top), (caret, top + height - 1), 2)

    def _tell_place(self, caret: pygame.Rect) -> None:
        """Tell the input method where its list of words belongs."""
        if caret != self._told_rect:
            self._told_rect = caret
            pygame.key.set_text_input_rect(caret)

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
