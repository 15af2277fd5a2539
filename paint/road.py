"""The road: asphalt or gravel, lines, kerbs, pits' aprons, crossings.

Each function shades one `Patch` in place.

Units: metres; colours from 0 to 255, float32.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from paint.canvas import Pixels, rgb
from paint.shading import Colours, Patch, bell, mix, ramp
from track import Track
from track_shape import KERB_INSIDE, KERB_OUTSIDE

STRIPE = 2.8
"""Length of a kerb's stripe, about."""
DASH_ON, DASH_OFF = 4.4, 4.0
LINE_INSIDE = 0.95
"""The white line's middle lies so far inside the edge."""
PIT_DASH = 2.4
"""Along a pit the line is broken, so many metres on and off."""
RUT_APART = 1.15
"""From the middle of the racing line to where the wheels run."""
CALM_FROM, CALM_TO = 13.0, 19.0
"""At a crossing, lines and rubber end so far from its middle."""
BOX_MESH = 3.4
"""Of the yellow net painted on a crossing."""
BOX_PAINT = rgb("#f0c84a")


class RoadPainter:
    """Paints the road of one track."""

    def __init__(self, track: Track, colours: Colours) -> None:
        self._colours = colours
        self._crossings = track.crossings
        self._track = track
        self._stripes_left, self._stripes_right, self._stripe = _stripes(track)

    def paint(self, ground: Pixels, patch: Patch) -> None:
        """Paint all of the road that is in a patch."""
        nearest = float(patch.field.beyond.min())
        if float(patch.field.apron.max()) > 0.0:
            self._apron(ground, patch)
        if nearest < 2.4:
            gravel = patch.field.gravel
            if float(gravel.min()) < 1.0:
                self._asphalt(ground, patch)
            if float(gravel.max()) > 0.0:
                self._gravel(ground, patch)
        if nearest < 3.0:
            self._kerbs(ground, patch)
        if float(patch.field.crossing.min()) < CALM_TO:
            self._boxes(ground, patch)

    def _asphalt(self, ground: Pixels, patch: Patch) -> None:
        huge, broad, small, _ = patch.noises
        grain, coarse, _ = patch.grains
        field, colours, cover = patch.field, self._colours, patch.cover
        beyond, offset = field.beyond, field.offset
        # Where two branches meet, neither leaves its own marks.
        calm = ramp(CALM_FROM, CALM_TO, field.crossing)
        asphalt = 1.0 - field.gravel
        mix(ground, colours["concrete"] * 0.8, cover(beyond - 0.6) * 0.6 * asphalt)
        road = (
            colours["asphalt"]
            * (1 + 0.034 * grain + 0.024 * coarse + 0.04 * broad + 0.03 * small)[..., None]
        )
        patches = np.clip(huge * 1.4 + broad * 0.5 - 0.55, 0, 1) * 0.6
        mix(road, colours["asphalt"] * 1.1, patches)
        from_line = offset - field.line
        rubber = bell(from_line / field.half, 0.36) * (0.42 + 0.1 * broad)
        mix(road, colours["rubber"], rubber * (0.35 + 0.65 * calm))
        for groove in (-RUT_APART, RUT_APART):
            worn = bell(from_line - groove, 0.55) * 0.24 * np.clip(0.7 + small, 0, 1)
            mix(road, colours["rubber"] * 0.88, worn * calm)
        seam = bell(offset, 0.12) * 0.08 * calm
        road *= (1 + 0.09 * ramp(-2.6, -0.2, beyond) * (1 - 0.4 * small) - seam)[..., None]
        mix(ground, road, cover(beyond))
        painted = calm * asphalt
        period = DASH_ON + DASH_OFF
        from_dash = np.abs(np.mod(field.along, period) - DASH_ON / 2) - DASH_ON / 2
        dash = cover(np.abs(offset) - 0.2) * cover(from_dash) * cover(beyond + 1.0)
        wear = 0.55 + 0.25 * small - 0.12 * np.abs(grain)
        mix(ground, colours["dash"], np.clip(dash * wear, 0, 1) * painted)
        edge = cover(np.abs(beyond + LINE_INSIDE) - 0.26)
        broken = cover(np.abs(np.mod(field.along, 2 * PIT_DASH) - PIT_DASH) - PIT_DASH / 2)
        edge = edge * np.where(field.apron > 1.5, broken, 1.0)
        edge = np.clip(edge * (0.93 - 0.1 * np.abs(coarse)), 0, 1) * asphalt
        mix(ground, colours["line"], edge)

    def _gravel(self, ground: Pixels, patch: Patch) -> None:
        huge, broad, small, fine = patch.noises
        grain, coarse, _ = patch.grains
        field, colours = patch.field, self._colours
        # The edge may wander a little: nobody mows it.
        ragged = field.beyond + small * 0.28 + fine * 0.16
        bed = colours["gravel"] * (1 + 0.07 * grain + 0.05 * coarse + 0.05 * broad)[..., None]
        mix(bed, colours["dust"], np.clip(0.35 + huge * 0.5 + broad * 0.5, 0, 1) * 0.6)
        from_line = field.offset - field.line
        wheels = np.clip(0.72 + 0.5 * small + 0.3 * broad, 0, 1)
        for rut in (-RUT_APART, RUT_APART):
            mix(bed, colours["gravel_rut"], bell(from_line - rut, 0.62) * 0.62 * wheels)
            shade = bell(from_line - rut - 0.5, 0.22) - 0.7 * bell(from_line - rut + 0.5, 0.22)
            bed *= (1 + 0.13 * shade * wheels)[..., None]
        # Between the ruts and beside them lies what the wheels threw out.
        mix(bed, colours["dust"] * 1.06, bell(from_line, 0.5) * 0.4 * wheels)
        sides = ramp(-1.9, -0.5, ragged)
        mix(bed, colours["dust"], sides * 0.5)
        stones = np.clip(grain * coarse - 0.8, 0, 1) * (0.2 + 0.5 * sides)
        mix(bed, colours["dust"] * 1.2, stones)
        mix(bed, colours["gravel_rut"] * 0.75, np.clip(-grain * coarse - 1.1, 0, 1) * 0.35)
        damp = np.clip(huge * 1.1 + broad * 0.9 + small * 0.3 - 0.85, 0, 1)
        mix(bed, colours["gravel_rut"] * 0.72, damp * 0.55)
        washed = np.abs(np.sin(field.along * np.float32(math.pi / 0.9) + broad * 4))
        bed *= (1 + 0.035 * (washed - 0.5) * np.clip(small * 2, 0, 1))[..., None]
        outside = bell(np.maximum(ragged, 0), 0.9) * (ragged > 0) * 0.25
        ground *= (1 - outside * field.gravel)[..., None]
        mix(ground, bed, patch.cover(ragged * 0.5) * np.clip(field.gravel * 2 - 0.5, 0, 1))

    def _apron(self, ground: Pixels, patch: Patch) -> None:
        field, colours = patch.field, self._colours
        there = field.apron > 0.05
        beyond = np.where(there, field.beyond - field.apron, np.float32(99))
        grain, coarse, _ = patch.grains
        mix(ground, colours["concrete"] * 0.8, patch.cover(beyond - 0.5) * 0.6)
        floor = colours["concrete"] * (1.12 + 0.03 * grain + 0.03 * coarse)[..., None]
        joint = patch.cover(np.abs(np.mod(field.along, 5.0) - 2.5) - 0.05)
        floor *= (1 - 0.14 * joint + 0.05 * patch.noises[1])[..., None]
        rim = patch.cover(np.abs(beyond + 0.3) - 0.13)
        mix(floor, colours["line"], rim * 0.85)
        mix(ground, floor, patch.cover(beyond))

    def _boxes(self, ground: Pixels, patch: Patch) -> None:
        """Net every crossing in yellow: here somebody may come from the side."""
        track = self._track
        for one in self._crossings:
            inside = np.full(patch.field.crossing.shape, -99.0, np.float32)
            offsets: list[Pixels] = []
            for sample in (one.first, one.second):
                nx, ny = track.normals[sample].astype(np.float32)
                offset = (patch.x - np.float32(one.x)) * nx + (patch.y - np.float32(one.y)) * ny
                offsets.append(offset)
                half = np.float32(track.half_widths[sample] - LINE_INSIDE)
                inside = np.maximum(inside, np.abs(offset) - half)
            net = np.zeros(inside.shape, np.float32)
            for across in (offsets[0] + offsets[1], offsets[0] - offsets[1]):
                away = np.abs(np.mod(across + BOX_MESH / 2, BOX_MESH) - BOX_MESH / 2)
                net = np.maximum(net, patch.cover(away - 0.24))
            net = net * patch.cover(inside)
            net = np.maximum(net, patch.cover(np.abs(inside) - 0.2))
            worn = np.clip(0.72 + 0.25 * patch.noises[2] - 0.1 * np.abs(patch.grains[1]), 0, 1)
            mix(ground, BOX_PAINT, net * worn)

    def _kerbs(self, ground: Pixels, patch: Patch) -> None:
        field, noises, grains = patch.field, patch.noises, patch.grains
        count = len(self._stripes_left)
        place = field.along / np.float32(self._stripe)
        stripe = np.floor(place).astype(np.int32) % count
        on_right = field.offset > 0
        here = np.where(on_right, self._stripes_right[stripe], self._stripes_left[stripe])
        if not here.any():
            return
        share = place - np.floor(place)
        beside = (stripe + np.where(share > 0.5, 1, -1)) % count
        goes_on = np.where(on_right, self._stripes_right[beside], self._stripes_left[beside])
        to_border = np.minimum(share, 1 - share) * np.float32(self._stripe)
        border_px = to_border * patch.px
        # Mix the neighbour's colour into the half pixel at a border.
        blend = np.where(goes_on, np.clip(0.5 - border_px, 0, 0.5), 0)[..., None]
        dark, light = self._colours["kerb"], self._colours["kerb_light"]
        is_dark = (stripe % 2 == 0)[..., None]
        paint = np.where(is_dark, dark, light) * (1 - blend)
        paint = paint + np.where(is_dark, light, dark) * blend
        middle = (KERB_OUTSIDE - KERB_INSIDE) / 2
        reach = (KERB_OUTSIDE + KERB_INSIDE) / 2
        from_middle = field.beyond - np.float32(middle)
        slope = 1.07 - 0.17 * from_middle - 0.03 * np.abs(grains[1]) + 0.03 * noises[2]
        joint = 1 - 0.22 * np.clip(1.2 - border_px, 0, 1)
        # Rubber off the tyres that ride over it.
        slope *= 1 - 0.13 * np.clip(noises[2] * 1.6 - from_middle * 0.6, 0, 1)
        paint = paint * (slope * joint)[..., None]
        # Where branches meet, the way along the road jumps, and stripes with it.
        here = here & (field.crossing > CALM_FROM + 3.0)
        solid = here * np.where(goes_on, 1, np.clip(border_px + 0.5, 0, 1)).astype(np.float32)
        outside = bell(np.maximum(field.beyond - np.float32(KERB_OUTSIDE), 0), 0.6)
        ground *= (1 - outside * (field.beyond > KERB_OUTSIDE) * solid * 0.38)[..., None]
        inside = bell(field.beyond + np.float32(KERB_INSIDE), 0.22)
        ground *= (1 - inside * (field.beyond < -KERB_INSIDE + 0.1) * solid * 0.32)[..., None]
        mix(ground, paint, patch.cover(np.abs(from_middle) - np.float32(reach)) * solid)


def _stripes(track: Track) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Return which stripes exist, left and right, and how long one is.

    The count is even, so that colours alternate across the start line too.
    """
    count = int(track.length / STRIPE) // 2 * 2
    length = track.length / count
    middles = ((np.arange(count) + 0.5) * length / track.spacing).astype(int) % track.count
    return track.kerb_left[middles], track.kerb_right[middles], length
