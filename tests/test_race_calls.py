"""What is heard once in a race: at once, and never twice.

Units: metres, seconds.
"""

from __future__ import annotations

import pytest

from protocol import CarFlag
from race import COUNTDOWN_TICKS, EventKind, Phase
from tests.ride import STEP_S, Ride


def test_lamps_beep_once_each() -> None:
    """Four lamps, then green; on hold there is silence."""
    ride = Ride()
    ride.view.phase = Phase.COUNTDOWN
    for tick in range(0, COUNTDOWN_TICKS + 60, 2):
        ride.view.tick = tick
        ride.go(STEP_S)

    assert ride.ears.names == ["lamp"] * 4 + ["go"]


def test_who_comes_late_hears_no_start() -> None:
    """A race that is under way does not begin anew for the ear."""
    ride = Ride()
    ride.go()

    assert ride.ears.names == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EventKind.FINISH, ["cheer", "fanfare"]),
        (EventKind.JUMP_START, ["missed"]),
        (EventKind.MISSED_GATE, ["missed"]),
        (EventKind.RESPAWN, ["respawn"]),
        (EventKind.REPAIRED, ["repaired"]),
        (EventKind.LAP, ["lap"]),
    ],
)
def test_event_is_heard_once(kind: EventKind, expected: list[str]) -> None:
    """What happens to the own car sounds with the next picture, and not again."""
    ride = Ride()
    ride.tell(kind, value=600)
    ride.go()

    assert ride.ears.names == expected


def test_bell_rings_for_the_last_lap() -> None:
    """Two of three laps are done."""
    ride = Ride()
    ride.lap = 2
    ride.tell(EventKind.LAP, value=3000)
    ride.go()

    assert ride.ears.names == ["bell"]


def test_lap_is_cheered_at_the_line() -> None:
    """The stands see who completes it, less loudly than a finish."""
    volumes = []
    for kind in (EventKind.LAP, EventKind.FINISH):
        ride = Ride()
        ride.own.x, ride.own.y, _ = ride.track.point_at(5.0)
        ride.tell(kind, value=3000)
        ride.go()
        volumes.append(next(one.volume for one in ride.ears.played if one.name == "cheer"))

    assert 0.2 < volumes[0] < volumes[1]


def test_laps_of_others_are_their_business() -> None:
    """Only a finish is cheered, more softly from far away."""
    ride = Ride(cars=2)
    ride.tell(EventKind.LAP, slot=1)
    ride.tell(EventKind.FINISH, slot=1)
    ride.go()

    assert ride.ears.names == ["cheer"]
    assert ride.ears.played[0].volume < 1.0


def test_contact_of_two_cars_is_one_blow() -> None:
    """Each of them tells of it, and it bangs once; harder is louder."""
    ride = Ride(cars=2)
    ride.tell(EventKind.CONTACT, 0, 300)
    ride.tell(EventKind.CONTACT, 1, 300)
    ride.go()
    ride.tell(EventKind.CONTACT, 0, 900, tick=990)
    ride.go()

    assert ride.ears.names == ["hit-car", "hit-car"]
    assert ride.ears.played[0].volume < ride.ears.played[1].volume


def test_grinding_along_a_wall_is_a_scrape() -> None:
    """One blow at first, then a scrape until it is over."""
    ride = Ride()
    ride.drive(20.0)
    ride.go(0.1)
    for tick in range(30):
        ride.tell(EventKind.WALL, value=120, tick=tick)
        ride.go(STEP_S)
    along = ride.ears.loud("scrape")
    ride.go(1.0)

    assert ride.ears.names == ["hit-wall"]
    assert along > 0.3
    assert ride.ears.loud("scrape") == 0.0


def test_own_blow_is_heard_before_the_server_tells() -> None:
    """The car stops dead: it bangs at once, and not again when the event comes."""
    ride = Ride()
    ride.drive(30.0)
    ride.go(0.2)
    ride.drive(18.0)
    ride.go(STEP_S)
    at_once = list(ride.ears.names)
    ride.go(0.1)
    ride.tell(EventKind.WALL, value=1200)
    ride.go(0.2)

    assert at_once == ["hit-wall"]
    assert ride.ears.names == ["hit-wall"]


def test_car_that_was_put_somewhere_has_no_blow() -> None:
    """Back on the road it stands at once; nothing has been hit."""
    ride = Ride()
    ride.drive(30.0)
    ride.go(0.2)
    ride.own.x += 20.0
    ride.drive(0.0)
    ride.go(0.2)

    assert ride.ears.names == []


def test_clean_drift_is_rewarded() -> None:
    """Its charge turns into nitro; one that is lost makes no sound."""
    ride = Ride()
    ride.own.charge_ticks = 60
    ride.go(0.2)
    ride.own.charge_ticks = 0
    ride.go(0.2)
    lost = list(ride.ears.names)
    ride.own.charge_ticks = 60
    ride.go(0.2)
    ride.own.charge_ticks, ride.own.nitro_ticks = 0, 50
    ride.go(0.2)

    assert lost == []
    assert ride.ears.names == ["reward"]


def test_wrong_way_buzzes_again_and_again() -> None:
    """Until the car is turned round, and only for who drives it."""
    ride = Ride()
    ride.flags[0] |= CarFlag.WRONG_WAY
    ride.go(4.0)
    ride.flags[0] = CarFlag.ENGINE
    ride.go(4.0)

    assert ride.ears.names == ["buzzer"] * 3
