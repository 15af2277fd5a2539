"""The whole race as one picture: ground, marks, cars, smoke, names, HUD.

Draws what a `RaceView` says and changes nothing but its own marks and smoke.
All drawing of a race is behind this one object, so that another way of
drawing can take its place.

Units: pixels on screen, ten to the metre; metres; seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pygame

from car import Car
from protocol import CarFlag, EventRow
from race import EventKind
from race_state import RaceView, SeenCar
from screens import dial, theme
from screens.camera import Camera
from screens.effects import Effects, Kind
from screens.ground import Progress, load_ground
from screens.hud import DIAL, Hud
from screens.sprites import shared_sprites
from track import Track

PX_A_METRE = 10
STEP_S_MAX = 0.1
"""After a longer pause the picture goes on from here."""
TAG_ABOVE = 42
BODY_KEPT_FREE = 34
TAGS_MOVED_MAX = 3
SHAKE_MIN = 0.15

SHADE_FROM, SHADE_ALPHA = 0.78, 104

Placed = tuple[pygame.Surface, tuple[float, float]]
Names = Callable[[int], str]
Rtts = Callable[[int], int]


class RaceScene:
    """Draws one race on one track."""

    def __init__(
        self,
        track: Track,
        progress: Progress = lambda share: None,
        *,
        safe: bool = False,
        calm: bool = False,
    ) -> None:
        """Load the ground and the cars; this takes a second, or some more.

        Args:
            safe: colours for colour-blind eyes.
            calm: reduced motion: no shaking, no look-ahead, no smoke.
        """
        self.track = track
        self._safe, self._calm = safe, calm
        self._ground = load_ground(track, lambda share: progress(share * 0.7))
        self._sprites = shared_sprites(safe)
        self._effects = Effects(track, calm)
        self._camera = Camera((track.width, track.height), (1280, 720))
        self.hud = Hud(track)
        self._shade_size = (0, 0)
        self._shade_strips: list[Placed] = []
        self.told: Callable[[EventRow], None] = lambda event: None
        """Hears of each event as it is taken out."""
        self.seen: list[SeenCar] = []
        """All cars, as they were drawn last."""
        self.followed: SeenCar | None = None
        """The one in the middle of that picture."""
        for share in self._sprites.warm_up():
            progress(0.7 + share * 0.3)

    def draw(
        self,
        surface: pygame.Surface,
        race: RaceView,
        names: Names,
        rtts: Rtts,
        now: float,
        elapsed: float,
        *,
        banner: str = "",
        below: int = 0,
        hud: bool = True,
        follow: int | None = None,
    ) -> None:
        """Draw the race as it is now and take out its events.

        Args:
            names: the driver's name of a slot.
            rtts: the round-trip time of a slot in ms, 0 for none.
            elapsed: seconds since the last picture.
            banner: a sentence that stays on top, empty for none.
            below: sentences begin under this line.
            follow: the slot that who watches looks at; the leader's for none.
        """
        dt = min(max(elapsed, 0.0), STEP_S_MAX)
        size = surface.get_size()
        self.seen = cars = race.cars(now)
        self._take_events(race, cars, names, now)
        self.followed = looked_at = _looked_at(cars, follow)
        self._look(looked_at, size, dt)
        corner = self._camera.corner_px()
        self._drive(cars, dt)
        self._ground.draw(surface, corner)
        self._draw_cars(surface, cars, corner)
        surface.fblits(self._effects.particles.blits(corner, size), theme.PREMULTIPLIED)
        places = [(one.car.x, one.car.y) for one in cars]
        surface.fblits(self._ground.above(corner, surface.get_rect(), places), theme.PREMULTIPLIED)
        self._draw_tags(surface, cars, looked_at, names, corner)
        surface.fblits(self._shade(size), theme.PREMULTIPLIED)
        if hud:
            self.hud.draw(
                surface, race, cars, names, rtts, now,
                safe=self._safe, calm=self._calm, banner=banner, below=below,
                looked_at=looked_at,
            )  # fmt: skip

    def warm_up(self, size: tuple[int, int]) -> Iterator[float]:
        """Make what a window of this size needs; yield the share that is done."""
        self._shade(size)
        yield 0.5
        dial.warm_up(round(DIAL * theme.scale_for(size)))
        yield 1.0

    @property
    def particles(self) -> int:
        """How many puffs and sparks fly."""
        return self._effects.particles.alive

    def puff(self, kind: Kind, x: float, y: float) -> None:
        """Let one puff rise at a place of the world."""
        self._effects.particles.add(kind, x, y, 0.0, 0.0)

    # Steps of one picture

    def _take_events(
        self, race: RaceView, cars: Sequence[SeenCar], names: Names, now: float
    ) -> None:
        by_slot = {one.slot: one.car for one in cars}
        while race.events:
            event = race.events.popleft()
            self.told(event)
            self.hud.note(race, event.kind, event.slot, event.value, names, now)
            car = by_slot.get(event.slot)
            if event.kind in (EventKind.CONTACT, EventKind.WALL) and car is not None:
                hard = self._effects.hit(car, event.value)
                if event.slot == race.slot and hard > SHAKE_MIN and not self._calm:
                    self._camera.shake(hard)
            elif event.kind == EventKind.RESPAWN:
                self._effects.forget(event.slot)

    def _look(self, seen: SeenCar | None, size: tuple[int, int], dt: float) -> None:
        self._camera.view_px = size
        if seen is None:
            return
        car = seen.car
        lead = 0.0 if self._calm else 1.0
        self._camera.follow(car.x, car.y, car.vx * lead, car.vy * lead, dt)

    def _drive(self, cars: Sequence[SeenCar], dt: float) -> None:
        if dt <= 0.0:
            return
        for one in cars:
            if one.flags & CarFlag.GHOST:
                self._effects.forget(one.slot)
                continue
            braking = bool(one.flags & CarFlag.BRAKING)
            handbrake = bool(one.flags & CarFlag.HANDBRAKE)
            self._ground.mark(self._effects.watch(one.slot, one.car, dt, braking, handbrake))
        self._effects.particles.step(dt)

    def _draw_cars(
        self, surface: pygame.Surface, cars: Sequence[SeenCar], corner: tuple[int, int]
    ) -> None:
        area = surface.get_rect().inflate(140, 140)
        blits: list[Placed] = []
        for one in sorted(cars, key=lambda seen: (seen.is_me, seen.car.y)):
            x, y = one.car.x * PX_A_METRE - corner[0], one.car.y * PX_A_METRE - corner[1]
            if area.collidepoint(x, y):
                blits += self._sprites.place(
                    one.slot, x, y, one.car.heading, one.car.steer_angle,
                    braking=bool(one.flags & CarFlag.BRAKING),
                    ghost=bool(one.flags & CarFlag.GHOST),
                )  # fmt: skip
        surface.fblits(blits, theme.PREMULTIPLIED)

    def _draw_tags(
        self,
        surface: pygame.Surface,
        cars: Sequence[SeenCar],
        looked_at: SeenCar | None,
        names: Names,
        corner: tuple[int, int],
    ) -> None:
        """Draw the others' names: nearest first, moved aside where they would meet."""
        if looked_at is None:
            return
        own = looked_at.car
        others = sorted(
            (one for one in cars if not one.is_me),
            key=lambda one: math.dist((one.car.x, one.car.y), (own.x, own.y)),
        )
        area = surface.get_rect()
        size = max(14, round(15 * theme.scale_for(area.size)))
        # Names keep off cars as well as off each other.
        taken = [_body_rect(one.car, corner) for one in cars]
        blits: list[Placed] = []
        for one in others:
            x, y = one.car.x * PX_A_METRE - corner[0], one.car.y * PX_A_METRE - corner[1]
            if not area.collidepoint(x, y):
                continue
            away = bool(one.flags & CarFlag.CARETAKER)
            tag = _tag(names(one.slot), one.slot, away, self._safe, size)
            place = tag.get_rect(midbottom=(round(x), round(y) - TAG_ABOVE + 12))
            below = tag.get_rect(midtop=(round(x), round(y) + TAG_ABOVE - 12))
            tries = [place, below]
            for step in range(1, TAGS_MOVED_MAX + 1):
                shift = (place.height + 2) * step
                tries += [place.move(0, -shift), below.move(0, shift)]
            free = next((rect for rect in tries if rect.collidelist(taken) < 0), None)
            # A name without room is left out; the standings still have it.
            if free is not None:
                taken.append(free)
                blits.append((tag, free.topleft))
        surface.fblits(blits, theme.PREMULTIPLIED)

    def _shade(self, size: tuple[int, int]) -> list[Placed]:
        """Return the darkening towards the picture's edges, as four strips.

        The middle stays clear, so nothing needs to be blitted there.
        """
        if self._shade_size != size:
            y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
            away = np.hypot((x / size[0] - 0.5) * 1.05, (y / size[1] - 0.5) * 1.15) * 2
            alpha = np.clip((away - SHADE_FROM) / 0.75, 0, 1) ** 1.6 * SHADE_ALPHA
            shade = pygame.Surface(size, pygame.SRCALPHA)
            pygame.surfarray.pixels_alpha(shade)[:] = alpha.T.astype(np.uint8)
            self._shade_size, self._shade_strips = size, _strips(shade)
        return self._shade_strips


def _strips(shade: pygame.Surface) -> list[Placed]:
    """Return a picture cut into four strips round its clear middle."""
    width, height = shade.get_size()
    clear = pygame.Rect(0, 0, round(width * 0.5), round(height * 0.46))
    clear.center = width // 2, height // 2
    strips = (
        (0, 0, width, clear.top),
        (0, clear.bottom, width, height - clear.bottom),
        (0, clear.top, clear.left, clear.height),
        (clear.right, clear.top, width - clear.right, clear.height),
    )
    return [(shade.subsurface(strip).copy(), strip[:2]) for strip in strips]


def _body_rect(car: Car, corner: tuple[int, int]) -> pygame.Rect:
    """Return a square on the middle of a car, where no name should lie."""
    rect = pygame.Rect(0, 0, BODY_KEPT_FREE, BODY_KEPT_FREE)
    rect.center = round(car.x * PX_A_METRE) - corner[0], round(car.y * PX_A_METRE) - corner[1]
    return rect


def _looked_at(cars: Sequence[SeenCar], follow: int | None) -> SeenCar | None:
    """Return the own car; for who watches the one to follow, or the leader's."""
    leader = min(cars, key=lambda one: one.place, default=None)
    chosen = next((one for one in cars if one.slot == follow), leader)
    return next((one for one in cars if one.is_me), chosen)


def _tag(name: str, slot: int, away: bool, safe: bool, size: int) -> pygame.Surface:
    def make() -> pygame.Surface:
        # The mark stays however long the name is.
        shown = theme.shortened(name, size, size * (6 if away else 9)) + " (away)" * away
        height = round(size * 1.36)
        middle = height // 2
        width = theme.text_width(shown, size) + 2 * middle + 5
        tag = pygame.Surface((width, height), pygame.SRCALPHA)
        theme.panel(tag, tag.get_rect(), alpha=158, radius=middle)
        dot = pygame.Rect(0, 0, round(size * 0.55), round(size * 0.55))
        dot.center = middle, middle
        pygame.draw.rect(tag, theme.car_colour(slot, safe), dot, border_radius=dot.width // 2)
        colour = theme.WARN if away else theme.TEXT
        theme.text(tag, shown, size, colour, (middle + dot.width, middle), anchor="midleft")
        return tag

    # Its parts are premultiplied already; the cache must not do it again.
    key = name, slot, away, safe, size
    found = _tags.get(key)
    if found is None:
        if len(_tags) > 64:
            _tags.clear()
        found = _tags[key] = make()
    return found


def forget_tags() -> None:
    """Let all names be drawn again."""
    _tags.clear()


_tags: dict[tuple[str, int, bool, bool, int], pygame.Surface] = {}
