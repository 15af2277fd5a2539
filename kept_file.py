"""Small files that are kept: written whole or not at all, moved aside when damaged.

What is in them, and what to tell of a fault, is their owners' to know.

Units: none.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a file through a new one beside it, so that no half of it is ever read.

    Args:
        mode: who may read it, less what the process's mask takes away.

    Raises:
        OSError: the folder cannot be written; the old file is untouched.
    """
    # Two clients of one player may write at the same time.
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The mode counts only where the file is made.
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def move_aside(path: Path) -> Path:
    """Put a damaged file where nothing overwrites it; return where that is.

    Raises:
        OSError: it cannot be moved.
    """
    number = 1
    while (aside := path.with_suffix(f".damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    return aside
