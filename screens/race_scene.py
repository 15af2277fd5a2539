"""The whole race as one picture: ground, marks, cars, smoke, names, HUD.

Draws what a `RaceView` says and changes nothing but its own marks and smoke.
All drawing of a race is behind this one object, so that another way of
drawing can take its place.

Units: pixels on screen, ten to the metre; metres; seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pygame

from car import Car
from protocol import CarFlag, EventRow
from race import EventKind
from race_state import RaceView, SeenCar
from screens import air, dial, theme
from screens.air import streaks
from screens.camera import Camera, Frame
from screens.effects import Effects
from screens.ground import Progress, Tell, load_ground
from screens.head_lamps import HeadLamps
from screens.hud import DIAL, Hud
from screens.hud_parts import Names, Rtts
from screens.particles import Kind
from screens.pickups import Pickups
from screens.shadows import Shadows
from screens.sprites import shared_sprites
from screens.tags import tag_blits
from screens.whole_track import WholeTrack
from track import Track

STEP_S_MAX = 0.1
"""After a longer pause the picture goes on from here."""
SHAKE_MIN = 0.15
FLASH_FROM, FLASH_S = 0.55, 0.22
"""A hit that hard flashes the picture, for so long."""
FLASH_LIGHT = 90
FLICKERS_A_SECOND = 30
OFF_SCREEN_PX = 70
RUSTLE_EVERY = 4
PREPARED_A_PICTURE = 9
"""So many sprites that are still missing are made before GO, each picture."""
GHOST_SLOT = 6
"""Recorded laps wear white."""

SHADE_FROM, SHADE_ALPHA = 0.78, 104
# Plain numbers: asking a flag for its bits takes twenty times as long.
GHOST, BRAKING, NITRO = CarFlag.GHOST.value, CarFlag.BRAKING.value, CarFlag.NITRO.value

Placed = tuple[pygame.Surface, tuple[float, float]]
Ghosts = Sequence[tuple[str, Car]]
Over = Callable[[pygame.Surface, Frame], None]
"""Draws over the world, below the instruments."""


class RaceScene:
    """Draws one race on one track."""

    def __init__(
        self,
        track: Track,
        progress: Progress = lambda share: None,
        *,
        safe: bool = False,
        calm: bool = False,
        tell: Tell = lambda sentence: None,
    ) -> None:
        """Load the ground and the cars; this takes a second, or some more.

        Args:
            tell: told a sentence for the player when the ground has to be painted.
            safe: colours for colour-blind eyes.
            calm: reduced motion: no shaking, no look-ahead, no smoke.
        """
        self.track = track
        self._safe, self._calm = safe, calm
        self._ground = load_ground(track, lambda share: progress(share * 0.7), tell=tell)
        self._sprites = shared_sprites(safe, track.night)
        self._effects = Effects(track, calm)
        self._pickups = Pickups(track, calm)
        self._shadows = Shadows()
        self._lamps = HeadLamps() if track.night else None
        self._camera = Camera((track.width, track.height), (1280, 720))
        self._whole = WholeTrack(track)
        self._flash = 0.0
        self._pictures = 0
        self.hud = Hud(track, calm)
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
        overview: bool = False,
        covered: int = 0,
        over: Over | None = None,
        mapless: bool = False,
    ) -> None:
        """Draw the race as it is now and take out its events.

        Args:
            names: the driver's name of a slot.
            rtts: the round-trip time of a slot in ms, 0 for none.
            elapsed: seconds since the last picture.
            banner: a sentence that stays on top, empty for none.
            below: sentences begin under this line.
            follow: the slot that who watches looks at; the leader's for none.
            overview: show the whole track.
            covered: so many pixels of the lower window are hidden by a panel.
            over: draws more over the world.
            mapless: something else has the place of the map.
        """
        dt = min(max(elapsed, 0.0), STEP_S_MAX)
        size = surface.get_size()
        self.seen = cars = race.cars(now)
        self._take_events(race, cars, names, now)
        self.followed = looked_at = self.looked_at(cars, follow)
        ghosts = race.ghosts(now)
        self._look(looked_at, size, dt, covered)
        self._drive(cars, dt)
        if race.seconds_to_go(now) > 0:
            wanted = [(one.slot, one.car.car_class) for one in cars]
            self._sprites.prepare(wanted, PREPARED_A_PICTURE)
        if overview:
            slot = looked_at.slot if looked_at is not None else race.slot
            self._whole.draw(
                surface, self._ground.picture, race, cars, names, marked=slot, safe=self._safe,
                ghosts=ghosts,
            )  # fmt: skip
        else:
            shown = names if hud else None
            self._draw_world(surface, race, cars, looked_at, shown, now, ghosts)
            if over is not None:
                over(surface, self._camera.frame())
        if hud:
            self.hud.draw(
                surface, race, cars, names, rtts, now,
                safe=self._safe, calm=self._calm, banner=banner, below=below,
                looked_at=looked_at, overview=overview, mapless=mapless,
            )  # fmt: skip

    def warm_up(self, size: tuple[int, int]) -> Iterator[float]:
        """Make what a window of this size needs; yield the share that is done."""
        self._shade(size)
        yield 0.3
        if self._lamps is not None:
            self._lamps.warm_up()
        air.warm_up()
        yield 0.5
        self._whole.warm_up(self._ground.picture, size)
        yield 0.7
        dial.warm_up(round(DIAL * theme.scale_for(size)))
        yield 1.0

    def begin_again(self) -> None:
        """Forget the race that was; its marks stay on the ground."""
        self.hud = Hud(self.track, self._calm)
        self._effects = Effects(self.track, self._calm)
        self._pickups = Pickups(self.track, self._calm)
        self._camera = Camera((self.track.width, self.track.height), self._camera.view_px)

    @property
    def particles(self) -> int:
        """How many puffs and sparks fly."""
        return self._effects.particles.alive

    def place_of(self, seen: SeenCar) -> tuple[float, float]:
        """Return where a car was in the newest picture, in pixels of the window."""
        return self._camera.frame().at(seen.car.x, seen.car.y)

    def puff(self, kind: Kind, x: float, y: float) -> None:
        """Let one puff rise at a place of the world."""
        self._effects.particles.add(kind, x, y, 0.0, 0.0)

    @staticmethod
    def looked_at(cars: Sequence[SeenCar], follow: int | None) -> SeenCar | None:
        """Return the car to follow: the chosen one, one's own, or the leader's."""
        leader = min(cars, key=lambda one: one.place, default=None)
        mine = next((one for one in cars if one.is_me), leader)
        return next((one for one in cars if one.slot == follow), mine)

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
                    self._flash = max(self._flash, hard if hard > FLASH_FROM else 0.0)
            elif event.kind == EventKind.RESPAWN:
                self._effects.forget(event.slot)

    def _look(self, seen: SeenCar | None, size: tuple[int, int], dt: float, covered: int) -> None:
        self._camera.view_px = size
        self._camera.covered_px = covered
        if seen is None:
            return
        car = seen.car
        lead = 0.0 if self._calm else 1.0
        self._camera.follow(car.x, car.y, car.vx * lead, car.vy * lead, dt)

    def _drive(self, cars: Sequence[SeenCar], dt: float) -> None:
        if dt <= 0.0:
            return
        for one in cars:
            if one.flags.value & GHOST:
                self._effects.forget(one.slot)
                continue
            self._ground.mark(self._effects.watch(one.slot, one.car, dt, one.flags))
            # Trees are looked for now and then only.
            due = (self._pictures + one.slot) % RUSTLE_EVERY == 0
            if due and self._ground.is_shaded(one.car.x, one.car.y):
                self._effects.rustle(one.slot, one.car, dt * RUSTLE_EVERY)
        self._effects.particles.step(dt)
        self._pictures += 1
        self._flash = max(0.0, self._flash - dt / FLASH_S)

    def _draw_world(
        self,
        surface: pygame.Surface,
        race: RaceView,
        cars: Sequence[SeenCar],
        looked_at: SeenCar | None,
        names: Names | None,
        now: float,
        ghosts: Ghosts,
    ) -> None:
        """Draw what is near the car in the middle, from the ground up."""
        frame = self._camera.frame()
        self._ground.draw(surface, frame)
        if self._lamps is not None:
            self._lamps.draw(
                surface, [(*frame.at(one.car.x, one.car.y), one.car.heading) for one in cars]
            )
        below = self._pickups.blits(frame, race.canisters, cars, now)
        surface.fblits(below, theme.PREMULTIPLIED)
        self._draw_cars(surface, cars, frame, now, ghosts)
        air = [] if self._calm or looked_at is None else streaks(looked_at.car, frame, now)
        surface.fblits([*self._effects.particles.blits(frame), *air], theme.PREMULTIPLIED)
        places = [(one.car.x, one.car.y) for one in cars]
        places = [place for place in places if frame.holds(*place, OFF_SCREEN_PX)]
        watched = (looked_at.car.x, looked_at.car.y) if looked_at is not None else None
        surface.fblits(self._ground.above(frame, places, watched), theme.PREMULTIPLIED)
        if looked_at is not None and names is not None:
            tags = tag_blits(
                frame, cars, looked_at, names, safe=self._safe, own=not looked_at.is_me,
                covered=self.hud.covered, ghosts=ghosts,
            )  # fmt: skip
            surface.fblits(tags, theme.PREMULTIPLIED)
        surface.fblits(self._shade(frame.size), theme.PREMULTIPLIED)
        if self._flash > 0.0:
            light = round(FLASH_LIGHT * min(1.0, self._flash))
            surface.fill((light, light, light), special_flags=pygame.BLEND_RGB_ADD)

    def _draw_cars(
        self,
        surface: pygame.Surface,
        cars: Sequence[SeenCar],
        frame: Frame,
        now: float,
        ghosts: Ghosts,
    ) -> None:
        bodies: list[Placed] = []
        shadows: list[Placed] = []
        for _, car in ghosts:
            if frame.holds(car.x, car.y, OFF_SCREEN_PX):
                bodies += self._sprites.place(
                    GHOST_SLOT, *frame.at(car.x, car.y), car.heading, car.steer_angle,
                    car_class=car.car_class, ghost=True,
                )  # fmt: skip
        for one in sorted(cars, key=lambda seen: (seen.is_me, seen.car.y)):
            car = one.car
            if not frame.holds(car.x, car.y, OFF_SCREEN_PX):
                continue
            x, y = frame.at(car.x, car.y)
            bits = one.flags.value
            ghost = bool(bits & GHOST)
            bodies += self._sprites.place(
                one.slot, x, y, car.heading, car.steer_angle,
                car_class=car.car_class,
                braking=bool(bits & BRAKING),
                ghost=ghost,
                damage=car.damage,
                flame=int(now * FLICKERS_A_SECOND) + one.slot if bits & NITRO else None,
                shadow=False,
            )  # fmt: skip
            if not ghost:
                shadow, (left, top) = self._sprites.shadow(car.heading, car.car_class)
                shadows.append((shadow, (round(x + left), round(y + top))))
        self._shadows.draw(surface, shadows)
        surface.fblits(bodies, theme.PREMULTIPLIED)

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
