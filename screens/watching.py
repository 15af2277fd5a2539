"""Whom the eyes follow in a race, and whether they see the whole track.

Who watches, and who has finished, goes from car to car with left and right;
a car that leaves is let go of, and the leader's is followed. The whole track
is on show while its key is held at the wheel, and until its next press else.

Units: none.
"""

from __future__ import annotations

import pygame

from protocol import CarFlag
from race_state import RaceView
from screens.asks import Ask, ask_of
from screens.bindings import Action, Bindings

STEPS = {Ask.LEFT: -1, Ask.RIGHT: 1}


class Eyes:
    """What one player looks at."""

    def __init__(self, bindings: Bindings) -> None:
        self.follow: int | None = None
        """The slot that was chosen; None for the own car, or the leader's."""
        self.overview = False
        """Whether the whole track is shown."""
        self._bindings = bindings

    @staticmethod
    def may_choose(race: RaceView) -> bool:
        """Whether there is no car to be driven: other cars may be looked at."""
        mine = race.mine
        return race.watching or (mine is not None and bool(mine.flags & CarFlag.FINISHED))

    def handle(self, event: pygame.event.Event, race: RaceView) -> bool:
        """Take an event; return whether it was for the eyes."""
        chooses = self.may_choose(race)
        if self._bindings.asked(event) is Action.LOOK:
            self.overview = not self.overview if chooses else True
            return True
        if self.overview and not chooses and self._lets_go(event):
            self.overview = False
        step = STEPS.get(ask_of(event) or Ask.BACK, 0)
        if not step or not chooses:
            return False
        slots = [one.slot for one in race.standings() if not is_gone(race, one.slot)]
        if slots:
            seen = self.follow if self.follow is not None else race.slot
            at = slots.index(seen) if seen in slots else 0
            self.follow = slots[(at + step) % len(slots)]
        return True

    def _lets_go(self, event: pygame.event.Event) -> bool:
        """Whether an event lets go of what shows the whole track."""
        if event.type == pygame.KEYUP:
            return event.scancode in self._bindings.keys_of(Action.LOOK)
        up = event.type == pygame.CONTROLLERBUTTONUP
        return up and bool(event.button == self._bindings.button_of(Action.LOOK))

    def hint(self, race: RaceView) -> str:
        """Return what the eyes can do, for who has nothing else to do."""
        if not self.may_choose(race):
            return ""
        look = self._bindings.key_words(Action.LOOK)
        return f"Left, Right  look at another car     {look}  the whole track"


def is_gone(race: RaceView, slot: int) -> bool:
    """Whether a car has left the race for good."""
    record = race.records.get(slot)
    return record is None or bool(record.flags & CarFlag.GONE)
