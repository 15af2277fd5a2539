"""How many snapshots a second one link is given.

Who takes them as they come gets all. Who is behind gets fewer and fewer, so
that what it does get is new when it arrives; who has caught up gets more
again, later each time that this was too early. Told the time; it knows
neither socket nor outbox.

Units: seconds.
"""

from __future__ import annotations

RATES = (30, 15, 5, 1)
"""Snapshots a second, from who keeps up to who does not at all."""
WORSE_S = 0.5
"""Who is behind for so long gets the next lower rate."""
BETTER_S = 2.0
"""Who has not been behind for so long gets the next higher rate."""
PATIENCE_S_MAX = 32.0
"""The same for who falls behind again each time: it doubles."""
EARLY = 0.5
"""A snapshot may come so much of the finest step early: they keep no exact time."""


class Ration:
    """The rate of one link; asked at each snapshot that there is for it."""

    def __init__(self) -> None:
        self.step = 0
        """Which of the `RATES` it has."""
        self._next_at = 0.0
        self._same_since = 0.0
        """Since when it is behind, or is not."""
        self._was_behind = False
        self._patience_s = BETTER_S
        self._rose_at = -PATIENCE_S_MAX

    @property
    def rate(self) -> int:
        """Snapshots a second."""
        return RATES[self.step]

    def grants(self, now: float, *, behind: bool) -> bool:
        """Return whether the link gets the snapshot that there is now.

        Args:
            behind: whether it has not taken what it was given before.
        """
        if not behind and not self.step:
            self._was_behind = False
            return True
        if behind is not self._was_behind:
            self._was_behind, self._same_since = behind, now
        self._judge(now, behind=behind)
        if now < self._next_at - EARLY / RATES[0]:
            return False
        self._next_at = max(self._next_at, now - 1.0 / self.rate) + 1.0 / self.rate
        return True

    def _judge(self, now: float, *, behind: bool) -> None:
        """Go a step down or up, if it was so for long enough."""
        same_s = now - self._same_since
        if behind and same_s >= WORSE_S:
            self._same_since = now
            longer_s = 2.0 * self._patience_s
            rose_too_early = now - self._rose_at < longer_s
            self._patience_s = min(longer_s, PATIENCE_S_MAX) if rose_too_early else BETTER_S
            self.step = min(self.step + 1, len(RATES) - 1)
        elif not behind and self.step and same_s >= self._patience_s:
            self._same_since = self._rose_at = now
            self.step -= 1
