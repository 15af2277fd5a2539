"""The start lamps: four red, one a second, then green, then gone.

Units: pixels, seconds.
"""

from __future__ import annotations

import pygame

from paint.canvas import smooth
from screens import theme

LAMPS = 4
WIDTH, HEIGHT = 316, 92
GLOW = 60
FADE_S = 1.4
"""The green lamps fade so long after GO."""


def lit_lamps(seconds_to_go: float) -> int:
    """Return how many red lamps are lit: the last one a second before GO."""
    if seconds_to_go <= 0:
        return 0
    return max(0, min(LAMPS, LAMPS + 1 - int(-(-seconds_to_go // 1))))


def draw_lamps(
    surface: pygame.Surface, centre: tuple[int, int], seconds_to_go: float, scale: float
) -> None:
    """Draw the lamps; nothing when the race is well under way."""
    if seconds_to_go < -FADE_S:
        return
    going = seconds_to_go <= 0
    lit = LAMPS if going else lit_lamps(seconds_to_go)
    size = round((WIDTH + 2 * GLOW) * scale), round((HEIGHT + 2 * GLOW) * scale)
    picture = theme.cached(("lamps", size, lit, going), lambda: _lamps(lit, going, size))
    if going:
        alpha = round(255 * (1 + seconds_to_go / FADE_S))
        picture = picture.copy()
        picture.fill((alpha, alpha, alpha, alpha), special_flags=pygame.BLEND_RGBA_MULT)
    surface.blit(picture, picture.get_rect(center=centre), special_flags=theme.PREMULTIPLIED)


def _lamps(lit: int, going: bool, size: tuple[int, int]) -> pygame.Surface:
    bright = pygame.Color("#35e06a" if going else "#ff3b2e")
    shine = pygame.Color("#b9ffd0" if going else "#ff9a82")
    width, height = WIDTH + 2 * GLOW, HEIGHT + 2 * GLOW
    places = [(GLOW + 45 + lamp * 75, height / 2) for lamp in range(LAMPS)]

    def draw(canvas: pygame.Surface, k: int) -> None:
        box = pygame.Rect(GLOW * k, GLOW * k, WIDTH * k, HEIGHT * k)
        pygame.draw.rect(canvas, (10, 13, 18, 236), box, border_radius=20 * k)
        pygame.draw.rect(canvas, (52, 58, 68, 255), box, 2 * k, border_radius=20 * k)
        for lamp, (x, y) in enumerate(places):
            centre = x * k, y * k
            pygame.draw.circle(canvas, "#05070a", centre, 33 * k)
            pygame.draw.circle(canvas, "#23282f", centre, 33 * k, 2 * k)
            on = lamp < lit
            pygame.draw.circle(canvas, bright if on else "#2a1414", centre, 28 * k)
            spot = (x - 8) * k, (y - 9) * k
            pygame.draw.circle(canvas, shine if on else "#3c2020", spot, 9 * k)
            if on:
                pygame.draw.circle(canvas, "#fff4ee", ((x - 10) * k, (y - 11) * k), 4 * k)

    # Drawn at a third of the size first: a wide blur costs less there.
    glow = pygame.Surface((width // 3, height // 3), pygame.SRCALPHA)
    glow.fill((bright.r, bright.g, bright.b, 0))
    for x, y in places[:lit]:
        pygame.draw.circle(glow, (bright.r, bright.g, bright.b, 150), (x / 3, y / 3), 15)
    picture = pygame.transform.smoothscale(pygame.transform.gaussian_blur(glow, 8), (width, height))
    picture.blit(smooth((width, height), draw, 3), (0, 0))
    return pygame.transform.smoothscale(picture, size)
