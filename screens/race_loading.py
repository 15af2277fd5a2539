"""Loading the pictures of a race while the link is kept alive.

Units: seconds, pixels of the window.
"""

from __future__ import annotations

import time

import pygame

from autopilot import track_of
from car import CarInput
from errors import BadFile
from screens import theme
from screens.backdrop import backdrop
from screens.race_scene import RaceScene
from screens.screen import Stage
from track import Track

PICTURE_EVERY_S = 0.05


def load_scene(stage: Stage, name: str) -> None:
    """Load the pictures of the next race ahead; a bad track waits for the race."""
    try:
        track = track_of(name)
    except BadFile:
        return
    if stage.scene is None or stage.scene_key != _key(stage, track):
        stage.scene = None
        stage.scene = _make(stage, track)
        stage.scene_key = _key(stage, track)


def take_scene(stage: Stage, track: Track) -> RaceScene:
    """Return the pictures of one race, made now if they are not ready."""
    ready = stage.scene if stage.scene_key == _key(stage, track) else None
    # Each race marks its own ground, and a ground is 48 MB: none is kept.
    stage.scene = None
    return ready if ready is not None else _make(stage, track)


def _key(stage: Stage, track: Track) -> object:
    have = stage.preferences
    return track.digest, have.safe_colours, have.reduced_motion


def _make(stage: Stage, track: Track) -> RaceScene:
    have = stage.preferences
    bar = _Bar(stage, track.title)
    scene = RaceScene(track, bar.show, safe=have.safe_colours, calm=have.reduced_motion)
    window = pygame.display.get_surface()
    for share in scene.warm_up(window.get_size()) if window is not None else ():
        bar.show(0.9 + share * 0.1)
    return scene


class _Bar:
    """Shows how far the loading has come."""

    def __init__(self, stage: Stage, title: str) -> None:
        self._stage = stage
        self._title = title
        self._shown_at = 0.0

    def show(self, share: float) -> None:
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
        pygame.display.flip()
