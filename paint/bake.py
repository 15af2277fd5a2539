"""One track into its pictures on disk.

Writes three files, the digest last, so that a bake that was interrupted is
not taken for a whole one.

Units: pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pygame

from paint.dressing import Dresser
from paint.ground import GroundPainter
from track import Track

PREVIEW = (480, 360)


def bake(track: Track, folder: Path, progress: Callable[[float], None]) -> None:
    """Paint a track into `folder`; the progress runs from 0 to 1."""
    folder.mkdir(parents=True, exist_ok=True)
    painter = GroundPainter(track)
    picture = painter.paint(lambda share: progress(share * 0.9))
    ground = pygame.Surface((painter.width, painter.height))
    pygame.surfarray.blit_array(ground, picture.swapaxes(0, 1))
    Dresser(track, ground).dress()
    pygame.image.save(ground, folder / f"{track.name}.jpg")
    preview = pygame.transform.smoothscale(ground, PREVIEW)
    pygame.image.save(preview, folder / f"{track.name}-preview.jpg")
    (folder / f"{track.name}.digest").write_text(track.digest + "\n")
    progress(1.0)
