"""One race, seen from one seat: what is sent, what is believed, what is shown."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import bulletins
from car import CarInput
from helm import KEEP_ALIVE_TICKS
from live_race import LiveRace
from protocol import CarFlag, EventRow
from race import COUNTDOWN_TICKS, EventKind
from race_state import AHEAD_TICKS_MAX, STANDS_AFTER, RaceView
from tests.remote_race import TICK_S, RemoteRace, weave
from track import track_of


def test_at_most_thirty_inputs_a_second_are_sent() -> None:
    """Hands that never rest do not flood the server."""
    there = RemoteRace()
    there.run_to_racing()
    before = len(there.orders)
    there.run(120, lambda tick: CarInput(throttle=0.6, steering=math.sin(tick / 4)))

    assert 45 <= len(there.orders) - before <= 60


def test_hands_at_rest_send_a_sign_of_life() -> None:
    """An input that does not change is repeated five times a second."""
    there = RemoteRace()
    there.run_to_racing()
    there.run(60, lambda tick: CarInput(throttle=0.5))
    before = len(there.orders)
    there.run(120, lambda tick: CarInput(throttle=0.5))

    assert len(there.orders) - before == pytest.approx(120 / KEEP_ALIVE_TICKS, abs=1)


def test_changed_input_is_sent_at_once() -> None:
    """After some rest, a touch goes out in the same moment."""
    there = RemoteRace()
    there.run_to_racing()
    there.run(30, lambda tick: CarInput())
    before = len(there.orders)
    there.run(2, lambda tick: CarInput(brake=1.0))

    assert [order.brake for order in there.orders[before:]].count(255) == 1


def test_inputs_arrive_before_they_are_due() -> None:
    """The server finds each input in time, at a distance of 100 ms."""
    there = RemoteRace(delay_s=0.1)
    there.run_to_racing()
    leads = []
    there.run(120, watch=lambda: leads.append(there.live.drivers[0].lead))

    assert min(leads) >= 0


def test_server_teaches_a_client_that_is_wrong_about_the_distance() -> None:
    """Inputs that came late at first soon come in time: the server tells how late."""
    there = RemoteRace(delay_s=0.05, rtt_s=0.0)
    there.run(30)
    first = there.live.drivers[0].lead
    there.run_to_racing(1.0)

    assert first < 0
    assert there.live.drivers[0].lead >= 0


def test_older_tick_is_ignored() -> None:
    """A snapshot that comes late does not take the race back."""
    there = RemoteRace()
    there.run_to_racing()
    tick = there.view.tick
    old = replace(bulletins.snapshot(there.room, there.live), tick=tick - 4)
    there.view.receive(old, there.now, 0.1)

    assert there.view.tick == tick


def test_older_epoch_is_ignored() -> None:
    """A server that has lost the room is not listened to."""
    there = RemoteRace()
    there.run_to_racing()
    tick = there.view.tick
    old = replace(bulletins.snapshot(there.room, there.live), tick=tick + 50, epoch=0)
    there.view.receive(old, there.now, 0.1)

    assert there.view.tick == tick


def test_newer_epoch_is_believed_though_its_tick_is_lower() -> None:
    """A new owner resumes from its save, which is a little in the past."""
    there = RemoteRace()
    there.run_to_racing()
    tick = there.view.tick
    new = replace(bulletins.snapshot(there.room, there.live), tick=tick - 30, epoch=2)
    there.view.receive(new, there.now, 0.1)

    assert (there.view.epoch, there.view.tick) == (2, tick - 30)
    assert there.view.prediction.tick == tick - 30


def test_nothing_is_predicted_far_beyond_the_last_snapshot() -> None:
    """When the server falls silent, the car stops a second later, and it shows."""
    there = RemoteRace()
    there.run_to_racing()
    there.cut = True
    there.run(180)

    assert (there.view.prediction.tick or 0) <= there.view.tick + AHEAD_TICKS_MAX
    assert there.view.stalled(there.now)


def test_race_on_hold_is_seen_as_paused() -> None:
    """While the server waits for players the car stands, and nothing is sent."""
    there = RemoteRace()
    there.run_to_racing()
    there.live.freeze()
    there.run(30)
    shown, sent = there.view.own_car(there.now), len(there.orders)
    there.run(60)

    assert there.view.paused
    assert not there.view.stalled(there.now)
    assert len(there.orders) == sent
    assert there.view.own_car(there.now).x == pytest.approx(shown.x, abs=0.1)


def test_race_that_goes_on_is_predicted_again() -> None:
    """After the hold and its countdown, the car answers as before."""
    there = RemoteRace()
    there.run_to_racing()
    there.live.freeze()
    there.run(60)
    there.live.thaw(60)
    there.run(150)

    assert not there.view.paused
    assert there.view.prediction.corrected == 0.0
    assert there.view.own_car(there.now).speed > 1.0


def test_rejoining_keeps_times_and_goes_on_counting() -> None:
    """After a reconnection the same race is the same race."""
    there = RemoteRace()
    there.run_to_racing()
    there.view.note_event(EventRow(EventKind.LAP, 0, 500, 1800))
    newest = there.orders[-1].sequence
    there.live.welcome_back(0)
    there.view.rejoin(bulletins.race_start(there.room, there.live, 0))
    there.run(30)

    assert there.view.commentary.last_lap_ticks == 1800
    assert there.orders[-1].sequence > newest
    assert there.live.drivers[0].sequence > newest


def test_all_that_is_in_force_after_a_tick_is_sent_again() -> None:
    """The save may be older than what was acknowledged: old ticks, new sequences."""
    there = RemoteRace()
    there.run_to_racing()
    tick = there.view.tick
    there.run(20)
    there.cut = True
    there.run(40)
    newest = there.orders[-1].sequence
    again = there.view.send_again(tick)
    sent = [order for order in there.orders if order.tick > tick]

    assert again[0].tick <= tick
    assert [(one.tick, one.steering) for one in again[1:]] == [
        (one.tick, one.steering) for one in sent
    ]
    assert [one.sequence for one in again] == list(range(newest + 1, newest + len(again) + 1))


def test_new_owner_drives_on_as_the_old_one_did() -> None:
    """From a save of half a second ago, what is sent again leads to the same place."""
    there = RemoteRace()
    there.run_to_racing()
    there.live.entrants = {0: ("Me", "me", 0)}
    saved = there.live.to_save()
    tick = there.live.race.tick
    cars = {}

    def watch() -> None:
        cars[there.live.race.tick] = there.server_car_x

    there.run(30, watch=watch)
    again = LiveRace.from_save(there.view.track, saved)
    again.thaw(0)
    again.race.go_tick = there.live.race.go_tick
    for order in there.view.send_again(tick):
        again.drive(0, sequence=order.sequence, tick=order.tick, wishes=bulletins.wishes_of(order))
    for _ in range(30):
        again.step()

    assert again.race.racers[0].car.x == cars[tick + 30]


def test_race_that_moves_to_another_node_is_not_seen_to() -> None:
    """The same race, a few ticks on, under a higher epoch: the car keeps its way."""
    there = RemoteRace()
    there.run_to_racing()
    there.cut = True
    there.run(8)
    there.cut = False
    there.room.epoch = 2
    before = there.view.own_car(there.now)
    there.view.rejoin(bulletins.race_start(there.room, there.live, 0))
    corrections: list[float] = []
    there.run(20, watch=lambda: corrections.append(there.view.prediction.corrected))
    after = there.view.own_car(there.now)

    assert there.view.epoch == 2
    assert max(corrections) < 0.1
    assert math.hypot(after.x - before.x, after.y - before.y) > 20 * before.speed / 60 * 0.8


def test_tick_of_the_move_seen_again_is_no_pause() -> None:
    """The new node may send the frozen tick a few times before it steps."""
    there = RemoteRace()
    there.run_to_racing()
    last = replace(bulletins.snapshot(there.room, there.live), tick=there.view.tick)
    there.view.rejoin(
        replace(bulletins.race_start(there.room, there.live, 0), tick=there.view.tick)
    )
    there.view.receive(last, there.now, 0.1)
    assert not there.view.paused
    for _ in range(STANDS_AFTER):
        there.view.receive(last, there.now, 0.1)

    assert there.view.paused


def test_held_race_stands_until_it_starts_again() -> None:
    """Snapshots that were on their way change nothing; a start ends it."""
    there = RemoteRace()
    there.run_to_racing()
    there.view.hold("The database does not answer; the race waits.")
    sent = len(there.orders)
    there.run(4)
    there.live.freeze()
    there.run(10)
    assert there.view.paused
    assert len(there.orders) == sent
    there.live.thaw(180)
    there.view.rejoin(bulletins.race_start(there.room, there.live, 0))
    there.run(20)

    assert not there.view.paused
    assert there.view.seconds_to_go(there.now) > 2.0
    assert len(there.orders) > sent


def test_caretaker_is_shown_driving() -> None:
    """While a caretaker drives, the own car goes where it steers."""
    there = RemoteRace()
    there.run_to_racing()
    there.live.seat_bot(0, seed=1, caretaker=True)
    there.run(120, lambda tick: CarInput())
    corrections: list[float] = []
    there.run(
        600, lambda tick: CarInput(), lambda: corrections.append(there.view.prediction.corrected)
    )
    mine = there.view.mine

    assert mine is not None
    assert mine.flags & CarFlag.CARETAKER
    assert there.view.own_car(there.now).speed > 5.0
    # Its hands are guessed from the snapshot: most of the time to a centimetre.
    assert sorted(corrections)[len(corrections) // 2] < 0.015
    assert max(corrections) < 0.15


def test_wheel_is_handed_back_without_a_jerk() -> None:
    """From the caretaker's hands to one's own, the car on the screen never jumps."""
    there = RemoteRace()
    there.run_to_racing()
    there.live.seat_bot(0, seed=1, caretaker=True)
    there.run(240, lambda tick: CarInput())
    there.live.welcome_back(0)
    there.view.rejoin(bulletins.race_start(there.room, there.live, 0))
    there.run(60, lambda tick: CarInput())
    last = there.view.own_car(there.now)
    strays = []

    def watch() -> None:
        nonlocal last
        shown = there.view.own_car(there.now)
        moved = math.hypot(shown.x - last.x, shown.y - last.y)
        strays.append(abs(moved - shown.speed * TICK_S))
        last = shown

    there.run(60, lambda tick: CarInput(throttle=0.6), watch)

    assert not there.live.drivers[0].caretaker
    assert max(strays) < 0.35


def test_every_car_is_shown_once_and_ours_is_marked() -> None:
    """Eight cars on the grid are eight cars on the screen."""
    there = RemoteRace(slots=8)
    there.run(30)
    cars = there.view.cars(there.now)

    assert [one.slot for one in cars] == list(range(8))
    assert [one.slot for one in cars if one.is_me] == [0]


def test_who_left_for_good_is_not_shown() -> None:
    """A car taken off the track disappears."""
    there = RemoteRace(slots=2)
    there.run(30)
    there.live.retire(1)
    there.run(30)

    assert [one.slot for one in there.view.cars(there.now)] == [0]


def test_leader_on_the_grid_has_no_gap_and_the_last_has_one() -> None:
    """Before the line is crossed, gaps are the metres between the boxes."""
    there = RemoteRace(slots=3)
    there.run(30)
    lines = there.view.standings()

    assert [line.place for line in lines] == [1, 2, 3]
    assert lines[0].gap_s == 0.0
    assert 0.0 < lines[1].gap_s < lines[2].gap_s < 10.0
    assert {line.laps_behind for line in lines} == {0}


def test_gap_is_about_the_distance_over_the_speed() -> None:
    """Who drives off leads those who stand by what was driven."""
    there = RemoteRace(slots=2)
    there.run_to_racing(8.0)
    length = there.live.track.length
    racers = there.live.race.racers
    lines = there.view.standings()
    behind = racers[lines[0].slot].progress - racers[lines[1].slot].progress

    assert lines[0].slot == 0
    assert lines[1].gap_s == pytest.approx(behind / 12.0, rel=0.1)
    assert lines[1].laps_behind == int(behind // length)


def test_seconds_to_go_count_down_to_nothing() -> None:
    """The lamps and the clock agree on GO."""
    there = RemoteRace()
    there.run(60)
    first = there.view.seconds_to_go(there.now)
    there.run(60)

    assert first - there.view.seconds_to_go(there.now) == pytest.approx(1.0, abs=0.1)
    there.run(COUNTDOWN_TICKS)
    assert there.view.seconds_to_go(there.now) < 0.0
    assert there.view.total_s(there.now) > 0.0


def test_who_watches_sends_nothing() -> None:
    """Without a car there is nothing to steer."""
    there = RemoteRace()
    there.view = RaceView(bulletins.race_start(there.room, there.live, None), track_of("meadow"))
    there.run_to_racing()

    assert there.orders == []
    assert there.view.watching
    assert not any(one.is_me for one in there.view.cars(there.now))


def test_server_that_stalled_does_not_freeze_the_car() -> None:
    """A server that lost half a second is followed within a few snapshots."""
    there = RemoteRace()
    there.run_to_racing()
    for _ in range(30):
        there.now += TICK_S
        there.view.advance(there.now, weave(0))
    there.run(10)

    assert 0 < (there.view.prediction.tick or 0) - there.live.race.tick < 20
    there.run(60)
    assert there.view.prediction.corrected == 0.0
