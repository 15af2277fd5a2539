"""Which flag a driver is shown, as marshals would; each with its word.

Green at GO, yellow where a car ahead stands or comes the wrong way, blue for
who is about to be lapped, white on the last lap, chequered at the end.
`judge` decides and draws nothing.

Units: metres, m/s, seconds; pixels of the window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

import pygame

from paint.canvas import smooth
from protocol import CarFlag
from race import Phase
from race_state import RaceView, SeenCar
from screens import theme
from screens.hud_parts import EDGE
from screens.minimap import WIDTH as MAP_WIDTH
from track import Track

GREEN_S, WHITE_S = 3.5, 7.0
AHEAD = 130.0
"""So far ahead a danger is told."""
STANDS_BELOW = 4.0
BLUE_BEHIND = 45.0
STARTED_S = 6.0
"""Nobody stands in the way before."""
WAVES = 8
WAVES_A_SECOND = 9.0
SIZE = 46, 32


class Flag(Enum):
    """A flag and what it says."""

    NONE = ""
    GREEN = "GO"
    YELLOW = "DANGER AHEAD"
    BLUE = "LET THEM PASS"
    WHITE = "LAST LAP"
    CHEQUERED = "FINISH"


COLOURS = {
    Flag.GREEN: "#2fbf5a",
    Flag.YELLOW: "#ffd21f",
    Flag.BLUE: "#2f7bff",
    Flag.WHITE: "#f4f6f8",
    Flag.CHEQUERED: "#f4f6f8",
}


def judge(race: RaceView, cars: Sequence[SeenCar], seen: SeenCar, to_go: float) -> Flag:
    """Return the flag that the driver of a car is shown now."""
    if seen.flags & CarFlag.FINISHED:
        return Flag.CHEQUERED
    if race.phase is not Phase.RACING:
        return Flag.NONE
    if -to_go < STARTED_S:
        return Flag.GREEN if -to_go < GREEN_S else Flag.NONE
    mine = _along(race.track, seen)
    length = race.track.length
    for one in cars:
        if one.slot == seen.slot or one.flags & CarFlag.FINISHED:
            continue
        apart = math.remainder(_along(race.track, one) - mine, length)
        # A car that is mended stands where it may.
        stands = one.car.speed < STANDS_BELOW and not one.flags & CarFlag.REPAIRING
        if 0.0 < apart < AHEAD and (stands or one.flags & CarFlag.WRONG_WAY):
            return Flag.YELLOW
    for one in cars:
        if one.slot == seen.slot or one.lap <= seen.lap or one.flags & CarFlag.GHOST:
            continue
        behind = math.remainder(mine - _along(race.track, one), length)
        driven = one.lap * length + _along(race.track, one) - seen.lap * length - mine
        if 0.0 < behind < BLUE_BEHIND and driven > length / 2:
            return Flag.BLUE
    return Flag.WHITE if seen.lap == race.laps - 1 and race.laps > 1 else Flag.NONE


def _along(track: Track, seen: SeenCar) -> float:
    car = seen.car
    return track.locate(car.x, car.y, heading=car.heading).distance


class FlagSign:
    """Waves the flag beside the clock."""

    def __init__(self) -> None:
        self._flag = Flag.NONE
        self._since = 0.0

    def show(self, flag: Flag, now: float) -> None:
        """Wave this flag from now on."""
        if flag is not self._flag:
            self._flag, self._since = flag, now

    @property
    def flag(self) -> Flag:
        """What is waved."""
        return self._flag

    def draw(
        self, surface: pygame.Surface, clock: pygame.Rect, now: float, scale: float, calm: bool
    ) -> int:
        """Draw the flag and its word right of the clock, or below it; return the lower edge."""
        flag = self._flag
        # A last lap is long, and the road is worth more than the flag.
        if flag is Flag.NONE or (flag is Flag.WHITE and now - self._since > WHITE_S):
            return clock.bottom
        size = round(18 * scale)
        wide, high = round(SIZE[0] * scale), round(SIZE[1] * scale)
        words = theme.text_width(flag.value, size, theme.Weight.BOLD)
        rect = pygame.Rect(0, 0, wide + words + round(26 * scale), round(46 * scale))
        rect.topleft = clock.right + round(6 * scale), round(EDGE * scale)
        if rect.right > surface.get_width() - round((MAP_WIDTH + EDGE) * scale):
            rect.midtop = surface.get_width() // 2, clock.bottom + 4
        theme.panel(surface, rect, alpha=165)
        phase = 0 if calm else int(now * WAVES_A_SECOND) % WAVES
        picture = theme.cached(
            ("flag", flag, phase, wide), lambda: _waving(flag, phase, wide, high)
        )
        place = picture.get_rect(midleft=(rect.left + round(8 * scale), rect.centery))
        surface.blit(picture, place, special_flags=theme.PREMULTIPLIED)
        theme.text(
            surface, flag.value, size, theme.TEXT,
            (place.right + round(8 * scale), rect.centery), theme.Weight.BOLD, "midleft",
        )  # fmt: skip
        return max(clock.bottom, rect.bottom)


def _waving(flag: Flag, phase: int, width: int, height: int) -> pygame.Surface:
    colour = pygame.Color(COLOURS[flag])

    def draw(canvas: pygame.Surface, k: int) -> None:
        pole = max(2, width // 18) * k
        columns = 24
        step = (width * k - pole) / columns
        for column in range(columns):
            bend = math.sin(column / columns * 5.6 - phase / WAVES * math.tau)
            top = height * k * (0.14 + 0.09 * bend * column / columns)
            high = height * k * 0.62
            light = 1.0 + 0.2 * math.cos(column / columns * 5.6 - phase / WAVES * math.tau)
            for row in range(4 if flag is Flag.CHEQUERED else 1):
                tone = colour
                if flag is Flag.CHEQUERED and (row + column * 6 // columns) % 2:
                    tone = theme.INK
                shade = tuple(min(255, round(part * light * 0.86)) for part in tuple(tone)[:3])
                part = high / (4 if flag is Flag.CHEQUERED else 1)
                area = (pole + column * step, top + row * part, step + 1, part + 1)
                pygame.draw.rect(canvas, shade, area)
        pygame.draw.rect(canvas, "#c9d0d8", (0, height * k * 0.06, pole, height * k * 0.92))

    return smooth((width, height), draw, 3, colour)
