"""What the driver reads over the race: place, lap, times, order, map, signs.

Small and to the edges, so that the road stays free; it draws what it is told
and decides nothing. The chat box of `chat_box.py` has its corner free
(`chat_rect`). Panels that change seldom are drawn when they change.

Units: pixels of the window, seconds; 1280x720 is scale 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import pygame

from protocol import CarFlag
from race import TICKS_A_SECOND, EventKind, Phase
from race_state import RaceView, SeenCar
from screens import theme
from screens.dial import draw_dial
from screens.lamps import HEIGHT as LAMPS_HEIGHT
from screens.lamps import draw_lamps
from screens.minimap import HEIGHT as MAP_HEIGHT
from screens.minimap import WIDTH as MAP_WIDTH
from screens.minimap import Minimap
from standings import Standing
from track import Track

EDGE = 14
DIAL = 150
TINY = 480, 300
WRONG_WAY = 330, 72
TOWER_WIDTH, TOWER_ROW = 224, 21
MESSAGES_MAX, MESSAGE_S = 3, 3.0
ORDER_EVERY_S = 0.25
"""The order is asked for so often; gaps that flicker cannot be read."""
SMALL_ROWS = 5
RPM_LOW, RPM_HIGH = 900.0, 7200.0
SUFFIXES = {1: "ST", 2: "ND", 3: "RD"}

Names = Callable[[int], str]
Rtts = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Said:
    """A short message in the middle of the picture."""

    text: str
    colour: pygame.Color
    at: float


class Kept:
    """A panel that is drawn again only when what it shows changes."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._picture = pygame.Surface((1, 1))

    def draw(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        key: Hashable,
        paint: Callable[[pygame.Surface], None],
    ) -> None:
        """Draw the panel at a place; `paint` draws it from its own corner."""
        if (key, rect.size) != self._key:
            self._key = key, rect.size
            # Blits of premultiplied parts onto a clear layer stay premultiplied.
            self._picture = pygame.Surface(rect.size, pygame.SRCALPHA)
            paint(self._picture)
        surface.blit(self._picture, rect.topleft, special_flags=theme.PREMULTIPLIED)


def chat_rect(size: tuple[int, int]) -> pygame.Rect:
    """Return where the chat box may be in a window: the lower left corner."""
    scale = theme.scale_for(size)
    width = min(round(380 * scale), size[0] - round((DIAL + 3 * EDGE) * scale))
    rect = pygame.Rect(0, 0, width, round(168 * scale))
    rect.bottomleft = round(EDGE * scale), size[1] - round(EDGE * scale)
    return rect


def is_tiny(size: tuple[int, int]) -> bool:
    """Whether a window has room for the place and the lap only."""
    return size[0] < TINY[0] or size[1] < TINY[1]


class Hud:
    """The instruments of one race."""

    def __init__(self, track: Track) -> None:
        self._map = Minimap(track)
        self._place, self._times, self._tower = Kept(), Kept(), Kept()
        self._said: deque[Said] = deque(maxlen=MESSAGES_MAX)
        self._order: list[Standing] = []
        self._order_at = -1e9
        self._best_ticks: int | None = None

    def say(self, text: str, now: float, colour: pygame.Color = theme.TEXT) -> None:
        """Show a short message for some seconds."""
        self._said.append(Said(text, colour, now))

    def note(
        self, race: RaceView, kind: int, slot: int, value: int, names: Names, now: float
    ) -> None:
        """Tell the driver of an event of the race, where it matters to them."""
        mine = slot == race.slot
        clock = theme.format_time(value / TICKS_A_SECOND)
        if kind == EventKind.LAP and mine:
            best = self._best_ticks is None or value < self._best_ticks
            self._best_ticks = value if best else self._best_ticks
            self.say(f"LAP  {clock}", now, theme.GOOD if best else theme.TEXT)
            if race.mine is not None and race.mine.lap == race.laps - 1:
                self.say("FINAL LAP", now, theme.ACCENT)
        elif kind == EventKind.BEST_LAP:
            who = "YOU" if mine else names(slot)
            self.say(f"FASTEST LAP  {who}  {clock}", now, theme.BEST)
        elif kind == EventKind.JUMP_START and mine:
            self.say(f"JUMP START  +{value // TICKS_A_SECOND} s", now, theme.BAD)
        elif kind == EventKind.FINISH:
            who = "YOU FINISHED" if mine else f"{names(slot)} finished"
            self.say(f"{who}  {clock}", now, theme.GOOD if mine else theme.TEXT_SOFT)
        elif kind == EventKind.RESPAWN and mine:
            self.say("BACK ON THE ROAD", now, theme.TEXT_SOFT)

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        cars: Sequence[SeenCar],
        names: Names,
        rtts: Rtts,
        now: float,
        *,
        safe: bool = False,
        calm: bool = False,
        banner: str = "",
        below: int = 0,
        looked_at: SeenCar | None = None,
    ) -> None:
        """Draw everything that fits the window.

        Args:
            banner: a sentence that stays, such as that the race is on hold.
            below: sentences begin under this line.
            looked_at: the car in the middle of the picture.
        """
        watched = looked_at.slot if looked_at is not None and race.watching else None
        size = surface.get_size()
        scale = theme.scale_for(size)
        if now - self._order_at >= ORDER_EVERY_S:
            self._order, self._order_at = race.standings(), now
        edge = round(EDGE * scale)
        top = self._draw_place(surface, race, names, scale, edge, watched)
        if is_tiny(size):
            return
        corner = edge, top + round(6 * scale)
        self._draw_tower(surface, race, names, rtts, scale, corner, safe, watched)
        self._draw_times(surface, race, now, scale, edge)
        area = pygame.Rect(0, edge, round(MAP_WIDTH * scale), round(MAP_HEIGHT * scale))
        area.right = size[0] - edge
        self._map.draw(surface, area, cars, safe)
        if looked_at is not None:
            side = round(DIAL * scale)
            dial = pygame.Rect(size[0] - edge - side, size[1] - edge - side, side, side)
            car = looked_at.car
            revs = (car.rpm - RPM_LOW) / (RPM_HIGH - RPM_LOW)
            draw_dial(surface, dial, car.speed, car.gear, revs, car.engine_on)
        self._draw_middle(surface, race, now, scale, calm, banner, below)

    # Panels

    def _draw_place(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Names,
        scale: float,
        edge: int,
        slot: int | None,
    ) -> int:
        mine = race.mine
        watched = names(slot) if slot is not None else ""
        place = mine.place if mine is not None else 0
        lap = min(race.laps, mine.lap + 1) if mine is not None else self._leader_lap(race)
        rect = pygame.Rect(edge, edge, round(TOWER_WIDTH * scale), round(78 * scale))
        total = len(race.records)

        def paint(panel: pygame.Surface) -> None:
            theme.panel(panel, panel.get_rect(), theme.ACCENT, 172)
            height = rect.height
            if place:
                number = theme.text(
                    panel, str(place), round(78 * scale), theme.TEXT,
                    (16 * scale, height * 0.49), theme.Weight.HEAVY, "midleft",
                )  # fmt: skip
                x = number.right + 5 * scale
                theme.text(
                    panel, SUFFIXES.get(place, "TH"), round(24 * scale), theme.ACCENT,
                    (x, height * 0.13), theme.Weight.BOLD,
                )  # fmt: skip
                theme.text(
                    panel, f"/ {total}", round(22 * scale), theme.MUTED, (x, height * 0.49),
                )  # fmt: skip
            else:
                theme.text(
                    panel, "WATCHING", round(26 * scale), theme.TEXT, (16 * scale, height * 0.34),
                    theme.Weight.ITALIC, "midleft",
                )  # fmt: skip
                size = round(19 * scale)
                name = theme.shortened(watched, size, round(rect.width * 0.6))
                theme.text(
                    panel, name, size, theme.MUTED, (16 * scale, height * 0.7), anchor="midleft"
                )
            right = rect.width - 16 * scale
            theme.text(
                panel, "LAP", round(15 * scale), theme.MUTED, (right, height * 0.14),
                anchor="topright",
            )  # fmt: skip
            theme.text(
                panel, f"{lap}/{race.laps}", round(36 * scale), theme.TEXT, (right, height * 0.63),
                theme.Weight.ITALIC, "midright",
            )  # fmt: skip

        self._place.draw(surface, rect, (place, lap, race.laps, total, watched), paint)
        return rect.bottom

    def _leader_lap(self, race: RaceView) -> int:
        laps = [record.lap for record in race.records.values()]
        return min(race.laps, max(laps, default=0) + 1)

    def _draw_times(
        self, surface: pygame.Surface, race: RaceView, now: float, scale: float, edge: int
    ) -> None:
        width, height = round(286 * scale), round(46 * scale)
        if surface.get_width() < 2 * (TOWER_WIDTH + MAP_WIDTH) * scale:
            # No room between the corners: the clock goes below the map.
            rect = pygame.Rect(0, edge + round((MAP_HEIGHT + 6) * scale), 0, height)
            rect.width = round(MAP_WIDTH * scale)
            rect.right = surface.get_width() - edge
        else:
            rect = pygame.Rect((surface.get_width() - width) // 2, edge, width, height)
        mine = race.mine
        penalty = mine is not None and bool(mine.flags & CarFlag.PENALTY)
        started = race.seconds_to_go(now) <= 0
        # In a countdown after a pause, the time that the race has had before.
        had = max(0, race.go_tick - race.start_tick) / TICKS_A_SECOND
        clock = theme.format_time(race.total_s(now) if started else had, 2)
        last = race.last_lap_ticks
        best = mine.best_lap_ticks or None if mine is not None else None
        small = rect.width < width

        def line(name: str, ticks: int | None, colour: pygame.Color, y: float) -> None:
            shown = theme.format_time(ticks / TICKS_A_SECOND if ticks is not None else None)
            x = rect.width - 12 * scale
            theme.text(panel, shown, round(18 * scale), colour, (x, y), anchor="midright")
            theme.text(
                panel, name, round(13 * scale), theme.MUTED, (x - 66 * scale, y), anchor="midright"
            )

        rect = rect.clip(surface.get_rect())
        if rect.width < 40 * scale or rect.height < 30 * scale:
            return
        panel = surface.subsurface(rect)
        theme.panel(panel, panel.get_rect(), alpha=150)
        colour = theme.BAD if penalty else theme.TEXT
        theme.text(
            panel, clock, round(34 * scale), colour, (14 * scale, height * 0.48),
            theme.Weight.ITALIC, "midleft",
        )  # fmt: skip
        if penalty and not small:
            theme.text(
                panel, "+5 s", round(16 * scale), theme.BAD, (128 * scale, height * 0.5),
                theme.Weight.BOLD, "midleft",
            )  # fmt: skip
        line("LAST", last, theme.TEXT_SOFT, height * 0.28)
        if not small:
            line("BEST", best, theme.GOOD, height * 0.72)

    def _draw_tower(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Names,
        rtts: Rtts,
        scale: float,
        corner: tuple[int, int],
        safe: bool,
        watched: int | None,
    ) -> None:
        """Draw the order: place, car, name, gap, round trip."""
        slot = race.slot if watched is None else watched
        rows = self._rows(race, names, rtts, surface.get_height(), slot)
        if not rows:
            return
        step = round(TOWER_ROW * scale)
        rect = pygame.Rect(*corner, round(TOWER_WIDTH * scale), len(rows) * step + round(8 * scale))

        def paint(panel: pygame.Surface) -> None:
            theme.panel(panel, panel.get_rect(), alpha=178, radius=8)
            size, small = round(17 * scale), round(13 * scale)
            for number, (place, slot, name, gap, rtt, own, away) in enumerate(rows):
                y = round(4 * scale) + step * number + step / 2
                if own:
                    bar = pygame.Rect(2, round(y - step / 2), rect.width - 4, step)
                    theme.panel(panel, bar, alpha=56, radius=4, fill=theme.ACCENT)
                theme.text(
                    panel, str(place), size, theme.ACCENT if own else theme.MUTED,
                    (20 * scale, y), theme.Weight.BOLD, "midright",
                )  # fmt: skip
                dot = pygame.Rect(0, 0, round(5 * scale), round(13 * scale))
                dot.center = round(31 * scale), round(y)
                pygame.draw.rect(panel, theme.car_colour(slot, safe), dot, border_radius=2)
                room = round(86 * scale)
                colour = theme.WARN if away else theme.TEXT if own else theme.TEXT_SOFT
                theme.text(
                    panel, theme.shortened(name, size, room), size, colour, (41 * scale, y),
                    anchor="midleft",
                )  # fmt: skip
                theme.text(
                    panel, gap, round(15 * scale), theme.TEXT_SOFT, (176 * scale, y),
                    anchor="midright",
                )  # fmt: skip
                theme.text(
                    panel, rtt, small, theme.WARN if away else theme.MUTED,
                    (rect.width - 8 * scale, y), anchor="midright",
                )  # fmt: skip

        self._tower.draw(surface, rect, (tuple(rows), safe), paint)

    def _rows(
        self, race: RaceView, names: Names, rtts: Rtts, height: int, marked: int
    ) -> list[tuple[int, int, str, str, str, bool, bool]]:
        """Return the lines of the tower; in a low window only those near the driver."""
        lines = self._order
        if height < 520 and len(lines) > SMALL_ROWS:
            mine = next((i for i, one in enumerate(lines) if one.slot == marked), 0)
            first = min(max(0, mine - SMALL_ROWS // 2), len(lines) - SMALL_ROWS)
            lines = lines[first : first + SMALL_ROWS]
        rows = []
        for one in lines:
            record = race.records.get(one.slot)
            flags = record.flags if record is not None else CarFlag(0)
            gap = theme.format_gap(one.gap_s, one.laps_behind) if one.place > 1 else ""
            if flags & CarFlag.GONE:
                gap = "OUT"
            elif one.place == 1:
                gap = "FINISH" if flags & CarFlag.FINISHED else "LEADER"
            away = bool(flags & CarFlag.CARETAKER)
            rtt = rtts(one.slot)
            shown = "away" if away else f"{min(rtt, 999)} ms" if rtt else "bot"
            name, own = names(one.slot), one.slot == marked
            rows.append((one.place, one.slot, name, gap, shown, own, away))
        return rows

    # The middle

    def _draw_middle(
        self,
        surface: pygame.Surface,
        race: RaceView,
        now: float,
        scale: float,
        calm: bool,
        banner: str,
        below: int,
    ) -> None:
        width, height = surface.get_size()
        middle = width // 2
        y = max(round(78 * scale), below)
        for text, colour in _standing_sentences(race, banner):
            y = _sentence(surface, text, colour, (middle, y), scale)
        mine = race.mine
        if mine is not None and mine.flags & CarFlag.WRONG_WAY and (calm or now % 0.8 < 0.55):
            sign = max(round(height * 0.27), y + round(WRONG_WAY[1] * scale / 2))
            _wrong_way(surface, (middle, sign), scale)
        to_go = race.seconds_to_go(now)
        if race.phase in (Phase.COUNTDOWN, Phase.RACING):
            lamps = max(round(height * 0.24), y + round(LAMPS_HEIGHT * scale / 2))
            draw_lamps(surface, (middle, lamps), to_go, scale)
        if -1.2 < to_go <= 0:
            place = middle, round(height * 0.42)
            theme.text(
                surface, "GO!", round(96 * scale), theme.GOOD, place, theme.Weight.HEAVY,
                "center", True,
            )  # fmt: skip
        while self._said and now - self._said[0].at > MESSAGE_S:
            self._said.popleft()
        for said in self._said:
            y = _sentence(surface, said.text, said.colour, (middle, y), scale)


def _standing_sentences(race: RaceView, banner: str) -> list[tuple[str, pygame.Color]]:
    """Return what stays to be read as long as it is true."""
    found: list[tuple[str, pygame.Color]] = []
    if banner:
        found.append((banner, theme.WARN))
    mine = race.mine
    if mine is None:
        return found
    if mine.flags & CarFlag.CARETAKER:
        found.append(("A CARETAKER DRIVES: TOUCH A KEY TO TAKE THE WHEEL", theme.WARN))
    elif mine.flags & CarFlag.FINISHED:
        found.append(("FINISHED", theme.GOOD))
    elif not mine.flags & CarFlag.ENGINE:
        found.append(("ENGINE OFF", theme.WARN))
    if mine.flags & CarFlag.MISSED_GATE:
        found.append(("GATE MISSED: R PUTS YOU BACK", theme.BAD))
    return found


def _sentence(
    surface: pygame.Surface,
    text: str,
    colour: pygame.Color,
    top: tuple[int, int],
    scale: float,
) -> int:
    size = round(22 * scale)
    text = theme.shortened(text, size, surface.get_width() - 40, theme.Weight.ITALIC)
    wide = theme.text_width(text, size, theme.Weight.ITALIC) + round(32 * scale)
    rect = pygame.Rect(0, top[1], wide, round(34 * scale))
    rect.centerx = top[0]
    theme.panel(surface, rect, alpha=150, radius=8)
    theme.text(surface, text, size, colour, rect.center, theme.Weight.ITALIC, "center")
    return rect.bottom + round(6 * scale)


def _wrong_way(surface: pygame.Surface, centre: tuple[int, int], scale: float) -> None:
    rect = pygame.Rect(0, 0, round(WRONG_WAY[0] * scale), round(WRONG_WAY[1] * scale))
    rect.center = centre
    theme.panel(surface, rect, alpha=232, radius=12, fill=pygame.Color("#b3201a"))
    theme.text(
        surface, "WRONG WAY", round(50 * scale), theme.TEXT, rect.center, theme.Weight.HEAVY,
        "center",
    )  # fmt: skip
