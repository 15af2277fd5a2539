"""Jumps of drawn cars: what speed explains is none, what the server did is none either."""

from __future__ import annotations

from car import CAR_LENGTH, Car
from protocol import CarFlag, CarRecord
from race_state import SeenCar
from warps import WarpWatch

PICTURE_S = 1 / 60


def seen(x: float, vx: float = 30.0, slot: int = 0) -> list[SeenCar]:
    """Return a picture of one car."""
    return [SeenCar(slot, Car(x=x, vx=vx), CarFlag.ENGINE, 0.0, 0, 1, is_me=True)]


def record(x: float, vx: float = 30.0) -> dict[int, CarRecord]:
    """Return what a snapshot says of that car."""
    car = Car(x=x, vx=vx)
    told = CarRecord(
        slot=0, flags=CarFlag.ENGINE, car=car, lap=0, next_gate=1, place=1, lap_started_tick=0,
        acked_sequence=1, input_lead=0, throttle=0, best_lap_ticks=0,
    )  # fmt: skip
    return {0: told}


def test_car_that_drives_does_not_jump() -> None:
    """Neither when pictures come in time, nor after a pause between two."""
    watch = WarpWatch()
    now, x = 0.0, 0.0
    for number in range(60):
        elapsed = PICTURE_S if number % 7 else 0.09
        now, x = now + elapsed, x + 30.0 * elapsed
        jumps = watch.look(seen(x), record(x), number, now)

        assert jumps == {} if number == 0 else abs(jumps[0]) < 1e-9
    assert watch.warps == 0


def test_jump_longer_than_a_car_is_a_warp() -> None:
    """Forwards, backwards and beyond; one that is shorter is a shiver."""
    watch = WarpWatch()
    watch.look(seen(0.0), record(0.0), 0, 0.0)
    shiver = watch.look(seen(0.5 + 5.0), record(0.0), 0, PICTURE_S)
    before = watch.warps
    warp = watch.look(seen(0.5 + 5.0 + 0.5 - 6.0), record(0.0), 0, 2 * PICTURE_S)

    assert (shiver[0], warp[0]) == (5.0, 6.0)
    assert (before, watch.warps) == (0, 1)
    assert watch.worst == 6.0 > CAR_LENGTH
    watch.forget_worst()
    assert watch.worst == 0.0


def test_car_that_the_server_put_elsewhere_is_let_off() -> None:
    """For a second; then it is looked at as before."""
    watch = WarpWatch()
    watch.look(seen(0.0), record(0.0), 0, 0.0)
    put = watch.look(seen(40.0), record(40.0), 2, PICTURE_S)
    for number in range(1, 23):
        x = 40.0 + 30.0 * 0.05 * number
        later = watch.look(seen(x), record(x), 2 + 3 * number, PICTURE_S + 0.05 * number)
    watch.look(seen(0.0), record(73.5), 69, 2 * PICTURE_S + 1.1)

    assert put == {}
    assert 0 in later
    assert watch.warps == 1


def test_pictures_too_far_apart_say_nothing() -> None:
    """A car turns and brakes meanwhile; they are counted, and the next is judged again."""
    watch = WarpWatch()
    watch.look(seen(0.0), record(0.0), 0, 0.0)
    late = watch.look(seen(30.0), record(0.0), 0, 0.2)
    judged = watch.look(seen(30.5), record(0.0), 0, 0.2 + PICTURE_S)

    assert late == {}
    assert watch.late == 1
    assert abs(judged[0]) < 1e-9
    assert watch.warps == 0


def test_new_car_and_one_that_left_say_nothing() -> None:
    """Only who is in two pictures has moved between them."""
    watch = WarpWatch()
    watch.look(seen(0.0), {}, 0, 0.0)
    watch.look([], {}, 0, PICTURE_S)

    assert watch.look(seen(500.0), {}, 0, 2 * PICTURE_S) == {}
