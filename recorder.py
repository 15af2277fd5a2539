"""The recorder: writes down the lap that each car of a time trial is on.

It looks at a race after each of its ticks and hands out a lap when one has
ended that may be shown as a ghost: driven whole before its eyes, without a
jumped start. A lap that was begun before the recorder was there (a race that
was taken up from a save) is not recorded; the next one is. It changes nothing
in the race, and keeps nothing but the laps that go on.

Units: ticks; metres, radians.
"""

from __future__ import annotations

from collections.abc import Iterable

from ghost import EVERY_TICKS, TICKS_MAX, GhostLap, Pose, samples_of
from race import Phase, Race
from racer import EventKind, RaceEvent, Racer


class Recorder:
    """Follows one race."""

    def __init__(self) -> None:
        self._poses: dict[int, list[Pose]] = {}
        """What was driven of the lap that each slot is on; none where its start was missed."""

    def follow(self, race: Race, events: Iterable[RaceEvent]) -> list[tuple[int, GhostLap]]:
        """Look at the newest tick; return the slots and laps that were ended by it."""
        if race.phase not in (Phase.RACING, Phase.FINISHED):
            return []
        done = []
        for event in events:
            if event.kind is EventKind.LAP:
                lap = self._end(race, race.racers[event.slot], event.value)
                if lap is not None:
                    done.append((event.slot, lap))
        for slot, racer in race.racers.items():
            driven = race.tick - racer.lap_started_tick
            poses = self._poses.setdefault(slot, []) if driven == 0 else self._poses.get(slot)
            if poses is None:
                continue
            if racer.gone or driven > TICKS_MAX:
                del self._poses[slot]
            elif driven == len(poses) * EVERY_TICKS:
                poses.append(_pose(racer))
        return done

    def _end(self, race: Race, racer: Racer, ticks: int) -> GhostLap | None:
        poses = self._poses.pop(racer.slot, None)
        jumped = race.lap_of(racer.slot) == 1 and racer.penalty_ticks > 0
        if not poses or jumped or ticks > TICKS_MAX:
            return None
        if len(poses) + 1 != samples_of(ticks):
            return None
        return GhostLap(race.track.digest, racer.car.car_class, ticks, (*poses, _pose(racer)))


def _pose(racer: Racer) -> Pose:
    return Pose(racer.car.x, racer.car.y, racer.car.heading)
