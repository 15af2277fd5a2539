"""Buttons and choices, with one focus for all devices.

A widget is told events and draws itself; a `Focus` passes keyboard, mouse and
gamepad on to the right one. No widget knows what its screen is for. The
entry of text is in `text_entry.py`.

Units: pixels of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pygame

from screens import theme
from screens.asks import Ask, ask_of

CAPTION_FROM = 36
"""Lower buttons have no room for a caption."""
STEPS = {Ask.LEFT: (-1, 0), Ask.RIGHT: (1, 0), Ask.UP: (0, -1), Ask.DOWN: (0, 1)}
ASIDE_COSTS = 3.0
"""What lies ahead is nearer than what lies aside, by this factor."""


class Widget:
    """Something that can have the focus."""

    takes_text = False
    """Whether the keyboard writes into it."""
    steps_aside = False
    """Whether left and right change it, so that they cannot lead out of it."""
    sound = ""
    """What is heard when it has used an event."""

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


class Pressable(Widget):
    """Does something when it is pressed."""

    sound = "press"

    def __init__(self, label: str, action: Callable[[], None]) -> None:
        super().__init__(label)
        self._action = action

    def handle(self, event: pygame.event.Event) -> bool:
        """Press on click, Enter, Space or the gamepad's A."""
        if not self.enabled or not is_press(event, self.rect):
            return False
        self._action()
        return True


class Button(Pressable):
    """A slanted body with a label, and perhaps a caption."""

    def __init__(self, label: str, action: Callable[[], None], caption: str = "") -> None:
        super().__init__(label, action)
        self.caption = caption

    @property
    def look(self) -> theme.ButtonLook:
        """How it presents itself now."""
        if not self.enabled:
            return theme.ButtonLook.DISABLED
        return theme.ButtonLook.FOCUSED if self.focused else theme.ButtonLook.IDLE

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the slanted body and the label."""
        caption = self.caption if self.rect.height >= CAPTION_FROM else ""
        size = None if self.rect.height >= CAPTION_FROM else max(7, round(self.rect.height * 0.6))
        theme.button(surface, self.rect, self.label, self.look, caption, size)


class Tab(Button):
    """A button that chooses a page; it shows whether its page is on show."""

    chosen = False

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the slanted body, and a line below the one that is chosen."""
        size = max(7, round(self.rect.height * 0.56))
        theme.button(surface, self.rect, self.label, self.look, "", size)
        if self.chosen:
            line = pygame.Rect(self.rect.left, 0, self.rect.width - 21, max(2, round(4 * scale)))
            line.bottom = self.rect.bottom - 4
            pygame.draw.rect(surface, theme.TEXT if self.focused else theme.ACCENT, line)


class Card(Pressable):
    """A panel that can be pressed, such as a room in a list; its owner writes on it."""

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw the panel."""
        if self.focused:
            theme.panel(
                surface, self.rect, None, 245, theme.RADIUS, theme.SURFACE_HIGH, theme.ACCENT
            )
        else:
            theme.panel(surface, self.rect, None, 215, theme.RADIUS, theme.SURFACE)


class Choice(Widget):
    """One of several values, changed by left and right."""

    steps_aside = True

    sound = "turn"

    def __init__(
        self,
        label: str,
        options: Sequence[str],
        index: int = 0,
        changed: Callable[[int], None] = lambda index: None,
    ) -> None:
        super().__init__(label)
        self.options = list(options)
        self.index = index
        self._changed = changed

    def handle(self, event: pygame.event.Event) -> bool:
        """Step on arrow keys, the pad's cross, or a click on either half."""
        step = {Ask.LEFT: -1, Ask.RIGHT: 1, Ask.PRESS: 1}.get(ask_of(event) or Ask.BACK, 0)
        if event.type == pygame.MOUSEBUTTONDOWN and self.rect.collidepoint(event.pos):
            if event.button == 1:
                step = 1 if event.pos[0] > self.rect.centerx else -1
            else:
                step = {4: -1, 5: 1}.get(event.button, 0)
        if not step or not self.options or not self.enabled:
            return False
        self.index = (self.index + step) % len(self.options)
        self._changed(self.index)
        return True

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw label and value between two arrows."""
        theme.input_box(surface, self.rect, self.focused)
        size, middle = theme.letters(20, scale), self.rect.centery
        inset, reach = round(14 * scale), max(3, round(6 * scale))
        tone = theme.ACCENT if self.focused else theme.MUTED
        left = theme.text(
            surface, self.label, size, tone, (self.rect.left + inset, middle), anchor="midleft"
        ).right
        right = self.rect.right - inset
        room = max(10, right - left - 6 * reach)
        value = theme.shortened(self.value, size, room)
        theme.text(
            surface, value, size, theme.TEXT, (right - 3 * reach, middle), theme.Weight.BOLD,
            "midright",
        )  # fmt: skip
        start = right - 6 * reach - theme.text_width(value, size, theme.Weight.BOLD)
        for tip, way in ((right, -1), (start, 1)):
            points = [(tip, middle), (tip + way * reach, middle - reach),
                      (tip + way * reach, middle + reach)]  # fmt: skip
            pygame.draw.polygon(surface, tone, points)

    @property
    def value(self) -> str:
        """The option that is chosen."""
        return self.options[self.index] if self.options else ""

    @property
    def content(self) -> str:
        """Label and value."""
        return f"{self.label}: {self.value}"


def is_press(event: pygame.event.Event, rect: pygame.Rect) -> bool:
    """Whether an event presses what has the focus, or what lies under the mouse."""
    if event.type == pygame.MOUSEBUTTONDOWN:
        return event.button == 1 and bool(rect.collidepoint(event.pos))
    return ask_of(event) is Ask.PRESS


class Focus:
    """Which of a screen's widgets has the focus, and how it moves."""

    def __init__(
        self, widgets: Sequence[Widget] = (), sound: Callable[[str], None] = lambda name: None
    ) -> None:
        """Take widgets, and what plays the sound of a name."""
        self.sound = sound
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
        self.aim()

    def aim(self) -> None:
        """Have the keyboard write where the focus is, or nowhere."""
        current = self.current
        if current is not None and current.takes_text:
            pygame.key.start_text_input()
            pygame.key.set_text_input_rect(current.rect)
        else:
            pygame.key.stop_text_input()

    def handle(self, event: pygame.event.Event) -> bool:
        """Pass an event on; return whether it was used up."""
        current = self.current
        if event.type == pygame.MOUSEMOTION and not (current is not None and current.takes_text):
            over = self._under(event.pos)
            if over is not None and over is not current:
                self._move(over)
        elif event.type == pygame.MOUSEBUTTONDOWN:
            over = self._under(event.pos)
            if over is not None and over is not current:
                self.set(over)
            return over is not None and self._used(over, event)
        if current is not None and self._used(current, event):
            return True
        ask = ask_of(event)
        goal = self._goal(ask) if ask is not None else None
        if goal is not None:
            self._move(goal)
        return goal is not None

    def _used(self, widget: Widget, event: pygame.event.Event) -> bool:
        used = widget.handle(event)
        # Not at every pixel of a slider that is dragged.
        if used and widget.sound and event.type != pygame.MOUSEMOTION:
            self.sound(widget.sound)
        return used

    def _move(self, goal: Widget) -> None:
        if goal is not self.current:
            self.sound("move")
        self.set(goal)

    def _goal(self, ask: Ask) -> Widget | None:
        usable = [one for one in self.widgets if one.enabled]
        current = self.current
        if not usable:
            return None
        if ask in STEPS and current is not None:
            goal = _nearest(current, usable, STEPS[ask])
            if ask in (Ask.UP, Ask.DOWN):
                goal = _along_rows(current, goal, usable, down=ask is Ask.DOWN)
            if goal is not None or ask in (Ask.LEFT, Ask.RIGHT):
                return goal
            # Round to the other end of the screen.
            if ask is Ask.UP:
                return max(usable, key=lambda one: one.rect.bottom)
            return min(usable, key=lambda one: one.rect.top)
        step = {Ask.NEXT: 1, Ask.DOWN: 1, Ask.PREVIOUS: -1, Ask.UP: -1}.get(ask)
        if step is None:
            return None
        at = usable.index(current) if current in usable else -step
        return usable[(at + step) % len(usable)]

    def _under(self, pos: tuple[int, int]) -> Widget | None:
        return next(
            (one for one in self.widgets if one.enabled and one.rect.collidepoint(pos)), None
        )

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw every widget."""
        for one in self.widgets:
            one.draw(surface, scale)


def _nearest(start: Widget, others: Sequence[Widget], way: tuple[int, int]) -> Widget | None:
    """Return the widget that a hand would expect in a direction."""
    best: Widget | None = None
    best_cost = float("inf")
    for one in others:
        dx = one.rect.centerx - start.rect.centerx
        dy = one.rect.centery - start.rect.centery
        ahead = dx * way[0] + dy * way[1]
        # Rectangles that overlap across the way are straight ahead.
        if way[0]:
            gap = max(one.rect.top, start.rect.top) - min(one.rect.bottom, start.rect.bottom)
        else:
            gap = max(one.rect.left, start.rect.left) - min(one.rect.right, start.rect.right)
        # What lies more aside than ahead is in another direction.
        if one is start or ahead <= max(4, gap):
            continue
        cost = ahead + ASIDE_COSTS * max(0, gap)
        if cost < best_cost:
            best, best_cost = one, cost
    return best


def _along_rows(
    start: Widget, goal: Widget | None, others: Sequence[Widget], *, down: bool
) -> Widget | None:
    """Return the next widget as one reads, where left and right are taken.

    Of several beside each other that left and right change, up and down reach
    every one.
    """
    side = 1 if down else -1
    if start.steps_aside:
        beside = [one for one in _row_of(start, others) if _is_beside(start, one, side)]
        if beside:
            return min(beside, key=lambda one: abs(one.rect.centerx - start.rect.centerx))
    if goal is None or not goal.steps_aside:
        return goal
    return min(_row_of(goal, others), key=lambda one: one.rect.centerx * side)


def _row_of(widget: Widget, others: Sequence[Widget]) -> list[Widget]:
    """Return what lies beside a widget and is changed by left and right, itself too."""
    top, bottom = widget.rect.top, widget.rect.bottom
    return [one for one in others if one.steps_aside and top <= one.rect.centery <= bottom]


def _is_beside(start: Widget, other: Widget, side: int) -> bool:
    return (other.rect.centerx - start.rect.centerx) * side > 0
