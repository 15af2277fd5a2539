"""Live races of a node: saving, restoring, and losing them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import race_save
from db.store import ChatRecord, RoomSave
from effects import CloseRoom, Report, RoomSaved, SaveResult, SaveRoom, SendSnapshot
from errors import BadSave
from game import LINES_UNKNOWN
from lobby import ROOMS_MAX, SEAT_HELD_S, RoomPhase, SeatKind, Session
from protocol import (
    WATCHING,
    CarFlag,
    ChatHistory,
    ChatLine,
    CreateRoom,
    JoinRoom,
    LeaveRoom,
    RacePaused,
    RaceStart,
    Ready,
    Redirect,
    Results,
    Resume,
    Resumed,
    RoomState,
    Snapshot,
    Watch,
    Welcome,
    unpack_cars,
)
from race import Phase
from rejoin import REJOIN_WAIT_S, RESEND_S
from saver import SAVE_EVERY_S
from steward import BROKEN, RESUME_COUNTDOWN_TICKS
from tests.evening import TICK_S, Evening
from ticket import Purpose


def altered(save: RoomSave, **changes: Any) -> RoomSave:
    """Return a save with other values at the top of its text."""
    return replace(save, blob=json.dumps(json.loads(save.blob) | changes).encode())


# Saving


def test_race_is_saved_twice_a_second() -> None:
    """Under the room's epoch, counting up, at the tick of the race."""
    evening = Evening()
    mika = evening.race("Mika", go=False)[0]
    evening.run(3.0)
    saves = evening.saves

    assert len(saves) == pytest.approx(3.0 / SAVE_EVERY_S, abs=1)
    assert [save.seq for save in saves] == list(range(1, len(saves) + 1))
    assert {save.epoch for save in saves} == {1}
    assert mika.live.race.tick - saves[-1].tick < SAVE_EVERY_S / TICK_S + 1


def test_only_one_save_is_in_flight() -> None:
    """A slow database gets the next one after its answer, whatever that was."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    evening.store_answers = False
    evening.run(0.6)
    count = len(evening.saves)
    evening.drive(3.0, mika)
    assert len(evening.saves) == count
    evening.settle(RoomSaved(mika.room.room_id, evening.saves[-1].seq, kept=False))
    evening.tick()

    assert len(evening.saves) == count + 1


def test_nothing_is_saved_before_the_room_is_ours() -> None:
    """The epoch comes with the lease; a race does not wait for it."""
    evening = Evening()
    evening.store_answers = False
    mika = evening.race("Mika")[0]
    assert evening.saves == []
    evening.carry_out(evening.game.grant(mika.room.room_id, 7))
    evening.tick()

    assert evening.saves[0].epoch == 7
    assert mika.live.race.phase is Phase.RACING


def test_lap_is_saved_at_once() -> None:
    """It would hurt most to lose."""
    evening = Evening()
    mika = evening.race("Mika", laps=3)[0]
    race = mika.live.race
    evening.until(lambda: evening.saves[-1].tick == race.tick)
    racer = race.racers[0]
    racer.gates_passed = len(race.track.gates)
    x, y, heading = race.track.point_at(race.track.length - 0.2)
    racer.car.x, racer.car.y, racer.car.heading = x, y, heading
    racer.hint = race.track.locate(x, y).sample
    count = len(evening.saves)
    evening.until(lambda: race.lap_of(0) == 1, 0.4)

    assert len(evening.saves) == count + 1
    assert evening.saves[-1].tick == race.tick


def test_saves_of_the_next_race_count_on() -> None:
    """The last race's save may still be stored: an equal number would look like another owner."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    mika.end_race()
    assert len(evening.asked(SaveResult)) == 1
    last = evening.saves[-1].seq
    mika.send(Ready(True))
    evening.run(1.0)

    assert evening.saves[-1].seq > last


def test_stopping_saves_every_race_that_can_be() -> None:
    """In flight or not."""
    evening = Evening()
    evening.race("Mika")
    evening.race("Tess")
    evening.run(0.1)
    evening.effects.clear()
    evening.carry_out(evening.game.stop(evening.now))

    assert len(evening.asked(SaveRoom)) == 2


def test_room_that_another_server_took_is_let_go() -> None:
    """Who is here is sent there, who watches too; who was away comes back free."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    eve = evening.connect("Eve")
    room_id = mika.room.room_id
    eve.send(Watch(room_id))
    tess.lose()
    evening.effects.clear()
    sent: list[tuple[str, Purpose]] = []

    def send(session: Session, purpose: Purpose) -> Redirect:
        sent.append((session.name, purpose))
        return Redirect("other:1", room_id, "ticket", "")

    evening.carry_out(evening.game.lose(room_id, send))
    evening.run(0.1)
    again = evening.connect("Tess", tess.token)
    again.send(CreateRoom("", "meadow", 1, 0))

    assert sent == [("Eve", Purpose.WATCH), ("Mika", Purpose.BACK)]
    assert mika.last(Redirect).address == eve.last(Redirect).address == "other:1"
    assert not mika.open
    assert room_id not in evening.game.lobby.rooms
    assert evening.asked(CloseRoom) == []
    assert again.room.phase is RoomPhase.WAITING


def test_who_cannot_be_sent_on_yet_waits_in_the_lobby() -> None:
    """While nobody knows who has the room: told so, and connected."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    room_id = mika.room.room_id
    evening.carry_out(evening.game.lose(room_id, lambda session, purpose: None))

    text = "Another server takes this race over: you are sent there soon."
    assert mika.last(RacePaused).text == text
    assert mika.open
    assert mika.session.room_id == ""


# A fault of ours


def test_fault_in_one_race_ends_that_race_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its players read why, and may race again; the other race and the log go on."""
    evening = Evening()
    mika = evening.race("Mika", bots=2)[0]
    tess = evening.race("Tess")[0]
    room, other = mika.room, tess.live

    def fail() -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(mika.live, "step", fail)
    tick = other.race.tick
    evening.run(1.0)
    saved = [save for save in evening.saves if save.room_id == room.room_id][-1]

    assert room.room_id not in evening.game.steward.live
    assert (
        [seat.name for seat in room.players]
        == list(seat.name for seat in room.seats.values())
        == ["Mika"]
    )
    assert mika.last(RoomState).phase == RoomPhase.WAITING
    assert mika.all(Results) == []
    assert any(line.text == BROKEN for line in mika.all(ChatLine))
    assert [one.text for one in evening.asked(Report) if "planted" in one.text]
    assert b'"live":null' in saved.blob
    assert other.race.tick > tick
    mika.send(Ready(True))
    evening.run(1.0)
    assert room.phase is RoomPhase.RACING


# Restoring


def killed(evening: Evening) -> RoomSave:
    """Return what the database has of the only race when the server is killed."""
    return evening.saves[-1]


def restored(save: RoomSave, *, epoch: int = 2) -> Evening:
    """Return the evening of a server that was started again."""
    evening = Evening(now=5.0)
    chat = [ChatRecord("1", 1, save.room_id, "Mika", "faster!", 0, 1e9)]
    evening.carry_out(evening.game.restore(save, epoch, chat, evening.now))
    return evening


def test_number_of_a_line_is_given_once_after_two_takeovers() -> None:
    """The second owner saved nothing, and may still be writing lines of its own."""
    before = Evening()
    before.race("Mika")
    save = killed(before)
    first = before.game.lobby.rooms[save.room_id].conversation.said
    evening = Evening(now=5.0)
    newest = first + LINES_UNKNOWN + 7
    chat = [ChatRecord("1", 1, save.room_id, "Mika", "faster!", 0, 1e9, number=newest)]
    evening.carry_out(evening.game.restore(save, save.epoch + 2, chat, evening.now))

    assert evening.game.lobby.rooms[save.room_id].conversation.said > newest + LINES_UNKNOWN


def test_restored_race_stands_as_it_was_saved() -> None:
    """Positions, laps, places and times, to the last bit; under the new epoch."""
    before = Evening()
    mika, _ = before.race("Mika", "Tess", bots=2, laps=2)
    save = killed(before)
    evening = restored(save)
    evening.run(1.0)
    live = evening.game.steward.live[save.room_id]
    data = json.loads(save.blob)

    assert live.race_id == mika.live.race_id
    assert live.race.tick == save.tick
    assert [driver.caretaker for driver in live.drivers.values()] == [True, True, False, False]
    assert all(driver.bot is not None for driver in live.drivers.values())
    assert json.loads(json.dumps(race_save.dump(live.race))) == data["live"]["race"]
    assert evening.game.lobby.rooms[save.room_id].epoch == 2
    assert evening.saves == []


def test_restored_race_begins_when_all_its_players_are_back() -> None:
    """With a new countdown, and a clock that did not run meanwhile."""
    before = Evening()
    mika, tess = before.race("Mika", "Tess")
    save = killed(before)
    evening = restored(save)
    evening.run(2.0)
    again = [evening.connect("Mika", mika.token), evening.connect("Tess", tess.token)]
    again[0].send(Resume(4))
    evening.run(1.0)
    assert evening.game.steward.live[save.room_id].frozen
    again[1].send(Resume())
    evening.run(RESEND_S + 0.1)
    race = again[0].live.race

    assert again[0].last(Welcome).seat_room == save.room_id
    assert again[0].last(Resumed).gates_lost == 4 - race.racers[0].gates_passed
    # For how long they were away, nobody saw here.
    assert again[1].last(Resumed).text == "Resumed in Room: lap 1 of 1, 0 gates lost."
    assert [line.text for line in again[0].all(ChatHistory)[1].lines] == [
        "faster!", "The server is back; the race goes on",
    ]  # fmt: skip
    assert again[0].last(RacePaused).text.startswith("The server is back")
    assert again[0].last(RaceStart).epoch == 2
    assert again[0].last(RaceStart).go_tick == race.go_tick
    assert race.go_tick == save.tick + RESUME_COUNTDOWN_TICKS
    assert again[0].last(Snapshot).phase == Phase.COUNTDOWN
    x = race.racers[0].car.x
    evening.run(1.0)
    assert race.racers[0].car.x == x
    evening.drive(3.0, *again)
    assert race.phase is Phase.RACING
    assert [seat.kind for seat in again[0].room.players] == [SeatKind.HUMAN] * 2
    assert evening.saves[-1].seq > save.seq


def test_restored_race_waits_no_longer_than_ten_seconds() -> None:
    """Caretakers drive for those who are missing; seats are kept for their minute."""
    before = Evening()
    mika, tess = before.race("Mika", "Tess")
    evening = restored(killed(before))
    again = evening.connect("Mika", mika.token)
    again.send(Resume())
    evening.run(REJOIN_WAIT_S - 0.5)
    assert again.live.frozen
    evening.drive(1.5, again)
    assert not again.live.frozen
    evening.drive(8.0, again)

    cars = {one.slot: one for one in unpack_cars(again.last(Snapshot).cars)}
    assert cars[1].flags & CarFlag.CARETAKER
    assert cars[1].car.speed > 1.0
    late = evening.connect("Tess", tess.token)
    assert late.last(Welcome).seat_seconds_left > 30.0


def test_restored_race_that_nobody_comes_back_to_ends() -> None:
    """Its seats are kept for a minute; then room and save go."""
    before = Evening()
    before.race("Mika", bots=1)
    evening = restored(killed(before))
    evening.run(SEAT_HELD_S + 3.0)

    assert evening.game.lobby.rooms == {}
    assert evening.game.lobby.sessions == {}
    assert evening.asked(CloseRoom) == [CloseRoom(before.saves[0].room_id)]


def test_race_with_a_watcher_is_restored() -> None:
    """Who sat there without a car still does."""
    before = Evening()
    mika = before.race("Mika")[0]
    tess = before.connect("Tess")
    tess.send(JoinRoom(""), JoinRoom(mika.room.room_id))
    before.run(1.0)
    evening = restored(killed(before))
    again = evening.connect("Tess", tess.token)
    again.send(Resume())

    assert again.last(RaceStart).slot == WATCHING
    assert again.last(Resumed).lap == 0
    assert "watching" in again.last(Resumed).text


def test_race_that_a_player_left_is_restored_without_the_player() -> None:
    """The car stays gone."""
    before = Evening()
    mika, tess = before.race("Mika", "Tess")
    tess.send(LeaveRoom())
    before.run(1.0)
    evening = restored(killed(before))
    again = evening.connect("Mika", mika.token)
    again.send(Resume())
    evening.run(RESEND_S + 0.1)

    assert not again.live.frozen
    assert evening.connect("Tess", tess.token).last(Welcome).seat_room == ""
    evening.run(4.0)
    again.end_race()
    assert [row.name for row in again.last(Results).rows] == ["Mika", "Tess"]


def test_player_in_two_saves_sits_in_one_room() -> None:
    """The server died between two saves: the player had just gone from one to the other."""
    before = Evening()
    mika, _ = before.race("Mika", "Tess")
    first = killed(before)
    mika.send(LeaveRoom(), CreateRoom("", "meadow", 1, 0), Ready(True))
    before.run(1.0)
    second = next(save for save in before.saves if save.room_id != first.room_id)
    evening = restored(first)
    evening.carry_out(evening.game.restore(second, 2, (), evening.now))

    assert list(evening.game.lobby.rooms) == [first.room_id]
    assert list(evening.game.steward.live) == [first.room_id]
    assert evening.asked(CloseRoom) == [CloseRoom(second.room_id)]


def test_bot_that_comes_back_is_a_bot_again() -> None:
    """The kind of program is said with each hello."""
    before = Evening()
    bot = before.connect("Agent", agent="bot")
    bot.send(CreateRoom("", "meadow", 1, 0), Ready(True))
    before.run(1.0)
    evening = restored(killed(before))
    again = evening.connect("Agent", bot.token, agent="bot")
    again.send(Resume())
    evening.run(4.0)
    evening.drive(1.0, again)

    assert again.room.seats[0].kind is SeatKind.BOT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 99}, "version"),
        ({"track": "moon"}, "not installed"),
        ({"digest": "0"}, "has changed"),
        ({"seats": []}, "nobody sits in it"),
        ({"seats": [{"slot": 9, "player_id": "p", "name": "n", "kind": 0}]}, "no seat 9"),
        ({"live": {}}, "no race"),
        ({"live": 3}, "missing or wrong"),
    ],
)
def test_save_that_cannot_be_used_is_refused_whole(changes: dict[str, Any], reason: str) -> None:
    """Nothing of it stays in the game."""
    before = Evening()
    before.race("Mika", go=False)
    before.run(0.5)
    evening = Evening()
    with pytest.raises(BadSave, match=reason):
        evening.game.restore(altered(killed(before), **changes), 2, (), 0.0)

    assert evening.game.lobby.rooms == {}
    assert evening.game.lobby.sessions == {}
    assert evening.game.steward.live == {}
    evening.run(0.1)


def test_more_rooms_than_there_may_be_are_not_restored() -> None:
    """The lobby could not be told to anybody."""
    before = Evening()
    before.race("Mika", go=False)
    before.run(0.5)
    evening = Evening()
    for number in range(ROOMS_MAX):
        evening.game.lobby.create_room(f"R{number}", "meadow", 1, 0)

    with pytest.raises(BadSave, match="too many rooms"):
        evening.game.restore(killed(before), 2, (), 0.0)


# Snapshots


def test_snapshots_are_thirty_a_second_and_for_the_present_only() -> None:
    """Encoded once for all of a room."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    tess.lose()
    sent: list[SendSnapshot] = []
    for _ in range(60):
        evening.now += TICK_S
        effects = evening.game.tick(evening.now)
        sent += [effect for effect in effects if isinstance(effect, SendSnapshot)]
        evening.carry_out(effects)

    assert len(sent) == 30
    assert {effect.link_ids for effect in sent} == {(mika.link_id,)}


@pytest.mark.parametrize("moved", [True, False])
def test_waiting_room_that_moves_is_not_seen_to(moved: bool) -> None:
    """Nothing is said of a planned move; a server that died is told to be back, not a race."""
    before = Evening()
    mika = before.connect("Mika")
    mika.send(CreateRoom("", "meadow", 1, 0))
    before.run(1.0)
    save = killed(before)
    evening = Evening(now=5.0)
    evening.game.boot = "heir"
    if moved:
        save = before.game.steward.hand_over(mika.room, "heir")
    evening.carry_out(evening.game.restore(save, 2, [], evening.now))
    evening.run(0.5)
    again = evening.connect("Mika", mika.token)
    again.send(Resume())
    evening.run(0.5)
    lines = [line.text for line in again.room.conversation.history]

    assert bool(again.last(Resumed).text) is not moved
    assert lines == ([] if moved else ["The server is back", "Mika is back"])
    assert not evening.game.steward.awaits_followers(save.room_id)
