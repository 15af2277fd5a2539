"""Write every sound of the game: `python -m synth [FOLDER]`.

Takes some seconds and gives the same files every time; names at the end, in
a table with `--levels`, how loud each is.

Units: seconds; dB below full scale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from synth.making import MAKERS
from synth.tones import RATE, Wave
from synth.wav_file import FOLDER, write_wav


def main() -> int:
    """Write the sounds; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m synth", description="Make all sounds.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to write")
    parser.add_argument("--levels", action="store_true", help="print length and level of each")
    chosen = parser.parse_args()
    try:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        for name, make in MAKERS.items():
            samples = make()
            write_wav(chosen.folder / f"{name}.wav", samples)
            if chosen.levels:
                print(_level(name, samples))
    except OSError as error:
        print(f"{chosen.folder} cannot be written ({error.strerror}).", file=sys.stderr)
        return 2
    print(f"{len(MAKERS)} sounds in {chosen.folder}")
    return 0


def _level(name: str, samples: Wave) -> str:
    rms = 20 * np.log10(max(1e-9, float(np.sqrt(np.mean(samples**2)))))
    peak = float(np.abs(samples).max())
    return f"{name:28} {len(samples) / RATE:6.2f} s  {rms:6.1f} dB  peak {peak:.2f}"


if __name__ == "__main__":
    raise SystemExit(main())
