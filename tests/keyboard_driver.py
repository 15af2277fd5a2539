"""A driver with nothing but a keyboard and what the screen tells.

It holds and releases arrow keys through xdotool, ten times a second at most,
as slowly as a careful person: it looks some metres ahead along the road.

Units: metres, seconds, radians.
"""

from __future__ import annotations

import math

from tests.processes import ClientProcess
from track import Track

LOOK_AHEAD = 12.0
LOOK_AHEAD_S = 0.45
SPEED_MAX = 38.0
LATERAL_MAX = 9.5
"""Metres per second squared that it dares in a corner."""
DEAD_BAND = 0.05
STUCK_TICKS = 150


class KeyboardDriver:
    """Drives the car of a client round a track."""

    def __init__(self, client: ClientProcess, track: Track) -> None:
        self._client = client
        self._track = track
        self._seen: tuple[int, float, float] | None = None
        self._heading = 0.0
        self._moved_tick = 0

    def update(self) -> None:
        """Look at the screen; press what is needed."""
        state = self._client.now
        if "x" not in state or state["phase"] != "RACING":
            return
        tick, x, y, speed = state["tick"], state["x"], state["y"], state["speed"]
        if self._seen is None:
            self._heading = self._direction(self._track.locate(x, y).distance)
            self._moved_tick = tick
        elif tick == self._seen[0]:
            return
        elif math.hypot(x - self._seen[1], y - self._seen[2]) > 0.25:
            self._heading = math.atan2(y - self._seen[2], x - self._seen[1])
            self._moved_tick = tick
        self._seen = (tick, x, y)
        if state["missed_gate"] or tick - self._moved_tick > STUCK_TICKS:
            self._moved_tick = tick
            # A key that is held is pressed once only: let go of it between.
            self._client.hold(*(() if "r" in self._client.held else ("r",)))
            self._seen = None
            return
        self._client.hold(*self._keys(x, y, speed))

    def _keys(self, x: float, y: float, speed: float) -> list[str]:
        place = self._track.locate(x, y)
        ahead = place.distance + LOOK_AHEAD + speed * LOOK_AHEAD_S
        goal_x, goal_y = self._point(ahead)
        error = math.remainder(math.atan2(goal_y - y, goal_x - x) - self._heading, math.tau)
        keys = []
        if abs(error) > DEAD_BAND:
            keys.append("Right" if error > 0 else "Left")
        wanted = self._speed(place.distance, speed)
        if speed < wanted:
            keys.append("Up")
        elif speed > wanted + 4.0:
            keys.append("Down")
        return keys

    def _sample(self, distance: float) -> int:
        return round(distance / self._track.spacing) % self._track.count

    def _point(self, distance: float) -> tuple[float, float]:
        x, y = self._track.points[self._sample(distance)]
        return float(x), float(y)

    def _direction(self, distance: float) -> float:
        x, y = self._track.tangents[self._sample(distance)]
        return math.atan2(float(y), float(x))

    def _speed(self, distance: float, speed: float) -> float:
        """Return the speed that the tightest bend within braking distance allows."""
        reach = 8.0 + speed * speed / 18.0
        steps = range(0, int(reach), 3)
        bend = max(abs(float(self._track.curvature[self._sample(distance + s)])) for s in steps)
        return min(SPEED_MAX, math.sqrt(LATERAL_MAX / max(bend, 1e-3)))
