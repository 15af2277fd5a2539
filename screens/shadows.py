"""The shadows of cars, composed once: where two overlap it gets no darker.

Shadows that overlap are joined on a scratch layer first, the darker one
counting; one that lies alone is blitted as it is.

Units: pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import pygame

Placed = tuple[pygame.Surface, tuple[float, float]]


class Shadows:
    """Composes the shadows of one picture."""

    def __init__(self) -> None:
        self._layer = pygame.Surface((1, 1), pygame.SRCALPHA)

    def draw(self, surface: pygame.Surface, shadows: Sequence[Placed]) -> None:
        """Draw all shadows of a picture."""
        places = [picture.get_rect(topleft=at) for picture, at in shadows]
        for cluster in clusters(places):
            parts = [shadows[number] for number in cluster]
            if len(parts) == 1:
                surface.blit(*parts[0], special_flags=pygame.BLEND_PREMULTIPLIED)
                continue
            rects = [places[number] for number in cluster]
            area = rects[0].unionall(rects[1:])
            layer = self._cleared(area.size)
            layer.fblits(
                [(picture, (at[0] - area.left, at[1] - area.top)) for picture, at in parts],
                pygame.BLEND_RGBA_MAX,
            )
            surface.blit(
                layer, area.topleft, (0, 0, *area.size), special_flags=pygame.BLEND_PREMULTIPLIED
            )

    def _cleared(self, size: tuple[int, int]) -> pygame.Surface:
        """Return the layer, clear and large enough."""
        width, height = self._layer.get_size()
        if size[0] > width or size[1] > height:
            grown = max(width, size[0]), max(height, size[1])
            self._layer = pygame.Surface(grown, pygame.SRCALPHA)
        else:
            self._layer.fill(0, (0, 0, *size))
        return self._layer


def clusters(rects: Sequence[pygame.Rect]) -> list[list[int]]:
    """Return the numbers of the rectangles, those together that overlap, even by others."""
    left = list(range(len(rects)))
    found: list[list[int]] = []
    while left:
        cluster = [left.pop(0)]
        for member in cluster:
            for other in [one for one in left if rects[one].colliderect(rects[member])]:
                left.remove(other)
                cluster.append(other)
        found.append(cluster)
    return found
