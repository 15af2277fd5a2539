"""The timeline of one recovery, as a bar: who took over, and what took how long.

Units: logical pixels; milliseconds in `..._ms`, since the last word of the
server that had the race.
"""

from __future__ import annotations

from collections.abc import Iterable

import pygame

from protocol import RecoveryRow
from screens import theme
from screens.screen import Screen

STEPS = (
    ("noticed", theme.MUTED),
    ("lease taken", theme.WARN),
    ("restored", theme.BEST),
    ("first snapshot", theme.ACCENT),
    ("driving", theme.GOOD),
)
"""Each step, and the colour of the time before it."""
BAR_MS_MIN = 1000


def longest(recoveries: Iterable[RecoveryRow]) -> int:
    """Return how long the longest bar is, so that all have one scale."""
    return max(BAR_MS_MIN, *(max(_steps(one)) for one in recoveries))


def draw_recovery(
    surface: pygame.Surface,
    screen: Screen,
    one: RecoveryRow,
    place: tuple[float, float, float],
    longest_ms: int,
    since_ms: float,
) -> None:
    """Draw words, bar and steps.

    Args:
        place: left, top and width.
        longest_ms: what the whole width stands for.
        since_ms: how old the news of it is.
    """
    left, y, width = place
    text = f"{one.title or 'A closed room'}: {one.node} took over from {one.previous or 'nobody'}"
    screen.text(surface, text, 19, theme.TEXT, (left, y + 12), "midleft", width=width - 400)
    still = f"stood still for {one.driving_ms / 1000:.1f} s"
    if one.driving_ms < 0:
        still = "nobody came back to drive"
    told = f"{still},  {ago(one.ago_ms + since_ms)} ago"
    right = (left + width, y + 12)
    screen.text(surface, told, 19, theme.TEXT_SOFT, right, "midright", width=380)
    scale, before_ms, x = width / longest_ms, 0, left
    for (name, tone), at_ms in zip(STEPS, _steps(one), strict=True):
        if at_ms < 0:
            continue
        start, end = left + before_ms * scale, left + at_ms * scale
        before_ms = max(before_ms, at_ms)
        pygame.draw.rect(surface, tone, screen.box(start, y + 27, max(2.0, end - start), 10))
        pygame.draw.rect(surface, tone, screen.box(x, y + 47, 9, 9))
        step = f"{name} {at_ms / 1000:.2f}"
        drawn = screen.text(surface, step, 16, theme.TEXT_SOFT, (x + 15, y + 51), "midleft")
        x += 15 + drawn.width / screen.scale + 26


def ago(milliseconds: float) -> str:
    """Return a time as people say it, in the unit that fits."""
    seconds = milliseconds / 1000
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200.0 else f"{seconds / 3600:.0f} h"


def _steps(one: RecoveryRow) -> tuple[int, ...]:
    return one.noticed_ms, one.lease_ms, one.restored_ms, one.snapshot_ms, one.driving_ms
