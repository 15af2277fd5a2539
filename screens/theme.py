"""One visual language: colours, type, spacing, panels, slanted buttons.

Every screen draws with these, so that all of them look like one game. Text
and panels are rendered once and kept, up to a limit; all kept surfaces have
premultiplied alpha. It knows neither widgets nor focus.

Units: pixels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from enum import Enum

import pygame

from paint.canvas import Draw, Weight, font, smooth
from paint.cars import BODIES_SAFE
from screens import lettering

__all__ = [
    "ACCENT",
    "PREMULTIPLIED",
    "ButtonLook",
    "Draw",
    "Weight",
    "button",
    "cached",
    "car_colour",
    "chip",
    "font",
    "forget",
    "format_gap",
    "format_time",
    "input_box",
    "letters",
    "panel",
    "rendered",
    "scale_for",
    "set_text_size",
    "shortened",
    "slanted",
    "text",
    "text_width",
]

INK = pygame.Color("#0c1118")
SURFACE = pygame.Color("#141b28")
SURFACE_HIGH = pygame.Color("#223047")
LINE = pygame.Color(255, 255, 255, 28)
TEXT = pygame.Color("#f4f6f8")
TEXT_SOFT = pygame.Color("#cfd7e0")
MUTED = pygame.Color("#9aa7b6")
ACCENT = pygame.Color("#ff7a1a")
ACCENT_BRIGHT = pygame.Color("#ff8e3c")
ON_ACCENT = pygame.Color("#1a0f06")
GOOD = pygame.Color("#7fe08a")
WARN = pygame.Color("#ffb454")
BAD = pygame.Color("#ff5a4d")
BEST = pygame.Color("#c58bff")
"""The fastest lap of all, as in timing screens everywhere."""
GOLD = pygame.Color("#ffd75a")
"""Who leads, and who has won."""
NITRO = pygame.Color("#4fb4ff")
"""Nitro in a tank, and canisters of it on a map."""

PANEL_ALPHA = 188
RADIUS = 10
SMALL = 16
"""The size of type in a chip."""
SMALLEST = 14
"""No type is smaller at 1280x720."""
LETTERS_PX_MIN = 7
"""Nor anywhere: what is smaller is no letter."""
GROWS_UP_TO, GROWS_NO_MORE = 30, 60
"""Type up to the first size follows the player's choice; from the second on it is large enough."""

CAR_COLOURS = tuple(
    pygame.Color(one)
    for one in (
        "#e0322b",
        "#1f6fd6",
        "#f5b81f",
        "#15a06a",
        "#f26a1b",
        "#7b3fc4",
        "#eceff2",
        "#ff3d7f",
    )
)
"""By slot: dots, names in chat, the minimap."""
CAR_COLOURS_SAFE = tuple(pygame.Color(one) for one in BODIES_SAFE)
"""The same for eyes that confuse red and green (after Okabe and Ito)."""

PREMULTIPLIED = pygame.BLEND_PREMULTIPLIED
KEPT_MAX = 900

_kept: OrderedDict[Hashable, pygame.Surface] = OrderedDict()
_text_share = 1.0


def cached(key: Hashable, make: Callable[[], pygame.Surface]) -> pygame.Surface:
    """Return the surface kept under a key, made and premultiplied when missing."""
    found = _kept.get(key)
    if found is not None:
        _kept.move_to_end(key)
        return found
    made = _kept[key] = make().premul_alpha()
    if len(_kept) > KEPT_MAX:
        _kept.popitem(last=False)
    return made


def forget() -> None:
    """Drop everything kept, as after a change of theme."""
    _kept.clear()


def car_colour(slot: int, safe: bool = False) -> pygame.Color:
    """Return the colour of a slot."""
    colours = CAR_COLOURS_SAFE if safe else CAR_COLOURS
    return colours[slot % len(colours)]


def set_text_size(percent: int) -> None:
    """Draw all type so large from now on, 100 for as it ships."""
    global _text_share
    _text_share = percent / 100
    forget()


def letters(logical: float, scale: float) -> int:
    """Return the size of type in pixels that is `logical` large at 1280x720.

    It follows the size of text that the player chose; headings grow less.
    """
    bend = (GROWS_NO_MORE - logical) / (GROWS_NO_MORE - GROWS_UP_TO)
    share = 1.0 + (_text_share - 1.0) * min(max(bend, 0.0), 1.0)
    return max(LETTERS_PX_MIN, round(max(SMALLEST, logical * share) * scale))


def scale_for(size: tuple[int, int]) -> float:
    """Return how large instruments are drawn in a window: 1 at 1280x720.

    They grow as a whole with the size of text that the player chose.
    """
    width, height = size
    return max(0.7, min(1.5, width / 1280, height / 720) * _text_share)


# Text


def rendered(
    string: str,
    size: int,
    colour: pygame.Color = TEXT,
    weight: Weight = Weight.SEMIBOLD,
    shadow: bool = False,
) -> pygame.Surface:
    """Return a line of text as a premultiplied surface, kept for next time."""

    def make() -> pygame.Surface:
        line = lettering.render(string, size, weight, colour)
        if not shadow:
            return line.convert_alpha() if pygame.display.get_surface() else line
        dark = lettering.render(string, size, weight, pygame.Color("black"))
        dark.set_alpha(170)
        both = pygame.Surface((line.get_width() + 2, line.get_height() + 2), pygame.SRCALPHA)
        both.blit(dark, (1, 2))
        both.blit(line, (0, 0))
        return both

    return cached(("text", string, size, tuple(colour), weight, shadow), make)


def text(
    surface: pygame.Surface,
    string: str,
    size: int,
    colour: pygame.Color,
    pos: tuple[float, float],
    weight: Weight = Weight.SEMIBOLD,
    anchor: str = "topleft",
    shadow: bool = False,
) -> pygame.Rect:
    """Draw a line of text and return where it is.

    Args:
        anchor: which point of the text `pos` is, as pygame names the points
            of a rectangle: "topleft", "midright", "center"...
    """
    if not string:
        return pygame.Rect(round(pos[0]), round(pos[1]), 0, 0)
    line = rendered(string, size, colour, weight, shadow)
    place = line.get_rect(**{anchor: (round(pos[0]), round(pos[1]))})
    surface.blit(line, place, special_flags=PREMULTIPLIED)
    return place


def text_width(string: str, size: int, weight: Weight = Weight.SEMIBOLD) -> int:
    """Return how wide a line of text is."""
    return lettering.width(string, size, weight)


def shortened(string: str, size: int, width: int, weight: Weight = Weight.SEMIBOLD) -> str:
    """Return the string, cut with an ellipsis where it is wider than `width`."""
    if text_width(string, size, weight) <= width:
        return string
    while string and text_width(string + "…", size, weight) > width:
        string = string[:-1]
    return string + "…"


def format_time(seconds: float | None, digits: int = 3) -> str:
    """Return a time as 1:02.345, or dashes for none."""
    if seconds is None:
        return "-:--." + "-" * digits
    # Truncate: a clock never shows a moment that has not come yet.
    parts = int(seconds * 10**digits + 1e-6)
    whole, fraction = divmod(parts, 10**digits)
    return f"{whole // 60}:{whole % 60:02d}.{fraction:0{digits}d}"


def format_gap(seconds: float, laps: int = 0) -> str:
    """Return a distance to the leader: +0.4 or +1 LAP."""
    if laps:
        return f"+{laps} LAP" + ("S" if laps > 1 else "")
    return f"+{seconds:.1f}"


# Panels


def panel(
    surface: pygame.Surface,
    rect: pygame.Rect,
    accent: pygame.Color | None = None,
    alpha: int = PANEL_ALPHA,
    radius: int = RADIUS,
    fill: pygame.Color = INK,
    border: pygame.Color = LINE,
) -> None:
    """Draw a dark rounded panel; `accent` colours its left edge."""
    size = (max(1, rect.width), max(1, rect.height))

    def draw(canvas: pygame.Surface, k: int) -> None:
        area = canvas.get_rect()
        pygame.draw.rect(canvas, (*fill[:3], alpha), area, border_radius=radius * k)
        # Drawn over, so that the line is a lighter part of the panel itself.
        veil = pygame.Surface(area.size, pygame.SRCALPHA)
        pygame.draw.rect(veil, border, area, k, border_radius=radius * k)
        if accent is not None:
            edge = pygame.Rect(0, radius * k, 3 * k, max(1, area.height - 2 * radius * k))
            pygame.draw.rect(veil, accent, edge, border_radius=2 * k)
        canvas.blit(veil, (0, 0))

    edge = tuple(accent) if accent is not None else None
    key = ("panel", size, edge, alpha, radius, tuple(fill), tuple(border))
    shape = cached(key, lambda: smooth(size, draw, 3, fill))
    surface.blit(shape, rect.topleft, special_flags=PREMULTIPLIED)


def chip(
    surface: pygame.Surface,
    string: str,
    colour: pygame.Color,
    pos: tuple[float, float],
    size: int = SMALL,
    anchor: str = "topleft",
) -> pygame.Rect:
    """Draw a word in a small outlined box, such as a room's phase."""
    width, height = text_width(string, size, Weight.BOLD), font(size, Weight.BOLD).get_height()
    place = pygame.Rect(0, 0, width + 16, height + 2)
    setattr(place, anchor, (round(pos[0]), round(pos[1])))
    tint = pygame.Color(colour.r, colour.g, colour.b, 120)
    panel(surface, place, None, 170, 6, colour.lerp(INK, 0.85), tint)
    text(surface, string, size, colour, place.center, Weight.BOLD, "center")
    return place


def input_box(surface: pygame.Surface, rect: pygame.Rect, focused: bool = False) -> None:
    """Draw the empty box of a text entry."""
    border = ACCENT if focused else pygame.Color(255, 255, 255, 48)
    panel(surface, rect, None, 225 if focused else 200, 6, SURFACE, border)


# Buttons


class ButtonLook(Enum):
    """How a button presents itself."""

    IDLE = 0
    FOCUSED = 1
    DISABLED = 2


def slanted(
    surface: pygame.Surface, rect: pygame.Rect, look: ButtonLook = ButtonLook.IDLE, lean: int = 16
) -> None:
    """Draw the body of a button whose right edge leans forward."""
    size = (rect.width, rect.height)
    hot = look is ButtonLook.FOCUSED

    def draw(canvas: pygame.Surface, k: int) -> None:
        width, height = size[0] * k, size[1] * k
        right = width - 5 * k
        body = [(0, 0), (right, 0), (right - lean * k, height - 4 * k), (0, height - 4 * k)]
        pygame.draw.polygon(canvas, (0, 0, 0, 90), [(x + 4 * k, y + 4 * k) for x, y in body])
        fill = ACCENT if hot else SURFACE
        pygame.draw.polygon(canvas, (*fill[:3], 255 if hot else 225), body)
        if hot:
            middle = (height - 4 * k) * 0.42
            shine = [(0, 0), (right, 0), (right - lean * k * 0.42, middle), (0, middle)]
            pygame.draw.polygon(canvas, ACCENT_BRIGHT, shine)
        edge = pygame.Color("#ffb27a") if hot else pygame.Color("#43526b")
        if look is ButtonLook.DISABLED:
            edge = pygame.Color("#2a3342")
        pygame.draw.rect(canvas, edge, (0, 0, 6 * k, height - 4 * k))

    key = ("slanted", size, look, lean)
    shape = cached(key, lambda: smooth(size, draw, 3, ACCENT if hot else SURFACE))
    surface.blit(shape, rect.topleft, special_flags=PREMULTIPLIED)


def button(
    surface: pygame.Surface,
    rect: pygame.Rect,
    label: str,
    look: ButtonLook = ButtonLook.IDLE,
    caption: str = "",
    size: int | None = None,
) -> None:
    """Draw a slanted button with a label and, below it, a smaller caption."""
    slanted(surface, rect, look)
    hot = look is ButtonLook.FOCUSED
    colour = ON_ACCENT if hot else MUTED if look is ButtonLook.DISABLED else TEXT
    height = rect.height - 4
    share = min(_text_share, 1.15)
    high = size if size is not None else max(16, round(height * (0.5 if caption else 0.6)))
    inset = min(24, rect.width // 10)
    left, room = rect.left + inset, rect.width - inset - min(20, rect.width // 8)
    middle = 0.37 if caption else 0.5
    shown = shortened(label, high, round(room), Weight.ITALIC)
    text(surface, shown, high, colour, (left, rect.top + height * middle), Weight.ITALIC, "midleft")
    if caption:
        small = max(14, round(height * 0.28 * share))
        soft = pygame.Color("#5a2b08") if hot else MUTED
        shown = shortened(caption, small, round(room))
        text(surface, shown, small, soft, (left, rect.top + height * 0.79), anchor="midleft")
