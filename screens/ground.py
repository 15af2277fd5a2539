"""The baked ground of a track: loaded, or painted in a hurry.

A bake that ships with the game is used when it is of this very track file;
otherwise one is looked for in the platform's cache, and made there, coarse,
when missing. What skids write on the ground stays for as long as the object.

Units: pixels at ten a metre; metres for cars.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pygame

from paint.bake import CANOPIES, GROUNDS, PX_A_METRE, bake, look_digest, save
from paint.night import dimmed
from paint.trees import KINDS, Tree, load_sheet, radius_of
from screens.camera import Frame, draw_ground
from track import Track

Progress = Callable[[float], None]
Tell = Callable[[str], None]
Placed = tuple[pygame.Surface, tuple[float, float]]

TREE_CELL = 12.0
"""Trees are looked up by cells of so many metres."""
CANOPY_REACH = 3.0
"""A car this near to a canopy's rim is beneath it."""
THIN = 120
"""What is left, of 255, of leaves over the car that is followed."""
SCALED_KEPT_MAX = 120
"""Of pictures as large as the camera has it, at so many sizes together."""
BESIDE = "#2c4a26"
"""What is seen where the world is smaller than the window."""


def cache_folder() -> Path:
    """Return where grounds that do not ship with the game are kept."""
    return Path(platformdirs.user_cache_dir("slipstream", appauthor=False)) / "grounds"


class Ground:
    """A track's picture, and what of it stands above the cars."""

    def __init__(
        self,
        picture: pygame.Surface,
        overhangs: list[Placed],
        trees: list[Tree],
        night: bool = False,
    ) -> None:
        self.picture = picture
        self._overhangs = overhangs
        self._canopies = _canopy_pictures(night) if trees else []
        self._thin = [_thinned(one) for one in self._canopies]
        self._scaled: dict[tuple[int, int], pygame.Surface] = {}
        self._cells: dict[tuple[int, int], list[Tree]] = {}
        for tree in trees:
            column, row = int(tree.x / TREE_CELL), int(tree.y / TREE_CELL)
            # Also in the cells about it, so that one look is enough later.
            for cell in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                self._cells.setdefault(cell, []).append(tree)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.get_size()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw what of the ground a frame shows."""
        if frame.left < 0 or frame.top < 0:
            surface.fill(BESIDE)
            surface.blit(self.picture, (-frame.left, -frame.top))
        else:
            draw_ground(surface, self.picture, frame)

    def above(
        self,
        frame: Frame,
        cars: list[tuple[float, float]],
        watched: tuple[float, float] | None = None,
    ) -> list[Placed]:
        """Return the blits of what hangs above the cars, canopies only over cars.

        Args:
            cars: the middles of all cars in metres.
            watched: the middle of the car to see through the leaves.
        """
        blits: list[Placed] = []
        view = pygame.Rect((0, 0), frame.size)
        for picture, (left, top) in self._overhangs:
            corner = frame.at(left / PX_A_METRE, top / PX_A_METRE)
            place = pygame.Rect(corner, picture.get_size())
            if place.colliderect(view):
                blits.append((self._zoomed(picture, frame.zoom), corner))
        for tree in self._over(cars):
            hides = watched is not None and math.dist(watched, (tree.x, tree.y)) < (
                radius_of(tree.kind) + CANOPY_REACH
            )
            leaves = self._thin if hides else self._canopies
            picture = self._zoomed(leaves[tree.kind], frame.zoom)
            middle = frame.at(tree.x, tree.y)
            blits.append((picture, picture.get_rect(center=middle).topleft))
        return blits

    def _zoomed(self, picture: pygame.Surface, zoom: float) -> pygame.Surface:
        """Return a picture as large as the ground is drawn, kept by steps of a hundredth."""
        step = round(zoom * 100)
        if step == 100:
            return picture
        found = self._scaled.get((id(picture), step))
        if found is None:
            if len(self._scaled) > SCALED_KEPT_MAX:
                self._scaled.clear()
            found = pygame.transform.smoothscale_by(picture, step / 100)
            self._scaled[id(picture), step] = found
        return found

    def is_shaded(self, x: float, y: float) -> bool:
        """Whether a place lies below the canopy of a tree."""
        return any(
            (tree.x - x) ** 2 + (tree.y - y) ** 2 < radius_of(tree.kind) ** 2
            for tree in self._cells.get((int(x / TREE_CELL), int(y / TREE_CELL)), ())
        )

    def _over(self, cars: list[tuple[float, float]]) -> list[Tree]:
        """Return the trees whose canopies cover a car, from top to bottom."""
        found: dict[tuple[float, float], Tree] = {}
        for x, y in cars:
            for tree in self._cells.get((int(x / TREE_CELL), int(y / TREE_CELL)), ()):
                reach = radius_of(tree.kind) + CANOPY_REACH
                if (tree.x - x) ** 2 + (tree.y - y) ** 2 < reach * reach:
                    found[tree.x, tree.y] = tree
        return sorted(found.values(), key=lambda tree: tree.y)

    def mark(self, marks: list[Placed]) -> None:
        """Write marks on the ground for good."""
        if marks:
            self.picture.fblits(marks, pygame.BLEND_PREMULTIPLIED)


@functools.cache
def _canopy_pictures(night: bool) -> list[pygame.Surface]:
    pictures = load_sheet(GROUNDS / CANOPIES)
    return [(dimmed(one) if night else one).premul_alpha() for one in pictures]


def _thinned(picture: pygame.Surface) -> pygame.Surface:
    """Return leaves that can be seen through."""
    thin = picture.copy()
    thin.fill((THIN, THIN, THIN, THIN), special_flags=pygame.BLEND_RGBA_MULT)
    return thin


def load_ground(
    track: Track,
    progress: Progress = lambda share: None,
    shipped: Path = GROUNDS,
    cache: Path | None = None,
    tell: Tell = lambda sentence: None,
) -> Ground:
    """Return the ground of a track; painting one takes some seconds.

    Args:
        progress: told the share that is done, from 0 to 1.
        tell: told a sentence for the player when a ground has to be painted.
        shipped: where bakes of the game lie.
        cache: where others are kept; the platform's place by default.
    """
    kept = cache if cache is not None else cache_folder()
    for folder in (shipped, kept):
        found = _read(folder, track)
        if found is not None:
            progress(1.0)
            return found
    if (shipped / f"{track.name}.jpg").exists():
        tell(f"The picture of {track.title} is damaged or of another version; it is painted anew.")
    else:
        tell(f"There is no picture of {track.title}; it is painted now, this once.")
    baked = bake(track, coarse=True, progress=progress)
    try:
        save(baked, kept, track.name)
    except (OSError, pygame.error):
        # A full or read-only disk costs some seconds next time, no race.
        pass
    overhangs: list[Placed] = [
        (one.picture.premul_alpha(), (one.left_px, one.top_px)) for one in baked.overhangs
    ]
    return Ground(_converted(baked.ground), overhangs, list(baked.trees), track.night)


def _read(folder: Path, track: Track) -> Ground | None:
    """Return the bake in a folder, or None where it is missing, of another track or broken."""
    try:
        sidecar: dict[str, Any] = json.loads(
            (folder / f"{track.name}.json").read_text(encoding="utf-8")
        )
        if sidecar["digest"] != look_digest(track):
            return None
        picture = pygame.image.load(folder / f"{track.name}.jpg")
        sheet = pygame.image.load(folder / f"{track.name}-over.png")
        overhangs: list[Placed] = []
        for top, width, height, left_px, top_px in sidecar["overhangs"]:
            part = sheet.subsurface((0, top, width, height)).premul_alpha()
            overhangs.append((part, (left_px, top_px)))
        trees = [Tree(int(kind), float(x), float(y)) for kind, x, y in sidecar["trees"]]
        if not all(0 <= tree.kind < KINDS for tree in trees):
            return None
    except (OSError, pygame.error, ValueError, KeyError, TypeError):
        return None
    return Ground(_converted(picture), overhangs, trees, track.night)


def _converted(picture: pygame.Surface) -> pygame.Surface:
    return picture.convert() if pygame.display.get_surface() is not None else picture
