"""The chat box: reads along when closed, takes the keyboard when opened.

Its key or Enter opens it, Enter sends, Escape closes, Tab changes the channel;
a half-typed line survives. A gamepad, or the down key, picks one of some
phrases instead (`quick_chat.py`). Lines are wrapped and rendered once, and the whole
is composed again only when something in it changes.

Units: pixels of the window, seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Protocol

import pygame

from chat import TEXT_CHARS_MAX
from protocol import Channel, LineRow, Message, NoticeKind, Say
from screens import theme
from screens.asks import Ask, ask_of
from screens.chat_lines import rendered, settled
from screens.quick_chat import QuickChat
from screens.text_entry import ENTER, TextEntry
from view import View

FADE_AFTER_S = 7.0
FADE_S = 1.5
FADE_STEPS = 12
WARNED_S = 4.0
SHOWN_CLOSED = 4
KEPT_MAX = 400
WORDS = {Channel.LOBBY: "LOBBY", Channel.ROOM: "ROOM"}

Colours = Sequence[tuple[str, int]]


class Line(Protocol):
    """What the box needs of a link."""

    view: View

    def send(self, message: Message) -> bool:
        """Send a message; return False when there is no way to."""


class ChatBox:
    """The conversation of one link, on whatever screen."""

    def __init__(self, link: Line) -> None:
        self.channels: tuple[Channel, ...] = (Channel.LOBBY,)
        self.channel = Channel.LOBBY
        self.open = False
        self.rect = pygame.Rect(0, 0, 0, 0)
        self.entry = TextEntry("", "", TEXT_CHARS_MAX, self._submit)
        self.quick = QuickChat(self._say)
        self.key = "T"
        """What the key that opens it is called."""
        self._link = link
        self._said = ""
        """What was sent last: Up brings it back."""
        self._complaint = ""
        self._swallow = ""
        """The letter whose key opened the box; it must not become its first."""
        self._scroll = 0
        self._rows: OrderedDict[Hashable, list[pygame.Surface]] = OrderedDict()
        self._composed: tuple[Hashable, pygame.Surface] | None = None

    def offer(self, channels: tuple[Channel, ...]) -> None:
        """Speak to these channels from now on, to the first of them at first."""
        if channels != self.channels:
            self.channels = channels
            self.channel = channels[0]
            self._scroll = 0

    # Events

    def is_opened_by(self, event: pygame.event.Event, *, asked: bool) -> bool:
        """Whether an event asks for the box while it is closed.

        Args:
            asked: whether it is a press of the key or button for it.
        """
        if event.type == pygame.KEYDOWN:
            return asked and not event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT)
        return asked or bool(
            event.type == pygame.MOUSEBUTTONDOWN
            and event.button == 1
            and self.rect.collidepoint(event.pos)
        )

    def handle(self, event: pygame.event.Event, *, asked: bool = False) -> bool:
        """Take an event; closed, it opens the box; open, every key is for it.

        Args:
            asked: whether it is a press of the key or button for it.
        """
        if not self.open:
            self.show()
            if event.type == pygame.KEYDOWN and event.key not in ENTER:
                self._swallow = pygame.key.name(event.key)
            if event.type == pygame.CONTROLLERBUTTONDOWN:
                self.quick.open = True
            return True
        if self.quick.handle(event):
            return True
        if event.type == pygame.KEYDOWN:
            return self._key(event)
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            return self._button(event, asked)
        if event.type == pygame.MOUSEBUTTONDOWN:
            if not self.rect.collidepoint(event.pos):
                self.hide()
                return False
            self._turn({4: 1, 5: -1}.get(event.button, 0))
            self.entry.handle(event)
            return True
        if event.type == pygame.TEXTINPUT and self._swallow:
            letter, self._swallow = self._swallow, ""
            if event.text.lower() == letter:
                return True
        if event.type in (pygame.TEXTINPUT, pygame.TEXTEDITING):
            self._complaint = ""
        return self.entry.handle(event)

    def _button(self, event: pygame.event.Event, asked: bool) -> bool:
        ask = ask_of(event)
        if ask is Ask.BACK or asked:
            self.hide()
        elif ask is Ask.PRESS:
            self._submit(self.entry.text)
        elif ask in (Ask.NEXT, Ask.PREVIOUS):
            self._turn_channel()
        elif ask in (Ask.UP, Ask.DOWN):
            self.quick.open = True
        return ask is not None

    def _turn_channel(self) -> None:
        at = self.channels.index(self.channel)
        self.channel = self.channels[(at + 1) % len(self.channels)]
        self._scroll = 0

    def _key(self, event: pygame.event.Event) -> bool:
        if event.key == pygame.K_F11:
            return False
        if event.key == pygame.K_ESCAPE:
            self.hide()
        elif event.key == pygame.K_TAB:
            self._turn_channel()
        elif event.key in (pygame.K_PAGEUP, pygame.K_PAGEDOWN):
            self._turn(3 if event.key == pygame.K_PAGEUP else -3)
        elif event.key == pygame.K_UP and not self.entry.text:
            self.entry.replace(self._said)
        elif event.key == pygame.K_DOWN and not self.entry.text:
            self.quick.open = True
        else:
            self.entry.handle(event)
        return True

    def _turn(self, rows: int) -> None:
        self._scroll = max(0, self._scroll + rows)

    def show(self) -> None:
        """Open the box and take the keyboard."""
        self.open = self.entry.focused = True
        self._scroll = 0
        pygame.key.start_text_input()
        pygame.key.set_text_input_rect(self.rect)

    def hide(self) -> None:
        """Close the box and give the keyboard back; the line stays."""
        self.open = self.entry.focused = self.quick.open = False
        self.entry.composition = ""
        self._scroll = 0
        pygame.key.stop_text_input()

    def _submit(self, text: str) -> None:
        if not text.strip():
            self.hide()
            return
        if self._say(text.strip()):
            self._said = text
            self.entry.replace("")
            self.hide()

    def _say(self, text: str) -> bool:
        """Send a line; what is being typed stays where it is."""
        if not self._link.send(Say(int(self.channel), text)):
            # The line stays, to be sent when the server is back.
            self._complaint = "There is no connection: the line is kept."
            return False
        self._complaint = ""
        return True

    def forget(self) -> None:
        """Let everything be drawn again."""
        self._composed = None
        self._rows.clear()

    def warning(self, now: float) -> str:
        """Return why the last line was not said, while that is news."""
        if self._complaint:
            return self._complaint
        for told in reversed(self._link.view.notices):
            if told.kind is NoticeKind.WARNING and now - told.at < WARNED_S:
                again = "  Up: the line again" if self._said and not self.entry.text else ""
                return told.text + again
        return ""

    # Drawing

    def draw(
        self,
        surface: pygame.Surface,
        now: float,
        scale: float,
        *,
        colours: Colours = (),
        safe: bool = False,
        fades: bool = False,
    ) -> None:
        """Draw the newest lines.

        Args:
            colours: by a driver's name, the colour of the seat.
            fades: whether the box hides its panel, and lines that are old.
        """
        self._swallow = ""
        if self.rect.width < 40 or self.rect.height < 20:
            return
        talk = self._link.view.talks[self.channel]
        open_wide = self.open or not fades
        share = 1.0
        if not open_wide:
            age = now - talk.newest_at
            share = min(max(1.0 - (age - FADE_AFTER_S) / FADE_S, 0.0), 1.0)
        warning = self.warning(now) if self.open else ""
        key = (
            self.channel, id(talk), talk.changed, self.rect.size, round(scale, 3), open_wide,
            self.open, self._scroll, tuple(colours), safe, warning,
            self.key, self.entry.text * (not self.open),
        )  # fmt: skip
        if self._composed is None or self._composed[0] != key:
            self._composed = key, self._compose(scale, open_wide, dict(colours), safe, warning)
        step = round(share * FADE_STEPS)
        if step:
            picture = self._composed[1]
            if step < FADE_STEPS:
                picture = picture.copy()
                dim = 255 * step // FADE_STEPS
                picture.fill((dim, dim, dim, dim), special_flags=pygame.BLEND_RGBA_MULT)
            surface.blit(picture, self.rect.topleft, special_flags=theme.PREMULTIPLIED)
        if self.open:
            self.entry.label = WORDS[self.channel]
            self.entry.hint = "say something     Down: phrases" + (
                "     Tab: other channel" if len(self.channels) > 1 else ""
            )
            if self.quick.open:
                self.entry.hint = "Up, Down: choose     A, Enter: send     B, Escape: close"
            self.entry.rect = self._entry_rect(scale)
            self.entry.draw(surface, scale)
            self.quick.draw(surface, self.rect, scale)

    def _entry_rect(self, scale: float) -> pygame.Rect:
        height = max(10, round(36 * scale))
        return pygame.Rect(
            self.rect.left + 6, self.rect.bottom - height - 6, self.rect.width - 12, height
        )

    def _compose(
        self, scale: float, open_wide: bool, colours: dict[str, int], safe: bool, warning: str
    ) -> pygame.Surface:
        """Return panel and lines as one premultiplied picture."""
        size = theme.letters(19, scale)
        step = max(8, round(size * 1.26))
        picture = pygame.Surface(self.rect.size, pygame.SRCALPHA)
        area = picture.get_rect()
        inset = round(12 * scale)
        bottom = area.bottom - round(6 * scale)
        if open_wide:
            theme.panel(picture, area, theme.ACCENT if self.open else None, 205)
            bottom -= round(42 * scale)
            if not self.open:
                other = f"  {self.key}  to write to the {WORDS[self.channel].lower()}"
                if self.entry.text.strip():
                    other = f"  {self.key}  to go on: {self.entry.text}"
                words = theme.shortened(other.strip(), size, area.width - 2 * inset)
                theme.text(
                    picture, words, size, theme.MUTED, (inset, area.bottom - round(24 * scale)),
                    anchor="midleft",
                )  # fmt: skip
        if warning:
            words = theme.shortened(warning, size, area.width - 2 * inset)
            theme.text(picture, words, size, theme.BAD, (inset, bottom), anchor="bottomleft")
            bottom -= step
        fit = max(1, (bottom - round(6 * scale)) // step)
        if not open_wide:
            fit = min(fit, SHOWN_CLOSED)
        rows: list[pygame.Surface] = []
        for line in reversed(settled(self._link.view.talks[self.channel].lines)):
            slot = colours.get(line.author, sum(map(ord, line.author)))
            made = self._rows_of(line, theme.car_colour(slot, safe), size, area.width - 2 * inset)
            rows = [*made, *rows]
            if len(rows) >= fit + self._scroll:
                break
        self._scroll = min(self._scroll, max(0, len(rows) - fit))
        shown = rows[: len(rows) - self._scroll][-fit:]
        if shown and not open_wide:
            # Only behind the lines: the road is worth more than a panel.
            wide = max(row.get_bounding_rect().right for row in shown) + 2 * inset
            behind = pygame.Rect(0, 0, min(area.width, wide), step * len(shown) + inset)
            behind.bottom = area.bottom
            theme.panel(picture, behind, None, 138)
        for number, row in enumerate(shown):
            y = bottom - step * (len(shown) - number)
            picture.blit(row, (inset, y), special_flags=theme.PREMULTIPLIED)
        return picture

    def _rows_of(
        self, line: LineRow, colour: pygame.Color, size: int, width: int
    ) -> list[pygame.Surface]:
        key = (line, tuple(colour), size, width)
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = rendered(line, colour, size, width)
            if len(self._rows) > KEPT_MAX:
                self._rows.popitem(last=False)
        return found
