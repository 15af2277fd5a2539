"""The music: a piece for the menus and a tune for the result, both our own.

Notes are laid on a round tape: what still sounds at the end goes on at the
beginning, so a piece may be repeated for ever. Both are in A minor, four
beats to the bar.

Units: beats and bars; seconds after that; MIDI numbers for pitches.
"""

from __future__ import annotations

import numpy as np

from synth import instruments
from synth.tones import RATE, Wave, loop, sounded, unit

BEATS_A_BAR = 4

Chord = tuple[int, tuple[int, ...]]
"""The bass, and the notes above it."""

AM: Chord = (45, (57, 60, 64, 67))
F: Chord = (41, (57, 60, 65, 69))
C: Chord = (48, (55, 60, 64, 67))
G: Chord = (43, (55, 59, 62, 67))
DM: Chord = (38, (57, 62, 65, 69))
EM: Chord = (40, (55, 59, 64, 67))
E7: Chord = (40, (56, 59, 62, 64))

MENU = (
    AM, AM, F, F, C, C, G, EM,
    AM, AM, F, F, C, G, DM, E7,
    DM, DM, AM, AM, F, G, E7, E7,
)  # fmt: skip
MENU_BEATS_A_MINUTE = 110.0
MELODY = (
    (32, 76, 1.5), (33.5, 74, 0.5), (34, 72, 1.0), (35, 74, 1.0),
    (36, 76, 2.5), (38.5, 79, 0.5), (39, 76, 1.0),
    (40, 77, 1.5), (41.5, 76, 0.5), (42, 74, 1.0), (43, 72, 1.0),
    (44, 69, 3.5),
    (48, 67, 1.0), (49, 72, 1.0), (50, 76, 1.5), (51.5, 74, 0.5),
    (52, 74, 2.0), (54, 71, 1.0), (55, 67, 1.0),
    (56, 69, 1.5), (57.5, 74, 0.5), (58, 77, 2.0),
    (60, 76, 1.5), (61.5, 74, 0.5), (62, 71, 1.0), (63, 68, 1.0),
    (64, 69, 3.0), (67, 74, 1.0), (68, 77, 3.0), (71, 76, 1.0),
    (72, 76, 3.0), (75, 72, 1.0), (76, 69, 3.5),
    (80, 72, 1.5), (81.5, 77, 1.5), (83, 81, 1.0), (84, 79, 2.0), (86, 83, 2.0),
    (88, 80, 3.5),
)  # fmt: skip
"""Beat, pitch, beats; over the second and third part of the menu's piece."""
RESULT = (AM, F, C, G, AM, F, DM, E7)
RESULT_BEATS_A_MINUTE = 96.0
TUNE = (
    (0, 72, 1.0), (1, 76, 1.0), (2, 81, 1.5), (3.5, 79, 0.5), (4, 77, 3.0),
    (8, 76, 1.0), (9, 79, 1.0), (10, 84, 1.5), (11.5, 83, 0.5), (12, 79, 3.0),
    (16, 81, 1.0), (17, 79, 1.0), (18, 76, 2.0), (20, 77, 1.5), (21.5, 76, 0.5), (22, 72, 2.0),
    (24, 74, 1.5), (25.5, 77, 0.5), (26, 81, 2.0), (28, 80, 3.0),
)  # fmt: skip


class Tape:
    """A piece of music in the making; it goes round."""

    def __init__(self, bars: int, beats_a_minute: float) -> None:
        self.beat = 60.0 / beats_a_minute
        self.beats = bars * BEATS_A_BAR
        self.count = round(self.beats * self.beat * RATE)
        self.length = self.count / RATE

    def track(self) -> Wave:
        """Return an empty track."""
        return np.zeros(self.count)

    def lay(self, track: Wave, beat: float, part: Wave, gain: float = 1.0) -> None:
        """Add a sound at a beat, in place."""
        at = round(beat * self.beat * RATE) + np.arange(len(part))
        np.add.at(track, at % self.count, gain * part)

    def echo(self, track: Wave, beats: float, gain: float, times: int) -> Wave:
        """Return a track with its echoes."""
        step = round(beats * self.beat * RATE)
        total = track.copy()
        for number in range(1, times + 1):
            total += gain**number * np.roll(track, number * step)
        return total

    def hall(self, track: Wave) -> Wave:
        """Return what a hall makes of a track."""
        spectrum = np.fft.rfft(track) * np.fft.rfft(instruments.room(self.length))
        return sounded(spectrum, self.count)

    def ducked(self, track: Wave, beats: list[float], depth: float) -> Wave:
        """Return a track that makes way for every beat of the bass drum."""
        gain = np.ones(self.count)
        fall = round(self.beat * 0.8 * RATE)
        shape = 1.0 - depth * np.linspace(1.0, 0.0, fall) ** 1.5
        for beat in beats:
            at = (round(beat * self.beat * RATE) + np.arange(fall)) % self.count
            gain[at] = np.minimum(gain[at], shape)
        return np.asarray(track * gain)


def menu_music() -> Wave:
    """Return the piece of the menus: 24 bars, 52 seconds."""
    tape = Tape(len(MENU), MENU_BEATS_A_MINUTE)
    # The first eight bars have no drum on every beat, so that it can grow.
    beats = [float(b) for b in range(tape.beats) if b >= 32 or b % 4 == 0]
    drums, bass, pads, plucks, lead = (tape.track() for _ in range(5))
    for bar, (root, notes) in enumerate(MENU):
        start = bar * BEATS_A_BAR
        for eighth in range(8):
            octave = 12 if eighth % 4 == 3 else 0
            tape.lay(
                bass, start + eighth / 2, instruments.bass(root - 12 + octave, tape.beat * 0.46)
            )
        for pitch in notes:
            tape.lay(pads, start, instruments.pad(pitch, tape.beat * 4.4))
        _arpeggio(tape, plucks, start, notes, bar)
        _drums(tape, drums, bar, full=bar >= 8)
    for beat in beats:
        tape.lay(drums, beat, instruments.kick(), 0.9)
    for beat, pitch, long in MELODY:
        tape.lay(lead, beat, instruments.lead(pitch, long * tape.beat * 1.02))
    return _mixed(tape, beats, drums, bass, pads, plucks, lead)


def result_music() -> Wave:
    """Return the tune of the result: eight bars, quieter."""
    tape = Tape(len(RESULT), RESULT_BEATS_A_MINUTE)
    beats = [float(b) for b in range(0, tape.beats, 2)]
    drums, bass, pads, plucks, lead = (tape.track() for _ in range(5))
    for bar, (root, notes) in enumerate(RESULT):
        start = bar * BEATS_A_BAR
        for at, long in ((0.0, 1.5), (1.5, 1.0), (2.5, 1.5)):
            tape.lay(bass, start + at, instruments.bass(root - 12, tape.beat * long * 0.95))
        for pitch in notes:
            tape.lay(pads, start, instruments.pad(pitch, tape.beat * 4.4))
        _arpeggio(tape, plucks, start, notes, bar)
        for off_beat in (1, 3):
            tape.lay(drums, start + off_beat, instruments.snare(), 0.4)
    for beat in beats:
        tape.lay(drums, beat, instruments.kick(), 0.7)
    for beat, pitch, long in TUNE:
        tape.lay(lead, beat, instruments.lead(pitch, long * tape.beat * 1.02))
    return _mixed(tape, beats, drums, bass, pads, plucks, lead)


def _arpeggio(tape: Tape, track: Wave, start: float, notes: tuple[int, ...], bar: int) -> None:
    """Lay sixteen plucks a bar: up and down, with an accent that moves."""
    order = (0, 1, 2, 3, 2, 1) if bar % 2 == 0 else (3, 2, 1, 0, 1, 2)
    for step in range(16):
        pitch = notes[order[step % len(order)]] + 12
        accent = 1.0 if step % 3 == 0 else 0.62
        tape.lay(track, start + step / 4, instruments.pluck(pitch, tape.beat * 0.5), accent)


def _drums(tape: Tape, track: Wave, bar: int, *, full: bool) -> None:
    """Lay what is not the bass drum in one bar."""
    start = bar * BEATS_A_BAR
    if bar in (0, 8, 16):
        tape.lay(track, start, instruments.crash(), 0.22)
    for eighth in range(8):
        if full and eighth % 2 == 1:
            tape.lay(track, start + eighth / 2, instruments.hat(True), 0.16)
        else:
            tape.lay(track, start + eighth / 2, instruments.hat(False), 0.16)
    if full or bar >= 4:
        for beat in (1, 3):
            tape.lay(track, start + beat, instruments.snare(), 0.62)
    if bar in (7, 15, 23):
        for step in (2.5, 2.75, 3.25, 3.5, 3.75):
            tape.lay(track, start + step, instruments.snare(), 0.2 + 0.1 * step)


def _mixed(
    tape: Tape, beats: list[float], drums: Wave, bass: Wave, pads: Wave, plucks: Wave, lead: Wave
) -> Wave:
    """Return all tracks as one, each at its level."""
    pads = tape.ducked(unit(pads) * instruments.slow_sway(tape.length, 801), beats, 0.55)
    bass = tape.ducked(unit(bass), beats, 0.5)
    plucks = tape.echo(unit(plucks) * instruments.slow_sway(tape.length, 802), 0.75, 0.42, 3)
    lead = tape.echo(unit(lead), 0.75, 0.33, 3)
    dry = unit(drums) + 0.85 * bass + 0.5 * unit(pads) + 0.42 * unit(plucks)
    dry += 0.55 * unit(lead)
    wet = tape.hall(0.5 * unit(pads) + 0.5 * unit(plucks) + 0.8 * unit(lead) + 0.12 * unit(drums))
    return loop(dry + 0.32 * unit(wet), 0.15)
