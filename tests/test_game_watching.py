"""Who watches without a seat, and what who was away has missed."""

from __future__ import annotations

import pytest

from effects import Effect, SendSnapshot
from lobby import SEAT_HELD_S, WATCHERS_MAX
from protocol import (
    WATCHING,
    CarFlag,
    ChatHistory,
    ChatLine,
    JoinRoom,
    LeaveRoom,
    RacePaused,
    RaceStart,
    Ready,
    Results,
    Resume,
    Resumed,
    RoomState,
    Say,
    Snapshot,
    Watch,
    unpack_cars,
)
from race import COUNTDOWN_TICKS
from tests.evening import TICK_S, Evening


def test_spectator_sees_and_hears_all_and_has_no_seat() -> None:
    """Snapshots, events, talk; nothing waits for who only watches, and leaving is quiet."""
    evening = Evening()
    mika = evening.race("Mika", bots=1)[0]
    eve = evening.connect("Eve")
    eve.send(Watch(mika.room.room_id))
    evening.run(0.2)
    eve.send(Say(1, "faster!"))

    assert eve.last(RaceStart).slot == WATCHING
    assert eve.all(Snapshot)
    assert "faster!" in mika.lines
    assert [seat.name for seat in mika.room.players] == ["Mika"]
    eve.send(LeaveRoom())
    eve.forget()
    evening.run(0.2)
    assert eve.all(Snapshot) == []
    assert "Eve left (left the room)" not in mika.lines


def test_watching_ends_where_sitting_begins_and_with_the_room() -> None:
    """One room at a time; who watches does not keep it open."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    eve, tess = evening.connect("Eve"), evening.connect("Tess")
    room_id = mika.room.room_id
    for one in (eve, tess):
        one.send(Watch(room_id))
    tess.send(JoinRoom(room_id))
    assert list(mika.room.watchers) == [eve.session.player_id]
    tess.send(Watch(room_id))
    assert tess.told[-1] == "You sit in a room: leave it first."
    tess.send(LeaveRoom())
    mika.send(LeaveRoom())

    assert evening.game.lobby.rooms == {}
    assert eve.session.watching == ""


def test_who_comes_back_is_told_how_many_lines_were_missed() -> None:
    """What people said, after the newest line that the client has; none if it has none."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    number = tess.last(ChatLine).number
    tess.lose()
    for text in ("one", "two"):
        mika.send(Say(1, text))
    again = evening.connect("Tess", tess.token)
    again.send(Resume(0, number))

    # The two; that Tess is away is no news to her.
    assert again.last(Resumed).missed == 2
    assert [line.text for line in again.last(ChatHistory).lines][-2:] == ["one", "two"]
    again.lose()
    last = evening.connect("Tess", tess.token)
    last.send(Resume())
    assert last.last(Resumed).missed == 0


@pytest.mark.parametrize("phase", ["waiting", "countdown", "racing", "held", "results"])
def test_spectator_comes_at_any_time(phase: str) -> None:
    """The room at once; the race, its pause or its result, if there is one; the next race."""
    evening = Evening()
    mika = evening.seat("Mika")[0] if phase == "waiting" else evening.race("Mika", go=False)[0]
    if phase in ("racing", "held", "results"):
        evening.run(COUNTDOWN_TICKS * TICK_S)
    if phase == "held":
        evening.carry_out(evening.game.pause(mika.room.room_id, "waits"))
    if phase == "results":
        mika.end_race()
    eve = evening.connect("Eve")
    eve.send(Watch(mika.room.room_id))
    evening.run(0.2)

    assert eve.last(RoomState).room_id == mika.room.room_id
    assert len(eve.all(RaceStart)) == (phase not in ("waiting", "results"))
    assert all(start.slot == WATCHING for start in eve.all(RaceStart))
    assert bool(eve.all(Snapshot)) == (phase in ("countdown", "racing"))
    assert bool(eve.all(RacePaused)) == (phase == "held")
    assert bool(eve.all(Results)) == (phase == "results")
    if phase in ("waiting", "results"):
        mika.send(Ready(True))
        assert eve.last(RaceStart).slot == WATCHING


def test_who_sits_down_in_mid_race_watches_and_drives_the_next() -> None:
    """From the seat, live; back in the waiting room after it, as everybody."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    tess = evening.connect("Tess")
    tess.send(JoinRoom(mika.room.room_id))
    evening.run(0.2)
    assert tess.last(RaceStart).slot == WATCHING
    assert tess.all(Snapshot)
    mika.end_race()
    for player in (mika, tess):
        player.send(Ready(True))

    assert tess.last(RaceStart).slot == tess.slot


def test_who_has_finished_sees_on() -> None:
    """Snapshots come until the last car is home."""
    evening = Evening()
    mika, _ = evening.race("Mika", "Tess")
    mika.live.race.racers[mika.slot].finish_tick = mika.live.race.tick
    mika.forget()
    evening.run(0.5)

    assert len(mika.all(Snapshot)) >= 14


def test_car_of_who_lost_the_link_is_watched_until_the_seat_lapses() -> None:
    """A caretaker drives it for those who look on; then it is gone."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess", laps=20)
    eve = evening.connect("Eve")
    eve.send(Watch(mika.room.room_id))
    slot = tess.slot
    tess.lose()

    def seen() -> CarFlag:
        records = unpack_cars(eve.last(Snapshot).cars)
        return next(record.flags for record in records if record.slot == slot)

    evening.run(SEAT_HELD_S - 2.0)
    assert CarFlag.CARETAKER in seen()
    assert CarFlag.GONE not in seen()
    evening.run(5.0)
    assert CarFlag.GONE in seen()


def test_crowd_costs_one_snapshot() -> None:
    """Encoded once, whoever looks on: the same message to all, drivers first."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    told: list[SendSnapshot] = []
    carry_out = evening.carry_out

    def noted(effects: list[Effect]) -> None:
        told.extend(one for one in effects if isinstance(one, SendSnapshot))
        carry_out(effects)

    crowd = [evening.connect(f"Eve {number}") for number in range(WATCHERS_MAX - 10)]
    for one in crowd:
        one.send(Watch(mika.room.room_id))
    evening.carry_out = noted  # type: ignore[method-assign]
    evening.run(0.1)

    assert len(told) == 3
    assert {one.link_ids[0] for one in told} == {mika.link_id}
    assert {len(one.link_ids) for one in told} == {len(crowd) + 1}
