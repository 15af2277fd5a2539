"""What the driver reads over the race: place, order, times, map, signs, gauges.

Small and to the edges, so that the road stays free; it draws what it is told
and decides nothing. Each panel is a file of its own; the chat box of
`chat_box.py` has its corner free (`chat_rect`).

Units: pixels of the window, seconds; 1280x720 is scale 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import pygame

from commentary import CANISTER_LOST
from milestones import FINISH_CORRECTED, LAP_CORRECTED, NOT_OVER_LINE
from protocol import CarFlag
from race import TICKS_A_SECOND, EventKind, Phase
from race_state import TRIAL, RaceView, SeenCar
from screens import theme
from screens.dial import draw_dial
from screens.finish import Fanfare
from screens.flags import Flag, FlagSign, judge
from screens.gauges import Gauges
from screens.hud_parts import DIAL as DIAL
from screens.hud_parts import EDGE, Names, Rtts, chat_rect, is_tiny, sentence
from screens.lamps import HEIGHT as LAMPS_HEIGHT
from screens.lamps import draw_lamps
from screens.minimap import HEIGHT as MAP_HEIGHT
from screens.minimap import WIDTH as MAP_WIDTH
from screens.minimap import Minimap
from screens.place_panel import PlacePanel
from screens.times_panel import TimesPanel
from screens.tower import Tower
from standings import Standing
from track import Track

__all__ = ["DIAL", "Hud", "chat_rect", "is_tiny"]

WRONG_WAY = 330, 72
MESSAGES_MAX, MESSAGE_S = 3, 3.0
ORDER_EVERY_S = 0.25
"""The order is asked for so often; gaps that flicker cannot be read."""
RPM_LOW, RPM_HIGH = 900.0, 7200.0


@dataclass(frozen=True, slots=True)
class Said:
    """A short message in the middle of the picture."""

    text: str
    colour: pygame.Color
    at: float


class Hud:
    """The instruments of one race."""

    def __init__(self, track: Track, calm: bool = False) -> None:
        self._map = Minimap(track)
        self._place, self._times, self._tower = PlacePanel(), TimesPanel(), Tower()
        self._gauges, self._sign, self.fanfare = Gauges(), FlagSign(), Fanfare(calm)
        self._said: deque[Said] = deque(maxlen=MESSAGES_MAX)
        self._order: list[Standing] = []
        self._order_at = -1e9
        self._best_ticks: int | None = None
        self.covered: list[pygame.Rect] = []
        """Where the instruments of the last picture were."""

    def say(self, text: str, now: float, colour: pygame.Color = theme.TEXT) -> None:
        """Show a short message for some seconds."""
        self._said.append(Said(text, colour, now))

    @property
    def flag(self) -> Flag:
        """The flag that is shown."""
        return self._sign.flag

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
            if race.laps_done == race.laps - 1:
                self.say("FINAL LAP", now, theme.ACCENT)
        elif kind == EventKind.BEST_LAP and not (mine and race.mode == TRIAL):
            # Alone against the clock, the own best says nothing of the record.
            who = "YOU" if mine else names(slot)
            self.say(f"FASTEST LAP  {who}  {clock}", now, theme.BEST)
        elif kind == EventKind.JUMP_START and mine:
            self.say(f"JUMP START  +{value // TICKS_A_SECOND} s", now, theme.BAD)
        elif kind == EventKind.FINISH:
            who = "YOU FINISHED" if mine else f"{names(slot)} finished"
            self.say(f"{who}  {clock}", now, theme.GOOD if mine else theme.TEXT_SOFT)
            if mine:
                self.fanfare.begin(now)
        elif kind == EventKind.RESPAWN and mine:
            self.say("BACK ON THE ROAD", now, theme.TEXT_SOFT)
        elif kind == EventKind.PICKUP and mine:
            self.say("NITRO", now, theme.GOOD)
        elif kind == EventKind.REPAIRED and mine:
            self.say(f"MENDED  {value} %", now, theme.GOOD)
        elif kind == LAP_CORRECTED:
            # A first word that was another's time is never just overwritten.
            self.say(f"LAP CORRECTED  {clock}", now, theme.WARN)
        elif kind == FINISH_CORRECTED:
            self.say(f"TIME CORRECTED  {clock}", now, theme.WARN)
        elif kind == NOT_OVER_LINE:
            self.say("NOT OVER THE LINE YET", now, theme.WARN)
            self.fanfare.end()
        elif kind == CANISTER_LOST:
            text = "The canister was out of reach" if mine else f"{names(slot)} was first at it"
            self.say(text, now, theme.WARN)

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
        overview: bool = False,
        mapless: bool = False,
    ) -> None:
        """Draw everything that fits the window.

        Args:
            banner: a sentence that stays, such as that the race is on hold.
            below: sentences begin under this line.
            looked_at: the car in the middle of the picture.
            overview: the whole track is shown: there is no need of map and dial.
            mapless: something else has the place of the map.
        """
        size = surface.get_size()
        scale = theme.scale_for(size)
        chosen = looked_at is not None and not looked_at.is_me
        watched = looked_at.slot if looked_at is not None and chosen else None
        marked = watched if watched is not None else race.slot
        if now - self._order_at >= ORDER_EVERY_S:
            self._order, self._order_at = list(race.standings()), now
            if looked_at is not None:
                self._sign.show(judge(race, cars, looked_at, race.seconds_to_go(now)), now)
        top = self._place.draw(surface, race, names, scale, watched)
        if is_tiny(size):
            return
        edge = round(EDGE * scale)
        tower = self._tower.draw(
            surface, race, self._order, names, rtts, (edge, top + round(6 * scale)), scale,
            now=now, marked=marked, safe=safe,
        )  # fmt: skip
        clock = self._times.draw(surface, race, self._order, marked, now, scale)
        top = self._sign.draw(surface, clock, now, scale, calm)
        area = pygame.Rect(0, edge, round(MAP_WIDTH * scale), round(MAP_HEIGHT * scale))
        area.right = size[0] - edge
        self.covered = [tower.union((edge, edge, tower.width, 1)), clock]
        if not overview and not mapless:
            self._map.draw(
                surface, area, cars, safe, marked=marked, canisters=race.canisters
            )  # fmt: skip
            self.covered.append(area)
        if looked_at is not None and not overview:
            side = round(DIAL * scale)
            dial = pygame.Rect(size[0] - edge - side, size[1] - edge - side, side, side)
            car = looked_at.car
            revs = (car.rpm - RPM_LOW) / (RPM_HIGH - RPM_LOW)
            self.covered.append(dial)
            draw_dial(surface, dial, car.speed, car.gear, revs, car.engine_on)
            self._gauges.draw(surface, car, dial, chat_rect(size), scale, damage=race.damage_on)
        self._draw_middle(surface, race, now, scale, calm, banner, max(below, top + 6))

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
        y = max(round(78 * scale), below if below < height // 3 else 0)
        for text, colour in standing_sentences(race, banner):
            y = sentence(surface, text, colour, (middle, y), scale)
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
        if mine is not None and self.fanfare.began and not banner:
            total = len(race.records)
            self.fanfare.draw(surface, now, scale, mine.place, total, race.total_s(now))
            if mine.flags & CarFlag.FINISHED:
                return
        while self._said and now - self._said[0].at > MESSAGE_S:
            self._said.popleft()
        for said in self._said:
            y = sentence(surface, said.text, said.colour, (middle, y), scale)


def standing_sentences(race: RaceView, banner: str) -> list[tuple[str, pygame.Color]]:
    """Return what stays to be read as long as it is true."""
    found: list[tuple[str, pygame.Color]] = []
    if banner:
        found.append((banner, theme.WARN))
    mine = race.mine
    if mine is None:
        return found
    if mine.flags & CarFlag.FINISHED:
        found.append(("FINISHED", theme.GOOD))
    elif mine.flags & CarFlag.CARETAKER:
        found.append(("A CARETAKER DRIVES: TOUCH A KEY TO TAKE THE WHEEL", theme.WARN))
    elif not mine.flags & CarFlag.ENGINE:
        found.append(("ENGINE OFF", theme.WARN))
    if mine.flags & CarFlag.MISSED_GATE:
        found.append(("GATE MISSED: R PUTS YOU BACK", theme.BAD))
    return found


def _wrong_way(surface: pygame.Surface, centre: tuple[int, int], scale: float) -> None:
    rect = pygame.Rect(0, 0, round(WRONG_WAY[0] * scale), round(WRONG_WAY[1] * scale))
    rect.center = centre
    theme.panel(surface, rect, alpha=232, radius=12, fill=pygame.Color("#b3201a"))
    theme.text(
        surface, "WRONG WAY", round(50 * scale), theme.TEXT, rect.center, theme.Weight.HEAVY,
        "center",
    )  # fmt: skip
