"""A slider: a number between two ends, such as a volume.

Arrow keys and the cross step it, the mouse drags it, the wheel turns it. What
the number is for is its owner's business.

Units: pixels of the window; percent.
"""

from __future__ import annotations

from collections.abc import Callable

import pygame

from screens import theme
from screens.asks import Ask, ask_of
from screens.widgets import Widget

STEP = 5
HIGHEST = 100
BAR_FROM, BAR_TO = 0.44, 0.86
"""Where the bar lies, as shares of the width."""


class Slider(Widget):
    """A label, a bar, a number from 0 to 100."""

    steps_aside = True

    sound = "turn"

    def __init__(self, label: str, value: int, changed: Callable[[int], None]) -> None:
        super().__init__(label)
        self.value = value
        self._changed = changed
        self._dragging = False

    def handle(self, event: pygame.event.Event) -> bool:
        """Step, or follow the mouse."""
        step = {Ask.LEFT: -STEP, Ask.RIGHT: STEP}.get(ask_of(event) or Ask.BACK, 0)
        if event.type == pygame.MOUSEBUTTONDOWN and self.rect.collidepoint(event.pos):
            if event.button == 1:
                self._dragging = True
                self._set(self._value_at(event.pos[0]))
                return True
            step = {4: STEP, 5: -STEP}.get(event.button, 0)
        elif event.type == pygame.MOUSEMOTION and self._dragging:
            # A button let go outside the window is never heard of.
            self._dragging = bool(event.buttons[0])
            if self._dragging:
                self._set(self._value_at(event.pos[0]))
            return True
        elif event.type == pygame.MOUSEBUTTONUP:
            self._dragging = False
        if step:
            self._set(self.value + step)
        return bool(step)

    def _set(self, value: int) -> None:
        value = min(max(value, 0), HIGHEST)
        if value != self.value:
            self.value = value
            self._changed(value)

    @property
    def bar(self) -> pygame.Rect:
        """Where the bar lies."""
        left, right = (self.rect.left + self.rect.width * share for share in (BAR_FROM, BAR_TO))
        height = max(4, self.rect.height // 7)
        return pygame.Rect(
            round(left), self.rect.centery - height // 2, max(1, round(right - left)), height
        )

    def _value_at(self, x: int) -> int:
        """Return the step that is nearest to a place."""
        bar = self.bar
        return round((x - bar.left) / bar.width * HIGHEST / STEP) * STEP

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw label, bar, knob and number."""
        theme.input_box(surface, self.rect, self.focused)
        size, middle, bar = theme.letters(20, scale), self.rect.centery, self.bar
        tone = theme.ACCENT if self.focused else theme.MUTED
        inset = round(14 * scale)
        label = theme.shortened(self.label, size, bar.left - self.rect.left - inset - 4)
        theme.text(surface, label, size, tone, (self.rect.left + inset, middle), anchor="midleft")
        round_off = bar.height // 2
        pygame.draw.rect(surface, theme.SURFACE_HIGH, bar, border_radius=round_off)
        done = bar.copy()
        done.width = round(bar.width * self.value / HIGHEST)
        filled = theme.ACCENT if self.focused else theme.MUTED
        if done.width:
            pygame.draw.rect(surface, filled, done, border_radius=round_off)
        knob = pygame.Rect(0, 0, max(4, bar.height), max(8, bar.height * 3))
        knob.center = done.right, middle
        pygame.draw.rect(surface, theme.TEXT, knob, border_radius=max(2, bar.height // 3))
        right = self.rect.right - inset
        theme.text(
            surface, str(self.value), size, theme.TEXT, (right, middle), theme.Weight.BOLD,
            "midright",
        )  # fmt: skip

    @property
    def content(self) -> str:
        """Label and number."""
        return f"{self.label}: {self.value}"
