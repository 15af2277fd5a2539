"""Run a program whose time of day can be wrong, on tracks of the test's own.

    python clocked.py CLOCK TRACKS PROGRAM ARGUMENTS...

CLOCK is a file of eight bytes, a double: so many seconds the time of day is
ahead. Whoever writes it steps the clock of the running program. Monotonic
clocks are left alone, as a wrong time of day leaves them alone.

Units: seconds.
"""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
import time
from pathlib import Path


def main() -> None:
    """Give the program its clock and its tracks, then become it."""
    clock, tracks, program = sys.argv[1:4]
    with Path(clock).open("rb") as file:
        ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    true_time = time.time

    def shown_time() -> float:
        offset: float = struct.unpack_from("<d", ahead)[0]
        return true_time() + offset

    time.time = shown_time
    sys.argv[:] = sys.argv[3:]
    sys.path[0] = str(Path(program).parent)
    if tracks:
        import track

        track.TRACKS = Path(tracks)
        track.track_names.__defaults__ = (Path(tracks),)
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
