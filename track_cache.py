"""What takes long to work out of a track, kept on this computer's disk.

A kept piece is used only when it was made of the same track file by the same
code, and is whole; else it is worked out again. Nothing depends on it.

Units: none.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import platformdirs

from track_geometry import Arrays

MAKERS = ("track_shape.py", "track_line.py", "track_crossing.py", "track_geometry.py")
"""Whoever changes one of these gets other arrays."""
KEPT_MAX = 64
"""Files in the folder; the oldest go first."""
BYTES_MAX = 8_000_000


def cache_folder() -> Path:
    """Return where the platform keeps what can be made again."""
    return Path(platformdirs.user_cache_dir("slipstream", appauthor=False)) / "tracks"


class TrackCache:
    """The kept pieces of one track."""

    def __init__(self, folder: Path, digest: str) -> None:
        """Look into a folder for what was made of a track file of this digest."""
        makers = _digest_of_makers()
        name = hashlib.sha256(f"{digest} {makers}".encode()).hexdigest()[:24]
        self._path = folder / f"{name}.npz" if makers else None

    def read(self) -> Arrays | None:
        """Return the arrays, or None where there are none or they are damaged."""
        if self._path is None:
            return None
        try:
            raw = self._path.read_bytes()
            if len(raw) > BYTES_MAX:
                return None
            total, packed = raw[:32], raw[32:]
            if hashlib.sha256(packed).digest() != total:
                return None
            with np.load(io.BytesIO(packed), allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, arrays: Arrays) -> None:
        """Keep the arrays; a disk that refuses costs a moment next time, nothing else."""
        if self._path is None:
            return
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        raw = packed.getvalue()
        # Several programs of one player may load the same track at once.
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(hashlib.sha256(raw).digest() + raw)
            new.replace(self._path)
            kept = sorted(self._path.parent.glob("*.npz*"), key=lambda one: one.stat().st_mtime)
            for old in kept[:-KEPT_MAX]:
                old.unlink(missing_ok=True)
        except OSError:
            return


@functools.cache
def _digest_of_makers() -> str:
    """Return a digest of the code that makes the arrays; empty where it cannot be read."""
    total = hashlib.sha256(np.__version__.encode())
    try:
        for name in MAKERS:
            total.update((Path(__file__).parent / name).read_bytes())
    except OSError:
        return ""
    return total.hexdigest()
