"""The whole track at once: where everyone is, their names and gaps.

The ground is scaled down once for each size of window; cars are the arrows of
the minimap, with names that do not collide.

Units: metres; pixels of the window.
"""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from car import Car
from protocol import CarFlag
from race_state import RaceView, SeenCar
from screens import theme
from screens.camera import PX_A_METRE
from screens.hud_parts import EDGE, TOWER_WIDTH, Names
from screens.minimap import arrow
from screens.tags import free_place
from screens.tower import gap_words
from track import Track

BESIDE = "#1a2430"
ARROW = 22
DIM = 44
"""The ground is darkened so much, of 255: names and cars stand out."""


class WholeTrack:
    """Draws the world as a map."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._picture: tuple[tuple[int, int], pygame.Surface] | None = None

    def warm_up(self, ground: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
        """Return the ground as large as the window has it; made when that changes."""
        if self._picture is None or self._picture[0] != size:
            width, height = ground.get_size()
            scale = min(size[0] / width, size[1] / height)
            small = pygame.transform.smoothscale_by(ground, scale)
            small.fill((255 - DIM,) * 3, special_flags=pygame.BLEND_RGB_MULT)
            self._picture = size, small
        return self._picture[1]

    def draw(
        self,
        surface: pygame.Surface,
        ground: pygame.Surface,
        race: RaceView,
        cars: Sequence[SeenCar],
        names: Names,
        *,
        marked: int,
        safe: bool,
        ghosts: Sequence[tuple[str, Car]] = (),
    ) -> None:
        """Draw the track and everyone on it; `marked` is the slot that is looked at."""
        picture = self.warm_up(ground, surface.get_size())
        place = picture.get_rect(center=surface.get_rect().center)
        # The order of the race has the left edge, where there is room beside it.
        beside = round((EDGE * 2 + TOWER_WIDTH) * theme.scale_for(surface.get_size()))
        place.left = max(place.left, min(beside, surface.get_width() - place.width))
        surface.fill(BESIDE)
        surface.blit(picture, place)
        scale = picture.get_width() / ground.get_width() * PX_A_METRE
        for number, (x, y) in enumerate(self._track.canisters):
            if race.canisters >> number & 1:
                at = place.left + x * scale, place.top + y * scale
                pygame.draw.circle(surface, theme.INK, at, 5)
                pygame.draw.circle(surface, theme.NITRO, at, 4)
        for _, car in ghosts:
            at = place.left + car.x * scale, place.top + car.y * scale
            pygame.draw.circle(surface, theme.TEXT_SOFT, at, 6, 2)
        self._draw_cars(surface, race, cars, names, marked, safe, place, scale)

    def _draw_cars(
        self,
        surface: pygame.Surface,
        race: RaceView,
        cars: Sequence[SeenCar],
        names: Names,
        marked: int,
        safe: bool,
        place: pygame.Rect,
        scale: float,
    ) -> None:
        side = round(ARROW * theme.scale_for(surface.get_size()))
        size = max(14, round(16 * theme.scale_for(surface.get_size())))
        gaps = {one.slot: gap_words(race, one) for one in race.standings()}
        # The looked-at car first for its name, last for its mark.
        by_rank = sorted(cars, key=lambda one: (one.slot != marked, one.place))
        marks = []
        for one in by_rank:
            mine = one.slot == marked
            mark = arrow(one.slot, side + 6 * mine, one.car.heading, mine, one.place == 1, safe)
            at = place.left + one.car.x * scale, place.top + one.car.y * scale
            marks.append((mark, mark.get_rect(center=(round(at[0]), round(at[1])))))
        surface.fblits(
            [(mark, rect.topleft) for mark, rect in reversed(marks)], theme.PREMULTIPLIED
        )
        taken = [rect.inflate(-8, -8) for _, rect in marks]
        for one, (_, rect) in zip(by_rank, marks, strict=True):
            away = " (away)" if one.flags & CarFlag.CARETAKER else ""
            name = theme.shortened(names(one.slot), size, size * 8) + away
            words = f"{one.slot + 1}  {name}  {gaps.get(one.slot, '')}".strip()
            box = theme.text_width(words, size) + 16, round(size * 1.4)
            free = free_place(box, rect.center, taken)
            if free is None:
                continue
            free.clamp_ip(surface.get_rect())
            taken.append(free)
            theme.panel(surface, free, alpha=190, radius=box[1] // 2)
            tone = theme.WARN if away else theme.ACCENT if one.slot == marked else theme.TEXT
            theme.text(surface, words, size, tone, free.center, anchor="center")
