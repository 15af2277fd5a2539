"""Landscapes: the colours of the ground, and what grows on it.

A track names its landscape and may change single colours of it; nothing here
depends on which track it is.

Units: colours as text; shares from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from track import Track


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a landscape."""

    grass: str = "#6aa344"
    grass_band: str = "#5f983d"
    grass_dark: str = "#43782f"
    grass_dry: str = "#a3ad58"
    worn: str = "#8d8a4f"
    sand: str = "#dcc48c"
    sand_raked: str = "#c2a468"
    asphalt: str = "#5f626a"
    rubber: str = "#3b3d44"
    concrete: str = "#777a80"
    line: str = "#f3f1e8"
    dash: str = "#f0c84a"
    kerb: str = "#d9362b"
    kerb_light: str = "#f2efe6"
    gravel: str = "#b3976b"
    gravel_rut: str = "#86694a"
    dust: str = "#c6ad80"


@dataclass(frozen=True, slots=True)
class Landscape:
    """A kind of country."""

    palette: Palette = Palette()
    tones: tuple[float, ...] = (0.32, 0.28, 0.18, 0.17, 0.05, 0.0, 0.0, 0.0, 0.0)
    """How many of the trees have each of `trees.TONES`."""
    trees: int = 440
    grove: float = 0.24
    """How dense the noise must be for trees to grow: more means fewer groves."""
    bushes: int = 170
    flowers: int = 320
    mown: float = 1.0
    """How clearly the grass shows where it was mown."""
    rugged: float = 0.0
    """How rocky and bare high ground is."""
    paved: bool = False
    """Whether there are pavements and blocks of houses instead of grass."""


LANDSCAPES = {
    "meadow": Landscape(),
    "coast": Landscape(
        Palette(
            grass="#7ba24c",
            grass_band="#709745",
            grass_dark="#4d7a3a",
            grass_dry="#b9ae66",
            worn="#9a9158",
            sand="#e3cf9e",
            sand_raked="#cbb27c",
            asphalt="#63656b",
            kerb="#1f63c4",
        )
    ),
    "bowl": Landscape(
        Palette(
            grass="#62ab42",
            grass_band="#519838",
            grass_dark="#3f7f31",
            grass_dry="#93b155",
            asphalt="#666970",
            dash="#f3f1e8",
        ),
        trees=190,
        grove=0.42,
        bushes=50,
        flowers=60,
        mown=1.9,
    ),
    "hills": Landscape(
        Palette(
            grass="#86a55c",
            grass_band="#82a159",
            grass_dark="#557a45",
            grass_dry="#b7ac7c",
            worn="#98906a",
            sand="#cfc3a6",
            sand_raked="#b3a684",
            asphalt="#5b5f68",
        ),
        tones=(0.10, 0.08, 0.12, 0.06, 0.0, 0.0, 0.0, 0.40, 0.24),
        trees=330,
        grove=0.34,
        bushes=240,
        flowers=220,
        mown=0.15,
        rugged=1.0,
    ),
    "forest": Landscape(
        Palette(
            grass="#6c8446",
            grass_band="#667e42",
            grass_dark="#42592f",
            grass_dry="#96864e",
            worn="#85704a",
            asphalt="#63645f",
            line="#e9e4d2",
        ),
        tones=(0.06, 0.06, 0.10, 0.04, 0.02, 0.0, 0.02, 0.46, 0.24),
        trees=1400,
        grove=-0.2,
        bushes=320,
        flowers=120,
        mown=0.0,
        rugged=0.35,
    ),
    "city": Landscape(
        Palette(
            grass="#8b8f97",
            grass_band="#83878f",
            grass_dark="#5f636c",
            grass_dry="#9a9ca0",
            worn="#5f8a46",
            asphalt="#55585f",
            rubber="#33353b",
            dash="#f3f1e8",
            kerb="#e0327a",
        ),
        trees=150,
        grove=0.0,
        bushes=60,
        flowers=0,
        mown=0.0,
        paved=True,
    ),
    "autumn": Landscape(
        Palette(
            grass="#9da04e",
            grass_band="#959847",
            grass_dark="#6c7436",
            grass_dry="#c8ac5e",
            worn="#98824e",
            sand="#d9c294",
            kerb="#d5641c",
        ),
        tones=(0.05, 0.03, 0.16, 0.02, 0.34, 0.20, 0.20, 0.0, 0.0),
        mown=0.5,
        flowers=120,
    ),
}
"""By the name that track files give."""


def landscape_of(track: Track) -> Landscape:
    """Return the landscape of a track."""
    return LANDSCAPES[track.landscape]


def palette_of(track: Track) -> Palette:
    """Return the colours of a track: its landscape's, but for those that it changes."""
    return replace(landscape_of(track).palette, **track.palette)
