"""Loading the pictures of a race in a thread, so that the game never stands still.

Begun in the waiting room, where chat and buttons go on; whoever needs the
pictures before they are done sees a bar, and the link is served meanwhile.

Units: seconds, pixels of the window.
"""

from __future__ import annotations

import threading
import time

import pygame

from car import CarInput
from screens import theme
from screens.backdrop import backdrop
from screens.race_scene import RaceScene
from screens.screen import Stage
from track import Track, track_of
from view import TRACK_NAME

PICTURE_EVERY_S = 0.05
SCENE_SHARE = 0.9
"""The rest of the bar is what depends on the size of the window."""


class _Cancelled(BaseException):
    """Nobody wants the pictures any more."""


class SceneLoader:
    """Makes the pictures of one race in a thread of its own."""

    def __init__(self, name: str, size: tuple[int, int], *, safe: bool, calm: bool) -> None:
        self.share = 0.0
        """How much is done, from 0 to 1."""
        self.notice = ""
        """Why it takes longer than usual, for the player; empty when it does not."""
        self._what = name, size, safe, calm
        self._scene: RaceScene | None = None
        self._fault: Exception | None = None
        self._cancelled = False
        # A daemon: a game that is killed or stumbles does not wait for it.
        self._thread = threading.Thread(target=self._run, name="scene", daemon=True)
        self._thread.start()

    def is_for(self, name: str, *, safe: bool, calm: bool) -> bool:
        """Whether these are, or will be, the pictures of a track in this look."""
        made, _, *look = self._what
        return (name, safe, calm) == (made, *look)

    def wait(self, timeout_s: float) -> bool:
        """Wait a little; return whether the pictures are done."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def take(self) -> RaceScene:
        """Return the pictures once they are done, or raise what prevented them."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        assert self._scene is not None, "a loader that was cancelled is not asked"
        return self._scene

    def cancel(self) -> None:
        """Stop at the next step and wait for it: drawing must end before pygame does."""
        self._cancelled = True
        self._thread.join()

    def _run(self) -> None:
        name, size, safe, calm = self._what
        try:
            scene = RaceScene(track_of(name), self._note, safe=safe, calm=calm, tell=self._tell)
            for share in scene.warm_up(size):
                self._note(1.0 + share * (1.0 / SCENE_SHARE - 1.0))
            self._scene = scene
        except _Cancelled:
            pass
        except Exception as error:
            # Whoever takes the pictures hears of it.
            self._fault = error

    def _tell(self, sentence: str) -> None:
        self.notice = sentence

    def _note(self, share: float) -> None:
        self.share = share * SCENE_SHARE
        if self._cancelled:
            raise _Cancelled


def load_scene(stage: Stage, name: str) -> None:
    """Begin to load the pictures of the next race; a bad track is told by the race."""
    # A name with a path in it must not leave the folder of tracks.
    if TRACK_NAME.fullmatch(name):
        _loader(stage, name)


def take_scene(stage: Stage, track: Track) -> RaceScene:
    """Return the pictures of one race; show a bar until they are done."""
    loader = _loader(stage, track.name)
    # Each race marks its own ground, and a ground is 48 MB: none is kept.
    stage.loader = None
    bar = _Bar(stage, track.title)
    while not loader.wait(PICTURE_EVERY_S / 4):
        bar.show(loader.share, loader.notice)
    return loader.take()


def _loader(stage: Stage, name: str) -> SceneLoader:
    have = stage.preferences
    look = {"safe": have.safe_colours, "calm": have.reduced_motion}
    if stage.loader is not None and not stage.loader.is_for(name, **look):
        stage.loader.cancel()
        stage.loader = None
    if stage.loader is None:
        window = pygame.display.get_surface()
        size = window.get_size() if window is not None else (have.width, have.height)
        stage.loader = SceneLoader(name, size, **look)
    return stage.loader


class _Bar:
    """Shows how far the loading has come."""

    def __init__(self, stage: Stage, title: str) -> None:
        self._stage = stage
        self._title = title
        self._shown_at = 0.0

    def show(self, share: float, notice: str) -> None:
        """Draw a picture now and then; the link is served meanwhile."""
        now = time.monotonic()
        window = pygame.display.get_surface()
        if now - self._shown_at < PICTURE_EVERY_S or window is None:
            return
        self._shown_at = now
        # Events stay in their queue for when the loading is done.
        pygame.event.pump()
        if self._stage.link is not None:
            self._stage.link.update(now, CarInput())
        window.blit(backdrop(window.get_size()), (0, 0))
        width, height = window.get_size()
        scale = theme.scale_for((width, height))
        bar = pygame.Rect(0, 0, min(width - 20, round(520 * scale)), round(12 * scale))
        bar.center = width // 2, round(height * 0.6)
        pygame.draw.rect(window, theme.SURFACE_HIGH, bar, border_radius=6)
        done = bar.copy()
        done.width = max(6, round(bar.width * min(1.0, share)))
        pygame.draw.rect(window, theme.ACCENT, done, border_radius=6)
        theme.text(
            window, self._title, round(54 * scale), theme.TEXT, (width // 2, height * 0.5),
            theme.Weight.HEAVY, "center",
        )  # fmt: skip
        theme.text(
            window, notice, round(22 * scale), theme.MUTED, (width // 2, height * 0.6 + 44 * scale),
            theme.Weight.SEMIBOLD, "center",
        )  # fmt: skip
        pygame.display.flip()
