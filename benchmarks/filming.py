"""A virtual screen that is filmed: what a game shows, several times a second.

The screen is an Xvfb whose picture lies in a file, so that taking one costs
next to nothing and does not disturb what is filmed. Pictures are kept packed
and become PNG files and contact sheets afterwards. It plays nothing.

Source of the file's form: "XWDFile.h" of the X Window System (big-endian words).

Units: pixels, seconds.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pygame

from benchmarks.serving import NotMeasured

HEADER = struct.Struct(">25I")
HEADER_SIZE, WIDTH, HEIGHT, LINE_BYTES, COLOURS = 0, 4, 5, 12, 19
COLOUR_BYTES = 12
PROGRAMS = ("Xvfb", "xdotool")
ENDS_S = 10.0
COLUMNS, ROWS = 4, 4
"""Pictures on a contact sheet."""
THUMB = (480, 270)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, packed."""

    at: float
    """Seconds from the beginning of the film."""
    size: tuple[int, int]
    packed: bytes

    def picture(self) -> pygame.Surface:
        """Return it unpacked."""
        return pygame.image.frombuffer(zlib.decompress(self.packed), self.size, "BGRA")


class Film:
    """One virtual screen and the pictures taken of it."""

    def __init__(self, file: Path, environment: dict[str, str]) -> None:
        self.environment = environment
        """For the programs that are to be seen on it."""
        self.shots: list[Shot] = []
        self._file = file

    def shoot(self, at: float) -> None:
        """Take a picture now."""
        data = self._file.read_bytes()
        words = HEADER.unpack_from(data)
        start = words[HEADER_SIZE] + words[COLOURS] * COLOUR_BYTES
        size = words[WIDTH], words[HEIGHT]
        line = words[LINE_BYTES]
        if line != 4 * size[0]:
            raise NotMeasured("The virtual screen has no picture of 32 bits a pixel.")
        packed = zlib.compress(data[start : start + line * size[1]], 1)
        self.shots.append(Shot(at, size, packed))

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write all pictures, and sheets of many; return the sheets."""
        for number, shot in enumerate(self.shots):
            path = folder / f"{name}-{number:04}-{shot.at:05.1f}s.png"
            # Without its fourth byte, which the screen leaves at nought.
            pygame.image.save(shot.picture().convert(24), path)
        sheets = []
        for start in range(0, len(self.shots), COLUMNS * ROWS):
            sheet = pygame.Surface((THUMB[0] * COLUMNS, THUMB[1] * ROWS))
            for number, shot in enumerate(self.shots[start : start + COLUMNS * ROWS]):
                thumb = pygame.transform.smoothscale(shot.picture().convert(24), THUMB)
                column, row = number % COLUMNS, number // COLUMNS
                sheet.blit(thumb, (column * THUMB[0], row * THUMB[1]))
            sheets.append(folder / f"{name}-sheet-{start // (COLUMNS * ROWS):02}.png")
            pygame.image.save(sheet, sheets[-1])
        return sheets


@contextmanager
def film(size: tuple[int, int]) -> Iterator[Film]:
    """Run a virtual screen of a size on a free display.

    Raises:
        NotMeasured: a program that is needed is missing.
    """
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise NotMeasured(f"{program} is missing: apt install xvfb xdotool.")
    with TemporaryDirectory() as folder:
        read, write = os.pipe()
        xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24",
             "-nolisten", "tcp", "-fbdir", folder],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        try:
            with os.fdopen(read) as told:
                display = told.readline().strip()
            if not display:
                raise NotMeasured("Xvfb did not start.")
            environment = os.environ | {
                "DISPLAY": f":{display}",
                "SDL_VIDEODRIVER": "x11",
                "SDL_FRAMEBUFFER_ACCELERATION": "0",
                "SDL_AUDIODRIVER": "dummy",
            }
            yield Film(Path(folder) / "Xvfb_screen0", environment)
        finally:
            xvfb.terminate()
            xvfb.wait(ENDS_S)
