"""The truth overlay: what the server has told, beside what is shown.

Outlines in the world are the cars as the newest snapshot has them; a panel has
the figures of the link, four times a second. `docs/truth.md` says what each of
them means. It measures what it is shown and changes nothing.

Units: pixels of the window, seconds; 1280x720 is scale 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pygame

from car import CAR_LENGTH, CAR_WIDTH, Car
from protocol import CarFlag
from race import TICKS_A_SECOND
from race_state import RaceView, SeenCar
from readings import Recent
from screens import theme
from screens.camera import Frame
from screens.hud_parts import DIAL, EDGE, is_tiny
from screens.minimap import HEIGHT as MAP_HEIGHT
from screens.truth_board import BARS, CORRECTED_MUCH, WIDTH, Board, Line, high_of
from view import View
from warps import WarpWatch

SNAPSHOT_TICKS = 2.0
"""Every other tick of the server is told."""
EVERY_S = 0.25
"""Numbers change so often; what flickers cannot be read."""
LATE_PICTURE_S, SNAPSHOTS_FEW = 0.022, 25.0
"""What is worse than these stands out."""
OFF_SCREEN_PX = 70
NOSE = 0.22
"""How much of a car's length the mark at the nose of its outline is."""
OWN = pygame.Color("#ffffff")
DARK = pygame.Color(8, 11, 16)


class Truth:
    """Looks at one race after the other, and draws what it sees while it is shown."""

    def __init__(self) -> None:
        self._board = Board()
        self._told_at = -1e9
        self._pictures, self._work = Recent(), Recent()
        self._eye = WarpWatch()

    def watch(
        self, race: RaceView, cars: Sequence[SeenCar], now: float, elapsed: float, work_s: float
    ) -> None:
        """Take in a picture that is about to be drawn.

        Args:
            cars: as they are drawn.
            elapsed: seconds since the last one.
            work_s: how long making the last one took, 0 where nobody knows.
        """
        self._pictures.add(now, elapsed)
        self._work.add(now, work_s)
        self._eye.look(cars, race.records, race.tick, now)

    # The world

    def draw_world(
        self,
        surface: pygame.Surface,
        frame: Frame,
        race: RaceView,
        cars: Sequence[SeenCar],
        safe: bool,
    ) -> None:
        """Draw the outlines of all cars as the newest snapshot has them.

        Args:
            cars: all cars as they are drawn; a line leads to the own one from where
                it was told to be.
        """
        gone = CarFlag.GONE.value
        own = next((one.car for one in cars if one.is_me), None)
        for slot, record in race.records.items():
            car = record.car
            if record.flags.value & gone or not frame.holds(car.x, car.y, OFF_SCREEN_PX):
                continue
            mine = slot == race.slot
            if mine and own is not None:
                ends = frame.at(car.x, car.y), frame.at(own.x, own.y)
                pygame.draw.line(surface, DARK, *ends, 3)
                pygame.draw.line(surface, OWN, *ends, 1)
            _outline(surface, frame, car, OWN if mine else theme.car_colour(slot, safe))

    # The panel

    def is_high(self, size: tuple[int, int], simulated: str) -> bool:
        """Whether the panel needs the place of the map."""
        scale = theme.scale_for(size)
        taken = 2 * EDGE + MAP_HEIGHT + DIAL + 12
        return high_of(scale, simulated) > size[1] - taken * scale

    def draw_panel(
        self,
        surface: pygame.Surface,
        view: View,
        race: RaceView,
        now: float,
        *,
        top: int,
        bottom: int,
        simulated: str = "",
    ) -> pygame.Rect:
        """Draw the figures at the right edge; return where.

        Args:
            top: the panel begins below this, where there is room.
            bottom: and ends above this.
            simulated: what is simulated of the link, empty for nothing.
        """
        size = surface.get_size()
        if is_tiny(size):
            return pygame.Rect(0, 0, 0, 0)
        scale = theme.scale_for(size)
        high = high_of(scale, simulated)
        if high > bottom - top:
            scale *= max(0.5, (bottom - top) / high)
        if not 0.0 <= now - self._told_at < EVERY_S:
            self._told_at = now
            pictures = self._pictures.quantile(now, 0.5), self._work.quantile(now, 0.5)
            self._board.tell(
                head_of(view, race),
                lines_of(view, race, now, pictures, self._eye.warps, simulated),
                view.readings.corrections.peaks(now, BARS),
            )
        rect = pygame.Rect(0, 0, round(WIDTH * scale), high_of(scale, simulated))
        rect.right = size[0] - round(EDGE * theme.scale_for(size))
        rect.top = min(top, bottom - rect.height)
        self._board.draw(surface, rect, scale)
        return rect


def head_of(view: View, race: RaceView) -> str:
    """Return whose word all this is."""
    node = view.welcome.node if view.welcome is not None else "?"
    return f"{node}  epoch {race.epoch}  tick {race.tick}"


def lines_of(
    view: View,
    race: RaceView,
    now: float,
    pictures: tuple[float | None, float | None],
    warps: int,
    simulated: str = "",
) -> list[Line]:
    """Return the figures of a race as they are now.

    Args:
        pictures: seconds from one picture to the next, and of work in one.
        warps: how many jumps were seen.
        simulated: what is simulated of the link.
    """
    read, clock = view.readings, race.clock
    ahead = (race.tick - clock.shown_tick(now)) / SNAPSHOT_TICKS if clock.ready else 0.0
    jitter_s, delay_s = clock.jitter_ticks / TICKS_A_SECOND, clock.delay_ticks / TICKS_A_SECOND
    rate = read.snapshots.at(now)
    found = [
        Line("ROUND TRIP", _ms(view.rtt_s), f"± {_ms(read.rtt_deviation_s)}"),
        Line(
            "SNAPSHOTS", f"{rate:.0f} /s", f"± {_ms(jitter_s)}",
            theme.WARN if rate < SNAPSHOTS_FEW else theme.TEXT,
        ),
        Line("OTHERS SHOWN", f"{_ms(delay_s)} ago", f"{ahead:.1f} in hand"),
        *_of_mine(view, race, now),
        Line("WARPS", str(warps), "seen", theme.BAD if warps else theme.TEXT),
        Line("DOWN", _kilo(read.down_bytes(now)), f"~ {read.down_kbits(now):.0f} kbit/s"),
        Line("UP", _kilo(read.up_bytes(now)), f"~ {read.up_kbits(now):.0f} kbit/s"),
        _of_saving(view, now),
    ]  # fmt: skip
    every, work = pictures
    if every is not None:
        note = f"{work * 1000:.1f} of work" if work else ""
        late = every > LATE_PICTURE_S
        found.append(
            Line("PICTURE", f"{every * 1000:.1f} ms", note, theme.WARN if late else theme.TEXT)
        )
    if simulated:
        found.append(Line("SIMULATED", simulated, "", theme.ACCENT))
    return found


def _of_mine(view: View, race: RaceView, now: float) -> list[Line]:
    """Return what concerns the own car: how early inputs come, and what was corrected."""
    read = view.readings
    leads, newest = read.leads.values(now), read.corrections.newest
    if race.watching or newest is None:
        return [Line("INPUTS EARLY", "-", "no car"), Line("CORRECTED", "-", "no car")]
    least = min(leads, default=0.0)
    early = sum(leads) / len(leads) if leads else 0.0
    most = read.corrections.quantile(now, 0.99) or 0.0
    return [
        Line(
            "INPUTS EARLY", f"{early:.1f} ticks", f"worst {least:.0f}",
            theme.WARN if least < 0 else theme.TEXT,
        ),
        Line(
            "CORRECTED", f"{newest * 100:.1f} cm", f"p99 {most * 100:.0f} cm",
            theme.WARN if most > CORRECTED_MUCH else theme.TEXT,
        ),
    ]  # fmt: skip


def _of_saving(view: View, now: float) -> Line:
    read = view.readings
    waits_s = read.waits_s(now)
    if waits_s is not None:
        return Line("SAVED", f"{waits_s:.1f} s", "waiting", theme.WARN)
    if read.saved_s is None:
        return Line("SAVED", "-", "no result yet")
    return Line("SAVED", _ms(read.saved_s), "after the result")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _kilo(bytes_a_second: float) -> str:
    return f"{bytes_a_second / 1000:.1f} kB/s"


def _outline(surface: pygame.Surface, frame: Frame, car: Car, colour: pygame.Color) -> None:
    """Draw where a car is, as its edge and a mark at the nose."""
    cos, sin = math.cos(car.heading), math.sin(car.heading)

    def at(along: float, across: float) -> tuple[float, float]:
        x = car.x + (along * cos - across * sin) * CAR_LENGTH / 2
        y = car.y + (along * sin + across * cos) * CAR_LENGTH / 2
        return frame.at(x, y)

    wide = CAR_WIDTH / CAR_LENGTH
    corners = [at(1, -wide), at(1, wide), at(-1, wide), at(-1, -wide)]
    pygame.draw.polygon(surface, DARK, corners, 4)
    pygame.draw.polygon(surface, colour, corners, 2)
    pygame.draw.aalines(surface, colour, True, corners)
    pygame.draw.line(surface, colour, at(1.0, 0.0), at(1.0 + 2 * NOSE, 0.0), 2)
