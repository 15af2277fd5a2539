"""Time trials and room options, from command to message, in memory."""

from __future__ import annotations

import json

import pytest

from car import CarClass
from effects import FindGhosts, GhostsFound, SaveGhost, SaveResult
from lobby import LAPS_MAX, RoomMode, RoomPhase
from protocol import (
    WATCHING,
    AskGhosts,
    ChooseCar,
    CreateRoom,
    GhostKind,
    Ghosts,
    JoinRoom,
    LobbyState,
    RaceStart,
    Ready,
    Restart,
    RoomState,
    SavedState,
    Watch,
    unpack_lap,
)
from race import COUNTDOWN_TICKS, Phase
from saver import SAVE_EVERY_S
from steward import AGAIN_TICKS
from tests.evening import TICK_S, Evening, Player
from tests.racing import put

TRIAL = CreateRoom("", "meadow", 3, 5, mode=int(RoomMode.TRIAL))


def trial(evening: Evening, name: str = "Mika", car: CarClass = CarClass.LIGHT) -> Player:
    """Return a player who drives against the clock, at GO."""
    player = evening.connect(name)
    player.send(TRIAL, ChooseCar(int(car)), Ready(True))
    evening.run(COUNTDOWN_TICKS * TICK_S)
    return player


def drive_lap(evening: Evening, player: Player, seconds: float = 0.0) -> int:
    """Let a player idle for a while, then cross every gate; return the ticks of the lap."""
    evening.run(seconds)
    race, slot = player.live.race, player.slot
    racer, lap = race.racers[slot], race.lap_of(slot)
    began = racer.lap_started_tick
    while race.lap_of(slot) == lap:
        gate = race.track.gates[racer.gates_passed % len(race.track.gates)]
        car_class = racer.car.car_class
        put(race, slot, gate.distance - 0.3)
        racer.car.car_class = car_class
        evening.tick()
    return race.tick - began


# Options


def test_options_of_a_room_are_told_and_in_force() -> None:
    """In the room, in the lobby, at the start, and in the race itself."""
    evening = Evening()
    mika, eve = evening.connect("Mika"), evening.connect("Eve")
    mika.send(CreateRoom("", "meadow", 3, 2, damage=False, level=2), ChooseCar(2), Ready(True))
    evening.run(0.3)
    room, row, start = mika.last(RoomState), eve.last(LobbyState).rooms[0], mika.last(RaceStart)

    assert (room.damage, room.level, room.mode) == (False, 2, RoomMode.RACE)
    assert (row.damage, row.level, row.mode) == (False, 2, RoomMode.RACE)
    assert (start.damage, start.mode) == (False, RoomMode.RACE)
    assert room.seats[0].car_class == CarClass.MUSCLE
    assert not mika.live.race.damage
    assert mika.live.race.racers[0].car.car_class is CarClass.MUSCLE


def test_car_chosen_in_a_race_is_that_of_the_next() -> None:
    """And of all that follow."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    mika.send(ChooseCar(0))
    driven = [mika.live.race.racers[0].car.car_class]
    mika.end_race()
    mika.send(Ready(True))
    driven.append(mika.live.race.racers[0].car.car_class)

    assert driven == [CarClass.TOURING, CarClass.LIGHT]


def test_options_survive_the_server() -> None:
    """A room that is taken up is as it was, and so is what its seats drive."""
    evening = Evening()
    mika = evening.connect("Mika")
    mika.send(CreateRoom("", "meadow", 3, 0, damage=False, level=0), ChooseCar(2))
    evening.run(2 * SAVE_EVERY_S)
    saved = json.loads(evening.saves[-1].blob)
    later = Evening()
    later.carry_out(later.game.restore(evening.saves[-1], 2, (), later.now))
    room = next(iter(later.game.lobby.rooms.values()))

    assert (saved["damage"], saved["level"], saved["mode"]) == (False, 0, 0)
    assert (room.damage, room.level, room.mode) == (False, 0, RoomMode.RACE)
    assert room.players[0].car_class is CarClass.MUSCLE


def test_who_waits_is_told_how_long() -> None:
    """The seconds until it starts without those who are not ready; 0 while nobody is waited for."""
    evening = Evening()
    mika, _ = evening.seat("Mika", "Tess")
    evening.run(0.3)
    assert mika.last(RoomState).starts_in == 0
    mika.send(Ready(True))
    evening.run(10.5)

    assert 48 <= mika.last(RoomState).starts_in <= 52


# Beginning anew


def test_who_is_alone_begins_anew_at_once() -> None:
    """Another race, from the grid, with as many bots; nothing is kept of the old one."""
    evening = Evening()
    mika = evening.race("Mika", bots=2)[0]
    old = mika.live
    mika.send(Restart())

    assert mika.last(RaceStart).race_id == mika.live.race_id != old.race_id
    assert mika.last(RaceStart).slot == mika.slot
    assert mika.live.race.phase is Phase.GRID
    assert mika.last(RaceStart).go_tick - mika.last(RaceStart).tick == AGAIN_TICKS
    assert len(mika.live.race.racers) == 3
    assert evening.asked(SaveResult) == []
    assert mika.told == []


def test_spectator_goes_along_when_a_race_begins_anew() -> None:
    """On the same screen, with the new cars."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    eve = evening.connect("Eve")
    eve.send(Watch(mika.room.room_id))
    mika.send(Restart())

    assert eve.last(RaceStart).race_id == mika.live.race_id
    assert eve.last(RaceStart).slot == WATCHING


def test_race_of_others_does_not_begin_anew() -> None:
    """Not even while one of them is away, nor for who sits nowhere or was away."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    race_id = mika.live.race_id
    mika.send(Restart())
    assert "only who is alone" in mika.told[-1]
    tess.lose()
    mika.send(Restart())
    assert "only who is alone" in mika.told[-1]
    eve = evening.connect("Eve")
    eve.send(Restart(), ChooseCar(1))
    assert eve.told == ["You sit in no room: join one first."] * 2
    tess = evening.connect("Tess", token=tess.token)
    tess.send(Restart())

    assert tess.told == ["Your seat is kept for you: take it up first."]
    assert mika.live.race_id == race_id


def test_paused_race_does_not_begin_anew() -> None:
    """Nobody knows whether the room is still ours."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    race_id = mika.live.race_id
    evening.carry_out(evening.game.pause(mika.room.room_id, "waiting"))
    mika.send(Restart())

    assert "stands still" in mika.told[-1]
    assert mika.live.race_id == race_id


# Trials


def test_trial_is_driven_against_nobody() -> None:
    """No bots, as many laps as there may be, and cars that touch nobody."""
    evening = Evening()
    mika = trial(evening)
    race = mika.live.race

    assert (len(race.racers), race.laps, race.solid) == (1, LAPS_MAX, False)
    assert mika.last(RaceStart).mode == RoomMode.TRIAL
    assert mika.room.phase is RoomPhase.RACING


def test_nobody_is_sent_into_a_trial_who_wants_any_room() -> None:
    """They would wait for twenty laps."""
    evening = Evening()
    evening.connect("Mika").send(TRIAL)
    tess = evening.connect("Tess")
    tess.send(JoinRoom(""))

    assert tess.told == ["No room has a free seat: create one."]


def test_first_lap_of_a_trial_becomes_a_ghost() -> None:
    """Shown at once as being saved, and again as the record when it is."""
    evening = Evening()
    mika = trial(evening)
    assert mika.last(Ghosts).rows == ()
    mika.forget()
    ticks = drive_lap(evening, mika)
    saving, saved = mika.all(Ghosts)
    [own, record] = saved.rows

    assert saving.saved == SavedState.SAVING
    assert [row.kind for row in saving.rows] == [GhostKind.OWN]
    assert saved.saved == SavedState.SAVED
    assert (own.kind, record.kind) == (GhostKind.OWN, GhostKind.RECORD)
    assert own.lap == record.lap == saving.rows[0].lap
    assert own.lap_ms == round(ticks * 1000 / 60)
    lap = unpack_lap(own.lap)
    assert (lap.ticks, lap.car_class) == (ticks, CarClass.LIGHT)
    assert evening.store.best_laps("meadow", 10)[0].lap_ms == own.lap_ms


def test_only_a_better_lap_is_kept() -> None:
    """A slower one is nobody's news."""
    evening = Evening()
    mika = trial(evening)
    drive_lap(evening, mika, seconds=1.0)
    best = drive_lap(evening, mika)
    drive_lap(evening, mika, seconds=2.0)

    assert [one.record.lap_ms for one in evening.asked(SaveGhost)][-1] == round(best * 1000 / 60)
    assert len(evening.asked(SaveGhost)) == 2


def test_ghosts_are_told_by_track_and_car() -> None:
    """Another's lap is the record; in another car there is none."""
    evening = Evening()
    drive_lap(evening, trial(evening, "Mika"))
    tess = trial(evening, "Tess")
    [record] = tess.last(Ghosts).rows
    tess.send(AskGhosts("meadow", int(CarClass.MUSCLE)))

    assert (record.kind, record.name) == (GhostKind.RECORD, "Mika")
    assert tess.last(Ghosts).rows == ()
    tess.send(AskGhosts("moon", 0))
    assert tess.told == ['There is no track "moon" here.']


def test_database_that_is_away_is_told_as_such() -> None:
    """No ghosts, and it says why; the lap is kept by the shell until it can be."""
    evening = Evening()
    mika = trial(evening)
    evening.store_answers = False
    drive_lap(evening, mika)
    assert len(evening.asked(SaveGhost)) == 1
    mika.send(AskGhosts("meadow", 0))
    asked = evening.asked(FindGhosts)[-1]
    evening.settle(
        GhostsFound(
            asked.link_id, asked.track, asked.digest, asked.car_class, None, None, available=False
        )
    )

    assert not mika.last(Ghosts).available


def test_server_that_keeps_nothing_says_so_of_ghosts() -> None:
    """Never saved."""
    evening = Evening(durable=False)
    mika = trial(evening)
    drive_lap(evening, mika)

    assert mika.last(Ghosts).saved == SavedState.NOT_KEPT


def test_race_leaves_no_ghosts() -> None:
    """With others on the track a lap is another thing."""
    evening = Evening()
    mika = evening.race("Mika", laps=2)[0]
    drive_lap(evening, mika)

    assert evening.asked(SaveGhost) == []
    assert mika.all(Ghosts) == []


@pytest.mark.parametrize("finishes", [True, False])
def test_answer_for_who_has_gone_goes_nowhere(finishes: bool) -> None:
    """The evening checks that nothing is sent to a link that is closed."""
    evening = Evening()
    mika = trial(evening)
    evening.store_answers = False
    if finishes:
        drive_lap(evening, mika)
    asked = evening.asked(FindGhosts)[0]
    mika.lose()
    place = (asked.track, asked.digest, asked.car_class)
    evening.settle(GhostsFound(asked.link_id, *place, None, None))

    assert not mika.open
