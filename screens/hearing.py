"""What an ear makes of a race: how loud, from which side, which loop of an engine.

Pure arithmetic for who mixes: it plays nothing and knows no device. Loudness
falls with distance, the side follows where something lies on the picture, and
sounds that lie between two loops are shared between both at equal power.

Units: gains from 0 to 1; a side from -1 (left) to 1 (right); metres, seconds;
steps of a semitone from `RPM_FIRST` up for the revs of an engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from synth.catalogue import LOOP_STEP, LOOPS_OF_ENGINE, RPM_FIRST, SoundKind

NEAR = 9.0
"""As near as this nothing grows louder."""
REACH = 120.0
"""Beyond this nothing is heard."""
SIDE_AT = 45.0
"""Something so far to the right is heard as far to the right as anything."""
SIDE_MAX = 0.85
"""Nobody hears with one ear alone."""
SOUND_SPEED = 343.0
DOPPLER_MAX = 4.0
"""Cars that meet at full speed shift by no more than this."""
STEPS_A_LOOP = round(12 * math.log2(LOOP_STEP))
"""Between two loops of the files lie so many that are made of them."""
STEP_LAST = STEPS_A_LOOP * (LOOPS_OF_ENGINE - 1) + 1
SHARPNESS = 2.0
"""Two loops sound together for one part in so many of a step: a beat is rough."""
LOUDNESS_POWER = 1.5
"""How a percentage becomes a gain: half way sounds about half as loud."""


class Volumes(Protocol):
    """What a player has set, in percent; `preferences.Preferences` is one."""

    volume_master: int
    volume_engine: int
    volume_effects: int
    volume_crowd: int
    volume_music: int
    volume_interface: int
    mute: bool


class Heard(NamedTuple):
    """How something arrives at the ear."""

    gain: float
    pan: float


class Blend(NamedTuple):
    """Two neighbouring loops of an engine, and how loud each is."""

    step: int
    """The lower one; the other is one step above."""
    low: float
    high: float


def settings_of(volumes: Volumes) -> tuple[int, ...]:
    """Return all that a player has set, to see whether it has changed."""
    return (
        volumes.volume_master, volumes.volume_engine, volumes.volume_effects,
        volumes.volume_crowd, volumes.volume_music, volumes.volume_interface, volumes.mute,
    )  # fmt: skip


def gain_of(volumes: Volumes, kind: SoundKind) -> float:
    """Return how loud a kind of sound is to be."""
    if volumes.mute:
        return 0.0
    own = {
        SoundKind.ENGINE: volumes.volume_engine,
        SoundKind.EFFECTS: volumes.volume_effects,
        SoundKind.CROWD: volumes.volume_crowd,
        SoundKind.MUSIC: volumes.volume_music,
        SoundKind.INTERFACE: volumes.volume_interface,
    }[kind]
    return float((own / 100) ** LOUDNESS_POWER * (volumes.volume_master / 100) ** LOUDNESS_POWER)


def sides(gain: float, pan: float) -> tuple[float, float]:
    """Return the gains left and right; their power is the same wherever it comes from."""
    angle = (min(max(pan, -1.0), 1.0) + 1.0) * math.pi / 4
    return gain * math.cos(angle), gain * math.sin(angle)


def heard_from(dx: float, dy: float) -> Heard:
    """Return how something arrives that lies at an offset from the ear, x to the right."""
    away = math.hypot(dx, dy)
    if away >= REACH:
        return Heard(0.0, 0.0)
    # As from a point, and gently to nothing at the end of the reach.
    gain = NEAR / max(NEAR, away) * (1.0 - (away / REACH) ** 2)
    return Heard(gain, min(max(dx / SIDE_AT, -SIDE_MAX), SIDE_MAX))


def doppler_steps(dx: float, dy: float, dvx: float, dvy: float) -> float:
    """Return by how many semitones something sounds higher that moves against the ear.

    Args:
        dx, dy: where it lies, from the ear.
        dvx, dvy: how it moves, as the ear sees it, m/s.
    """
    away = math.hypot(dx, dy)
    if away < 1.0:
        return 0.0
    leaving = (dx * dvx + dy * dvy) / away
    steps = -12 * math.log2(max(0.5, 1.0 + leaving / SOUND_SPEED))
    # A car alongside passes no wall of sound: the shift grows with the distance.
    return min(max(steps, -DOPPLER_MAX), DOPPLER_MAX) * min(1.0, away / NEAR)


def step_of(rpm: float) -> float:
    """Return where revs lie among the loops of an engine."""
    steps = 12 * math.log2(max(rpm, RPM_FIRST) / RPM_FIRST)
    return min(steps, float(STEP_LAST))


def source_of(step: int) -> tuple[int, int]:
    """Return which loop of the files a step is made of, and by how many semitones raised."""
    number = min((step + 1) // STEPS_A_LOOP, LOOPS_OF_ENGINE - 1)
    return number, step - number * STEPS_A_LOOP


def blend_of(position: float) -> Blend:
    """Return the two loops about a position, at equal power together."""
    position = min(max(position, 0.0), float(STEP_LAST))
    step = min(int(position), STEP_LAST - 1)
    share = (position - step - 0.5) * SHARPNESS + 0.5
    angle = min(max(share, 0.0), 1.0) * math.pi / 2
    return Blend(step, math.cos(angle), math.sin(angle))


def eased(value: float, goal: float, dt: float, within: float) -> float:
    """Return a value on its way to a goal; two thirds of the way take `within`."""
    return goal + (value - goal) * math.exp(-max(dt, 0.0) / within)


def share_of(value: float, start: float, full: float) -> float:
    """Return how far a value has come from a start to a full measure, from 0 to 1."""
    return min(max((value - start) / (full - start), 0.0), 1.0)


def voices_for(
    distances: Mapping[int, float], held: Mapping[int, int], most: int
) -> dict[int, int]:
    """Return which voice each of the nearest has: who has one keeps it while it can.

    Args:
        distances: by slot, from the ear.
        held: the voices by slot so far.
        most: how many voices there are.
    """
    # Who is heard already counts as nearer, or two cars side by side would flicker.
    nearest = sorted(distances, key=lambda slot: distances[slot] * (0.8 if slot in held else 1.0))
    chosen = [slot for slot in nearest[:most] if distances[slot] < REACH]
    voices = {slot: held[slot] for slot in chosen if slot in held}
    free = iter(sorted(set(range(most)) - set(voices.values())))
    return voices | {slot: next(free) for slot in chosen if slot not in voices}


def quietest(gains: Iterable[tuple[int, float]], gain: float) -> int | None:
    """Return which of the voices that sound makes way for a new one, if it is the louder."""
    voice, least = min(gains, key=lambda one: one[1], default=(None, 0.0))
    return voice if least < gain else None
