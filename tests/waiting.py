"""Wait for what must happen, never for an amount of time.

Tests call `wait_until`; it fails with a sentence that says what never came.

Units: seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(predicate: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Return as soon as `predicate()` is true.

    Raises:
        AssertionError: "Didn't ever <what>", once `timeout_s` has passed.
    """
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"Didn't ever {what}")
        pause.wait(0.01)
