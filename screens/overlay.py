"""What lies over every screen: the servers, how the link stands, short sentences.

Whoever is not on line can always see it, and what the game does about it.

Units: pixels of the window; seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from client_link import Link, LinkKind
from protocol import NoticeKind
from screens import theme
from screens.chat_lines import wrapped
from screens.screen import HEIGHT, WIDTH, Stage

NOTICE_S = 6.0
SHOWN_MAX = 4
TOP, LOW_TOP = 20, 70
CORNER_TOP, CORNER_HIGH, CORNER_SHARE = 12, 128, 0.52
"""In menus: where the sentences begin, how high all are, how much of the width is theirs."""
TONES = {
    NoticeKind.INFO: theme.GOOD,
    NoticeKind.WARNING: theme.WARN,
    NoticeKind.ERROR: theme.BAD,
}


def link_sentence(link: Link) -> str:
    """Return what is wrong with a link, in plain words; empty when all is well."""
    if link.status.kind is LinkKind.ONLINE:
        return ""
    if link.status.kind is LinkKind.RECONNECTING:
        seated = link.view.room is not None and not link.view.spectating
        kept = " Your seat is kept." if seated else ""
        return f"{link.status.text}.{kept}"
    return link.status.text


def overlay_bottom(stage: Stage, now: float, size: tuple[int, int], *, low: bool = False) -> int:
    """Return where the sentences above a screen end, as `draw_overlay` draws them."""
    scale = _scale(size)
    rows = len(_sentences(stage, now))
    return round((LOW_TOP if low else TOP) * scale) + rows * (round(38 * scale) + round(6 * scale))


def draw_overlay(surface: pygame.Surface, stage: Stage, now: float, *, low: bool = False) -> None:
    """Draw the panel of the servers if it is open, and above everything else
    the state of the link and the newest notices.

    Args:
        low: begin farther down, where the screen has instruments at the top.
    """
    if stage.panel is not None and stage.panel.open and stage.screen is not None:
        stage.panel.draw(surface, stage.screen, now)
    scale = _scale(surface.get_size())
    stage.toasts = [one for one in stage.toasts if now - one.at < NOTICE_S]
    sentences = _sentences(stage, now)
    if not low:
        _draw_corner(surface, sentences, scale)
        return
    y = round(LOW_TOP * scale)
    for text, tone, solid in sentences:
        y = _sentence(surface, text, tone, y, scale, solid=solid)


def _draw_corner(
    surface: pygame.Surface, sentences: Sequence[tuple[str, pygame.Color, bool]], scale: float
) -> None:
    """Draw what fits beside the heading of a menu, at the right; the newest counts most."""
    size, inset = theme.letters(18, scale), round(12 * scale)
    high = round(size * 1.26)
    width = round(surface.get_width() * CORNER_SHARE) - 2 * inset
    wrapped_ones = [
        (wrapped(text, size, width, width), tone, solid) for text, tone, solid in sentences
    ]
    room = round(CORNER_HIGH * scale)
    shown: list[tuple[list[str], pygame.Color, bool]] = []
    # What stays is told in any case, then the newest before older ones.
    for one in sorted(reversed(wrapped_ones), key=lambda one: not one[2]):
        room -= high * len(one[0]) + inset + round(6 * scale)
        if shown and room < 0:
            break
        shown.append(one)
    y = round(CORNER_TOP * scale)
    right = surface.get_width() - round(CORNER_TOP * scale)
    for rows, tone, solid in sorted(shown, key=wrapped_ones.index):
        wide = max(theme.text_width(row, size) for row in rows) + 2 * inset
        rect = pygame.Rect(right - wide, y, wide, high * len(rows) + inset)
        theme.panel(surface, rect, tone, 246 if solid else 236)
        for number, row in enumerate(rows):
            middle = rect.top + inset / 2 + high * (number + 0.5)
            place = (rect.left + inset, middle)
            theme.text(surface, row, size, theme.TEXT, place, anchor="midleft")
        y = rect.bottom + round(6 * scale)


def _scale(size: tuple[int, int]) -> float:
    return max(0.4, min(size[0] / WIDTH, size[1] / HEIGHT))


def _sentences(stage: Stage, now: float) -> list[tuple[str, pygame.Color, bool]]:
    """Return what is to be read now, with its colour, and whether it stays."""
    told = [(one.at, one.kind, one.text) for one in stage.toasts if now - one.at < NOTICE_S]
    lasting = []
    if stage.link is not None:
        sentence = link_sentence(stage.link)
        if sentence and stage.link.status.kind is not LinkKind.CONNECTING:
            moving = stage.link.status.kind is LinkKind.MOVING
            lasting.append((sentence, theme.GOOD if moving else theme.BAD, True))
        notices = stage.link.view.notices
        told += [(one.at, one.kind, one.text) for one in notices if now - one.at < NOTICE_S]
    # What is told twice is read once, where it was told last.
    newest = {text: kind for _, kind, text in sorted(told, key=lambda one: one[0])}
    shown = list(newest.items())[-SHOWN_MAX:]
    return lasting + [(text, TONES[kind], False) for text, kind in shown]


def _sentence(
    surface: pygame.Surface,
    text: str,
    tone: pygame.Color,
    y: int,
    scale: float,
    solid: bool = False,
) -> int:
    size = theme.letters(20, scale)
    text = theme.shortened(text, size, surface.get_width() - round(60 * scale))
    rect = pygame.Rect(0, y, theme.text_width(text, size) + round(44 * scale), round(38 * scale))
    rect.centerx = surface.get_width() // 2
    theme.panel(surface, rect, tone, 242 if solid else 216)
    theme.text(surface, text, size, theme.TEXT, rect.center, anchor="center")
    return rect.bottom + round(6 * scale)
