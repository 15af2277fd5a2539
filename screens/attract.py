"""The live race behind the menus: bots on a track, out of focus and dark at the left.

Everything is loaded in a thread of its own, and a still serves until then.
Each picture takes two frames of the menu: in one the race is drawn small, in
the other it is blurred and fitted to the window; so no frame pays for both.
With reduced motion one picture is made and stays.

Units: pixels of the window; seconds; ticks of 1/60 s.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pygame

from errors import SlipstreamError
from exhibition import Exhibition
from paint.bake import GROUNDS, look_digest
from race import TICKS_A_SECOND
from screens.backdrop import backdrop, shade
from screens.ground import cache_folder
from screens.race_scene import RaceScene
from screens.sprites import shared_sprites
from track import TRACKS, track_names, track_of

RUN_UP_TICKS = 7 * TICKS_A_SECOND
"""Cars are still close together so long after GO."""
REST_EVERY_TICKS, REST_S = 3, 0.006
"""The run-up leaves the menu most of the time meanwhile."""
DRAWN_HIGH, DRAWN_WIDE_MAX = 720, 1720
"""How large the race is drawn, whatever the window is."""
SMALLER, BLUR = 4, 1
FADE_PICTURES = 20
STAYS_TICKS = 12 * TICKS_A_SECOND
"""A car is looked at so long, and longer while others are near it."""
STEPS_MAX = 3
"""After a pause the race goes on from here; it does not catch up."""
TICK_S = 1 / TICKS_A_SECOND


class _Cancelled(BaseException):
    """Nobody wants the race any more."""


class _Loader:
    """Makes a race and its pictures in a thread of its own."""

    def __init__(self, seed: int, size: tuple[int, int], *, safe: bool, calm: bool) -> None:
        self.show: tuple[Exhibition, RaceScene] | None = None
        """What was made, once it is done."""
        self.fault: Exception | None = None
        self.warm = False
        """Whether the cars are drawn already."""
        self._what = seed, size, safe, calm
        self._cancelled = False
        # A daemon: a game that is killed does not wait for a picture.
        self._thread = threading.Thread(target=self._run, name="attract", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether it is still at work; where nothing is made afterwards, there is no race."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Stop at the next step."""
        self._cancelled = True

    def wait(self) -> None:
        """Wait until it has stopped: drawing must end before pygame does."""
        self._thread.join()

    def _run(self) -> None:
        seed, size, safe, calm = self._what
        try:
            shared_sprites(safe)
            self.warm = True
            name = _baked(seed)
            if name is None:
                return
            exhibition = Exhibition(track_of(name), seed)
            scene = RaceScene(track_of(name), self._note, safe=safe, calm=calm)
            for share in scene.warm_up(size):
                self._note(share)
            while exhibition.tick < exhibition.go_tick + RUN_UP_TICKS:
                for _ in range(REST_EVERY_TICKS):
                    exhibition.step()
                self._note(1.0)
                time.sleep(REST_S)
            exhibition.view.events.clear()
            # What the first picture needs is made here, and not by the menu.
            _drawn((exhibition, scene), size, exhibition.liveliest())
            self.show = exhibition, scene
        except _Cancelled:
            pass
        except (SlipstreamError, pygame.error, OSError):
            # The still goes on serving: a menu needs no race to be used.
            return
        except Exception as error:
            # A fault of ours: whoever takes the race hears of it.
            self.fault = error

    def _note(self, share: float) -> None:
        if self._cancelled:
            raise _Cancelled


class Attract:
    """What lies behind every menu, and goes on from one to the next."""

    def __init__(self, *, seed: int = 0, safe: bool = False, calm: bool = False) -> None:
        """Begin with the race of this number; the next is another track."""
        self._look = safe, calm
        self._number = seed
        self._loader: _Loader | None = None
        self._ending: list[_Loader] = []
        """Loaders that were told to stop."""
        self._failed = False
        self._show: tuple[Exhibition, RaceScene] | None = None
        self._canvas: pygame.Surface | None = None
        """The race as it was drawn last, waiting to be fitted to the window."""
        self._picture: pygame.Surface | None = None
        self._pictures = 0
        """How many were made of this race."""
        self._stepped_at: float | None = None
        self._follow, self._followed_at = 0, 0
        """The slot that is looked at, and since which tick."""
        self._warm = False

    @property
    def warm(self) -> bool:
        """Whether cars can be drawn without making the menu wait for them."""
        self._warm = self._warm or (self._loader is not None and self._loader.warm)
        return self._warm or self._show is not None or self._failed

    @property
    def busy(self) -> bool:
        """Whether a race is being loaded."""
        return self._loader is not None

    @property
    def exhibition(self) -> Exhibition | None:
        """The race, while one is on show."""
        return self._show[0] if self._show is not None else None

    def update(
        self, now: float, size: tuple[int, int], *, wanted: bool, safe: bool, calm: bool
    ) -> None:
        """Do a frame's share of the work; where it is not wanted, let everything go.

        Args:
            safe: colours for colour-blind eyes.
            calm: reduced motion.
        """
        if not wanted:
            self.rest()
            return
        if (safe, calm) != self._look:
            self.rest()
            self._look, self._failed = (safe, calm), False
        if self._show is None:
            self._load(size)
            return
        self._step(now)
        self._look_about(self._show[0])
        canvas = self._canvas
        if canvas is None and not (calm and self._fits(size)):
            self._canvas = _drawn(self._show, _canvas_size(size), self._follow)
        elif canvas is not None:
            self._picture, self._canvas = self._fitted(canvas, size), None
            self._pictures += 1
        if self._show[0].over:
            self.rest()

    def draw(self, surface: pygame.Surface) -> None:
        """Draw the newest picture, or the still."""
        size = surface.get_size()
        picture = self._picture
        if picture is None or picture.get_size() != size:
            surface.blit(backdrop(size), (0, 0))
            return
        if self._pictures < FADE_PICTURES and self._show is not None:
            surface.blit(backdrop(size), (0, 0))
            picture.set_alpha(255 * self._pictures // FADE_PICTURES)
        else:
            picture.set_alpha(None)
        surface.blit(picture, (0, 0))

    def rest(self) -> None:
        """Let go of the race and its ground; the last picture stays."""
        if self._loader is not None:
            # Nobody waits for it: the race that is wanted instead begins now.
            self._loader.cancel()
            self._ending = [one for one in self._ending if one.busy] + [self._loader]
            self._loader = None
        if self._show is not None:
            self._number += 1
        self._show = self._canvas = self._stepped_at = None
        # What was seen is not faded in again.
        self._pictures = FADE_PICTURES if self._picture is not None else 0

    def close(self) -> None:
        """Let everything go, and wait for what is still at work."""
        self.rest()
        for one in self._ending:
            one.wait()

    def _load(self, size: tuple[int, int]) -> None:
        if self._loader is None and not self._failed:
            safe, calm = self._look
            self._loader = _Loader(self._number, _canvas_size(size), safe=safe, calm=calm)
        elif self._loader is not None and not self._loader.busy:
            loader, self._loader = self._loader, None
            self._failed = loader.show is None
            if loader.fault is not None:
                raise loader.fault
            self._show = loader.show
            if self._show is not None:
                self._follow = self._show[0].liveliest()
                self._followed_at = self._show[0].tick

    def _step(self, now: float) -> None:
        assert self._show is not None
        exhibition = self._show[0]
        if self._look[1] and self._picture is not None:
            return
        since = now - self._stepped_at if self._stepped_at is not None else TICK_S
        # Half a tick of grace: two clocks never agree on a sixtieth.
        steps = min(int(since / TICK_S + 0.5), STEPS_MAX)
        if steps:
            self._stepped_at = now
        for _ in range(steps):
            exhibition.step()

    def _look_about(self, exhibition: Exhibition) -> None:
        """Look at another car where one drives alone; the picture fades over to it."""
        if exhibition.tick - self._followed_at < STAYS_TICKS:
            return
        self._followed_at = exhibition.tick
        if exhibition.crowd_of(self._follow) < 1:
            self._follow, self._pictures = exhibition.liveliest(), 0

    def _fits(self, size: tuple[int, int]) -> bool:
        return self._picture is not None and self._picture.get_size() == size

    def _fitted(self, canvas: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
        """Return the picture for the window: blurred, and dark where text stands."""
        picture = self._picture if self._fits(size) else pygame.Surface(size).convert()
        assert picture is not None
        picture.set_alpha(None)
        pygame.transform.smoothscale(pygame.transform.box_blur(canvas, BLUR), size, picture)
        picture.blit(shade(size), (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)
        return picture


def _drawn(
    show: tuple[Exhibition, RaceScene], size: tuple[int, int], follow: int
) -> pygame.Surface:
    """Return the race round the car of a slot, drawn at a size and made small."""
    exhibition, scene = show
    canvas = pygame.Surface(size).convert()
    scene.draw(
        canvas, exhibition.view, exhibition.name_of, lambda slot: 0, exhibition.now,
        2 * TICK_S, hud=False, follow=follow,
    )  # fmt: skip
    small = max(1, size[0] // SMALLER), size[1] // SMALLER
    return pygame.transform.smoothscale(canvas, small)


def _baked(number: int) -> str | None:
    """Return the track of this number, or the next one, whose ground need not be painted."""
    names = track_names(TRACKS)
    for name in (names * 2)[number % max(1, len(names)) :][: len(names)]:
        if any(_is_of(folder / f"{name}.json", name) for folder in (GROUNDS, cache_folder())):
            return name
    return None


def _is_of(sidecar: Path, name: str) -> bool:
    """Whether the ground beside a file is of a track as it is now."""
    try:
        told = json.loads(sidecar.read_text(encoding="utf-8"))
        return bool(told["digest"] == look_digest(track_of(name)))
    except (SlipstreamError, OSError, ValueError, KeyError, TypeError):
        return False


def _canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return how large the race is drawn for a window: of its shape, and always as high."""
    wide = min(round(DRAWN_HIGH * size[0] / size[1]), DRAWN_WIDE_MAX)
    return max(SMALLER, wide), DRAWN_HIGH
