"""Where to drive among other cars: the tow, the pass, the one move in defence.

A `Racecraft` is asked once a tick where beside the racing line to go, how fast
at most, and whether to fight; `bots.py` does the driving. The rules it keeps:
who is alongside is left a car's width, a line is defended by one move a
corner, and where roads cross who comes later gives way. It knows no places.

Units: metres, seconds; offsets are positive to the right of the centreline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from car import CAR_LENGTH, CAR_WIDTH, TUNING, Car
from pace import Pace
from personalities import Personality
from sight import Sight
from track import Place, Track

EDGE_KEPT: Final = 2.2
"""A driver keeps the car's centre so far from the edge of the road."""
LOOK_EVERY_TICKS: Final = 3
"""Looking round takes longer than driving, for people and for the server."""
SEEN_MIN, SEEN_PER_SPEED = 22.0, 1.3
"""Others matter within so many metres, and seconds."""
SEEN_BEHIND: Final = 16.0
ROAD_BESIDE: Final = 5.0
"""Who is further from the road than this is in nobody's way."""
LANE: Final = CAR_WIDTH + 0.7
"""Who is no further aside than this is in the lane."""
PASS_WIDER: Final = 3.0
"""And who is being passed no further than this beyond it."""
BESIDE: Final = CAR_LENGTH + 0.8
"""Closer than this along the road, two cars are side by side."""
APART: Final = CAR_WIDTH + 0.8
"""From centre to centre, what is left to a car alongside."""
PASS_ROOM: Final = CAR_WIDTH + 0.7
"""So wide a gap beside a car is one to pass through."""
SPEED_STANDING: Final = 4.0
SPEED_AROUND: Final = 3.5
"""So slow one creeps round a car that stands in the way."""
FOLLOW_BRAKE: Final = TUNING.brake_max * 0.45
"""What is counted on when closing in on a car."""
GAP_LEAST: Final = 2.0
"""Bumper to bumper."""
TOW_GAP: Final = 24.0
"""Within it the tow is worth lining up for."""
TOW_STRAIGHT: Final = 60.0
"""On a straight that goes on for so long."""
CORNER_SOON: Final = 110.0
"""The side of a corner so near decides on which side to pass."""
DEFEND_GAP: Final = 13.0
DEFEND_FROM, DEFEND_TO = 25.0, 110.0
"""The one move is made so far before a corner."""
CROSSING_S: Final = 2.2
CROSSING_APART: Final = CAR_LENGTH + 1.2
CROSSING_ANGLE: Final = math.cos(math.radians(40.0))


class Rival(NamedTuple):
    """Another car, as seen along the road."""

    ahead: float
    """Along the road, between middles; negative behind."""
    offset: float
    along: float
    """Its speed along the road."""
    sample: int


class Advice(NamedTuple):
    """Where to go, and how."""

    offset: float | None
    """From the centreline at the aim; None for the racing line."""
    low: float
    high: float
    """Whatever else is wanted, the offset stays within."""
    top: float
    """A speed not to exceed."""
    fights: bool
    """Whether a pass or a defence is under way: worth a late brake, or nitro."""


class Racecraft:
    """One driver's dealings with others."""

    def __init__(
        self, track: Track, pace: Pace, personality: Personality, every_ticks: int = 1
    ) -> None:
        """Deal with others, asked for advice every so many ticks."""
        self._track, self._pace, self._who = track, pace, personality
        self._every_ticks = every_ticks
        self._side = 0.0
        """On which side the car ahead is passed; 0 when none is."""
        self._covered = -1
        """The corner that was defended last, by its number."""
        self._covering = False
        self._clear_ticks = 0
        self._rivals: list[Rival] = []
        self._crossed = math.inf
        """The speed at which those who cross one's way are let through."""
        self._look_ticks = self._every_ticks

    def advise(self, sight: Sight, here: Place, aim: int, wanted: float) -> Advice:
        """Return where to go among the cars in sight.

        Args:
            aim: the sample of the road that the driver looks at.
            wanted: the speed that the road would allow here.
        """
        half = self._pace.halves[aim] - EDGE_KEPT
        if not sight.others:
            self._side, self._covering = 0.0, False
            self._rivals = []
            return Advice(None, -half, half, math.inf, fights=False)
        car = sight.car
        self._look_ticks -= self._every_ticks
        if self._look_ticks <= 0:
            self._look_ticks += LOOK_EVERY_TICKS
            self._rivals, self._crossed = self._look(car, sight.others, here)
        rivals, top = self._rivals, self._crossed
        low, high, squeeze = self._leave_room(rivals, here.offset, half)
        top = min(top, squeeze)
        offset, follow, fights = self._pass(rivals, here, car.speed, wanted, half)
        top = min(top, follow)
        if offset is None:
            offset = self._defend(rivals, here, car.speed, half)
            fights = offset is not None
        return Advice(offset, low, high, top, fights)

    # Looking

    def _look(self, car: Car, others: Sequence[Car], here: Place) -> tuple[list[Rival], float]:
        """Return who is on this road nearby, nearest first, and the speed that crossers leave."""
        track, count, spacing = self._track, self._pace.count, self._pace.spacing
        speed = car.speed
        reach = SEEN_MIN + SEEN_PER_SPEED * speed
        tx, ty = track.tangents_at(here.sample)
        top = math.inf
        found: list[Rival] = []
        for other in others:
            dx, dy = other.x - car.x, other.y - car.y
            if dx > reach or dx < -reach or dy > reach or dy < -reach:
                continue
            distance = math.hypot(dx, dy)
            ahead = dx * tx + dy * ty
            if distance > reach or ahead < -SEEN_BEHIND:
                continue
            if track.crossings:
                top = min(top, _way_given(car, other, dx, dy))
            # On a bend the way to it is longer than the straight line; the
            # search goes on while it gets nearer.
            along_road = ahead if abs(ahead) < 10.0 else math.copysign(distance, ahead)
            sample = (here.sample + round(along_road / spacing)) % count
            place = track.locate(other.x, other.y, sample)
            for _ in range(3):
                if place.sample == sample:
                    break
                sample = place.sample
                place = track.locate(other.x, other.y, sample)
            if abs(place.offset) > self._pace.halves[place.sample] + ROAD_BESIDE:
                continue
            gap = (place.distance - here.distance) % track.length
            if gap > track.length / 2:
                gap -= track.length
            ox, oy = track.tangents_at(place.sample)
            along = other.vx * ox + other.vy * oy
            if abs(gap) <= reach:
                # Inside a bend the way is shorter than along the centreline.
                gap = math.copysign(min(abs(gap), distance), gap)
                found.append(Rival(gap, place.offset, along, place.sample))
        found.sort()
        return found, top

    def _leave_room(
        self, rivals: list[Rival], offset: float, half: float
    ) -> tuple[float, float, float]:
        """Return between which offsets those alongside leave room, and a speed."""
        low, high, top = -half, half, math.inf
        for rival in rivals:
            if not -BESIDE < rival.ahead < BESIDE:
                continue
            across = rival.offset - offset
            # One behind another in the same lane are not side by side.
            if abs(rival.ahead) > CAR_LENGTH - 1.0 and abs(across) < CAR_WIDTH - 0.6:
                continue
            if across > 0.0:
                high = min(high, rival.offset - APART)
            else:
                low = max(low, rival.offset + APART)
        if low > high:
            # No room for all: the one a little behind lifts.
            low = high = min(max((low + high) / 2, -half), half)
            ahead = [one.along for one in rivals if 0.0 <= one.ahead < BESIDE]
            if ahead:
                top = max(SPEED_AROUND, min(ahead) - 2.0)
        return max(low, -half - 0.8), min(high, half + 0.8), top

    # Passing

    def _pass(
        self,
        rivals: list[Rival],
        here: Place,
        speed: float,
        wanted: float,
        half: float,
    ) -> tuple[float | None, float, bool]:
        """Return an offset to go for, a speed to follow at, and whether to fight."""
        pace, who = self._pace, self._who
        target = next(
            (
                one
                for one in rivals
                if one.ahead > 1.5 and self._in_way(one, here) and self._matters(one, speed)
            ),
            None,
        )
        if target is None:
            self._clear_ticks += self._every_ticks
            if self._clear_ticks > 20:
                self._side = 0.0
            return None, math.inf, False
        self._clear_ticks = 0
        gap = target.ahead - CAR_LENGTH
        closing = speed - target.along
        across = target.offset - here.offset
        follow = math.inf
        if abs(across) < CAR_WIDTH + 0.35:
            reach = math.sqrt(2 * FOLLOW_BRAKE * max(0.0, gap - GAP_LEAST))
            follow = max(target.along + reach, SPEED_AROUND)
        standing = target.along < SPEED_STANDING
        gain = wanted - target.along
        straight = pace.free[here.sample]
        if not standing and gain < 0.3 - 0.6 * who.aggression and closing < 0.5:
            # As fast as oneself: stay in the tow and wait.
            self._side = 0.0
            if 3.0 < gap < TOW_GAP and straight > TOW_STRAIGHT:
                return target.offset, follow, False
            return None, follow, False
        pull_out = 5.0 + (0.9 - 0.5 * who.patience) * max(closing, 1.0) + 6.0 * (1 - who.patience)
        if standing:
            pull_out = math.inf
        if gap > pull_out and self._side == 0.0:
            if gap < TOW_GAP and straight > TOW_STRAIGHT:
                return target.offset, follow, True
            return None, follow, False
        side = self._choose_side(target, rivals, here, half)
        if side == 0.0:
            self._side = 0.0
            return None, follow, False
        self._side = side
        beyond = CAR_WIDTH + 0.9 + (0.0 if standing else 0.6 * (1.0 - who.aggression))
        return min(max(target.offset + side * beyond, -half), half), follow, True

    def _in_way(self, rival: Rival, here: Place) -> bool:
        """Whether a car is in the lane, or one is about to pass it."""
        wide = LANE if self._side == 0.0 else LANE + PASS_WIDER
        return abs(rival.offset - here.offset) < wide

    def _matters(self, rival: Rival, speed: float) -> bool:
        closing = speed - rival.along
        return rival.ahead < 14.0 + 0.3 * speed + 2.0 * max(0.0, closing)

    def _choose_side(self, target: Rival, rivals: list[Rival], here: Place, half: float) -> float:
        """Return 1 to pass on the right, -1 on the left, 0 where there is no room."""
        pace = self._pace
        number = pace.next_corner[target.sample]
        inside = 0
        if number >= 0 and pace.to_corner(target.sample) < CORNER_SOON:
            inside = pace.corners[number].side
        best, most = 0.0, -math.inf
        for side in (1.0, -1.0):
            room = half + EDGE_KEPT - side * target.offset - CAR_WIDTH / 2
            for other in rivals:
                beside = (other.offset - target.offset) * side
                if other is not target and abs(other.ahead - target.ahead) < 9.0 and beside > 0.5:
                    room = min(room, beside - CAR_WIDTH)
            if room < PASS_ROOM:
                continue
            score = min(room, 8.0) + (2.0 if side == inside else 0.0)
            score -= 0.8 * max(0.0, (target.offset - here.offset) * side)
            if side == self._side:
                score += 4.0
            if score > most:
                best, most = side, score
        return best

    # Defending

    def _defend(self, rivals: list[Rival], here: Place, speed: float, half: float) -> float | None:
        """Return the offset of the one move, or None."""
        pace, who = self._pace, self._who
        number = pace.next_corner[here.sample]
        if number < 0 or who.aggression < 0.3 or speed < 15.0:
            return None
        corner = pace.corners[number]
        distance = pace.to_corner(here.sample)
        if self._covering and self._covered == number and distance > 0.0:
            return corner.side * (half - 0.6)
        self._covering = False
        if self._covered == number or not DEFEND_FROM < distance < DEFEND_TO:
            return None
        threat = any(
            -DEFEND_GAP < one.ahead < -BESIDE and one.along > speed + 0.6 * (1.5 - who.aggression)
            for one in rivals
        )
        if not threat:
            return None
        self._covered, self._covering = number, True
        return corner.side * (half - 0.6)


def _way_given(car: Car, other: Car, dx: float, dy: float) -> float:
    """Return the speed at which a car that crosses one's way is let through.

    Two straight courses meet at a point; who reaches it later lets the other
    pass, and of two who would reach it together the one who has the other on
    the right.
    """
    speed, theirs = car.speed, other.speed
    if speed < 2.0 or theirs < 2.0:
        return math.inf
    cos = (car.vx * other.vx + car.vy * other.vy) / (speed * theirs)
    if abs(cos) > CROSSING_ANGLE:
        return math.inf
    cross = car.vx * other.vy - car.vy * other.vx
    mine_s = (dx * other.vy - dy * other.vx) / cross
    theirs_s = (dx * car.vy - dy * car.vx) / cross
    if not (0.0 < mine_s < CROSSING_S and -0.3 < theirs_s < CROSSING_S):
        return math.inf
    late = mine_s - theirs_s
    if abs(late) * min(speed, theirs) > 2 * CROSSING_APART:
        return math.inf
    from_right = dx * -car.vy + dy * car.vx > 0.0
    if late < -0.15 or (late < 0.15 and not from_right):
        return math.inf
    return max(0.0, (mine_s * speed - CROSSING_APART) / (theirs_s + CROSSING_APART / theirs + 0.1))
