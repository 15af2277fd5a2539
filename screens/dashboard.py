"""What the driver reads: place, lap, times, order, speed, map, lamps, signs.

Units: pixels of the window; kilometres an hour for the dial.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pygame

from protocol import CarFlag
from race import TICKS_A_SECOND, Phase
from race_state import RaceView
from screens import theme
from track import Track

DIAL_KMH = 240
LAMPS = 4
ORDINALS = {1: "ST", 2: "ND", 3: "RD"}


class Dashboard:
    """Draws over the race; the track's outline is kept."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._maps: dict[tuple[int, int], pygame.Surface] = {}

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Callable[[int], str],
        rtts: Callable[[int], int],
        now: float,
        *,
        safe: bool,
    ) -> None:
        """Draw everything that fits the window."""
        width, height = surface.get_size()
        scale = max(0.45, min(1.6, min(width / 1280, height / 720)))
        self._place(surface, race, scale)
        self._times(surface, race, now, scale, width)
        if height > 300:
            self._order(surface, race, names, rtts, scale, safe)
            self._map(surface, race, now, scale, width, safe)
        if not race.watching:
            self._speed(surface, race, now, scale, width, height)
        self._signs(surface, race, now, scale, width, height)

    def _place(self, surface: pygame.Surface, race: RaceView, scale: float) -> None:
        mine = race.mine
        box = pygame.Rect(
            round(16 * scale), round(16 * scale), round(208 * scale), round(84 * scale)
        )
        theme.panel(surface, box, theme.ACCENT)
        if mine is None:
            theme.text(
                surface,
                "WATCHING",
                round(30 * scale),
                theme.TEXT,
                box.center,
                theme.Weight.ITALIC,
                "center",
            )
            return
        place = theme.text(
            surface,
            str(mine.place),
            round(76 * scale),
            theme.TEXT,
            (box.left + 18 * scale, box.centery),
            theme.Weight.HEAVY,
            "midleft",
        )
        x = place.right + 8 * scale
        ordinal = ORDINALS.get(mine.place, "TH")
        theme.text(
            surface,
            ordinal,
            round(24 * scale),
            theme.ACCENT,
            (x, box.top + 16 * scale),
            theme.Weight.BOLD,
        )
        theme.text(
            surface,
            f"/ {len(race.records)}",
            round(22 * scale),
            theme.MUTED,
            (x, box.top + 42 * scale),
        )
        right = box.right - 18 * scale
        theme.text(
            surface,
            "LAP",
            round(17 * scale),
            theme.MUTED,
            (right, box.top + 12 * scale),
            anchor="topright",
        )
        lap = f"{min(mine.lap + 1, race.laps)}/{race.laps}"
        theme.text(
            surface,
            lap,
            round(36 * scale),
            theme.TEXT,
            (right, box.top + 32 * scale),
            theme.Weight.ITALIC,
            "topright",
        )

    def _times(
        self, surface: pygame.Surface, race: RaceView, now: float, scale: float, width: int
    ) -> None:
        box = pygame.Rect(0, round(16 * scale), round(316 * scale), round(58 * scale))
        box.centerx = width // 2
        theme.panel(surface, box)
        lap = race.lap_s(now) if not race.watching else race.total_s(now)
        theme.text(
            surface,
            theme.format_time(lap, 2),
            round(38 * scale),
            theme.TEXT,
            (box.left + 18 * scale, box.centery),
            theme.Weight.ITALIC,
            "midleft",
        )
        mine = race.mine
        best = mine.best_lap_ticks / TICKS_A_SECOND if mine and mine.best_lap_ticks else None
        last = race.last_lap_ticks / TICKS_A_SECOND if race.last_lap_ticks else None
        rows = (("LAST", last, theme.TEXT_SOFT), ("BEST", best, theme.GOOD))
        for number, (word, value, tone) in enumerate(rows):
            y = box.top + (16 + 25 * number) * scale
            theme.text(
                surface,
                word,
                round(15 * scale),
                theme.MUTED,
                (box.right - 118 * scale, y),
                anchor="midleft",
            )
            theme.text(
                surface,
                theme.format_time(value),
                round(19 * scale),
                tone,
                (box.right - 14 * scale, y),
                anchor="midright",
            )

    @staticmethod
    def _order(
        surface: pygame.Surface,
        race: RaceView,
        names: Callable[[int], str],
        rtts: Callable[[int], int],
        scale: float,
        safe: bool,
    ) -> None:
        lines = race.standings()
        step = round(23 * scale)
        box = pygame.Rect(
            round(16 * scale),
            round(108 * scale),
            round(208 * scale),
            step * len(lines) + round(12 * scale),
        )
        theme.panel(surface, box, None, 140)
        size = round(17 * scale)
        for number, line in enumerate(lines):
            y = box.top + 6 * scale + step * (number + 0.5)
            is_me = line.slot == race.slot
            tone = theme.TEXT if is_me else theme.TEXT_SOFT
            theme.text(
                surface,
                str(line.place),
                size,
                theme.ACCENT if number == 0 else theme.MUTED,
                (box.left + 22 * scale, y),
                anchor="midright",
            )
            pygame.draw.circle(
                surface, theme.car_colour(line.slot, safe), (box.left + 34 * scale, y), 5 * scale
            )
            record = race.records[line.slot]
            name = names(line.slot)
            name = theme.shortened(name, size, round(88 * scale))
            weight = theme.Weight.BOLD if is_me else theme.Weight.SEMIBOLD
            theme.text(surface, name, size, tone, (box.left + 44 * scale, y), weight, "midleft")
            gap = theme.format_gap(line.gap_s, line.laps_behind) if number else "LEADER"
            if record.flags & CarFlag.GONE:
                gap = "OUT"
            elif record.flags & CarFlag.CARETAKER:
                gap = "AWAY"
            theme.text(
                surface,
                gap,
                round(15 * scale),
                theme.MUTED,
                (box.right - 10 * scale, y),
                anchor="midright",
            )
            rtt = rtts(line.slot)
            if rtt:
                theme.text(
                    surface,
                    f"{rtt}",
                    round(12 * scale),
                    theme.MUTED,
                    (box.right - 58 * scale, y),
                    anchor="midright",
                )

    def _map(
        self,
        surface: pygame.Surface,
        race: RaceView,
        now: float,
        scale: float,
        width: int,
        safe: bool,
    ) -> None:
        size = (round(190 * scale), round(150 * scale))
        box = pygame.Rect((0, 0), size)
        box.topright = (width - round(16 * scale), round(16 * scale))
        theme.panel(surface, box, None, 150)
        surface.blit(self._outline(size), box)
        share = self._share(size)
        order = sorted(race.cars(now), key=lambda one: (one.is_me, one.place == 1))
        for one in order:
            at = (box.left + 10 + one.car.x * share, box.top + 10 + one.car.y * share)
            radius = (6 if one.is_me else 4) * scale
            if one.is_me:
                pygame.draw.circle(surface, "#ffffff", at, radius + 2)
            pygame.draw.circle(surface, theme.car_colour(one.slot, safe), at, radius)

    def _share(self, size: tuple[int, int]) -> float:
        return min((size[0] - 20) / self._track.width, (size[1] - 20) / self._track.height)

    def _outline(self, size: tuple[int, int]) -> pygame.Surface:
        if size not in self._maps:
            share = self._share(size)
            big = pygame.Surface((size[0] * 2, size[1] * 2), pygame.SRCALPHA)
            points = [
                ((10 + x * share) * 2, (10 + y * share) * 2)
                for x, y in self._track.points[::4].tolist()
            ]
            pygame.draw.lines(big, (240, 243, 246, 200), True, points, 11)
            pygame.draw.lines(big, "#4a505a", True, points, 6)
            pygame.draw.circle(big, theme.ACCENT, points[0], 7)
            self._maps = {size: pygame.transform.smoothscale(big, size)}
        return self._maps[size]

    @staticmethod
    def _speed(
        surface: pygame.Surface, race: RaceView, now: float, scale: float, width: int, height: int
    ) -> None:
        car = race.own_car(now)
        radius = round(74 * scale)
        cx, cy = width - radius - round(20 * scale), height - radius - round(20 * scale)

        def face() -> pygame.Surface:
            art = pygame.Surface((radius * 4, radius * 4), pygame.SRCALPHA)
            pygame.draw.circle(art, (12, 17, 24, 178), (radius * 2, radius * 2), radius * 2)
            for tick in range(25):
                angle = math.radians(135 + tick * 270 / 24)
                tone = "#f4f6f8" if tick < 20 else "#ff5a4d"
                inner = 0.84 if tick % 4 == 0 else 0.9
                ends = [
                    (radius * 2 * (1 + math.cos(angle) * r), radius * 2 * (1 + math.sin(angle) * r))
                    for r in (inner, 0.96)
                ]
                pygame.draw.line(art, tone, ends[0], ends[1], 4)
            return pygame.transform.smoothscale(art, (radius * 2, radius * 2))

        dial = theme.cached(("dial", radius), face)
        surface.blit(dial, (cx - radius, cy - radius), special_flags=theme.PREMULTIPLIED)
        kmh = car.speed * 3.6
        share = min(1.0, kmh / DIAL_KMH)
        points = [
            (cx + radius * 0.98 * math.cos(a), cy + radius * 0.98 * math.sin(a))
            for a in (math.radians(135 + 270 * share * n / 40) for n in range(41))
        ]
        if share > 0.01:
            pygame.draw.lines(surface, theme.ACCENT, False, points, max(2, round(4 * scale)))
        theme.text(
            surface,
            f"{kmh:.0f}",
            round(46 * scale),
            theme.TEXT,
            (cx, cy - 6 * scale),
            theme.Weight.HEAVY,
            "center",
        )
        theme.text(
            surface, "KM/H", round(14 * scale), theme.MUTED, (cx, cy + 24 * scale), anchor="center"
        )
        gear = "R" if car.gear < 0 else str(car.gear)
        gear = gear if car.engine_on else "OFF"
        theme.text(
            surface,
            gear,
            round(26 * scale),
            theme.ACCENT,
            (cx, cy + 48 * scale),
            theme.Weight.ITALIC,
            "center",
        )

    @staticmethod
    def _signs(
        surface: pygame.Surface, race: RaceView, now: float, scale: float, width: int, height: int
    ) -> None:
        to_go = race.seconds_to_go(now)
        centre = (width // 2, round(height * 0.26))
        if -1.2 < to_go <= 4.2 and race.phase is not Phase.FINISHED:
            box = pygame.Rect(0, 0, round(70 * LAMPS * scale), round(78 * scale))
            box.center = centre
            theme.panel(surface, box, None, 225)
            for lamp in range(LAMPS):
                lit = to_go <= LAMPS - lamp - 0.5 or to_go <= 0
                tone = "#3dff6a" if to_go <= 0 else "#ff2d20" if lit else "#35181a"
                at = (box.left + round((lamp + 0.5) * 70 * scale), box.centery)
                pygame.draw.circle(surface, "#05070a", at, round(29 * scale))
                pygame.draw.circle(surface, tone, at, round(25 * scale))
            if to_go <= 0:
                theme.text(
                    surface,
                    "GO!",
                    round(84 * scale),
                    theme.TEXT,
                    (centre[0], centre[1] + 92 * scale),
                    theme.Weight.HEAVY,
                    "center",
                    shadow=True,
                )
        mine = race.mine
        sign: str = ""
        colour = theme.BAD
        if race.stalled(now):
            sign = "NO NEWS FROM THE SERVER"
        elif mine is not None and mine.flags & CarFlag.WRONG_WAY:
            sign = "WRONG WAY"
        elif mine is not None and mine.flags & CarFlag.CARETAKER:
            sign, colour = "A CARETAKER DRIVES: TOUCH A KEY TO TAKE THE WHEEL", theme.WARN
        elif mine is not None and mine.flags & CarFlag.FINISHED:
            sign, colour = "FINISHED", theme.GOOD
        elif mine is not None and mine.flags & CarFlag.PENALTY and to_go > -6:
            sign, colour = "JUMP START: 5 SECONDS", theme.WARN
        theme.text(
            surface,
            sign,
            round(44 * scale),
            colour,
            (width // 2, round(height * 0.2)),
            theme.Weight.HEAVY,
            "center",
            shadow=True,
        )
