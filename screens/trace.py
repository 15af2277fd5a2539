"""A trace of the interface: one JSON line each time that something changes.

For tests that play the game from outside: they find widgets by their text
and need no pixels of their own.

Units: pixels of the window; seconds.
"""

from __future__ import annotations

import json
from pathlib import Path

from screens.screen import Stage

EVERY_S = 0.1
"""At most ten lines a second."""


class Trace:
    """Writes the lines."""

    def __init__(self, path: Path) -> None:
        """Open the file; an OSError is the caller's to tell."""
        self._file = path.open("w", encoding="utf-8")
        self._last = ""
        self._last_at = 0.0

    def write(self, stage: Stage, window: tuple[int, int], now: float) -> None:
        """Write what is on show, if it is news."""
        if now - self._last_at < EVERY_S:
            return
        line = json.dumps(_told(stage, window))
        if line != self._last:
            self._last, self._last_at = line, now
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _told(stage: Stage, window: tuple[int, int]) -> dict[str, object]:
    screen, link = stage.screen, stage.link
    if screen is None:
        return {}
    notices = [one.text for one in link.view.notices] if link is not None else []
    return {
        "screen": screen.name,
        "window": list(window),
        "link": link.status.kind.value if link is not None else "none",
        "status": link.status.text if link is not None else "",
        "widgets": [
            {
                "text": one.content,
                "rect": list(one.rect),
                "focused": one.focused,
                "enabled": one.enabled,
            }
            for one in screen.widgets
        ],
        "notices": notices + [one.text for one in stage.toasts],
        **screen.state(),
    }
