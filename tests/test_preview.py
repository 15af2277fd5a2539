"""The small pictures of tracks in menus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from screens import backdrop


@pytest.fixture(autouse=True)
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open a window without a screen; forget pictures of other tests."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.display.set_mode((320, 200))
    backdrop.preview.cache_clear()
    yield
    backdrop.preview.cache_clear()


@pytest.mark.parametrize("size", [(300, 100), (200, 200), (320, 160)])
def test_preview_shows_the_whole_track_in_any_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Left edge red, right edge blue: both are seen, and nothing is stretched."""
    picture = pygame.Surface((640, 320))
    picture.fill("#30a040")
    picture.fill("#e01010", (0, 0, 64, 320))
    picture.fill("#1010e0", (576, 0, 64, 320))
    pygame.image.save(picture, tmp_path / "wide-preview.jpg")
    monkeypatch.setattr(backdrop, "GROUNDS", tmp_path)

    shown = backdrop.preview("wide", size)

    assert shown is not None
    assert shown.get_size() == size
    scale = min(size[0] / 640, size[1] / 320)
    left, right = (round(size[0] / 2 + side * 300 * scale) for side in (-1, 1))
    assert shown.get_at((left, size[1] // 2)).r > 150
    assert shown.get_at((right, size[1] // 2)).b > 150
