"""The game and its races: readiness, absence, return, the finish, and after."""

from __future__ import annotations

import pytest

from car import CarInput
from effects import CloseRoom, ResultSaved, SaveResult, SaveRoom
from foyer import UNREADY_WAIT_S
from lobby import SEAT_HELD_S, SEATS_MAX, RoomPhase, SeatKind
from protocol import (
    WATCHING,
    CarFlag,
    ChatHistory,
    CreateRoom,
    Forfeit,
    Goodbye,
    JoinRoom,
    LeaveRoom,
    LobbyState,
    RaceEvents,
    RaceStart,
    Ready,
    Results,
    Resume,
    Resumed,
    RoomState,
    Saved,
    SavedState,
    Snapshot,
    Welcome,
    unpack_cars,
)
from race import EventKind
from steward import STALLED_TICKS
from tests.evening import TICK_S, Evening, Player


def flags(player: Player, slot: int) -> CarFlag:
    """Return what a player sees of the car in a slot."""
    records = {record.slot: record for record in unpack_cars(player.last(Snapshot).cars)}
    return records[slot].flags


# The start


def test_race_starts_when_everyone_is_ready_and_bots_fill_the_grid() -> None:
    """Each hears the slot that is theirs; the lobby sees a race."""
    evening = Evening()
    eve = evening.connect("Eve")
    mika, tess = evening.seat("Mika", "Tess", bots=3)
    mika.send(Ready(True))
    assert mika.all(RaceStart) == []
    tess.send(Ready(True))
    evening.run(0.5)
    kinds = [seat.kind for seat in mika.last(RoomState).seats]

    assert [mika.last(RaceStart).slot, tess.last(RaceStart).slot] == [0, 1]
    assert kinds == [SeatKind.HUMAN] * 2 + [SeatKind.BOT] * 3
    assert eve.last(LobbyState).rooms[0].phase == RoomPhase.RACING
    assert len(unpack_cars(tess.last(Snapshot).cars)) == 5


def test_bots_leave_no_seat_empty_and_push_nobody_out() -> None:
    """Eight are asked for beside two players: six find a place."""
    mika, _ = Evening().race("Mika", "Tess", bots=8, go=False)

    assert len(mika.room.seats) == SEATS_MAX
    assert len(mika.live.race.racers) == SEATS_MAX


def test_mark_can_be_taken_back() -> None:
    """Who is not ready after all holds up the start."""
    mika, tess = Evening().seat("Mika", "Tess")
    mika.send(Ready(True), Ready(False))
    tess.send(Ready(True))

    assert mika.room.phase is RoomPhase.WAITING


def test_ready_in_a_race_is_refused() -> None:
    """One sentence; the race goes on."""
    mika = Evening().race("Mika", go=False)[0]
    mika.send(Ready(True))

    assert mika.told == ["The race is on: wait for the next one."]


def test_room_does_not_wait_for_ever_for_who_is_not_ready() -> None:
    """Half of it is enough after a minute, which is told; the rest watches."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess", bots=1)
    mika.send(Ready(True))
    evening.run(UNREADY_WAIT_S - 5.0)
    assert mika.all(RaceStart) == []
    evening.run(8.0)

    assert "The race starts in 60 s; who is not ready then watches" in tess.lines
    assert mika.last(RaceStart).slot == 0
    assert tess.last(RaceStart).slot == WATCHING
    assert set(mika.live.race.racers) == {0, 2}
    assert tess.all(Snapshot)
    evening.run(5.0)
    mika.end_race()
    assert "Mika" in [row.name for row in tess.last(Results).rows]
    assert tess.session.room_id == mika.session.room_id


def test_less_than_half_of_a_room_is_not_enough() -> None:
    """One of three waits, and the minute begins when the second is ready."""
    evening = Evening()
    mika, tess, aiko = evening.seat("Mika", "Tess", "Aiko")
    mika.send(Ready(True))
    evening.run(UNREADY_WAIT_S + 5.0)
    assert mika.room.phase is RoomPhase.WAITING
    tess.send(Ready(True))
    evening.run(UNREADY_WAIT_S - 5.0)
    assert mika.room.phase is RoomPhase.WAITING
    evening.run(8.0)

    assert aiko.last(RaceStart).slot == WATCHING


def test_leaving_of_the_only_one_who_was_not_ready_starts_the_race() -> None:
    """Nobody has to press again."""
    mika, tess = Evening().seat("Mika", "Tess")
    mika.send(Ready(True))
    tess.send(LeaveRoom())

    assert mika.room.phase is RoomPhase.RACING


def test_who_vanished_from_the_waiting_room_does_not_hold_it_up() -> None:
    """The race starts without; the seat is free."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    token = tess.token
    mika.send(Ready(True))
    tess.lose()

    assert mika.lines[-2:] == [
        "Tess is away (lost connection); the seat is kept for 60 s",
        "Tess left (away at the start)",
    ]
    assert mika.room.phase is RoomPhase.RACING
    assert [seat.name for seat in mika.room.players] == ["Mika"]
    again = evening.connect("Tess", token)
    assert again.last(Welcome).seat_room == ""
    again.send(JoinRoom(""))
    assert again.open


# Watching


def test_who_joins_a_race_watches() -> None:
    """With the history of the room, a slot of nobody, and snapshots."""
    evening = Evening()
    mika = evening.race("Mika", bots=1)[0]
    tess = evening.connect("Tess")
    tess.send(JoinRoom(mika.room.room_id))
    evening.run(0.1)
    tess.drive(255)

    assert tess.last(RaceStart).slot == WATCHING
    assert tess.all(Snapshot)
    assert len(mika.live.race.racers) == 2


def test_newcomer_in_the_slot_of_a_car_that_left_has_no_car() -> None:
    """Neither wheel, nor caretaker, nor a line of the result."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.send(LeaveRoom())
    aiko = evening.connect("Aiko")
    aiko.send(JoinRoom(mika.room.room_id))
    aiko.drive(255)
    assert aiko.slot == 1
    aiko.lose()
    mika.end_race()

    assert aiko.last(RaceStart).slot == WATCHING
    assert mika.room.seats[1].kind is SeatKind.HUMAN
    assert [(row.name, row.total_ms > 0) for row in mika.last(Results).rows] == [
        ("Mika", True),
        ("Tess", False),
    ]


def test_who_left_a_race_and_comes_back_watches() -> None:
    """The car is gone for good."""
    mika, tess = Evening().race("Mika", "Tess")
    tess.send(LeaveRoom(), JoinRoom(mika.room.room_id))

    assert tess.last(RaceStart).slot == WATCHING


# Leaving, stalling


@pytest.mark.parametrize("order", [LeaveRoom(), Goodbye("quit", "")])
def test_who_leaves_a_race_takes_the_car_along(order: LeaveRoom | Goodbye) -> None:
    """It disturbs nobody, and does not finish; the others race on."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.send(order)
    evening.run(0.1)

    assert flags(mika, 1) & CarFlag.GONE
    assert mika.room.phase is RoomPhase.RACING
    mika.end_race()
    assert mika.last(Results).rows[1].total_ms == 0


def test_room_of_a_race_ends_with_its_last_player() -> None:
    """Bots alone race for nobody: no result, and the save goes."""
    evening = Evening()
    mika = evening.race("Mika", bots=2)[0]
    mika.send(LeaveRoom())
    evening.run(1.0)

    assert evening.game.lobby.rooms == {}
    assert evening.game.steward.live == {}
    assert len(evening.asked(CloseRoom)) == 1
    assert evening.asked(SaveResult) == []


def test_who_sends_nothing_coasts_and_then_gets_a_caretaker() -> None:
    """Connected or not: everyone sees it, and the first touch takes the wheel back."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    evening.drive(1.2, mika)
    assert tess.live.race.racers[1].wishes == CarInput()
    evening.drive(STALLED_TICKS * TICK_S, mika)
    slot = tess.slot

    assert flags(mika, slot) & CarFlag.CARETAKER
    assert "Tess does not answer: a caretaker drives" in mika.lines
    evening.drive(0.2, mika, tess)
    assert not flags(mika, slot) & CarFlag.CARETAKER
    assert mika.lines[-1] == "Tess is back at the wheel"
    assert tess.room.seats[slot].kind is SeatKind.HUMAN


def test_who_sends_nothing_from_the_start_does_not_stand_in_the_way() -> None:
    """The caretaker sets off a second after GO."""
    evening = Evening()
    mika = evening.race("Mika", go=False)[0]
    evening.run(12.0)

    assert mika.live.race.racers[0].gates_passed >= 1


# Absence and return


def test_lost_player_keeps_car_and_place_with_a_caretaker() -> None:
    """Everyone is told; the car drives on."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose("silence")
    evening.drive(5.0, mika)
    speed = mika.live.race.racers[1].car.speed

    assert flags(mika, 1) & CarFlag.CARETAKER
    assert speed > 5.0
    assert mika.lines[-1] == (
        "Tess is away (lost connection: fell silent), a caretaker drives; the seat is kept for 60 s"
    )
    assert mika.last(RoomState).seats[1].kind == SeatKind.CARETAKER


def test_returning_player_sits_in_the_same_car() -> None:
    """Offer, resume, what was kept, the talk meanwhile; the wheel at the first touch."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess", laps=3)
    race_id = tess.last(RaceStart).race_id
    tess.lose()
    evening.drive(18.5, mika)
    again = evening.connect("Other name", tess.token)
    offer = again.last(Welcome)
    assert (offer.seat_room, offer.seat_title, offer.seat_lap) == (mika.room.room_id, "Room", 1)
    assert offer.seat_seconds_left == pytest.approx(SEAT_HELD_S - 18.5, abs=0.1)
    gates = mika.live.race.racers[1].gates_passed
    again.send(Resume(gates))
    resumed = again.last(Resumed)

    assert (again.last(RaceStart).race_id, again.last(RaceStart).slot) == (race_id, 1)
    assert (resumed.lap, resumed.gates_lost) == (1, 0)
    assert resumed.seconds_away == pytest.approx(18.5, abs=0.1)
    assert resumed.text == "Resumed in Room: away for 18.5 s, lap 1 of 3, 0 gates lost."
    assert again.last(ChatHistory).lines[-1].text.startswith("Tess is away")
    assert again.session.name == "Tess"
    assert flags(mika, 1) & CarFlag.CARETAKER
    evening.drive(0.2, mika, again)
    assert not flags(mika, 1) & CarFlag.CARETAKER
    assert mika.lines[-2:] == ["Tess is back", "Tess is back at the wheel"]


def test_gates_that_have_to_be_crossed_again_are_told() -> None:
    """The client says how many it had; what the server has not is lost."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose()
    again = evening.connect("Tess", tess.token)
    mika.live.race.racers[1].gates_passed = 3
    again.send(Resume(4))

    assert again.last(Resumed).gates_lost == 1
    assert again.last(Resumed).text.endswith("lap 1 of 1, 1 gate lost.")


def test_connecting_again_keeps_the_seat_no_longer() -> None:
    """Who neither takes the seat nor gives it up loses it, and stays connected."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose()
    evening.drive(30.0, mika)
    again = evening.connect("Tess", tess.token)
    evening.drive(33.0, mika)
    again.send(Resume())

    assert [seat.name for seat in mika.room.players] == ["Mika"]
    assert "Tess left (did not come back in time)" in mika.lines
    assert again.told == [
        "Your seat is gone: it was not taken up.",
        "Your seat is gone: the race went on without you.",
    ]
    again.send(CreateRoom("", "meadow", 1, 0))
    assert again.room.phase is RoomPhase.WAITING
    evening.run(70.0)
    assert again.session.link_id == again.link_id


def test_seat_is_given_up_after_a_minute() -> None:
    """The car goes; who comes back then is a newcomer, known by the same id."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose()
    evening.drive(SEAT_HELD_S - 1.0, mika)
    assert len(mika.room.players) == 2
    evening.drive(4.0, mika)
    again = evening.connect("Tess", tess.token)

    assert flags(mika, 1) & CarFlag.GONE
    assert mika.lines[-2] == "Tess left (did not come back in time)"
    assert again.last(Welcome).seat_room == ""
    assert again.last(Welcome).player_id == tess.last(Welcome).player_id


def test_second_connection_in_mid_race_takes_the_seat_over() -> None:
    """The older link is closed; a caretaker drives until the seat is taken up."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    twin = evening.connect("Tess", tess.token)
    evening.run(0.1)

    assert tess.last(Goodbye).reason == "replaced"
    assert flags(mika, 1) & CarFlag.CARETAKER
    twin.send(Resume())
    evening.drive(0.2, mika, twin)
    assert not flags(mika, 1) & CarFlag.CARETAKER


def test_kept_seat_can_be_given_up_at_once() -> None:
    """The car goes, and the player is free to sit elsewhere."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose()
    again = evening.connect("Tess", tess.token)
    again.send(Forfeit(), CreateRoom("", "meadow", 1, 0))

    assert mika.lines[-1] == "Tess left (gave the seat up)"
    assert again.room is not mika.room
    evening.drive(SEAT_HELD_S + 5.0, mika)
    assert again.session.link_id == again.link_id


def test_race_of_one_goes_on_while_the_player_is_away() -> None:
    """It may even finish; the result waits for who comes back."""
    evening = Evening()
    mika = evening.race("Mika", bots=1)[0]
    mika.lose()
    room = next(iter(evening.game.lobby.rooms.values()))
    mika.end_race()
    evening.run(1.0)
    again = evening.connect("Mika", mika.token)
    again.send(Resume())

    assert room.phase is RoomPhase.RESULTS
    assert again.last(Resumed).lap == 0
    assert "in the waiting room" in again.last(Resumed).text
    assert again.last(Results).saved == SavedState.SAVED
    assert {row.name: row.kind for row in again.last(Results).rows}["Mika"] == SeatKind.CARETAKER
    again.send(Ready(True))
    assert again.last(RaceStart).slot == 0


# The finish


def test_race_of_bots_and_a_caretaker_comes_to_its_end_by_itself() -> None:
    """From countdown to result in the database's hands, and on to the next race."""
    evening = Evening()
    mika = evening.race("Mika", bots=1, go=False)[0]
    evening.until(lambda: mika.all(Results))
    kinds = [row.kind for events in mika.all(RaceEvents) for row in events.rows]
    results = mika.last(Results)
    record = evening.asked(SaveResult)[0].record

    assert [kinds.count(kind) for kind in (EventKind.GO, EventKind.FINISH)] == [1, 2]
    assert kinds.count(EventKind.RACE_OVER) == 1
    assert [row.place for row in results.rows] == [1, 2]
    assert all(row.total_ms >= row.best_lap_ms > 10_000 for row in results.rows)
    assert results.saved == SavedState.SAVING
    assert mika.last(Saved).race_id == results.race_id == record.race_id
    assert [row.total_ms for row in record.rows] == [row.total_ms for row in results.rows]
    assert f"Mika finished in 1:{results.rows[-1].total_ms / 1000 - 60:06.3f}" in mika.lines
    assert mika.lines[-1].endswith("won the race")
    evening.run(0.5)
    assert mika.last(RoomState).phase == RoomPhase.RESULTS
    assert [seat.name for seat in mika.last(RoomState).seats] == ["Mika"]
    mika.send(Ready(True))
    assert mika.last(RaceStart).race_id != results.race_id


def test_result_is_saving_until_the_database_has_it() -> None:
    """The confirmation may come late, and goes to everyone."""
    evening = Evening()
    evening.store_answers = False
    mika, tess = evening.race("Mika", "Tess", go=False)
    evening.run(4.5)
    mika.end_race()
    evening.run(5.0)
    assert mika.last(Results).saved == SavedState.SAVING
    assert mika.all(Saved) == []
    tess.send(LeaveRoom())
    evening._answer(evening.asked(SaveResult)[0])

    assert len(mika.all(Saved)) == len(tess.all(Saved)) == 1


def test_result_saved_meanwhile_is_told_to_who_comes_back() -> None:
    """A player who was away when a majority held it hears of it with the welcome."""
    evening = Evening()
    evening.store_answers = False
    mika, tess = evening.race("Mika", "Tess", go=False)
    evening.run(4.5)
    mika.end_race()
    evening.run(5.0)
    tess.lose()
    race_id = mika.last(Results).race_id
    evening.settle(ResultSaved(race_id))

    assert [one.race_id for one in evening.connect("Tess", tess.token).all(Saved)] == [race_id]


def test_server_that_keeps_nothing_says_so_and_never_says_saved() -> None:
    """Whatever its store believes."""
    evening = Evening(durable=False)
    mika = evening.race("Mika")[0]
    mika.end_race()
    mika.lose()
    again = evening.connect("Mika", mika.token)
    again.send(Resume())

    assert mika.last(Results).saved == SavedState.NOT_KEPT
    assert mika.all(Saved) == []
    assert again.last(Results).saved == SavedState.NOT_KEPT


def test_races_of_two_rooms_know_nothing_of_each_other() -> None:
    """Snapshots, events and results stay in their room."""
    evening = Evening()
    mika = evening.race("Mika", go=False)[0]
    tess = evening.race("Tess", go=False)[0]
    evening.run(5.0)
    mika.end_race()
    tess.forget()
    evening.run(0.2)

    assert mika.all(Results)
    assert tess.all(Results) == []
    assert tess.all(Snapshot)
    assert tess.room.phase is RoomPhase.RACING
    assert evening.asked(SaveRoom)
